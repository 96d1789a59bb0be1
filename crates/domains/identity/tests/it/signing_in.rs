//! Signing in: who may, who may not, and that nobody learns who has an account.

use contracts::{Actor, IdentityLevel, LoginStrength, Role, Who};
use identity::{LockReason, ops};

use crate::world::{AN, PASSWORD, World, agency, an, citizen, code_of, staff};

#[tokio::test]
async fn a_citizen_signs_in_with_number_and_password_and_is_known_by_the_token() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let signed = w.citizen_in(AN).await;
    let current = w.resolve(&signed).await.unwrap();
    assert_eq!(current.actor.account, account);
    assert_eq!(current.actor.who, Who::Citizen { person: an(), level: IdentityLevel::One });
    assert_eq!(current.actor.strength, LoginStrength::One);
    assert!(current.caller().is_some());
    assert_eq!(current, signed.current);
}

#[tokio::test]
async fn an_officer_signs_in_with_a_code_as_well_and_acts_in_one_duty() {
    let w = World::new().await;
    w.officer("can.bo", Role::Receiver).await;
    assert_eq!(code_of(ops::sign_in(&w.cx, &staff("can.bo", PASSWORD, None)).await), "identity.code_needed");
    let wrong = staff("can.bo", PASSWORD, Some("000000"));
    assert_eq!(code_of(ops::sign_in(&w.cx, &wrong).await), "identity.bad_code");
    let current = w.officer_in("can.bo").await.current;
    assert_eq!(current.actor.staff(), Some((&agency(), Role::Receiver)));
    assert_eq!(current.actor.strength, LoginStrength::Two);
    let mut other = staff("can.bo", PASSWORD, None);
    w.wait(30);
    other.code = Some(w.code());
    other.acting = Some((agency(), Role::Head));
    assert_eq!(code_of(ops::sign_in(&w.cx, &other).await), "identity.no_role");
}

#[tokio::test]
async fn a_code_is_accepted_once_in_all_processes() {
    let w = World::new().await;
    w.officer("can.bo", Role::Receiver).await;
    let (input, elsewhere) = (staff("can.bo", PASSWORD, Some(&w.code())), w.another_process());
    let (a, b) = tokio::join!(ops::sign_in(&w.cx, &input), ops::sign_in(&elsewhere, &input));
    let mut codes = [code_of(a), code_of(b)];
    codes.sort_unstable();
    assert_eq!(codes, ["identity.bad_code", "ok"]);
    assert_eq!(code_of(ops::sign_in(&w.cx, &input).await), "identity.bad_code");
}

#[tokio::test]
async fn a_number_opens_no_staff_account_and_a_login_no_citizens() {
    let w = World::new().await;
    w.citizens().await;
    w.officer("can.bo", Role::Receiver).await;
    assert_eq!(code_of(ops::sign_in(&w.cx, &staff(AN, PASSWORD, None)).await), "identity.bad_credentials");
    let nobody = citizen("001099099999", PASSWORD);
    assert_eq!(code_of(ops::sign_in(&w.cx, &nobody).await), "identity.bad_credentials");
}

#[tokio::test]
async fn a_stranger_and_a_holder_with_a_wrong_password_get_the_same_answer() {
    let w = World::new().await;
    w.citizens().await;
    let known = ops::sign_in(&w.cx, &citizen(AN, "sai mật khẩu")).await;
    let unknown = ops::sign_in(&w.cx, &citizen("001099099999", "sai mật khẩu")).await;
    assert_eq!(code_of(known), "identity.bad_credentials");
    assert_eq!(code_of(unknown), "identity.bad_credentials");
    // Both are shut out after the same number of tries, too.
    for number in [AN, "001099099999"] {
        for _ in 0..4 {
            assert_eq!(
                code_of(ops::sign_in(&w.cx, &citizen(number, "sai")).await),
                "identity.bad_credentials"
            );
        }
        assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(number, "sai")).await), "identity.too_many_tries");
    }
}

#[tokio::test]
async fn a_locked_account_opens_for_nobody_and_only_its_holder_learns_why() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let signed = w.citizen_in(AN).await;
    let mut tx = w.begin().await;
    let actor = signed.current.actor.clone();
    let locked = ops::account_lock(&w.cx, &mut tx, &actor, account, LockReason::OwnRequest).await;
    tx.finish(locked).await.unwrap();
    assert_eq!(w.resolve(&signed).await, None);
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.locked");
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, "sai")).await), "identity.bad_credentials");
    let mut tx = w.begin().await;
    let own = ops::account_unlock(&w.cx, &mut tx, &actor, account).await;
    assert_eq!(code_of(own), "identity.forbidden");
    let unlocked = ops::account_unlock(&w.cx, &mut tx, &Actor::system(), account).await;
    tx.finish(unlocked).await.unwrap();
    w.citizen_in(AN).await;
}

#[tokio::test]
async fn every_try_leaves_its_entry_in_the_log() {
    let w = World::new().await;
    w.citizens().await;
    w.citizen_in(AN).await;
    let _ = ops::sign_in(&w.cx, &citizen(AN, "sai")).await;
    let _ = ops::sign_in(&w.cx, &citizen("001099099999", "sai")).await;
    let log = w.audit().await;
    let count = |action: &str| log.iter().filter(|e| e.contains(&format!("\"{action}\""))).count();
    assert_eq!((count("identity.sign_in"), count("identity.sign_in_failed")), (1, 2), "{log:#?}");
    let failed: Vec<&String> = log.iter().filter(|e| e.contains("sign_in_failed")).collect();
    assert_eq!(failed.iter().filter(|e| e.contains(&an().to_string())).count(), 1);
}

#[tokio::test]
async fn a_sign_in_at_the_moment_of_a_lock_leaves_no_session() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let elsewhere = w.another_process();
    let law = Actor::system();
    for _ in 0..15 {
        let lock = async {
            let mut tx = w.begin().await;
            let locked = ops::account_lock(&w.cx, &mut tx, &law, account, LockReason::Authority).await;
            tx.finish(locked).await
        };
        let input = citizen(AN, PASSWORD);
        let (locked, _) = tokio::join!(lock, ops::sign_in(&elsewhere, &input));
        locked.unwrap();
        let live = w
            .texts("SELECT agent FROM identity.session WHERE revoked_at IS NULL AND person_id IS NOT NULL")
            .await;
        assert_eq!(live, Vec::<String>::new());
        let mut tx = w.begin().await;
        let unlocked = ops::account_unlock(&w.cx, &mut tx, &law, account).await;
        tx.finish(unlocked).await.unwrap();
        w.citizen_in(AN).await;
    }
}
