//! Units are merged and divided, and everybody follows: in full, once, and back again.

use base::{Fault, PageRequest};
use contracts::{Access, CommuneCode, PersonId, Purpose, Role, ports::ResidenceKind};
use http::StatusCode;
use jiff::civil::{Date, date};
use registry::{
    ops::{Basis, Move, person_as_of, residence_move},
    reform::{
        Reform, ReformError,
        counts::Shown,
        ops::{self, Settling, State},
        run,
    },
};
use serde_json::json;
use store::StoreError;

use crate::{
    http::{get, post},
    world::{World, audit_bodies, commit, officer},
};

pub const DAY: Date = date(2026, 11, 1);
pub const EVE: Date = date(2026, 10, 31);
pub const TODAY: Date = date(2026, 11, 20);

/// 00070 was divided: group 3 to 00004, group 5 to 00008; of the rest the decree says nothing.
pub const DIVIDED: &str = r#"
id = "2026-11"
decree = "Nghị quyết số 1/NQ-UBTVQH16"
in_force = "2026-11-01"

[[split]]
from = "00070"
parts = [{ to = "00004", places = ["Tổ 3"] }, { to = "00008", places = ["Tổ 5"] }]
"#;

/// Some days later 00004 went into 00008.
pub const MERGED: &str = r#"
id = "2026-11b"
decree = "Nghị quyết số 2/NQ-UBTVQH16"
in_force = "2026-11-10"

[merge]
"00004" = "00008"
"00008" = "00008"
"#;

pub fn access() -> Access {
    Access::system(Purpose::UPDATE_RECORD)
}

impl World {
    pub fn reform(&self, text: &str) -> Reform {
        Reform::parse("reform.toml", text, self.nation.as_ref()).expect("a sound file")
    }

    pub async fn apply(&self, text: &str, rows: usize) -> Result<ops::Run, ReformError> {
        let nation = self.nation.as_ref();
        run::apply(&self.db.store, &access(), nation, &self.reform(text), rows, |_| {}).await
    }

    /// The next step of applying.
    async fn step(&self, run: &ops::Run, rows: usize) -> Result<ops::Run, ReformError> {
        run::apply_step(&self.db.store, &access(), self.nation.as_ref(), run, rows).await
    }

    pub async fn undo(&self, slug: &str, rows: usize) -> Result<ops::Run, ReformError> {
        run::undo(&self.db.store, &access(), slug, rows, |_| {}).await
    }

    pub async fn lines(&self, sql: &str) -> Vec<String> {
        let connection = self.db.store.connection().await.unwrap();
        connection.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    pub async fn key(&self, person: PersonId) -> Option<String> {
        let keys = format!("SELECT coalesce(commune, '') FROM registry.person WHERE person_id = '{person}'");
        self.lines(&keys).await.into_iter().next().filter(|key| !key.is_empty())
    }

    /// Everything that is believed of homes and search keys, but for ids of rows and moments of knowledge.
    pub async fn homes(&self, origins: bool) -> Vec<String> {
        let origins = if origins { ", r.event_id, r.ended_by" } else { "" };
        self.lines(&format!(
            "SELECT concat_ws('|', p.number, p.commune, r.kind, r.commune, r.commune_given, r.address, r.household_id,
                 r.relation, r.valid_from, r.valid_to, r.source{origins})
             FROM registry.person p LEFT JOIN registry.residence r USING (person_id)
             WHERE r.known_to IS NULL ORDER BY 1"
        ))
        .await
    }

    pub async fn commune_as_of(&self, person: PersonId, day: Date) -> Vec<String> {
        let mut tx = self.begin().await;
        let record = person_as_of(&mut tx, &access(), person, day, self.now()).await;
        let record = tx.finish(record).await.unwrap();
        record.residences.iter().map(|r| format!("{} {}", r.kind, r.commune)).collect()
    }

    async fn counts(&self, on: Date, map: Date) -> Shown {
        let mut tx = self.begin().await;
        let counts = ops::reform_counts(&mut tx, &access(), on, map).await;
        tx.finish(counts).await.unwrap()
    }

    pub async fn waiting(&self, slug: &str, unit: &str) -> Vec<ops::Waiting> {
        let mut tx = self.begin().await;
        let (unit, page) = (CommuneCode::new(unit), PageRequest { after: None, limit: None });
        let waiting = ops::reform_undecided(&mut tx, &access(), slug, &unit, &page).await;
        tx.finish(waiting).await.unwrap().items
    }

    pub async fn settle(&self, waiting: &ops::Waiting, unit: &str) -> Result<(), ReformError> {
        let mut tx = self.begin().await;
        let unit = CommuneCode::new(unit);
        let said =
            Settling { slug: "2026-11", person: waiting.person, residence: waiting.residence, unit: &unit };
        let settled = ops::reform_settle(&mut tx, &access(), self.nation.as_ref(), &said).await;
        tx.finish(settled).await
    }

    /// Forty people: half of them in group 3 or 5 of 00070, some where no rule reaches, some elsewhere, some in two places.
    pub async fn with_a_crowd() -> Self {
        let world = Self::new().await;
        let mut rows = String::new();
        for n in 0..40_u32 {
            let number = format!("0010{:02}{:06}", 60 + n % 30, n + 1);
            let address = ["Tổ 3", "Số 8, tổ 5", "Xóm Đình", "Số 2, Tổ 30"][(n % 4) as usize];
            let unit = if n % 5 == 4 { "00008" } else { "00070" };
            let stay = if n % 7 == 0 && unit == "00008" {
                "00070,\"Nhà trọ, Tổ 3\",2026-01-10,2027-01-09"
            } else if n % 7 == 1 && unit == "00070" {
                "00004,Số 9,2026-01-10,2027-01-09"
            } else {
                ",,,"
            };
            rows.push_str(&format!(
                "k{n},{number},Nguyễn Văn An,male,{},,01,,,,,,{unit},\"{address}\",2010-01-01,{stay}\n",
                1960 + n % 30
            ));
        }
        let summary = world.load("crowd", &rows).await;
        assert_eq!((summary.loaded, summary.rejected), (40, 0), "{}", world.rejects("crowd"));
        world
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_follows_and_history_keeps_its_names() {
    let world = World::with_people().await;
    let dung = world.person("001088000004").await;
    let before = world.now();
    world.db.clock.advance(jiff::SignedDuration::from_mins(1));
    let done = world.apply(DIVIDED, 100).await.unwrap();
    assert_eq!((done.state, done.moved), (State::Applied, 1));

    assert_eq!(world.key(dung).await.as_deref(), Some("00004"));
    assert_eq!(world.commune_as_of(dung, EVE).await, ["permanent 00070", "temporary 00004"]);
    assert_eq!(world.commune_as_of(dung, DAY).await, ["permanent 00004", "temporary 00004"]);

    // What we knew before stays what we knew.
    let mut tx = world.begin().await;
    let known = person_as_of(&mut tx, &access(), dung, TODAY, before).await;
    let known = tx.finish(known).await.unwrap();
    assert_eq!(known.residences[0].commune, CommuneCode::new("00070"));

    // The record itself says why.
    let mut tx = world.begin().await;
    let now = person_as_of(&mut tx, &access(), dung, TODAY, world.now()).await;
    let now = tx.finish(now).await.unwrap();
    let home = &now.residences[0];
    assert_eq!(home.origin.document.as_deref(), Some("Nghị quyết số 1/NQ-UBTVQH16"));
    assert_eq!((home.since, home.commune_given.as_deref()), (Some(DAY), Some("00070")));
    let told = world
        .lines("SELECT payload->>'decree' FROM store.outbox WHERE topic = 'registry.units_reformed'")
        .await;
    assert_eq!(told, ["Nghị quyết số 1/NQ-UBTVQH16"]);

    // Whoever moves in later finds the household where it is now.
    let chi = world.person("001190000003").await;
    let change = Move {
        person: chi,
        kind: ResidenceKind::Permanent,
        commune: CommuneCode::new("00004"),
        address: "Tổ 3".to_owned(),
        householder: Some(dung),
        relation: Some("other".to_owned()),
        from: TODAY,
        until: None,
    };
    let mut tx = world.begin().await;
    let moved =
        residence_move(&mut tx, &access(), world.nation.as_ref(), &change, &Basis::civil_status("1")).await;
    tx.finish(moved).await.unwrap();
    assert_eq!(world.key(chi).await.as_deref(), Some("00004"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_changes_nothing_and_another_under_its_id_is_refused() {
    let world = World::with_a_crowd().await;
    world.apply(DIVIDED, 7).await.unwrap();
    let homes = world.homes(true).await;
    let again = world.apply(DIVIDED, 7).await.unwrap();
    assert_eq!((again.state, world.homes(true).await), (State::Applied, homes));
    let other = world.apply(&DIVIDED.replace("Tổ 5", "Tổ 6"), 7).await.unwrap_err();
    assert_eq!(other.code(), "registry.reform_other_file");
    let early = world.apply(&MERGED.replace("2026-11-10", "2027-01-01"), 7).await.unwrap_err();
    assert_eq!(early.code(), "registry.reform_not_yet_in_force");
}

/// In batches of any size, stopped anywhere and begun again: the same; and undone in any batches: as it was.
#[tokio::test(flavor = "multi_thread")]
async fn applied_in_any_batches_with_any_breaks_it_is_the_same_and_undoing_is_the_identity() {
    let world = World::with_a_crowd().await;
    let before = world.homes(true).await;
    let mut applied: Option<Vec<String>> = None;
    for (rows, stop_after) in [(1000, 0), (1, 0), (2, 3), (3, 5), (7, 1), (1, 17), (13, 2)] {
        let reform = world.reform(DIVIDED);
        let mut tx = world.begin().await;
        let begun = ops::reform_apply_begin(&mut tx, &access(), &reform).await;
        let mut run = tx.finish(begun).await.unwrap();
        for _ in 0..stop_after {
            // What a killed process had committed; the step that was under way is gone.
            run = world.step(&run, rows).await.unwrap();
        }
        let mut lost = world.begin().await;
        let _ =
            ops::reform_apply_step(&mut lost, &access(), world.nation.as_ref(), &run, rows).await.unwrap();
        drop(lost);

        let done = world.apply(DIVIDED, rows).await.unwrap();
        assert!(done.moved > 10 && done.undecided > 10, "{done:?}");
        let homes = world.homes(false).await;
        assert_eq!(*applied.get_or_insert_with(|| homes.clone()), homes, "{rows} {stop_after}");

        let mut tx = world.begin().await;
        let begun = ops::reform_undo_begin(&mut tx, &access(), "2026-11").await;
        let mut run = tx.finish(begun).await.unwrap();
        for _ in 0..stop_after.min(2) {
            run = run::undo_step(&world.db.store, &access(), &run, rows).await.unwrap();
        }
        let undone = world.undo("2026-11", rows).await.unwrap();
        assert_eq!(undone.state, State::Undone);
        assert_eq!(world.homes(true).await, before, "{rows} {stop_after}");
    }
    let doubled = world
        .lines(
            "SELECT r.person_id::text FROM registry.residence r WHERE r.known_to IS NULL AND r.kind = 'permanent'
             GROUP BY r.person_id HAVING count(*) > 1",
        )
        .await;
    assert!(doubled.is_empty(), "{doubled:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_apply_at_once_one_is_refused() {
    let world = World::with_a_crowd().await;
    let reform = world.reform(DIVIDED);
    let begin = async || {
        let mut tx = world.begin().await;
        let begun = ops::reform_apply_begin(&mut tx, &access(), &reform).await;
        tx.finish(begun).await.unwrap()
    };
    let (one, two) = (begin().await, begin().await);
    let one = world.step(&one, 4).await.unwrap();
    let refused = world.step(&two, 4).await.unwrap_err();
    assert_eq!(refused.code(), "registry.reform_running_elsewhere");
    let other = world.apply(MERGED, 4).await.unwrap_err();
    assert_eq!(other.code(), "registry.reform_other_running");
    world.step(&one, 4).await.unwrap();

    // Side by side in earnest: whoever ends, ends with the whole.
    let (a, b) = tokio::join!(world.apply(DIVIDED, 3), world.apply(DIVIDED, 3));
    let ended = [&a, &b].into_iter().filter(|outcome| outcome.is_ok()).count();
    assert!(ended >= 1);
    for outcome in [a, b] {
        match outcome {
            Ok(run) => assert_eq!(run.state, State::Applied),
            Err(e) => assert_eq!(e.code(), "registry.reform_running_elsewhere"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_rule_decides_waits_for_an_officer_and_is_undone_with_the_rest() {
    let world = World::with_a_crowd().await;
    let before = world.homes(true).await;
    let mut tx = world.begin().await;
    let preview = ops::reform_preview(&mut tx, &access(), &world.reform(DIVIDED)).await;
    let preview = tx.finish(preview).await.unwrap();
    let done = world.apply(DIVIDED, 9).await.unwrap();
    assert_eq!(preview.undecided(), u64::try_from(done.undecided).unwrap());
    assert_eq!(preview.by_target().values().sum::<u64>(), u64::try_from(done.moved).unwrap());
    assert!(preview.addresses.iter().all(|(_, address, _)| !address.ends_with("Tổ 3")));

    let list = world.waiting("2026-11", "00070").await;
    assert_eq!(list.len(), usize::try_from(done.undecided).unwrap());
    let first = &list[0];
    assert_eq!(first.parts, ["00004", "00008"]);
    assert_eq!(world.key(first.person).await.as_deref(), Some("00070"), "nothing is guessed");
    assert_eq!(world.settle(first, "00123").await.unwrap_err().code(), "registry.reform_not_a_part");
    world.settle(first, "00008").await.unwrap();
    assert_eq!(world.key(first.person).await.as_deref(), Some("00008"));
    let again = world.settle(first, "00004").await.unwrap_err();
    assert_eq!(again.code(), "registry.reform_nothing_to_settle");
    assert_eq!(world.waiting("2026-11", "00070").await.len(), list.len() - 1);

    world.undo("2026-11", 9).await.unwrap();
    assert_eq!(world.homes(true).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_is_refused_while_a_later_reform_rests_on_it() {
    let world = World::with_people().await;
    world.apply(DIVIDED, 100).await.unwrap();
    world.db.clock.advance(jiff::SignedDuration::from_mins(1));
    world.apply(MERGED, 100).await.unwrap();
    let later = world.undo("2026-11", 100).await.unwrap_err();
    assert!(matches!(&later, ReformError::LaterReform { slug } if slug == "2026-11b"));
    world.undo("2026-11b", 100).await.unwrap();
    assert_eq!(world.undo("2026-11", 100).await.unwrap().state, State::Undone);
    assert_eq!(world.undo("nothing", 1).await.unwrap_err().code(), "registry.reform_no_such");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_counted_under_the_old_and_the_new_map() {
    let world = World::with_a_crowd().await;
    world.apply(DIVIDED, 9).await.unwrap();
    world.db.clock.advance(jiff::SignedDuration::from_mins(1));
    world.apply(MERGED, 9).await.unwrap();
    let lines = |shown: Shown| -> Vec<String> {
        let people = |n: Option<u64>| n.map_or("few".to_owned(), |n| n.to_string());
        let line = |(cell, n): &(registry::reform::counts::Cell, Option<u64>)| {
            let unit = cell.unit.clone().or_else(|| cell.of.as_ref().map(|of| format!("? of {of}")));
            format!("{} {}", unit.unwrap_or_default(), people(*n))
        };
        shown.cells.iter().map(line).chain([format!("total {}", people(shown.total))]).collect()
    };
    // 32 lived in 00070: a quarter in group 3, a quarter in group 5, half where no rule reaches.
    assert_eq!(lines(world.counts(EVE, EVE).await), ["00008 8", "00070 32", "total 40"]);
    let new_map = ["? of 00070 16", "00008 24", "total 40"];
    assert_eq!(lines(world.counts(TODAY, TODAY).await), new_map);
    assert_eq!(lines(world.counts(EVE, TODAY).await), new_map);
    assert_eq!(lines(world.counts(TODAY, EVE).await), ["00008 8", "00070 32", "total 40"]);
    // Between the two reforms.
    let between = date(2026, 11, 5);
    let then = ["? of 00070 16", "00004 8", "00008 16", "total 40"];
    assert_eq!(lines(world.counts(EVE, between).await), then);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_file_is_told_line_by_line() {
    let world = World::new().await;
    let problems = |text: &str| -> Vec<String> {
        let problems = Reform::parse("r.toml", text, world.nation.as_ref()).unwrap_err();
        problems.iter().map(|p| format!("{}:{}", p.line, p.rule)).collect()
    };
    let head = "id = \"a\"\ndecree = \"b\"\nin_force = \"2026-11-01\"\n";
    for (rest, found) in [
        ("", vec!["1:reform.empty"]),
        ("[merge]\n\"00099\" = \"00004\"", vec!["5:reform.from"]),
        ("[merge]\n\"00004\" = \"00099\"", vec!["5:reform.to"]),
        ("[merge]\n\"4\" = \"00004\"", vec!["5:reform.code"]),
        ("[[split]]\nfrom = \"00070\"\nparts = [{ to = \"00004\" }]", vec!["5:reform.parts"]),
        (
            "[[split]]\nfrom = \"00070\"\nparts = [{ to = \"00004\", places = [\"Láng\"] }, { to = \"00004\" }]",
            vec!["6:reform.place", "5:reform.twice"],
        ),
        (
            "[[split]]\nfrom = \"00070\"\nparts = [{ to = \"00004\", places = [\"Tổ 1\"] },\n  { to = \"00008\", places = [\"tổ 1\"] }]",
            vec!["7:reform.place"],
        ),
        (
            "[merge]\n\"00070\" = \"00004\"\n[[split]]\nfrom = \"00070\"\nparts = [{ to = \"00004\" }, { to = \"00008\" }]",
            vec!["7:reform.twice"],
        ),
        ("[other]", vec!["4:toml"]),
    ] {
        assert_eq!(problems(&format!("{head}{rest}")), found, "{rest}");
    }
    assert_eq!(
        problems("id = \"A b\"\ndecree = \" \"\nin_force = \"1.11.2026\""),
        ["1:reform.id", "2:reform.decree", "3:reform.in_force", "1:reform.empty"]
    );
}

/// A transaction that ends with nothing but its own work.
#[tokio::test(flavor = "multi_thread")]
async fn a_reform_that_concerns_nobody_is_applied_at_once() {
    let world = World::new().await;
    let done = world.apply(DIVIDED, 10).await.unwrap();
    assert_eq!((done.state, done.moved, done.undecided), (State::Applied, 0, 0));
    let tx = world.begin().await;
    let list = ops::reform_list(&tx, &access()).await.unwrap();
    assert_eq!((list.len(), list[0].waiting.len()), (1, 0));
    tx.finish::<_, StoreError>(Ok(())).await.unwrap();
    commit(world.begin().await).await;
}

/// An officer who changes a person while their unit changes is told to look again; neither change is lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_act_of_a_life_beside_a_reform_is_never_lost() {
    let world = World::with_a_crowd().await;
    let person = world.person("001060000001").await;
    let reform = world.reform(DIVIDED);
    let mut tx = world.begin().await;
    let begun = ops::reform_apply_begin(&mut tx, &access(), &reform).await;
    let run = tx.finish(begun).await.unwrap();

    // The reform has read and written, but not committed, when the officer decides on what stood before.
    let mut applying = world.begin().await;
    let step = ops::reform_apply_step(&mut applying, &access(), world.nation.as_ref(), &run, 1000).await;
    let change = Move {
        person,
        kind: ResidenceKind::Permanent,
        commune: CommuneCode::new("00008"),
        address: "Số 7".to_owned(),
        householder: None,
        relation: None,
        from: TODAY,
        until: None,
    };
    let act = async || {
        let mut tx = world.begin().await;
        let nation = world.nation.as_ref();
        let moved = residence_move(&mut tx, &access(), nation, &change, &Basis::civil_status("1")).await;
        tx.finish(moved).await
    };
    let (committed, moved) = tokio::join!(
        async {
            tokio::task::yield_now().await;
            applying.finish(step).await
        },
        act()
    );
    committed.unwrap();
    if let Err(e) = moved {
        assert_eq!(e.kind(), base::Kind::Conflict, "{e}");
        act().await.unwrap();
    }
    world.apply(DIVIDED, 1000).await.unwrap();
    assert_eq!(world.commune_as_of(person, EVE).await, ["permanent 00070"]);
    assert_eq!(world.commune_as_of(person, DAY).await, ["permanent 00004"]);
    assert_eq!(world.commune_as_of(person, TODAY).await, ["permanent 00008"]);
    assert_eq!(world.key(person).await.as_deref(), Some("00008"));
}

#[tokio::test(flavor = "multi_thread")]
async fn officers_settle_what_waits_and_agencies_count_over_the_api() {
    let world = World::with_a_crowd().await;
    world.apply(DIVIDED, 1000).await.unwrap();
    let decider = || Some(officer(Role::Decider));
    let list = json!({ "reform": "2026-11", "unit": "00070", "limit": 2 });
    let (status, answer) = post(&world, decider(), "/api/v1/reforms/undecided", list.clone()).await;
    assert_eq!((status, answer["residences"].as_array().unwrap().len()), (StatusCode::OK, 2));
    assert!(answer["next"].is_string());
    let first = &answer["residences"][0];
    let person = first["person"].as_str().unwrap().parse().map(PersonId).unwrap();
    let entries = audit_bodies(&world.db.store).await;
    let seen = |action: &str| {
        entries.iter().any(|e| e.contains(action) && e.contains(&format!("\"subject\":\"{person}\"")))
    };
    assert!(seen("registry.reform_undecided"));

    let said = json!({ "reform": "2026-11", "person": first["person"], "residence": first["residence"],
        "unit": "00008" });
    let receiver = post(&world, Some(officer(Role::Receiver)), "/api/v1/reforms/settle", said.clone()).await;
    assert_eq!(receiver.0, StatusCode::FORBIDDEN);
    let settled = post(&world, decider(), "/api/v1/reforms/settle", said).await;
    assert_eq!(settled.0, StatusCode::NO_CONTENT);
    assert_eq!(world.key(person).await.as_deref(), Some("00008"));

    let before = audit_bodies(&world.db.store).await.len();
    let path = "/api/v1/communes/counts?on=2026-10-31&map=2026-11-20";
    let (status, counts) = get(&world, decider(), path).await;
    assert_eq!((status, &counts["total"]), (StatusCode::OK, &json!(40)));
    assert_eq!(counts["units"][0], json!({ "unit": null, "of": "00070", "people": 15 }));
    assert_eq!(get(&world, None, path).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(audit_bodies(&world.db.store).await.len(), before, "numbers are of nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn reforms_upon_reforms_are_undone_in_reverse_order_to_the_very_beginning() {
    let world = World::with_a_crowd().await;
    let before = world.homes(true).await;
    world.apply(DIVIDED, 5).await.unwrap();
    let between = world.homes(true).await;
    world.db.clock.advance(jiff::SignedDuration::from_mins(1));
    world.apply(MERGED, 5).await.unwrap();
    assert_ne!(world.homes(true).await, between);
    assert_eq!(world.undo("2026-11b", 5).await.unwrap().state, State::Undone);
    assert_eq!(world.homes(true).await, between);
    assert_eq!(world.undo("2026-11", 5).await.unwrap().state, State::Undone);
    assert_eq!(world.homes(true).await, before);

    world.db.clock.advance(jiff::SignedDuration::from_mins(1));
    world.apply(MERGED, 5).await.unwrap();
    let early = world.apply(DIVIDED, 5).await.unwrap_err();
    assert_eq!(early.code(), "registry.reform_out_of_order");
}

/// The whole home is settled with one word, a child born into it since too; later reforms take it on.
#[tokio::test(flavor = "multi_thread")]
async fn a_home_is_settled_as_a_whole_and_catches_up_with_later_reforms() {
    let world = World::new().await;
    let summary = world
        .load(
            "home",
            "k1,001065000001,Nguyễn Văn An,male,1965-02-03,,01,,,001168000002,h1,head,00070,Xóm Đình,2000-01-01,,,,
k2,001168000002,Trần Thị Bình,female,1968,,01,,,001065000001,h1,spouse,00070,Xóm Đình,2000-01-01,,,,
k3,001088000004,Đặng Văn Dũng,male,1988-08-08,,01,,,,h2,head,00070,Xóm Đình,2010-01-01,,,,
",
        )
        .await;
    assert_eq!((summary.loaded, summary.rejected), (3, 0), "{}", world.rejects("home"));
    world.apply(DIVIDED, 100).await.unwrap();
    world.db.clock.advance(jiff::SignedDuration::from_mins(1));
    world.apply(MERGED, 100).await.unwrap();
    let [an, binh, dung] = [
        world.person("001065000001").await,
        world.person("001168000002").await,
        world.person("001088000004").await,
    ];
    let list = world.waiting("2026-11", "00070").await;
    assert_eq!(list.len(), 3);
    let home = list.iter().find(|w| w.person == an).unwrap();
    world.settle(home, "00004").await.unwrap();
    for person in [an, binh] {
        assert_eq!(world.key(person).await.as_deref(), Some("00008"));
        assert_eq!(world.commune_as_of(person, date(2026, 11, 5)).await, ["permanent 00004"]);
        assert_eq!(world.commune_as_of(person, TODAY).await, ["permanent 00008"]);
    }
    assert_eq!(world.key(dung).await.as_deref(), Some("00070"), "another household");
    world.undo("2026-11b", 100).await.unwrap();
    world.undo("2026-11", 100).await.unwrap();
    assert_eq!(world.key(an).await.as_deref(), Some("00070"));
    assert_eq!(world.commune_as_of(an, TODAY).await, ["permanent 00070"]);
}
