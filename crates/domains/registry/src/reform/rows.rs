//! Rows of reforms as values.

use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{Reform, ReformError, sql};

/// How far an act got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Applying,
    Applied,
    Undoing,
    Undone,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Applying, Self::Applied, Self::Undoing, Self::Undone];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applying => "applying",
            Self::Applied => "applied",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }
}

/// What an act goes through, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Residences, with all that goes with them.
    Homes,
    /// Cases of possible duplicates; when it is undone, corrections, too.
    Matters,
    /// What later acts say in the units that an undone reform had filled.
    Acts,
}

impl Phase {
    const ALL: [Self; 3] = [Self::Homes, Self::Matters, Self::Acts];

    fn as_str(self) -> &'static str {
        match self {
            Self::Homes => "homes",
            Self::Matters => "matters",
            Self::Acts => "acts",
        }
    }
}

/// Behind what a pass goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// Empty where a pass does not go by units.
    pub unit: String,
    pub person: Uuid,
    /// The person's residence, absence or matter.
    pub row: Uuid,
}

/// An act as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Also the id of its event.
    pub id: Uuid,
    /// A country's has ten thousand units; every step shares it.
    pub reform: Arc<Reform>,
    pub state: State,
    pub step: i64,
    pub phase: Phase,
    pub at: Option<At>,
    pub pass_found: i64,
    /// Residences that went to another unit, those settled by officers among them.
    pub moved: i64,
    /// Residences of which nobody knew the unit when it was applied.
    pub undecided: i64,
    pub undone: i64,
    /// Residences in the units that it filled which later acts began: they stand when it is undone.
    pub later: i64,
    pub started_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Run {
    pub fn read(row: &Row) -> Result<Self, StoreError> {
        let (state, phase): (&str, &str) = (row.col("state")?, row.col("phase")?);
        let unit: Option<String> = row.col("at_unit")?;
        let at = match (unit, row.col("at_person")?, row.col("at_row")?) {
            (Some(unit), Some(person), Some(row)) => Some(At { unit, person, row }),
            _ => None,
        };
        Ok(Self {
            id: row.col("reform_id")?,
            reform: Arc::new(Reform::stored(row.col("file")?).ok_or(StoreError::Column("file"))?),
            state: State::ALL.into_iter().find(|s| s.as_str() == state).ok_or(StoreError::Column("state"))?,
            step: row.col("step")?,
            phase: Phase::ALL.into_iter().find(|p| p.as_str() == phase).ok_or(StoreError::Column("phase"))?,
            at,
            pass_found: row.col("pass_found")?,
            moved: row.col("moved")?,
            undecided: row.col("undecided")?,
            undone: row.col("undone")?,
            later: row.col("later")?,
            started_at: row.col("started_at")?,
            updated_at: row.col("updated_at")?,
        })
    }

    /// An act that begins now.
    pub fn begun(id: Uuid, reform: &Reform, now: Timestamp) -> Self {
        Self {
            id,
            reform: Arc::new(reform.clone()),
            state: State::Applying,
            step: 0,
            phase: Phase::Homes,
            at: None,
            pass_found: 0,
            moved: 0,
            undecided: 0,
            undone: 0,
            later: 0,
            started_at: now,
            updated_at: now,
        }
    }

    /// After one more step, which got as far as `at`.
    pub fn stepped(&self, now: Timestamp, at: Option<At>) -> Self {
        Self { step: self.step + 1, at, updated_at: now, ..self.clone() }
    }

    pub fn day(&self) -> Date {
        self.reform.in_force
    }

    /// Takes the step from what was read to `next`, or finds that somebody else took it. The row stays locked until the
    /// transaction ends, so nobody else is between two steps.
    pub async fn advance(&self, tx: &Tx, next: &Self) -> Result<(), ReformError> {
        let (unit, person, row) =
            next.at.as_ref().map_or((None, None, None), |at| (Some(&at.unit), Some(at.person), Some(at.row)));
        let hit = tx
            .execute(
                sql::ADVANCE,
                &[
                    &self.id,
                    &self.step,
                    &self.state.as_str(),
                    &next.state.as_str(),
                    &unit,
                    &person,
                    &row,
                    &next.pass_found,
                    &next.moved,
                    &next.undecided,
                    &next.undone,
                    &tx.now(),
                    &next.phase.as_str(),
                    &next.later,
                ],
            )
            .await?;
        if hit == 1 { Ok(()) } else { Err(ReformError::RunningElsewhere) }
    }
}

/// The last act of this id; one that was undone only where there is no other.
pub async fn by_slug(tx: &Tx, slug: &str) -> Result<Option<Run>, StoreError> {
    tx.query_opt(sql::BY_SLUG, &[&slug]).await?.as_ref().map(Run::read).transpose()
}
