//! `lock_read`: what an officer who has looked somebody up sees of the locks on their account, and what can be done about them.

use contracts::{Access, AccountId, PersonId};
use store::Tx;

use super::{
    account_lock::held,
    lock_at_counter::{LookedUp, looked_up},
    lock_request::{LockRequest, is_ours, open_request},
};
use crate::{Identity, IdentityError, LockReason, Ticket, enrolment::Whose, locking::Lock, model::Account};

/// How it stands with an account that was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locks {
    pub account: Account,
    pub person: PersonId,
    pub whose: Whose,
    /// The lock in force.
    pub reason: Option<LockReason>,
    /// The same with who set it and when, as far as the history tells.
    pub lock: Option<Lock>,
    /// Set here or below.
    pub ours: bool,
    /// A form that waits for a decision.
    pub request: Option<LockRequest>,
}

pub async fn lock_read(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: AccountId,
    ticket: &Ticket,
) -> Result<Locks, IdentityError> {
    let found = looked_up(cx, tx, access, account, ticket).await?;
    let lock = held(tx, account).await?.pop();
    let ours = is_ours(cx, tx, &access.actor, account).await?;
    let request = open_request(tx, account).await?;
    let entry = access.entry("identity.lock_read").about(found.person).on("account", account.0);
    tx.audit(entry.fields(["account_state"]).done());
    let LookedUp { account, person, whose, reason } = found;
    Ok(Locks { account, person, whose, reason, lock, ours, request })
}
