//! `passkey_sign_in_offer`, `passkey_sign_in`: signing in without typing anything. The device says which account it is; its
//! signature proves it. Nothing here can be guessed, so tries are not counted, and nobody's guessing shuts it.

use contracts::{AccountId, AgencyId, Method, Role};
use futures::{
    TryFutureExt,
    future::{try_join, try_join4},
};
use store::{RowExt, Tx};
use webauthn_rs::prelude::{AuthenticationResult, DiscoverableAuthentication, Passkey, PublicKeyCredential};

use super::{
    passkey_register::{read, stored},
    session_begin::{Begin, SignedIn, sign_in_here},
    sign_in::{duty_of, logged, may_enter},
};
use crate::{
    Client, Identity, IdentityError,
    ceremony::{self, Kind},
    input::passkey_claim,
    model::{Account, Todo},
    passkeys::Offer,
    rows::{self, AuthenticatorId},
    sql,
};

pub async fn passkey_sign_in_offer(cx: &Identity, tx: &mut Tx) -> Result<Offer, IdentityError> {
    let (options, state) = cx.passkeys()?.sign_in()?;
    Ok(Offer { ceremony: ceremony::begin(tx, Kind::PasskeySignIn, None, &state)?, options })
}

/// What the browser answered.
#[derive(Clone)]
pub struct Answer {
    pub ceremony: String,
    pub answer: String,
    /// The duty to act in, for an officer who has several.
    pub acting: Option<(AgencyId, Role)>,
    /// Only an officer's key, or only a citizen's: each has its own door.
    pub staff: bool,
    pub client: Client,
}

pub async fn passkey_sign_in(cx: &Identity, input: &Answer) -> Result<SignedIn, IdentityError> {
    let mut account = None;
    let mut tx = cx.store.begin().await?;
    let outcome = enter(cx, &mut tx, input, &mut account).await;
    let outcome = tx.finish(outcome).await;
    if outcome.is_err() {
        ceremony::spend(&cx.store, &input.ceremony).await?;
    }
    if let (Err(IdentityError::PasskeyCopied), Some(account)) = (&outcome, &account) {
        tell_copied(cx, account).await?;
    }
    logged(cx, account.as_ref(), &input.client, outcome).await
}

async fn enter(
    cx: &Identity,
    tx: &mut Tx,
    input: &Answer,
    whose: &mut Option<Account>,
) -> Result<SignedIn, IdentityError> {
    let (answer, named) = cx.passkeys()?.identify(&input.answer)?;
    // All in one round trip. What belongs to the account that the device names is believed once its key has signed.
    let (state, found, duties, devices) = try_join4(
        ceremony::take::<DiscoverableAuthentication>(tx, Kind::PasskeySignIn, &input.ceremony),
        key_of(cx, tx, &answer),
        rows::duties_of(tx, named).err_into(),
        rows::devices_of(tx, named).err_into(),
    )
    .await?;
    let Proven { held, known, result } = prove(cx, state.1, &answer, named, found, whose)?;
    let account = whose.as_ref().ok_or(IdentityError::BadPasskey)?;
    if account.person().is_none() != input.staff {
        return Err(IdentityError::BadPasskey);
    }
    may_enter(account)?;
    let duty = duty_of(account, &duties, input.acting.as_ref())?;
    let begin = Begin {
        account,
        duty,
        duties: if duty.is_some() { duties.len() } else { 0 },
        methods: vec![Method::Passkey],
        todo: Todo::default(),
        devices: &devices,
        client: &input.client,
        from: None,
    };
    // First the session, which locks the account: a removal of this key at this moment does the same.
    let signed = sign_in_here(cx, tx, begin)?;
    used(tx, account.id, held, known, &result)?;
    Ok(signed)
}

/// A key whose owner has just used it.
pub(super) struct Proven {
    pub held: Held,
    pub known: Passkey,
    pub result: AuthenticationResult,
}

/// The key with which somebody answers, and whose it is here. None: a key that was removed here is still on the device, and
/// opens nothing.
pub(super) async fn key_of(
    cx: &Identity,
    tx: &Tx,
    answer: &PublicKeyCredential,
) -> Result<Option<(Account, Held)>, IdentityError> {
    let claim = passkey_claim(&cx.keys, answer.get_credential_id());
    let params: [&(dyn postgres_types::ToSql + Sync); 2] = [&claim.kind, &claim.value];
    let key = tx.query_opt(sql::PASSKEY_BY_CLAIM, &params);
    let (account, key) = try_join(rows::account_by_claim(tx, &claim), key).await?;
    let (Some(account), Some(key)) = (account, key) else { return Ok(None) };
    Ok(Some((account, Held { id: key.col("authenticator_id")?, secret: key.col("secret")? })))
}

/// Whose key signed: `whose` is set as far as is known also when it does not hold.
pub(super) fn prove(
    cx: &Identity,
    state: DiscoverableAuthentication,
    answer: &PublicKeyCredential,
    named: AccountId,
    found: Option<(Account, Held)>,
    whose: &mut Option<Account>,
) -> Result<Proven, IdentityError> {
    let (account, held) = found.ok_or(IdentityError::BadPasskey)?;
    if whose.insert(account).id != named {
        return Err(IdentityError::BadPasskey);
    }
    let known = read(&held.secret)?;
    let result = cx.passkeys()?.signed_in(answer, state, &known)?;
    Ok(Proven { held, known, result })
}

/// A key as it is stored.
pub(super) struct Held {
    pub id: AuthenticatorId,
    pub secret: Vec<u8>,
}

/// Writes down that a key was used, and how far its counter went.
pub(super) fn used(
    tx: &mut Tx,
    account: AccountId,
    held: Held,
    mut known: Passkey,
    result: &AuthenticationResult,
) -> Result<(), IdentityError> {
    let now = tx.now();
    if !result.user_verified() {
        return Err(IdentityError::BadPasskey);
    }
    if !result.needs_update() {
        tx.defer(sql::AUTHENTICATOR_USED, vec![Box::new(account), Box::new(held.id), Box::new(now)]);
        return Ok(());
    }
    known.update_credential(result);
    let new = stored(&known)?;
    tx.defer(
        sql::PASSKEY_COUNTED,
        vec![Box::new(account), Box::new(held.id), Box::new(held.secret), Box::new(new), Box::new(now)],
    );
    Ok(())
}

/// The holder learns of it, in a transaction of its own.
pub(super) async fn tell_copied(cx: &Identity, account: &Account) -> Result<(), IdentityError> {
    let Some(person) = account.person() else { return Ok(()) };
    let mut tx = cx.store.begin().await?;
    super::tell_person(
        &mut tx,
        person,
        "Một khóa truy cập của bạn có dấu hiệu bị sao chép và đã bị từ chối. Hãy xóa khóa đó và tạo khóa mới.",
        "One of your passkeys may have been copied and was refused. Remove it and make a new one.",
    );
    tx.finish(Ok(())).await
}
