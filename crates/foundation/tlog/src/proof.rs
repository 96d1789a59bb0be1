//! Inclusion and consistency proofs: made from any source of nodes (tiles), checked with nothing but the proof.
//!
//! Making follows RFC 6962 section 2.1, checking RFC 9162 sections 2.1.3.2 and 2.1.4.2 (the same proofs).

use crate::hash::{Hash, node_hash, root_of};
use crate::tile::TileId;

/// Longest proof worth reading: the height of a tree of 2^64 entries, and one.
pub const PROOF_HASHES_MAX: usize = 65;

/// A complete subtree: the `index`-th of those with 2^`height` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Node {
    pub height: u8,
    pub index: u64,
}

impl Node {
    /// The tile from which its hash follows.
    pub fn tile(self) -> TileId {
        TileId { level: self.height / 8, n: self.index >> (8 - self.height % 8) }
    }

    /// Its hash, from the hashes of [`Node::tile`]. Nothing when the tile is too narrow.
    pub fn hash_in(self, tile: &[Hash]) -> Option<Hash> {
        let low = self.height % 8;
        let start = usize::try_from((self.index << low) & 0xff).ok()?;
        tile.get(start..start + (1 << low)).map(root_of)
    }
}

/// What a proof cannot be made of or does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadProof {
    #[error("the proof does not lead to the root")]
    Wrong,
    #[error("there is no such entry or tree")]
    OutOfRange,
}

/// The hashes that lead from entry `index` to the root of the tree of `size`, the leaf's sibling first.
/// `index` must be below `size`, or the proof proves nothing. `node` gives the hash of a complete subtree.
pub fn prove_inclusion<E>(
    index: u64,
    size: u64,
    mut node: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let (mut start, mut end) = (0, size);
    let mut siblings = Vec::new();
    while end.saturating_sub(start) > 1 {
        let middle = start + split(end - start);
        if index < middle {
            siblings.push((middle, end));
            end = middle;
        } else {
            siblings.push((start, middle));
            start = middle;
        }
    }
    siblings.into_iter().rev().map(|(start, end)| range_hash(start, end, &mut node)).collect()
}

/// The hashes that show that the tree of `old` entries is a prefix of that of `new`.
pub fn prove_consistency<E>(
    old: u64,
    new: u64,
    mut node: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let (mut start, mut end) = (0, new);
    let mut ranges = Vec::new();
    if old == 0 || old >= new {
        return Ok(Vec::new());
    }
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
        }
    }
    // When the old tree is itself a complete left subtree, the verifier knows its root already.
    if start > 0 {
        ranges.push((start, end));
    }
    ranges.into_iter().rev().map(|(start, end)| range_hash(start, end, &mut node)).collect()
}

/// Checks that the tree of `size` and `root` has `leaf` at `index`.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: Hash,
    proof: &[Hash],
    root: Hash,
) -> Result<(), BadProof> {
    if index >= size {
        return Err(BadProof::OutOfRange);
    }
    let (mut here, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return Err(BadProof::Wrong);
        }
        if here & 1 == 1 || here == last {
            hash = node_hash(sibling, &hash);
            while here & 1 == 0 && here != 0 {
                here >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        here >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == root { Ok(()) } else { Err(BadProof::Wrong) }
}

/// Checks that the tree of `old` entries and `old_root` is a prefix of that of `new` entries and `new_root`.
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: Hash,
    new_root: Hash,
    proof: &[Hash],
) -> Result<(), BadProof> {
    if old > new {
        return Err(BadProof::OutOfRange);
    }
    if old == 0 || old == new {
        let same = if old == 0 { old_root == root_of(&[]) } else { old_root == new_root };
        return if same && proof.is_empty() { Ok(()) } else { Err(BadProof::Wrong) };
    }
    let (first, rest) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().map(|(first, rest)| (*first, rest)).ok_or(BadProof::Wrong)?
    };
    let skip = (old - 1).trailing_ones();
    let (mut here, mut last) = ((old - 1) >> skip, (new - 1) >> skip);
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(BadProof::Wrong);
        }
        if here & 1 == 1 || here == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while here & 1 == 0 && here != 0 {
                here >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        here >>= 1;
        last >>= 1;
    }
    let shown = last == 0 && old_hash == old_root && new_hash == new_root;
    if shown { Ok(()) } else { Err(BadProof::Wrong) }
}

/// The hash over leaves `start..end`, put together from complete subtrees. `start` must be aligned as RFC 6962
/// splits are.
fn range_hash<E>(
    mut start: u64,
    end: u64,
    node: &mut impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let mut parts = Vec::new();
    while start < end {
        let height = (end - start).ilog2();
        parts.push(node(Node { height: u8::try_from(height).unwrap_or(u8::MAX), index: start >> height })?);
        start += 1 << height;
    }
    let last = parts.pop();
    Ok(match last {
        Some(last) => parts.iter().rev().fold(last, |right, left| node_hash(left, &right)),
        None => root_of(&[]),
    })
}

/// The largest power of two below `n`, for `n` of at least 2.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::convert::Infallible;
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::{Edge, leaf_hash};

    struct Tree {
        leaves: Vec<Hash>,
        tiles: HashMap<TileId, Vec<Hash>>,
    }

    impl Tree {
        fn of(size: u64) -> Self {
            let leaves: Vec<Hash> = (0..size).map(|i| leaf_hash(&i.to_be_bytes())).collect();
            let tiles = Edge::default().append(leaves.iter().copied()).into_iter().collect();
            Self { leaves, tiles }
        }
        fn root(&self, size: u64) -> Hash {
            Edge::resume(size, |id| self.tiles.get(&id).cloned()).unwrap().root()
        }
        fn leaf(&self, index: u64) -> Hash {
            self.leaves[usize::try_from(index).unwrap()]
        }
        fn node(&self, node: Node) -> Result<Hash, Infallible> {
            Ok(node.hash_in(&self.tiles[&node.tile()]).unwrap())
        }
        fn inclusion(&self, index: u64, size: u64) -> Vec<Hash> {
            prove_inclusion(index, size, |n| self.node(n)).unwrap()
        }
        fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
            prove_consistency(old, new, |n| self.node(n)).unwrap()
        }
    }

    #[test]
    fn every_entry_of_every_small_tree_is_proven_and_nothing_else_is() {
        let tree = Tree::of(70);
        for size in 1..=70 {
            let root = tree.root(size);
            for index in 0..size {
                let proof = tree.inclusion(index, size);
                let check = |index, size, leaf, proof: &[Hash], root| {
                    verify_inclusion(index, size, leaf, proof, root).is_ok()
                };
                let leaf = tree.leaf(index);
                assert!(check(index, size, leaf, &proof, root), "{index} of {size}");
                assert!(!check(index, size, leaf_hash(b"other"), &proof, root));
                assert!(!check(index, size, leaf, &proof, leaf_hash(b"other")));
                assert!(!check(size, size, leaf, &proof, root));
                assert!(size == 1 || !check((index + 1) % size, size, leaf, &proof, root));
                let longer: Vec<Hash> = proof.iter().copied().chain([leaf]).collect();
                assert!(!check(index, size, leaf, &longer, root));
                if let Some((_, shorter)) = proof.split_last() {
                    assert!(!check(index, size, leaf, shorter, root));
                }
            }
        }
    }

    #[test]
    fn every_small_tree_is_a_prefix_of_every_later_one() {
        let tree = Tree::of(70);
        for new in 0..=70 {
            for old in 0..=new {
                let proof = tree.consistency(old, new);
                let (a, b) = (tree.root(old), tree.root(new));
                assert_eq!(verify_consistency(old, new, a, b, &proof), Ok(()), "{old} in {new}");
                let other = leaf_hash(b"other");
                assert!(verify_consistency(old, new, other, b, &proof).is_err());
                assert!(old == 0 || verify_consistency(old, new, a, other, &proof).is_err());
                let longer: Vec<Hash> = proof.iter().copied().chain([a]).collect();
                assert!(verify_consistency(old, new, a, b, &longer).is_err());
                for i in 0..proof.len() {
                    let mut bent = proof.clone();
                    bent[i].0[0] ^= 1;
                    assert!(verify_consistency(old, new, a, b, &bent).is_err());
                }
                assert!(old == new || verify_consistency(new, old, b, a, &proof).is_err());
            }
        }
    }

    /// One tree for all cases: the tiles of a larger tree prove for each smaller one.
    static LARGE: LazyLock<Tree> = LazyLock::new(|| Tree::of(140_000));

    proptest! {
        #[test]
        fn proofs_hold_across_tiles(size in 1..=140_000_u64, pick: u64, bit in 0..256_usize) {
            let (index, old, root) = (pick % size, pick % (size + 1), LARGE.root(size));
            let grown = LARGE.consistency(old, size);
            prop_assert_eq!(verify_consistency(old, size, LARGE.root(old), root, &grown), Ok(()));
            let mut proof = LARGE.inclusion(index, size);
            prop_assert_eq!(verify_inclusion(index, size, LARGE.leaf(index), &proof, root), Ok(()));
            if let Some(hash) = proof.first_mut() {
                hash.0[bit / 8] ^= 1 << (bit % 8);
                prop_assert!(verify_inclusion(index, size, LARGE.leaf(index), &proof, root).is_err());
            }
        }

        #[test]
        fn no_proof_makes_the_checker_fail(a: u64, b: u64, hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70)) {
            let hashes: Vec<Hash> = hashes.into_iter().map(Hash).collect();
            let root = root_of(&hashes);
            let _ = verify_inclusion(a, b, root, &hashes, root);
            let _ = verify_consistency(a, b, root, root, &hashes);
        }
    }
}
