//! The log that nobody can rewrite: every operation's audit entry, in order, under a signed Merkle tree.
//!
//! - [`sequencer`] takes entries from the intake into the tree and signs the new head; [`leaf`] says what is committed
//!   to; [`key`] keeps the secret that signs.
//! - [`http`] serves the tree in the C2SP tlog-tiles format, to anybody: it shows nothing about anybody.
//! - [`ops`] show a person who touched their data, and prove it; [`proof`] checks that offline; [`verify`] proves or
//!   refutes everything stored.
//! - [`deeds`] hand out what was done, for comparing with how things stand in another domain.
//! - Only the sequencer writes here, and it only appends. Other domains leave entries through `tx.audit`.

pub mod deeds;
pub mod error;
pub mod http;
pub mod key;
pub mod leaf;
pub mod ops;
pub mod proof;
pub mod sequencer;
pub mod sql;
mod stored;
pub mod verify;

pub use deeds::{Deed, deeds_list};
pub use error::LedgerError;
pub use http::router;
pub use ops::{AccessBody, AccessEntry, Whose, access_list, access_prove};
pub use proof::{Proof, verify_proof};
pub use sequencer::{Backlog, Sequencer, backlog};
pub use verify::{Finding, Report, verify};

store::migrations!("ledger");

/// The sentences of this domain's error codes, in Vietnamese and English.
pub const TEXTS: (&str, &str) = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));
