//! The population record: one row of truth for each person, with its whole history and where everything comes from.
//!
//! - [`model`] is the record as values and decisions; [`ops`] is everything that can be done with it, one file each;
//!   [`policy`] says who may. [`Registry`] is the port through which other domains ask; [`http`] is the API of agencies.
//! - [`duplicates`] finds the same person twice, has officers settle it, merges and takes apart.
//! - [`disputes`]: what a source says and one of higher authority does not, for officers to choose.
//! - [`corrections`]: a person says what is wrong, the right agency puts it right.
//! - [`quality`] measures how confirmed, complete, consistent and current the record is, and makes work of what is not.
//! - [`jobs`] turns search keys on the day of a move. [`import`] loads registers from CSV. Tables stand in `migrations/`, statements in [`sql`].
//! - [`reform`] applies mergers and splits of administrative units to everybody, and takes them back.
//! - [`tables`]: rules and routes are files of the catalogue, checked with line and rule.
//! - Nothing is ever overwritten, nothing is read without a purpose and an audit entry, no value reaches a log.

pub mod corrections;
pub mod disputes;
pub mod duplicates;
pub mod error;
pub mod export;
pub mod http;
pub mod import;
pub mod jobs;
pub mod model;
pub mod ops;
pub mod policy;
mod port;
pub mod quality;
pub mod reform;
mod rows;
pub mod sql;
pub mod step;
pub mod tables;

pub use error::{CODES, RegistryError};
pub use port::Registry;

store::migrations!("registry");

/// The texts of this domain: the Vietnamese file, then the English one.
pub const TEXTS: (&str, &str) = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));
