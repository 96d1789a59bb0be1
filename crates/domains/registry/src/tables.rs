//! Files of the catalogue that this domain reads, and what is wrong with them: every fault with its line and rule, so that
//! `lienthong catalogue check` can say it and a program does not start with half a table.

use std::{fmt, ops::Range};

use serde::de::DeserializeOwned;

/// A fault of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFault {
    /// Counted from 1.
    pub line: usize,
    /// What was checked, `quality.source`.
    pub rule: &'static str,
    pub message: String,
}

/// Everything that is wrong with a file; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFaults(pub Vec<TableFault>);

impl fmt::Display for TableFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.line, self.rule, self.message)
    }
}

impl fmt::Display for TableFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for TableFaults {}

/// A file while it is read.
pub(crate) struct Table<'t> {
    text: &'t str,
    faults: Vec<TableFault>,
}

impl<'t> Table<'t> {
    /// The raw file, as far as its form goes.
    pub fn read<T: DeserializeOwned>(text: &'t str, rule: &'static str) -> Result<(Self, T), TableFaults> {
        let mut table = Self { text, faults: Vec::new() };
        match toml::from_str(text) {
            Ok(raw) => Ok((table, raw)),
            Err(e) => {
                table.fault(e.span().unwrap_or(0..0), rule, e.message().replace('\n', "; "));
                Err(TableFaults(table.faults))
            }
        }
    }

    pub fn fault(&mut self, at: Range<usize>, rule: &'static str, message: impl Into<String>) {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        self.faults.push(TableFault { line, rule, message: message.into() });
    }

    /// What was made of it, if nothing was wrong.
    pub fn done<T>(self, made: T) -> Result<T, TableFaults> {
        if self.faults.is_empty() { Ok(made) } else { Err(TableFaults(self.faults)) }
    }
}
