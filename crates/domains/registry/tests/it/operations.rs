use std::sync::Arc;

use base::Fault;
use contracts::{
    Access, CommuneCode, Purpose, Role,
    ports::{IdentityClaim, Register, ResidenceKind},
};
use forms::{Fact, Value};
use jiff::{SignedDuration, civil::date};
use registry::{
    Registry, RegistryError,
    model::{Item, Source},
    ops::{self, ItemCorrection, Record, Search},
};

use crate::world::{World, audit_bodies, commit, move_to, officer};

const TODAY: jiff::civil::Date = date(2026, 11, 20);

fn deciding() -> Access {
    Access::new(&officer(Role::Decider), Purpose::DECIDE_DOSSIER)
}

async fn facts(world: &World, number: &str, wanted: &[Fact]) -> forms::Person {
    let person = world.person(number).await;
    let mut tx = world.begin().await;
    let facts = ops::person_facts(&mut tx, &deciding(), person, wanted).await;
    tx.finish(facts).await.unwrap()
}

fn text(person: &forms::Person, fact: Fact) -> String {
    person.value(fact, TODAY).text().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_wanted_facts_are_given_with_their_source() {
    let world = World::with_people().await;
    let chi = facts(&world, "001190000003", Fact::ALL).await;
    assert_eq!(text(&chi, Fact::Name), "Nguyễn Thị Chi");
    assert_eq!(text(&chi, Fact::Ethnicity), "Kinh");
    assert_eq!(text(&chi, Fact::PermanentCommune), "00004");
    assert_eq!(text(&chi, Fact::HouseholderName), "Nguyễn Văn An");
    assert_eq!(text(&chi, Fact::HouseholderNumber), "001065000001");
    assert_eq!(text(&chi, Fact::RelationToHouseholder), "child");
    assert_eq!(chi.value(Fact::HouseholdSize, TODAY), Value::Int(3));
    assert_eq!(chi.value(Fact::IsHouseholder, TODAY), Value::Bool(false));
    assert_eq!(chi.value(Fact::Age, TODAY), Value::Int(36));
    assert_eq!(chi.value(Fact::Living, TODAY), Value::Bool(true));
    assert_eq!(chi.value(Fact::PermanentSince, TODAY), Value::Date(date(2000, 1, 1)));
    let source = chi.provenance(Fact::Name).unwrap();
    assert_eq!(source.source.vi, "Cơ sở dữ liệu quốc gia về dân cư");
    assert_eq!(source.confirmed_on, Some(TODAY));

    let dung = facts(&world, "001088000004", &[Fact::TemporaryUntil, Fact::CurrentCommune]).await;
    assert_eq!(dung.value(Fact::TemporaryUntil, TODAY), Value::Date(date(2027, 1, 9)));
    assert_eq!(text(&dung, Fact::CurrentCommune), "00004");
    assert!(dung.value(Fact::Name, TODAY).is_missing(), "not asked, not given");
    let named = r#""fields":["temporary_until","current_commune"]"#;
    assert!(audit_bodies(&world.db.store).await.iter().any(|b| b.contains(named)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_matches_or_not_and_both_are_logged() {
    let world = World::with_people().await;
    let registry = Registry { nation: world.nation.clone() };
    let an = world.person("001065000001").await;
    for (name, born, expected) in [
        ("NGUYEN VAN AN", "1965-02-03", Some(an)),
        ("Nguyễn Văn An", "1965-03-02", None),
        ("Nguyễn Văn Anh", "1965-02-03", None),
    ] {
        let claim = IdentityClaim {
            number: "001065000001".parse().unwrap(),
            name: base::PersonName::new(name).unwrap(),
            birth_date: born.parse().unwrap(),
        };
        let mut tx = world.begin().await;
        let access = Access::system(Purpose::SIGN_IN);
        assert_eq!(registry.matches(&mut tx, &access, &claim).await.unwrap(), expected, "{name}");
        commit(tx).await;
    }
    let entries = audit_bodies(&world.db.store).await;
    let about_an = format!(r#""subject":"{an}""#);
    assert_eq!(
        entries.iter().filter(|b| b.contains("registry.person_match") && b.contains(&about_an)).count(),
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn officers_find_people_by_name_with_birth_date_or_commune() {
    let world = World::with_people().await;
    let find = async |name: &str, born: Option<&str>, commune: Option<&str>| {
        let search = Search {
            name: name.to_owned(),
            birth_date: born.map(|b| b.parse().unwrap()),
            commune: commune.map(CommuneCode::new),
        };
        let mut tx = world.begin().await;
        let found = ops::person_find(&mut tx, &deciding(), &search).await;
        tx.finish(found).await.map(|(hits, _)| hits.into_iter().map(|h| h.name).collect::<Vec<_>>())
    };
    assert_eq!(find("dang van dung", Some("1988-08-08"), None).await.unwrap(), ["Đặng Văn Dũng"]);
    assert_eq!(
        find("tran thi binh", Some("1968-04-01"), None).await.unwrap(),
        ["Trần Thị Bình"],
        "year only"
    );
    assert_eq!(
        find("Bình Trần", None, Some("00004")).await.unwrap(),
        ["Trần Thị Bình"],
        "any order of words"
    );
    assert_eq!(find("nguyen", None, Some("00004")).await.unwrap().len(), 2);
    assert!(find("nguyen van an", Some("1990"), None).await.unwrap().is_empty());
    assert!(matches!(find("nguyen van an", None, None).await, Err(RegistryError::SearchTooWide)));
    assert!(matches!(find(" ", None, Some("00004")).await, Err(RegistryError::Invalid(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_move_ends_the_old_residence_and_the_temporary_one_at_that_place() {
    let world = World::with_people().await;
    let dung = world.person("001088000004").await;
    let an = world.person("001065000001").await;
    let mut change = move_to(dung, ResidenceKind::Permanent, "00004", "số 9");
    change.householder = Some(an);
    change.relation = Some("other".to_owned());
    world.db.clock.advance(SignedDuration::from_hours(1));
    let registry = Registry { nation: world.nation.clone() };
    let mut tx = world.begin().await;
    registry.apply(&mut tx, &deciding(), &change).await.unwrap();
    commit(tx).await;

    let now = facts(&world, "001088000004", Fact::ALL).await;
    assert_eq!(text(&now, Fact::PermanentCommune), "00004");
    assert!(now.value(Fact::TemporaryCommune, TODAY).is_missing());
    assert_eq!(text(&now, Fact::HouseholderName), "Nguyễn Văn An");
    assert_eq!(now.value(Fact::HouseholdSize, TODAY), Value::Int(4));
    assert_eq!(now.provenance(Fact::PermanentCommune).unwrap().source.vi, "Cơ sở dữ liệu về cư trú");

    // What was known before the move stays what was known.
    let known_before = world.now() - SignedDuration::from_mins(30);
    let before = record(&world, dung, TODAY, known_before).await;
    assert_eq!(before.residences.iter().map(|r| r.commune.as_str()).collect::<Vec<_>>(), ["00070", "00004"]);
    let then = record(&world, dung, date(2026, 6, 1), world.now()).await;
    assert_eq!(
        then.residences.iter().map(|r| (r.kind, r.last_day)).collect::<Vec<_>>(),
        [("permanent", Some(date(2026, 11, 19))), ("temporary", Some(date(2026, 11, 19))),]
    );

    let connection = world.db.store.connection().await.unwrap();
    let event = connection
        .query_one("SELECT string_agg(topic || ' ' || coalesce(payload->>'items', payload->>'kind'), '; ' ORDER BY topic) FROM store.outbox", &[])
        .await
        .unwrap();
    let said = r#"registry.life_event permanent_residence; registry.record_changed ["permanent_residence", "temporary_residence"]"#;
    assert_eq!(event.get::<_, &str>(0), said);
}

async fn record(
    world: &World,
    person: contracts::PersonId,
    day: jiff::civil::Date,
    known: jiff::Timestamp,
) -> Record {
    let mut tx = world.begin().await;
    let record = ops::person_as_of(&mut tx, &deciding(), person, day, known).await;
    tx.finish(record).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_moves_together_into_the_household_that_its_first_member_founds() {
    let world = World::with_people().await;
    let (an, chi) = (world.person("001065000001").await, world.person("001190000003").await);
    let head = move_to(an, ResidenceKind::Permanent, "00008", "Tổ 7");
    let mut child = move_to(chi, ResidenceKind::Permanent, "00008", "Tổ 7");
    child.householder = Some(an);
    child.relation = Some("child".to_owned());
    let mut tx = world.begin().await;
    for change in [head, child] {
        ops::residence_register(&mut tx, &deciding(), world.nation.as_ref(), &change).await.unwrap();
    }
    commit(tx).await;
    let chi = facts(&world, "001190000003", Fact::ALL).await;
    assert_eq!(text(&chi, Fact::HouseholderNumber), "001065000001");
    assert_eq!(chi.value(Fact::HouseholdSize, TODAY), Value::Int(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_may_move_together_on_a_day_that_lies_ahead() {
    let world = World::with_people().await;
    let (an, chi) = (world.person("001065000001").await, world.person("001190000003").await);
    let ahead = |person| contracts::ports::RecordChange {
        from: "2026-12-01".parse().unwrap(),
        ..move_to(person, ResidenceKind::Temporary, "00070", "Tổ 7")
    };
    let with_head = contracts::ports::RecordChange {
        householder: Some(an),
        relation: Some("child".to_owned()),
        ..ahead(chi)
    };
    let mut tx = world.begin().await;
    for change in [ahead(an), with_head] {
        ops::residence_register(&mut tx, &deciding(), world.nation.as_ref(), &change).await.unwrap();
    }
    commit(tx).await;

    // Until that day it is coming; from then on it is where they live.
    let begins = date(2026, 12, 1);
    for (day, here, coming) in [(TODAY, 0, 1), (begins, 1, 0)] {
        let seen = record(&world, chi, day, world.now()).await;
        let temporary = |of: &[ops::ResidenceEntry]| of.iter().filter(|r| r.kind == "temporary").count();
        assert_eq!((temporary(&seen.residences), temporary(&seen.coming)), (here, coming), "{day}");
    }
    let before = record(&world, chi, TODAY, world.now() - SignedDuration::from_hours(1)).await;
    assert!(before.coming.is_empty(), "nobody knew of it then");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_law_does_not_allow_is_refused_with_its_reason() {
    let world = World::with_people().await;
    let [an, chi, dung, cu] = [
        world.person("001065000001").await,
        world.person("001190000003").await,
        world.person("001088000004").await,
        world.person("001045000005").await,
    ];
    let temporary = |person, commune| move_to(person, ResidenceKind::Temporary, commune, "Tổ 5");
    let with_host = |mut change: contracts::ports::RecordChange, host| {
        change.householder = Some(host);
        change
    };
    for (change, code) in [
        (temporary(cu, "00008"), "registry.not_living"),
        (temporary(an, "00006"), "registry.commune_not_in_force"),
        (temporary(an, "00004"), "registry.temporary_in_own_commune"),
        (with_host(temporary(an, "00070"), chi), "registry.not_householder"),
        (with_host(temporary(an, "00008"), dung), "registry.householder_elsewhere"),
        (with_host(temporary(dung, "00008"), dung), "registry.householder_is_self"),
        (move_to(an, ResidenceKind::Permanent, "00004", "SỐ 1 PHỐ HUẾ"), "registry.already_resident"),
        (move_to(an, ResidenceKind::Permanent, "00008", " "), "registry.invalid"),
    ] {
        let mut tx = world.begin().await;
        let refused = ops::residence_register(&mut tx, &deciding(), world.nation.as_ref(), &change).await;
        let error = tx.finish(refused).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_officers_at_once_one_is_told_that_the_other_was_first() {
    let world = World::with_people().await;
    let chi = world.person("001190000003").await;
    let nation = world.nation.clone();
    let moves = async move |mut tx: store::Tx, commune| {
        let change = move_to(chi, ResidenceKind::Permanent, commune, "Tổ 1");
        let done = ops::residence_register(&mut tx, &deciding(), nation.as_ref(), &change).await;
        (tx, done)
    };
    let (first, done) = moves(world.begin().await, "00070").await;
    done.unwrap();
    // The second waits for the first, and then learns that it decided on what no longer holds.
    let commit_first = async {
        tokio::time::timeout(std::time::Duration::from_millis(200), std::future::pending::<()>()).await.ok();
        commit(first).await;
    };
    let second = world.begin().await;
    let ((second, lost), ()) = futures::join!(moves(second, "00008"), commit_first);
    let lost = second.finish(lost).await;
    assert!(matches!(lost, Err(RegistryError::Store(store::StoreError::Conflict))));
    assert_eq!(
        text(&facts(&world, "001190000003", &[Fact::PermanentCommune]).await, Fact::PermanentCommune),
        "00070"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_changes_what_we_know_and_not_what_we_knew() {
    let world = World::with_people().await;
    let chi = world.person("001190000003").await;
    let correct = async |item, value: Option<&str>, since| {
        let correction = ItemCorrection {
            person: chi,
            item,
            value: value.map(str::to_owned),
            since,
            reason: "Theo giấy khai sinh".to_owned(),
            document: Some("123/2026".to_owned()),
            source: Source::CivilStatus,
        };
        world.db.clock.advance(SignedDuration::from_hours(1));
        let mut tx = world.begin().await;
        let done = ops::item_correct(&mut tx, &deciding(), world.nation.as_ref(), &correction).await;
        tx.finish(done).await.map(|()| world.now())
    };
    let loaded = world.now();
    let corrected = correct(Item::BirthDate, Some("1990-07-15"), None).await.unwrap();
    let renamed = correct(Item::Name, Some("Nguyễn Thị Kim Chi"), Some(date(2026, 1, 1))).await.unwrap();
    let again = correct(Item::Name, Some("Nguyễn Kim Chi"), Some(date(2026, 6, 1))).await.unwrap();

    let value =
        async |item, day, known| record(&world, chi, day, known).await.value(item).unwrap_or("").to_owned();
    assert_eq!(value(Item::BirthDate, TODAY, loaded).await, "1990-05-17");
    assert_eq!(value(Item::BirthDate, TODAY, corrected).await, "1990-07-15");
    assert_eq!(
        value(Item::BirthDate, date(2000, 1, 1), corrected).await,
        "1990-07-15",
        "it was wrong all along"
    );
    assert_eq!(value(Item::Name, TODAY, corrected).await, "Nguyễn Thị Chi");
    assert_eq!(value(Item::Name, TODAY, renamed).await, "Nguyễn Thị Kim Chi");
    assert_eq!(value(Item::Name, date(2025, 12, 31), again).await, "Nguyễn Thị Chi");
    assert_eq!(value(Item::Name, date(2026, 3, 1), again).await, "Nguyễn Thị Kim Chi");
    assert_eq!(value(Item::Name, TODAY, again).await, "Nguyễn Kim Chi");

    let mut tx = world.begin().await;
    let record = ops::person_record(&mut tx, &deciding(), chi).await;
    let record = tx.finish(record).await.unwrap();
    let name = record.items.iter().find(|i| i.item == Item::Name).unwrap();
    assert_eq!(name.origin.source, Source::CivilStatus.text());
    assert_eq!(name.origin.document.as_deref(), Some("123/2026"));
    assert_eq!(
        record.kin.iter().map(|k| (k.relation.as_str(), k.name.as_deref())).collect::<Vec<_>>(),
        [("father", Some("Nguyễn Văn An"))]
    );

    // The search follows the name.
    let search = Search {
        name: "nguyen kim chi".to_owned(),
        birth_date: Some("1990-07-15".parse().unwrap()),
        commune: None,
    };
    let mut tx = world.begin().await;
    let found = ops::person_find(&mut tx, &deciding(), &search).await;
    assert_eq!(tx.finish(found).await.unwrap().0.len(), 1);

    let code = async |item, value, since| correct(item, value, since).await.unwrap_err().code();
    assert_eq!(code(Item::Name, Some("Nguyễn Kim Chi"), None).await, "registry.nothing_to_correct");
    assert_eq!(code(Item::Number, Some("001190000009"), None).await, "registry.not_correctable");
    assert_eq!(code(Item::Name, None, None).await, "registry.invalid");
    assert_eq!(code(Item::Sex, Some("x"), None).await, "registry.invalid");
    assert_eq!(code(Item::Phone, Some("0912345678"), Some(date(2027, 1, 1))).await, "registry.invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_without_the_right_are_turned_away_before_anything_is_read() {
    let world = World::with_people().await;
    let chi = world.person("001190000003").await;
    let auditor = Access::new(&officer(Role::Auditor), Purpose::AUDIT);
    let before = audit_bodies(&world.db.store).await.len();
    let mut tx = world.begin().await;
    let refused = ops::person_record(&mut tx, &auditor, chi).await;
    assert_eq!(tx.finish(refused).await.err().map(|e| e.code()), Some("registry.forbidden"));
    assert_eq!(audit_bodies(&world.db.store).await.len(), before);
    let nation: Arc<dyn contracts::ports::Nation> = world.nation.clone();
    let number = "001190000003".parse().unwrap();
    let mut tx = world.begin().await;
    let refused = Registry { nation }.person_by_number(&mut tx, &auditor, &number).await;
    assert_eq!(refused.unwrap_err().code(), "registry.forbidden");
}
