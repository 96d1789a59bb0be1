//! What is compared, how, and from which probability on pairs count: the content of `LINK.toml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{LinkageError, Locale};

/// Grades of a pair are packed into 64 bits, four for each comparison.
pub const COMPARISONS_MAX: usize = 16;

/// How to link a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The column that names a row.
    pub id: String,
    #[serde(default)]
    pub locale: Locale,
    /// Rules such as `["full_name:sound", "birth_date:year"]`: rows meet when all parts of a rule are the same.
    /// Chosen by the engine when empty. A part is a compared column and one of its kind's forms (see [`crate::block`]).
    #[serde(default)]
    pub blocking: Vec<Vec<String>>,
    /// Only pairs of rows from different files.
    #[serde(default)]
    pub across_only: bool,
    #[serde(default)]
    pub thresholds: Thresholds,
    #[serde(rename = "comparison")]
    pub comparisons: Vec<Comparison>,
}

/// One column to compare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    pub column: String,
    pub kind: Kind,
    /// Whether agreeing on a rare value counts more than agreeing on a common one.
    #[serde(default)]
    pub term_frequency: bool,
    /// For names and texts: the two similarities, higher first, from which values count as close and as alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<[f64; 2]>,
    /// For codes and units: what became of a code. Codes with a successor in common count as the same place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub successors: BTreeMap<String, Vec<String>>,
}

impl Comparison {
    pub fn new(column: impl Into<String>, kind: Kind) -> Self {
        Self { column: column.into(), kind, term_frequency: false, levels: None, successors: BTreeMap::new() }
    }

    pub fn by_frequency(mut self) -> Self {
        self.term_frequency = true;
        self
    }
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The name of a person, whole or one part of it.
    Name,
    /// A date: `1990-05-17`, `17/05/1990`, `19900517`, `1990-05`, `1990`.
    Date,
    /// A number or key that may be mistyped.
    Number,
    /// A word of a list: sex, unit, ethnicity.
    Code,
    /// An administrative unit by its code; the caller gives the successors of today.
    Unit,
    /// Words in any order: a note, a street.
    Text,
    /// An address in one line: by the units that it names where the caller can read them, and by its words.
    Address,
}

/// Probabilities that a pair is the same, from which on it is linked or shown to a person.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    pub link: f64,
    pub review: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { link: 0.9, review: 0.1 }
    }
}

impl Config {
    /// Whether the values fit together; columns are looked up later, in the table.
    pub fn check(&self) -> Result<(), LinkageError> {
        let mut columns: Vec<&str> = self.comparisons.iter().map(|c| &*c.column).collect();
        columns.sort_unstable();
        columns.dedup();
        let count = self.comparisons.len();
        if count == 0 || count > COMPARISONS_MAX || columns.len() != count {
            return Err(LinkageError::Comparisons(COMPARISONS_MAX));
        }
        for c in &self.comparisons {
            if c.levels.is_some_and(|[close, alike]| !(alike > 0.0 && alike <= close && close <= 1.0)) {
                return Err(LinkageError::Levels(c.column.clone()));
            }
            if !matches!(c.kind, Kind::Code | Kind::Unit) && !c.successors.is_empty() {
                return Err(LinkageError::Successors(c.column.clone()));
            }
        }
        let Thresholds { link, review } = self.thresholds;
        if !(review > 0.0 && review <= link && link < 1.0) {
            return Err(LinkageError::Thresholds);
        }
        Ok(())
    }
}
