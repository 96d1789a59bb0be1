//! What the record says of a life changes an account: a death locks it, until it is annulled; a new card opens one that was
//! locked because the old card had run out (NĐ 69/2024 Art. 15, Law on Identity Art. 34). Whoever is gone represents no organisation any more.

use async_trait::async_trait;
use base::vietnam_date;
use contracts::{
    Access, AccountId, Actor, PersonId, Purpose,
    events::{AccountChange, AccountChanged, LifeEvent, LifeKind, Payload},
};
use jiff::civil::Date;
use store::{Consumer, Event, RowExt, StoreError, Tx, relay::ConsumerError};

use crate::{
    Identity, IdentityError, LockReason, enrolment,
    input::person_claim,
    model::{Account, State},
    ops,
    organisation::{self, model::Ended},
    rows, sql,
};

/// Accounts locked in one round.
const BATCH_MAX: i64 = 500;

/// Follows the events of the record.
pub struct Follow(pub Identity);

#[async_trait]
impl Consumer for Follow {
    fn name(&self) -> &'static str {
        "identity.life"
    }

    fn topics(&self) -> &'static [&'static str] {
        &[LifeEvent::TOPIC, AccountChanged::TOPIC]
    }

    async fn consume(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ConsumerError> {
        for event in events {
            if event.topic == AccountChanged::TOPIC {
                let changed: AccountChanged = serde_json::from_value(event.payload.clone())?;
                if changed.change == AccountChange::Closed {
                    organisation::follow::gone(tx, changed.account, Ended::AccountClosed).await?;
                }
                continue;
            }
            let life: LifeEvent = serde_json::from_value(event.payload.clone())?;
            match life.kind {
                LifeKind::Death => died(&self.0, tx, life.person).await?,
                LifeKind::DeathAnnulled => lives_after_all(&self.0, tx, life.person).await?,
                LifeKind::PaperIssued => new_card(&self.0, tx, life.person).await?,
                _ => {}
            }
        }
        Ok(())
    }
}

async fn account_of(cx: &Identity, tx: &Tx, person: PersonId) -> Result<Option<Account>, StoreError> {
    rows::account_by_claim(tx, &person_claim(&cx.keys, person)).await
}

/// Nobody acts in the name of somebody who has died; a file that was open comes to nothing.
async fn died(cx: &Identity, tx: &mut Tx, person: PersonId) -> Result<(), IdentityError> {
    let Some(account) = account_of(cx, tx, person).await? else { return Ok(()) };
    organisation::follow::gone(tx, account.id, Ended::Deceased).await?;
    match account.state {
        State::Activated => {
            ops::account_lock(cx, tx, &Actor::system(), account.id, LockReason::Deceased).await
        }
        // For another reason until now: it must not be the holder's to undo.
        State::Locked => {
            ops::account_lock::lock_again(tx, &account, LockReason::Deceased);
            Ok(())
        }
        State::Collected | State::Approved => {
            if let Some(file) = enrolment::open(tx, account.id).await? {
                enrolment::end(cx, tx, &account, &file, "refused");
            }
            Ok(())
        }
        State::Closed => Ok(()),
    }
}

/// The record was wrong. A file that came to nothing meanwhile is made anew by the person; sessions do not come back.
async fn lives_after_all(cx: &Identity, tx: &mut Tx, person: PersonId) -> Result<(), IdentityError> {
    let Some(account) = account_of(cx, tx, person).await? else { return Ok(()) };
    let locked = account.state == State::Locked;
    if locked && rows::lock_reason(tx, account.id).await? == Some(LockReason::Deceased) {
        ops::account_lock::lift_death(cx, tx, &account).await?;
    }
    Ok(())
}

async fn new_card(cx: &Identity, tx: &mut Tx, person: PersonId) -> Result<(), IdentityError> {
    let Some(account) = account_of(cx, tx, person).await? else { return Ok(()) };
    let Some(until) = card_seen(cx, tx, account.id, person).await? else { return Ok(()) };
    if account.state == State::Locked && until >= vietnam_date(tx.now()) {
        let reason = rows::lock_reason(tx, account.id).await?;
        if matches!(reason, Some(LockReason::CardExpired | LockReason::ResidenceExpired)) {
            ops::account_unlock(cx, tx, &Actor::system(), account.id).await?;
        }
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
    let until = cards.card_until(tx, &Access::system(Purpose::SIGN_IN), person).await?;
    if let Some(until) = until {
        tx.defer(sql::CARD_SET, vec![Box::new(account), Box::new(until)]);
    }
    Ok(until)
}

/// Locks the accounts whose card has run out; to be run every day or oftener. Tells how many.
pub async fn lock_expired(cx: &Identity) -> Result<usize, IdentityError> {
    let tx = cx.store.begin().await?;
    let today = vietnam_date(tx.now());
    let over = tx.query(sql::CARDS_OVER, &[&today, &BATCH_MAX]).await;
    let over = tx.finish(over).await?;
    for row in &over {
        let account: AccountId = row.col("account_id")?;
        let reason =
            if row.col("foreigner")? { LockReason::ResidenceExpired } else { LockReason::CardExpired };
        let mut tx = cx.store.begin().await?;
        let locked = ops::account_lock(cx, &mut tx, &Actor::system(), account, reason).await;
        match tx.finish(locked).await {
            // Somebody else changed it at this moment; the next round looks again.
            Ok(()) | Err(IdentityError::WrongState | IdentityError::Store(StoreError::Conflict)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(over.len())
}
