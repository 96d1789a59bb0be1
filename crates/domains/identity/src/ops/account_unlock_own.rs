//! `account_unlock_own`: who locked their own account opens it again with a passkey and a code of the app, two things that
//! a thief of one does not have. Every other lock is undone by who is in charge of it, see [`super::account_lock`].

use contracts::{Method, events::AccountChange};
use store::Tx;
use webauthn_rs::prelude::DiscoverableAuthentication;

use super::{
    account_lock::set,
    changed, entry,
    passkey_sign_in::{Proven, key_of, prove, tell_copied, used},
    remember,
    session_begin::{Begin, SignedIn, sign_in_here},
    sign_in::{logged, right_code},
};
use crate::{
    Client, Identity, IdentityError, LockReason,
    ceremony::{self, Kind},
    model::{Account, State, Todo},
    rows::{self, Secrets, StoredTotp},
    sql,
    throttle::{self, Door},
};

/// Not for printing.
pub struct Unlocking {
    /// Begun by `passkey_sign_in_offer`.
    pub ceremony: String,
    pub answer: String,
    pub code: String,
    pub client: Client,
}

pub async fn account_unlock_own(cx: &Identity, input: &Unlocking) -> Result<SignedIn, IdentityError> {
    let mut whose = None;
    let outcome = unlock(cx, input, &mut whose).await;
    if outcome.is_err() {
        ceremony::spend(&cx.store, &input.ceremony).await?;
    }
    if let (Err(IdentityError::PasskeyCopied), Some(account)) = (&outcome, &whose) {
        tell_copied(cx, account).await?;
    }
    logged(cx, whose.as_ref(), &input.client, outcome).await
}

async fn unlock(
    cx: &Identity,
    input: &Unlocking,
    whose: &mut Option<Account>,
) -> Result<SignedIn, IdentityError> {
    let tx = cx.store.begin().await?;
    let found = async {
        let (_, state) =
            ceremony::peek::<DiscoverableAuthentication>(&tx, Kind::PasskeySignIn, &input.ceremony).await?;
        let (answer, named) = cx.passkeys()?.identify(&input.answer)?;
        let found = key_of(cx, &tx, &answer).await?;
        let proven = prove(cx, state, &answer, named, found, whose)?;
        let account = whose.as_ref().ok_or(IdentityError::BadPasskey)?;
        let totp = may_unlock(&tx, account).await?;
        Ok::<_, IdentityError>((proven, totp, rows::devices_of(&tx, account.id).await?))
    }
    .await;
    let (proven, totp, devices) = tx.finish(found).await?;
    let account = whose.as_ref().ok_or(IdentityError::BadPasskey)?;

    let door = Door::Account.key(&cx.keys, account.id.0.as_bytes());
    throttle::take(&cx.store, &[&door]).await?;
    let mut tx = cx.store.begin().await?;
    let outcome = async {
        ceremony::take::<DiscoverableAuthentication>(&tx, Kind::PasskeySignIn, &input.ceremony).await?;
        let now = tx.now();
        let step = right_code(cx, account, &totp, &input.code, now)?;
        if tx.execute(sql::TOTP_USE, &[&account.id, &totp.id, &step, &now]).await? == 0 {
            return Err(IdentityError::BadCode);
        }
        throttle::give_back(&mut tx, &door);
        open(cx, &mut tx, account, proven, &devices, &input.client)
    }
    .await;
    tx.finish(outcome).await
}

/// Only one's own lock, and only with both factors set up before.
async fn may_unlock(tx: &Tx, account: &Account) -> Result<StoredTotp, IdentityError> {
    if account.state != State::Locked || account.person().is_none() {
        return Err(IdentityError::WrongState);
    }
    if rows::lock_reason(tx, account.id).await? != Some(LockReason::OwnRequest) {
        return Err(IdentityError::UnlockAtCounter);
    }
    let (Secrets { totp, .. }, _) = rows::secrets_and_duties(tx, Some(account.id)).await?;
    totp.ok_or(IdentityError::UnlockAtCounter)
}

fn open(
    cx: &Identity,
    tx: &mut Tx,
    account: &Account,
    proven: Proven,
    devices: &[String],
    client: &Client,
) -> Result<SignedIn, IdentityError> {
    set(tx, account, State::Activated, None);
    let account = &Account { state: State::Activated, version: account.version + 1, ..account.clone() };
    let methods = vec![Method::AppCode, Method::Passkey];
    let begin =
        Begin { account, duty: None, duties: 0, methods, todo: Todo::default(), devices, client, from: None };
    let signed = sign_in_here(cx, tx, begin)?;
    used(tx, account.id, proven.held, proven.known, &proven.result)?;
    let actor = &signed.current.actor;
    remember(tx, actor, account.id, "unlocked", LockReason::OwnRequest.as_str());
    tx.audit(entry(actor, "identity.account_unlock", account).fields(["account_state"]).done());
    changed(tx, account.id, account.person(), AccountChange::Unlocked);
    Ok(signed)
}
