//! What can go wrong with the log, and how it is called.

use base::{Fault, Kind};
use store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such entry about this person in the log (yet).
    #[error("no such entry")]
    NotFound,
    /// Only a citizen has accesses of their own to look at.
    #[error("not a citizen's own accesses")]
    NotYours,
    /// Tiles and last checkpoint disagree. Nothing more is signed until an operator has looked: a log that signs a
    /// second history is worth nothing.
    #[error("the stored tree of {size} entries is not the one that was signed")]
    Broken { size: u64 },
    /// The origin is not usable as the name of a log.
    #[error("the checkpoint cannot be signed: {0}")]
    Signing(#[from] tlog::note::BadNote),
    /// The page cursor is not one of ours.
    #[error("not a page cursor")]
    Cursor,
}

impl Fault for LedgerError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(e) => e.kind(),
            Self::NotFound => Kind::NotFound,
            Self::NotYours => Kind::Forbidden,
            Self::Broken { .. } => Kind::Unavailable,
            Self::Signing(_) => Kind::Bug,
            Self::Cursor => Kind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::NotFound => "ledger.not_found",
            Self::NotYours => "ledger.not_yours",
            Self::Broken { .. } => "ledger.broken",
            Self::Signing(_) => "ledger.signing",
            Self::Cursor => "ledger.cursor",
        }
    }
}

#[cfg(test)]
mod tests {
    use webkit::i18n::check;

    use super::*;

    #[test]
    fn every_code_has_a_sentence_in_both_languages_and_no_sentence_is_left_over() {
        let errors = [
            LedgerError::NotFound,
            LedgerError::NotYours,
            LedgerError::Broken { size: 0 },
            LedgerError::Signing(tlog::note::BadNote::Malformed),
            LedgerError::Cursor,
        ];
        let codes: Vec<&str> = errors.iter().map(Fault::code).collect();
        assert_eq!(check::pairs(&[crate::TEXTS]), Vec::<String>::new());
        assert_eq!(check::codes(&[crate::TEXTS], &codes), Vec::<String>::new());
        assert_eq!(crate::TEXTS.0.lines().count(), codes.len());
    }
}
