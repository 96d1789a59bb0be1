//! Finds the rows that speak of the same person or thing, in any table, without examples to learn from.
//!
//! The Fellegi–Sunter model: each field of two rows is graded ([`compare`]); how often each grade comes among the same
//! and among different people is learnt by expectation–maximisation ([`em`], `train`); the weights of the fields add up to
//! a probability ([`Model`]). Rows meet only where a blocking rule brings them together ([`block`]); [`cluster`] joins
//! linked pairs. [`Linkage`] is the way in for tables, [`Matcher`] for one record at a time against a store of somebody else's.
//! Pure: tables come in as cells, pairs go out to a closure.

pub mod block;
pub mod cluster;
pub mod compare;
mod config;
pub mod distance;
pub mod em;
mod error;
mod estimate;
mod frequency;
mod link;
pub mod locale;
mod matcher;
mod mixing;
mod model;
mod table;
mod train;
pub mod vietnamese;
mod work;

pub use self::{
    cluster::Clusters,
    compare::{NoPlaces, Place, Places},
    config::{Comparison, Config, Kind, Thresholds},
    error::LinkageError,
    estimate::{Quality, Tally},
    frequency::Frequencies,
    link::{Linkage, Scored, Summary},
    locale::Locale,
    matcher::{BlockingKeys, CANDIDATES_PER_KEY_MAX, Matcher, Odds, Record, SuccessorsByColumn},
    model::{Evidence, Explanation, FieldModel, MODEL_VERSION, Model, bits as log_odds},
    table::{Table, TableBuilder},
};

/// The sentences of this crate: Vietnamese, English.
pub const TEXTS: (&str, &str) = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));
