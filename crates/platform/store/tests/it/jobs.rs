use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use serde_json::json;
use store::{Job, JobHandler, StoreError, Tx, jobs, jobs::Handlers};
use testkit::TestDb;
use tokio::{sync::Notify, task::JoinHandle};
use uuid::Uuid;

#[derive(Default)]
struct Work {
    done: Mutex<Vec<i64>>,
    fails: bool,
}

#[async_trait]
impl JobHandler for Work {
    fn queue(&self) -> &'static str {
        "work"
    }
    async fn run(&self, _: &mut Tx, job: &Job) -> Result<(), jobs::JobError> {
        if self.fails {
            return Err("no".into());
        }
        self.done.lock().unwrap().push(job.payload["n"].as_i64().unwrap());
        Ok(())
    }
}

async fn enqueue(db: &TestDb, n: i64, in_seconds: i64) {
    let mut tx = db.store.begin().await.unwrap();
    let (id, at) =
        (Uuid::from_u128(n.unsigned_abs().into()), tx.now() + jiff::SignedDuration::from_secs(in_seconds));
    tx.enqueue(id, "work", json!({ "n": n }), at);
    tx.finish::<_, StoreError>(Ok(())).await.unwrap();
}

#[tokio::test]
async fn a_job_runs_when_it_is_due_and_once() {
    let db = TestDb::new(&[]).await;
    let work = Arc::new(Work::default());
    let handlers = Handlers::new([Arc::clone(&work) as Arc<dyn JobHandler>]);
    enqueue(&db, 1, 0).await;
    enqueue(&db, 1, 0).await;
    enqueue(&db, 2, 60).await;
    jobs::drain(&db.store, &handlers).await.unwrap();
    assert_eq!(*work.done.lock().unwrap(), [1]);
    db.clock.advance(jiff::SignedDuration::from_mins(2));
    jobs::drain(&db.another_process(), &handlers).await.unwrap();
    assert_eq!(*work.done.lock().unwrap(), [1, 2]);
    db.assert_nothing_left_over().await;
}

#[tokio::test]
async fn a_job_that_keeps_failing_dies_in_sight() {
    let db = TestDb::new(&[]).await;
    let handlers = Handlers::new([Arc::new(Work { fails: true, ..Work::default() }) as Arc<dyn JobHandler>]);
    enqueue(&db, 1, 0).await;
    for _ in 0..10 {
        jobs::drain(&db.store, &handlers).await.unwrap();
        db.clock.advance(jiff::SignedDuration::from_mins(2));
    }
    let tx = db.store.begin().await.unwrap();
    let dead = tx.query(store::sql::JOB_DEAD, &[&10i64]).await;
    assert_eq!(tx.finish(dead).await.unwrap().len(), 1);
}

/// Begins, and does not end before it is told to.
#[derive(Default)]
struct Slow {
    begun: Notify,
    go_on: Notify,
    runs: AtomicUsize,
}

#[async_trait]
impl JobHandler for Slow {
    fn queue(&self) -> &'static str {
        "work"
    }
    async fn run(&self, _: &mut Tx, _: &Job) -> Result<(), jobs::JobError> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        self.begun.notify_one();
        self.go_on.notified().await;
        Ok(())
    }
}

fn slow() -> (Arc<Slow>, Handlers) {
    let slow = Arc::new(Slow::default());
    (Arc::clone(&slow), Handlers::new([slow as Arc<dyn JobHandler>]))
}

fn quick() -> (Arc<Work>, Handlers) {
    let work = Arc::new(Work::default());
    (Arc::clone(&work), Handlers::new([work as Arc<dyn JobHandler>]))
}

/// A worker in the middle of the first of two jobs.
async fn busy(db: &TestDb) -> (Arc<Slow>, JoinHandle<Result<(), StoreError>>) {
    enqueue(db, 1, -1).await;
    enqueue(db, 2, 0).await;
    let (slow, handlers) = slow();
    let store = db.store.clone();
    let worker = tokio::spawn(async move { jobs::drain(&store, &handlers).await });
    slow.begun.notified().await;
    (slow, worker)
}

#[tokio::test]
async fn what_a_dead_worker_had_is_done_by_another_at_once() {
    let db = TestDb::new(&[]).await;
    let (_, worker) = busy(&db).await;
    worker.abort();
    assert!(worker.await.unwrap_err().is_cancelled());
    let (work, handlers) = quick();
    let other = db.another_process();
    // No time passes; only the server has to notice that the sessions of the dead are gone.
    let all = async {
        while work.done.lock().unwrap().len() < 2 {
            jobs::drain(&other, &handlers).await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), all).await.unwrap();
    assert_eq!(*work.done.lock().unwrap(), [1, 2]);
    db.assert_nothing_left_over().await;
}

#[tokio::test]
async fn a_living_worker_keeps_what_it_has_claimed() {
    let db = TestDb::new(&[]).await;
    let (slow, worker) = busy(&db).await;
    let (work, handlers) = quick();
    jobs::drain(&db.another_process(), &handlers).await.unwrap();
    assert!(work.done.lock().unwrap().is_empty());
    slow.go_on.notify_one();
    slow.begun.notified().await;
    slow.go_on.notify_one();
    worker.await.unwrap().unwrap();
    db.assert_nothing_left_over().await;
}

#[tokio::test]
async fn a_worker_that_does_not_get_on_loses_its_other_jobs_and_never_the_one_it_is_at() {
    let db = TestDb::new(&[]).await;
    let (slow, worker) = busy(&db).await;
    db.clock.advance(jiff::SignedDuration::from_mins(5));
    let (work, handlers) = quick();
    jobs::drain(&db.another_process(), &handlers).await.unwrap();
    assert_eq!(*work.done.lock().unwrap(), [2], "the first is still being done");
    slow.go_on.notify_one();
    worker.await.unwrap().unwrap();
    assert_eq!(slow.runs.load(Ordering::Relaxed), 1, "the second was no longer its own");
    db.assert_nothing_left_over().await;
}

#[tokio::test]
async fn a_glance_of_another_worker_at_a_job_does_not_make_its_owner_pass_it_over() {
    let db = TestDb::new(&[]).await;
    let (slow, worker) = busy(&db).await;
    let glance = db.store.begin().await.unwrap();
    glance.query("SELECT id FROM store.job FOR UPDATE SKIP LOCKED", &[]).await.unwrap();
    slow.go_on.notify_one();
    let waiting =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let watch = db.store.connection().await.unwrap();
    while !worker.is_finished() && watch.query(waiting, &[]).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    glance.finish::<(), _>(Err(StoreError::Conflict)).await.unwrap_err();
    slow.go_on.notify_one();
    worker.await.unwrap().unwrap();
    assert_eq!(slow.runs.load(Ordering::Relaxed), 2);
    db.assert_nothing_left_over().await;
}
