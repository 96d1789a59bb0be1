//! Reminders and breaches, at the moments that the calendar gives.

use contracts::AgencyId;
use dossier::ops::{
    forward::dossier_forward,
    lists::{alerts_list, notices_list},
    receive::dossier_receive,
    withdraw::dossier_withdraw,
};
use jiff::{ToSpan, civil::Date};

use crate::world::*;

async fn alerts(world: &World) -> Vec<String> {
    world.settle().await;
    let list = world.run(async |tx| alerts_list(tx, &head()).await).await.unwrap();
    list.into_iter().map(|a| a.kind).collect()
}

/// A little after eight o'clock in Vietnam, and a little before.
fn morning(world: &World, day: Date) {
    world.at(&format!("{day}T01:00:01Z"));
}
fn before_morning(world: &World, day: Date) {
    world.at(&format!("{day}T00:59:59Z"));
}

#[tokio::test]
async fn an_agency_is_reminded_the_working_day_before_and_told_of_a_breach_the_day_after() {
    let world = World::new().await;
    let received = world.received().await;
    let due = received.due_on.unwrap();
    let mut eve = due.yesterday().unwrap();
    while !world.cx.nation.calendar().is_working(eve).unwrap() {
        eve = eve.yesterday().unwrap();
    }
    assert!(alerts(&world).await.is_empty());
    before_morning(&world, eve);
    assert!(alerts(&world).await.is_empty());
    morning(&world, eve);
    assert_eq!(alerts(&world).await, ["reminder"]);
    let named = world.run(async |tx| alerts_list(tx, &head()).await).await.unwrap();
    assert_eq!(Some(&named[0].code), received.code.as_ref());
    morning(&world, due);
    assert_eq!(alerts(&world).await, ["reminder"]);
    morning(&world, due.tomorrow().unwrap());
    assert_eq!(alerts(&world).await, ["reminder", "breach"]);
    let notices = world.run(async |tx| notices_list(tx, &citizen(LAN)).await).await.unwrap();
    assert!(notices[0].title.vi.contains("xin lỗi"), "{:?}", notices[0].title);
}

#[tokio::test]
async fn a_dossier_that_is_gone_is_no_longer_spoken_of() {
    let world = World::new().await;
    let received = world.received().await;
    let due = received.due_on.unwrap();
    morning(&world, due.yesterday().unwrap());
    assert!(!alerts(&world).await.is_empty());
    world
        .run(async |tx| dossier_withdraw(&world.cx, tx, &citizen(LAN), &seen(&received)).await)
        .await
        .unwrap();
    morning(&world, due.checked_add(2.days()).unwrap());
    assert!(alerts(&world).await.is_empty());
}

#[tokio::test]
async fn a_dossier_that_lies_untouched_breaches_and_receiving_it_ends_that() {
    let world = World::new().await;
    let sent = world.registered(&own_dwelling()).await;
    assert!(alerts(&world).await.is_empty());
    morning(&world, sent.due_on.unwrap().tomorrow().unwrap());
    assert_eq!(alerts(&world).await, ["breach"]);
    world.run(async |tx| dossier_receive(&world.cx, tx, &receiver(), &seen(&sent)).await).await.unwrap();
    assert!(alerts(&world).await.is_empty());
}

#[tokio::test]
async fn an_agency_that_gets_a_dossier_late_is_told_that_it_is_late() {
    let world = World::new().await;
    let received = world.received().await;
    morning(&world, received.due_on.unwrap().tomorrow().unwrap());
    assert_eq!(alerts(&world).await, ["reminder", "breach"]);
    let to = AgencyId::new(OTHER_POLICE);
    world
        .run(async |tx| dossier_forward(&world.cx, tx, &receiver(), &seen(&received), &to, "Sai nơi").await)
        .await
        .unwrap();
    assert!(alerts(&world).await.is_empty());
    let there = staff(40, contracts::Role::Head, OTHER_POLICE);
    let list = world.run(async |tx| alerts_list(tx, &there).await).await.unwrap();
    assert_eq!(list.iter().map(|a| a.kind.as_str()).collect::<Vec<_>>(), ["breach"]);
}

#[tokio::test]
async fn reading_ones_notices_leaves_its_entry() {
    let world = World::new().await;
    world.run(async |tx| notices_list(tx, &citizen(LAN)).await).await.unwrap();
    assert_eq!(world.logged("dossier.notices_list", Some(LAN)).await, 1);
}
