//! Reading and checking, on a thread of its own, ahead of the database. Memory is bounded by the batches in flight and by
//! the longest line that is accepted.

use std::{
    io::{Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use contracts::ports::Nation;
use csv::{ByteRecord, Position};
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::{
    ImportError,
    row::{Checker, Header, NewPerson, RowFault},
};

/// A quotation mark that is never closed swallows the rest of a file; no line of persons is longer than this, in bytes.
const LINE_BYTES_MAX: u64 = 1024 * 1024;
const CHUNK_BYTES: usize = 256 * 1024;

/// Some lines, read and checked.
pub struct Batch {
    pub persons: Vec<NewPerson>,
    pub faults: Vec<RowFault>,
    pub rows: u64,
    /// Where the next batch begins.
    pub end: Place,
}

/// A place in the file, at the beginning of a line.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub byte: u64,
    pub line: u64,
    pub row: u64,
}

/// SHA-256 of the whole file, and its length. Leaves the file at its beginning.
pub fn digest<R: Read + Seek>(file: &mut R) -> Result<(String, u64), ImportError> {
    let unreadable = |source| ImportError::Unreadable { line: 0, source };
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    let (mut hash, mut length) = (Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let n = file.read(&mut chunk).map_err(unreadable)?;
        let Some(read) = chunk.get(..n).filter(|c| !c.is_empty()) else { break };
        hash.update(read);
        length += u64::try_from(n).unwrap_or(0);
    }
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    Ok((hex::encode(hash.finalize()), length))
}

/// Reads from `from` to the end and sends batch after batch; ends early when nobody takes them any more.
pub fn batches<R: Read + Seek>(
    file: R,
    nation: &dyn Nation,
    today: Date,
    from: Place,
    batch_rows: usize,
    out: &mpsc::Sender<Result<Batch, ImportError>>,
) -> Result<(), ImportError> {
    let budget = Arc::new(AtomicU64::new(LINE_BYTES_MAX));
    let guarded = Guarded { inner: file, budget: Arc::clone(&budget) };
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).buffer_capacity(CHUNK_BYTES).from_reader(guarded);
    let mut at = from.line;
    let header = reader.byte_headers().map_err(|e| unreadable(e, 1))?;
    let header = Header::read(header).map_err(|columns| ImportError::Header { columns })?;
    if from.byte > 0 {
        let mut place = Position::new();
        place.set_byte(from.byte).set_line(from.line).set_record(from.row + 1);
        reader.seek(place).map_err(|e| unreadable(e, from.line))?;
    }
    let mut checker = Checker::new(header, nation, today);
    let mut record = ByteRecord::new();
    let empty = || Batch { persons: Vec::with_capacity(batch_rows), faults: Vec::new(), rows: 0, end: from };
    let mut batch = empty();
    let mut row = from.row;
    loop {
        budget.store(LINE_BYTES_MAX, Ordering::Relaxed);
        let more = reader.read_byte_record(&mut record).map_err(|e| unreadable(e, at))?;
        let end = Place { byte: reader.position().byte(), line: reader.position().line(), row };
        if more {
            let line = record.position().map_or(at, Position::line);
            let (person, faults) = checker.check(&record, line);
            batch.persons.extend(person);
            batch.faults.extend(faults);
            batch.rows += 1;
            row += 1;
        }
        at = end.line;
        batch.end = Place { row, ..end };
        let full = batch.rows >= u64::try_from(batch_rows).unwrap_or(u64::MAX);
        if (full || !more)
            && batch.rows > 0
            && out.blocking_send(Ok(std::mem::replace(&mut batch, empty()))).is_err()
        {
            return Ok(());
        }
        if !more {
            return Ok(());
        }
    }
}

fn unreadable(error: csv::Error, line: u64) -> ImportError {
    ImportError::Unreadable { line, source: error.into() }
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
