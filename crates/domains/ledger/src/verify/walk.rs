//! From the signed root down to every entry, in the order of the log.

use store::{Row, RowExt, StoreError, Tx};
use tlog::tile::{LEVELS_MAX, tile_hashes};
use tlog::{Edge, Hash, TILE_WIDTH, TileId, VerifierKey, root_of};

use super::heads::Heads;
use super::rows::{self, Group};
use super::{Fault, Finding, Report};
use crate::stored::{self, to_db};
use crate::{LedgerError, sql};

/// Groups of 256 entries read at a time: about 2 MB.
const GROUPS_READ: u64 = 16;

/// A tile above the entries, or the edge's, as far as it could be settled what it holds.
#[derive(Clone)]
struct Settled {
    id: TileId,
    hashes: Vec<Hash>,
    /// A chain of hashes leads from it to the signed root.
    proven: bool,
}

struct Walk<'a> {
    tx: &'a Tx,
    report: &'a mut Report,
    /// The partial tiles of the right edge, by level.
    edge: Vec<Settled>,
    /// The tiles over the current entries, by level; the lowest level is unused.
    path: Vec<Option<Settled>>,
    /// The tree grown again from the entries, for the older checkpoints.
    grown: Edge,
}

pub(super) async fn walk(
    tx: &Tx,
    keys: &[VerifierKey],
    root: Option<Hash>,
    against: Option<&str>,
    report: &mut Report,
    mut progress: impl FnMut(u64, u64),
) -> Result<(), LedgerError> {
    let size = report.size;
    let mut heads = Heads::new(keys, against, report);
    let edge = settle_edge(tx, size, root, report).await?;
    let path = (0..LEVELS_MAX).map(|_| None).collect();
    let mut walk = Walk { tx, report, edge, path, grown: Edge::default() };
    heads.pass(tx, &walk.grown, walk.report).await?;
    let groups = size.div_ceil(TILE_WIDTH as u64);
    let mut n = 0;
    while n < groups {
        let end = groups.min(n + GROUPS_READ);
        for group in rows::read(tx, n, end).await? {
            let hashes = walk.group(n, &group).await?;
            group.compare(n, &hashes, walk.report);
            for leaf in hashes {
                walk.grow(leaf);
                heads.pass(tx, &walk.grown, walk.report).await?;
            }
            n += 1;
        }
        progress(walk.grown.size(), size);
    }
    walk.compare_edge();
    Ok(())
}

impl Walk<'_> {
    /// The leaf hashes of the `n`-th group, settled.
    async fn group(&mut self, n: u64, group: &Group) -> Result<Vec<Hash>, LedgerError> {
        let id = TileId { level: 0, n };
        if let Some(settled) = self.on_edge(id) {
            return Ok(settled.hashes.clone());
        }
        let expected = self.expected(id).await?;
        let claims = group.claims(n, TILE_WIDTH);
        let proven = choose(&claims, expected);
        if proven.is_none() && expected.is_some() {
            let first = n * TILE_WIDTH as u64;
            self.report.add(Finding::Rewritten { first, last: first + TILE_WIDTH as u64 - 1 });
        }
        let chosen = proven.or_else(|| agreed(&claims));
        if group.tile.is_none() {
            self.report.add(Finding::Tile { id, fault: Fault::Missing });
        } else if chosen.is_some_and(|at| at > 0) {
            self.report.add(Finding::Tile { id, fault: Fault::Altered });
        }
        let [tile, bundle, rows] = claims;
        let claim = match chosen {
            Some(1) => bundle,
            Some(2) => rows,
            _ => tile.or(bundle).or(rows),
        };
        // With no copy left there is nothing to compare with; no leaf hashes to zero, so nothing will fit.
        Ok(claim.unwrap_or_else(|| vec![Hash([0; 32]); TILE_WIDTH]))
    }

    /// The root that the tile above proves for a full tile; nothing when that is not known.
    async fn expected(&mut self, id: TileId) -> Result<Option<Hash>, LedgerError> {
        let above = |id: TileId| TileId { level: id.level + 1, n: id.n / TILE_WIDTH as u64 };
        // From the tile up to one that is settled already, then down again.
        let mut missing = Vec::new();
        let mut at = above(id);
        let mut over = loop {
            let known = self.path.get(usize::from(at.level)).and_then(Option::as_ref);
            if let Some(settled) = known.filter(|settled| settled.id == at) {
                break settled.clone();
            }
            if let Some(settled) = self.on_edge(at) {
                break settled.clone();
            }
            if at.level + 1 >= LEVELS_MAX {
                return Ok(None);
            }
            missing.push(at);
            at = above(at);
        };
        while let Some(lower) = missing.pop() {
            over = self.settle(lower, slot(&over, lower.n)).await?;
            if let Some(place) = self.path.get_mut(usize::from(lower.level)) {
                *place = Some(over.clone());
            }
        }
        Ok(slot(&over, id.n))
    }

    /// Settles a full tile above the entries.
    async fn settle(&mut self, id: TileId, expected: Option<Hash>) -> Result<Settled, LedgerError> {
        let data = stored::tile_data(self.tx, id).await?;
        let there = data.is_some();
        let stored = data.and_then(|data| tile_hashes(&data)).filter(|hashes| hashes.len() == TILE_WIDTH);
        if let Some(hashes) = &stored
            && expected == Some(root_of(hashes))
        {
            return Ok(Settled { id, hashes: hashes.clone(), proven: true });
        }
        let mut claims = vec![stored, rebuild(self.tx, id, TILE_WIDTH).await?];
        if expected.is_some() && choose(&claims, expected).is_none() {
            claims.push(regrow(self.tx, id, TILE_WIDTH).await?);
        }
        let chosen = choose(&claims, expected);
        if !there {
            self.report.add(Finding::Tile { id, fault: Fault::Missing });
        } else if expected.is_some() {
            self.report.add(Finding::Tile { id, fault: Fault::Altered });
        }
        let claim = chosen.or_else(|| claims.iter().position(Option::is_some));
        let hashes = claim.and_then(|at| claims.into_iter().nth(at)).flatten().unwrap_or_default();
        Ok(Settled { id, hashes, proven: chosen.is_some() })
    }

    fn on_edge(&self, id: TileId) -> Option<&Settled> {
        self.edge.iter().find(|settled| settled.id == id)
    }

    /// The same for the partial tiles, when the tree has grown to its end.
    fn compare_edge(&mut self) {
        for settled in self.edge.iter().filter(|settled| !settled.proven) {
            if self.grown.partial(settled.id.level) != settled.hashes {
                self.report.add(Finding::Tile { id: settled.id, fault: Fault::Altered });
            }
        }
    }

    /// Grows the tree by a leaf. Where no signature reaches, a full tile is at least what those below make of it.
    fn grow(&mut self, leaf: Hash) {
        for (id, hashes) in self.grown.push(leaf) {
            let settled = self.path.get(usize::from(id.level)).and_then(Option::as_ref);
            if settled.is_some_and(|s| s.id == id && !s.proven && s.hashes != hashes) {
                self.report.add(Finding::Tile { id, fault: Fault::Altered });
            }
        }
    }
}

/// What a settled tile says of the `n`-th subtree below it.
fn slot(over: &Settled, n: u64) -> Option<Hash> {
    let at = usize::try_from(n % TILE_WIDTH as u64).ok()?;
    over.hashes.get(at).copied().filter(|_| over.proven)
}

/// Which claim has the expected root.
fn choose(claims: &[Option<Vec<Hash>>], expected: Option<Hash>) -> Option<usize> {
    claims.iter().position(|claim| claim.as_ref().is_some_and(|hashes| Some(root_of(hashes)) == expected))
}

/// Where no root is known: the claim that another copy bears out.
fn agreed(claims: &[Option<Vec<Hash>>]) -> Option<usize> {
    claims
        .iter()
        .enumerate()
        .position(|(at, claim)| claim.is_some() && claims.iter().skip(at + 1).any(|c| c == claim))
}

/// A tile made again from the roots of the full tiles below it.
async fn rebuild(tx: &Tx, id: TileId, width: usize) -> Result<Option<Vec<Hash>>, StoreError> {
    let Some(level) = id.level.checked_sub(1) else { return Ok(None) };
    let first = id.n * TILE_WIDTH as u64;
    let (from, to) = (to_db(first), to_db(first + width as u64));
    let rows = tx.query(sql::TILES, &[&i16::from(level), &from, &to]).await?;
    if rows.len() != width {
        return Ok(None);
    }
    let root = |row: &Row| -> Result<Option<Hash>, StoreError> {
        let hashes = tile_hashes(row.col("data")?);
        Ok(hashes.filter(|hashes| hashes.len() == TILE_WIDTH).map(|hashes| root_of(&hashes)))
    };
    rows.iter().map(root).collect()
}

/// A tile grown again from the entries under it, believing no tile that another copy contradicts. It reads all of
/// them, so it is the last resort: for when tiles of several levels were altered.
async fn regrow(tx: &Tx, id: TileId, width: usize) -> Result<Option<Vec<Hash>>, StoreError> {
    let Some(level) = id.level.checked_sub(1) else { return Ok(None) };
    let slot_groups = 1_u64 << (8 * u32::from(level));
    let (mut n, end) = {
        let first = id.n * TILE_WIDTH as u64 * slot_groups;
        (first, first + width as u64 * slot_groups)
    };
    // A tree whose leaves are the roots of the groups has the tile one level lower.
    let mut tree = Edge::default();
    let mut full = None;
    while n < end {
        let until = end.min(n + GROUPS_READ);
        for group in rows::read(tx, n, until).await? {
            let claims = group.claims(n, TILE_WIDTH);
            let claim = agreed(&claims).or_else(|| claims.iter().rposition(Option::is_some));
            let Some(hashes) = claim.and_then(|at| claims.get(at)).and_then(Option::as_ref) else {
                return Ok(None);
            };
            full = tree.push(root_of(hashes)).into_iter().find(|(tile, _)| tile.level == level).or(full);
            n += 1;
        }
    }
    Ok(Some(full.map_or_else(|| tree.partial(level).to_vec(), |(_, hashes)| hashes)))
}

/// A tile of the edge with all that is claimed of it: the stored form first, then what could be made again.
type Claims = (TileId, Vec<Option<Vec<Hash>>>);

/// Settles the partial tiles of the right edge, which the signed root proves all together: of what is stored and what
/// can be rebuilt for each, the combination that makes the root.
async fn settle_edge(
    tx: &Tx,
    size: u64,
    root: Option<Hash>,
    report: &mut Report,
) -> Result<Vec<Settled>, LedgerError> {
    let mut levels: Vec<Claims> = Vec::new();
    let mut there = Vec::new();
    for (id, width) in Edge::tiles(size) {
        let data = stored::tile_data(tx, id).await?;
        there.push(data.is_some());
        let mut claims = Vec::new();
        if id.level == 0 {
            let groups = rows::read(tx, id.n, id.n + 1).await?;
            claims.extend(groups.iter().flat_map(|group| group.claims(id.n, width)));
        } else {
            let hashes = data.and_then(|data| tile_hashes(&data));
            claims.push(hashes.and_then(|hashes| hashes.get(..width).map(<[Hash]>::to_vec)));
            claims.push(rebuild(tx, id, width).await?);
        }
        levels.push((id, claims));
    }
    let mut found = combine(size, root, &levels);
    if found.is_none() && root.is_some() {
        for (id, claims) in levels.iter_mut().filter(|(id, _)| id.level > 0) {
            claims.push(regrow(tx, *id, id.width_in(size)).await?);
        }
        found = combine(size, root, &levels);
    }
    let mut edge = Vec::new();
    for (place, ((id, claims), there)) in levels.into_iter().zip(there).enumerate() {
        let choice = found.as_ref().and_then(|choices| choices.get(place).copied());
        if !there {
            report.add(Finding::Tile { id, fault: Fault::Missing });
        } else if choice.is_some_and(|choice| choice > 0) {
            report.add(Finding::Tile { id, fault: Fault::Altered });
        }
        let claim = choice.or_else(|| agreed(&claims)).or_else(|| claims.iter().position(Option::is_some));
        let hashes = claim.and_then(|at| claims.into_iter().nth(at)).flatten();
        // No hash is all zeroes, so nothing will fit where no copy is left.
        let hashes = hashes.unwrap_or_else(|| vec![Hash([0; 32]); id.width_in(size)]);
        edge.push(Settled { id, hashes, proven: found.is_some() });
    }
    Ok(edge)
}

/// Which claim to take for each tile so that together they make the root; the stored tiles are tried first.
fn combine(size: u64, root: Option<Hash>, levels: &[Claims]) -> Option<Vec<usize>> {
    let root = root?;
    let mut choices = vec![0; levels.len()];
    loop {
        let claim = |id| {
            let (_, claims, choice) = levels
                .iter()
                .zip(&choices)
                .map(|((at, claims), choice)| (*at, claims, *choice))
                .find(|(at, ..)| *at == id)?;
            claims.get(choice)?.clone()
        };
        if Edge::resume(size, claim).is_some_and(|edge| edge.root() == root) {
            return Some(choices);
        }
        // Counts on to the next combination, as an odometer does.
        let turned = choices.iter_mut().zip(levels).any(|(digit, (_, claims))| {
            *digit = if *digit + 1 < claims.len() { *digit + 1 } else { 0 };
            *digit > 0
        });
        if !turned {
            return None;
        }
    }
}
