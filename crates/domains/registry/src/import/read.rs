//! Reading and checking, on a thread of its own, ahead of the database. Memory is bounded by the batches in flight and by
//! the longest line that is accepted.

use std::io::{Read, Seek, SeekFrom};

use contracts::ports::Nation;
use csv::ByteRecord;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::{
    ImportError,
    mapping::Mapping,
    row::{Checker, NewPerson, RowFault},
    source::{self, CHUNK_BYTES, Format, Next, Place},
};

/// Some lines, read and checked.
pub struct Batch {
    pub persons: Vec<NewPerson>,
    pub faults: Vec<RowFault>,
    pub rows: u64,
    /// Where the next batch begins.
    pub end: Place,
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

/// What is read, and how.
pub struct Reading {
    pub bytes: u64,
    pub format: Format,
    pub mapping: Mapping,
    pub today: Date,
    pub from: Place,
    pub batch_rows: usize,
}

/// Reads from a place to the end and sends batch after batch; ends early when nobody takes them any more.
pub fn batches<R: Read + Seek + Send + 'static>(
    file: R,
    nation: &dyn Nation,
    reading: &Reading,
    out: &mpsc::Sender<Result<Batch, ImportError>>,
) -> Result<(), ImportError> {
    let Reading { bytes, format, mapping, today, from, batch_rows } = reading;
    let mut source = source::open(file, *bytes, *format, mapping, *from)?;
    let plan = mapping.plan(source.columns().iter().map(String::as_str))?;
    let mut checker = Checker::new(plan, nation, *today);
    let mut cells = ByteRecord::new();
    let full = u64::try_from(*batch_rows).unwrap_or(u64::MAX);
    let empty =
        || Batch { persons: Vec::with_capacity(*batch_rows), faults: Vec::new(), rows: 0, end: *from };
    let mut batch = empty();
    loop {
        let next = source.next(&mut cells)?;
        let more = !matches!(next, Next::End);
        match next {
            Next::Row(line) => {
                let (person, faults) = checker.check(&cells, line);
                batch.persons.extend(person);
                batch.faults.extend(faults);
            }
            Next::Broken(line, broken) => batch.faults.push(checker.whole(line, "", broken)),
            Next::End => {}
        }
        batch.rows += u64::from(more);
        batch.end = source.place();
        let ready = batch.rows > 0 && (batch.rows >= full || !more);
        if ready && out.blocking_send(Ok(std::mem::replace(&mut batch, empty()))).is_err() {
            return Ok(());
        }
        if !more {
            return Ok(());
        }
    }
}
