//! Documents as they are stored: the whole one of its owner, and the public entry that names nobody.

use base::Text;
use contracts::{AgencyId, DocumentId, DossierId, PersonId, paper::PaperKind};
use jiff::{Timestamp, civil::Date};
use postgres_types::Json;
use serde::Serialize;
use store::{Row, RowExt, StoreError, Tx};
use utoipa::ToSchema;

use crate::{
    CredentialError,
    model::{Bilingual, State},
    sql,
    statement::{FileHash, Statement, end_of},
};

/// A document as its owner and its issuer see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = IssuedDocument)]
pub struct Document {
    #[schema(value_type = String, format = Uuid)]
    pub id: DocumentId,
    #[schema(value_type = String, format = Uuid)]
    pub person: PersonId,
    #[schema(value_type = String, format = Uuid)]
    pub dossier: DossierId,
    #[schema(value_type = String)]
    pub kind: PaperKind,
    #[schema(value_type = Bilingual)]
    pub title: Text,
    #[schema(value_type = String)]
    pub issuer: AgencyId,
    #[schema(value_type = Bilingual)]
    pub issuer_name: Text,
    #[schema(value_type = String, format = DateTime)]
    pub issued_at: Timestamp,
    /// The last day.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Date>,
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = String)]
    pub sha256: FileHash,
    pub state: State,
    #[schema(value_type = Option<String>, format = Uuid)]
    pub replaced_by: Option<DocumentId>,
    pub revoked_reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

fn as_text<S: serde::Serializer>(hash: &FileHash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(hash)
}

impl Document {
    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.col("document_id")?,
            person: row.col("person_id")?,
            dossier: row.col("dossier_id")?,
            kind: kind(row)?,
            title: row.col::<Json<Text>>("title")?.0,
            issuer: row.col("issuer")?,
            issuer_name: row.col::<Json<Text>>("issuer_name")?.0,
            issued_at: row.col("issued_at")?,
            valid_until: row.col("valid_until")?,
            sha256: hash(row)?,
            state: state(row)?,
            replaced_by: row.col("replaced_by")?,
            revoked_reason: row.col("revoked_reason")?,
            changed_at: row.col("changed_at")?,
        })
    }
}

/// What the public may learn of a document, with the signature under it.
#[derive(Debug, Clone)]
pub struct Public {
    pub id: DocumentId,
    pub kind: PaperKind,
    pub title: Text,
    pub issuer: AgencyId,
    pub issuer_name: Text,
    pub issued_at: Timestamp,
    pub valid_until: Option<Date>,
    pub sha256: FileHash,
    pub key_id: String,
    pub jws: String,
    pub state: State,
    pub replaced_by: Option<DocumentId>,
    pub changed_at: Timestamp,
}

impl Public {
    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.col("document_id")?,
            kind: kind(row)?,
            title: row.col::<Json<Text>>("title")?.0,
            issuer: row.col("issuer")?,
            issuer_name: row.col::<Json<Text>>("issuer_name")?.0,
            issued_at: row.col("issued_at")?,
            valid_until: row.col("valid_until")?,
            sha256: hash(row)?,
            key_id: row.col("key_id")?,
            jws: row.col("jws")?,
            state: state(row)?,
            replaced_by: row.col("replaced_by")?,
            changed_at: row.col("changed_at")?,
        })
    }

    /// What must have been signed for this entry to be true.
    pub fn statement(&self) -> Statement {
        Statement {
            jti: self.id,
            iss: self.issuer.clone(),
            issuer_name: self.issuer_name.clone(),
            kind: self.kind,
            title: self.title.clone(),
            iat: self.issued_at.as_second(),
            exp: self.valid_until.map(end_of),
            sha256: self.sha256.to_string(),
        }
    }
}

/// The document of this id, whoever it belongs to.
pub(crate) async fn load(tx: &Tx, id: DocumentId) -> Result<Document, CredentialError> {
    let row = tx.query_opt(sql::DOCUMENT_BY_ID, &[&id]).await?.ok_or(CredentialError::NotFound)?;
    Ok(Document::read(&row)?)
}

fn kind(row: &Row) -> Result<PaperKind, StoreError> {
    PaperKind::parse(row.col("kind")?).ok_or(StoreError::Column("kind"))
}

fn state(row: &Row) -> Result<State, StoreError> {
    State::parse(row.col("state")?).ok_or(StoreError::Column("state"))
}

fn hash(row: &Row) -> Result<FileHash, StoreError> {
    row.col::<&[u8]>("sha256")?.try_into().map(FileHash).map_err(|_| StoreError::Column("sha256"))
}
