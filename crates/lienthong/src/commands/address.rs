//! `address`: reads one address, or a column of them, into administrative units.
//!
//! The reading is done by the crate `address` on the divisions of the catalogue. Nothing is sent or stored anywhere; a column's
//! answers go into a new file beside the columns that were there.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use address::{AddressBook, Doubt, Reading, UnitId};
use anyhow::Context;
use base::{Clock, SystemClock, vietnam_date};
use clap::Args;
use csv::StringRecord;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    adapters::nation::NationData,
    commands::{existing, say},
    config::Config,
};

/// What a reading adds to a row.
const ADDED: [&str; 8] = [
    "address_unit",
    "address_unit_name",
    "address_map",
    "address_today",
    "address_today_name",
    "address_street",
    "address_confidence",
    "address_doubt",
];
/// Rows between two movements of the progress bar.
const ROWS_A_STEP: u64 = 4_096;
/// Most units of today that are printed for one address.
const TODAY_PRINTED_MAX: usize = 12;

#[derive(Args)]
pub struct Address {
    /// The address; with --column, a CSV file.
    #[arg(value_name = "TEXT|FILE")]
    text: String,
    /// Read this column of the file.
    #[arg(long, requires = "out")]
    column: Option<String>,
    /// Where the rows go, with what was read behind their columns.
    #[arg(long, requires = "column")]
    out: Option<PathBuf>,
}

pub fn run(command: Address, config: &Config) -> anyhow::Result<ExitCode> {
    let clock = Arc::new(SystemClock);
    let today = vietnam_date(clock.now());
    let nation = NationData::load(config.catalogue_dir.as_deref(), clock)?;
    let book = AddressBook::new(nation.catalogue.divisions().address_units(today))?;
    match command.column.zip(command.out) {
        Some((column, out)) => {
            read_column(&book, &existing(command.text.into())?, &column, &out)?;
            Ok(ExitCode::SUCCESS)
        }
        None => Ok(tell(&book, &command.text)),
    }
}

/// One address, for a person to read. Fails where it names no unit.
fn tell(book: &AddressBook, text: &str) -> ExitCode {
    let reading = book.read(text);
    if reading.answers.is_empty() {
        say("The text names no unit that is known, old or new.");
        return ExitCode::FAILURE;
    }
    for answer in &reading.answers {
        say(format!(
            "{}  [{}, {}]",
            book.label(answer.unit),
            code(book, answer.unit),
            map(book, answer.unit)
        ));
    }
    if !reading.answers.iter().all(|a| a.today == [a.unit]) {
        say("today:");
        for unit in reading.today.iter().take(TODAY_PRINTED_MAX) {
            say(format!("  {}  [{}]", book.label(*unit), code(book, *unit)));
        }
        let more = reading.today.len().saturating_sub(TODAY_PRINTED_MAX);
        if more > 0 {
            say(format!("  and {more} more"));
        }
    }
    if !reading.rest.is_empty() {
        say(format!("street: {}", reading.street()));
    }
    say(format!("confidence: {:.2}", reading.confidence));
    if let Some(doubt) = reading.doubt {
        say(format!("doubt: {}", reason(doubt)));
    }
    ExitCode::SUCCESS
}

fn reason(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::NotFound => "no unit is named",
        Doubt::NoCommune => "no commune is named that is known there",
        Doubt::SeveralUnits => {
            "several units fit the words; write the district or the province, or the diacritics"
        }
        Doubt::Split => "the unit was split; only the street or the person tells which part",
    }
}

fn code(book: &AddressBook, id: UnitId) -> &str {
    book.unit(id).map_or("", |u| u.code.as_str())
}

fn map(book: &AddressBook, id: UnitId) -> &'static str {
    if book.unit(id).is_some_and(|u| u.current) { "current" } else { "former" }
}

fn read_column(book: &AddressBook, input: &Path, column: &str, out: &Path) -> anyhow::Result<()> {
    if out.canonicalize().is_ok_and(|out| input.canonicalize().is_ok_and(|input| input == out)) {
        anyhow::bail!("--out must be another file than {}", input.display());
    }
    let named = || input.display().to_string();
    let file = File::open(input).with_context(named)?;
    let bytes = file.metadata().map_or(0, |m| m.len());
    let mut reader = csv::Reader::from_reader(BufReader::new(file));
    let header = reader.headers().with_context(named)?.clone();
    let at = position(&header, column).with_context(named)?;

    let mut writer = csv::Writer::from_writer(BufWriter::new(
        File::create(out).with_context(|| out.display().to_string())?,
    ));
    let written = || out.display().to_string();
    writer.write_record(header.iter().chain(ADDED)).with_context(written)?;
    let style = ProgressStyle::with_template("{bar:40} {percent}% {msg} còn {eta}")?;
    let bar = ProgressBar::new(bytes).with_style(style);
    let (mut rows, mut certain, mut doubtful, mut nothing) = (0u64, 0u64, 0u64, 0u64);
    let mut row = StringRecord::new();
    while reader.read_record(&mut row).with_context(named)? {
        let reading = book.read(row.get(at).unwrap_or(""));
        match reading.doubt {
            None => certain += 1,
            Some(Doubt::NotFound) => nothing += 1,
            Some(_) => doubtful += 1,
        }
        let added = added(book, &reading);
        writer.write_record(row.iter().chain(added.iter().map(String::as_str))).with_context(written)?;
        rows += 1;
        if rows.is_multiple_of(ROWS_A_STEP) {
            bar.set_position(reader.position().byte());
            bar.set_message(format!("{rows} dòng"));
        }
    }
    writer.flush().with_context(written)?;
    bar.finish_and_clear();
    say(format!(
        "{rows} rows: {certain} lead to one commune of today, {doubtful} in doubt, {nothing} without a unit; in {}",
        out.display()
    ));
    Ok(())
}

/// Where the column stands; the message names those that are there.
fn position(header: &StringRecord, column: &str) -> anyhow::Result<usize> {
    if let Some(taken) = ADDED.iter().find(|added| header.iter().any(|h| h == **added)) {
        anyhow::bail!("there is a column {taken} already; rename or drop it first");
    }
    let found: Vec<usize> =
        header.iter().enumerate().filter(|(_, h)| h.trim() == column).map(|(at, _)| at).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            let known: Vec<&str> = header.iter().collect();
            anyhow::bail!("there is no column {column}; the columns are: {}", known.join(", "))
        }
        _ => anyhow::bail!("{} columns are named {column}", found.len()),
    }
}

/// Several answers stand with ` | ` between them, so that nobody takes the first for the only one.
fn added(book: &AddressBook, reading: &Reading<'_>) -> [String; 8] {
    let join = |parts: Vec<String>| parts.join(" | ");
    let units = || reading.answers.iter().map(|a| a.unit);
    let today = || reading.today.iter().copied();
    let mut maps: Vec<String> = units().map(|u| map(book, u).to_owned()).collect();
    maps.dedup();
    [
        join(units().map(|u| code(book, u).to_owned()).collect()),
        join(units().map(|u| book.label(u)).collect()),
        join(maps),
        join(today().map(|u| code(book, u).to_owned()).collect()),
        join(today().map(|u| book.label(u)).collect()),
        reading.street(),
        format!("{:.2}", reading.confidence),
        reading.doubt.map_or("", Doubt::code).to_owned(),
    ]
}
