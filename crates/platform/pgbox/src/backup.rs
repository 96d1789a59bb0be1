//! A copy of a box that is a box itself: taken while the server runs, by PostgreSQL's own tool, and opened like any other.
//!
//! The copy gets an id of its own, so that both may run side by side. What it lacks to be complete at the moment of the
//! copy it has with it as write-ahead log, which its first start replays.

use std::{
    fs,
    path::{Path, PathBuf},
};

use nix::sys::signal::Signal;

use crate::{
    Durability, Options, PgBox,
    cluster::{SUPERUSER, end_of_output},
    error::{IoContext, PgBoxError},
    install::Install,
    layout::{self, Layout},
    postmaster,
    runner::Runner,
};

/// Copies the box in `from` into `to`, which must be empty or not yet there. Where no process runs the box, it is opened
/// for as long as it takes.
///
/// # Errors
/// As [`PgBox::open`], for both; and [`PgBoxError::BackupFailed`]. A copy that failed can be told: it does not open as
/// one that was made.
pub fn backup(from: &Path, to: &Path, options: &Options) -> Result<(), PgBoxError> {
    let root = fs::canonicalize(from).at("find", from)?;
    let data = root.join("data");
    let opened = match postmaster::live(&data) {
        Some(_) => None,
        None => Some(PgBox::open(&root, options)?),
    };
    let socket_dir = match &opened {
        Some(opened) => opened.socket_dir().to_owned(),
        None => layout::socket_dir_of(&root)?,
    };
    let written_by = layout::data_major(&data).map(|major| (major, root.as_path()));
    let install = Install::choose(&Install::find_all(options.bin_dirs.as_deref()), written_by)?;

    let mut copy = Layout::claim(to, Durability::Durable)?;
    if copy.has_data()? {
        return Err(PgBoxError::NotOurs { dir: copy.root.clone(), why: "it is a box already" });
    }
    let runner = Runner::choose(&data)?;
    runner.close_to_others(&copy.root)?;
    runner.check_reaches(&copy.root)?;
    copy.make_data(&runner, |new| base_backup(&runner, &install, &socket_dir, new))?;
    copy.note_made()?;
    match opened {
        Some(opened) => opened.close(),
        None => Ok(()),
    }
}

fn base_backup(runner: &Runner, install: &Install, socket_dir: &Path, new: &Path) -> Result<(), PgBoxError> {
    let program: PathBuf = install.program("pg_basebackup");
    let mut command = runner.command(&program, Signal::SIGKILL);
    command.arg("--pgdata").arg(new).arg("--host").arg(socket_dir);
    command.args(["--port=5432", "--username", SUPERUSER, "--no-password"]);
    // Each page's checksum is verified on the way, and the copy is synced to the disk at the end.
    command.args(["--checkpoint=fast", "--wal-method=stream"]);
    let output = command.output().at("run", &program)?;
    if output.status.success() {
        return Ok(());
    }
    Err(PgBoxError::BackupFailed { output: end_of_output(&output.stderr) })
}
