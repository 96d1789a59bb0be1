//! One file per operation, named resource first, verb last.
//!
//! Those that take a secret (`sign_in`, `passkey_…`, `step_up`, `account_open_…`, `phone_…`, `account_set_up`,
//! `password_change`, `recovery_agree`, `recovery_use`), ask somebody over a network (`comparison_…`) or must tell why a
//! commit failed (`staff_create`) run their own transactions, see the crate's map; all others work in the transaction of
//! their caller, who finishes it.

use base::Text;
use contracts::{
    Access, AccountId, Actor, Method, PersonId, Purpose,
    access::Entry,
    events::{AccountChange, AccountChanged, NoticeDue, emit},
};
use store::Tx;

use crate::{
    Identity, IdentityError, SetupCode,
    model::Account,
    rows::{Current, method_words},
    setup_code::CODE_LIFE,
    shown::Showing,
    sql,
};

pub mod account_close;
pub mod account_find;
pub mod account_lock;
pub mod account_open;
pub mod account_raise;
pub mod account_reset;
pub mod account_set_up;
pub mod account_unlock_own;
pub mod comparison;
pub mod crossing;
pub mod duty;
pub mod enrol_collect;
pub mod enrol_decide;
pub mod enrol_follow;
pub mod foreigner_collect;
pub mod foreigner_find;
mod guardian;
pub mod helpers;
pub mod invitation;
pub mod lock_at_counter;
pub mod lock_read;
pub mod lock_request;
pub mod passkey_keep;
pub mod passkey_register;
pub mod passkey_sign_in;
pub mod password_change;
pub mod phone;
pub mod recovery;
pub mod recovery_agree;
mod session_begin;
pub mod session_list;
pub mod session_resolve;
pub mod session_revoke;
pub mod sign_in;
pub mod sign_in_list;
pub mod staff_create;
pub mod staff_grant;
pub mod staff_list;
pub mod staff_reset;
pub mod step_up;
pub mod totp_enrol;
pub mod ward;

pub use account_find::account_find;
pub use account_lock::{account_lock, account_unlock};
pub use account_open::{account_open_ask, account_open_confirm};
pub use account_raise::account_raise;
pub use account_reset::account_reset;
pub use account_set_up::account_set_up;
pub use account_unlock_own::account_unlock_own;
pub use comparison::{comparison_begin, comparison_look};
pub use crossing::{crossing_answer, crossing_begin, crossing_show, crossing_state};
pub use duty::{duty_list, duty_switch};
pub use enrol_collect::enrol_collect;
pub use enrol_decide::{enrol_approve, enrol_list, enrol_refuse, funnel};
pub use enrol_follow::enrol_follow;
pub use foreigner_collect::foreigner_collect;
pub use foreigner_find::foreigner_find;
pub use helpers::{helper_list, helper_name, helper_remove};
pub use invitation::{invitation_accept, invitation_decline, invitation_list, invitation_withdraw};
pub use lock_at_counter::{lock_at_counter, reset_at_counter, unlock_at_counter};
pub use lock_read::lock_read;
pub use lock_request::{lock_request_approve, lock_request_list, lock_request_refuse, lock_request_take};
pub use passkey_keep::{passkey_list, passkey_remove, passkey_rename};
pub use passkey_register::{passkey_offer, passkey_register};
pub use passkey_sign_in::{passkey_sign_in, passkey_sign_in_offer};
pub use password_change::password_change;
pub use phone::{phone_ask, phone_confirm, phone_remove, phone_show};
pub use recovery::{recovery_ask, recovery_cancel, recovery_open, recovery_use};
pub use recovery_agree::{recovery_agree, recovery_list};
pub use session_begin::SignedIn;
pub use session_list::session_list;
pub use session_resolve::session_resolve;
pub use session_revoke::{session_revoke, session_revoke_others, sign_out};
pub use sign_in::{sign_in, sign_in_code, sign_in_first};
pub use sign_in_list::sign_in_list;
pub use staff_create::{setup_code_renew, staff_create};
pub use staff_grant::{staff_grant, staff_grant_confirm, staff_role_end};
pub use staff_list::{proposal_list, staff_list};
pub use staff_reset::{reset_list, staff_reset_confirm, staff_reset_propose};
pub use step_up::{step_up, step_up_message, step_up_offer, step_up_ways};
pub use totp_enrol::{totp_confirm, totp_enrol};
pub use ward::{ward_agree, ward_list};

/// Where a citizen looks after their account.
const ACCOUNT_PAGE: &str = "/account";

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
pub(crate) fn remember(
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    kind: &'static str,
    basis: impl Into<String>,
) {
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

/// Tells those who vouch for the holder elsewhere.
pub(crate) fn changed(tx: &mut Tx, account: AccountId, person: Option<PersonId>, change: AccountChange) {
    let at = tx.now();
    emit(tx, &AccountChanged { account, person, change, at });
}

/// The same for one's own account.
fn own_changed(tx: &mut Tx, me: &Current, change: AccountChange) {
    changed(tx, me.account(), me.actor.person(), change);
}

/// A way of signing in changed, and every other session ended.
fn credential_changed(tx: &mut Tx, me: &Current) {
    own_changed(tx, me, AccountChange::CredentialChanged);
    own_changed(tx, me, AccountChange::SessionsEnded { but: Some(me.session.0) });
}

/// A word to the holder about their own account.
fn tell(tx: &mut Tx, me: &Current, vi: &str, en: &str) {
    if let Some(person) = me.actor.person() {
        tell_person(tx, person, vi, en);
    }
}

pub(crate) fn tell_person(tx: &mut Tx, person: PersonId, vi: &str, en: &str) {
    let notice = NoticeDue { person, title: Text::new(vi, en), path: ACCOUNT_PAGE.to_owned(), at: tx.now() };
    emit(tx, &notice);
}

/// A method was set up in this session: it is as strong as all of its methods together, from now on.
fn stronger(tx: &mut Tx, me: &Current, method: Method) {
    session_shown(tx, me, &me.showing().with_new(method));
}

/// What a session has shown by now.
fn session_shown(tx: &mut Tx, me: &Current, Showing { login, again }: &Showing) {
    tx.defer(
        sql::SESSION_SHOWN,
        vec![
            Box::new(me.account()),
            Box::new(me.session),
            Box::new(login.strength().number()),
            Box::new(login.at),
            Box::new(method_words(&login.methods)),
            Box::new(again.as_ref().map(|again| method_words(&again.methods))),
            Box::new(again.as_ref().map(|again| again.at)),
        ],
    );
}

/// Takes every way of signing in away and ends every session: whoever is identified anew begins anew. The account's row is
/// locked first, its version moves on by one, and no browser is known any more.
fn begin_anew(cx: &Identity, tx: &mut Tx, account: &Account) {
    let (id, now) = (account.id, tx.now());
    tx.defer(sql::ACCOUNT_ANEW, vec![Box::new(id)]);
    tx.defer(sql::PASSKEY_CLAIMS_DELETE, vec![Box::new(id)]);
    tx.defer(sql::AUTHENTICATORS_DELETE, vec![Box::new(id)]);
    tx.defer(sql::SESSIONS_END, vec![Box::new(id), Box::new(uuid::Uuid::nil()), Box::new(now)]);
    // Nor does anybody come back in by what was asked before.
    tx.defer(sql::RECOVERIES_DELETE, vec![Box::new(id)]);
    changed(tx, id, account.person(), AccountChange::CredentialChanged);
    changed(tx, id, account.person(), AccountChange::SessionsEnded { but: None });
    cx.cache.forget(id, now);
}

/// Makes a code for the account as it is at `version`, in place of an earlier one.
fn issue_code(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    version: i32,
) -> (SetupCode, jiff::Timestamp) {
    let (now, code) = (tx.now(), SetupCode::new(tx.entropy()));
    let ends_at = now + CODE_LIFE;
    tx.defer(
        sql::SETUP_PUT,
        vec![
            Box::new(account),
            Box::new(version),
            Box::new(code.digest(&cx.keys)),
            Box::new(actor.account),
            Box::new(now),
            Box::new(ends_at),
        ],
    );
    remember(tx, actor, account, "setup_code", "");
    (code, ends_at)
}

/// Refuses sessions that serve only to set the account up.
pub(crate) fn set_up(me: &Current) -> Result<(), IdentityError> {
    if me.todo.is_done() { Ok(()) } else { Err(IdentityError::SetupNeeded) }
}
