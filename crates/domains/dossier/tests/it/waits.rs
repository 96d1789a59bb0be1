//! The citizen is waited for, but not for ever: a last day, a reminder before it, an end with its reason.

use dossier::{
    Status,
    moves::Happened,
    ops::{Moved, lists::alerts_list, payment, withdraw::dossier_withdraw},
};
use jiff::civil::{Date, date};

use crate::world::*;

/// A little after eight o'clock in Vietnam, and a little before.
async fn morning(world: &World, day: Date) {
    world.at(&format!("{day}T01:00:01Z"));
    world.settle().await;
}
async fn before_morning(world: &World, day: Date) {
    world.at(&format!("{day}T00:59:59Z"));
    world.settle().await;
}

async fn status(world: &World, at: &Moved) -> Status {
    world.view(at.dossier).await.dossier.status
}

async fn fee(world: &World, at: &Moved) -> Moved {
    world.run(async |tx| payment::payment_request(&world.cx, tx, &decider(), &seen(at)).await).await.unwrap()
}

#[tokio::test]
async fn a_supplement_that_never_comes_ends_the_dossier_with_its_reason() {
    let world = World::new().await;
    let asked = world.asked(&decider(), &world.started().await).await.unwrap();
    // Thirty days lead to a Sunday.
    let last = date(2026, 12, 21);
    assert_eq!(asked.due_on, Some(last));
    let view = world.view(asked.dossier).await;
    let moment = view.moments.iter().find(|m| m.happened == Happened::SupplementRequested).unwrap();
    assert_eq!(moment.detail["due_on"], "2026-12-21");

    before_morning(&world, date(2026, 12, 16)).await;
    assert!(!world.told(LAN).await[0].contains("chờ bổ sung"));
    morning(&world, date(2026, 12, 16)).await;
    assert_eq!(world.told(LAN).await[0], "Hồ sơ của bạn chờ bổ sung đến hết ngày 21/12/2026");
    assert_eq!(world.logged("dossier.wait_remind", Some(LAN)).await, 1);

    before_morning(&world, date(2026, 12, 22)).await;
    assert_eq!(status(&world, &asked).await, Status::SupplementRequested);
    morning(&world, date(2026, 12, 22)).await;
    let view = world.view(asked.dossier).await;
    assert_eq!((view.dossier.status, view.dossier.due_on), (Status::Stopped, None));
    let stopped = view.moments.last().unwrap();
    let reason = stopped.detail["reason"].as_str().unwrap();
    assert!(reason.contains("không được bổ sung") && reason.contains("21/12/2026"), "{reason}");
    assert!(world.told(LAN).await[0].contains("dừng xử lý"));
    assert_eq!(world.logged("dossier.stop", Some(LAN)).await, 1);
    // The agency kept its own time: nobody tells it of a breach.
    assert!(world.run(async |tx| alerts_list(tx, &head()).await).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_fee_that_is_not_paid_ends_it_too() {
    let world = World::new().await;
    let asked = fee(&world, &world.started().await).await;
    // Fifteen days lead to a Saturday.
    assert_eq!(asked.due_on, Some(date(2026, 12, 7)));
    morning(&world, date(2026, 12, 2)).await;
    assert_eq!(world.told(LAN).await[0], "Hồ sơ của bạn chờ nộp lệ phí đến hết ngày 07/12/2026");
    morning(&world, date(2026, 12, 8)).await;
    let view = world.view(asked.dossier).await;
    assert_eq!(view.dossier.status, Status::Stopped);
    assert!(view.moments.last().unwrap().detail["reason"].as_str().unwrap().contains("Lệ phí"));
}

#[tokio::test]
async fn an_answer_in_time_ends_the_wait_and_a_new_request_begins_its_own() {
    let world = World::new().await;
    let asked = world.asked(&decider(), &world.started().await).await.unwrap();
    morning(&world, date(2026, 12, 21)).await;
    let answered = world.answered(&asked).await.unwrap();
    let again = world.asked(&head(), &answered).await.unwrap();
    assert_eq!(again.due_on, Some(date(2027, 1, 20)));
    morning(&world, date(2026, 12, 22)).await;
    assert_eq!(status(&world, &again).await, Status::SupplementRequested);
    morning(&world, date(2027, 1, 21)).await;
    assert_eq!(status(&world, &again).await, Status::Stopped);
}

#[tokio::test]
async fn a_second_request_of_the_same_day_is_reminded_of_once() {
    let world = World::new().await;
    let first = world.asked(&decider(), &world.started().await).await.unwrap();
    let second = world.asked(&head(), &world.answered(&first).await.unwrap()).await.unwrap();
    assert_eq!(first.due_on, second.due_on);
    morning(&world, date(2026, 12, 16)).await;
    assert_eq!(world.told(LAN).await.iter().filter(|t| t.contains("chờ bổ sung")).count(), 1);
}

#[tokio::test]
async fn nobody_is_reminded_of_what_was_taken_back() {
    let world = World::new().await;
    let asked = world.asked(&decider(), &world.started().await).await.unwrap();
    let lan = citizen(LAN);
    world.run(async |tx| dossier_withdraw(&world.cx, tx, &lan, &seen(&asked)).await).await.unwrap();
    let before = world.told(LAN).await.len();
    morning(&world, date(2026, 12, 16)).await;
    morning(&world, date(2026, 12, 22)).await;
    assert_eq!(world.told(LAN).await.len(), before);
    assert_eq!(status(&world, &asked).await, Status::Withdrawn);
}
