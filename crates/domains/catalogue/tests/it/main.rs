//! The catalogue as others meet it: the real files, read once for all tests.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stand outside #[test] functions")]

mod agencies;
mod calendar;
mod check;
mod divisions;
mod procedures;

use std::{path::PathBuf, sync::OnceLock};

use catalogue::Catalogue;
use jiff::civil::{Date, date};

/// The day on which these tests are told.
pub const TODAY: Date = date(2026, 11, 21);
/// A day of the old map.
pub const BEFORE: Date = date(2025, 6, 30);

pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| match Catalogue::embedded() {
        Ok(catalogue) => catalogue,
        Err(e) => panic!("{:#?}", &e.problems[..e.problems.len().min(40)]),
    })
}

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../catalogue")
}
