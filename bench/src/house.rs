//! A durable private PostgreSQL in a temporary directory, and the real server as a child process on it.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use lienthong::{
    app::{App, MIGRATIONS, Parts},
    config::Config,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use pgbox::{Options, PgBox};
use tempfile::TempDir;

use crate::gauge::Gauge;

pub const DATABASE: &str = "lienthong";
/// How long the server may take until it listens.
const START_MAX: Duration = Duration::from_secs(20);
/// Connections of this process while it fills the database.
const CONNECTIONS: usize = 16;

pub struct House {
    pub pg: PgBox,
    program: PathBuf,
    data_dir: TempDir,
}

impl House {
    pub async fn open(program: PathBuf) -> anyhow::Result<Self> {
        let pg = tokio::task::spawn_blocking(|| PgBox::temporary(&Options::default())).await??;
        pg.create_database(DATABASE).await?;
        store::migrate(&pg.config(DATABASE), &MIGRATIONS).await?;
        Ok(Self { pg, program, data_dir: TempDir::new()? })
    }

    /// The same system in this process, for filling the database; it serves nobody. Close its store when done: the
    /// database can be copied only while nobody is connected.
    pub async fn app(&self) -> anyhow::Result<App> {
        self.app_with(Config::default()).await
    }

    pub async fn app_with(&self, settings: Config) -> anyhow::Result<App> {
        let settings = Config { connections_max: CONNECTIONS, synthetic: true, ..settings };
        App::build(&settings, &self.pg.config(DATABASE), Parts::real(self.data_dir.path())).await
    }

    /// Runs a command of the program to its end.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let status = self.command().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        anyhow::ensure!(status.success(), "lienthong {arguments:?}: {status}");
        Ok(())
    }

    /// Starts a command of the program; the caller waits for it.
    pub fn start(&self, arguments: &[&str]) -> anyhow::Result<Child> {
        Ok(self.command().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }

    /// A file beside the keys of the server.
    pub fn file(&self, name: &str) -> PathBuf {
        self.data_dir.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("DATABASE_URL", self.pg.dsn(DATABASE)).arg("--data-dir").arg(self.data_dir.path());
        command
    }

    /// Starts `serve` with all roles and its default configuration.
    pub fn serve(&self) -> anyhow::Result<Server> {
        self.serve_with(&[])
    }

    /// The same with something set through the environment.
    pub fn serve_with(&self, environment: &[(&str, &str)]) -> anyhow::Result<Server> {
        let address = free_address()?;
        let listen = address.to_string();
        let mut command = self.command();
        command.envs(environment.iter().copied()).args(["serve", "--listen", &listen]).stdout(Stdio::null());
        let server = Server { child: command.spawn()?, address };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            anyhow::ensure!(started.elapsed() < START_MAX, "the server does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    pub fn gauge(&self, server: &Server) -> anyhow::Result<Gauge> {
        Ok(Gauge::start(server.pid(), Some(self.postmaster()?)))
    }

    /// The first process of PostgreSQL.
    pub fn postmaster(&self) -> anyhow::Result<i32> {
        self.pg.server_pid().context("PostgreSQL runs")
    }

    /// A connection of one's own.
    pub async fn connect(&self, database: &str) -> anyhow::Result<tokio_postgres::Client> {
        let (client, connection) = self.pg.config(database).connect(tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Every run begins with the same state of the tables, and with no checkpoint of the filling under way.
    pub async fn settle(&self, database: &str) -> anyhow::Result<()> {
        let client = self.connect(database).await?;
        client.batch_execute("VACUUM ANALYZE").await?;
        client.batch_execute("CHECKPOINT").await?;
        Ok(())
    }

    pub async fn close(self) -> anyhow::Result<()> {
        tokio::task::spawn_blocking(move || self.pg.close()).await??;
        Ok(())
    }
}

/// A port that was free a moment ago.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?.local_addr()?)
}

/// The server while it runs.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap_or_default()
    }

    /// Ends it as an operator does.
    pub fn stop(mut self) -> anyhow::Result<()> {
        kill(Pid::from_raw(self.pid()), Signal::SIGTERM)?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After `stop` there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
