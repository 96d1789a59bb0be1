//! Foreigners enter the record with their papers, once.

use base::{Fault, PersonName, Sex};
use contracts::{
    Access, PersonId, Purpose, Role,
    ports::{
        ForeignerAlike, ForeignerEntered, ForeignerEntry, ForeignerKey, Judged, NewForeigner, ResidenceCard,
    },
};
use forms::Fact;
use jiff::civil::date;
use registry::{
    RegistryError,
    duplicates::{CaseId, State, ops as duplicates},
    ops::{self, Basis},
};

use crate::world::{World, audit_bodies, officer};

fn smith() -> NewForeigner {
    NewForeigner {
        name: PersonName::new("JOHN O'BRIEN SMITH").unwrap(),
        birth_date: date(1985, 4, 2),
        sex: Sex::Male,
        nationality: "GBR".into(),
        passport_number: "533380006".into(),
        passport_until: date(2031, 1, 1),
        earlier_passport: None,
        card_kind: ResidenceCard::Temporary,
        card_number: "NG1234567".into(),
        card_from: date(2025, 6, 1),
        card_until: date(2027, 5, 31),
        number: "9000000000018".into(),
        judged: Judged::NotYet,
    }
}

/// Years later: a new passport, a new card.
fn again() -> NewForeigner {
    NewForeigner {
        passport_number: "611170001".into(),
        passport_until: date(2036, 1, 1),
        card_number: "NG7654321".into(),
        card_from: date(2026, 11, 1),
        card_until: date(2028, 10, 31),
        number: "9000000000026".into(),
        ..smith()
    }
}

fn named(new: NewForeigner, name: &str) -> NewForeigner {
    NewForeigner { name: PersonName::new(name).unwrap(), ..new }
}

fn same(new: NewForeigner, person: PersonId) -> NewForeigner {
    NewForeigner { judged: Judged::Same(person), ..new }
}

fn another(new: NewForeigner, than: &[PersonId], reason: &str) -> NewForeigner {
    let judged = Judged::Another { than: than.to_vec(), reason: reason.into() };
    NewForeigner { judged, ..new }
}

fn by(role: Role) -> Access {
    Access::new(&officer(role), Purpose::RAISE_LEVEL)
}

async fn asked(world: &World, role: Role, new: &NewForeigner) -> Result<ForeignerEntry, RegistryError> {
    let mut tx = world.begin().await;
    let entered = ops::foreigner_enter(&mut tx, &by(role), world.nation.as_ref(), new).await;
    tx.finish(entered).await
}

/// None where somebody was shown, or a paper was another's.
async fn enter(
    world: &World,
    role: Role,
    new: &NewForeigner,
) -> Result<Option<ForeignerEntered>, RegistryError> {
    Ok(match asked(world, role, new).await? {
        ForeignerEntry::Entered(entered) => Some(entered),
        ForeignerEntry::Alike(_) | ForeignerEntry::Other(_) => None,
    })
}

async fn entered(world: &World, new: &NewForeigner) -> ForeignerEntered {
    enter(world, Role::Decider, new).await.unwrap().unwrap()
}

/// Who was shown; nobody where the person was entered or a paper was another's.
async fn alike(world: &World, new: &NewForeigner) -> Vec<ForeignerAlike> {
    match asked(world, Role::Decider, new).await.unwrap() {
        ForeignerEntry::Alike(shown) => shown,
        ForeignerEntry::Entered(_) | ForeignerEntry::Other(_) => Vec::new(),
    }
}

async fn other(world: &World, new: &NewForeigner) -> &'static str {
    match asked(world, Role::Decider, new).await.unwrap() {
        ForeignerEntry::Other(field) => field,
        _ => "",
    }
}

async fn find(world: &World, key: ForeignerKey) -> Option<PersonId> {
    let mut tx = world.begin().await;
    let found = ops::foreigner_find(&mut tx, &by(Role::Receiver), &key).await;
    tx.finish(found).await.unwrap()
}

fn passport(country: &str, number: &str) -> ForeignerKey {
    ForeignerKey::Passport { country: country.into(), number: number.into() }
}

#[tokio::test]
async fn a_foreigner_has_papers_and_an_identification_number_and_no_personal_number() {
    let world = World::new().await;
    assert!(enter(&world, Role::Receiver, &smith()).await.is_err(), "a receiver changes no record");
    let entered = enter(&world, Role::Decider, &smith()).await.unwrap().unwrap();
    assert_eq!(entered.number, "9000000000018");
    let mut tx = world.begin().await;
    let record = ops::person_record(&mut tx, &by(Role::Decider), entered.person).await.unwrap();
    let papers: Vec<(&str, &str)> =
        record.papers.iter().map(|p| (p.kind.as_str(), p.number.as_str())).collect();
    assert!(papers.contains(&("passport", "533380006")), "{papers:?}");
    assert!(papers.contains(&("temporary_residence_card", "NG1234567")), "{papers:?}");
    let wanted = [Fact::Number, Fact::Name, Fact::Nationality, Fact::Sex];
    let facts = ops::person_facts(&mut tx, &by(Role::Decider), entered.person, &wanted).await.unwrap();
    let value = |fact| facts.value(fact, date(2026, 11, 20)).text();
    assert_eq!((value(Fact::Number), value(Fact::Nationality).as_deref()), (None, Some("GBR")));
    assert_eq!(value(Fact::Name).as_deref(), Some("JOHN O'BRIEN SMITH"));
    let number = ops::foreigner_number(&tx, entered.person).await.unwrap();
    assert_eq!(number.as_deref(), Some("9000000000018"));
}

#[tokio::test]
async fn whoever_comes_again_is_the_same_person_with_the_same_number_and_a_new_card() {
    let world = World::new().await;
    let first = enter(&world, Role::Decider, &smith()).await.unwrap().unwrap();
    let renewed = NewForeigner {
        card_number: "NG7654321".into(),
        card_from: date(2026, 11, 1),
        card_until: date(2028, 10, 31),
        number: "9000000000026".into(),
        ..smith()
    };
    let again = enter(&world, Role::Decider, &renewed).await.unwrap().unwrap();
    assert!(again == first, "one record of each person");
    let same = enter(&world, Role::Decider, &renewed).await.unwrap().unwrap();
    assert!(again.is_news && !same.is_news, "the same papers tell nothing new");
    let mut tx = world.begin().await;
    let record = ops::person_record(&mut tx, &by(Role::Decider), first.person).await.unwrap();
    let cards: Vec<&str> = record
        .papers
        .iter()
        .filter(|p| p.kind == "temporary_residence_card" && p.ended.is_none())
        .map(|p| p.number.as_str())
        .collect();
    assert_eq!(cards, ["NG7654321"], "the card before has ended");
}

#[tokio::test]
async fn a_passport_or_card_of_somebody_else_enters_nobody() {
    let world = World::new().await;
    enter(&world, Role::Decider, &smith()).await.unwrap().unwrap();
    let other = |change: fn(&mut NewForeigner)| {
        let mut new = smith();
        change(&mut new);
        new
    };
    let name = other(|new| new.name = PersonName::new("JANE SMITH").unwrap());
    assert!(enter(&world, Role::Decider, &name).await.unwrap().is_none(), "another name, the same passport");
    let card = other(|new| {
        new.name = PersonName::new("JANE SMITH").unwrap();
        new.passport_number = "999999999".into();
    });
    assert!(enter(&world, Role::Decider, &card).await.unwrap().is_none(), "another passport, the same card");
    let wrong = other(|new| new.nationality = "Anh".into());
    let refused = enter(&world, Role::Decider, &wrong).await.err().unwrap();
    assert_eq!(refused.fields()[0].field, "nationality");
    // The same passport number of another country is another passport.
    let spain = other(|new| {
        new.name = PersonName::new("JUAN PÉREZ").unwrap();
        new.nationality = "ESP".into();
        new.card_number = "NG1111111".into();
        new.number = "9000000000034".into();
    });
    assert!(enter(&world, Role::Decider, &spain).await.unwrap().is_some());
}

#[tokio::test]
async fn with_a_new_passport_nobody_becomes_a_second_person() {
    let world = World::new().await;
    let first = entered(&world, &smith()).await;
    for name in ["JOHN O'BRIEN SMITH", "John OBrien Smith", "SMITH JOHN O'BRIEN", "JOHN O'BRIEN SMYTH"] {
        let shown = alike(&world, &named(again(), name)).await;
        assert_eq!(shown.len(), 1, "{name}");
        let one = &shown[0];
        assert_eq!((one.person, one.name.as_str()), (first.person, "JOHN O'BRIEN SMITH"));
        assert_eq!((one.passport_end.as_deref(), one.living, one.holds_earlier), (Some("006"), true, false));
    }
    assert_eq!(find(&world, passport("GBR", "611170001")).await, None, "nothing was written");
    let log = audit_bodies(&world.db.store).await;
    let entry = log.iter().find(|e| e.contains("registry.foreigner_alike")).unwrap();
    assert!(entry.contains(&first.person.to_string()), "they see it: {entry}");

    let renewed = entered(&world, &same(again(), first.person)).await;
    assert_eq!((renewed.person, renewed.number.as_str()), (first.person, "9000000000018"));
    assert!(renewed.is_news);
    for number in ["533380006", "611170001"] {
        assert_eq!(find(&world, passport("GBR", number)).await, Some(first.person), "{number}");
    }
    let connection = world.db.store.connection().await.unwrap();
    let passports = "SELECT number, valid_to FROM registry.paper
        WHERE kind = 'passport' AND known_to IS NULL ORDER BY number";
    let rows = connection.query(passports, &[]).await.unwrap();
    let passports: Vec<(String, jiff::civil::Date)> = rows.iter().map(|r| (r.get(0), r.get(1))).collect();
    let today = base::vietnam_date(world.now());
    let expected = [("533380006".to_owned(), today), ("611170001".to_owned(), date(2036, 1, 2))];
    assert_eq!(passports, expected, "the old one stays in the history");
    let tx = world.begin().await;
    let card = ops::foreigner_card(&tx, first.person).await.unwrap();
    assert_eq!(card.as_deref(), Some("NG7654321"));
}

#[tokio::test]
async fn whoever_shows_the_earlier_passport_is_recognised_under_another_name() {
    let world = World::new().await;
    let first = entered(&world, &smith()).await;
    let married = named(again(), "JOHN DUPONT");
    let married = NewForeigner { earlier_passport: Some("533380006".into()), ..married };
    let shown = alike(&world, &married).await;
    assert_eq!(shown.iter().map(|s| (s.person, s.holds_earlier)).collect::<Vec<_>>(), [(first.person, true)]);
    let denied = another(married.clone(), &[first.person], "Người khác");
    assert_eq!(other(&world, &denied).await, "earlier_passport", "who holds it is no other");
    let renewed = entered(&world, &same(married, first.person)).await;
    assert_eq!(renewed.person, first.person);
    let mut tx = world.begin().await;
    let facts = ops::person_facts(&mut tx, &by(Role::Decider), first.person, &[Fact::Name]).await.unwrap();
    assert_eq!(facts.value(Fact::Name, date(2026, 11, 20)).text().as_deref(), Some("JOHN DUPONT"));
    drop(tx);
    // A passport of somebody born on another day says nothing of this one.
    let stranger = NewForeigner {
        birth_date: date(1990, 1, 1),
        passport_number: "700000001".into(),
        card_number: "NG7000001".into(),
        earlier_passport: Some("533380006".into()),
        ..named(again(), "PETER STONE")
    };
    assert_eq!(other(&world, &stranger).await, "earlier_passport");
}

#[tokio::test]
async fn another_person_is_entered_with_a_reason_that_a_second_officer_sees() {
    let world = World::new().await;
    let first = entered(&world, &smith()).await;
    let told = |than: &[PersonId], reason: &str| another(again(), than, reason);
    assert_eq!(
        alike(&world, &told(&[], "Khuôn mặt khác")).await.len(),
        1,
        "of whom was not shown nobody speaks"
    );
    assert_eq!(alike(&world, &told(&[first.person], " ")).await.len(), 1, "nor without a reason");
    let second = entered(&world, &told(&[first.person], "Khuôn mặt khác")).await;
    assert_ne!(second.person, first.person);
    assert_eq!(second.number, "9000000000026");
    let id = CaseId::of(first.person, second.person).unwrap();
    let mut tx = world.begin().await;
    let head = Access::new(&officer(Role::Head), Purpose::RESOLVE_DUPLICATE);
    let view = duplicates::case_read(&mut tx, &head, id).await.unwrap();
    assert_eq!(view.case.state, State::Proposed);
    assert_eq!(view.case.proposal.unwrap().reason, "Khuôn mặt khác");
    drop(tx);
    // Once entered, each comes with their own papers.
    assert_eq!(entered(&world, &smith()).await.person, first.person);
    assert_eq!(entered(&world, &again()).await.person, second.person);
}

#[tokio::test]
async fn the_dead_are_shown_and_not_continued_and_citizens_are_no_foreigners() {
    let world = World::with_people().await;
    let citizen = NewForeigner {
        birth_date: date(1965, 2, 3),
        passport_number: "C0000001".into(),
        card_number: "NG0000009".into(),
        nationality: "USA".into(),
        ..named(smith(), "NGUYEN VAN AN")
    };
    entered(&world, &citizen).await;
    let first = entered(&world, &NewForeigner { number: "9000000000034".into(), ..smith() }).await;
    let mut tx = world.begin().await;
    let basis = Basis::civil_status("TL-01/2026");
    let on = "2026-11-01".parse().unwrap();
    let died = ops::death_register(&mut tx, &by(Role::Decider), first.person, on, &basis).await;
    tx.finish(died).await.unwrap();
    let shown = alike(&world, &again()).await;
    assert!(!shown[0].living);
    assert!(!alike(&world, &same(again(), first.person)).await[0].living, "asked again");
}

#[tokio::test]
async fn a_look_up_tells_whose_paper_it_is_for_a_purpose_and_leaves_an_entry() {
    let world = World::new().await;
    let first = entered(&world, &smith()).await;
    for key in [
        ForeignerKey::Number("9000000000018".into()),
        passport("GBR", "533380006"),
        ForeignerKey::Card("NG1234567".into()),
    ] {
        assert!(find(&world, key).await == Some(first.person));
    }
    for nobody in [passport("FRA", "533380006"), ForeignerKey::Card("533380006".into())] {
        assert!(find(&world, nobody).await.is_none());
    }
    let log = audit_bodies(&world.db.store).await;
    let entries: Vec<&String> = log.iter().filter(|e| e.contains("registry.foreigner_find")).collect();
    assert_eq!(entries.len(), 5);
    let theirs = entries.iter().filter(|e| e.contains(&first.person.to_string())).count();
    assert_eq!(theirs, 3, "who was found sees it");
    let mut tx = world.begin().await;
    let key = ForeignerKey::Card("NG1234567".into());
    let other = Access::new(&officer(Role::Receiver), Purpose::MANAGE_STAFF);
    let refused = ops::foreigner_find(&mut tx, &other, &key).await.err().unwrap();
    assert_eq!(refused.code(), "registry.purpose_not_allowed");
    for role in [Role::Auditor, Role::Administrator] {
        let refused = ops::foreigner_find(&mut tx, &by(role), &key).await.err().unwrap();
        assert_eq!(refused.code(), "registry.forbidden");
    }
}
