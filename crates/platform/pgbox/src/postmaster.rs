//! What `postmaster.pid` and the kernel tell about a server in a data directory, and how a leftover one is ended.
//!
//! Nothing is believed from a process id alone: after a restart of the machine or the container it may belong to
//! anybody. A server is ours when its command line names our data directory.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    error::{IoContext, PgBoxError},
    layout::SOCKET,
    runner::Runner,
};

const POLL: Duration = Duration::from_millis(5);

/// How a server is asked to stop: cleanly, then at once, then by the kernel; each with the time it is given.
pub(crate) const STOP_STEPS: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(60)),
    (Signal::SIGQUIT, Duration::from_secs(10)),
    (Signal::SIGKILL, Duration::from_secs(10)),
];

/// Whether the server `pid` takes connections.
pub(crate) fn is_ready(data: &Path, pid: Pid) -> bool {
    let text = fs::read_to_string(pid_file(data)).unwrap_or_default();
    let mut lines = text.lines();
    lines.next().and_then(|line| line.trim().parse().ok()) == Some(pid.as_raw())
        && lines.nth(6).is_some_and(|status| status.trim() == "ready")
}

/// Ends a server that outlived the process that ran it. Call it only with the lock of the box in hand.
pub(crate) fn stop_leftover(data: &Path) -> Result<(), PgBoxError> {
    for (signal, patience) in STOP_STEPS {
        let Some(pid) = live(data) else { return Ok(()) };
        tracing::warn!(pid = pid.as_raw(), %signal, "ending a database server that an earlier process left behind");
        // It may have ended in between: then there is nothing to signal, which is what we want.
        let _ = kill(pid, signal);
        let deadline = Instant::now() + patience;
        while live(data) == Some(pid) && Instant::now() < deadline {
            thread::sleep(POLL);
        }
    }
    match live(data) {
        Some(pid) => Err(PgBoxError::InUse { dir: data.to_owned(), pid: pid.as_raw().try_into().ok() }),
        None => Ok(()),
    }
}

/// Removes what a killed server leaves and a new one would stumble over.
///
/// PostgreSQL itself clears a pid file whose process is gone; it gives up if the number is in use again by some other
/// program, which only we, holding the lock, can know to be harmless.
pub(crate) fn clear_stale(
    data: &Path,
    socket_dir: &Path,
    name: &str,
    runner: &Runner,
) -> Result<(), PgBoxError> {
    if live(data).is_some() {
        return Ok(());
    }
    let left = pid_in_file(data);
    if left.is_some() {
        end_orphans(name, runner);
    }
    let recycled = left.is_some_and(|pid| Path::new("/proc").join(pid.to_string()).exists());
    let socket_lock = socket_dir.join(format!("{SOCKET}.lock"));
    for path in [recycled.then(|| pid_file(data)), Some(socket_lock), Some(socket_dir.join(SOCKET))] {
        let Some(path) = path.filter(|path| path.symlink_metadata().is_ok()) else { continue };
        fs::remove_file(&path).at("remove the stale", &path)?;
    }
    Ok(())
}

/// Ends what a killed server was busy with.
///
/// Its processes leave by themselves when they next wait for something, which a long computation may not do for
/// hours; and until the last of them is gone, no new server can start. The write-ahead log undoes what they began.
fn end_orphans(name: &str, runner: &Runner) {
    let title = format!("postgres: {name}: ");
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let is_orphan = || {
            let is_runners = entry.metadata().is_ok_and(|found| runner.owns(&found));
            is_runners
                && fs::read(entry.path().join("cmdline")).is_ok_and(|line| line.starts_with(title.as_bytes()))
        };
        if let Some(pid) = entry.file_name().to_str().and_then(|pid| pid.parse().ok()).filter(|_| is_orphan())
        {
            tracing::warn!(pid, "ending a process of a database server that was killed");
            // If it left in between, so much the better.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

/// The running server of this data directory, if there is one.
pub(crate) fn live(data: &Path) -> Option<Pid> {
    let pid = pid_in_file(data)?;
    let command_line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let mut words = command_line.split(|byte| *byte == 0);
    let is_server = words.next().is_some_and(|program| program.ends_with(b"postgres"));
    let here = fs::metadata(data).ok()?;
    let is_here = words.skip_while(|word| *word != b"-D").nth(1).is_some_and(|named| {
        fs::metadata(OsStr::from_bytes(named))
            .is_ok_and(|there| (there.dev(), there.ino()) == (here.dev(), here.ino()))
    });
    (is_server && is_here).then_some(pid)
}

fn pid_in_file(data: &Path) -> Option<Pid> {
    let text = fs::read_to_string(pid_file(data)).ok()?;
    text.lines().next()?.trim().parse().ok().filter(|pid| *pid > 0).map(Pid::from_raw)
}

fn pid_file(data: &Path) -> PathBuf {
    data.join("postmaster.pid")
}
