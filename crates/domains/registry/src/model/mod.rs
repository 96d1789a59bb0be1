//! The record as values: items, days and what was known when, residences, and the decisions about them.
//!
//! Pure. [`span`] is the one place that understands two kinds of time; [`item`] says what a person has and [`rules`]
//! which values are possible; [`residence`] decides a registration; [`answer`] turns rows into the facts that others
//! ask for; [`source`] names where data comes from, [`peoples`] is the national list.

pub mod answer;
pub mod item;
pub mod peoples;
pub mod residence;
pub mod rules;
pub mod source;
pub mod span;

pub use item::{Item, Items};
pub use residence::Residence;
pub use source::Source;
pub use span::{Days, Span};
