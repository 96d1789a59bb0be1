//! Grades two values of a column: from "the same" down to "different", or missing.
//!
//! [`Field`] prepares every distinct value once; [`Grader`] remembers grades of pairs of distinct values, so that each is
//! compared about once. Grades do not depend on the order of the two values.

mod code;
mod date;
mod name;
mod number;
mod words;

use std::collections::HashMap;

use crate::{
    LinkageError, Table,
    config::{Comparison, Kind},
    locale::Locale,
    table::{Column, MISSING},
};

/// The grade of a pair of which one value is missing: it says nothing either way.
pub const NO_GRADE: u8 = 15;

/// What of a value is taken as a key of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// The value: folded for names, day and month in any order for dates.
    Same,
    /// The words of a name as heard, in any order.
    Sound,
    /// The first and the last word of a name as heard.
    Ends,
    /// The year of a date.
    Year,
    /// Day and month of a date, in any order.
    Day,
}

impl Form {
    pub const ALL: [Self; 5] = [Self::Same, Self::Sound, Self::Ends, Self::Year, Self::Day];

    /// The word after the colon in a blocking rule.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Sound => "sound",
            Self::Ends => "ends",
            Self::Year => "year",
            Self::Day => "day",
        }
    }
}

impl Kind {
    /// What the grades mean, worst first; as many as the kind has.
    pub fn grades(self) -> &'static [&'static str] {
        match self {
            Self::Name => &name::GRADES,
            Self::Date => &date::GRADES,
            Self::Number => &number::GRADES,
            Self::Code => &code::GRADES,
            Self::Text => &words::GRADES,
        }
    }

    pub fn forms(self) -> &'static [Form] {
        match self {
            Self::Name => &[Form::Same, Form::Sound, Form::Ends],
            Self::Date => &[Form::Same, Form::Year, Form::Day],
            Self::Number | Self::Code | Self::Text => &[Form::Same],
        }
    }

    /// The lowest grade that still means one and the same value, so that its frequency tells something.
    pub(crate) fn same_from(self) -> u8 {
        match self {
            Self::Name => name::HEARD,
            kind => (kind.grades().len() - 1) as u8,
        }
    }
}

#[derive(Debug)]
enum Prepared {
    Names(Vec<name::Name>, [f64; 2]),
    Dates(Vec<Option<date::Day>>),
    Numbers(Vec<Box<[u8]>>),
    Codes(Vec<code::Code>),
    Texts(Vec<words::Words>, [f64; 2]),
}

/// A compared column with its values made ready.
#[derive(Debug)]
pub struct Field<'t> {
    pub(crate) kind: Kind,
    column: &'t Column,
    prepared: Prepared,
    /// For each value, how many bits its agreement tells beyond (or short of) an average agreement.
    rarity_bits: Vec<f32>,
    /// The share of all pairs of rows that have the same value.
    pub(crate) agreement: f64,
}

impl<'t> Field<'t> {
    pub fn new(table: &'t Table, comparison: &Comparison, locale: Locale) -> Result<Self, LinkageError> {
        let column = table.column(&comparison.column)?;
        let texts = column.values.iter().map(|v| &**v);
        let levels = |usual| comparison.levels.unwrap_or(usual);
        let prepared = match comparison.kind {
            Kind::Name => {
                Prepared::Names(texts.map(|t| name::Name::new(t, locale)).collect(), levels([0.92, 0.8]))
            }
            Kind::Date => Prepared::Dates(texts.map(date::Day::read).collect()),
            Kind::Number => Prepared::Numbers(texts.map(number::prepare).collect()),
            Kind::Code => {
                let successors = code::successors(&comparison.successors);
                Prepared::Codes(texts.map(|t| code::Code::new(t, &successors)).collect())
            }
            Kind::Text => {
                Prepared::Texts(texts.map(|t| words::Words::new(t, locale)).collect(), levels([0.7, 0.4]))
            }
        };
        let mut field =
            Self { kind: comparison.kind, column, prepared, rarity_bits: Vec::new(), agreement: 0.0 };
        field.count(comparison.term_frequency);
        Ok(field)
    }

    /// Counts values, those of one folded form together.
    fn count(&mut self, by_frequency: bool) {
        let mut rows = vec![0_u64; self.column.values.len()];
        for value in &self.column.cells {
            rows[*value as usize] += 1;
        }
        let keys: Vec<u64> = (0..rows.len()).map(|v| self.key(Form::Same, v as u32)).collect();
        let mut groups: HashMap<u64, u64> = HashMap::new();
        for (key, rows) in keys.iter().zip(&rows).filter(|(key, _)| **key != 0) {
            *groups.entry(*key).or_default() += rows;
        }
        let total = groups.values().sum::<u64>() as f64;
        // A sum of whole numbers: no order of the map can change it.
        let pairs: u128 = groups.values().map(|n| u128::from(*n) * u128::from(n.saturating_sub(1))).sum();
        self.agreement = pairs as f64 / (total * (total - 1.0)).max(1.0);
        let average = groups.values().map(|n| u128::from(*n) * u128::from(*n)).sum::<u128>() as f64
            / (total * total).max(1.0);
        if by_frequency {
            let bits = |key| {
                let rows = groups.get(key).copied().unwrap_or(0);
                if rows == 0 { 0.0 } else { (average * total / rows as f64).log2() as f32 }
            };
            self.rarity_bits = keys.iter().map(bits).collect();
        }
    }

    pub(crate) fn value(&self, row: u32) -> u32 {
        self.column.cells[row as usize]
    }

    pub(crate) fn text(&self, row: u32) -> &'t str {
        &self.column.values[self.value(row) as usize]
    }

    pub(crate) fn name(&self) -> &'t str {
        &self.column.name
    }

    pub(crate) fn values(&self) -> usize {
        self.column.values.len()
    }

    /// Bits to add for two values that agree; those of the more frequent one.
    pub(crate) fn rarity(&self, grade: u8, a: u32, b: u32) -> f64 {
        if self.rarity_bits.is_empty() || grade == NO_GRADE || grade < self.kind.same_from() {
            return 0.0;
        }
        f64::from(self.rarity_bits[a as usize].min(self.rarity_bits[b as usize]))
    }

    pub(crate) fn rarity_max(&self) -> f64 {
        self.rarity_bits.iter().fold(0.0_f64, |max, bits| max.max(f64::from(*bits)))
    }

    /// The grade of two values, an index into [`Kind::grades`], or [`NO_GRADE`].
    pub fn grade(&self, a: u32, b: u32) -> u8 {
        let (a, b) = (a.min(b) as usize, a.max(b) as usize);
        if a == MISSING as usize {
            return NO_GRADE;
        }
        match &self.prepared {
            Prepared::Names(names, levels) => names[a].grade(&names[b], *levels),
            Prepared::Dates(days) => match (days[a], days[b]) {
                (Some(a), Some(b)) => a.grade(b),
                _ => NO_GRADE,
            },
            Prepared::Numbers(numbers) => number::grade(&numbers[a], &numbers[b]),
            Prepared::Codes(codes) => codes[a].grade(&codes[b]),
            Prepared::Texts(texts, levels) => texts[a].grade(&texts[b], *levels),
        }
    }

    /// The key of a value for blocks; zero for none.
    pub fn key(&self, form: Form, value: u32) -> u64 {
        let value = value as usize;
        match (&self.prepared, form) {
            (Prepared::Names(names, _), form) => names[value].key(form),
            (Prepared::Dates(days), form) => days[value].map_or(0, |day| day.key(form)),
            (Prepared::Numbers(numbers), Form::Same) => number::key(&numbers[value]),
            (Prepared::Codes(codes), Form::Same) => codes[value].key(),
            (Prepared::Texts(texts, _), Form::Same) => texts[value].key(),
            _ => 0,
        }
    }
}

/// Slots of a grader's memory.
const REMEMBERED: usize = 1 << 15;

/// Grades with a memory of bounded size; one for each thread.
pub struct Grader<'f> {
    field: &'f Field<'f>,
    seen: Vec<(u64, u8)>,
}

impl<'f> Grader<'f> {
    pub fn new(field: &'f Field<'f>) -> Self {
        // Dates, numbers and codes are graded faster than remembered.
        let slow = matches!(field.kind, Kind::Name | Kind::Text);
        Self { field, seen: if slow { vec![(0, 0); REMEMBERED] } else { Vec::new() } }
    }

    pub fn grade(&mut self, a: u32, b: u32) -> u8 {
        let pair = (u64::from(a.min(b)) << 32) | u64::from(a.max(b));
        if self.seen.is_empty() || pair == 0 {
            return self.field.grade(a, b);
        }
        let slot = crate::mixing::mix(pair) as usize % REMEMBERED;
        if self.seen[slot].0 != pair {
            self.seen[slot] = (pair, self.field.grade(a, b));
        }
        self.seen[slot].1
    }
}
