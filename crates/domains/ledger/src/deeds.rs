//! What was done to what, by the log: for comparing with how things stand in another domain.

use serde::Deserialize;
use store::{RowExt, Store, Tx};

use crate::{LedgerError, sql};

/// One entry, without whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Deed {
    pub action: String,
    /// As `kind:id`.
    pub resource: String,
}

/// A transaction that sees one moment of everything and may take its time: what is compared with [`deeds_list`] is read
/// in it, too.
pub async fn snapshot(store: &Store) -> Result<Tx, LedgerError> {
    let tx = store.begin().await?;
    tx.execute(sql::SNAPSHOT, &[]).await?;
    tx.execute(sql::UNHURRIED, &[]).await?;
    Ok(tx)
}

/// Every entry of these actions that names a thing, those that wait for the log included. For rare actions: it reads the
/// whole log, and holds what it finds.
pub async fn deeds_list(tx: &Tx, actions: &[&str]) -> Result<Vec<Deed>, LedgerError> {
    let rows = tx.query(sql::DEEDS, &[&actions]).await?;
    let bodies = rows.iter().map(|row| row.col::<&str>("body")).collect::<Result<Vec<_>, _>>()?;
    // What cannot be read was altered, which the verification of the log names.
    let deeds = bodies.into_iter().filter_map(|body| serde_json::from_str::<Deed>(body).ok());
    Ok(deeds.filter(|deed| actions.contains(&deed.action.as_str())).collect())
}
