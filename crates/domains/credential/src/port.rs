//! What other domains ask of this one.

use async_trait::async_trait;
use contracts::{
    Access, DocumentId, PersonId,
    ports::{Documents, NewDocument, PortError},
};
use store::Tx;

use crate::{
    CredentialError, Credentials,
    ops::{document_file::document_file, document_issue::document_issue, document_replace::document_replace},
};

#[async_trait]
impl Documents for Credentials {
    async fn issue(&self, tx: &mut Tx, access: &Access, document: NewDocument) -> Result<(), PortError> {
        match document.replaces {
            Some(earlier) => document_replace(self, tx, access, earlier, document).await,
            None => document_issue(self, tx, access, document).await,
        }
        .map_err(PortError::new)
    }

    fn verify_url(&self, id: DocumentId) -> String {
        Credentials::verify_url(self, id)
    }

    async fn file(
        &self,
        tx: &mut Tx,
        access: &Access,
        person: PersonId,
        id: DocumentId,
    ) -> Result<Vec<u8>, PortError> {
        let (document, pdf) = document_file(&self.keys, tx, access, id).await.map_err(PortError::new)?;
        if document.person == person { Ok(pdf) } else { Err(PortError::new(CredentialError::NotFound)) }
    }
}
