//! The proof that an entry stands in the log. It carries everything that is needed, so [`verify_proof`] works offline,
//! years later, with only the log's public key.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tlog::{Checkpoint, Hash, VerifierKey, leaf_hash, verify_inclusion};
use uuid::Uuid;

use crate::leaf::Entry;

/// An entry with all that proves it to be in the log. It shows the person's data: for that person alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    pub id: Uuid,
    pub at: Timestamp,
    pub subject: Uuid,
    /// Hexadecimal.
    pub salt: String,
    /// The committed text, byte for byte.
    pub body: String,
    pub index: u64,
    pub tree_size: u64,
    /// From the leaf's sibling up to the child of the root.
    pub hashes: Vec<Hash>,
    /// The signed head of the tree.
    pub checkpoint: String,
}

/// Why a proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error("the checkpoint is not signed by the log: {0}")]
    Checkpoint(tlog::note::BadNote),
    #[error("the checkpoint is of a tree of another size")]
    Size,
    #[error("the salt is not hexadecimal")]
    Salt,
    #[error("the entry is not in the signed tree")]
    Entry,
}

/// Checks a proof offline, with nothing but the log's keys. The origin is the name of the first key.
pub fn verify_proof(proof: &Proof, keys: &[VerifierKey]) -> Result<(), ProofError> {
    let origin = keys.first().map_or("", VerifierKey::name);
    let signed = Checkpoint::open(&proof.checkpoint, origin, keys).map_err(ProofError::Checkpoint)?;
    if signed.size != proof.tree_size {
        return Err(ProofError::Size);
    }
    let entry = Entry {
        id: proof.id,
        at: proof.at,
        subject: Some(proof.subject),
        salt: hex::decode(&proof.salt).map_err(|_| ProofError::Salt)?,
        body: proof.body.clone(),
    };
    let leaf = leaf_hash(&entry.leaf());
    verify_inclusion(proof.index, signed.size, leaf, &proof.hashes, signed.root)
        .map_err(|_| ProofError::Entry)
}
