//! `account_lock`, `account_unlock`: nobody signs in any more, every session ends; until somebody in charge undoes it.
//!
//! A holder may lock themselves at once (NĐ 69/2024 Art. 15); unlocking always takes an officer.

use contracts::{AccountId, Actor, events::AccountChange};
use store::{AuditEntry, RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{changed, entry, remember, staff_entry, tell_person};
use crate::{
    Identity, IdentityError, LockReason, foreigner,
    messages::{Notice, tell_by_message},
    model::{Account, Holder, State},
    offices,
    policy::{self, Action},
    rows, sql, sql_messages,
};

pub async fn account_lock(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    reason: LockReason,
) -> Result<(), IdentityError> {
    let account = rows::account(tx, account).await?;
    if account.id == actor.account && reason == LockReason::OwnRequest {
        policy::allowed(actor, Action::ManageOwn)?;
    } else {
        in_charge(cx, tx, actor, &account).await?;
    }
    if account.state != State::Activated {
        return Err(IdentityError::WrongState);
    }
    set(tx, &account, State::Locked, Some(reason));
    let (nobody, now) = (Uuid::nil(), tx.now());
    tx.defer(sql::SESSIONS_END, vec![Box::new(account.id), Box::new(nobody), Box::new(now)]);
    remember(tx, actor, account.id, "locked", reason.as_str());
    tx.audit(logged(actor, "identity.account_lock", &account));
    changed(tx, account.id, account.person(), AccountChange::Locked);
    if tell(tx, &account, reason) {
        tell_by_message(cx, tx, account.id, Notice::Locked).await?;
    }
    cx.cache.forget(account.id, now);
    Ok(())
}

/// The system locks what is locked already for a weightier reason.
pub(crate) fn lock_again(tx: &mut Tx, account: &Account, reason: LockReason) {
    let actor = Actor::system();
    set(tx, account, State::Locked, Some(reason));
    remember(tx, &actor, account.id, "locked", reason.as_str());
    tx.audit(logged(&actor, "identity.account_lock", account));
}

pub async fn account_unlock(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
) -> Result<(), IdentityError> {
    let account = rows::account(tx, account).await?;
    in_charge(cx, tx, actor, &account).await?;
    if account.state != State::Locked {
        return Err(IdentityError::WrongState);
    }
    set(tx, &account, State::Activated, None);
    remember(tx, actor, account.id, "unlocked", "");
    tx.audit(logged(actor, "identity.account_unlock", &account));
    changed(tx, account.id, account.person(), AccountChange::Unlocked);
    Ok(())
}

/// A death is annulled: its lock goes, and one that held before it holds again.
pub(crate) async fn lift_death(cx: &Identity, tx: &mut Tx, account: &Account) -> Result<(), IdentityError> {
    let words = tx.query(sql_messages::LOCK_EVENTS, &[&account.id]).await?;
    let words: Vec<(String, String)> = words
        .iter()
        .map(|row| Ok((row.col("kind")?, row.col("basis")?)))
        .collect::<Result<_, StoreError>>()?;
    let before = words.get(1).filter(|(kind, _)| kind == "locked").and_then(|(_, r)| LockReason::parse(r));
    if let Some(before) = before.filter(|reason| *reason != LockReason::Deceased) {
        lock_again(tx, account, before);
        return Ok(());
    }
    account_unlock(cx, tx, &Actor::system(), account.id).await?;
    if let Some(person) = account.person() {
        tell_person(tx, person, "Tài khoản của bạn đã được mở khóa.", "Your account was unlocked.");
    }
    tell_by_message(cx, tx, account.id, Notice::Unlocked).await
}

/// The holder hears of it at once, whoever locked it; nobody is told of a death this way. Whether there is somebody to tell.
fn tell(tx: &mut Tx, account: &Account, reason: LockReason) -> bool {
    let Some(person) = account.person().filter(|_| reason != LockReason::Deceased) else { return false };
    let why = reason.words();
    tell_person(
        tx,
        person,
        &format!("Tài khoản của bạn đã bị khóa {}.", why.vi),
        &format!("Your account was locked {}.", why.en),
    );
    true
}

fn logged(actor: &Actor, action: &'static str, account: &Account) -> AuditEntry {
    let entry = match account.holder {
        Holder::Staff { .. } if account.id != actor.account => staff_entry(actor, action, account.id),
        _ => entry(actor, action, account),
    };
    entry.fields(["account_state"]).done()
}

/// Police officers for citizens; administrators for the staff of their agency. Nobody for themselves.
async fn in_charge(cx: &Identity, tx: &Tx, actor: &Actor, account: &Account) -> Result<(), IdentityError> {
    if account.id == actor.account {
        return Err(IdentityError::Forbidden);
    }
    match account.holder {
        Holder::Citizen { .. } => {
            policy::allowed(actor, Action::LockCitizen)?;
            let of_foreigners = |_| offices::decides(cx, tx, actor, foreigner::PROCEDURE);
            offices::decides(cx, tx, actor, offices::COUNTER).or_else(of_foreigners)
        }
        Holder::Staff { .. } => {
            policy::allowed(actor, Action::LockStaff)?;
            let Some((agency, _)) = actor.staff() else { return Ok(()) };
            let duties = rows::duties_of(tx, account.id).await?;
            if rows::serves_at(&duties, agency) { Ok(()) } else { Err(IdentityError::NotFound) }
        }
    }
}

pub(super) fn set(tx: &mut Tx, account: &Account, state: State, reason: Option<LockReason>) {
    let reason = reason.map(LockReason::as_str);
    tx.defer(
        sql::ACCOUNT_STATE,
        vec![Box::new(account.id), Box::new(account.version), Box::new(state.as_str()), Box::new(reason)],
    );
}
