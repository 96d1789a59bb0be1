//! The server's log: what PostgreSQL prints goes to `log/postgres.log`, at most two files of a fixed size, with the last
//! lines kept at hand to explain a failed start.

use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::error::{IoContext, PgBoxError};

/// A file that grows beyond this becomes `postgres.log.1`, replacing the one before.
const FILE_BYTES_MAX: u64 = 4 << 20;
const LINE_BYTES_MAX: u64 = 8 << 10;
const TAIL_LINES: usize = 12;

#[derive(Debug)]
pub(crate) struct Log(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    file: File,
    size: u64,
    tail: VecDeque<String>,
}

impl Log {
    pub(crate) fn open(path: PathBuf) -> Result<Self, PgBoxError> {
        let file = append_to(&path).at("open the log", &path)?;
        let size = file.metadata().at("look at the log", &path)?.len();
        Ok(Self(Mutex::new(Inner { path, file, size, tail: VecDeque::new() })))
    }

    /// Takes everything that comes until the end. A disk that cannot be written never blocks the server: what cannot
    /// be kept is dropped.
    pub(crate) fn follow(&self, from: impl Read) {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while matches!(from.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line), Ok(1..)) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).keep(&line);
            line.clear();
        }
    }

    /// The last lines, on one line.
    pub(crate) fn tail(&self) -> String {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.tail.iter().map(String::as_str).collect::<Vec<_>>().join(" | ")
    }
}

impl Inner {
    fn keep(&mut self, line: &[u8]) {
        if self.tail.len() == TAIL_LINES {
            self.tail.pop_front();
        }
        self.tail.push_back(String::from_utf8_lossy(line).trim_end().to_owned());
        if self.size >= FILE_BYTES_MAX && self.turn_over().is_err() {
            return;
        }
        if self.file.write_all(line).is_ok() {
            self.size += line.len() as u64;
        }
    }

    fn turn_over(&mut self) -> io::Result<()> {
        fs::rename(&self.path, self.path.with_extension("log.1"))?;
        self.file = append_to(&self.path)?;
        self.size = 0;
        Ok(())
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_two_files_of_bounded_size() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("postgres.log");
        let log = Log::open(path.clone()).unwrap();
        let line = [b'x'; 1023].into_iter().chain([b'\n']).collect::<Vec<_>>();
        log.follow(line.repeat(3 * 4096).as_slice());
        let sizes =
            [path.clone(), path.with_extension("log.1")].map(|path| fs::metadata(path).unwrap().len());
        assert!(sizes.iter().all(|size| *size <= FILE_BYTES_MAX), "{sizes:?}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        assert_eq!(log.tail().split(" | ").count(), TAIL_LINES);
    }
}
