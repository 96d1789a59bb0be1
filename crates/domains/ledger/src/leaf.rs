//! What the log commits to: a leaf shows an entry's id and a salted commitment to the entry, and nothing about anybody.
//!
//! Leaf: the line `lienthong/audit/v1`, the 16 bytes of the id, the 32 bytes of the commitment.
//! Commitment: SHA-256 over the length of the salt (1 byte), the salt, the time (microseconds since 1970, 8 bytes,
//! big-endian), the subject (16 bytes; zero for none), and the body. Never change it: write a `v2` beside it.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use store::{Row, RowExt, StoreError};
use uuid::Uuid;

const VERSION: &[u8] = b"lienthong/audit/v1\n";
const ID_BYTES: usize = 16;
const COMMITMENT_BYTES: usize = 32;
/// Length of every leaf of this version.
pub const LEAF_BYTES: usize = VERSION.len() + ID_BYTES + COMMITMENT_BYTES;

/// An entry as the database keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: Uuid,
    pub at: Timestamp,
    pub subject: Option<Uuid>,
    pub salt: Vec<u8>,
    pub body: String,
}

impl Entry {
    pub(crate) fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.col("id")?,
            at: row.col("at")?,
            subject: row.col("subject")?,
            salt: row.col("salt")?,
            body: row.col("body")?,
        })
    }

    /// The bytes that stand in the log for this entry.
    pub fn leaf(&self) -> Vec<u8> {
        let commitment = Sha256::new()
            // A salt that does not fit its length byte was not made by us; its leaf only has to be some leaf.
            .chain_update([u8::try_from(self.salt.len()).unwrap_or(u8::MAX)])
            .chain_update(&self.salt)
            .chain_update(self.at.as_microsecond().to_be_bytes())
            .chain_update(self.subject.unwrap_or_default())
            .chain_update(&self.body)
            .finalize();
        let mut leaf = Vec::with_capacity(LEAF_BYTES);
        leaf.extend_from_slice(VERSION);
        leaf.extend_from_slice(self.id.as_bytes());
        leaf.extend_from_slice(&commitment);
        leaf
    }
}

/// The id that a leaf shows; nothing when it is not a leaf of this version.
pub fn leaf_id(leaf: &[u8]) -> Option<Uuid> {
    let rest = leaf.strip_prefix(VERSION).filter(|rest| rest.len() == ID_BYTES + COMMITMENT_BYTES)?;
    rest.first_chunk().map(|id| Uuid::from_bytes(*id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            id: Uuid::from_u128(1),
            at: "2026-11-21T08:00:00.000001Z".parse().unwrap(),
            subject: Some(Uuid::from_u128(2)),
            salt: vec![3; 16],
            body: r#"{"action":"registry.person_read"}"#.to_owned(),
        }
    }

    #[test]
    fn the_leaf_is_fixed_for_ever() {
        let leaf = entry().leaf();
        assert_eq!(leaf.len(), LEAF_BYTES);
        assert_eq!(leaf_id(&leaf), Some(Uuid::from_u128(1)));
        let by_hand = [
            &[16_u8][..],
            &[3; 16],
            &1_795_248_000_000_001_i64.to_be_bytes(),
            Uuid::from_u128(2).as_bytes(),
            br#"{"action":"registry.person_read"}"#,
        ]
        .concat();
        let expected =
            [b"lienthong/audit/v1\n", &Uuid::from_u128(1).as_bytes()[..], &Sha256::digest(by_hand)].concat();
        assert_eq!(leaf, expected);
    }

    #[test]
    fn every_column_is_under_the_commitment() {
        let same = entry().leaf();
        for change in [
            |e: &mut Entry| e.id = Uuid::from_u128(9),
            |e: &mut Entry| e.at = Timestamp::UNIX_EPOCH,
            |e: &mut Entry| e.subject = None,
            |e: &mut Entry| e.salt = vec![4; 16],
            |e: &mut Entry| e.salt = vec![3; 17],
            |e: &mut Entry| e.body.push(' '),
        ] {
            let mut other = entry();
            change(&mut other);
            assert_ne!(other.leaf(), same);
        }
    }

    #[test]
    fn other_bytes_are_no_leaf() {
        assert_eq!(leaf_id(b""), None);
        assert_eq!(leaf_id(&entry().leaf()[1..]), None);
        assert_eq!(leaf_id(&entry().leaf()[..LEAF_BYTES - 1]), None);
    }
}
