//! Acts that take back or part what others joined: who was declared dead returns, a marriage never was, an adoption ends,
//! members of a household go their own way; and a marriage with somebody outside the register.

use base::{Fault, Sex};
use contracts::PersonId;
use jiff::{SignedDuration, civil::date};
use registry::{
    RegistryError,
    model::{Item, Source},
    ops::{self, Record},
};

use crate::{
    life::{basis, couple, deciding, kin, newborn, record},
    world::World,
};

const TODAY: jiff::civil::Date = date(2026, 11, 20);

/// Runs an operation in a transaction of its own, an hour after the last.
macro_rules! done {
    ($world:expr, |$tx:ident| $operation:expr) => {{
        $world.db.clock.advance(SignedDuration::from_hours(1));
        let mut transaction = $world.begin().await;
        let $tx = &mut transaction;
        let outcome: Result<_, RegistryError> = $operation.await;
        transaction.finish(outcome).await
    }};
}

/// Chi and Dũng are married since 2024.
async fn married(world: &World) -> [PersonId; 2] {
    let [chi, dung] = couple(world).await;
    let day = date(2024, 2, 1);
    done!(world, |tx| ops::marriage_register(tx, &deciding(), [chi, dung], day, &basis())).unwrap();
    [chi, dung]
}

fn spouses(record: &Record) -> Vec<Option<jiff::civil::Date>> {
    record.kin.iter().filter(|k| k.relation == "spouse").map(|k| k.since).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_declared_dead_returns_and_the_marriage_holds_from_its_first_day() {
    let world = World::with_people().await;
    let [chi, dung] = married(&world).await;
    let again = done!(world, |tx| ops::death_annul(tx, &deciding(), dung, TODAY, &basis()));
    assert_eq!(again.unwrap_err().code(), "registry.not_dead");
    done!(world, |tx| ops::death_register(tx, &deciding(), dung, date(2026, 3, 1), &basis())).unwrap();
    let known = world.now();
    let early = done!(world, |tx| ops::death_annul(tx, &deciding(), dung, date(2026, 2, 1), &basis()));
    assert_eq!(early.unwrap_err().code(), "registry.before_start");
    done!(world, |tx| ops::death_annul(tx, &deciding(), dung, TODAY, &basis())).unwrap();

    for person in [chi, dung] {
        let now = record(&world, person).await;
        assert_eq!(now.value(Item::MaritalStatus), Some("married"));
        assert_eq!(spouses(&now), [Some(date(2024, 2, 1))]);
    }
    let back = record(&world, dung).await;
    assert_eq!(back.value(Item::DeathDate), None);
    assert!(back.residences.is_empty(), "where he lives is registered anew");
    let then = done!(world, |tx| ops::person_as_of(tx, &deciding(), dung, TODAY, known)).unwrap();
    assert_eq!(then.value(Item::DeathDate), Some("2026-03-01"), "what was believed stays known");
    // Being back, he acts.
    let basis_ = basis();
    let divorce = done!(world, |tx| ops::divorce_register(tx, &deciding(), dung, Some(chi), TODAY, &basis_));
    divorce.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_marriage_of_the_spouse_stays_when_the_first_one_returns() {
    let world = World::with_people().await;
    let [chi, dung] = married(&world).await;
    let rows = "k8,001083000009,Bùi Văn Khải,male,1983-01-01,,01,,,,h9,head,00070,Tổ 9,2005-01-01,,,,\n";
    world.load("khai", rows).await;
    let khai = world.person("001083000009").await;
    done!(world, |tx| ops::death_register(tx, &deciding(), dung, date(2026, 3, 1), &basis())).unwrap();
    let new = [chi, khai];
    done!(world, |tx| ops::marriage_register(tx, &deciding(), new, date(2026, 9, 1), &basis())).unwrap();
    done!(world, |tx| ops::death_annul(tx, &deciding(), dung, TODAY, &basis())).unwrap();

    let back = record(&world, dung).await;
    assert_eq!((spouses(&back), back.value(Item::MaritalStatus)), (vec![], None));
    let hers = record(&world, chi).await;
    assert_eq!(spouses(&hers), [Some(date(2026, 9, 1))]);
    assert_eq!(hers.value(Item::MaritalStatus), Some("married"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annulled_marriage_never_was_and_both_are_what_they_were_before() {
    let world = World::with_people().await;
    let [chi, dung] = couple(&world).await;
    let annul =
        async |on| done!(world, |tx| ops::marriage_annul(tx, &deciding(), chi, Some(dung), on, &basis()));
    assert_eq!(annul(TODAY).await.unwrap_err().code(), "registry.not_married_to_each_other");
    let single = ops::ItemCorrection {
        person: chi,
        item: Item::MaritalStatus,
        value: Some("single".to_owned()),
        since: None,
        reason: "Theo sổ hộ tịch".to_owned(),
        document: None,
        source: Source::CivilStatus,
    };
    let nation = world.nation.as_ref();
    done!(world, |tx| ops::item_correct(tx, &deciding(), nation, &single)).unwrap();
    married(&world).await;
    assert_eq!(annul(date(2023, 1, 1)).await.unwrap_err().code(), "registry.before_start");
    annul(TODAY).await.unwrap();

    for (person, was) in [(chi, Some("single")), (dung, None)] {
        let now = record(&world, person).await;
        assert_eq!((now.value(Item::MaritalStatus), spouses(&now)), (was, vec![]));
        let at = done!(world, |tx| ops::person_as_of(tx, &deciding(), person, date(2025, 1, 1), world.now()));
        assert_eq!(spouses(&at.unwrap()), [], "not on a day of the past either");
    }
    // So she can marry him by the law, from a day on.
    married(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adoption_ends_with_one_parent_or_both_and_ties_by_birth_stay() {
    let world = World::with_people().await;
    let [chi, dung] = couple(&world).await;
    let nation = world.nation.as_ref();
    let new = newborn(chi, dung);
    let child = done!(world, |tx| ops::birth_register(tx, &deciding(), nation, &new, &basis())).unwrap();
    let child = child.person;
    let rows =
        "p1,001070000021,Lê Văn Phúc,male,1970-01-01,,01,,,001172000022,h8,head,00008,Tổ 5,2005-01-01,,,,
p2,001172000022,Ngô Thị Quế,female,1972-01-01,,01,,,001070000021,h8,spouse,00008,Tổ 5,2005-01-01,,,,\n";
    world.load("adopters", rows).await;
    let [phuc, que] = [world.person("001070000021").await, world.person("001172000022").await];
    let both = [phuc, que];
    let day = date(2026, 11, 5);
    done!(world, |tx| ops::adoption_register(tx, &deciding(), child, &both, day, &basis())).unwrap();

    let end = async |parents: &[PersonId], on| {
        done!(world, |tx| ops::adoption_end(tx, &deciding(), child, parents, on, &basis()))
    };
    assert_eq!(end(&[dung], TODAY).await.unwrap_err().code(), "registry.not_adopted", "a father by birth");
    assert_eq!(end(&[], TODAY).await.unwrap_err().code(), "registry.not_adopted");
    assert_eq!(end(&[phuc], day).await.unwrap_err().code(), "registry.before_start");
    end(&[phuc], date(2026, 11, 10)).await.unwrap();
    let relations = async |person| {
        let record = record(&world, person).await;
        let mut all: Vec<String> = record.kin.iter().map(|k| k.relation.clone()).collect();
        all.sort();
        all
    };
    assert_eq!(relations(child).await, ["adoptive_mother", "father", "mother"]);
    assert_eq!(relations(phuc).await, ["spouse"], "at his end, too");
    end(&[que], TODAY).await.unwrap();
    assert_eq!(relations(child).await, ["father", "mother"]);
    let at = done!(world, |tx| ops::person_as_of(tx, &deciding(), child, date(2026, 11, 7), world.now()));
    assert_eq!(at.unwrap().kin.len(), 4, "it was so then");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marriage_with_somebody_outside_the_register_keeps_the_law_for_both() {
    let world = World::with_people().await;
    let [chi, _] = couple(&world).await;
    let ann = ops::OutsideSpouse {
        name: "John Smith".to_owned(),
        nationality: "USA".to_owned(),
        sex: Sex::Male,
        birth_date: "1985-03-04".parse().unwrap(),
    };
    let marry = async |spouse: &ops::OutsideSpouse| {
        let on = date(2026, 11, 1);
        done!(world, |tx| ops::marriage_outside(tx, &deciding(), chi, spouse, on, &basis()))
    };
    let code = |outcome: Result<(), RegistryError>| outcome.unwrap_err().code();
    let with = |change: fn(&mut ops::OutsideSpouse)| {
        let mut other = ann.clone();
        change(&mut other);
        other
    };
    assert_eq!(code(marry(&with(|s| s.sex = Sex::Female)).await), "registry.same_sex");
    let young = with(|s| s.birth_date = "2007-03-04".parse().unwrap());
    assert_eq!(code(marry(&young).await), "registry.too_young_to_marry");
    let nowhere = with(|s| s.nationality = "Mỹ".to_owned());
    assert!(matches!(marry(&nowhere).await, Err(RegistryError::Invalid(f)) if f[0].field == "nationality"));
    marry(&ann).await.unwrap();
    assert_eq!(code(marry(&ann).await), "registry.already_married");

    let now = record(&world, chi).await;
    assert_eq!(now.value(Item::MaritalStatus), Some("married"));
    assert!(kin(&now).contains(&("spouse", Some("John Smith"))));
    done!(world, |tx| ops::divorce_register(tx, &deciding(), chi, None, TODAY, &basis())).unwrap();
    assert_eq!(record(&world, chi).await.value(Item::MaritalStatus), Some("divorced"));
}

#[tokio::test(flavor = "multi_thread")]
async fn members_split_off_with_a_head_of_their_own_at_the_same_place() {
    let world = World::with_people().await;
    let an = world.person("001065000001").await;
    let [binh, chi] = [world.person("001168000002").await, world.person("001190000003").await];
    let dung = world.person("001088000004").await;
    let split = async |members: &[PersonId], head, head_agrees| {
        let wanted = ops::HouseholdSplit { members: members.to_vec(), head, head_agrees };
        done!(world, |tx| ops::household_split(tx, &deciding(), &wanted, TODAY, &basis()))
    };
    let code = |outcome: Result<contracts::HouseholdId, RegistryError>| outcome.unwrap_err().code();
    assert_eq!(code(split(&[chi], chi, false).await), "registry.head_disagrees");
    assert_eq!(code(split(&[chi, dung], chi, true).await), "registry.not_one_household");
    assert_eq!(code(split(&[an, binh, chi], chi, true).await), "registry.nobody_stays");
    assert_eq!(code(split(&[binh], chi, true).await), "registry.not_member");

    // The head goes, with his daughter; who stays has a head again.
    split(&[an, chi], an, false).await.unwrap();
    let shown = async |person| {
        let record = record(&world, person).await;
        let home = &record.residences[0];
        (home.relation.clone().unwrap_or_default(), home.since, record.household.len())
    };
    assert_eq!(shown(an).await, ("head".to_owned(), Some(TODAY), 2));
    assert_eq!(shown(chi).await, ("child".to_owned(), Some(TODAY), 2));
    assert_eq!(shown(binh).await, ("head".to_owned(), Some(TODAY), 1));
    assert_eq!(record(&world, chi).await.residences[0].address, "Số 1, phố Huế");
    let eve = TODAY.yesterday().unwrap();
    let before = done!(world, |tx| ops::person_as_of(tx, &deciding(), chi, eve, world.now())).unwrap();
    assert_eq!(before.household.len(), 3);
}
