//! Deferred work: claimed in batches, retried with back-off, visible when it dies.
//!
//! A job runs in a transaction that also removes it, so its effects on our database happen exactly once. A claim is
//! a lease: when the worker dies, the job is free again after [`LEASE`].

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::SignedDuration;
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{RowExt, Store, StoreError, Tx, relay::backoff, sql};

/// Jobs claimed at a time.
const CLAIM_MAX: i64 = 64;
/// Tries before a job counts as dead.
const TRIES_MAX: i32 = 8;
/// How long a worker may hold a job.
const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// How soon due jobs are noticed.
const POLL: Duration = Duration::from_secs(1);
/// Longest error text that is kept with a job, in characters.
const ERROR_CHARS_MAX: usize = 500;

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

/// Works until `stop` turns true.
pub async fn work(store: Store, handlers: Handlers, mut stop: watch::Receiver<bool>) {
    let mut wake = store.watch_jobs();
    loop {
        wake.mark_unchanged();
        match step(&store, &handlers).await {
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

/// Claims one batch of due jobs and runs them. Returns how many were claimed.
pub async fn step(store: &Store, handlers: &Handlers) -> Result<usize, StoreError> {
    let queues: Vec<&str> = handlers.0.keys().copied().collect();
    let tx = store.begin().await?;
    let now = tx.now();
    let rows = tx.query(sql::JOB_CLAIM, &[&queues, &now, &CLAIM_MAX, &(now + LEASE)]).await;
    let rows = tx.finish(rows).await?;
    for row in &rows {
        let job = Job {
            id: row.col("id")?,
            queue: row.col("queue")?,
            payload: row.col("payload")?,
            attempt: row.col("attempts")?,
        };
        if let Some(handler) = handlers.0.get(job.queue.as_str()) {
            run(store, handler.as_ref(), &job).await?;
        }
    }
    Ok(rows.len())
}

/// Runs everything that is due: for tests.
pub async fn drain(store: &Store, handlers: &Handlers) -> Result<(), StoreError> {
    while step(store, handlers).await? > 0 {}
    Ok(())
}

async fn run(store: &Store, handler: &dyn JobHandler, job: &Job) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let outcome = match handler.run(&mut tx, job).await {
        Ok(()) => {
            // Gone already means that our lease ran out and another worker did it: undo ours.
            let done = tx.change(sql::JOB_DONE, &[&job.id]).await;
            tx.finish(done).await.map_err(|e| Box::new(e) as JobError)
        }
        Err(error) => {
            tx.finish::<(), StoreError>(Err(StoreError::Conflict)).await.ok();
            Err(error)
        }
    };
    if let Err(error) = outcome {
        let dead = job.attempt >= TRIES_MAX;
        tracing::warn!(queue = job.queue, job = %job.id, attempt = job.attempt, dead, %error, "job failed");
        let text: String = error.to_string().chars().take(ERROR_CHARS_MAX).collect();
        let tx = store.begin().await?;
        let retry_at = tx.now() + backoff(job.attempt);
        let set_back = tx.execute(sql::JOB_RETRY, &[&job.id, &retry_at, &text, &dead]).await;
        tx.finish(set_back).await?;
    }
    Ok(())
}
