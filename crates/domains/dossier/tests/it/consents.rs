//! Asking another person: nothing goes on without their yes, and only the one who was asked last can give it.

use contracts::{DossierId, IdentityLevel, Who};
use dossier::{
    Defect, DossierError,
    ops::{
        Moved, consent_answer::consent_answer, lists::consents_list, read::dossier_read_in_office,
        receive::dossier_receive, supplement_answer::supplement_answer,
        supplement_request::supplement_request, withdraw::dossier_withdraw,
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

#[tokio::test]
async fn a_yes_holds_only_for_what_was_asked() {
    let world = World::new().await;
    let sent = world.registered(&staying_with(MINH)).await;
    says(&world, MINH, sent.dossier, true).await.unwrap();
    let received = receive(&world, &sent, 1).await.unwrap();
    let defects = [Defect { field: "address".into(), note: "Thiếu số nhà".into() }];
    let ask = async |at: &Moved, actor| {
        world
            .run(async |tx| supplement_request(&world.cx, tx, &actor, &seen(at), &defects).await)
            .await
            .unwrap()
    };
    let answer = async |at: &Moved| {
        world.run(async |tx| supplement_answer(&world.cx, tx, &citizen(LAN), &seen(at)).await).await.unwrap()
    };
    // The same once more: the yes stands.
    let answered = answer(&ask(&received, receiver()).await).await;
    assert_eq!(state(&world, sent.dossier).await, ConsentState::Given);
    // Longer than Minh agreed to.
    let asked = ask(&answered, head()).await;
    let mut longer = staying_with(MINH);
    longer["to"] = serde_json::json!("2028-11-30");
    world.save(sent.dossier, &longer).await;
    answer(&asked).await;
    assert_eq!(state(&world, sent.dossier).await, ConsentState::Asked);
    says(&world, MINH, sent.dossier, true).await.unwrap();
}

#[tokio::test]
async fn only_an_account_that_was_checked_in_person_takes_somebody_in() {
    let world = World::new().await;
    let sent = world.registered(&staying_with(MINH)).await;
    let mut minh = citizen(MINH);
    minh.who = Who::Citizen { person: MINH, level: IdentityLevel::One };
    let answer =
        async |yes| world.run(async |tx| consent_answer(tx, &minh, sent.dossier, "host", yes).await).await;
    assert!(matches!(answer(true).await, Err(DossierError::ConsentLevel)));
    answer(false).await.unwrap();
}

#[tokio::test]
async fn who_looks_for_a_host_by_trying_numbers_stands_in_the_log() {
    let world = World::new().await;
    let mut nobody = staying_with(MINH);
    nobody["host_number"] =
        serde_json::json!(number(contracts::PersonId(uuid::Uuid::from_u128(77))).as_str());
    let draft = world.draft(RESIDENCE, &nobody).await;
    assert!(matches!(world.submit(&draft, "key").await, Err(DossierError::Invalid(_))));
    assert!(world.logged("test.person_by_number", None).await > 0);
    assert_eq!(world.logged("dossier.submit", Some(LAN)).await, 0);
}

#[tokio::test]
async fn the_host_sees_that_an_officer_looked() {
    let world = World::new().await;
    let sent = world.registered(&staying_with(MINH)).await;
    let code = sent.code.unwrap();
    world.run(async |tx| dossier_read_in_office(&world.cx, tx, &receiver(), &code).await).await.unwrap();
    assert_eq!(world.logged("dossier.dossier_read", Some(MINH)).await, 1);
    assert_eq!(world.logged("dossier.dossier_read", Some(LAN)).await, 1);
}

#[tokio::test]
async fn nobody_is_asked_about_a_dossier_that_is_gone() {
    let world = World::new().await;
    let sent = world.registered(&staying_with(MINH)).await;
    let lan = citizen(LAN);
    world.run(async |tx| dossier_withdraw(&world.cx, tx, &lan, &seen(&sent)).await).await.unwrap();
    let asked = world.run(async |tx| consents_list(tx, &citizen(MINH)).await).await.unwrap();
    assert_eq!(asked[0].state, ConsentState::Expired);
    assert!(matches!(says(&world, MINH, sent.dossier, true).await, Err(DossierError::Changed)));
    world.at("2026-12-20T02:00:00Z");
    world.settle().await;
}

#[tokio::test]
async fn nobody_is_left_with_a_question_that_no_longer_counts() {
    let world = World::new().await;
    let sent = world.registered(&staying_with(MINH)).await;
    says(&world, MINH, sent.dossier, true).await.unwrap();
    let received = receive(&world, &sent, 1).await.unwrap();
    let asked = world.asked(&receiver(), &received).await.unwrap();
    let states = async || {
        let list = world.run(async |tx| consents_list(tx, &citizen(HOA)).await).await.unwrap();
        list.into_iter().map(|q| q.state).collect::<Vec<_>>()
    };
    world.save(sent.dossier, &staying_with(HOA)).await;
    let answered = world.answered(&asked).await.unwrap();
    assert_eq!(states().await, [ConsentState::Asked]);
    let asked = world.asked(&head(), &answered).await.unwrap();
    world.save(sent.dossier, &own_dwelling()).await;
    world.answered(&asked).await.unwrap();
    assert_eq!(states().await, [ConsentState::Expired]);
}
