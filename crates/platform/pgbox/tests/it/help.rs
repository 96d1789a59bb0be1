//! Waiting without sleeping blindly, talking to a box, and a second process to kill.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, geteuid},
};
use pgbox::{Options, PgBox, PgBoxError};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

const PATIENCE: Duration = Duration::from_secs(60);
/// Tells the re-run test binary which directory to open.
const OWNED_DIR: &str = "PGBOX_TEST_OWNED_DIR";

/// A folder that the unprivileged user may pass through, too.
pub fn place() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

pub fn open(dir: &Path) -> Result<PgBox, PgBoxError> {
    PgBox::open(dir, &Options::default())
}

/// For tests of something else than durability: does not wait for a disk that others may keep busy.
pub fn open_fast(dir: &Path) -> Result<PgBox, PgBoxError> {
    PgBox::open(dir, &Options::throwaway())
}

pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Runs `work` to its end; tests are plain functions, since opening blocks.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

pub async fn connect(pg: &PgBox) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = pg.config("postgres").connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

pub fn write_note(pg: &PgBox, text: &str) {
    block_on(async {
        let client = connect(pg).await.unwrap();
        client.batch_execute("CREATE TABLE IF NOT EXISTS note (text text)").await.unwrap();
        client.execute("INSERT INTO note VALUES ($1)", &[&text]).await.unwrap();
    });
}

/// The notes, in order; waits while the server restarts.
pub fn notes(pg: &PgBox) -> Vec<String> {
    let mut found = Vec::new();
    eventually("the server answers", || {
        block_on(async {
            let Ok(client) = connect(pg).await else { return false };
            let rows = client.query("SELECT text FROM note ORDER BY 1", &[]).await.unwrap();
            found = rows.iter().map(|row| row.get(0)).collect();
            true
        })
    });
    found
}

pub async fn value(pg: &PgBox, sql: &str) -> String {
    connect(pg).await.unwrap().query_one(sql, &[]).await.unwrap().get(0)
}

pub fn kill_9(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
}

/// Whether the process runs; one that waits to be reaped does not.
pub fn is_alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}

/// Whether nothing is left of a child of ours, not even its entry in the process table.
pub fn is_reaped(pid: i32) -> bool {
    !Path::new("/proc").join(pid.to_string()).exists()
}

/// Another process that owns a box, writes the note `from the other` and then waits to be ended.
pub struct Owner {
    pub process: Child,
    pub server: i32,
}

impl Owner {
    pub fn of(dir: &Path) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "help::be_the_other_owner", "--nocapture"])
            .env(OWNED_DIR, dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let server = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_once("serving as ")?.1.trim().parse().ok())
            .expect("the other process opens the box");
        Self { process, server }
    }

    /// The same as an ordinary user, if we are root; `None` if we are not.
    pub fn run_as_nobody(dir: &Path) -> Option<bool> {
        if !geteuid().is_root() {
            return None;
        }
        // The build's folder may be closed to that user: run a copy. Made by another program, since a file that this
        // one has open for writing, or a child just forked off it, cannot be run.
        let copy = place();
        let program = copy.path().join("owner");
        let copied = Command::new("cp").arg(env::current_exe().unwrap()).arg(&program).status().unwrap();
        assert!(copied.success());
        let status = Command::new("setpriv")
            .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"])
            .arg(&program)
            .args(["--exact", "help::be_the_other_owner", "--nocapture"])
            .env(OWNED_DIR, dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        Some(status.success())
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Not a test of its own: the body of the other process, idle when run among the tests.
#[test]
fn be_the_other_owner() {
    let Some(dir) = env::var_os(OWNED_DIR) else { return };
    let pg = open(&PathBuf::from(dir)).unwrap();
    write_note(&pg, "from the other");
    println!("serving as {}", pg.server_pid().unwrap());
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    assert_eq!(notes(&pg), ["from the other"]);
    pg.close().unwrap();
}
