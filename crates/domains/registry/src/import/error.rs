//! What can stop a load as a whole.

use base::{Fault, Kind};
use store::StoreError;

use crate::RegistryError;

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A change that could not be written.
    #[error(transparent)]
    Record(#[from] RegistryError),
    /// Names of missing columns, places (`#5`) of unknown or doubled ones.
    #[error("columns of the file are missing, unknown or doubled: {}", columns.join(", "))]
    Header { columns: Vec<String> },
    #[error("the mapping is wrong: {why}")]
    Mapping { why: String },
    #[error("the table of source authority is wrong: {why}")]
    Authority { why: String },
    #[error("the file cannot be read near line {line}")]
    Unreadable {
        line: u64,
        #[source]
        source: std::io::Error,
    },
    #[error("the rejects file cannot be written")]
    Rejects(#[source] std::io::Error),
    #[error("the rejects file is not the one of this load")]
    OtherRejects,
    #[error("the texts of the advice cannot be read")]
    Texts(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Fault for ImportError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(e) => e.kind(),
            Self::Record(e) => e.kind(),
            Self::Header { .. } | Self::Mapping { .. } | Self::Authority { .. } | Self::Unreadable { .. } => {
                Kind::Invalid
            }
            Self::Rejects(_) => Kind::Unavailable,
            Self::OtherRejects => Kind::Conflict,
            Self::Texts(_) => Kind::Bug,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::Record(e) => e.code(),
            Self::Header { .. } => "registry.import_header",
            Self::Mapping { .. } => "registry.import_mapping",
            Self::Authority { .. } => "registry.import_authority",
            Self::Unreadable { .. } => "registry.import_unreadable",
            Self::Rejects(_) => "registry.import_rejects",
            Self::OtherRejects => "registry.import_other_rejects",
            Self::Texts(_) => "registry.import_texts",
        }
    }

    fn args(&self) -> Vec<(String, String)> {
        match self {
            Self::Header { columns } => vec![("columns".to_owned(), columns.join(", "))],
            Self::Mapping { why } | Self::Authority { why } => vec![("why".to_owned(), why.clone())],
            Self::Unreadable { line, .. } => vec![("line".to_owned(), line.to_string())],
            _ => Vec::new(),
        }
    }
}
