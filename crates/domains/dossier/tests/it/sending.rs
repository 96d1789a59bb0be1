//! What happens when a citizen sends a dossier, again, twice at once, or not at all.

use contracts::Role;
use dossier::{
    DossierError, Status,
    ops::{
        Target,
        draft_delete::draft_delete,
        rate::dossier_rate,
        read::{dossier_read_in_office, dossier_read_own},
        submit::dossier_submit,
        withdraw::dossier_withdraw,
    },
};
use serde_json::json;
use store::StoreError;

use crate::world::*;

#[tokio::test]
async fn sending_twice_with_one_key_is_one_dossier_and_the_same_answer() {
    let world = World::new().await;
    let draft = world.draft(RESIDENCE, &own_dwelling()).await;
    let first = world.submit(&draft, "key").await.unwrap();
    let second = world.submit(&draft, "key").await.unwrap();
    assert_eq!(first, second);
    assert_eq!((first.status, first.version), (1, 2));
    assert!(first.code.as_deref().unwrap().ends_with("-261120-000001"), "{first:?}");
    let other = Target { dossier: draft.id, version: 7, key: Some("key".into()) };
    let reused = world.run(async |tx| dossier_submit(&world.cx, tx, &citizen(LAN), &other).await).await;
    assert!(matches!(reused, Err(DossierError::KeyReused)));
    assert!(matches!(world.submit(&draft, "another key").await, Err(DossierError::Changed)));
}

#[tokio::test]
async fn of_two_that_race_one_is_sent_and_the_other_conflicts() {
    let world = World::new().await;
    let draft = world.draft(RESIDENCE, &own_dwelling()).await;
    let (a, b) = tokio::join!(world.submit(&draft, "key"), world.submit(&draft, "key"));
    let (won, lost) = if a.is_ok() { (a, b) } else { (b, a) };
    let won = won.unwrap();
    match lost {
        Ok(same) => assert_eq!(same, won),
        // The second, if it looked for the key before the winner ended and for the dossier after it.
        Err(e) => assert!(matches!(e, DossierError::Store(StoreError::Conflict) | DossierError::Changed)),
    }
    assert_eq!(world.submit(&draft, "key").await.unwrap(), won);
    let next = world.draft(RESIDENCE, &own_dwelling()).await;
    let next = world.submit(&next, "next").await.unwrap();
    assert!(next.code.unwrap().ends_with("-000002"), "the loser's number was given back");
}

#[tokio::test]
async fn codes_have_no_gaps_however_many_are_sent_at_once() {
    let world = World::new().await;
    let mut drafts = Vec::new();
    for _ in 0..12 {
        drafts.push(world.draft(RESIDENCE, &own_dwelling()).await);
    }
    // One that fails on the way takes no number with it.
    let broken = world.draft(RESIDENCE, &json!({})).await;
    assert!(matches!(world.submit(&broken, "x").await, Err(DossierError::Invalid(_))));
    let sends = drafts.iter().enumerate().map(|(i, d)| {
        let world = &world;
        async move { world.submit(d, &format!("key {i}")).await.unwrap().code.unwrap() }
    });
    let mut codes = futures::future::join_all(sends).await;
    codes.sort();
    let numbers: Vec<u32> = codes.iter().map(|c| c.rsplit('-').next().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (1..=12).collect::<Vec<u32>>());
}

#[tokio::test]
async fn a_change_in_between_is_a_conflict() {
    let world = World::new().await;
    let received = world.received().await;
    let stale = Target { dossier: received.dossier, version: received.version - 1, key: None };
    let again = world.run(async |tx| dossier_withdraw(&world.cx, tx, &citizen(LAN), &stale).await).await;
    assert!(matches!(again, Err(DossierError::Changed)));
}

#[tokio::test]
async fn a_dossier_that_needs_no_officer_is_decided_at_once_and_its_paper_is_printed() {
    let world = World::new().await;
    let draft = world.draft(CONFIRMATION, &json!({ "scope": "current", "purpose": "vay vốn" })).await;
    let sent = world.submit(&draft, "key").await.unwrap();
    assert_eq!((sent.status, sent.due_on), (Status::Finished.number(), None));
    world.settle().await;
    let view = world.view(draft.id).await;
    assert_eq!(view.dossier.status, Status::Returned);
    let happened: Vec<&str> = view.moments.iter().map(|m| m.happened.as_str()).collect();
    assert_eq!(happened, ["submitted", "received", "started", "approved", "returned"]);
    let kinds: Vec<&str> = view.papers.iter().map(|p| p.kind.as_str()).collect();
    assert!(kinds.contains(&"receipt") && kinds.contains(&"confirmation"), "{kinds:?}");
    assert_eq!(world.office.issued.lock().unwrap().len(), 2);
    // What is over can be rated.
    let over = Target { dossier: draft.id, version: view.dossier.version, key: None };
    world.run(async |tx| dossier_rate(tx, &citizen(LAN), &over, 5).await).await.unwrap();
    assert_eq!(world.view(draft.id).await.dossier.rating, Some(5));
}

#[tokio::test]
async fn a_record_in_doubt_is_left_to_an_officer() {
    let world = World::new().await;
    world.people.learns(LAN, forms::Fact::Conflict, true);
    let draft = world.draft(CONFIRMATION, &json!({ "scope": "current", "purpose": "vay vốn" })).await;
    assert_eq!(world.submit(&draft, "key").await.unwrap().status, Status::Registered.number());
}

#[tokio::test]
async fn the_citizen_may_take_a_dossier_back_before_it_is_decided() {
    let world = World::new().await;
    let started = world.started().await;
    let back = world
        .run(async |tx| dossier_withdraw(&world.cx, tx, &citizen(LAN), &seen(&started)).await)
        .await
        .unwrap();
    assert_eq!((back.status, back.due_on), (Status::Withdrawn.number(), None));
    let again =
        world.run(async |tx| dossier_withdraw(&world.cx, tx, &citizen(LAN), &seen(&back)).await).await;
    assert!(matches!(again, Err(DossierError::WrongStatus(Status::Withdrawn))));
}

#[tokio::test]
async fn a_stranger_does_not_learn_that_a_dossier_exists() {
    let world = World::new().await;
    let sent = world.registered(&own_dwelling()).await;
    let code = sent.code.clone().unwrap();
    let hoa = citizen(HOA);
    let read = world.run(async |tx| dossier_read_own(&world.cx, tx, &hoa, sent.dossier).await).await;
    assert!(matches!(read, Err(DossierError::NotFound)));
    let back = world.run(async |tx| dossier_withdraw(&world.cx, tx, &hoa, &seen(&sent)).await).await;
    assert!(matches!(back, Err(DossierError::NotFound)));
    let thrown = world.run(async |tx| draft_delete(tx, &hoa, sent.dossier).await).await;
    assert!(matches!(thrown, Err(DossierError::NotFound)));
    for outsider in [staff(20, Role::Decider, OTHER_POLICE), hoa] {
        let read = world.run(async |tx| dossier_read_in_office(&world.cx, tx, &outsider, &code).await).await;
        assert!(matches!(read, Err(DossierError::NotFound)));
    }
    let auditor = staff(21, Role::Auditor, POLICE);
    let read = world.run(async |tx| dossier_read_in_office(&world.cx, tx, &auditor, &code).await).await;
    assert!(matches!(read, Err(DossierError::Forbidden)));
    world.run(async |tx| dossier_read_in_office(&world.cx, tx, &receiver(), &code).await).await.unwrap();
}

#[tokio::test]
async fn a_draft_can_be_thrown_away_and_a_dossier_cannot() {
    let world = World::new().await;
    let draft = world.draft(RESIDENCE, &own_dwelling()).await;
    world.run(async |tx| draft_delete(tx, &citizen(LAN), draft.id).await).await.unwrap();
    let sent = world.registered(&own_dwelling()).await;
    let thrown = world.run(async |tx| draft_delete(tx, &citizen(LAN), sent.dossier).await).await;
    assert!(matches!(thrown, Err(DossierError::WrongStatus(Status::Registered))));
}

#[tokio::test]
async fn nobody_sends_dossiers_without_end() {
    let world = World::new().await;
    for n in 0..dossier::ops::submit::SENT_A_DAY_MAX {
        let draft = world.draft(RESIDENCE, &own_dwelling()).await;
        world.submit(&draft, &n.to_string()).await.unwrap();
    }
    let draft = world.draft(RESIDENCE, &own_dwelling()).await;
    assert!(matches!(world.submit(&draft, "more").await, Err(DossierError::SentTooMany { .. })));
    world.db.clock.advance(jiff::SignedDuration::from_hours(25));
    assert!(world.submit(&draft, "more").await.is_ok());
}
