//! Values that count once: the ids of proofs, client assertions and request objects.
//!
//! All processes share one table. Requests that come within the same moment share one statement, because a round trip
//! each would cost more than everything else they do. Who comes second, here or in another process, is refused.

use std::collections::HashSet;

use jiff::Timestamp;
use jose::hash::sha256;
use store::{RowExt, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::{
    limits::{SEEN_BATCH_MAX, SEEN_GATHER, SEEN_QUEUE_MAX},
    sql,
};

/// Half a digest: enough to tell values apart, and half the index.
const KEY_BYTES: usize = 16;

/// A value that must not come twice before `ends_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    key: [u8; KEY_BYTES],
    ends_at: Timestamp,
}

impl Once {
    /// `kind` and `owner` keep the values of different makers apart.
    pub fn new(kind: &str, owner: &[u8], value: &str, ends_at: Timestamp) -> Self {
        let owner_len = owner.len().to_be_bytes();
        let digest = sha256([kind.as_bytes(), &[0], &owner_len, owner, value.as_bytes()].concat());
        let mut key = [0; KEY_BYTES];
        key.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self { key, ends_at }
    }
}

/// Nobody can say whether a value was seen.
#[derive(Debug, Clone, thiserror::Error)]
#[error("whether a value was seen before cannot be found out now")]
pub struct Unknown;

struct Question {
    values: Vec<Once>,
    answer: oneshot::Sender<Result<bool, Unknown>>,
}

/// The way to the batches of this process. Cheap to clone; the task behind it ends with the last clone.
#[derive(Clone)]
pub struct Seen(mpsc::Sender<Question>);

impl Seen {
    pub fn start(store: Store) -> Self {
        let (ask, asked) = mpsc::channel(SEEN_QUEUE_MAX);
        tokio::spawn(answer(store, asked));
        Self(ask)
    }

    /// Takes note of the values; true when all of them are new.
    pub async fn all_new(&self, values: Vec<Once>) -> Result<bool, Unknown> {
        if values.is_empty() {
            return Ok(true);
        }
        let (answer, answered) = oneshot::channel();
        // A full queue means that the database is far behind: better to say so than to wait in line.
        self.0.try_send(Question { values, answer }).map_err(|_| Unknown)?;
        answered.await.map_err(|_| Unknown)?
    }
}

async fn answer(store: Store, mut asked: mpsc::Receiver<Question>) {
    let mut batch = Vec::new();
    while asked.recv_many(&mut batch, 1).await > 0 {
        tokio::time::sleep(SEEN_GATHER).await;
        while batch.len() < SEEN_BATCH_MAX
            && let Ok(more) = asked.try_recv()
        {
            batch.push(more);
        }
        let outcome = write(&store, &batch).await;
        if let Err(error) = &outcome {
            tracing::warn!(%error, waiting = batch.len(), "replay check failed");
        }
        match outcome {
            Ok(new) => settle(batch.drain(..), new),
            Err(_) => batch.drain(..).for_each(|question| drop(question.answer.send(Err(Unknown)))),
        }
    }
}

/// Each new value belongs to the first who asked about it.
fn settle(questions: impl Iterator<Item = Question>, mut new: HashSet<[u8; KEY_BYTES]>) {
    for question in questions {
        // Every value is taken, also of a question that is refused for another of its values.
        let fresh = question.values.iter().filter(|v| new.remove(&v.key)).count();
        let _ = question.answer.send(Ok(fresh == question.values.len()));
    }
}

/// Inserts all values; gives back those that were not there.
async fn write(store: &Store, batch: &[Question]) -> Result<HashSet<[u8; KEY_BYTES]>, StoreError> {
    let values = || batch.iter().flat_map(|q| &q.values);
    let keys: Vec<&[u8]> = values().map(|v| v.key.as_slice()).collect();
    let ends: Vec<Timestamp> = values().map(|v| v.ends_at).collect();
    let connection = store.connection().await?;
    let insert = connection.prepare_cached(sql::SEEN_INSERT).await?;
    let rows = connection.query(&insert, &[&keys, &ends]).await?;
    rows.iter()
        .map(|row| row.col::<&[u8]>("key")?.try_into().map_err(|_| StoreError::Column("key")))
        .collect()
}
