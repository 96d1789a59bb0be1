//! A request for correction and how it moves. Pure.
//!
//! open → accepted | refused; where two officers decide, open → proposed → accepted | refused, or back to open. The person
//! withdraws what is not decided. Reminder and escalation change nothing but what is known.

use contracts::{AccountId, AgencyId, PersonId};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use store::{Row, RowExt, StoreError};
use uuid::Uuid;

use super::Subject;
use crate::RegistryError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Open,
    Proposed,
    Accepted,
    Refused,
    Withdrawn,
}

impl State {
    pub const ALL: [Self; 5] = [Self::Open, Self::Proposed, Self::Accepted, Self::Refused, Self::Withdrawn];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Proposed => "proposed",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|x| x.as_str() == s)
    }

    /// Somebody still has to decide.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Proposed)
    }
}

/// How an officer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Accept,
    Refuse,
}

impl Verdict {
    pub const ALL: [Self; 2] = [Self::Accept, Self::Refuse];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Refuse => "refuse",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|x| x.as_str() == s)
    }

    pub fn proposing(self) -> StepKind {
        match self {
            Self::Accept => StepKind::ProposedAccept,
            Self::Refuse => StepKind::ProposedRefuse,
        }
    }

    pub fn deciding(self) -> StepKind {
        match self {
            Self::Accept => StepKind::Accepted,
            Self::Refuse => StepKind::Refused,
        }
    }
}

/// What happened to a request, as its timeline shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    Asked,
    ProposedAccept,
    ProposedRefuse,
    /// The second officer does not agree: the first begins again.
    SentBack,
    Accepted,
    Refused,
    Withdrawn,
    /// The last working day before the limit has begun.
    Reminded,
    /// The limit has passed; the head is told, the person gets an apology.
    Overdue,
}

impl StepKind {
    pub const ALL: [Self; 9] = [
        Self::Asked,
        Self::ProposedAccept,
        Self::ProposedRefuse,
        Self::SentBack,
        Self::Accepted,
        Self::Refused,
        Self::Withdrawn,
        Self::Reminded,
        Self::Overdue,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::ProposedAccept => "proposed_accept",
            Self::ProposedRefuse => "proposed_refuse",
            Self::SentBack => "sent_back",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Reminded => "reminded",
            Self::Overdue => "overdue",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|x| x.as_str() == s)
    }

    /// What only the agency sees: what is not decided yet, and its own reminder.
    pub fn is_internal(self) -> bool {
        matches!(self, Self::ProposedAccept | Self::ProposedRefuse | Self::SentBack | Self::Reminded)
    }

    /// Where it leads; none where it is not possible. A protected item is never decided by the first officer.
    pub fn leads(self, from: State, protected: bool) -> Option<State> {
        use State::{Accepted, Open, Proposed, Refused, Withdrawn};
        let decides_from = if protected { Proposed } else { Open };
        match (self, from) {
            (Self::ProposedAccept | Self::ProposedRefuse, Open) if protected => Some(Proposed),
            (Self::SentBack, Proposed) => Some(Open),
            (Self::Accepted, from) if from == decides_from => Some(Accepted),
            (Self::Refused, from) if from == decides_from => Some(Refused),
            (Self::Withdrawn, Open | Proposed) => Some(Withdrawn),
            (Self::Reminded | Self::Overdue, Open | Proposed) => Some(from),
            _ => None,
        }
    }
}

/// What the first officer would do.
#[derive(Clone, PartialEq, Eq)]
pub struct Proposal {
    pub verdict: Verdict,
    pub value: Option<String>,
    pub since: Option<Date>,
    pub reason: String,
    pub document: Option<String>,
    pub by: AccountId,
    pub by_name: String,
    pub at: Timestamp,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Correction {
    pub person: PersonId,
    pub id: Uuid,
    pub version: i32,
    pub state: State,
    pub subject: Subject,
    pub wrong: String,
    /// In stored form.
    pub value: Option<String>,
    pub document: Option<String>,
    pub authority: String,
    pub agency: AgencyId,
    pub protected: bool,
    pub asked_by: AccountId,
    pub asked_at: Timestamp,
    pub due_on: Date,
    pub overdue_at: Option<Timestamp>,
    pub proposal: Option<Proposal>,
    pub decided_at: Option<Timestamp>,
}

impl Correction {
    pub fn read(row: &Row) -> Result<Self, StoreError> {
        let verdict = row.col::<Option<&str>>("proposed")?.and_then(Verdict::parse);
        let proposal = match verdict {
            Some(verdict) => Some(Proposal {
                verdict,
                value: row.col("proposed_value")?,
                since: row.col("proposed_since")?,
                reason: row.col("proposed_reason")?,
                document: row.col("proposed_document")?,
                by: AccountId(row.col("proposed_by")?),
                by_name: row.col("proposed_name")?,
                at: row.col("proposed_at")?,
            }),
            None => None,
        };
        Ok(Self {
            person: PersonId(row.col("person_id")?),
            id: row.col("correction_id")?,
            version: row.col("version")?,
            state: State::parse(row.col("state")?).ok_or(StoreError::Column("state"))?,
            subject: Subject::parse(row.col("item")?).ok_or(StoreError::Column("item"))?,
            wrong: row.col("wrong")?,
            value: row.col("value")?,
            document: row.col("document")?,
            authority: row.col("authority")?,
            agency: AgencyId(row.col("agency")?),
            protected: row.col("protected")?,
            asked_by: AccountId(row.col("asked_by")?),
            asked_at: row.col("asked_at")?,
            due_on: row.col("due_on")?,
            overdue_at: row.col("overdue_at")?,
            proposal,
            decided_at: row.col("decided_at")?,
        })
    }

    /// The state after a step; a step that does not fit is refused.
    pub fn after(&self, step: StepKind) -> Result<State, RegistryError> {
        step.leads(self.state, self.protected).ok_or(RegistryError::CorrectionState)
    }

    /// The proposal for the second officer: nobody decides over their own, nor over a request that they made themselves.
    pub fn proposal_for(&self, account: AccountId) -> Result<&Proposal, RegistryError> {
        let proposal = self.proposal.as_ref().ok_or(RegistryError::CorrectionState)?;
        if proposal.by == account { Err(RegistryError::CorrectionFourEyes) } else { Ok(proposal) }
    }
}

/// One line of a timeline.
pub type Step = crate::step::Step<StepKind>;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_moves_only_as_listed_here() {
        use State::{Accepted, Open, Proposed, Refused, Withdrawn};
        // Step, from, to, of a protected item, of another.
        let table = [
            (StepKind::ProposedAccept, Open, Proposed, true, false),
            (StepKind::ProposedRefuse, Open, Proposed, true, false),
            (StepKind::SentBack, Proposed, Open, true, true),
            (StepKind::Accepted, Open, Accepted, false, true),
            (StepKind::Accepted, Proposed, Accepted, true, false),
            (StepKind::Refused, Open, Refused, false, true),
            (StepKind::Refused, Proposed, Refused, true, false),
            (StepKind::Withdrawn, Open, Withdrawn, true, true),
            (StepKind::Withdrawn, Proposed, Withdrawn, true, true),
            (StepKind::Reminded, Open, Open, true, true),
            (StepKind::Reminded, Proposed, Proposed, true, true),
            (StepKind::Overdue, Open, Open, true, true),
            (StepKind::Overdue, Proposed, Proposed, true, true),
        ];
        for step in StepKind::ALL {
            assert_eq!(StepKind::parse(step.as_str()), Some(step));
            for from in State::ALL {
                for protected in [false, true] {
                    let listed = table.iter().find(|(s, f, _, guarded, plain)| {
                        *s == step && *f == from && if protected { *guarded } else { *plain }
                    });
                    assert_eq!(
                        step.leads(from, protected),
                        listed.map(|l| l.2),
                        "{step:?} {from:?} {protected}"
                    );
                }
            }
        }
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::parse(verdict.as_str()), Some(verdict));
        }
    }

    proptest! {
        /// Whatever is tried in whatever order: what is decided stays so, and of a protected item nothing is decided
        /// without a proposal right before it.
        #[test]
        fn no_order_of_steps_decides_twice_or_alone(
            steps in prop::collection::vec(prop::sample::select(StepKind::ALL.to_vec()), 0..40),
            protected: bool,
        ) {
            let (mut state, mut ends, mut proposed) = (State::Open, 0, false);
            for step in steps {
                let Some(next) = step.leads(state, protected) else { continue };
                prop_assert!(state.is_open(), "{step:?} after the end");
                let decides = matches!(step, StepKind::Accepted | StepKind::Refused);
                prop_assert!(!decides || proposed == protected, "{step:?}");
                proposed = match step {
                    StepKind::ProposedAccept | StepKind::ProposedRefuse => true,
                    StepKind::Reminded | StepKind::Overdue => proposed,
                    _ => false,
                };
                ends += usize::from(!next.is_open());
                prop_assert_eq!(next == State::Proposed, proposed);
                state = next;
            }
            prop_assert!(ends <= 1);
            prop_assert_eq!(ends == 1, !state.is_open());
        }
    }
}
