//! Organisations: one account each, without a level (NĐ 69/2024 Art. 7, 12). It is opened for a legal representative, who
//! authorises others with a scope and an end.
//!
//! - Nobody signs in as an organisation. People sign in as themselves and act for it; they see it in their own log, and
//!   the organisation's representatives in its history (`organisation_act`).
//! - [`model`] is what an organisation and a representation are, [`typed`] reads form TK02; pure. [`ops`] has one file per
//!   operation, [`sql`] the statements, [`follow`] what happens by itself: deaths, ends of terms, files nobody activated.
//! - An organisation's names and codes are public; its representatives are people, known here by their accounts alone.

pub mod follow;
pub mod model;
pub mod ops;
pub(crate) mod port;
mod rows;
pub mod sql;
pub mod typed;

pub use model::{Code, Kind, Organisation, Representation, RepresentationId, Role, Scope};

/// The procedure whose agencies open these accounts.
pub const PROCEDURE: &str = "3.000498";
