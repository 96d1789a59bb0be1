//! `reform_list`: every reform that was begun, how far it got, and who still waits for a decision, by old unit.

use contracts::Access;
use store::{RowExt, Tx};

use super::operator;
use crate::reform::{ReformError, rows::Run, sql};

const REFORMS_MAX: i64 = 1_000;

/// A reform as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub run: Run,
    /// Residences whose unit somebody has to say, by old unit.
    pub waiting: Vec<(String, i64)>,
}

pub async fn reform_list(tx: &Tx, access: &Access) -> Result<Vec<Standing>, ReformError> {
    operator(access)?;
    let mut list = Vec::new();
    for row in tx.query(sql::LIST, &[&REFORMS_MAX]).await? {
        let run = Run::read(&row)?;
        let mut waiting = Vec::new();
        for row in tx.query(sql::UNDECIDED_COUNT, &[&run.id]).await? {
            waiting.push((row.col("unit_from")?, row.col("n")?));
        }
        list.push(Standing { run, waiting });
    }
    Ok(list)
}
