//! The rejects file: which line, which column, which rule, and what to do about it. It names lines by their key at the
//! source and never repeats a value, so it can be sent back to whoever keeps the source.
//!
//! People open it in a spreadsheet, which takes a cell that begins with `=`, `+`, `-` or `@` for a formula; such a cell gets
//! an apostrophe before it.
//!
//! Its length is part of the cursor: what a killed load wrote beyond its last commit is cut off when it resumes.

use std::{
    fs::{File, OpenOptions},
    io::{Seek, SeekFrom, Write},
    path::Path,
};

use base::Lang;
use webkit::i18n::Texts;

use super::{ImportError, row::RowFault};

const HEADER: [&str; 6] = ["line", "source_key", "column", "level", "rule", "advice"];

pub struct Rejects {
    file: File,
    texts: Texts,
    lang: Lang,
    bytes: u64,
}

impl Rejects {
    /// Opens the file as it was at the cursor. A new load does not write over a file that is already there.
    pub fn open(path: &Path, lang: Lang, bytes: u64, resumed: bool) -> Result<Self, ImportError> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .map_err(ImportError::Rejects)?;
        let length = file.metadata().map_err(ImportError::Rejects)?.len();
        if length < bytes || (!resumed && length > 0) {
            return Err(ImportError::OtherRejects);
        }
        file.set_len(bytes).map_err(ImportError::Rejects)?;
        file.seek(SeekFrom::End(0)).map_err(ImportError::Rejects)?;
        let texts = Texts::load(&[crate::TEXTS]).map_err(|e| ImportError::Texts(Box::new(e)))?;
        Ok(Self { file, texts, lang, bytes })
    }

    /// Writes the faults of one batch through to the disk and gives the new length. Before the batch commits.
    pub fn write(&mut self, faults: &[RowFault]) -> Result<u64, ImportError> {
        if faults.is_empty() {
            return Ok(self.bytes);
        }
        let mut out = csv::Writer::from_writer(Vec::new());
        let told = |e: csv::Error| ImportError::Rejects(e.into());
        if self.bytes == 0 {
            out.write_record(HEADER).map_err(told)?;
        }
        for fault in faults {
            let args: Vec<(String, String)> =
                fault.broken.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            let advice = self.texts.code(self.lang, fault.broken.code, &args);
            let level = if fault.warning { "warning" } else { "rejected" };
            let line = fault.line.to_string();
            let fields = [&line, &fault.key, &fault.column, level, fault.broken.code, &advice];
            out.write_record(fields.map(protected)).map_err(told)?;
        }
        let text = out.into_inner().map_err(|e| ImportError::Rejects(e.into_error()))?;
        self.file.write_all(&text).and_then(|()| self.file.sync_data()).map_err(ImportError::Rejects)?;
        self.bytes += u64::try_from(text.len()).unwrap_or(0);
        Ok(self.bytes)
    }
}

/// A cell that no spreadsheet takes for a formula.
fn protected(cell: &str) -> String {
    let quote = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("{quote}{cell}")
}
