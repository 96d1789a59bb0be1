//! One person on two lines of a file: whichever batches the lines fall into, they meet.

use std::{io::Cursor, sync::Arc};

use contracts::ports::Nation;
use registry::{
    duplicates::sql::CANDIDATES_OF_MANY,
    import::{Options, Summary, run},
    quality::{keep::keep, ops::recount},
};

use crate::{quality::quality, world::World};

const HEADER: &str = "source_key,number,old_number,full_name,sex,birth_date,home_town_commune,father_name,mother_name,\
permanent_commune,permanent_address,permanent_since,phone,ethnicity_code";
/// Minh, and Minh again without his number and in capitals; Hoa; and somebody like Minh of whom less is told.
const LINES: [&str; 4] = [
    "a1,001088000011,012345678,Lý Quang Minh,male,1988-04-09,00004,Lý Quang Hải,Đỗ Thị Vân,00008,Tổ 1,2010-01-01,,01",
    "a2,001190000012,,Trịnh Thu Hoa,female,1990-09-12,00070,Trịnh Văn Sơn,Bùi Thị Lý,00004,Tổ 2,2010-01-01,,01",
    "a3,,012345678,LY QUANG MINH,male,1988-04-09,00004,Lý Quang Hải,Đỗ Thị Vân,00008,Tổ 1,2010-01-01,0912345678,01",
    "a4,,900000001,Lý Quang Minh,male,1988,00004,,Đỗ Thị Vân,00070,Tổ 9,2010-01-01,,01",
];

fn options(world: &World, name: &str, batch_rows: usize) -> Options {
    Options { duplicates: true, batch_rows, ..world.options(name) }
}

async fn load(world: &World, lines: &[&str], options: &Options) -> Summary {
    let file = Cursor::new(format!("{HEADER}\n{}\n", lines.join("\n")));
    let nation = Arc::clone(&world.nation) as Arc<dyn Nation>;
    run(&world.db.store, nation, file, options, |_| {}).await.unwrap()
}

/// The keys of each person together, and the pairs of keys that officers are asked about.
async fn outcome(world: &World) -> (Vec<String>, Vec<String>) {
    let connection = world.db.store.connection().await.unwrap();
    let persons =
        "SELECT string_agg(key, ' ' ORDER BY key) FROM registry.source_claim GROUP BY person_id ORDER BY 1";
    let cases = "SELECT least(a.key, b.key) || ' ' || greatest(a.key, b.key)
        FROM registry.duplicate_case c
        JOIN (SELECT person_id, min(key) AS key FROM registry.source_claim GROUP BY 1) a USING (person_id)
        JOIN (SELECT person_id, min(key) AS key FROM registry.source_claim GROUP BY 1) b ON b.person_id = c.other_id ORDER BY 1";
    let mut lists = Vec::new();
    for sql in [persons, cases] {
        let rows = connection.query(sql, &[]).await.unwrap();
        lists.push(rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>());
    }
    let cases = lists.pop().unwrap();
    (lists.pop().unwrap(), cases)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_lines_of_one_person_meet_in_one_batch_as_in_two() {
    for batch_rows in [1, 2, 3, 100] {
        let world = World::new().await;
        let done = load(&world, &LINES, &options(&world, "twice", batch_rows)).await;
        assert_eq!((done.loaded, done.known_before, done.rejected), (3, 1, 0), "{}", world.rejects("twice"));
        let (persons, cases) = outcome(&world).await;
        assert_eq!(persons, ["a1 a3", "a2", "a4"], "batches of {batch_rows}: joined beyond the stated risk");
        assert_eq!(cases, ["a1 a4"], "batches of {batch_rows}: two officers look at what is less sure");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_second_line_says_anew_changes_the_person_of_the_first() {
    for batch_rows in [2, 100] {
        let world = World::new().await;
        let mut options = options(&world, "news", batch_rows);
        options.changes = true;
        let done = load(&world, &LINES, &options).await;
        assert_eq!((done.loaded, done.changed, done.rejected), (3, 1, 0), "{}", world.rejects("news"));
        let connection = world.db.store.connection().await.unwrap();
        let sql = "SELECT phone FROM registry.person WHERE number = '001088000011'";
        let phone: Option<String> = connection.query_one(sql, &[]).await.unwrap().get(0);
        assert_eq!(phone.as_deref(), Some("0912345678"), "batches of {batch_rows}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_would_join_a_line_that_was_turned_away_stands_alone() {
    let world = World::with_people().await;
    // The first line has the number of somebody else, so it is rejected; the second is a person all the same.
    let taken = LINES[0].replace("001088000011", "001088000004");
    let done = load(&world, &[&taken, LINES[2]], &options(&world, "taken", 100)).await;
    assert_eq!((done.loaded, done.rejected), (1, 1), "{}", world.rejects("taken"));
    assert!(world.rejects("taken").contains("registry.number_taken"));
    let (persons, cases) = outcome(&world).await;
    assert!(persons.contains(&"a3".to_owned()), "{persons:?}");
    assert_eq!(cases, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_of_two_lines_of_one_person_and_writes_nothing() {
    let world = World::new().await;
    let dry = Options { dry_run: true, changes: true, ..options(&world, "dry", 100) };
    let done = load(&world, &LINES, &dry).await;
    assert_eq!((done.loaded, done.changed), (3, 1));
    assert_eq!(outcome(&world).await, (Vec::new(), Vec::new()));
}

/// A batch is one question, and what it reads are the keys of the persons that it names.
#[tokio::test(flavor = "multi_thread")]
async fn the_question_for_a_batch_reads_keys_and_nothing_else() {
    let world = World::new().await;
    let connection = world.db.store.connection().await.unwrap();
    connection.batch_execute("SET enable_seqscan = off").await.unwrap();
    let given = ["{1,2}", "{3,4}", "{a,b}", "{1990-01-01,1991-01-01}", "{00004,00008}", "{1,2}", "{3,4}"];
    let mut question = CANDIDATES_OF_MANY.replace("$8", "200");
    for (n, value) in given.iter().enumerate() {
        question = question.replace(&format!("${}::", n + 1), &format!("'{value}'::"));
    }
    let rows = connection.query(&format!("EXPLAIN {question}"), &[]).await.unwrap();
    let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let plan = plan.join("\n");
    for index in ["person_link_name", "person_link_birth", "person_name", "person_commune", "person_pkey"] {
        assert!(plan.contains(index), "{index}: {plan}");
    }
    assert!(!plan.contains("Seq Scan"), "{plan}");
}

/// Nobody asked when they were loaded; the lot does.
#[tokio::test(flavor = "multi_thread")]
async fn those_drawn_by_lot_are_looked_for_and_show_how_many_are_there_twice() {
    let world = World::new().await;
    let options = Options { duplicates: false, ..options(&world, "unasked", 100) };
    assert_eq!(load(&world, &[LINES[0], LINES[1], LINES[2]], &options).await.loaded, 3);
    let quality = quality(&world);
    recount(&world.db.store, &quality, |_| {}).await.unwrap();
    keep(&world.db.store, &quality).await.unwrap();
    let connection = world.db.store.connection().await.unwrap();
    let sql = "SELECT sum(compared)::bigint, sum(doubled) FROM registry.quality_draw";
    let row = connection.query_one(sql, &[]).await.unwrap();
    let (compared, doubled): (i64, f64) = (row.get(0), row.get(1));
    assert!(compared == 3 && (1.9..=2.0).contains(&doubled), "{compared} {doubled}");
    let cases = "SELECT noticed_at FROM registry.duplicate_case";
    let cases = connection.query(cases, &[]).await.unwrap();
    assert_eq!(cases.iter().map(|row| row.get::<_, &str>(0)).collect::<Vec<_>>(), ["sample"]);
}
