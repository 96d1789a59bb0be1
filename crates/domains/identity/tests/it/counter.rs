//! An officer at the counter: finding an account, raising it to level 2, locking it.

use contracts::{IdentityLevel, Role, Who};
use identity::{LockReason, RaiseBasis, ops};

use crate::world::{AN, World, an, code_of};

#[tokio::test]
async fn an_officer_raises_an_account_and_open_sessions_know_it() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let (signed, officer) = (w.citizen_in(AN).await, w.actor("can.bo", Role::Receiver).await);
    assert!(w.resolve(&signed).await.is_some());
    let mut tx = w.begin().await;
    let found = ops::account_find(&w.cx, &mut tx, &officer, &AN.parse().unwrap()).await.unwrap();
    assert_eq!(found.id, account);
    let raised = ops::account_raise(&w.cx, &mut tx, &officer, found.id, RaiseBasis::CardSeen).await;
    tx.finish(raised).await.unwrap();
    let who = w.resolve(&signed).await.unwrap().actor.who;
    assert_eq!(who, Who::Citizen { person: an(), level: IdentityLevel::Two });
    let mut tx = w.begin().await;
    let again = ops::account_raise(&w.cx, &mut tx, &officer, account, RaiseBasis::CardSeen).await;
    assert_eq!(code_of(tx.finish(again).await), "identity.wrong_state");
    let history =
        w.texts("SELECT kind || ' ' || basis FROM identity.account_event WHERE kind = 'raised'").await;
    assert_eq!(history, ["raised card_seen"]);
}

#[tokio::test]
async fn a_citizen_raises_and_finds_nobody_and_an_auditor_neither() {
    let w = World::new().await;
    let [account, other] = w.citizens().await;
    let citizen = w.citizen_in(AN).await.current.actor;
    for actor in [citizen, w.actor("kiem.tra", Role::Auditor).await] {
        let mut tx = w.begin().await;
        let raised = ops::account_raise(&w.cx, &mut tx, &actor, account, RaiseBasis::ChipRead).await;
        assert_eq!(code_of(raised), "identity.forbidden");
        let found = ops::account_find(&w.cx, &mut tx, &actor, &AN.parse().unwrap()).await;
        assert_eq!(code_of(found), "identity.forbidden");
        let locked = ops::account_lock(&w.cx, &mut tx, &actor, other, LockReason::Misuse).await;
        assert_eq!(code_of(tx.finish(locked).await), "identity.forbidden");
    }
}
