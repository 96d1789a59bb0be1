//! The log that nobody can rewrite: every operation's audit entry, in order, under a signed Merkle tree.
//!
//! - [`sequencer`] takes entries from the intake into the tree and signs the new head; [`leaf`] says what is committed
//!   to; [`key`] keeps the secret that signs.
//! - [`http`] serves the tree in the C2SP tlog-tiles format, to anybody: it shows nothing about anybody.
//! - [`view`] shows a person who touched their data, and proves it; [`verify`] proves or refutes everything stored.
//! - Only the sequencer writes here, and it only appends. Other domains leave entries through `tx.audit`.

pub mod error;
pub mod http;
pub mod key;
pub mod leaf;
pub mod sequencer;
pub mod sql;
mod stored;
pub mod verify;
pub mod view;

pub use error::LedgerError;
pub use http::router;
pub use sequencer::{Backlog, Sequencer, backlog};
pub use verify::{Finding, Report, verify};
pub use view::{AccessEntry, Proof, accesses, proof, verify_proof};

store::migrations!("ledger");

/// The sentences of this domain's error codes, in Vietnamese and English.
pub const TEXTS: (&str, &str) = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));
