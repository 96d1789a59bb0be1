//! `client_list`, `client_find`, `client_history`: relying parties, for those who look after them.

use base::{Page, PageRequest, Text};
use contracts::{Actor, AgencyId};
use jiff::Timestamp;
use postgres_types::Json;
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use super::client_access::load;
use crate::{
    Client, ClientDraft, ClientId, ClientState, OpenId, OpenIdError,
    model::{ClientEvent, HistoryLine, Profile},
    policy::{Deed, may},
    sql,
};

const HISTORY_MAX: i64 = 200;

/// A relying party in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientLine {
    pub id: ClientId,
    pub owner: AgencyId,
    pub state: ClientState,
    pub name: Text,
    pub sandbox: bool,
    pub profile: Profile,
    /// Something of it waits for the operator.
    pub waits: bool,
    pub created_at: Timestamp,
}

/// Those of the actor's agency; for the operator, all.
pub async fn client_list(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    page: &PageRequest,
) -> Result<Page<ClientLine>, OpenIdError> {
    let (agency, _) = actor.staff().ok_or(OpenIdError::Forbidden)?;
    let operator = &cx.settings.operator;
    if !may(actor, Deed::See, agency, operator) {
        return Err(OpenIdError::Forbidden);
    }
    let owner = (agency != operator).then_some(agency);
    let after: Uuid = page.after.as_deref().and_then(|a| a.parse().ok()).unwrap_or(Uuid::nil());
    let limit = page.limit();
    let rows = tx.query(sql::CLIENT_LIST, &[&owner, &after, &(i64::from(limit) + 1)]).await?;
    let lines = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_overfetch(lines, limit, |line| line.id.to_string()))
}

fn line(row: &Row) -> Result<ClientLine, StoreError> {
    let state = ClientState::parse(row.col("state")?).ok_or(StoreError::Column("state"))?;
    let Json(settings) = row.col::<Json<ClientDraft>>("settings")?;
    let changes: bool = row.col("changes")?;
    Ok(ClientLine {
        id: row.col("client_id")?,
        owner: row.col("owner")?,
        state,
        name: settings.name,
        sandbox: settings.sandbox,
        profile: settings.profile,
        waits: changes || (state == ClientState::Proposed && !settings.sandbox),
        created_at: row.col("created_at")?,
    })
}

/// One of them, with everything.
pub async fn client_find(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
) -> Result<Client, OpenIdError> {
    load(cx, tx, actor, id, Deed::See).await
}

/// What happened to it, the latest first.
pub async fn client_history(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
) -> Result<Vec<HistoryLine>, OpenIdError> {
    load(cx, tx, actor, id, Deed::See).await?;
    let rows = tx.query(sql::CLIENT_EVENTS, &[&id, &HISTORY_MAX]).await?;
    let read = |row: &Row| {
        Ok::<_, StoreError>(HistoryLine {
            at: row.col("at")?,
            event: ClientEvent::parse(row.col("event")?).ok_or(StoreError::Column("event"))?,
            note: row.col("note")?,
            actor: row.col("actor")?,
            agency: row.col("agency")?,
        })
    };
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}
