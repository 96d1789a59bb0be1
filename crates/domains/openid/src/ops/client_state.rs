//! `client_approve`, `client_suspend`, `client_resume`, `client_close`: whether a relying party is served.

use base::limits::TEXT_CHARS_MAX;
use contracts::{Actor, AgencyId};
use store::{RowExt, Tx};

use super::client_access::{load_version, note, write};
use crate::{
    Client, ClientId, ClientState, OpenId, OpenIdError,
    draft::{check, check_sector},
    keys::KeyState,
    model::{ClientEvent, SigningAlg},
    policy::Deed,
    sql_console,
};

/// The operator approves a proposal, or the change that waits. Nobody who had a hand in it.
pub async fn client_approve(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
    version: i32,
) -> Result<(), OpenIdError> {
    let mut client = load_version(cx, tx, actor, id, Deed::Judge, version).await?;
    if !client.waits() {
        return Err(OpenIdError::WrongState);
    }
    if client.proposers.contains(&actor.account) {
        return Err(OpenIdError::SecondPerson);
    }
    let event = if client.state == ClientState::Proposed {
        client.state = ClientState::Approved;
        ClientEvent::Approved
    } else {
        ClientEvent::ChangeApproved
    };
    if let Some(change) = client.change.take() {
        client.settings = change;
    }
    // Times of a draft may have come and gone while it waited.
    check(&client.settings, tx.now(), cx.is_on_loopback())?;
    claim_sector(tx, &client).await?;
    sign_for(cx, tx, client.settings.messages.id_token).await?;
    write(tx, &client);
    note(tx, actor, id, event, "");
    Ok(())
}

/// From now on people are known to it under the subjects of its sector, and to nobody else.
async fn claim_sector(tx: &Tx, client: &Client) -> Result<(), OpenIdError> {
    if client.settings.sandbox {
        return Ok(());
    }
    let now = tx.now();
    let row =
        tx.query_one(sql_console::SECTOR_CLAIM, &[&client.settings.sector, &client.owner, &now]).await?;
    let (holder, is_new): (AgencyId, bool) = (row.col("owner")?, row.col("is_new")?);
    check_sector(&client.settings, client.id, &client.owner, (!is_new).then_some(&holder))
}

/// Old clients need an algorithm that nobody may have needed before: its keys are made with the first of them.
async fn sign_for(cx: &OpenId, tx: &mut Tx, alg: SigningAlg) -> Result<(), OpenIdError> {
    let keys = super::keys_list(tx).await?;
    if keys.iter().any(|k| k.alg == alg && k.state == KeyState::Active) {
        return Ok(());
    }
    for state in [KeyState::Active, KeyState::Next] {
        let key = cx.keys.make(alg, cx.store.entropy().as_ref())?;
        crate::keys::add(tx, alg, state, key);
    }
    Ok(())
}

/// The operator stops serving it for now.
pub async fn client_suspend(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
    version: i32,
    why: &str,
) -> Result<(), OpenIdError> {
    let why = remark(why)?;
    lead(cx, tx, actor, Step { id, version, to: ClientState::Suspended, deed: Deed::Judge }, &why).await
}

/// The operator serves it again.
pub async fn client_resume(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
    version: i32,
) -> Result<(), OpenIdError> {
    lead(cx, tx, actor, Step { id, version, to: ClientState::Approved, deed: Deed::Judge }, "").await
}

/// Its agency gives it up, for ever.
pub async fn client_close(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
    version: i32,
) -> Result<(), OpenIdError> {
    lead(cx, tx, actor, Step { id, version, to: ClientState::Closed, deed: Deed::Manage }, "").await
}

struct Step {
    id: ClientId,
    version: i32,
    to: ClientState,
    deed: Deed,
}

async fn lead(cx: &OpenId, tx: &mut Tx, actor: &Actor, step: Step, why: &str) -> Result<(), OpenIdError> {
    let mut client = load_version(cx, tx, actor, step.id, step.deed, step.version).await?;
    let event = match (client.state, step.to) {
        (from, to) if !from.leads_to(to) => return Err(OpenIdError::WrongState),
        // Only an approval approves.
        (ClientState::Proposed, ClientState::Approved) => return Err(OpenIdError::WrongState),
        (_, ClientState::Suspended) => ClientEvent::Suspended,
        (_, ClientState::Closed) => ClientEvent::Closed,
        _ => ClientEvent::Resumed,
    };
    client.state = step.to;
    if step.to == ClientState::Closed {
        client.change = None;
    }
    write(tx, &client);
    note(tx, actor, step.id, event, why);
    Ok(())
}

/// What somebody writes beside a decision that is not welcome: it must be there.
pub(super) fn remark(why: &str) -> Result<String, OpenIdError> {
    let why = base::nfc(why);
    match why.chars().count() {
        0 => Err(OpenIdError::field("note", "openid.required")),
        n if n > TEXT_CHARS_MAX => Err(OpenIdError::field("note", "openid.long")),
        _ => Ok(why),
    }
}
