//! Reading addresses against the real divisions.
#![expect(clippy::unwrap_used, reason = "a test that fails should stop")]

mod bars;
mod never;
mod score;
mod stories;
mod variants;

use std::sync::LazyLock;

use address::{AddressBook, Reading, UnitId};
use jiff::civil::{Date, date};

pub const TODAY: Date = date(2026, 11, 1);

pub static BOOK: LazyLock<AddressBook> = LazyLock::new(|| {
    let catalogue = catalogue::Catalogue::embedded().unwrap();
    AddressBook::new(catalogue.divisions().address_units(TODAY)).unwrap()
});

pub fn label(id: UnitId) -> String {
    BOOK.label(id)
}

pub fn labels(ids: &[UnitId]) -> Vec<String> {
    ids.iter().map(|id| label(*id)).collect()
}

pub fn units(reading: &Reading<'_>) -> Vec<String> {
    reading.answers.iter().map(|a| label(a.unit)).collect()
}
