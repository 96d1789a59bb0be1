//! From the intake into the log: the one writer.
//!
//! A batch is one transaction: take entries out of the intake, give them the next indexes, append their leaves to the
//! tree, sign the new head. A crash anywhere leaves either all of it or none. One sequencer works at a time (a lock of
//! the transaction); the others stand by, and the primary keys make a fork of the log impossible even without the lock.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use store::{RowExt, Store, StoreError, Tx, copy};
use tlog::{Checkpoint, Edge, SigningKey, TILE_WIDTH, leaf_hash, tile};
use tokio::sync::watch;
use tokio_postgres::types::ToSql;

use crate::leaf::{Entry, LEAF_BYTES};
use crate::stored::{self, Head, from_db, to_db};
use crate::{LedgerError, sql};

/// Entries in one transaction: enough to make its fixed costs small, little enough to hold in memory.
const BATCH_MAX: i64 = 8_192;
/// Least time between two batches that were not full. Each batch rewrites the right edge of the tree, so a trickle of
/// entries is gathered first; it stays far below the second within which an entry must be in the log.
const GATHER: Duration = Duration::from_millis(100);
/// How soon entries of other processes are noticed, and how soon a failed batch is tried again.
const POLL: Duration = Duration::from_millis(500);
/// Any number that no other program locks: "ledger" in ASCII.
const SEQUENCER_LOCK: i64 = 0x6c65_6467_6572;

/// Appends to the log and signs it with its key, whose name is the log's origin.
pub struct Sequencer {
    store: Store,
    key: Arc<SigningKey>,
    tree: Option<Tree>,
}

/// What must be known of the tree to append to it. Kept between batches while nobody else appends.
#[derive(Clone, Default)]
struct Tree {
    edge: Edge,
    /// The bytes of the last bundle while it is partial.
    bundle: Vec<u8>,
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many entries were appended; with the largest batch there are probably more.
    Appended(usize),
    /// The intake was empty.
    Idle,
    /// Another process is appending right now.
    Standby,
}

/// What waits in the intake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    pub pending: u64,
    pub oldest: Option<Timestamp>,
}

/// What waits to be appended: for health checks and metrics.
pub async fn backlog(tx: &Tx) -> Result<Backlog, StoreError> {
    let row = tx.query_one(sql::BACKLOG, &[]).await?;
    Ok(Backlog { pending: from_db(row.col("pending")?, "pending")?, oldest: row.col("oldest")? })
}

impl Sequencer {
    pub fn new(store: Store, key: Arc<SigningKey>) -> Self {
        Self { store, key, tree: None }
    }

    /// Appends whatever arrives until `stop` turns true.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut wake = self.store.watch_audits();
        while !*stop.borrow() {
            wake.mark_unchanged();
            let pause = match self.step().await {
                Ok(Step::Appended(count)) if is_full(count) => continue,
                Ok(Step::Appended(_) | Step::Standby) => GATHER,
                Ok(Step::Idle) => Duration::ZERO,
                Err(error) => {
                    tracing::error!(%error, "nothing appended to the log");
                    POLL
                }
            };
            let next = async {
                tokio::time::sleep(pause).await;
                tokio::time::timeout(POLL, wake.changed()).await
            };
            tokio::select! {
                _ = stop.wait_for(|s| *s) => return,
                _ = next => {}
            }
        }
    }

    /// Appends until the intake is empty; waits while another process does. Returns how many entries it appended.
    pub async fn drain(&mut self) -> Result<usize, LedgerError> {
        let mut appended = 0;
        loop {
            match self.step().await? {
                Step::Appended(count) => appended += count,
                Step::Idle => return Ok(appended),
                Step::Standby => tokio::time::sleep(GATHER).await,
            }
        }
    }

    /// Appends one batch. The first step of a new log signs the empty tree.
    pub async fn step(&mut self) -> Result<Step, LedgerError> {
        // Taken out, so that after any failure the tree is read again rather than believed.
        let known = self.tree.take();
        let tx = self.store.begin().await?;
        let outcome = append(&tx, &self.key, known).await;
        let (step, tree) = tx.finish(outcome).await?;
        self.tree = tree;
        Ok(step)
    }
}

fn is_full(count: usize) -> bool {
    i64::try_from(count).is_ok_and(|count| count >= BATCH_MAX)
}

async fn append(tx: &Tx, key: &SigningKey, known: Option<Tree>) -> Result<(Step, Option<Tree>), LedgerError> {
    if !tx.query_one(sql::LOCK, &[&SEQUENCER_LOCK]).await?.col::<bool>("mine")? {
        return Ok((Step::Standby, None));
    }
    let head = stored::head(tx).await?;
    let mut tree = match (&head, known) {
        (Some(head), Some(tree)) if tree.edge.size() == head.size => tree,
        (Some(head), _) => load(tx, head).await?,
        (None, _) => Tree::default(),
    };
    let rows = tx.query(sql::TAKE, &[&BATCH_MAX]).await?;
    if rows.is_empty() && head.is_some() {
        return Ok((Step::Idle, Some(tree)));
    }
    let mut entries = rows.iter().map(Entry::from_row).collect::<Result<Vec<_>, _>>()?;
    entries.sort_unstable_by_key(|entry| entry.id);

    let first = tree.edge.size();
    put_entries(tx, first, &entries).await?;
    let leaves: Vec<Vec<u8>> = entries.iter().map(Entry::leaf).collect();
    put_bundles(tx, first, &mut tree.bundle, &leaves).await?;
    put_tiles(tx, &mut tree.edge, &leaves).await?;

    let checkpoint = Checkpoint {
        origin: key.verifier().name().to_owned(),
        size: tree.edge.size(),
        root: tree.edge.root(),
    };
    let note = checkpoint.sign(key)?.to_string();
    let prior = head.map(|head| to_db(head.size));
    tx.change(sql::CHECKPOINT_PUT, &[&to_db(checkpoint.size), &prior, &note]).await?;
    Ok((Step::Appended(entries.len()), Some(tree)))
}

/// Reads the tree to append to, and refuses one that is not what was signed last.
async fn load(tx: &Tx, head: &Head) -> Result<Tree, LedgerError> {
    let edge = stored::edge(tx, head).await?;
    let n = head.size / TILE_WIDTH as u64;
    let width = tile::width_of(n, head.size);
    if width == 0 {
        return Ok(Tree { edge, bundle: Vec::new() });
    }
    let data = stored::bundle_data(tx, n).await?.unwrap_or_default();
    let bundle = tile::bundle_prefix(&data, width).ok_or(LedgerError::Broken { size: head.size })?.to_vec();
    Ok(Tree { edge, bundle })
}

async fn put_entries(tx: &Tx, first: u64, entries: &[Entry]) -> Result<(), StoreError> {
    let indexes: Vec<i64> = (first..).map(to_db).take(entries.len()).collect();
    let rows: Vec<Vec<&(dyn ToSql + Sync)>> = indexes
        .iter()
        .zip(entries)
        .map(|(index, e)| -> Vec<&(dyn ToSql + Sync)> {
            vec![index, &e.id, &e.at, &e.subject, &e.salt, &e.body]
        })
        .collect();
    copy::copy_in(tx, sql::ENTRY_COPY, &sql::ENTRY_TYPES, rows).await?;
    Ok(())
}

async fn put_bundles(tx: &Tx, first: u64, last: &mut Vec<u8>, leaves: &[Vec<u8>]) -> Result<(), LedgerError> {
    let (mut numbers, mut bundles) = (Vec::new(), Vec::new());
    for (index, leaf) in (first..).zip(leaves) {
        // Our leaves have one length, far below what a bundle can carry.
        debug_assert_eq!(leaf.len(), LEAF_BYTES);
        if !tile::bundle_push(last, leaf) {
            return Err(LedgerError::Broken { size: index });
        }
        if (index + 1).is_multiple_of(TILE_WIDTH as u64) {
            numbers.push(to_db(index / TILE_WIDTH as u64));
            bundles.push(std::mem::take(last));
        }
    }
    if !last.is_empty() {
        numbers.push(to_db((first + leaves.len() as u64) / TILE_WIDTH as u64));
        bundles.push(last.clone());
    }
    tx.execute(sql::BUNDLE_PUT, &[&numbers, &bundles]).await?;
    Ok(())
}

async fn put_tiles(tx: &Tx, edge: &mut Edge, leaves: &[Vec<u8>]) -> Result<(), StoreError> {
    let changed = edge.append(leaves.iter().map(|leaf| leaf_hash(leaf)));
    let levels: Vec<i16> = changed.iter().map(|(id, _)| i16::from(id.level)).collect();
    let numbers: Vec<i64> = changed.iter().map(|(id, _)| to_db(id.n)).collect();
    let data: Vec<Vec<u8>> = changed.iter().map(|(_, hashes)| tile::tile_bytes(hashes)).collect();
    tx.execute(sql::TILE_PUT, &[&levels, &numbers, &data]).await?;
    Ok(())
}
