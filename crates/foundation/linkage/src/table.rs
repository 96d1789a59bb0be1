//! A table in columns: every distinct value of a column is kept once, a cell is its number.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hasher as _},
};

use crate::LinkageError;

/// Rows are numbered in 32 bits.
pub const ROWS_MAX: usize = u32::MAX as usize;
/// Bytes of the distinct values of one column.
pub const TEXT_BYTES_MAX: usize = u32::MAX as usize;

/// The number of the empty value in every column.
pub(crate) const MISSING: u32 = 0;

/// Texts one behind the other: a box for each would cost more than the texts.
#[derive(Debug)]
pub(crate) struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Begins with the empty text.
    fn new() -> Self {
        Self { all: String::new(), ends: vec![0] }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, number: u32) -> &str {
        let end = self.ends.get(number as usize).copied().unwrap_or(0);
        let start =
            if number == MISSING { 0 } else { self.ends.get(number as usize - 1).copied().unwrap_or(0) };
        self.all.get(start as usize..end as usize).unwrap_or("")
    }

    fn push(&mut self, text: &str) -> Result<u32, LinkageError> {
        if self.all.len() + text.len() > TEXT_BYTES_MAX {
            return Err(LinkageError::TooMuchText(TEXT_BYTES_MAX));
        }
        self.all.push_str(text);
        self.ends.push(self.all.len() as u32);
        Ok(self.ends.len() as u32 - 1)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|number| self.get(number))
    }
}

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Distinct values; the first is the empty one.
    pub(crate) values: Texts,
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
        Some(column.values.get(*column.cells.get(row as usize)?))
    }

    /// The first two rows of one file that have the same value in a column: ids must not.
    pub fn first_repeat(&self, column: &str) -> Result<Option<[u32; 2]>, LinkageError> {
        let column = self.column(column)?;
        let mut last: HashMap<u16, Vec<u32>> = HashMap::new();
        for (row, (value, source)) in (0_u32..).zip(column.cells.iter().zip(&self.sources)) {
            let seen = last.entry(*source).or_insert_with(|| vec![u32::MAX; column.values.len()]);
            match seen.get_mut(*value as usize) {
                Some(before) if *before != u32::MAX => return Ok(Some([*before, row])),
                Some(before) => *before = row,
                None => {}
            }
        }
        Ok(None)
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
    /// For each column the numbers of its values, by hash; of two values with one hash the later goes to the next.
    numbers: Vec<HashMap<u64, u32>>,
}

impl TableBuilder {
    pub fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        let column = |name: &str| Column { name: name.to_owned(), values: Texts::new(), cells: Vec::new() };
        let columns: Vec<Column> = header.into_iter().map(column).collect();
        let numbers = columns.iter().map(|_| HashMap::new()).collect();
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
        for ((column, numbers), cell) in self.table.columns.iter_mut().zip(&mut self.numbers).zip(cells) {
            let number = number(&mut column.values, numbers, cell.trim())?;
            column.cells.push(number);
        }
        self.table.sources.push(source);
        Ok(())
    }

    pub fn build(self) -> Table {
        self.table
    }
}

/// The number of a value, a new one where it was not seen before.
fn number(values: &mut Texts, numbers: &mut HashMap<u64, u32>, text: &str) -> Result<u32, LinkageError> {
    if text.is_empty() {
        return Ok(MISSING);
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    let mut hash = hasher.finish();
    while let Some(number) = numbers.get(&hash) {
        if values.get(*number) == text {
            return Ok(*number);
        }
        hash = hash.wrapping_add(1);
    }
    let number = values.push(text)?;
    numbers.insert(hash, number);
    Ok(number)
}
