//! Rows of reforms as values.

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

/// Behind which residence a pass goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    pub unit: String,
    pub person: Uuid,
    pub residence: Uuid,
}

/// An act as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Also the id of its event.
    pub id: Uuid,
    pub reform: Reform,
    pub state: State,
    pub step: i64,
    pub at: Option<At>,
    pub pass_found: i64,
    /// Residences that went to another unit, those settled by officers among them.
    pub moved: i64,
    /// Residences of which nobody knew the unit when it was applied.
    pub undecided: i64,
    pub undone: i64,
    pub started_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Run {
    pub fn read(row: &Row) -> Result<Self, StoreError> {
        let state: &str = row.col("state")?;
        let unit: Option<String> = row.col("at_unit")?;
        let at = match (unit, row.col("at_person")?, row.col("at_row")?) {
            (Some(unit), Some(person), Some(residence)) => Some(At { unit, person, residence }),
            _ => None,
        };
        Ok(Self {
            id: row.col("reform_id")?,
            reform: Reform::stored(row.col("file")?).ok_or(StoreError::Column("file"))?,
            state: State::ALL.into_iter().find(|s| s.as_str() == state).ok_or(StoreError::Column("state"))?,
            step: row.col("step")?,
            at,
            pass_found: row.col("pass_found")?,
            moved: row.col("moved")?,
            undecided: row.col("undecided")?,
            undone: row.col("undone")?,
            started_at: row.col("started_at")?,
            updated_at: row.col("updated_at")?,
        })
    }

    pub fn day(&self) -> Date {
        self.reform.in_force
    }

    /// Takes the step from what was read to `next`, or finds that somebody else took it. The row stays locked until the
    /// transaction ends, so nobody else is between two steps.
    pub async fn advance(&self, tx: &Tx, next: &Self) -> Result<(), ReformError> {
        let (unit, person, row) = next
            .at
            .as_ref()
            .map_or((None, None, None), |at| (Some(&at.unit), Some(at.person), Some(at.residence)));
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
