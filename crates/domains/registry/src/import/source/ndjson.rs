//! NDJSON: one JSON object a line. A key that is absent or null is an empty cell; numbers and booleans are read as they are
//! written. A line that is no such object is rejected and the next one is read.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    io::{BufRead, BufReader, Read, Seek, SeekFrom},
};

use csv::ByteRecord;
use serde::{
    Deserializer,
    de::{self, DeserializeSeed, MapAccess, Visitor},
};

use super::{CHUNK_BYTES, LINE_BYTES_MAX, Next, Place, Source, unreadable};
use crate::{
    import::{ImportError, mapping::Mapping},
    model::rules::{self, Broken},
};

/// Names of unknown keys are repeated only where they look like names: a broken file could show a person there.
const KEY_BYTES_MAX: usize = 40;

pub struct Ndjson<R> {
    reader: BufReader<R>,
    columns: Vec<String>,
    at: HashMap<String, usize>,
    ignored: Vec<String>,
    line: Vec<u8>,
    cells: Vec<Option<String>>,
    place: Place,
}

pub fn open<R: Read + Seek>(file: R, mapping: &Mapping, from: Place) -> Result<Ndjson<R>, ImportError> {
    let mut reader = BufReader::with_capacity(CHUNK_BYTES, file);
    reader.seek(SeekFrom::Start(from.byte)).map_err(|e| unreadable(from.line, e))?;
    let columns = mapping.wanted();
    let at = columns.iter().enumerate().map(|(n, name)| (name.clone(), n)).collect();
    Ok(Ndjson {
        reader,
        cells: vec![None; columns.len()],
        columns,
        at,
        ignored: mapping.ignored().to_vec(),
        line: Vec::new(),
        place: from,
    })
}

impl<R: Read> Source for Ndjson<R> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, cells: &mut ByteRecord) -> Result<Next, ImportError> {
        loop {
            self.line.clear();
            let number = self.place.line;
            let mut bounded = (&mut self.reader).take(LINE_BYTES_MAX);
            let read = bounded.read_until(b'\n', &mut self.line).map_err(|e| unreadable(number, e))?;
            if read == 0 {
                return Ok(Next::End);
            }
            let bytes = u64::try_from(read).unwrap_or(0);
            if bytes == LINE_BYTES_MAX && self.line.last() != Some(&b'\n') {
                return Err(unreadable(number, "a line is too long"));
            }
            self.place = Place { byte: self.place.byte + bytes, line: number + 1, ..self.place };
            if self.line.trim_ascii().is_empty() {
                continue;
            }
            self.place.row += 1;
            self.cells.iter_mut().for_each(|cell| *cell = None);
            let mut fields =
                Fields { at: &self.at, ignored: &self.ignored, cells: &mut self.cells, unknown: None };
            let mut json = serde_json::Deserializer::from_slice(self.line.trim_ascii());
            let whole = fields.by_ref().deserialize(&mut json).and_then(|()| json.end());
            let unknown = fields.unknown;
            if whole.is_err() {
                return Ok(Next::Broken(number, Broken::new(rules::ROW_JSON)));
            }
            if let Some(name) = unknown {
                return Ok(Next::Broken(number, Broken::new(rules::COLUMN_UNKNOWN).with("column", name)));
            }
            cells.clear();
            self.cells.iter().for_each(|cell| cells.push_field(cell.as_deref().unwrap_or("").as_bytes()));
            return Ok(Next::Row(number));
        }
    }

    fn place(&self) -> Place {
        self.place
    }
}

/// Puts the values of one object where their columns are.
struct Fields<'a> {
    at: &'a HashMap<String, usize>,
    ignored: &'a [String],
    cells: &'a mut Vec<Option<String>>,
    unknown: Option<String>,
}

impl Fields<'_> {
    fn by_ref(&mut self) -> &mut Self {
        self
    }
}

impl<'de> DeserializeSeed<'de> for &mut Fields<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with plain values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            let value = map.next_value_seed(Plain)?;
            let slot = self.at.get(key.as_ref()).and_then(|n| self.cells.get_mut(*n));
            match slot {
                Some(slot) if slot.is_some() => return Err(de::Error::custom("a key twice")),
                Some(slot) => *slot = value,
                None if self.ignored.iter().any(|i| *i == key) => {}
                None => {
                    let is_word = key.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
                    let name = if is_word && key.len() <= KEY_BYTES_MAX { key.as_ref() } else { "?" };
                    self.unknown = Some(name.to_owned());
                }
            }
        }
        Ok(())
    }
}

/// A value that fits into a cell.
struct Plain;

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = Option<String>;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<String>, D::Error> {
        from.deserialize_any(self)
    }
}

impl Visitor<'_> for Plain {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, a boolean or null")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }
    fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Some(text))
    }
    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Self::Value, E> {
        Ok(Some(n.to_string()))
    }
    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Self::Value, E> {
        Ok(Some(n.to_string()))
    }
    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Self::Value, E> {
        Ok(Some(yes.to_string()))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}
