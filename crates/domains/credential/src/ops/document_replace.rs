//! A new document takes the place of an earlier one of the same person; both change in one transaction.

use contracts::{Access, DocumentId, ports::NewDocument};
use store::Tx;

use super::document_issue::{Written, write};
use crate::{
    CredentialError, Credentials,
    model::State,
    ops::{end, states_check::REPLACE},
    policy::{self, Action},
    row,
};

/// Issues `document` in place of `earlier`. The same call again changes nothing. The issuer may be another agency: the
/// one that has taken over the place since.
pub async fn document_replace(
    cx: &Credentials,
    tx: &mut Tx,
    access: &Access,
    earlier: DocumentId,
    document: NewDocument,
) -> Result<(), CredentialError> {
    policy::check(&access.actor, Action::Replace, document.person, &document.issuer)?;
    let mut old = row::load(tx, earlier).await?;
    if old.person != document.person || old.id == document.id {
        return Err(CredentialError::NotFound);
    }
    let id = document.id;
    if let Written::Before = write(cx, tx, access, document).await? {
        // The id was issued before; it must have been for this same replacement.
        return if old.replaced_by == Some(id) { Ok(()) } else { Err(CredentialError::OtherDocument) };
    }
    if old.state != State::Issued {
        return Err(CredentialError::NotInForce);
    }
    old.state = State::Replaced;
    old.replaced_by = Some(id);
    end(tx, &old);
    tx.audit(access.entry(REPLACE).about(old.person).on("document", old.id.0).done());
    Ok(())
}
