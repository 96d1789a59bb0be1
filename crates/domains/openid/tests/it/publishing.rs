//! Keys that a client publishes at its own address (`jwks_uri`): fetched, kept, changed, and what is not taken.

use axum::http::StatusCode;
use base::Clock;
use jose::{Algorithm, Signer, SoftwareKey};
use openid::{ClientDraft, OpenIdError, ops};
use serde_json::{Value, json};

use crate::{
    receiver::Receiver,
    rp::{ASSERTION, Proves, Rp, form},
    world::{AN, ISSUER, World, agency, bank, officer},
};

fn key() -> SoftwareKey {
    SoftwareKey::generate(Algorithm::Es256).unwrap()
}

fn set(keys: &[&SoftwareKey]) -> String {
    let keys: Vec<Value> = keys.iter().map(|key| serde_json::to_value(key.public_jwk()).unwrap()).collect();
    json!({ "keys": keys }).to_string()
}

fn publisher(receiver: &Receiver) -> ClientDraft {
    ClientDraft { jwks_uri: Some(receiver.uri("/jwks.json")), ..bank() }
}

/// A client whose one key stands at its own address, and the address.
async fn published(w: &World) -> (Rp<'_>, Receiver) {
    let receiver = Receiver::start().await;
    w.cx.remote.fetch_by(receiver.way());
    let own = key();
    receiver.shows(|page| {
        page.status = StatusCode::OK;
        page.body = set(&[&own]);
    });
    let draft = publisher(&receiver);
    let id = w.client(&draft, None).await;
    let redirect_uri = draft.redirect_uris[0].clone();
    (Rp { w, app: w.app.clone(), id, proves: Proves::Key(own), dpop: Some(key()), redirect_uri }, receiver)
}

async fn authenticates(rp: &Rp<'_>) -> bool {
    let told = rp.post("/token", &[("grant_type", "client_credentials")]).await;
    assert!(matches!(told.status, StatusCode::OK | StatusCode::UNAUTHORIZED), "{}", told.body);
    told.status == StatusCode::OK
}

#[tokio::test]
async fn a_client_signs_with_keys_that_it_publishes() {
    let w = World::new().await;
    let (rp, receiver) = published(&w).await;
    w.sign_in(AN);
    rp.tokens("openid profile").await;
    assert!(authenticates(&rp).await);
    assert_eq!(receiver.visits(), 1, "once, and then from memory");
    // A change of its settings forgets no keys.
    let (cx, judge) = (&w.cx, officer(crate::world::operator(), 2));
    let version = w.find(rp.id).await.version;
    w.run(async |tx| ops::client_suspend(cx, tx, &judge, rp.id, version, "why").await).await.unwrap();
    w.run(async |tx| ops::client_resume(cx, tx, &judge, rp.id, version + 1).await).await.unwrap();
    w.cx.refresh().await.unwrap();
    assert!(authenticates(&rp).await);
    assert_eq!(receiver.visits(), 0);
}

#[tokio::test]
async fn a_new_key_is_found_when_it_is_first_used_and_an_old_one_is_gone_when_its_time_is_over() {
    let w = World::new().await;
    let (mut rp, receiver) = published(&w).await;
    assert!(authenticates(&rp).await);
    w.wait(61);
    let old = std::mem::replace(&mut rp.proves, Proves::Key(key()));
    receiver.shows(|page| page.body = set(&[rp.key()]));
    assert!(authenticates(&rp).await, "the new key is fetched at once");
    assert_eq!(receiver.visits(), 2);
    rp.proves = old;
    assert!(!authenticates(&rp).await, "the old one is published no more");
}

#[tokio::test]
async fn strangers_who_name_keys_make_us_ask_once_a_minute_at_most() {
    let w = World::new().await;
    let (mut rp, receiver) = published(&w).await;
    assert!(authenticates(&rp).await);
    receiver.visits();
    let own = std::mem::replace(&mut rp.proves, Proves::Key(key()));
    for _ in 0..20 {
        rp.proves = Proves::Key(key());
        assert!(!authenticates(&rp).await);
    }
    assert_eq!(receiver.visits(), 0, "it was asked less than a minute ago");
    w.wait(61);
    for _ in 0..20 {
        assert!(!authenticates(&rp).await);
    }
    assert_eq!(receiver.visits(), 1);
    rp.proves = own;
    assert!(authenticates(&rp).await);
}

#[tokio::test]
async fn keys_are_read_anew_as_their_owner_says_within_limits() {
    let w = World::new().await;
    let (rp, receiver) = published(&w).await;
    for (said, kept_s) in [("max-age=600", 600), ("no-store", 300), ("max-age=999999", 3600), ("", 900)] {
        w.wait(3601);
        receiver.shows(|page| page.cache_control = said);
        assert!(authenticates(&rp).await);
        assert_eq!(receiver.visits(), 1, "{said}");
        w.wait(kept_s - 1);
        assert!(authenticates(&rp).await);
        assert_eq!(receiver.visits(), 0, "{said}");
        w.wait(1);
        assert!(authenticates(&rp).await);
        assert_eq!(receiver.visits(), 1, "{said}");
    }
}

#[tokio::test]
async fn while_the_address_is_down_the_last_good_keys_count_for_a_day() {
    let w = World::new().await;
    let (rp, receiver) = published(&w).await;
    assert!(authenticates(&rp).await);
    receiver.shows(|page| page.status = StatusCode::INTERNAL_SERVER_ERROR);
    for _ in 0..5 {
        w.wait(4 * 3600);
        assert!(authenticates(&rp).await);
    }
    w.wait(4 * 3600 + 1);
    assert!(!authenticates(&rp).await, "after a day nobody knows whose keys they are");
    w.cx.flush().await.unwrap();
    let log = w.texts("SELECT endpoint || ' ' || code FROM openid.client_fault").await;
    assert!(log.contains(&"jwks_uri keys_unread".to_owned()), "its people read it: {log:?}");
    receiver.shows(|page| page.status = StatusCode::OK);
    w.wait(61);
    assert!(authenticates(&rp).await);
}

#[tokio::test]
async fn what_is_no_plain_set_of_public_keys_is_not_taken() {
    let w = World::new().await;
    let (rp, receiver) = published(&w).await;
    let good = set(&[rp.key()]);
    let private = good.replace("\"kty\"", "\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\",\"kty\"");
    let many = set(&(0..11).map(|_| rp.key()).collect::<Vec<_>>());
    let (ok, json, html) = (StatusCode::OK, "application/json", "text/html");
    for (what, status, kind, body) in [
        ("a redirect", StatusCode::FOUND, json, good.clone()),
        ("an error", StatusCode::NOT_FOUND, json, good.clone()),
        ("a page", ok, html, good.clone()),
        ("too long", ok, json, format!("{good}{}", " ".repeat(70_000))),
        ("nothing", ok, json, String::new()),
        ("an array", ok, json, "[]".to_owned()),
        ("a name twice", ok, json, good.replacen('{', "{\"keys\":[],", 1)),
        ("a private key", ok, json, private),
        ("too many keys", ok, json, many),
    ] {
        receiver.shows(|page| (page.status, page.kind, page.body) = (status, kind, body));
        assert!(!authenticates(&rp).await, "{what}");
        assert_eq!(receiver.visits(), 1, "{what}: nothing else is fetched");
        w.wait(61);
    }
    receiver.shows(|page| {
        (page.status, page.kind, page.body) = (ok, "application/jwk-set+json; charset=utf-8", good);
    });
    assert!(authenticates(&rp).await);
}

#[tokio::test]
async fn an_address_is_asked_by_https_alone_and_trusted_by_its_certificate() {
    let w = World::new().await;
    let (rp, receiver) = published(&w).await;
    // Nobody vouches for it.
    let (cx, app) = w.another_process().await;
    cx.remote.fetch_by(openid::Outbound::new([]).unwrap());
    let rp = Rp { app, ..rp };
    assert!(!authenticates(&rp).await);
    assert_eq!(receiver.visits(), 0);
    let owner = officer(agency(), 1);
    for bad in [
        "http://rp.example/jwks",
        "http://127.0.0.1:8080/jwks",
        "file:///etc/passwd",
        "https://u@rp.example/",
        "",
    ] {
        let draft = ClientDraft { jwks_uri: Some(bad.to_owned()), ..bank() };
        for draft in [ClientDraft { sandbox: true, audiences: Vec::new(), ..draft.clone() }, draft] {
            let refused = w.run(async |tx| ops::client_propose(&w.cx, tx, &owner, &draft).await).await;
            assert!(matches!(refused, Err(OpenIdError::Invalid(_))), "{bad}");
        }
    }
}

#[tokio::test]
async fn keys_are_handed_in_or_published_and_never_both() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    w.cx.remote.fetch_by(receiver.way());
    let (cx, owner, judge) = (&w.cx, officer(agency(), 1), officer(crate::world::operator(), 2));
    let mut rp = Rp::with_key(&w, &bank()).await;
    let next = key();
    receiver.shows(|page| (page.status, page.body) = (StatusCode::OK, set(&[&next])));
    // Until the address is approved, what was handed in counts.
    let draft = publisher(&receiver);
    let version = w.find(rp.id).await.version;
    w.run(async |tx| ops::client_change(cx, tx, &owner, rp.id, version, &draft).await).await.unwrap();
    w.cx.refresh().await.unwrap();
    assert!(authenticates(&rp).await);
    w.run(async |tx| ops::client_approve(cx, tx, &judge, rp.id, version + 1).await).await.unwrap();
    w.cx.refresh().await.unwrap();
    assert!(!authenticates(&rp).await);
    rp.proves = Proves::Key(next);
    assert!(authenticates(&rp).await);
    let jwk = serde_json::to_string(key().public_jwk()).unwrap();
    let refused = w.run(async |tx| ops::client_key_add(cx, tx, &owner, rp.id, &jwk).await).await;
    assert!(matches!(refused, Err(OpenIdError::Invalid(_))));
    assert_eq!(w.count("SELECT count(*) FROM openid.client_key").await, 0);

    // And back: keys may wait for the day on which the address goes.
    let back = bank();
    w.run(async |tx| ops::client_change(cx, tx, &owner, rp.id, version + 2, &back).await).await.unwrap();
    let own = key();
    let jwk = serde_json::to_string(own.public_jwk()).unwrap();
    w.run(async |tx| ops::client_key_add(cx, tx, &owner, rp.id, &jwk).await).await.unwrap();
    w.cx.refresh().await.unwrap();
    assert!(authenticates(&rp).await, "the published key still counts");
    let version = w.find(rp.id).await.version;
    w.run(async |tx| ops::client_approve(cx, tx, &judge, rp.id, version).await).await.unwrap();
    w.cx.refresh().await.unwrap();
    assert!(!authenticates(&rp).await);
    rp.proves = Proves::Key(own);
    assert!(authenticates(&rp).await, "without a gap");
}

#[tokio::test]
async fn a_request_object_may_name_a_new_key_too() {
    let w = World::new().await;
    let (rp, receiver) = published(&w).await;
    assert!(authenticates(&rp).await);
    w.wait(61);
    let new = key();
    receiver.shows(|page| page.body = set(&[rp.key(), &new]));
    let now = w.db.clock.now().as_second();
    let mut claims =
        json!({ "iss": rp.id.to_string(), "aud": ISSUER, "nbf": now, "exp": now + 60, "jti": "one" });
    for (name, value) in rp.ask("openid") {
        claims[name] = json!(value);
    }
    let object = jose::sign(&new, None, &claims).unwrap();
    let told = rp.post("/par", &[("client_id", &rp.id.to_string()), ("request", &object)]).await;
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.body);
}

/// Keys without names, as some publish them.
fn nameless(keys: &[&SoftwareKey]) -> String {
    let bare = |key: &&SoftwareKey| {
        let mut jwk = serde_json::to_value(key.public_jwk()).unwrap();
        jwk.as_object_mut().unwrap().remove("kid");
        jwk
    };
    json!({ "keys": keys.iter().map(bare).collect::<Vec<_>>() }).to_string()
}

/// Signs in the client with a key, and does not say which.
async fn authenticates_with_some(rp: &Rp<'_>, key: &SoftwareKey) -> bool {
    let part = |value: Value| jose::b64::encode(value.to_string());
    let signed = format!("{}.{}", part(json!({ "alg": "ES256" })), part(json!(rp.assertion_claims())));
    let assertion = format!("{signed}.{}", jose::b64::encode(key.sign(signed.as_bytes()).unwrap()));
    let body = form(&[
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", &assertion),
    ]);
    let proof = rp.proof("POST", "/token", None).unwrap();
    let told = rp.send_form(rp.request("POST", "/token").header("dpop", proof), &body).await;
    assert!(matches!(told.status, StatusCode::OK | StatusCode::UNAUTHORIZED), "{}", told.body);
    told.status == StatusCode::OK
}

#[tokio::test]
async fn a_new_key_without_a_name_is_found_too_and_strangers_make_us_ask_once_a_minute() {
    let w = World::new().await;
    let (rp, receiver) = published(&w).await;
    let [old, new, stranger] = [key(), key(), key()];
    receiver.shows(|page| page.body = nameless(&[&old]));
    assert!(authenticates_with_some(&rp, &old).await);
    w.wait(61);
    receiver.visits();
    receiver.shows(|page| page.body = nameless(&[&new]));
    assert!(authenticates_with_some(&rp, &old).await, "nothing makes us look");
    assert_eq!(receiver.visits(), 0);
    assert!(authenticates_with_some(&rp, &new).await, "long before the time of the old ones is over");
    assert!(authenticates_with_some(&rp, &new).await);
    assert!(!authenticates_with_some(&rp, &old).await, "it is published no more");
    assert_eq!(receiver.visits(), 1);
    for _ in 0..20 {
        assert!(!authenticates_with_some(&rp, &stranger).await);
    }
    assert_eq!(receiver.visits(), 0, "it was asked less than a minute ago");
    w.wait(61);
    for _ in 0..20 {
        assert!(!authenticates_with_some(&rp, &stranger).await);
    }
    assert_eq!(receiver.visits(), 1);
}

#[tokio::test]
async fn keys_are_not_fetched_from_inside_unless_the_operator_lists_the_host() {
    let w = World::new().await;
    let (mut rp, receiver) = published(&w).await;
    for (hosts, reached) in [(vec![], false), (vec!["bank.example"], false), (vec!["localhost"], true)] {
        let (cx, app) = w.process_listing(&hosts).await;
        cx.remote.fetch_by(receiver.way());
        rp.app = app;
        assert_eq!(authenticates(&rp).await, reached, "{hosts:?}");
        assert_eq!(receiver.visits(), usize::from(reached), "{hosts:?}");
    }
}
