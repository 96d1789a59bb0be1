//! A person says that something in their own record is wrong; the agency that the law names decides within two working days.
//!
//! - [`subject`] is what can be wrong, [`routes`] who corrects it (data: `catalogue/corrections.toml`), [`case`] a request and
//!   how it moves, [`policy`] who may do what; all pure. [`ops`] is what can be done, one file each, [`jobs`] reminds and
//!   escalates, [`sql`] has the statements.
//! - An accepted request changes the record in the same transaction by the record's own operations, with their provenance.
//! - Nothing here writes a value that breaks the item's own rule, and nobody decides alone over name, birth date or sex.

pub mod case;
pub mod jobs;
pub mod ops;
pub mod policy;
pub mod routes;
pub mod sql;
pub mod subject;

pub use case::{Correction, Proposal, State, Step, StepKind, Verdict};
pub use ops::{
    Answer, Asked, CorrectionView, Decision, Handed, Lines, NewCorrection, Target, correction_answer,
    correction_ask, correction_decide, correction_list, correction_own, correction_read, correction_withdraw,
};
pub use routes::{Route, Routes};
pub use subject::Subject;
