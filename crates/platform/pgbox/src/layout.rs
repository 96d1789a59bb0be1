//! The box on disk, and the proof that it is ours and nobody else is in it.
//!
//! ```text
//! pgbox.json   marker: our id, whether the data was made, durable or throwaway
//! lock         held (flock) by the process that runs the box; holds its process id
//! data/        PostgreSQL's own directory, with a copy of our id in data/pgbox.id
//! data.new/    a data directory being made; thrown away if the making was interrupted
//! conf/        who may connect: pg_hba.conf and pg_ident.conf, written anew at each start
//! run/         the socket; if its path is too long, `socket_dir` names another place
//! log/         what the server printed
//! ```

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use nix::unistd::geteuid;
use serde::{Deserialize, Serialize};

use crate::{
    Durability,
    error::{IoContext, PgBoxError},
    runner::Runner,
};

pub(crate) const MARKER: &str = "pgbox.json";
const MARKER_NEW: &str = "pgbox.json.new";
const LOCK: &str = "lock";
const ID_IN_DATA: &str = "pgbox.id";

/// The kernel's limit for the path of a socket, without the closing zero.
const SOCKET_PATH_BYTES_MAX: usize = 107;
/// PostgreSQL names its socket after the port, which nothing listens to here.
pub(crate) const SOCKET: &str = ".s.PGSQL.5432";

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Marker {
    id: String,
    /// Set once the data directory is complete; from then on its absence is a loss and not a fresh start.
    pub(crate) made: bool,
    pub(crate) durability: Durability,
}

/// A directory that is ours, for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) root: PathBuf,
    pub(crate) marker: Marker,
    lock: File,
}

impl Layout {
    /// Takes hold of `dir`, which must be ours, empty or not yet there.
    pub(crate) fn claim(dir: &Path, durability: Durability) -> Result<Self, PgBoxError> {
        fs::create_dir_all(dir).at("make the directory", dir)?;
        let root = fs::canonicalize(dir).at("find", dir)?;
        if !root.join(MARKER).exists() {
            check_empty(&root)?;
        }
        let lock = lock(&root)?;
        let marker = match read_marker(&root)? {
            Some(marker) => marker,
            None => {
                let id = hex::encode(base::entropy::bytes::<16>(&base::SystemEntropy));
                Marker { id, made: false, durability }
            }
        };
        if marker.durability != durability {
            return Err(PgBoxError::OtherDurability { dir: root, made: marker.durability.name() });
        }
        let layout = Self { root, marker, lock };
        layout.write_marker()?;
        Ok(layout)
    }

    /// What the server and a socket directory outside the box are called.
    pub(crate) fn name(&self) -> String {
        format!("pgbox-{}", self.marker.id.get(..16).unwrap_or_default())
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// Whether there is a complete data directory; an error if there is one that is not ours, or should be one.
    pub(crate) fn has_data(&self) -> Result<bool, PgBoxError> {
        let data = self.data();
        if !data.exists() {
            let gone = || PgBoxError::DataMissing { dir: self.root.clone() };
            return if self.marker.made { Err(gone()) } else { Ok(false) };
        }
        match fs::read_to_string(data.join(ID_IN_DATA)) {
            Ok(id) if id == self.marker.id => Ok(true),
            _ => Err(PgBoxError::NotOurs { dir: data, why: "it lacks the id of this box" }),
        }
    }

    /// Makes the data directory with `fill`, so that a crash at any point leaves all of it or nothing.
    pub(crate) fn make_data(
        &mut self,
        runner: &Runner,
        fill: impl FnOnce(&Path) -> Result<(), PgBoxError>,
    ) -> Result<(), PgBoxError> {
        let new = self.root.join("data.new");
        match fs::remove_dir_all(&new) {
            Err(problem) if problem.kind() != io::ErrorKind::NotFound => {
                return Err(problem).at("remove the unfinished", &new);
            }
            _ => {}
        }
        runner.private_dir(&new)?;
        fill(&new)?;
        let id = new.join(ID_IN_DATA);
        write_synced(&id, self.marker.id.as_bytes()).at("write", &id)?;
        runner.give(&id).at("hand over", &id)?;
        sync_dir(&new)?;
        fs::rename(&new, self.data()).at("put in place", &new)?;
        sync_dir(&self.root)
    }

    /// Notes that the data directory is there.
    pub(crate) fn note_made(&mut self) -> Result<(), PgBoxError> {
        if !self.marker.made {
            self.marker.made = true;
            self.write_marker()?;
        }
        Ok(())
    }

    /// A private directory whose path is short enough for a socket: `run` in the box if possible.
    pub(crate) fn socket_dir(&self, runner: &Runner) -> Result<PathBuf, PgBoxError> {
        let inside = self.root.join("run");
        if fits(&inside) {
            runner.private_dir(&inside)?;
            return Ok(inside);
        }
        let name = self.name();
        let user_run = std::env::var_os("XDG_RUNTIME_DIR").filter(|_| !geteuid().is_root());
        let root_run = geteuid().is_root().then(|| "/run".into());
        let places = [user_run, root_run, Some(std::env::temp_dir().into()), Some("/tmp".into())];
        let place = places
            .into_iter()
            .flatten()
            .map(|place| Path::new(&place).join(&name))
            .find(|place| fits(place) && runner.check_reaches_parent(place) && make_private(place, runner))
            .ok_or_else(|| PgBoxError::NoSocketPlace { dir: self.root.clone() })?;
        let record = self.root.join("socket_dir");
        fs::write(&record, place.as_os_str().as_bytes()).at("write", &record)?;
        Ok(place)
    }

    fn write_marker(&self) -> Result<(), PgBoxError> {
        let (new, path) = (self.root.join(MARKER_NEW), self.root.join(MARKER));
        let text = serde_json::to_vec(&self.marker).map_err(io::Error::from).at("write", &path)?;
        write_synced(&new, &text).at("write", &new)?;
        fs::rename(&new, &path).at("put in place", &new)?;
        sync_dir(&self.root)
    }
}

impl Drop for Layout {
    fn drop(&mut self) {
        // Closing alone is not enough: a child that another thread just forks holds a copy until it is another program.
        let _ = self.lock.unlock();
    }
}

/// The major version that wrote a data directory, if there is one.
pub(crate) fn data_major(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// Where the running server of the box in `root` has its socket, by what its process has written down.
pub(crate) fn socket_dir_of(root: &Path) -> Result<PathBuf, PgBoxError> {
    let inside = root.join("run");
    if inside.join(SOCKET).exists() {
        return Ok(inside);
    }
    let record = root.join("socket_dir");
    let place = fs::read(&record).at("read", &record)?;
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(&place)))
}

/// The marker of a box, if `root` is one.
pub(crate) fn read_marker(root: &Path) -> Result<Option<Marker>, PgBoxError> {
    match fs::read(root.join(MARKER)) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|_| PgBoxError::NotOurs { dir: root.to_owned(), why: "its marker cannot be read" }),
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(problem) => Err(problem).at("read the marker of", root),
    }
}

/// Holds the lock of a box; the kernel lets go of it when the process ends, however it ends.
pub(crate) fn lock(root: &Path) -> Result<File, PgBoxError> {
    let path = root.join(LOCK);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .at("open", &path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let pid = file.read_to_string(&mut pid).ok().and_then(|_| pid.trim().parse().ok());
            return Err(PgBoxError::InUse { dir: root.to_owned(), pid });
        }
        Err(TryLockError::Error(problem)) => return Err(problem).at("lock", &path),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).at("write", &path)?;
    Ok(file)
}

pub(crate) fn check_empty(root: &Path) -> Result<(), PgBoxError> {
    let entries = fs::read_dir(root).at("look into", root)?;
    let foreign = entries.flatten().any(|entry| entry.file_name() != LOCK && entry.file_name() != MARKER_NEW);
    if foreign {
        let why = if root.join("PG_VERSION").exists() {
            "it is somebody else's PostgreSQL data directory"
        } else {
            "it holds other files"
        };
        return Err(PgBoxError::NotOurs { dir: root.to_owned(), why });
    }
    Ok(())
}

/// Short enough, and free of the comma that separates several hosts in a connection string.
fn fits(dir: &Path) -> bool {
    dir.to_str()
        .is_some_and(|text| !text.contains(',') && text.len() + 1 + SOCKET.len() <= SOCKET_PATH_BYTES_MAX)
}

/// Makes a private directory in a place that others may write to, or recognises the one made before.
fn make_private(place: &Path, runner: &Runner) -> bool {
    match DirBuilder::new().mode(0o700).create(place) {
        Ok(()) => runner.give(place).is_ok(),
        Err(_) => fs::symlink_metadata(place).is_ok_and(|found| {
            found.is_dir() && runner.owns(&found) && found.permissions().mode() & 0o077 == 0
        }),
    }
}

fn write_synced(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

fn sync_dir(dir: &Path) -> Result<(), PgBoxError> {
    File::open(dir).and_then(|dir| dir.sync_all()).at("sync", dir)
}
