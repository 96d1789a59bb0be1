//! The checkpoints in order of size, each compared with the tree as the walk passes that size.

use std::collections::VecDeque;

use store::{RowExt, StoreError, Tx};
use tlog::{Checkpoint, Edge, VerifierKey};

use super::{CheckpointFault, Finding, Report, origin};
use crate::sql;
use crate::stored::{from_db, to_db};

/// Checkpoints read at a time.
const PAGE: i64 = 1_000;

struct Stored {
    size: u64,
    prior: Option<i64>,
    note: String,
}

/// The checkpoints still to come.
pub(super) struct Heads<'a> {
    keys: &'a [VerifierKey],
    next: VecDeque<Stored>,
    prior: Option<u64>,
    outside: Option<Checkpoint>,
}

impl<'a> Heads<'a> {
    /// `against` is the checkpoint kept elsewhere.
    pub(super) fn new(keys: &'a [VerifierKey], against: Option<&str>, report: &mut Report) -> Self {
        let mut outside = None;
        if let Some(note) = against {
            match Checkpoint::open(note, origin(keys), keys) {
                Ok(checkpoint) if checkpoint.size > report.size => {
                    let fault = CheckpointFault::Beyond;
                    report.add(Finding::Outside { size: checkpoint.size, fault });
                }
                Ok(checkpoint) => outside = Some(checkpoint),
                Err(_) => report.add(Finding::Outside { size: 0, fault: CheckpointFault::NotSigned }),
            }
        }
        Self { keys, next: VecDeque::new(), prior: None, outside }
    }

    /// Compares those that were signed over a tree of just this size.
    pub(super) async fn pass(&mut self, tx: &Tx, edge: &Edge, report: &mut Report) -> Result<(), StoreError> {
        if let Some(outside) = self.outside.take_if(|outside| outside.size == edge.size())
            && outside.root != edge.root()
        {
            report.add(Finding::Outside { size: outside.size, fault: CheckpointFault::NotPrefix });
        }
        if self.next.is_empty() {
            self.read(tx, report.size).await?;
        }
        let due = self.next.pop_front_if(|head| head.size <= edge.size());
        if let Some(head) = due {
            self.judge(&head, edge, report);
        }
        Ok(())
    }

    fn judge(&mut self, head: &Stored, edge: &Edge, report: &mut Report) {
        let size = head.size;
        let mut add = |size, fault| report.add(Finding::Checkpoint { size, fault });
        match head.prior.map(i64::cast_unsigned) {
            prior if prior == self.prior => {}
            Some(prior) if prior < size && self.prior.is_none_or(|before| before < prior) => {
                add(prior, CheckpointFault::Missing);
            }
            _ => add(size, CheckpointFault::Altered),
        }
        match Checkpoint::open(&head.note, origin(self.keys), self.keys) {
            Err(_) => add(size, CheckpointFault::NotSigned),
            Ok(signed) if signed.size != size => add(size, CheckpointFault::Altered),
            Ok(signed) if signed.root != edge.root() => add(size, CheckpointFault::NotPrefix),
            Ok(_) => {}
        }
        self.prior = Some(size);
        report.checkpoints += 1;
    }

    /// Reads the next page, up to the newest of the survey.
    async fn read(&mut self, tx: &Tx, size_max: u64) -> Result<(), StoreError> {
        let after = self.prior.map_or(-1, to_db);
        if after >= to_db(size_max) {
            return Ok(());
        }
        for row in tx.query(sql::CHECKPOINTS, &[&after, &PAGE]).await? {
            let size = from_db(row.col("size")?, "size")?;
            if size <= size_max {
                self.next.push_back(Stored { size, prior: row.col("prior")?, note: row.col("note")? });
            }
        }
        Ok(())
    }
}
