//! The code: once, for its client, with its secret and its key.

use axum::http::StatusCode;
use jose::{Algorithm, SoftwareKey};

use crate::{
    rp::{Rp, VERIFIER},
    world::{AN, World, bank, museum},
};

#[tokio::test]
async fn a_code_that_comes_twice_ends_everything_that_came_of_it() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let code = rp.code(&rp.ask("openid profile")).await;
    let tokens = rp.exchange(&code).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(rp.introspect(access).await["active"], true);
    assert_eq!(rp.exchange(&code).await.error(), "invalid_grant");
    assert_eq!(rp.introspect(access).await["active"], false);
    assert_eq!(rp.userinfo(access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.error(), "invalid_grant");
    // Long after, it still counts as stolen.
    let again = rp.code(&rp.ask("openid profile")).await;
    let tokens = rp.exchange(&again).await.json();
    w.wait(3600);
    assert_eq!(rp.exchange(&again).await.error(), "invalid_grant");
    assert_eq!(rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.error(), "invalid_grant");
}

#[tokio::test]
async fn of_two_exchanges_at_once_at_most_one_keeps_its_tokens() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let code = rp.code(&rp.ask("openid")).await;
    let both = futures::future::join(rp.exchange(&code), rp.exchange(&code)).await;
    let won = [&both.0, &both.1].into_iter().filter(|t| t.status == StatusCode::OK).count();
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_code_is_of_no_use_to_another_client() {
    let w = World::new().await;
    let (rp, other) = (Rp::with_key(&w, &bank()).await, Rp::with_key(&w, &bank()).await);
    w.sign_in(AN);
    let code = rp.code(&rp.ask("openid")).await;
    // Injected at another client it is as if it did not exist, and its owner is not harmed.
    assert_eq!(other.exchange(&code).await.error(), "invalid_grant");
    assert_eq!(rp.exchange(&code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_code_needs_its_secret_and_its_address() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let code = rp.code(&rp.ask("openid")).await;
    let other = "another-verifier-of-forty-three-characters-0000";
    for (redirect_uri, verifier) in [
        (rp.redirect_uri.as_str(), other),
        (rp.redirect_uri.as_str(), ""),
        (rp.redirect_uri.as_str(), "short"),
        ("https://bank.example/cb?tenant=1", VERIFIER),
        ("", VERIFIER),
    ] {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        assert_eq!(rp.post("/token", &pairs).await.error(), "invalid_grant", "{redirect_uri} {verifier}");
    }
    assert_eq!(rp.exchange(&code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_code_is_good_for_a_minute() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let code = rp.code(&rp.ask("openid")).await;
    w.wait(59);
    assert_eq!(rp.exchange(&code).await.status, StatusCode::OK);
    let code = rp.code(&rp.ask("openid")).await;
    w.wait(60);
    assert_eq!(rp.exchange(&code).await.error(), "invalid_grant");
    for bad in ["", "x", "AAAA", &code[1..]] {
        let told = rp.exchange(bad).await;
        assert_eq!(told.error(), if bad.is_empty() { "invalid_request" } else { "invalid_grant" }, "{bad}");
    }
}

#[tokio::test]
async fn a_code_is_bound_to_the_key_that_was_shown_when_the_request_was_pushed() {
    let w = World::new().await;
    let mut rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    // The proof stood beside the pushed request; nothing named the key there.
    let code = rp.code(&rp.ask("openid")).await;
    let own = rp.dpop.replace(SoftwareKey::generate(Algorithm::Es256).unwrap());
    assert_eq!(rp.exchange(&code).await.error(), "invalid_grant");
    rp.dpop = own;
    assert_eq!(rp.exchange(&code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_code_is_bound_to_the_key_that_the_request_names() {
    let w = World::new().await;
    let mut rp = Rp::with_secret(&w, &museum()).await;
    w.sign_in(AN);
    rp.dpop = Some(SoftwareKey::generate(Algorithm::Es256).unwrap());
    let named = jose::Signer::public_jwk(rp.dpop.as_ref().unwrap()).thumbprint().to_string();
    let mut ask = rp.ask("openid");
    ask.push(("dpop_jkt", named));
    let code = rp.code(&ask).await;
    let own = rp.dpop.take();
    // Without any proof, although this client needs none otherwise.
    assert_eq!(rp.exchange(&code).await.error(), "invalid_grant");
    rp.dpop = own;
    let told = rp.exchange(&code).await;
    assert_eq!(told.text("token_type"), "DPoP");
}

#[tokio::test]
async fn a_proof_beside_a_pushed_request_that_names_another_key_is_refused() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let mut ask = rp.ask("openid");
    ask.push(("dpop_jkt", jose::b64::encode([7; 32])));
    assert_eq!(rp.push(&ask).await.error(), "invalid_dpop_proof");
}
