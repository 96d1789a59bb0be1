//! `staff_set_up`: an officer shows the code from the administrator's paper and chooses a password. That is all it does:
//! the first sign-in with that password serves only for setting up the second factor.

use contracts::{AccountId, Actor};
use store::{RowExt, StoreError};
use subtle::ConstantTimeEq;

use super::staff_entry;
use crate::{
    Client, Identity, IdentityError, Password,
    input::login_claim,
    model::{Account, Holder, Kind, State},
    password::rules,
    rows::{self, AuthenticatorId},
    setup_code::SetupCode,
    sql,
    throttle::{self, Door, Key},
};

/// What the officer types. Not for printing.
pub struct SetUp {
    pub login: String,
    pub code: SetupCode,
    pub password: Password,
    pub client: Client,
}

pub async fn staff_set_up(cx: &Identity, input: &SetUp) -> Result<AccountId, IdentityError> {
    let place = cx.passwords.place()?;
    let claim = login_claim(&cx.keys, &base::nfc(&input.login).to_lowercase());
    let mut doors: Vec<Key> = Door::SignInClient.client_key(&cx.keys, input.client.ip).into_iter().collect();
    doors.push(Door::Account.key(&cx.keys, &claim.value));
    throttle::take(&cx.store, &doors.iter().collect::<Vec<_>>()).await?;

    let digest = input.code.digest(&cx.keys);
    let tx = cx.store.begin().await?;
    let found = async {
        let account = rows::account_by_claim(&tx, &claim).await?;
        let Some(account) = account.filter(|a| a.state == State::Active) else { return Ok(None) };
        let row = tx.query_opt(sql::SETUP_FIND, &[&account.id, &tx.now()]).await?;
        let kept: Option<Vec<u8>> = row.map(|r| r.col("code")).transpose()?;
        Ok::<_, IdentityError>(Some((account, kept)))
    }
    .await;
    let found = tx.finish(found).await?;
    let right = |kept: &Option<Vec<u8>>| kept.as_ref().is_some_and(|kept| kept.ct_eq(&digest).into());
    let account = match found {
        Some((account, kept)) if right(&kept) => account,
        found => {
            refused(cx, found.map(|(account, _)| account)).await?;
            return Err(IdentityError::BadSetupCode);
        }
    };
    if let Holder::Staff { login, name } = &account.holder
        && let Some(fault) = rules::check("password", &input.password, Kind::Staff, &[login, name])
    {
        return Err(IdentityError::Invalid(vec![fault]));
    }
    let phc = place.hash(&input.password, cx.store.entropy().as_ref()).await?;
    drop(place);

    let mut tx = cx.store.begin().await?;
    let now = tx.now();
    let id = AuthenticatorId::new(now, tx.entropy());
    // First the account: another code at this moment is made for an account without a password, and comes too late.
    tx.defer(sql::ACCOUNT_TOUCH, vec![Box::new(account.id)]);
    tx.defer(sql::SETUP_USE, vec![Box::new(account.id), Box::new(digest)]);
    tx.defer(
        sql::AUTHENTICATOR_INSERT,
        vec![
            Box::new(account.id),
            Box::new(id),
            Box::new("password"),
            Box::new(phc.into_bytes()),
            Box::new(now),
            Box::new(now),
        ],
    );
    doors.iter().for_each(|door| throttle::give_back(&mut tx, door));
    tx.audit(staff_entry(&Actor::system(), "identity.staff_set_up", account.id).done());
    match tx.finish(Ok(account.id)).await {
        // The same code, used at the same moment elsewhere.
        Err(IdentityError::Store(StoreError::Conflict)) => Err(IdentityError::BadSetupCode),
        outcome => outcome,
    }
}

/// A refused try stays in the log.
async fn refused(cx: &Identity, account: Option<Account>) -> Result<(), IdentityError> {
    let mut tx = cx.store.begin().await?;
    let id = account.map_or(AccountId(uuid::Uuid::nil()), |a| a.id);
    tx.audit(staff_entry(&Actor::system(), "identity.staff_set_up_failed", id).done());
    tx.finish(Ok(())).await
}
