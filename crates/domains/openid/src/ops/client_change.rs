//! `client_propose`, `client_change`, `client_change_refuse`: an agency enters a relying party, or what shall be otherwise.
//!
//! A sandbox meets nobody real, so what its agency enters is in force at once. Of a real one nothing is, until the
//! operator approved it; what was in force before stays so.

use contracts::{Actor, AgencyId};
use postgres_types::Json;
use store::{RowExt, Tx};

use super::client_access::{load_version, note, write};
use crate::{
    ClientDraft, ClientId, ClientState, OpenId, OpenIdError,
    draft::{check, check_sector, settled},
    model::ClientEvent,
    policy::{Deed, may},
    sql, sql_console,
};

/// Enters a new relying party of the actor's agency.
pub async fn client_propose(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    draft: &ClientDraft,
) -> Result<ClientId, OpenIdError> {
    let (agency, _) = actor.staff().ok_or(OpenIdError::Forbidden)?;
    if !may(actor, Deed::Manage, agency, &cx.settings.operator) {
        return Err(OpenIdError::Forbidden);
    }
    check(draft, tx.now(), cx.is_on_loopback())?;
    let id = ClientId(tx.new_uuid());
    let draft = settled(draft, id, None);
    sector_is_fit(tx, &draft, id, agency).await?;
    let now = tx.now();
    tx.defer(
        sql::CLIENT_INSERT,
        vec![
            Box::new(id),
            Box::new(agency.clone()),
            Box::new(Json(draft)),
            Box::new(actor.account),
            Box::new(now),
        ],
    );
    note(tx, actor, id, ClientEvent::Proposed, "");
    Ok(id)
}

/// Changes what is proposed, or proposes a change of what is in force.
pub async fn client_change(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
    version: i32,
    draft: &ClientDraft,
) -> Result<(), OpenIdError> {
    let mut client = load_version(cx, tx, actor, id, Deed::Manage, version).await?;
    if client.state == ClientState::Closed {
        return Err(OpenIdError::WrongState);
    }
    if client.registered {
        return Err(OpenIdError::Registered);
    }
    if client.settings.sandbox != draft.sandbox {
        return Err(OpenIdError::field("sandbox", "openid.sandbox_fixed"));
    }
    let draft = settled(draft, id, client.settings.sector.as_deref());
    check(&draft, tx.now(), cx.is_on_loopback())?;
    sector_is_fit(tx, &draft, id, &client.owner).await?;
    client.propose(draft, actor.account);
    write(tx, &client);
    note(tx, actor, id, ClientEvent::ChangeProposed, "");
    Ok(())
}

/// Said to who proposes it already; it is the owner's from the approval on. A sandbox tells of people who do not exist, whose
/// subjects are of no use elsewhere.
async fn sector_is_fit(
    tx: &Tx,
    draft: &ClientDraft,
    id: ClientId,
    owner: &AgencyId,
) -> Result<(), OpenIdError> {
    let held = match draft.sandbox {
        true => None,
        false => tx.query_opt(sql_console::SECTOR_OWNER, &[&draft.sector]).await?,
    };
    let holder: Option<AgencyId> = held.map(|row| row.col("owner")).transpose()?;
    check_sector(draft, id, owner, holder.as_ref())
}

/// The operator does not approve a change; what is in force stays.
pub async fn client_change_refuse(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
    version: i32,
    why: &str,
) -> Result<(), OpenIdError> {
    let mut client = load_version(cx, tx, actor, id, Deed::Judge, version).await?;
    client.change.take().ok_or(OpenIdError::WrongState)?;
    write(tx, &client);
    note(tx, actor, id, ClientEvent::ChangeRefused, &super::client_state::remark(why)?);
    Ok(())
}
