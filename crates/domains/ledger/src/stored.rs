//! Reading the stored tree: numbers, tiles, bundles and the head, the way the database keeps them.

use store::{Row, RowExt, StoreError, Tx};
use tlog::{Hash, Note, TileId, tile};

use crate::{LedgerError, sql};

/// The database counts in signed numbers; a log of 2^63 entries will not be.
pub(crate) fn to_db(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A number that our own statements wrote, or `column` is at fault.
pub(crate) fn from_db(n: i64, column: &'static str) -> Result<u64, StoreError> {
    u64::try_from(n).map_err(|_| StoreError::Column(column))
}

/// The newest checkpoint as stored, with the tree it states. Its signature is not checked here.
pub(crate) struct Head {
    pub size: u64,
    pub note: String,
    pub root: Option<Hash>,
}

impl Head {
    pub(crate) fn from_row(row: &Row) -> Result<Self, StoreError> {
        let size = from_db(row.col("size")?, "size")?;
        let note: String = row.col("note")?;
        let stated = note.parse::<Note>().and_then(|n| n.text_unverified().parse::<tlog::Checkpoint>());
        let root = stated.ok().filter(|c| c.size == size).map(|c| c.root);
        Ok(Self { size, note, root })
    }
}

pub(crate) async fn head(tx: &Tx) -> Result<Option<Head>, StoreError> {
    tx.query_opt(sql::HEAD, &[]).await?.map(|row| Head::from_row(&row)).transpose()
}

/// The hashes of a tile; nothing when it is not there or not a tile.
pub(crate) async fn tile_hashes(tx: &Tx, id: TileId) -> Result<Option<Vec<Hash>>, StoreError> {
    Ok(tile_data(tx, id).await?.and_then(|data| tile::tile_hashes(&data)))
}

pub(crate) async fn tile_data(tx: &Tx, id: TileId) -> Result<Option<Vec<u8>>, StoreError> {
    let row = tx.query_opt(sql::TILE, &[&i16::from(id.level), &to_db(id.n)]).await?;
    row.map(|row| row.col("data")).transpose()
}

pub(crate) async fn bundle_data(tx: &Tx, n: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let row = tx.query_opt(sql::BUNDLE, &[&to_db(n)]).await?;
    row.map(|row| row.col("data")).transpose()
}

/// The tree that the newest checkpoint signs, ready to grow; an error when the tiles do not make it.
pub(crate) async fn edge(tx: &Tx, head: &Head) -> Result<tlog::Edge, LedgerError> {
    let mut tiles = Vec::new();
    for (id, _) in tlog::Edge::tiles(head.size) {
        tiles.push((id, tile_hashes(tx, id).await?));
    }
    let find = |id| tiles.iter().find(|(at, _)| *at == id).and_then(|(_, hashes)| hashes.clone());
    tlog::Edge::resume(head.size, find)
        .filter(|edge| head.root == Some(edge.root()))
        .ok_or(LedgerError::Broken { size: head.size })
}
