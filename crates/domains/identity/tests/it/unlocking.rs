//! Locked by oneself, and opened again by oneself; every other lock takes who is in charge.

use contracts::Actor;
use identity::{
    Current, IdentityError, LockReason,
    ops::{self, SignedIn, account_unlock_own::Unlocking},
    totp,
};

use crate::{
    device::Device,
    step_up::app,
    world::{AN, PASSWORD, World, citizen, client, code_of},
};

/// Somebody with both an app and a passkey.
async fn equipped(w: &World) -> (Current, Vec<u8>, Device) {
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    let secret = app(w, &signed.current).await;
    let me = w.resolve(&signed).await.unwrap();
    let mut tx = w.begin().await;
    let offer = ops::passkey_offer(&w.cx, &mut tx, &me).await;
    let offer = tx.finish(offer).await.unwrap();
    let mut phone = Device::new(1);
    let said = phone.create(&offer);
    ops::passkey_register(&w.cx, &me, &offer.ceremony, &said, "Điện thoại").await.unwrap();
    (w.resolve(&signed).await.unwrap(), secret, phone)
}

async fn unlock(w: &World, phone: &mut Device, code: &str) -> Result<SignedIn, IdentityError> {
    let mut tx = w.begin().await;
    let offer = ops::passkey_sign_in_offer(&w.cx, &mut tx).await;
    let offer = tx.finish(offer).await.unwrap();
    let (ceremony, code) = (offer.ceremony.clone(), code.to_owned());
    let input = Unlocking { ceremony, answer: phone.get(&offer), code, client: client() };
    ops::account_unlock_own(&w.cx, &input).await
}

async fn lock(w: &World, by: &contracts::Actor, account: contracts::AccountId, reason: LockReason) {
    let mut tx = w.begin().await;
    let locked = ops::account_lock(&w.cx, &mut tx, by, account, reason).await;
    tx.finish(locked).await.unwrap();
}

#[tokio::test]
async fn who_locked_their_own_account_opens_it_with_a_passkey_and_a_code() {
    let w = World::new().await;
    let (me, secret, mut phone) = equipped(&w).await;
    let code = |w: &World| totp::code(&secret, w.db.store.clock().now()).unwrap();
    assert_eq!(code_of(unlock(&w, &mut phone, &code(&w)).await), "identity.wrong_state", "it is open");
    lock(&w, &me.actor, me.account(), LockReason::OwnRequest).await;
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.locked");
    assert_eq!(code_of(unlock(&w, &mut phone, "000000").await), "identity.bad_code");
    let mut thief = Device::new(2);
    assert_eq!(code_of(unlock(&w, &mut thief, &code(&w)).await), "identity.bad_passkey");
    let signed = unlock(&w, &mut phone, &code(&w)).await.unwrap();
    assert_eq!(w.resolve(&signed).await.unwrap().account(), me.account());
    let told = "SELECT payload::text FROM store.outbox WHERE topic = 'notice.due' AND payload::text LIKE '%theo yêu cầu của bạn%'";
    assert_eq!(w.texts(told).await.len(), 1);
}

#[tokio::test]
async fn a_lock_of_an_authority_is_told_with_its_reason_and_opens_only_at_the_counter() {
    let w = World::new().await;
    let (me, secret, mut phone) = equipped(&w).await;
    let law = Actor::system();
    lock(&w, &law, me.account(), LockReason::Authority).await;
    let told = "SELECT payload::text FROM store.outbox WHERE topic = 'notice.due' AND payload::text LIKE '%cơ quan tiến hành%'";
    assert_eq!(w.texts(told).await.len(), 1);
    let code = totp::code(&secret, w.db.store.clock().now()).unwrap();
    assert_eq!(code_of(unlock(&w, &mut phone, &code).await), "identity.unlock_at_counter");
    let mut tx = w.begin().await;
    let unlocked = ops::account_unlock(&w.cx, &mut tx, &law, me.account()).await;
    tx.finish(unlocked).await.unwrap();
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.code_needed");
}
