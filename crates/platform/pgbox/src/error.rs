//! What can go wrong with a box, said so that an operator knows the next step.

use std::{
    io,
    path::{Path, PathBuf},
};

use base::{Fault, Kind};

use crate::install::MIN_MAJOR;

/// Why a box could not be opened, used or closed.
#[derive(Debug, thiserror::Error)]
pub enum PgBoxError {
    #[error(
        "PostgreSQL {MIN_MAJOR} or newer was not found{}; on Debian and Ubuntu install the package `postgresql` or `postgresql-{MIN_MAJOR}`",
        too_old(.older)
    )]
    BinariesMissing { older: Vec<String> },

    #[error(
        "the data in {} was written by PostgreSQL {data}, installed: {}; install the package `postgresql-{data}`, or move the data over with pg_dump or pg_upgrade",
        .dir.display(), list(.installed)
    )]
    VersionMismatch { dir: PathBuf, data: u32, installed: Vec<u32> },

    #[error("{} is in use by process {}; two servers on one directory would destroy the data", .dir.display(), pid_or_unknown(*.pid))]
    InUse { dir: PathBuf, pid: Option<u32> },

    #[error("{} was not made by this program ({why}); give an empty or a new directory", .dir.display())]
    NotOurs { dir: PathBuf, why: &'static str },

    #[error("{} once held a database, and its `data` directory is gone; restore it, or start in a new directory", .dir.display())]
    DataMissing { dir: PathBuf },

    #[error("{} was made as {made}, and may not be opened otherwise: without fsync a crash loses data", .dir.display())]
    OtherDurability { dir: PathBuf, made: &'static str },

    #[error("PostgreSQL would run as user `{user}`, who may not pass through {}; choose another place, or allow it with `chmod o+x`", .dir.display())]
    NotTraversable { dir: PathBuf, user: String },

    #[error(
        "user id {uid} has no name in the user database, which PostgreSQL needs to recognise who connects"
    )]
    NoAccount { uid: u32 },

    #[error(
        "PostgreSQL refuses to run as root, and there is neither a user `postgres` nor a user `nobody` to run it as"
    )]
    NoUnprivilegedUser,

    #[error("no short enough private place for the socket of {} was found", .dir.display())]
    NoSocketPlace { dir: PathBuf },

    #[error("initdb failed: {output}")]
    InitFailed { output: String },

    #[error("the copy was not made: {output}")]
    BackupFailed { output: String },

    #[error("PostgreSQL did not start: {log}")]
    StartFailed { log: String },

    #[error(
        "PostgreSQL had to be killed: it did not stop within the time limit; its next start will recover"
    )]
    KilledOnStop,

    #[error("a database name has 1 to {} bytes, all printable", crate::database::NAME_BYTES_MAX)]
    BadDatabaseName,

    #[error("the database exists already")]
    DatabaseExists,

    #[error("there is no such database")]
    NoSuchDatabase,

    #[error("{action} the database failed ({})", .source.code().map_or("no connection", |code| code.code()))]
    Database {
        action: &'static str,
        #[source]
        source: tokio_postgres::Error,
    },

    #[error("could not {action} {}", .path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl Fault for PgBoxError {
    fn kind(&self) -> Kind {
        match self {
            Self::NoSuchDatabase | Self::DataMissing { .. } => Kind::NotFound,
            Self::InUse { .. }
            | Self::NotOurs { .. }
            | Self::OtherDurability { .. }
            | Self::DatabaseExists => Kind::Conflict,
            Self::BadDatabaseName => Kind::Invalid,
            _ => Kind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BinariesMissing { .. } => "pgbox.binaries_missing",
            Self::VersionMismatch { .. } => "pgbox.version_mismatch",
            Self::InUse { .. } => "pgbox.in_use",
            Self::NotOurs { .. } => "pgbox.not_ours",
            Self::DataMissing { .. } => "pgbox.data_missing",
            Self::OtherDurability { .. } => "pgbox.other_durability",
            Self::NotTraversable { .. } => "pgbox.not_traversable",
            Self::NoAccount { .. } => "pgbox.no_account",
            Self::NoUnprivilegedUser => "pgbox.no_unprivileged_user",
            Self::NoSocketPlace { .. } => "pgbox.no_socket_place",
            Self::InitFailed { .. } => "pgbox.init_failed",
            Self::BackupFailed { .. } => "pgbox.backup_failed",
            Self::StartFailed { .. } => "pgbox.start_failed",
            Self::KilledOnStop => "pgbox.killed_on_stop",
            Self::BadDatabaseName => "pgbox.bad_database_name",
            Self::DatabaseExists => "pgbox.database_exists",
            Self::NoSuchDatabase => "pgbox.no_such_database",
            Self::Database { .. } => "pgbox.database_failed",
            Self::Io { .. } => "pgbox.io",
        }
    }
}

/// Names the path and the deed that an I/O error itself leaves out.
pub(crate) trait IoContext<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, PgBoxError>;
}

impl<T, E: Into<io::Error>> IoContext<T> for Result<T, E> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, PgBoxError> {
        self.map_err(|source| PgBoxError::Io { action, path: path.to_owned(), source: source.into() })
    }
}

fn too_old(versions: &[String]) -> String {
    if versions.is_empty() { String::new() } else { format!(" (too old: {})", versions.join(", ")) }
}

fn list(majors: &[u32]) -> String {
    majors.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

fn pid_or_unknown(pid: Option<u32>) -> String {
    pid.map_or_else(|| "unknown".to_owned(), |pid| pid.to_string())
}
