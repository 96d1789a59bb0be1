//! C2SP tlog-tiles: how tiles and entry bundles are named and what bytes they are.
//!
//! A tile holds up to 256 consecutive hashes of one level; at level 0 those of the entries, above it the roots of full
//! tiles below. A bundle holds the entries themselves, each after its length.

use std::{fmt, str::FromStr};

use crate::hash::{HASH_BYTES, Hash};

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: usize = 256;
/// Levels of tiles that a tree of 2^64 entries can have.
pub const LEVELS_MAX: u8 = 8;
/// Longest entry, in bytes: its length is written in 16 bits.
pub const ENTRY_BYTES_MAX: usize = 65_535;
/// Longest name worth reading: seven path elements, a level and a width.
const NAME_CHARS_MAX: usize = 64;

/// Which tile: its level and its place in the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    pub level: u8,
    pub n: u64,
}

impl TileId {
    /// Hashes that this tile has in a tree of `size` entries: 0 when the tree does not reach it.
    pub fn width_in(self, size: u64) -> usize {
        width_of(self.n, size.checked_shr(8 * u32::from(self.level)).unwrap_or(0))
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.level, self.n)
    }
}

/// Of `count` items, those that fall into the `n`-th group of 256.
pub fn width_of(n: u64, count: u64) -> usize {
    let full = TILE_WIDTH as u64;
    let rest = n.checked_mul(full).map_or(0, |start| count.saturating_sub(start));
    usize::try_from(rest.min(full)).unwrap_or(TILE_WIDTH)
}

/// The name of a resource below `tile/`: `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    pub kind: Kind,
    /// Items in it, 1 to 256; below 256 it is partial.
    pub width: usize,
}

/// What a [`Name`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Tile(TileId),
    Bundle(u64),
}

/// The text names no tile and no bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a tile or an entry bundle")]
pub struct BadName;

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut n = match self.kind {
            Kind::Tile(id) => {
                write!(f, "{}/", id.level)?;
                id.n
            }
            Kind::Bundle(n) => {
                f.write_str("entries/")?;
                n
            }
        };
        let mut groups = vec![n % 1000];
        while n >= 1000 {
            n /= 1000;
            groups.push(n % 1000);
        }
        while let Some(group) = groups.pop() {
            if groups.is_empty() { write!(f, "{group:03}")? } else { write!(f, "x{group:03}/")? }
        }
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for Name {
    type Err = BadName;

    /// Reads the one spelling that the specification allows; all others are refused.
    fn from_str(text: &str) -> Result<Self, BadName> {
        if text.len() > NAME_CHARS_MAX {
            return Err(BadName);
        }
        let (first, rest) = text.split_once('/').ok_or(BadName)?;
        let (place, width) = match rest.split_once(".p/") {
            Some((place, width)) => (place, width.parse().map_err(|_| BadName)?),
            None => (rest, TILE_WIDTH),
        };
        let mut n = 0_u64;
        for group in place.split('/') {
            let digits: u64 = group.strip_prefix('x').unwrap_or(group).parse().map_err(|_| BadName)?;
            n = n.checked_mul(1000).and_then(|n| n.checked_add(digits)).ok_or(BadName)?;
        }
        let kind = match first {
            "entries" => Kind::Bundle(n),
            level => Kind::Tile(TileId { level: level.parse().map_err(|_| BadName)?, n }),
        };
        let name = Self { kind, width };
        let in_range = (1..=TILE_WIDTH).contains(&width)
            && !matches!(kind, Kind::Tile(TileId { level, .. }) if level >= LEVELS_MAX);
        // Writing it again and comparing refuses every other spelling: leading zeroes, signs, a missing x, width 256.
        if in_range && name.to_string() == text { Ok(name) } else { Err(BadName) }
    }
}

/// The bytes of a tile.
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The hashes of a tile, or nothing when the bytes are not whole hashes or more than 256 of them.
pub fn tile_hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    (rest.is_empty() && hashes.len() <= TILE_WIDTH).then(|| hashes.iter().copied().map(Hash).collect())
}

/// Adds an entry to a bundle. Nothing is added, and `false` returned, when it is longer than [`ENTRY_BYTES_MAX`].
#[must_use]
pub fn bundle_push(bundle: &mut Vec<u8>, entry: &[u8]) -> bool {
    let Ok(length) = u16::try_from(entry.len()) else { return false };
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    true
}

/// The entries of a bundle, or nothing when its lengths do not add up or it has more than 256.
pub fn bundle_entries(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        bytes = rest;
    }
    (entries.len() <= TILE_WIDTH).then_some(entries)
}

/// The bytes of the first `width` entries of a bundle, or nothing when it has fewer.
pub fn bundle_prefix(bytes: &[u8], width: usize) -> Option<&[u8]> {
    let entries = bundle_entries(bytes)?;
    let length = entries.get(..width)?.iter().map(|entry| entry.len() + 2).sum();
    bytes.get(..length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::leaf_hash;

    fn tile(level: u8, n: u64, width: usize) -> Name {
        Name { kind: Kind::Tile(TileId { level, n }), width }
    }

    #[test]
    fn names_are_spelled_as_the_specification_spells_them() {
        assert_eq!(tile(0, 1_234_067, 256).to_string(), "0/x001/x234/067");
        assert_eq!(tile(1, 0, 17).to_string(), "1/000.p/17");
        assert_eq!(tile(2, 1000, 256).to_string(), "2/x001/000");
        assert_eq!(Name { kind: Kind::Bundle(273), width: 112 }.to_string(), "entries/273.p/112");
    }

    #[test]
    fn other_spellings_are_refused() {
        for bad in [
            "",
            "0",
            "0/",
            "0/1",
            "0/01",
            "0/0001",
            "0/+01",
            "00/001",
            "+1/001",
            "8/000",
            "64/000",
            "-1/000",
            "0/000.p/0",
            "0/000.p/01",
            "0/000.p/256",
            "0/000.p/257",
            "0/000.p",
            "0/000.p/",
            "0/000.p/1/",
            "0/x000/001",
            "0/001/234",
            "0/x001/x234",
            "0/x001234",
            "0/x1/234",
            "entries/1",
            "entry/001",
            "0/000/",
            "/0/000",
            "0//000",
            "0/x018/x446/x744/x073/x709/x551/616",
            "0/00a",
            "0/000 ",
            "0/x999/x999/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(bad.parse::<Name>(), Err(BadName), "{bad:?}");
        }
    }

    #[test]
    fn a_tree_of_70_000_has_the_tiles_of_the_specification_s_example() {
        let width = |level, n| TileId { level, n }.width_in(70_000);
        assert_eq!((width(0, 272), width(0, 273), width(0, 274)), (256, 112, 0));
        assert_eq!((width(1, 0), width(1, 1), width(1, 2)), (256, 17, 0));
        assert_eq!((width(2, 0), width(2, 1), width(3, 0)), (1, 0, 0));
        assert_eq!(
            (TileId { level: 0, n: 0 }.width_in(256), TileId { level: 1, n: 0 }.width_in(256)),
            (256, 1)
        );
        assert_eq!(TileId { level: 63, n: u64::MAX }.width_in(u64::MAX), 0);
    }

    #[test]
    fn bundles_that_do_not_add_up_are_refused() {
        let mut bundle = Vec::new();
        assert!(bundle_push(&mut bundle, b"one") && bundle_push(&mut bundle, b""));
        assert_eq!(bundle, b"\0\x03one\0\0");
        assert_eq!(bundle_entries(&bundle), Some(vec![&b"one"[..], b""]));
        assert_eq!(bundle_prefix(&bundle, 1), Some(&b"\0\x03one"[..]));
        assert_eq!(bundle_prefix(&bundle, 3), None);
        assert_eq!(bundle_entries(&bundle[..6]), None);
        assert_eq!(bundle_entries(&[0; 2 * 257]), None);
        assert!(!bundle_push(&mut bundle, &[0; ENTRY_BYTES_MAX + 1]));
        assert_eq!(tile_hashes(&[0; 33]), None);
        assert_eq!(tile_hashes(&[0; 32 * 257]), None);
    }

    proptest! {
        #[test]
        fn every_name_survives_its_text(level in 0..8_u8, n: u64, width in 1..=256_usize, entries: bool) {
            let name = if entries { Name { kind: Kind::Bundle(n), width } } else { tile(level, n, width) };
            prop_assert_eq!(name.to_string().parse::<Name>(), Ok(name));
        }

        #[test]
        fn no_text_makes_the_reader_fail(text in "[0-9xp./entris]{0,20}") {
            if let Ok(name) = text.parse::<Name>() {
                prop_assert_eq!(name.to_string(), text);
            }
        }

        #[test]
        fn bundles_and_tiles_survive_their_bytes(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..256)) {
            let mut bundle = Vec::new();
            for entry in &entries {
                prop_assert!(bundle_push(&mut bundle, entry));
            }
            prop_assert_eq!(bundle_entries(&bundle).unwrap(), entries.iter().map(Vec::as_slice).collect::<Vec<_>>());
            let hashes: Vec<Hash> = entries.iter().map(|e| leaf_hash(e)).collect();
            prop_assert_eq!(tile_hashes(&tile_bytes(&hashes)), Some(hashes));
        }
    }
}
