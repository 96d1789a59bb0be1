//! `account_raise`: an officer has looked the person up, seen them with their document, and raises the account to level 2
//! (NĐ 69/2024 Art. 10). The person sees it in their log and is told.

use contracts::{Access, AccountId, IdentityLevel, Purpose, events::AccountChange};
use store::Tx;

use super::{changed, remember, tell_person};
use crate::{
    Identity, IdentityError, Ticket,
    follow::card_seen,
    model::{Checked, Holder, State},
    policy::{self, Action},
    rows, sql,
};

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
    if *level != IdentityLevel::One || account.state != State::Activated {
        return Err(IdentityError::WrongState);
    }
    tx.defer(sql::ACCOUNT_RAISE, vec![Box::new(account.id), Box::new(account.version)]);
    tx.defer(sql::SESSIONS_RAISE, vec![Box::new(account.id)]);
    remember(tx, actor, account.id, "raised", checked.words().join(" "));
    let entry = access.entry("identity.account_raise").about(*person).on("account", account.id.0);
    tx.audit(entry.fields([&["identity_level"], checked.words().as_slice()].concat()).done());
    tell_person(
        tx,
        *person,
        "Tài khoản của bạn đã được nâng lên mức độ 2. Nếu bạn không đến quầy, hãy báo công an xã, phường.",
        "Your account was raised to level 2. If you were not at a counter, tell the commune police.",
    );
    changed(tx, account.id, Some(*person), AccountChange::LevelRaised);
    card_seen(cx, tx, account.id, *person).await?;
    cx.cache.forget(account.id, now);
    Ok(())
}
