//! The files of a catalogue, from the program itself or from a folder.

use std::{borrow::Cow, fs, path::Path};

use crate::report::Report;

const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Folders read, beside the files at the top. Other folders (`services/`) belong to other crates.
const FOLDERS: [&str; 3] = ["divisions", "calendars", "procedures"];
/// A catalogue file larger than this is a mistake.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Paths relative to the catalogue folder, with `/`, sorted; and the texts.
pub(crate) struct Source {
    files: Vec<(Cow<'static, str>, Cow<'static, str>)>,
}

impl Source {
    pub fn embedded() -> Self {
        let mut files: Vec<_> =
            EMBEDDED.iter().map(|(p, t)| (Cow::Borrowed(*p), Cow::Borrowed(*t))).collect();
        files.sort();
        Self { files }
    }

    pub fn from_dir(dir: &Path, report: &mut Report) -> Self {
        let mut files = Vec::new();
        read_folder(dir, "", &mut files, report);
        for folder in FOLDERS {
            read_folder(&dir.join(folder), folder, &mut files, report);
        }
        files.sort();
        Self { files }
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(p, t)| (p.as_ref(), t.as_ref()))
    }

    pub fn under<'s>(&'s self, folder: &'s str) -> impl Iterator<Item = (&'s str, &'s str)> {
        self.all()
            .filter(move |(path, _)| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    }

    /// The text of a file that must be there; empty, and reported, when it is not.
    pub fn required(&self, path: &str, report: &mut Report) -> &str {
        match self.files.binary_search_by(|(p, _)| p.as_ref().cmp(path)) {
            Ok(at) => self.files.get(at).map_or("", |(_, text)| text.as_ref()),
            Err(_) => {
                report.add(path, 1, "file.missing", "the catalogue needs this file");
                ""
            }
        }
    }
}

fn read_folder(
    dir: &Path,
    folder: &str,
    files: &mut Vec<(Cow<'static, str>, Cow<'static, str>)>,
    report: &mut Report,
) {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) => return report.add(folder, 1, "file.unreadable", format!("the folder cannot be read: {e}")),
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if entry.path().is_dir() {
            continue;
        }
        if !name.ends_with(".toml") && !name.ends_with(".csv") {
            if !folder.is_empty() {
                report.add(&path, 1, "file.unexpected", "only .toml and .csv files belong here");
            }
            continue;
        }
        if entry.metadata().is_ok_and(|m| m.len() > FILE_BYTES_MAX) {
            report.add(
                &path,
                1,
                "file.too_large",
                format!("a catalogue file has at most {FILE_BYTES_MAX} bytes"),
            );
            continue;
        }
        match fs::read(entry.path()) {
            Err(e) => report.add(&path, 1, "file.unreadable", format!("the file cannot be read: {e}")),
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => files.push((Cow::Owned(path), Cow::Owned(text))),
                Err(e) => {
                    let good = e.utf8_error().valid_up_to();
                    let line = e.as_bytes().iter().take(good).filter(|b| **b == b'\n').count() + 1;
                    report.add(&path, line, "text.not_utf8", "the file is not UTF-8");
                }
            },
        }
    }
}
