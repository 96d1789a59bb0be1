//! Proofs of possession, and how clients prove to be themselves.

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jose::{Algorithm, Signer, SoftwareKey, b64};
use openid::{Authentication, ClientDraft, Sender};
use serde_json::{Value, json};
use webkit::ClientCertificate;

use crate::{
    receiver::Receiver,
    rp::{ASSERTION, Rp, form, send},
    world::{ISSUER, World, bank, museum},
};

const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

#[tokio::test]
async fn a_proof_needs_our_nonce_and_counts_once() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let without = rp.proof_with("POST", "/token", None, None);
    let told = rp.post_with("/token", &CREDENTIALS, without.as_deref()).await;
    assert_eq!((told.status, told.error()), (StatusCode::BAD_REQUEST, "use_dpop_nonce".into()));
    let nonce = told.headers["dpop-nonce"].to_str().unwrap().to_owned();
    let proof = rp.proof_with("POST", "/token", None, Some(&nonce));
    let told = rp.post_with("/token", &CREDENTIALS, proof.as_deref()).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let again = rp.post_with("/token", &CREDENTIALS, proof.as_deref()).await;
    assert_ne!(again.status, StatusCode::OK);
    // In another process it was seen, too.
    let (_, elsewhere) = w.another_process().await;
    let there = Rp { app: elsewhere, ..rp };
    assert_ne!(there.post_with("/token", &CREDENTIALS, proof.as_deref()).await.status, StatusCode::OK);
    w.wait(121);
    let stale = there.proof_with("POST", "/token", None, Some(&nonce));
    assert_eq!(there.post_with("/token", &CREDENTIALS, stale.as_deref()).await.error(), "use_dpop_nonce");
}

#[tokio::test]
async fn of_many_requests_with_one_proof_at_once_one_gets_through() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let proof = rp.proof("POST", "/token", None);
    let tries = (0..8).map(|_| rp.post_with("/token", &CREDENTIALS, proof.as_deref()));
    let told = futures::future::join_all(tries).await;
    assert_eq!(told.iter().filter(|t| t.status == StatusCode::OK).count(), 1);
}

#[tokio::test]
async fn a_client_that_must_show_a_key_gets_nothing_without() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    assert_eq!(rp.post_with("/token", &CREDENTIALS, None).await.error(), "invalid_dpop_proof");
    for (method, path) in [("GET", "/token"), ("POST", "/par"), ("POST", "/token/")] {
        let proof = rp.proof(method, path, None);
        let told = rp.post_with("/token", &CREDENTIALS, proof.as_deref()).await;
        assert_eq!(told.error(), "invalid_dpop_proof", "{method} {path}");
    }
}

#[tokio::test]
async fn a_client_assertion_is_for_us_in_time_and_counts_once() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let now = w.now();
    let token_url = format!("{ISSUER}/token");
    for (name, value) in [
        ("aud", json!("https://other.example")),
        ("aud", json!(token_url)),
        ("aud", json!([ISSUER, "https://other.example"])),
        ("iss", json!("somebody")),
        ("sub", json!("somebody")),
        ("exp", json!(now - 60)),
        ("exp", json!(now + 3600)),
        ("exp", Value::Null),
        ("jti", Value::Null),
        ("nbf", json!(now + 120)),
    ] {
        let mut claims = rp.assertion_claims();
        match &value {
            Value::Null => drop(claims.remove(name)),
            value => drop(claims.insert(name.to_owned(), value.clone())),
        }
        let told = assert_with(&rp, &jose::sign(rp.key(), None, &claims).unwrap()).await;
        assert_eq!(
            (told.status, told.error()),
            (StatusCode::UNAUTHORIZED, "invalid_client".into()),
            "{name}={value}"
        );
    }
    let once = rp.assertion();
    assert_eq!(assert_with(&rp, &once).await.status, StatusCode::OK);
    assert_ne!(assert_with(&rp, &once).await.status, StatusCode::OK);
}

async fn assert_with(rp: &Rp<'_>, assertion: &str) -> crate::rp::Told {
    let body = form(&[
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", assertion),
    ]);
    let proof = rp.proof("POST", "/token", None).unwrap();
    rp.send_form(rp.request("POST", "/token").header("dpop", proof), &body).await
}

#[tokio::test]
async fn a_client_assertion_without_a_good_signature_is_refused() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let claims = rp.assertion_claims();
    let payload = b64::encode(Value::Object(claims.clone()).to_string());
    let stranger = SoftwareKey::generate(Algorithm::Es256).unwrap();
    let rsa = SoftwareKey::generate(Algorithm::Rs256).unwrap();
    for (what, bad) in [
        ("none", format!("{}.{payload}.", b64::encode(r#"{"alg":"none"}"#))),
        ("a MAC", format!("{}.{payload}.{}", b64::encode(r#"{"alg":"HS256"}"#), b64::encode([1; 32]))),
        ("another key", jose::sign(&stranger, None, &claims).unwrap()),
        ("RS256", jose::sign(&rsa, None, &claims).unwrap()),
        ("an access token's type", jose::sign(rp.key(), Some("at+jwt"), &claims).unwrap()),
    ] {
        let told = assert_with(&rp, &bad).await;
        assert_eq!(
            (told.status, told.error()),
            (StatusCode::UNAUTHORIZED, "invalid_client".into()),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_client_that_exists_is_answered_like_one_that_does_not() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    let keyed = Rp::with_key(&w, &bank()).await;
    let nobody = "01890000-0000-7000-8000-000000000000";
    let mut answers = Vec::new();
    for id in [nobody.to_owned(), rp.id.to_string(), keyed.id.to_string(), "x".into()] {
        let pair = BASE64_STANDARD.encode(format!("{id}:wrong"));
        let request = rp.request("POST", "/token").header(header::AUTHORIZATION, format!("Basic {pair}"));
        answers.push(rp.send_form(request, "grant_type=client_credentials").await);
        let body =
            form(&[("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", "wrong")]);
        answers.push(rp.send_form(rp.request("POST", "/token"), &body).await);
    }
    let first = &answers[0];
    assert_eq!((first.status, first.error()), (StatusCode::UNAUTHORIZED, "invalid_client".into()));
    assert!(answers.iter().all(|a| a.status == first.status && a.body == first.body));
}

#[tokio::test]
async fn only_the_registered_way_counts_and_only_one() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    let crate::rp::Proves::Secret(secret) = &rp.proves else { panic!() };
    let id = rp.id.to_string();
    // The right secret in the wrong place.
    let body = form(&[("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", secret)]);
    assert_eq!(rp.send_form(rp.request("POST", "/token"), &body).await.error(), "invalid_client");
    let pair = BASE64_STANDARD.encode(format!("{id}:{secret}"));
    let request = || rp.request("POST", "/token").header(header::AUTHORIZATION, format!("Basic {pair}"));
    assert_eq!(rp.send_form(request(), &body).await.error(), "invalid_request");
    let body = form(&[("grant_type", "client_credentials"), ("client_id", "another")]);
    assert_eq!(rp.send_form(request(), &body).await.error(), "invalid_client");
    let told = rp.send_form(request(), "grant_type=client_credentials").await;
    assert_eq!((told.status, told.text("token_type")), (StatusCode::OK, "Bearer".into()));
    let told = rp.send_form(rp.request("POST", "/token"), "grant_type=client_credentials").await;
    assert_eq!(told.error(), "invalid_client");
}

#[tokio::test]
async fn who_guesses_secrets_is_told_to_wait() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    let pair = BASE64_STANDARD.encode(format!("{}:wrong", rp.id));
    let mut last = StatusCode::OK;
    for _ in 0..61 {
        let request = rp.request("POST", "/token").header(header::AUTHORIZATION, format!("Basic {pair}"));
        last = rp.send_form(request, "grant_type=client_credentials").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    // Whoever has the secret is not held up.
    assert_eq!(rp.post("/token", &CREDENTIALS).await.status, StatusCode::OK);
}

/// A certificate of a client's own making, with its key as a JWK.
fn certificate(subject: &str) -> (Vec<u8>, String) {
    let pair = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, subject);
    let certificate = params.self_signed(&pair).unwrap();
    let point = pair.public_key_raw();
    let (x, y) = point[1..].split_at(32);
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": b64::encode(x), "y": b64::encode(y) });
    (certificate.der().to_vec(), jwk.to_string())
}

async fn with_certificate(
    rp: &Rp<'_>,
    path: &str,
    body: &str,
    shown: Option<(&[u8], bool)>,
) -> crate::rp::Told {
    let mut request =
        rp.request("POST", path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some((der, trusted)) = shown {
        request = request.extension(ClientCertificate { der: der.into(), trusted });
    }
    send(&rp.app, request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_client_may_prove_itself_by_a_certificate_of_its_own_and_its_tokens_are_bound_to_it() {
    let w = World::new().await;
    let (der, jwk) = certificate("rp");
    let (stranger, _) = certificate("rp");
    let draft = ClientDraft { authentication: Authentication::TlsSelfSigned, sender: Sender::Tls, ..bank() };
    let id = w.client(&draft, Some(&jwk)).await;
    let dummy = Rp::with_secret(&w, &museum()).await;
    let body = form(&[("grant_type", "client_credentials"), ("client_id", &id.to_string())]);
    for shown in [None, Some((stranger.as_slice(), true))] {
        let told = with_certificate(&dummy, "/token", &body, shown).await;
        assert_eq!((told.status, told.error()), (StatusCode::UNAUTHORIZED, "invalid_client".into()));
    }
    let told = with_certificate(&dummy, "/token", &body, Some((&der, false))).await;
    assert_eq!(told.text("token_type"), "Bearer");
    let claims = crate::rp::claims_of(&w.app, &told.text("access_token")).await;
    assert_eq!(claims["cnf"]["x5t#S256"], json!(jose::hash::sha256_text(&der)));
}

#[tokio::test]
async fn a_certificate_of_its_own_may_have_its_key_at_the_clients_address_and_change_there() {
    let w = World::new().await;
    let receiver = Receiver::start().await;
    w.cx.remote.fetch_by(receiver.way());
    let draft = ClientDraft {
        authentication: Authentication::TlsSelfSigned,
        sender: Sender::Tls,
        jwks_uri: Some(receiver.uri("/jwks.json")),
        ..bank()
    };
    let id = w.client(&draft, None).await;
    let dummy = Rp::with_secret(&w, &museum()).await;
    let body = form(&[("grant_type", "client_credentials"), ("client_id", &id.to_string())]);
    for _ in 0..2 {
        let (der, jwk) = certificate("rp");
        receiver.shows(|page| (page.status, page.body) = (StatusCode::OK, format!(r#"{{"keys":[{jwk}]}}"#)));
        let told = with_certificate(&dummy, "/token", &body, Some((&der, false))).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        assert_eq!(receiver.visits(), 1);
        let (stranger, _) = certificate("rp");
        let told = with_certificate(&dummy, "/token", &body, Some((&stranger, true))).await;
        assert_eq!((told.status, receiver.visits()), (StatusCode::UNAUTHORIZED, 0));
        w.wait(61);
    }
}

#[tokio::test]
async fn a_subject_counts_only_when_an_authority_vouches_for_it() {
    let w = World::new().await;
    let (der, _) = certificate("rp.bank.example");
    let draft = ClientDraft {
        authentication: Authentication::TlsSubject,
        sender: Sender::Tls,
        tls_subject: Some("CN=rp.bank.example".into()),
        ..bank()
    };
    let id = w.client(&draft, None).await;
    let dummy = Rp::with_secret(&w, &museum()).await;
    let body = form(&[("grant_type", "client_credentials"), ("client_id", &id.to_string())]);
    let (other, _) = certificate("rp.bank.example.evil");
    for shown in [(der.as_slice(), false), (other.as_slice(), true)] {
        assert_eq!(with_certificate(&dummy, "/token", &body, Some(shown)).await.error(), "invalid_client");
    }
    assert_eq!(with_certificate(&dummy, "/token", &body, Some((&der, true))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn keys_of_every_supported_kind_prove_a_client() {
    let w = World::new().await;
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256] {
        let key = SoftwareKey::generate(algorithm).unwrap();
        let jwk = serde_json::to_string(key.public_jwk()).unwrap();
        let mut rp = Rp::with_key(&w, &bank()).await;
        rp.id = w.client(&bank(), Some(&jwk)).await;
        rp.proves = crate::rp::Proves::Key(key);
        let told = rp.post("/token", &CREDENTIALS).await;
        assert_eq!(told.status, StatusCode::OK, "{algorithm}: {}", told.body);
    }
}
