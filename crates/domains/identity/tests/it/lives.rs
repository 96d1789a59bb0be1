//! What the record says of a life, and what becomes of the account.

use async_trait::async_trait;
use contracts::{
    Access, PersonId,
    events::{LifeEvent, LifeKind, emit},
    ports::{Cards, PortError},
};
use identity::{Identity, LockReason, follow, ops};
use jiff::civil::{Date, date};
use std::sync::Arc;
use store::Tx;
use uuid::Uuid;

use crate::world::{AN, BINH, PASSWORD, World, an, citizen, code_of};

/// Everybody's card is good until that day.
struct Until(Date);

#[async_trait]
impl Cards for Until {
    async fn card_until(&self, _: &mut Tx, _: &Access, _: PersonId) -> Result<Option<Date>, PortError> {
        Ok(Some(self.0))
    }
}

fn with_cards(w: &World, until: Date) -> Identity {
    w.cx.clone().with_cards(Arc::new(Until(until)))
}

async fn happens(w: &World, cx: &Identity, person: PersonId, kind: LifeKind) {
    let mut tx = w.begin().await;
    let (event, at) = (Uuid::from_u128(9), tx.now());
    emit(&mut tx, &LifeEvent { person, event, kind, on: base::vietnam_date(at), at });
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    store::relay::drain(&w.db.store, &follow::Follow(cx.clone())).await.unwrap();
}

const REASONS: &str = "SELECT locked_reason FROM identity.account WHERE locked_reason IS NOT NULL";

#[tokio::test]
async fn a_death_locks_the_account_and_ends_its_sessions_and_nobody_is_told() {
    let w = World::new().await;
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    happens(&w, &w.cx, an(), LifeKind::Marriage).await;
    assert!(w.resolve(&signed).await.is_some());
    happens(&w, &w.cx, an(), LifeKind::Death).await;
    assert_eq!(w.resolve(&signed).await, None);
    assert_eq!(w.texts(REASONS).await, ["deceased"]);
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.locked");
    assert_eq!(
        w.texts("SELECT topic FROM store.outbox WHERE topic = 'notice.due'").await,
        Vec::<String>::new()
    );
    // The same word twice changes nothing; and nobody else is touched.
    happens(&w, &w.cx, an(), LifeKind::Death).await;
    w.citizen_in(BINH).await;
    happens(&w, &w.cx, PersonId(Uuid::from_u128(77)), LifeKind::Death).await;
}

#[tokio::test]
async fn a_death_outweighs_a_lock_of_ones_own() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let me = w.citizen_in(AN).await.current;
    let mut tx = w.begin().await;
    let locked = ops::account_lock(&w.cx, &mut tx, &me.actor, account, LockReason::OwnRequest).await;
    tx.finish(locked).await.unwrap();
    happens(&w, &w.cx, an(), LifeKind::Death).await;
    assert_eq!(w.texts(REASONS).await, ["deceased"]);
}

#[tokio::test]
async fn a_death_that_is_annulled_opens_the_account_again() {
    let w = World::new().await;
    w.citizens().await;
    happens(&w, &w.cx, an(), LifeKind::Death).await;
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.locked");
    happens(&w, &w.cx, an(), LifeKind::DeathAnnulled).await;
    w.citizen_in(AN).await;
    let told = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due'").await;
    assert!(told.len() == 1 && told[0].contains("được mở khóa"), "{told:?}");
    // The same word twice, and of somebody who was never locked, changes nothing.
    happens(&w, &w.cx, an(), LifeKind::DeathAnnulled).await;
    happens(&w, &w.cx, PersonId(Uuid::from_u128(2)), LifeKind::DeathAnnulled).await;
    w.citizen_in(BINH).await;
}

#[tokio::test]
async fn a_lock_of_before_holds_on_when_a_death_is_annulled() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let me = w.citizen_in(AN).await.current;
    let mut tx = w.begin().await;
    let locked = ops::account_lock(&w.cx, &mut tx, &me.actor, account, LockReason::OwnRequest).await;
    tx.finish(locked).await.unwrap();
    w.wait(1);
    happens(&w, &w.cx, an(), LifeKind::Death).await;
    w.wait(1);
    happens(&w, &w.cx, an(), LifeKind::DeathAnnulled).await;
    assert_eq!(w.texts(REASONS).await, ["own_request"]);
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.locked");
}

#[tokio::test]
async fn a_card_that_runs_out_locks_the_account_and_a_new_one_opens_it() {
    let w = World::new().await;
    w.citizens().await;
    let until = base::vietnam_date(w.db.store.clock().now());
    happens(&w, &with_cards(&w, until), an(), LifeKind::PaperIssued).await;
    assert_eq!(follow::lock_expired(&w.cx).await.unwrap(), 0, "good on its last day");
    w.wait(86_400);
    let signed = w.citizen_in(AN).await;
    assert_eq!(follow::lock_expired(&w.cx).await.unwrap(), 1);
    assert_eq!(w.resolve(&signed).await, None);
    assert_eq!(w.texts(REASONS).await, ["card_expired"]);
    assert_eq!(follow::lock_expired(&w.cx).await.unwrap(), 0);
    let told = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due'").await;
    assert!(told.len() == 1 && told[0].contains("thẻ căn cước đã hết hạn"), "{told:?}");

    happens(&w, &with_cards(&w, date(2046, 1, 1)), an(), LifeKind::PaperIssued).await;
    w.citizen_in(AN).await;
    let told = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due' ORDER BY id").await;
    assert!(told.len() == 2 && told[1].contains("đã được mở khóa"), "{told:?}");
    assert_eq!(follow::lock_expired(&w.cx).await.unwrap(), 0);
}
