//! Who sees which figures, and whose cases. The whole matrix stands here and is tested cell by cell.
//!
//! A commune's officers see their commune; a province's see the numbers of all its communes, and cases where they have a
//! purpose that the law names; the ministry sees numbers.

use contracts::{Access, AgencyId, CommuneCode, Purpose, Role, Who, ports::Nation};
use forms::Level;

use crate::RegistryError;

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Counts and shares.
    Figures,
    /// The people behind them.
    Cases,
    /// Take a case, give it to a colleague, explain it.
    Work,
}

impl Action {
    pub const ALL: [Self; 3] = [Self::Figures, Self::Cases, Self::Work];
}

/// Purposes for which the people behind a figure are shown.
pub const CASE_PURPOSES: [Purpose; 1] = [Purpose::CHECK_QUALITY];

pub fn may(access: &Access, action: Action) -> bool {
    let with_purpose = CASE_PURPOSES.contains(&access.purpose);
    match &access.actor.who {
        Who::System | Who::Citizen { .. } => false,
        Who::Staff { role, .. } => match (role, action) {
            (Role::Head | Role::Decider | Role::Auditor, Action::Figures) => true,
            (Role::Head | Role::Decider, Action::Cases | Action::Work) => with_purpose,
            (Role::Receiver | Role::Auditor | Role::Administrator, _) => false,
        },
    }
}

/// Where an agency looks after the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Commune(CommuneCode),
    /// Every commune of a province or of the country, of those that were given.
    Above(Level, Vec<CommuneCode>),
}

impl Scope {
    /// Of the communes that have people, those that are this agency's.
    pub fn of(agency: &AgencyId, nation: &dyn Nation, peopled: &[CommuneCode]) -> Option<Self> {
        let own =
            |commune: &CommuneCode, level| nation.agency_for(commune, level).is_some_and(|a| a.id == *agency);
        if let Some(commune) = nation.agency(agency)?.commune
            && own(&commune, Level::Commune)
        {
            return Some(Self::Commune(commune));
        }
        [Level::Province, Level::Ministry].into_iter().find_map(|level| {
            let within: Vec<CommuneCode> = peopled.iter().filter(|c| own(c, level)).cloned().collect();
            (!within.is_empty()).then_some(Self::Above(level, within))
        })
    }

    pub fn communes(&self) -> &[CommuneCode] {
        match self {
            Self::Commune(commune) => std::slice::from_ref(commune),
            Self::Above(_, communes) => communes,
        }
    }

    /// Whether the people behind the figures of a commune are this agency's matter.
    pub fn may_see_cases(&self, commune: &CommuneCode) -> bool {
        match self {
            Self::Above(Level::Ministry, _) => false,
            Self::Commune(_) | Self::Above(..) => self.communes().contains(commune),
        }
    }
}

pub(crate) fn authorise(access: &Access, action: Action) -> Result<(), RegistryError> {
    if may(access, action) { Ok(()) } else { Err(RegistryError::Forbidden) }
}

#[cfg(test)]
mod tests {
    use contracts::{AccountId, Actor, IdentityLevel, PersonId, actor::LoginStrength};
    use uuid::Uuid;

    use super::*;

    fn access(who: Who, purpose: Purpose) -> Access {
        let actor = Actor { account: AccountId(Uuid::nil()), who, strength: LoginStrength::Two };
        Access::new(&actor, purpose)
    }

    #[test]
    fn each_role_may_do_exactly_what_is_listed_here_and_cases_need_their_purpose() {
        use Action::{Cases, Figures, Work};
        let table: [(Role, &[Action]); 5] = [
            (Role::Receiver, &[]),
            (Role::Decider, &[Figures, Cases, Work]),
            (Role::Head, &[Figures, Cases, Work]),
            (Role::Auditor, &[Figures]),
            (Role::Administrator, &[]),
        ];
        assert_eq!(table.map(|(role, _)| role), Role::ALL);
        for (role, allowed) in table {
            for purpose in Purpose::ALL {
                let who =
                    Who::Staff { agency: AgencyId::new("CA-X-00004"), role, name: "Cán bộ".to_owned() };
                let access = access(who, purpose);
                for action in Action::ALL {
                    let purposed = action == Figures || purpose == Purpose::CHECK_QUALITY;
                    assert_eq!(
                        may(&access, action),
                        allowed.contains(&action) && purposed,
                        "{role:?} {action:?}"
                    );
                }
            }
        }
        let citizen = Who::Citizen { person: PersonId(Uuid::nil()), level: IdentityLevel::Two };
        for action in Action::ALL {
            assert!(!may(&access(citizen.clone(), Purpose::CHECK_QUALITY), action));
            assert!(!may(&Access::system(Purpose::CHECK_QUALITY), action));
        }
    }

    #[test]
    fn a_ministry_sees_numbers_and_a_province_its_own_cases() {
        let [a, b] = ["00004", "00008"].map(CommuneCode::new);
        let province = Scope::Above(Level::Province, vec![a.clone()]);
        assert!(province.may_see_cases(&a) && !province.may_see_cases(&b));
        assert!(!Scope::Above(Level::Ministry, vec![a.clone()]).may_see_cases(&a));
        assert!(Scope::Commune(a.clone()).may_see_cases(&a) && !Scope::Commune(a).may_see_cases(&b));
    }
}
