use std::{
    io::Cursor,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use base::Fault;
use contracts::ports::Nation;
use registry::import::{Format, ImportError, Options, Phase, Summary, run};
use store::{Store, StoreOptions};
use synth::{People, Place, PlaceKind, Sheet};

use crate::{
    bulk::{ndjson_of, parquet_of},
    world::{HEADER, SmallNation, World, audit_bodies},
};

/// Made-up people over the communes of the small nation, as a file.
pub fn people_csv(count: u64, seed: u64) -> Vec<u8> {
    let options = synth::Options { seed, count, today: jiff::civil::date(2026, 11, 20) };
    let mut sheet = Sheet::new(Vec::new()).unwrap();
    for person in People::new(options, &places()).unwrap() {
        sheet.write(&person).unwrap();
    }
    sheet.finish().unwrap()
}

pub fn places() -> Vec<Place> {
    ["00004", "00008", "00070"]
        .map(|code| Place {
            code: code.to_owned(),
            kind: PlaceKind::Ward,
            province_code: "01".to_owned(),
            id_prefixes: vec![1],
            weight: None,
        })
        .to_vec()
}

async fn load(
    world: &World,
    store: &Store,
    file: Vec<u8>,
    options: &Options,
) -> Result<Summary, ImportError> {
    let nation = Arc::clone(&world.nation) as Arc<dyn Nation>;
    run(store, nation, Cursor::new(file), options, |_| {}).await
}

/// Everything that was loaded, without the ids that differ from load to load.
pub async fn content(world: &World) -> Vec<String> {
    let connection = world.db.store.connection().await.unwrap();
    let mut all = Vec::new();
    for sql in [
        "SELECT concat_ws('|', number, old_number, name, name_folded, birth_date, sex, ethnicity, commune, phone) FROM registry.person",
        "SELECT concat_ws('|', p.number, c.value) FROM registry.number_claim c JOIN registry.person p USING (person_id)",
        "SELECT concat_ws('|', p.number, r.kind, r.commune, r.commune_given, r.address, r.relation, r.valid_from, r.valid_to)
         FROM registry.residence r JOIN registry.person p USING (person_id)",
        "SELECT concat_ws('|', a.number, k.relation, b.number) FROM registry.kin k
         JOIN registry.person a USING (person_id) JOIN registry.person b ON b.person_id = k.other_id",
        "SELECT concat_ws('|', p.number, k.relation, k.number, k.name) FROM registry.kin k JOIN registry.person p USING (person_id)
             WHERE k.other_id IS NULL",
        "SELECT concat_ws('|', c.source, c.key, p.number) FROM registry.source_claim c JOIN registry.person p USING (person_id)",
        "SELECT string_agg(p.number, ',' ORDER BY p.number) FROM registry.residence r JOIN registry.person p USING (person_id)
         WHERE household_id IS NOT NULL GROUP BY household_id",
        "SELECT concat_ws('|', commune, address) FROM registry.household",
        "SELECT concat_ws('|', source, key) FROM registry.household_claim",
    ] {
        let mut rows: Vec<String> =
            connection.query(sql, &[]).await.unwrap().iter().map(|r| r.get::<_, Option<String>>(0).unwrap_or_default()).collect();
        rows.sort();
        all.extend(rows);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_field_is_named_with_line_column_rule_and_advice_and_the_rest_is_loaded() {
    let world = World::new().await;
    let rows = "a1,001090000001,Nguye\u{302}\u{303}n Va\u{306}n  A,male,1990-05-17,,01,,,,,,00006,Tổ 1,2000-01-01,,,,
a2,00109000000,Trần B,male,1990-02-30,,77,,,,,,99999,Tổ 1,2000-01-01,,,,
a3,001190000003,Lê 3,x,2190,,,,,,,,00016,Tổ 1,2000-01-01,,,,
a4,001090000001,Người Trùng,male,1990,,,,,,,,,,,,,,
a5,001090000005,Phạm Đ,female,17/05/1991,,,,,,,,00004,,1985-01-01,,,,
,001090000006,Không Khoá,male,1990,,,,,,,,,,,,,,
a7,001090000007,Mất Trước,male,1990,1989-01-01,,001095000001,,001090000007,h7,,,,,,,,
a8,too,few
a9,001090000009,Vũ Ổn,male,17/05/1990,,,,,,,,,,,,,,
a1,001090000010,Khoá Trùng,male,1990,,,,,,,,,,,,,,
";
    let summary = world.load("bad", rows).await;
    assert_eq!((summary.rows, summary.loaded, summary.rejected), (10, 2, 8), "{}", world.rejects("bad"));
    let told: Vec<String> = csv::Reader::from_reader(world.rejects("bad").as_bytes())
        .records()
        .map(|r| {
            let r = r.unwrap();
            assert!(!r[5].is_empty() && !r[5].starts_with("registry"), "advice in words");
            format!("{} {} {} {} {}", &r[0], &r[1], &r[2], &r[3], &r[4])
        })
        .collect();
    assert_eq!(
        told,
        [
            "3 a2 number rejected registry.number_shape",
            "3 a2 ethnicity_code rejected registry.ethnicity",
            "3 a2 birth_date rejected registry.no_such_day",
            "3 a2 permanent_commune rejected registry.commune_unknown",
            "4 a3 full_name rejected registry.name_not_letters",
            "4 a3 sex rejected registry.choice",
            "4 a3 birth_date rejected registry.date_in_future",
            "4 a3 permanent_commune rejected registry.commune_split",
            "5 a4 number rejected registry.number_taken",
            "6 a5 birth_date warning registry.date_typed",
            "6 a5 number warning registry.number_sex",
            "6 a5 number warning registry.number_year",
            "6 a5 permanent_since rejected registry.date_order",
            "7  source_key rejected registry.required",
            "8 a7 death_date rejected registry.date_order",
            "8 a7 father_number rejected registry.parent_younger",
            "8 a7 spouse_number rejected registry.kin_self",
            "8 a7 household_relation rejected registry.household_parts",
            "9 a8 source_key rejected registry.row_shape",
            "10 a9 birth_date warning registry.date_typed",
            "11 a1 source_key rejected registry.key_twice",
        ]
    );
    let loaded = content(&world).await.join("\n");
    assert!(
        loaded.contains("001090000001|Nguyễn Văn A|nguyen van a|1990-05-17|male|01|00008"),
        "stored in NFC"
    );
    assert!(
        loaded.contains("001090000001|permanent|00008|00006|Tổ 1"),
        "today's commune beside the given one"
    );
    assert!(!world.rejects("bad").contains("Người"), "no value is repeated");
    assert!(audit_bodies(&world.db.store).await.iter().all(|b| b.contains(r#""purpose":"import""#)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_and_the_same_lines_in_another_file_change_nothing() {
    let world = World::new().await;
    let file = people_csv(300, 5);
    let first = load(&world, &world.db.store, file.clone(), &world.options("first")).await.unwrap();
    assert_eq!((first.loaded, first.rejected), (300, 0), "{}", world.rejects("first"));
    let before = content(&world).await;
    let again = load(&world, &world.db.store, file.clone(), &world.options("again")).await.unwrap();
    assert_eq!(again, Summary { already_done: true, ..first });
    let mut longer = file;
    longer.extend_from_slice(b"\n");
    let other = load(&world, &world.db.store, longer, &world.options("other")).await.unwrap();
    assert_eq!((other.loaded, other.known_before), (0, 300));
    assert_eq!(content(&world).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn relatives_find_each_other_at_both_ends_whatever_the_order_and_the_batches() {
    let world = World::new().await;
    let rows = "c,001190000003,Nguyễn Thị Chi,female,1990,,,001065000001,Nguyễn Văn An,,,,,,,,,,
a,001065000001,Nguyễn Văn An,male,1965,,,001030000009,Cụ Tổ,001168000002,,,,,,,,,
b,001168000002,Trần Thị Bình,female,1968,,,,Trần Cũ,001065000001,,,,,,,,,
";
    let mut options = world.options("kin");
    options.batch_rows = 1;
    let file = format!("{HEADER}\n{rows}").into_bytes();
    load(&world, &world.db.store, file, &options).await.unwrap();
    let kin: Vec<String> =
        content(&world).await.into_iter().filter(|l| l.matches('|').count() == 2).collect();
    for edge in [
        "001190000003|father|001065000001",
        "001065000001|child|001190000003",
        "001065000001|spouse|001168000002",
        "001168000002|spouse|001065000001",
    ] {
        assert_eq!(kin.iter().filter(|l| *l == edge).count(), 1, "{edge} in {kin:?}");
    }
    // Those who have no record stay as what was said of them, until they come.
    let rest = content(&world).await.join("\n");
    assert!(rest.contains("001065000001|father|001030000009|Cụ Tổ"));
    assert!(rest.contains("001168000002|father|Trần Cũ"));
    world.load("later", "t,001030000009,Cụ Tổ,male,1930,,,,,,,,,,,,,,\n").await;
    assert!(content(&world).await.contains(&"001030000009|child|001065000001".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_file_of_persons_is_refused_as_a_whole() {
    let world = World::new().await;
    let refuse = async |file: &str, name: &str| {
        let error =
            load(&world, &world.db.store, file.as_bytes().to_vec(), &world.options(name)).await.unwrap_err();
        (error.code(), error.args().first().map(|a| a.1.clone()).unwrap_or_default())
    };
    assert_eq!(
        refuse("source_key,number,full_name,sex,born\n", "h").await,
        ("registry.import_header", "#5, birth_date".to_owned())
    );
    let open_quote = format!("{HEADER}\nk,\"{}", "x".repeat(3_000_000));
    assert_eq!(refuse(&open_quote, "q").await.0, "registry.import_unreadable");
    std::fs::write(world.options("taken").rejects, "somebody's").unwrap();
    assert_eq!(refuse(&format!("{HEADER}\n"), "taken").await.0, "registry.import_other_rejects");
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_reaches_the_end_of_the_file() {
    let world = World::new().await;
    let (mut last, mut steps) = (None, 0);
    let mut options = world.options("progress");
    options.batch_rows = 50;
    let nation = Arc::clone(&world.nation) as Arc<dyn Nation>;
    run(&world.db.store, nation, Cursor::new(people_csv(200, 1)), &options, |p| {
        last = Some(*p);
        steps += 1;
    })
    .await
    .unwrap();
    let last = last.unwrap();
    assert_eq!((last.phase, last.bytes, last.summary.rows), (Phase::Done, last.bytes_total, 200));
    assert!(steps > 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn messy_sources_are_sorted_into_loaded_and_rejected_and_nothing_is_lost() {
    let options = synth::Options { seed: 3, count: 2_000, today: jiff::civil::date(2026, 11, 20) };
    let old = |code: &str, successors: &[&str]| synth::OldPlace {
        code: code.to_owned(),
        name: "Phường Cũ, Quận Cũ, Thành phố Cũ".to_owned(),
        successors: successors.iter().map(|s| (*s).to_owned()).collect(),
    };
    let old = [old("00006", &["00008"]), old("00016", &["00004", "00008"])];
    let mut sheet = synth::MessySheet::new(&options, 0.3, &old, Vec::new(), Vec::new()).unwrap();
    for person in People::new(options, &places()).unwrap() {
        sheet.write(&person).unwrap();
    }
    let (file, _, _) = sheet.finish().unwrap();
    let world = World::new().await;
    let done = load(&world, &world.db.store, file, &world.options("messy")).await.unwrap();
    assert_eq!(done.loaded + done.rejected, done.rows);
    assert!(done.loaded > 1_700 && done.rejected > 50 && done.warnings > 20, "{done:?}");
    let rejects = world.rejects("messy");
    for rule in [
        "number_shape",
        "no_such_day",
        "date_in_future",
        "commune_unknown",
        "choice",
        "date_order",
        "number_taken",
    ] {
        assert!(rejects.contains(&format!("registry.{rule},")), "{rule}");
    }
}

/// The messy file of the kill test: mostly good lines, some bad ones.
fn messy_csv() -> Vec<u8> {
    let text = String::from_utf8(people_csv(3_000, 9)).unwrap();
    let spoil =
        |(n, line): (usize, &str)| if n % 97 == 5 { line.replacen("male", "?", 1) } else { line.to_owned() };
    text.lines().enumerate().map(spoil).collect::<Vec<_>>().join("\n").into_bytes()
}

/// Its rows in the format under test.
fn messy_file(format: Format) -> Vec<u8> {
    match format {
        Format::Csv => messy_csv(),
        Format::Ndjson => ndjson_of(&messy_csv()),
        Format::Parquet => parquet_of(&messy_csv(), 700),
    }
}

fn kill_options(folder: &std::path::Path, format: Format) -> Options {
    Options { batch_rows: 20, format, ..Options::new("test", folder.join("rejects.csv")) }
}

/// Run in a process of its own by the test below, which kills it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the kill test"]
async fn child_that_is_killed() {
    let var = |name| std::env::var(name).unwrap();
    let mut config = tokio_postgres::Config::new();
    config.host_path(var("KILL_SOCKET")).user(var("KILL_USER")).dbname(var("KILL_DB"));
    let store = Store::new(config, StoreOptions::default()).unwrap();
    let format: Format = var("KILL_FORMAT").parse().unwrap();
    let options = kill_options(std::path::Path::new(&var("KILL_FOLDER")), format);
    run(&store, SmallNation::new(), Cursor::new(messy_file(format)), &options, |_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_killed_again_and_again_ends_like_one_that_was_never_disturbed() {
    for format in Format::ALL {
        kill_again_and_again(format).await;
    }
}

async fn kill_again_and_again(format: Format) {
    let calm = World::new().await;
    // In one piece: how a file is cut into batches must not show either.
    let in_one = Options { batch_rows: 10_000, ..kill_options(calm.folder.path(), format) };
    let expected = load(&calm, &calm.db.store, messy_file(format), &in_one).await.unwrap();
    assert!(expected.rejected > 10 && expected.loaded > 2_500);

    let world = World::new().await;
    let socket = match &world.db.config.get_hosts()[0] {
        tokio_postgres::config::Host::Unix(socket) => Some(socket),
        tokio_postgres::config::Host::Tcp(_) => None,
    };
    let socket = socket.expect("a cluster of ours listens on a socket");
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "import::child_that_is_killed", "--ignored"])
            .env("KILL_SOCKET", socket)
            .env("KILL_USER", world.db.config.get_user().unwrap())
            .env("KILL_DB", world.db.config.get_dbname().unwrap())
            .env("KILL_FOLDER", world.folder.path())
            .env("KILL_FORMAT", format.as_str())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while rows_read(&world).await < round * 400 && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if round == 1 {
            let done = rows_read(&world).await;
            assert!((400..3_000).contains(&done), "killed in the middle, at {done}");
        }
    }
    let options = kill_options(world.folder.path(), format);
    let resumed = load(&world, &world.db.store, messy_file(format), &options).await.unwrap();
    assert_eq!(resumed, expected);
    assert_eq!(content(&world).await, content(&calm).await);
    let rejects = |w: &World| std::fs::read(w.folder.path().join("rejects.csv")).unwrap();
    assert_eq!(rejects(&world), rejects(&calm));
}

async fn rows_read(world: &World) -> i64 {
    let connection = world.db.store.connection().await.unwrap();
    let rows = connection.query("SELECT rows_read FROM registry.import_run", &[]).await.unwrap();
    rows.first().map_or(0, |r| r.get(0))
}
