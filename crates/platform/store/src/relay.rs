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
        let step = step(&store, consumer.as_ref()).await.unwrap_or_else(|error| {
            tracing::warn!(consumer = consumer.name(), %error, "events not taken");
            Step::Idle
        });
        let next = async {
            match step {
                Step::Idle => drop(tokio::time::timeout(POLL, wake.changed()).await),
                Step::Batch(_) => tokio::time::sleep(GATHER).await,
                Step::Single => {}
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

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There is nothing to do now.
    Idle,
    /// The cursor passed so many events.
    Batch(usize),
    /// A batch failed, and its events are taken one by one: go on at once.
    Single,
}

/// Takes one batch, or one event of a batch that failed.
pub async fn step(store: &Store, consumer: &dyn Consumer) -> Result<Step, StoreError> {
    let mut tx = store.begin().await?;
    match take(&mut tx, consumer).await {
        Ok(step) => tx.finish(Ok(step)).await,
        Err(Failed::Store(e)) => tx.finish(Err(e)).await,
        Err(Failed::Consumer { events, failures, error }) => {
            tx.finish::<(), StoreError>(Err(StoreError::Conflict)).await.ok();
            set_back(store, consumer, &events, failures, error.as_ref()).await
        }
    }
}

/// Takes everything there is: for tests and for shutting down tidily. Waits for events that are held back by a running
/// transaction (of any database of the server), at most [`DRAIN_WAIT`]; leaves those of a consumer that is set back.
pub async fn drain(store: &Store, consumer: &dyn Consumer) -> Result<(), StoreError> {
    let all = async {
        loop {
            while step(store, consumer).await? != Step::Idle {}
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

async fn take(tx: &mut Tx, consumer: &dyn Consumer) -> Result<Step, Failed> {
    let name = consumer.name();
    let now = tx.now();
    let mut row = tx.query_opt(sql::CONSUMER_LOCK, &[&name, &now]).await?;
    if row.is_none() && tx.execute(sql::CONSUMER_ENSURE, &[&name]).await? == 1 {
        row = tx.query_opt(sql::CONSUMER_LOCK, &[&name, &now]).await?;
    }
    // Another process has it, or it waits after a failure.
    let Some(row) = row else { return Ok(Step::Idle) };
    let (txid, id): (String, i64) = (row.col("txid")?, row.col("id")?);
    let (failures, singly): (i32, i32) = (row.col("failures")?, row.col("singly")?);
    let events = read(tx, &txid, id, if singly > 0 { 1 } else { BATCH_MAX }).await?;
    let Some(last) = events.last() else { return Ok(Step::Idle) };
    let wanted: Vec<Event> =
        events.iter().filter(|e| consumer.topics().contains(&e.topic.as_str())).cloned().collect();
    if !wanted.is_empty()
        && let Err(error) = consumer.consume(tx, &wanted).await
    {
        return Err(Failed::Consumer { events, failures, error });
    }
    tx.execute(sql::CONSUMER_ADVANCE, &[&name, &last.txid, &last.id, &count(&events)]).await?;
    Ok(if singly > 0 { Step::Single } else { Step::Batch(events.len()) })
}

/// At most [`BATCH_MAX`].
fn count(events: &[Event]) -> i32 {
    i32::try_from(events.len()).unwrap_or(i32::MAX)
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

/// Records a failure. The events of a batch are tried again one by one; a single one waits longer each time, and is set
/// aside when it failed too often.
async fn set_back(
    store: &Store,
    consumer: &dyn Consumer,
    events: &[Event],
    failures: i32,
    error: &(dyn std::error::Error + Send + Sync),
) -> Result<Step, StoreError> {
    let name = consumer.name();
    let tx = store.begin().await?;
    tracing::warn!(consumer = name, events = events.len(), failures, %error, "consumer failed");
    // Its row may have been made in the transaction that was just undone.
    tx.execute(sql::CONSUMER_ENSURE, &[&name]).await?;
    let step = match events {
        [event] if failures + 1 >= TRIES_MAX => {
            let text = error.to_string();
            tx.execute(
                sql::DEAD_EVENT_INSERT,
                &[&name, &event.txid, &event.id, &event.topic, &event.key, &event.payload, &event.at, &text],
            )
            .await?;
            tx.execute(sql::CONSUMER_ADVANCE, &[&name, &event.txid, &event.id, &1i32]).await?;
            Step::Single
        }
        [_] => {
            tx.execute(sql::CONSUMER_FAIL, &[&name, &(tx.now() + backoff(failures))]).await?;
            Step::Idle
        }
        batch => {
            tx.execute(sql::CONSUMER_SINGLY, &[&name, &count(batch)]).await?;
            Step::Single
        }
    };
    tx.finish(Ok(step)).await
}

/// 1, 2, 4 … seconds, at most a minute.
pub(crate) fn backoff(failures: i32) -> SignedDuration {
    let exponent = u32::try_from(failures.clamp(0, 16)).unwrap_or(0);
    SignedDuration::from_secs(2i64.pow(exponent).min(BACKOFF_SECONDS_MAX))
}
