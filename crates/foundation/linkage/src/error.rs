//! Why nothing can be linked.

use base::{Fault, Kind};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkageError {
    #[error("the table has no column {0}")]
    NoColumn(String),
    #[error("row {row} has {found} cells where the header has {expected}")]
    Cells { row: usize, found: usize, expected: usize },
    #[error("the table has more than {0} rows")]
    TooManyRows(usize),
    #[error("a column has more than {0} bytes of text")]
    TooMuchText(usize),
    #[error("give between 1 and {0} comparisons, each of another column")]
    Comparisons(usize),
    #[error("the levels of {0} must be two similarities from 0 to 1, the higher one first")]
    Levels(String),
    #[error("the column {0} has successors, which only codes and units have")]
    Successors(String),
    #[error("a blocking rule names `{0}`, which is no compared column with such a form")]
    Blocking(String),
    #[error("thresholds must be probabilities between 0 and 1, review not above link")]
    Thresholds,
    #[error("the model is of version {0}, which this program does not read")]
    ModelVersion(u32),
    #[error("no blocking rule brings any two rows together")]
    NoCandidates,
}

impl LinkageError {
    /// One of each, for tests that every code has its sentence.
    pub fn samples() -> [Self; 11] {
        let name = String::new;
        [
            Self::NoColumn(name()),
            Self::Cells { row: 0, found: 0, expected: 0 },
            Self::TooManyRows(0),
            Self::TooMuchText(0),
            Self::Comparisons(0),
            Self::Levels(name()),
            Self::Successors(name()),
            Self::Blocking(name()),
            Self::Thresholds,
            Self::ModelVersion(0),
            Self::NoCandidates,
        ]
    }
}

impl Fault for LinkageError {
    fn kind(&self) -> Kind {
        match self {
            Self::TooManyRows(_) | Self::TooMuchText(_) => Kind::Limit,
            Self::ModelVersion(_) => Kind::Conflict,
            _ => Kind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoColumn(_) => "linkage.no_column",
            Self::Cells { .. } => "linkage.cells",
            Self::TooManyRows(_) => "linkage.too_many_rows",
            Self::TooMuchText(_) => "linkage.too_much_text",
            Self::Comparisons(_) => "linkage.comparisons",
            Self::Levels(_) => "linkage.levels",
            Self::Successors(_) => "linkage.successors",
            Self::Blocking(_) => "linkage.blocking",
            Self::Thresholds => "linkage.thresholds",
            Self::ModelVersion(_) => "linkage.model_version",
            Self::NoCandidates => "linkage.no_candidates",
        }
    }

    fn args(&self) -> Vec<(String, String)> {
        let one = |name: &str, value: &dyn ToString| vec![(name.to_owned(), value.to_string())];
        match self {
            Self::NoColumn(column) | Self::Levels(column) | Self::Successors(column) => one("column", column),
            Self::Cells { row, found, expected } => {
                [one("row", row), one("found", found), one("expected", expected)].concat()
            }
            Self::TooManyRows(max) | Self::TooMuchText(max) | Self::Comparisons(max) => one("max", max),
            Self::Blocking(part) => one("part", part),
            Self::ModelVersion(version) => one("version", version),
            Self::Thresholds | Self::NoCandidates => Vec::new(),
        }
    }
}
