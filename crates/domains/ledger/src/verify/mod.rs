//! Proves or refutes the whole stored log, and names what is wrong.
//!
//! From the top down: the newest signature proves the root, the root the tiles, each tile those below it, the lowest
//! tiles the bundles and the rows. So a copy that was altered is told from the copies that were not, and a tile that is
//! gone is rebuilt from below to go on. On the way every older checkpoint is compared with the tree of its size.
//! Memory is bounded whatever the size of the log; entries that arrive meanwhile are left for the next time.

mod finding;
mod heads;
mod rows;
mod walk;

pub use finding::{CheckpointFault, EntryFault, Fault, Finding};

use store::{Row, RowExt, Store, StoreError, Tx};
use tlog::{Checkpoint, Hash, TILE_WIDTH, TileId, VerifierKey, tile};

use crate::stored::{self, from_db, to_db};
use crate::{LedgerError, sql};

/// Findings that a report lists; beyond that only their number is of interest.
pub const FINDINGS_MAX: usize = 1_000;

/// What was looked at and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries in the newest signed tree.
    pub size: u64,
    pub root: Option<Hash>,
    pub checkpoints: u64,
    /// The first [`FINDINGS_MAX`] things that are wrong.
    pub findings: Vec<Finding>,
    /// How many there are in all.
    pub wrong: u64,
}

impl Report {
    pub fn is_sound(&self) -> bool {
        self.wrong == 0
    }

    fn add(&mut self, finding: Finding) {
        self.wrong += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }
}

/// Checks everything. `keys` are those that ever signed this log, the first one's name its origin. `against` is a
/// checkpoint kept elsewhere: only it can show that the whole log was replaced by somebody who holds the key.
/// `progress` hears of the entries checked and of all.
pub async fn verify(
    store: &Store,
    keys: &[VerifierKey],
    against: Option<&str>,
    progress: impl FnMut(u64, u64),
) -> Result<Report, LedgerError> {
    let mut report = Report::default();
    let tx = store.begin().await?;
    let outcome = survey(&tx, keys, &mut report).await;
    let root = tx.finish(outcome).await?;

    let tx = store.begin().await?;
    tx.execute(sql::UNHURRIED, &[]).await?;
    let outcome = walk::walk(&tx, keys, root, against, &mut report, progress).await;
    tx.finish(outcome).await?;
    Ok(report)
}

fn origin(keys: &[VerifierKey]) -> &str {
    keys.first().map_or("", VerifierKey::name)
}

/// Looks, in one moment, at how far everything reaches. Gives the signed root.
async fn survey(tx: &Tx, keys: &[VerifierKey], report: &mut Report) -> Result<Option<Hash>, LedgerError> {
    tx.execute(sql::SNAPSHOT, &[]).await?;
    tx.execute(sql::UNHURRIED, &[]).await?;
    let head = stored::head(tx).await?;
    report.size = head.as_ref().map_or(0, |head| head.size);
    let signed = head.and_then(|head| Checkpoint::open(&head.note, origin(keys), keys).ok());
    report.root = signed.filter(|signed| signed.size == report.size).map(|signed| signed.root);

    let row = tx.query_one(sql::REACH, &[]).await?;
    let (tiles, last): (Option<i64>, Option<i64>) = (row.col("tiles")?, row.col("last")?);
    let grown = tiles.filter(|tiles| last.and_then(|last| last.checked_add(1)) == Some(*tiles));
    let reach = report.size.max(grown.map_or(Ok(0), |grown| from_db(grown, "tiles"))?);
    if reach > report.size {
        report.add(Finding::Checkpoint { size: reach, fault: CheckpointFault::Missing });
    }
    let limit = i64::try_from(FINDINGS_MAX).unwrap_or(i64::MAX);
    for row in tx.query(sql::SURPLUS, &[&to_db(reach), &limit]).await? {
        report.add(surplus(&row)?);
    }
    for row in tx.query(sql::REPEATED, &[&limit]).await? {
        report.add(Finding::Repeated { id: row.col("id")? });
    }
    // Bytes behind the last entry of the last bundle would be served to nobody, but they are not ours either.
    let (n, width) = (reach / TILE_WIDTH as u64, (reach % TILE_WIDTH as u64) as usize);
    let last = stored::bundle_data(tx, n).await?;
    if width > 0
        && last.is_some_and(|data| tile::bundle_prefix(&data, width).is_some_and(|d| d.len() < data.len()))
    {
        report.add(Finding::Bundle { n, fault: Fault::Unexpected });
    }
    Ok(report.root)
}

fn surplus(row: &Row) -> Result<Finding, StoreError> {
    let (kind, level, n): (&str, Option<i32>, i64) = (row.col("kind")?, row.col("level")?, row.col("n")?);
    Ok(match kind {
        "entry" => Finding::Entry { index: n.cast_unsigned(), fault: EntryFault::Unexpected },
        "bundle" => Finding::Bundle { n: n.cast_unsigned(), fault: Fault::Unexpected },
        _ => {
            let level = level.and_then(|level| u8::try_from(level).ok()).unwrap_or(u8::MAX);
            Finding::Tile { id: TileId { level, n: n.cast_unsigned() }, fault: Fault::Unexpected }
        }
    })
}
