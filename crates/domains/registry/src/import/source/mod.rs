//! Files of persons in the formats in which registers hand them over. Each gives its rows as cells of text and says where
//! the next row begins, so that a load can go on there.

mod csv;
mod ndjson;
mod parquet;

use std::{
    io::{Read, Seek},
    path::Path,
};

use ::csv::ByteRecord;

use super::{ImportError, mapping::Mapping};
use crate::model::rules::Broken;

/// A quotation mark that is never closed swallows the rest of a file; no line of persons is longer than this, in bytes.
const LINE_BYTES_MAX: u64 = 1024 * 1024;
pub const CHUNK_BYTES: usize = 256 * 1024;

/// In which form a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Ndjson,
    Parquet,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Csv, Self::Ndjson, Self::Parquet];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
        }
    }

    /// By the extension of a file; `.jsonl` is another word for NDJSON.
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        if extension == "jsonl" {
            return Some(Self::Ndjson);
        }
        Self::ALL.into_iter().find(|f| f.as_str() == extension)
    }
}

impl std::str::FromStr for Format {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|f| f.as_str() == s).ok_or_else(|| "csv, ndjson or parquet".to_owned())
    }
}

/// A place in the file, at the beginning of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub byte: u64,
    pub line: u64,
    pub row: u64,
}

/// What was read.
pub enum Next {
    /// A row and its line; the cells are filled.
    Row(u64),
    /// A line that is no row of this file.
    Broken(u64, Broken),
    End,
}

pub trait Source {
    /// The columns of the cells.
    fn columns(&self) -> &[String];
    fn next(&mut self, cells: &mut ByteRecord) -> Result<Next, ImportError>;
    /// Where the next row begins.
    fn place(&self) -> Place;
}

/// Opens a file of `bytes` length at a place.
pub fn open<R: Read + Seek + Send + 'static>(
    file: R,
    bytes: u64,
    format: Format,
    mapping: &Mapping,
    from: Place,
) -> Result<Box<dyn Source>, ImportError> {
    Ok(match format {
        Format::Csv => Box::new(csv::open(file, mapping.delimiter, from)?),
        Format::Ndjson => Box::new(ndjson::open(file, mapping, from)?),
        Format::Parquet => Box::new(parquet::open(file, bytes, mapping, from)?),
    })
}

fn unreadable(line: u64, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ImportError {
    ImportError::Unreadable { line, source: std::io::Error::other(source) }
}
