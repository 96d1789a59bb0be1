//! Persons who answer elsewhere: device grant (RFC 8628) and CIBA (poll and ping).

use axum::http::{StatusCode, header};
use contracts::{
    IdentityLevel, Login,
    events::{NoticeDue, Payload},
};
use openid::{
    Choice, Claim, ClientDraft, GrantType, OpenIdError, UserCode,
    ops::{self, ElsewhereNext},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    receiver::{Receiver, deliver},
    rp::{self, Rp, Told, claims_of, fresh},
    world::{AN, AN_NUMBER, BINH, ISSUER, World, bank, museum},
};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CIBA: &str = "urn:openid:params:grant-type:ciba";

fn kiosk() -> ClientDraft {
    ClientDraft {
        grants: vec![
            GrantType::DeviceCode,
            GrantType::Ciba,
            GrantType::RefreshToken,
            GrantType::AuthorizationCode,
        ],
        ..bank()
    }
}

/// Everything that is asked.
fn all(next: &ElsewhereNext) -> Choice {
    let ElsewhereNext::Ask(question) = next else { panic!("not asked: {next:?}") };
    rp::all(question)
}

async fn begin(rp: &Rp<'_>, scope: &str) -> (String, UserCode) {
    let told = rp.post_with("/device_authorization", &[("scope", scope)], None).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    (told.text("device_code"), UserCode::parse(&told.text("user_code")).unwrap())
}

async fn poll(rp: &Rp<'_>, code: &str) -> Told {
    rp.post("/token", &[("grant_type", DEVICE), ("device_code", code)]).await
}

async fn next(w: &World, code: UserCode, login: Option<&Login>) -> Result<ElsewhereNext, OpenIdError> {
    let cx = &w.cx;
    w.run(async |tx| ops::device_next(cx, tx, code, login).await).await
}

async fn accept(w: &World, code: UserCode, login: &Login) -> Result<(), OpenIdError> {
    let choice = all(&next(w, code, Some(login)).await?);
    let cx = &w.cx;
    w.run(async |tx| ops::device_accept(cx, tx, code, login, &choice).await).await
}

#[tokio::test]
async fn a_kiosk_is_signed_in_from_a_phone() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let told = rp.post_with("/device_authorization", &[("scope", "openid profile")], None).await;
    assert_eq!(told.text("verification_uri"), format!("{ISSUER}/device"));
    assert_eq!(
        told.text("verification_uri_complete"),
        format!("{ISSUER}/device?user_code={}", told.text("user_code"))
    );
    assert_eq!((told.json()["expires_in"].as_i64(), told.json()["interval"].as_i64()), (Some(600), Some(5)));
    let (code, user) = (told.text("device_code"), UserCode::parse(&told.text("user_code")).unwrap());

    assert_eq!(poll(&rp, &code).await.error(), "authorization_pending");
    let login = w.sign_in(AN);
    accept(&w, user, &login).await.unwrap();
    w.wait(5);
    let tokens = poll(&rp, &code).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    let known = rp.userinfo(&tokens.text("access_token")).await.json();
    assert_eq!(known["name"], "Nguyễn Văn An");
    let id_token = claims_of(&w.app, &tokens.text("id_token")).await;
    assert_eq!(id_token["sub"], known["sub"]);
    assert!(id_token.get("sid").is_none(), "the kiosk is not where the session is");
    assert_eq!(rp.refresh(&tokens.text("refresh_token")).await.status, StatusCode::OK);

    assert_eq!(poll(&rp, &code).await.error(), "invalid_grant", "once");
    assert!(matches!(next(&w, user, Some(&login)).await, Err(OpenIdError::NotFound)));
}

#[tokio::test]
async fn the_person_is_asked_each_time_whatever_they_allowed_before() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let login = w.sign_in(AN);
    rp.tokens("openid profile").await;
    let (_, user) = begin(&rp, "openid profile").await;
    assert!(matches!(next(&w, user, None).await, Ok(ElsewhereNext::SignIn(_))));
    let asked = next(&w, user, Some(&login)).await.unwrap();
    let ElsewhereNext::Ask(question) = asked else { panic!("not asked") };
    assert_eq!(question.name, kiosk().name);
    assert_eq!(question.asked.len(), 3);
    assert!(question.asked.iter().all(|a| !a.remembered && !a.legal_basis.is_empty()));
}

#[tokio::test]
async fn a_refused_and_a_late_device_get_nothing() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let login = w.sign_in(AN);
    let (code, user) = begin(&rp, "openid").await;
    let cx = &w.cx;
    w.run(async |tx| ops::device_refuse(cx, tx, user, &login).await).await.unwrap();
    assert_eq!(poll(&rp, &code).await.error(), "access_denied");
    assert_eq!(poll(&rp, &code).await.error(), "invalid_grant");

    let (code, user) = begin(&rp, "openid").await;
    w.wait(600);
    assert!(matches!(next(&w, user, Some(&login)).await, Err(OpenIdError::NotFound)));
    assert_eq!(poll(&rp, &code).await.error(), "expired_token");
}

#[tokio::test]
async fn a_device_that_asks_too_often_is_slowed_down() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let (code, _) = begin(&rp, "openid").await;
    assert_eq!(poll(&rp, &code).await.error(), "authorization_pending");
    w.wait(4);
    assert_eq!(poll(&rp, &code).await.error(), "slow_down");
    w.wait(9);
    assert_eq!(poll(&rp, &code).await.error(), "slow_down", "ten seconds from now on, then fifteen");
    w.wait(15);
    assert_eq!(poll(&rp, &code).await.error(), "authorization_pending");
}

#[tokio::test]
async fn a_device_code_is_good_for_its_client_and_nobody_else() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let other = Rp::with_key(&w, &kiosk()).await;
    let login = w.sign_in(AN);
    let (code, user) = begin(&rp, "openid").await;
    accept(&w, user, &login).await.unwrap();
    assert_eq!(poll(&other, &code).await.error(), "invalid_grant");
    assert_eq!(poll(&other, "nonsense").await.error(), "invalid_grant");
    assert_eq!(poll(&rp, &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_a_client_that_may_begins_and_only_with_what_it_may_ask() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let told = rp.post_with("/device_authorization", &[("scope", "openid")], None).await;
    assert_eq!(told.error(), "unauthorized_client");
    assert_eq!(poll(&rp, "x").await.error(), "unauthorized_client");
    let told = rp.post_with("/bc-authorize", &[("scope", "openid"), ("login_hint", AN_NUMBER)], None).await;
    assert_eq!(told.error(), "unauthorized_client");
    let narrow = Rp::with_key(&w, &ClientDraft { claims: Vec::new(), ..kiosk() }).await;
    let told = narrow.post_with("/device_authorization", &[("scope", "openid number")], None).await;
    assert_eq!(told.error(), "invalid_scope");
    let told = call(&narrow, &[("scope", "openid number"), ("login_hint", AN_NUMBER)]).await;
    assert_eq!(told.error(), "invalid_scope");
}

#[tokio::test]
async fn what_the_person_leaves_out_is_not_told_and_a_weak_login_must_step_up() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let weak = w.sign_in_with(AN, contracts::LoginStrength::One, &[contracts::Method::Password]);
    let strong = "urn:vn:nd69-2024:auth:3";
    let told = rp
        .post_with("/device_authorization", &[("scope", "openid profile"), ("acr_values", strong)], None)
        .await;
    let (code, user) = (told.text("device_code"), UserCode::parse(&told.text("user_code")).unwrap());
    let asked = next(&w, user, Some(&weak)).await.unwrap();
    assert!(
        matches!(asked, ElsewhereNext::SignIn(how) if how.strength == Some(contracts::LoginStrength::Three))
    );
    let cx = &w.cx;
    let none = Choice::default();
    let refused = w.run(async |tx| ops::device_accept(cx, tx, user, &weak, &none).await).await;
    assert!(matches!(refused, Err(OpenIdError::WrongState)));
    let login = w.sign_in(AN);
    let question = next(&w, user, Some(&login)).await.unwrap();
    let only_name = Choice { claims: vec![Claim::Name], ..all(&question) };
    w.run(async |tx| ops::device_accept(cx, tx, user, &login, &only_name).await).await.unwrap();
    let tokens = poll(&rp, &code).await;
    let known = rp.userinfo(&tokens.text("access_token")).await.json();
    assert!(known.get("name").is_some() && known.get("birthdate").is_none());
    let log = w.audit().await;
    assert!(
        log.iter()
            .any(|e| e.contains("openid.consent_give") && e.contains("name") && !e.contains("birthdate"))
    );
}

#[tokio::test]
async fn of_a_locked_account_a_device_gets_nothing_although_it_was_accepted() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let login = w.sign_in(AN);
    let (code, user) = begin(&rp, "openid").await;
    accept(&w, user, &login).await.unwrap();
    w.accounts.put(AN, IdentityLevel::Two, false);
    assert_eq!(poll(&rp, &code).await.error(), "invalid_grant");
}

/// What a signed request says besides the question.
fn object(rp: &Rp<'_>) -> Value {
    let now = rp.w.now();
    json!({"iss": rp.id.to_string(), "aud": ISSUER, "exp": now + 60, "nbf": now, "iat": now, "jti": fresh()})
}

/// Asks by a signed request, as clients of the strict profile do.
async fn call_with(rp: &Rp<'_>, mut claims: Value, more: &[(&str, &str)]) -> Told {
    for (name, value) in more {
        claims[*name] = json!(value);
    }
    let signed = jose::sign(rp.key(), None, &claims).unwrap();
    rp.post_with("/bc-authorize", &[("request", &signed)], None).await
}

async fn call(rp: &Rp<'_>, more: &[(&str, &str)]) -> Told {
    let mut claims = object(rp);
    claims["scope"] = json!("openid profile");
    call_with(rp, claims, more).await
}

async fn ask(rp: &Rp<'_>, id: &str) -> Told {
    rp.post("/token", &[("grant_type", CIBA), ("auth_req_id", id)]).await
}

async fn waiting(w: &World, login: &Login) -> Vec<ops::CibaLine> {
    let cx = &w.cx;
    w.run(async |tx| ops::ciba_list(cx, tx, login).await).await.unwrap()
}

async fn say_yes(w: &World, login: &Login, id: Uuid) {
    let cx = &w.cx;
    let (_, asked) = w.run(async |tx| ops::ciba_next(cx, tx, id, login).await).await.unwrap();
    let choice = all(&asked);
    w.run(async |tx| ops::ciba_accept(cx, tx, id, login, &choice).await).await.unwrap();
}

#[tokio::test]
async fn a_call_centre_asks_a_person_who_answers_in_their_browser() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let begun = call(&rp, &[("login_hint", AN_NUMBER), ("binding_message", "Mã số 4711")]).await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.body);
    assert_eq!(
        (begun.json()["expires_in"].as_i64(), begun.json()["interval"].as_i64()),
        (Some(300), Some(5))
    );
    let id = begun.text("auth_req_id");
    assert_eq!(ask(&rp, &id).await.error(), "authorization_pending");
    let topics = w.texts("SELECT topic FROM store.outbox").await;
    assert!(topics.contains(&NoticeDue::TOPIC.to_owned()), "the person is told that somebody asks");

    let login = w.sign_in(AN);
    let lines = waiting(&w, &login).await;
    assert_eq!((lines.len(), lines[0].binding_message.as_deref()), (1, Some("Mã số 4711")));
    assert_eq!(lines[0].name, kiosk().name);
    say_yes(&w, &login, lines[0].id).await;
    let tokens = ask(&rp, &id).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    let known = rp.userinfo(&tokens.text("access_token")).await.json();
    assert_eq!(known["name"], "Nguyễn Văn An");
    assert_eq!(ask(&rp, &id).await.error(), "invalid_grant", "once");
    assert!(waiting(&w, &login).await.is_empty());
}

#[tokio::test]
async fn the_answers_do_not_tell_who_has_an_account() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let known = call(&rp, &[("login_hint", AN_NUMBER)]).await;
    for hint in ["079305000001", "not a number"] {
        let unknown = call(&rp, &[("login_hint", hint)]).await;
        assert_eq!(unknown.status, known.status);
        let names = |told: &Told| told.json().as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&unknown), names(&known));
        let id = unknown.text("auth_req_id");
        assert_eq!(id.len(), known.text("auth_req_id").len());
        assert_eq!(ask(&rp, &id).await.error(), "authorization_pending");
        w.wait(5);
        assert_eq!(ask(&rp, &id).await.error(), "authorization_pending");
        w.wait(300);
        assert_eq!(ask(&rp, &id).await.error(), "expired_token");
    }
    assert_eq!(w.count("SELECT count(*) FROM store.outbox").await, 1, "one person was told");
    let rows = w.texts("SELECT request::text FROM openid.ciba").await;
    assert!(rows.iter().all(|row| !row.contains(AN_NUMBER)), "the number stands nowhere");
    assert!(w.audit().await.iter().all(|entry| !entry.contains(AN_NUMBER)));
}

#[tokio::test]
async fn nobody_is_flooded_until_they_say_yes() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    for _ in 0..5 {
        assert_eq!(call(&rp, &[("login_hint", AN_NUMBER)]).await.status, StatusCode::OK);
    }
    let login = w.sign_in(AN);
    assert_eq!(waiting(&w, &login).await.len(), 3);
}

#[tokio::test]
async fn a_person_who_refuses_is_told_on_and_somebody_else_cannot_answer() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let id = call(&rp, &[("login_hint", AN_NUMBER)]).await.text("auth_req_id");
    let an = w.sign_in(AN);
    let question = waiting(&w, &an).await[0].id;
    let binh = w.sign_in(BINH);
    assert!(waiting(&w, &binh).await.is_empty());
    let stolen = w.run(async |tx| ops::ciba_refuse(tx, question, &binh).await).await;
    assert!(matches!(stolen, Err(OpenIdError::NotFound)));
    w.run(async |tx| ops::ciba_refuse(tx, question, &an).await).await.unwrap();
    assert_eq!(ask(&rp, &id).await.error(), "access_denied");
    assert_eq!(ask(&rp, &id).await.error(), "invalid_grant");
}

#[tokio::test]
async fn exactly_one_sound_hint_names_the_person() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    assert_eq!(call(&rp, &[]).await.error(), "invalid_request");
    assert_eq!(
        call(&rp, &[("login_hint", AN_NUMBER), ("id_token_hint", "x")]).await.error(),
        "invalid_request"
    );
    assert_eq!(call(&rp, &[("id_token_hint", "x")]).await.error(), "unknown_user_id");
    assert_eq!(call(&rp, &[("login_hint_token", "x")]).await.error(), "unknown_user_id");

    let login = w.sign_in(AN);
    let tokens = rp.tokens("openid").await;
    let id_token = tokens.text("id_token");
    assert_eq!(call(&rp, &[("id_token_hint", &id_token)]).await.status, StatusCode::OK);
    let other = Rp::with_key(&w, &kiosk()).await;
    assert_eq!(call(&other, &[("id_token_hint", &id_token)]).await.error(), "unknown_user_id");

    let sub = claims_of(&w.app, &id_token).await["sub"].clone();
    let hint = |exp: i64, iss: &str| {
        let claims = json!({"iss": rp.id.to_string(), "aud": ISSUER, "exp": exp, "jti": fresh(),
                            "sub_id": {"format": "iss_sub", "iss": iss, "sub": sub}});
        jose::sign(rp.key(), None, &claims).unwrap()
    };
    let good = hint(w.now() + 60, ISSUER);
    assert_eq!(call(&rp, &[("login_hint_token", &good)]).await.status, StatusCode::OK);
    assert_eq!(waiting(&w, &login).await.len(), 2);
    let late = hint(w.now() - 60, ISSUER);
    assert_eq!(call(&rp, &[("login_hint_token", &late)]).await.error(), "expired_login_hint_token");
    let foreign = hint(w.now() + 60, "https://other.test");
    assert_eq!(call(&rp, &[("login_hint_token", &foreign)]).await.error(), "unknown_user_id");
    assert_eq!(call(&other, &[("login_hint_token", &good)]).await.error(), "unknown_user_id");
}

#[tokio::test]
async fn a_binding_message_can_be_read_aloud_and_a_life_is_bounded() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    for bad in ["x".repeat(61).as_str(), "a\u{202e}b", "<b>", "a\nb", "\u{0}"] {
        let told = call(&rp, &[("login_hint", AN_NUMBER), ("binding_message", bad)]).await;
        assert_eq!(told.error(), "invalid_binding_message", "{bad:?}");
    }
    for short in ["30", "1"] {
        let told = call(&rp, &[("login_hint", AN_NUMBER), ("requested_expiry", short)]).await;
        assert_eq!(told.json()["expires_in"], 30, "{short}: each is a notice to a person");
    }
    let told = call(&rp, &[("login_hint", AN_NUMBER), ("requested_expiry", "86400")]).await;
    assert_eq!(told.json()["expires_in"], 600);
    for bad in ["0", "-1", "soon"] {
        let told = call(&rp, &[("login_hint", AN_NUMBER), ("requested_expiry", bad)]).await;
        assert_eq!(told.error(), "invalid_request", "{bad}");
    }
    let told = call(&rp, &[("scope", "profile"), ("login_hint", AN_NUMBER)]).await;
    assert_eq!(told.error(), "invalid_scope", "without openid");
}

#[tokio::test]
async fn a_signed_request_stands_alone_and_counts_once() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let mut claims = object(&rp);
    for (name, value) in [("scope", "openid"), ("login_hint", AN_NUMBER), ("binding_message", "signed")] {
        claims[name] = json!(value);
    }
    let good = jose::sign(rp.key(), None, &claims).unwrap();
    for beside in [("binding_message", "beside"), ("scope", "openid"), ("login_hint", AN_NUMBER), ("x", "y")]
    {
        let told = rp.post_with("/bc-authorize", &[("request", &good), beside], None).await;
        assert_eq!(told.error(), "invalid_request", "{beside:?}: {}", told.body);
    }
    let told =
        rp.post_with("/bc-authorize", &[("request", &good), ("client_id", &rp.id.to_string())], None).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let login = w.sign_in(AN);
    assert_eq!(waiting(&w, &login).await[0].binding_message.as_deref(), Some("signed"));
    let again = rp.post_with("/bc-authorize", &[("request", &good)], None).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "{}", again.body);
    // In another process, too.
    let (_, app) = w.another_process().await;
    let again = Rp { app, ..rp }.post_with("/bc-authorize", &[("request", &good)], None).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "{}", again.body);
}

#[tokio::test]
async fn who_must_sign_and_does_not_is_refused_and_others_may_ask_plainly() {
    let w = World::new().await;
    let plain = [("scope", "openid"), ("login_hint", AN_NUMBER)];
    let strict = Rp::with_key(&w, &kiosk()).await;
    assert_eq!(strict.post_with("/bc-authorize", &plain, None).await.error(), "invalid_request");
    let old = ClientDraft { grants: kiosk().grants, ..museum() };
    let rp = Rp::with_secret(&w, &old).await;
    assert_eq!(rp.post_with("/bc-authorize", &plain, None).await.status, StatusCode::OK);
    let messages = openid::model::Messages { requests: true, ..Default::default() };
    let rp = Rp::with_secret(&w, &ClientDraft { messages, ..old }).await;
    assert_eq!(rp.post_with("/bc-authorize", &plain, None).await.error(), "invalid_request");
}

#[tokio::test]
async fn a_signed_request_that_is_not_for_us_now_or_not_the_clients_is_refused() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let sound = || {
        let mut claims = object(&rp);
        claims["scope"] = json!("openid");
        claims["login_hint"] = json!(AN_NUMBER);
        claims
    };
    let now = w.now();
    for (name, value) in [
        ("aud", json!("https://other.test")),
        ("aud", Value::Null),
        ("iss", json!("somebody")),
        ("iss", Value::Null),
        ("exp", json!(now - 60)),
        ("exp", json!(now + 70 * 60)),
        ("exp", Value::Null),
        ("nbf", json!(now + 10 * 60)),
        ("nbf", json!(now - 70 * 60)),
        ("nbf", Value::Null),
        ("iat", json!(now + 10 * 60)),
        ("iat", Value::Null),
        ("jti", json!("")),
        ("jti", Value::Null),
        ("sub", json!(rp.id.to_string())),
        ("request", json!("x")),
        ("request_uri", json!("urn:x")),
    ] {
        let mut claims = sound();
        match &value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
        assert_eq!(call_with(&rp, claims, &[]).await.error(), "invalid_request_object", "{name}={value}");
    }
    let claims = sound();
    let stranger = jose::SoftwareKey::generate(jose::Algorithm::Es256).unwrap();
    let other = Rp::with_key(&w, &kiosk()).await;
    let body = jose::b64::encode(claims.to_string());
    let head =
        |alg: &str| jose::b64::encode(json!({ "alg": alg, "kid": jose::Signer::kid(rp.key()) }).to_string());
    for (what, bad) in [
        ("a stranger's key", jose::sign(&stranger, None, &claims).unwrap()),
        ("another client's key", jose::sign(other.key(), None, &claims).unwrap()),
        ("none", format!("{}.{body}.", head("none"))),
        ("another algorithm", format!("{}.{body}.{}", head("RS256"), jose::b64::encode([1; 256]))),
        ("a proof", jose::sign(rp.key(), Some("dpop+jwt"), &claims).unwrap()),
    ] {
        let told = rp.post_with("/bc-authorize", &[("request", &bad)], None).await;
        assert_eq!(told.error(), "invalid_request_object", "{what}: {}", told.body);
    }
    assert_eq!(call_with(&rp, claims, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn asking_whether_somebody_has_answered_is_no_mistake() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let (code, _) = begin(&rp, "openid").await;
    poll(&rp, &code).await;
    w.cx.flush().await.unwrap();
    assert!(w.texts("SELECT code FROM openid.client_fault").await.is_empty());
    poll(&rp, &code).await;
    w.cx.flush().await.unwrap();
    assert_eq!(w.texts("SELECT code FROM openid.client_fault").await, ["asked_too_soon"]);
}

#[tokio::test]
async fn a_client_that_wants_it_is_pinged_when_there_is_an_answer() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    let rp = Rp::with_key(&w, &ClientDraft { ciba_notification_uri: Some(receiver.uri("/ping")), ..kiosk() })
        .await;
    assert_eq!(
        call(&rp, &[("login_hint", AN_NUMBER)]).await.error(),
        "invalid_request",
        "no word to know us by"
    );
    let word = ("client_notification_token", "a-word-of-the-client");
    let bad = ("client_notification_token", "a word\r\nX: y");
    assert_eq!(call(&rp, &[("login_hint", AN_NUMBER), bad]).await.error(), "invalid_request");
    let id = call(&rp, &[("login_hint", AN_NUMBER), word]).await.text("auth_req_id");
    deliver(&w, &[&receiver]).await;
    assert!(receiver.got().is_empty(), "not before there is an answer");
    let login = w.sign_in(AN);
    say_yes(&w, &login, waiting(&w, &login).await[0].id).await;
    deliver(&w, &[&receiver]).await;
    let got = receiver.got();
    assert_eq!((got.len(), got[0].path.as_str()), (1, "/ping"));
    assert_eq!(got[0].headers[header::AUTHORIZATION], "Bearer a-word-of-the-client");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&got[0].body).unwrap(), json!({"auth_req_id": id}));
    assert_eq!(ask(&rp, &id).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_auth_req_id_is_good_for_its_client_alone() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    let other = Rp::with_key(&w, &kiosk()).await;
    let id = call(&rp, &[("login_hint", AN_NUMBER)]).await.text("auth_req_id");
    let login = w.sign_in(AN);
    say_yes(&w, &login, waiting(&w, &login).await[0].id).await;
    assert_eq!(ask(&other, &id).await.error(), "invalid_grant");
    assert_eq!(ask(&rp, "nonsense").await.error(), "invalid_grant");
    assert_eq!(ask(&rp, &id).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_sandbox_client_reaches_nobody_real_by_number() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &ClientDraft { sandbox: true, audiences: Vec::new(), ..kiosk() }).await;
    assert_eq!(call(&rp, &[("login_hint", AN_NUMBER)]).await.status, StatusCode::OK);
    let login = w.sign_in(AN);
    assert!(waiting(&w, &login).await.is_empty());
}

#[tokio::test]
async fn what_nobody_answered_is_swept() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &kiosk()).await;
    begin(&rp, "openid").await;
    call(&rp, &[("login_hint", AN_NUMBER)]).await;
    w.wait(601);
    openid::jobs::sweep_all(&w.db.store).await.unwrap();
    for table in ["device", "ciba"] {
        let count: &'static str = match table {
            "device" => "SELECT count(*) FROM openid.device",
            _ => "SELECT count(*) FROM openid.ciba",
        };
        assert_eq!(w.count(count).await, 0, "{table}");
    }
}
