//! Passkeys: made, used without typing anything, renamed, removed; and what is refused.

use contracts::{LoginStrength, Method, Role};
use identity::{
    Current, IdentityError, Offer,
    ops::{self, SignedIn, passkey_sign_in::Answer},
};

use crate::{
    device::Device,
    world::{AN, BINH, World, client, code_of},
};

async fn offer(w: &World, me: &Current) -> Result<Offer, IdentityError> {
    let mut tx = w.begin().await;
    let offer = ops::passkey_offer(&w.cx, &mut tx, me).await;
    tx.finish(offer).await
}

/// A new device with a passkey of this person.
async fn device(w: &World, me: &Current, seed: u8) -> Device {
    let mut device = Device::new(seed);
    let offer = offer(w, me).await.unwrap();
    let answer = device.create(&offer);
    ops::passkey_register(&w.cx, me, &offer.ceremony, &answer, "Điện thoại").await.unwrap();
    device
}

async fn sign_in_offer(w: &World) -> Offer {
    let mut tx = w.begin().await;
    let offer = ops::passkey_sign_in_offer(&w.cx, &mut tx).await;
    tx.finish(offer).await.unwrap()
}

fn answer(ceremony: &str, answer: String, staff: bool) -> Answer {
    Answer { ceremony: ceremony.to_owned(), answer, acting: None, staff, client: client() }
}

async fn sign_in(w: &World, device: &mut Device, staff: bool) -> Result<SignedIn, IdentityError> {
    let offer = sign_in_offer(w).await;
    let said = device.get(&offer);
    ops::passkey_sign_in(&w.cx, &answer(&offer.ceremony, said, staff)).await
}

#[tokio::test]
async fn somebody_signs_in_with_a_passkey_without_typing_anything_and_that_is_two_factors() {
    let w = World::new().await;
    w.citizens().await;
    let me = w.citizen_in(AN).await.current;
    let mut phone = device(&w, &me, 1).await;
    let signed = sign_in(&w, &mut phone, false).await.unwrap();
    let current = w.resolve(&signed).await.unwrap();
    assert_eq!(current.account(), me.account());
    assert_eq!(
        (current.actor.strength, current.methods.as_slice()),
        (LoginStrength::Two, &[Method::Passkey][..])
    );
    assert_eq!(current, signed.current);
    // Again, and its counter goes on.
    sign_in(&w, &mut phone, false).await.unwrap();

    let mut tx = w.begin().await;
    let keys = ops::passkey_list(&mut tx, &current).await.unwrap();
    assert_eq!((keys.len(), keys[0].name.as_str(), keys[0].last_used_at), (1, "Điện thoại", Some(tx.now())));
    let events = w
        .texts("SELECT payload->'change'->>'kind' FROM store.outbox WHERE topic = 'identity.account_changed'")
        .await;
    assert_eq!(events, ["credential_changed"]);
}

#[tokio::test]
async fn adding_a_passkey_makes_the_session_stronger_and_tells_its_holder() {
    let w = World::new().await;
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    device(&w, &signed.current, 1).await;
    let me = w.resolve(&signed).await.unwrap();
    assert_eq!(me.actor.strength, LoginStrength::Two);
    assert_eq!(me.login().unwrap().methods, [Method::Password, Method::Passkey]);
    assert_eq!(w.texts("SELECT topic FROM store.outbox WHERE topic = 'notice.due'").await.len(), 1);
}

#[tokio::test]
async fn a_device_that_does_not_verify_its_user_is_refused_both_times() {
    let w = World::new().await;
    w.citizens().await;
    let me = w.citizen_in(AN).await.current;
    let offered = offer(&w, &me).await.unwrap();
    let mut careless = Device::new(1);
    careless.verifies = false;
    let said = careless.create(&offered);
    let refused = ops::passkey_register(&w.cx, &me, &offered.ceremony, &said, "Điện thoại").await;
    assert_eq!(code_of(refused), "identity.bad_passkey");
    let mut phone = device(&w, &me, 2).await;
    phone.verifies = false;
    assert_eq!(code_of(sign_in(&w, &mut phone, false).await), "identity.bad_passkey");
    let log = w.audit().await;
    assert!(
        log.iter().any(|e| e.contains("identity.sign_in_failed") && e.contains(&me.account().to_string()))
    );
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_the_holder_is_told() {
    let w = World::new().await;
    w.citizens().await;
    let me = w.citizen_in(AN).await.current;
    let mut phone = device(&w, &me, 1).await;
    let mut copy = phone.clone();
    sign_in(&w, &mut phone, false).await.unwrap();
    let notices = "SELECT payload::text FROM store.outbox WHERE topic = 'notice.due' AND payload::text LIKE '%sao chép%'";
    assert_eq!(w.texts(notices).await.len(), 0);
    w.wait(1);
    assert_eq!(code_of(sign_in(&w, &mut copy, false).await), "identity.passkey_copied");
    assert_eq!(w.texts(notices).await.len(), 1);
    let history = w.texts("SELECT outcome FROM identity.sign_in ORDER BY sign_in_id").await;
    assert_eq!(history, ["in", "in", "passkey_copied"]);
    // A device that does not count is no copy.
    let strong = sign_in(&w, &mut phone, false).await.unwrap().current;
    let mut synced = Device::new(3);
    synced.counts = false;
    let offered = offer(&w, &strong).await.unwrap();
    let said = synced.create(&offered);
    ops::passkey_register(&w.cx, &strong, &offered.ceremony, &said, "Đám mây").await.unwrap();
    for _ in 0..2 {
        sign_in(&w, &mut synced, false).await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_counts_once_for_its_own_challenge_and_not_after_five_minutes() {
    let w = World::new().await;
    w.citizens().await;
    let me = w.citizen_in(AN).await.current;
    let mut phone = device(&w, &me, 1).await;
    let (first, second) = (sign_in_offer(&w).await, sign_in_offer(&w).await);
    let said = phone.get(&first);
    let crossed = ops::passkey_sign_in(&w.cx, &answer(&second.ceremony, said.clone(), false)).await;
    assert_eq!(code_of(crossed), "identity.bad_passkey");
    ops::passkey_sign_in(&w.cx, &answer(&first.ceremony, said.clone(), false)).await.unwrap();
    // Neither the one that was good nor the one that was wrong counts again.
    for ceremony in [&first.ceremony, &second.ceremony] {
        let again = ops::passkey_sign_in(&w.cx, &answer(ceremony, said.clone(), false)).await;
        assert_eq!(code_of(again), "identity.ceremony_over");
    }
    let late = sign_in_offer(&w).await;
    let said = phone.get(&late);
    w.wait(300);
    let late = ops::passkey_sign_in(&w.cx, &answer(&late.ceremony, said, false)).await;
    assert_eq!(code_of(late), "identity.ceremony_over");
}

#[tokio::test]
async fn a_key_of_another_site_or_another_person_opens_nothing() {
    let w = World::new().await;
    w.citizens().await;
    let (an, binh) = (w.citizen_in(AN).await.current, w.citizen_in(BINH).await.current);
    let mut phone = device(&w, &an, 1).await;
    let mut fake = phone.clone();
    fake.origin = "http://localhost.example";
    assert_eq!(code_of(sign_in(&w, &mut fake, false).await), "identity.bad_passkey");
    assert_eq!(code_of(sign_in(&w, &mut phone, true).await), "identity.bad_passkey", "not an officer's");
    // The same key for a second account.
    let offered = offer(&w, &binh).await.unwrap();
    let said = phone.clone().create(&offered);
    let taken = ops::passkey_register(&w.cx, &binh, &offered.ceremony, &said, "Điện thoại").await;
    assert_eq!(code_of(taken), "identity.passkey_known");
    // What was begun by one person is not finished by another.
    let offered = offer(&w, &binh).await.unwrap();
    let said = Device::new(9).create(&offered);
    let crossed = ops::passkey_register(&w.cx, &an, &offered.ceremony, &said, "Điện thoại").await;
    assert_eq!(code_of(crossed), "identity.ceremony_over");
}

#[tokio::test]
async fn a_removed_key_opens_nothing_and_removing_takes_two_factors() {
    let w = World::new().await;
    w.citizens().await;
    let weak = w.citizen_in(AN).await.current;
    let mut phone = device(&w, &weak, 1).await;
    let mut tx = w.begin().await;
    let key = ops::passkey_list(&mut tx, &weak).await.unwrap().remove(0);
    // `weak` is what the session was before the key was added.
    let refused = ops::passkey_remove(&w.cx, &mut tx, &weak, key.id).await;
    assert_eq!(code_of(tx.finish(refused).await), "identity.second_factor_needed");
    assert_eq!(code_of(offer(&w, &weak).await), "identity.second_factor_needed");

    let strong = sign_in(&w, &mut phone, false).await.unwrap().current;
    let mut tx = w.begin().await;
    let renamed = ops::passkey_rename(&mut tx, &strong, key.id, " Máy cũ ").await;
    tx.finish(renamed).await.unwrap();
    let mut tx = w.begin().await;
    assert_eq!(ops::passkey_list(&mut tx, &strong).await.unwrap()[0].name, "Máy cũ");
    assert_eq!(code_of(ops::passkey_rename(&mut tx, &strong, key.id, "  ").await), "identity.invalid");
    let removed = ops::passkey_remove(&w.cx, &mut tx, &strong, key.id).await;
    tx.finish(removed).await.unwrap();
    assert_eq!(code_of(sign_in(&w, &mut phone, false).await), "identity.bad_passkey");
    // The device may make a new one for whoever comes next.
    device(&w, &strong, 1).await;
}

#[tokio::test]
async fn an_officer_signs_in_with_a_passkey_and_keeps_a_second_factor() {
    let w = World::new().await;
    w.officer("can.bo", Role::Receiver).await;
    let me = w.officer_in("can.bo").await.current;
    let mut key = device(&w, &me, 1).await;
    let signed = sign_in(&w, &mut key, true).await.unwrap();
    assert_eq!(signed.current.actor.staff().unwrap().1, Role::Receiver);
    assert_eq!(code_of(sign_in(&w, &mut key, false).await), "identity.bad_passkey", "not a citizen's");
    // Without the app, the passkey is the last second factor.
    let connection = w.db.store.connection().await.unwrap();
    connection.execute("DELETE FROM identity.authenticator WHERE kind = 'totp'", &[]).await.unwrap();
    let mut tx = w.begin().await;
    let id = ops::passkey_list(&mut tx, &signed.current).await.unwrap()[0].id;
    let last = ops::passkey_remove(&w.cx, &mut tx, &signed.current, id).await;
    assert_eq!(code_of(tx.finish(last).await), "identity.last_factor");
}

#[tokio::test]
async fn an_account_has_only_so_many_keys_and_none_where_the_address_has_no_name() {
    let w = World::new().await;
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    for seed in 1..=10 {
        let me = w.resolve(&signed).await.unwrap();
        device(&w, &me, seed).await;
    }
    let me = w.resolve(&signed).await.unwrap();
    assert_eq!(code_of(offer(&w, &me).await), "identity.passkeys_full");
    let nameless = w.cx.clone().reached_at("http://127.0.0.1:8080");
    let mut tx = w.begin().await;
    assert_eq!(code_of(ops::passkey_sign_in_offer(&nameless, &mut tx).await), "identity.passkeys_off");
}
