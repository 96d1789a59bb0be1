//! The command line as an operator meets it: what it prints, how it ends, what it never says.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
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

#[test]
fn the_doctor_names_the_package_for_data_of_another_postgresql() {
    let dir = DataDir::new();
    let pg = dir.path().join("pg");
    fs::create_dir_all(pg.join("data")).unwrap();
    let marker = r#"{"id":"0123456789abcdef0123456789abcdef","made":true,"durability":"durable"}"#;
    fs::write(pg.join("pgbox.json"), marker).unwrap();
    fs::write(pg.join("data/pgbox.id"), "0123456789abcdef0123456789abcdef").unwrap();
    fs::write(pg.join("data/PG_VERSION"), "99\n").unwrap();
    for command in ["doctor", "migrate"] {
        let said = refused(dir.program(&[command]));
        assert!(said.contains("written by PostgreSQL 99") && said.contains("`postgresql-99`"), "{said}");
    }
}

#[test]
fn without_postgresql_the_doctor_names_the_package_and_nothing_is_made() {
    // Some containers do not let a process hide anything; `pgbox` has the same test without this wrapping.
    let may_hide = Command::new("unshare").args(["--mount", "--map-root-user", "true"]).status();
    if !may_hide.is_ok_and(|status| status.success()) {
        return;
    }
    let dir = DataDir::new();
    for command in ["doctor", "migrate"] {
        let output = run(without_postgresql(&dir, command));
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("was not found") && said.contains("`postgresql`"), "{said}");
        assert!(!dir.path().join("pg").exists(), "{said}");
    }
}

/// The command where no PostgreSQL is to be found: with nothing on the search path, and where we may, with nothing in the
/// places where systems put it, hidden from this process alone.
fn without_postgresql(dir: &DataDir, command: &str) -> Command {
    let program = dir.program(&[command]);
    let mut hidden = Command::new("unshare");
    hidden.args(["--mount", "--map-root-user", "/bin/sh", "-c"]);
    hidden.arg("for d in /usr/lib/postgresql /usr/pgsql-*; do [ ! -d $d ] || mount -t tmpfs none $d; done; PATH= exec \"$@\"");
    hidden.arg("sh").arg(program.get_program()).args(program.get_args());
    for (key, value) in program.get_envs() {
        match value {
            Some(value) => hidden.env(key, value),
            None => hidden.env_remove(key),
        };
    }
    hidden
}

#[test]
fn the_setup_names_every_package_to_whoever_may_not_install_them() {
    let bin = tempfile::tempdir().unwrap();
    // An ordinary user on a machine that has next to nothing.
    std::os::unix::fs::symlink("/usr/bin/dirname", bin.path().join("dirname")).unwrap();
    let id = bin.path().join("id");
    fs::write(&id, "#!/bin/sh\necho 1000\n").unwrap();
    fs::set_permissions(&id, fs::Permissions::from_mode(0o755)).unwrap();
    let mut setup = Command::new("/bin/bash");
    setup.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/setup.sh")).arg("test");
    let said = refused({
        setup.env_clear().env("PATH", bin.path());
        setup
    });
    let asked = said.lines().last().unwrap();
    assert!(asked.starts_with("Please install these packages as root: apt-get install "), "{said}");
    assert!(
        asked.ends_with("gcc libc6-dev nodejs npm chromium chromium-driver softhsm2 python3 python3-venv"),
        "{said}"
    );
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
    spoil(&catalogue.join("quality/rules.toml"), "sources = [\"residence\"]", "sources = [\"hearsay\"]");
    spoil(&catalogue.join("corrections.toml"), "\"phone\"", "\"phone\", \"shoe_size\"");
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
    rule("quality/rules.toml");
    rule("corrections.toml");
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

    let said = good(dir.program(&["import", "persons", people, "--dry-run"]));
    assert!(said.contains("nothing was written") && said.contains("60 loaded"), "{said}");
    let said = good(dir.program(&["import", "persons", people]));
    assert!(said.contains("60 loaded") && said.contains("0 rejected"), "{said}");
    let out = dir.path().join("insured.ndjson");
    let out = out.to_str().unwrap();
    let export = ["export", "health_insurance", "--purpose", "share_data", "--out", out, "--agency"];
    let said = refused(dir.program(&[&export[..], &["BGDDT"]].concat()));
    assert!(said.contains("not agreed"), "{said}");
    let said = good(dir.program(&[&export[..], &["BHXH"]].concat()));
    assert!(said.contains("60 people"), "{said}");
    assert_eq!(fs::read_to_string(out).unwrap().lines().count(), 60);
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
    // The provider's next key is too young for clients' caches to know it, which does not matter in an emergency.
    refused(dir.program(&["keys", "rotate", "openid"]));
    let rolled = good(dir.program(&["keys", "emergency"]));
    assert!(rolled.contains("ES256  active") && rolled.contains("ES256  retired"), "{rolled}");

    let staff = |login: &str, role: &str| {
        let name = ["--name", "Lê Thị Hòa", "--agency", "CA-X-26740"];
        dir.program(&[["staff", "create", "--login", login, "--role", role].as_slice(), &name].concat())
    };
    let said = good(staff("hoa.le", "administrator"));
    assert!(said.contains("hoa.le") && said.contains("/desk/set-up"), "{said}");
    assert!(refused(staff("hoa.le", "head")).contains("login"), "the name is taken");
    assert!(refused(staff("?", "head")).contains("letters"), "an ill-formed name");

    // A server appends to the log what the commands left.
    let server = Server::start(&dir, free_address());
    wait_for_log(&server).await;
    let rival = free_address().to_string();
    let said = refused(dir.program(&["serve", "--listen", &rival]));
    assert!(said.contains("is in use by process"), "{said}");
    let elsewhere = DataDir::new();
    let said = refused(elsewhere.program(&["serve", "--listen", &server.address.to_string()]));
    assert!(said.contains(&server.address.to_string()) && said.contains("another server"), "{said}");
    let copies = DataDir::new();
    let copy = copies.path().join("copy");
    let copy = copy.to_str().unwrap();
    let said = good(dir.program(&["backup", copy]));
    assert!(said.contains(copy), "{said}");
    assert!(refused(dir.program(&["backup", copy])).contains("is not empty"));
    server.stop();

    // What was copied from under the running server is whole, with its keys.
    let restored = |arguments: &[&str]| {
        let mut command = program();
        command.args(["--data-dir", copy]).args(arguments);
        good(command)
    };
    assert!(restored(&["log", "verify"]).contains("The log is sound"));
    assert_eq!(restored(&["keys", "list"]), good(dir.program(&["keys", "list"])));
    let said = restored(&["import", "persons", people]);
    assert!(said.contains("60 loaded") || said.contains("60 known before"), "{said}");

    let said = good(dir.program(&["log", "verify"]));
    assert!(said.contains("The log is sound"), "{said}");
    let key = good(dir.program(&["log", "key"]));
    assert!(key.starts_with("lienthong.local/log+"), "{key}");

    // Somebody with the run of the database slips in a key of their own, then alters a row.
    let forged = "INSERT INTO credential.signing_key VALUES ('forged', '', 'retired', now(), now(), now())";
    intrude(&dir, forged).await;
    let said = refused(dir.program(&["log", "verify"]));
    assert!(said.contains("signing key forged") && said.contains("contradicts"), "{said}");
    intrude(&dir, "UPDATE ledger.entry SET body = body || ' ' WHERE index = 0").await;
    let said = refused(dir.program(&["log", "verify"]));
    assert!(said.contains("entry 0: body altered") && said.contains("NOT sound"), "{said}");
    assert_eq!(dir.processes(), Vec::<String>::new(), "processes that were left behind");
}

/// Changes one row behind the program's back.
async fn intrude(dir: &DataDir, sql: &str) {
    let config = dir.config();
    let database = lienthong::app::Database::open(&config).await.unwrap();
    let (client, connection) = database.config.connect(tokio_postgres::NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    assert_eq!(client.execute(sql, &[]).await.unwrap(), 1);
    drop(client);
    driver.await.unwrap().unwrap();
    database.close().await.unwrap();
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

#[test]
fn an_address_is_read_alone_and_in_a_column() {
    let dir = DataDir::new();
    let said = good(dir.program(&["address", "12 Lê Lợi, P.Bến Nghé, Q1, TP.HCM"]));
    assert!(said.contains("Phường Bến Nghé, Quận 1, Thành phố Hồ Chí Minh  [26740, former]"), "{said}");
    assert!(
        said.contains("Phường Sài Gòn, Thành phố Hồ Chí Minh") && said.contains("street: 12 Lê Lợi"),
        "{said}"
    );
    assert!(refused(dir.program(&["address", "nowhere at all"])).contains("names no unit"));

    let file = dir.path().join("people.csv");
    fs::write(
        &file,
        "id,home\n1,\"Phường Cống Vị, Quận Ba Đình, Hà Nội\"\n2,\"Phường Ba Đình, Hà Nội\"\n3,\n",
    )
    .unwrap();
    let (file, out) = (file.to_str().unwrap(), dir.path().join("read.csv"));
    let said = good(dir.program(&["address", "--column", "home", file, "--out", out.to_str().unwrap()]));
    assert!(said.contains("3 rows: 1 lead to one commune of today, 1 in doubt, 1 without a unit"), "{said}");
    let read = fs::read_to_string(&out).unwrap();
    let lines: Vec<&str> = read.lines().collect();
    assert!(lines[1].contains("00008 | 00025") && lines[1].ends_with(",split"), "{read}");
    assert!(lines[2].contains(",current,00004,") && lines[2].ends_with(",1.00,"), "{read}");
    assert!(lines[3].ends_with(",0.00,not_found"), "{read}");

    let said = refused(dir.program(&["address", "--column", "hme", file, "--out", out.to_str().unwrap()]));
    assert!(
        said.contains("no column hme") && said.contains("id, home") && said.contains("people.csv"),
        "{said}"
    );
    let said = refused(dir.program(&["address", "--column", "home", file, "--out", file]));
    assert!(said.contains("another file"), "{said}");
    let said = refused(dir.program(&["address", "--column", "home", "/no/such.csv", "--out", "x.csv"]));
    assert!(said.contains("/no/such.csv"), "{said}");
}

const LINK: &str = "id = \"id\"\n\n[[comparison]]\ncolumn = \"name\"\nkind = \"name\"\n\n\
    [[comparison]]\ncolumn = \"born\"\nkind = \"date\"\n\n[[comparison]]\ncolumn = \"home\"\nkind = \"address\"\n";

/// Sixty people, every fourth of them again with lost marks and another writing of the date.
fn people() -> String {
    let names = ["Nguyễn Văn Hùng", "Trần Thị Ngọc Lan", "Lê Quốc Khánh", "Phạm Thuỳ Dương", "Đỗ Minh Đức"];
    let plain = ["NGUYEN VAN HUNG", "TRAN THI NGOC LAN", "LE QUOC KHANH", "PHAM THUY DUONG", "DO MINH DUC"];
    let mut csv = "id,name,born,home,note\n".to_owned();
    for n in 0..60 {
        let (year, month, day) = (1950 + n * 7 % 50, 1 + n * 5 % 12, 1 + n * 11 % 28);
        let home = format!("\"Số {n}, Phường Hoàn Kiếm, Hà Nội\"");
        csv += &format!("{n},{},{year}-{month:02}-{day:02},{home},x\n", names[n % 5]);
        if n % 4 == 0 {
            csv += &format!("{n}b,{},{day:02}/{month:02}/{year},{home},x\n", plain[n % 5]);
        }
    }
    csv
}

#[test]
fn rows_of_one_person_are_found_in_any_csv_and_explained() {
    let dir = DataDir::new();
    let at = |name: &str| dir.path().join(name);
    let link = || {
        let (config, csv, out) = (at("LINK.toml"), at("people.csv"), at("pairs.csv"));
        let (clusters, report) = (at("clusters.csv"), at("report.html"));
        let mut command = dir.program(&["link", "--config"]);
        command.arg(config).arg(csv).arg("--out").arg(out).arg("--clusters").arg(clusters);
        command.arg("--report").arg(report);
        command
    };
    fs::write(at("LINK.toml"), LINK).unwrap();
    fs::write(at("people.csv"), people()).unwrap();
    let said = good(link());
    assert!(said.contains("75 rows") && said.contains("15 groups"), "{said}");
    let pairs = fs::read_to_string(at("pairs.csv")).unwrap();
    assert!(
        pairs.starts_with("id_a,file_a,id_b,file_b,probability,bits,decision,name:grade,name:bits,"),
        "{pairs}"
    );
    assert!(pairs.lines().any(|l| l.starts_with("0,people.csv,0b,people.csv,") && l.contains("marks_lost")));
    assert_eq!(fs::read_to_string(at("clusters.csv")).unwrap().lines().count(), 31);
    let report = fs::read_to_string(at("report.html")).unwrap();
    assert!(report.contains("Báo cáo liên kết dữ liệu") && report.contains("giống, mất dấu"));
    assert!(!report.contains("http://") && !report.contains("https://") && !report.contains("<script"));

    let spoilt = |csv: String, expected: &str| {
        fs::write(at("people.csv"), csv).unwrap();
        let said = refused(link());
        assert!(said.contains(expected), "{said}");
    };
    spoilt(people().replacen("born", "birth", 1), "people.csv:1: there is no column `born`");
    spoilt(people().replacen(",x\n", "\n", 1), "people.csv:2: 4 cells where the header has 5");
    spoilt(people().replacen("\n0,", "\n,", 1), "people.csv:2: column `id` is empty");
    spoilt(people().replacen("\n0b,", "\n0,", 1), "the id `0` stands in data rows 1 and 2");
    fs::write(at("LINK.toml"), LINK.replace("kind = \"date\"", "knd = \"date\"")).unwrap();
    let said = refused(link());
    assert!(said.contains("LINK.toml:9:1: unknown field `knd`"), "{said}");
}
