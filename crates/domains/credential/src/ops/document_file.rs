//! The PDF of a document, for its owner, an officer of the issuing agency, or the system. Leaves an audit entry.

use contracts::{Access, DocumentId};
use store::{RowExt, Tx};

use crate::{
    CredentialError, SigningKeys,
    model::FileCheck,
    ops::document_verify::document_verify,
    policy::{self, Action},
    row::{self, Document},
    sql,
    statement::FileHash,
};

/// The document with its bytes. A file that is not the one that was signed is not handed out.
pub async fn document_file(
    keys: &SigningKeys,
    tx: &mut Tx,
    access: &Access,
    id: DocumentId,
) -> Result<(Document, Vec<u8>), CredentialError> {
    let document = row::load(tx, id).await?;
    policy::check(&access.actor, Action::Read, document.person, &document.issuer)?;
    let row =
        tx.query_opt(sql::FILE_READ, &[&document.person, &id]).await?.ok_or(CredentialError::Damaged)?;
    let pdf: Vec<u8> = row.col("pdf")?;
    // Against the signature, not against our own row: whoever can change the one can change the other.
    if document_verify(keys, tx, id, Some(FileHash::of(&pdf))).await?.hash != FileCheck::Matches {
        return Err(CredentialError::Damaged);
    }
    tx.audit(access.entry("credential.document_file").about(document.person).on("document", id.0).done());
    Ok((document, pdf))
}
