//! Who signs in with a number signs in with the one in force: a number that was cancelled, or that belongs to a record that
//! gave way, opens nothing any more.

use base::PersonalNumber;
use contracts::{Actor, PersonId, Purpose};
use store::{RowExt, StoreError, Tx};

use super::{access, account_of};
use crate::{
    Identity, IdentityError,
    input::number_claim,
    messages::{Notice, tell_by_message},
    model::Account,
    ops, sql, sql_record,
};

/// A person's number was cancelled, or they got one.
pub(super) async fn follow(cx: &Identity, tx: &mut Tx, person: PersonId) -> Result<(), IdentityError> {
    let Some(account) = account_of(cx, tx, person).await? else { return Ok(()) };
    let Some(standing) = cx.register.standing(tx, &access(), person).await? else { return Ok(()) };
    renumber(cx, tx, &account, person, standing.number.as_ref(), &standing.numbers).await
}

/// Takes the claims of all these numbers from an account. Tells whether it had one.
pub(super) async fn drop_claims(
    cx: &Identity,
    tx: &Tx,
    account: &Account,
    numbers: &[PersonalNumber],
) -> Result<bool, StoreError> {
    let values = digests(cx, numbers);
    Ok(tx.execute(sql_record::CLAIMS_DROP, &[&"number", &values, &account.id]).await? > 0)
}

/// The account of the person is found by the number in force, and by none of the others that it may have had. They hear of
/// it where that changes something; on their telephone too, because they could not sign in to read it.
pub(super) async fn renumber(
    cx: &Identity,
    tx: &mut Tx,
    account: &Account,
    person: PersonId,
    in_force: Option<&PersonalNumber>,
    numbers: &[PersonalNumber],
) -> Result<(), IdentityError> {
    let wanted = in_force.map(|number| number_claim(&cx.keys, number).value);
    let mut values = digests(cx, numbers);
    values.extend(wanted.clone());
    let rows = tx.query(sql_record::CLAIMS_HELD, &[&"number", &values, &account.id]).await?;
    let held: Vec<Vec<u8>> = rows.iter().map(|row| row.col("value")).collect::<Result<_, _>>()?;
    let over: Vec<&[u8]> =
        held.iter().filter(|held| Some(*held) != wanted.as_ref()).map(Vec::as_slice).collect();
    let missing = wanted.filter(|wanted| !held.contains(wanted));
    if over.is_empty() && missing.is_none() {
        return Ok(());
    }
    // First the account, so that whoever signs in with the old number at this moment comes too late.
    tx.change(sql::ACCOUNT_TOUCH, &[&account.id]).await?;
    tx.execute(sql_record::CLAIMS_DROP, &[&"number", &over, &account.id]).await?;
    if let Some(new) = &missing {
        tx.change(sql::CLAIM_INSERT, &[&"number", new, &account.id]).await?;
        tx.execute(sql_record::FILE_RENUMBER, &[&account.id, new]).await?;
    }
    told(cx, tx, account, person, missing.is_some()).await
}

fn digests(cx: &Identity, numbers: &[PersonalNumber]) -> Vec<Vec<u8>> {
    numbers.iter().map(|number| number_claim(&cx.keys, number).value).collect()
}

async fn told(
    cx: &Identity,
    tx: &mut Tx,
    account: &Account,
    person: PersonId,
    has_new: bool,
) -> Result<(), IdentityError> {
    let actor = Actor::system();
    ops::remember(tx, &actor, account.id, "renumbered", if has_new { "established" } else { "cancelled" });
    let entry = contracts::Access::new(&actor, Purpose::SIGN_IN).entry("identity.account_renumber");
    tx.audit(entry.about(person).on("account", account.id.0).fields(["number"]).done());
    let notice = if has_new { Notice::NumberNew } else { Notice::NumberOver };
    let words = notice.words();
    ops::tell_person(tx, person, &words.vi, &words.en);
    tell_by_message(cx, tx, account.id, notice).await
}
