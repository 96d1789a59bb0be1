//! Grades two values of a column: from "the same" down to "different", or missing.
//!
//! A [`Scale`] prepares and grades values; [`Field`] prepares every distinct value of a column once; [`Grader`] remembers grades of pairs of distinct values, so that each is
//! compared about once. Grades do not depend on the order of the two values.

mod address;
mod code;
mod date;
mod name;
mod number;
mod words;

use std::collections::HashMap;

pub use self::address::{NoPlaces, Place, Places};

use crate::{
    LinkageError, Table,
    config::{Comparison, Kind},
    frequency::Frequencies,
    locale::Locale,
    table::Column,
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
    /// Stable words for the grades, worst first, as many as the kind has; `linkage-grade-…` in the texts says them.
    pub fn grades(self) -> &'static [&'static str] {
        match self {
            Self::Name => &name::GRADES,
            Self::Date => &date::GRADES,
            Self::Number => &number::GRADES,
            Self::Code | Self::Unit => &code::GRADES,
            Self::Text => &words::GRADES,
            Self::Address => &address::GRADES,
        }
    }

    pub fn forms(self) -> &'static [Form] {
        match self {
            Self::Name => &[Form::Same, Form::Sound, Form::Ends],
            Self::Date => &[Form::Same, Form::Year, Form::Day],
            Self::Number | Self::Code | Self::Unit | Self::Text | Self::Address => &[Form::Same],
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

/// A value made ready to be compared; which kind it is follows from its [`Scale`].
#[derive(Debug, Clone)]
pub enum Value {
    /// Empty, or unreadable as what the column holds.
    Missing,
    Name(name::Name),
    Date(date::Day),
    Number(Box<[u8]>),
    Code(code::Code),
    Text(words::Words),
    Address(Box<address::Address>),
}

/// How the values of one column are made ready and graded.
#[derive(Debug, Clone)]
pub struct Scale {
    pub(crate) kind: Kind,
    locale: Locale,
    levels: [f64; 2],
    successors: code::Successors,
}

impl Scale {
    pub fn new(comparison: &Comparison, locale: Locale) -> Self {
        let usual =
            if matches!(comparison.kind, Kind::Text | Kind::Address) { [0.7, 0.4] } else { [0.92, 0.8] };
        Self {
            kind: comparison.kind,
            locale,
            levels: comparison.levels.unwrap_or(usual),
            successors: code::successors(&comparison.successors),
        }
    }

    pub fn value(&self, text: &str, places: &dyn Places) -> Value {
        match self.kind {
            _ if text.is_empty() => Value::Missing,
            Kind::Name => Value::Name(name::Name::new(text, self.locale)),
            Kind::Date => date::Day::read(text).map_or(Value::Missing, Value::Date),
            Kind::Number => Value::Number(number::prepare(text)),
            Kind::Code | Kind::Unit => Value::Code(code::Code::new(text, &self.successors)),
            Kind::Text => Value::Text(words::Words::new(text, self.locale)),
            Kind::Address => Value::Address(Box::new(address::Address::new(text, self.locale, places))),
        }
    }

    /// The grade of two values, an index into [`Kind::grades`], or [`NO_GRADE`].
    pub fn grade(&self, a: &Value, b: &Value) -> u8 {
        match (a, b) {
            (Value::Name(a), Value::Name(b)) => a.grade(b, self.levels),
            (Value::Date(a), Value::Date(b)) => a.grade(*b),
            (Value::Number(a), Value::Number(b)) => number::grade(a, b),
            (Value::Code(a), Value::Code(b)) => a.grade(b),
            (Value::Text(a), Value::Text(b)) => a.grade(b, self.levels),
            (Value::Address(a), Value::Address(b)) => a.grade(b, self.levels),
            _ => NO_GRADE,
        }
    }
}

impl Value {
    /// The key of a value for blocks; zero for none.
    pub fn key(&self, form: Form) -> u64 {
        match (self, form) {
            (Self::Name(name), form) => name.key(form),
            (Self::Date(day), form) => day.key(form),
            (Self::Number(number), Form::Same) => number::key(number),
            (Self::Code(code), Form::Same) => code.key(),
            (Self::Text(words), Form::Same) => words.key(),
            (Self::Address(address), Form::Same) => address.key(),
            _ => 0,
        }
    }
}

/// A compared column with its values made ready.
#[derive(Debug)]
pub struct Field<'t> {
    pub(crate) kind: Kind,
    scale: Scale,
    column: &'t Column,
    values: Vec<Value>,
    /// For each value, how many bits its agreement tells beyond (or short of) an average agreement.
    rarity_bits: Vec<f32>,
    /// The same for a model that is kept.
    pub(crate) frequencies: Option<Frequencies>,
    /// The share of all pairs of rows that have the same value.
    pub(crate) agreement: f64,
    filled: f64,
}

impl<'t> Field<'t> {
    pub fn new(
        table: &'t Table,
        comparison: &Comparison,
        locale: Locale,
        places: &dyn Places,
    ) -> Result<Self, LinkageError> {
        let column = table.column(&comparison.column)?;
        let scale = Scale::new(comparison, locale);
        let values = column.values.iter().map(|text| scale.value(text, places)).collect();
        let mut field = Self {
            kind: comparison.kind,
            scale,
            column,
            values,
            rarity_bits: Vec::new(),
            frequencies: None,
            agreement: 0.0,
            filled: 0.0,
        };
        field.count(comparison.term_frequency);
        Ok(field)
    }

    /// Counts values, those of one folded form together.
    fn count(&mut self, by_frequency: bool) {
        let mut rows = vec![0_u64; self.values.len()];
        for value in &self.column.cells {
            rows[*value as usize] += 1;
        }
        let keys: Vec<u64> = self.values.iter().map(|v| v.key(Form::Same)).collect();
        let mut groups: HashMap<u64, u64> = HashMap::new();
        for (key, rows) in keys.iter().zip(&rows).filter(|(key, _)| **key != 0) {
            *groups.entry(*key).or_default() += rows;
        }
        let total = groups.values().sum::<u64>() as f64;
        self.filled = total / (self.column.cells.len() as f64).max(1.0);
        // A sum of whole numbers: no order of the map can change it.
        let pairs: u128 = groups.values().map(|n| u128::from(*n) * u128::from(n.saturating_sub(1))).sum();
        self.agreement = pairs as f64 / (total * (total - 1.0)).max(1.0);
        if by_frequency {
            let frequencies = Frequencies::count(&groups);
            let bits = |key| groups.get(key).map_or(0.0, |rows| frequencies.bits_of(*rows));
            self.rarity_bits = keys.iter().map(bits).collect();
            self.frequencies = Some(frequencies);
        }
    }

    pub(crate) fn value(&self, row: u32) -> u32 {
        self.column.cells[row as usize]
    }

    pub(crate) fn text(&self, row: u32) -> &'t str {
        self.column.values.get(self.value(row))
    }

    /// The share of rows that have a value.
    pub(crate) fn filled(&self) -> f64 {
        self.filled
    }

    pub(crate) fn values(&self) -> usize {
        self.values.len()
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
        self.scale.grade(&self.values[a], &self.values[b])
    }

    /// The key of a value for blocks; zero for none.
    pub fn key(&self, form: Form, value: u32) -> u64 {
        self.values[value as usize].key(form)
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
        let slow = matches!(field.kind, Kind::Name | Kind::Text | Kind::Address);
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
