//! What a person sees: each access to their data, and the proof that it stands in the log.
//!
//! A proof carries everything that is needed, so [`verify_proof`] works offline, years later, with only the log's
//! public key. Whoever calls must have established that the caller is that person.

use base::{Page, PageRequest};
use contracts::PersonId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Row, RowExt, StoreError, Tx};
use tlog::{Checkpoint, Hash, VerifierKey, leaf_hash, prove_inclusion, verify_inclusion};
use uuid::Uuid;

use crate::leaf::Entry;
use crate::stored::{self, from_db, to_db};
use crate::{LedgerError, sql};

/// One access to a person's data, as shown to that person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessEntry {
    pub id: Uuid,
    /// Its place in the log; none while it waits to be appended (about a second).
    pub index: Option<u64>,
    pub at: Timestamp,
    /// Who, for what and why; none when the stored text cannot be read, which the verifier explains.
    pub access: Option<AccessBody>,
}

/// The entry's content, as [`store::AuditEntry`] was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessBody {
    pub action: String,
    pub actor: Uuid,
    pub actor_label: String,
    #[serde(default)]
    pub agency: Option<String>,
    pub purpose: String,
    pub legal_basis: String,
    #[serde(default)]
    pub resource: Option<String>,
    #[serde(default)]
    pub fields: Vec<String>,
}

/// The accesses to a person's data, newest first, those not yet in the log included.
pub async fn accesses(
    tx: &Tx,
    person: PersonId,
    page: &PageRequest,
) -> Result<Page<AccessEntry>, LedgerError> {
    let before = match &page.after {
        Some(cursor) => cursor.parse().map_err(|_| LedgerError::Cursor)?,
        None => Uuid::max(),
    };
    let limit = page.limit();
    let rows = tx.query(sql::ACCESSES, &[&person, &before, &(i64::from(limit) + 1)]).await?;
    let items = rows.iter().map(access_from_row).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_overfetch(items, limit, |item| item.id.to_string()))
}

fn access_from_row(row: &Row) -> Result<AccessEntry, StoreError> {
    let index: Option<i64> = row.col("index")?;
    Ok(AccessEntry {
        id: row.col("id")?,
        index: index.map(|index| from_db(index, "index")).transpose()?,
        at: row.col("at")?,
        access: serde_json::from_str(row.col("body")?).ok(),
    })
}

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

/// Proves that the entry at `index`, which must be about `person`, is in the newest signed tree.
pub async fn proof(tx: &Tx, person: PersonId, index: u64) -> Result<Proof, LedgerError> {
    let row = tx.query_opt(sql::ENTRY, &[&to_db(index), &person]).await?.ok_or(LedgerError::NotFound)?;
    let entry = Entry::from_row(&row)?;
    let head = stored::head(tx).await?.filter(|head| index < head.size).ok_or(LedgerError::NotFound)?;
    let mut tiles = Vec::new();
    // A first pass only notes which tiles are needed; the hashes it gives are not used.
    let noted: Result<_, LedgerError> = prove_inclusion(index, head.size, |node| {
        tiles.push((node.tile(), None));
        Ok(leaf_hash(&[]))
    });
    noted?;
    tiles.sort_unstable_by_key(|(id, _)| *id);
    tiles.dedup_by_key(|(id, _)| *id);
    for (id, hashes) in &mut tiles {
        *hashes = stored::tile_hashes(tx, *id).await?;
    }
    let hashes = prove_inclusion(index, head.size, |node| {
        let tile = tiles.iter().find(|(id, _)| *id == node.tile()).and_then(|(_, hashes)| hashes.as_deref());
        tile.and_then(|tile| node.hash_in(tile)).ok_or(LedgerError::Broken { size: head.size })
    });
    Ok(Proof {
        id: entry.id,
        at: entry.at,
        subject: person.0,
        salt: hex::encode(entry.salt),
        body: entry.body,
        index,
        tree_size: head.size,
        hashes: hashes?,
        checkpoint: head.note,
    })
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
