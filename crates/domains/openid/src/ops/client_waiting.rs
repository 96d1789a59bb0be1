//! `client_waiting`: what waits for the operator.

use base::Text;
use contracts::{Actor, AgencyId};
use jiff::Timestamp;
use postgres_types::Json;
use store::{Row, RowExt, StoreError, Tx};

use crate::{
    ClientDraft, ClientId, OpenId, OpenIdError,
    policy::{Deed, may},
    sql_console,
};

/// More than one day's work; the rest follows when these are done.
const WAITING_MAX: i64 = 100;

/// A proposal or a change that somebody must judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub client: ClientId,
    pub owner: AgencyId,
    /// As it would be called.
    pub name: Text,
    pub purpose: Text,
    /// A change of what is in force already.
    pub changes: bool,
    pub since: Timestamp,
}

/// The queue of the operator, the longest waiting first.
pub async fn client_waiting(cx: &OpenId, tx: &mut Tx, actor: &Actor) -> Result<Vec<Waiting>, OpenIdError> {
    let operator = &cx.settings.operator;
    if !may(actor, Deed::Judge, operator, operator) {
        return Err(OpenIdError::Forbidden);
    }
    let rows = tx.query(sql_console::CLIENTS_WAITING, &[&WAITING_MAX]).await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

fn read(row: &Row) -> Result<Waiting, StoreError> {
    let Json(draft) = row.col::<Json<ClientDraft>>("draft")?;
    Ok(Waiting {
        client: row.col("client_id")?,
        owner: row.col("owner")?,
        name: draft.name,
        purpose: draft.purpose,
        changes: row.col("changes")?,
        since: row.col("changed_at")?,
    })
}
