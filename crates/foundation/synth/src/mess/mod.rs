//! The messiness of reality, applied to clean rows, with the truth in a second file.
//!
//! A share of the rows gets one kind of mess, some two or three ([`kinds`], text in [`slips`]). The truth file has one
//! line per changed field: with it, each messy row can be restored and each duplicate traced to its person.

mod kinds;
mod slips;

use std::{
    collections::{BTreeMap, VecDeque},
    io::Write,
};

use csv::StringRecord;

pub use self::kinds::MessKind;
use self::kinds::{OldUnits, apply};
use crate::{
    OldPlace, Options, SynthError,
    chance::Chance,
    number::mix,
    people::source_key,
    person::Person,
    sheet::{Column, HEADER, Row, fill},
};

/// Header of the truth file. `kinds` are joined by `+`; `field` is a column of the persons file.
pub const TRUTH_HEADER: [&str; 5] = ["source_key", "true_source_key", "kinds", "field", "true_value"];

/// Duplicates come up to this many rows after their first.
const DUPLICATES_WAITING_MAX: usize = 400;
/// Draws before a row is left clean: not every row offers something to every kind.
const TRIES: usize = 12;

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows of the persons file, duplicates included.
    pub rows: u64,
    /// Rows with mess, duplicates included.
    pub messy_rows: u64,
    pub by_kind: BTreeMap<MessKind, u64>,
}

/// Writes persons with mess, and the truth beside.
pub struct MessySheet<W: Write, T: Write> {
    out: csv::Writer<W>,
    truth: csv::Writer<T>,
    share: f64,
    seed: u64,
    next_serial: u64,
    chance: Chance,
    old: OldUnits,
    record: StringRecord,
    duplicates: VecDeque<Row>,
    /// Kinds that were drawn for a row that offered them nothing; they go first at the next, which keeps the rates.
    owed: Vec<MessKind>,
    tally: Tally,
}

impl<W: Write, T: Write> MessySheet<W, T> {
    /// `share` of the rows (0 to 1) are spoilt; `options` are those of the people that will be written.
    pub fn new(
        options: &Options,
        share: f64,
        old_places: &[OldPlace],
        out: W,
        truth: T,
    ) -> Result<Self, SynthError> {
        if !(0.0..=1.0).contains(&share) {
            return Err(SynthError::Share);
        }
        let (mut out, mut truth) = (csv::Writer::from_writer(out), csv::Writer::from_writer(truth));
        out.write_record(HEADER)?;
        truth.write_record(TRUTH_HEADER)?;
        Ok(Self {
            out,
            truth,
            share,
            seed: options.seed,
            next_serial: options.count + 1,
            // Its own stream: the people are the same with and without mess.
            chance: Chance::new(mix(options.seed ^ 0x4D45_5353)),
            old: OldUnits::new(old_places),
            record: StringRecord::new(),
            duplicates: VecDeque::new(),
            owed: Vec::new(),
            tally: Tally::default(),
        })
    }

    pub fn write(&mut self, person: &Person) -> Result<(), SynthError> {
        fill(&mut self.record, person);
        self.tally.rows += 1;
        if self.chance.share(self.share) {
            self.spoil()?;
        } else {
            self.out.write_record(&self.record)?;
        }
        if self.duplicates.len() > DUPLICATES_WAITING_MAX {
            self.write_duplicate()?;
        }
        Ok(())
    }

    /// Writes what still waits and flushes.
    pub fn finish(mut self) -> Result<(W, T, Tally), SynthError> {
        while !self.duplicates.is_empty() {
            self.write_duplicate()?;
        }
        let out = self.out.into_inner().map_err(|e| SynthError::Write(e.into_error()))?;
        let truth = self.truth.into_inner().map_err(|e| SynthError::Write(e.into_error()))?;
        Ok((out, truth, self.tally))
    }

    /// Spoils the current record, or lets a spoilt second row of it follow later.
    fn spoil(&mut self) -> Result<(), SynthError> {
        let clean = Row::of(&self.record);
        let first = self.draw();
        if first == MessKind::Duplicate {
            self.duplicates.push_back(clean);
            return Ok(self.out.write_record(&self.record)?);
        }
        let mut row = clean.clone();
        let wanted = 1 + usize::from(self.chance.hit(250)) + usize::from(self.chance.hit(60));
        let kinds = self.apply_some(Some(first), wanted, &mut row);
        self.out.write_record(row.fields())?;
        self.tell(&clean, &row, &kinds)
    }

    /// The same person registered once more: other key, no household, small differences.
    fn write_duplicate(&mut self) -> Result<(), SynthError> {
        let Some(clean) = self.duplicates.pop_front() else { return Ok(()) };
        let mut row = clean.clone();
        row[Column::SourceKey] = source_key(self.seed, self.next_serial);
        self.next_serial += 1;
        for column in [Column::HouseholdKey, Column::HouseholdRelation, Column::Phone] {
            row[column].clear();
        }
        if !row[Column::OldNumber].is_empty() && self.chance.hit(500) {
            row[Column::Number].clear();
        }
        let wanted = self.chance.between(0, 2) as usize;
        let mut kinds = self.apply_some(None, wanted, &mut row);
        kinds.insert(0, MessKind::Duplicate);
        self.tally.rows += 1;
        self.out.write_record(row.fields())?;
        self.tell(&clean, &row, &kinds)
    }

    /// Applies `wanted` different kinds, the owed ones and `first` before others; returns those that took.
    fn apply_some(&mut self, first: Option<MessKind>, wanted: usize, row: &mut Row) -> Vec<MessKind> {
        let mut kinds = Vec::new();
        let mut queue: VecDeque<MessKind> = std::mem::take(&mut self.owed).into_iter().chain(first).collect();
        for _ in 0..TRIES + queue.len() {
            if kinds.len() >= wanted {
                break;
            }
            let kind = queue.pop_front().unwrap_or_else(|| self.draw());
            if kinds.contains(&kind) || kind == MessKind::Duplicate {
                continue;
            }
            if apply(kind, row, &self.old, &mut self.chance).is_some() {
                kinds.push(kind);
            } else if !self.owed.contains(&kind) {
                self.owed.push(kind);
            }
        }
        for kind in queue {
            if !self.owed.contains(&kind) {
                self.owed.push(kind);
            }
        }
        kinds
    }

    fn draw(&mut self) -> MessKind {
        let weights = MessKind::ALL.iter().map(|k| k.weight());
        let at = self.chance.weighted(weights).and_then(|i| MessKind::ALL.get(i));
        at.copied().unwrap_or(MessKind::UpperCase)
    }

    fn tell(&mut self, clean: &Row, row: &Row, kinds: &[MessKind]) -> Result<(), SynthError> {
        // Two kinds may undo each other.
        if row == clean {
            return Ok(());
        }
        self.tally.messy_rows += 1;
        for kind in kinds {
            *self.tally.by_kind.entry(*kind).or_default() += 1;
        }
        let names: Vec<&str> = kinds.iter().map(|k| k.name()).collect();
        let names = names.join("+");
        let (key, true_key) = (&row[Column::SourceKey], &clean[Column::SourceKey]);
        for column in Column::ALL {
            if row[column] != clean[column] {
                self.truth.write_record([key, true_key, &names, column.name(), &clean[column]])?;
            }
        }
        Ok(())
    }
}
