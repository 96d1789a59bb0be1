//! One bundle's worth of entries: rows, bundle and tile against each other.

use std::collections::HashMap;

use serde::Deserialize;
use store::{RowExt, StoreError, Tx};
use tlog::{Hash, TILE_WIDTH, leaf_hash, tile};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{EntryFault, Fault, Finding, Report};
use crate::leaf::{Entry, leaf_id};
use crate::sql;
use crate::stored::{from_db, to_db};

/// The three stored copies of up to 256 entries, as far as they are there.
#[derive(Default)]
pub(super) struct Group {
    pub tile: Option<Vec<u8>>,
    bundle: Option<Vec<u8>>,
    rows: HashMap<u64, Entry>,
}

/// Reads the groups `first..end` in one round trip.
pub(super) async fn read(tx: &Tx, first: u64, end: u64) -> Result<Vec<Group>, StoreError> {
    let width = TILE_WIDTH as u64;
    let (from, to) = (to_db(first), to_db(end));
    let (level, row_range) = (0_i16, (to_db(first.saturating_mul(width)), to_db(end.saturating_mul(width))));
    let tiles: [&(dyn ToSql + Sync); 3] = [&level, &from, &to];
    let bundles: [&(dyn ToSql + Sync); 2] = [&from, &to];
    let rows: [&(dyn ToSql + Sync); 2] = [&row_range.0, &row_range.1];
    let (tiles, bundles, rows) = tokio::try_join!(
        tx.query(sql::TILES, &tiles),
        tx.query(sql::BUNDLES, &bundles),
        tx.query(sql::ENTRIES, &rows),
    )?;
    let mut groups: Vec<Group> = (first..end).map(|_| Group::default()).collect();
    let place = |n: u64| usize::try_from(n - first).unwrap_or(usize::MAX);
    for row in tiles {
        if let Some(group) = groups.get_mut(place(from_db(row.col("n")?, "n")?)) {
            group.tile = Some(row.col("data")?);
        }
    }
    for row in bundles {
        if let Some(group) = groups.get_mut(place(from_db(row.col("n")?, "n")?)) {
            group.bundle = Some(row.col("data")?);
        }
    }
    for row in rows {
        let index = from_db(row.col("index")?, "index")?;
        if let Some(group) = groups.get_mut(place(index / width)) {
            group.rows.insert(index, Entry::from_row(&row)?);
        }
    }
    Ok(groups)
}

impl Group {
    /// The leaves of the bundle, when it has at least `width`; of a full one exactly as many.
    fn leaves(&self, width: usize) -> Option<Vec<&[u8]>> {
        let mut leaves = tile::bundle_entries(self.bundle.as_deref()?)?;
        if leaves.len() < width {
            return None;
        }
        leaves.truncate(width);
        Some(leaves)
    }

    /// The leaf hashes that each copy claims: tile, bundle, rows. Nothing where a copy is not complete.
    pub(super) fn claims(&self, n: u64, width: usize) -> [Option<Vec<Hash>>; 3] {
        let tile = self.tile.as_deref().and_then(tile::tile_hashes);
        let tile = tile.and_then(|hashes| hashes.get(..width).map(<[Hash]>::to_vec));
        let bundle = self.leaves(width).map(|leaves| leaves.into_iter().map(leaf_hash).collect());
        let rows = indexes(n, width).map(|i| self.rows.get(&i).map(|e| leaf_hash(&e.leaf()))).collect();
        [tile, bundle, rows]
    }

    /// Names what in bundle and rows is not as the leaf hashes say.
    pub(super) fn compare(&self, n: u64, hashes: &[Hash], report: &mut Report) {
        let leaves = self.leaves(hashes.len());
        let true_leaf = |at: usize, hash: &Hash| {
            let leaf = *leaves.as_ref()?.get(at)?;
            (leaf_hash(leaf) == *hash).then_some(leaf)
        };
        let bundle_is_true = hashes.iter().enumerate().all(|(at, hash)| true_leaf(at, hash).is_some());
        if self.bundle.is_none() {
            report.add(Finding::Bundle { n, fault: Fault::Missing });
        } else if !bundle_is_true {
            report.add(Finding::Bundle { n, fault: Fault::Altered });
        }
        for (index, (at, hash)) in indexes(n, hashes.len()).zip(hashes.iter().enumerate()) {
            let fault = match self.rows.get(&index) {
                None => EntryFault::RowMissing,
                Some(entry) if leaf_hash(&entry.leaf()) == *hash => continue,
                Some(entry) => diagnose(entry, hash, true_leaf(at, hash)),
            };
            report.add(Finding::Entry { index, fault });
        }
    }
}

fn indexes(n: u64, width: usize) -> impl Iterator<Item = u64> {
    (n.saturating_mul(TILE_WIDTH as u64)..).take(width)
}

/// Which column of a row was altered: the one that, put right from elsewhere, makes the leaf fit again.
fn diagnose(entry: &Entry, hash: &Hash, leaf: Option<&[u8]>) -> EntryFault {
    #[derive(Deserialize)]
    struct Stated {
        at: Option<jiff::Timestamp>,
        subject: Option<Uuid>,
    }
    let fits = |entry: &Entry| leaf_hash(&entry.leaf()) == *hash;
    if let Some(id) = leaf.and_then(leaf_id)
        && fits(&Entry { id, ..entry.clone() })
    {
        return EntryFault::IdAltered;
    }
    let Ok(stated) = serde_json::from_str::<Stated>(&entry.body) else { return EntryFault::BodyAltered };
    if stated.at.is_some_and(|at| fits(&Entry { at, ..entry.clone() })) {
        EntryFault::TimeAltered
    } else if fits(&Entry { subject: stated.subject, ..entry.clone() }) {
        EntryFault::SubjectAltered
    } else {
        EntryFault::BodyAltered
    }
}
