//! Work on everybody that goes on by itself, some at a time: keys of duplicates, and the figures after loads and reforms.

use std::{io::Cursor, sync::Arc};

use contracts::{Access, PersonId, Purpose, ports::Nation};
use jiff::SignedDuration;
use registry::{
    duplicates::{Facts, Use, ops as cases},
    import::{Authority, Options, run},
    model::Source,
    quality::{follow::Follow, ops::recount},
    reform::{self, Reform},
};
use store::jobs::{Handlers, drain};

use crate::{
    life::deciding,
    quality::quality,
    world::{HEADER, World},
};

/// 00070 went into 00004.
const REFORM: &str = r#"
id = "2026-11"
decree = "Nghị quyết số 1/NQ-UBTVQH16"
in_force = "2026-11-01"

[merge]
"00070" = "00004"
"00004" = "00004"
"#;

const AUTHORITY: &str = include_str!("../../../../../catalogue/authority.toml");

const LINK_KEYS: &str = include_str!("../../migrations/V9__link_keys.sql");

fn handlers(world: &World) -> Handlers {
    Handlers::new(registry::jobs::handlers(&quality(world)))
}

async fn works(world: &World) {
    drain(&world.db.store, &handlers(world)).await.unwrap();
}

/// Who is found when Dũng comes in again, without any number.
async fn found(world: &World) -> Vec<PersonId> {
    let some = |text: &str| Some(text.to_owned());
    let facts = Facts {
        name: "DANG VAN DUNG".to_owned(),
        birth_date: some("1988-08-08"),
        sex: some("male"),
        home_town: some("00004"),
        ..Facts::default()
    };
    let mut tx = world.begin().await;
    let nation = Arc::clone(&world.nation);
    let found =
        cases::person_is_here(&mut tx, &deciding(), nation.as_ref(), &facts, Use::Enrolment, None).await;
    tx.finish(found).await.unwrap().into_iter().map(|c| c.person).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_loaded_before_there_were_keys_gets_them_and_is_found() {
    let world = World::with_people().await;
    let connection = world.db.store.connection().await.unwrap();
    // As before V4: no keys, and a name as it was then folded, so that no other way leads to him.
    let sql = "UPDATE registry.person SET home_town = '00004', link_name = NULL, link_birth = NULL, name_folded = 'x ' || name_folded";
    connection.execute(sql, &[]).await.unwrap();
    let dung = world.person("001088000004").await;
    assert_eq!(found(&world).await, []);
    connection.batch_execute(LINK_KEYS).await.unwrap();
    works(&world).await;
    assert_eq!(found(&world).await, [dung]);
    let left = "SELECT count(*) FROM registry.person WHERE link_name IS NULL";
    assert_eq!(connection.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
    let jobs = "SELECT count(*) FROM store.job";
    assert_eq!(connection.query_one(jobs, &[]).await.unwrap().get::<_, i64>(0), 0, "and the work ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_database_has_no_such_work() {
    let world = World::new().await;
    let connection = world.db.store.connection().await.unwrap();
    connection.batch_execute(LINK_KEYS).await.unwrap();
    let jobs = connection.query_one("SELECT count(*) FROM store.job", &[]).await.unwrap();
    assert_eq!(jobs.get::<_, i64>(0), 0);
}

/// What stands for everybody is what a recount from nothing finds.
async fn is_what_a_recount_finds(world: &World, people: u64) {
    let again = recount(&world.db.store, &quality(world), |_| {}).await.unwrap();
    assert_eq!((again.people, again.changed, again.mended), (people, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_is_assessed_without_anybody_asking_and_so_are_kin_of_those_who_came() {
    let world = World::with_people().await;
    works(&world).await;
    is_what_a_recount_finds(&world, 5).await;
    // Two days later a file brings a child of Dũng, whose own record changes with it.
    world.db.clock.advance(SignedDuration::from_hours(48));
    let child =
        "k9,001212000009,Đặng Văn Bé,male,2012-01-01,,01,001088000004,,,,,00004,Số 2,2012-01-01,,,,\n";
    assert_eq!(world.load("child", child).await.loaded, 1);
    works(&world).await;
    is_what_a_recount_finds(&world, 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_reform_moved_counts_where_they_live_now_and_again_where_they_lived() {
    let world = World::with_people().await;
    works(&world).await;
    let quality = quality(&world);
    let access = Access::system(Purpose::UPDATE_RECORD);
    let reform = Reform::parse("reform.toml", REFORM, world.nation.as_ref()).unwrap();
    for undone in [false, true] {
        let done = if undone {
            reform::run::undo(&world.db.store, &access, "2026-11", 100, |_| {}).await
        } else {
            reform::run::apply(&world.db.store, &access, world.nation.as_ref(), &reform, 100, |_| {}).await
        };
        assert!(done.is_ok());
        store::relay::drain(&world.db.store, &Follow(quality.clone())).await.unwrap();
        works(&world).await;
        is_what_a_recount_finds(&world, 5).await;
        let connection = world.db.store.connection().await.unwrap();
        let sql = "SELECT coalesce(sum(value), 0)::bigint FROM registry.quality_rollup WHERE commune = '00070' AND measure = 'people'";
        let left: i64 = connection.query_one(sql, &[]).await.unwrap().get(0);
        assert_eq!(left, i64::from(undone), "Dũng lived there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sources_contradict_is_work_at_once() {
    let world = World::with_people().await;
    works(&world).await;
    let authority = Authority::parse(AUTHORITY).unwrap();
    let provenance = Source::Organisation;
    let options = Options { changes: true, provenance, authority, ..world.options("bank") };
    let rows = "k3,001190000003,Nguyễn Thị Chi,female,1991-01-01,,01,,,,,,,,,,,,\n";
    let file = Cursor::new(format!("{HEADER}\n{rows}"));
    let nation = Arc::clone(&world.nation) as Arc<dyn Nation>;
    assert_eq!(run(&world.db.store, nation, file, &options, |_| {}).await.unwrap().disputed, 1);
    let quality = quality(&world);
    store::relay::drain(&world.db.store, &Follow(quality.clone())).await.unwrap();
    let connection = world.db.store.connection().await.unwrap();
    let sql =
        "SELECT count(*) FROM registry.quality_finding WHERE rule = 'sources_differ' AND gone_at IS NULL";
    assert_eq!(connection.query_one(sql, &[]).await.unwrap().get::<_, i64>(0), 1);
    is_what_a_recount_finds(&world, 5).await;
}

/// The open findings of a rule.
async fn findings(world: &World, rule: &str) -> i64 {
    let connection = world.db.store.connection().await.unwrap();
    let sql = "SELECT count(*) FROM registry.quality_finding WHERE rule = $1 AND gone_at IS NULL";
    connection.query_one(sql, &[&rule]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_birth_that_one_source_reports_is_work_until_another_reports_it() {
    let world = World::with_people().await;
    let child =
        "k9,001226000009,Đặng Văn Bé,male,2026-08-01,,01,001088000004,,,,,00004,Số 2,2026-08-01,,,,\n";
    world.load("child", child).await;
    works(&world).await;
    assert_eq!(findings(&world, "birth_from_one_source").await, 1);

    let authority = Authority::parse(AUTHORITY).unwrap();
    let provenance = Source::Agency;
    let options = Options { changes: true, provenance, authority, ..world.options("hospital") };
    let file = Cursor::new(format!("{HEADER}\n{child}\n"));
    let nation = Arc::clone(&world.nation) as Arc<dyn Nation>;
    run(&world.db.store, nation, file, &options, |_| {}).await.unwrap();
    store::relay::drain(&world.db.store, &Follow(quality(&world))).await.unwrap();
    assert_eq!(findings(&world, "birth_from_one_source").await, 0);
    is_what_a_recount_finds(&world, 6).await;
}
