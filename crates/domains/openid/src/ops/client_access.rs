//! What the operations on relying parties share: reading one, asking whether somebody may, writing it and its history.

use contracts::{Access, Actor, Purpose};
use postgres_types::Json;
use store::{Row, RowExt, StoreError, Tx};

use crate::{
    Client, ClientDraft, ClientId, ClientState, OpenId, OpenIdError,
    model::{ClientEvent, ClientKey, ClientSecret},
    policy::{Deed, may},
    sql, sql_beyond,
};

/// A relying party that somebody may do this with. Who may not even see it is told that there is none.
pub(super) async fn load(
    cx: &OpenId,
    tx: &Tx,
    actor: &Actor,
    id: ClientId,
    deed: Deed,
) -> Result<Client, OpenIdError> {
    let row = tx.query_opt(sql::CLIENT_BY_ID, &[&id]).await?.ok_or(OpenIdError::NotFound)?;
    let mut client = read(&row)?;
    let operator = &cx.settings.operator;
    if !may(actor, Deed::See, &client.owner, operator) {
        return Err(OpenIdError::NotFound);
    }
    if !may(actor, deed, &client.owner, operator) {
        return Err(OpenIdError::Forbidden);
    }
    let keys = tx.query(sql::CLIENT_KEYS, &[&id]).await?;
    client.keys = keys.iter().map(key).collect::<Result<_, _>>()?;
    let secrets = tx.query(sql::CLIENT_SECRETS, &[&id]).await?;
    client.secrets = secrets.iter().map(secret).collect::<Result<_, _>>()?;
    Ok(client)
}

/// The same for a write, of the version that the writer has seen.
pub(super) async fn load_version(
    cx: &OpenId,
    tx: &Tx,
    actor: &Actor,
    id: ClientId,
    deed: Deed,
    version: i32,
) -> Result<Client, OpenIdError> {
    let client = load(cx, tx, actor, id, deed).await?;
    if client.version == version { Ok(client) } else { Err(StoreError::Conflict.into()) }
}

fn read(row: &Row) -> Result<Client, StoreError> {
    let state: &str = row.col("state")?;
    let Json(settings) = row.col::<Json<ClientDraft>>("settings")?;
    let change: Option<Json<ClientDraft>> = row.col("change")?;
    Ok(Client {
        id: row.col("client_id")?,
        owner: row.col("owner")?,
        state: ClientState::parse(state).ok_or(StoreError::Column("state"))?,
        settings,
        change: change.map(|Json(draft)| draft),
        proposers: row.col("proposers")?,
        registered: row.col("registered")?,
        keys: Vec::new(),
        secrets: Vec::new(),
        version: row.col("version")?,
        created_at: row.col("created_at")?,
    })
}

fn key(row: &Row) -> Result<ClientKey, StoreError> {
    Ok(ClientKey { kid: row.col("kid")?, jwk: row.col("jwk")?, added_at: row.col("added_at")? })
}

fn secret(row: &Row) -> Result<ClientSecret, StoreError> {
    Ok(ClientSecret { id: row.col("secret_id")?, made_at: row.col("made_at")?, ends_at: row.col("ends_at")? })
}

/// Writes a relying party as it shall be, on top of the version that was read. Keys that were handed in go when the client
/// publishes its own, so that nobody forgets them there.
pub(super) fn write(tx: &mut Tx, client: &Client) {
    let now = tx.now();
    if client.publishes_keys() && !client.keys.is_empty() {
        tx.defer(sql_beyond::CLIENT_KEYS_DELETE, vec![Box::new(client.id)]);
    }
    tx.defer(
        sql::CLIENT_UPDATE,
        vec![
            Box::new(client.id),
            Box::new(client.version),
            Box::new(client.state.as_str()),
            Box::new(Json(client.settings.clone())),
            Box::new(client.change.clone().map(Json)),
            Box::new(client.proposers.clone()),
            Box::new(now),
        ],
    );
}

/// A line in its history, and an entry in the log.
pub(super) fn note(tx: &mut Tx, actor: &Actor, id: ClientId, event: ClientEvent, note: &str) {
    let (event_id, now) = (tx.new_uuid(), tx.now());
    let agency = actor.staff().map(|(agency, _)| agency.clone());
    tx.defer(
        sql::CLIENT_EVENT_INSERT,
        vec![
            Box::new(id),
            Box::new(event_id),
            Box::new(now),
            Box::new(event.as_str()),
            Box::new(note.to_owned()),
            Box::new(actor.account),
            Box::new(agency),
        ],
    );
    let entry = Access::new(actor, Purpose::RELEASE_CLAIMS).entry("openid.client_change");
    tx.audit(entry.on("client", id.0).fields([event.as_str()]).done());
}
