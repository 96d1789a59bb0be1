//! CIBA: a client asks a person who is elsewhere, and fetches the answer (poll), or is told to (ping).

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::http::{HeaderMap, StatusCode};
use openid::GrantType;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    http::{Answer, Params, pairs},
    keys::{Key, random, spoilt},
    party::{Kind, Party},
    person::{Does, End, words},
    scene::Scene,
};

pub const GRANT: &str = "urn:openid:params:grant-type:ciba";
pub const ENDPOINT: &str = "backchannel_authentication_endpoint";
const REFUSED: [&str; 2] = ["invalid_client", "invalid_request"];
pub const OBJECT_REFUSED: [&str; 2] = ["invalid_request", "invalid_request_object"];

async fn asking(s: &Scene) -> Party {
    let mut draft = s.draft(Kind::Fapi2);
    draft.grants.push(GrantType::Ciba);
    s.enters(Kind::Fapi2, draft).await
}

/// A request that nothing is wrong with.
pub fn request(s: &Scene) -> Params {
    pairs(&[("scope", "openid"), ("login_hint", &s.lan.citizen.number)])
}

fn with(mut params: Params, more: &[(&str, &str)]) -> Params {
    params.retain(|(name, _)| !more.iter().any(|(n, _)| n == name));
    params.extend(pairs(more));
    params
}

/// Header and claims of a signed request (CIBA section 7.1.1).
pub fn parts(rp: &Party, params: &Params) -> (Value, Value) {
    let mut claims = json!({
        "iss": rp.id, "aud": rp.issuer(), "jti": random(),
        "iat": rp.now(), "nbf": rp.now(), "exp": rp.now() + 60,
    });
    for (name, value) in params {
        claims[name] = json!(value);
    }
    (json!({ "alg": "ES256", "typ": "JWT", "kid": rp.key.kid }), claims)
}

/// Sends a request object, as a client that is itself.
pub async fn sends(rp: &Party, object: &str) -> Answer {
    rp.call(ENDPOINT, pairs(&[("request", object)])).await
}

/// Sends a request, signed as the profile wants it.
async fn asks(rp: &Party, params: Params) -> Answer {
    let (header, claims) = parts(rp, &params);
    sends(rp, &rp.key.sign(&header, &claims)).await
}

/// Asks; gives the name of the question.
pub async fn asked(rp: &Party, params: Params) -> String {
    let told = asks(rp, params).await.ok();
    assert!(told["expires_in"].as_i64() > Some(0) && told["interval"].as_i64() > Some(0), "{told}");
    told["auth_req_id"].as_str().expect("a name").to_owned()
}

/// The person finds the question that waits, and answers it.
pub async fn answers(s: &Scene, does: Does) -> String {
    s.lan.signs_in().await;
    let list = s.lan.get(&format!("{}/ciba", s.server.issuer)).await;
    let page = list.text();
    let id = page.split("/ciba/").nth(1).and_then(|rest| rest.split('"').next());
    let id = id.unwrap_or_else(|| panic!("no question waits: {}", words(&page)));
    let End::Page(done) = s.lan.visits(&format!("{}/ciba/{id}", s.server.issuer), does).await else {
        panic!("an answer leads nowhere");
    };
    assert_eq!(done.status, StatusCode::OK, "{}", words(&done.text()));
    s.lan.questions().last().cloned().unwrap_or_default()
}

pub async fn fetched(rp: &Party, auth_req_id: &str) -> Answer {
    rp.token(pairs(&[("grant_type", GRANT), ("auth_req_id", auth_req_id)])).await
}

#[tokio::test]
async fn fapi_ciba_id1_discovery_end_point_verification() {
    let s = Scene::new().await;
    assert!(s.meta[ENDPOINT].as_str().is_some_and(|url| url.starts_with(&s.server.issuer)));
    let modes = &s.meta["backchannel_token_delivery_modes_supported"];
    assert_eq!(modes, &json!(["poll", "ping"]));
    assert!(s.meta["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
    let algs = s.meta["backchannel_authentication_request_signing_alg_values_supported"].as_array().unwrap();
    assert!(algs.contains(&json!("ES256")) && algs.contains(&json!("PS256")));
    assert!(!algs.contains(&json!("none")) && !algs.contains(&json!("RS256")));
}

/// One client asks, the person says yes, and the tokens are good.
async fn goes_through(s: &Scene, rp: &Party, params: Params) -> Value {
    let question = asked(rp, params).await;
    answers(s, Does::Allow).await;
    let tokens = fetched(rp, &question).await.ok();
    let (_, identity) =
        crate::keys::verified(tokens["id_token"].as_str().expect("an identity token"), &rp.jwks);
    assert_eq!((&identity["iss"], &identity["aud"]), (&json!(rp.issuer()), &json!(rp.id)));
    let userinfo = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.ok();
    assert_eq!(userinfo["sub"], identity["sub"]);
    // What was fetched is gone.
    fetched(rp, &question).await.refuses(&["invalid_grant"]);
    tokens
}

#[tokio::test]
async fn fapi_ciba_id1() {
    let s = Scene::new().await;
    for _ in 0..2 {
        let rp = asking(&s).await;
        goes_through(&s, &rp, request(&s)).await;
    }
}

#[tokio::test]
async fn fapi_ciba_id1_user_rejects_authentication() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    let question = asked(&rp, request(&s)).await;
    answers(&s, Does::Refuse).await;
    fetched(&rp, &question).await.refuses(&["access_denied"]);
}

#[tokio::test]
async fn fapi_ciba_id1_multiple_call_to_token_endpoint() {
    let s = Scene::alone().await;
    let rp = asking(&s).await;
    let question = asked(&rp, request(&s)).await;
    s.server.waits(6);
    fetched(&rp, &question).await.refuses(&["authorization_pending"]);
    // Sooner than it was told to.
    fetched(&rp, &question).await.refuses(&["slow_down"]);
    s.server.waits(30);
    fetched(&rp, &question).await.refuses(&["authorization_pending"]);
    answers(&s, Does::Allow).await;
    s.server.waits(30);
    fetched(&rp, &question).await.ok();
}

#[tokio::test]
async fn fapi_ciba_id1_auth_req_id_expired() {
    let s = Scene::alone().await;
    let rp = asking(&s).await;
    let question = asked(&rp, with(request(&s), &[("requested_expiry", "30")])).await;
    s.server.waits(31);
    fetched(&rp, &question).await.refuses(&["expired_token"]);
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_authorization_request_with_binding_message_succeeds() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    let question = asked(&rp, with(request(&s), &[("binding_message", "1234")])).await;
    let page = answers(&s, Does::Allow).await;
    assert!(words(&page).contains("1234"), "the person can compare: {}", words(&page));
    fetched(&rp, &question).await.ok();
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_other_scope_order_succeeds() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    goes_through(&s, &rp, with(request(&s), &[("scope", "profile openid")])).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_requested_expiry_as_string_succeeds() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    let told = asks(&rp, with(request(&s), &[("requested_expiry", "42")])).await.ok();
    assert_eq!(told["expires_in"], 42);
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_authorization_request_with_potentially_bad_binding_message() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    for bad in ["1234 \u{1F44D}\u{1F3FF} 品川 \u{202E}", &"x".repeat(500), "<b>", "line\nbreak"] {
        let answer = asks(&rp, with(request(&s), &[("binding_message", bad)])).await;
        answer.refuses(&["invalid_binding_message"]);
    }
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_authorization_request_with_multiple_hints_fails() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    let two = with(request(&s), &[("id_token_hint", &random())]);
    asks(&rp, two).await.refuses(&["invalid_request"]);
    asks(&rp, pairs(&[("scope", "openid")])).await.refuses(&["invalid_request"]);
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_wrong_auth_req_id_in_token_endpoint_request() {
    let s = Scene::new().await;
    let (rp, other) = (asking(&s).await, asking(&s).await);
    let question = asked(&rp, request(&s)).await;
    answers(&s, Does::Allow).await;
    fetched(&other, &question).await.refuses(&["invalid_grant"]);
    fetched(&rp, &random()).await.refuses(&["invalid_grant"]);
    fetched(&rp, &question).await.ok();
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_without_client_assertion_in_token_endpoint_request() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    let question = asked(&rp, request(&s)).await;
    let params = pairs(&[("grant_type", GRANT), ("auth_req_id", &question), ("client_id", &rp.id)]);
    rp.http.form(rp.at("token_endpoint"), &params, &[]).await.refuses(&REFUSED);
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_without_client_assertion_in_backchannel_authorization_request() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    let (header, claims) = parts(&rp, &request(&s));
    let params = pairs(&[("client_id", &rp.id), ("request", &rp.key.sign(&header, &claims))]);
    rp.http.form(rp.at(ENDPOINT), &params, &[]).await.refuses(&REFUSED);
}

/// A signed request with a fault is refused, whereas the same without it is taken.
async fn is_refused(bend: impl Fn(&Party, &mut Value, &mut Value)) {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    asked(&rp, request(&s)).await;
    let (mut header, mut claims) = parts(&rp, &request(&s));
    bend(&rp, &mut header, &mut claims);
    sends(&rp, &rp.key.sign(&header, &claims)).await.refuses(&OBJECT_REFUSED);
}

fn without(claims: &mut Value, name: &str) {
    claims.as_object_mut().unwrap().remove(name).expect("a claim to take away");
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_missing_aud_fails() {
    is_refused(|_, _, claims| without(claims, "aud")).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_bad_aud_fails() {
    is_refused(|_, _, claims| claims["aud"] = json!("https://other.example")).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_missing_iss_fails() {
    is_refused(|_, _, claims| without(claims, "iss")).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_bad_iss_fails() {
    is_refused(|_, _, claims| claims["iss"] = json!("https://other.example")).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_missing_exp_fails() {
    is_refused(|_, _, claims| without(claims, "exp")).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_expired_exp_fails() {
    is_refused(|rp, _, claims| claims["exp"] = json!(rp.now() - 5 * 60)).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_exp_is_70_minutes_in_future_fails() {
    is_refused(|rp, _, claims| claims["exp"] = json!(rp.now() + 70 * 60)).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_missing_iat_fails() {
    is_refused(|_, _, claims| without(claims, "iat")).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_missing_nbf_fails() {
    is_refused(|_, _, claims| without(claims, "nbf")).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_nbf_is_10_minutes_in_future_fails() {
    is_refused(|rp, _, claims| claims["nbf"] = json!(rp.now() + 10 * 60)).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_nbf_is_70_minutes_in_past_fails() {
    is_refused(|rp, _, claims| claims["nbf"] = json!(rp.now() - 70 * 60)).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_missing_jti_fails() {
    is_refused(|_, _, claims| without(claims, "jti")).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_signature_algorithm_is_none_fails() {
    is_refused(|_, header, _| header["alg"] = json!("none")).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_signature_algorithm_is_bad_fails() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    let (header, claims) = parts(&rp, &request(&s));
    let object = rp.key.sign(&header, &claims);
    sends(&rp, &spoilt(&object)).await.refuses(&OBJECT_REFUSED);
    sends(&rp, &object).await.ok();
    // And once more it was seen.
    sends(&rp, &object).await.refuses(&OBJECT_REFUSED);
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_signature_algorithm_is_rs256_fails() {
    let (s, rp) = with_rsa().await;
    let (mut header, claims) = parts(&rp, &request(&s));
    for (alg, goes) in [("RS256", false), ("PS256", true)] {
        header["alg"] = json!(alg);
        let params = pairs(&[("request", &rp.key.sign(&header, &claims))]);
        let assertion = json!({ "alg": "PS256", "typ": "JWT", "kid": rp.key.kid });
        let params = rp.asserted(params, &rp.key.sign(&assertion, &rp.assertion()));
        let answer = rp.http.form(rp.at(ENDPOINT), &params, &[]).await;
        if goes {
            answer.ok();
        } else {
            answer.refuses(&OBJECT_REFUSED);
        }
    }
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_request_object_signed_by_other_client_fails() {
    let s = Scene::new().await;
    let (rp, other) = (asking(&s).await, asking(&s).await);
    let (mut header, claims) = parts(&rp, &request(&s));
    sends(&rp, &other.key.sign(&header, &claims)).await.refuses(&OBJECT_REFUSED);
    header["kid"] = json!(other.key.kid);
    sends(&rp, &other.key.sign(&header, &claims)).await.refuses(&OBJECT_REFUSED);
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_unsigned_backchannel_authorization_request_fails() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    rp.call(ENDPOINT, request(&s)).await.refuses(&["invalid_request"]);
    // Half signed is not signed.
    let (header, claims) = parts(&rp, &request(&s));
    let mut params = pairs(&[("request", &rp.key.sign(&header, &claims))]);
    params.extend(pairs(&[("binding_message", "1234")]));
    rp.call(ENDPOINT, params).await.refuses(&["invalid_request"]);
}

/// A client whose key speaks PS256.
async fn with_rsa() -> (Scene, Party) {
    let s = Scene::new().await;
    let mut draft = s.draft(Kind::Fapi2);
    draft.grants.push(GrantType::Ciba);
    let key = Key::rsa();
    let jwks = json!({ "keys": [key.registered("PS256")] });
    let rp = s.enters_with(Kind::Fapi2, draft, key, jwks).await;
    (s, rp)
}

/// It says RS256.
async fn old_algorithm(endpoint: &str, params: impl Fn(&Scene) -> Params) {
    let (s, rp) = with_rsa().await;
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": rp.key.kid });
    let params = rp.asserted(params(&s), &rp.key.sign(&header, &rp.assertion()));
    rp.http.form(rp.at(endpoint), &params, &[]).await.refuses(&REFUSED);
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_client_assertion_signature_algorithm_in_backchannel_authorization_request_is_rs256_fails()
 {
    old_algorithm(ENDPOINT, request).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_client_assertion_signature_algorithm_in_token_endpoint_request_is_rs256_fails()
{
    old_algorithm("token_endpoint", |_| pairs(&[("grant_type", GRANT), ("auth_req_id", "x")])).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_client_assertion_with_iss_aud_to_token_endpoint_succeeds() {
    // Every assertion of these tests names the issuer alone, at each endpoint.
    let s = Scene::new().await;
    let rp = asking(&s).await;
    assert_eq!(rp.assertion()["aud"], rp.issuer());
    goes_through(&s, &rp, request(&s)).await;
}

#[tokio::test]
async fn fapi_ciba_id1_refresh_token() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    let ask = with(request(&s), &[("scope", "openid offline_access")]);
    let question = asked(&rp, ask).await;
    answers(&s, Does::AllowAway).await;
    let tokens = fetched(&rp, &question).await.ok();
    let refresh = tokens["refresh_token"].as_str().expect("a refresh token");
    rp.refresh(refresh).await.ok();
    let other = asking(&s).await;
    other.refresh(refresh).await.refuses(&["invalid_grant"]);
}

#[tokio::test]
async fn whom_nobody_knows_is_asked_all_the_same() {
    // Otherwise the endpoint would tell who has an account.
    let s = Scene::new().await;
    let rp = asking(&s).await;
    let known = asks(&rp, request(&s)).await;
    let unknown = asks(&rp, with(request(&s), &[("login_hint", "001090999999")])).await;
    let (known, unknown) = (known.ok(), unknown.ok());
    assert_eq!(known["expires_in"], unknown["expires_in"]);
    assert_eq!(
        known["auth_req_id"].as_str().map(str::len),
        unknown["auth_req_id"].as_str().map(str::len),
        "the names differ in form"
    );
    let answer = fetched(&rp, unknown["auth_req_id"].as_str().unwrap()).await;
    answer.refuses(&["authorization_pending", "slow_down"]);
}

/// A client's own address, which answers as told: gives it, what it heard, and how often it was called elsewhere.
async fn notified(
    status: u16,
    body: &'static str,
) -> (String, mpsc::UnboundedReceiver<(HeaderMap, Value)>, Arc<AtomicUsize>) {
    let (told, heard) = mpsc::unbounded_channel();
    let astray = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&astray);
    let hear = async move |headers: HeaderMap, text: String| {
        let _ = told.send((headers, serde_json::from_str(&text).unwrap_or(Value::Null)));
        (StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")], body)
    };
    let router = axum::Router::new().route("/ping", axum::routing::post(hear)).fallback(async move || {
        counting.fetch_add(1, Ordering::Relaxed);
    });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (format!("http://{address}/ping"), heard, astray)
}

/// The ping comes, is answered so, and the tokens are fetched all the same.
async fn pinged(status: u16, body: &'static str) {
    let s = Scene::new().await;
    let (uri, mut heard, astray) = notified(status, body).await;
    let mut draft = s.draft(Kind::Fapi2);
    draft.grants.push(GrantType::Ciba);
    draft.ciba_notification_uri = Some(uri);
    let rp = s.enters(Kind::Fapi2, draft).await;
    asks(&rp, request(&s)).await.refuses(&["invalid_request"]);
    let word = random();
    let question = asked(&rp, with(request(&s), &[("client_notification_token", &word)])).await;
    answers(&s, Does::Allow).await;
    let wait = std::time::Duration::from_secs(60);
    let (headers, told) = tokio::time::timeout(wait, heard.recv()).await.expect("a ping").unwrap();
    assert_eq!(headers["authorization"], format!("Bearer {word}"));
    assert_eq!(told, json!({ "auth_req_id": question }));
    fetched(&rp, &question).await.ok();
    assert_eq!(astray.load(Ordering::Relaxed), 0, "a redirect was followed");
}

#[tokio::test]
async fn fapi_ciba_id1_ping_backchannel_notification_endpoint_response_has_body() {
    pinged(200, "a body that nobody reads").await;
}

#[tokio::test]
async fn fapi_ciba_id1_ping_backchannel_notification_endpoint_response_401() {
    pinged(401, "").await;
}

#[tokio::test]
async fn fapi_ciba_id1_ping_backchannel_notification_endpoint_response_403() {
    pinged(403, "").await;
}

#[tokio::test]
async fn fapi_ciba_id1_ping_backchannel_notification_endpoint_return_redirect_request() {
    pinged(301, "").await;
}
