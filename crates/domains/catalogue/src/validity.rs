//! Words that all kinds of entries share: when something holds, at which level, how sure we are of it.

use base::Text;
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// First and last day on which something holds; `None` is open (or, in the past, not established).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Validity {
    pub from: Option<Date>,
    pub to: Option<Date>,
}

impl Validity {
    pub fn new(from: Option<Date>, to: Option<Date>) -> Self {
        Self { from, to }
    }

    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    pub fn overlaps(&self, other: &Self) -> bool {
        let before = |a: &Self, b: &Self| matches!((a.to, b.from), (Some(to), Some(from)) if to < from);
        !before(self, other) && !before(other, self)
    }

    pub fn is_ordered(&self) -> bool {
        !matches!((self.from, self.to), (Some(from), Some(to)) if to < from)
    }

    /// Whether it ended before `day`.
    pub fn ended_by(&self, day: Date) -> bool {
        self.to.is_some_and(|to| to < day)
    }

    /// The first day on which it no longer holds.
    pub(crate) fn day_after(&self) -> Option<Date> {
        self.to.and_then(|to| to.checked_add(1.day()).ok())
    }
}

/// Level of government. The district level ended on 30 June 2025.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Central,
    Provincial,
    District,
    Commune,
}

impl Level {
    pub fn name(self) -> Text {
        match self {
            Self::Central => Text::new("Cấp Bộ", "Central"),
            Self::Provincial => Text::new("Cấp tỉnh", "Provincial"),
            Self::District => Text::new("Cấp huyện", "District"),
            Self::Commune => Text::new("Cấp xã", "Commune"),
        }
    }
}

/// How a value came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Read in a legal text or in published official data.
    Confirmed,
    /// Seen in published data or in copies, not in the legal text itself.
    Secondary,
    /// Built by a rule of ours.
    Derived,
    /// Filled in from the order of a list with a few known anchors.
    Inferred,
    /// General knowledge; check before use.
    Unverified,
}
