//! Shared Signals: a receiver's stream, and what it hears (SSF 1.0, RFC 8935, RFC 8936, CAEP, RISC).

use std::time::Duration;

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use contracts::events::AccountChange;
use openid::{
    ClientDraft, GrantType,
    ops::stream::{PollRequest, signals_wait},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    receiver::{Receiver, deliver, header_typ},
    rp::{Rp, Told, claims_of, send},
    world::{AN, BINH, ISSUER, World, bank},
};

const DISABLED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
const ENABLED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-enabled";
const PURGED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-purged";
const CREDENTIAL: &str = "https://schemas.openid.net/secevent/caep/event-type/credential-change";
const LEVEL: &str = "https://schemas.openid.net/secevent/caep/event-type/assurance-level-change";
const SESSION: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const VERIFICATION: &str = "https://schemas.openid.net/secevent/ssf/event-type/verification";

fn listener(receiver: &Receiver) -> ClientDraft {
    ClientDraft {
        grants: vec![GrantType::AuthorizationCode, GrantType::ClientCredentials],
        api_scopes: vec!["ssf.manage".into(), "ssf.read".into()],
        backchannel_logout_uri: Some(receiver.uri("/logout")),
        ..bank()
    }
}

/// Calls an endpoint of ours with an own access token and a proof.
async fn call(rp: &Rp<'_>, scope: &str, method: &str, path: &str, body: Option<Value>) -> Told {
    let own = rp
        .post("/token", &[("grant_type", "client_credentials"), ("scope", scope)])
        .await
        .text("access_token");
    let bare = path.split('?').next().unwrap();
    let request = rp
        .request(method, path)
        .header(header::AUTHORIZATION, format!("DPoP {own}"))
        .header("dpop", rp.proof(method, bare, Some(&own)).unwrap());
    let body = body.map_or(Body::empty(), |b| Body::from(b.to_string()));
    send(&rp.app, request.body(body).unwrap()).await
}

async fn manage(rp: &Rp<'_>, method: &str, path: &str, body: Option<Value>) -> Told {
    call(rp, "ssf.manage", method, path, body).await
}

async fn polled(rp: &Rp<'_>, asked: Value) -> Value {
    let told = call(rp, "ssf.read", "POST", "/ssf/poll", Some(asked)).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    told.json()
}

fn everything() -> Value {
    json!([DISABLED, ENABLED, PURGED, CREDENTIAL, LEVEL, SESSION, "https://example.com/unknown"])
}

async fn stream(rp: &Rp<'_>, delivery: Value) -> String {
    let told = manage(
        rp,
        "POST",
        "/ssf/streams",
        Some(json!({"delivery": delivery, "events_requested": everything()})),
    )
    .await;
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.body);
    told.text("stream_id")
}

fn poll() -> Value {
    json!({"method": "urn:ietf:rfc:8936"})
}

fn at_once() -> Value {
    json!({"returnImmediately": true})
}

/// The tokens of an answer, in the order of their making.
async fn events(w: &World, answer: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for (id, token) in answer["sets"].as_object().unwrap() {
        let token = token.as_str().unwrap();
        assert_eq!(header_typ(token), "secevent+jwt");
        let claims = claims_of(&w.app, token).await;
        assert_eq!(claims["jti"], *id);
        assert!(claims.get("sub").is_none() && claims.get("exp").is_none());
        all.push(claims);
    }
    all
}

#[tokio::test]
async fn the_configuration_says_what_we_can() {
    let w = World::new().await;
    let request = axum::http::Request::get("/.well-known/ssf-configuration").body(Body::empty()).unwrap();
    let told = send(&w.app, request).await.json();
    assert_eq!((told["spec_version"].as_str(), told["issuer"].as_str()), (Some("1_0"), Some(ISSUER)));
    assert_eq!(told["delivery_methods_supported"], json!(["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"]));
    assert_eq!(told["configuration_endpoint"], format!("{ISSUER}/ssf/streams"));
}

#[tokio::test]
async fn a_stream_is_made_read_changed_and_ended() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    let rp = Rp::with_key(&w, &listener(&receiver)).await;
    assert_eq!(manage(&rp, "GET", "/ssf/streams", None).await.json(), json!([]));
    let id = stream(&rp, poll()).await;
    let path = format!("/ssf/streams?stream_id={id}");
    let read = call(&rp, "ssf.read", "GET", &path, None).await.json();
    assert_eq!(
        (read["iss"].as_str(), read["aud"].as_str()),
        (Some(ISSUER), Some(rp.id.to_string().as_str()))
    );
    assert_eq!(
        read["delivery"],
        json!({"method": "urn:ietf:rfc:8936", "endpoint_url": format!("{ISSUER}/ssf/poll")})
    );
    assert_eq!(read["events_delivered"].as_array().unwrap().len(), 6, "an unknown one is passed over");
    let second = manage(&rp, "POST", "/ssf/streams", Some(json!({}))).await;
    assert_eq!(second.status, StatusCode::CONFLICT);

    let changed = manage(&rp, "PATCH", "/ssf/streams", Some(json!({"stream_id": id, "description": "ours"})))
        .await
        .json();
    assert_eq!(
        (changed["description"].as_str(), changed["events_delivered"].as_array().unwrap().len()),
        (Some("ours"), 6)
    );
    let replaced =
        manage(&rp, "PUT", "/ssf/streams", Some(json!({"stream_id": id, "events_requested": [SESSION]})))
            .await
            .json();
    assert_eq!((replaced.get("description"), &replaced["events_delivered"]), (None, &json!([SESSION])));

    let status = format!("/ssf/status?stream_id={id}");
    assert_eq!(call(&rp, "ssf.read", "GET", &status, None).await.json()["status"], "enabled");
    assert_eq!(manage(&rp, "DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(manage(&rp, "GET", &path, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(manage(&rp, "GET", &status, None).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_receiver_fetches_what_happened_to_accounts_that_signed_in_there() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    let rp = Rp::with_key(&w, &listener(&receiver)).await;
    let other = Rp::with_key(&w, &listener(&receiver)).await;
    stream(&rp, poll()).await;
    stream(&other, poll()).await;
    w.sign_in(AN);
    let sub = claims_of(&w.app, &rp.tokens("openid").await.text("id_token")).await["sub"].clone();
    for change in [
        AccountChange::CredentialChanged,
        AccountChange::LevelRaised,
        AccountChange::Locked,
        AccountChange::Unlocked,
        AccountChange::SessionEnded { session: Uuid::from_u128(3) },
        AccountChange::Closed,
    ] {
        w.wait(1);
        w.happens(AN, change).await;
        w.happens(BINH, change).await;
    }
    let got = events(&w, &polled(&rp, json!({})).await).await;
    let kinds: Vec<&String> =
        got.iter().map(|e| e["events"].as_object().unwrap().keys().next().unwrap()).collect();
    assert_eq!(kinds, [CREDENTIAL, LEVEL, DISABLED, ENABLED, SESSION, PURGED]);
    for event in &got {
        assert_eq!(event["sub_id"], json!({"format": "iss_sub", "iss": ISSUER, "sub": sub}));
        assert_eq!((&event["aud"], &event["iss"]), (&json!(rp.id.to_string()), &json!(ISSUER)));
    }
    assert_eq!(got[1]["events"][LEVEL]["current_level"], "2");
    assert_eq!(polled(&other, at_once()).await["sets"], json!({}), "it never met them");
}

#[tokio::test]
async fn what_was_taken_is_not_handed_out_again_and_the_rest_is() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &listener(&Receiver::start().await)).await;
    stream(&rp, poll()).await;
    w.sign_in(AN);
    rp.tokens("openid").await;
    for _ in 0..3 {
        w.wait(1);
        w.happens(AN, AccountChange::CredentialChanged).await;
    }
    let first = polled(&rp, json!({"maxEvents": 2, "returnImmediately": true})).await;
    assert_eq!((first["sets"].as_object().unwrap().len(), first["moreAvailable"].as_bool()), (2, Some(true)));
    let again = polled(&rp, json!({"maxEvents": 2})).await;
    assert_eq!(
        again["sets"].as_object().unwrap().keys().collect::<Vec<_>>(),
        first["sets"].as_object().unwrap().keys().collect::<Vec<_>>(),
    );
    let ids: Vec<&String> = first["sets"].as_object().unwrap().keys().collect();
    let rest = polled(
        &rp,
        json!({"ack": [ids[0]], "setErrs": {ids[1]: {"err": "invalid_request", "description": "?"}}}),
    )
    .await;
    assert_eq!((rest["sets"].as_object().unwrap().len(), rest.get("moreAvailable")), (1, None));
    assert!(!rest["sets"].as_object().unwrap().contains_key(ids[0]));
    let none = polled(
        &rp,
        json!({"maxEvents": 0, "ack": rest["sets"].as_object().unwrap().keys().collect::<Vec<_>>()}),
    )
    .await;
    assert_eq!(none["sets"], json!({}));
    assert_eq!(w.count("SELECT count(*) FROM openid.message").await, 0);
}

#[tokio::test]
async fn events_are_pushed_where_the_receiver_wants_them() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    let rp = Rp::with_key(&w, &listener(&receiver)).await;
    let push = json!({"method": "urn:ietf:rfc:8935", "endpoint_url": receiver.uri("/events"), "authorization_header": "Bearer word"});
    let id = stream(&rp, push).await;
    let read = manage(&rp, "GET", &format!("/ssf/streams?stream_id={id}"), None).await;
    assert!(!read.body.contains("word"), "the receiver's word is not shown");
    w.sign_in(AN);
    rp.tokens("openid").await;
    w.happens(AN, AccountChange::Locked).await;
    receiver.answers(StatusCode::ACCEPTED);
    deliver(&w, &[&receiver]).await;
    let got: Vec<_> = receiver.got().into_iter().filter(|g| g.path == "/events").collect();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].headers[header::CONTENT_TYPE], "application/secevent+jwt");
    assert_eq!(got[0].headers[header::AUTHORIZATION], "Bearer word");
    let event = claims_of(&w.app, &got[0].body).await;
    assert!(event["events"][DISABLED].is_object());
    assert_eq!(
        call(&rp, "ssf.read", "POST", "/ssf/poll", Some(json!({}))).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn events_are_pushed_to_no_address_that_was_not_approved() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    let rp = Rp::with_key(&w, &listener(&receiver)).await;
    for bad in [
        "https://evil.example/events",
        "http://169.254.169.254/",
        "https://bank.example.evil.example/",
        "/events",
        "",
    ] {
        let delivery = json!({"method": "urn:ietf:rfc:8935", "endpoint_url": bad});
        let told = manage(&rp, "POST", "/ssf/streams", Some(json!({"delivery": delivery}))).await;
        assert_eq!(told.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let header = json!({"method": "urn:ietf:rfc:8935", "endpoint_url": receiver.uri("/e"), "authorization_header": "a\r\nX: y"});
    let told = manage(&rp, "POST", "/ssf/streams", Some(json!({"delivery": header}))).await;
    assert_eq!(told.status, StatusCode::BAD_REQUEST);
    for body in [json!({"delivery": {"method": "carrier pigeon"}}), json!([]), json!({"description": 1})] {
        let told = manage(&rp, "POST", "/ssf/streams", Some(body.clone())).await;
        assert_eq!(told.status, StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn a_paused_stream_keeps_its_events_and_a_stopped_one_drops_them() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    let rp = Rp::with_key(&w, &listener(&receiver)).await;
    let push = json!({"method": "urn:ietf:rfc:8935", "endpoint_url": receiver.uri("/events")});
    let id = stream(&rp, push).await;
    w.sign_in(AN);
    rp.tokens("openid").await;
    let set = async |status: &str| {
        let told = manage(
            &rp,
            "POST",
            "/ssf/status",
            Some(json!({"stream_id": id, "status": status, "reason": "because"})),
        )
        .await;
        assert_eq!((told.status, told.json()["status"].as_str()), (StatusCode::OK, Some(status)));
    };
    let pushed = || receiver.got().iter().filter(|g| g.path == "/events").count();
    set("paused").await;
    w.happens(AN, AccountChange::CredentialChanged).await;
    deliver(&w, &[&receiver]).await;
    assert_eq!(pushed(), 0);
    set("enabled").await;
    deliver(&w, &[&receiver]).await;
    assert_eq!(pushed(), 1);
    set("disabled").await;
    w.happens(AN, AccountChange::CredentialChanged).await;
    set("enabled").await;
    deliver(&w, &[&receiver]).await;
    assert_eq!(pushed(), 0);
}

#[tokio::test]
async fn a_receiver_tries_the_way_but_not_too_often() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &listener(&Receiver::start().await)).await;
    let id = stream(&rp, poll()).await;
    let verify = async || {
        manage(&rp, "POST", "/ssf/verify", Some(json!({"stream_id": id, "state": "mine"}))).await.status
    };
    assert_eq!(verify().await, StatusCode::NO_CONTENT);
    assert_eq!(verify().await, StatusCode::TOO_MANY_REQUESTS);
    let got = events(&w, &polled(&rp, json!({})).await).await;
    assert_eq!(got.len(), 1);
    assert_eq!(got[0]["events"][VERIFICATION]["state"], "mine");
    assert_eq!(got[0]["sub_id"], json!({"format": "opaque", "id": id}));
    w.wait(30);
    assert_eq!(verify().await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_patient_receiver_waits_until_something_happens() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &listener(&Receiver::start().await)).await;
    stream(&rp, poll()).await;
    w.sign_in(AN);
    rp.tokens("openid").await;
    let happens = async {
        // It waits by now, or will: either way it gets what happens.
        tokio::task::yield_now().await;
        w.happens(AN, AccountChange::CredentialChanged).await;
    };
    let (answer, ()) = tokio::join!(polled(&rp, json!({})), happens);
    assert_eq!(answer["sets"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn waiting_has_an_end_and_takes_what_was_acknowledged_first() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &listener(&Receiver::start().await)).await;
    stream(&rp, poll()).await;
    w.sign_in(AN);
    rp.tokens("openid").await;
    w.happens(AN, AccountChange::CredentialChanged).await;
    let first = polled(&rp, json!({})).await;
    let ack = first["sets"].as_object().unwrap().keys().map(|id| id.parse().unwrap()).collect();
    let client = w.cx.clients.get(rp.id).unwrap();
    let asked = PollRequest { ack, ..PollRequest::default() };
    let answer = signals_wait(&w.cx, &client, asked, Duration::from_millis(50)).await.unwrap();
    assert!(answer.sets.is_empty());
    assert_eq!(w.count("SELECT count(*) FROM openid.message").await, 0);
    // Who wants no events is not kept waiting for any.
    polled(&rp, json!({"maxEvents": 0})).await;
}

#[tokio::test]
async fn whoever_waits_holds_no_connection() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &listener(&Receiver::start().await)).await;
    stream(&rp, poll()).await;
    w.sign_in(AN);
    rp.tokens("openid").await;
    let client = w.cx.clients.get(rp.id).unwrap();
    // More of them than there are connections.
    let waiting: Vec<_> = (0..60)
        .map(|_| {
            let (cx, client) = (w.cx.clone(), client.clone());
            let patience = Duration::from_secs(600);
            tokio::spawn(async move { signals_wait(&cx, &client, PollRequest::default(), patience).await })
        })
        .collect();
    for _ in 0..20 {
        rp.tokens("openid").await;
    }
    assert!(waiting.iter().all(|one| !one.is_finished()), "they wait");
    w.happens(AN, AccountChange::CredentialChanged).await;
    for one in waiting {
        assert_eq!(one.await.unwrap().unwrap().sets.len(), 1);
    }
}

#[tokio::test]
async fn a_receiver_says_of_whom_it_wants_to_hear() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &listener(&Receiver::start().await)).await;
    let other = Rp::with_key(
        &w,
        &ClientDraft { sector: Some("bank.example".into()), ..listener(&Receiver::start().await) },
    )
    .await;
    let (id, theirs) = (stream(&rp, poll()).await, stream(&other, poll()).await);
    w.sign_in(AN);
    let sub = claims_of(&w.app, &rp.tokens("openid").await.text("id_token")).await["sub"].clone();
    other.tokens("openid").await;
    let about = |sub: &Value| json!({"format": "iss_sub", "iss": ISSUER, "sub": sub});
    let wish = async |rp: &Rp<'_>, what: &str, stream: &str, subject: Value| {
        let body = json!({"stream_id": stream, "subject": subject});
        manage(rp, "POST", &format!("/ssf/subjects/{what}"), Some(body)).await
    };
    let heard = async || {
        w.happens(AN, AccountChange::CredentialChanged).await;
        let got = polled(&rp, at_once()).await;
        let ids: Vec<&String> = got["sets"].as_object().unwrap().keys().collect();
        polled(&rp, json!({"returnImmediately": true, "ack": ids})).await;
        ids.len()
    };
    assert_eq!(heard().await, 1, "of everybody who signed in there, at first");
    let removed = wish(&rp, "remove", &id, about(&sub)).await;
    assert_eq!((removed.status, removed.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(heard().await, 0);
    // Somebody else's wishes are their own.
    assert_eq!(polled(&other, at_once()).await["sets"].as_object().unwrap().len(), 2);
    assert_eq!(wish(&rp, "remove", &theirs, about(&sub)).await.status, StatusCode::NOT_FOUND);
    let added = wish(&rp, "add", &id, about(&sub)).await;
    assert_eq!((added.status, added.body.as_str()), (StatusCode::OK, ""));
    assert_eq!(heard().await, 1);
    // Whom nobody knows, and forms that name nobody here, are passed over without a word.
    for subject in [
        about(&json!("nobody")),
        json!({"format": "email", "email": "a@example.com"}),
        json!({"format": "iss_sub", "iss": "https://other.test", "sub": sub}),
    ] {
        assert_eq!(wish(&rp, "add", &id, subject.clone()).await.status, StatusCode::OK, "{subject}");
        assert_eq!(
            wish(&rp, "remove", &id, subject.clone()).await.status,
            StatusCode::NO_CONTENT,
            "{subject}"
        );
    }
    assert_eq!(heard().await, 1);
    for subject in [json!({}), json!("x"), json!({"format": 1}), Value::Null] {
        assert_eq!(
            wish(&rp, "remove", &id, subject.clone()).await.status,
            StatusCode::BAD_REQUEST,
            "{subject}"
        );
    }
    let body = json!({"stream_id": id, "subject": about(&sub)});
    let reads = call(&rp, "ssf.read", "POST", "/ssf/subjects/remove", Some(body)).await;
    assert_eq!(reads.status, StatusCode::FORBIDDEN);

    wish(&rp, "remove", &id, about(&sub)).await;
    assert_eq!(w.count("SELECT count(*) FROM openid.unheard").await, 1);
    w.wait(181 * 24 * 3600);
    openid::jobs::sweep_all(&w.db.store).await.unwrap();
    assert_eq!(w.count("SELECT count(*) FROM openid.unheard").await, 0, "gone with the last visit");
}

#[tokio::test]
async fn only_a_receiver_with_the_right_scope_its_own_token_and_its_key_is_served() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    let rp = Rp::with_key(&w, &listener(&receiver)).await;
    let other = Rp::with_key(&w, &listener(&receiver)).await;
    let id = stream(&rp, poll()).await;
    let reads = call(&rp, "ssf.read", "POST", "/ssf/streams", Some(json!({}))).await;
    assert_eq!((reads.status, reads.error().as_str()), (StatusCode::FORBIDDEN, "insufficient_scope"));
    let path = format!("/ssf/streams?stream_id={id}");
    assert_eq!(manage(&other, "DELETE", &path, None).await.status, StatusCode::NOT_FOUND, "another's stream");
    let nobody = send(&w.app, rp.request("GET", "/ssf/streams").body(Body::empty()).unwrap()).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);

    let own = rp.post("/token", &[("grant_type", "client_credentials")]).await.text("access_token");
    for (scheme, proof) in
        [("Bearer", None), ("DPoP", None), ("DPoP", other.proof("GET", "/ssf/streams", Some(&own)))]
    {
        let mut request =
            rp.request("GET", "/ssf/streams").header(header::AUTHORIZATION, format!("{scheme} {own}"));
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        let told = send(&w.app, request.body(Body::empty()).unwrap()).await;
        assert!(
            matches!(told.status, StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST),
            "{scheme}: {}",
            told.status
        );
    }
    // A person's token is no receiver's.
    w.sign_in(AN);
    let ask = rp.ask("openid ssf.manage");
    let persons = rp.exchange(&rp.code(&ask).await).await.text("access_token");
    let request = rp
        .request("GET", "/ssf/streams")
        .header(header::AUTHORIZATION, format!("DPoP {persons}"))
        .header("dpop", rp.proof("GET", "/ssf/streams", Some(&persons)).unwrap());
    let told = send(&w.app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(told.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_full_stream_loses_its_oldest_events() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &listener(&Receiver::start().await)).await;
    stream(&rp, poll()).await;
    let id = rp.id.to_string();
    let full = format!(
        "INSERT INTO openid.message (message_id, client_id, kind, payload, ends_at)
         SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, '{id}', 'signal', '{{}}', '9999-01-01'
         FROM generate_series(1, 10002) AS n"
    );
    w.db.store.connection().await.unwrap().batch_execute(&full).await.unwrap();
    openid::jobs::sweep_all(&w.db.store).await.unwrap();
    let least =
        "SELECT count(*) FROM openid.message WHERE message_id < '00000000-0000-7000-8000-000000000003'";
    assert_eq!((w.count("SELECT count(*) FROM openid.message").await, w.count(least).await), (10_000, 0));
}

#[tokio::test]
async fn a_receiver_that_never_fetches_fills_no_table() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &listener(&Receiver::start().await)).await;
    stream(&rp, poll()).await;
    w.sign_in(AN);
    rp.tokens("openid").await;
    w.happens(AN, AccountChange::CredentialChanged).await;
    assert_eq!(w.count("SELECT count(*) FROM openid.message").await, 1);
    w.wait(8 * 24 * 3600);
    openid::jobs::sweep_all(&w.db.store).await.unwrap();
    assert_eq!(w.count("SELECT count(*) FROM openid.message").await, 0);
    w.wait(180 * 24 * 3600);
    openid::jobs::sweep_all(&w.db.store).await.unwrap();
    assert_eq!(w.count("SELECT count(*) FROM openid.visit").await, 0);
}
