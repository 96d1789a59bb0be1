//! What is wrong in the files of a catalogue, with file, line and rule; and the two readers, for TOML and CSV.
//!
//! Readers never stop at the first problem: one run names them all.

use std::{fmt, ops::Range};

use base::nfc;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use unicode_normalization::is_nfc;

use crate::{source::Source, validity::Validity};

/// One broken rule. `file` is relative to the catalogue folder, `line` counts from 1, `rule` is stable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    pub file: String,
    pub line: usize,
    pub rule: &'static str,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.rule, self.message)
    }
}

/// A catalogue that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the catalogue has {} problem(s); the first: {}", problems.len(), problems.first().map(ToString::to_string).unwrap_or_default())]
pub struct CatalogueError {
    pub problems: Vec<Problem>,
}

#[derive(Default)]
pub(crate) struct Report(Vec<Problem>);

impl Report {
    pub fn add(&mut self, file: &str, line: usize, rule: &'static str, message: impl Into<String>) {
        self.0.push(Problem { file: file.to_owned(), line, rule, message: message.into() });
    }

    pub fn into_problems(mut self) -> Vec<Problem> {
        self.0.sort();
        self.0.dedup();
        self.0
    }

    pub fn into_result<T>(self, value: T) -> Result<T, CatalogueError> {
        let problems = self.into_problems();
        if problems.is_empty() { Ok(value) } else { Err(CatalogueError { problems }) }
    }

    /// The last day must not lie before the first.
    pub fn check_order(&mut self, file: &str, line: usize, validity: Validity) {
        if !validity.is_ordered() {
            self.add(file, line, "validity.order", "valid_to lies before valid_from");
        }
    }
}

/// Texts are stored in NFC, with plain single spaces: official data mixes forms, and names would not equal themselves.
pub(crate) fn check_text(source: &Source, report: &mut Report) {
    for (file, text) in source.all() {
        for (line, content) in (1..).zip(text.lines()) {
            if content.is_ascii() {
                continue;
            }
            if !is_nfc(content) {
                report.add(
                    file,
                    line,
                    "text.not_nfc",
                    format!("not in Unicode NFC; write {:?}", nfc(content)),
                );
            }
            if content.contains(['\u{a0}', '\u{200b}', '\u{feff}']) {
                report.add(
                    file,
                    line,
                    "text.hidden_space",
                    "a no-break or zero-width space; write a plain one",
                );
            }
        }
    }
}

/// A TOML file, to ask it for lines.
#[derive(Clone, Copy)]
pub(crate) struct TomlFile<'a> {
    pub path: &'a str,
    text: &'a str,
}

impl TomlFile<'_> {
    /// The line on which a piece of the file begins.
    pub fn line(&self, span: Range<usize>) -> usize {
        self.text.bytes().take(span.start).filter(|b| *b == b'\n').count() + 1
    }
}

/// Reads a TOML file into a type that denies unknown keys.
pub(crate) fn read_toml<'a, T: DeserializeOwned>(
    path: &'a str,
    text: &'a str,
    report: &mut Report,
) -> Option<(TomlFile<'a>, T)> {
    let file = TomlFile { path, text };
    match toml::from_str(text) {
        Ok(value) => Some((file, value)),
        Err(e) => {
            let message = e.message();
            let rule = if message.contains("unknown field") {
                "toml.unknown_key"
            } else if message.contains("missing field") {
                "toml.missing_key"
            } else if message.contains("unknown variant") {
                "toml.unknown_word"
            } else {
                "toml.syntax"
            };
            report.add(path, file.line(e.span().unwrap_or(0..0)), rule, message.replace('\n', "; "));
            None
        }
    }
}

/// Reads a CSV file whose columns are exactly `columns`, row by row, with the line of each row.
pub(crate) fn read_csv<T>(
    source: &Source,
    path: &str,
    columns: &str,
    report: &mut Report,
    mut row: impl FnMut(usize, T, &mut Report),
) where
    T: for<'r> Deserialize<'r>,
{
    let text = source.required(path, report);
    if text.is_empty() {
        return;
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut first = true;
    loop {
        let line = usize::try_from(reader.position().line()).unwrap_or(usize::MAX);
        match reader.read_record(&mut record) {
            Ok(false) => return,
            Ok(true) if first => {
                first = false;
                if !record.iter().eq(columns.split(',')) {
                    return report.add(path, 1, "csv.columns", format!("the columns must be {columns}"));
                }
            }
            Ok(true) => {
                let line =
                    record.position().map_or(line, |p| usize::try_from(p.line()).unwrap_or(usize::MAX));
                match record.deserialize(None) {
                    Ok(value) => row(line, value, report),
                    Err(e) => {
                        let column = match e.kind() {
                            csv::ErrorKind::Deserialize { err, .. } => err
                                .field()
                                .and_then(|f| {
                                    columns.split(',').nth(usize::try_from(f).unwrap_or(usize::MAX))
                                })
                                .map(|name| format!("column {name}: {}", err.kind())),
                            _ => None,
                        };
                        report.add(path, line, "csv.value", column.unwrap_or_else(|| e.to_string()));
                    }
                }
            }
            Err(e) => report.add(path, line, "csv.row", e.to_string()),
        }
    }
}
