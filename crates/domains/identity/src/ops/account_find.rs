//! `account_find`: an officer at a counter finds the account of the citizen who stands there.
//!
//! Looked up for raising it, for a new beginning or for locking and unlocking it, the answer carries a [`Ticket`]: the officer's proof of having looked
//! up this very person.

use base::PersonalNumber;
use contracts::{Access, Purpose};
use store::Tx;

use crate::{
    Identity, IdentityError, Ticket,
    input::number_claim,
    model::{Account, State},
    offices,
    policy::{self, Action},
    rows,
};

/// What an officer learns of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub account: Account,
    /// For raising or resetting it; only where the look-up was for that, the officer may, and the account is open.
    pub ticket: Option<Ticket>,
    /// For locking or unlocking it, likewise.
    pub lock: Option<Ticket>,
}

pub async fn account_find(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    number: &PersonalNumber,
) -> Result<Found, IdentityError> {
    let actor = &access.actor;
    let is_lock = access.purpose == Purpose::LOCK_ACCOUNT;
    let office = if is_lock { offices::keeps } else { offices::at_counter };
    office(cx, tx, actor, Action::FindCitizen)?;
    let account = rows::account_by_claim(tx, &number_claim(&cx.keys, number)).await?;
    Ok(told(cx, tx, access, account.ok_or(IdentityError::NotFound)?))
}

/// The officer is told of the account, and its holder sees that they were.
pub(super) fn told(cx: &Identity, tx: &mut Tx, access: &Access, account: Account) -> Found {
    let actor = &access.actor;
    let entry = access.entry("identity.account_find").on("account", account.id.0);
    let entry = account.person().into_iter().fold(entry, contracts::access::Entry::about);
    tx.audit(entry.fields(["account_state", "identity_level"]).done());
    let may = |action| policy::allowed(actor, action).is_ok();
    let is_citizens = account.person().is_some();
    let issue = || Ticket::issue(&cx.keys, actor, &account, tx.now());
    let open = is_citizens && matches!(account.state, State::Approved | State::Activated);
    let wanted =
        access.purpose == Purpose::RAISE_LEVEL && (may(Action::RaiseCitizen) || may(Action::ResetCitizen));
    let ticket = (open && wanted).then(issue);
    let in_use = is_citizens && matches!(account.state, State::Activated | State::Locked);
    let lock = (in_use && access.purpose == Purpose::LOCK_ACCOUNT && may(Action::TakeLock)).then(issue);
    Found { account, ticket, lock }
}
