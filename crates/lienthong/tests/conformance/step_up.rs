//! An interface wants a stronger or a more recent login than a token came of; the client sends the person to sign in as the
//! challenge says, and is told (RFC 9470).

use axum::http::StatusCode;
use contracts::LoginStrength;
use openid::{Claim, login_demand::LoginDemand};

use crate::{
    http::{Answer, find},
    keys,
    party::{Ask, Kind, Party},
    person::{Does, End},
    scene::Scene,
};

/// A client of which one claim demands something of the login.
async fn demanding(s: &Scene, kind: Kind, login: LoginDemand) -> Party {
    let mut draft = s.draft(kind);
    draft
        .claims
        .iter_mut()
        .filter(|right| right.claim == Claim::Birthdate)
        .for_each(|right| right.login = login);
    s.enters(kind, draft).await
}

/// The challenges of an answer that refuses for want of a login.
#[track_caller]
fn challenged(answer: &Answer, scheme: &str) -> String {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text());
    let all = answer.headers.get_all("www-authenticate").iter().map(|value| value.to_str().unwrap());
    let ours = all.filter(|value| value.contains("insufficient_user_authentication")).collect::<Vec<_>>();
    assert!(ours.len() == 1 && ours[0].starts_with(scheme), "{:?}", answer.headers);
    ours[0].to_owned()
}

fn parameter(challenge: &str, name: &str) -> Option<String> {
    let (_, rest) = challenge.split_once(&format!("{name}=\""))?;
    rest.split('"').next().map(str::to_owned)
}

/// The request once more, with what the challenge asks for.
fn again(rp: &Party, challenge: &str) -> Ask {
    ["acr_values", "max_age"].into_iter().fold(rp.ask().with("scope", "openid profile"), |ask, name| {
        match parameter(challenge, name) {
            Some(value) => ask.with(name, &value),
            None => ask,
        }
    })
}

#[tokio::test]
async fn a_client_brings_the_stronger_login_that_an_interface_asked_for() {
    let demand = LoginDemand { strength: Some(LoginStrength::Two), max_age_s: None };
    for kind in [Kind::Fapi2, Kind::Basic] {
        let s = Scene::new().await;
        let rp = demanding(&s, kind, demand).await;
        // With a password alone, which is all that there is.
        let tokens = rp.tokens(&s.lan, &rp.ask().with("scope", "openid profile")).await;
        let access = tokens["access_token"].as_str().unwrap();
        let (_, claims) = keys::verified(access, &rp.jwks);
        assert_eq!(claims["acr"], "urn:vn:nd69-2024:auth:1");
        let scheme = if kind == Kind::Basic { "Bearer " } else { "DPoP " };
        let challenge = challenged(&rp.userinfo(access).await, scheme);
        assert_eq!(parameter(&challenge, "acr_values").as_deref(), Some("urn:vn:nd69-2024:auth:2"));
        assert_eq!(parameter(&challenge, "max_age"), None);

        let ask = again(&rp, &challenge);
        let End::Page(page) = s.lan.visits(&rp.begins(&ask).await, Does::Allow).await else {
            panic!("one factor is enough");
        };
        let end = s.lan.adds_an_app(&page, s.server.now(), Does::Allow).await;
        let back = rp.came_back(&end);
        let tokens = rp.exchange(&ask, find(&back, "code").expect("a code")).await.ok();
        assert_eq!(rp.identity(&tokens, &ask)["acr"], "urn:vn:nd69-2024:auth:2");
        let access = tokens["access_token"].as_str().unwrap();
        let (_, claims) = keys::verified(access, &rp.jwks);
        assert_eq!(
            (&claims["acr"], &claims["auth_time"]),
            (&"urn:vn:nd69-2024:auth:2".into(), &rp.now().into())
        );
        assert_eq!(rp.userinfo(access).await.ok()["birthdate"], "1990-05-17");
    }
}

#[tokio::test]
async fn a_client_brings_the_recent_login_that_an_interface_asked_for() {
    let s = Scene::alone().await;
    let rp = demanding(&s, Kind::Fapi2, LoginDemand { strength: None, max_age_s: Some(300) }).await;
    let ask = rp.ask().with("scope", "openid profile offline_access").with("prompt", "consent");
    let code = rp.code_when(&s.lan, &ask, Does::AllowAway).await;
    let tokens = rp.exchange(&ask, &code).await.ok();
    assert_eq!(rp.userinfo(tokens["access_token"].as_str().unwrap()).await.ok()["birthdate"], "1990-05-17");

    // A newer token does not make the login newer.
    s.server.waits(301);
    let tokens = rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.ok();
    let challenge = challenged(&rp.userinfo(tokens["access_token"].as_str().unwrap()).await, "DPoP ");
    assert_eq!(parameter(&challenge, "max_age").as_deref(), Some("300"));
    assert_eq!(parameter(&challenge, "acr_values"), None);

    assert_eq!(s.lan.sign_ins(), 1);
    let ask = again(&rp, &challenge);
    let tokens = rp.tokens(&s.lan, &ask).await;
    assert_eq!(s.lan.sign_ins(), 2, "signed in again, in the same session");
    assert_eq!(rp.identity(&tokens, &ask)["auth_time"], rp.now());
    assert_eq!(rp.userinfo(tokens["access_token"].as_str().unwrap()).await.ok()["birthdate"], "1990-05-17");
}
