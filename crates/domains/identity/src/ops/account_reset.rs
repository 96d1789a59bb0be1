//! `account_reset`: a citizen who lost their ways of signing in stands at the counter with their card. The officer who has
//! looked them up gives them a paper with a code; with it they choose a new password, see [`super::account_set_up`]. Never
//! by message alone: whoever holds a telephone number is not yet the person.

use contracts::{Access, AccountId, IdentityLevel, Purpose};
use jiff::Timestamp;
use store::Tx;

use super::{begin_anew, comparison::comparison_use, issue_code, remember, tell_person};
use crate::{
    Identity, IdentityError, SetupCode, Ticket,
    messages::{Notice, tell_by_message},
    model::{Checked, State},
    offices,
    policy::Action,
    rows,
};

/// For the paper. Shown once.
pub struct ResetIssued {
    pub code: SetupCode,
    pub ends_at: Timestamp,
}

pub async fn account_reset(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: AccountId,
    ticket: &Ticket,
    checked: Checked,
) -> Result<ResetIssued, IdentityError> {
    let actor = &access.actor;
    offices::at_counter(cx, tx, actor, Action::ResetCitizen)?;
    if access.purpose != Purpose::RAISE_LEVEL {
        return Err(IdentityError::Forbidden);
    }
    let account = rows::account(tx, account).await?;
    let person = account.person().ok_or(IdentityError::NotFound)?;
    // First what the ticket says: whoever has none learns nothing about the account's state.
    if !ticket.holds(&cx.keys, actor, &account, tx.now()) {
        return Err(IdentityError::LookUpFirst);
    }
    // Also for a paper that was lost before the account was activated.
    if !matches!(account.state, State::Approved | State::Activated) {
        return Err(IdentityError::WrongState);
    }
    // No level is given here, so the officer's own check is enough.
    let (level, basis) = (IdentityLevel::One, checked.basis);
    comparison_use(cx, tx, actor, person, level, basis, checked.comparison).await?;
    // First the word, then the telephone is gone with the other ways.
    tell_by_message(cx, tx, account.id, Notice::Reset).await?;
    begin_anew(cx, tx, &account);
    let (code, ends_at) = issue_code(cx, tx, actor, account.id, account.version + 1);
    remember(tx, actor, account.id, "reset", checked.words().join(" "));
    let entry = access.entry("identity.account_reset").about(person).on("account", account.id.0);
    tx.audit(entry.fields(checked.words()).done());
    tell_person(
        tx,
        person,
        "Mật khẩu và khóa của tài khoản bạn vừa được xóa tại quầy để đặt lại. Nếu bạn không đến quầy, hãy báo công an xã, phường.",
        "The password and keys of your account were removed at a counter, to be set anew. If you were not there, tell the commune police.",
    );
    Ok(ResetIssued { code, ends_at })
}
