//! `client_refuse`: the operator does not let a new relying party in. It is closed with the reason; its agency may enter
//! another.

use contracts::Actor;
use store::Tx;

use super::{
    client_access::{load_version, note, write},
    client_state::remark,
};
use crate::{ClientId, ClientState, OpenId, OpenIdError, model::ClientEvent, policy::Deed};

/// # Errors
/// [`OpenIdError::WrongState`] for anything but a new, real one: a change is refused by `client_change_refuse`.
pub async fn client_refuse(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
    version: i32,
    why: &str,
) -> Result<(), OpenIdError> {
    let mut client = load_version(cx, tx, actor, id, Deed::Judge, version).await?;
    if client.state != ClientState::Proposed || client.settings.sandbox {
        return Err(OpenIdError::WrongState);
    }
    let why = remark(why)?;
    client.state = ClientState::Closed;
    write(tx, &client);
    note(tx, actor, id, ClientEvent::ChangeRefused, &why);
    Ok(())
}
