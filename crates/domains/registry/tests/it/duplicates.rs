//! The same person twice: noticed, settled by two officers, merged, and taken apart again.

use std::collections::{BTreeMap, BTreeSet};

use base::{Entropy, Fault};
use contracts::{Access, AccountId, Actor, PersonId, Purpose, Role, Who};
use jiff::{SignedDuration, civil::date};
use registry::{
    RegistryError,
    duplicates::{
        CaseId, Facts, Proposed, State, StepKind, Use, Verdict,
        case::Case,
        ops::{self as cases, Candidate, CaseView},
    },
    model::{Item, Relative, Source, vital::Parent},
    ops::{self, ItemCorrection, Record},
};
use uuid::Uuid;

use crate::{
    life::{basis, deciding, newborn, record},
    lives::RULES,
    world::{World, audit_bodies, officer},
};

const TODAY: jiff::civil::Date = date(2026, 11, 20);

/// An officer of the agency, by number.
pub fn settling(role: Role, account: u128) -> Access {
    let agency = contracts::AgencyId::new("CA-X-00004");
    let who = Who::Staff { agency, role, name: format!("Cán bộ {account}") };
    let actor = Actor { account: AccountId(Uuid::from_u128(account)), who, ..officer(role) };
    Access::new(&actor, Purpose::RESOLVE_DUPLICATE)
}

macro_rules! done {
    ($world:expr, |$tx:ident| $operation:expr) => {{
        $world.db.clock.advance(SignedDuration::from_hours(1));
        let mut transaction = $world.begin().await;
        let $tx = &mut transaction;
        let outcome: Result<_, RegistryError> = $operation.await;
        transaction.finish(outcome).await
    }};
}

fn code<T>(outcome: Result<T, RegistryError>) -> &'static str {
    outcome.err().map_or("done", |e| e.code())
}

/// Two persons are taken for one.
pub async fn noticed(world: &World, one: PersonId, other: PersonId) -> CaseId {
    let candidate = Candidate {
        person: other,
        facts: Facts::default(),
        probability: 0.9,
        evidence: Vec::new(),
        verdict: Verdict::Review,
    };
    let nation = world.nation.as_ref();
    done!(world, |tx| cases::notice(tx, &deciding(), nation, one, &candidate, Use::Birth, Some("00004")))
        .unwrap();
    CaseId::of(one, other).unwrap()
}

async fn read(world: &World, id: CaseId) -> CaseView {
    done!(world, |tx| cases::case_read(tx, &settling(Role::Decider, 1), id)).unwrap()
}

pub async fn case(world: &World, id: CaseId) -> Case {
    read(world, id).await.case
}

/// One proposes, another confirms; `keep` stays.
pub async fn merged(world: &World, id: CaseId, keep: PersonId) -> Result<(), RegistryError> {
    let version = case(world, id).await.version;
    let what = Proposed::Merge { keep };
    done!(world, |tx| cases::case_propose(
        tx,
        &settling(Role::Decider, 1),
        id,
        version,
        what,
        "Cùng giấy khai sinh"
    ))?;
    done!(world, |tx| cases::case_confirm(tx, &settling(Role::Decider, 2), id, version + 1, "Đã đối chiếu"))
}

pub async fn undone(world: &World, id: CaseId) -> Result<(), RegistryError> {
    let version = case(world, id).await.version;
    done!(world, |tx| cases::merge_undo(tx, &settling(Role::Head, 3), id, version, "Nhầm người"))
}

/// As people see it: without the moment of asking, lists in one order.
fn shown(record: &Record) -> String {
    let mut shown = serde_json::to_value(record).unwrap();
    for asked in ["known", "day"] {
        shown.as_object_mut().unwrap().remove(asked);
    }
    for list in ["kin", "papers", "residences", "household"] {
        shown[list].as_array_mut().unwrap().sort_by_key(ToString::to_string);
    }
    shown.to_string()
}

pub async fn check(world: &World) {
    let connection = world.db.store.connection().await.unwrap();
    for (rule, sql) in RULES {
        let broken: i64 = match sql.contains("$1") {
            true => connection.query_one(sql, &[&base::vietnam_date(world.now())]).await.unwrap().get(0),
            false => connection.query_one(sql, &[]).await.unwrap().get(0),
        };
        assert_eq!(broken, 0, "{rule}");
    }
}

/// Chi is in the register a second time: with a slip in her name, another number, a phone and a child of her own.
pub async fn twice(world: &World) -> [PersonId; 2] {
    let rows = "d1,001190000099,Nguyễn Thị Chi,female,1990-05-17,,01,001065000001,,001088000004,h9,head,00070,Tổ 7,2015-01-01,,,,
d2,001226000098,Đặng An Nhiên,female,2016-03-03,,01,001088000004,,,h9,child,00070,Tổ 7,2016-03-03,,,,
";
    let summary = world.load("again", rows).await;
    assert_eq!((summary.loaded, summary.rejected), (2, 0), "{}", world.rejects("again"));
    // Who came in with a spouse is married.
    let connection = world.db.store.connection().await.unwrap();
    let sql =
        "UPDATE registry.person p SET marital_status = 'married' WHERE EXISTS (SELECT FROM registry.kin k
        WHERE k.person_id = p.person_id AND k.relation = 'spouse')";
    connection.execute(sql, &[]).await.unwrap();
    connection
        .execute("UPDATE registry.person SET marital_status = 'single' WHERE number = '001190000003'", &[])
        .await
        .unwrap();
    [world.person("001190000003").await, world.person("001190000099").await]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_registered_again_becomes_a_case_and_a_twin_does_not() {
    let world = World::with_people().await;
    let [chi, dung] = [world.person("001190000003").await, world.person("001088000004").await];
    let nation = world.nation.as_ref();
    let first = newborn(chi, dung);
    let born = done!(world, |tx| ops::birth_register(tx, &deciding(), nation, &first, &basis())).unwrap();
    let twin = ops::NewBirth { name: "Đặng Hoàng Long".to_owned(), ..newborn(chi, dung) };
    let twin = done!(world, |tx| ops::birth_register(tx, &deciding(), nation, &twin, &basis())).unwrap();
    // Registered again elsewhere: the parents only named, the name without its marks.
    let named =
        |name: &str| Some(Parent::Named(Relative { name: Some(name.to_owned()), ..Relative::default() }));
    let again = ops::NewBirth {
        name: "NGUYỄN MINH KHOI".to_owned(),
        mother: named("Nguyễn Thị Chi"),
        father: named("Đặng Văn Dũng"),
        lives_with: None,
        ..newborn(chi, dung)
    };
    let again = done!(world, |tx| ops::birth_register(tx, &deciding(), nation, &again, &basis())).unwrap();

    let listed =
        done!(world, |tx| cases::case_list(tx, &settling(Role::Decider, 1), &cases::Asked::default()))
            .unwrap();
    let found: Vec<CaseId> = listed.page.items.iter().map(|line| line.case.id).collect();
    assert_eq!(found, [CaseId::of(born.person, again.person).unwrap()]);
    assert_eq!(
        listed.counts,
        [(State::Open, 1), (State::Proposed, 0), (State::Merged, 0), (State::Distinct, 0)]
    );
    let case = &listed.page.items[0].case;
    assert!(case.probability > 0.5 && case.noticed_at == Use::Birth, "{}", case.probability);
    assert!(case.evidence.iter().any(|s| s.field == "mother_name" && s.bits > 3.0));
    for (person, cases_of) in [(born.person, 1), (again.person, 1), (twin.person, 0)] {
        let receiver = settling(Role::Receiver, 4);
        let open = done!(world, |tx| cases::case_notice(tx, &receiver, person)).unwrap();
        assert_eq!(open.len(), cases_of);
        assert!(open.iter().all(|c| !c.may_read), "a receiver sees that there is one, no more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_officers_make_two_records_one_and_a_head_makes_them_two_again() {
    let world = World::with_people().await;
    let [chi, again] = twice(&world).await;
    let everybody = people(&world).await;
    let before = all(&world, &everybody).await;
    let id = noticed(&world, again, chi).await;
    let view = read(&world, id).await;
    let preview = view.previews.iter().find(|p| p.keep == chi).unwrap();
    assert_eq!((preview.refused, preview.ties, preview.residences_ended), (None, 2, 1));
    merged(&world, id, chi).await.unwrap();
    check(&world).await;

    assert_eq!(world.person("001190000099").await, chi, "her other number leads to her");
    assert_eq!(
        shown(&record(&world, again).await),
        shown(&record(&world, chi).await),
        "and so does the old id"
    );
    let kin: Vec<String> = record(&world, chi).await.kin.iter().map(|k| k.relation.clone()).collect();
    assert_eq!(kin, ["father", "spouse"]);
    let dung = world.person("001088000004").await;
    let spouse =
        record(&world, dung).await.kin.iter().find(|k| k.relation == "spouse").and_then(|k| k.person);
    assert_eq!(spouse, Some(chi), "the husband's record follows");
    let child = world.person("001226000098").await;
    let home = record(&world, child).await;
    assert_eq!(home.residences[0].relation.as_deref(), Some("head"), "the household has a head again");
    let said = world.load("later", "x9,,Nobody,,,,,,,,,,,,,,,,\n").await;
    assert_eq!(said.rejected, 1);

    let view = read(&world, id).await;
    assert_eq!(view.case.state, State::Merged);
    let [a, b] = &view.records;
    assert_eq!(
        [a.value(Item::Number), b.value(Item::Number)].into_iter().flatten().count(),
        2,
        "both as they were"
    );
    let steps: Vec<StepKind> = view.steps.iter().map(|s| s.kind).collect();
    assert_eq!(steps, [StepKind::Found, StepKind::ProposedMerge, StepKind::Merged]);

    undone(&world, id).await.unwrap();
    check(&world).await;
    assert_same(&all(&world, &everybody).await, &before);
    assert_eq!(world.person("001190000099").await, again);
    assert_eq!(case(&world, id).await.state, State::Open);
    let log = audit_bodies(&world.db.store).await;
    for person in [chi, again] {
        for action in ["registry.case_propose", "registry.person_merge", "registry.merge_undo"] {
            let seen = log.iter().any(|b| {
                b.contains(action) && b.contains(&person.to_string()) && b.contains("resolve_duplicate")
            });
            assert!(seen, "{action} in the log of {person}");
        }
    }
}

pub fn assert_same(now: &[String], before: &[String]) {
    for (now, before) in now.iter().zip(before) {
        assert_eq!(now, before);
    }
}

pub async fn people(world: &World) -> Vec<PersonId> {
    let connection = world.db.store.connection().await.unwrap();
    let rows =
        connection.query("SELECT person_id FROM registry.person ORDER BY person_id", &[]).await.unwrap();
    rows.iter().map(|row| PersonId(row.get(0))).collect()
}

pub async fn all(world: &World, people: &[PersonId]) -> Vec<String> {
    let mut records = Vec::new();
    for person in people {
        records.push(shown(&record(world, *person).await));
    }
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn later_changes_stay_with_the_one_who_stayed_and_the_other_comes_back_as_it_was() {
    let world = World::with_people().await;
    let [chi, again] = twice(&world).await;
    let before = shown(&record(&world, again).await);
    let id = noticed(&world, chi, again).await;
    merged(&world, id, chi).await.unwrap();
    let nation = world.nation.as_ref();
    let change = ItemCorrection {
        person: chi,
        item: Item::Name,
        value: Some("Nguyễn Thị Kim Chi".to_owned()),
        ..correction(chi)
    };
    done!(world, |tx| ops::item_correct(tx, &deciding(), nation, &change)).unwrap();
    let dung = world.person("001088000004").await;
    let parted = done!(world, |tx| ops::divorce_register(tx, &deciding(), chi, Some(dung), TODAY, &basis()));
    parted.unwrap();
    undone(&world, id).await.unwrap();
    check(&world).await;
    assert_eq!(record(&world, chi).await.value(Item::Name), Some("Nguyễn Thị Kim Chi"));
    assert!(record(&world, chi).await.kin.iter().all(|k| k.relation != "spouse"));
    let now = record(&world, again).await;
    assert_eq!(now.value(Item::Name), Some("Nguyễn Thị Chi"));
    assert!(now.kin.iter().all(|k| k.relation != "spouse"), "the divorce holds for both");
    let mut without: serde_json::Value = serde_json::from_str(&before).unwrap();
    without["kin"].as_array_mut().unwrap().retain(|k| k["relation"] != "spouse");
    let mut now: serde_json::Value = serde_json::from_str(&shown(&now)).unwrap();
    assert_eq!(record(&world, again).await.value(Item::MaritalStatus), Some("divorced"));
    for list in ["items", "household"] {
        now[list] = serde_json::Value::Null;
        without[list] = serde_json::Value::Null;
    }
    assert_eq!(now, without, "everything else as it was");
}

fn correction(person: PersonId) -> ItemCorrection {
    ItemCorrection {
        person,
        item: Item::Name,
        value: None,
        since: None,
        reason: "Ghi sai khi nhập".to_owned(),
        document: None,
        source: Source::Population,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_settles_alone_nobody_else_s_case_and_nobody_twice() {
    let world = World::with_people().await;
    let [chi, again] = twice(&world).await;
    let id = noticed(&world, chi, again).await;
    let one = settling(Role::Decider, 1);
    let what = Proposed::Merge { keep: chi };
    let receiver = settling(Role::Receiver, 4);
    assert_eq!(
        code(done!(world, |tx| cases::case_propose(tx, &receiver, id, 1, what, "x"))),
        "registry.forbidden"
    );
    assert_eq!(code(done!(world, |tx| cases::case_propose(tx, &one, id, 1, what, " "))), "registry.invalid");
    assert_eq!(code(done!(world, |tx| cases::case_confirm(tx, &one, id, 1, "x"))), "registry.case_state");
    done!(world, |tx| cases::case_propose(tx, &one, id, 1, what, "Cùng người")).unwrap();
    assert_eq!(code(done!(world, |tx| cases::case_confirm(tx, &one, id, 2, "x"))), "registry.case_four_eyes");
    assert_eq!(code(done!(world, |tx| cases::case_refuse(tx, &one, id, 2, "x"))), "registry.case_four_eyes");
    let other = settling(Role::Decider, 2);
    assert_eq!(
        code(done!(world, |tx| cases::case_confirm(tx, &other, id, 1, "x"))),
        "store.conflict",
        "what they saw is old"
    );
    done!(world, |tx| cases::case_refuse(tx, &other, id, 2, "Khác ngày sinh trên giấy")).unwrap();
    assert_eq!(case(&world, id).await.state, State::Open);

    let elsewhere = Access::new(
        &Actor {
            who: Who::Staff {
                agency: contracts::AgencyId::new("CA-X-00070"),
                role: Role::Head,
                name: "Trưởng".to_owned(),
            },
            ..officer(Role::Head)
        },
        Purpose::RESOLVE_DUPLICATE,
    );
    assert_eq!(code(done!(world, |tx| cases::case_read(tx, &elsewhere, id))), "registry.no_such_case");

    done!(world, |tx| cases::case_propose(tx, &one, id, 3, Proposed::Distinct, "Hai người")).unwrap();
    done!(world, |tx| cases::case_confirm(tx, &other, id, 4, "Đúng")).unwrap();
    noticed(&world, chi, again).await;
    assert_eq!(case(&world, id).await.state, State::Distinct, "what was settled stays settled");
    assert_eq!(code(done!(world, |tx| cases::case_reopen(tx, &other, id, 5, "x"))), "registry.forbidden");
    let head = settling(Role::Head, 3);
    done!(world, |tx| cases::case_reopen(tx, &head, id, 5, "Có giấy tờ mới")).unwrap();
    assert_eq!(case(&world, id).await.state, State::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_officers_at_once_one_settles_and_the_other_is_told() {
    let world = World::with_people().await;
    let [chi, again] = twice(&world).await;
    let id = noticed(&world, chi, again).await;
    let (one, two, three) = (settling(Role::Decider, 1), settling(Role::Decider, 2), settling(Role::Head, 3));
    done!(world, |tx| cases::case_propose(tx, &one, id, 1, Proposed::Merge { keep: chi }, "Cùng người"))
        .unwrap();
    let (mut a, mut b) = (world.begin().await, world.begin().await);
    let first = cases::case_confirm(&mut a, &two, id, 2, "Đúng").await;
    a.finish(first).await.unwrap();
    let second = cases::case_refuse(&mut b, &three, id, 2, "Sai").await;
    let second = b.finish(second).await;
    assert_eq!(second.unwrap_err().code(), "store.conflict");
    assert_eq!(case(&world, id).await.state, State::Merged);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_one_person_is_refused() {
    let world = World::with_people().await;
    let [an, chi, cu] = [
        world.person("001065000001").await,
        world.person("001190000003").await,
        world.person("001045000005").await,
    ];
    let id = noticed(&world, an, chi).await;
    assert_eq!(code(merged(&world, id, chi).await), "registry.are_related");
    let dung = world.person("001088000004").await;
    let id = noticed(&world, dung, cu).await;
    assert_eq!(code(merged(&world, id, dung).await), "registry.one_is_dead");

    let [chi, again] = twice(&world).await;
    let id = noticed(&world, chi, again).await;
    merged(&world, id, chi).await.unwrap();
    let act = done!(world, |tx| ops::number_cancel(tx, &deciding(), again, TODAY, &basis()));
    assert_eq!(code(act), "registry.merged_away", "acts are done on the record that stays");
    let third = noticed(&world, chi, dung).await;
    assert_ne!(code(merged(&world, third, dung).await), "done", "who has taken in others does not give way");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_follows_every_change() {
    let world = World::with_people().await;
    let rows = "s1,001170000077,Phan Thị Sương,female,1970-07-07,,01,,,,h7,head,00004,Tổ 1,2000-01-01,,,,\n";
    world.load("suong", rows).await;
    let suong = world.person("001170000077").await;
    let nation = world.nation.as_ref();
    let asked = |name: &str, born: &str, home: Option<&str>| Facts {
        name: name.to_owned(),
        birth_date: Some(born.to_owned()),
        sex: Some("female".to_owned()),
        home_town: home.map(str::to_owned),
        commune: Some("00008".to_owned()),
        ..Facts::default()
    };
    let here = |facts: Facts| {
        let world = &world;
        async move {
            let found = done!(world, |tx| cases::person_is_here(
                tx,
                &deciding(),
                nation,
                &facts,
                Use::Enrolment,
                None
            ));
            found.unwrap().into_iter().map(|c| c.person).collect::<Vec<PersonId>>()
        }
    };
    assert_eq!(here(asked("PHAN THI SUONG", "1970-07-07", None)).await, [suong]);
    assert_eq!(here(asked("Phan Thị Mơ", "1985-01-01", None)).await, []);
    for (item, value) in [(Item::HomeTown, "00070"), (Item::Name, "Phan Thị Thu Sương")] {
        let change = ItemCorrection { item, value: Some(value.to_owned()), ..correction(suong) };
        done!(world, |tx| ops::item_correct(tx, &deciding(), nation, &change)).unwrap();
    }
    assert_eq!(
        here(asked("Phan Sương", "1970-07-07", Some("00070"))).await,
        [suong],
        "under the new home town"
    );
    let connection = world.db.store.connection().await.unwrap();
    let sql = "SELECT link_name, link_birth FROM registry.person WHERE person_id = $1";
    let row = connection.query_one(sql, &[&suong.0]).await.unwrap();
    assert!(row.get::<_, Option<i64>>(0).is_some() && row.get::<_, Option<i64>>(1).is_some());
}

/// Any two people who can be merged are, and are two again: nobody's record is other than before.
#[tokio::test(flavor = "multi_thread")]
async fn to_merge_and_to_undo_is_to_do_nothing() {
    let world = World::with_people().await;
    twice(&world).await;
    let everybody = people(&world).await;
    let chance = base::SeededEntropy::new(12);
    let draw = || {
        let mut byte = [0];
        chance.fill(&mut byte);
        usize::from(byte[0]) % everybody.len()
    };
    let mut merges = 0;
    while merges < 12 {
        let (one, other) = (everybody[draw()], everybody[draw()]);
        if one == other {
            continue;
        }
        let before = all(&world, &everybody).await;
        let id = noticed(&world, one, other).await;
        if merged(&world, id, one).await.is_err() {
            continue;
        }
        merges += 1;
        check(&world).await;
        undone(&world, id).await.unwrap();
        check(&world).await;
        assert_same(&all(&world, &everybody).await, &before);
    }
}

/// What a second office has of the same people: some rows new, some of people who are there, badly written, without numbers.
#[tokio::test(flavor = "multi_thread")]
async fn a_messy_second_register_joins_whom_it_may_and_leaves_the_doubtful_to_officers() {
    let world = World::new().await;
    let (second, truth) = second_register(&world, 1_500).await;
    let connection = world.db.store.connection().await.unwrap();
    let joined: Vec<(String, String)> = connection
        .query(
            "SELECT s.key, o.key FROM registry.source_claim s JOIN registry.source_claim o USING (person_id)
            WHERE s.source = 'second' AND o.source = 'first'",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    let cases: Vec<(String, String)> = connection
        .query(
            "SELECT s.key, o.key FROM registry.duplicate_case c
            JOIN registry.source_claim s ON s.person_id IN (c.person_id, c.other_id) AND s.source = 'second'
            JOIN registry.source_claim o ON o.person_id IN (c.person_id, c.other_id) AND o.source = 'first'",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    let is_right = |(line, person): &&(String, String)| truth.get(line) == Some(person);
    let right = |pairs: &[(String, String)]| pairs.iter().filter(is_right).count();
    let seen: BTreeSet<&String> =
        joined.iter().chain(&cases).filter(is_right).map(|(line, _)| line).collect();
    let (right_joined, right_cases) = (right(&joined), right(&cases));
    println!(
        "{second} rows of people who are there: {} joined by themselves ({right_joined} rightly), {} cases ({right_cases} rightly), {} seen",
        joined.len(),
        cases.len(),
        seen.len()
    );
    assert_eq!(right_joined, joined.len(), "nobody is joined with somebody else");
    assert!(joined.len() * 10 >= second * 3, "three in ten need no officer");
    assert!(seen.len() * 100 >= second * 97, "recall");
    assert!(right_cases * 100 >= cases.len() * 80, "precision of what officers are asked to look at");
}

/// Loads clean people as `first`, then a messy copy of every third of them as `second`; gives how many of those rows kept
/// the rules of a file, and by the truth file whose each row is.
async fn second_register(world: &World, count: u64) -> (usize, BTreeMap<String, String>) {
    let options = synth::Options { seed: 91, count, today: TODAY };
    let places = crate::import::places();
    let mut clean = synth::Sheet::new(Vec::new()).unwrap();
    let mut messy = synth::MessySheet::new(&options, 0.6, &[], Vec::new(), Vec::new()).unwrap();
    for person in synth::People::new(options, &places).unwrap() {
        clean.write(&person).unwrap();
        messy.write(&person).unwrap();
    }
    let clean = clean.finish().unwrap();
    let (messy, told, _) = messy.finish().unwrap();
    let mut truth: BTreeMap<String, String> = BTreeMap::new();
    for line in csv::Reader::from_reader(&*told).records() {
        let line = line.unwrap();
        truth.insert(format!("B-{}", &line[0]), line[1].to_owned());
    }
    let column = |name: &str| synth::HEADER.iter().position(|h| *h == name).unwrap();
    let (key, synthetic, number, old, household) = (
        column("source_key"),
        column("synthetic"),
        column("number"),
        column("old_number"),
        [column("household_key"), column("household_relation")],
    );
    let kin: Vec<usize> = (0..synth::HEADER.len())
        .filter(|n| {
            synth::HEADER[*n].ends_with("_number") && ![number, old, column("paper_number")].contains(n)
        })
        .collect();
    let (mut out, mut seen) = (csv::Writer::from_writer(Vec::new()), BTreeSet::new());
    out.write_record(synth::HEADER).unwrap();
    for record in csv::Reader::from_reader(&*messy).records() {
        let record = record.unwrap();
        let at = seen.len();
        if !seen.insert(record[key].to_owned()) || at % 3 != 0 {
            continue;
        }
        let mut row: Vec<String> = record.iter().map(str::to_owned).collect();
        row[key] = format!("B-{}", &record[key]);
        truth.entry(row[key].clone()).or_insert_with(|| record[key].to_owned());
        row[synthetic] = String::new();
        // The second office keeps no personal numbers, only old cards; everybody there has one of some kind.
        row[number] = String::new();
        if row[old].is_empty() {
            row[old] = format!("{:09}", 900_000_000 + at);
        }
        for empty in household.iter().chain(&kin) {
            row[*empty] = String::new();
        }
        out.write_record(&row).unwrap();
    }
    let messy = out.into_inner().unwrap();
    let nation = || std::sync::Arc::clone(&world.nation) as std::sync::Arc<dyn contracts::ports::Nation>;
    for (source, file) in [("first", clean), ("second", messy)] {
        let duplicates = source == "second";
        let rejects = world.folder.path().join(format!("{source}.rejects.csv"));
        let options = registry::import::Options {
            duplicates,
            batch_rows: 100,
            ..registry::import::Options::new(source, rejects)
        };
        registry::import::run(&world.db.store, nation(), std::io::Cursor::new(file), &options, |_| {})
            .await
            .unwrap();
    }
    let connection = world.db.store.connection().await.unwrap();
    let rows =
        connection.query("SELECT key FROM registry.source_claim WHERE source = 'second'", &[]).await.unwrap();
    let known = rows.iter().filter(|row| truth.contains_key(row.get::<_, &str>(0))).count();
    (known, truth)
}
