//! A fee is asked for once, in the amount of the day of sending, and paid once.

use dossier::{
    DossierError, Status,
    moves::Happened,
    ops::{
        Moved, Target,
        payment::{payment_record, payment_request},
    },
};
use forms::Fact;
use jiff::civil::date;

use crate::world::*;

async fn request(world: &World, at: &Moved) -> Result<Moved, DossierError> {
    world.run(async |tx| payment_request(&world.cx, tx, &decider(), &seen(at)).await).await
}

async fn record(world: &World, target: &Target, receipt: &str) -> Result<Moved, DossierError> {
    world.run(async |tx| payment_record(&world.cx, tx, &receiver(), target, receipt).await).await
}

#[tokio::test]
async fn a_fee_is_asked_for_and_its_receipt_lets_the_clock_run_on() {
    let world = World::new().await;
    let started = world.started().await;
    let asked = request(&world, &started).await.unwrap();
    assert_eq!(asked.status, Status::PaymentRequested.number());
    let paid = record(&world, &seen(&asked), "BL-1").await.unwrap();
    assert_eq!((paid.status, paid.due_on), (Status::InProgress.number(), started.due_on));
    let view = world.view(paid.dossier).await;
    let moment = view.moments.iter().find(|m| m.happened == Happened::PaymentRecorded).unwrap();
    assert_eq!((&moment.detail["receipt"], &moment.detail["amount"]), (&"BL-1".into(), &7000.into()));
}

#[tokio::test]
async fn what_was_paid_is_neither_asked_for_nor_recorded_again() {
    let world = World::new().await;
    let asked = request(&world, &world.started().await).await.unwrap();
    let target = Target { key: Some("receipt".into()), ..seen(&asked) };
    let paid = record(&world, &target, "BL-1").await.unwrap();
    assert_eq!(record(&world, &target, "BL-1").await.unwrap(), paid, "sent twice, recorded once");
    assert!(matches!(record(&world, &target, "BL-2").await, Err(DossierError::KeyReused)));
    assert!(matches!(record(&world, &seen(&paid), "BL-2").await, Err(DossierError::AlreadyPaid)));
    assert!(matches!(request(&world, &paid).await, Err(DossierError::AlreadyPaid)));
    let recorded = world.view(paid.dossier).await.moments;
    assert_eq!(recorded.iter().filter(|m| m.happened == Happened::PaymentRecorded).count(), 1);
}

#[tokio::test]
async fn a_receipt_without_a_request_is_refused() {
    let world = World::new().await;
    let started = world.started().await;
    let early = record(&world, &seen(&started), "BL-1").await;
    assert!(matches!(early, Err(DossierError::WrongStatus(Status::InProgress))));
}

#[tokio::test]
async fn the_amount_is_the_one_of_the_day_of_sending() {
    let world = World::new().await;
    // From the age of 60 nothing is paid: three days after the dossier was sent.
    let born = base::PartialDate::full(date(1966, 11, 23));
    world.people.learns(LAN, Fact::BirthDate, forms::Value::Partial(born));
    let started = world.started().await;
    world.at("2026-11-24T02:00:00Z");
    request(&world, &started).await.unwrap();
}

#[tokio::test]
async fn who_is_exempt_is_not_asked_to_pay() {
    let world = World::new().await;
    let born = base::PartialDate::full(date(1960, 1, 1));
    world.people.learns(LAN, Fact::BirthDate, forms::Value::Partial(born));
    let mut says = own_dwelling();
    says.as_object_mut().unwrap().remove("fee_exemption");
    let started = world.started_with(&says).await;
    let Err(DossierError::Invalid(faults)) = request(&world, &started).await else { panic!("asked") };
    assert_eq!(faults[0].code, "dossier.no_fee");
}
