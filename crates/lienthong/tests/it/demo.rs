//! The demo at the size that everybody sees first: every story must come to its end, every status must occur.

use std::{
    net::{SocketAddr, TcpListener},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use dossier::Status;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::server::{DataDir, free_address, said};

/// No holidays in the weeks before, so that working days run as in most weeks.
const MOMENT: &str = "2026-11-20T08:00:00Z";

#[tokio::test]
async fn the_demo_fills_at_its_full_size_with_every_status_and_its_log_verifies() {
    let dir = DataDir::new();
    let output = dir.program(&["demo", "--fill-only", "--on", MOMENT]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let output = dir.program(&["log", "verify"]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));

    let demo = Demo::start(&dir);
    dir.until_open().await;
    let asked = demo.begins_at_the_bank().await;
    // People come by the name: passkeys are for names.
    let home = format!("http://localhost:{}", demo.site.port());
    assert!(asked.starts_with(&format!("{home}/authorize?client_id=")), "{asked}");
    let sent = demo.ask(demo.site, "/account").await.unwrap();
    assert!(sent.contains(&format!("location: {home}/account\r\n")), "{sent}");
    let (client, connection) = dir.database().connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let count = "SELECT status, count(*) FROM dossier.dossier GROUP BY status";
    let rows = client.query(count, &[]).await.unwrap();
    let told: Vec<(i16, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    // "Finished" lasts only until the paper is printed.
    for status in Status::ALL.into_iter().filter(|s| *s != Status::Finished) {
        assert!(told.iter().any(|(n, _)| *n == status.number()), "no dossier is {status:?}: {told:?}");
    }
    assert!(told.iter().map(|(_, n)| n).sum::<i64>() >= 300, "{told:?}");
    let people: i64 = client.query_one("SELECT count(*) FROM registry.person", &[]).await.unwrap().get(0);
    assert!(people >= 20_000, "{people}");
}

/// How long the site and the bank may take to come.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

/// A demo that serves, with its bank. Killed when dropped; the bank must end by itself then.
struct Demo {
    child: Child,
    site: SocketAddr,
    bank: SocketAddr,
}

impl Demo {
    fn start(dir: &DataDir) -> Self {
        let (site, bank) = loop {
            let site = free_address();
            let bank = SocketAddr::new(site.ip(), site.port().wrapping_add(1));
            if TcpListener::bind(bank).is_ok() {
                break (site, bank);
            }
        };
        let mut command = dir.program(&["demo", "--listen", &site.to_string()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { child, site, bank }
    }

    /// Where the bank sends a browser that begins: by then it has pushed its request to the provider.
    async fn begins_at_the_bank(&self) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = self.ask(self.bank, "/begin").await
                && let Some(at) = answer.lines().find_map(|line| line.strip_prefix("location: "))
            {
                return at.to_owned();
            }
            assert!(Instant::now() < deadline, "the bank does not begin");
            tokio::time::sleep(POLL).await;
        }
    }

    async fn ask(&self, at: SocketAddr, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(at).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Some(answer)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let deadline = Instant::now() + PATIENCE;
        while TcpListener::bind(self.bank).is_err() {
            assert!(Instant::now() < deadline, "the bank goes on without the demo");
            std::thread::sleep(POLL);
        }
    }
}

#[test]
fn the_demo_is_for_this_machine_only() {
    let dir = DataDir::new();
    let output = dir.program(&["demo", "--listen", "0.0.0.0:8080"]).output().unwrap();
    assert!(
        !output.status.success() && said(&output).contains("--listen 127.0.0.1:8080"),
        "{}",
        said(&output)
    );
}
