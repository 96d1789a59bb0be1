//! `step_up`, `step_up_offer`, `step_up_ways`: somebody who is signed in shows another factor, or shows one again, and the
//! session is stronger, or fresh, from now on. The session stays the same one.

use contracts::{LoginStrength, Method};
use jiff::Timestamp;
use store::{RowExt, Tx};
use webauthn_rs::prelude::PasskeyAuthentication;

use super::{
    own_entry,
    passkey_register::{keys_of, read},
    passkey_sign_in::{Held, tell_copied, used},
    sign_in::right_code,
    stronger,
};
use crate::{
    Current, Identity, IdentityError, Password,
    ceremony::{self, Kind},
    input::passkey_claim,
    model::{self, Ask},
    passkeys::Offer,
    rows, sql,
    throttle::{self, Door},
};

/// What is shown. Not for printing.
pub enum Proof {
    Password(Password),
    /// Of the authenticator app.
    Code(String),
    Passkey {
        ceremony: String,
        answer: String,
    },
}

/// What a page wants of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub strength: LoginStrength,
    /// Shown not before this moment.
    pub since: Option<Timestamp>,
}

/// What this person is to be asked so that the session is as wanted.
pub async fn step_up_ways(tx: &mut Tx, me: &Current, wanted: Wanted) -> Result<Ask, IdentityError> {
    let (secrets, _) = rows::secrets_and_duties(tx, Some(me.account())).await?;
    let held = [
        (Method::Password, secrets.password.is_some()),
        (Method::AppCode, secrets.totp.is_some()),
        (Method::Passkey, secrets.passkeys > 0),
    ];
    let held: Vec<Method> = held.into_iter().filter_map(|(method, has)| has.then_some(method)).collect();
    Ok(model::ask(&me.methods, me.auth_at, &held, wanted.strength, wanted.since))
}

/// What the browser is asked for, where a passkey is to be shown.
pub async fn step_up_offer(cx: &Identity, tx: &mut Tx, me: &Current) -> Result<Offer, IdentityError> {
    let keys = keys_of(tx, me).await?;
    if keys.is_empty() {
        return Err(IdentityError::BadPasskey);
    }
    let (options, state) = cx.passkeys()?.show_again(&keys)?;
    Ok(Offer { ceremony: ceremony::begin(tx, Kind::PasskeyStepUp, Some(me.account()), &state)?, options })
}

pub async fn step_up(cx: &Identity, me: &Current, proof: &Proof) -> Result<(), IdentityError> {
    let outcome = match proof {
        Proof::Password(password) => by_password(cx, me, password).await,
        Proof::Code(code) => by_code(cx, me, code).await,
        Proof::Passkey { ceremony, answer } => by_passkey(cx, me, ceremony, answer).await,
    };
    if let Err(
        IdentityError::BadCredentials
        | IdentityError::BadCode
        | IdentityError::BadPasskey
        | IdentityError::PasskeyCopied,
    ) = &outcome
    {
        let mut tx = cx.store.begin().await?;
        tx.audit(own_entry(me, "identity.step_up_failed").done());
        tx.finish::<_, IdentityError>(Ok(())).await?;
    }
    outcome
}

async fn by_password(cx: &Identity, me: &Current, password: &Password) -> Result<(), IdentityError> {
    let place = cx.passwords.place()?;
    let door = Door::Account.key(&cx.keys, me.account().0.as_bytes());
    throttle::take(&cx.store, &[&door]).await?;
    let tx = cx.store.begin().await?;
    let found = rows::secrets_and_duties(&tx, Some(me.account())).await;
    let (secrets, _) = tx.finish(found).await?;
    let stored = secrets.password.as_ref().map(|p| p.phc.as_str());
    if !place.verify(password, stored).await? {
        return Err(IdentityError::BadCredentials);
    }
    drop(place);
    let mut tx = cx.store.begin().await?;
    throttle::give_back(&mut tx, &door);
    shown(cx, &mut tx, me, Method::Password);
    tx.finish(Ok(())).await
}

async fn by_code(cx: &Identity, me: &Current, code: &str) -> Result<(), IdentityError> {
    let door = Door::Account.key(&cx.keys, me.account().0.as_bytes());
    throttle::take(&cx.store, &[&door]).await?;
    let mut tx = cx.store.begin().await?;
    let outcome = async {
        let account = rows::account(&tx, me.account()).await?;
        let (secrets, _) = rows::secrets_and_duties(&tx, Some(account.id)).await?;
        let totp = secrets.totp.ok_or(IdentityError::BadCode)?;
        let now = tx.now();
        let step = right_code(cx, &account, &totp, code, now)?;
        if tx.execute(sql::TOTP_USE, &[&account.id, &totp.id, &step, &now]).await? == 0 {
            return Err(IdentityError::BadCode);
        }
        throttle::give_back(&mut tx, &door);
        shown(cx, &mut tx, me, Method::AppCode);
        Ok(())
    }
    .await;
    tx.finish(outcome).await
}

async fn by_passkey(cx: &Identity, me: &Current, token: &str, answer: &str) -> Result<(), IdentityError> {
    let mut tx = cx.store.begin().await?;
    let outcome = answered(cx, &mut tx, me, token, answer).await;
    let outcome = tx.finish(outcome).await;
    if outcome.is_err() {
        ceremony::spend(&cx.store, token).await?;
    }
    if let Err(IdentityError::PasskeyCopied) = &outcome {
        let tx = cx.store.begin().await?;
        let account = rows::account(&tx, me.account()).await;
        tell_copied(cx, &tx.finish(account).await?).await?;
    }
    outcome
}

async fn answered(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    token: &str,
    answer: &str,
) -> Result<(), IdentityError> {
    let (account, state) = ceremony::take::<PasskeyAuthentication>(tx, Kind::PasskeyStepUp, token).await?;
    if account != Some(me.account()) {
        return Err(IdentityError::CeremonyOver);
    }
    let result = cx.passkeys()?.shown_again(answer, &state)?;
    // The key as it is now: what the ceremony remembers may be older than its last use.
    let claim = passkey_claim(&cx.keys, result.cred_id().as_ref());
    let row = tx.query_opt(sql::PASSKEY_BY_CLAIM, &[&claim.kind, &claim.value]).await?;
    let row = row.ok_or(IdentityError::BadPasskey)?;
    let held = Held { id: row.col("authenticator_id")?, secret: row.col("secret")? };
    let known = read(&held.secret)?;
    used(tx, me.account(), held, known, &result)?;
    shown(cx, tx, me, Method::Passkey);
    Ok(())
}

fn shown(cx: &Identity, tx: &mut Tx, me: &Current, method: Method) {
    stronger(tx, me, method);
    tx.audit(own_entry(me, "identity.step_up").fields([method.as_str()]).done());
    cx.cache.forget(me.account(), tx.now());
}
