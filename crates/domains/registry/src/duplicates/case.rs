//! A case: two records that may be of one person, and how it moves. Pure.
//!
//! open → proposed → merged | distinct: one officer proposes with a reason, another confirms, or refuses and it is open
//! again. A head takes a merge apart, or opens a settled case again. What was settled as distinct stays so, whatever
//! comes in, until a head opens it.

use contracts::{AccountId, AgencyId, CommuneCode, PersonId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Row, RowExt, StoreError};
use uuid::Uuid;

use super::verdict::Use;
use crate::RegistryError;

/// The two records of a case, the smaller id first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseId {
    pub person: PersonId,
    pub other: PersonId,
}

impl CaseId {
    /// None for one and the same record.
    pub fn of(one: PersonId, other: PersonId) -> Option<Self> {
        match one.cmp(&other) {
            std::cmp::Ordering::Less => Some(Self { person: one, other }),
            std::cmp::Ordering::Greater => Some(Self { person: other, other: one }),
            std::cmp::Ordering::Equal => None,
        }
    }

    pub fn both(self) -> [PersonId; 2] {
        [self.person, self.other]
    }

    /// The record beside `this` one.
    pub fn beside(self, this: PersonId) -> Option<PersonId> {
        match this {
            this if this == self.person => Some(self.other),
            this if this == self.other => Some(self.person),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Open,
    Proposed,
    Merged,
    Distinct,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Open, Self::Proposed, Self::Merged, Self::Distinct];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Proposed => "proposed",
            Self::Merged => "merged",
            Self::Distinct => "distinct",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|x| x.as_str() == s)
    }

    /// Somebody still has to do something.
    pub fn is_unsettled(self) -> bool {
        matches!(self, Self::Open | Self::Proposed)
    }
}

/// What happened in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    Found,
    ProposedMerge,
    ProposedDistinct,
    Refused,
    Merged,
    Distinct,
    Undone,
    Reopened,
}

impl StepKind {
    pub const ALL: [Self; 8] = [
        Self::Found,
        Self::ProposedMerge,
        Self::ProposedDistinct,
        Self::Refused,
        Self::Merged,
        Self::Distinct,
        Self::Undone,
        Self::Reopened,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::ProposedMerge => "proposed_merge",
            Self::ProposedDistinct => "proposed_distinct",
            Self::Refused => "refused",
            Self::Merged => "merged",
            Self::Distinct => "distinct",
            Self::Undone => "undone",
            Self::Reopened => "reopened",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|x| x.as_str() == s)
    }

    /// Where it leads from a state; none where it is not possible there.
    pub fn leads(self, from: State) -> Option<State> {
        match (self, from) {
            (Self::Found, State::Open) | (Self::Refused, State::Proposed) => Some(State::Open),
            (Self::ProposedMerge | Self::ProposedDistinct, State::Open) => Some(State::Proposed),
            (Self::Merged, State::Proposed) => Some(State::Merged),
            (Self::Distinct, State::Proposed) => Some(State::Distinct),
            (Self::Undone, State::Merged) | (Self::Reopened, State::Distinct) => Some(State::Open),
            _ => None,
        }
    }
}

/// What an officer proposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposed {
    /// One person: this record stays, the other gives way.
    Merge { keep: PersonId },
    /// Two persons.
    Distinct,
}

impl Proposed {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge { .. } => "merge",
            Self::Distinct => "distinct",
        }
    }

    pub fn proposing(self) -> StepKind {
        match self {
            Self::Merge { .. } => StepKind::ProposedMerge,
            Self::Distinct => StepKind::ProposedDistinct,
        }
    }

    pub fn confirming(self) -> StepKind {
        match self {
            Self::Merge { .. } => StepKind::Merged,
            Self::Distinct => StepKind::Distinct,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub what: Proposed,
    pub reason: String,
    pub by: AccountId,
    pub by_name: String,
    pub at: Timestamp,
}

impl Proposal {
    /// Four eyes: nobody confirms or refuses their own.
    pub fn answered_by(&self, account: AccountId) -> Result<(), RegistryError> {
        if self.by == account { Err(RegistryError::CaseFourEyes) } else { Ok(()) }
    }
}

/// How one field spoke, without its values: those are read when an officer looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sign {
    pub field: String,
    pub grade: Option<String>,
    pub bits: f64,
}

/// A merge in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    pub event: Uuid,
    pub at: Timestamp,
    /// Whose record gave way.
    pub given: PersonId,
    pub touched: Vec<PersonId>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub id: CaseId,
    pub version: i32,
    pub state: State,
    pub noticed_at: Use,
    pub probability: f64,
    pub evidence: Vec<Sign>,
    pub agency: Option<AgencyId>,
    pub commune: Option<CommuneCode>,
    pub found_at: Timestamp,
    pub proposal: Option<Proposal>,
    pub merge: Option<Merge>,
}

impl Case {
    pub fn read(row: &Row) -> Result<Self, StoreError> {
        let person = |name: &'static str| -> Result<Option<PersonId>, StoreError> {
            Ok(row.col::<Option<Uuid>>(name)?.map(PersonId))
        };
        let proposed: Option<&str> = row.col("proposed")?;
        let what = match (proposed, person("proposed_keep")?) {
            (Some("merge"), Some(keep)) => Some(Proposed::Merge { keep }),
            (Some("distinct"), _) => Some(Proposed::Distinct),
            _ => None,
        };
        let proposal = match what {
            Some(what) => Some(Proposal {
                what,
                reason: row.col("proposed_reason")?,
                by: AccountId(row.col("proposed_by")?),
                by_name: row.col("proposed_name")?,
                at: row.col("proposed_at")?,
            }),
            None => None,
        };
        let merge = match (row.col::<Option<Uuid>>("merge_event")?, person("given_id")?) {
            (Some(event), Some(given)) => {
                let touched: Vec<Uuid> = row.col("touched")?;
                let touched = touched.into_iter().map(PersonId).collect();
                Some(Merge { event, at: row.col("merged_at")?, given, touched })
            }
            _ => None,
        };
        let evidence: serde_json::Value = row.col("evidence")?;
        Ok(Self {
            id: CaseId { person: PersonId(row.col("person_id")?), other: PersonId(row.col("other_id")?) },
            version: row.col("version")?,
            state: State::parse(row.col("state")?).ok_or(StoreError::Column("state"))?,
            noticed_at: Use::parse(row.col("noticed_at")?).ok_or(StoreError::Column("noticed_at"))?,
            probability: row.col("probability")?,
            evidence: serde_json::from_value(evidence).map_err(|_| StoreError::Column("evidence"))?,
            agency: row.col::<Option<String>>("agency")?.map(AgencyId),
            commune: row.col::<Option<String>>("commune")?.map(CommuneCode),
            found_at: row.col("found_at")?,
            proposal,
            merge,
        })
    }

    /// The case after a step; a step that does not fit its state is refused.
    pub fn after(&self, step: StepKind) -> Result<State, RegistryError> {
        step.leads(self.state).ok_or(RegistryError::CaseState)
    }
}

/// One line of a case's history.
pub type Step = crate::step::Step<StepKind>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_moves_only_as_listed_here() {
        use State::{Distinct, Merged, Open, Proposed};
        let table = [
            (StepKind::Found, Open, Open),
            (StepKind::ProposedMerge, Open, Proposed),
            (StepKind::ProposedDistinct, Open, Proposed),
            (StepKind::Refused, Proposed, Open),
            (StepKind::Merged, Proposed, Merged),
            (StepKind::Distinct, Proposed, Distinct),
            (StepKind::Undone, Merged, Open),
            (StepKind::Reopened, Distinct, Open),
        ];
        for step in StepKind::ALL {
            assert_eq!(StepKind::parse(step.as_str()), Some(step));
            for from in State::ALL {
                let wanted = table.iter().find(|(s, f, _)| *s == step && *f == from).map(|(.., to)| *to);
                assert_eq!(step.leads(from), wanted, "{step:?} from {from:?}");
            }
        }
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
    }

    #[test]
    fn a_pair_is_one_case_whoever_is_named_first() {
        let [a, b] = [1, 2].map(|n| PersonId(Uuid::from_u128(n)));
        assert_eq!(CaseId::of(a, b), CaseId::of(b, a));
        assert_eq!(CaseId::of(a, a), None);
        let case = CaseId::of(b, a).unwrap();
        assert_eq!((case.beside(a), case.beside(b)), (Some(b), Some(a)));
    }

    #[test]
    fn nobody_answers_their_own_proposal() {
        let [one, other] = [1, 2].map(|n| AccountId(Uuid::from_u128(n)));
        let proposal = Proposal {
            what: Proposed::Distinct,
            reason: "x".into(),
            by: one,
            by_name: "x".into(),
            at: Timestamp::UNIX_EPOCH,
        };
        assert!(matches!(proposal.answered_by(one), Err(RegistryError::CaseFourEyes)));
        assert!(proposal.answered_by(other).is_ok());
    }
}
