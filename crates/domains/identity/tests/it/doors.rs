//! Throttling and the password pool.

use base::SeededEntropy;
use identity::{Identity, PasswordCost, Passwords, ops};

use crate::world::{AN, BINH, PASSWORD, World, citizen, code_of};

#[tokio::test]
async fn tries_are_counted_across_processes_and_the_wait_grows() {
    let w = World::new().await;
    w.citizens().await;
    let elsewhere = w.another_process();
    for n in 0..5 {
        let here = if n % 2 == 0 { &w.cx } else { &elsewhere };
        assert_eq!(code_of(ops::sign_in(here, &citizen(AN, "sai")).await), "identity.bad_credentials");
    }
    for here in [&w.cx, &elsewhere] {
        assert_eq!(code_of(ops::sign_in(here, &citizen(AN, PASSWORD)).await), "identity.too_many_tries");
    }
    // Others are not held up.
    w.citizen_in(BINH).await;
    w.wait(30);
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, "sai")).await), "identity.bad_credentials");
    w.wait(30);
    assert_eq!(code_of(ops::sign_in(&elsewhere, &citizen(AN, PASSWORD)).await), "identity.too_many_tries");
    w.wait(30);
    w.citizen_in(AN).await;
    // A good try wipes the slate.
    for _ in 0..4 {
        assert_eq!(code_of(ops::sign_in(&elsewhere, &citizen(AN, "sai")).await), "identity.bad_credentials");
    }
    w.citizen_in(AN).await;
}

#[tokio::test]
async fn many_tries_at_once_do_not_slip_through() {
    let w = World::new().await;
    w.citizens().await;
    let input = citizen(AN, "sai");
    let tries = futures::future::join_all((0..20).map(|_| ops::sign_in(&w.cx, &input))).await;
    let checked =
        tries.into_iter().filter(|t| matches!(t, Err(identity::IdentityError::BadCredentials))).count();
    assert_eq!(checked, 5);
}

#[tokio::test]
async fn one_address_that_tries_many_numbers_is_held_up_and_another_is_not() {
    let w = World::new().await;
    w.citizens().await;
    for n in 0..50 {
        let stranger = citizen(&format!("0010990{n:05}"), "sai");
        assert_eq!(code_of(ops::sign_in(&w.cx, &stranger).await), "identity.bad_credentials");
    }
    let mut input = citizen(AN, PASSWORD);
    assert_eq!(code_of(ops::sign_in(&w.cx, &input).await), "identity.too_many_tries");
    input.client.ip = "198.51.100.9".parse().ok();
    ops::sign_in(&w.cx, &input).await.unwrap();
}

#[tokio::test]
async fn a_full_pool_sends_away_before_anything_is_counted_or_asked() {
    let w = World::new().await;
    w.citizens().await;
    let passwords = Passwords::with_room(PasswordCost::for_tests(), &SeededEntropy::new(1), 1, 0).unwrap();
    let cx = Identity { passwords: passwords.clone(), ..w.cx.clone() };
    let taken = passwords.place().unwrap();
    for _ in 0..10 {
        assert_eq!(code_of(ops::sign_in(&cx, &citizen(AN, PASSWORD)).await), "identity.busy");
    }
    drop(taken);
    ops::sign_in(&cx, &citizen(AN, PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn a_flood_of_sign_ins_is_shed_and_holds_up_nothing_else() {
    let w = World::new().await;
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    let passwords = Passwords::with_room(PasswordCost::for_tests(), &SeededEntropy::new(1), 1, 2).unwrap();
    let cx = Identity { passwords: passwords.clone(), ..w.cx.clone() };
    // Every place is held by a sign-in that does not get on.
    let held: Vec<_> = (0..3).map(|_| passwords.place().unwrap()).collect();
    let input = citizen(AN, PASSWORD);
    let flood = futures::future::join_all((0..200).map(|_| ops::sign_in(&cx, &input))).await;
    for refused in flood {
        let refused = refused.err().unwrap();
        assert_eq!(base::Fault::kind(&refused), base::Kind::Unavailable, "503");
    }
    // Meanwhile everything else goes on: who is signed in, a passkey's challenge, the history, a lock.
    let me = ops::session_resolve(&cx, signed.token.hash()).await.unwrap().unwrap();
    let mut tx = w.begin().await;
    ops::passkey_sign_in_offer(&cx, &mut tx).await.unwrap();
    assert_eq!(
        ops::sign_in_list(&mut tx, &me, None).await.unwrap().len(),
        1,
        "who is sent away is not logged"
    );
    let reason = identity::LockReason::OwnRequest;
    ops::account_lock(&cx, &mut tx, &me.actor, me.account(), reason).await.unwrap();
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    drop(held);
    assert_eq!(code_of(ops::sign_in(&cx, &input).await), "identity.locked");
}

#[tokio::test]
async fn a_password_hashed_at_another_cost_is_hashed_anew_at_sign_in() {
    let w = World::new().await;
    w.citizens().await;
    let passwords = Passwords::new(PasswordCost::default(), &SeededEntropy::new(1)).unwrap();
    let cx = Identity { passwords, ..w.cx.clone() };
    ops::sign_in(&cx, &citizen(AN, PASSWORD)).await.unwrap();
    let stored = w.texts("SELECT convert_from(secret, 'UTF8') FROM identity.authenticator").await;
    assert_eq!(stored.iter().filter(|s| s.contains("m=19456,t=2,p=1")).count(), 1);
    ops::sign_in(&cx, &citizen(AN, PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn what_is_over_is_swept() {
    let w = World::new().await;
    w.citizens().await;
    w.citizen_in(AN).await;
    let _ = ops::sign_in(&w.cx, &citizen(AN, "sai")).await;
    w.wait(32 * 86_400);
    let tx = w.begin().await;
    let swept = identity::jobs::sweep(&tx).await;
    assert!(tx.finish(swept).await.unwrap() >= 2);
    assert_eq!(w.texts("SELECT agent FROM identity.session").await, Vec::<String>::new());
}
