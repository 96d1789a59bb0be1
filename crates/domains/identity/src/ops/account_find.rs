//! `account_find`: an officer at a counter finds the account of the citizen who stands there.

use base::PersonalNumber;
use contracts::Actor;
use store::Tx;

use super::entry;
use crate::{
    Identity, IdentityError,
    input::number_claim,
    model::Account,
    policy::{self, Action},
    rows,
};

pub async fn account_find(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    number: &PersonalNumber,
) -> Result<Account, IdentityError> {
    policy::allowed(actor, Action::FindCitizen)?;
    let account = rows::account_by_claim(tx, &number_claim(&cx.keys, number)).await?;
    let account = account.ok_or(IdentityError::NotFound)?;
    tx.audit(
        entry(actor, "identity.account_find", &account).fields(["account_state", "identity_level"]).done(),
    );
    Ok(account)
}
