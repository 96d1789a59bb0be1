//! What goes to telephones, and what a code that came back is worth.

use std::sync::atomic::Ordering;

use base::Lang;
use contracts::{LoginStrength, Method, Role};
use identity::{
    Current, Identity, IdentityError, LockReason,
    ops::{self, step_up::Proof},
    shown::{Ask, Wanted},
};

use crate::{
    enrolling::refusal,
    step_up::{any, app},
    telco::{ANS, ANS_SECOND, BINHS},
    world::{AN, BINH, PASSWORD, World, agency, citizen, code_of},
};

const TWO: Wanted = Wanted { strength: LoginStrength::Two, since: None };

async fn ways(cx: &Identity, w: &World, me: &Current) -> Ask {
    let mut tx = w.begin().await;
    let ask = ops::step_up_ways(cx, &mut tx, me, TWO).await;
    tx.finish(ask).await.unwrap()
}

/// An has a telephone, and signs in anew.
async fn an_with_phone(w: &World) -> Current {
    w.citizens().await;
    let me = w.citizen_in(AN).await.current;
    w.has_phone(&me, ANS).await;
    w.wait(3_600);
    w.citizen_in(AN).await.current
}

async fn show(w: &World, me: &Current, ceremony: &str, code: &str) -> Result<(), IdentityError> {
    let proof = Proof::Message { ceremony: ceremony.into(), code: code.into() };
    ops::step_up(&w.cx, me, &proof, None).await
}

#[tokio::test]
async fn a_code_by_message_is_a_second_factor_beside_a_password() {
    let w = World::new().await;
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    assert_eq!(ways(&w.cx, &w, &signed.current).await, Ask::SetUp);
    assert_eq!(
        code_of(ops::step_up_message(&w.cx, &signed.current, Lang::Vi).await),
        "identity.messages_off"
    );
    w.has_phone(&signed.current, ANS).await;
    w.wait(3_600);
    let signed = w.citizen_in(AN).await;
    assert_eq!(signed.current.methods, [Method::Password]);
    assert_eq!(ways(&w.cx, &w, &signed.current).await, any(&[Method::MessageCode]));
    // Where nobody carries messages, the way is not there.
    let mute = Identity { messages: None, ..w.cx.clone() };
    assert_eq!(ways(&mute, &w, &signed.current).await, Ask::SetUp);

    let sent = ops::step_up_message(&w.cx, &signed.current, Lang::Vi).await.unwrap();
    assert_eq!(sent.to, "•••• ••• 678");
    let messages = w.messages().await;
    assert_eq!(messages.len(), 1);
    let text = &messages[0].1;
    for said in ["localhost", "5 phút", "Đừng nói mã này cho bất cứ ai", "@localhost #"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let code = &text[..6];
    assert!(text.ends_with(code));
    let wrong = if code == "111111" { "111112" } else { "111111" };
    assert_eq!(code_of(show(&w, &signed.current, &sent.ceremony, wrong).await), "identity.bad_message_code");
    show(&w, &signed.current, &sent.ceremony, code).await.unwrap();
    let now = w.resolve(&signed).await.unwrap();
    assert_eq!(
        (now.actor.strength, &now.methods[..]),
        (LoginStrength::Two, &[Method::Password, Method::MessageCode][..])
    );
    assert_eq!(Method::MessageCode.amr(), ["sms"]);
    assert_eq!(code_of(show(&w, &signed.current, &sent.ceremony, code).await), "identity.ceremony_over");
}

#[tokio::test]
async fn a_code_opens_only_the_session_of_whose_telephone_it_is() {
    let w = World::new().await;
    let me = an_with_phone(&w).await;
    let sent = ops::step_up_message(&w.cx, &me, Lang::En).await.unwrap();
    let code = w.code_to(ANS).await;
    let binh = w.citizen_in(BINH).await.current;
    assert_eq!(code_of(show(&w, &binh, &sent.ceremony, &code).await), "identity.ceremony_over");
}

#[tokio::test]
async fn who_has_an_app_or_a_passkey_is_never_asked_for_less() {
    let w = World::new().await;
    let me = an_with_phone(&w).await;
    // Not by the password alone: the telephone is a second factor that must be shown first.
    let mut tx = w.begin().await;
    assert_eq!(code_of(ops::totp_enrol(&w.cx, &mut tx, &me).await), "identity.second_factor_needed");
    drop(tx);
    let sent = ops::step_up_message(&w.cx, &me, Lang::Vi).await.unwrap();
    let code = w.code_to(ANS).await;
    show(&w, &me, &sent.ceremony, &code).await.unwrap();
    w.wait(3_600);
    let waiting = ops::step_up_message(&w.cx, &me, Lang::Vi).await.unwrap();
    let waiting_code = w.code_to(ANS).await;
    let mut strong = me.clone();
    strong.actor.strength = LoginStrength::Two;
    app(&w, &strong).await;
    assert_eq!(ways(&w.cx, &w, &me).await, any(&[Method::AppCode]));
    assert_eq!(code_of(ops::step_up_message(&w.cx, &me, Lang::Vi).await), "identity.messages_off");
    let late = show(&w, &me, &waiting.ceremony, &waiting_code).await;
    assert_eq!(code_of(late), "identity.messages_off", "a code that was on its way");
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.code_needed");
}

#[tokio::test]
async fn messages_wait_longer_and_longer_and_a_good_code_does_not_hurry_them() {
    let w = World::new().await;
    let me = an_with_phone(&w).await;
    let ask = async || code_of(ops::step_up_message(&w.cx, &me, Lang::Vi).await);
    assert_eq!(ask().await, "ok");
    assert_eq!(ask().await, "identity.messages_held");
    w.wait(60);
    assert_eq!(ask().await, "ok");
    w.wait(60);
    assert_eq!(ask().await, "identity.messages_held");
    w.wait(60);
    let sent = ops::step_up_message(&w.cx, &me, Lang::Vi).await.unwrap();
    let code = w.code_to(ANS).await;
    show(&w, &me, &sent.ceremony, &code).await.unwrap();
    assert_eq!(ask().await, "identity.messages_held");
}

#[tokio::test]
async fn many_accounts_cannot_send_to_one_telephone() {
    let w = World::new().await;
    w.citizens().await;
    let (an, binh) = (w.citizen_in(AN).await.current, w.citizen_in(BINH).await.current);
    ops::phone_ask(&w.cx, &an, ANS, Lang::Vi).await.unwrap();
    let held = ops::phone_ask(&w.cx, &binh, ANS, Lang::Vi).await;
    assert_eq!(code_of(held.map(drop)), "identity.messages_held");
}

#[tokio::test]
async fn a_telephone_must_be_the_holders_own_and_the_one_before_agrees_and_is_told() {
    let w = World::new().await;
    let me = an_with_phone(&w).await;
    let field = async |typed: &str| {
        let refused = ops::phone_ask(&w.cx, &me, typed, Lang::Vi).await.err().unwrap();
        w.wait(3_600);
        base::Fault::fields(&refused)[0].code.clone()
    };
    assert_eq!(field("12").await, "identity.phone_shape");
    assert_eq!(field("+84 912 345 678").await, "identity.phone_same");
    assert_eq!(field(BINHS).await, "identity.phone_not_own");
    assert_eq!(w.messages().await, Vec::new());

    let other = w.citizen_in(AN).await;
    let asking = ops::phone_ask(&w.cx, &me, ANS_SECOND, Lang::Vi).await.unwrap();
    assert_eq!((asking.new.as_str(), asking.old.as_deref()), ("•••• ••• 111", Some("•••• ••• 678")));
    let sent = w.messages().await;
    let code = |phone: &str| sent.iter().find(|(to, _)| to == phone).unwrap().1[..6].to_owned();
    let (old, new) = (code(ANS), code(ANS_SECOND));
    let confirm =
        async |codes: &[&str]| code_of(ops::phone_confirm(&w.cx, &me, &asking.ceremony, codes).await);
    for wrong in [vec![new.as_str()], vec![new.as_str(), old.as_str()], vec![old.as_str(), "000000"]] {
        assert_eq!(confirm(&wrong).await, "identity.bad_message_code", "one code is not enough");
    }
    assert_eq!(confirm(&[&old, &new]).await, "ok");
    assert_eq!(w.resolve(&other).await, None, "other sessions end");
    let told = w.messages().await;
    assert!(told.len() == 1 && told[0].0 == ANS && told[0].1.contains("không còn gắn"), "{told:?}");
    let mut tx = w.begin().await;
    let shown = ops::phone_show(&w.cx, &mut tx, &me).await.unwrap().unwrap();
    assert_eq!(shown.masked, "•••• ••• 111");
}

#[tokio::test]
async fn a_telephone_is_taken_away_with_two_factors() {
    let w = World::new().await;
    let me = an_with_phone(&w).await;
    let remove = async |me: &Current| {
        let mut tx = w.begin().await;
        let removed = ops::phone_remove(&w.cx, &mut tx, me).await;
        code_of(tx.finish(removed).await)
    };
    assert_eq!(remove(&me).await, "identity.second_factor_needed");
    let mut strong = me.clone();
    strong.actor.strength = LoginStrength::Two;
    assert_eq!(remove(&strong).await, "ok");
    assert_eq!(w.messages().await.len(), 1, "it is told a last time");
    assert_eq!(ways(&w.cx, &w, &me).await, Ask::SetUp);
}

#[tokio::test]
async fn who_is_locked_out_hears_of_it_by_message_without_any_data() {
    let w = World::new().await;
    let me = an_with_phone(&w).await;
    let mut tx = w.begin().await;
    let locked = ops::account_lock(&w.cx, &mut tx, &me.actor, me.account(), LockReason::OwnRequest).await;
    tx.finish(locked).await.unwrap();
    // Nothing of it is readable before it goes, either.
    let jobs = w.texts("SELECT payload::text FROM store.job").await;
    assert!(jobs.len() == 1 && !jobs[0].contains(ANS) && !jobs[0].contains("khóa"), "{jobs:?}");
    let sent = w.messages().await;
    assert!(
        sent.len() == 1 && sent[0].1.contains("vừa bị khóa") && sent[0].1.contains("was locked"),
        "{sent:?}"
    );
    assert!(!sent[0].1.contains("An") || !sent[0].1.contains(AN), "{sent:?}");
}

#[tokio::test]
async fn a_file_from_the_counter_is_followed_by_messages_to_its_end() {
    let w = World::new().await;
    let (taker, decider) =
        (w.actor("tiep.nhan", Role::Receiver).await, w.actor("giai.quyet", Role::Decider).await);
    let input = || ops::enrol_collect::Collecting {
        phone: contracts::Phone::parse(ANS_SECOND),
        ..crate::enrolling::file(AN)
    };
    let file = ops::enrol_collect(&w.cx, &taker, &input()).await.unwrap();
    let mut tx = w.begin().await;
    let refused = ops::enrol_refuse(&w.cx, &mut tx, &decider, file.account, file.enrolment, &refusal()).await;
    tx.finish(refused).await.unwrap();
    let says = async |words: &str| {
        let sent = w.messages().await;
        assert!(sent.len() == 1 && sent[0].0 == ANS_SECOND && sent[0].1.contains(words), "{words}: {sent:?}");
    };
    says("không được duyệt: giấy tờ không còn giá trị").await;
    let file = ops::enrol_collect(&w.cx, &taker, &input()).await.unwrap();
    let mut tx = w.begin().await;
    ops::enrol_list(&mut tx, &decider, &agency()).await.unwrap();
    drop(tx);
    let mut tx = w.begin().await;
    let approved = ops::enrol_approve(&w.cx, &mut tx, &decider, file.account, file.enrolment).await;
    tx.finish(approved).await.unwrap();
    says("kích hoạt trong 7 ngày").await;
    w.wait(5 * 86_400);
    says("Còn 2 ngày").await;
    w.wait(2 * 86_400);
    says("đã đóng").await;
}

#[tokio::test]
async fn a_telephone_that_was_only_named_is_no_factor() {
    let w = World::new().await;
    let taker = w.actor("tiep.nhan", Role::Receiver).await;
    let input =
        ops::enrol_collect::Collecting { phone: contracts::Phone::parse(ANS), ..crate::enrolling::file(AN) };
    let file = ops::enrol_collect(&w.cx, &taker, &input).await.unwrap();
    let decider = w.actor("giai.quyet", Role::Decider).await;
    crate::enrolling::approve(&w, &decider, &file).await.unwrap();
    crate::enrolling::activate(&w, AN, &file).await.unwrap();
    let me = w.citizen_in(AN).await.current;
    assert_eq!(ways(&w.cx, &w, &me).await, Ask::SetUp);
}

#[tokio::test]
async fn a_message_is_tried_again_and_given_up_in_the_end() {
    let w = World::new().await;
    let me = an_with_phone(&w).await;
    w.telco.away.store(true, Ordering::SeqCst);
    let mut tx = w.begin().await;
    let locked = ops::account_lock(&w.cx, &mut tx, &me.actor, me.account(), LockReason::OwnRequest).await;
    tx.finish(locked).await.unwrap();
    assert_eq!(w.messages().await, Vec::new());
    w.telco.away.store(false, Ordering::SeqCst);
    w.wait(11);
    assert_eq!(w.messages().await.len(), 1, "it came through later");

    let binh = w.citizen_in(BINH).await.current;
    w.has_phone(&binh, BINHS).await;
    w.telco.away.store(true, Ordering::SeqCst);
    let mut tx = w.begin().await;
    let locked = ops::account_lock(&w.cx, &mut tx, &binh.actor, binh.account(), LockReason::OwnRequest).await;
    tx.finish(locked).await.unwrap();
    for _ in 0..75 {
        assert_eq!(w.messages().await, Vec::new());
        w.wait(600);
    }
    w.db.assert_nothing_left_over().await;
    w.telco.away.store(false, Ordering::SeqCst);
    assert_eq!(w.messages().await, Vec::new(), "best effort");
}

#[tokio::test]
async fn a_code_that_could_not_be_sent_in_its_time_is_not_sent_late() {
    let w = World::new().await;
    let me = an_with_phone(&w).await;
    ops::step_up_message(&w.cx, &me, Lang::Vi).await.unwrap();
    w.wait(301);
    assert_eq!(w.messages().await, Vec::new());
    w.db.assert_nothing_left_over().await;
}
