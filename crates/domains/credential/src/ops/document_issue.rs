//! A document is signed, stored and published under the id that its QR code already carries.
//!
//! Giving the same document again changes nothing; another one under the same id is a conflict.

use contracts::{Access, ports::NewDocument};
use postgres_types::Json;
use store::{RowExt, Tx};

use crate::{
    CredentialError, Credentials,
    model::State,
    ops::tell,
    policy::{self, Action},
    row::{Document, Public},
    sql,
    statement::FileHash,
};

/// Largest PDF, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Issues a document that replaces none; see [`super::document_replace`] for the other kind.
pub async fn document_issue(
    cx: &Credentials,
    tx: &mut Tx,
    access: &Access,
    document: NewDocument,
) -> Result<(), CredentialError> {
    policy::check(&access.actor, Action::Issue, document.person, &document.issuer)?;
    write(cx, tx, access, document).await.map(drop)
}

/// What became of a document that was to be issued.
pub(super) enum Written {
    Now,
    /// The same document was issued before.
    Before,
}

pub(super) async fn write(
    cx: &Credentials,
    tx: &mut Tx,
    access: &Access,
    new: NewDocument,
) -> Result<Written, CredentialError> {
    if new.pdf.len() > DOCUMENT_BYTES_MAX {
        return Err(CredentialError::TooLarge { max_mb: DOCUMENT_BYTES_MAX / (1024 * 1024) });
    }
    let sha256 = FileHash::of(&new.pdf);
    let (before, active) = tokio::join!(
        async { tx.query_opt(sql::DOCUMENT_BY_ID, &[&new.id]).await },
        tx.query_opt(sql::KEY_ACTIVE, &[])
    );
    if let Some(row) = before? {
        let before = Document::read(&row)?;
        return if same(&before, &new, sha256) {
            Ok(Written::Before)
        } else {
            Err(CredentialError::OtherDocument)
        };
    }
    // Not locked: a key that is rotated out in this very moment stays published and accepted.
    let key_id: String = active?.ok_or(CredentialError::NoKey)?.col("key_id")?;
    let key = cx.keys.get(&key_id)?;
    let now = tx.now();
    let mut entry = Public {
        id: new.id,
        kind: new.kind,
        title: new.title,
        issuer: new.issuer,
        issuer_name: new.issuer_name,
        issued_at: now,
        valid_until: new.valid_until,
        sha256,
        key_id,
        jws: String::new(),
        state: State::Issued,
        replaced_by: None,
        changed_at: now,
    };
    entry.jws = entry.statement().sign(&key);
    let document = Document {
        id: entry.id,
        person: new.person,
        dossier: new.dossier,
        kind: entry.kind,
        title: entry.title.clone(),
        issuer: entry.issuer.clone(),
        issuer_name: entry.issuer_name.clone(),
        issued_at: now,
        valid_until: entry.valid_until,
        sha256,
        state: State::Issued,
        replaced_by: None,
        revoked_reason: None,
        changed_at: now,
    };
    insert(tx, &document, &entry, new.pdf);
    tell(tx, &document, State::Issued);
    tx.audit(
        access.entry("credential.document_issue").about(document.person).on("document", document.id.0).done(),
    );
    Ok(Written::Now)
}

fn same(before: &Document, new: &NewDocument, sha256: FileHash) -> bool {
    before.sha256 == sha256
        && before.person == new.person
        && before.dossier == new.dossier
        && before.kind == new.kind
        && before.issuer == new.issuer
        && before.title == new.title
        && before.valid_until == new.valid_until
}

fn insert(tx: &mut Tx, d: &Document, entry: &Public, pdf: Vec<u8>) {
    tx.defer(
        sql::CLAIM_INSERT,
        vec![
            Box::new(d.person),
            Box::new(d.id),
            Box::new(d.kind.as_str()),
            Box::new(Json(d.title.clone())),
            Box::new(d.issuer.clone()),
            Box::new(Json(d.issuer_name.clone())),
            Box::new(d.issued_at),
            Box::new(d.valid_until),
            Box::new(d.sha256.0.to_vec()),
            Box::new(entry.key_id.clone()),
            Box::new(entry.jws.clone()),
        ],
    );
    tx.defer(
        sql::DOCUMENT_INSERT,
        vec![
            Box::new(d.person),
            Box::new(d.id),
            Box::new(d.dossier),
            Box::new(d.kind.as_str()),
            Box::new(Json(d.title.clone())),
            Box::new(d.issuer.clone()),
            Box::new(Json(d.issuer_name.clone())),
            Box::new(d.issued_at),
            Box::new(d.valid_until),
            Box::new(d.sha256.0.to_vec()),
            Box::new(entry.key_id.clone()),
            Box::new(entry.jws.clone()),
        ],
    );
    tx.defer(sql::FILE_INSERT, vec![Box::new(d.person), Box::new(d.id), Box::new(pdf)]);
}
