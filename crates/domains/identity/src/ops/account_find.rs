//! `account_find`: an officer at a counter finds the account of the citizen who stands there.
//!
//! Looked up for raising it or for a new beginning, the answer carries a [`Ticket`]: the officer's proof of having looked
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
}

pub async fn account_find(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    number: &PersonalNumber,
) -> Result<Found, IdentityError> {
    let actor = &access.actor;
    offices::at_counter(cx, tx, actor, Action::FindCitizen)?;
    let account = rows::account_by_claim(tx, &number_claim(&cx.keys, number)).await?;
    let account = account.ok_or(IdentityError::NotFound)?;
    let entry = access.entry("identity.account_find").on("account", account.id.0);
    let entry = account.person().into_iter().fold(entry, contracts::access::Entry::about);
    tx.audit(entry.fields(["account_state", "identity_level"]).done());
    let open = matches!(account.state, State::Approved | State::Activated) && account.person().is_some();
    let may = |action| policy::allowed(actor, action).is_ok();
    let wanted =
        access.purpose == Purpose::RAISE_LEVEL && (may(Action::RaiseCitizen) || may(Action::ResetCitizen));
    let ticket = (open && wanted).then(|| Ticket::issue(&cx.keys, actor, &account, tx.now()));
    Ok(Found { account, ticket })
}
