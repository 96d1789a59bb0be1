//! Parquet with flat columns of text, numbers, dates and booleans. Pages are read as they are needed: memory is bounded by
//! one page of each column.

use std::{
    io::{Read, Seek, SeekFrom},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use csv::ByteRecord;
use jiff::{Timestamp, ToSpan, civil::date, tz::TimeZone};
use parquet::{
    basic::{LogicalType, TimeUnit},
    column::reader::{ColumnReader, ColumnReaderImpl},
    data_type::{ByteArray, DataType},
    errors::ParquetError,
    file::{
        reader::{ChunkReader, FileReader, Length},
        serialized_reader::SerializedFileReader,
    },
};

use super::{Next, Place, Source, unreadable};
use crate::import::{ImportError, mapping::Mapping};

/// Rows decoded at a time.
const ROWS: usize = 1_024;

pub struct Parquet<R: Read + Seek + Send + 'static> {
    reader: SerializedFileReader<Shared<R>>,
    columns: Vec<String>,
    kinds: Vec<Option<Kind>>,
    /// Columns of the row group that is being read; none where a column is ignored.
    open: Vec<Option<Column>>,
    group: usize,
    /// Rows of the open group that are not decoded yet, and those that are decoded and not given out.
    undecoded: usize,
    decoded: usize,
    rows: u64,
    bytes: u64,
    place: Place,
}

/// How the values of a column become text.
#[derive(Clone, Copy)]
enum Kind {
    Plain,
    Date,
    Moment { per_second: i64 },
}

struct Column {
    reader: ColumnReader,
    kind: Kind,
    nullable: bool,
    cells: Vec<Option<ByteArray>>,
}

pub fn open<R: Read + Seek + Send + 'static>(
    file: R,
    bytes: u64,
    mapping: &Mapping,
    from: Place,
) -> Result<Parquet<R>, ImportError> {
    let broken = |e: ParquetError| unreadable(from.line, e);
    let shared = Shared { file: Arc::new(Mutex::new(file)), length: bytes };
    let reader = SerializedFileReader::new(shared).map_err(broken)?;
    let metadata = reader.metadata().file_metadata();
    let (mut columns, mut kinds, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for (n, column) in metadata.schema_descr().columns().iter().enumerate() {
        let name = column.path().string();
        let ignored = mapping.ignores(&name);
        let flat = column.max_rep_level() == 0 && column.max_def_level() <= 1;
        let kind = kind(column.physical_type(), column.logical_type_ref()).filter(|_| flat && !ignored);
        if kind.is_none() && !ignored {
            wrong.push(format!("#{}", n + 1));
        }
        columns.push(name);
        kinds.push(kind);
    }
    if !wrong.is_empty() {
        return Err(ImportError::Header { columns: wrong });
    }
    let rows = u64::try_from(metadata.num_rows()).unwrap_or(0);
    let mut parquet = Parquet {
        reader,
        columns,
        kinds,
        open: Vec::new(),
        group: 0,
        undecoded: 0,
        decoded: 0,
        rows,
        bytes,
        place: from,
    };
    parquet.skip(from.row).map_err(broken)?;
    Ok(parquet)
}

fn kind(physical: parquet::basic::Type, logical: Option<&LogicalType>) -> Option<Kind> {
    use parquet::basic::Type;
    match (physical, logical) {
        (Type::INT32, Some(LogicalType::Date)) => Some(Kind::Date),
        (Type::INT64, Some(LogicalType::Timestamp(moment))) => Some(Kind::Moment {
            per_second: match moment.unit {
                TimeUnit::MILLIS => 1_000,
                TimeUnit::MICROS => 1_000_000,
                TimeUnit::NANOS => 1_000_000_000,
            },
        }),
        (Type::INT32 | Type::INT64, None | Some(LogicalType::Integer { .. })) => Some(Kind::Plain),
        (Type::BYTE_ARRAY, None | Some(LogicalType::String | LogicalType::Enum)) => Some(Kind::Plain),
        (Type::BOOLEAN, _) => Some(Kind::Plain),
        _ => None,
    }
}

impl<R: Read + Seek + Send + 'static> Parquet<R> {
    /// Goes to a row.
    fn skip(&mut self, mut rows: u64) -> Result<(), ParquetError> {
        while rows > 0 && self.open_group()? {
            let here = u64::try_from(self.undecoded).unwrap_or(u64::MAX).min(rows);
            let skip = usize::try_from(here).unwrap_or(0);
            if skip < self.undecoded {
                for column in self.open.iter_mut().flatten() {
                    column.skip(skip)?;
                }
            }
            self.undecoded -= skip;
            rows -= here;
        }
        Ok(())
    }

    /// Opens the next group that has rows, unless one is open.
    fn open_group(&mut self) -> Result<bool, ParquetError> {
        while self.undecoded == 0 {
            if self.group >= self.reader.num_row_groups() {
                return Ok(false);
            }
            let group = self.reader.get_row_group(self.group)?;
            self.undecoded = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            let mut open = Vec::with_capacity(self.kinds.len());
            for (n, kind) in self.kinds.iter().enumerate() {
                open.push(match kind {
                    None => None,
                    Some(kind) => {
                        let nullable = group.metadata().column(n).column_descr().max_def_level() > 0;
                        let reader = group.get_column_reader(n)?;
                        Some(Column { reader, kind: *kind, nullable, cells: Vec::new() })
                    }
                });
            }
            self.open = open;
            self.group += 1;
        }
        Ok(true)
    }

    fn decode(&mut self) -> Result<bool, ParquetError> {
        if !self.open_group()? {
            return Ok(false);
        }
        let rows = self.undecoded.min(ROWS);
        for column in self.open.iter_mut().flatten() {
            column.read(rows)?;
        }
        self.undecoded -= rows;
        self.decoded = rows;
        Ok(true)
    }
}

impl<R: Read + Seek + Send + 'static> Source for Parquet<R> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, cells: &mut ByteRecord) -> Result<Next, ImportError> {
        if self.decoded == 0 && !self.decode().map_err(|e| unreadable(self.place.line, e))? {
            self.place.byte = self.bytes;
            return Ok(Next::End);
        }
        cells.clear();
        for column in &mut self.open {
            // The rows of a piece lie the last one first.
            match column.as_mut().and_then(|c| c.cells.pop()).flatten() {
                Some(value) => cells.push_field(value.data()),
                None => cells.push_field(b""),
            }
        }
        self.decoded -= 1;
        let (line, row) = (self.place.line, self.place.row + 1);
        let part = u128::from(self.bytes) * u128::from(row) / u128::from(self.rows.max(1));
        self.place = Place { byte: u64::try_from(part).unwrap_or(self.bytes), line: line + 1, row };
        Ok(Next::Row(line))
    }

    fn place(&self) -> Place {
        self.place
    }
}

impl Column {
    fn skip(&mut self, rows: usize) -> Result<(), ParquetError> {
        let skipped = match &mut self.reader {
            ColumnReader::BoolColumnReader(r) => r.skip_records(rows)?,
            ColumnReader::Int32ColumnReader(r) => r.skip_records(rows)?,
            ColumnReader::Int64ColumnReader(r) => r.skip_records(rows)?,
            ColumnReader::ByteArrayColumnReader(r) => r.skip_records(rows)?,
            _ => 0,
        };
        if skipped == rows { Ok(()) } else { Err(short()) }
    }

    fn read(&mut self, rows: usize) -> Result<(), ParquetError> {
        let (nullable, kind) = (self.nullable, self.kind);
        let text = |t: String| ByteArray::from(t.into_bytes());
        self.cells = match &mut self.reader {
            ColumnReader::BoolColumnReader(r) => read(r, rows, nullable, |v| text(v.to_string()))?,
            ColumnReader::Int32ColumnReader(r) => {
                read(r, rows, nullable, |v| text(shown(i64::from(v), kind)))?
            }
            ColumnReader::Int64ColumnReader(r) => read(r, rows, nullable, |v| text(shown(v, kind)))?,
            ColumnReader::ByteArrayColumnReader(r) => read(r, rows, nullable, |v| v)?,
            _ => return Err(short()),
        };
        self.cells.reverse();
        Ok(())
    }
}

fn short() -> ParquetError {
    ParquetError::EOF("a column has fewer rows than its group".to_owned())
}

fn read<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    nullable: bool,
    cell: impl Fn(T::T) -> ByteArray,
) -> Result<Vec<Option<ByteArray>>, ParquetError> {
    let (mut values, mut levels) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut read = 0;
    while read < rows {
        let (records, ..) =
            reader.read_records(rows - read, nullable.then_some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Err(short());
        }
        read += records;
    }
    let mut values = values.into_iter().map(cell);
    Ok(if nullable {
        levels.iter().map(|level| if *level > 0 { values.next() } else { None }).collect()
    } else {
        values.map(Some).collect()
    })
}

/// A whole number as it stands; a day or a moment as the ISO date of that day.
fn shown(n: i64, kind: Kind) -> String {
    let day = match kind {
        Kind::Plain => return n.to_string(),
        Kind::Date => date(1970, 1, 1).checked_add(n.days()).ok(),
        Kind::Moment { per_second } => {
            Timestamp::from_second(n.div_euclid(per_second)).ok().map(|at| at.to_zoned(TimeZone::UTC).date())
        }
    };
    // A day beyond the calendar is as wrong as its number.
    day.map_or_else(|| n.to_string(), |day| day.to_string())
}

/// One file under several readers: each goes back to its own place before it reads.
struct Shared<R> {
    file: Arc<Mutex<R>>,
    length: u64,
}

struct At<R> {
    file: Arc<Mutex<R>>,
    at: u64,
}

impl<R: Read + Seek> Read for At<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.at))?;
        let n = file.read(out)?;
        self.at += u64::try_from(n).unwrap_or(0);
        Ok(n)
    }
}

impl<R> Length for Shared<R> {
    fn len(&self) -> u64 {
        self.length
    }
}

impl<R: Read + Seek + Send> ChunkReader for Shared<R> {
    type T = At<R>;

    fn get_read(&self, start: u64) -> Result<At<R>, ParquetError> {
        Ok(At { file: Arc::clone(&self.file), at: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.checked_add(u64::try_from(length).unwrap_or(u64::MAX));
        if end.is_none_or(|end| end > self.length) {
            return Err(ParquetError::EOF("the file is cut off".to_owned()));
        }
        let mut bytes = vec![0; length];
        self.get_read(start)?.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}
