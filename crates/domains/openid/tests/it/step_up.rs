//! Interfaces that ask for a stronger or a more recent login, and clients that bring it (RFC 9470).

use axum::http::StatusCode;
use contracts::{LoginStrength, Method};
use openid::{Claim, ClientDraft, OpenIdError, login_demand::LoginDemand, model::ClaimRight, ops};
use serde_json::json;

use crate::{
    rp::{Rp, Told, send},
    world::{AN, World, agency, bank, museum, officer},
};

const STRONG: LoginDemand = LoginDemand { strength: Some(LoginStrength::Two), max_age_s: None };

fn fresh(max_age_s: u32) -> LoginDemand {
    LoginDemand { strength: None, max_age_s: Some(max_age_s) }
}

/// One claim demands something of the login.
fn demanding(mut draft: ClientDraft, claim: Claim, login: LoginDemand) -> ClientDraft {
    draft.claims.retain(|right| right.claim != claim);
    draft.claims.push(ClaimRight {
        login, ..ClaimRight::new(claim, "Luật Các tổ chức tín dụng, Điều 14")
    });
    draft
}

fn weakly(w: &World) {
    w.sign_in_with(AN, LoginStrength::One, &[Method::Password]);
}

fn strongly(w: &World) {
    w.sign_in_with(AN, LoginStrength::Two, &[Method::Passkey]);
}

/// A parameter of the challenge.
fn challenged(told: &Told, name: &str) -> Option<String> {
    let (_, rest) =
        told.challenges().split_once(&format!("{name}=\"")).map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    rest.split('"').next().map(str::to_owned)
}

/// Tokens by a request that brings what the challenge asked for.
async fn steps_up(rp: &Rp<'_>, scope: &str, told: &Told) -> String {
    let mut ask = rp.ask(scope);
    for name in ["acr_values", "max_age"] {
        ask.extend(challenged(told, name).map(|value| (name, value)));
    }
    let code = rp.code(&ask).await;
    rp.exchange(&code).await.text("access_token")
}

#[tokio::test]
async fn userinfo_tells_what_login_it_needs_and_tells_the_rest_to_who_brings_it() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &demanding(bank(), Claim::PersonalNumber, STRONG)).await;
    weakly(&w);
    let access = rp.tokens("openid number").await.text("access_token");
    let refused = rp.userinfo(&access).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(challenged(&refused, "error").as_deref(), Some("insufficient_user_authentication"));
    assert_eq!(challenged(&refused, "acr_values").as_deref(), Some("urn:vn:nd69-2024:auth:2"));
    assert_eq!(challenged(&refused, "max_age"), None);
    assert_eq!(refused.body, "");
    let by_dpop = refused.challenges().split(" | ").find(|c| c.contains("insufficient")).unwrap().to_owned();
    assert!(by_dpop.starts_with("DPoP "), "{by_dpop}");
    // What asks for nothing of the kind goes on as before.
    let other = rp.tokens("openid profile").await;
    assert_eq!(rp.userinfo(&other.text("access_token")).await.status, StatusCode::OK);

    strongly(&w);
    let access = steps_up(&rp, "openid number", &refused).await;
    let told = rp.userinfo(&access).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.challenges());
    assert!(told.json()["personal_number"].is_string());
    let said = rp.introspect(&access).await;
    assert_eq!(said["acr"], "urn:vn:nd69-2024:auth:2");
    assert_eq!(said["auth_time"], w.now());
}

#[tokio::test]
async fn a_login_gets_too_old_for_a_claim_however_the_token_was_renewed() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &demanding(museum(), Claim::Birthdate, fresh(600))).await;
    strongly(&w);
    let tokens = rp.tokens("openid profile").await;
    assert_eq!(rp.userinfo(&tokens.text("access_token")).await.status, StatusCode::OK);
    w.wait(600);
    let renewed = rp.refresh(&tokens.text("refresh_token")).await;
    assert_eq!(rp.userinfo(&renewed.text("access_token")).await.status, StatusCode::OK);
    // What was told a moment ago is not told again beyond the age.
    w.wait(1);
    let refused = rp.userinfo(&renewed.text("access_token")).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.challenges().starts_with("Bearer "), "{}", refused.challenges());
    assert_eq!(challenged(&refused, "error").as_deref(), Some("insufficient_user_authentication"));
    assert_eq!(challenged(&refused, "max_age").as_deref(), Some("600"));
    let renewed = rp.refresh(&renewed.text("refresh_token")).await;
    assert_eq!(rp.userinfo(&renewed.text("access_token")).await.status, StatusCode::UNAUTHORIZED);

    strongly(&w);
    let access = steps_up(&rp, "openid profile", &refused).await;
    let told = rp.userinfo(&access).await;
    assert_eq!(told.json()["birthdate"], "1990-05-17");
}

#[tokio::test]
async fn a_match_can_demand_a_login_too() {
    let w = World::new().await;
    let both = LoginDemand { max_age_s: Some(300), ..STRONG };
    let rp = Rp::with_key(&w, &demanding(bank(), Claim::IdentityMatch, both)).await;
    weakly(&w);
    let known = json!({ "name": "Nguyễn Văn An" });
    let access = rp.tokens("openid match").await.text("access_token");
    let refused = rp.compare(&access, &known).await;
    assert_eq!(
        (refused.status, refused.error().as_str()),
        (StatusCode::UNAUTHORIZED, "insufficient_user_authentication")
    );
    assert_eq!(challenged(&refused, "acr_values").as_deref(), Some("urn:vn:nd69-2024:auth:2"));
    assert_eq!(challenged(&refused, "max_age").as_deref(), Some("300"));
    assert_eq!(w.count("SELECT count(*) FROM openid.release").await, 0);
    strongly(&w);
    let access = steps_up(&rp, "openid match", &refused).await;
    assert_eq!(rp.compare(&access, &known).await.body, r#"{"match":true}"#);
    // Nobody's business but the match's: userinfo tells nothing of it, and demands nothing for it.
    weakly(&w);
    let access = rp.tokens("openid match").await.text("access_token");
    assert_eq!(rp.userinfo(&access).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_demand_that_nobody_can_meet_is_refused_when_it_is_entered() {
    let w = World::new().await;
    let owner = officer(agency(), 1);
    let never = LoginDemand { strength: Some(LoginStrength::Three), max_age_s: None };
    for login in [never, fresh(59), fresh(86_401)] {
        let (cx, draft) = (&w.cx, demanding(bank(), Claim::Name, login));
        let refused = w.run(async |tx| ops::client_propose(cx, tx, &owner, &draft).await).await;
        let Err(OpenIdError::Invalid(faults)) = refused else { panic!("{login:?} is taken") };
        assert_eq!(faults[0].code, "openid.login_demand");
    }
}

#[tokio::test]
async fn the_metadata_offers_the_logins_that_somebody_can_show_and_no_others() {
    let w = World::new().await;
    let request = axum::http::Request::get("/.well-known/openid-configuration");
    let told = send(&w.app, request.body(axum::body::Body::empty()).unwrap()).await.json();
    assert_eq!(told["acr_values_supported"], json!(["urn:vn:nd69-2024:auth:1", "urn:vn:nd69-2024:auth:2"]));
}
