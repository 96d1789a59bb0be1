//! Is this paper real? For anybody, without a name: the signature is checked each time.

use contracts::DocumentId;
use store::{RowExt, StoreError, Tx};

use crate::{CredentialError, SigningKeys, model::Verification, row::Public, sql, statement::FileHash};

/// How a document stands now, and whether a file with hash `sha256` is the one that was issued.
pub async fn document_verify(
    keys: &SigningKeys,
    tx: &Tx,
    id: DocumentId,
    sha256: Option<FileHash>,
) -> Result<Verification, CredentialError> {
    let Some(row) = tx.query_opt(sql::PUBLIC_BY_ID, &[&id]).await? else {
        return Ok(Verification::unknown(id));
    };
    match Public::read(&row) {
        Ok(entry) => {
            // Not the database's word for it: who can write an entry there can write a key beside it.
            let key = keys.public(&entry.key_id);
            Ok(Verification::of(entry, key.as_ref(), sha256, tx.now()))
        }
        // A value that we never write: somebody else did.
        Err(StoreError::Column(_)) => Ok(Verification::invalid(id)),
        Err(error) => Err(error.into()),
    }
}

/// The signed statement, to be checked anywhere with `jwks.json`.
pub async fn document_jws(tx: &Tx, id: DocumentId) -> Result<String, CredentialError> {
    let row = tx.query_opt(sql::PUBLIC_BY_ID, &[&id]).await?.ok_or(CredentialError::NotFound)?;
    Ok(row.col("jws")?)
}
