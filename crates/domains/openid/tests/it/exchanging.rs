//! Token exchange (RFC 8693): an agency's program acts for a person.

use axum::http::StatusCode;
use contracts::events::AccountChange;
use openid::{ClientDraft, GrantType};

use crate::{
    rp::{Rp, Told, claims_of},
    world::{AN, World, bank},
};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const PORTAL_API: &str = "https://api.portal.example";
const REGISTRY_API: &str = "https://api.registry.example";

/// A portal that people sign in to; its tokens are for the agency's API.
fn portal() -> ClientDraft {
    ClientDraft {
        api_scopes: vec!["read".into(), "write".into(), "pay".into()],
        audiences: vec![PORTAL_API.into()],
        ..bank()
    }
}

/// The agency's API, which asks another API in the person's name.
fn api() -> ClientDraft {
    ClientDraft {
        grants: vec![GrantType::TokenExchange],
        claims: Vec::new(),
        api_scopes: vec!["read".into(), "write".into()],
        audiences: vec![REGISTRY_API.into()],
        resource: Some(PORTAL_API.into()),
        ..bank()
    }
}

async fn subject_token(rp: &Rp<'_>) -> String {
    let mut ask = rp.ask("openid read write pay");
    ask.push(("resource", PORTAL_API.into()));
    let told = rp.exchange(&rp.code(&ask).await).await;
    told.text("access_token")
}

async fn exchange(rp: &Rp<'_>, subject: &str, more: &[(&str, &str)]) -> Told {
    let mut pairs =
        vec![("grant_type", EXCHANGE), ("subject_token", subject), ("subject_token_type", ACCESS)];
    pairs.extend_from_slice(more);
    rp.post("/token", &pairs).await
}

#[tokio::test]
async fn the_new_token_says_who_acts_and_is_never_more_than_the_old_one() {
    let w = World::new().await;
    let (portal, api) = (Rp::with_key(&w, &portal()).await, Rp::with_key(&w, &api()).await);
    w.sign_in(AN);
    let subject = subject_token(&portal).await;
    w.wait(200);
    let told = exchange(&api, &subject, &[("resource", REGISTRY_API), ("scope", "read")]).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let body = told.json();
    assert_eq!(body["issued_token_type"], ACCESS);
    assert_eq!(body["token_type"], "DPoP");
    assert_eq!(body["expires_in"], 100, "no longer than the old one");
    assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none());
    let (old, new) = (claims_of(&w.app, &subject).await, claims_of(&w.app, &told.text("access_token")).await);
    assert_eq!(new["act"]["sub"], api.id.to_string());
    assert_eq!(new["client_id"], api.id.to_string());
    assert_eq!((new["aud"].as_str(), new["scope"].as_str()), (Some(REGISTRY_API), Some("read")));
    assert_eq!(new["exp"], old["exp"]);
    assert_ne!(new["cnf"], old["cnf"], "bound to the acting program's key");
    assert!(w.audit().await.iter().any(|e| e.contains("openid.token_exchange")));

    let all = exchange(&api, &subject, &[("resource", REGISTRY_API)]).await;
    assert_eq!(all.json()["scope"], "read write", "what both may");
}

#[tokio::test]
async fn nothing_wider_comes_out() {
    let w = World::new().await;
    let (portal, api) = (Rp::with_key(&w, &portal()).await, Rp::with_key(&w, &api()).await);
    w.sign_in(AN);
    let subject = subject_token(&portal).await;
    let to = ("resource", REGISTRY_API);
    for scope in ["pay", "read pay", "openid", "profile", "number", "admin"] {
        let told = exchange(&api, &subject, &[to, ("scope", scope)]).await;
        assert_eq!(told.error(), "invalid_scope", "{scope}");
    }
    for audience in ["https://api.other.example", "https://id.test", ""] {
        let told =
            exchange(&api, &subject, &[("audience", if audience.is_empty() { "x" } else { audience })]).await;
        assert_eq!(told.error(), "invalid_target", "{audience}");
    }
    let two = exchange(&api, &subject, &[to, ("audience", PORTAL_API)]).await;
    assert_eq!(two.error(), "invalid_target");
    let told = exchange(&api, &subject, &[to]).await.text("access_token");
    let userinfo = api.userinfo(&told).await;
    assert_eq!(userinfo.status, StatusCode::FORBIDDEN, "never good for userinfo");
    let chained = exchange(&api, &told, &[to]).await;
    assert_eq!(chained.error(), "invalid_request");
}

#[tokio::test]
async fn only_a_program_that_may_and_that_the_token_is_meant_for() {
    let w = World::new().await;
    let portal_rp = Rp::with_key(&w, &portal()).await;
    w.sign_in(AN);
    let subject = subject_token(&portal_rp).await;
    assert_eq!(exchange(&portal_rp, &subject, &[]).await.error(), "unauthorized_client");
    let stranger =
        Rp::with_key(&w, &ClientDraft { resource: Some("https://api.stranger.example".into()), ..api() })
            .await;
    assert_eq!(exchange(&stranger, &subject, &[("resource", REGISTRY_API)]).await.error(), "invalid_request");
}

#[tokio::test]
async fn only_an_access_token_of_a_person_in_force_is_exchanged() {
    let w = World::new().await;
    let grants = vec![GrantType::TokenExchange, GrantType::ClientCredentials];
    let (portal, api) =
        (Rp::with_key(&w, &portal()).await, Rp::with_key(&w, &ClientDraft { grants, ..api() }).await);
    w.sign_in(AN);
    let subject = subject_token(&portal).await;
    let to = ("resource", REGISTRY_API);
    let own = api.post("/token", &[("grant_type", "client_credentials")]).await.text("access_token");
    assert_eq!(exchange(&api, &own, &[to]).await.error(), "invalid_request", "nobody's");
    assert_eq!(exchange(&api, "nonsense", &[to]).await.error(), "invalid_request");
    let wrong_type = [
        ("grant_type", EXCHANGE),
        ("subject_token", subject.as_str()),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
    ];
    assert_eq!(api.post("/token", &wrong_type).await.error(), "invalid_request");
    let actor = exchange(&api, &subject, &[to, ("actor_token", &own)]).await;
    assert_eq!(actor.error(), "invalid_request", "who acts is who authenticated");
    let wanted = exchange(
        &api,
        &subject,
        &[to, ("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token")],
    )
    .await;
    assert_eq!(wanted.error(), "invalid_request");
    w.wait(301);
    assert_eq!(exchange(&api, &subject, &[to]).await.error(), "invalid_request", "over");
}

#[tokio::test]
async fn it_dies_with_the_grant_that_it_comes_from() {
    let w = World::new().await;
    let grants = vec![GrantType::TokenExchange, GrantType::ClientCredentials];
    let (portal, api) =
        (Rp::with_key(&w, &portal()).await, Rp::with_key(&w, &ClientDraft { grants, ..api() }).await);
    let registry = Rp::with_key(&w, &ClientDraft { resource: Some(REGISTRY_API.into()), ..api_only() }).await;
    let login = w.sign_in(AN);
    let subject = subject_token(&portal).await;
    let acting = exchange(&api, &subject, &[("resource", REGISTRY_API)]).await.text("access_token");
    assert_eq!(registry.introspect(&acting).await["active"], true);
    assert_eq!(registry.introspect(&acting).await["act"]["sub"], api.id.to_string());
    w.happens(AN, AccountChange::SessionEnded { session: login.session }).await;
    assert_eq!(registry.introspect(&acting).await["active"], false);
    assert_eq!(exchange(&api, &subject, &[("resource", REGISTRY_API)]).await.error(), "invalid_request");
}

fn api_only() -> ClientDraft {
    ClientDraft { grants: vec![GrantType::ClientCredentials], audiences: Vec::new(), ..api() }
}
