//! Who may do what with a dossier: one table, tested over every kind of caller and every action.
//!
//! An officer acts only for the agency that has the dossier. Whoever may not know of a dossier gets "not found".

use contracts::{Actor, IdentityLevel, PersonId, Role, Who};

use crate::{DossierError, row::Dossier};

/// Everything that can be done with a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Write the draft, hand in files.
    Draft,
    Submit,
    AnswerSupplement,
    Withdraw,
    Rate,
    /// Read it on one's own behalf.
    ReadOwn,
    /// Read it in the agency's work.
    ReadInOffice,
    Receive,
    Assign,
    Forward,
    RequestSupplement,
    RequestPayment,
    RecordPayment,
    Stop,
    ProposeRefusal,
    ConfirmRefusal,
    Approve,
    /// Lists and figures of the agency.
    Oversee,
}

impl Action {
    pub const ALL: [Self; 18] = [
        Self::Draft,
        Self::Submit,
        Self::AnswerSupplement,
        Self::Withdraw,
        Self::Rate,
        Self::ReadOwn,
        Self::ReadInOffice,
        Self::Receive,
        Self::Assign,
        Self::Forward,
        Self::RequestSupplement,
        Self::RequestPayment,
        Self::RecordPayment,
        Self::Stop,
        Self::ProposeRefusal,
        Self::ConfirmRefusal,
        Self::Approve,
        Self::Oversee,
    ];

    /// Whether what was answered, and what the record said, decides this move.
    pub(crate) fn reads_content(self) -> bool {
        matches!(self, Self::Submit | Self::AnswerSupplement | Self::RequestPayment | Self::Approve)
    }
}

/// The action on a dossier that is loaded.
pub fn check(actor: &Actor, action: Action, dossier: &Dossier) -> Result<(), DossierError> {
    let knows = match &actor.who {
        Who::Citizen { person, .. } => *person == dossier.applicant,
        Who::Staff { agency, .. } => dossier.agency.as_ref() == Some(agency),
        Who::System => true,
    };
    if !knows {
        return Err(DossierError::NotFound);
    }
    allowed(actor, action)
}

/// The action on something of one's own that does not exist yet, such as a new draft. Gives the person who acts.
pub fn own(actor: &Actor, action: Action) -> Result<PersonId, DossierError> {
    allowed(actor, action)?;
    actor.person().ok_or(DossierError::Forbidden)
}

/// The action by the kind of caller alone.
pub fn allowed(actor: &Actor, action: Action) -> Result<(), DossierError> {
    use Action as A;
    let yes = match &actor.who {
        Who::Citizen { level, .. } => match action {
            A::Draft | A::ReadOwn | A::Withdraw | A::Rate => true,
            // Each service may ask for more; none for less than a level that was matched with the record.
            A::Submit | A::AnswerSupplement => *level >= IdentityLevel::One,
            _ => false,
        },
        Who::Staff { role, .. } => match role {
            Role::Receiver => matches!(
                action,
                A::ReadInOffice
                    | A::Receive
                    | A::RequestSupplement
                    | A::RecordPayment
                    | A::ProposeRefusal
                    | A::Forward
            ),
            Role::Decider => matches!(
                action,
                A::ReadInOffice
                    | A::Receive
                    | A::RequestSupplement
                    | A::RequestPayment
                    | A::RecordPayment
                    | A::ProposeRefusal
                    | A::ConfirmRefusal
                    | A::Approve
                    | A::Forward
            ),
            Role::Head => matches!(
                action,
                A::ReadInOffice
                    | A::Assign
                    | A::Forward
                    | A::RequestSupplement
                    | A::RequestPayment
                    | A::Stop
                    | A::ProposeRefusal
                    | A::ConfirmRefusal
                    | A::Approve
                    | A::Oversee
            ),
            Role::Auditor => matches!(action, A::Oversee),
            Role::Administrator => false,
        },
        Who::System => matches!(action, A::ReadInOffice | A::Receive | A::Stop | A::Approve | A::Oversee),
    };
    if yes { Ok(()) } else { Err(DossierError::Forbidden) }
}

#[cfg(test)]
mod tests {
    use contracts::{AccountId, AgencyId, LoginStrength};
    use uuid::Uuid;

    use super::*;

    fn staff(role: Role) -> Actor {
        let who = Who::Staff { agency: AgencyId::new("CA-X-00004"), role, name: "Test".into() };
        Actor { account: AccountId(Uuid::nil()), who, strength: LoginStrength::Two }
    }

    fn citizen() -> Actor {
        let who = Who::Citizen { person: PersonId(Uuid::nil()), level: IdentityLevel::Two };
        Actor { account: AccountId(Uuid::nil()), who, strength: LoginStrength::One }
    }

    /// The whole table, written out: a letter for each caller who may. C citizen, R receiver, D decider, H head,
    /// A auditor, M administrator, S system.
    const TABLE: [(Action, &str); 18] = [
        (Action::Draft, "C"),
        (Action::Submit, "C"),
        (Action::AnswerSupplement, "C"),
        (Action::Withdraw, "C"),
        (Action::Rate, "C"),
        (Action::ReadOwn, "C"),
        (Action::ReadInOffice, "RDHS"),
        (Action::Receive, "RDS"),
        (Action::Assign, "H"),
        (Action::Forward, "RDH"),
        (Action::RequestSupplement, "RDH"),
        (Action::RequestPayment, "DH"),
        (Action::RecordPayment, "RD"),
        (Action::Stop, "HS"),
        (Action::ProposeRefusal, "RDH"),
        (Action::ConfirmRefusal, "DH"),
        (Action::Approve, "DHS"),
        (Action::Oversee, "HAS"),
    ];

    #[test]
    fn every_caller_may_do_exactly_what_the_table_says() {
        let callers = [
            ('C', citizen()),
            ('R', staff(Role::Receiver)),
            ('D', staff(Role::Decider)),
            ('H', staff(Role::Head)),
            ('A', staff(Role::Auditor)),
            ('M', staff(Role::Administrator)),
            ('S', Actor::system()),
        ];
        assert_eq!(TABLE.map(|(action, _)| action), Action::ALL);
        for (action, who) in TABLE {
            for (letter, actor) in &callers {
                assert_eq!(allowed(actor, action).is_ok(), who.contains(*letter), "{letter} {action:?}");
            }
        }
    }

    #[test]
    fn strangers_do_not_learn_that_a_dossier_exists() {
        let mut dossier = Dossier::blank_for_tests();
        dossier.agency = Some(AgencyId::new("CA-X-00010"));
        dossier.applicant = PersonId(Uuid::max());
        for action in Action::ALL {
            for actor in [citizen(), staff(Role::Head), staff(Role::Decider)] {
                assert!(matches!(check(&actor, action, &dossier), Err(DossierError::NotFound)));
            }
        }
    }
}
