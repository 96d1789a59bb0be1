//! What a box lives through.

use std::{fs, os::unix::fs::MetadataExt};

use nix::unistd::geteuid;
use pgbox::{Options, PgBox, PgBoxError, backup, doctor};
use tokio_postgres::NoTls;

use crate::help::{
    Owner, block_on, connect, eventually, is_alive, is_reaped, kill_9, notes, open, open_fast, place, value,
    write_note,
};

#[test]
fn what_was_written_is_there_after_closing_and_opening_again() {
    let place = place();
    let dir = place.path().join("made/on/the/way");
    let pg = open(&dir).unwrap();
    write_note(&pg, "Đường Nguyễn Huệ");
    let server = pg.server_pid().unwrap();
    pg.close().unwrap();
    assert!(is_reaped(server));

    let pg = open(&dir).unwrap();
    assert_eq!(notes(&pg), ["Đường Nguyễn Huệ"]);
    let log = fs::read_to_string(dir.join("log/postgres.log")).unwrap();
    assert!(!log.contains("not properly shut down"), "{log}");
}

#[test]
fn the_server_is_private_durable_and_knows_vietnamese_letters() {
    let place = place();
    let pg = open(place.path().join("box").as_path()).unwrap();
    block_on(async {
        for (setting, expected) in [
            ("listen_addresses", ""),
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("data_checksums", "on"),
            ("server_encoding", "UTF8"),
        ] {
            assert_eq!(value(&pg, &format!("SHOW {setting}")).await, expected, "{setting}");
        }
        // A restart after a kill must not sync thousands of files one by one.
        assert_eq!(value(&pg, "SHOW recovery_init_sync_method").await, "syncfs");
        assert_eq!(value(&pg, "SELECT lower('ĐẶNG THỊ ÁNH')").await, "đặng thị ánh");
        let collation = "SELECT datcollate FROM pg_database WHERE datname = 'postgres'";
        assert_eq!(value(&pg, collation).await, "C");

        let (client, connection) = tokio_postgres::connect(&pg.dsn("postgres"), NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("SELECT 1").await.unwrap();
        let mut stranger = pg.config("postgres");
        stranger.user("stranger");
        assert!(stranger.connect(NoTls).await.is_err(), "only the one role is let in");
    });
    for part in ["data", "run", "conf"] {
        let found = fs::metadata(pg.dir().join(part)).unwrap();
        assert_eq!(found.mode() & 0o777, 0o700, "{part}");
        assert_ne!(found.uid(), 0, "{part}: the server never runs as root");
    }
    assert_eq!(fs::metadata(pg.dir()).unwrap().mode() & 0o007, 0);
}

#[test]
fn the_log_does_not_repeat_what_people_typed() {
    let place = place();
    let pg = open_fast(&place.path().join("box")).unwrap();
    block_on(async {
        let client = connect(&pg).await.unwrap();
        client.batch_execute("CREATE TABLE person (number text PRIMARY KEY)").await.unwrap();
        for _ in 0..2 {
            let _ = client.execute("INSERT INTO person VALUES ($1)", &[&"001090000001"]).await;
        }
        assert!(client.batch_execute("SELECT 'secret-name'::uuid").await.is_err());
        assert!(client.batch_execute("SELECT secret_name FRO").await.is_err());
    });
    let dir = pg.dir().to_owned();
    pg.close().unwrap();
    let log = fs::read_to_string(dir.join("log/postgres.log")).unwrap();
    assert!(log.contains("ready to accept connections"), "{log}");
    assert!(!log.contains("001090000001") && !log.contains("secret"), "{log}");
}

#[test]
fn a_killed_server_comes_back_with_what_was_committed() {
    let place = place();
    let pg = open(&place.path().join("box")).unwrap();
    write_note(&pg, "before");
    for round in 1..=2 {
        let killed = pg.server_pid().unwrap();
        kill_9(killed);
        eventually("another server is ready", || {
            pg.server_pid().is_some_and(|pid| pid != killed) && pg.is_ready()
        });
        assert_eq!(pg.restarts(), round);
        assert!(is_reaped(killed));
    }
    assert_eq!(notes(&pg), ["before"]);
    pg.close().unwrap();
}

#[test]
fn a_killed_server_that_was_busy_comes_back_too() {
    let place = place();
    let pg = open(&place.path().join("box")).unwrap();
    write_note(&pg, "before");
    block_on(async {
        let busy = connect(&pg).await.unwrap();
        let endless =
            tokio::spawn(async move { busy.batch_execute("DO $$ BEGIN LOOP END LOOP; END $$").await });
        let is_busy =
            "SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'";
        while value(&pg, is_busy).await != "1" {
            tokio::task::yield_now().await;
        }
        kill_9(pg.server_pid().unwrap());
        assert!(endless.await.unwrap().is_err());
    });
    assert_eq!(notes(&pg), ["before"]);
}

#[test]
fn the_thread_that_opened_a_box_may_end() {
    let place = place();
    let dir = place.path().join("box");
    let pg = std::thread::spawn(move || open_fast(&dir).unwrap()).join().unwrap();
    write_note(&pg, "still here");
    assert_eq!((notes(&pg).len(), pg.restarts()), (1, 0));
}

#[test]
fn a_killed_owner_takes_the_server_along_and_leaves_the_data() {
    let place = place();
    let dir = place.path().join("box");
    let mut owner = Owner::of(&dir);
    owner.process.kill().unwrap();
    owner.process.wait().unwrap();
    eventually("the server is gone", || !is_alive(owner.server));
    assert_eq!(notes(&open(&dir).unwrap()), ["from the other"]);
}

#[test]
fn a_killed_owner_can_be_replaced_at_once() {
    let place = place();
    let dir = place.path().join("box");
    for expected in 1..=3 {
        let mut owner = Owner::of(&dir);
        owner.process.kill().unwrap();
        owner.process.wait().unwrap();
        let pg = open(&dir).unwrap();
        assert_eq!(notes(&pg).len(), expected);
    }
}

#[test]
fn owner_and_server_killed_together_lose_nothing_committed() {
    let place = place();
    let dir = place.path().join("box");
    let mut owner = Owner::of(&dir);
    kill_9(owner.server);
    owner.process.kill().unwrap();
    owner.process.wait().unwrap();
    assert_eq!(notes(&open(&dir).unwrap()), ["from the other"]);
}

#[test]
fn a_stale_pid_file_with_a_reused_number_does_not_stop_the_start() {
    let place = place();
    let dir = place.path().join("box");
    open_fast(&dir).unwrap().close().unwrap();
    // Any process that runs and is not this server: the one that runs this test.
    let stale = format!("{}\n{}\n", std::process::id(), dir.join("data").display());
    fs::write(dir.join("data/postmaster.pid"), &stale).unwrap();
    fs::write(dir.join("run/.s.PGSQL.5432.lock"), &stale).unwrap();
    open_fast(&dir).unwrap().close().unwrap();
}

#[test]
fn an_interrupted_making_is_made_again() {
    let place = place();
    let dir = place.path().join("box");
    open_fast(&dir).unwrap().close().unwrap();
    // As if the machine had gone down between initdb and the rename.
    fs::rename(dir.join("data"), dir.join("data.new")).unwrap();
    let marker = fs::read_to_string(dir.join("pgbox.json")).unwrap();
    fs::write(dir.join("pgbox.json"), marker.replace("\"made\":true", "\"made\":false")).unwrap();
    let pg = open_fast(&dir).unwrap();
    write_note(&pg, "fresh");
    assert!(!dir.join("data.new").exists());
}

#[test]
fn a_backup_of_a_running_and_of_a_closed_box_opens_beside_it() {
    let place = place();
    let [dir, first, second] = ["box", "copies/first", "copies/second"].map(|name| place.path().join(name));
    let pg = open(&dir).unwrap();
    write_note(&pg, "before");
    backup(&dir, &first, &Options::default()).unwrap();
    write_note(&pg, "later");
    let copy = open(&first).unwrap();
    assert_eq!(notes(&copy), ["before"]);
    write_note(&copy, "in the copy");
    assert_eq!(notes(&pg), ["before", "later"], "they are two");
    copy.close().unwrap();
    pg.close().unwrap();

    backup(&dir, &second, &Options::default()).unwrap();
    assert_eq!(notes(&open(&second).unwrap()), ["before", "later"]);
    for taken in [&dir, &second] {
        let refused = backup(&dir, taken, &Options::default());
        assert!(matches!(refused, Err(PgBoxError::NotOurs { .. } | PgBoxError::InUse { .. })), "{refused:?}");
    }
    let nothing = backup(&place.path().join("nothing"), &place.path().join("x"), &Options::default());
    assert!(matches!(nothing, Err(PgBoxError::Io { .. })), "{nothing:?}");
    assert_eq!(notes(&open(&dir).unwrap()), ["before", "later"]);
}

#[test]
fn a_long_path_gets_its_socket_elsewhere() {
    let place = place();
    let dir = place.path().join("x".repeat(60)).join("y".repeat(60));
    for _ in 0..2 {
        let pg = open_fast(&dir).unwrap();
        assert!(!pg.socket_dir().starts_with(place.path()));
        assert_eq!(fs::read_to_string(dir.join("socket_dir")).unwrap(), pg.socket_dir().to_str().unwrap());
        assert_eq!(fs::metadata(pg.socket_dir()).unwrap().mode() & 0o777, 0o700);
        write_note(&pg, "far away");
        let elsewhere = pg.socket_dir().to_owned();
        pg.close().unwrap();
        assert!(!elsewhere.exists());
    }
}

#[test]
fn an_ordinary_user_runs_a_box_too() {
    let place = place();
    let home = place.path().join("home");
    fs::create_dir(&home).unwrap();
    if geteuid().is_root() {
        let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
        std::os::unix::fs::chown(&home, Some(nobody.uid.as_raw()), None).unwrap();
    }
    let dir = home.join("box");
    match Owner::run_as_nobody(&dir) {
        Some(worked) => assert!(worked),
        None => open(&dir).map(|pg| write_note(&pg, "from the other")).unwrap(),
    }
    // Root finds its way into that user's box, without taking it over.
    assert_eq!(notes(&open(&dir).unwrap()), ["from the other"]);
    assert_ne!(fs::metadata(dir.join("data")).unwrap().uid(), 0);
}

#[test]
fn databases_are_made_copied_and_dropped() {
    let pg = PgBox::temporary(&Options::throwaway()).unwrap();
    block_on(async {
        pg.create_database("template for tests").await.unwrap();
        let (client, connection) = pg.config("template for tests").connect(NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute("CREATE TABLE kept (n int)").await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();

        pg.create_from_template("copy", "template for tests").await.unwrap();
        let (client, connection) = pg.config("copy").connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("SELECT n FROM kept").await.unwrap();

        let again = pg.create_database("copy").await;
        assert!(matches!(again, Err(PgBoxError::DatabaseExists)), "{again:?}");
        pg.drop_database("copy").await.unwrap();
        for gone in [pg.drop_database("copy").await, pg.create_from_template("other", "copy").await] {
            assert!(matches!(gone, Err(PgBoxError::NoSuchDatabase)), "{gone:?}");
        }
    });
}

#[test]
fn a_temporary_box_leaves_nothing_behind() {
    let pg = PgBox::temporary(&Options::throwaway()).unwrap();
    write_note(&pg, "soon forgotten");
    let (dir, server) = (pg.dir().to_owned(), pg.server_pid().unwrap());
    assert_eq!(block_on(value(&pg, "SHOW fsync")), "off");
    drop(pg);
    assert!(!dir.exists() && is_reaped(server));

    let abandoned = PgBox::temporary(&Options::throwaway()).unwrap();
    let dir = abandoned.dir().to_owned();
    // As a static value does, which is never dropped; then the process ends and the kernel lets go of the lock.
    let copy = dir.with_file_name(format!("pgbox-tmp-abandoned-{}", std::process::id()));
    fs::create_dir(&copy).unwrap();
    fs::copy(dir.join("pgbox.json"), copy.join("pgbox.json")).unwrap();
    drop(abandoned);
    drop(PgBox::temporary(&Options::throwaway()).unwrap());
    assert!(!copy.exists());
}

#[test]
fn the_doctor_finds_a_healthy_machine_healthy() {
    let place = place();
    let dir = place.path().join("box");
    let before = doctor(&dir, &Options::default());
    assert!(before.problems.is_empty() && before.chosen.is_some() && !dir.exists(), "{before}");
    let pg = open_fast(&dir).unwrap();
    let during = doctor(&dir, &Options::default());
    assert!(during.problems.is_empty(), "{during}");
    assert_eq!(during.server_pid, pg.server_pid());
    assert_eq!(during.data_major, Some(pg.install().major));
    assert!(during.to_string().contains("would run"), "{during}");
}
