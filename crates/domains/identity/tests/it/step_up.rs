//! Showing more in the same session, and showing it again.

use contracts::{LoginStrength, Method, Role};
use identity::{
    Current, Password,
    ops::{self, SignedIn, sign_in::FirstStep, step_up::Proof},
    shown::{Ask, Wanted},
    totp,
};

use crate::{
    device::Device,
    world::{AN, BINH, PASSWORD, World, citizen, client, code_of, staff},
};

const TWO: Wanted = Wanted { strength: LoginStrength::Two, since: None };

/// Any one of these, and nothing more.
pub fn any(ways: &[Method]) -> Ask {
    Ask::Any { ways: ways.to_vec(), then: Vec::new(), begun: false }
}

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
    let history = w.texts("SELECT outcome FROM identity.sign_in WHERE outcome <> 'in'").await;
    assert_eq!(history, ["passkey_asked"]);
    let me = w.resolve(&second).await.unwrap();
    assert_eq!(ways(&w, &me, TWO).await, any(&[Method::Passkey]));
    let mut tx = w.begin().await;
    let offer = ops::step_up_offer(&w.cx, &mut tx, &me).await;
    let offer = tx.finish(offer).await.unwrap();
    let proof = Proof::Passkey { ceremony: offer.ceremony.clone(), answer: phone.get(&offer) };
    w.wait(60);
    ops::step_up(&w.cx, &me, &proof, None).await.unwrap();
    let raised = w.resolve(&second).await.unwrap();
    assert_eq!((raised.session, raised.actor.strength), (me.session, LoginStrength::Two));
    assert_eq!(raised.methods, [Method::Passkey], "worth as much as all that was shown, and fresh");
    assert_eq!(raised.auth_at, w.db.store.clock().now());
    assert_eq!(ways(&w, &raised, TWO).await, Ask::Nothing);
    // What was shown counts once.
    assert_eq!(code_of(ops::step_up(&w.cx, &raised, &proof, None).await), "identity.ceremony_over");

    let mut tx = w.begin().await;
    let offer = ops::step_up_offer(&w.cx, &mut tx, &raised).await;
    let offer = tx.finish(offer).await.unwrap();
    let binh = w.citizen_in(BINH).await.current;
    let proof = Proof::Passkey { ceremony: offer.ceremony.clone(), answer: phone.get(&offer) };
    assert_eq!(code_of(ops::step_up(&w.cx, &binh, &proof, None).await), "identity.ceremony_over");
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
    assert_eq!(ways(&w, &me, wanted).await, any(&[Method::Password]));
    let wrong = Proof::Password(Password::new("sai"));
    assert_eq!(code_of(ops::step_up(&w.cx, &me, &wrong, None).await), "identity.bad_credentials");
    let right = Proof::Password(Password::new(PASSWORD));
    ops::step_up(&w.cx, &me, &right, since).await.unwrap();
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
    ops::step_up(&w.cx, &me, &Proof::Code(code.clone()), None).await.unwrap();
    assert_eq!(code_of(ops::step_up(&w.cx, &me, &Proof::Code(code), None).await), "identity.bad_code");
    for _ in 0..4 {
        assert_eq!(
            code_of(ops::step_up(&w.cx, &me, &Proof::Code("1".into()), None).await),
            "identity.bad_code"
        );
    }
    let more = ops::step_up(&w.cx, &me, &Proof::Code("1".into()), None).await;
    assert_eq!(code_of(more), "identity.too_many_tries");
}

/// A session that has been open for hours, of somebody with an app.
async fn stale_with_app(w: &World) -> (SignedIn, Vec<u8>) {
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    let secret = app(w, &signed.current).await;
    w.wait(3_000);
    (signed, secret)
}

fn password() -> Proof {
    Proof::Password(Password::new(PASSWORD))
}

#[tokio::test]
async fn a_password_alone_does_not_refresh_a_session_of_two_factors() {
    let w = World::new().await;
    let (signed, secret) = stale_with_app(&w).await;
    let since = Some(w.db.store.clock().now());
    let me = w.resolve(&signed).await.unwrap();
    let old = (me.methods.clone(), me.auth_at);
    // Whatever strength a page wants: as at a sign-in, the password and then the code.
    for strength in [LoginStrength::One, LoginStrength::Two] {
        let asked = ways(&w, &me, Wanted { strength, since }).await;
        let (ways, then) = (vec![Method::Password], vec![Method::AppCode]);
        assert_eq!(asked, Ask::Any { ways, then, begun: false }, "{strength:?}");
    }
    ops::step_up(&w.cx, &me, &password(), since).await.unwrap();
    let me = w.resolve(&signed).await.unwrap();
    assert_eq!((me.methods.clone(), me.auth_at), old, "nobody is told of a fresh login yet");
    assert_eq!(me.login().unwrap().at, old.1);
    let rest = Ask::Any { ways: vec![Method::AppCode], then: Vec::new(), begun: true };
    let one = Wanted { strength: LoginStrength::One, since };
    assert_eq!(ways(&w, &me, one).await, rest);
    // The password once more is still one factor.
    ops::step_up(&w.cx, &me, &password(), since).await.unwrap();
    let me = w.resolve(&signed).await.unwrap();
    assert_eq!(ways(&w, &me, one).await, rest);

    w.wait(10);
    let code = totp::code(&secret, w.db.store.clock().now()).unwrap();
    ops::step_up(&w.cx, &me, &Proof::Code(code), since).await.unwrap();
    let me = w.resolve(&signed).await.unwrap();
    assert_eq!(me.methods, [Method::Password, Method::AppCode]);
    assert!(Some(me.auth_at) >= since && me.auth_at < w.db.store.clock().now(), "as old as the password");
    assert_eq!(ways(&w, &me, Wanted { strength: LoginStrength::Two, since }).await, Ask::Nothing);
}

#[tokio::test]
async fn a_form_that_hides_the_moment_makes_nothing_fresh() {
    let w = World::new().await;
    let (signed, _) = stale_with_app(&w).await;
    let since = Some(w.db.store.clock().now());
    let fresh = Wanted { strength: LoginStrength::One, since };
    let me = w.resolve(&signed).await.unwrap();
    for said in [None, Some(me.auth_at), since.map(|at| at + jiff::SignedDuration::from_hours(1))] {
        ops::step_up(&w.cx, &me, &password(), said).await.unwrap();
        let me = w.resolve(&signed).await.unwrap();
        assert!(Some(me.auth_at) < since, "{said:?}");
        assert_ne!(ways(&w, &me, fresh).await, Ask::Nothing, "{said:?}");
    }
}

#[tokio::test]
async fn a_password_never_stands_for_a_passkey() {
    let w = World::new().await;
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    let mut tx = w.begin().await;
    let offer = ops::passkey_offer(&w.cx, &mut tx, &signed.current).await;
    let offer = tx.finish(offer).await.unwrap();
    let mut phone = Device::new(1);
    let said = phone.create(&offer);
    ops::passkey_register(&w.cx, &signed.current, &offer.ceremony, &said, "Điện thoại").await.unwrap();
    w.wait(3_000);
    let since = Some(w.db.store.clock().now());
    let fresh = Wanted { strength: LoginStrength::One, since };
    let me = w.resolve(&signed).await.unwrap();
    assert_eq!(ways(&w, &me, fresh).await, any(&[Method::Passkey]));
    ops::step_up(&w.cx, &me, &password(), since).await.unwrap();
    let me = w.resolve(&signed).await.unwrap();
    assert!(Some(me.auth_at) < since);
    let mut tx = w.begin().await;
    let offer = ops::step_up_offer(&w.cx, &mut tx, &me).await;
    let offer = tx.finish(offer).await.unwrap();
    let proof = Proof::Passkey { ceremony: offer.ceremony.clone(), answer: phone.get(&offer) };
    ops::step_up(&w.cx, &me, &proof, since).await.unwrap();
    let me = w.resolve(&signed).await.unwrap();
    assert_eq!(me.methods, [Method::Passkey], "what was really shown");
    assert_eq!(ways(&w, &me, Wanted { strength: LoginStrength::Two, since }).await, Ask::Nothing);
}

#[tokio::test]
async fn what_is_set_up_in_an_old_session_does_not_make_it_fresh() {
    let w = World::new().await;
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    w.wait(3_000);
    let since = Some(w.db.store.clock().now());
    let me = w.resolve(&signed).await.unwrap();
    let wanted = Wanted { strength: LoginStrength::Two, since };
    assert_eq!(ways(&w, &me, wanted).await, Ask::SetUp);
    app(&w, &me).await;
    let me = w.resolve(&signed).await.unwrap();
    assert_eq!((me.actor.strength, me.auth_at), (LoginStrength::Two, signed.current.auth_at));
    assert_ne!(ways(&w, &me, wanted).await, Ask::Nothing);
}

#[tokio::test]
async fn an_officer_who_has_to_set_up_a_second_factor_does_not_get_round_it_by_the_password() {
    let w = World::new().await;
    w.officer("can.bo", Role::Receiver).await;
    w.texts("DELETE FROM identity.authenticator WHERE kind = 'totp' RETURNING kind").await;
    let signed = ops::sign_in(&w.cx, &staff("can.bo", PASSWORD, None)).await.unwrap();
    assert!(signed.current.todo.enrol);
    let shown = ops::step_up(&w.cx, &signed.current, &password(), None).await;
    assert_eq!(code_of(shown), "identity.forbidden");
    w.wait(5);
    assert!(w.resolve(&signed).await.unwrap().todo.enrol);
}

#[tokio::test]
async fn whoever_knows_the_password_guesses_no_more_codes_for_it() {
    let w = World::new().await;
    let (signed, _) = stale_with_app(&w).await;
    let me = w.resolve(&signed).await.unwrap();
    let guess = Proof::Code("000000".into());
    for _ in 0..5 {
        ops::step_up(&w.cx, &me, &password(), None).await.unwrap();
        assert_eq!(code_of(ops::step_up(&w.cx, &me, &guess, None).await), "identity.bad_code");
    }
    ops::step_up(&w.cx, &me, &password(), None).await.unwrap();
    assert_eq!(code_of(ops::step_up(&w.cx, &me, &guess, None).await), "identity.too_many_tries");
}
