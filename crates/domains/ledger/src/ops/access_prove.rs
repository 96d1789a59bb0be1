//! `access_prove`: one access to a person's data with the proof that it stands in the log, for that person.

use contracts::{Access, PersonId};
use store::Tx;
use tlog::{leaf_hash, prove_inclusion};

use crate::{
    LedgerError, Proof,
    leaf::Entry,
    ops::authorise,
    sql,
    stored::{self, to_db},
};

/// Proves that the entry at `index`, which must be about the one who asks, is in the newest signed tree.
pub async fn access_prove(tx: &mut Tx, access: &Access, index: u64) -> Result<Proof, LedgerError> {
    let person = authorise(access)?;
    let proof = prove(tx, person, index).await?;
    tx.audit(access.entry("ledger.access_prove").about(person).done());
    Ok(proof)
}

async fn prove(tx: &Tx, person: PersonId, index: u64) -> Result<Proof, LedgerError> {
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
