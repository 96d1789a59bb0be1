//! Who may do what with accounts: one table, tested over every kind of caller and every action.
//!
//! Administrators act only for their own agency; operations check that beside this. Nobody acts on their own duties.

use contracts::{Actor, AgencyId, Role, Who};

use crate::IdentityError;

/// Everything that can be done with an account by somebody who is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Sessions, password and authenticators of one's own; locking oneself.
    ManageOwn,
    /// Find the account of a citizen who stands at the counter.
    FindCitizen,
    RaiseCitizen,
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
}

impl Action {
    pub const ALL: [Self; 16] = [
        Self::ManageOwn,
        Self::FindCitizen,
        Self::RaiseCitizen,
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
    ];
}

/// The action by the kind of caller alone.
pub fn allowed(actor: &Actor, action: Action) -> Result<(), IdentityError> {
    use Action as A;
    let yes = match &actor.who {
        Who::Citizen { .. } => action == A::ManageOwn,
        Who::Staff { role, .. } => match (role, action) {
            (_, A::ManageOwn) => true,
            (Role::Receiver, A::FindCitizen | A::RaiseCitizen | A::ResetCitizen | A::Enrol) => true,
            (
                Role::Decider,
                A::FindCitizen
                | A::RaiseCitizen
                | A::LockCitizen
                | A::ResetCitizen
                | A::Enrol
                | A::DecideEnrolment,
            ) => true,
            (
                Role::Head,
                A::FindCitizen
                | A::LockCitizen
                | A::DecideEnrolment
                | A::SeeFunnel
                | A::ListStaff
                | A::ConfirmGrant
                | A::ConfirmReset,
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
        Who::System => action != A::ManageOwn,
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
    const TABLE: [(Action, &str); 16] = [
        (Action::ManageOwn, "CRDHAM"),
        (Action::FindCitizen, "RDHS"),
        (Action::RaiseCitizen, "RDS"),
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
