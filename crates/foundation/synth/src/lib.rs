//! Plausible synthetic people for demos, tests and benchmarks, and the CSV form in which persons are imported.
//!
//! [`People`] streams persons family by family (`family`, `demography`, `names`, `address`), deterministic per seed;
//! [`Sheet`] writes them clean, [`MessySheet`] with the messiness of reality and the truth beside it. The caller hands
//! in the communes ([`Place`], [`OldPlace`]) and the writers: nothing here opens a file, asks the clock or knows a real
//! person. Everybody made here is marked: key `SYN-…`, column `synthetic` = 1, phone numbers that no carrier has.
//!
//! The columns, the kinds of mess and the truth file are documented in `docs/persons-csv.md`.

mod address;
mod chance;
mod demography;
mod family;
mod held;
mod mess;
mod names;
mod number;
mod people;
mod person;
mod places;
mod pyramid;
mod region;
mod sheet;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

pub use self::{
    mess::{MessKind, MessySheet, TRUTH_HEADER, Tally},
    names::Ethnicity,
    people::{PERSONS_MAX, People},
    person::{Held, Kin, Marital, Paper, Person, Relation, Residence, Stay},
    places::{OldPlace, Place, PlaceKind},
    pyramid::PER_MILLE as AGE_PYRAMID_PER_MILLE,
    sheet::{Column, HEADER, Row, Sheet},
};

/// What to make. The same options and places give the same people, byte for byte.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub seed: u64,
    /// How many persons, the dead included; at most [`PERSONS_MAX`].
    pub count: u64,
    /// The day on which ages and residences hold.
    pub today: Date,
}

/// Why nothing, or no more, was made.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    #[error("there is no place where people could live")]
    NoPlaces,
    #[error("commune {code} has no valid number prefix (one or more below 1000)")]
    NoPrefix { code: String },
    #[error("at most {max} persons can be made")]
    TooMany { max: u64 },
    #[error("the reference day must lie between 2010 and 2190")]
    Day,
    #[error("the share of messy rows must lie between 0 and 1")]
    Share,
    #[error("cannot write")]
    Write(#[source] std::io::Error),
}

impl From<csv::Error> for SynthError {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Self::Write(error),
            other => Self::Write(std::io::Error::other(format!("{other:?}"))),
        }
    }
}
