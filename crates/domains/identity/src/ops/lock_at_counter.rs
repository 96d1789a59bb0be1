//! `lock_at_counter`, `unlock_at_counter`, `reset_at_counter`: the holder stands at a counter with their document, fills in form
//! TK03, and their account is locked or opened at once (NĐ 69/2024 Art. 15). Whoever locked themselves and lost every way of
//! signing in gets both in one visit: the account is open again, and a paper with a code begins anew.
//!
//! The officer has looked the person up for this a moment ago. What opens an account of level 2 stands on the device of the
//! counter, where it has one, as raising it does; locking is safe and waits for nothing.

use base::vietnam_date;
use contracts::{Access, AccountId, IdentityLevel, PersonId, Purpose};
use futures::future::try_join;
use store::Tx;

use super::{
    account_lock::{lock, unlock},
    account_reset::{ResetIssued, new_beginning, words},
    comparison::comparison_use,
    guardian::{Guardian, spoken_for},
    lock_request::{Form, kept_at_once},
};
use crate::{
    GuardianHere, Identity, IdentityError, LockReason, Ticket,
    enrolment::Whose,
    locking::{Asks, Way, can_be_locked, may_take},
    model::{Account, Checked, Holder},
    offices,
    policy::Action,
    rows,
};

/// What the officer has before them. Not for printing.
#[derive(Clone)]
pub struct AtCounter {
    pub ticket: Ticket,
    pub checked: Checked,
    /// Number and date of form TK03.
    pub document: String,
    /// Who came along with a child.
    pub guardian: Option<GuardianHere>,
}

pub async fn lock_at_counter(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: AccountId,
    input: &AtCounter,
) -> Result<(), IdentityError> {
    let found = looked_up(cx, tx, access, account, &input.ticket).await?;
    let reason = LockReason::OwnRequest;
    may_take(&access.actor, Asks::Lock, reason, true)?;
    if !can_be_locked(found.account.state, found.reason, reason) {
        return Err(IdentityError::WrongState);
    }
    input.checked.proves(found.whose)?;
    let basis = input.checked.basis;
    let level = IdentityLevel::One;
    comparison_use(cx, tx, &access.actor, found.person, level, basis, input.checked.comparison).await?;
    write_down(cx, tx, access, &found, Asks::Lock, input)?;
    lock(cx, tx, &access.actor, &found.account, reason).await
}

pub async fn unlock_at_counter(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: AccountId,
    input: &AtCounter,
) -> Result<(), IdentityError> {
    let (found, _) = opens(cx, tx, access, account, input).await?;
    unlock(cx, tx, &access.actor, &found.account).await
}

/// Opens the account and takes every way of signing in away: what comes next is on the paper.
pub async fn reset_at_counter(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: AccountId,
    input: &AtCounter,
) -> Result<ResetIssued, IdentityError> {
    offices::keeps(cx, tx, &access.actor, Action::ResetCitizen)?;
    let (found, guardian) = opens(cx, tx, access, account, input).await?;
    unlock(cx, tx, &access.actor, &found.account).await?;
    let open = Account { version: found.account.version + 1, ..found.account };
    let words = words(input.checked, guardian.as_ref());
    new_beginning(cx, tx, access, &open, (found.person, found.whose), &words).await
}

/// An account as an officer has looked it up.
pub(super) struct LookedUp {
    pub account: Account,
    pub person: PersonId,
    pub whose: Whose,
    /// For which it is locked.
    pub reason: Option<LockReason>,
}

/// The account that an officer has looked up for locking or unlocking, a moment ago.
pub(super) async fn looked_up(
    cx: &Identity,
    tx: &Tx,
    access: &Access,
    account: AccountId,
    ticket: &Ticket,
) -> Result<LookedUp, IdentityError> {
    offices::keeps(cx, tx, &access.actor, Action::TakeLock)?;
    if access.purpose != Purpose::LOCK_ACCOUNT {
        return Err(IdentityError::Forbidden);
    }
    let account = rows::account(tx, account).await?;
    let person = account.person().ok_or(IdentityError::NotFound)?;
    // First what the ticket says: whoever has none learns nothing about the account's state.
    if !ticket.holds(&cx.keys, &access.actor, &account, tx.now()) {
        return Err(IdentityError::LookUpFirst);
    }
    let (whose, reason) = try_join(rows::whose(tx, account.id), rows::lock_reason(tx, account.id)).await?;
    Ok(LookedUp { account, person, whose, reason })
}

/// Whether the holder's wish opens the account, and that it was the holder who came.
async fn opens(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: AccountId,
    input: &AtCounter,
) -> Result<(LookedUp, Option<Guardian>), IdentityError> {
    let found = looked_up(cx, tx, access, account, &input.ticket).await?;
    let reason = found.reason.ok_or(IdentityError::WrongState)?;
    // Where the lock was set plays no part in what the holder may not undo.
    if may_take(&access.actor, Asks::Unlock, reason, true)? != Way::AtOnce {
        return Err(IdentityError::LockInWriting);
    }
    let Holder::Citizen { level, .. } = found.account.holder else { return Err(IdentityError::NotFound) };
    input.checked.proves(found.whose)?;
    let Checked { basis, comparison, present, .. } = input.checked;
    let typed = input.guardian.as_ref();
    let guardian = spoken_for(cx, tx, access, found.person, present, typed).await?;
    comparison_use(cx, tx, &access.actor, found.person, level, basis, comparison).await?;
    write_down(cx, tx, access, &found, Asks::Unlock, input)?;
    Ok((found, guardian))
}

/// The form and what the officer checked. An authority's form that waits hinders no holder.
fn write_down(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    found: &LookedUp,
    asks: Asks,
    input: &AtCounter,
) -> Result<(), IdentityError> {
    let form = Form::of_holder(asks, &input.document, vietnam_date(tx.now()))?;
    kept_at_once(cx, tx, &access.actor, found.account.id, &form)?;
    let entry = access.entry("identity.lock_at_counter").about(found.person);
    let fields = [asks.as_str()].into_iter().chain(input.checked.words());
    tx.audit(entry.on("account", found.account.id.0).fields(fields).done());
    Ok(())
}
