//! How a document stands, and what the public learns of it. Pure.

use base::{Text, vietnam_date};
use contracts::{AgencyId, DocumentId, paper::PaperKind};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    key::PublicKey,
    row::Public,
    statement::{FileHash, Statement},
};

/// What happened to a document since it was issued. A replaced or revoked one stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Issued,
    Replaced,
    Revoked,
}

impl State {
    pub const ALL: [Self; 3] = [Self::Issued, Self::Replaced, Self::Revoked];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == s)
    }
}

/// What a document is worth on a day, to whoever holds it in their hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Valid,
    /// Its last day is over.
    Expired,
    /// A later document took its place.
    Replaced,
    /// The agency took it back.
    Revoked,
    /// Our own entry does not bear the issuer's signature: nobody may rely on it, and nothing of it is shown.
    Invalid,
    /// There is no such document.
    Unknown,
}

impl Standing {
    pub const ALL: [Self; 6] =
        [Self::Valid, Self::Expired, Self::Replaced, Self::Revoked, Self::Invalid, Self::Unknown];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
            Self::Invalid => "invalid",
            Self::Unknown => "unknown",
        }
    }

    /// Of a document whose signature holds. What was taken back counts before what ran out.
    pub fn of(state: State, valid_until: Option<Date>, today: Date) -> Self {
        match state {
            State::Revoked => Self::Revoked,
            State::Replaced => Self::Replaced,
            State::Issued if valid_until.is_some_and(|last| last < today) => Self::Expired,
            State::Issued => Self::Valid,
        }
    }
}

/// Whether the file in somebody's hand is the one that was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileCheck {
    Matches,
    Differs,
    /// No file was shown, or there is nothing to compare it with.
    None,
}

/// The answer to "is this paper real?". Nobody is named in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Verification {
    #[schema(value_type = String, format = Uuid)]
    pub id: DocumentId,
    pub state: Standing,
    /// The file that was shown.
    pub hash: FileCheck,
    /// Whether the issuer's signature was checked just now and holds.
    pub signature_ok: bool,
    /// What the issuer says of the document; only under a signature that holds.
    pub document: Option<Certified>,
}

/// What is public about a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Certified {
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
    /// The document that took its place.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub replaced_by: Option<DocumentId>,
    /// When it was issued, replaced or revoked.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
    /// Hash of the PDF, 64 hexadecimal digits.
    pub sha256: String,
    pub key_id: String,
}

/// A text in both languages, for the API document.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the API document reads its shape, nobody makes one")]
pub struct Bilingual {
    vi: String,
    en: String,
}

impl Verification {
    /// There is no document of this id.
    pub fn unknown(id: DocumentId) -> Self {
        Self::without(id, Standing::Unknown)
    }

    /// There is an entry of this id that cannot be trusted.
    pub fn invalid(id: DocumentId) -> Self {
        Self::without(id, Standing::Invalid)
    }

    fn without(id: DocumentId, state: Standing) -> Self {
        Self { id, state, hash: FileCheck::None, signature_ok: false, document: None }
    }

    /// Checks the signature with the key, the entry against what was signed, and the file against both.
    pub fn of(entry: Public, key: Option<&PublicKey>, file: Option<FileHash>, now: Timestamp) -> Self {
        let signed =
            key.filter(|key| key.id() == entry.key_id).and_then(|key| Statement::verify(&entry.jws, key));
        if signed != Some(entry.statement()) {
            return Self::invalid(entry.id);
        }
        let hash = match file {
            None => FileCheck::None,
            Some(hash) if hash == entry.sha256 => FileCheck::Matches,
            Some(_) => FileCheck::Differs,
        };
        Self {
            id: entry.id,
            state: Standing::of(entry.state, entry.valid_until, vietnam_date(now)),
            hash,
            signature_ok: true,
            document: Some(Certified {
                kind: entry.kind,
                title: entry.title,
                issuer: entry.issuer,
                issuer_name: entry.issuer_name,
                issued_at: entry.issued_at,
                valid_until: entry.valid_until,
                replaced_by: entry.replaced_by,
                changed_at: entry.changed_at,
                sha256: entry.sha256.to_string(),
                key_id: entry.key_id,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_document_stands_as_the_table_says() {
        let (yesterday, today, tomorrow) = (date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21));
        for (state, last, standing) in [
            (State::Issued, None, Standing::Valid),
            (State::Issued, Some(tomorrow), Standing::Valid),
            (State::Issued, Some(today), Standing::Valid),
            (State::Issued, Some(yesterday), Standing::Expired),
            (State::Replaced, None, Standing::Replaced),
            (State::Replaced, Some(yesterday), Standing::Replaced),
            (State::Revoked, Some(tomorrow), Standing::Revoked),
            (State::Revoked, Some(yesterday), Standing::Revoked),
        ] {
            assert_eq!(Standing::of(state, last, today), standing, "{state:?} until {last:?}");
        }
    }
}
