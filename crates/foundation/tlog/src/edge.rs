//! The right edge of a growing tree: all that is needed to append to it and to know its root.
//!
//! It holds the partial tile of each level, at most 64 KiB in all, whatever the size of the tree.

use crate::hash::{Hash, root_of};
use crate::tile::{LEVELS_MAX, TILE_WIDTH, TileId};

/// A tree that can grow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// The hashes of the partial tile of each level, lowest first; fewer than 256 each.
    partial: Vec<Vec<Hash>>,
}

/// A tile that became full or wider, with all its hashes.
pub type Changed = (TileId, Vec<Hash>);

impl Edge {
    /// The tiles that [`Edge::resume`] needs for a tree of `size`, lowest level first.
    pub fn tiles(size: u64) -> Vec<(TileId, usize)> {
        let partial = |level| {
            let n = size.checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0);
            let id = TileId { level, n };
            (id, id.width_in(size))
        };
        (0..LEVELS_MAX).map(partial).filter(|(_, width)| *width > 0).collect()
    }

    /// The edge of a tree of `size`, from its partial tiles (each truncated to its width in that tree).
    /// Nothing when one is missing or too narrow.
    pub fn resume(size: u64, mut tile: impl FnMut(TileId) -> Option<Vec<Hash>>) -> Option<Self> {
        let mut edge = Self { size, partial: Vec::new() };
        for (id, width) in Self::tiles(size) {
            let mut hashes = tile(id)?;
            if hashes.len() < width {
                return None;
            }
            hashes.truncate(width);
            edge.partial.resize(usize::from(id.level), Vec::new());
            edge.partial.push(hashes);
        }
        Some(edge)
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// The Merkle tree hash of all leaves so far.
    pub fn root(&self) -> Hash {
        let mut rest: Option<Hash> = None;
        for hashes in &self.partial {
            let items: Vec<Hash> = hashes.iter().copied().chain(rest).collect();
            rest = if items.is_empty() { None } else { Some(root_of(&items)) };
        }
        rest.unwrap_or_else(|| root_of(&[]))
    }

    /// The hashes of the partial tile at `level`; empty when it has none.
    pub fn partial(&self, level: u8) -> &[Hash] {
        self.partial.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// Appends one leaf; gives the tiles that it filled, lowest first.
    pub fn push(&mut self, leaf: Hash) -> Vec<Changed> {
        self.size += 1;
        let mut full = Vec::new();
        let mut carry = leaf;
        for level in 0..LEVELS_MAX {
            let at = usize::from(level);
            if self.partial.len() <= at {
                self.partial.push(Vec::with_capacity(TILE_WIDTH));
            }
            let Some(hashes) = self.partial.get_mut(at) else { break };
            hashes.push(carry);
            if hashes.len() < TILE_WIDTH {
                break;
            }
            carry = root_of(hashes);
            let n = (self.size >> (8 * (u32::from(level) + 1))) - 1;
            full.push((TileId { level, n }, std::mem::take(hashes)));
        }
        full
    }

    /// Appends leaves; gives every tile that changed, the full and the partial, each once.
    pub fn append(&mut self, leaves: impl IntoIterator<Item = Hash>) -> Vec<Changed> {
        let before = self.size;
        let mut changed: Vec<Changed> = leaves.into_iter().flat_map(|leaf| self.push(leaf)).collect();
        for (id, width) in Self::tiles(self.size) {
            if width > id.width_in(before) {
                changed.push((id, self.partial(id.level).to_vec()));
            }
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::leaf_hash;

    fn leaves(count: u32) -> Vec<Hash> {
        (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    #[test]
    fn a_tree_of_70_000_grown_in_batches_has_every_tile_of_the_specification() {
        let leaves = leaves(70_000);
        let (mut edge, mut tiles) = (Edge::default(), HashMap::new());
        for batch in leaves.chunks(4_321) {
            tiles.extend(edge.append(batch.iter().copied()));
        }
        assert_eq!(edge.root(), root_of(&leaves));
        assert_eq!(tiles.len(), 274 + 2 + 1);
        for (id, hashes) in &tiles {
            assert_eq!(hashes.len(), id.width_in(70_000), "{id}");
            let span = 256_usize.pow(u32::from(id.level));
            for (i, hash) in hashes.iter().enumerate() {
                let start = (usize::try_from(id.n).unwrap() * 256 + i) * span;
                assert_eq!(*hash, root_of(&leaves[start..start + span]), "{id} slot {i}");
            }
        }
        for size in [0, 1, 255, 256, 257, 65_536, 65_537, 70_000] {
            let resumed = Edge::resume(size, |id| tiles.get(&id).cloned()).unwrap();
            assert_eq!(resumed.root(), root_of(&leaves[..usize::try_from(size).unwrap()]), "size {size}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn batches_of_any_size_make_the_same_tree(cuts in prop::collection::vec(0..700_usize, 1..8)) {
            let leaves = leaves(2_000);
            let (mut edge, mut tiles, mut done) = (Edge::default(), HashMap::new(), 0);
            for cut in cuts {
                let end = (done + cut).min(leaves.len());
                let before = tiles.clone();
                for (id, hashes) in edge.append(leaves[done..end].iter().copied()) {
                    let old: &Vec<Hash> = before.get(&id).unwrap_or(const { &Vec::new() });
                    prop_assert!(hashes.len() > old.len() && hashes.starts_with(old), "{} only grows", id);
                    tiles.insert(id, hashes);
                }
                done = end;
                prop_assert_eq!(edge.root(), root_of(&leaves[..done]));
                prop_assert_eq!(&Edge::resume(edge.size(), |id| tiles.get(&id).cloned()).unwrap().root(), &edge.root());
            }
            let mut again = Edge::default();
            again.append(leaves[..done].iter().copied());
            prop_assert_eq!(again.root(), edge.root());
        }
    }
}
