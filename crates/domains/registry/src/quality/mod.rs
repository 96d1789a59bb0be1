//! How good the record is: đúng (confirmed), đủ (complete), sạch (without contradictions), sống (current).
//!
//! - [`rules`] are data of the catalogue; [`assess`] holds one person against them; [`measures`] are counts that add up and
//!   what is made from them. [`policy`] says who sees which figures and cases. All of these are pure.
//! - [`ops`] does it, one operation a file; statements stand in [`sql`], tables in `migrations/V7__quality.sql`.
//! - Each assessment stands with its person; a commune's figures change by the difference to the one before, so a province
//!   or the country is only ever a sum. [`follow`] keeps up with events, `jobs` with loads and reforms, in which many
//!   people come or move without an event each; [`keep`] does what days bring;
//!   [`ops::recount`] starts from nothing and must find the same.

pub mod assess;
pub mod follow;
pub(crate) mod jobs;
pub mod keep;
pub mod measures;
pub mod ops;
pub mod policy;
pub mod rules;
pub mod sql;

use std::sync::Arc;

use contracts::ports::Nation;
pub use rules::{Area, Rule, Rules, Severity};

/// What every assessment rests on.
#[derive(Clone)]
pub struct Quality {
    pub rules: Arc<Rules>,
    pub nation: Arc<dyn Nation>,
}
