//! Authorization requests: pushed or not, signed or not, and what others have tried with them.

use axum::{body::Body, http::StatusCode};
use jose::{Algorithm, Signer, SoftwareKey, b64};
use openid::{OpenIdError, model::Messages, ops};
use serde_json::{Value, json};

use crate::{
    rp::{ASSERTION, Rp, form, fresh, interaction, param, send},
    world::{AN, ISSUER, World, bank, museum},
};

/// The request without the parameter, or with another value of it.
fn with(
    ask: &[(&'static str, String)],
    name: &'static str,
    value: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut out: Vec<_> = ask.iter().filter(|(n, _)| *n != name).cloned().collect();
    out.extend(value.map(|v| (name, v.to_owned())));
    out
}

#[tokio::test]
async fn a_pushed_request_is_for_its_client_and_for_a_short_time() {
    let w = World::new().await;
    let (rp, other) = (Rp::with_key(&w, &bank()).await, Rp::with_key(&w, &bank()).await);
    w.sign_in(AN);
    let pushed = rp.push(&rp.ask("openid")).await;
    assert_eq!((pushed.status, &pushed.json()["expires_in"]), (StatusCode::CREATED, &json!(90)));
    let uri = pushed.text("request_uri");
    // Somebody else's client cannot use it, and does not use it up.
    assert_eq!(other.browse_pushed(&uri).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(rp.browse_pushed(&uri).await.status, StatusCode::SEE_OTHER);
    let late = rp.push(&rp.ask("openid")).await.text("request_uri");
    w.wait(91);
    assert_eq!(rp.browse_pushed(&late).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for foreign in ["https://evil.example/request.jwt", "urn:ietf:params:oauth:request_uri:", "urn:x"] {
        let told = rp.browse_pushed(foreign).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{foreign}");
    }
}

#[tokio::test]
async fn until_it_is_answered_the_browser_that_loaded_a_pushed_request_may_load_it_again() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let uri = rp.push(&rp.ask("openid")).await.text("request_uri");
    let first = rp.browse_pushed(&uri).await;
    let cookie = first.headers["set-cookie"].to_str().unwrap().to_owned();
    w.sign_in(AN);
    // Back and reload, here and at another process.
    let (_, app) = w.another_process().await;
    for app in [&rp.app, &app] {
        let again = rp.browse_pushed_as(app, &uri, &cookie).await;
        assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, first.location()));
    }
    let address = rp.agree(&first).await;
    assert!(param(&address, "code").is_some(), "{address}");
    for app in [&rp.app, &app] {
        let over = rp.browse_pushed_as(app, &uri, &cookie).await;
        assert_eq!(over.status, StatusCode::UNPROCESSABLE_ENTITY, "it was answered");
    }
    let (id, browser) = interaction(&first);
    let (cx, login) = (&w.cx, w.sign_in(AN));
    let none = openid::Choice::default();
    let twice = w.run(async |tx| ops::interaction_accept(cx, tx, id, &browser, &login, &none).await).await;
    assert!(matches!(twice, Err(OpenIdError::NotFound)), "two answers to one request");
    assert_eq!(w.count("SELECT count(*) FROM openid.code").await, 1);
}

#[tokio::test]
async fn a_pushed_request_belongs_to_the_browser_that_loaded_it_first() {
    // Who begins a request and sends the link to somebody else must not have them sign in to it.
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let uri = rp.push(&rp.ask("openid")).await.text("request_uri");
    let first = rp.browse_pushed(&uri).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    w.sign_in(AN);
    let (_, app) = w.another_process().await;
    for app in [&rp.app, &app] {
        let other = send(app, rp.at_pushed(&uri).body(Body::empty()).unwrap()).await;
        assert_eq!(other.status, StatusCode::FORBIDDEN, "{}", other.body);
        assert!(!other.headers.contains_key("set-cookie"));
    }
    let cookie = "__Host-authorization=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let other = rp.browse_pushed_as(&rp.app, &uri, cookie).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
    assert!(param(&rp.agree(&first).await, "code").is_some(), "the first goes on");
}

#[tokio::test]
async fn a_request_that_is_answered_at_once_is_spent_at_once() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let mut silent = rp.ask("openid");
    silent.push(("prompt", "none".into()));
    let uri = rp.push(&silent).await.text("request_uri");
    let failed = rp.browse_pushed(&uri).await;
    assert_eq!(failed.param("error").as_deref(), Some("login_required"));
    let again = rp.browse_pushed(&uri).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "the error was its answer");

    w.sign_in(AN);
    rp.tokens("openid").await;
    let uri = rp.push(&silent).await.text("request_uri");
    let gone = rp.browse_pushed(&uri).await;
    assert!(gone.param("code").is_some(), "{}", gone.location());
    assert_eq!(rp.browse_pushed(&uri).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(w.count("SELECT count(*) FROM openid.interaction").await, 0);
}

#[tokio::test]
async fn of_two_browsers_that_load_a_pushed_request_at_once_one_has_it() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let (_, app) = w.another_process().await;
    for _ in 0..10 {
        let uri = rp.push(&rp.ask("openid")).await.text("request_uri");
        let load = |app| send(app, rp.at_pushed(&uri).body(Body::empty()).unwrap());
        let (one, two) = tokio::join!(load(&rp.app), load(&app));
        let mut all = [one.status, two.status];
        all.sort();
        assert_eq!(all, [StatusCode::SEE_OTHER, StatusCode::FORBIDDEN]);
    }
}

#[tokio::test]
async fn a_pushed_request_is_not_loaded_again_after_its_life_and_is_still_answered() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let uri = rp.push(&rp.ask("openid")).await.text("request_uri");
    let first = rp.browse_pushed(&uri).await;
    let cookie = first.headers["set-cookie"].to_str().unwrap().to_owned();
    w.wait(89);
    assert_eq!(rp.browse_pushed_as(&rp.app, &uri, &cookie).await.status, StatusCode::SEE_OTHER);
    w.wait(2);
    let late = rp.browse_pushed_as(&rp.app, &uri, &cookie).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    w.sign_in(AN);
    assert!(param(&rp.agree(&first).await, "code").is_some(), "somebody who reads slowly goes on");
}

#[tokio::test]
async fn a_client_that_must_push_cannot_ask_in_the_address() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let ask = rp.ask("openid");
    let pairs: Vec<(&str, &str)> = ask.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let told = rp.browse(&form(&pairs)).await;
    assert!(told.location().starts_with("https://bank.example/cb?error=invalid_request&"));
    assert_eq!(
        (told.param("state").as_deref(), told.param("iss").as_deref()),
        (Some("the-state"), Some(ISSUER))
    );
}

#[tokio::test]
async fn an_error_is_sent_only_to_an_address_that_is_registered_to_the_letter() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    let ask = rp.ask("openid");
    for uri in [
        "https://museum.example/cb/",
        "https://museum.example/CB",
        "https://museum.example/cb?x=1",
        "https://museum.example/cb#x",
        "https://museum.example:443/cb",
        "https://museum.example/a/../cb",
        "https://museum.example/%63b",
        "https://museum.example/cb%00",
        "https://museum.example.evil.example/cb",
        "https://museum.example@evil.example/cb",
        "https://evil.example/cb?https://museum.example/cb",
        "http://museum.example/cb",
        "//museum.example/cb",
        "javascript:alert(1)",
        "",
    ] {
        for broken in [
            with(&ask, "redirect_uri", Some(uri)),
            with(&with(&ask, "redirect_uri", Some(uri)), "scope", Some("number")),
        ] {
            let told = rp.authorize(&broken).await;
            assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{uri}");
            assert!(told.headers.get("location").is_none(), "{uri}");
        }
    }
    let unknown = with(&ask, "client_id", Some("01890000-0000-7000-8000-000000000000"));
    assert_eq!(rp.authorize(&unknown).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Spelled in another way it is nobody's.
    let loud = with(&ask, "client_id", Some(&rp.id.to_string().to_uppercase()));
    assert_eq!(rp.authorize(&loud).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn everything_else_that_is_wrong_goes_back_to_the_client_with_state_and_issuer() {
    let w = World::new().await;
    let mut draft = museum();
    draft.claims.retain(|r| r.claim == openid::Claim::Name);
    let rp = Rp::with_secret(&w, &draft).await;
    let ask = rp.ask("openid");
    for (name, value, error) in [
        ("response_type", Some("token"), "unsupported_response_type"),
        ("response_type", Some("code id_token"), "unsupported_response_type"),
        ("response_type", None, "invalid_request"),
        ("response_mode", Some("fragment"), "invalid_request"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some("short"), "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("scope", Some("openid profile"), "invalid_scope"),
        ("scope", Some("openid number"), "invalid_scope"),
        ("claims", Some(r#"{"userinfo":{"personal_number":null}}"#), "invalid_request"),
        ("claims", Some("[]"), "invalid_request"),
        ("claims", Some(r#"{"userinfo":{"name":null},"userinfo":{}}"#), "invalid_request"),
        (
            "claims",
            Some(r#"{"id_token":{"acr":{"essential":true,"values":["urn:other"]}}}"#),
            "unmet_authentication_requirements",
        ),
        ("prompt", Some("none login"), "invalid_request"),
        ("prompt", Some("create"), "invalid_request"),
        ("max_age", Some("-1"), "invalid_request"),
        ("resource", Some("https://elsewhere.example"), "invalid_target"),
        ("registration", Some("{}"), "request_not_supported"),
        ("request_uri", Some("https://museum.example/r"), "shown"),
        ("prompt", Some("none"), "login_required"),
    ] {
        let told = rp.authorize(&with(&ask, name, value)).await;
        if error == "shown" {
            assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            continue;
        }
        assert_eq!(told.status, StatusCode::SEE_OTHER, "{name}={value:?}: {}", told.body);
        assert!(told.location().starts_with("https://museum.example/cb?"), "{}", told.location());
        assert_eq!(told.param("error").as_deref(), Some(error), "{name}={value:?}");
        assert_eq!(told.param("state").as_deref(), Some("the-state"));
        assert_eq!(told.param("iss").as_deref(), Some(ISSUER));
    }
}

#[tokio::test]
async fn a_parameter_that_stands_twice_makes_a_request_void() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    w.sign_in(AN);
    let ask = rp.ask("openid");
    let pairs: Vec<(&str, &str)> = ask.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let query = form(&pairs);
    for more in
        ["&scope=openid%20profile", "&redirect_uri=https%3A%2F%2Fevil.example", "&st%61te=x", "&state="]
    {
        let told = rp.browse(&format!("{query}{more}")).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{more}");
    }
    let told =
        rp.post("/token", &[("grant_type", "client_credentials"), ("grant_type", "refresh_token")]).await;
    assert_eq!(told.error(), "invalid_request");
}

#[tokio::test]
async fn a_request_may_be_posted_by_the_browser_and_comes_again_in_the_address() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    let ask = rp.ask("openid");
    let pairs: Vec<(&str, &str)> = ask.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let query = form(&pairs);
    // From the relying party's own page.
    let request = rp.request("POST", "/authorize").header("origin", "https://museum.example");
    let told = rp.send_form(request, &query).await;
    assert_eq!((told.status, told.location()), (StatusCode::SEE_OTHER, format!("/authorize?{query}")));
}

fn signing_bank() -> openid::ClientDraft {
    let messages = Messages { requests: true, responses: true, ..Messages::default() };
    openid::ClientDraft { messages, ..bank() }
}

/// A request object with everything that it needs.
fn object(rp: &Rp<'_>, ask: &[(&'static str, String)]) -> Value {
    let now = rp.w.now();
    let mut claims = json!({ "iss": rp.id.to_string(), "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 300, "jti": fresh() });
    for (name, value) in ask {
        claims[*name] = json!(value);
    }
    claims
}

async fn push_object(rp: &Rp<'_>, object: &str) -> crate::rp::Told {
    rp.post("/par", &[("client_id", &rp.id.to_string()), ("request", object)]).await
}

#[tokio::test]
async fn a_signed_request_gets_a_signed_answer() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &signing_bank()).await;
    w.sign_in(AN);
    let claims = object(&rp, &rp.ask("openid"));
    let signed = jose::sign(rp.key(), Some("oauth-authz-req+jwt"), &claims).unwrap();
    let pushed = push_object(&rp, &signed).await;
    let at = rp.browse_pushed(&pushed.text("request_uri")).await;
    let address = rp.agree(&at).await;
    let response = param(&address, "response").unwrap();
    assert_eq!(param(&address, "code"), None);
    let answer = crate::rp::claims_of(&w.app, &response).await;
    assert_eq!((&answer["iss"], &answer["aud"]), (&json!(ISSUER), &json!(rp.id.to_string())));
    assert_eq!(answer["state"], "the-state");
    assert!(answer["exp"].as_i64().unwrap() <= w.now() + 600);
    let tokens = rp.exchange(answer["code"].as_str().unwrap()).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    // The same object again was already used.
    assert_eq!(push_object(&rp, &signed).await.error(), "invalid_request");
}

#[tokio::test]
async fn an_unsigned_request_of_a_client_that_signs_is_refused() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &signing_bank()).await;
    assert_eq!(rp.push(&rp.ask("openid")).await.error(), "invalid_request");
    // What stands beside the object was signed by nobody: the scope in it is the one that counts.
    w.sign_in(AN);
    let signed = jose::sign(rp.key(), None, &object(&rp, &rp.ask("openid"))).unwrap();
    let id = rp.id.to_string();
    let pushed =
        rp.post("/par", &[("client_id", &id), ("scope", "openid profile"), ("request", &signed)]).await;
    let uri = pushed.text("request_uri");
    let stored = w.texts("SELECT (request->'scopes')::text FROM openid.pushed_request").await;
    assert_eq!(stored, ["[\"openid\"]"], "{uri}");
}

#[tokio::test]
async fn a_request_object_without_a_good_signature_is_refused() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &signing_bank()).await;
    let claims = object(&rp, &rp.ask("openid"));
    let payload = b64::encode(claims.to_string());
    let head = |alg: &str, kid: &str| b64::encode(json!({ "alg": alg, "kid": kid }).to_string());
    let kid = rp.key().kid().to_owned();
    let stranger = SoftwareKey::generate(Algorithm::Es256).unwrap();
    let good = jose::sign(rp.key(), None, &claims).unwrap();
    let (signed, _) = good.rsplit_once('.').unwrap();
    for (what, bad) in [
        ("none", format!("{}.{payload}.", head("none", &kid))),
        ("None", format!("{}.{payload}.", head("None", &kid))),
        ("a MAC under the public key", format!("{}.{payload}.{}", head("HS256", &kid), b64::encode([1; 32]))),
        (
            "RS256 for a key that speaks ES256",
            format!("{}.{payload}.{}", head("RS256", &kid), b64::encode([1; 256])),
        ),
        ("no signature", format!("{signed}.")),
        ("zeros", format!("{signed}.{}", b64::encode([0; 64]))),
        ("another key", jose::sign(&stranger, None, &claims).unwrap()),
        ("a proof", jose::sign(rp.key(), Some("dpop+jwt"), &claims).unwrap()),
        ("not a token", "x".to_owned()),
    ] {
        let told = push_object(&rp, &bad).await;
        assert_eq!(told.error(), "invalid_request_object", "{what}: {}", told.body);
    }
    assert_eq!(push_object(&rp, &good).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_request_object_for_others_or_out_of_time_is_refused() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &signing_bank()).await;
    let now = w.now();
    for (name, value) in [
        ("aud", json!("https://other.example")),
        ("iss", json!("somebody")),
        ("exp", json!(now - 60)),
        ("exp", Value::Null),
        ("nbf", json!(now + 120)),
        ("nbf", json!(now - 3700)),
        ("nbf", Value::Null),
        ("exp", json!(now + 7200)),
        ("request_uri", json!("urn:x")),
        ("sub", json!("somebody")),
        ("request", json!("x")),
    ] {
        let mut claims = object(&rp, &rp.ask("openid"));
        match &value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
        let told = push_object(&rp, &jose::sign(rp.key(), None, &claims).unwrap()).await;
        assert_eq!(told.error(), "invalid_request_object", "{name}={value}");
    }
    let mut other = object(&rp, &rp.ask("openid"));
    other["client_id"] = json!("01890000-0000-7000-8000-000000000000");
    let told = push_object(&rp, &jose::sign(rp.key(), None, &other).unwrap()).await;
    assert_eq!(told.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_pushed_request_uri_is_refused_and_so_is_whatever_is_no_form() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let mut ask = rp.ask("openid");
    ask.push(("request_uri", "urn:ietf:params:oauth:request_uri:x".into()));
    assert_eq!(rp.push(&ask).await.error(), "invalid_request");
    let assertion = rp.assertion();
    let body = form(&[("client_assertion_type", ASSERTION), ("client_assertion", &assertion)]);
    let request = rp.request("POST", "/par").header("content-type", "application/json");
    let told = crate::rp::send(&w.app, request.body(axum::body::Body::from(body.clone())).unwrap()).await;
    assert_eq!(told.error(), "invalid_request");
    let told = rp.send_form(rp.request("POST", "/par?scope=openid"), &body).await;
    assert_eq!(told.error(), "invalid_request");
}
