//! Foreigners enter the record with their papers, once.

use base::{Fault, PersonName, Sex};
use contracts::{
    Access, Purpose, Role,
    ports::{ForeignerEntered, NewForeigner, ResidenceCard},
};
use forms::Fact;
use jiff::civil::date;
use registry::{RegistryError, ops};

use crate::world::{World, officer};

fn smith() -> NewForeigner {
    NewForeigner {
        name: PersonName::new("JOHN O'BRIEN SMITH").unwrap(),
        birth_date: date(1985, 4, 2),
        sex: Sex::Male,
        nationality: "GBR".into(),
        passport_number: "533380006".into(),
        passport_until: date(2031, 1, 1),
        card_kind: ResidenceCard::Temporary,
        card_number: "NG1234567".into(),
        card_from: date(2025, 6, 1),
        card_until: date(2027, 5, 31),
        number: "9000000000018".into(),
    }
}

fn by(role: Role) -> Access {
    Access::new(&officer(role), Purpose::RAISE_LEVEL)
}

async fn enter(
    world: &World,
    role: Role,
    new: &NewForeigner,
) -> Result<Option<ForeignerEntered>, RegistryError> {
    let mut tx = world.begin().await;
    let entered = ops::foreigner_enter(&mut tx, &by(role), new).await;
    tx.finish(entered).await
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
        new.nationality = "ESP".into();
        new.card_number = "NG1111111".into();
        new.number = "9000000000034".into();
    });
    assert!(enter(&world, Role::Decider, &spain).await.unwrap().is_some());
}
