//! One file per operation, named resource first, verb last.
//!
//! Those that take a secret (`sign_in`, `account_open`, `password_change`, `staff_set_up`) or must tell why a commit failed
//! (`staff_create`) run their own transactions, see the crate's map; all others work in the transaction of their caller,
//! who finishes it.

use contracts::{Access, AccountId, Actor, Purpose, access::Entry};
use store::Tx;

use crate::{IdentityError, model::Account, rows::Current, sql};

pub mod account_find;
pub mod account_lock;
pub mod account_open;
pub mod account_raise;
pub mod duty;
pub mod password_change;
pub mod session_list;
pub mod session_resolve;
pub mod session_revoke;
pub mod sign_in;
pub mod staff_create;
pub mod staff_grant;
pub mod staff_list;
pub mod staff_set_up;
pub mod totp_enrol;

pub use account_find::account_find;
pub use account_lock::{account_lock, account_unlock};
pub use account_open::account_open;
pub use account_raise::account_raise;
pub use duty::{duty_list, duty_switch};
pub use password_change::password_change;
pub use session_list::session_list;
pub use session_resolve::session_resolve;
pub use session_revoke::{session_revoke, session_revoke_others, sign_out};
pub use sign_in::sign_in;
pub use staff_create::{setup_code_renew, staff_create};
pub use staff_grant::{staff_grant, staff_grant_confirm, staff_role_end};
pub use staff_list::{proposal_list, staff_list};
pub use staff_set_up::staff_set_up;
pub use totp_enrol::{totp_confirm, totp_enrol};

/// An audit entry of an operation on an account.
fn entry(actor: &Actor, action: &'static str, account: &Account) -> Entry {
    let entry = on(actor, action, account.id);
    match account.person() {
        Some(person) => entry.about(person),
        None => entry,
    }
}

/// An audit entry of somebody's operation on their own account.
fn own_entry(me: &Current, action: &'static str) -> Entry {
    let entry = on(&me.actor, action, me.account());
    match me.actor.person() {
        Some(person) => entry.about(person),
        None => entry,
    }
}

/// An audit entry of an agency's work on its officers' accounts.
fn staff_entry(actor: &Actor, action: &'static str, account: AccountId) -> Entry {
    Access::new(actor, Purpose::MANAGE_STAFF).entry(action).on("account", account.0)
}

fn on(actor: &Actor, action: &'static str, account: AccountId) -> Entry {
    Access::new(actor, Purpose::SIGN_IN).entry(action).on("account", account.0)
}

/// A line in the account's history: what was done by whom, and the code of the basis.
fn remember(tx: &mut Tx, actor: &Actor, account: AccountId, kind: &'static str, basis: impl Into<String>) {
    let (event, now) = (tx.new_uuid(), tx.now());
    let agency = actor.staff().map(|(agency, _)| agency.clone());
    tx.defer(
        sql::ACCOUNT_EVENT_INSERT,
        vec![
            Box::new(account),
            Box::new(event),
            Box::new(now),
            Box::new(kind),
            Box::new(basis.into()),
            Box::new(actor.account.0),
            Box::new(agency),
        ],
    );
}

/// Refuses sessions that serve only to set the account up.
fn set_up(me: &Current) -> Result<(), IdentityError> {
    if me.todo.is_done() { Ok(()) } else { Err(IdentityError::SetupNeeded) }
}
