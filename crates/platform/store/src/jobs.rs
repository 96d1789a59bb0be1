//! Deferred work: claimed in batches, retried with back-off, visible when it dies.
//!
//! A job runs in a transaction that also removes it, so its effects on our database happen exactly once. The same
//! transaction holds the job's row, so two workers never run one job at a time. A claim belongs to a [`Worker`], whose
//! session holds a lock: when the process dies, the kernel closes the session and its claims are free at once. A worker
//! that lives but does not get on loses them after [`LEASE`].

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use deadpool_postgres::Object;
use jiff::SignedDuration;
use serde_json::Value;
use tokio::sync::watch;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::{RowExt, Store, StoreError, Tx, relay::backoff, sql};

/// Jobs claimed at a time.
const CLAIM_MAX: i64 = 64;
/// Tries before a job counts as dead.
const TRIES_MAX: i32 = 8;
/// How long a worker may hold a job that it has not begun.
const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// How soon due jobs are noticed.
const POLL: Duration = Duration::from_secs(1);
/// Longest error text that is kept with a job, in characters.
const ERROR_CHARS_MAX: usize = 500;
/// The first number of the advisory locks that workers hold: "job" in ASCII.
const WORKER_LOCK: i32 = 0x6a6f62;

/// A claimed job.
#[derive(Debug, Clone)]
pub struct Job {
    pub id: Uuid,
    pub queue: String,
    pub payload: Value,
    /// This try, counted from one.
    pub attempt: i32,
}

pub type JobError = Box<dyn std::error::Error + Send + Sync>;

/// Does the jobs of one queue.
#[async_trait]
pub trait JobHandler: Send + Sync + 'static {
    fn queue(&self) -> &'static str;
    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError>;
}

/// The handlers of this process, by queue.
#[derive(Clone, Default)]
pub struct Handlers(HashMap<&'static str, Arc<dyn JobHandler>>);

impl Handlers {
    pub fn new(handlers: impl IntoIterator<Item = Arc<dyn JobHandler>>) -> Self {
        Self(handlers.into_iter().map(|h| (h.queue(), h)).collect())
    }
}

/// Somebody who claims jobs, alive for as long as its session is.
pub struct Worker {
    number: i32,
    session: Option<Object>,
}

impl Worker {
    /// A new worker with a number of its own. It holds one connection of the pool.
    pub async fn enlist(store: &Store) -> Result<Self, StoreError> {
        let session = store.connection().await?;
        let number: i32 = session.query_one(sql::WORKER_NEXT, &[]).await?.col("worker")?;
        let mut worker = Self { number, session: Some(session) };
        if !worker.lock().await? {
            // Numbers come round again after two thousand million: this one is still at work.
            worker.session = None;
            return Err(StoreError::Conflict);
        }
        Ok(worker)
    }

    async fn lock(&self) -> Result<bool, StoreError> {
        let Some(session) = &self.session else { return Ok(false) };
        session.query_one(sql::WORKER_LOCK, &[&WORKER_LOCK, &self.number]).await?.col("mine")
    }

    fn is_alive(&self) -> bool {
        self.session.as_ref().is_some_and(|session| !session.is_closed())
    }

    /// Claims one batch of due jobs and runs them. Returns how many were claimed. After an error the worker is to be
    /// dropped, so that others get what it has claimed and not run.
    pub async fn step(&self, store: &Store, handlers: &Handlers) -> Result<usize, StoreError> {
        let queues: Vec<&str> = handlers.0.keys().copied().collect();
        let tx = store.begin().await?;
        let now = tx.now();
        let till = now + LEASE;
        let claim = [&queues as &(dyn ToSql + Sync), &now, &CLAIM_MAX, &till, &self.number, &WORKER_LOCK];
        let rows = tx.query(sql::JOB_CLAIM, &claim).await;
        let rows = tx.finish(rows).await?;
        for row in &rows {
            let job = Job {
                id: row.col("id")?,
                queue: row.col("queue")?,
                payload: row.col("payload")?,
                attempt: row.col("attempts")?,
            };
            if let Some(handler) = handlers.0.get(job.queue.as_str()) {
                self.run(store, handler.as_ref(), &job).await?;
            }
        }
        Ok(rows.len())
    }

    async fn run(&self, store: &Store, handler: &dyn JobHandler, job: &Job) -> Result<(), StoreError> {
        let mut tx = store.begin().await?;
        let mine = tx.query_opt(sql::JOB_START, &[&job.id, &self.number, &job.attempt]).await;
        let outcome = match mine {
            Ok(Some(_)) => match handler.run(&mut tx, job).await {
                Ok(()) => {
                    let done = tx.change(sql::JOB_DONE, &[&job.id]).await;
                    tx.finish(done).await.map_err(|e| Box::new(e) as JobError)
                }
                Err(error) => {
                    tx.finish::<(), StoreError>(Err(StoreError::Conflict)).await.ok();
                    Err(error)
                }
            },
            // It waited here for longer than the lease, and another worker has taken it.
            Ok(None) => return tx.finish(Ok(())).await,
            Err(error) => return tx.finish(Err(error)).await,
        };
        if let Err(error) = outcome {
            let dead = job.attempt >= TRIES_MAX;
            tracing::warn!(queue = job.queue, job = %job.id, attempt = job.attempt, dead, %error, "job failed");
            let text: String = error.to_string().chars().take(ERROR_CHARS_MAX).collect();
            let tx = store.begin().await?;
            let retry_at = tx.now() + backoff(job.attempt);
            let back = [&job.id as &(dyn ToSql + Sync), &self.number, &job.attempt, &retry_at, &text, &dead];
            let set_back = tx.execute(sql::JOB_RETRY, &back).await;
            tx.finish(set_back).await?;
        }
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Back in the pool the session would go on holding the lock.
        if let Some(session) = self.session.take() {
            drop(Object::take(session));
        }
    }
}

/// Works until `stop` turns true.
pub async fn work(store: Store, handlers: Handlers, mut stop: watch::Receiver<bool>) {
    let mut wake = store.watch_jobs();
    let mut worker = None;
    loop {
        wake.mark_unchanged();
        match turn(&store, &handlers, &mut worker).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "jobs not claimed"),
        }
        tokio::select! {
            _ = stop.wait_for(|s| *s) => return,
            _ = tokio::time::timeout(POLL, wake.changed()) => {}
        }
    }
}

/// One step by the worker that is there, or by a new one where it has died. After an error there is none.
async fn turn(store: &Store, handlers: &Handlers, worker: &mut Option<Worker>) -> Result<usize, StoreError> {
    let at_work = match worker.take().filter(Worker::is_alive) {
        Some(worker) => worker,
        None => Worker::enlist(store).await?,
    };
    let claimed = at_work.step(store, handlers).await?;
    *worker = Some(at_work);
    Ok(claimed)
}

/// Runs everything that is due: for tests and the demo.
pub async fn drain(store: &Store, handlers: &Handlers) -> Result<(), StoreError> {
    let worker = Worker::enlist(store).await?;
    while worker.step(store, handlers).await? > 0 {}
    Ok(())
}
