//! What a death and its annulment make of representing an organisation.

use contracts::{
    Role,
    events::{LifeEvent, LifeKind, emit},
};
use identity::{
    follow,
    organisation::{
        Scope,
        model::Act,
        ops::{self, Proposing},
        typed::Typed,
    },
};
use jiff::civil::date;
use uuid::Uuid;

use crate::{
    organisations::{acts_for, approve, authorise, company, form, lets, people, read, step, strong},
    world::{AN, BINH, World, an},
};

/// Something is told of An's life.
async fn lives(w: &World, kind: LifeKind) {
    w.wait(1);
    let mut tx = w.begin().await;
    let at = tx.now();
    let event = Uuid::from_u128(9);
    emit(&mut tx, &LifeEvent { person: an(), event, kind, on: base::vietnam_date(at), at });
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    store::relay::drain(&w.db.store, &follow::Follow(w.cx.clone())).await.unwrap();
}

#[tokio::test]
async fn a_death_ends_every_representation_and_the_others_are_told() {
    let w = World::new().await;
    let [_, binh, ..] = people(&w).await;
    let me = strong(&w, AN).await;
    let id = company(&w, &me).await;
    authorise(&w, &me, id, &lets(BINH, &[Scope::Services], date(2026, 12, 31))).await.unwrap();
    lives(&w, LifeKind::Death).await;
    assert_eq!(acts_for(&w, me.account()).await, Vec::<String>::new());
    assert_eq!(acts_for(&w, binh).await.len(), 1, "whoever was authorised goes on");
    assert_eq!(
        w.texts("SELECT ended_why FROM identity.representation WHERE ended_why IS NOT NULL").await,
        ["deceased"]
    );
    let told = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due'").await;
    assert!(told.iter().any(|t| t.contains("không còn người đại diện")), "{told:?}");
    // The counter names another.
    let (taker, head) = (w.actor("a.nhan", Role::Receiver).await, w.actor("b.truong", Role::Head).await);
    let new = Proposing { number: BINH.into(), title: "Giám đốc".into(), document: "NQ 03/2026".into() };
    let change = step!(w, |tx| ops::representative_change_propose(&w.cx, tx, &taker, id, &new)).unwrap();
    step!(w, |tx| ops::representative_change_confirm(&w.cx, tx, &head, id, change)).unwrap();
    assert_eq!(acts_for(&w, binh).await, ["Công ty TNHH Sao Mai legal"]);
}

#[tokio::test]
async fn whoever_lives_after_all_represents_again_what_would_still_be_in_force() {
    let w = World::new().await;
    let [me_at, binh, ..] = people(&w).await;
    let me = strong(&w, AN).await;
    let own = company(&w, &me).await;
    let other = {
        let binh = strong(&w, BINH).await;
        let typed = Typed { tax_code: "0300588569".into(), name: "Công ty Khác".into(), ..form() };
        let opened = step!(w, |tx| ops::organisation_ask(&w.cx, tx, &binh, &typed)).unwrap();
        let officer = w.actor("b.duyet", Role::Decider).await;
        approve(&w, &officer, opened.organisation).await.unwrap();
        step!(w, |tx| ops::organisation_activate(tx, &binh, opened.organisation)).unwrap();
        let until = lets(AN, &[Scope::Services], date(2026, 12, 31));
        authorise(&w, &binh, opened.organisation, &until).await.unwrap();
        opened.organisation
    };
    let both = ["Công ty Khác authorised", "Công ty TNHH Sao Mai legal"];
    assert_eq!(acts_for(&w, me_at).await, both);
    lives(&w, LifeKind::Death).await;
    assert_eq!(acts_for(&w, me_at).await, Vec::<String>::new());
    lives(&w, LifeKind::DeathAnnulled).await;
    assert_eq!(acts_for(&w, me_at).await, both);
    let me = strong(&w, AN).await;
    let shown = read(&w, &me, own).await.unwrap();
    assert_eq!(shown.acts[0].act, Act::Returned);
    let log = w.audit().await;
    assert_eq!(log.iter().filter(|e| e.contains("identity.representation_return")).count(), 2);
    // The same word twice changes nothing; nor does it bring back what was ended since.
    lives(&w, LifeKind::DeathAnnulled).await;
    assert_eq!(acts_for(&w, me_at).await, both);
    let binh_in = strong(&w, BINH).await;
    let all = read(&w, &binh_in, other).await.unwrap().all;
    let mine = all.iter().find(|one| one.account == me_at).unwrap().id;
    step!(w, |tx| ops::representative_end(tx, &binh_in, other, mine)).unwrap();
    lives(&w, LifeKind::DeathAnnulled).await;
    assert_eq!(acts_for(&w, me_at).await, ["Công ty TNHH Sao Mai legal"]);
    assert_eq!(acts_for(&w, binh).await, ["Công ty Khác legal"]);
}

#[tokio::test]
async fn what_has_passed_to_others_or_run_out_does_not_return_with_the_living() {
    let w = World::new().await;
    let [me_at, binh, ..] = people(&w).await;
    let me = strong(&w, AN).await;
    let id = company(&w, &me).await;
    lives(&w, LifeKind::Death).await;
    let (taker, head) = (w.actor("a.nhan", Role::Receiver).await, w.actor("b.truong", Role::Head).await);
    let new = Proposing { number: BINH.into(), title: "Giám đốc".into(), document: "NQ 03/2026".into() };
    let change = step!(w, |tx| ops::representative_change_propose(&w.cx, tx, &taker, id, &new)).unwrap();
    step!(w, |tx| ops::representative_change_confirm(&w.cx, tx, &head, id, change)).unwrap();
    lives(&w, LifeKind::DeathAnnulled).await;
    assert_eq!(acts_for(&w, me_at).await, Vec::<String>::new(), "another took the place");
    let binh_in = strong(&w, BINH).await;
    authorise(&w, &binh_in, id, &lets(AN, &[Scope::Services], date(2026, 11, 25))).await.unwrap();
    lives(&w, LifeKind::Death).await;
    w.wait(7 * 86_400);
    lives(&w, LifeKind::DeathAnnulled).await;
    assert_eq!(acts_for(&w, me_at).await, Vec::<String>::new(), "its last day has passed");
    assert_eq!(acts_for(&w, binh).await, ["Công ty TNHH Sao Mai legal"]);
}
