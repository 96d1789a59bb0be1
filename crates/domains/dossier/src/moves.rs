//! The one way in which a dossier moves on: row, timeline, event and audit entry together, all with the commit.

use base::Text;
use contracts::{Access, AgencyId, Purpose, Who, events, events::DossierMoved};
use forms::{Answers, Facts};
use serde_json::{Value, json};
use store::Tx;

use crate::{
    DossierError,
    model::Status,
    row::{ConsentState, Dossier},
    sql,
};

/// What happened, as the timeline shows it. Every kind has its sentence in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happened {
    Submitted,
    ConsentGiven,
    ConsentRefused,
    ConsentExpired,
    Received,
    Started,
    Assigned,
    Forwarded,
    SupplementRequested,
    SupplementAnswered,
    PaymentRequested,
    PaymentRecorded,
    RefusalProposed,
    RefusalRejected,
    Refused,
    NotAccepted,
    Approved,
    Stopped,
    Withdrawn,
    Returned,
    Rated,
}

impl Happened {
    pub const ALL: [Self; 21] = [
        Self::Submitted,
        Self::ConsentGiven,
        Self::ConsentRefused,
        Self::ConsentExpired,
        Self::Received,
        Self::Started,
        Self::Assigned,
        Self::Forwarded,
        Self::SupplementRequested,
        Self::SupplementAnswered,
        Self::PaymentRequested,
        Self::PaymentRecorded,
        Self::RefusalProposed,
        Self::RefusalRejected,
        Self::Refused,
        Self::NotAccepted,
        Self::Approved,
        Self::Stopped,
        Self::Withdrawn,
        Self::Returned,
        Self::Rated,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::ConsentGiven => "consent_given",
            Self::ConsentRefused => "consent_refused",
            Self::ConsentExpired => "consent_expired",
            Self::Received => "received",
            Self::Started => "started",
            Self::Assigned => "assigned",
            Self::Forwarded => "forwarded",
            Self::SupplementRequested => "supplement_requested",
            Self::SupplementAnswered => "supplement_answered",
            Self::PaymentRequested => "payment_requested",
            Self::PaymentRecorded => "payment_recorded",
            Self::RefusalProposed => "refusal_proposed",
            Self::RefusalRejected => "refusal_rejected",
            Self::Refused => "refused",
            Self::NotAccepted => "not_accepted",
            Self::Approved => "approved",
            Self::Stopped => "stopped",
            Self::Withdrawn => "withdrawn",
            Self::Returned => "returned",
            Self::Rated => "rated",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|h| h.as_str() == s)
    }

    /// What only the agency sees: who it lies with inside, and a refusal before the second officer has agreed.
    pub fn is_internal(self) -> bool {
        matches!(self, Self::Assigned | Self::RefusalProposed | Self::RefusalRejected)
    }
}

/// A dossier on its way from what was read to what will be written.
pub struct Moving {
    before: (Status, i32, Option<AgencyId>),
    pub dossier: Dossier,
    content: bool,
    steps: Vec<(Happened, Status, Value)>,
}

impl Moving {
    pub fn of(dossier: Dossier) -> Self {
        let before = (dossier.status, dossier.version, dossier.agency.clone());
        Self { before, dossier, content: false, steps: Vec::new() }
    }

    /// Gives the dossier new content, to be written with the rest. Other moves leave what is stored untouched.
    pub fn put(&mut self, answers: Answers, facts: Facts) {
        self.dossier.answers = answers;
        self.dossier.facts = facts;
        self.content = true;
    }

    /// Goes to another status; the law's table decides whether that is possible.
    pub fn to(&mut self, status: Status, happened: Happened, detail: Value) -> Result<(), DossierError> {
        if !self.dossier.status.next().contains(&status) {
            return Err(DossierError::WrongStatus(self.dossier.status));
        }
        self.dossier.status = status;
        self.note(happened, detail);
        Ok(())
    }

    /// Something happened that leaves the status as it is.
    pub fn note(&mut self, happened: Happened, detail: Value) {
        self.dossier.version += 1;
        self.steps.push((happened, self.dossier.status, detail));
    }

    /// Writes everything with the commit. `action` names the operation in the log.
    pub fn write(mut self, tx: &mut Tx, access: &Access, action: &'static str) -> Dossier {
        if !self.dossier.status.is_open() {
            self.close_questions(tx);
        }
        let now = tx.now();
        let (status_before, read_version, agency_before) = self.before;
        self.dossier.updated_at = now;
        let d = &self.dossier;
        if self.content {
            tx.defer(sql::DOSSIER_UPDATE, d.update_params(read_version));
        } else {
            tx.defer(sql::DOSSIER_MOVE, d.move_params(read_version));
        }
        let (label, agency) = match &access.actor.who {
            Who::Citizen { .. } => (String::new(), None),
            Who::Staff { agency, name, .. } => (name.clone(), Some(agency.clone())),
            Who::System => (String::new(), d.agency.clone()),
        };
        debug_assert!(d.status == status_before || !self.steps.is_empty());
        let first = d.version - i32::try_from(self.steps.len()).unwrap_or(0) + 1;
        for (version, (happened, status, detail)) in (first..).zip(self.steps) {
            tx.defer(
                sql::EVENT_INSERT,
                vec![
                    Box::new(d.applicant),
                    Box::new(d.id),
                    Box::new(version),
                    Box::new(now),
                    Box::new(happened.as_str()),
                    Box::new(status.number()),
                    Box::new(access.actor.account),
                    Box::new(label.clone()),
                    Box::new(agency.clone()),
                    Box::new(detail),
                ],
            );
        }
        if let Some(agency) = &d.agency {
            events::emit(
                tx,
                &DossierMoved {
                    dossier: d.id,
                    applicant: d.applicant,
                    agency: agency.clone(),
                    left: agency_before.filter(|a| a != agency),
                    procedure: d.procedure.clone(),
                    status: d.status.number(),
                    version: d.version,
                    at: now,
                },
            );
        }
        tx.audit(access.entry(action).about(d.applicant).on("dossier", d.id.0).done());
        self.dossier
    }
}

impl Moving {
    /// What is over needs no answer any more: nobody is asked in vain, and late jobs find nothing to do.
    fn close_questions(&mut self, tx: &mut Tx) {
        let d = &mut self.dossier;
        for (key, state) in d.consents.iter_mut().filter(|(_, state)| **state == ConsentState::Asked) {
            *state = ConsentState::Expired;
            let Some(person) = d.asked.get(key) else { continue };
            tx.defer(
                sql::CONSENT_ANSWER,
                vec![
                    Box::new(*person),
                    Box::new(d.id),
                    Box::new(key.clone()),
                    Box::new(ConsentState::Expired.as_str()),
                    Box::new(tx.now()),
                ],
            );
        }
    }
}

/// Tells a person something about a dossier, with the way to it.
pub fn notify(tx: &mut Tx, person: contracts::PersonId, title: &Text, path: String) {
    let (id, now) = (tx.new_uuid(), tx.now());
    tx.defer(
        sql::NOTICE_INSERT,
        vec![
            Box::new(person),
            Box::new(id),
            Box::new(now),
            Box::new(json!({ "vi": title.vi, "en": title.en })),
            Box::new(path),
        ],
    );
}

/// The access of an officer, or of the system, to a dossier that is being handled.
pub fn handling(actor: &contracts::Actor) -> Access {
    Access::new(actor, Purpose::DECIDE_DOSSIER)
}

/// The access of a person to their own dossier.
pub fn filing(actor: &contracts::Actor) -> Access {
    Access::new(actor, Purpose::FILE_DOSSIER)
}
