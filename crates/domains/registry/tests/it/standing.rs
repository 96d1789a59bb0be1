//! How a record stands for those whose accounts hang on it, and who speaks for a child.

use contracts::{
    Access, ActsAs, Companion, PersonId, Purpose, Role, Standing,
    ports::{PortError, Register},
};
use jiff::{SignedDuration, civil::date};
use registry::{
    Registry,
    model::{family::Guardianship, vital::Parent},
    ops,
};
use store::StoreError;

use crate::{
    duplicates::{merged, noticed, twice, undone},
    life::{basis, couple, deciding, newborn},
    world::{World, audit_bodies, officer},
};

fn registry(world: &World) -> Registry {
    Registry { nation: world.nation.clone() }
}

/// An officer at a counter.
fn at_counter() -> Access {
    Access::new(&officer(Role::Receiver), Purpose::RAISE_LEVEL)
}

macro_rules! done {
    ($world:expr, |$tx:ident| $operation:expr) => {{
        $world.db.clock.advance(SignedDuration::from_hours(1));
        let mut transaction = $world.begin().await;
        let $tx = &mut transaction;
        let outcome: Result<_, registry::RegistryError> = $operation.await;
        transaction.finish(outcome).await.unwrap()
    }};
}

async fn standing(world: &World, person: PersonId) -> Option<Standing> {
    let mut tx = world.begin().await;
    let found = registry(world).standing(&mut tx, &Access::system(Purpose::SIGN_IN), person).await;
    tx.finish::<_, PortError>(found).await.unwrap()
}

async fn companion(world: &World, child: PersonId, who: PersonId) -> Option<Companion> {
    let mut tx = world.begin().await;
    let found = registry(world).companion(&mut tx, &at_counter(), child, who).await;
    tx.finish::<_, PortError>(found).await.unwrap()
}

fn numbers(standing: &Standing) -> (Option<String>, Vec<String>) {
    let mut all: Vec<String> = standing.numbers.iter().map(ToString::to_string).collect();
    all.sort();
    (standing.number.map(|number| number.to_string()), all)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_of_a_record_is_known_and_which_is_in_force() {
    let world = World::with_people().await;
    let [chi, _] = couple(&world).await;
    let old = "001190000003".to_owned();
    let found = standing(&world, chi).await.unwrap();
    assert_eq!(numbers(&found), (Some(old.clone()), vec![old.clone()]));
    done!(world, |tx| ops::number_cancel(tx, &deciding(), chi, date(2026, 11, 20), &basis()));
    assert_eq!(numbers(&standing(&world, chi).await.unwrap()), (None, vec![old.clone()]));
    let nation = world.nation.as_ref();
    let place = contracts::CommuneCode::new("00004");
    let new = done!(world, |tx| ops::number_establish(tx, &deciding(), nation, chi, Some(&place), &basis()))
        .to_string();
    let (now, all) = numbers(&standing(&world, chi).await.unwrap());
    assert_eq!(now.as_ref(), Some(&new));
    assert!(all.len() == 2 && all.contains(&old) && all.contains(&new), "{all:?}");
    assert!(standing(&world, PersonId(uuid::Uuid::from_u128(404))).await.is_none());
    let log = audit_bodies(&world.db.store).await;
    assert!(log.iter().any(|e| e.contains("registry.person_standing") && e.contains(&chi.to_string())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_gave_way_says_to_whom_and_has_no_number_in_force() {
    let world = World::with_people().await;
    let [chi, again] = twice(&world).await;
    let id = noticed(&world, chi, again).await;
    merged(&world, id, chi).await.unwrap();
    let gone = standing(&world, again).await.unwrap();
    assert_eq!((gone.gave_way_to, numbers(&gone).0), (Some(chi), None));
    assert_eq!(numbers(&gone).1, ["001190000099"]);
    let stays = standing(&world, chi).await.unwrap();
    assert_eq!((stays.gave_way_to, numbers(&stays).0.as_deref()), (None, Some("001190000003")));
    undone(&world, id).await.unwrap();
    let back = standing(&world, again).await.unwrap();
    assert_eq!((back.gave_way_to, numbers(&back).0.as_deref()), (None, Some("001190000099")));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_act_overtakes_whoever_holds_a_record() {
    let world = World::with_people().await;
    let [chi, _] = couple(&world).await;
    let holder = world.begin().await;
    registry(&world).hold(&holder, chi).await.unwrap();
    // Others may hold it as well.
    let other = world.begin().await;
    registry(&world).hold(&other, chi).await.unwrap();
    other.finish::<_, StoreError>(Ok(())).await.unwrap();
    let mut tx = world.begin().await;
    tx.execute("SET LOCAL lock_timeout = '100ms'", &[]).await.unwrap();
    let access = deciding();
    let cancelled = ops::number_cancel(&mut tx, &access, chi, date(2026, 11, 20), &basis()).await;
    assert!(tx.finish(cancelled).await.is_err(), "it waits, and here gives up");
    holder.finish::<_, StoreError>(Ok(())).await.unwrap();
    done!(world, |tx| ops::number_cancel(tx, &deciding(), chi, date(2026, 11, 20), &basis()));
}

#[tokio::test(flavor = "multi_thread")]
async fn parents_speak_for_a_child_and_a_registered_guardian_before_them() {
    let world = World::with_people().await;
    let [chi, dung] = couple(&world).await;
    let nation = world.nation.as_ref();
    done!(world, |tx| ops::marriage_register(tx, &deciding(), [chi, dung], date(2024, 2, 1), &basis()));
    let new = newborn(chi, dung);
    assert!(matches!(new.mother, Some(Parent::Person(_))));
    let child = done!(world, |tx| ops::birth_register(tx, &deciding(), nation, &new, &basis())).person;
    let an = world.person("001065000001").await;
    let mother = companion(&world, child, chi).await.unwrap();
    let expected =
        Companion { acts_as: Some(ActsAs::Mother), is_living: true, is_missing: false, age: Some(36) };
    assert_eq!(mother, expected);
    assert_eq!(companion(&world, child, dung).await.unwrap().acts_as, Some(ActsAs::Father));
    assert_eq!(companion(&world, child, an).await.unwrap().acts_as, None, "a grandfather is none by himself");
    assert_eq!(companion(&world, child, child).await.unwrap().age, Some(0));
    assert!(companion(&world, child, PersonId(uuid::Uuid::from_u128(404))).await.is_none());

    let act = Guardianship { guardian: an, ward: child, parents_unable: true };
    done!(world, |tx| ops::guardianship_open(tx, &deciding(), &act, date(2026, 11, 19), &basis()));
    assert_eq!(companion(&world, child, an).await.unwrap().acts_as, Some(ActsAs::Guardian));
    assert_eq!(companion(&world, child, chi).await.unwrap().acts_as, None);
    done!(world, |tx| ops::missing_declare(tx, &deciding(), chi, date(2026, 11, 20), &basis()));
    assert!(companion(&world, child, chi).await.unwrap().is_missing);
    let log = audit_bodies(&world.db.store).await;
    for about in [child, an] {
        let seen = log.iter().filter(|e| e.contains("companion_look") && e.contains(&about.to_string()));
        assert!(seen.count() >= 2, "both see that it was asked");
    }
}
