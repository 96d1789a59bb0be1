//! What goes with residences when units are reformed: absences, households, cases, requests, samples; and what an act costs.

use std::{fmt::Write, sync::Arc};

use contracts::{
    Access, AccountId, Actor, CommuneCode, IdentityLevel, PersonId, Purpose, Who, actor::LoginStrength,
};
use registry::{
    RegistryError,
    corrections::{NewCorrection, Subject, correction_ask},
    duplicates::{Facts, Use, Verdict, ops as cases},
    model::residence::Leaving,
    ops,
    reform::{
        Reform,
        ops::{Settling, State, reform_preview, reform_settle},
        run,
    },
};
use uuid::Uuid;

use crate::{
    life::{basis, deciding},
    quality::Policed,
    reform::{DAY, DIVIDED, EVE, MERGED, access},
    world::World,
};

fn policed(world: &World) -> Policed {
    Policed(Arc::clone(&world.nation))
}

async fn apply(world: &World, text: &str, rows: usize) -> State {
    world.db.clock.advance(jiff::SignedDuration::from_mins(1));
    let (nation, reform) = (policed(world), world.reform(text));
    run::apply(&world.db.store, &access(), &nation, &reform, rows, |_| {}).await.unwrap().state
}

async fn leaves(world: &World, person: PersonId, from: jiff::civil::Date) {
    let leaving = Leaving { from, until: None, destination: Some("Đà Nẵng".to_owned()) };
    let mut tx = world.begin().await;
    let declared = ops::absence_declare(&mut tx, &deciding(), person, &leaving, &basis()).await;
    tx.finish(declared).await.unwrap();
}

/// Everything that is believed of absences.
async fn absences(world: &World) -> Vec<String> {
    world
        .lines(
            "SELECT concat_ws(' ', commune, destination, valid_from, valid_to) FROM registry.absence
             WHERE known_to IS NULL ORDER BY person_id, valid_from",
        )
        .await
}

async fn households(world: &World) -> Vec<String> {
    world.lines("SELECT commune || ' ' || household_id FROM registry.household ORDER BY household_id").await
}

/// The case of two people who are taken for one, as of the commune where it was noticed.
async fn noticed(world: &World, one: PersonId, other: PersonId, commune: &str) {
    let candidate = cases::Candidate {
        person: other,
        facts: Facts::default(),
        probability: 0.9,
        evidence: Vec::new(),
        verdict: Verdict::Review,
    };
    let nation = policed(world);
    world.db.clock.advance(jiff::SignedDuration::from_mins(1));
    let mut tx = world.begin().await;
    let case = cases::notice(&mut tx, &deciding(), &nation, one, &candidate, Use::Birth, Some(commune)).await;
    tx.finish(case).await.unwrap();
}

async fn cases(world: &World) -> Vec<String> {
    world.lines("SELECT concat_ws(' ', commune, agency) FROM registry.duplicate_case ORDER BY found_at").await
}

/// A request of the person about some item.
async fn asks(world: &World, person: PersonId, item: &str) {
    let who = Who::Citizen { person, level: IdentityLevel::Two };
    let account = AccountId(Uuid::from_u128(1));
    let own = Access::new(&Actor { account, who, strength: LoginStrength::Two }, Purpose::CORRECT_RECORD);
    let new = NewCorrection {
        subject: Subject::parse(item).unwrap(),
        wrong: "Sai so với giấy khai sinh.".into(),
        value: None,
        document: None,
    };
    let nation = policed(world);
    let mut tx = world.begin().await;
    let asked: Result<_, RegistryError> = correction_ask(&mut tx, &own, &nation, &new, None).await;
    tx.finish(asked).await.unwrap();
}

async fn requests(world: &World) -> Vec<String> {
    world.lines("SELECT item || ' ' || agency FROM registry.correction ORDER BY item").await
}

/// The price of a reform is its people: ten thousand old units more are no round trip more.
#[tokio::test(flavor = "multi_thread")]
async fn an_act_takes_steps_by_its_people_and_not_by_its_units() {
    let world = World::with_a_crowd().await;
    let mut text = String::from("id = \"all\"\ndecree = \"b\"\nin_force = \"2026-11-01\"\n[merge]\n");
    for unit in 10_000..20_000 {
        writeln!(text, "\"{unit}\" = \"00004\"").unwrap();
    }
    text.push_str("\"00070\" = \"00008\"\n\"00008\" = \"00008\"\n[[split]]\nfrom = \"00004\"\nparts = [{ to = \"00004\", places = [\"Số 9\"] }, { to = \"00008\" }]\n");
    let reform = Reform::stored(&text).unwrap();
    let mut tx = world.begin().await;
    let preview = reform_preview(&mut tx, &access(), &reform).await;
    let preview = tx.finish(preview).await.unwrap();
    let nation = policed(&world);
    let done = run::apply(&world.db.store, &access(), &nation, &reform, 1000, |_| {}).await.unwrap();
    // All there are, then nobody any more, then cases.
    assert_eq!((done.state, done.step), (State::Applied, 3));
    assert!(done.moved > 30, "{}", done.moved);
    assert_eq!(preview.by_target()["00008"], u64::try_from(done.moved).unwrap() + 8);
    let undone = world.undo("all", 1000).await.unwrap();
    assert_eq!((undone.state, undone.step, undone.undone), (State::Undone, 7, done.moved));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absence_goes_on_from_the_new_unit_and_comes_back() {
    let world = World::with_people().await;
    let [dung, an] = [world.person("001088000004").await, world.person("001065000001").await];
    leaves(&world, dung, EVE).await;
    leaves(&world, an, EVE).await;
    let before = absences(&world).await;
    for rows in [100, 1] {
        apply(&world, DIVIDED, rows).await;
        let mut now = absences(&world).await;
        now.sort();
        let others = "00004 Đà Nẵng 2026-10-31".to_owned();
        assert_eq!(
            now,
            [others, "00004 Đà Nẵng 2026-11-01".to_owned(), "00070 Đà Nẵng 2026-10-31 2026-11-01".to_owned()]
        );
        world.undo("2026-11", rows).await.unwrap();
        assert_eq!(absences(&world).await, before);
    }
    // One that began later than another reform's day, and goes on beyond this one's.
    let later = world.person("001190000003").await;
    leaves(&world, later, DAY).await;
    let all = absences(&world).await;
    apply(&world, MERGED, 100).await;
    assert!(absences(&world).await.contains(&"00008 Đà Nẵng 2026-11-10".to_owned()));
    world.undo("2026-11b", 100).await.unwrap();
    assert_eq!(absences(&world).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_household_goes_with_its_people_and_comes_back() {
    let world = World::with_people().await;
    let before = households(&world).await;
    assert_eq!(before.iter().filter(|h| h.starts_with("00004")).count(), 1);
    for rows in [100, 1] {
        apply(&world, DIVIDED, rows).await;
        let divided = households(&world).await;
        assert!(divided.iter().all(|h| h.starts_with("00004")), "{divided:?}");
        apply(&world, MERGED, rows).await;
        assert!(households(&world).await.iter().all(|h| h.starts_with("00008")));
        world.undo("2026-11b", rows).await.unwrap();
        assert_eq!(households(&world).await, divided);
        world.undo("2026-11", rows).await.unwrap();
        assert_eq!(households(&world).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_becomes_the_new_commune_s_matter_and_comes_back() {
    let world = World::with_people().await;
    let [an, binh, dung] = [
        world.person("001065000001").await,
        world.person("001168000002").await,
        world.person("001088000004").await,
    ];
    // Of somebody who was divided off, and of two who live elsewhere than where they were taken for one.
    noticed(&world, dung, an, "00070").await;
    noticed(&world, an, binh, "00004").await;
    let before = cases(&world).await;
    assert_eq!(before, ["00070 CA-X-00070", "00004 CA-X-00004"]);
    for rows in [100, 1] {
        assert_eq!(apply(&world, DIVIDED, rows).await, State::Applied);
        assert_eq!(cases(&world).await, ["00004 CA-X-00004", "00004 CA-X-00004"]);
        assert_eq!(apply(&world, MERGED, rows).await, State::Applied);
        assert_eq!(cases(&world).await, ["00008 CA-X-00008", "00008 CA-X-00008"]);
        world.undo("2026-11b", rows).await.unwrap();
        world.undo("2026-11", rows).await.unwrap();
        assert_eq!(cases(&world).await, before);
    }
    // What was given to others since stays theirs.
    apply(&world, MERGED, 100).await;
    world
        .lines(
            "UPDATE registry.duplicate_case SET agency = 'CA-X-00070' WHERE commune = '00008' RETURNING ''",
        )
        .await;
    world.undo("2026-11b", 100).await.unwrap();
    assert_eq!(cases(&world).await, ["00070 CA-X-00070", "00008 CA-X-00070"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_to_the_agency_of_the_new_commune_and_comes_back() {
    let world = World::with_people().await;
    let dung = world.person("001088000004").await;
    for item in ["name", "permanent_residence", "number"] {
        asks(&world, dung, item).await;
    }
    let before = requests(&world).await;
    assert_eq!(before, ["name UBND-X-00070", "number PC06-02", "permanent_residence CA-X-00070"]);
    apply(&world, DIVIDED, 100).await;
    let now = ["name UBND-X-00004", "number PC06-01", "permanent_residence CA-X-00004"];
    assert_eq!(requests(&world).await, now);
    world.undo("2026-11", 100).await.unwrap();
    assert_eq!(requests(&world).await, before);
}

/// Nothing of a home that no rule decides goes anywhere; with the officer's word all of it does.
#[tokio::test(flavor = "multi_thread")]
async fn what_goes_with_a_home_waits_with_it() {
    let world = World::new().await;
    let summary = world
        .load(
            "home",
            "k1,001065000001,Nguyễn Văn An,male,1965-02-03,,01,,,,h1,head,00070,Xóm Đình,2000-01-01,,,,
k2,001168000002,Trần Thị Bình,female,1968,,01,,,,h2,head,00008,Số 1,2000-01-01,,,,
",
        )
        .await;
    assert_eq!(summary.loaded, 2);
    let [an, binh] = [world.person("001065000001").await, world.person("001168000002").await];
    leaves(&world, an, EVE).await;
    noticed(&world, an, binh, "00070").await;
    asks(&world, an, "name").await;
    let all = async || {
        let (absences, households) = (absences(&world).await, households(&world).await);
        (absences, households, cases(&world).await, requests(&world).await)
    };
    let before = all().await;
    apply(&world, DIVIDED, 100).await;
    assert_eq!(all().await, before);

    let waiting = world.waiting("2026-11", "00070").await;
    let unit = CommuneCode::new("00004");
    let said = Settling { slug: "2026-11", person: an, residence: waiting[0].residence, unit: &unit };
    let nation = policed(&world);
    let mut tx = world.begin().await;
    let settled = reform_settle(&mut tx, &access(), &nation, &said).await;
    tx.finish(settled).await.unwrap();
    let (absences, households, cases, requests) = all().await;
    assert_eq!(absences.len(), 2);
    assert!(households.iter().any(|h| h.starts_with("00004")));
    assert_eq!(
        (cases, requests),
        (vec!["00004 CA-X-00004".to_owned()], vec!["name UBND-X-00004".to_owned()])
    );
    world.undo("2026-11", 100).await.unwrap();
    assert_eq!(all().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_of_people_by_lot_counts_where_they_live_on() {
    let world = World::with_people().await;
    world
        .lines(
            "INSERT INTO registry.quality_sample (person_id, week, commune, asked_at, open_until)
             SELECT person_id, '2026-10-26', commune, '2026-10-26', '2026-12-01' FROM registry.person
             WHERE death_date IS NULL RETURNING ''",
        )
        .await;
    let samples =
        async || world.lines("SELECT commune FROM registry.quality_sample ORDER BY commune, person_id").await;
    let before = samples().await;
    assert_eq!(before, ["00004", "00004", "00004", "00070"]);
    apply(&world, DIVIDED, 100).await;
    assert_eq!(samples().await, ["00004"; 4]);
    world.undo("2026-11", 100).await.unwrap();
    assert_eq!(samples().await, before);
}
