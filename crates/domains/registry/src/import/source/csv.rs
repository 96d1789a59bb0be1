//! CSV (RFC 4180) with a header line.

use std::{
    io::{Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use csv::{ByteRecord, Position, Reader};

use super::{CHUNK_BYTES, LINE_BYTES_MAX, Next, Place, Source, unreadable};
use crate::import::ImportError;

pub struct Csv<R> {
    reader: Reader<Guarded<R>>,
    columns: Vec<String>,
    budget: Arc<AtomicU64>,
    place: Place,
}

pub fn open<R: Read + Seek>(file: R, delimiter: Option<char>, from: Place) -> Result<Csv<R>, ImportError> {
    let budget = Arc::new(AtomicU64::new(LINE_BYTES_MAX));
    let guarded = Guarded { inner: file, budget: Arc::clone(&budget) };
    let delimiter = delimiter.and_then(|d| u8::try_from(d).ok()).unwrap_or(b',');
    let mut builder = csv::ReaderBuilder::new();
    let mut reader =
        builder.flexible(true).delimiter(delimiter).buffer_capacity(CHUNK_BYTES).from_reader(guarded);
    let header = reader.byte_headers().map_err(|e| unreadable(1, e))?;
    // A spreadsheet may put a byte order mark before the first name.
    let columns = header
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').trim().to_owned())
        .collect();
    if from.byte > 0 {
        let mut place = Position::new();
        place.set_byte(from.byte).set_line(from.line).set_record(from.row + 1);
        reader.seek(place).map_err(|e| unreadable(from.line, e))?;
    }
    Ok(Csv { reader, columns, budget, place: from })
}

impl<R: Read> Source for Csv<R> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, cells: &mut ByteRecord) -> Result<Next, ImportError> {
        self.budget.store(LINE_BYTES_MAX, Ordering::Relaxed);
        let more = self.reader.read_byte_record(cells).map_err(|e| unreadable(self.place.line, e))?;
        let end = self.reader.position();
        let line = cells.position().map_or(self.place.line, Position::line);
        let row = self.place.row + u64::from(more);
        self.place = Place { byte: end.byte(), line: end.line(), row };
        Ok(if more { Next::Row(line) } else { Next::End })
    }

    fn place(&self) -> Place {
        self.place
    }
}

/// A reader that refuses to go on within one line for ever.
struct Guarded<R> {
    inner: R,
    budget: Arc<AtomicU64>,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let left = self.budget.load(Ordering::Relaxed);
        if left == 0 {
            return Err(std::io::Error::other("a line is too long; is a quotation mark not closed?"));
        }
        let n = self.inner.read(out)?;
        self.budget.store(left.saturating_sub(u64::try_from(n).unwrap_or(0)), Ordering::Relaxed);
        Ok(n)
    }
}

impl<R: Seek> Seek for Guarded<R> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(to)
    }
}
