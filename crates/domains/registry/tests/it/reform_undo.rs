//! Lives go on between a reform and its undoing: what people did since stands, all else is as it was, and the rest is told.

use base::PageRequest;
use contracts::{CommuneCode, PersonId, ports::ResidenceKind};
use jiff::civil::date;
use registry::{
    ops::{self as acts, Basis, Move, NewBirth, residence_move},
    reform::{
        ops::{self, LaterOne, State},
        run,
    },
};

use crate::{
    life::{basis, deciding, newborn},
    reform::{DIVIDED, EVE, TODAY, access},
    world::World,
};

impl World {
    async fn moves(&self, person: PersonId, commune: &str) {
        let change = Move {
            person,
            kind: ResidenceKind::Permanent,
            commune: CommuneCode::new(commune),
            address: "Số 7".to_owned(),
            householder: None,
            relation: None,
            from: TODAY,
            until: None,
        };
        self.db.clock.advance(jiff::SignedDuration::from_mins(1));
        let mut tx = self.begin().await;
        let nation = self.nation.as_ref();
        let moved = residence_move(&mut tx, &access(), nation, &change, &Basis::civil_status("1")).await;
        tx.finish(moved).await.unwrap();
    }

    /// What stands in the new units by later acts.
    async fn later(&self) -> Vec<LaterOne> {
        let mut tx = self.begin().await;
        let page = PageRequest { after: None, limit: None };
        let found = ops::reform_later(&mut tx, &access(), "2026-11", &page).await;
        tx.finish(found).await.unwrap().items
    }

    /// What is believed and rests on a reform.
    async fn rests(&self) -> Vec<String> {
        self.lines(
            "SELECT r.commune FROM registry.residence r WHERE r.known_to IS NULL AND EXISTS (
                 SELECT FROM registry.reform f WHERE f.reform_id IN (r.event_id, r.ended_by))",
        )
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_moved_away_since_stays_away_and_lived_in_the_old_unit_until_then() {
    let world = World::with_people().await;
    let dung = world.person("001088000004").await;
    for rows in [100, 1] {
        world.apply(DIVIDED, rows).await.unwrap();
        if rows == 100 {
            world.moves(dung, "00008").await;
        }
        let done = world.undo("2026-11", rows).await.unwrap();
        assert_eq!((done.state, done.undone, done.later), (State::Undone, 1, 1));
        for (day, unit) in [(EVE, "00070"), (date(2026, 11, 19), "00070"), (TODAY, "00008")] {
            assert_eq!(world.commune_as_of(dung, day).await[0], format!("permanent {unit}"), "{day}");
        }
        let homes = world.homes(false).await;
        assert!(homes.iter().any(|h| h.contains("|00070|Tổ 3|") && h.contains("2010-01-01|2026-11-20")));
        assert_eq!(world.key(dung).await.as_deref(), Some("00008"));
        assert_eq!(world.rests().await, Vec::<String>::new());
        let later = world.later().await;
        assert_eq!(later.len(), 1);
        assert_eq!((later[0].person, &later[0].unit), (dung, &CommuneCode::new("00008")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_born_since_stays_where_it_was_registered_and_is_told() {
    let world = World::with_people().await;
    let [chi, dung] = [world.person("001190000003").await, world.person("001088000004").await];
    let before = world.homes(true).await;
    world.apply(DIVIDED, 100).await.unwrap();
    let new = NewBirth { lives_with: Some(dung), ..newborn(chi, dung) };
    let mut tx = world.begin().await;
    let nation = world.nation.as_ref();
    let born = acts::birth_register(&mut tx, &deciding(), nation, &new, &basis()).await;
    let child = tx.finish(born).await.unwrap().person;

    let done = world.undo("2026-11", 100).await.unwrap();
    assert_eq!((done.undone, done.later), (1, 1));
    assert_eq!(world.later().await[0].person, child);
    assert_eq!(world.key(child).await.as_deref(), Some("00004"));
    let mut rest = world.homes(true).await;
    rest.retain(|home| before.contains(home));
    assert_eq!(rest, before, "all else is as it was");
}

/// Acts between any two steps, and one in the middle of a step: the undoing comes to its end all the same.
#[tokio::test(flavor = "multi_thread")]
async fn acts_that_come_while_it_is_undone_do_not_stop_it() {
    let world = World::with_a_crowd().await;
    let moved = async || -> Vec<PersonId> {
        let people = world
            .lines(
                "SELECT person_id::text FROM registry.reform_place WHERE kept_id IS NOT NULL AND undone_at IS NULL
                 ORDER BY person_id DESC",
            )
            .await;
        people.iter().map(|id| id.parse().map(PersonId).unwrap()).collect()
    };
    let before = world.homes(true).await;
    world.apply(DIVIDED, 1000).await.unwrap();
    let all = moved().await;
    let mut tx = world.begin().await;
    let begun = ops::reform_undo_begin(&mut tx, &access(), "2026-11").await;
    let mut run = tx.finish(begun).await.unwrap();
    run = run::undo_step(&world.db.store, &access(), &run, 3).await.unwrap();
    world.moves(all[0], "00008").await;
    run = run::undo_step(&world.db.store, &access(), &run, 3).await.unwrap();
    assert_eq!(run.state, State::Undoing);

    // Somebody's row is being changed when the step comes to it.
    let act = world.begin().await;
    let sql = format!("UPDATE registry.person SET version = version + 1 WHERE person_id = '{}'", all[1]);
    act.raw().await.unwrap().batch_execute(&sql).await.unwrap();
    let (done, ()) = tokio::join!(world.undo("2026-11", 1000), async {
        tokio::task::yield_now().await;
        act.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    });
    let done = done.unwrap();
    assert_eq!((done.state, done.later), (State::Undone, 1));
    assert!(moved().await.is_empty());
    assert_eq!(world.rests().await, Vec::<String>::new());
    let now = world.homes(true).await;
    let number =
        world.lines(&format!("SELECT number FROM registry.person WHERE person_id = '{}'", all[0])).await;
    let others = |homes: &[String]| -> Vec<String> {
        homes.iter().filter(|home| !home.starts_with(&number[0])).cloned().collect()
    };
    assert_eq!(others(&now), others(&before));
    assert_eq!(world.key(all[0]).await.as_deref(), Some("00008"));
}
