//! Who may do what with requests for correction. The whole matrix stands here and is tested cell by cell.

use contracts::{Access, IdentityLevel, PersonId, Role, Who};

use super::Correction;
use crate::RegistryError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Say that something in one's own record is wrong.
    Ask,
    /// Take that back.
    Withdraw,
    /// See one's own requests.
    Own,
    /// See the requests to an agency.
    List,
    /// See one with what the record says, and decide or propose.
    Decide,
    /// Confirm what another officer proposed, or send it back.
    Answer,
}

impl Action {
    pub const ALL: [Self; 6] = [Self::Ask, Self::Withdraw, Self::Own, Self::List, Self::Decide, Self::Answer];
}

/// `about`: the person whose record it is, where that is known.
pub fn may(access: &Access, action: Action, about: Option<PersonId>) -> bool {
    use Action::{Answer, Ask, Decide, List, Own, Withdraw};
    match &access.actor.who {
        // The system reminds; it asks and decides nothing.
        Who::System => false,
        Who::Citizen { person, .. } => matches!(action, Ask | Withdraw | Own) && about == Some(*person),
        Who::Staff { role, .. } => match role {
            Role::Receiver => action == List,
            Role::Decider | Role::Head => matches!(action, List | Decide | Answer),
            Role::Auditor | Role::Administrator => false,
        },
    }
}

/// An account of level 1 sees nothing of the record, so it asks for nothing either.
pub(crate) fn authorise(
    access: &Access,
    action: Action,
    about: Option<PersonId>,
) -> Result<(), RegistryError> {
    if let Who::Citizen { level: IdentityLevel::One, .. } = access.actor.who {
        return Err(RegistryError::LevelTwoNeeded);
    }
    if may(access, action, about) { Ok(()) } else { Err(RegistryError::Forbidden) }
}

/// Like [`authorise`], for a request: it is its own agency's matter. Of those of another agency nothing is said.
pub(crate) fn authorise_case(
    access: &Access,
    action: Action,
    correction: &Correction,
) -> Result<(), RegistryError> {
    let allowed = authorise(access, action, Some(correction.person));
    let own_agency = match &access.actor.who {
        Who::Staff { agency, .. } => *agency == correction.agency,
        Who::Citizen { .. } | Who::System => true,
    };
    allowed.and(if own_agency { Ok(()) } else { Err(RegistryError::NoSuchCorrection) })
}

#[cfg(test)]
mod tests {
    use contracts::{AccountId, Actor, AgencyId, Purpose, actor::LoginStrength};
    use uuid::Uuid;

    use super::*;

    fn access(who: Who) -> Access {
        let actor = Actor { account: AccountId(Uuid::nil()), who, strength: LoginStrength::Two };
        Access::new(&actor, Purpose::CORRECT_RECORD)
    }

    #[test]
    fn each_role_may_do_exactly_what_is_listed_here() {
        use Action::{Answer, Ask, Decide, List, Own, Withdraw};
        let table: [(Role, &[Action]); 5] = [
            (Role::Receiver, &[List]),
            (Role::Decider, &[List, Decide, Answer]),
            (Role::Head, &[List, Decide, Answer]),
            (Role::Auditor, &[]),
            (Role::Administrator, &[]),
        ];
        assert_eq!(table.map(|(role, _)| role), Role::ALL);
        let [me, other] = [1, 2].map(|n| PersonId(Uuid::from_u128(n)));
        let citizen = |level| access(Who::Citizen { person: me, level });
        for action in Action::ALL {
            for (role, allowed) in table {
                let who =
                    Who::Staff { agency: AgencyId::new("CA-X-00004"), role, name: "Cán bộ".to_owned() };
                assert_eq!(
                    may(&access(who), action, Some(me)),
                    allowed.contains(&action),
                    "{role:?} {action:?}"
                );
            }
            let own = [Ask, Withdraw, Own].contains(&action);
            assert_eq!(may(&citizen(IdentityLevel::Two), action, Some(me)), own, "{action:?}");
            for about in [Some(other), None] {
                assert!(!may(&citizen(IdentityLevel::Two), action, about), "{action:?} of another");
            }
            let one = authorise(&citizen(IdentityLevel::One), action, Some(me));
            assert!(matches!(one, Err(RegistryError::LevelTwoNeeded)), "{action:?}");
            assert!(!may(&Access::system(Purpose::CORRECT_RECORD), action, Some(me)), "{action:?}");
        }
    }
}
