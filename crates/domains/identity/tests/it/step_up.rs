//! Showing more in the same session, and showing it again.

use contracts::{LoginStrength, Method};
use identity::{
    Current, Password,
    model::Ask,
    ops::{
        self,
        sign_in::FirstStep,
        step_up::{Proof, Wanted},
    },
    totp,
};

use crate::{
    device::Device,
    world::{AN, BINH, PASSWORD, World, citizen, client, code_of},
};

const TWO: Wanted = Wanted { strength: LoginStrength::Two, since: None };

/// Sets up the authenticator app of somebody who is signed in, and gives its secret.
pub async fn app(w: &World, me: &Current) -> Vec<u8> {
    let mut tx = w.begin().await;
    let enrolment = ops::totp_enrol(&w.cx, &mut tx, me).await;
    let secret = crate::staff::decode(&tx.finish(enrolment).await.unwrap().secret);
    let mut tx = w.begin().await;
    let code = totp::code(&secret, tx.now()).unwrap();
    let confirmed = ops::totp_confirm(&w.cx, &mut tx, me, &code).await;
    tx.finish(confirmed).await.unwrap();
    w.wait(30);
    secret
}

async fn ways(w: &World, me: &Current, wanted: Wanted) -> Ask {
    let mut tx = w.begin().await;
    let ask = ops::step_up_ways(&w.cx, &mut tx, me, wanted).await;
    tx.finish(ask).await.unwrap()
}

#[tokio::test]
async fn a_citizen_with_an_app_signs_in_in_two_steps() {
    let w = World::new().await;
    w.citizens().await;
    let me = w.citizen_in(AN).await.current;
    let secret = app(&w, &me).await;
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.code_needed");
    let FirstStep::CodeNext(token) = ops::sign_in_first(&w.cx, &citizen(AN, PASSWORD)).await.unwrap() else {
        panic!("a code is asked for")
    };
    // A wrong code may be typed again.
    assert_eq!(code_of(ops::sign_in_code(&w.cx, &token, "000000", &client()).await), "identity.bad_code");
    assert_eq!(code_of(ops::sign_in_code(&w.cx, &token, "", &client()).await), "identity.bad_code");
    let code = totp::code(&secret, w.db.store.clock().now()).unwrap();
    let signed = ops::sign_in_code(&w.cx, &token, &code, &client()).await.unwrap();
    let current = w.resolve(&signed).await.unwrap();
    assert_eq!((current.actor.strength, current), (LoginStrength::Two, signed.current));
    w.wait(30);
    let code = totp::code(&secret, w.db.store.clock().now()).unwrap();
    assert_eq!(code_of(ops::sign_in_code(&w.cx, &token, &code, &client()).await), "identity.ceremony_over");
}

#[tokio::test]
async fn guessing_codes_is_shut_out_and_a_lock_in_between_ends_it() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let me = w.citizen_in(AN).await.current;
    app(&w, &me).await;
    let first = async || match ops::sign_in_first(&w.cx, &citizen(AN, PASSWORD)).await.unwrap() {
        FirstStep::CodeNext(token) => token,
        FirstStep::In(_) => panic!("a code is asked for"),
    };
    let token = first().await;
    for _ in 0..5 {
        assert_eq!(code_of(ops::sign_in_code(&w.cx, &token, "000000", &client()).await), "identity.bad_code");
    }
    let more = ops::sign_in_code(&w.cx, &token, "000000", &client()).await;
    assert_eq!(code_of(more), "identity.too_many_tries");
    let token = first().await;
    let mut tx = w.begin().await;
    let lock = ops::account_lock(&w.cx, &mut tx, &me.actor, account, identity::LockReason::OwnRequest).await;
    tx.finish(lock).await.unwrap();
    assert_eq!(
        code_of(ops::sign_in_code(&w.cx, &token, "000000", &client()).await),
        "identity.ceremony_over"
    );
}

#[tokio::test]
async fn a_session_is_raised_in_place_by_a_code_or_a_passkey() {
    let w = World::new().await;
    w.citizens().await;
    // Two browsers, by password alone, which is all there is.
    let (first, second) = (w.citizen_in(AN).await, w.citizen_in(AN).await);
    assert_eq!(ways(&w, &first.current, TWO).await, Ask::SetUp);
    let me = w.resolve(&first).await.unwrap();
    let mut tx = w.begin().await;
    let offer = ops::passkey_offer(&w.cx, &mut tx, &me).await;
    let offer = tx.finish(offer).await.unwrap();
    let mut phone = Device::new(1);
    let said = phone.create(&offer);
    ops::passkey_register(&w.cx, &me, &offer.ceremony, &said, "Điện thoại").await.unwrap();

    // From now on the password alone opens nothing any more; the other browser has to show the key.
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.passkey_needed");
    let history = w.texts("SELECT outcome FROM identity.sign_in ORDER BY sign_in_id DESC LIMIT 1").await;
    assert_eq!(history, ["passkey_asked"]);
    let me = w.resolve(&second).await.unwrap();
    assert_eq!(ways(&w, &me, TWO).await, Ask::Any(vec![Method::Passkey]));
    let mut tx = w.begin().await;
    let offer = ops::step_up_offer(&w.cx, &mut tx, &me).await;
    let offer = tx.finish(offer).await.unwrap();
    let proof = Proof::Passkey { ceremony: offer.ceremony.clone(), answer: phone.get(&offer) };
    w.wait(60);
    ops::step_up(&w.cx, &me, &proof).await.unwrap();
    let raised = w.resolve(&second).await.unwrap();
    assert_eq!((raised.session, raised.actor.strength), (me.session, LoginStrength::Two));
    assert_eq!(raised.methods, [Method::Password, Method::Passkey]);
    assert_eq!(raised.auth_at, w.db.store.clock().now());
    assert_eq!(ways(&w, &raised, TWO).await, Ask::Nothing);
    // What was shown counts once.
    assert_eq!(code_of(ops::step_up(&w.cx, &raised, &proof).await), "identity.ceremony_over");

    let mut tx = w.begin().await;
    let offer = ops::step_up_offer(&w.cx, &mut tx, &raised).await;
    let offer = tx.finish(offer).await.unwrap();
    let binh = w.citizen_in(BINH).await.current;
    let proof = Proof::Passkey { ceremony: offer.ceremony.clone(), answer: phone.get(&offer) };
    assert_eq!(code_of(ops::step_up(&w.cx, &binh, &proof).await), "identity.ceremony_over");
}

#[tokio::test]
async fn a_fresh_login_is_asked_for_by_whatever_the_person_has() {
    let w = World::new().await;
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    w.wait(120);
    let since = Some(w.db.store.clock().now());
    let wanted = Wanted { strength: LoginStrength::One, since };
    let me = w.resolve(&signed).await.unwrap();
    assert_eq!(ways(&w, &me, wanted).await, Ask::Any(vec![Method::Password]));
    let wrong = Proof::Password(Password::new("sai"));
    assert_eq!(code_of(ops::step_up(&w.cx, &me, &wrong).await), "identity.bad_credentials");
    let right = Proof::Password(Password::new(PASSWORD));
    ops::step_up(&w.cx, &me, &right).await.unwrap();
    let me = w.resolve(&signed).await.unwrap();
    assert_eq!(ways(&w, &me, wanted).await, Ask::Nothing);
    assert_eq!(me.actor.strength, LoginStrength::One, "the same factor twice is one factor");
    let log = w.audit().await;
    assert_eq!(log.iter().filter(|e| e.contains("identity.step_up\"")).count(), 1, "{log:#?}");
    assert_eq!(log.iter().filter(|e| e.contains("identity.step_up_failed")).count(), 1);
}

#[tokio::test]
async fn a_code_of_the_app_raises_a_session_once_and_guessing_is_shut_out() {
    let w = World::new().await;
    w.citizens().await;
    let old = w.citizen_in(AN).await;
    let other = w.citizen_in(AN).await;
    let secret = app(&w, &other.current).await;
    // The app ended the other sessions; the one that set it up is strong already.
    assert_eq!(w.resolve(&old).await, None);
    let me = w.resolve(&other).await.unwrap();
    assert_eq!(ways(&w, &me, TWO).await, Ask::Nothing);
    let code = totp::code(&secret, w.db.store.clock().now()).unwrap();
    ops::step_up(&w.cx, &me, &Proof::Code(code.clone())).await.unwrap();
    assert_eq!(code_of(ops::step_up(&w.cx, &me, &Proof::Code(code)).await), "identity.bad_code");
    for _ in 0..4 {
        assert_eq!(code_of(ops::step_up(&w.cx, &me, &Proof::Code("1".into())).await), "identity.bad_code");
    }
    let more = ops::step_up(&w.cx, &me, &Proof::Code("1".into())).await;
    assert_eq!(code_of(more), "identity.too_many_tries");
}
