//! `account_raise`: an officer has seen the person and the card, and raises the account to level 2 (NĐ 69/2024 Art. 10).

use contracts::{AccountId, Actor, IdentityLevel};
use store::Tx;

use super::{entry, remember};
use crate::{
    Identity, IdentityError, RaiseBasis,
    model::{Holder, State},
    policy::{self, Action},
    rows, sql,
};

pub async fn account_raise(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    basis: RaiseBasis,
) -> Result<(), IdentityError> {
    policy::allowed(actor, Action::RaiseCitizen)?;
    let account = rows::account(tx, account).await?;
    match account.holder {
        Holder::Staff { .. } => return Err(IdentityError::NotFound),
        Holder::Citizen { level: IdentityLevel::One, .. } if account.state == State::Active => {}
        Holder::Citizen { .. } => return Err(IdentityError::WrongState),
    }
    tx.defer(sql::ACCOUNT_RAISE, vec![Box::new(account.id), Box::new(account.version)]);
    tx.defer(sql::SESSIONS_RAISE, vec![Box::new(account.id)]);
    remember(tx, actor, account.id, "raised", basis.as_str());
    tx.audit(entry(actor, "identity.account_raise", &account).fields(["identity_level"]).done());
    cx.cache.forget(account.id, tx.now());
    Ok(())
}
