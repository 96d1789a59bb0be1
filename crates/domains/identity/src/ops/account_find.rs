//! `account_find`: an officer at a counter finds the account of the citizen who stands there.
//!
//! Looked up for raising it, the answer carries a [`Ticket`]: the officer's proof of having looked up this very person.

use base::PersonalNumber;
use contracts::{Access, IdentityLevel, Purpose};
use store::Tx;

use crate::{
    Identity, IdentityError, Ticket,
    input::number_claim,
    model::{Account, Holder, State},
    policy::{self, Action},
    rows,
};

/// What an officer learns of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub account: Account,
    /// For raising it; only where the look-up was for that, the officer may, and there is something to raise.
    pub ticket: Option<Ticket>,
}

pub async fn account_find(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    number: &PersonalNumber,
) -> Result<Found, IdentityError> {
    let actor = &access.actor;
    policy::allowed(actor, Action::FindCitizen)?;
    let account = rows::account_by_claim(tx, &number_claim(&cx.keys, number)).await?;
    let account = account.ok_or(IdentityError::NotFound)?;
    let entry = access.entry("identity.account_find").on("account", account.id.0);
    let entry = account.person().into_iter().fold(entry, contracts::access::Entry::about);
    tx.audit(entry.fields(["account_state", "identity_level"]).done());
    let raisable = account.state == State::Active
        && matches!(account.holder, Holder::Citizen { level: IdentityLevel::One, .. });
    let wanted =
        access.purpose == Purpose::RAISE_LEVEL && policy::allowed(actor, Action::RaiseCitizen).is_ok();
    let ticket = (raisable && wanted).then(|| Ticket::issue(&cx.keys, actor, &account, tx.now()));
    Ok(Found { account, ticket })
}
