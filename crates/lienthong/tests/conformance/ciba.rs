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
    keys::{Key, random},
    party::{Kind, Party},
    person::{Does, End, words},
    scene::Scene,
};

const GRANT: &str = "urn:openid:params:grant-type:ciba";
const ENDPOINT: &str = "backchannel_authentication_endpoint";
const REFUSED: [&str; 2] = ["invalid_client", "invalid_request"];

async fn asking(s: &Scene) -> Party {
    let mut draft = s.draft(Kind::Fapi2);
    draft.grants.push(GrantType::Ciba);
    s.enters(Kind::Fapi2, draft).await
}

/// A request that nothing is wrong with.
fn request(s: &Scene) -> Params {
    pairs(&[("scope", "openid"), ("login_hint", &s.lan.citizen.number)])
}

fn with(mut params: Params, more: &[(&str, &str)]) -> Params {
    params.retain(|(name, _)| !more.iter().any(|(n, _)| n == name));
    params.extend(pairs(more));
    params
}

/// Asks; gives the name of the question.
async fn asked(rp: &Party, params: Params) -> String {
    let told = rp.call(ENDPOINT, params).await.ok();
    assert!(told["expires_in"].as_i64() > Some(0) && told["interval"].as_i64() > Some(0), "{told}");
    told["auth_req_id"].as_str().expect("a name").to_owned()
}

/// The person finds the question that waits, and answers it.
async fn answers(s: &Scene, does: Does) -> String {
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

async fn fetched(rp: &Party, auth_req_id: &str) -> Answer {
    rp.token(pairs(&[("grant_type", GRANT), ("auth_req_id", auth_req_id)])).await
}

#[tokio::test]
async fn fapi_ciba_id1_discovery_end_point_verification() {
    let s = Scene::new().await;
    assert!(s.meta[ENDPOINT].as_str().is_some_and(|url| url.starts_with(&s.server.issuer)));
    let modes = &s.meta["backchannel_token_delivery_modes_supported"];
    assert_eq!(modes, &json!(["poll", "ping"]));
    assert!(s.meta["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
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
    let told = rp.call(ENDPOINT, with(request(&s), &[("requested_expiry", "42")])).await.ok();
    assert_eq!(told["expires_in"], 42);
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_authorization_request_with_potentially_bad_binding_message() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    for bad in ["1234 \u{1F44D}\u{1F3FF} 品川 \u{202E}", &"x".repeat(500), "<b>", "line\nbreak"] {
        let answer = rp.call(ENDPOINT, with(request(&s), &[("binding_message", bad)])).await;
        answer.refuses(&["invalid_binding_message"]);
    }
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_authorization_request_with_multiple_hints_fails() {
    let s = Scene::new().await;
    let rp = asking(&s).await;
    let two = with(request(&s), &[("id_token_hint", &random())]);
    rp.call(ENDPOINT, two).await.refuses(&["invalid_request"]);
    rp.call(ENDPOINT, pairs(&[("scope", "openid")])).await.refuses(&["invalid_request"]);
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
    let params = with(request(&s), &[("client_id", &rp.id)]);
    rp.http.form(rp.at(ENDPOINT), &params, &[]).await.refuses(&REFUSED);
}

/// A client whose key speaks PS256, and says RS256.
async fn old_algorithm(endpoint: &str, params: impl Fn(&Scene) -> Params) {
    let s = Scene::new().await;
    let mut draft = s.draft(Kind::Fapi2);
    draft.grants.push(GrantType::Ciba);
    let key = Key::rsa();
    let jwks = json!({ "keys": [key.registered("PS256")] });
    let rp = s.enters_with(Kind::Fapi2, draft, key, jwks).await;
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
    let known = rp.call(ENDPOINT, request(&s)).await;
    let unknown = rp.call(ENDPOINT, with(request(&s), &[("login_hint", "001090999999")])).await;
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
    rp.call(ENDPOINT, request(&s)).await.refuses(&["invalid_request"]);
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
