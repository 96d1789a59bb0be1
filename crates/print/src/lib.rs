//! Documents as PDF: what an agency hands to a person, laid out like an administrative document (NĐ 30/2020).
//!
//! [`Document`] is pure data (`document`); `words` says how dates, times and money read in it; `clean` makes every text
//! safe to set; `printer` compiles the templates of `templates/` with typst, as a library, with embedded fonts only.
//! No database, no HTTP, no file system, no network, no clock: equal data gives equal bytes. Texts of users reach the
//! templates as values and are never parsed as markup. This is the slowest crate to build: nothing but the binary
//! depends on it.

mod clean;
mod document;
mod error;
mod printer;
mod words;

pub use document::{
    Agency, Body, Channel, Confirmation, Defect, Document, DossierRef, Fact, Fee, FeeState, Head, Member,
    Notice, Paper, Person, Receipt, Refusal, Signature, Supplement,
};
pub use error::PrintError;
pub use printer::{Pdf, Printer};

/// The sentences of this crate's errors: Vietnamese, English.
pub const TEXTS: (&str, &str) = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));
