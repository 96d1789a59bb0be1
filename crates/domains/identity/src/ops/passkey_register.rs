//! `passkey_offer`, `passkey_register`: a device makes a key for this account. The key never leaves it; we keep the public
//! half.

use contracts::{LoginStrength, Method, events::AccountChange};
use store::{RowExt, StoreError, Tx};
use webauthn_rs::prelude::{Passkey, PasskeyRegistration};

use super::{own_changed, own_entry, stronger, tell};
use crate::{
    Current, Identity, IdentityError,
    ceremony::{self, Kind},
    input::{Faults, label, passkey_claim},
    model::{Holder, PASSKEYS_MAX},
    passkeys::Offer,
    rows::{self, AuthenticatorId},
    sql,
};

/// The device's label for citizens: their number must not stand in a list of passkeys.
const CITIZEN_LABEL: &str = "Công dân";

/// What the person's browser is asked for.
pub async fn passkey_offer(cx: &Identity, tx: &mut Tx, me: &Current) -> Result<Offer, IdentityError> {
    let site = cx.passkeys()?;
    let held = may_add(cx, tx, me).await?;
    let label = match rows::account(tx, me.account()).await?.holder {
        Holder::Staff { login, .. } => login,
        Holder::Citizen { .. } => CITIZEN_LABEL.to_owned(),
    };
    let held = held.iter().map(|key| key.cred_id().clone()).collect();
    let (options, state) = site.register(me.account(), &label, held)?;
    let ceremony = ceremony::begin(tx, Kind::PasskeyRegister, Some(me.account()), &state)?;
    tx.audit(own_entry(me, "identity.passkey_offer").done());
    Ok(Offer { ceremony, options })
}

/// What the browser answered, and how the owner calls the key. A session that waited for its second factor has it now.
pub async fn passkey_register(
    cx: &Identity,
    me: &Current,
    token: &str,
    answer: &str,
    name: &str,
) -> Result<(), IdentityError> {
    let mut faults = Faults::default();
    let Some(name) = faults.read("name", "identity.label_shape", label(name)) else {
        return Err(faults.end());
    };
    let mut tx = cx.store.begin().await?;
    let outcome = register(cx, &mut tx, me, token, answer, name).await;
    match tx.finish(outcome).await {
        Err(IdentityError::Store(StoreError::Conflict)) => Err(IdentityError::PasskeyKnown),
        Err(refused) => {
            ceremony::spend(&cx.store, token).await?;
            Err(refused)
        }
        Ok(()) => Ok(()),
    }
}

async fn register(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    token: &str,
    answer: &str,
    name: String,
) -> Result<(), IdentityError> {
    let site = cx.passkeys()?;
    let (account, state) = ceremony::take::<PasskeyRegistration>(tx, Kind::PasskeyRegister, token).await?;
    if account != Some(me.account()) {
        return Err(IdentityError::CeremonyOver);
    }
    may_add(cx, tx, me).await?;
    let key = site.registered(answer, &state)?;
    let (now, account) = (tx.now(), me.account());
    let claim = passkey_claim(&cx.keys, key.cred_id().as_ref());
    let secret = stored(&key)?;
    // First the account, as in every operation that writes authenticators.
    tx.defer(sql::ACCOUNT_TOUCH, vec![Box::new(account)]);
    tx.defer(sql::CLAIM_INSERT, vec![Box::new(claim.kind), Box::new(claim.value.clone()), Box::new(account)]);
    tx.defer(
        sql::PASSKEY_INSERT,
        vec![
            Box::new(account),
            Box::new(AuthenticatorId::new(now, tx.entropy())),
            Box::new(secret),
            Box::new(name),
            Box::new(claim.value),
            Box::new(now),
        ],
    );
    stronger(tx, me, Method::Passkey);
    tx.audit(own_entry(me, "identity.passkey_register").done());
    own_changed(tx, me, AccountChange::CredentialChanged);
    tell(
        tx,
        me,
        "Một khóa truy cập vừa được thêm vào tài khoản của bạn. Nếu không phải bạn, hãy khóa tài khoản ngay.",
        "A passkey was added to your account. If it was not you, lock the account at once.",
    );
    cx.cache.forget(account, now);
    Ok(())
}

/// Whoever knows only the password must not add a second factor beside the one that is there. Gives the keys held.
async fn may_add(cx: &Identity, tx: &Tx, me: &Current) -> Result<Vec<Passkey>, IdentityError> {
    let (secrets, _) = rows::secrets_and_duties(tx, Some(me.account())).await?;
    if secrets.has_second_factor(cx.messages.is_some()) && me.actor.strength < LoginStrength::Two {
        return Err(IdentityError::SecondFactorNeeded);
    }
    if secrets.passkeys >= PASSKEYS_MAX {
        return Err(IdentityError::PasskeysFull);
    }
    keys_of(tx, me).await
}

pub(super) async fn keys_of(tx: &Tx, me: &Current) -> Result<Vec<Passkey>, IdentityError> {
    let rows = tx.query(sql::PASSKEYS, &[&me.account()]).await?;
    rows.iter().map(|row| read(&row.col::<Vec<u8>>("secret")?)).collect()
}

pub(super) fn read(secret: &[u8]) -> Result<Passkey, IdentityError> {
    serde_json::from_slice(secret).map_err(|_| IdentityError::Crypto("a stored passkey is not well formed"))
}

pub(super) fn stored(key: &Passkey) -> Result<Vec<u8>, IdentityError> {
    serde_json::to_vec(key).map_err(|_| IdentityError::Crypto("a passkey cannot be stored"))
}
