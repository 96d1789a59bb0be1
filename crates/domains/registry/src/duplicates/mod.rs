//! The same person twice: noticed when somebody comes in, looked at by two officers, merged, and taken apart again.
//!
//! - [`linker`] makes the keys under which persons are found and weighs two records field by field; [`verdict`] says what
//!   follows from a weight: nothing, a case for officers, or, where a line of a file may, one person.
//! - [`case`] is the case of two records with its states; [`merge`] is how one record takes in another and gives it back
//!   whole; [`policy`] says who may. All of these are pure.
//! - [`ops`] does it, one operation a file; statements stand in [`sql`], tables in `migrations/V4__duplicates.sql`. `jobs`
//!   gives keys to persons of before there were any.
//! - A record that gave way stays, marked `merged_into`: numbers and keys of sources go on pointing at it, and every way to
//!   a person ends at the record that stays ([`ops::person_resolve`]).

pub mod case;
pub(crate) mod jobs;
pub mod linker;
pub mod merge;
pub mod ops;
pub mod policy;
pub mod sql;
pub mod verdict;

pub use case::{Case, CaseId, Proposal, Proposed, State, Step, StepKind};
pub use linker::Facts;
pub use verdict::{Use, Verdict};
