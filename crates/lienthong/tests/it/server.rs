//! The real program as processes of their own, in a data directory of their own.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use lienthong::config::Config;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

/// How long a start or a clean stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);

/// A data directory, deleted at the end.
pub struct DataDir(TempDir);

impl DataDir {
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("lienthong-test-").tempdir().unwrap();
        // The database runs as another user when we are root, and must be able to pass.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self(dir)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn config(&self) -> Config {
        Config { data_dir: self.path().to_owned(), ..Config::default() }
    }

    /// The program on this directory, with no configuration but the given arguments.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.arg("--data-dir").arg(self.path()).args(arguments);
        command
    }

    /// How to reach the private database of a running server.
    pub fn database(&self) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(self.path().join("pg/run")).user("postgres").dbname("lienthong");
        config
    }

    /// Waits until the private database of a starting server takes connections.
    pub async fn until_open(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.database().connect(tokio_postgres::NoTls).await.is_err() {
            assert!(Instant::now() < deadline, "the database does not come: {}", self.database_log());
            tokio::time::sleep(POLL).await;
        }
    }

    /// What the database server has written to its log so far.
    pub fn database_log(&self) -> String {
        fs::read_to_string(self.path().join("pg/log/postgres.log")).unwrap_or_default()
    }

    /// The process of the database server, if it runs.
    pub fn postmaster(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.path().join("pg/data/postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok().map(Pid::from_raw)
    }

    /// The living processes whose command line names this directory.
    pub fn processes(&self) -> Vec<String> {
        let name = self.path().to_string_lossy().into_owned();
        let lines = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
            let line = fs::read(entry.path().join("cmdline")).ok()?;
            Some(String::from_utf8_lossy(&line).replace('\0', " "))
        });
        lines.filter(|line| line.contains(&name)).collect()
    }
}

/// The program without anything of this process's environment that would configure it.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lienthong"));
    for (key, _) in std::env::vars() {
        if key.to_uppercase().starts_with("LIENTHONG_") || key == "DATABASE_URL" || key == "RUST_LOG" {
            command.env_remove(key);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// Both outputs as one text, for messages and for looking into.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub fn free_address() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}

/// A serving process. Killed when dropped; the database server follows it by itself.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    errors: PathBuf,
}

impl Server {
    pub fn start(dir: &DataDir, address: SocketAddr) -> Self {
        let errors = dir.path().join("stderr.log");
        let log = File::options().create(true).append(true).open(&errors).unwrap();
        let listen = address.to_string();
        let mut command = dir.program(&["serve", "--listen", &listen]);
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        Self { child, address, errors }
    }

    /// What the processes of this directory have complained about so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.errors).unwrap_or_default()
    }

    /// Whether it is still there.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end and waits until it has.
    pub fn stop(mut self) {
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM).unwrap();
        let deadline = Instant::now() + PATIENCE;
        while self.runs() {
            assert!(Instant::now() < deadline, "the server does not stop: {}", self.log());
            std::thread::sleep(POLL);
        }
        assert!(self.child.wait().unwrap().success(), "{}", self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
