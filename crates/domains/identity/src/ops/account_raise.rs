//! `account_raise`: an officer has looked the person up, seen them with their document, and raises the account to level 2
//! (NĐ 69/2024 Art. 10). The person sees it in their log and is told.

use base::Text;
use contracts::{
    Access, AccountId, IdentityLevel, Purpose,
    events::{NoticeDue, emit},
};
use store::Tx;

use super::remember;
use crate::{
    Identity, IdentityError, Ticket,
    model::{Checked, Holder, State},
    policy::{self, Action},
    rows, sql,
};

/// Where a citizen looks after their account.
const ACCOUNT_PAGE: &str = "/account";

pub async fn account_raise(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: AccountId,
    ticket: &Ticket,
    checked: Checked,
) -> Result<(), IdentityError> {
    let actor = &access.actor;
    policy::allowed(actor, Action::RaiseCitizen)?;
    if access.purpose != Purpose::RAISE_LEVEL {
        return Err(IdentityError::Forbidden);
    }
    let account = rows::account(tx, account).await?;
    let (now, Holder::Citizen { person, level }) = (tx.now(), &account.holder) else {
        return Err(IdentityError::NotFound);
    };
    // First what the ticket says: whoever has none learns nothing about the account's state.
    if !ticket.holds(&cx.keys, actor, &account, now) {
        return Err(IdentityError::LookUpFirst);
    }
    if *level != IdentityLevel::One || account.state != State::Active {
        return Err(IdentityError::WrongState);
    }
    tx.defer(sql::ACCOUNT_RAISE, vec![Box::new(account.id), Box::new(account.version)]);
    tx.defer(sql::SESSIONS_RAISE, vec![Box::new(account.id)]);
    remember(tx, actor, account.id, "raised", checked.words().join(" "));
    let entry = access.entry("identity.account_raise").about(*person).on("account", account.id.0);
    tx.audit(entry.fields([&["identity_level"], checked.words().as_slice()].concat()).done());
    let notice = NoticeDue {
        person: *person,
        title: Text::new(
            "Tài khoản của bạn đã được nâng lên mức độ 2. Nếu bạn không đến quầy, hãy báo công an xã, phường.",
            "Your account was raised to level 2. If you were not at a counter, tell the commune police.",
        ),
        path: ACCOUNT_PAGE.to_owned(),
        at: now,
    };
    emit(tx, &notice);
    cx.cache.forget(account.id, now);
    Ok(())
}
