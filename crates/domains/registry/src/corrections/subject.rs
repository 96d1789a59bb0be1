//! What can be wrong in a record: an item, a residence, a relative, the household, a paper. Pure.

use base::nfc;
use contracts::ports::Nation;
use jiff::civil::Date;

use crate::{
    model::{
        Item, Relation,
        residence::Kind,
        rules::{self, Broken},
    },
    ops::Record,
};

const KIN: &str = "kin";
const KIN_PREFIX: &str = "kin_";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Item(Item),
    Residence(Kind),
    Kin(Relation),
    Household,
    Papers,
    Absence,
    /// What other databases share.
    Shared,
}

impl Subject {
    pub fn all() -> impl Iterator<Item = Self> {
        let items = Item::ALL.iter().copied().map(Self::Item).filter(|s| s.can_be_wrong());
        items.chain(Kind::ALL.map(Self::Residence)).chain(Relation::ALL.map(Self::Kin)).chain([
            Self::Household,
            Self::Papers,
            Self::Absence,
            Self::Shared,
        ])
    }

    /// When a contact was confirmed follows from the contact itself.
    fn can_be_wrong(self) -> bool {
        !matches!(self, Self::Item(Item::PhoneVerified | Item::EmailVerified))
    }

    pub fn key(self) -> String {
        match self {
            Self::Kin(relation) => format!("{KIN_PREFIX}{}", relation.as_str()),
            other => other.routed_as().to_owned(),
        }
    }

    pub fn parse(key: &str) -> Option<Self> {
        Self::all().find(|s| s.key() == key)
    }

    /// As the routing table names it: all relatives go one way.
    pub fn routed_as(self) -> &'static str {
        match self {
            Self::Item(item) => item.key(),
            Self::Residence(kind) => kind.item(),
            Self::Kin(_) => KIN,
            Self::Household => "household",
            Self::Papers => "papers",
            Self::Absence => "temporary_absence",
            Self::Shared => "shared",
        }
    }

    /// The item that an accepted request sets. None: another act of the record puts it right (a move, a new number, a
    /// registered tie), and the decision names that act's document.
    pub fn sets(self) -> Option<Item> {
        match self {
            Self::Item(item) if item.is_correctable() => Some(item),
            _ => None,
        }
    }

    /// The right value in stored form, by the item's own rule.
    pub fn check(self, raw: &str, today: Date, nation: &dyn Nation) -> Result<String, Broken> {
        match self {
            Self::Item(item) => item.check(raw, today, nation),
            _ => rules::line(&nfc(raw)),
        }
    }

    /// Only what a record says of this.
    pub fn part_of(self, mut record: Record) -> Record {
        let (item, kind, relation) = match self {
            Self::Item(item) => (Some(item), None, None),
            Self::Residence(kind) => (None, Some(kind.as_str()), None),
            Self::Kin(relation) => (None, None, Some(relation.as_str())),
            Self::Household | Self::Papers | Self::Absence | Self::Shared => (None, None, None),
        };
        record.items.retain(|i| Some(i.item) == item);
        record.residences.retain(|r| Some(r.kind) == kind);
        record.coming.retain(|r| Some(r.kind) == kind);
        record.kin.retain(|k| Some(k.relation.as_str()) == relation);
        if self != Self::Household {
            record.household.clear();
        }
        if self != Self::Papers {
            record.papers.clear();
        }
        if self != Self::Absence {
            record.absences.clear();
        }
        if self != Self::Shared {
            record.shared.clear();
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_subject_is_found_by_its_own_key() {
        let keys: BTreeSet<String> = Subject::all().map(Subject::key).collect();
        assert_eq!(keys.len(), Subject::all().count());
        for subject in Subject::all() {
            assert_eq!(Subject::parse(&subject.key()), Some(subject));
        }
        for nothing in ["", "kin", "phone_verified", "shoe_size", "kin_neighbour"] {
            assert_eq!(Subject::parse(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn numbers_deaths_and_residences_are_put_right_by_acts_of_their_own() {
        let set: Vec<&str> = Subject::all().filter_map(Subject::sets).map(Item::key).collect();
        for item in ["name", "birth_date", "sex", "phone"] {
            assert!(set.contains(&item), "{item}");
        }
        for item in ["number", "old_number", "death_date", "missing_date"] {
            assert!(!set.contains(&item), "{item}");
        }
    }
}
