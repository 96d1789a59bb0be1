//! What the record says of a person changes their account.
//!
//! - A death locks it, until it is annulled; so does the end of the nationality, with which the identity card is withdrawn.
//! - [`cards`]: a card that has run out locks it, a new one opens it again (NĐ 69/2024 Art. 15, Law on Identity Art. 34).
//! - [`numbers`]: who gets another number signs in with that one and no longer with the one before.
//! - [`merges`]: records of one person that become one have one account.
//! - Whoever is gone represents no organisation any more, until the death is annulled.
//!
//! Events come late, twice, and several of one person in one transaction. So none is taken at its word where the record can
//! be asked how things stand now, doing what is done already does nothing, and each event reads what the one before wrote.

use async_trait::async_trait;
use base::vietnam_date;
use contracts::{
    Access, PersonId, Purpose,
    events::{AccountChange, AccountChanged, LifeEvent, LifeKind, Payload, PersonMerged},
};
use forms::Fact;
use store::{Consumer, Event, StoreError, Tx, relay::ConsumerError};

use crate::{
    Identity, IdentityError, LockReason,
    enrolment::{self, Whose},
    input::person_claim,
    model::{Account, State},
    ops::account_lock::{lift_for_record, lock_for_record},
    organisation::{self, model::Ended},
    rows,
};

mod cards;
mod merges;
mod numbers;

pub(crate) use cards::card_seen;
pub use cards::{ask_for_cards, lock_expired};

/// The code of our nationality.
const VIETNAM: &str = "VNM";

/// Follows the events of the record.
pub struct Follow(pub Identity);

#[async_trait]
impl Consumer for Follow {
    fn name(&self) -> &'static str {
        "identity.life"
    }

    fn topics(&self) -> &'static [&'static str] {
        &[LifeEvent::TOPIC, PersonMerged::TOPIC, AccountChanged::TOPIC]
    }

    async fn consume(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ConsumerError> {
        for event in events {
            self.take(tx, event).await?;
            tx.flush().await?;
        }
        Ok(())
    }
}

impl Follow {
    async fn take(&self, tx: &mut Tx, event: &Event) -> Result<(), ConsumerError> {
        let (cx, payload) = (&self.0, event.payload.clone());
        match event.topic.as_str() {
            AccountChanged::TOPIC => {
                let changed: AccountChanged = serde_json::from_value(payload)?;
                if changed.change == AccountChange::Closed {
                    organisation::follow::gone(tx, changed.account, Ended::AccountClosed).await?;
                }
            }
            PersonMerged::TOPIC => merges::follow(cx, tx, &serde_json::from_value(payload)?).await?,
            LifeEvent::TOPIC => lived(cx, tx, &serde_json::from_value(payload)?).await?,
            _ => {}
        }
        Ok(())
    }
}

async fn lived(cx: &Identity, tx: &mut Tx, life: &LifeEvent) -> Result<(), IdentityError> {
    match life.kind {
        LifeKind::Death => died(cx, tx, life.person).await,
        LifeKind::DeathAnnulled => lives_after_all(cx, tx, life.person).await,
        LifeKind::PaperIssued | LifeKind::NationalityRegained => cards::new_card(cx, tx, life.person).await,
        LifeKind::NationalityLost => nationality_lost(cx, tx, life.person).await,
        LifeKind::NumberEstablished | LifeKind::NumberCancelled => numbers::follow(cx, tx, life.person).await,
        // Of records that become one, `PersonMerged` tells which gave way.
        _ => Ok(()),
    }
}

async fn account_of(cx: &Identity, tx: &Tx, person: PersonId) -> Result<Option<Account>, StoreError> {
    rows::account_by_claim(tx, &person_claim(&cx.keys, person)).await
}

fn access() -> Access {
    Access::system(Purpose::SIGN_IN)
}

/// Nobody acts in the name of somebody who has died; a file that was open comes to nothing.
async fn died(cx: &Identity, tx: &mut Tx, person: PersonId) -> Result<(), IdentityError> {
    let Some(account) = account_of(cx, tx, person).await? else { return Ok(()) };
    organisation::follow::gone(tx, account.id, Ended::Deceased).await?;
    lock_or_end(cx, tx, &account, LockReason::Deceased).await
}

/// The record was wrong. A file that came to nothing meanwhile is made anew by the person; sessions do not come back, what the
/// person represented does.
async fn lives_after_all(cx: &Identity, tx: &mut Tx, person: PersonId) -> Result<(), IdentityError> {
    let Some(account) = account_of(cx, tx, person).await? else { return Ok(()) };
    lift_for_record(cx, tx, &account, LockReason::Deceased).await?;
    organisation::follow::back(tx, account.id).await
}

/// The account of a citizen stands on the identity card, which is withdrawn with the nationality (Law on Identity Art. 29).
/// Foreigners' accounts stand on their residence card.
async fn nationality_lost(cx: &Identity, tx: &mut Tx, person: PersonId) -> Result<(), IdentityError> {
    let Some(account) = account_of(cx, tx, person).await? else { return Ok(()) };
    // It may have been regained since.
    if rows::whose(tx, account.id).await? == Whose::Foreigner || is_citizen(cx, tx, person).await? {
        return Ok(());
    }
    lock_or_end(cx, tx, &account, LockReason::NationalityLost).await
}

async fn is_citizen(cx: &Identity, tx: &mut Tx, person: PersonId) -> Result<bool, IdentityError> {
    let facts = cx.register.facts(tx, &access(), person, &[Fact::Nationality]).await?;
    let nationality = facts.value(Fact::Nationality, vietnam_date(tx.now())).text();
    Ok(nationality.as_deref() == Some(VIETNAM))
}

/// What is in use is locked, whatever locked it before; a file comes to nothing.
async fn lock_or_end(
    cx: &Identity,
    tx: &mut Tx,
    account: &Account,
    reason: LockReason,
) -> Result<(), IdentityError> {
    match account.state {
        State::Activated | State::Locked => lock_for_record(cx, tx, account, reason).await,
        State::Collected | State::Approved => end_file(cx, tx, account, "refused").await,
        State::Closed => Ok(()),
    }
}

async fn end_file(
    cx: &Identity,
    tx: &mut Tx,
    account: &Account,
    why: &'static str,
) -> Result<(), IdentityError> {
    if let Some(file) = enrolment::open(tx, account.id).await? {
        enrolment::end(cx, tx, account, &file, why);
    }
    Ok(())
}
