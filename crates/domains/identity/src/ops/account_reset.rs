//! `account_reset`: a citizen or foreigner who lost their ways of signing in stands at their counter with their card,
//! a child with its guardian. The officer who has looked them up gives them a paper with a code; with it they choose a new password, see [`super::account_set_up`]. Never
//! by message alone: whoever holds a telephone number is not yet the person. Where the counter has a device, an account of
//! level 2 is reset on its word that the person and the card belong together.

use base::Text;
use contracts::{Access, AccountId, PersonId, Purpose};
use jiff::Timestamp;
use store::Tx;

use super::{
    begin_anew,
    comparison::comparison_use,
    guardian::{Guardian, spoken_for},
    issue_code, remember, tell_person,
};
use crate::{
    GuardianHere, Identity, IdentityError, SetupCode, Ticket,
    enrolment::Whose,
    messages::{Notice, tell_by_message},
    model::{Account, Checked, Holder, State},
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
    guardian: Option<&GuardianHere>,
) -> Result<ResetIssued, IdentityError> {
    let actor = &access.actor;
    offices::at_some_counter(cx, tx, actor, Action::ResetCitizen)?;
    if access.purpose != Purpose::RAISE_LEVEL {
        return Err(IdentityError::Forbidden);
    }
    let account = rows::account(tx, account).await?;
    let Holder::Citizen { person, level } = account.holder else { return Err(IdentityError::NotFound) };
    // First what the ticket says: whoever has none learns nothing about the account's state.
    if !ticket.holds(&cx.keys, actor, &account, tx.now()) {
        return Err(IdentityError::LookUpFirst);
    }
    let whose = rows::whose(tx, account.id).await?;
    offices::at_counter_of(cx, tx, actor, Action::ResetCitizen, whose)?;
    checked.proves(whose)?;
    // Also for a paper that was lost before the account was activated.
    if !matches!(account.state, State::Approved | State::Activated) {
        return Err(IdentityError::WrongState);
    }
    let guardian = spoken_for(cx, tx, access, person, checked.present, guardian).await?;
    // Whoever takes an account of level 2 over has its level, too: it takes what raising to it takes.
    comparison_use(cx, tx, actor, person, level, checked.basis, checked.comparison).await?;
    new_beginning(cx, tx, access, &account, (person, whose), &words(checked, guardian.as_ref())).await
}

/// For the log: who was there, with what.
pub(super) fn words(checked: Checked, guardian: Option<&Guardian>) -> Vec<&'static str> {
    checked.words().into_iter().chain(guardian.into_iter().flat_map(Guardian::words)).collect()
}

/// Every way of signing in goes, and a paper with a code begins anew. The account is in use or approved.
pub(super) async fn new_beginning(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: &Account,
    (person, whose): (PersonId, Whose),
    words: &[&'static str],
) -> Result<ResetIssued, IdentityError> {
    let actor = &access.actor;
    // First the word, then the telephone is gone with the other ways.
    tell_by_message(cx, tx, account.id, Notice::Reset).await?;
    begin_anew(cx, tx, account);
    let (code, ends_at) = issue_code(cx, tx, actor, account.id, account.version + 1);
    remember(tx, actor, account.id, "reset", words.join(" "));
    let entry = access.entry("identity.account_reset").about(person).on("account", account.id.0);
    tx.audit(entry.fields(words.iter().copied()).done());
    let Text { vi, en } = offices::told_by(whose);
    tell_person(
        tx,
        person,
        &format!(
            "Mật khẩu và khóa của tài khoản bạn vừa được xóa tại quầy để đặt lại. Nếu bạn không đến quầy, hãy báo {vi}."
        ),
        &format!(
            "The password and keys of your account were removed at a counter, to be set anew. If you were not there, tell {en}."
        ),
    );
    Ok(ResetIssued { code, ends_at })
}
