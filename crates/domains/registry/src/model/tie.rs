//! Relations between people: a graph whose every edge is stored at both of its ends.
//!
//! A [`Tie`] says what the other is to this one. Its other end carries the opposite relation, the same id and the same
//! days; [`super::life::Lives`] writes both. A relative who is not a person of the register has one end only.

use contracts::PersonId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::history::Entry;

/// What the other is to this person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    Father,
    Mother,
    AdoptiveFather,
    AdoptiveMother,
    Spouse,
    Child,
    AdoptedChild,
    /// Legal representative by guardianship (người giám hộ).
    Guardian,
    /// Người được giám hộ.
    Ward,
}

impl Relation {
    pub const ALL: [Self; 9] = [
        Self::Father,
        Self::Mother,
        Self::AdoptiveFather,
        Self::AdoptiveMother,
        Self::Spouse,
        Self::Child,
        Self::AdoptedChild,
        Self::Guardian,
        Self::Ward,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Father => "father",
            Self::Mother => "mother",
            Self::AdoptiveFather => "adoptive_father",
            Self::AdoptiveMother => "adoptive_mother",
            Self::Spouse => "spouse",
            Self::Child => "child",
            Self::AdoptedChild => "adopted_child",
            Self::Guardian => "guardian",
            Self::Ward => "ward",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == s)
    }

    /// Whether `back` is what this person is to the other.
    pub fn is_opposite(self, back: Self) -> bool {
        match self {
            Self::Father | Self::Mother => back == Self::Child,
            Self::AdoptiveFather | Self::AdoptiveMother => back == Self::AdoptedChild,
            Self::Child => matches!(back, Self::Father | Self::Mother),
            Self::AdoptedChild => matches!(back, Self::AdoptiveFather | Self::AdoptiveMother),
            Self::Spouse => back == Self::Spouse,
            Self::Guardian => back == Self::Ward,
            Self::Ward => back == Self::Guardian,
        }
    }

    /// Ties that end with a life; descent does not.
    pub fn ends_with_death(self) -> bool {
        matches!(self, Self::Spouse | Self::Guardian | Self::Ward)
    }
}

/// One end of a relation; when it holds stands in the span around it.
#[derive(Clone, PartialEq, Eq)]
pub struct Tie {
    pub id: Uuid,
    pub relation: Relation,
    /// None: not a person of the register.
    pub other: Option<PersonId>,
    pub relative: Relative,
    pub event: Uuid,
    pub ended_by: Option<Uuid>,
}

/// What is known of the other. Of persons of the register it is read from their own rows.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relative {
    pub name: Option<String>,
    pub number: Option<String>,
    pub old_number: Option<String>,
    pub nationality: Option<String>,
}

impl Entry for Tie {
    fn id(&self) -> Uuid {
        self.id
    }
    fn set_id(&mut self, id: Uuid) {
        self.id = id;
    }
    fn end_by(&mut self, event: Uuid) {
        self.ended_by = Some(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposites_agree_from_both_sides() {
        for one in Relation::ALL {
            assert_eq!(Relation::parse(one.as_str()), Some(one));
            assert!(Relation::ALL.iter().any(|other| one.is_opposite(*other)), "{one:?}");
            for other in Relation::ALL {
                assert_eq!(one.is_opposite(other), other.is_opposite(one), "{one:?} {other:?}");
            }
        }
    }
}
