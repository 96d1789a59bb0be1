//! The population record: one row of truth for each person, with its whole history and where everything comes from.
//!
//! - [`model`] is the record as values and decisions; [`ops`] is everything that can be done with it, one file each;
//!   [`policy`] says who may. [`Registry`] is the port through which other domains ask; [`http`] is the API of agencies.
//! - [`import`] loads registers from CSV. Tables stand in `migrations/`, statements in [`sql`].
//! - Nothing is ever overwritten, nothing is read without a purpose and an audit entry, no value reaches a log.

pub mod error;
pub mod http;
pub mod import;
pub mod model;
pub mod ops;
pub mod policy;
mod port;
mod rows;
pub mod sql;

pub use error::{CODES, RegistryError};
pub use port::Registry;

store::migrations!("registry");

/// The texts of this domain: the Vietnamese file, then the English one.
pub const TEXTS: (&str, &str) = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));
