//! FAPI 2.0: the token endpoint. Codes count once, for their client, for a minute; refresh tokens stay with their key.

use serde_json::json;

use crate::{
    fapi2_flow::BOTH,
    http::pairs,
    keys::Key,
    party::{Kind, Party},
    person::Does,
    scene::Scene,
};

#[tokio::test]
async fn fapi2_security_profile_final_ensure_client_id_in_token_endpoint() {
    for kind in BOTH {
        let s = Scene::new().await;
        let (rp, other) = (s.party(kind).await, s.party(kind).await);
        let ask = rp.ask();
        let code = rp.code(&s.lan, &ask).await;
        // The name of the second client, signed by the first.
        let params = rp.exchange_params(&ask, &code);
        let params = rp.asserted(params, &rp.signed(&other.assertion()));
        let proof = rp.proof(&rp.dpop, "POST", rp.at("token_endpoint"), None);
        let answer = rp.http.form(rp.at("token_endpoint"), &params, &[("dpop", &proof)]).await;
        answer.refuses(&["invalid_client", "invalid_request"]);
        // A name beside the assertion that is not the assertion's.
        let mut params = rp.exchange_params(&ask, &code);
        params.extend(pairs(&[("client_id", &other.id)]));
        rp.token(params).await.refuses(&["invalid_client", "invalid_request"]);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_authorization_code_is_bound_to_client() {
    for kind in BOTH {
        let s = Scene::new().await;
        let (rp, other) = (s.party(kind).await, s.party(kind).await);
        let ask = rp.ask();
        let code = rp.code(&s.lan, &ask).await;
        let answer = other.token(rp.exchange_params(&ask, &code)).await;
        answer.refuses(&["invalid_grant"]);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_attempt_reuse_authorization_code_after_one_second() {
    let s = Scene::alone().await;
    for kind in BOTH {
        let rp = s.party(kind).await;
        let ask = rp.ask();
        let code = rp.code(&s.lan, &ask).await;
        let tokens = rp.exchange(&ask, &code).await.ok();
        s.server.waits(1);
        rp.exchange(&ask, &code).await.refuses(&["invalid_grant"]);
        let dead = rp.userinfo(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(dead.status.as_u16(), 401, "what came of a code that was used twice has ended");
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_token_endpoint_fails_with_expired_auth_code() {
    let s = Scene::alone().await;
    for kind in BOTH {
        let rp = s.party(kind).await;
        let ask = rp.ask();
        let code = rp.code(&s.lan, &ask).await;
        s.server.waits(61);
        rp.exchange(&ask, &code).await.refuses(&["invalid_grant"]);
    }
}

/// Somebody allows a client to go on while they are away; gives the refresh token.
async fn going_on(s: &Scene, rp: &Party) -> String {
    let ask = rp.ask().with("scope", "openid offline_access").with("prompt", "consent");
    let code = rp.code_when(&s.lan, &ask, Does::AllowAway).await;
    let tokens = rp.exchange(&ask, &code).await.ok();
    tokens["refresh_token"].as_str().expect("a refresh token").to_owned()
}

#[tokio::test]
async fn fapi2_security_profile_final_refresh_token() {
    let s = Scene::alone().await;
    for kind in BOTH {
        let (rp, other) = (s.party(kind).await, s.party(kind).await);
        let first = going_on(&s, &rp).await;
        let next = rp.refresh(&first).await.ok();
        rp.userinfo(next["access_token"].as_str().unwrap()).await.ok();
        // The answer may have been lost on its way: half a minute later the token before is good once more.
        s.server.waits(30);
        rp.refresh(&first).await.ok();

        let of_other = going_on(&s, &other).await;
        let params = pairs(&[("grant_type", "refresh_token"), ("refresh_token", &of_other)]);
        let codes = ["invalid_grant", "invalid_request", "invalid_client", "invalid_dpop_proof"];
        other.call("token_endpoint", params.clone()).await.refuses(&codes);
        rp.token(params).await.refuses(&["invalid_grant"]);
    }
}

#[tokio::test]
async fn fapi2_refresh_tokens_stay_with_their_key() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let token = going_on(&s, &rp).await;
    let params = pairs(&[("grant_type", "refresh_token"), ("refresh_token", &token)]);
    rp.token_by(&Key::p256(), params).await.refuses(&["invalid_grant", "invalid_dpop_proof"]);
}

#[tokio::test]
async fn fapi2_client_credentials_have_no_person_and_no_refresh() {
    let s = Scene::new().await;
    let mut draft = s.draft(Kind::Fapi2);
    draft.grants.push(openid::GrantType::ClientCredentials);
    draft.api_scopes = vec!["dossier.read".to_owned()];
    let rp = s.enters(Kind::Fapi2, draft).await;
    let params = pairs(&[("grant_type", "client_credentials"), ("scope", "dossier.read")]);
    let tokens = rp.token(params).await.ok();
    assert_eq!(tokens["token_type"], "DPoP");
    assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none(), "{tokens}");
    let (header, claims) = crate::keys::verified(tokens["access_token"].as_str().unwrap(), &rp.jwks);
    assert_eq!(header["typ"], "at+jwt", "RFC 9068");
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(rp.id), &json!(rp.id)));
    assert_eq!(claims["cnf"]["jkt"], rp.dpop.thumbprint());
    // Nobody stands behind it, so there is nobody to tell of.
    let answer = rp.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
    // A client that is not registered for the grant does not get it.
    let plain = s.party(Kind::Fapi2).await;
    let params = pairs(&[("grant_type", "client_credentials")]);
    plain.token(params).await.refuses(&["unauthorized_client"]);
}

#[tokio::test]
async fn grants_that_nobody_should_use_do_not_exist() {
    let s = Scene::new().await;
    for kind in [Kind::Fapi2, Kind::Basic] {
        let rp = s.party(kind).await;
        let password =
            pairs(&[("grant_type", "password"), ("username", &s.lan.citizen.number), ("password", "x")]);
        rp.token(password).await.refuses(&["unsupported_grant_type"]);
        rp.token(pairs(&[("grant_type", "implicit")])).await.refuses(&["unsupported_grant_type"]);
        rp.token(pairs(&[("code", "x")])).await.refuses(&["invalid_request"]);
    }
}

#[tokio::test]
async fn a_token_is_introspected_by_who_it_is_meant_for_and_by_nobody_else() {
    let s = Scene::new().await;
    let (rp, other) = (s.party(Kind::Fapi2).await, s.party(Kind::Fapi2).await);
    let tokens = rp.tokens(&s.lan, &rp.ask()).await;
    let access = tokens["access_token"].as_str().unwrap();
    let told = rp.introspect(access).await.ok();
    assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!(rp.id)));
    assert_eq!(told["cnf"]["jkt"], rp.dpop.thumbprint());
    assert_eq!(other.introspect(access).await.ok(), json!({ "active": false }));
    assert_eq!(rp.introspect("nonsense").await.ok(), json!({ "active": false }));
    let nobody = rp.http.form(rp.at("introspection_endpoint"), &pairs(&[("token", access)]), &[]).await;
    nobody.refuses(&["invalid_client"]);
}

#[tokio::test]
async fn a_revoked_grant_is_dead_at_once() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let ask = rp.ask().with("scope", "openid offline_access").with("prompt", "consent");
    let code = rp.code_when(&s.lan, &ask, Does::AllowAway).await;
    let tokens = rp.exchange(&ask, &code).await.ok();
    let (access, refresh) =
        (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    // Somebody else's word ends nothing, and tells nothing.
    let other = s.party(Kind::Fapi2).await;
    other.revoke(refresh).await;
    rp.userinfo(access).await.ok();
    assert_eq!(rp.revoke(refresh).await.status.as_u16(), 200);
    rp.refresh(refresh).await.refuses(&["invalid_grant"]);
    assert_eq!(rp.userinfo(access).await.status.as_u16(), 401);
    assert_eq!(rp.introspect(access).await.ok(), json!({ "active": false }));
    assert_eq!(rp.revoke("nonsense").await.status.as_u16(), 200, "RFC 7009 section 2.2");
}
