//! Who may do what with the record. The whole matrix stands here and is tested cell by cell.

use contracts::{Access, IdentityLevel, PersonId, Purpose, Role, Who};

use crate::RegistryError;

/// Everything that can be asked of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Named facts of a known person, for a case at hand.
    Facts,
    /// Facts by number, over the API.
    LookUp,
    /// Search by name.
    Find,
    /// The whole record, now or as of a day.
    Read,
    /// Registration of a residence.
    Register,
    /// Correction of an item.
    Correct,
    /// An act of civil status or identity: birth, marriage, death, number, nationality …
    Act,
}

impl Action {
    pub const ALL: [Self; 7] =
        [Self::Facts, Self::LookUp, Self::Find, Self::Read, Self::Register, Self::Correct, Self::Act];
}

/// Purposes for which a citizen's own case may ask about another person, such as the host.
const CASE_PURPOSES: [Purpose; 2] = [Purpose::FILE_DOSSIER, Purpose::ASK_CONSENT];
/// Purposes for which an officer may look somebody up by number.
pub const LOOK_UP_PURPOSES: [Purpose; 4] =
    [Purpose::LOOK_UP, Purpose::DECIDE_DOSSIER, Purpose::RAISE_LEVEL, Purpose::LOCK_ACCOUNT];

/// Whether this access may do this; `about` is the person whose data it is, where that is already known.
pub fn may(access: &Access, action: Action, about: Option<PersonId>) -> bool {
    match &access.actor.who {
        Who::System => true,
        Who::Staff { role, .. } => staff_may(*role, action),
        Who::Citizen { person, .. } => {
            let own = about == Some(*person);
            match action {
                Action::Read => own,
                Action::Facts => own || CASE_PURPOSES.contains(&access.purpose),
                Action::LookUp | Action::Find | Action::Register | Action::Correct | Action::Act => false,
            }
        }
    }
}

fn staff_may(role: Role, action: Action) -> bool {
    match (role, action) {
        (Role::Receiver, Action::Facts | Action::LookUp | Action::Find) => true,
        (Role::Receiver, Action::Read | Action::Register | Action::Correct | Action::Act) => false,
        (Role::Decider | Role::Head, _) => true,
        (Role::Auditor | Role::Administrator, _) => false,
    }
}

/// An account of level 1 was opened with a number, a name and a birth date, which others may know: it sees nothing of the
/// record until its holder has been identified in person (NĐ 69/2024 Art. 9–10).
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

#[cfg(test)]
mod tests {
    use contracts::{AccountId, Actor, AgencyId, actor::LoginStrength};
    use uuid::Uuid;

    use super::*;

    fn access(who: Who, purpose: Purpose) -> Access {
        let actor = Actor { account: AccountId(Uuid::nil()), who, strength: LoginStrength::Two };
        Access::new(&actor, purpose)
    }

    fn staff(role: Role) -> Access {
        let who = Who::Staff { agency: AgencyId::new("CA-X-00004"), role, name: "Cán bộ".to_owned() };
        access(who, Purpose::LOOK_UP)
    }

    #[test]
    fn each_role_may_do_exactly_what_is_listed_here() {
        use Action::{Act, Correct, Facts, Find, LookUp, Read, Register};
        let table: [(Role, &[Action]); 5] = [
            (Role::Receiver, &[Facts, LookUp, Find]),
            (Role::Decider, &[Facts, LookUp, Find, Read, Register, Correct, Act]),
            (Role::Head, &[Facts, LookUp, Find, Read, Register, Correct, Act]),
            (Role::Auditor, &[]),
            (Role::Administrator, &[]),
        ];
        assert_eq!(table.map(|(role, _)| role), Role::ALL);
        for (role, allowed) in table {
            for action in Action::ALL {
                let may = may(&staff(role), action, Some(PersonId(Uuid::nil())));
                assert_eq!(may, allowed.contains(&action), "{role:?} {action:?}");
            }
        }
        for action in Action::ALL {
            assert!(may(&Access::system(Purpose::UPDATE_RECORD), action, None));
        }
    }

    #[test]
    fn a_citizen_reads_their_own_record_and_of_others_only_what_their_case_needs() {
        let (me, other) = (PersonId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        for purpose in Purpose::ALL {
            let citizen = access(Who::Citizen { person: me, level: IdentityLevel::Two }, purpose);
            for action in Action::ALL {
                let own = matches!(action, Action::Facts | Action::Read);
                assert_eq!(
                    may(&citizen, action, Some(me)),
                    own || case(action, purpose),
                    "{action:?} {purpose:?}"
                );
                for about in [None, Some(other)] {
                    assert_eq!(may(&citizen, action, about), case(action, purpose), "{action:?} {purpose:?}");
                }
            }
        }
    }

    fn case(action: Action, purpose: Purpose) -> bool {
        action == Action::Facts && matches!(purpose.code, "file_dossier" | "ask_consent")
    }

    #[test]
    fn an_account_of_level_one_sees_nothing_of_the_record() {
        let person = PersonId(Uuid::nil());
        let own = |level| access(Who::Citizen { person, level }, Purpose::OWN_RECORD);
        let one = authorise(&own(IdentityLevel::One), Action::Read, Some(person));
        assert!(matches!(one, Err(RegistryError::LevelTwoNeeded)));
        assert!(authorise(&own(IdentityLevel::Two), Action::Read, Some(person)).is_ok());
    }
}
