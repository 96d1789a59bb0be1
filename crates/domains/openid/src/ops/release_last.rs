//! `release_last`: when each relying party was last told something of a person.

use std::collections::BTreeMap;

use contracts::Actor;
use jiff::Timestamp;
use store::{RowExt, Tx};

use crate::{ClientId, OpenIdError, sql_console};

/// For the person themselves; nobody else has releases.
pub async fn release_last(tx: &mut Tx, actor: &Actor) -> Result<BTreeMap<ClientId, Timestamp>, OpenIdError> {
    if actor.person().is_none() {
        return Err(OpenIdError::Forbidden);
    }
    let rows = tx.query(sql_console::RELEASE_LAST, &[&actor.account]).await?;
    let mut last = BTreeMap::new();
    for row in &rows {
        last.insert(row.col("client_id")?, row.col("at")?);
    }
    Ok(last)
}
