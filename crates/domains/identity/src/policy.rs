//! Who may do what with accounts: one table, tested over every kind of caller and every action.
//!
//! Administrators act only for their own agency; operations check that beside this. Nobody acts on their own duties.

use contracts::{AccountId, Actor, AgencyId, Role, Who};
use jiff::{SignedDuration, Timestamp};

use crate::IdentityError;

/// Everything that can be done with an account by somebody who is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Sessions, password and authenticators of one's own; locking oneself.
    ManageOwn,
    /// Find the account of a citizen who stands at the counter.
    FindCitizen,
    RaiseCitizen,
    /// Lock and unlock for the holder who stands at the counter; take a form by which an authority asks for it.
    TakeLock,
    /// Second pair of eyes on such a form.
    LockCitizen,
    /// A new beginning for a citizen who lost their ways of signing in and stands at the counter.
    ResetCitizen,
    /// Take the file of somebody without an account.
    Enrol,
    /// Second pair of eyes on such a file.
    DecideEnrolment,
    /// How many came how far.
    SeeFunnel,
    CreateStaff,
    ListStaff,
    GrantRole,
    /// Second pair of eyes on a new administrator.
    ConfirmGrant,
    EndRole,
    LockStaff,
    /// The same for an officer; a second person agrees.
    ResetStaff,
    ConfirmReset,
    /// Take the file of a foreigner, who enters the record with it.
    EnrolForeigner,
    /// Ask for the account of an organisation, and what its representatives do with it: in one's own name.
    RepresentOrganisation,
    /// Take the file of an organisation at the counter, or propose another legal representative.
    TakeOrganisation,
    /// Check such a file and decide on it; second pair of eyes on the representative.
    DecideOrganisation,
    FindOrganisation,
    /// Lock, unlock and close.
    LockOrganisation,
}

impl Action {
    pub const ALL: [Self; 23] = [
        Self::ManageOwn,
        Self::FindCitizen,
        Self::RaiseCitizen,
        Self::TakeLock,
        Self::LockCitizen,
        Self::ResetCitizen,
        Self::Enrol,
        Self::DecideEnrolment,
        Self::SeeFunnel,
        Self::CreateStaff,
        Self::ListStaff,
        Self::GrantRole,
        Self::ConfirmGrant,
        Self::EndRole,
        Self::LockStaff,
        Self::ResetStaff,
        Self::ConfirmReset,
        Self::EnrolForeigner,
        Self::RepresentOrganisation,
        Self::TakeOrganisation,
        Self::DecideOrganisation,
        Self::FindOrganisation,
        Self::LockOrganisation,
    ];
}

/// Roles that nobody gives alone: those who hold them are the second person of others.
pub(crate) fn takes_two(role: Role) -> bool {
    matches!(role, Role::Administrator | Role::Head)
}

/// So long two of whom one made the other count as one: whoever knows the other's first password may be both.
pub const TIED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Somebody's word on a colleague's account, which counts only with a second one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Second {
    pub proposer: AccountId,
    pub confirmer: AccountId,
    /// Whose account it is about.
    pub receiver: AccountId,
    /// When one of the first two last had a hand in the other's account: gave a role that takes two or a set-up code, or
    /// proposed or confirmed a role or a reset.
    pub tied_at: Option<Timestamp>,
}

/// Whether the two are two: neither of them receives it, and neither is the other's puppet, in whichever order they act.
pub(crate) fn is_second(second: Second, now: Timestamp) -> Result<(), IdentityError> {
    let Second { proposer, confirmer, receiver, tied_at } = second;
    if confirmer == proposer || confirmer == receiver {
        return Err(IdentityError::SecondPersonNeeded);
    }
    match tied_at {
        Some(at) if now.duration_since(at) < TIED_FOR => Err(IdentityError::SecondPersonTied),
        _ => Ok(()),
    }
}

/// The action by the kind of caller alone.
pub fn allowed(actor: &Actor, action: Action) -> Result<(), IdentityError> {
    use Action as A;
    let yes = match &actor.who {
        Who::Citizen { .. } => matches!(action, A::ManageOwn | A::RepresentOrganisation),
        Who::Staff { role, .. } => match (role, action) {
            (_, A::ManageOwn) => true,
            (
                Role::Receiver,
                A::FindCitizen
                | A::RaiseCitizen
                | A::TakeLock
                | A::ResetCitizen
                | A::Enrol
                | A::TakeOrganisation
                | A::FindOrganisation,
            ) => true,
            (
                Role::Decider,
                A::FindCitizen
                | A::RaiseCitizen
                | A::TakeLock
                | A::LockCitizen
                | A::ResetCitizen
                | A::Enrol
                | A::DecideEnrolment
                | A::EnrolForeigner
                | A::TakeOrganisation
                | A::DecideOrganisation
                | A::FindOrganisation
                | A::LockOrganisation,
            ) => true,
            (
                Role::Head,
                A::FindCitizen
                | A::LockCitizen
                | A::DecideEnrolment
                | A::SeeFunnel
                | A::ListStaff
                | A::ConfirmGrant
                | A::ConfirmReset
                | A::DecideOrganisation
                | A::FindOrganisation
                | A::LockOrganisation,
            ) => true,
            (
                Role::Administrator,
                A::CreateStaff
                | A::ListStaff
                | A::GrantRole
                | A::ConfirmGrant
                | A::EndRole
                | A::LockStaff
                | A::ResetStaff
                | A::ConfirmReset,
            ) => true,
            (Role::Receiver | Role::Decider | Role::Head | Role::Auditor | Role::Administrator, _) => false,
        },
        // The operator's commands and the rules of the law; it has no account of its own.
        Who::System => !matches!(action, A::ManageOwn | A::RepresentOrganisation),
    };
    if yes { Ok(()) } else { Err(IdentityError::Forbidden) }
}

/// The action for one agency: an officer's own.
pub fn allowed_at(actor: &Actor, action: Action, agency: &AgencyId) -> Result<(), IdentityError> {
    allowed(actor, action)?;
    match actor.staff() {
        Some((own, _)) if own != agency => Err(IdentityError::Forbidden),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use contracts::{AccountId, IdentityLevel, LoginStrength, PersonId};
    use uuid::Uuid;

    use super::*;

    fn actor(who: Who) -> Actor {
        Actor { account: AccountId(Uuid::nil()), who, strength: LoginStrength::Two }
    }

    fn staff(role: Role) -> Actor {
        actor(Who::Staff { agency: AgencyId::new("CA-X-00004"), role, name: "Test".into() })
    }

    /// The whole table, written out: a letter for each caller who may. C citizen, R receiver, D decider, H head,
    /// A auditor, M administrator, S system.
    const TABLE: [(Action, &str); 23] = [
        (Action::ManageOwn, "CRDHAM"),
        (Action::FindCitizen, "RDHS"),
        (Action::RaiseCitizen, "RDS"),
        (Action::TakeLock, "RDS"),
        (Action::LockCitizen, "DHS"),
        (Action::ResetCitizen, "RDS"),
        (Action::Enrol, "RDS"),
        (Action::DecideEnrolment, "DHS"),
        (Action::SeeFunnel, "HS"),
        (Action::CreateStaff, "MS"),
        (Action::ListStaff, "HMS"),
        (Action::GrantRole, "MS"),
        (Action::ConfirmGrant, "HMS"),
        (Action::EndRole, "MS"),
        (Action::LockStaff, "MS"),
        (Action::ResetStaff, "MS"),
        (Action::ConfirmReset, "HMS"),
        (Action::EnrolForeigner, "DS"),
        (Action::RepresentOrganisation, "C"),
        (Action::TakeOrganisation, "RDS"),
        (Action::DecideOrganisation, "DHS"),
        (Action::FindOrganisation, "RDHS"),
        (Action::LockOrganisation, "DHS"),
    ];

    #[test]
    fn every_caller_may_do_exactly_what_the_table_says() {
        let who = Who::Citizen { person: PersonId(Uuid::nil()), level: IdentityLevel::Two };
        let callers = [
            ('C', actor(who)),
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
    fn two_people_are_two_unless_one_of_them_is_concerned_or_made_the_other_lately() {
        let now: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let [a, b, c] = [1, 2, 3].map(|n| AccountId(Uuid::from_u128(n)));
        let ago = |time: SignedDuration| Some(now - time);
        let (second, never) = (SignedDuration::from_secs(1), None);
        for (proposer, confirmer, tied_at, said) in [
            (a, b, never, "ok"),
            (a, a, never, "identity.second_person_needed"),
            (a, c, never, "identity.second_person_needed"),
            (a, a, ago(second), "identity.second_person_needed"),
            (a, b, Some(now), "identity.second_person_tied"),
            (a, b, ago(TIED_FOR - second), "identity.second_person_tied"),
            (a, b, ago(TIED_FOR), "ok"),
            (a, b, ago(TIED_FOR + second), "ok"),
        ] {
            let found = is_second(Second { proposer, confirmer, receiver: c, tied_at }, now);
            let code = found.err().map_or("ok", |e| base::Fault::code(&e));
            assert_eq!(code, said, "{proposer} {confirmer} {tied_at:?}");
        }
    }

    #[test]
    fn an_officer_acts_only_for_their_own_agency() {
        let other = AgencyId::new("CA-X-99999");
        for action in Action::ALL {
            for role in Role::ALL {
                assert!(allowed_at(&staff(role), action, &other).is_err());
            }
        }
        assert!(allowed_at(&Actor::system(), Action::CreateStaff, &other).is_ok());
    }
}
