//! Dynamic registration behind an initial access token (RFC 7591, RFC 7592), and what escalates through it elsewhere.

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use contracts::Actor;
use jiff::SignedDuration;
use jose::{Algorithm, Signer, SoftwareKey};
use openid::{
    Claim, ClientDraft, ClientId, GrantType, OpenIdError, Profile, Sender,
    ops::{self, NewInitialToken},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{
    rp::{Proves, Rp, Told, send},
    world::{AN, World, agency, bank, officer, operator},
};

/// What the operator lets the agency's program register: names and ages, one API.
pub fn ceiling() -> ClientDraft {
    let claims = bank().claims.into_iter();
    ClientDraft {
        claims: claims
            .filter(|r| matches!(r.claim, Claim::Name | Claim::Birthdate | Claim::Gender))
            .collect(),
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials],
        api_scopes: vec!["accounts".into()],
        ..bank()
    }
}

/// A token after a client like this.
async fn initial(w: &World, ceiling: &ClientDraft, uses: i32) -> String {
    let model = w.client(ceiling, None).await;
    make(w, &officer(operator(), 2), model, uses).await.unwrap().text
}

pub async fn make(
    w: &World,
    actor: &Actor,
    model: ClientId,
    uses: i32,
) -> Result<NewInitialToken, OpenIdError> {
    let cx = &w.cx;
    let ends = base::Clock::now(w.db.clock.as_ref()) + SignedDuration::from_hours(24);
    w.run(async |tx| ops::initial_token_make(cx, tx, actor, model, uses, ends).await).await
}

pub async fn call(w: &World, method: &str, path: &str, token: &str, body: Option<&Value>) -> Told {
    let request = axum::http::Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    let body = body.map_or(Body::empty(), |b| Body::from(b.to_string()));
    send(&w.app, request.body(body).unwrap()).await
}

pub fn key() -> SoftwareKey {
    SoftwareKey::generate(Algorithm::Es256).unwrap()
}

pub fn metadata(key: &SoftwareKey) -> Value {
    json!({
        "client_name": "What a program calls itself",
        "redirect_uris": ["https://bank.example/branch/7"],
        "scope": "openid profile accounts",
        "jwks": {"keys": [key.public_jwk()]},
    })
}

pub fn with(mut metadata: Value, name: &str, value: Value) -> Value {
    metadata[name] = value;
    metadata
}

#[tokio::test]
async fn a_program_registers_a_client_that_serves_at_once() {
    let w = World::new().await;
    let token = initial(&w, &ceiling(), 1).await;
    let key = key();
    let told = call(&w, "POST", "/register", &token, Some(&metadata(&key))).await;
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.body);
    let body = told.json();
    assert_eq!(body["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(body["subject_type"], "pairwise");
    assert_eq!(body["client_name"], Value::Null, "what people read is not the program's word");
    let rp = Rp {
        w: &w,
        app: w.app.clone(),
        id: told.text("client_id").parse().unwrap(),
        proves: Proves::Key(key),
        dpop: Some(SoftwareKey::generate(Algorithm::Es256).unwrap()),
        redirect_uri: "https://bank.example/branch/7".into(),
    };
    w.sign_in(AN);
    let tokens = rp.tokens("openid profile").await;
    let known = rp.userinfo(&tokens.text("access_token")).await.json();
    assert_eq!(known["name"], "Nguyễn Văn An");
    assert_eq!(w.find(rp.id).await.settings.name, bank().name);
    let again = call(&w, "POST", "/register", &token, Some(&metadata(rp.key()))).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "it was good for one");
}

#[tokio::test]
async fn without_a_token_that_is_in_force_nothing_is_registered() {
    let w = World::new().await;
    let token = initial(&w, &ceiling(), 9).await;
    let body = metadata(&key());
    for bad in ["", "nonsense", &token[1..], &format!("{token}x")] {
        let told = call(&w, "POST", "/register", bad, Some(&body)).await;
        assert_eq!(told.status, StatusCode::UNAUTHORIZED);
        assert!(told.challenges().contains("invalid_token"));
    }
    w.wait(25 * 3600);
    assert_eq!(call(&w, "POST", "/register", &token, Some(&body)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(w.count("SELECT count(*) FROM openid.client").await, 1, "the model alone");
}

#[tokio::test]
async fn only_the_operator_makes_initial_tokens_and_its_agency_may_end_them_too() {
    let w = World::new().await;
    let cx = &w.cx;
    let (own, judge) = (officer(agency(), 1), officer(operator(), 2));
    let model = w.client(&ceiling(), None).await;
    assert!(matches!(make(&w, &own, model, 5).await, Err(OpenIdError::Forbidden)));
    let body = metadata(&key());
    for who in [&judge, &own] {
        let token = make(&w, &judge, model, 5).await.unwrap().text;
        let listed = w.run(async |tx| ops::initial_token_list(cx, tx, &own).await).await.unwrap();
        assert_eq!((listed.len(), listed[0].uses), (1, 5));
        let id = listed[0].id;
        let stranger = officer(contracts::AgencyId::new("KHAC"), 1);
        let refused = w.run(async |tx| ops::initial_token_end(cx, tx, &stranger, id).await).await;
        assert!(matches!(refused, Err(OpenIdError::NotFound)));
        w.run(async |tx| ops::initial_token_end(cx, tx, who, id).await).await.unwrap();
        let told = call(&w, "POST", "/register", &token, Some(&body)).await;
        assert_eq!(told.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn an_initial_token_is_made_after_what_two_people_looked_at() {
    let w = World::new().await;
    let (cx, judge) = (&w.cx, officer(operator(), 2));
    let (draft, owner) = (ceiling(), officer(agency(), 1));
    let waiting = w.run(async |tx| ops::client_propose(cx, tx, &owner, &draft).await).await.unwrap();
    assert!(matches!(make(&w, &judge, waiting, 1).await, Err(OpenIdError::WrongState)), "not approved yet");
    // The operator's own relying party, proposed by the very person.
    let at_home = ClientDraft { redirect_uris: vec!["https://operator.example/cb".into()], ..ceiling() };
    let own = w.run(async |tx| ops::client_propose(cx, tx, &judge, &at_home).await).await.unwrap();
    let other = officer(operator(), 3);
    w.run(async |tx| ops::client_approve(cx, tx, &other, own, 1).await).await.unwrap();
    assert!(matches!(make(&w, &judge, own, 1).await, Err(OpenIdError::SecondPerson)));
    make(&w, &other, own, 1).await.unwrap();
    w.run(async |tx| ops::client_suspend(cx, tx, &other, own, 2, "why").await).await.unwrap();
    assert!(matches!(make(&w, &other, own, 1).await, Err(OpenIdError::WrongState)));
    for (uses, days) in [(0, 1), (101, 1), (1, 0), (1, 91)] {
        let model = w.client(&draft, None).await;
        let ends = base::Clock::now(w.db.clock.as_ref()) + SignedDuration::from_hours(24 * days);
        let refused =
            w.run(async |tx| ops::initial_token_make(cx, tx, &judge, model, uses, ends).await).await;
        assert!(matches!(refused, Err(OpenIdError::Invalid(_))), "{uses} {days}");
    }
}

#[tokio::test]
async fn nothing_wider_than_the_ceiling_can_be_registered() {
    let w = World::new().await;
    let token = initial(&w, &ceiling(), 50).await;
    let sound = metadata(&key());
    let private = serde_json::to_value(key().public_jwk()).unwrap();
    for (name, value, error) in [
        ("scope", json!("openid number"), "invalid_client_metadata"),
        ("scope", json!("openid age"), "invalid_client_metadata"),
        ("scope", json!("openid payments"), "invalid_client_metadata"),
        ("scope", json!("openid ssf.manage"), "invalid_client_metadata"),
        (
            "grant_types",
            json!(["authorization_code", "urn:ietf:params:oauth:grant-type:token-exchange"]),
            "invalid_client_metadata",
        ),
        ("grant_types", json!(["password"]), "invalid_client_metadata"),
        ("grant_types", json!(["implicit"]), "invalid_client_metadata"),
        ("grant_types", json!([]), "invalid_client_metadata"),
        ("response_types", json!(["code", "token"]), "invalid_client_metadata"),
        ("token_endpoint_auth_method", json!("client_secret_basic"), "invalid_client_metadata"),
        ("token_endpoint_auth_method", json!("none"), "invalid_client_metadata"),
        ("redirect_uris", json!(["https://evil.example/cb"]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["https://bank.example.evil.example/cb"]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["https://bank.example@evil.example/cb"]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["http://bank.example/cb"]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["https://bank.example/cb#x"]), "invalid_redirect_uri"),
        ("redirect_uris", json!([]), "invalid_redirect_uri"),
        ("post_logout_redirect_uris", json!(["https://evil.example/"]), "invalid_client_metadata"),
        ("backchannel_logout_uri", json!("https://evil.example/"), "invalid_client_metadata"),
        (
            "backchannel_client_notification_endpoint",
            json!("https://evil.example/"),
            "invalid_client_metadata",
        ),
        ("subject_type", json!("public"), "invalid_client_metadata"),
        ("sector_identifier_uri", json!("https://bank.example/sector"), "invalid_client_metadata"),
        // Beside handed-in keys, and at a place that nobody approved.
        ("jwks_uri", json!("https://bank.example/jwks"), "invalid_client_metadata"),
        ("backchannel_token_delivery_mode", json!("push"), "invalid_client_metadata"),
        ("backchannel_token_delivery_mode", json!("ping"), "invalid_client_metadata"),
        ("backchannel_authentication_request_signing_alg", json!("none"), "invalid_client_metadata"),
        ("backchannel_authentication_request_signing_alg", json!("RS256"), "invalid_client_metadata"),
        ("backchannel_user_code_parameter", json!(true), "invalid_client_metadata"),
        ("jwks", json!({"keys": []}), "invalid_client_metadata"),
        ("jwks", json!({"keys": [with(private.clone(), "d", json!("AA"))]}), "invalid_client_metadata"),
        ("id_token_signed_response_alg", json!("none"), "invalid_client_metadata"),
        ("id_token_signed_response_alg", json!("RS256"), "invalid_client_metadata"),
        ("software_statement", json!("a.b.c"), "invalid_software_statement"),
    ] {
        let told =
            call(&w, "POST", "/register", &token, Some(&with(sound.clone(), name, value.clone()))).await;
        assert_eq!(
            (told.status, told.error().as_str()),
            (StatusCode::BAD_REQUEST, error),
            "{name} {value}: {}",
            told.body
        );
    }
    assert_eq!(w.count("SELECT count(*) FROM openid.client").await, 1, "the model alone");
    let uses = w.count("SELECT uses::bigint FROM openid.initial_token").await;
    assert_eq!(uses, 50, "what was refused did not count");
}

#[tokio::test]
async fn members_that_would_smuggle_rights_past_the_scopes_mean_nothing() {
    let w = World::new().await;
    let token = initial(&w, &ceiling(), 1).await;
    let mut body = metadata(&key());
    for (name, value) in [
        ("claims", json!([{"claim": "personal_number", "legal_basis": "x"}])),
        ("api_scopes", json!(["payments"])),
        ("audiences", json!(["https://evil.example"])),
        ("resource", json!("https://api.bank.example")),
        ("sector", json!("other.example")),
        ("sandbox", json!(true)),
        ("state", json!("approved")),
        ("owner", json!("C06")),
        ("profile", json!({"kind": "basic", "until": "2099-01-01T00:00:00Z"})),
        ("protocol_mappers", json!([{"claim.name": "personal_number"}])),
    ] {
        body[name] = value;
    }
    let told = call(&w, "POST", "/register", &token, Some(&body)).await;
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.body);
    let client = w.find(told.text("client_id").parse().unwrap()).await;
    let settings = client.settings;
    assert!(settings.claims.iter().all(|r| ceiling().claims.contains(r)));
    assert_eq!(settings.api_scopes, ["accounts"]);
    assert_eq!(settings.audiences, ceiling().audiences);
    assert_eq!((settings.resource, settings.sandbox, settings.profile), (None, false, Profile::Fapi2));
    assert_eq!(settings.sector.as_deref(), Some("bank.example"));
    assert_eq!(client.owner, agency());
}

#[tokio::test]
async fn a_registration_is_read_changed_and_ended_with_its_own_token_alone() {
    let w = World::new().await;
    let initial_token = initial(&w, &ceiling(), 2).await;
    let key = key();
    let one = call(&w, "POST", "/register", &initial_token, Some(&metadata(&key))).await;
    let other = call(&w, "POST", "/register", &initial_token, Some(&metadata(&key))).await;
    let (path, token) =
        (format!("/register/{}", one.text("client_id")), one.text("registration_access_token"));
    assert_eq!(one.text("registration_client_uri"), format!("https://id.test{path}"));

    let read = call(&w, "GET", &path, &token, None).await;
    assert_eq!(read.json()["scope"], "openid profile offline_access accounts");
    assert_eq!(read.json()["registration_access_token"], Value::Null);
    for bad in [&initial_token, &other.text("registration_access_token"), "", "x"] {
        for method in ["GET", "PUT", "DELETE"] {
            let body = (method == "PUT").then(|| metadata(&key));
            let told = call(&w, method, &path, bad, body.as_ref()).await;
            assert_eq!(told.status, StatusCode::UNAUTHORIZED, "{method}");
        }
    }
    assert_eq!(call(&w, "GET", "/register/unknown", &token, None).await.status, StatusCode::UNAUTHORIZED);

    let narrower = with(metadata(&key), "scope", json!("openid"));
    let changed = call(&w, "PUT", &path, &token, Some(&narrower)).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert_eq!(changed.json()["scope"], "openid offline_access");
    let wider = with(metadata(&key), "scope", json!("openid profile number"));
    let refused = call(&w, "PUT", &path, &token, Some(&wider)).await;
    assert_eq!(refused.error(), "invalid_client_metadata");
    let elsewhere = with(metadata(&key), "redirect_uris", json!(["https://evil.example/"]));
    assert_eq!(call(&w, "PUT", &path, &token, Some(&elsewhere)).await.error(), "invalid_redirect_uri");

    assert_eq!(call(&w, "DELETE", &path, &token, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(call(&w, "GET", &path, &token, None).await.status, StatusCode::UNAUTHORIZED);
    let client = w.find(one.text("client_id").parse().unwrap()).await;
    assert_eq!(client.state, openid::ClientState::Closed);
}

#[tokio::test]
async fn a_key_without_an_id_is_known_by_its_thumbprint() {
    let w = World::new().await;
    let token = initial(&w, &ceiling(), 2).await;
    let mut bare = serde_json::to_value(key().public_jwk()).unwrap();
    let kid = bare.as_object_mut().unwrap().remove("kid").unwrap();
    let body = with(metadata(&key()), "jwks", json!({"keys": [bare]}));
    let told = call(&w, "POST", "/register", &token, Some(&body)).await;
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.body);
    assert_eq!(told.json()["jwks"]["keys"][0]["kid"], kid);
    let twice = with(metadata(&key()), "jwks", json!({"keys": [bare, bare]}));
    assert_eq!(call(&w, "POST", "/register", &token, Some(&twice)).await.error(), "invalid_client_metadata");
}

#[tokio::test]
async fn keys_may_be_published_instead_of_handed_in_at_an_approved_place() {
    let w = World::new().await;
    let token = initial(&w, &ceiling(), 3).await;
    let mut body = metadata(&key());
    body.as_object_mut().unwrap().remove("jwks");
    for bad in ["https://evil.example/jwks", "http://bank.example/jwks", "https://bank.example/jwks#x", ""] {
        let told =
            call(&w, "POST", "/register", &token, Some(&with(body.clone(), "jwks_uri", json!(bad)))).await;
        assert_eq!(told.error(), "invalid_client_metadata", "{bad}");
    }
    body["jwks_uri"] = json!("https://bank.example/jwks.json");
    let told = call(&w, "POST", "/register", &token, Some(&body)).await;
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.body);
    assert_eq!(
        (told.text("jwks_uri").as_str(), told.json().get("jwks")),
        ("https://bank.example/jwks.json", None)
    );
    let path = format!("/register/{}", told.text("client_id"));
    let changed =
        call(&w, "PUT", &path, &told.text("registration_access_token"), Some(&metadata(&key()))).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert_eq!(changed.json().get("jwks_uri"), None);
    assert_eq!(changed.json()["jwks"]["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_client_that_asks_elsewhere_is_told_how_its_answers_come() {
    let w = World::new().await;
    let mut grants = ceiling().grants;
    grants.push(GrantType::Ciba);
    let token = initial(&w, &ClientDraft { grants, ..ceiling() }, 3).await;
    let alg = "backchannel_authentication_request_signing_alg";
    let told =
        call(&w, "POST", "/register", &token, Some(&with(metadata(&key()), alg, json!("ES256")))).await;
    assert_eq!(told.text("backchannel_token_delivery_mode"), "poll");
    let uri = json!("https://bank.example/ping");
    let body = with(metadata(&key()), "backchannel_client_notification_endpoint", uri);
    let told = call(&w, "POST", "/register", &token, Some(&body)).await;
    assert_eq!(told.text("backchannel_token_delivery_mode"), "ping");
}

#[tokio::test]
async fn a_suspended_client_cannot_change_itself() {
    let w = World::new().await;
    let token = initial(&w, &ceiling(), 1).await;
    let told = call(&w, "POST", "/register", &token, Some(&metadata(&key()))).await;
    let id: openid::ClientId = told.text("client_id").parse().unwrap();
    let (cx, judge) = (&w.cx, officer(operator(), 2));
    let version = w.find(id).await.version;
    w.run(async |tx| ops::client_suspend(cx, tx, &judge, id, version, "why").await).await.unwrap();
    let path = format!("/register/{id}");
    let own = told.text("registration_access_token");
    for method in ["GET", "PUT", "DELETE"] {
        let body = (method == "PUT").then(|| metadata(&key()));
        assert_eq!(call(&w, method, &path, &own, body.as_ref()).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_compatibility_client_gets_a_secret_once() {
    let w = World::new().await;
    let token =
        initial(&w, &ClientDraft { redirect_uris: bank().redirect_uris, ..crate::world::museum() }, 1).await;
    let told =
        call(&w, "POST", "/register", &token, Some(&json!({"redirect_uris": ["https://bank.example/cb"]})))
            .await;
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.body);
    assert_eq!(told.text("client_secret").len(), 43);
    assert!(told.json()["client_secret_expires_at"].as_i64().unwrap() > w.now());
    let path = format!("/register/{}", told.text("client_id"));
    let read = call(&w, "GET", &path, &told.text("registration_access_token"), None).await;
    assert_eq!(read.json()["client_secret"], Value::Null);
    let rp = Rp {
        w: &w,
        app: w.app.clone(),
        id: told.text("client_id").parse().unwrap(),
        proves: Proves::Secret(told.text("client_secret")),
        dpop: None,
        redirect_uri: "https://bank.example/cb".into(),
    };
    let own = rp.post("/token", &[("grant_type", "client_credentials")]).await;
    assert_eq!(own.status, StatusCode::OK, "{}", own.body);
}

/// Any value that a member could have, sound ones among them.
fn member() -> impl Strategy<Value = (String, Value)> {
    let words = prop_oneof![
        Just("openid"),
        Just("profile"),
        Just("number"),
        Just("age"),
        Just("residence"),
        Just("level"),
        Just("accounts"),
        Just("payments"),
        Just("offline_access"),
        Just("ssf.manage"),
        Just("client_secret_basic"),
        Just("tls_client_auth"),
        Just("RS256"),
        Just("ES256"),
        Just("none"),
        Just("https://bank.example/x"),
        Just("https://evil.example/x"),
        Just("authorization_code"),
        Just("client_credentials"),
        Just("urn:openid:params:grant-type:ciba"),
        Just("code"),
        Just("pairwise"),
    ];
    let value = prop_oneof![
        prop::collection::vec(words.clone(), 0..4).prop_map(|w| json!(w.join(" "))),
        prop::collection::vec(words, 0..3).prop_map(|w| json!(w)),
        any::<bool>().prop_map(|b| json!(b)),
        Just(Value::Null),
    ];
    let names = prop_oneof![
        Just("scope"),
        Just("grant_types"),
        Just("redirect_uris"),
        Just("token_endpoint_auth_method"),
        Just("post_logout_redirect_uris"),
        Just("backchannel_logout_uri"),
        Just("dpop_bound_access_tokens"),
        Just("tls_client_certificate_bound_access_tokens"),
        Just("id_token_signed_response_alg"),
        Just("require_signed_request_object"),
        Just("subject_type"),
        Just("response_types"),
        Just("claims"),
    ];
    (names.prop_map(str::to_owned), value)
}

proptest! {
    #[test]
    fn whatever_a_program_says_its_client_is_never_wider_than_the_ceiling(members in prop::collection::vec(member(), 0..8)) {
        let mut body = Map::new();
        body.insert("redirect_uris".into(), json!(["https://bank.example/cb"]));
        body.insert("jwks".into(), json!({"keys": [ed25519()]}));
        body.extend(members);
        let Ok(metadata) = openid::registration::Metadata::parse(Value::Object(body).to_string().as_bytes()) else {
            return Ok(());
        };
        let ceiling = ceiling();
        let Ok(fitting) = metadata.under(&ceiling) else { return Ok(()) };
        let made = fitting.settings;
        prop_assert!(made.claims.iter().all(|r| ceiling.claims.contains(r)));
        prop_assert!(made.api_scopes.iter().all(|s| ceiling.api_scopes.contains(s)));
        prop_assert!(made.audiences.iter().all(|a| ceiling.audiences.contains(a)));
        prop_assert!(made.grants.iter().all(|g| ceiling.grants.contains(g)));
        prop_assert!(made.redirect_uris.iter().chain(&made.post_logout_redirect_uris).chain(&made.backchannel_logout_uri)
            .all(|uri| uri.starts_with("https://bank.example/")));
        prop_assert!(!made.authentication.is_secret() && made.sender != Sender::Bearer);
        prop_assert_eq!(made.profile, ceiling.profile);
        prop_assert_eq!((made.resource, made.name), (None, ceiling.name));
    }
}

fn ed25519() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "1"})
}
