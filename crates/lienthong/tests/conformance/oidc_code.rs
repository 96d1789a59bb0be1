//! OpenID Connect Basic: the code flow, its tokens and userinfo. Each test has the name of its module.

use serde_json::json;

use crate::{
    http::{self, find, pairs},
    keys,
    party::Kind,
    person::{Does, End},
    scene::Scene,
};

#[tokio::test]
async fn oidcc_server() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask();
    let tokens = rp.tokens(&s.lan, &ask).await;
    assert_eq!(tokens["token_type"], "Bearer");
    assert!(tokens["expires_in"].as_i64() > Some(0));
    let identity = rp.identity(&tokens, &ask);
    let userinfo = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.ok();
    assert_eq!(userinfo["sub"], identity["sub"]);
}

#[tokio::test]
async fn oidcc_server_client_secret_post() {
    let s = Scene::new().await;
    let rp = s.party(Kind::BasicPost).await;
    let ask = rp.ask();
    let tokens = rp.tokens(&s.lan, &ask).await;
    rp.identity(&tokens, &ask);
    // Registered for one way, it is not let in by the other.
    let other = s.party(Kind::Basic).await;
    let ask = other.ask();
    let code = other.code(&s.lan, &ask).await;
    let mut params = other.exchange_params(&ask, &code);
    params.extend(pairs(&[("client_id", &other.id), ("client_secret", other.secret.as_deref().unwrap())]));
    other.http.form(other.at("token_endpoint"), &params, &[]).await.refuses(&["invalid_client"]);
}

#[tokio::test]
async fn oidcc_response_type_missing() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask().without("response_type");
    let end = s.lan.visits(&rp.url(&ask), Does::Stop).await;
    let back = rp.came_back(&end);
    let error = find(&back, "error").unwrap();
    assert!(["invalid_request", "unsupported_response_type"].contains(&error), "{error}");
    assert_eq!(find(&back, "state"), Some(ask.get("state")));
}

#[tokio::test]
async fn oidcc_idtoken_signature() {
    let s = Scene::new().await;
    let mut draft = s.draft(Kind::Basic);
    draft.messages.id_token = openid::model::SigningAlg::Rs256;
    for (draft, alg) in [(draft, "RS256"), (s.draft(Kind::Basic), "ES256")] {
        let rp = s.enters(Kind::Basic, draft).await;
        // The key for RS256 is made when the first client needs it.
        let jwks = rp.http.get(rp.at("jwks_uri"), &[]).await.ok();
        let ask = rp.ask();
        let tokens = rp.tokens(&s.lan, &ask).await;
        let (header, claims) = keys::verified(tokens["id_token"].as_str().unwrap(), &jwks);
        assert_eq!(header["alg"], alg);
        assert!(header["kid"].is_string());
        assert_eq!(claims["aud"], rp.id);
    }
}

#[tokio::test]
async fn oidcc_idtoken_unsigned() {
    let s = Scene::new().await;
    for list in [
        "id_token_signing_alg_values_supported",
        "userinfo_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
        "token_endpoint_auth_signing_alg_values_supported",
    ] {
        let values = s.meta[list].as_array().cloned().unwrap_or_default();
        assert!(!values.contains(&json!("none")), "{list}: {values:?}");
    }
}

#[tokio::test]
async fn oidcc_userinfo_get() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let tokens = rp.tokens(&s.lan, &rp.ask().with("scope", "openid profile")).await;
    let access = tokens["access_token"].as_str().unwrap();
    let answer = rp.userinfo(access).await;
    assert_eq!(answer.ok()["name"], s.lan.citizen.name);
    assert!(answer.header("content-type").starts_with("application/json"));
    let none = rp.http.get(rp.at("userinfo_endpoint"), &[]).await;
    assert_eq!(none.status.as_u16(), 401);
    assert!(!none.header("www-authenticate").is_empty());
}

#[tokio::test]
async fn oidcc_userinfo_post_header() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let tokens = rp.tokens(&s.lan, &rp.ask().with("scope", "openid profile")).await;
    let access = tokens["access_token"].as_str().unwrap();
    let answer = rp.resource_by(&rp.dpop, "POST", "userinfo_endpoint", access, "Bearer").await;
    assert_eq!(answer.ok()["name"], s.lan.citizen.name);
}

#[tokio::test]
async fn oidcc_userinfo_post_body() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let tokens = rp.tokens(&s.lan, &rp.ask().with("scope", "openid profile")).await;
    let params = pairs(&[("access_token", tokens["access_token"].as_str().unwrap())]);
    let answer = rp.http.form(rp.at("userinfo_endpoint"), &params, &[]).await;
    assert_eq!(answer.ok()["name"], s.lan.citizen.name);
}

#[tokio::test]
async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask().without("nonce");
    let tokens = rp.tokens(&s.lan, &ask).await;
    assert!(rp.identity(&tokens, &ask).get("nonce").is_none());
}

#[tokio::test]
async fn oidcc_codereuse() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask();
    let code = rp.code(&s.lan, &ask).await;
    rp.exchange(&ask, &code).await.ok();
    rp.exchange(&ask, &code).await.refuses(&["invalid_grant"]);
}

#[tokio::test]
async fn oidcc_codereuse_30seconds() {
    let s = Scene::alone().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask();
    let code = rp.code(&s.lan, &ask).await;
    let tokens = rp.exchange(&ask, &code).await.ok();
    let access = tokens["access_token"].as_str().unwrap();
    rp.userinfo(access).await.ok();
    s.server.waits(30);
    rp.exchange(&ask, &code).await.refuses(&["invalid_grant"]);
    // What came of the code ends with its second use (RFC 6749 section 4.1.2).
    assert_eq!(rp.userinfo(access).await.status.as_u16(), 401);
}

#[tokio::test]
async fn oidcc_ensure_registered_redirect_uri() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    for wrong in [
        format!("{}/more", rp.redirect_uri),
        format!("{}?x=1", rp.redirect_uri),
        "https://evil.example/cb".to_owned(),
    ] {
        let end = s.lan.visits(&rp.url(&rp.ask().with("redirect_uri", &wrong)), Does::Stop).await;
        end.is_refused_here();
    }
}

#[tokio::test]
async fn oidcc_ensure_post_request_succeeds() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask();
    let end = s.lan.posts(rp.at("authorization_endpoint"), &ask.params(), Does::Allow).await;
    let back = rp.came_back(&end);
    let tokens = rp.exchange(&ask, find(&back, "code").expect("a code")).await.ok();
    rp.identity(&tokens, &ask);
}

#[tokio::test]
async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask().with("request_uri", "https://rp.example.vn/request.jwt");
    let end = s.lan.visits(&rp.url(&ask), Does::Allow).await;
    // Nothing is fetched from the address: either the page says so, or the client learns it.
    if matches!(end, End::Page(_)) {
        end.is_refused_here();
    } else {
        let back = rp.came_back(&end);
        let error = find(&back, "error").unwrap();
        assert!(["request_uri_not_supported", "invalid_request_uri"].contains(&error), "{error}");
    }
}

#[tokio::test]
async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask();
    let (mut header, claims) = rp.object_parts(&ask);
    header["alg"] = json!("none");
    let object = rp.key.sign(&header, &claims);
    let end = s.lan.visits(&rp.url(&ask.clone().with("request", &object)), Does::Allow).await;
    if matches!(end, End::Page(_)) {
        end.is_refused_here();
    } else {
        let error = find(&rp.came_back(&end), "error").map(str::to_owned).unwrap();
        assert!(["request_not_supported", "invalid_request_object"].contains(&error.as_str()), "{error}");
    }
}

#[tokio::test]
async fn oidcc_ensure_request_object_with_redirect_uri() {
    let s = Scene::new().await;
    let mut draft = s.draft(Kind::Basic);
    let other = draft.redirect_uris[0].replace("/cb", "/other");
    draft.redirect_uris.push(other.clone());
    let key = keys::Key::p256();
    let jwks = json!({ "keys": [key.registered("ES256")] });
    draft.authentication = openid::Authentication::PrivateKeyJwt;
    let rp = s.enters_with(Kind::Basic, draft, key, jwks).await;
    // The address in the signed request counts, and not the one beside it.
    let ask = rp.ask();
    let object = rp.object(&ask);
    let outside = ask.clone().with("redirect_uri", &other).with("request", &object);
    let end = s.lan.visits(&rp.url(&outside), Does::Allow).await;
    assert!(find(&rp.came_back(&end), "code").is_some());
}

#[tokio::test]
async fn oidcc_refresh_token() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask().with("scope", "openid offline_access").with("prompt", "consent");
    let code = rp.code_when(&s.lan, &ask, Does::AllowAway).await;
    let first = rp.exchange(&ask, &code).await.ok();
    let before = rp.identity(&first, &ask);
    let answer = rp.refresh(first["refresh_token"].as_str().expect("a refresh token")).await;
    let second = answer.ok();
    assert_ne!(first["access_token"], second["access_token"]);
    if second["id_token"].is_string() {
        let (_, after) = keys::verified(second["id_token"].as_str().unwrap(), &rp.jwks);
        for same in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(before[same], after[same], "{same}");
        }
    }
    rp.userinfo(second["access_token"].as_str().unwrap()).await.ok();
    // Another client has no use for it.
    let other = s.party(Kind::Basic).await;
    other.refresh(second["refresh_token"].as_str().unwrap()).await.refuses(&["invalid_grant"]);
}

#[tokio::test]
async fn oidcc_ensure_request_with_valid_pkce_succeeds() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask();
    rp.tokens(&s.lan, &ask).await;
    // A verifier that does not fit is refused.
    let ask = rp.ask();
    let code = rp.code(&s.lan, &ask).await;
    let mut wrong = ask.clone();
    wrong.verifier = keys::random();
    rp.exchange(&wrong, &code).await.refuses(&["invalid_grant"]);
}

#[tokio::test]
async fn oidcc_config_certification() {
    let s = Scene::new().await;
    let meta = &s.meta;
    assert_eq!(meta["issuer"], s.server.issuer);
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
        assert!(meta[name].as_str().is_some_and(|url| url.starts_with(&s.server.issuer)), "{name}");
    }
    for (name, value) in [
        ("response_types_supported", "code"),
        ("subject_types_supported", "pairwise"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("scopes_supported", "openid"),
        ("claims_supported", "sub"),
    ] {
        assert!(
            meta[name].as_array().is_some_and(|all| all.contains(&json!(value))),
            "{name}: {}",
            meta[name]
        );
    }
    let kids: Vec<_> = s.jwks["keys"].as_array().unwrap().iter().map(|k| k["kid"].clone()).collect();
    assert!(!kids.is_empty());
    for key in s.jwks["keys"].as_array().unwrap() {
        assert!(key.get("d").is_none() && key.get("p").is_none(), "a private key is published");
        assert_eq!(kids.iter().filter(|kid| **kid == key["kid"]).count(), 1);
    }
    let elsewhere = http::query(s.server.issuer.as_str());
    assert!(elsewhere.is_empty(), "an issuer has no query");
}
