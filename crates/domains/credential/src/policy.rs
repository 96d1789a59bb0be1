//! Who may do what with a document: one table, tested over every kind of caller and every action.
//!
//! An officer acts only on documents of their own agency. Whoever may not know of a document gets "not found". Checking
//! whether a paper is real is open to everybody and not an action here.

use contracts::{Actor, AgencyId, PersonId, Role, Who};

use crate::CredentialError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Sign and store, once a decision was taken: the job of the system, never of a hand.
    Issue,
    Replace,
    Revoke,
    /// Fetch the PDF.
    Read,
    /// List one's own documents.
    List,
    /// See the signing keys and put the next one into use: the operator, by the command line.
    ManageKeys,
}

impl Action {
    pub const ALL: [Self; 6] =
        [Self::Issue, Self::Replace, Self::Revoke, Self::Read, Self::List, Self::ManageKeys];
}

/// The action on a document of this person and this issuer.
pub fn check(
    actor: &Actor,
    action: Action,
    owner: PersonId,
    issuer: &AgencyId,
) -> Result<(), CredentialError> {
    let knows = match &actor.who {
        Who::Citizen { person, .. } => *person == owner,
        Who::Staff { agency, .. } => agency == issuer,
        Who::System => true,
    };
    if knows { allowed(actor, action) } else { Err(CredentialError::NotFound) }
}

/// The action by the kind of caller alone.
pub fn allowed(actor: &Actor, action: Action) -> Result<(), CredentialError> {
    use Action as A;
    let yes = match &actor.who {
        Who::Citizen { .. } => matches!(action, A::Read | A::List),
        Who::Staff { role, .. } => match role {
            Role::Receiver | Role::Decider => matches!(action, A::Read),
            Role::Head => matches!(action, A::Read | A::Revoke),
            Role::Auditor | Role::Administrator => false,
        },
        Who::System => matches!(action, A::Issue | A::Replace | A::Read | A::ManageKeys),
    };
    if yes { Ok(()) } else { Err(CredentialError::Forbidden) }
}

#[cfg(test)]
mod tests {
    use contracts::{AccountId, IdentityLevel, LoginStrength};
    use uuid::Uuid;

    use super::*;

    fn actor(who: Who) -> Actor {
        Actor { account: AccountId(Uuid::nil()), who, strength: LoginStrength::Two }
    }

    fn staff(role: Role) -> Actor {
        actor(Who::Staff { agency: AgencyId::new("CA-X-00004"), role, name: "Test".into() })
    }

    fn citizen() -> Actor {
        actor(Who::Citizen { person: PersonId(Uuid::nil()), level: IdentityLevel::Two })
    }

    /// The whole table, written out: a letter for each caller who may. C citizen, R receiver, D decider, H head,
    /// A auditor, M administrator, S system.
    const TABLE: [(Action, &str); 6] = [
        (Action::Issue, "S"),
        (Action::Replace, "S"),
        (Action::Revoke, "H"),
        (Action::Read, "CRDHS"),
        (Action::List, "C"),
        (Action::ManageKeys, "S"),
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
    fn strangers_do_not_learn_that_a_document_exists() {
        let (owner, issuer) = (PersonId(Uuid::max()), AgencyId::new("CA-X-00010"));
        for action in Action::ALL {
            for actor in [citizen()].into_iter().chain(Role::ALL.map(staff)) {
                let outcome = check(&actor, action, owner, &issuer);
                assert!(matches!(outcome, Err(CredentialError::NotFound)), "{action:?}");
            }
        }
    }
}
