//! Shared Signals: a receiver looks after its stream, and hears of what happens to accounts.

use axum::http::Method;
use openid::{GrantType, Sender};
use serde_json::{Value, json};

use crate::{
    http::{Answer, pairs},
    keys::{self, random},
    logout::listener,
    party::{Kind, Party},
    scene::Scene,
};

const PUSH: &str = "urn:ietf:rfc:8935";
const POLL: &str = "urn:ietf:rfc:8936";
const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const VERIFICATION: &str = "https://schemas.openid.net/secevent/ssf/event-type/verification";

/// A receiver with a token of its own.
struct Receiver {
    scene: Scene,
    rp: Party,
    token: String,
    ssf: Value,
}

impl Receiver {
    async fn new() -> Self {
        Self::at(None).await
    }

    /// With an address for events.
    async fn at(resource: Option<String>) -> Self {
        let scene = Scene::new().await;
        let mut draft = scene.draft(Kind::Basic);
        draft.grants.push(GrantType::ClientCredentials);
        draft.api_scopes = vec!["ssf.read".to_owned(), "ssf.manage".to_owned()];
        draft.sender = Sender::Bearer;
        draft.backchannel_logout_uri = resource;
        let rp = scene.enters(Kind::Basic, draft).await;
        let params = pairs(&[("grant_type", "client_credentials"), ("scope", "ssf.read ssf.manage")]);
        let token = rp.token(params).await.ok()["access_token"].as_str().unwrap().to_owned();
        let url = format!("{}/.well-known/ssf-configuration", scene.server.issuer);
        let ssf = scene.http.get(&url, &[]).await.ok();
        Self { scene, rp, token, ssf }
    }

    async fn send(&self, method: &str, endpoint: &str, query: &str, body: &str) -> Answer {
        self.send_with(&self.token, method, endpoint, query, body).await
    }

    async fn send_with(&self, token: &str, method: &str, endpoint: &str, query: &str, body: &str) -> Answer {
        let url = format!("{}{query}", self.ssf[endpoint].as_str().expect("an endpoint"));
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        let method: Method = method.parse().unwrap();
        self.rp.http.send(method, &url, &headers, body.to_owned().into()).await
    }

    async fn streams(&self, method: &str, body: &Value) -> Answer {
        self.send(method, "configuration_endpoint", "", &body.to_string()).await
    }

    async fn poll(&self, body: &Value) -> Value {
        let url = format!("{}/ssf/poll", self.scene.server.issuer);
        let authorization = format!("Bearer {}", self.token);
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        self.rp.http.send(Method::POST, &url, &headers, body.to_string().into()).await.ok()
    }

    /// A stream that is fetched from.
    async fn stream(&self) -> String {
        let made = self.streams("POST", &polled()).await;
        assert_eq!(made.status.as_u16(), 201, "{}", made.text());
        made.json()["stream_id"].as_str().unwrap().to_owned()
    }

    /// The claims of a security event token for this receiver.
    fn event(&self, token: &str) -> Value {
        let (header, claims) = keys::verified(token, &self.rp.jwks);
        assert_eq!(header["typ"], "secevent+jwt");
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(self.rp.issuer()), &json!(self.rp.id)));
        assert!(claims.get("sub").is_none() && claims.get("exp").is_none(), "SSF section 4.1: {claims}");
        claims
    }
}

fn polled() -> Value {
    json!({ "delivery": { "method": POLL }, "events_requested": [REVOKED] })
}

fn of(id: &str) -> Value {
    let mut body = polled();
    body["stream_id"] = json!(id);
    body
}

const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn openid_ssf_transmitter_metadata() {
    let r = Receiver::new().await;
    assert_eq!(r.ssf["issuer"], r.rp.issuer());
    for name in ["jwks_uri", "configuration_endpoint", "status_endpoint", "verification_endpoint"] {
        assert!(r.ssf[name].as_str().is_some_and(|url| url.starts_with(r.rp.issuer())), "{name}: {}", r.ssf);
    }
    assert_eq!(r.ssf["spec_version"], "1_0");
    let methods = r.ssf["delivery_methods_supported"].as_array().unwrap();
    assert!(methods.contains(&json!(PUSH)) && methods.contains(&json!(POLL)));
    assert_eq!(r.ssf["authorization_schemes"][0]["spec_urn"], "urn:ietf:rfc:6749");
}

#[tokio::test]
async fn openid_ssf_stream_control_happy_path() {
    let r = Receiver::new().await;
    let id = r.stream().await;
    let query = format!("?stream_id={id}");
    let read = r.send("GET", "configuration_endpoint", &query, "").await.ok();
    assert_eq!((&read["stream_id"], &read["iss"]), (&json!(id), &json!(r.rp.issuer())));
    assert_eq!((&read["delivery"]["method"], &read["events_delivered"]), (&json!(POLL), &json!([REVOKED])));
    let all = r.send("GET", "configuration_endpoint", "", "").await.ok();
    assert_eq!(all.as_array().map(Vec::len), Some(1));

    let changed = r.streams("PATCH", &json!({ "stream_id": id, "description": "của chúng tôi" })).await.ok();
    assert_eq!(
        (&changed["description"], &changed["events_requested"]),
        (&json!("của chúng tôi"), &json!([REVOKED]))
    );
    let replaced = r.streams("PUT", &of(&id)).await.ok();
    assert!(replaced.get("description").is_none(), "{replaced}");

    for status in ["paused", "disabled", "enabled"] {
        let wanted = json!({ "stream_id": id, "status": status }).to_string();
        r.send("POST", "status_endpoint", "", &wanted).await.ok();
        assert_eq!(r.send("GET", "status_endpoint", &query, "").await.ok()["status"], status);
    }
    assert_eq!(r.send("DELETE", "configuration_endpoint", &query, "").await.status.as_u16(), 204);
    assert_eq!(r.send("GET", "configuration_endpoint", &query, "").await.status.as_u16(), 404);
}

/// Asks with a body that is no JSON.
async fn broken(method: &str) {
    let r = Receiver::new().await;
    if method != "POST" {
        r.stream().await;
    }
    for body in ["{", "[]", "null", r#"{"delivery":{"method":"pigeon"}}"#] {
        let answer = r.send(method, "configuration_endpoint", "", body).await;
        assert_eq!(answer.status.as_u16(), 400, "{body}: {}", answer.text());
    }
}

#[tokio::test]
async fn openid_ssf_stream_control_error_create_stream_with_broken_input() {
    broken("POST").await;
}

#[tokio::test]
async fn openid_ssf_stream_control_error_update_stream_with_invalid_body() {
    broken("PATCH").await;
}

#[tokio::test]
async fn openid_ssf_stream_control_error_replace_stream_with_invalid_body() {
    broken("PUT").await;
}

/// Asks with tokens that are not good for it.
async fn without_a_good_token(method: &str) {
    let r = Receiver::new().await;
    let id = r.stream().await;
    let query = if matches!(method, "GET" | "DELETE") { format!("?stream_id={id}") } else { String::new() };
    let body = if query.is_empty() { of(&id).to_string() } else { String::new() };
    for token in [random(), keys::spoilt(&r.token)] {
        let answer = r.send_with(&token, method, "configuration_endpoint", &query, &body).await;
        assert_eq!(answer.status.as_u16(), 401, "{}", answer.text());
        let how = answer.header("www-authenticate");
        assert!(how.starts_with("Bearer") && how.contains("invalid_token"), "RFC 6750 section 3: {how}");
    }
    // A token that may do something else.
    let params = pairs(&[("grant_type", "client_credentials"), ("scope", "ssf.read")]);
    let weak = r.rp.token(params).await.ok()["access_token"].as_str().unwrap().to_owned();
    let answer = r.send_with(&weak, method, "configuration_endpoint", &query, &body).await;
    assert_eq!(answer.status.as_u16(), if method == "GET" { 200 } else { 403 }, "{}", answer.text());
}

#[tokio::test]
async fn openid_ssf_stream_control_error_create_stream_with_invalid_token() {
    without_a_good_token("POST").await;
}

#[tokio::test]
async fn openid_ssf_stream_control_error_read_stream_with_invalid_token() {
    without_a_good_token("GET").await;
}

#[tokio::test]
async fn openid_ssf_stream_control_error_update_stream_with_invalid_token() {
    without_a_good_token("PATCH").await;
}

#[tokio::test]
async fn openid_ssf_stream_control_error_replace_stream_with_invalid_token() {
    without_a_good_token("PUT").await;
}

#[tokio::test]
async fn openid_ssf_stream_control_error_delete_stream_with_invalid_token() {
    without_a_good_token("DELETE").await;
}

#[tokio::test]
async fn openid_ssf_stream_control_error_create_stream_with_duplicate_config() {
    let r = Receiver::new().await;
    r.stream().await;
    assert_eq!(r.streams("POST", &polled()).await.status.as_u16(), 409);
}

#[tokio::test]
async fn openid_ssf_stream_control_error_read_unknown_stream() {
    let r = Receiver::new().await;
    r.stream().await;
    let query = format!("?stream_id={UNKNOWN}");
    assert_eq!(r.send("GET", "configuration_endpoint", &query, "").await.status.as_u16(), 404);
    assert_eq!(r.send("GET", "status_endpoint", &query, "").await.status.as_u16(), 404);
    // Somebody else's stream is as unknown.
    let other = Receiver::new().await;
    let query = format!("?stream_id={}", other.stream().await);
    assert_eq!(r.send("GET", "configuration_endpoint", &query, "").await.status.as_u16(), 404);
}

#[tokio::test]
async fn openid_ssf_stream_control_error_update_unknown_stream() {
    let r = Receiver::new().await;
    r.stream().await;
    assert_eq!(r.streams("PATCH", &of(UNKNOWN)).await.status.as_u16(), 404);
}

#[tokio::test]
async fn openid_ssf_stream_control_error_replace_unknown_stream() {
    let r = Receiver::new().await;
    r.stream().await;
    assert_eq!(r.streams("PUT", &of(UNKNOWN)).await.status.as_u16(), 404);
}

#[tokio::test]
async fn openid_ssf_stream_control_error_delete_unknown_stream() {
    let r = Receiver::new().await;
    r.stream().await;
    let query = format!("?stream_id={UNKNOWN}");
    assert_eq!(r.send("DELETE", "configuration_endpoint", &query, "").await.status.as_u16(), 404);
}

#[tokio::test]
async fn openid_ssf_stream_subject_control() {
    let r = Receiver::new().await;
    let id = r.stream().await;
    let ask = r.rp.ask();
    let tokens = r.rp.tokens(&r.scene.lan, &ask).await;
    let known =
        json!({ "format": "iss_sub", "iss": r.rp.issuer(), "sub": r.rp.identity(&tokens, &ask)["sub"] });
    let stranger = json!({ "format": "email", "email": "nobody@example.vn" });
    for subject in [known, stranger] {
        for (endpoint, status) in [("remove_subject_endpoint", 204), ("add_subject_endpoint", 200)] {
            let body = json!({ "stream_id": id, "subject": subject, "verified": true }).to_string();
            let answer = r.send("POST", endpoint, "", &body).await;
            assert_eq!(
                (answer.status.as_u16(), answer.text().as_str()),
                (status, ""),
                "{endpoint} {subject}"
            );
            let other = body.replace(&id, UNKNOWN);
            assert_eq!(r.send("POST", endpoint, "", &other).await.status.as_u16(), 404);
            let answer = r.send_with(&random(), "POST", endpoint, "", &body).await;
            assert_eq!(answer.status.as_u16(), 401);
        }
    }
}

#[tokio::test]
async fn a_receiver_that_is_patient_gets_what_happens_while_it_waits() {
    let r = Receiver::new().await;
    r.stream().await;
    r.rp.tokens(&r.scene.lan, &r.rp.ask()).await;
    let asked = json!({ "maxEvents": 1 });
    let (got, ()) = tokio::join!(r.poll(&asked), r.scene.lan.signs_out());
    assert_eq!(got["sets"].as_object().unwrap().len(), 1, "{got}");
}

/// The claims of the verification event with this word.
fn is_verification(r: &Receiver, token: &str, stream: &str, word: &str) {
    let event = r.event(token);
    assert_eq!(event["events"][VERIFICATION]["state"], word);
    assert_eq!(event["sub_id"], json!({ "format": "opaque", "id": stream }));
}

#[tokio::test]
async fn openid_ssf_transmitter_stream_verification_poll_only() {
    let r = Receiver::new().await;
    let (id, word) = (r.stream().await, random());
    let ask = json!({ "stream_id": id, "state": word }).to_string();
    assert_eq!(r.send("POST", "verification_endpoint", "", &ask).await.status.as_u16(), 204);
    let got = r.poll(&json!({ "returnImmediately": true })).await;
    let sets = got["sets"].as_object().unwrap();
    assert_eq!(sets.len(), 1, "{got}");
    let (jti, token) = sets.iter().next().unwrap();
    is_verification(&r, token.as_str().unwrap(), &id, &word);
    // It is handed out until it is taken, and then never again.
    assert_eq!(r.poll(&json!({ "returnImmediately": true })).await["sets"].as_object().unwrap().len(), 1);
    let taken = r.poll(&json!({ "returnImmediately": true, "ack": [jti] })).await;
    assert_eq!(taken["sets"], json!({}));
}

/// A verification event arrives at the receiver's own address.
async fn arrives(authorization: Option<&str>) {
    let (uri, mut heard) = listener().await;
    let r = Receiver::at(Some(uri.clone())).await;
    let mut delivery = json!({ "method": PUSH, "endpoint_url": uri });
    if let Some(word) = authorization {
        delivery["authorization_header"] = json!(word);
    }
    let made = r.streams("POST", &json!({ "delivery": delivery, "events_requested": [REVOKED] })).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text());
    assert!(!made.text().contains("authorization_header"), "a secret comes back");
    let (id, word) = (made.json()["stream_id"].as_str().unwrap().to_owned(), random());
    let ask = json!({ "stream_id": id, "state": word }).to_string();
    assert_eq!(r.send("POST", "verification_endpoint", "", &ask).await.status.as_u16(), 204);
    let wait = std::time::Duration::from_secs(60);
    let (headers, body) = tokio::time::timeout(wait, heard.recv()).await.expect("an event").unwrap();
    assert_eq!(headers["content-type"], "application/secevent+jwt");
    assert_eq!(headers.get("authorization").map(|v| v.to_str().unwrap()), authorization);
    is_verification(&r, &body, &id, &word);
}

#[tokio::test]
async fn openid_ssf_transmitter_stream_verification_push() {
    arrives(Some("Bearer a-word-of-ours")).await;
}

#[tokio::test]
async fn openid_ssf_transmitter_push_no_auth() {
    arrives(None).await;
}

#[tokio::test]
async fn a_receiver_hears_that_a_session_ended_and_of_nobody_who_never_came() {
    let r = Receiver::new().await;
    r.stream().await;
    let stranger = r.scene.somebody_else();
    stranger.signs_in().await;
    let ask = r.rp.ask();
    let tokens = r.rp.tokens(&r.scene.lan, &ask).await;
    let identity = r.rp.identity(&tokens, &ask);
    for person in [&stranger, &r.scene.lan] {
        person.signs_out().await;
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let sets = loop {
        let got = r.poll(&json!({ "returnImmediately": true })).await;
        let sets = got["sets"].as_object().unwrap().clone();
        if !sets.is_empty() {
            break sets;
        }
        assert!(std::time::Instant::now() < deadline, "no event comes");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(sets.len(), 1);
    let event = r.event(sets.values().next().unwrap().as_str().unwrap());
    assert!(event["events"][REVOKED]["event_timestamp"].is_i64(), "{event}");
    let subject = json!({ "format": "iss_sub", "iss": r.rp.issuer(), "sub": identity["sub"] });
    assert_eq!(event["sub_id"], subject);
}
