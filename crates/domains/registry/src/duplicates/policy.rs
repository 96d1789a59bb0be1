//! Who may do what with cases of duplicates. The whole matrix stands here and is tested cell by cell.

use contracts::{Access, AgencyId, Role, Who};

use crate::RegistryError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Ask whether somebody is in the register already.
    Ask,
    /// See that a person has an open case.
    Notice,
    /// See the list, and a case with both records.
    Read,
    /// Propose that two records are one person's, or two persons'.
    Propose,
    /// Confirm or refuse what another proposed.
    Confirm,
    /// Take a merge apart, or open a settled case again.
    Undo,
}

impl Action {
    pub const ALL: [Self; 6] =
        [Self::Ask, Self::Notice, Self::Read, Self::Propose, Self::Confirm, Self::Undo];
}

pub fn may(access: &Access, action: Action) -> bool {
    use Action::{Ask, Confirm, Notice, Propose, Read, Undo};
    match &access.actor.who {
        // The system asks and notices; it settles no case.
        Who::System => matches!(action, Ask | Notice),
        Who::Citizen { .. } => false,
        Who::Staff { role, .. } => match role {
            Role::Receiver => matches!(action, Notice),
            Role::Decider => matches!(action, Ask | Notice | Read | Propose | Confirm),
            Role::Head => matches!(action, Ask | Notice | Read | Propose | Confirm | Undo),
            Role::Auditor | Role::Administrator => false,
        },
    }
}

pub(crate) fn authorise(access: &Access, action: Action) -> Result<(), RegistryError> {
    if may(access, action) { Ok(()) } else { Err(RegistryError::Forbidden) }
}

/// Like [`authorise`], for a case: it is its own agency's matter. Of the case of another agency nothing is said.
pub(crate) fn authorise_case(
    access: &Access,
    action: Action,
    responsible: Option<&AgencyId>,
) -> Result<(), RegistryError> {
    authorise(access, action)?;
    let own = access.actor.staff().map(|(agency, _)| agency);
    if own.is_some() && own == responsible { Ok(()) } else { Err(RegistryError::NoSuchCase) }
}

#[cfg(test)]
mod tests {
    use contracts::{AccountId, Actor, IdentityLevel, PersonId, Purpose, actor::LoginStrength};
    use uuid::Uuid;

    use super::*;

    fn access(who: Who) -> Access {
        let actor = Actor { account: AccountId(Uuid::nil()), who, strength: LoginStrength::Two };
        Access::new(&actor, Purpose::RESOLVE_DUPLICATE)
    }

    fn staff(role: Role) -> Access {
        access(Who::Staff { agency: AgencyId::new("CA-X-00004"), role, name: "Cán bộ".to_owned() })
    }

    #[test]
    fn each_role_may_do_exactly_what_is_listed_here() {
        use Action::{Ask, Confirm, Notice, Propose, Read, Undo};
        let table: [(Role, &[Action]); 5] = [
            (Role::Receiver, &[Notice]),
            (Role::Decider, &[Ask, Notice, Read, Propose, Confirm]),
            (Role::Head, &[Ask, Notice, Read, Propose, Confirm, Undo]),
            (Role::Auditor, &[]),
            (Role::Administrator, &[]),
        ];
        assert_eq!(table.map(|(role, _)| role), Role::ALL);
        let citizen = access(Who::Citizen { person: PersonId(Uuid::nil()), level: IdentityLevel::Two });
        for action in Action::ALL {
            for (role, allowed) in table {
                assert_eq!(may(&staff(role), action), allowed.contains(&action), "{role:?} {action:?}");
            }
            assert!(!may(&citizen, action), "{action:?}");
            assert_eq!(may(&Access::system(Purpose::IMPORT), action), [Ask, Notice].contains(&action));
        }
    }

    #[test]
    fn a_case_is_its_own_agency_s_matter() {
        let (own, other) = (AgencyId::new("CA-X-00004"), AgencyId::new("CA-X-00070"));
        let head = staff(Role::Head);
        assert!(authorise_case(&head, Action::Read, Some(&own)).is_ok());
        for agency in [Some(&other), None] {
            assert!(matches!(authorise_case(&head, Action::Read, agency), Err(RegistryError::NoSuchCase)));
        }
    }
}
