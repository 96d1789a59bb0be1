//! The record as values: items, days and what was known when, residences, and the decisions about them.
//!
//! Pure. [`span`] is the one place that understands two kinds of time, and [`history`] how an act changes them; [`item`]
//! says what a person has and [`rules`] which values are possible; [`tie`] is the graph of relations, [`held`] papers and
//! absences. A [`life`] is all of that of one person. Acts of a life are decided in [`vital`] (birth, death, missing),
//! [`family`] (marriage, adoption, guardianship), [`status`] (numbers, nationality, legal changes), [`residence`] and
//! [`household`]; their limits stand in [`law`], their refusals in [`refusal`]. [`companion`] says who speaks for a child. [`answer`] turns rows into the facts that
//! others ask for; [`source`] names where data comes from, [`peoples`] is the national list.

pub mod answer;
pub mod companion;
pub mod family;
pub mod held;
pub mod history;
pub mod household;
pub mod item;
pub mod kinship;
pub mod law;
pub mod life;
pub mod number;
pub mod peoples;
pub mod refusal;
pub mod residence;
pub mod rules;
pub mod source;
pub mod span;
pub mod status;
pub mod tie;
pub mod vital;

#[cfg(test)]
mod random_lives;

pub use history::{History, Pen};
pub use item::{Item, Items};
pub use kinship::Kinship;
pub use life::{Life, Lives};
pub use refusal::Refusal;
pub use residence::Residence;
pub use source::Source;
pub use span::{Days, Span};
pub use tie::{Relation, Relative, Tie};
