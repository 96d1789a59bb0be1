//! One entry of the log: who did or read what, of whom, why, and under which law.
//!
//! The entry is written into the intake in the operation's own transaction; the ledger appends its salted commitment
//! to the Merkle log. The entry itself stays in the database, so the log can be public without showing anybody.

use serde::Serialize;
use uuid::Uuid;

/// What an operation reports about itself. Names of fields, never their values.
#[derive(Debug, Clone, Serialize)]
pub struct AuditEntry {
    /// What was done, as the operation is named: `registry.person_read`.
    pub action: &'static str,
    /// Account of the person or service that did it; nil for the system itself.
    pub actor: Uuid,
    /// How the actor is shown to the person concerned: role and agency, or "yourself".
    pub actor_label: String,
    /// Agency on whose behalf, by its catalogue id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// Purpose code, such as `dossier.decide`; translated for display.
    pub purpose: String,
    /// The law that allows it, as cited: `NĐ 58/2026 Art. 5.5`.
    pub legal_basis: String,
    /// Person whose data it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Uuid>,
    /// The thing touched, as `kind:id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Items of personal data that were handed out or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// The stored form: the entry with its own id and time, as JSON text with a fixed order of keys. Its bytes are what
/// the log commits to, so they are kept as text and never re-serialised.
pub(crate) fn body(entry: &AuditEntry, id: Uuid, at: jiff::Timestamp) -> String {
    #[derive(Serialize)]
    struct Body<'a> {
        id: Uuid,
        at: jiff::Timestamp,
        #[serde(flatten)]
        entry: &'a AuditEntry,
    }
    // Serialising plain strings and ids cannot fail; an empty body would be caught by the verifier.
    serde_json::to_string(&Body { id, at, entry }).unwrap_or_default()
}
