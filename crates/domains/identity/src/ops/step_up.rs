//! `step_up`, `step_up_ways`, and what has to go out first (`step_up_offer`, `step_up_message`): a citizen who is signed in
//! shows another factor, or shows again who they are, in one step or two; and the session is stronger, or fresh, from then on.
//! It stays the same one.

use base::Lang;
use contracts::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{RowExt, Tx};
use webauthn_rs::prelude::PasskeyAuthentication;

use super::{
    own_entry,
    passkey_register::{keys_of, read},
    passkey_sign_in::{Held, tell_copied, used},
    session_shown,
    sign_in::right_code,
};
use crate::{
    Current, Identity, IdentityError, Password,
    ceremony::{self, Kind},
    codes,
    input::passkey_claim,
    messages::{Asks, open_phone},
    passkeys::Offer,
    rows::{self, AuthenticatorId, Secrets, StoredPhone},
    shown::{self, Ask, Wanted},
    sql,
    throttle::{self, Door, Key},
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
    /// Of a message that [`step_up_message`] sent.
    Message {
        ceremony: String,
        code: String,
    },
}

/// What this person is to be asked so that the session is as wanted.
pub async fn step_up_ways(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    wanted: Wanted,
) -> Result<Ask, IdentityError> {
    let (secrets, _) = rows::secrets_and_duties(tx, Some(me.account())).await?;
    let held = secrets.may_show(cx.messages.is_some());
    Ok(me.showing().ask(&held, wanted))
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

/// A code on its way to the holder's telephone.
pub struct MessageSent {
    pub ceremony: String,
    /// The last digits of the number.
    pub to: String,
}

/// What a ceremony keeps: the telephone that was asked.
#[derive(Serialize, Deserialize)]
struct Asked {
    phone: AuthenticatorId,
}

/// Sends a code, where one counts: see [`shown::may_show`].
pub async fn step_up_message(cx: &Identity, me: &Current, lang: Lang) -> Result<MessageSent, IdentityError> {
    let tx = cx.store.begin().await?;
    let phone = asked_phone(cx, &tx, me).await;
    let (stored, _) = tx.finish(phone).await?;
    let phone = open_phone(cx, me.account(), stored.id, &stored.sealed)?;
    codes::may_send(cx, &codes::doors(cx, me.account().0.as_bytes(), &[&phone])).await?;
    let mut tx = cx.store.begin().await?;
    let state = Asked { phone: stored.id };
    let to = [(&phone, Asks::SignIn)];
    let begun = codes::begin(cx, &mut tx, Kind::MessageStepUp, Some(me.account()), &state, &to, lang);
    tx.audit(own_entry(me, "identity.message_code_send").done());
    let ceremony = tx.finish(begun).await?;
    Ok(MessageSent { ceremony, to: phone.masked() })
}

async fn asked_phone(cx: &Identity, tx: &Tx, me: &Current) -> Result<(StoredPhone, Secrets), IdentityError> {
    let (mut secrets, _) = rows::secrets_and_duties(tx, Some(me.account())).await?;
    let counts = secrets.may_show(cx.messages.is_some()).contains(&Method::MessageCode);
    let phone = secrets.phone.take().filter(|_| counts).ok_or(IdentityError::MessagesOff)?;
    Ok((phone, secrets))
}

/// `since` is the moment of the page that wants it, see [`Wanted`]. Of officers, whose logins are never weak, nothing more is
/// asked; and an officer who still has to set up a second factor does not get round it here.
pub async fn step_up(
    cx: &Identity,
    me: &Current,
    proof: &Proof,
    since: Option<Timestamp>,
) -> Result<(), IdentityError> {
    if me.actor.person().is_none() {
        return Err(IdentityError::Forbidden);
    }
    let step = Step { cx, me, since };
    let outcome = match proof {
        Proof::Password(password) => by_password(step, password).await,
        Proof::Code(code) => by_code(step, code).await,
        Proof::Passkey { ceremony, answer } => by_passkey(step, ceremony, answer).await,
        Proof::Message { ceremony, code } => by_message(step, ceremony, code).await,
    };
    if let Err(
        IdentityError::BadCredentials
        | IdentityError::BadCode
        | IdentityError::BadMessageCode
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

/// Who shows something, and of which moment it must not be older.
#[derive(Clone, Copy)]
struct Step<'a> {
    cx: &'a Identity,
    me: &'a Current,
    since: Option<Timestamp>,
}

async fn by_password(step: Step<'_>, password: &Password) -> Result<(), IdentityError> {
    let Step { cx, me, .. } = step;
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
    step.shown(&mut tx, Method::Password, &secrets);
    tx.finish(Ok(())).await
}

async fn by_code(step: Step<'_>, code: &str) -> Result<(), IdentityError> {
    let Step { cx, me, .. } = step;
    let door = code_door(cx, me);
    throttle::take(&cx.store, &[&door]).await?;
    let mut tx = cx.store.begin().await?;
    let outcome = async {
        let account = rows::account(&tx, me.account()).await?;
        let (secrets, _) = rows::secrets_and_duties(&tx, Some(account.id)).await?;
        let totp = secrets.totp.as_ref().ok_or(IdentityError::BadCode)?;
        let now = tx.now();
        let used = right_code(cx, &account, totp, code, now)?;
        if tx.execute(sql::TOTP_USE, &[&account.id, &totp.id, &used, &now]).await? == 0 {
            return Err(IdentityError::BadCode);
        }
        throttle::give_back(&mut tx, &door);
        step.shown(&mut tx, Method::AppCode, &secrets);
        Ok(())
    }
    .await;
    tx.finish(outcome).await
}

/// Apart from the password's: whoever shows a right one must not have this opened anew for guessing.
fn code_door(cx: &Identity, me: &Current) -> Key {
    Door::Account.key(&cx.keys, &[b"again ", me.account().0.as_bytes().as_slice()].concat())
}

async fn by_message(step: Step<'_>, token: &str, code: &str) -> Result<(), IdentityError> {
    let Step { cx, me, .. } = step;
    let door = code_door(cx, me);
    throttle::take(&cx.store, &[&door]).await?;
    let (account, asked) = codes::check::<Asked>(cx, Kind::MessageStepUp, token, &[code]).await?;
    if account != Some(me.account()) {
        return Err(IdentityError::CeremonyOver);
    }
    let mut tx = cx.store.begin().await?;
    let outcome = async {
        ceremony::take::<Asked>(&tx, Kind::MessageStepUp, token).await?;
        // As it is now: in the meantime the number may have changed, or something better may have been set up.
        let (stored, secrets) = asked_phone(cx, &tx, me).await?;
        if stored.id != asked.phone {
            return Err(IdentityError::CeremonyOver);
        }
        let phone = open_phone(cx, me.account(), stored.id, &stored.sealed)?;
        throttle::give_back(&mut tx, &door);
        for door in codes::doors(cx, me.account().0.as_bytes(), &[&phone]) {
            throttle::give_back(&mut tx, &door);
        }
        let now = tx.now();
        tx.defer(sql::AUTHENTICATOR_USED, vec![Box::new(me.account()), Box::new(stored.id), Box::new(now)]);
        step.shown(&mut tx, Method::MessageCode, &secrets);
        Ok(())
    }
    .await;
    tx.finish(outcome).await
}

async fn by_passkey(step: Step<'_>, token: &str, answer: &str) -> Result<(), IdentityError> {
    let Step { cx, me, .. } = step;
    let mut tx = cx.store.begin().await?;
    let outcome = answered(step, &mut tx, token, answer).await;
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

async fn answered(step: Step<'_>, tx: &mut Tx, token: &str, answer: &str) -> Result<(), IdentityError> {
    let Step { cx, me, .. } = step;
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
    // A passkey is always enough, whatever else there is.
    step.shown(tx, Method::Passkey, &Secrets::default());
    Ok(())
}

impl Step<'_> {
    /// `secrets` say how much a login of this account takes.
    fn shown(self, tx: &mut Tx, method: Method, secrets: &Secrets) {
        let Self { cx, me, since } = self;
        let least = shown::least(&secrets.may_show(cx.messages.is_some()));
        session_shown(tx, me, &me.showing().after(method, least, since, tx.now()));
        tx.audit(own_entry(me, "identity.step_up").fields([method.as_str()]).done());
        cx.cache.forget(me.account(), tx.now());
    }
}
