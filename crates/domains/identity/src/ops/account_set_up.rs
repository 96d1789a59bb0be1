//! `account_set_up`: somebody shows the code from a paper that was handed to them, and chooses a password: a new officer, a
//! citizen whose file was approved, or whoever lost theirs and was identified anew. That is all it does: an officer's first
//! sign-in with that password serves only for setting up the second factor.
//!
//! A code of eighty bits is not guessed, so nothing that others try for the same account keeps a right one out, and the
//! browser that shows it is known from then on.

use contracts::{Access, AccountId, Actor, Purpose, events::AccountChange};
use store::{AuditEntry, RowExt, StoreError};
use subtle::ConstantTimeEq;

use super::{changed, entry, session_begin::known_here, sign_in::Login, staff_entry};
use crate::{
    Client, Identity, IdentityError, Marks, Password, enrolment, foreigner,
    input::{login_claim, number_claim},
    model::{Account, Holder, Kind, State},
    password::rules,
    rows::{self, AuthenticatorId, Claim},
    setup_code::SetupCode,
    sql,
    throttle::{self, Door},
};

/// What is typed. Not for printing.
pub struct SetUp {
    pub login: Login,
    pub code: SetupCode,
    pub password: Password,
    pub client: Client,
}

/// Whose account it is, and what the browser keeps.
#[derive(Debug)]
pub struct Ready {
    pub account: AccountId,
    pub marks: Marks,
}

pub async fn account_set_up(cx: &Identity, input: &SetUp) -> Result<Ready, IdentityError> {
    let place = cx.passwords.place()?;
    let claim = match &input.login {
        Login::Citizen(number) => number_claim(&cx.keys, number),
        Login::Foreigner(number) => foreigner::claim(&cx.keys, number),
        Login::Staff(login) => login_claim(&cx.keys, &base::nfc(login).to_lowercase()),
    };
    let door = Door::SignInClient.client_key(&cx.keys, input.client.ip);
    throttle::take(&cx.store, &door.iter().collect::<Vec<_>>()).await?;

    let digest = input.code.digest(&cx.keys);
    let tx = cx.store.begin().await?;
    let found = async {
        let account = rows::account_by_claim(&tx, &claim).await?;
        let begins = |a: &Account| matches!(a.state, State::Collected | State::Approved | State::Activated);
        let Some(account) = account.filter(begins) else { return Ok(None) };
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
            refused(cx, &claim, found.map(|(account, _)| account)).await?;
            return Err(IdentityError::BadSetupCode);
        }
    };
    if account.state == State::Collected {
        return Err(IdentityError::NotApproved);
    }
    let fault = match (&account.holder, &input.login) {
        (Holder::Staff { login, name }, _) => {
            rules::check("password", &input.password, Kind::Staff, &[login, name])
        }
        (_, Login::Citizen(number)) => {
            rules::check("password", &input.password, Kind::Citizen, &[number.as_str()])
        }
        (_, Login::Foreigner(number)) => {
            rules::check("password", &input.password, Kind::Citizen, &[number.as_str()])
        }
        _ => None,
    };
    if let Some(fault) = fault {
        return Err(IdentityError::Invalid(vec![fault]));
    }
    let phc = place.hash(&input.password, cx.store.entropy().as_ref()).await?;
    drop(place);

    let mut tx = cx.store.begin().await?;
    let now = tx.now();
    let id = AuthenticatorId::new(now, tx.entropy());
    // First the account: another code at this moment is made for an account without a password, and comes too late.
    if account.state == State::Approved {
        if let Err(refused) = enrolment::activate(&mut tx, &account).await {
            return tx.finish(Err(refused)).await;
        }
    } else {
        tx.defer(sql::ACCOUNT_TOUCH, vec![Box::new(account.id)]);
    }
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
    door.iter().for_each(|door| throttle::give_back(&mut tx, door));
    tx.audit(logged("identity.account_set_up", &account));
    changed(&mut tx, account.id, account.person(), AccountChange::CredentialChanged);
    let ready = Ready { account: account.id, marks: known_here(cx, &tx, &input.client, &account) };
    match tx.finish(Ok(ready)).await {
        // The same code, used at the same moment elsewhere.
        Err(IdentityError::Store(StoreError::Conflict)) => Err(IdentityError::BadSetupCode),
        outcome => outcome,
    }
}

/// A refused try stays in the log, as long as they are few: a flood of them must not fill it.
async fn refused(cx: &Identity, claim: &Claim, account: Option<Account>) -> Result<(), IdentityError> {
    let door = Door::Account.key(&cx.keys, &[b"set-up code ", claim.value.as_slice()].concat());
    match throttle::take(&cx.store, &[&door]).await {
        Err(IdentityError::TooManyTries { .. }) => return Ok(()),
        outcome => outcome?,
    }
    let mut tx = cx.store.begin().await?;
    tx.audit(match account {
        Some(account) => logged("identity.account_set_up_failed", &account),
        None => {
            let access = Access::system(Purpose::SIGN_IN);
            access.entry("identity.account_set_up_failed").done()
        }
    });
    tx.finish(Ok(())).await
}

/// Nobody knows who shows the code.
fn logged(action: &'static str, account: &Account) -> AuditEntry {
    match account.holder {
        Holder::Staff { .. } => staff_entry(&Actor::system(), action, account.id).done(),
        Holder::Citizen { .. } => entry(&Actor::system(), action, account).done(),
    }
}
