//! A person's own documents, newest first.

use base::{Page, PageRequest};
use contracts::{Access, DocumentId};
use store::Tx;

use crate::{
    CredentialError,
    policy::{self, Action},
    row::Document,
    sql,
};

pub async fn documents_list(
    tx: &mut Tx,
    access: &Access,
    page: &PageRequest,
) -> Result<Page<Document>, CredentialError> {
    policy::allowed(&access.actor, Action::List)?;
    let person = access.actor.person().ok_or(CredentialError::Forbidden)?;
    let after: Option<DocumentId> = match &page.after {
        Some(cursor) => {
            Some(cursor.parse().map_err(|_| CredentialError::field("after", "credential.cursor_shape"))?)
        }
        None => None,
    };
    let limit = page.limit();
    let rows = tx.query(sql::DOCUMENTS_OWN, &[&person, &after, &i64::from(limit + 1)]).await?;
    let items = rows.iter().map(Document::read).collect::<Result<Vec<_>, _>>()?;
    tx.audit(access.entry("credential.documents_list").about(person).done());
    Ok(Page::from_overfetch(items, limit, |d| d.id.to_string()))
}
