//! Reforms of administrative units, applied to the register as one act: mergers and splits as a dated data file.
//!
//! - [`plan`] is the file, checked line by line; [`part`] tells to which part of a divided unit an address belongs, or
//!   that nobody knows; [`counts`] turns people of one map into people of another. All pure.
//! - [`ops`]: one step of an act in one transaction; [`run`] does step after step. A killed run goes on where its last
//!   commit was, and two runs of one act meet at its step: one of them stops.
//! - Nothing guesses: what no rule decides waits on a work list for an officer. Nothing is lost: a residence is ended and
//!   goes on in the new unit, so history keeps its names, and with it goes what else names the unit: household, absence,
//!   cases and requests that wait. An act can be undone in full; what people did since stands.

pub mod counts;
pub mod error;
pub mod ops;
pub mod part;
pub mod plan;
mod rows;
pub mod run;
pub mod sql;

pub use error::ReformError;
pub use plan::{Fate, Problem, Reform};
