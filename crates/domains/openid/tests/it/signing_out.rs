//! RP-Initiated Logout and Back-Channel Logout.

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use contracts::{AccountId, events::AccountChange};
use openid::{
    ClientDraft, GrantType, Reach, ops,
    outbound::{Message, Undelivered},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    receiver::{Receiver, deliver, deliver_from},
    rp::{Rp, Told, form, param, send},
    world::{AN, BINH, World, bank},
};

const BACK: &str = "https://bank.example/out";

fn with_logout(receiver: &Receiver) -> ClientDraft {
    ClientDraft {
        post_logout_redirect_uris: vec![BACK.into(), "https://bank.example/out?tenant=1".into()],
        backchannel_logout_uri: Some(receiver.uri("/logout")),
        ..bank()
    }
}

async fn logout(rp: &Rp<'_>, pairs: &[(&str, &str)]) -> Told {
    let request = rp.request("GET", &format!("/logout?{}", form(pairs))).header(header::ACCEPT, "text/html");
    send(&rp.app, request.body(Body::empty()).unwrap()).await
}

/// The sessions that were ended from here.
fn ended(w: &World) -> Vec<(AccountId, Uuid)> {
    w.accounts.ended()
}

#[tokio::test]
async fn who_shows_the_token_of_this_session_is_signed_out_and_sent_back() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &with_logout(&Receiver::start().await)).await;
    w.sign_in(AN);
    let hint = rp.tokens("openid").await.text("id_token");
    // The token is long over; it only says whose browser this was.
    w.wait(3600);
    let told =
        logout(&rp, &[("id_token_hint", &hint), ("post_logout_redirect_uri", BACK), ("state", "a&b")]).await;
    assert_eq!(told.status, StatusCode::SEE_OTHER);
    assert_eq!(told.location(), format!("{BACK}?state=a%26b"));
    assert_eq!(ended(&w).len(), 1);
}

#[tokio::test]
async fn anybody_else_makes_us_ask_first() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &with_logout(&Receiver::start().await)).await;
    w.sign_in(AN);
    let hint = rp.tokens("openid").await.text("id_token");
    w.sign_in(BINH);
    let id = rp.id.to_string();
    for pairs in [
        vec![("id_token_hint", hint.as_str())],
        vec![("id_token_hint", "nonsense"), ("client_id", &id)],
        vec![("client_id", &id)],
        vec![],
    ] {
        let mut pairs = pairs;
        if pairs.iter().any(|(n, _)| *n == "client_id" || *n == "id_token_hint") {
            pairs.push(("post_logout_redirect_uri", BACK));
            pairs.push(("state", "s"));
        }
        let told = logout(&rp, &pairs).await;
        if pairs.is_empty() {
            assert_eq!(told.location(), "/authorize/logout?");
        } else {
            assert!(told.location().starts_with("/authorize/logout?"), "{}", told.location());
            assert_eq!(param(&told.location(), "client_id"), Some(id.clone()));
            assert_eq!(param(&told.location(), "id_token_hint"), None);
        }
    }
    assert!(ended(&w).is_empty());
}

#[tokio::test]
async fn the_person_confirms_on_our_page() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &with_logout(&Receiver::start().await)).await;
    let login = w.sign_in(AN);
    let wish = ops::LogoutWish {
        client_id: Some(rp.id.to_string()),
        post_logout_redirect_uri: Some(BACK.into()),
        state: Some("s".into()),
    };
    let cx = &w.cx;
    assert_eq!(wish.goes_to(), "https://bank.example");
    let to = w.run(async |tx| ops::logout_confirm(cx, tx, &wish, Some(&login)).await).await.unwrap();
    assert_eq!(to.as_deref(), Some("https://bank.example/out?state=s"));
    assert_eq!(ended(&w), [(AN, login.session)]);
    let elsewhere =
        ops::LogoutWish { post_logout_redirect_uri: Some("https://evil.example/".into()), ..wish };
    let refused = w.run(async |tx| ops::logout_confirm(cx, tx, &elsewhere, None).await).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered_letter_by_letter() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &with_logout(&Receiver::start().await)).await;
    w.sign_in(AN);
    let hint = rp.tokens("openid").await.text("id_token");
    for bad in [
        "https://bank.example/out/",
        "https://bank.example/OUT",
        "https://bank.example/out?x=1",
        "https://bank.example/cb",
        "https://evil.example/out",
        "javascript:alert(1)",
    ] {
        let told = logout(&rp, &[("id_token_hint", &hint), ("post_logout_redirect_uri", bad)]).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    // Without knowing whose address it is, no address is good.
    let told = logout(&rp, &[("post_logout_redirect_uri", BACK)]).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(ended(&w).is_empty());
    let kept = logout(
        &rp,
        &[
            ("id_token_hint", &hint),
            ("post_logout_redirect_uri", "https://bank.example/out?tenant=1"),
            ("state", "s"),
        ],
    )
    .await;
    assert_eq!(kept.location(), "https://bank.example/out?tenant=1&state=s");
}

#[tokio::test]
async fn a_hint_of_another_client_or_of_another_kind_is_none() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    let rp = Rp::with_key(&w, &with_logout(&receiver)).await;
    let other = Rp::with_key(&w, &with_logout(&receiver)).await;
    w.sign_in(AN);
    let tokens = rp.tokens("openid").await;
    let told =
        logout(&other, &[("id_token_hint", &tokens.text("id_token")), ("client_id", &other.id.to_string())])
            .await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    // An access token is ours, too, and is no identity token.
    let told = logout(&rp, &[("id_token_hint", &tokens.text("access_token"))]).await;
    assert!(told.location().starts_with("/authorize/logout?"));
    let forged =
        jose::sign(rp.key(), None, &json!({"iss": "https://id.test", "aud": rp.id, "sub": "x"})).unwrap();
    let told = logout(&rp, &[("id_token_hint", &forged)]).await;
    assert!(told.location().starts_with("/authorize/logout?"));
    assert!(ended(&w).is_empty());
}

#[tokio::test]
async fn a_posted_wish_is_asked_to_come_again_in_the_address() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &with_logout(&Receiver::start().await)).await;
    w.sign_in(AN);
    let told = rp.send_form(rp.request("POST", "/logout"), "state=1").await;
    assert_eq!((told.status, told.location().as_str()), (StatusCode::SEE_OTHER, "/logout?state=1"));
    assert!(ended(&w).is_empty());
}

#[tokio::test]
async fn the_end_of_a_session_is_told_once_to_each_relying_party_of_it() {
    let w = World::new().await;
    let (one, other) = (Receiver::start().await, Receiver::start().await);
    let bank = Rp::with_key(&w, &with_logout(&one)).await;
    let shop = Rp::with_key(&w, &with_logout(&other)).await;
    let login = w.sign_in(AN);
    let bank_token = bank.tokens("openid").await.text("id_token");
    shop.tokens("openid").await;
    let id_token = crate::rp::claims_of(&w.app, &bank_token).await;

    w.happens(AN, AccountChange::SessionEnded { session: login.session }).await;
    deliver(&w, &[&one, &other]).await;
    let got = one.got();
    assert_eq!(got.len(), 1);
    let (typ, claims) = got[0].logout(&w).await;
    assert_eq!(typ, "logout+jwt");
    assert_eq!(claims["sub"], id_token["sub"]);
    assert_eq!(claims["sid"], id_token["sid"]);
    assert_eq!(claims["aud"], bank.id.to_string());
    assert_eq!(claims["iss"], "https://id.test");
    assert!(claims["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
    assert!(claims.get("nonce").is_none() && claims["exp"].as_i64() > claims["iat"].as_i64());
    assert_eq!(got[0].headers[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
    let (_, elsewhere) = other.got()[0].logout(&w).await;
    assert_ne!(elsewhere["sid"], claims["sid"], "what two relying parties know cannot be put together");

    w.happens(AN, AccountChange::SessionEnded { session: login.session }).await;
    w.happens(AN, AccountChange::Locked).await;
    deliver(&w, &[&one, &other]).await;
    assert!(one.got().is_empty() && other.got().is_empty());
    assert_eq!(w.count("SELECT count(*) FROM openid.message").await, 0);
}

#[tokio::test]
async fn a_locked_account_is_signed_out_everywhere_and_another_session_nowhere() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    let rp = Rp::with_key(&w, &with_logout(&receiver)).await;
    let login = w.sign_in(AN);
    rp.tokens("openid").await;
    w.happens(AN, AccountChange::SessionEnded { session: Uuid::from_u128(7) }).await;
    w.happens(AN, AccountChange::SessionsEnded { but: Some(login.session) }).await;
    w.happens(BINH, AccountChange::Locked).await;
    deliver(&w, &[&receiver]).await;
    assert!(receiver.got().is_empty());
    w.happens(AN, AccountChange::Locked).await;
    deliver(&w, &[&receiver]).await;
    assert_eq!(receiver.got().len(), 1);
}

#[tokio::test]
async fn a_relying_party_that_is_down_is_tried_again_and_then_given_up_where_its_people_see_it() {
    let w = World::new().await;
    let (down, up) = (Receiver::start().await, Receiver::start().await);
    let broken = Rp::with_key(&w, &with_logout(&down)).await;
    let sound = Rp::with_key(&w, &with_logout(&up)).await;
    let login = w.sign_in(AN);
    broken.tokens("openid").await;
    sound.tokens("openid").await;
    down.answers(StatusCode::INTERNAL_SERVER_ERROR);
    w.happens(AN, AccountChange::SessionEnded { session: login.session }).await;
    deliver(&w, &[&down, &up]).await;
    assert_eq!((down.got().len(), up.got().len()), (1, 1));
    deliver(&w, &[&down, &up]).await;
    assert_eq!(down.got().len(), 0, "not at once");
    w.wait(2);
    deliver(&w, &[&down, &up]).await;
    let got = down.got();
    assert_eq!(got.len(), 1);
    let (_, claims) = got[0].logout(&w).await;
    assert_eq!(claims["iat"], w.now(), "signed anew");
    for _ in 0..20 {
        w.wait(900);
        deliver(&w, &[&down, &up]).await;
    }
    assert_eq!(w.count("SELECT count(*) FROM openid.message").await, 0);
    assert!(up.got().is_empty());
    w.cx.flush().await.unwrap();
    let seen = w.texts("SELECT code FROM openid.client_fault WHERE endpoint = 'deliveries'").await;
    assert!(!seen.is_empty() && seen.iter().all(|code| code == "not_delivered"));
}

#[tokio::test]
async fn redirects_of_a_receiver_are_not_followed() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    let rp = Rp::with_key(&w, &with_logout(&receiver)).await;
    let login = w.sign_in(AN);
    rp.tokens("openid").await;
    receiver.answers(StatusCode::TEMPORARY_REDIRECT);
    w.happens(AN, AccountChange::SessionEnded { session: login.session }).await;
    deliver(&w, &[&receiver]).await;
    assert_eq!(receiver.got().len(), 1);
    assert_eq!(w.count("SELECT count(*) FROM openid.message").await, 1);
}

#[tokio::test]
async fn what_came_without_a_session_is_signed_out_by_its_subject() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    let grants = vec![GrantType::DeviceCode, GrantType::AuthorizationCode];
    let rp = Rp::with_key(&w, &ClientDraft { grants, ..with_logout(&receiver) }).await;
    let login = w.sign_in(AN);
    let told = rp.post_with("/device_authorization", &[("scope", "openid")], None).await;
    let code = openid::UserCode::parse(&told.text("user_code")).unwrap();
    let cx = &w.cx;
    let asked = w.run(async |tx| ops::device_next(cx, tx, code, Some(&login)).await).await.unwrap();
    let ops::ElsewhereNext::Ask(question) = asked else { panic!("not asked") };
    let choice = crate::rp::all(&question);
    w.run(async |tx| ops::device_accept(cx, tx, code, &login, &choice).await).await.unwrap();
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    let told = rp.post("/token", &[("grant_type", device), ("device_code", &told.text("device_code"))]).await;
    let sub = crate::rp::claims_of(&w.app, &told.text("id_token")).await["sub"].clone();
    w.happens(AN, AccountChange::SessionEnded { session: login.session }).await;
    deliver(&w, &[&receiver]).await;
    assert!(receiver.got().is_empty(), "the kiosk's own session goes on");
    w.happens(AN, AccountChange::Closed).await;
    deliver(&w, &[&receiver]).await;
    let (_, claims) = receiver.got()[0].logout(&w).await;
    assert_eq!((&claims["sub"], claims.get("sid")), (&sub, None));
}

fn message(uri: &str) -> Message<'_> {
    Message { uri, content_type: "text/plain", body: String::new(), authorization: None }
}

#[tokio::test]
async fn no_message_knocks_at_a_door_behind_ours_unless_the_operator_lists_the_host() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    let rp = Rp::with_key(&w, &with_logout(&receiver)).await;
    let login = w.sign_in(AN);
    rp.tokens("openid").await;
    w.happens(AN, AccountChange::SessionEnded { session: login.session }).await;
    for (hosts, reached) in [(vec![], 0), (vec!["bank.example"], 0), (vec!["localhost"], 1)] {
        let (cx, _) = w.process_listing(&hosts).await;
        deliver_from(&cx, &[&receiver]).await;
        assert_eq!(receiver.got().len(), reached, "{hosts:?}");
        w.wait(900);
    }
    let by_number = receiver.uri("/logout").replace("localhost", "127.0.0.1");
    for uri in [receiver.uri("/logout"), by_number.clone()] {
        assert_eq!(receiver.way().post(message(&uri)).await, Err(Undelivered::Inside), "{uri}");
    }
    let listed = receiver.way().reaching(Reach::new(&["localhost".to_owned()], false));
    assert_eq!(listed.post(message(&by_number)).await, Err(Undelivered::Inside), "it lists a name");
    assert!(listed.post(message(&receiver.uri("/logout"))).await.is_ok());
    assert_eq!(receiver.got().len(), 1);
}
