//! `account_close`: a death locked the account long ago, and nobody annulled it (see [`What::ClosingAfterDeath`]). It is closed for
//! ever and loses what its holder signed in with; number and person are free, because people declared dead have come home.
//! Nobody is told but those who rely on the account: its holder is dead.
//!
//! The law knows no closing at the holder's wish: whoever does not want their account locks it.
//!
//! [`What::ClosingAfterDeath`]: crate::law::What::ClosingAfterDeath

use base::vietnam_date;
use contracts::{Access, AccountId, Actor, PersonId, Purpose, events::AccountChange};
use forms::Fact;
use store::{RowExt, Tx};

use super::{changed, entry, remember};
use crate::{
    Identity, IdentityError, LockReason,
    input::{number_claim, person_claim},
    model::State,
    rows::{self, Claim},
    sql, sql_lock,
};

/// Accounts closed in one round.
const BATCH_MAX: i64 = 500;

/// Closes what is over; to be run every day or oftener. Tells how many.
pub async fn close_over(cx: &Identity) -> Result<usize, IdentityError> {
    let tx = cx.store.begin().await?;
    let over = tx.query(sql_lock::CLOSING_OVER, &[&vietnam_date(tx.now()), &BATCH_MAX]).await;
    let over = tx.finish(over).await?;
    for row in &over {
        let mut tx = cx.store.begin().await?;
        let closed = account_close(cx, &mut tx, row.col("account_id")?).await;
        match tx.finish(closed).await {
            // Somebody else changed it at this moment; the next round looks again.
            Ok(()) | Err(IdentityError::WrongState | IdentityError::Store(store::StoreError::Conflict)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(over.len())
}

async fn account_close(cx: &Identity, tx: &mut Tx, account: AccountId) -> Result<(), IdentityError> {
    let account = rows::account(tx, account).await?;
    let reason = rows::lock_reason(tx, account.id).await?;
    let person = account.person().ok_or(IdentityError::NotFound)?;
    if account.state != State::Locked || reason != Some(LockReason::Deceased) {
        return Err(IdentityError::WrongState);
    }
    let today = vietnam_date(tx.now());
    let mut claims = vec![person_claim(&cx.keys, person)];
    claims.extend(number_of(cx, tx, person).await?);
    tx.defer(sql_lock::ACCOUNT_CLOSE, vec![Box::new(account.id), Box::new(account.version), Box::new(today)]);
    tx.defer(sql::PASSKEY_CLAIMS_DELETE, vec![Box::new(account.id)]);
    tx.defer(sql::AUTHENTICATORS_DELETE, vec![Box::new(account.id)]);
    tx.defer(sql::SETUP_DELETE, vec![Box::new(account.id)]);
    tx.defer(sql_lock::CLAIMS_OF_FILES_GIVEN_BACK, vec![Box::new(account.id)]);
    for Claim { kind, value } in claims {
        tx.defer(sql_lock::CLAIM_GIVEN_BACK, vec![Box::new(kind), Box::new(value), Box::new(account.id)]);
    }
    let actor = Actor::system();
    remember(tx, &actor, account.id, "closed", LockReason::Deceased.as_str());
    tx.audit(entry(&actor, "identity.account_close", &account).fields(["account_state"]).done());
    changed(tx, account.id, Some(person), AccountChange::Closed);
    cx.cache.forget(account.id, tx.now());
    Ok(())
}

/// The number of today, with which an account is signed in to that was opened without a file here.
async fn number_of(cx: &Identity, tx: &mut Tx, person: PersonId) -> Result<Option<Claim>, IdentityError> {
    let access = Access::system(Purpose::SIGN_IN);
    let facts = cx.register.facts(tx, &access, person, &[Fact::Number]).await?;
    let number = facts.value(Fact::Number, vietnam_date(tx.now())).text();
    Ok(number.and_then(|number| number.parse().ok()).map(|number| number_claim(&cx.keys, &number)))
}
