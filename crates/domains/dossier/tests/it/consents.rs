//! Asking another person: nothing goes on without their yes, and only the one who was asked last can give it.

use contracts::DossierId;
use dossier::{
    Defect, DossierError,
    ops::{
        Moved, consent_answer::consent_answer, lists::consents_list, receive::dossier_receive,
        supplement_answer::supplement_answer, supplement_request::supplement_request,
    },
    row::ConsentState,
};

use crate::world::*;

async fn says(
    world: &World,
    person: contracts::PersonId,
    id: DossierId,
    yes: bool,
) -> Result<(), DossierError> {
    world.run(async |tx| consent_answer(tx, &citizen(person), id, "host", yes).await).await
}

async fn receive(world: &World, at: &Moved, steps: i32) -> Result<Moved, DossierError> {
    let mut target = seen(at);
    target.version += steps;
    world.run(async |tx| dossier_receive(&world.cx, tx, &receiver(), &target).await).await
}

async fn state(world: &World, id: DossierId) -> ConsentState {
    world.view(id).await.dossier.consents["host"]
}

#[tokio::test]
async fn a_dossier_waits_for_the_host_and_goes_on_with_their_yes() {
    let world = World::new().await;
    let sent = world.registered(&staying_with(MINH)).await;
    assert!(matches!(receive(&world, &sent, 0).await, Err(DossierError::ConsentPending)));
    let asked = world.run(async |tx| consents_list(tx, &citizen(MINH)).await).await.unwrap();
    assert_eq!((asked.len(), asked[0].dossier), (1, sent.dossier));
    assert_eq!(asked[0].question["applicant"], "Nguyễn Thị Lan");
    assert!(matches!(says(&world, HOA, sent.dossier, true).await, Err(DossierError::NotFound)));
    says(&world, MINH, sent.dossier, true).await.unwrap();
    assert!(matches!(says(&world, MINH, sent.dossier, false).await, Err(DossierError::Changed)));
    receive(&world, &sent, 1).await.unwrap();
}

#[tokio::test]
async fn a_no_keeps_it_back() {
    let world = World::new().await;
    let sent = world.registered(&staying_with(MINH)).await;
    says(&world, MINH, sent.dossier, false).await.unwrap();
    assert_eq!(state(&world, sent.dossier).await, ConsentState::Refused);
    assert!(matches!(receive(&world, &sent, 1).await, Err(DossierError::ConsentPending)));
}

#[tokio::test]
async fn a_question_that_nobody_answers_runs_out() {
    let world = World::new().await;
    let sent = world.registered(&staying_with(MINH)).await;
    world.at("2026-11-27T01:59:00Z");
    world.settle().await;
    assert_eq!(state(&world, sent.dossier).await, ConsentState::Asked);
    world.at("2026-11-27T02:01:00Z");
    world.settle().await;
    assert_eq!(state(&world, sent.dossier).await, ConsentState::Expired);
    assert!(matches!(says(&world, MINH, sent.dossier, true).await, Err(DossierError::Changed)));
}

#[tokio::test]
async fn one_who_is_no_longer_the_host_cannot_answer_for_the_new_one() {
    let world = World::new().await;
    let sent = world.registered(&staying_with(MINH)).await;
    says(&world, MINH, sent.dossier, true).await.unwrap();
    let received = receive(&world, &sent, 1).await.unwrap();
    let defects = [Defect { field: "host_number".into(), note: "Sai chủ hộ".into() }];
    let asked = world
        .run(async |tx| supplement_request(&world.cx, tx, &receiver(), &seen(&received), &defects).await)
        .await
        .unwrap();
    world.save(sent.dossier, &staying_with(HOA)).await;
    world.run(async |tx| supplement_answer(&world.cx, tx, &citizen(LAN), &seen(&asked)).await).await.unwrap();
    assert_eq!(state(&world, sent.dossier).await, ConsentState::Asked);
    assert!(says(&world, MINH, sent.dossier, true).await.is_err());
    // The end of the first question is not the end of the second.
    world.at("2026-11-26T02:00:00Z");
    world.settle().await;
    assert_eq!(state(&world, sent.dossier).await, ConsentState::Asked);
    says(&world, HOA, sent.dossier, true).await.unwrap();
    assert_eq!(state(&world, sent.dossier).await, ConsentState::Given);
}
