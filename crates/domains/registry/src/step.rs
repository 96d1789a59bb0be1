//! One line of a case's timeline: of a possible duplicate, of a request for correction.

use contracts::AgencyId;
use jiff::Timestamp;
use store::{Row, RowExt, StoreError};

/// What happened, who did it, and why. `K` is what can happen to that kind of case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<K> {
    pub kind: K,
    pub name: Option<String>,
    pub agency: Option<AgencyId>,
    pub reason: Option<String>,
    pub at: Timestamp,
}

impl<K> Step<K> {
    pub(crate) fn read(row: &Row, kind: fn(&str) -> Option<K>) -> Result<Self, StoreError> {
        Ok(Self {
            kind: kind(row.col("kind")?).ok_or(StoreError::Column("kind"))?,
            name: row.col("name")?,
            agency: row.col::<Option<String>>("agency")?.map(AgencyId),
            reason: row.col("reason")?,
            at: row.col("at")?,
        })
    }
}
