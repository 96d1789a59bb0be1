//! How somebody's record stands, and what it says of who comes along with a child: what accounts hang on.

use base::PersonalNumber;

use crate::PersonId;

/// How the record of a person stands now. Not for printing.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// The record of the same person to which this one gave way.
    pub gave_way_to: Option<PersonId>,
    /// In force; none of a record that gave way.
    pub number: Option<PersonalNumber>,
    /// Every number that this record ever had, the one in force among them.
    pub numbers: Vec<PersonalNumber>,
}

/// What the record says of a grown-up who comes along with a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Companion {
    /// As what they may speak for the child; none: the record does not show it.
    pub acts_as: Option<ActsAs>,
    pub is_living: bool,
    /// Declared missing by a court.
    pub is_missing: bool,
    /// Completed years; none where the day of birth is not known well enough.
    pub age: Option<i16>,
}

/// As what somebody speaks for a child (Law on Marriage and Family Art. 73, Civil Code Art. 136).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActsAs {
    Father,
    Mother,
    AdoptiveFather,
    AdoptiveMother,
    /// Registered (người giám hộ).
    Guardian,
}

impl ActsAs {
    pub const ALL: [Self; 5] =
        [Self::Father, Self::Mother, Self::AdoptiveFather, Self::AdoptiveMother, Self::Guardian];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Father => "father",
            Self::Mother => "mother",
            Self::AdoptiveFather => "adoptive_father",
            Self::AdoptiveMother => "adoptive_mother",
            Self::Guardian => "guardian",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        assert!(ActsAs::ALL.into_iter().all(|one| ActsAs::parse(one.as_str()) == Some(one)));
        assert_eq!(ActsAs::parse("aunt"), None);
    }
}
