use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::json;
use store::{Job, JobHandler, StoreError, Tx, jobs, jobs::Handlers};
use testkit::TestDb;
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
