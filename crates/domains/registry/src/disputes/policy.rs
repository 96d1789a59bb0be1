//! Who settles contradictions between sources: deciders and heads of an agency of the commune. The whole matrix stands here
//! and is tested cell by cell.

use contracts::{Access, CommuneCode, Role, Who, ports::Nation};

use crate::RegistryError;

pub fn may(access: &Access) -> bool {
    match &access.actor.who {
        Who::Staff { role, .. } => matches!(role, Role::Decider | Role::Head),
        Who::Citizen { .. } | Who::System => false,
    }
}

/// The commune whose cases the officer's agency settles.
pub(crate) fn commune(access: &Access, nation: &dyn Nation) -> Result<CommuneCode, RegistryError> {
    let (agency, _) = access.actor.staff().filter(|_| may(access)).ok_or(RegistryError::Forbidden)?;
    nation.agency(agency).and_then(|card| card.commune).ok_or(RegistryError::Forbidden)
}

#[cfg(test)]
mod tests {
    use contracts::{AccountId, Actor, AgencyId, IdentityLevel, PersonId, Purpose, actor::LoginStrength};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn deciders_and_heads_settle_and_nobody_else() {
        let access = |who| {
            let actor = Actor { account: AccountId(Uuid::nil()), who, strength: LoginStrength::Two };
            Access::new(&actor, Purpose::CORRECT_RECORD)
        };
        for role in Role::ALL {
            let who = Who::Staff { agency: AgencyId::new("CA-X-00004"), role, name: "Cán bộ".to_owned() };
            assert_eq!(may(&access(who)), [Role::Decider, Role::Head].contains(&role), "{role:?}");
        }
        let citizen = Who::Citizen { person: PersonId(Uuid::nil()), level: IdentityLevel::Two };
        assert!(!may(&access(citizen)) && !may(&Access::system(Purpose::CORRECT_RECORD)));
    }
}
