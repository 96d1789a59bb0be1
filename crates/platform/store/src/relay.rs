//! Events on their way to those who follow them.
//!
//! A consumer takes events in batches, in the order (transaction, id), in a transaction that also moves its own cursor:
//! what it writes to our database happens exactly once. It reads only below the oldest running transaction, so a slow
//! commit is never skipped. An event that keeps failing is set aside where it can be seen, and the rest goes on.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{RowExt, Store, StoreError, Tx, sql};

/// Events in one transaction of a consumer.
const BATCH_MAX: i64 = 2_000;
/// Tries of one event before it is set aside.
const TRIES_MAX: i32 = 6;
/// Pause after a batch. Under load a transaction for each event would cost more than what the events tell of; gathered,
/// several moves of one thing are one change of a list.
const GATHER: Duration = Duration::from_millis(50);
/// How soon another process's events are noticed.
const POLL: Duration = Duration::from_secs(1);
/// How long [`drain`] waits for a running transaction, and how often it looks.
const DRAIN_WAIT: Duration = Duration::from_secs(10);
const DRAIN_POLL: Duration = Duration::from_millis(5);
/// Longest wait between two tries, in seconds.
const BACKOFF_SECONDS_MAX: i64 = 60;

/// A fact that some operation left.
#[derive(Debug, Clone)]
pub struct Event {
    pub txid: String,
    pub id: i64,
    pub topic: String,
    pub key: Uuid,
    pub payload: Value,
    pub at: Timestamp,
}

pub type ConsumerError = Box<dyn std::error::Error + Send + Sync>;

/// Somebody who follows events. Writes through the transaction it is given; must be idempotent for effects elsewhere.
#[async_trait]
pub trait Consumer: Send + Sync + 'static {
    /// Stable name of its cursor.
    fn name(&self) -> &'static str;

    /// The topics it wants; others are passed over.
    fn topics(&self) -> &'static [&'static str];

    async fn consume(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ConsumerError>;
}

/// Follows until `stop` turns true.
pub async fn follow(store: Store, consumer: Arc<dyn Consumer>, mut stop: watch::Receiver<bool>) {
    let mut wake = store.watch_events();
    loop {
        wake.mark_unchanged();
        let gather = match step(&store, consumer.as_ref()).await {
            Ok(taken) => taken > 0,
            Err(error) => {
                tracing::warn!(consumer = consumer.name(), %error, "events not taken");
                false
            }
        };
        let next = async {
            if gather {
                tokio::time::sleep(GATHER).await;
            } else {
                let _ = tokio::time::timeout(POLL, wake.changed()).await;
            }
        };
        tokio::select! {
            _ = stop.wait_for(|s| *s) => return,
            () = next => {}
        }
        if *stop.borrow() {
            return;
        }
    }
}

/// Takes one batch. Returns how many events the cursor passed; zero means nothing to do now.
pub async fn step(store: &Store, consumer: &dyn Consumer) -> Result<usize, StoreError> {
    let mut tx = store.begin().await?;
    let outcome = take(&mut tx, consumer).await;
    let (taken, failed) = match outcome {
        Ok(taken) => (tx.finish::<_, StoreError>(Ok(taken)).await?, None),
        Err(Failed::Store(e)) => return tx.finish(Err(e)).await,
        Err(Failed::Consumer { events, failures, error }) => {
            tx.finish::<(), StoreError>(Err(StoreError::Conflict)).await.ok();
            (0, Some((events, failures, error)))
        }
    };
    if let Some((events, failures, error)) = failed {
        return set_back(store, consumer, &events, failures, error.as_ref()).await;
    }
    Ok(taken)
}

/// Takes everything there is: for tests and for shutting down tidily. Waits for events that are held back by a running
/// transaction (of any database of the server), at most [`DRAIN_WAIT`]; leaves those of a consumer that is set back.
pub async fn drain(store: &Store, consumer: &dyn Consumer) -> Result<(), StoreError> {
    let all = async {
        loop {
            while step(store, consumer).await? > 0 {}
            let tx = store.begin().await?;
            let held = tx.query_one(sql::OUTBOX_PENDING, &[&consumer.name()]).await;
            if tx.finish(held).await?.col::<i64>("count")? == 0 {
                return Ok(());
            }
            tokio::time::sleep(DRAIN_POLL).await;
        }
    };
    tokio::time::timeout(DRAIN_WAIT, all).await.unwrap_or(Ok(()))
}

enum Failed {
    Store(StoreError),
    Consumer { events: Vec<Event>, failures: i32, error: ConsumerError },
}

impl From<StoreError> for Failed {
    fn from(e: StoreError) -> Self {
        Self::Store(e)
    }
}

async fn take(tx: &mut Tx, consumer: &dyn Consumer) -> Result<usize, Failed> {
    let name = consumer.name();
    let now = tx.now();
    let mut row = tx.query_opt(sql::CONSUMER_LOCK, &[&name, &now]).await?;
    if row.is_none() && tx.execute(sql::CONSUMER_ENSURE, &[&name]).await? == 1 {
        row = tx.query_opt(sql::CONSUMER_LOCK, &[&name, &now]).await?;
    }
    // Another process has it, or it waits after a failure.
    let Some(row) = row else { return Ok(0) };
    let (txid, id, failures): (String, i64, i32) = (row.col("txid")?, row.col("id")?, row.col("failures")?);
    // After a failure events are taken one by one, so that one bad event does not hold up its neighbours.
    let limit = if failures > 0 { 1 } else { BATCH_MAX };
    let events = read(tx, &txid, id, limit).await?;
    let Some(last) = events.last() else { return Ok(0) };
    let wanted: Vec<Event> =
        events.iter().filter(|e| consumer.topics().contains(&e.topic.as_str())).cloned().collect();
    if !wanted.is_empty()
        && let Err(error) = consumer.consume(tx, &wanted).await
    {
        return Err(Failed::Consumer { events, failures, error });
    }
    tx.execute(sql::CONSUMER_ADVANCE, &[&name, &last.txid, &last.id]).await?;
    Ok(events.len())
}

async fn read(tx: &Tx, txid: &str, id: i64, limit: i64) -> Result<Vec<Event>, StoreError> {
    let rows = tx.query(sql::OUTBOX_READ, &[&txid, &id, &limit]).await?;
    rows.iter()
        .map(|r| {
            Ok(Event {
                txid: r.col("txid")?,
                id: r.col("id")?,
                topic: r.col("topic")?,
                key: r.col("key")?,
                payload: r.col("payload")?,
                at: r.col("at")?,
            })
        })
        .collect()
}

/// Records a failure: waits longer each time, and sets a single event aside when it failed too often.
async fn set_back(
    store: &Store,
    consumer: &dyn Consumer,
    events: &[Event],
    failures: i32,
    error: &(dyn std::error::Error + Send + Sync),
) -> Result<usize, StoreError> {
    let name = consumer.name();
    let tx = store.begin().await?;
    let now = tx.now();
    tracing::warn!(consumer = name, failures, %error, "consumer failed");
    // Its row may have been made in the transaction that was just undone.
    tx.execute(sql::CONSUMER_ENSURE, &[&name]).await?;
    let outcome = match events {
        [event] if failures + 1 >= TRIES_MAX => {
            let text = error.to_string();
            tx.execute(
                sql::DEAD_EVENT_INSERT,
                &[&name, &event.txid, &event.id, &event.topic, &event.key, &event.payload, &event.at, &text],
            )
            .await?;
            tx.execute(sql::CONSUMER_ADVANCE, &[&name, &event.txid, &event.id]).await?;
            Ok(1)
        }
        _ => {
            let retry_at = now + backoff(failures);
            // The first failure of a batch is retried at once, one by one.
            let retry_at = if failures == 0 { now } else { retry_at };
            tx.execute(sql::CONSUMER_FAIL, &[&name, &retry_at]).await?;
            Ok(usize::from(failures == 0))
        }
    };
    tx.finish(outcome).await
}

/// 1, 2, 4 … seconds, at most a minute.
pub(crate) fn backoff(failures: i32) -> SignedDuration {
    let exponent = u32::try_from(failures.clamp(0, 16)).unwrap_or(0);
    SignedDuration::from_secs(2i64.pow(exponent).min(BACKOFF_SECONDS_MAX))
}
