//! Addresses: by the administrative units that they name, where somebody can tell, and by the words that are left.

use std::fmt::Debug;

use super::{NO_GRADE, words::Words};
use crate::{locale::Locale, mixing::key_of};

pub(super) const GRADES: [&str; 5] =
    ["different", "some_words", "same_unit", "same_unit_and_words", "same_words"];

/// The words left, from this share in common on, are taken for the same street.
const SAME_STREET: f64 = 0.6;

/// Tells which units an address names. The engine knows no country; its caller does.
pub trait Places: Debug + Sync {
    /// `None` where the address names no unit.
    fn read(&self, address: &str) -> Option<Place>;
}

/// What an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Codes of today's units that it may lie in: several where a unit was split. An old and a new address of one
    /// place have one in common.
    pub units: Vec<String>,
    /// House number, street, hamlet: what is left of the text.
    pub rest: String,
}

/// For tables whose addresses are compared by words alone.
#[derive(Debug, Clone, Copy)]
pub struct NoPlaces;

impl Places for NoPlaces {
    fn read(&self, _address: &str) -> Option<Place> {
        None
    }
}

#[derive(Debug, Clone)]
pub struct Address {
    /// Keys of the units; empty where none are known.
    units: Box<[u64]>,
    /// All words, then those beside the units.
    all: Words,
    rest: Words,
}

impl Address {
    pub(super) fn new(text: &str, locale: Locale, places: &dyn Places) -> Self {
        let found = places.read(text);
        let units = found.iter().flat_map(|place| &place.units).map(|unit| key_of(unit.as_bytes()));
        Self {
            units: units.collect(),
            all: Words::new(text, locale),
            rest: Words::new(found.as_ref().map_or(text, |place| &place.rest), locale),
        }
    }

    /// Rows meet under the unit, where it is one and something else is said; else under all words.
    pub(super) fn key(&self) -> u64 {
        match &*self.units {
            [one] if self.rest.key() != 0 => crate::mixing::join(*one, self.rest.key()).max(1),
            _ => self.all.key(),
        }
    }

    pub(super) fn grade(&self, other: &Self, [close, alike]: [f64; 2]) -> u8 {
        let Some(similar) = self.all.similarity(&other.all) else { return NO_GRADE };
        if similar >= 1.0 {
            return 4;
        }
        if self.units.is_empty() || other.units.is_empty() {
            return if similar >= close { 3 } else { u8::from(similar >= alike) };
        }
        if !self.units.iter().any(|unit| other.units.contains(unit)) {
            // One word of a unit's name may be all that differs, as in `Tân Hòa` and `Tân Hoà Đông`.
            return u8::from(similar >= close);
        }
        match self.rest.similarity(&other.rest) {
            Some(1.0) => 4,
            Some(rest) if rest >= SAME_STREET => 3,
            _ => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knows that Hàng Bạc became a part of Hoàn Kiếm.
    #[derive(Debug)]
    struct OldTown;

    impl Places for OldTown {
        fn read(&self, address: &str) -> Option<Place> {
            let (rest, unit) = address.split_once(", Phường ")?;
            let unit =
                if unit.starts_with("Hàng Bạc") || unit.starts_with("Hoàn Kiếm") { "1" } else { "2" };
            Some(Place { units: vec![unit.to_owned()], rest: rest.to_owned() })
        }
    }

    #[test]
    fn an_address_equals_itself_after_the_reform() {
        let grade = |a: &str, b: &str| {
            let [a, b] = [a, b].map(|text| Address::new(text, Locale::Vi, &OldTown));
            let there = a.grade(&b, [0.7, 0.4]);
            assert_eq!(there, b.grade(&a, [0.7, 0.4]));
            GRADES.get(usize::from(there)).copied()
        };
        let old = "12 Hàng Bạc, Phường Hàng Bạc, Quận Hoàn Kiếm, Hà Nội";
        assert_eq!(grade(old, "12 hang bac, Phường Hoàn Kiếm, Hà Nội"), Some("same_words"));
        assert_eq!(grade(old, "Số 12 Hàng Bạc, Phường Hoàn Kiếm, Hà Nội"), Some("same_unit_and_words"));
        assert_eq!(grade(old, "7 Đinh Liệt, Phường Hoàn Kiếm, Hà Nội"), Some("same_unit"));
        assert_eq!(grade(old, "5 Lê Lợi, Phường Bến Nghé, TP Hồ Chí Minh"), Some("different"));
        assert_eq!(grade(old, ""), None);
        assert_eq!(grade("12 Baker Street, London", "12, Baker Street London"), Some("same_words"));
        assert_eq!(grade("12 Baker Street, London", "12 Baker St, London"), Some("same_unit_and_words"));
    }
}
