//! The file that an export writes: beside its place while it grows (`.part`), in its place when it is whole.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical},
    data_type::{ByteArray, ByteArrayType},
    errors::ParquetError,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::Type,
};

use super::{ExportError, field::Field};
use crate::import::Format;

/// Rows of a Parquet row group: what is held in memory before it is written.
const GROUP_ROWS: usize = 20_000;

pub type Values = Vec<Option<String>>;

pub struct Sheet {
    part: PathBuf,
    place: PathBuf,
    names: Vec<String>,
    out: Out,
}

enum Out {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Ndjson(BufWriter<File>),
    Parquet(Box<Groups>),
}

struct Groups {
    writer: SerializedFileWriter<BufWriter<File>>,
    waiting: Vec<Values>,
}

impl Sheet {
    /// Begins a file. One that is already in its place is never written over; what a killed export left is.
    pub fn begin(place: &Path, format: Format, fields: &[Field]) -> Result<Self, ExportError> {
        if place.exists() {
            return Err(ExportError::Exists);
        }
        let mut part = place.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = BufWriter::new(File::create(&part).map_err(ExportError::Unwritable)?);
        let names: Vec<String> = fields.iter().map(ToString::to_string).collect();
        let out = match format {
            Format::Csv => {
                let mut out = csv::Writer::from_writer(file);
                out.write_record(&names).map_err(|e| ExportError::Unwritable(e.into()))?;
                Out::Csv(Box::new(out))
            }
            Format::Ndjson => Out::Ndjson(file),
            Format::Parquet => Out::Parquet(Box::new(Groups::begin(file, &names)?)),
        };
        Ok(Self { part, place: place.to_owned(), names, out })
    }

    pub fn write(&mut self, people: impl Iterator<Item = Values>) -> Result<(), ExportError> {
        match &mut self.out {
            Out::Csv(out) => {
                for values in people {
                    let fields = values.iter().map(|v| v.as_deref().unwrap_or(""));
                    out.write_record(fields).map_err(|e| ExportError::Unwritable(e.into()))?;
                }
            }
            Out::Ndjson(out) => {
                for values in people {
                    let object: serde_json::Map<String, serde_json::Value> = self
                        .names
                        .iter()
                        .zip(values)
                        .filter_map(|(name, value)| Some((name.clone(), value?.into())))
                        .collect();
                    serde_json::to_writer(&mut *out, &object)
                        .map_err(|e| ExportError::Unwritable(e.into()))?;
                    out.write_all(b"\n").map_err(ExportError::Unwritable)?;
                }
            }
            Out::Parquet(groups) => {
                groups.waiting.extend(people);
                if groups.waiting.len() >= GROUP_ROWS {
                    groups.flush()?;
                }
            }
        }
        Ok(())
    }

    /// Everything is on the disk; then the file takes its place.
    pub fn finish(self) -> Result<(), ExportError> {
        let unwritable = ExportError::Unwritable;
        let file = match self.out {
            Out::Csv(out) => out.into_inner().map_err(|e| unwritable(e.into_error()))?,
            Out::Ndjson(out) => out,
            Out::Parquet(mut groups) => {
                groups.flush()?;
                groups.writer.into_inner()?
            }
        };
        let file = file.into_inner().map_err(|e| unwritable(e.into_error()))?;
        file.sync_all().map_err(unwritable)?;
        std::fs::rename(&self.part, &self.place).map_err(unwritable)?;
        let folder = self.place.parent().filter(|p| !p.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        File::open(folder).and_then(|f| f.sync_all()).map_err(unwritable)
    }
}

impl Groups {
    fn begin(file: BufWriter<File>, names: &[String]) -> Result<Self, ExportError> {
        let column = |name: &String| {
            Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
                .with_logical_type(Some(LogicalType::String))
                .with_repetition(Repetition::OPTIONAL)
                .build()
                .map(Arc::new)
        };
        let columns = names.iter().map(column).collect::<Result<_, ParquetError>>()?;
        let schema = Arc::new(Type::group_type_builder("persons").with_fields(columns).build()?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
        Ok(Self { writer, waiting: Vec::with_capacity(GROUP_ROWS) })
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        let mut at = 0;
        while let Some(mut column) = group.next_column()? {
            let cells = || self.waiting.iter().map(|row| row.get(at).and_then(Option::as_deref));
            let values: Vec<ByteArray> = cells().flatten().map(ByteArray::from).collect();
            let levels: Vec<i16> = cells().map(|cell| i16::from(cell.is_some())).collect();
            column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
            column.close()?;
            at += 1;
        }
        group.close()?;
        self.waiting.clear();
        Ok(())
    }
}
