use serde_json::json;
use store::{AuditEntry, RowExt, StoreError, idempotency, idempotency::Seen, one};
use testkit::TestDb;
use uuid::Uuid;

use crate::THINGS;

const INSERT: &str = "INSERT INTO things.thing (id, version) VALUES ($1, 1)";
const BUMP: &str = one!("UPDATE things.thing SET version = version + 1 WHERE id = $1 AND version = $2");
const COUNT: &str = "SELECT count(*) FROM things.thing";

fn entry() -> AuditEntry {
    AuditEntry {
        action: "things.thing_make",
        actor: Uuid::nil(),
        actor_label: "system".into(),
        agency: None,
        purpose: "test".into(),
        legal_basis: "none".into(),
        subject: Some(Uuid::max()),
        resource: None,
        fields: vec!["id".into()],
    }
}

async fn count(db: &TestDb, sql: &'static str) -> i64 {
    let tx = db.store.begin().await.unwrap();
    let row = tx.query_one(sql, &[]).await;
    tx.finish(row).await.unwrap().col("count").unwrap()
}

#[tokio::test]
async fn what_an_operation_leaves_commits_together_or_not_at_all() {
    let db = TestDb::new(&[THINGS]).await;
    for good in [true, false] {
        let mut tx = db.store.begin().await.unwrap();
        tx.defer(INSERT, vec![Box::new(i32::from(good))]);
        tx.emit("thing.made", Uuid::nil(), json!({}));
        tx.audit(entry());
        let now = tx.now();
        tx.enqueue(Uuid::from_u128(u128::from(good)), "q", json!({}), now);
        let outcome = if good { Ok(()) } else { Err(StoreError::Conflict) };
        assert_eq!(tx.finish(outcome).await.is_ok(), good);
    }
    assert_eq!(count(&db, COUNT).await, 1);
    assert_eq!(count(&db, "SELECT count(*) FROM store.outbox").await, 1);
    assert_eq!(count(&db, "SELECT count(*) FROM store.audit_intake").await, 1);
    assert_eq!(count(&db, "SELECT count(*) FROM store.job").await, 1);
}

#[tokio::test]
async fn what_was_read_for_a_refusal_stays_in_the_log_and_nothing_else_does() {
    let db = TestDb::new(&[THINGS]).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.execute(INSERT, &[&1i32]).await.unwrap();
    tx.audit(entry());
    tx.keep_log();
    tx.audit(entry());
    tx.defer(INSERT, vec![Box::new(2i32)]);
    tx.emit("thing.made", Uuid::nil(), json!({}));
    assert!(tx.finish::<(), StoreError>(Err(StoreError::Column("refused"))).await.is_err());
    assert_eq!(count(&db, COUNT).await, 0);
    assert_eq!(count(&db, "SELECT count(*) FROM store.outbox").await, 0);
    assert_eq!(count(&db, "SELECT count(*) FROM store.audit_intake").await, 1);
}

#[tokio::test]
async fn a_guarded_write_that_hits_no_row_undoes_everything_and_is_a_conflict() {
    let db = TestDb::new(&[THINGS]).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.defer(INSERT, vec![Box::new(1i32)]);
    tx.defer(BUMP, vec![Box::new(1i32), Box::new(7i32)]);
    assert!(matches!(tx.finish::<_, StoreError>(Ok(())).await, Err(StoreError::Conflict)));
    assert_eq!(count(&db, COUNT).await, 0);
    // The connection is fit for use again.
    let mut tx = db.store.begin().await.unwrap();
    tx.defer(INSERT, vec![Box::new(1i32)]);
    tx.defer(BUMP, vec![Box::new(1i32), Box::new(1i32)]);
    tx.finish::<_, StoreError>(Ok(())).await.unwrap();
}

#[tokio::test]
async fn an_audit_entry_that_cannot_be_written_takes_the_data_with_it() {
    let db = TestDb::new(&[THINGS]).await;
    let connection = db.store.connection().await.unwrap();
    connection.batch_execute("DROP TABLE store.audit_intake").await.unwrap();
    let mut tx = db.store.begin().await.unwrap();
    let read: Result<i64, StoreError> = tx.query_one(COUNT, &[]).await.and_then(|r| r.col("count"));
    tx.audit(entry());
    assert!(tx.finish(read).await.is_err(), "no log, no data");
}

#[tokio::test]
async fn a_transaction_dropped_in_the_middle_leaves_nothing() {
    let db = TestDb::new(&[THINGS]).await;
    let tx = db.store.begin().await.unwrap();
    tx.execute(INSERT, &[&1i32]).await.unwrap();
    drop(tx);
    assert_eq!(count(&db, COUNT).await, 0);
}

#[tokio::test]
async fn what_a_snapshot_reads_is_of_one_moment() {
    let db = TestDb::new(&[THINGS]).await;
    let (snapshot, plain) = (db.store.begin_snapshot().await.unwrap(), db.store.begin().await.unwrap());
    for tx in [&snapshot, &plain] {
        assert_eq!(tx.query_one(COUNT, &[]).await.unwrap().get::<_, i64>("count"), 0);
    }
    let other = db.store.begin().await.unwrap();
    let written = other.execute(INSERT, &[&1i32]).await;
    other.finish(written).await.unwrap();
    let seen = snapshot.query_one(COUNT, &[]).await;
    assert_eq!(snapshot.finish(seen).await.unwrap().get::<_, i64>("count"), 0);
    let seen = plain.query_one(COUNT, &[]).await;
    assert_eq!(plain.finish(seen).await.unwrap().get::<_, i64>("count"), 1);
}

#[tokio::test]
async fn more_writes_than_one_pipeline_holds_still_are_one_transaction() {
    let db = TestDb::new(&[THINGS]).await;
    let mut tx = db.store.begin().await.unwrap();
    for id in 0..60i32 {
        tx.defer(INSERT, vec![Box::new(id)]);
    }
    tx.defer(INSERT, vec![Box::new(0i32)]);
    assert!(tx.finish::<_, StoreError>(Ok(())).await.is_err());
    assert_eq!(count(&db, COUNT).await, 0);
}

#[tokio::test]
async fn the_body_of_an_audit_entry_names_what_happened() {
    let db = TestDb::new(&[]).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.audit(entry());
    tx.finish::<_, StoreError>(Ok(())).await.unwrap();
    let tx = db.store.begin().await.unwrap();
    let row = tx.query_one("SELECT body, subject FROM store.audit_intake", &[]).await;
    let row = tx.finish(row).await.unwrap();
    let body: serde_json::Value = serde_json::from_str(row.col("body").unwrap()).unwrap();
    assert_eq!(body["action"], "things.thing_make");
    assert_eq!(body["subject"], Uuid::max().to_string());
    assert_eq!(row.col::<Option<Uuid>>("subject").unwrap(), Some(Uuid::max()));
}

#[tokio::test]
async fn the_same_key_and_request_get_the_first_answer() {
    let db = TestDb::new(&[]).await;
    let (actor, request) = (Uuid::from_u128(1), idempotency::digest("op", &json!({"a": 1})));
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(idempotency::find::<i32>(&tx, actor, "k", &request).await.unwrap(), Seen::New));
    idempotency::remember(&mut tx, actor, "k", request.clone(), &42);
    tx.finish::<_, StoreError>(Ok(())).await.unwrap();

    let tx = db.store.begin().await.unwrap();
    assert!(matches!(idempotency::find::<i32>(&tx, actor, "k", &request).await.unwrap(), Seen::Same(42)));
    let other = idempotency::digest("op", &json!({"a": 2}));
    assert!(matches!(idempotency::find::<i32>(&tx, actor, "k", &other).await.unwrap(), Seen::Other));
    let stranger = Uuid::from_u128(2);
    assert!(matches!(idempotency::find::<i32>(&tx, stranger, "k", &request).await.unwrap(), Seen::New));
    tx.finish::<_, StoreError>(Ok(())).await.unwrap();
}

#[tokio::test]
async fn two_requests_racing_with_one_key_have_one_effect() {
    let db = TestDb::new(&[THINGS]).await;
    let (actor, request) = (Uuid::from_u128(1), idempotency::digest("op", &json!({})));
    let mut racers = Vec::new();
    for id in 0..2i32 {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(idempotency::find::<i32>(&tx, actor, "k", &request).await.unwrap(), Seen::New));
        tx.defer(INSERT, vec![Box::new(id)]);
        idempotency::remember(&mut tx, actor, "k", request.clone(), &id);
        racers.push(tx);
    }
    let mut wins = 0;
    for tx in racers {
        wins += i32::from(tx.finish::<_, StoreError>(Ok(())).await.is_ok());
    }
    assert_eq!(wins, 1);
    assert_eq!(count(&db, COUNT).await, 1);
}

#[tokio::test]
async fn what_was_deferred_can_be_read_once_it_was_flushed_and_is_undone_with_the_rest() {
    let db = TestDb::new(&[THINGS]).await;
    let mut tx = db.store.begin().await.unwrap();
    for id in 0..60i32 {
        tx.defer(INSERT, vec![Box::new(id)]);
    }
    assert_eq!(tx.query_one(COUNT, &[]).await.unwrap().get::<_, i64>("count"), 0);
    tx.flush().await.unwrap();
    assert_eq!(tx.query_one(COUNT, &[]).await.unwrap().get::<_, i64>("count"), 60);
    tx.flush().await.unwrap();
    tx.defer(INSERT, vec![Box::new(0i32)]);
    assert!(tx.finish::<_, StoreError>(Ok(())).await.is_err());
    assert_eq!(count(&db, COUNT).await, 0);
}
