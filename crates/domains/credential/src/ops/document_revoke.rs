//! The head of the issuing agency takes a document back, and its owner is told.

use base::{FieldFault, Text, limits::TEXT_CHARS_MAX};
use contracts::{
    Access, DocumentId,
    events::{NoticeDue, emit},
};
use store::Tx;

use crate::{
    CredentialError, Credentials,
    model::State,
    ops::{end, states_check::REVOKE},
    policy::{self, Action},
    row,
};

/// Revokes a document in force. The reason is for its owner and never public.
pub async fn document_revoke(
    tx: &mut Tx,
    access: &Access,
    id: DocumentId,
    reason: &str,
) -> Result<(), CredentialError> {
    let mut document = row::load(tx, id).await?;
    policy::check(&access.actor, Action::Revoke, document.person, &document.issuer)?;
    let reason = read_reason(reason)?;
    if document.state != State::Issued {
        return Err(CredentialError::NotInForce);
    }
    document.state = State::Revoked;
    document.revoked_reason = Some(reason);
    end(tx, &document);
    let notice = NoticeDue {
        person: document.person,
        title: Text::new(
            format!("Giấy tờ của bạn đã bị thu hồi: {}", document.title.vi),
            format!("Your document was revoked: {}", document.title.en),
        ),
        path: Credentials::verify_path(id),
        at: tx.now(),
    };
    emit(tx, &notice);
    tx.audit(access.entry(REVOKE).about(document.person).on("document", id.0).done());
    Ok(())
}

fn read_reason(reason: &str) -> Result<String, CredentialError> {
    let reason = base::nfc(reason);
    if reason.is_empty() {
        return Err(CredentialError::field("reason", "credential.reason_required"));
    }
    if reason.chars().count() > TEXT_CHARS_MAX {
        let fault = FieldFault::new("reason", "credential.reason_too_long").with("max", TEXT_CHARS_MAX);
        return Err(CredentialError::Invalid(vec![fault]));
    }
    Ok(reason)
}
