//! A private PostgreSQL, run by this program from the system's binaries, for when there is no `DATABASE_URL`.
//!
//! A box is a directory: [`layout`] says what is in it and that it is ours alone, [`install`] finds the binaries,
//! [`runner`] says whom they run as, [`cluster`] how the server is made and set, [`supervisor`] keeps it running.
//! It listens on a unix socket only and lets in only the user it runs as and the user we are; there is no password.
//! [`backup`] copies a box. The server ends with this process, even by `kill -9`; what is left of it is ended by the next [`PgBox::open`], so
//! a server is always the child of the one process that holds the box. Linux only.
//!
//! Opening and closing block for as long as the server needs (milliseconds, after a crash up to minutes).

mod backup;
mod cluster;
mod database;
mod doctor;
mod error;
mod install;
mod layout;
mod log;
mod postmaster;
mod runner;
mod supervisor;

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use nix::unistd::geteuid;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

pub use crate::{
    backup::backup,
    cluster::SUPERUSER,
    database::NAME_BYTES_MAX,
    doctor::{Report, doctor},
    error::PgBoxError,
    install::{Install, MIN_MAJOR},
};
use crate::{
    error::IoContext,
    layout::Layout,
    log::Log,
    runner::Runner,
    supervisor::{Launch, Supervisor},
};

/// The sentences of this crate's errors: Vietnamese, English.
pub const TEXTS: (&str, &str) = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));

const TEMPORARY_PREFIX: &str = "pgbox-tmp-";

/// How a box is run.
#[derive(Debug, Clone)]
pub struct Options {
    pub max_connections: u16,
    pub shared_buffers_mb: u32,
    pub durability: Durability,
    /// Look for PostgreSQL's programs only here, instead of where systems put them.
    pub bin_dirs: Option<Vec<PathBuf>>,
}

impl Default for Options {
    fn default() -> Self {
        let shared_buffers_mb = cluster::shared_buffers_mb();
        Self { max_connections: 100, shared_buffers_mb, durability: Durability::Durable, bin_dirs: None }
    }
}

impl Options {
    /// For tests: fast, and lost in a power cut. A box made so can never be opened as a durable one, nor the reverse.
    pub fn throwaway() -> Self {
        Self { durability: Durability::Throwaway, shared_buffers_mb: 64, ..Self::default() }
    }
}

/// Whether what was committed survives a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    Durable,
    Throwaway,
}

impl Durability {
    fn name(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Throwaway => "throwaway",
        }
    }
}

/// A running private PostgreSQL. Dropping it stops the server; [`PgBox::close`] does so and tells how it went.
#[derive(Debug)]
pub struct PgBox {
    supervisor: Supervisor,
    data: PathBuf,
    socket_dir: PathBuf,
    install: Install,
    // Dropped last, in this order: delete the box if it is temporary, then let go of it.
    _temporary: Option<TempDir>,
    layout: Layout,
}

impl PgBox {
    /// Starts the server of the box in `dir`, making the box if `dir` is empty or missing.
    ///
    /// # Errors
    /// See [`PgBoxError`]; each says what to do next.
    pub fn open(dir: &Path, options: &Options) -> Result<Self, PgBoxError> {
        let all = Install::find_all(options.bin_dirs.as_deref());
        // Before anything is written: a machine without PostgreSQL gets no half-made box.
        Install::choose(&all, None)?;

        let mut layout = Layout::claim(dir, options.durability)?;
        let data = layout.data();
        let runner = Runner::choose(&data)?;
        runner.close_to_others(&layout.root)?;
        runner.check_reaches(&layout.root)?;

        let exists = layout.has_data()?;
        let written_by = layout::data_major(&data).map(|major| (major, layout.root.as_path()));
        let install = Install::choose(&all, written_by)?;
        if !exists {
            let fill = |new: &Path| cluster::initdb(&runner, &install, options.durability, new);
            layout.make_data(&runner, fill)?;
        }
        layout.note_made()?;

        postmaster::stop_leftover(&data)?;
        let conf = layout.root.join("conf");
        cluster::write_access(&runner, &conf)?;
        let socket_dir = layout.socket_dir(&runner)?;
        let log_dir = layout.root.join("log");
        fs::create_dir_all(&log_dir).at("make the directory", &log_dir)?;
        let wal_compression = cluster::wal_compression(options.durability, &install, &data);
        let supervisor = Supervisor::start(Launch {
            arguments: cluster::arguments(
                options,
                wal_compression,
                &layout.name(),
                &data,
                &conf,
                &socket_dir,
            ),
            log: Arc::new(Log::open(log_dir.join("postgres.log"))?),
            install: install.clone(),
            name: layout.name(),
            data: data.clone(),
            socket_dir: socket_dir.clone(),
            runner,
        })?;
        Ok(Self { supervisor, data, socket_dir, install, _temporary: None, layout })
    }

    /// A box in a directory of its own under the system's temporary folder, deleted when it is dropped.
    ///
    /// What an earlier process could not delete (killed, or ended without dropping its box) is deleted now.
    ///
    /// # Errors
    /// As [`PgBox::open`].
    pub fn temporary(options: &Options) -> Result<Self, PgBoxError> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let dir = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .tempdir_in(&parent)
            .at("make a temporary directory in", &parent)?;
        let mut opened = Self::open(dir.path(), options)?;
        opened._temporary = Some(dir);
        Ok(opened)
    }

    /// Where the socket is; the `host` of a connection.
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The box's own directory.
    pub fn dir(&self) -> &Path {
        &self.layout.root
    }

    /// Which PostgreSQL runs.
    pub fn install(&self) -> &Install {
        &self.install
    }

    /// How to connect to the database `name`.
    pub fn config(&self, name: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.socket_dir).user(SUPERUSER).dbname(name);
        config
    }

    /// The same as a connection string of libpq's form, such as `host='/…/run' user='postgres' dbname='x'`.
    pub fn dsn(&self, name: &str) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"));
        let host = quoted(&self.socket_dir.to_string_lossy());
        format!("host={host} user={} dbname={}", quoted(SUPERUSER), quoted(name))
    }

    /// The server's process, unless it is just being restarted.
    pub fn server_pid(&self) -> Option<i32> {
        self.supervisor.pid().map(nix::unistd::Pid::as_raw)
    }

    /// Whether the server takes connections right now.
    pub fn is_ready(&self) -> bool {
        self.supervisor.pid().is_some_and(|pid| postmaster::is_ready(&self.data, pid))
    }

    /// How often the server ended by itself and was started again.
    pub fn restarts(&self) -> u64 {
        self.supervisor.restarts()
    }

    /// Stops the server cleanly: open transactions are rolled back, everything committed is on disk.
    ///
    /// # Errors
    /// [`PgBoxError::KilledOnStop`] if it did not stop in time; nothing committed is lost then either.
    pub fn close(mut self) -> Result<(), PgBoxError> {
        self.supervisor.stop()
    }
}

impl Drop for PgBox {
    fn drop(&mut self) {
        if let Err(problem) = self.supervisor.stop() {
            tracing::warn!(%problem, "closing the database");
        }
        if !self.socket_dir.starts_with(&self.layout.root) {
            // Empty after a clean stop. If it is not, the next open uses it again.
            let _ = fs::remove_dir(&self.socket_dir);
        }
    }
}

/// Deletes temporary boxes of ours that no living process holds.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let dir = entry.path();
        let is_box = entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX);
        if !is_box || !is_our_throwaway(&dir) {
            continue;
        }
        let Ok(_lock) = layout::lock(&dir) else { continue };
        let gone = postmaster::stop_leftover(&dir.join("data"))
            .and_then(|()| fs::remove_dir_all(&dir).at("delete the abandoned", &dir));
        if let Err(problem) = gone {
            tracing::warn!(%problem, "sweeping up");
        }
    }
}

fn is_our_throwaway(dir: &Path) -> bool {
    let ours =
        fs::symlink_metadata(dir).is_ok_and(|found| found.is_dir() && found.uid() == geteuid().as_raw());
    ours && matches!(layout::read_marker(dir), Ok(Some(marker)) if marker.durability == Durability::Throwaway)
}
