//! What can go wrong with a document, for its owner, its issuer and whoever checks it.

use base::{Fault, FieldFault, Kind};
use store::StoreError;

use crate::key::KeyError;

/// Every code of this domain; each has a text in both languages.
pub const CODES: &[&str] = &[
    "credential.not_found",
    "credential.forbidden",
    "credential.other_document",
    "credential.not_in_force",
    "credential.damaged",
    "credential.too_large",
    "credential.no_key",
    "credential.invalid",
    "credential.reason_required",
    "credential.reason_too_long",
    "credential.sha256_shape",
    "credential.cursor_shape",
];

#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the signing key cannot be used")]
    Key(#[from] KeyError),
    #[error("no key is in use; the keys were never set up")]
    NoKey,
    #[error("no such document for this caller")]
    NotFound,
    #[error("the caller may not do this")]
    Forbidden,
    #[error("the id belongs to another document already")]
    OtherDocument,
    #[error("the document was replaced or revoked")]
    NotInForce,
    #[error("the stored file is not the one that was signed")]
    Damaged,
    #[error("the file is too large")]
    TooLarge { max_mb: usize },
    #[error("{} faults", .0.len())]
    Invalid(Vec<FieldFault>),
}

impl CredentialError {
    /// One field at fault.
    pub fn field(field: &str, code: &'static str) -> Self {
        Self::Invalid(vec![FieldFault::new(field, code)])
    }
}

impl Fault for CredentialError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(e) => e.kind(),
            Self::Key(_) | Self::NoKey => Kind::Unavailable,
            Self::NotFound => Kind::NotFound,
            Self::Forbidden => Kind::Forbidden,
            Self::OtherDocument | Self::NotInForce => Kind::Conflict,
            Self::Damaged => Kind::Bug,
            Self::TooLarge { .. } => Kind::Limit,
            Self::Invalid(_) => Kind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::Key(_) | Self::NoKey => "credential.no_key",
            Self::NotFound => "credential.not_found",
            Self::Forbidden => "credential.forbidden",
            Self::OtherDocument => "credential.other_document",
            Self::NotInForce => "credential.not_in_force",
            Self::Damaged => "credential.damaged",
            Self::TooLarge { .. } => "credential.too_large",
            Self::Invalid(_) => "credential.invalid",
        }
    }

    fn args(&self) -> Vec<(String, String)> {
        match self {
            Self::TooLarge { max_mb } => vec![("max".to_owned(), max_mb.to_string())],
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> &[FieldFault] {
        match self {
            Self::Invalid(fields) => fields,
            _ => &[],
        }
    }
}
