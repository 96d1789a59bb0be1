//! What an officer can do with a dossier now: role, status, consents and second officer together, so that the decision bar
//! never offers what the operation would refuse. Pure; the operations decide again.

use contracts::{Actor, Role};
use dossier::{
    Dossier, Status,
    model::SUPPLEMENTS_WITHOUT_HEAD,
    policy::{self, Action as Right},
};
use webkit::ui::Weight;

/// A button of the decision bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Receive,
    Start,
    Approve,
    ConfirmRefusal,
    RejectRefusal,
    RecordPayment,
    Supplement,
    RequestPayment,
    Forward,
    Assign,
    ProposeRefusal,
    Stop,
}

impl Action {
    /// In the order of the bar: what leads on first, what ends it last.
    pub const ALL: [Self; 12] = [
        Self::Receive,
        Self::Start,
        Self::Approve,
        Self::ConfirmRefusal,
        Self::RejectRefusal,
        Self::RecordPayment,
        Self::Supplement,
        Self::RequestPayment,
        Self::Forward,
        Self::Assign,
        Self::ProposeRefusal,
        Self::Stop,
    ];

    /// Its word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Start => "start",
            Self::Approve => "approve",
            Self::ConfirmRefusal => "confirm",
            Self::RejectRefusal => "reject",
            Self::RecordPayment => "payment",
            Self::Supplement => "supplement",
            Self::RequestPayment => "fee",
            Self::Forward => "forward",
            Self::Assign => "assign",
            Self::ProposeRefusal => "refuse",
            Self::Stop => "stop",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == word)
    }

    /// The words on its button.
    pub fn text(self) -> &'static str {
        match self {
            Self::Receive => "desk-do-receive",
            Self::Start => "desk-do-start",
            Self::Approve => "desk-do-approve",
            Self::ConfirmRefusal => "desk-do-confirm",
            Self::RejectRefusal => "desk-do-reject",
            Self::RecordPayment => "desk-do-payment",
            Self::Supplement => "desk-do-supplement",
            Self::RequestPayment => "desk-do-fee",
            Self::Forward => "desk-do-forward",
            Self::Assign => "desk-do-assign",
            Self::ProposeRefusal => "desk-do-refuse",
            Self::Stop => "desk-do-stop",
        }
    }

    /// What the page says when it is done.
    pub fn done(self) -> &'static str {
        match self {
            Self::Receive => "desk-done-receive",
            Self::Start => "desk-done-start",
            Self::Approve => "desk-done-approve",
            Self::ConfirmRefusal => "desk-done-confirm",
            Self::RejectRefusal => "desk-done-reject",
            Self::RecordPayment => "desk-done-payment",
            Self::Supplement => "desk-done-supplement",
            Self::RequestPayment => "desk-done-fee",
            Self::Forward => "desk-done-forward",
            Self::Assign => "desk-done-assign",
            Self::ProposeRefusal => "desk-done-refuse",
            Self::Stop => "desk-done-stop",
        }
    }

    /// Its letter with Alt; one on a page, and none that the list's own shortcuts use.
    pub fn letter(self) -> char {
        match self {
            Self::Receive => 'n',
            Self::Start => 'x',
            Self::Approve => 'd',
            Self::ConfirmRefusal => 'c',
            Self::RejectRefusal => 'k',
            Self::RecordPayment => 'p',
            Self::Supplement => 'b',
            Self::RequestPayment => 'l',
            Self::Forward => 'y',
            Self::Assign => 'g',
            Self::ProposeRefusal => 't',
            Self::Stop => 'h',
        }
    }

    /// Posts at once. The others open their form first: they need words, or end something.
    pub fn is_direct(self) -> bool {
        matches!(self, Self::Receive | Self::Start)
    }

    pub fn weight(self) -> Weight {
        match self {
            Self::Receive | Self::Start | Self::Approve => Weight::Primary,
            Self::ConfirmRefusal | Self::ProposeRefusal | Self::Stop => Weight::Danger,
            _ => Weight::Secondary,
        }
    }

    /// The right that the operation asks for.
    pub fn right(self) -> Right {
        match self {
            Self::Receive | Self::Start => Right::Receive,
            Self::Approve => Right::Approve,
            Self::ConfirmRefusal | Self::RejectRefusal => Right::ConfirmRefusal,
            Self::RecordPayment => Right::RecordPayment,
            Self::Supplement => Right::RequestSupplement,
            Self::RequestPayment => Right::RequestPayment,
            Self::Forward => Right::Forward,
            Self::Assign => Right::Assign,
            Self::ProposeRefusal => Right::ProposeRefusal,
            Self::Stop => Right::Stop,
        }
    }

    fn fits(self, actor: &Actor, d: &Dossier) -> bool {
        let undecided = matches!(d.status, Status::Registered | Status::Accepted | Status::InProgress);
        match self {
            Self::Receive => d.status == Status::Registered && d.consents_given() && d.proposal.is_none(),
            Self::Start => d.status == Status::Accepted && d.proposal.is_none(),
            Self::Approve => d.status == Status::InProgress && d.consents_given() && d.proposal.is_none(),
            Self::ConfirmRefusal | Self::RejectRefusal => {
                undecided && d.proposal.as_ref().is_some_and(|p| p.by != actor.account)
            }
            Self::RecordPayment => d.status == Status::PaymentRequested,
            Self::Supplement => {
                let is_head = actor.staff().is_some_and(|(_, role)| role == Role::Head);
                matches!(d.status, Status::Accepted | Status::InProgress)
                    && d.proposal.is_none()
                    && (is_head || d.supplements < SUPPLEMENTS_WITHOUT_HEAD)
            }
            Self::RequestPayment => d.status == Status::InProgress && d.proposal.is_none(),
            Self::Forward => undecided && d.proposal.is_none(),
            Self::Assign => d.status.is_open(),
            Self::ProposeRefusal => undecided && d.proposal.is_none(),
            Self::Stop => d.status.next().contains(&Status::Stopped),
        }
    }
}

/// The actions that are possible now, in the order of the bar.
pub fn actions(actor: &Actor, dossier: &Dossier) -> Vec<Action> {
    let possible = |a: &Action| policy::check(actor, a.right(), dossier).is_ok() && a.fits(actor, dossier);
    Action::ALL.into_iter().filter(possible).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use contracts::{AccountId, AgencyId, DossierId, LoginStrength, PersonId, Who};
    use dossier::{Proposal, row::ConsentState};
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn officer(role: Role, account: u128) -> Actor {
        let who = Who::Staff { agency: AgencyId::new("CA-X-26740"), role, name: "Lê Văn Tám".into() };
        Actor { account: AccountId(Uuid::from_u128(account)), who, strength: LoginStrength::Two }
    }

    fn proposal(by: u128) -> Proposal {
        let by = AccountId(Uuid::from_u128(by));
        Proposal { reason: "x".into(), note: "x".into(), by, by_name: "x".into() }
    }

    /// Every combination of what the bar looks at.
    fn dossiers() -> Vec<Dossier> {
        let mut out = Vec::new();
        let blank = Dossier::draft(
            PersonId(Uuid::nil()),
            DossierId(Uuid::nil()),
            "1.004194",
            1,
            Timestamp::UNIX_EPOCH,
        );
        for status in Status::ALL {
            for agency in [None, Some("CA-X-26740"), Some("CA-X-00004")] {
                for consent in [ConsentState::Given, ConsentState::Asked, ConsentState::Refused] {
                    for proposal in [None, Some(proposal(1)), Some(proposal(2))] {
                        for supplements in [0, 1, 2] {
                            let mut d = blank.clone();
                            d.status = status;
                            d.agency = agency.map(AgencyId::new);
                            d.consents.insert("host".into(), consent);
                            d.proposal = proposal.clone();
                            d.supplements = supplements;
                            out.push(d);
                        }
                    }
                }
            }
        }
        out
    }

    /// Where an action leads, or none where the status stays.
    fn leads_to(action: Action, from: Status) -> Option<Status> {
        match action {
            Action::Receive => Some(Status::Accepted),
            Action::Start | Action::RecordPayment => Some(Status::InProgress),
            Action::Approve => Some(Status::Finished),
            Action::Supplement => Some(Status::SupplementRequested),
            Action::RequestPayment => Some(Status::PaymentRequested),
            Action::Stop => Some(Status::Stopped),
            // An accepted dossier passes through "in progress" on its way to a refusal.
            Action::ConfirmRefusal => Some(match from {
                Status::Registered => Status::NotAccepted,
                Status::Accepted => Status::InProgress,
                _ => Status::Finished,
            }),
            Action::RejectRefusal | Action::Forward | Action::Assign | Action::ProposeRefusal => None,
        }
    }

    #[test]
    fn the_bar_never_offers_what_policy_or_the_states_refuse() {
        let mut offered = BTreeSet::new();
        for role in Role::ALL {
            let actor = officer(role, 1);
            for d in dossiers() {
                for action in actions(&actor, &d) {
                    offered.insert(action.as_str());
                    assert!(policy::check(&actor, action.right(), &d).is_ok(), "{role:?} {action:?}");
                    if let Some(to) = leads_to(action, d.status) {
                        assert!(d.status.next().contains(&to), "{action:?} from {:?}", d.status);
                    }
                    if matches!(action, Action::Receive | Action::Approve) {
                        assert!(d.consents_given());
                    }
                    if action == Action::ConfirmRefusal {
                        assert_ne!(d.proposal.as_ref().map(|p| p.by), Some(actor.account), "four eyes");
                    }
                    if action == Action::Supplement && role != Role::Head {
                        assert!(d.supplements < SUPPLEMENTS_WITHOUT_HEAD);
                    }
                    assert!(!d.status.is_terminal() && d.status != Status::Draft);
                }
            }
        }
        assert_eq!(offered.len(), Action::ALL.len(), "every button is offered to somebody");
    }

    #[test]
    fn auditors_administrators_and_other_agencies_are_offered_nothing() {
        for d in dossiers() {
            for role in [Role::Auditor, Role::Administrator] {
                assert_eq!(actions(&officer(role, 1), &d), []);
            }
            if d.agency.as_ref().is_none_or(|a| a.as_str() != "CA-X-26740") {
                assert_eq!(actions(&officer(Role::Head, 1), &d), []);
            }
        }
    }

    #[test]
    fn words_and_letters_tell_the_actions_apart() {
        let words: BTreeSet<_> = Action::ALL.map(Action::as_str).into();
        let letters: BTreeSet<_> = Action::ALL.map(Action::letter).into();
        assert_eq!((words.len(), letters.len()), (Action::ALL.len(), Action::ALL.len()));
        assert!(Action::ALL.into_iter().all(|a| Action::parse(a.as_str()) == Some(a)));
        // The list uses these: search, open next.
        assert!(!letters.contains(&'s'));
    }
}
