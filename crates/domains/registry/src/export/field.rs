//! The fields that a view can have, and their values for one person.

use std::fmt;

use crate::model::{Item, Relation, residence::Kind};

/// A field by its name in the file: an item's key, `permanent_commune`, `father_number`, `paper_kind` …
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Item(Item),
    Residence(Kind, Part),
    HouseholdRelation,
    Kin(Relation, Named),
    Paper(Printed),
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident $word:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($variant),* }

        impl $name {
            const ALL: &'static [(Self, &'static str)] = &[$((Self::$variant, $word)),*];

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().find(|(_, w)| *w == word).map(|(part, _)| *part)
            }
        }
    };
}

words! {
    /// What is told of a residence.
    Part { Commune "commune", Address "address", Since "since", Until "until" }
}
words! {
    /// What is told of a relative.
    Named { Number "number", Name "name", Nationality "nationality" }
}
words! {
    /// What is told of the identity paper in force.
    Printed { Kind "kind", Number "number", IssuedAt "issued_at", IssuedOn "issued_on", ExpiresOn "expires_on" }
}

impl Field {
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(item) = Item::from_key(name) {
            return Some(Self::Item(item));
        }
        if name == "household_relation" {
            return Some(Self::HouseholdRelation);
        }
        let (of, part) = name.split_once('_')?;
        if of == "paper" {
            return Printed::parse(part).map(Self::Paper);
        }
        if let Some(kind) = Kind::parse(of) {
            return Part::parse(part).map(|part| Self::Residence(kind, part));
        }
        let relations = [Relation::Father, Relation::Mother, Relation::Spouse, Relation::Guardian];
        let relation = relations.into_iter().find(|r| r.as_str() == of)?;
        Named::parse(part).map(|part| Self::Kin(relation, part))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Item(item) => f.write_str(item.key()),
            Self::HouseholdRelation => f.write_str("household_relation"),
            Self::Residence(kind, part) => write!(f, "{}_{}", kind.as_str(), part.word()),
            Self::Kin(relation, part) => write!(f, "{}_{}", relation.as_str(), part.word()),
            Self::Paper(part) => write!(f, "paper_{}", part.word()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_by_the_name_that_it_is_shown_with() {
        for name in [
            "number",
            "birth_registration_place",
            "permanent_commune",
            "temporary_until",
            "household_relation",
            "mother_name",
            "paper_issued_on",
        ] {
            assert_eq!(Field::parse(name).map(|f| f.to_string()).as_deref(), Some(name));
        }
        for name in ["", "person_id", "permanent_", "child_name", "paper_photo"] {
            assert_eq!(Field::parse(name), None, "{name}");
        }
    }
}
