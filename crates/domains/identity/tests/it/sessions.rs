//! Sessions: listed, ended here and elsewhere, running out.

use identity::{Password, SessionId, ops};
use uuid::Uuid;

use crate::world::{AN, BINH, PASSWORD, World, citizen, code_of};

#[tokio::test]
async fn a_holder_sees_where_they_are_signed_in_and_ends_one_session() {
    let w = World::new().await;
    w.citizens().await;
    let (phone, desk, other) = (w.citizen_in(AN).await, w.citizen_in(AN).await, w.citizen_in(BINH).await);
    let me = w.resolve(&desk).await.unwrap();
    let mut tx = w.begin().await;
    let listed = ops::session_list(&mut tx, &me).await;
    let listed = tx.finish(listed).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed.iter().filter(|l| l.this).count(), 1);
    assert!(listed.iter().all(|l| l.agent == "Firefox, Windows"));

    assert!(w.resolve(&phone).await.is_some());
    let mut tx = w.begin().await;
    let strangers = ops::session_revoke(&w.cx, &mut tx, &me, other.current.session).await;
    assert_eq!(code_of(strangers), "identity.not_found");
    assert_eq!(
        code_of(ops::session_revoke(&w.cx, &mut tx, &me, SessionId(Uuid::nil())).await),
        "identity.not_found"
    );
    let ended = ops::session_revoke(&w.cx, &mut tx, &me, phone.current.session).await;
    tx.finish(ended).await.unwrap();
    assert_eq!(w.resolve(&phone).await, None);
    assert!(w.resolve(&desk).await.is_some());
    assert!(w.resolve(&other).await.is_some());
}

#[tokio::test]
async fn an_ended_session_is_refused_in_every_process_within_five_seconds() {
    let w = World::new().await;
    w.citizens().await;
    let (signed, elsewhere) = (w.citizen_in(AN).await, w.another_process());
    let hash = signed.token.hash();
    assert!(ops::session_resolve(&elsewhere, hash).await.unwrap().is_some());
    let mut tx = w.begin().await;
    let out = ops::sign_out(&w.cx, &mut tx, &signed.current).await;
    tx.finish(out).await.unwrap();
    assert_eq!(w.resolve(&signed).await, None);
    w.wait(5);
    assert_eq!(ops::session_resolve(&elsewhere, hash).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_runs_out_without_use_and_at_the_latest_after_a_day() {
    let w = World::new().await;
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    for _ in 0..23 {
        w.wait(3_590);
        assert!(w.resolve(&signed).await.is_some());
    }
    w.wait(3_590);
    assert!(w.resolve(&signed).await.is_some(), "still within the day");
    w.wait(600);
    assert_eq!(w.resolve(&signed).await, None, "a day is over");
    let idle = w.citizen_in(AN).await;
    w.wait(3_600);
    assert_eq!(w.resolve(&idle).await, None);
}

#[tokio::test]
async fn only_so_many_sessions_live_beside_each_other() {
    let w = World::new().await;
    w.citizens().await;
    let first = w.citizen_in(AN).await;
    for _ in 0..20 {
        w.wait(1);
        w.citizen_in(AN).await;
    }
    assert_eq!(w.resolve(&first).await, None);
    assert_eq!(w.texts("SELECT agent FROM identity.session WHERE revoked_at IS NULL").await.len(), 20);
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions_and_needs_the_old_one() {
    let w = World::new().await;
    w.citizens().await;
    let (other, mine) = (w.citizen_in(AN).await, w.citizen_in(AN).await);
    let (old, new) = (Password::new(PASSWORD), Password::new("gió thổi qua đồng"));
    let me = w.resolve(&mine).await.unwrap();
    let change = |old: &str, new: &str| {
        let (old, new, me) = (Password::new(old), Password::new(new), me.clone());
        let cx = w.cx.clone();
        async move { ops::password_change(&cx, &me, &old, &new).await }
    };
    assert_eq!(code_of(change("sai", "gió thổi qua đồng").await), "identity.bad_credentials");
    assert_eq!(code_of(change(PASSWORD, PASSWORD).await), "identity.invalid");
    assert_eq!(code_of(change(PASSWORD, "matkhau123").await), "identity.invalid");
    ops::password_change(&w.cx, &me, &old, &new).await.unwrap();
    assert_eq!(w.resolve(&other).await, None);
    assert!(w.resolve(&mine).await.is_some());
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.bad_credentials");
    ops::sign_in(&w.cx, &citizen(AN, "gió thổi qua đồng")).await.unwrap();
    let log = w.audit().await;
    assert!(log.iter().any(|e| e.contains("identity.password_change_failed")));
}

#[tokio::test]
async fn a_holder_ends_all_other_sessions() {
    let w = World::new().await;
    w.citizens().await;
    let (one, two, mine) = (w.citizen_in(AN).await, w.citizen_in(AN).await, w.citizen_in(AN).await);
    let mut tx = w.begin().await;
    let ended = ops::session_revoke_others(&w.cx, &mut tx, &mine.current, &mine.marks).await;
    assert_eq!(tx.finish(ended).await.unwrap().sessions, 2);
    assert_eq!((w.resolve(&one).await, w.resolve(&two).await), (None, None));
    assert!(w.resolve(&mine).await.is_some());
}
