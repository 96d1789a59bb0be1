//! Facts that one domain leaves and others follow. Payloads carry ids and codes, not personal data.

use base::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::Tx;
use uuid::Uuid;

use crate::{AgencyId, DocumentId, DossierId, PersonId};

/// A payload with its topic and the key that orders it.
pub trait Payload: Serialize + DeserializeOwned {
    const TOPIC: &'static str;
    fn key(&self) -> Uuid;
}

/// Leaves an event in the transaction.
pub fn emit<P: Payload>(tx: &mut Tx, payload: &P) {
    // Ids, codes and times always serialise.
    tx.emit(P::TOPIC, payload.key(), serde_json::to_value(payload).unwrap_or_default());
}

/// A dossier moved: what every list of dossiers needs to stay true.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DossierMoved {
    pub dossier: DossierId,
    pub applicant: PersonId,
    pub agency: AgencyId,
    /// The agency that had it before, where this move took it away.
    pub left: Option<AgencyId>,
    pub procedure: String,
    /// National status 1–10 (bảng trạng thái hồ sơ).
    pub status: i16,
    /// Optimistic version after the move; an older one arriving late is ignored.
    pub version: i32,
    pub at: Timestamp,
}

impl Payload for DossierMoved {
    const TOPIC: &'static str = "dossier.moved";
    fn key(&self) -> Uuid {
        self.dossier.0
    }
}

/// The record of a person changed in the named items.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordChanged {
    pub person: PersonId,
    pub items: Vec<String>,
    pub at: Timestamp,
}

impl Payload for RecordChanged {
    const TOPIC: &'static str = "registry.record_changed";
    fn key(&self) -> Uuid {
        self.person.0
    }
}

/// Something a person should be told, in both languages, with a place to go.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NoticeDue {
    pub person: PersonId,
    pub title: Text,
    pub path: String,
    pub at: Timestamp,
}

impl Payload for NoticeDue {
    const TOPIC: &'static str = "notice.due";
    fn key(&self) -> Uuid {
        self.person.0
    }
}

/// A document was issued, replaced or revoked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DocumentChanged {
    pub document: DocumentId,
    pub person: PersonId,
    pub dossier: DossierId,
    pub state: String,
    pub at: Timestamp,
}

impl Payload for DocumentChanged {
    const TOPIC: &'static str = "credential.document_changed";
    fn key(&self) -> Uuid {
        self.document.0
    }
}
