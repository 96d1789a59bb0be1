//! Finds the rows that speak of the same person or thing, in any table, without examples to learn from.
//!
//! The Fellegi–Sunter model: each field of two rows is graded ([`compare`]); how often each grade comes among the same
//! and among different people is learnt by expectation–maximisation ([`em`], `train`); the weights of the fields add up to
//! a probability ([`Model`]). Rows meet only where a blocking rule brings them together ([`block`]); [`cluster`] joins
//! linked pairs. [`Linkage`] is the way in. Pure: tables come in as cells, pairs go out to a closure.

pub mod block;
pub mod cluster;
pub mod compare;
mod config;
pub mod distance;
pub mod em;
mod link;
pub mod locale;
mod mixing;
mod model;
mod table;
mod train;
mod work;

pub use self::{
    cluster::Clusters,
    config::{Comparison, Config, Kind, Thresholds},
    link::{Linkage, Scored, Summary},
    locale::Locale,
    model::{Evidence, Explanation, FieldModel, Model},
    table::{Table, TableBuilder},
};

/// Why nothing can be linked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkageError {
    #[error("the table has no column {0}")]
    NoColumn(String),
    #[error("row {row} has {found} cells where the header has {expected}")]
    Cells { row: usize, found: usize, expected: usize },
    #[error("the table has more than {0} rows")]
    TooManyRows(usize),
    #[error("give between 1 and {0} comparisons, each of another column")]
    Comparisons(usize),
    #[error("a blocking rule names `{0}`, which is no compared column with such a form")]
    Blocking(String),
    #[error("thresholds must be probabilities, review not above link")]
    Thresholds,
    #[error("no blocking rule brings any two rows together")]
    NoCandidates,
}
