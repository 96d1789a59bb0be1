//! The officers' inbox follows what happens, whatever the order and however often it is told.

use async_trait::async_trait;
use contracts::{
    AgencyId,
    events::{NoticeDue, emit},
};
use dossier::{
    inbox::InboxProjection,
    ops::{
        forward::dossier_forward,
        inbox_procedures::inbox_procedures,
        lists::{Group, InboxFilter, InboxItem, inbox_figures, inbox_list, notices_list, workload},
        receive::dossier_receive,
        withdraw::dossier_withdraw,
    },
};
use std::sync::Mutex;
use store::{Consumer, Event, Tx, relay::ConsumerError};

use crate::world::*;

async fn inbox(world: &World, agency: &str, group: Group) -> Vec<InboxItem> {
    let officer = staff(40, contracts::Role::Receiver, agency);
    let filter = InboxFilter { group, ..InboxFilter::default() };
    world.run(async |tx| inbox_list(tx, &officer, &filter, 100).await).await.unwrap().items
}

#[tokio::test]
async fn a_dossier_moves_through_the_drawers() {
    let world = World::new().await;
    let sent = world.registered(&own_dwelling()).await;
    world.settle().await;
    let new = inbox(&world, POLICE, Group::New).await;
    assert_eq!((new.len(), new[0].applicant_name.as_str()), (1, "Nguyễn Thị Lan"));
    assert_eq!(Some(&new[0].code), sent.code.as_ref());
    world.run(async |tx| dossier_receive(&world.cx, tx, &receiver(), &seen(&sent)).await).await.unwrap();
    world.settle().await;
    assert!(inbox(&world, POLICE, Group::New).await.is_empty());
    assert_eq!(inbox(&world, POLICE, Group::Working).await.len(), 1);
    let figures = world.run(async |tx| inbox_figures(tx, &head()).await).await.unwrap();
    assert_eq!((figures.new, figures.working, figures.overdue), (0, 1, 0));
    let load = world.run(async |tx| workload(tx, &head()).await).await.unwrap();
    assert_eq!((load.len(), load[0].officer, load[0].working), (1, Some(receiver().account), 1));
}

#[tokio::test]
async fn the_procedures_of_an_inbox_are_those_of_all_its_dossiers_and_of_no_other_agency() {
    let world = World::new().await;
    world.registered(&own_dwelling()).await;
    world.settle().await;
    let of = async |agency: &str, role| {
        let officer = staff(40, role, agency);
        world.run(async |tx| inbox_procedures(tx, &officer).await).await
    };
    assert_eq!(of(POLICE, contracts::Role::Receiver).await.unwrap(), ["1.004194"]);
    assert!(of(OTHER_POLICE, contracts::Role::Receiver).await.unwrap().is_empty());
    assert!(matches!(of(POLICE, contracts::Role::Auditor).await, Err(dossier::DossierError::Forbidden)));
}

#[tokio::test]
async fn a_forwarded_dossier_changes_inboxes() {
    let world = World::new().await;
    let received = world.received().await;
    world.settle().await;
    let to = AgencyId::new(OTHER_POLICE);
    world
        .run(async |tx| dossier_forward(&world.cx, tx, &receiver(), &seen(&received), &to, "Sai nơi").await)
        .await
        .unwrap();
    world.settle().await;
    assert!(inbox(&world, POLICE, Group::Open).await.is_empty());
    assert_eq!(inbox(&world, OTHER_POLICE, Group::Open).await.len(), 1);
}

/// Keeps what it is told, to tell it again.
struct Memory(Mutex<Vec<Event>>);

#[async_trait]
impl Consumer for Memory {
    fn name(&self) -> &'static str {
        "test.memory"
    }
    fn topics(&self) -> &'static [&'static str] {
        &["dossier.moved"]
    }
    async fn consume(&self, _: &mut Tx, events: &[Event]) -> Result<(), ConsumerError> {
        self.0.lock().unwrap().extend_from_slice(events);
        Ok(())
    }
}

#[tokio::test]
async fn being_told_twice_and_in_the_wrong_order_changes_nothing() {
    let world = World::new().await;
    let received = world.received().await;
    let to = AgencyId::new(OTHER_POLICE);
    world
        .run(async |tx| dossier_forward(&world.cx, tx, &receiver(), &seen(&received), &to, "Sai nơi").await)
        .await
        .unwrap();
    world.settle().await;
    let memory = Memory(Mutex::default());
    store::relay::drain(&world.db.store, &memory).await.unwrap();
    let mut events = memory.0.into_inner().unwrap();
    assert_eq!(events.len(), 3);
    events.reverse();
    for batch in [events.as_slice(), &events[1..], &events[2..], &events[..1]] {
        let mut tx = world.db.store.begin().await.unwrap();
        InboxProjection.consume(&mut tx, batch).await.unwrap();
        tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    }
    assert!(inbox(&world, POLICE, Group::Open).await.is_empty());
    let there = inbox(&world, OTHER_POLICE, Group::Open).await;
    assert_eq!((there.len(), there[0].status.number()), (1, 2));
}

#[tokio::test]
async fn pages_of_the_inbox_follow_each_other_without_gaps() {
    let world = World::new().await;
    for i in 0..5 {
        let draft = world.draft(RESIDENCE, &own_dwelling()).await;
        let sent = world.submit(&draft, &i.to_string()).await.unwrap();
        // Some have no due date: they are paused and come last.
        if i > 2 {
            let at = world
                .run(async |tx| dossier_receive(&world.cx, tx, &receiver(), &seen(&sent)).await)
                .await
                .unwrap();
            let defects = [dossier::Defect { field: String::new(), note: "Thiếu".into() }];
            world
                .run(async |tx| {
                    dossier::ops::supplement_request::supplement_request(
                        &world.cx,
                        tx,
                        &receiver(),
                        &seen(&at),
                        &defects,
                    )
                    .await
                })
                .await
                .unwrap();
        }
    }
    world.settle().await;
    for (group, wanted) in [(Group::New, 3), (Group::Paused, 2)] {
        let mut filter = InboxFilter { group, ..InboxFilter::default() };
        let mut codes = Vec::new();
        loop {
            let page = world.run(async |tx| inbox_list(tx, &receiver(), &filter, 1).await).await.unwrap();
            codes.extend(page.items.into_iter().map(|i| i.code));
            assert!(codes.len() <= wanted);
            filter.after = page.next;
            if filter.after.is_none() {
                break;
            }
        }
        codes.dedup();
        assert_eq!(codes.len(), wanted);
    }
}

#[tokio::test]
async fn what_is_done_stands_newest_first_for_a_month_and_is_found_by_its_code_for_ever() {
    let world = World::new().await;
    let mut codes = Vec::new();
    for day in 20..23 {
        world.at(&format!("2026-11-{day}T02:00:00Z"));
        let draft = world.draft(RESIDENCE, &own_dwelling()).await;
        let sent = world.submit(&draft, &day.to_string()).await.unwrap();
        codes.insert(0, sent.code.clone().unwrap());
        let lan = citizen(LAN);
        world.run(async |tx| dossier_withdraw(&world.cx, tx, &lan, &seen(&sent)).await).await.unwrap();
        world.settle().await;
    }
    let mut filter = InboxFilter { group: Group::Done, ..InboxFilter::default() };
    let mut seen_codes = Vec::new();
    loop {
        let page = world.run(async |tx| inbox_list(tx, &receiver(), &filter, 2).await).await.unwrap();
        seen_codes.extend(page.items.into_iter().map(|i| i.code));
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    assert_eq!(seen_codes, codes);
    world.at("2026-12-22T03:00:00Z");
    assert!(inbox(&world, POLICE, Group::Done).await.is_empty());
    filter.code = codes.pop();
    let found = world.run(async |tx| inbox_list(tx, &receiver(), &filter, 2).await).await.unwrap();
    assert_eq!(found.items.len(), 1);
}

#[tokio::test]
async fn what_another_domain_has_to_tell_reaches_the_citizen() {
    let world = World::new().await;
    let lan = citizen(LAN);
    let title = base::Text::new("Một giấy tờ của bạn đã bị thu hồi", "One of your papers was revoked");
    world
        .run(async |tx| {
            let (person, at) = (lan.person().unwrap(), tx.now());
            emit(tx, &NoticeDue { person, title: title.clone(), path: "/verify/x".into(), at });
            Ok(())
        })
        .await
        .unwrap();
    world.settle().await;
    let notices = world.run(async |tx| notices_list(tx, &lan).await).await.unwrap();
    assert_eq!(notices.iter().map(|n| &n.title).collect::<Vec<_>>(), [&title]);
}

#[tokio::test]
async fn whose_name_stands_in_the_inbox_finds_who_looked() {
    let world = World::new().await;
    world.settle().await;
    assert!(inbox(&world, POLICE, Group::New).await.is_empty());
    assert_eq!(world.logged("dossier.inbox_list", None).await, 1);
    for key in ["a", "b"] {
        let draft = world.draft(RESIDENCE, &own_dwelling()).await;
        world.submit(&draft, key).await.unwrap();
    }
    world.settle().await;
    assert_eq!(inbox(&world, POLICE, Group::New).await.len(), 2);
    assert_eq!(world.logged("dossier.inbox_list", Some(LAN)).await, 1, "once for a page, not for a line");
    assert!(inbox(&world, POLICE, Group::Working).await.is_empty());
    assert_eq!(
        world.logged("dossier.inbox_list", Some(LAN)).await,
        1,
        "a page without the name shows nothing"
    );
}

#[tokio::test]
async fn the_inbox_is_cut_by_due_date_on_both_sides() {
    let world = World::new().await;
    let received = world.received().await;
    world.settle().await;
    let due = received.due_on.unwrap();
    let (before, after) = (due.yesterday().unwrap(), due.tomorrow().unwrap());
    for (due_from, due_by, wanted) in [
        (Some(due), None, 1),
        (Some(after), None, 0),
        (None, Some(due), 1),
        (None, Some(before), 0),
        (Some(due), Some(due), 1),
    ] {
        let filter = InboxFilter { due_from, due_by, ..InboxFilter::default() };
        let page = world.run(async |tx| inbox_list(tx, &receiver(), &filter, 10).await).await.unwrap();
        assert_eq!(page.items.len(), wanted, "{due_from:?} {due_by:?}");
    }
}
