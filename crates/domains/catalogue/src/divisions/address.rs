//! Reading a whole address, in the words of today or of before, into today's commune.
//!
//! Read from the end: province, then (in an old address) district, then commune; what is left is the street. Several
//! readings are tried and the one that explains most words wins; between equals, the words of today.

use base::nfc;
use jiff::civil::Date;
use serde::Serialize;

use super::{
    Division, DivisionCode, Divisions, Extent, Successor,
    words::{self, Word},
};
use crate::validity::Level;

/// Longest address that is read, in characters.
const ADDRESS_CHARS_MAX: usize = 300;
/// Most units that are proposed.
const PROPOSALS_MAX: usize = 20;

/// Names of provinces that people use and no list has: what is said at the end of an address, and what is meant.
const OTHER_NAMES: [(&str, &str); 2] = [("sai gon", "ho chi minh"), ("thua thien hue", "hue")];
/// With these words a district begins. Districts that ended before 2025 (Quận 2) are not in the data: read past them.
const DISTRICT_KINDS: [&str; 4] = ["quan", "huyen", "thi xa", "thanh pho"];

/// What an address says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AddressMatch<'a> {
    /// The units that the address names, smallest last: `Quận 1`, `Phường Bến Nghé`. Several communes where the words fit several.
    pub named: Vec<&'a Division>,
    /// Today's communes; the likeliest first. One and [`Extent::Whole`] is an answer; else somebody must be asked.
    pub today: Vec<Successor<'a>>,
    /// The province of today, where the address names one.
    pub province: Option<&'a Division>,
    /// House number and street, as written.
    pub street: String,
}

impl<'a> AddressMatch<'a> {
    /// Today's commune, where there is no doubt which.
    pub fn certain(&self) -> Option<&'a Division> {
        match self.today.as_slice() {
            [Successor { unit, .. }] => Some(unit),
            _ => None,
        }
    }
}

/// One way to read the words before the province.
struct Reading<'a> {
    named: Vec<&'a Division>,
    communes: Vec<&'a Division>,
    /// How many words are left for the street.
    left: usize,
}

impl Divisions {
    /// Reads an address. With no commune in it, `today` has the communes of the district that it names, or nothing.
    pub fn parse_address(&self, text: &str, today: Date) -> AddressMatch<'_> {
        let text: String = nfc(text).chars().take(ADDRESS_CHARS_MAX).collect();
        let mut words = words::words(&text);
        if words.len() > 2 && ends_with(&words, "viet nam").is_some() {
            words.truncate(words.len() - 2);
        }

        write_out_other_names(&mut words);

        let (provinces, before) =
            self.longest(&words, self.all.iter().filter(|d| d.level() == Level::Provincial));
        let words_before = words.get(..before).unwrap_or(&words);
        let mut scope: Vec<DivisionCode> = Vec::new();
        for province in &provinces {
            scope.extend(self.resolve_unit(province, today).today.iter().map(|s| s.unit.code));
        }
        scope.sort_unstable();
        scope.dedup();

        let lower = text.to_lowercase();
        let read = |words: &[Word]| self.read_units(words, &scope, &provinces, &lower, today);
        let reading = read(words_before).or_else(|| {
            let cut = (1..words_before.len()).rev().find(|at| {
                let rest = words_before.get(*at..).unwrap_or(&[]);
                DISTRICT_KINDS.iter().any(|kind| starts_with(rest, kind))
            })?;
            read(words_before.get(..cut)?)
        });
        let (named, communes, left) = match reading {
            Some(r) => (r.named, r.communes, r.left),
            None => (provinces, Vec::new(), before),
        };
        let mut found: Vec<Successor<'_>> = Vec::new();
        for commune in communes.iter().take(PROPOSALS_MAX) {
            for successor in self.resolve_unit(commune, today).today {
                if !found.iter().any(|f| f.unit.code == successor.unit.code) {
                    let extent = if communes.len() > 1 { Extent::Part } else { successor.extent };
                    found.push(Successor { extent, ..successor });
                }
            }
        }
        let province = match (scope.as_slice(), found.first()) {
            ([one], _) => self.unit_on(one.as_str(), today),
            (_, Some(first)) => {
                self.province_of(first.unit).and_then(|p| self.unit_on(p.code.as_str(), today))
            }
            _ => None,
        };
        let end = words.get(left).map_or(if left == 0 { 0 } else { text.len() }, |w| w.start);
        let street = text.get(..end).unwrap_or("").trim_end_matches([' ', ',', '-', ';', '.']).to_owned();
        AddressMatch { named, today: found, province, street }
    }

    fn read_units<'s>(
        &'s self,
        words: &[Word],
        scope: &[DivisionCode],
        provinces: &[&'s Division],
        lower: &str,
        today: Date,
    ) -> Option<Reading<'s>> {
        let in_scope = |d: &Division| {
            let province = self.province_of(d).map(|p| self.resolve_unit(p, today).today);
            scope.is_empty() || province.is_some_and(|p| p.iter().any(|s| scope.contains(&s.unit.code)))
        };
        let named_province =
            |d: &Division| provinces.iter().any(|p| d.parent == Some(p.code) && p.id_prefix.is_some());

        // Cheap first: which units' names end the words at all, then where they lie.
        let candidates = |level: Level, words: &[Word]| -> (Vec<&'s Division>, usize) {
            let ending =
                self.all.iter().filter(|d| d.level() == level && self.name_length(words, d).is_some());
            let within: Vec<_> = ending.filter(|d| in_scope(d)).collect();
            self.longest(words, within.into_iter())
        };

        let mut readings: Vec<Reading<'s>> = Vec::new();
        let (communes, left) = candidates(Level::Commune, words);
        let (current, former): (Vec<_>, Vec<_>) =
            spelled_alike(communes, lower).into_iter().partition(|c| c.validity.contains(today));
        let bare = if current.is_empty() { former } else { current };
        if !bare.is_empty() {
            readings.push(Reading { named: bare.clone(), communes: bare, left });
        }

        let (mut districts, left) = candidates(Level::District, words);
        if districts.iter().any(|d| named_province(d)) {
            districts.retain(|d| named_province(d));
        }
        for district in districts {
            let before = words.get(..left).unwrap_or(words);
            let last_day = district.validity.to.unwrap_or(today);
            let children: Vec<&Division> = self.children(district.code.as_str(), last_day).collect();
            let (communes, left) = self.longest(before, children.into_iter());
            if communes.is_empty() {
                readings.push(Reading {
                    named: vec![district],
                    communes: vec![district],
                    left: before.len(),
                });
            } else {
                let communes = spelled_alike(communes, lower);
                let named = std::iter::once(district).chain(communes.iter().copied()).collect();
                readings.push(Reading { named, communes, left });
            }
        }
        readings.sort_by_key(|r| (r.left, r.communes.iter().any(|c| c.level() == Level::District)));
        readings.into_iter().next()
    }

    /// Those units whose name ends the words with the most words, and how many words stand before it.
    fn longest<'s>(
        &'s self,
        words: &[Word],
        units: impl Iterator<Item = &'s Division>,
    ) -> (Vec<&'s Division>, usize) {
        let mut best = (Vec::new(), 0);
        for unit in units {
            let Some(length) = self.name_length(words, unit) else { continue };
            if length > best.1 {
                best = (Vec::new(), length);
            }
            if length == best.1 {
                best.0.push(unit);
            }
        }
        (best.0, words.len() - best.1)
    }

    /// With how many words the unit's name ends the words: with its kind, or bare when the name is no number.
    fn name_length(&self, words: &[Word], unit: &Division) -> Option<usize> {
        let last = words.last()?;
        let name = &*unit.folded;
        if name.rsplit(' ').next() != Some(last.text.as_str()) {
            return None;
        }
        let length = ends_with(words, name)?;
        let before = words.get(..words.len() - length).unwrap_or(&[]);
        match ends_with(before, unit.kind.folded()) {
            Some(kind) => Some(length + kind),
            None if words::is_number(name) => None,
            None => Some(length),
        }
    }
}

/// Where the words end with a phrase: how many words the phrase has.
fn ends_with(words: &[Word], phrase: &str) -> Option<usize> {
    let length = phrase.split(' ').count();
    let tail = words.get(words.len().checked_sub(length)?..)?;
    tail.iter().map(|w| w.text.as_str()).eq(phrase.split(' ')).then_some(length)
}

/// Puts the official name in the place of one that people use: "Sài Gòn" at the end is the city, but after "Phường" a ward.
fn write_out_other_names(words: &mut Vec<Word>) {
    for (said, meant) in OTHER_NAMES {
        let Some(at) = ends_with(words, said).map(|length| words.len() - length) else { continue };
        let is_ward =
            at.checked_sub(1).and_then(|before| words.get(before)).is_some_and(|w| w.text == "phuong");
        if let Some(start) = words.get(at).map(|w| w.start).filter(|_| !is_ward) {
            words.truncate(at);
            words.extend(meant.split(' ').map(|w| Word { start, text: w.to_owned() }));
        }
    }
}

fn starts_with(words: &[Word], phrase: &str) -> bool {
    phrase.split(' ').enumerate().all(|(at, part)| words.get(at).is_some_and(|w| w.text == part))
}

/// Of units whose names differ only in diacritics, those that are spelled in the text; all, when none is, or when the text
/// has no diacritics at all and so says nothing about them.
fn spelled_alike<'a>(units: Vec<&'a Division>, lower: &str) -> Vec<&'a Division> {
    let spelled: Vec<_> = units.iter().copied().filter(|u| lower.contains(&u.name.to_lowercase())).collect();
    if lower.is_ascii() || spelled.is_empty() { units } else { spelled }
}
