use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use serde_json::json;
use store::{Consumer, Event, StoreError, Tx, relay, relay::Step};
use testkit::TestDb;
use uuid::Uuid;

/// Takes notes, and fails on the event it dislikes while it is told to.
#[derive(Default)]
struct Notes {
    seen: Mutex<Vec<i64>>,
    dislikes: Option<i64>,
    calm: AtomicBool,
    calls: AtomicUsize,
}

#[async_trait]
impl Consumer for Notes {
    fn name(&self) -> &'static str {
        "notes"
    }
    fn topics(&self) -> &'static [&'static str] {
        &["n"]
    }
    async fn consume(&self, _: &mut Tx, events: &[Event]) -> Result<(), relay::ConsumerError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let numbers: Vec<i64> = events.iter().filter_map(|e| e.payload["n"].as_i64()).collect();
        if !self.calm.load(Ordering::Relaxed) && self.dislikes.is_some_and(|d| numbers.contains(&d)) {
            return Err("I dislike this one".into());
        }
        self.seen.lock().unwrap().extend(numbers);
        Ok(())
    }
}

async fn emit(db: &TestDb, n: i64) {
    let mut tx = db.store.begin().await.unwrap();
    tx.emit("n", Uuid::nil(), json!({ "n": n }));
    tx.emit("other", Uuid::nil(), json!({ "n": 0 }));
    tx.finish::<_, StoreError>(Ok(())).await.unwrap();
}

/// Waits until no running transaction, of any test, keeps an event from being read.
async fn nothing_held_back(db: &TestDb) {
    let held = "SELECT count(*) FROM store.outbox WHERE txid >= pg_snapshot_xmin(pg_current_snapshot())";
    let connection = db.store.connection().await.unwrap();
    while connection.query_one(held, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn events_arrive_in_order_and_once() {
    let db = TestDb::new(&[]).await;
    let notes = Notes::default();
    for n in 1..=3 {
        emit(&db, n).await;
    }
    relay::drain(&db.store, &notes).await.unwrap();
    relay::drain(&db.another_process(), &notes).await.unwrap();
    assert_eq!(*notes.seen.lock().unwrap(), [1, 2, 3]);
}

#[tokio::test]
async fn an_event_of_a_slow_transaction_is_never_skipped() {
    let db = TestDb::new(&[]).await;
    let notes = Notes::default();
    // The slow transaction takes its number first, then a fast one overtakes it.
    let slow = db.store.begin().await.unwrap();
    let insert = "INSERT INTO store.outbox (topic, key, payload, at) VALUES ('n', $1, '{\"n\": 1}', now())";
    slow.execute(insert, &[&Uuid::nil()]).await.unwrap();
    emit(&db, 2).await;
    assert_eq!(relay::step(&db.store, &notes).await.unwrap(), Step::Idle);
    assert!(notes.seen.lock().unwrap().is_empty(), "nothing may pass the running transaction");
    slow.finish::<_, StoreError>(Ok(())).await.unwrap();
    relay::drain(&db.store, &notes).await.unwrap();
    let mut seen = notes.seen.lock().unwrap().clone();
    seen.sort_unstable();
    assert_eq!(seen, [1, 2]);
}

#[tokio::test]
async fn one_bad_event_is_set_aside_and_its_neighbours_arrive() {
    let db = TestDb::new(&[]).await;
    let notes = Notes { dislikes: Some(2), ..Notes::default() };
    for n in 1..=3 {
        emit(&db, n).await;
    }
    for _ in 0..12 {
        relay::drain(&db.store, &notes).await.unwrap();
        db.clock.advance(jiff::SignedDuration::from_mins(2));
    }
    assert_eq!(*notes.seen.lock().unwrap(), [1, 3]);
    let tx = db.store.begin().await.unwrap();
    let dead = tx.query("SELECT error FROM store.dead_event", &[]).await;
    assert_eq!(tx.finish(dead).await.unwrap().len(), 1);
}

#[tokio::test]
async fn after_a_failed_batch_its_events_are_taken_one_by_one_without_a_pause() {
    let db = TestDb::new(&[]).await;
    let notes = Notes { dislikes: Some(4), ..Notes::default() };
    for n in 1..=4 {
        emit(&db, n).await;
    }
    nothing_held_back(&db).await;
    let mut steps = Vec::new();
    while steps.last() != Some(&Step::Idle) {
        steps.push(relay::step(&db.store, &notes).await.unwrap());
    }
    // The batch fails; three events and the four that others are about go by; the bad one waits.
    let singles = [Step::Single; 7];
    assert_eq!((&steps[..7], &steps[7..]), (&singles[..], &[Step::Idle][..]));
    assert_eq!(notes.calls.load(Ordering::Relaxed), 5, "the batch is not tried again and again");
    notes.calm.store(true, Ordering::Relaxed);
    db.clock.advance(jiff::SignedDuration::from_mins(2));
    for step in [Step::Single, Step::Single] {
        assert_eq!(relay::step(&db.store, &notes).await.unwrap(), step);
    }
    emit(&db, 5).await;
    emit(&db, 6).await;
    relay::drain(&db.store, &notes).await.unwrap();
    assert_eq!(*notes.seen.lock().unwrap(), [1, 2, 3, 4, 5, 6]);
    assert!(notes.calls.load(Ordering::Relaxed) <= 8, "from then on in batches again");
}

#[tokio::test]
async fn a_consumer_that_recovers_misses_nothing() {
    let db = TestDb::new(&[]).await;
    let notes = Notes { dislikes: Some(1), ..Notes::default() };
    emit(&db, 1).await;
    emit(&db, 2).await;
    relay::drain(&db.store, &notes).await.unwrap();
    notes.calm.store(true, Ordering::Relaxed);
    db.clock.advance(jiff::SignedDuration::from_mins(2));
    relay::drain(&db.store, &notes).await.unwrap();
    assert_eq!(*notes.seen.lock().unwrap(), [1, 2]);
    db.assert_nothing_left_over().await;
}
