//! The command line as an operator meets it: what it prints, how it ends, what it never says.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    requests::{Ask, send},
    server::{DataDir, Server, free_address, program, said},
};

fn run(mut command: Command) -> Output {
    command.output().unwrap()
}

fn good(command: Command) -> String {
    let output = run(command);
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

/// What a command says that must fail. Never a panic, never SQL.
fn refused(command: Command) -> String {
    let output = run(command);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for word in ["panicked", "SELECT ", "INSERT ", "UPDATE ", "DETAIL"] {
        assert!(!said.contains(word), "{word} in: {said}");
    }
    said
}

#[test]
fn the_configuration_says_where_each_value_comes_from() {
    let dir = DataDir::new();
    fs::write(dir.path().join("lienthong.toml"), "connections_max = 7\npublic_url = \"https://a.vn\"\n")
        .unwrap();
    let mut command = dir.program(&["config", "print", "--listen", "127.0.0.1:9000"]);
    command.env("LIENTHONG_PUBLIC_URL", "https://b.vn").env("DATABASE_URL", "postgres://u:secret@h/d");
    let said = good(command);
    let line = |key: &str| said.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    assert!(
        line("connections_max").contains("7") && line("connections_max").ends_with("lienthong.toml"),
        "{said}"
    );
    assert!(
        line("public_url").contains("https://b.vn") && line("public_url").ends_with("# environment"),
        "{said}"
    );
    assert!(line("listen").contains("127.0.0.1:9000") && line("listen").ends_with("# flag"), "{said}");
    assert!(line("synthetic").ends_with("# default"), "{said}");
    assert!(line("database_url").contains("(set)") && !said.contains("secret"), "{said}");
}

#[test]
fn an_unknown_key_is_refused_by_name_in_the_file_and_in_the_environment() {
    let dir = DataDir::new();
    let mut command = dir.program(&["config", "print"]);
    command.env("LIENTHONG_PUBLIK_URL", "https://a.vn");
    let said = refused(command);
    assert!(said.contains("publik_url") && said.contains("known keys: data_dir"), "{said}");
    fs::write(dir.path().join("lienthong.toml"), "lisen = \"127.0.0.1:1\"\n").unwrap();
    let said = refused(dir.program(&["config", "print"]));
    assert!(said.contains("lisen") && said.contains("lienthong.toml"), "{said}");
    fs::write(dir.path().join("lienthong.toml"), "listen = \"somewhere\"\n").unwrap();
    let said = refused(dir.program(&["config", "print"]));
    assert!(said.contains("listen") && said.contains("lienthong.toml"), "{said}");
}

#[test]
fn the_doctor_names_what_runs_and_what_stands_in_the_way() {
    let dir = DataDir::new();
    let said = good(dir.program(&["doctor"]));
    assert!(said.contains("PostgreSQL ") && said.contains("would run"), "{said}");
    fs::create_dir_all(dir.path().join("pg")).unwrap();
    fs::write(dir.path().join("pg/letters.txt"), "not a database").unwrap();
    let said = refused(dir.program(&["doctor"]));
    assert!(said.contains("was not made by this program"), "{said}");
    let mut command = dir.program(&["doctor"]);
    command.env("DATABASE_URL", "postgres://nobody:secret@127.0.0.1:1/none");
    let said = refused(command);
    assert!(said.contains("does not answer") && !said.contains("secret"), "{said}");
}

/// A catalogue of our own, whose files may be spoilt.
fn catalogue_copy(to: &Path) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let to = to.join("catalogue");
    copy(&from, &to);
    to
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn spoil(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from} is not in {}", file.display());
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_spoilt_catalogue_is_refused_with_file_line_and_rule() {
    let dir = DataDir::new();
    let catalogue = catalogue_copy(dir.path());
    let check = || dir.program(&["catalogue", "check", &catalogue.to_string_lossy()]);
    let said = good(check());
    assert!(said.contains("is sound"), "{said}");
    spoil(&catalogue.join("services/1.004222/v1.toml"), "amount = 10000", "amount = 12000");
    let told = refused(check());
    assert!(told.contains("service.fees: 12.000") && told.contains("procedures/1.004222.toml"), "{told}");
    spoil(&catalogue.join("procedures/1.004222.toml"), "field = \"", "field = \"no-such-");
    spoil(&catalogue.join("services/1.004194/v1.toml"), "value > today", "value > yesterday");
    let said = refused(check());
    let lines: Vec<&str> = said.lines().collect();
    let rule = |file: &str| {
        let line =
            lines.iter().find(|line| line.contains(file)).unwrap_or_else(|| panic!("{file} in {said}"));
        let mut parts = line.split(": ").next().unwrap().rsplit(':');
        let number: u32 = parts.next().unwrap().parse().unwrap();
        assert!(number > 1, "{line}");
    };
    rule("services/1.004194/v1.toml");
    rule("procedures/1.004222.toml");
    assert!(said.contains("yesterday") && said.contains("no-such-"), "{said}");
    assert!(refused(dir.program(&["catalogue", "check", "/no/such/folder"])).contains("/no/such/folder"));
}

#[test]
fn the_api_is_printed_as_json() {
    let said = String::from_utf8(
        run({
            let mut command = program();
            command.arg("openapi");
            command
        })
        .stdout,
    );
    let document: Value = serde_json::from_str(&said.unwrap()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[tokio::test]
async fn an_operator_fills_checks_and_guards_a_directory() {
    let dir = DataDir::new();
    let people = dir.path().join("people.csv");
    let people = people.to_str().unwrap();
    good(dir.program(&["synth", "people", "--count", "60", "--seed", "3", "--out", people]));

    let said = good(dir.program(&["import", "persons", people]));
    assert!(said.contains("60 loaded") && said.contains("0 rejected"), "{said}");
    let said = good(dir.program(&["import", "persons", people]));
    assert!(said.contains("60 loaded") || said.contains("60 known before"), "{said}");
    let again =
        format!("{}\n", fs::read_to_string(people).unwrap().lines().next().unwrap().replace("sex", "sax"));
    let bad = dir.path().join("bad.csv");
    fs::write(&bad, again).unwrap();
    let said = refused(dir.program(&["import", "persons", bad.to_str().unwrap()]));
    assert!(said.contains("sex"), "{said}");
    let said = refused(dir.program(&["import", "persons", "/no/such.csv"]));
    assert!(said.contains("/no/such.csv"), "{said}");

    let keys = good(dir.program(&["keys", "list"]));
    assert!(keys.contains("active") && keys.contains("next"), "{keys}");
    let rotated = good(dir.program(&["keys", "rotate"]));
    assert!(rotated.contains("retiring"), "{rotated}");
    let next = keys.lines().find(|l| l.ends_with("next")).unwrap().split_whitespace().next().unwrap();
    assert!(rotated.lines().any(|l| l.starts_with(next) && l.ends_with("active")), "{keys}\n{rotated}");

    // A server appends to the log what the commands left.
    let server = Server::start(&dir, free_address());
    wait_for_log(&server).await;
    let rival = free_address().to_string();
    let said = refused(dir.program(&["serve", "--listen", &rival]));
    assert!(said.contains("is in use by process"), "{said}");
    let elsewhere = DataDir::new();
    let said = refused(elsewhere.program(&["serve", "--listen", &server.address.to_string()]));
    assert!(said.contains(&server.address.to_string()) && said.contains("another server"), "{said}");
    server.stop();

    let said = good(dir.program(&["log", "verify"]));
    assert!(said.contains("The log is sound"), "{said}");
    let key = good(dir.program(&["log", "key"]));
    assert!(key.starts_with("lienthong.local/log+"), "{key}");

    // Somebody with the run of the database alters a row.
    let config = dir.config();
    let database = lienthong::app::Database::open(&config).await.unwrap();
    let (client, connection) = database.config.connect(tokio_postgres::NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let altered = "UPDATE ledger.entry SET body = body || ' ' WHERE index = 0";
    assert_eq!(client.execute(altered, &[]).await.unwrap(), 1);
    drop(client);
    driver.await.unwrap().unwrap();
    database.close().await.unwrap();
    let said = refused(dir.program(&["log", "verify"]));
    assert!(said.contains("entry 0: body altered") && said.contains("NOT sound"), "{said}");
    assert_eq!(dir.processes(), Vec::<String>::new(), "processes that were left behind");
}

async fn wait_for_log(server: &Server) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let checkpoint = send(server.address, &Ask::get("/log/checkpoint")).await;
        let size = checkpoint.and_then(|c| c.text().lines().nth(1)?.parse::<u64>().ok());
        if size.is_some_and(|size| size > 0) {
            return;
        }
        assert!(Instant::now() < deadline, "nothing in the log: {}", server.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn a_port_in_use_is_said_before_anything_is_made() {
    let dir = DataDir::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refused(dir.program(&["serve", "--listen", &address]));
    assert!(said.contains(&address) && said.contains("is another server there?"), "{said}");
    assert!(!dir.path().join("pg").exists());
}
