//! The served log, checked by a program of another language and other authors (`tests/go/check.go`).
//! Runs where Go and its `golang.org/x/mod` are installed, and says so where they are not.

use std::path::Path;
use std::process::Stdio;

use axum::Router;
use tokio::process::Command;

use crate::Log;

/// Where Debian and Ubuntu put Go's libraries.
const GOPATH: &str = "/usr/share/gocode";

/// Serves the log on loopback and lets the stranger check it. Returns what it says, and whether it is content.
async fn check(log: &Log, key: &str) -> Option<(bool, String)> {
    let installed =
        Command::new("go").arg("version").stdout(Stdio::null()).status().await.is_ok_and(|s| s.success());
    if !installed || !Path::new(GOPATH).join("src/golang.org/x/mod/sumdb").is_dir() {
        skipped();
        return None;
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let prefix = format!("http://{}/log", listener.local_addr().unwrap());
    let router = Router::new().nest("/log", ledger::router(log.db.store.clone()));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let output = Command::new("go")
        .args(["run", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/go/check.go"), &prefix, key])
        .env("GO111MODULE", "off")
        .env("GOPATH", GOPATH)
        .env("GOCACHE", std::env::temp_dir().join("lienthong-go-cache"))
        .output()
        .await
        .unwrap();
    server.abort();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

/// Tests speak through their outcome; that one was skipped has to be said otherwise.
#[expect(clippy::print_stderr, reason = "a skipped check must be seen")]
fn skipped() {
    eprintln!("skipped: apt-get install golang-go golang-golang-x-mod-dev");
}

#[tokio::test]
async fn go_s_own_packages_accept_the_log_and_refuse_a_tampered_one() {
    let log = Log::grown_by(&[300, 8_192, 8_192, 5_000, 77]).await;
    let key = log.key.verifier().to_string();
    let Some((content, said)) = check(&log, &key).await else { return };
    assert!(content && said.contains("21761 entries proven"), "{said}");

    log.tamper(
        "UPDATE ledger.tile SET data = set_byte(data, 9, get_byte(data, 9) # 1) WHERE level = 0 AND n = 30",
    )
    .await;
    let Some((content, said)) = check(&log, &key).await else { return };
    let refused = said.contains("transparency proof") || said.contains("inconsistent tile");
    assert!(!content && refused, "{said}");
}
