//! `account_lock`, `account_unlock`: nobody signs in any more, every session ends; until it is undone. Here by the holder, by
//! the record, and for officers by their administrator; at a counter, for citizens, see [`super::lock_at_counter`] and
//! [`super::lock_request`].
//!
//! A holder may lock themselves at once (NĐ 69/2024 Art. 15). Whoever locks, the holder hears of it with the reason and with
//! what they can do.

use base::vietnam_date;
use contracts::{Access, AccountId, Actor, Purpose, events::AccountChange};
use forms::Fact;
use store::{AuditEntry, RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{changed, entry, remember, staff_entry, tell_person};
use crate::{
    Identity, IdentityError, LockReason,
    law::What,
    locking::{EVENTS_MAX, Lock, LockEvent, locks},
    messages::{Notice, tell_by_message},
    model::{Account, Holder, State},
    policy::{self, Action},
    rows, sql, sql_lock,
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
        in_charge(tx, actor, &account).await?;
    }
    if account.state != State::Activated {
        return Err(IdentityError::WrongState);
    }
    lock(cx, tx, actor, &account, reason).await
}

/// Locks an account in use, or one that is locked for a lighter reason; who may is decided before.
pub(crate) async fn lock(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: &Account,
    reason: LockReason,
) -> Result<(), IdentityError> {
    lock_again(cx, tx, actor, account, reason);
    if account.state == State::Activated {
        let (nobody, now) = (Uuid::nil(), tx.now());
        tx.defer(sql::SESSIONS_END, vec![Box::new(account.id), Box::new(nobody), Box::new(now)]);
        changed(tx, account.id, account.person(), AccountChange::Locked);
        cx.cache.forget(account.id, now);
    }
    // Nobody is told of a death this way.
    let Some(person) = account.person().filter(|_| reason != LockReason::Deceased) else { return Ok(()) };
    let (why, next) = (reason.words(), reason.next());
    tell_person(
        tx,
        person,
        &format!("Tài khoản của bạn đã bị khóa {}. {}", why.vi, next.vi),
        &format!("Your account was locked {}. {}", why.en, next.en),
    );
    tell_by_message(cx, tx, account.id, Notice::Locked(reason)).await
}

/// Locks for what the record says, which outweighs why the account was locked before: it must not be the holder's to undo.
pub(crate) async fn lock_for_record(
    cx: &Identity,
    tx: &mut Tx,
    account: &Account,
    reason: LockReason,
) -> Result<(), IdentityError> {
    match account.state {
        State::Activated => lock(cx, tx, &Actor::system(), account, reason).await,
        State::Locked if rows::lock_reason(tx, account.id).await? != Some(reason) => {
            lock(cx, tx, &Actor::system(), account, reason).await
        }
        State::Locked | State::Collected | State::Approved | State::Closed => Ok(()),
    }
}

/// What is locked already is locked for another reason, and nobody is told.
pub(crate) fn lock_again(cx: &Identity, tx: &mut Tx, actor: &Actor, account: &Account, reason: LockReason) {
    set(tx, account, State::Locked, Some(reason));
    remember(tx, actor, account.id, "locked", reason.as_str());
    tx.audit(logged(actor, "identity.account_lock", account, [reason.as_str()]));
    if reason == LockReason::Deceased {
        // Where no limit is known, it stays locked.
        if let Ok(day) = cx.law.due_on(What::ClosingAfterDeath, tx.now()) {
            tx.defer(sql_lock::CLOSE_ON, vec![Box::new(account.id), Box::new(day)]);
        }
    }
}

pub async fn account_unlock(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
) -> Result<(), IdentityError> {
    let account = rows::account(tx, account).await?;
    in_charge(tx, actor, &account).await?;
    if account.state != State::Locked {
        return Err(IdentityError::WrongState);
    }
    unlock(cx, tx, actor, &account).await
}

/// Opens a locked account, whatever locks lie on it, and tells the holder; who may is decided before.
pub(crate) async fn unlock(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: &Account,
) -> Result<(), IdentityError> {
    set(tx, account, State::Activated, None);
    remember(tx, actor, account.id, "unlocked", "");
    tx.audit(logged(actor, "identity.account_unlock", account, ["account_state"]));
    changed(tx, account.id, account.person(), AccountChange::Unlocked);
    let Some(person) = account.person() else { return Ok(()) };
    tell_person(
        tx,
        person,
        "Tài khoản của bạn đã được mở khóa. Nếu bạn không biết việc này, hãy khóa lại ngay và báo công an xã, phường.",
        "Your account was unlocked. If you know nothing of this, lock it at once and tell the commune police.",
    );
    tell_by_message(cx, tx, account.id, Notice::Unlocked).await
}

/// The lock in force goes, and the next below it that still holds is in force again.
pub(crate) async fn lift(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: &Account,
) -> Result<(), IdentityError> {
    for below in held(tx, account.id).await?.iter().rev().skip(1) {
        if still_holds(cx, tx, account, below.reason).await? {
            lock_again(cx, tx, actor, account, below.reason);
            return Ok(());
        }
    }
    unlock(cx, tx, actor, account).await
}

/// What the record said is over: that lock goes. Nothing happens where another one is in force.
pub(crate) async fn lift_for_record(
    cx: &Identity,
    tx: &mut Tx,
    account: &Account,
    reason: LockReason,
) -> Result<(), IdentityError> {
    if account.state != State::Locked || rows::lock_reason(tx, account.id).await? != Some(reason) {
        return Ok(());
    }
    lift(cx, tx, &Actor::system(), account).await
}

/// A death may have been annulled while another lock lay upon it.
async fn still_holds(
    cx: &Identity,
    tx: &mut Tx,
    account: &Account,
    reason: LockReason,
) -> Result<bool, IdentityError> {
    let (LockReason::Deceased, Some(person)) = (reason, account.person()) else { return Ok(true) };
    let access = Access::system(Purpose::SIGN_IN);
    let facts = cx.register.facts(tx, &access, person, &[Fact::Living]).await?;
    Ok(facts.value(Fact::Living, vietnam_date(tx.now())).bool() == Some(false))
}

/// The locks that lie on an account, the one in force last.
pub(crate) async fn held(tx: &Tx, account: AccountId) -> Result<Vec<Lock>, StoreError> {
    let rows = tx.query(sql_lock::LOCK_EVENTS, &[&account, &EVENTS_MAX]).await?;
    let read = |row: &store::Row| {
        let (kind, basis): (String, String) = (row.col("kind")?, row.col("basis")?);
        let reason = (kind == "locked").then(|| LockReason::parse(&basis)).flatten();
        Ok::<_, StoreError>(LockEvent { reason, agency: row.col("agency")?, at: row.col("at")? })
    };
    Ok(locks(&rows.iter().map(read).collect::<Result<Vec<_>, _>>()?))
}

fn logged<const N: usize>(
    actor: &Actor,
    action: &'static str,
    account: &Account,
    fields: [&'static str; N],
) -> AuditEntry {
    let entry = match account.holder {
        Holder::Staff { .. } if account.id != actor.account => staff_entry(actor, action, account.id),
        // An officer's work at a counter; the person sees by which law.
        Holder::Citizen { person, .. } if actor.staff().is_some() => {
            let access = Access::new(actor, Purpose::LOCK_ACCOUNT);
            access.entry(action).about(person).on("account", account.id.0)
        }
        _ => entry(actor, action, account),
    };
    entry.fields(fields).done()
}

/// Administrators for the staff of their agency, and nobody for themselves. A citizen's account is looked up and dealt with at
/// a counter; from here it is nobody's but the record's.
async fn in_charge(tx: &Tx, actor: &Actor, account: &Account) -> Result<(), IdentityError> {
    if account.id == actor.account {
        return Err(IdentityError::Forbidden);
    }
    match account.holder {
        Holder::Citizen { .. } if actor.staff().is_some() => Err(IdentityError::NotFound),
        Holder::Citizen { .. } => policy::allowed(actor, Action::LockCitizen),
        Holder::Staff { .. } => {
            policy::allowed(actor, Action::LockStaff)?;
            let Some((agency, _)) = actor.staff() else { return Ok(()) };
            let duties = rows::duties_ahead(tx, account.id).await?;
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
