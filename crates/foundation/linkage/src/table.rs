//! A table in columns: every distinct value of a column is kept once, a cell is its number.

use std::collections::HashMap;

use crate::LinkageError;

/// Rows are numbered in 32 bits.
pub const ROWS_MAX: usize = u32::MAX as usize;

/// The number of the empty value in every column.
pub const MISSING: u32 = 0;

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Distinct values; the first is the empty one.
    pub(crate) values: Vec<Box<str>>,
    pub(crate) cells: Vec<u32>,
}

/// The rows to link, of one file or of several.
#[derive(Debug)]
pub struct Table {
    columns: Vec<Column>,
    /// Which file each row came from, as handed in.
    sources: Vec<u16>,
}

impl Table {
    pub fn rows(&self) -> usize {
        self.sources.len()
    }

    pub fn source(&self, row: u32) -> Option<u16> {
        self.sources.get(row as usize).copied()
    }

    /// The text of a cell; empty for a missing value.
    pub fn cell(&self, column: &str, row: u32) -> Option<&str> {
        let column = self.column(column).ok()?;
        let value = *column.cells.get(row as usize)?;
        column.values.get(value as usize).map(|v| &**v)
    }

    pub(crate) fn column(&self, name: &str) -> Result<&Column, LinkageError> {
        let found = self.columns.iter().find(|c| c.name == name);
        found.ok_or_else(|| LinkageError::NoColumn(name.to_owned()))
    }

    pub(crate) fn sources(&self) -> &[u16] {
        &self.sources
    }
}

/// Takes rows in, one after another.
#[derive(Debug)]
pub struct TableBuilder {
    table: Table,
    numbers: Vec<HashMap<Box<str>, u32>>,
}

impl TableBuilder {
    pub fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        let column =
            |name: &str| Column { name: name.to_owned(), values: vec![Box::from("")], cells: Vec::new() };
        let columns: Vec<Column> = header.into_iter().map(column).collect();
        let numbers = columns.iter().map(|_| HashMap::from([(Box::from(""), MISSING)])).collect();
        Self { table: Table { columns, sources: Vec::new() }, numbers }
    }

    /// Adds a row of the file `source`; cells are trimmed, in the order of the header.
    pub fn push<'a>(
        &mut self,
        source: u16,
        cells: impl ExactSizeIterator<Item = &'a str>,
    ) -> Result<(), LinkageError> {
        let row = self.table.sources.len();
        let expected = self.table.columns.len();
        if cells.len() != expected {
            return Err(LinkageError::Cells { row, found: cells.len(), expected });
        }
        if row >= ROWS_MAX {
            return Err(LinkageError::TooManyRows(ROWS_MAX));
        }
        self.table.sources.push(source);
        for ((column, numbers), cell) in self.table.columns.iter_mut().zip(&mut self.numbers).zip(cells) {
            let cell = cell.trim();
            let number = match numbers.get(cell) {
                Some(number) => *number,
                None => {
                    let number = column.values.len() as u32;
                    column.values.push(Box::from(cell));
                    numbers.insert(Box::from(cell), number);
                    number
                }
            };
            column.cells.push(number);
        }
        Ok(())
    }

    pub fn build(self) -> Table {
        self.table
    }
}
