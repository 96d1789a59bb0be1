//! What can go wrong when a document is printed.

use base::{Fault, Kind};

/// Messages name the template and the rule, never a text of the document: those are personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// The texts of the document are longer than [`crate::Document::CHARS_MAX`] together.
    #[error("a document has at most {} characters", crate::Document::CHARS_MAX)]
    TooLong,
    /// The address of the verification page must be an http(s) URL that fits a QR code.
    #[error(
        "the verification address must be an http(s) URL of at most {} bytes",
        crate::Document::URL_BYTES_MAX
    )]
    VerifyUrl,
    /// A mistake in a template, a font or an asset: ours, not the caller's. The reason is given for synthetic documents.
    #[error("the template `{template}` does not print: {reason}")]
    Template { template: &'static str, reason: String },
}

impl Fault for PrintError {
    fn kind(&self) -> Kind {
        match self {
            Self::TooLong => Kind::Limit,
            Self::VerifyUrl | Self::Template { .. } => Kind::Bug,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "print.too_long",
            Self::VerifyUrl => "print.verify_url",
            Self::Template { .. } => "print.template",
        }
    }
}
