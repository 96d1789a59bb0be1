//! Until when the holder's card is good: asked when an account is opened, raised or told of a new paper, and in turns for
//! accounts of before. The day after the last one the account is locked.

use base::vietnam_date;
use contracts::{AccountId, Actor, PersonId};
use jiff::civil::Date;
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{access, account_of, is_citizen};
use crate::{
    Identity, IdentityError, LockReason,
    model::State,
    ops::{self, account_lock::lift_for_record},
    rows, sql_record as sql,
};

/// Accounts in one round.
const BATCH_MAX: i64 = 500;
/// Rounds in one run; what is left then waits for the next run.
const ROUNDS_MAX: usize = 200;
/// The same for cards that are asked for: each is a reading of a record.
const ASKING_ROUNDS_MAX: usize = 100;

/// A new card opens what an old one locked; one of a citizen also what the end of the nationality locked.
pub(super) async fn new_card(cx: &Identity, tx: &mut Tx, person: PersonId) -> Result<(), IdentityError> {
    let Some(account) = account_of(cx, tx, person).await? else { return Ok(()) };
    let Some(until) = card_seen(cx, tx, account.id, person).await? else { return Ok(()) };
    if account.state != State::Locked || until < vietnam_date(tx.now()) {
        return Ok(());
    }
    if rows::lock_reason(tx, account.id).await? == Some(LockReason::NationalityLost)
        && is_citizen(cx, tx, person).await?
    {
        lift_for_record(cx, tx, &account, LockReason::NationalityLost).await?;
        tx.flush().await?;
    }
    // The lock that lay below, if that was it.
    let account = rows::account(tx, account.id).await?;
    for reason in [LockReason::CardExpired, LockReason::ResidenceExpired] {
        lift_for_record(cx, tx, &account, reason).await?;
    }
    Ok(())
}

/// Writes down until when the holder's card is good, where there is somebody to ask.
pub(crate) async fn card_seen(
    cx: &Identity,
    tx: &mut Tx,
    account: AccountId,
    person: PersonId,
) -> Result<Option<Date>, IdentityError> {
    let Some(cards) = &cx.cards else { return Ok(None) };
    let until = cards.card_until(tx, &access(), person).await?;
    tx.defer(sql::CARD_ASKED, vec![Box::new(account), Box::new(until)]);
    Ok(until)
}

/// Asks for the cards of accounts whose card nobody asked for; to be run every hour or so. Tells how many.
pub async fn ask_for_cards(cx: &Identity) -> Result<usize, IdentityError> {
    let (mut asked, mut after) = (0, AccountId(Uuid::nil()));
    for _ in 0..ASKING_ROUNDS_MAX {
        if cx.cards.is_none() {
            break;
        }
        let tx = cx.store.begin().await?;
        let unasked = tx.query(sql::CARDS_UNASKED, &[&after, &BATCH_MAX]).await;
        let unasked = tx.finish(unasked).await?;
        for row in &unasked {
            after = row.col("account_id")?;
            let mut tx = cx.store.begin().await?;
            let seen = card_seen(cx, &mut tx, after, row.col("person_id")?).await;
            if let Err(error) = tx.finish(seen).await {
                // The next run asks again; meanwhile others have their turn.
                tracing::warn!(account = %after, %error, "a card is not known");
            }
        }
        asked += unasked.len();
        if is_last(&unasked) {
            break;
        }
    }
    Ok(asked)
}

/// A round that is not full is the last.
fn is_last(round: &[Row]) -> bool {
    round.len() < usize::try_from(BATCH_MAX).unwrap_or(usize::MAX)
}

/// Locks the accounts whose card has run out; to be run every day or oftener. Tells how many.
pub async fn lock_expired(cx: &Identity) -> Result<usize, IdentityError> {
    let (mut locked, mut after) = (0, (Date::ZERO, AccountId(Uuid::nil())));
    for _ in 0..ROUNDS_MAX {
        let tx = cx.store.begin().await?;
        let today = vietnam_date(tx.now());
        let over = tx.query(sql::CARDS_OVER_AFTER, &[&today, &after.0, &after.1, &BATCH_MAX]).await;
        let over = tx.finish(over).await?;
        for row in &over {
            after = (row.col("card_until")?, row.col("account_id")?);
            locked += usize::from(lock(cx, after.1, row.col("foreigner")?).await?);
        }
        if is_last(&over) {
            break;
        }
    }
    Ok(locked)
}

/// Whether it was locked now.
async fn lock(cx: &Identity, account: AccountId, foreigner: bool) -> Result<bool, IdentityError> {
    let reason = if foreigner { LockReason::ResidenceExpired } else { LockReason::CardExpired };
    let mut tx = cx.store.begin().await?;
    let locked = ops::account_lock(cx, &mut tx, &Actor::system(), account, reason).await;
    match tx.finish(locked).await {
        Ok(()) => Ok(true),
        // Somebody else changed it at this moment; the next run looks again.
        Err(IdentityError::WrongState | IdentityError::Store(StoreError::Conflict)) => Ok(false),
        Err(error) => Err(error),
    }
}
