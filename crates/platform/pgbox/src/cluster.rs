//! The private cluster's nature: how its data is made, who may connect, and how the server is set.
//!
//! Text is UTF-8. Sorting is by code point (`C`): it is fast, serves prefix searches, and no update of the system's
//! library can silently break an index. Letters are known as letters (`C.UTF-8`), so `lower('Đ')` works. What must be
//! sorted the Vietnamese way says so in its query (`COLLATE "vi-x-icu"`).

use std::{
    ffi::OsString,
    fs,
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::PermissionsExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use nix::sys::signal::Signal;

use crate::{
    Durability, Options,
    error::{IoContext, PgBoxError},
    install::Install,
    runner::Runner,
};

/// The role that owns everything. Only the system users named in `pg_ident.conf` become it.
pub const SUPERUSER: &str = "postgres";

/// The last part of a program's output that an error carries.
const OUTPUT_BYTES_MAX: usize = 2000;

/// A checkpoint begins when so much was written since the last one, if it has not begun after five minutes: seldom enough
/// for a bulk load, which otherwise writes most pages twice, and still recovered from within half a minute.
const WAL_MAX: &str = "4GB";
/// The server's own cache: a part of the machine's memory within bounds, in megabytes.
const BUFFERS_PART: u64 = 16;
const BUFFERS_MB: (u64, u64) = (128, 1024);

/// The cache that suits this machine, in megabytes.
pub(crate) fn shared_buffers_mb() -> u32 {
    let memory = memory_mb(&fs::read_to_string("/proc/meminfo").unwrap_or_default()).unwrap_or_default();
    let (least, most) = BUFFERS_MB;
    u32::try_from((memory / BUFFERS_PART).clamp(least, most)).unwrap_or_default()
}

/// Reads `MemTotal:       24567890 kB`.
fn memory_mb(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? / 1024)
}

pub(crate) fn initdb(
    runner: &Runner,
    install: &Install,
    durability: Durability,
    data: &Path,
) -> Result<(), PgBoxError> {
    let program = install.program("initdb");
    let mut command = runner.command(&program, Signal::SIGKILL);
    command.arg("--pgdata").arg(data).arg("--username").arg(SUPERUSER);
    command.args(["--encoding=UTF8", "--locale=C", "--lc-ctype=C.UTF-8", "--data-checksums"]);
    command.args(["--auth-local=peer", "--auth-host=reject", "--no-instructions"]);
    if durability == Durability::Throwaway {
        command.arg("--no-sync");
    }
    let output = command.output().at("run", &program)?;
    if output.status.success() {
        return Ok(());
    }
    Err(PgBoxError::InitFailed { output: end_of_output(&output.stderr) })
}

/// What a program said last.
pub(crate) fn end_of_output(printed: &[u8]) -> String {
    let text = String::from_utf8_lossy(printed);
    let text = text.trim();
    let cut = text.len().saturating_sub(OUTPUT_BYTES_MAX);
    let cut = (cut..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    text.get(cut..).unwrap_or_default().to_owned()
}

/// Writes who may connect: the user the server runs as and the user we are, over the socket, each known by the kernel.
pub(crate) fn write_access(runner: &Runner, conf: &Path) -> Result<(), PgBoxError> {
    let hba = format!(
        "# Written anew at each start.\n\
         local all         {SUPERUSER} peer map=box\n\
         local replication {SUPERUSER} peer map=box\n"
    );
    let mut ident = "# Written anew at each start.\n".to_owned();
    for name in runner.may_connect() {
        ident.push_str(&format!("box \"{name}\" {SUPERUSER}\n"));
    }
    runner.private_dir(conf)?;
    for (name, text) in [("pg_hba.conf", hba), ("pg_ident.conf", ident)] {
        let path = conf.join(name);
        fs::write(&path, text).at("write", &path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).at("close to others", &path)?;
        runner.give(&path).at("hand over", &path)?;
    }
    Ok(())
}

/// How pages are packed that go whole into the write-ahead log after a checkpoint. Under a bulk load that is most of what
/// is written, and PostgreSQL's own compression takes most of its time; LZ4, where it was built in, nearly none.
pub(crate) fn wal_compression(durability: Durability, install: &Install, data: &Path) -> &'static str {
    if durability == Durability::Throwaway {
        return "off";
    }
    let accepted = Command::new(install.program("postgres"))
        .args(["-C", "wal_compression", "-c", "wal_compression=lz4", "-D"])
        .arg(data)
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success());
    if accepted { "lz4" } else { "on" }
}

/// The server's command line. What stands here wins over `ALTER SYSTEM`; everything else stays open to it.
pub(crate) fn arguments(
    options: &Options,
    wal_compression: &'static str,
    name: &str,
    data: &Path,
    conf: &Path,
    socket_dir: &Path,
) -> Vec<OsString> {
    let number = |value: u32| OsString::from(value.to_string());
    let text = |value: &str| OsString::from(value);
    let mut settings = vec![
        // Stands in the title of each of its processes: for the operator, and to find orphans by.
        ("cluster_name", text(name)),
        ("hba_file", conf.join("pg_hba.conf").into()),
        ("ident_file", conf.join("pg_ident.conf").into()),
        // The socket, and nothing else.
        ("listen_addresses", text("")),
        ("port", text("5432")),
        ("unix_socket_directories", quoted(socket_dir)),
        ("unix_socket_permissions", text("0700")),
        ("recovery_init_sync_method", text(sync_method(&kernel_release()))),
        // A small machine, many short statements.
        ("max_connections", number(options.max_connections.into())),
        ("shared_buffers", format!("{}MB", options.shared_buffers_mb).into()),
        ("random_page_cost", text("1.1")),
        ("jit", text("off")),
        ("timezone", text("UTC")),
        ("log_timezone", text("UTC")),
        // Personal data stays out of the log: no statements, no values, no details such as a duplicate key's. Errors
        // can quote what somebody typed; they go to the client that caused them, the log starts above them.
        ("logging_collector", text("off")),
        ("log_destination", text("stderr")),
        ("log_line_prefix", text("%m [%p] ")),
        ("log_min_messages", text("log")),
        ("log_error_verbosity", text("terse")),
        ("log_statement", text("none")),
        ("log_min_error_statement", text("panic")),
        ("log_min_duration_statement", text("-1")),
        ("log_min_duration_sample", text("-1")),
        ("log_transaction_sample_rate", text("0")),
        ("log_parameter_max_length", text("0")),
        ("log_parameter_max_length_on_error", text("0")),
    ];
    let (fsync, wal) = match options.durability {
        Durability::Durable => (
            "on",
            [("wal_level", "replica"), ("wal_compression", wal_compression), ("max_wal_size", WAL_MAX)],
        ),
        Durability::Throwaway => {
            ("off", [("wal_level", "minimal"), ("max_wal_senders", "0"), ("max_wal_size", WAL_MAX)])
        }
    };
    settings.extend(["fsync", "full_page_writes", "synchronous_commit"].map(|name| (name, text(fsync))));
    settings.extend(wal.map(|(name, value)| (name, text(value))));

    let mut arguments = vec![OsString::from("-D"), data.into()];
    for (name, value) in settings {
        let mut setting = OsString::from(name);
        setting.push("=");
        setting.push(value);
        arguments.extend(["-c".into(), setting]);
    }
    arguments
}

/// How a server that was killed makes sure, before it recovers, that what its predecessor wrote is on the disk.
///
/// By itself it opens and syncs each of its thousands of files: seconds. To sync the file system takes one call, which
/// tells of failed writes since Linux 5.8; before that a failure would go unnoticed.
fn sync_method(kernel: &str) -> &'static str {
    let mut parts = kernel.split(|c: char| !c.is_ascii_digit()).map_while(|part| part.parse::<u32>().ok());
    let version = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if version >= (5, 8) { "syncfs" } else { "fsync" }
}

fn kernel_release() -> String {
    fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default()
}

/// One directory as PostgreSQL's list of directories wants it.
fn quoted(dir: &Path) -> OsString {
    let mut out = vec![b'"'];
    for byte in PathBuf::from(dir).as_os_str().as_bytes() {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
    OsString::from_vec(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_system_is_synced_whole_only_where_the_kernel_tells_of_failures() {
        for (kernel, method) in [
            ("6.1.0-37-amd64\n", "syncfs"),
            ("5.8.0", "syncfs"),
            ("5.7.19-generic", "fsync"),
            ("4.18.0-553.el8", "fsync"),
            ("", "fsync"),
        ] {
            assert_eq!(sync_method(kernel), method, "{kernel}");
        }
    }

    #[test]
    fn the_memory_of_the_machine_is_read_as_the_kernel_prints_it() {
        assert_eq!(memory_mb("MemTotal:       24567808 kB\nMemFree:  1 kB\n"), Some(23_992));
        assert_eq!(memory_mb(""), None);
        assert!((128..=1024).contains(&shared_buffers_mb()));
    }
}
