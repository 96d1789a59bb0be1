//! What everybody may read: metadata and public keys; and the whole flow once, as a bank would go it.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::json;

use crate::{
    rp::{Rp, claims_of, send},
    world::{AN, ISSUER, World, bank, museum},
};

#[tokio::test]
async fn metadata_and_keys_are_for_everybody_and_may_be_cached() {
    let w = World::new().await;
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let told = send(&w.app, Request::get(path).body(Body::empty()).unwrap()).await;
        let metadata = told.json();
        assert_eq!(metadata["issuer"], ISSUER);
        assert_eq!(metadata["response_types_supported"], json!(["code"]));
        assert_eq!(metadata["subject_types_supported"], json!(["pairwise"]));
        for endpoint in ["authorization", "token", "userinfo", "introspection", "revocation"] {
            let url = metadata[format!("{endpoint}_endpoint")].as_str().unwrap();
            assert!(url.starts_with(ISSUER), "{url}");
        }
        let grants = metadata["grant_types_supported"].to_string();
        assert!(!grants.contains("password") && !grants.contains("implicit"));
        for (name, algorithms) in metadata.as_object().unwrap().iter().filter(|(n, _)| n.contains("_alg_")) {
            assert!(!algorithms.to_string().contains("none"), "{name}");
        }
    }
    let told = send(&w.app, Request::get("/jwks.json").body(Body::empty()).unwrap()).await;
    assert_eq!(told.headers[header::CACHE_CONTROL], "public, max-age=300");
    let keys = told.json()["keys"].as_array().unwrap().clone();
    // One that signs, and one that clients shall know before it does.
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().all(|k| k["alg"] == "ES256" && k.get("d").is_none() && k["kid"].is_string()));
}

#[tokio::test]
async fn a_bank_signs_somebody_in_and_learns_what_they_allowed() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let mut ask = rp.ask("openid profile");
    let claims = json!({ "userinfo": { "age_over_18": { "essential": true },
        "resident_of": { "values": ["79", "01", "26740", "00004"] } }, "id_token": { "gender": null } });
    ask.push(("claims", claims.to_string()));
    let at = rp.authorize(&ask).await;
    assert_eq!(at.status, StatusCode::SEE_OTHER);
    let address = rp.agree(&at).await;
    assert!(address.starts_with("https://bank.example/cb?code="), "{address}");
    assert_eq!(crate::rp::param(&address, "state").as_deref(), Some("the-state"));
    assert_eq!(crate::rp::param(&address, "iss").as_deref(), Some(ISSUER));

    let code = crate::rp::param(&address, "code").unwrap();
    let told = rp.exchange(&code).await;
    let tokens = told.json();
    assert_eq!(told.status, StatusCode::OK, "{tokens}");
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("DPoP"), &json!(300)));
    assert_eq!(told.headers[header::CACHE_CONTROL], "no-store");
    let access = tokens["access_token"].as_str().unwrap();
    let access_claims = claims_of(&w.app, access).await;
    let thumbprint = jose::Signer::public_jwk(rp.dpop.as_ref().unwrap()).thumbprint().to_string();
    assert_eq!(access_claims["cnf"]["jkt"], json!(thumbprint));
    assert_eq!((&access_claims["iss"], &access_claims["aud"]), (&json!(ISSUER), &json!(ISSUER)));
    let id = claims_of(&w.app, tokens["id_token"].as_str().unwrap()).await;
    assert_eq!((&id["aud"], &id["nonce"]), (&json!(rp.id.to_string()), &json!("the-nonce")));
    assert_eq!((&id["acr"], &id["sub"]), (&json!("urn:vn:nd69-2024:auth:3"), &access_claims["sub"]));
    assert_eq!(id["amr"], json!(["hwk", "mfa", "user"]));
    assert_eq!(id["gender"], "male");
    assert_eq!(id.get("name"), None);

    let info = rp.userinfo(access).await.json();
    assert_eq!(info["sub"], id["sub"]);
    assert_eq!((&info["name"], &info["birthdate"]), (&json!("Nguyễn Văn An"), &json!("1990-05-17")));
    assert_eq!((&info["age_over_18"], &info["resident_of"]), (&json!(true), &json!(["79", "26740"])));
    assert_eq!(info.get("personal_number"), None);
    assert!(w.errors.take().is_empty());
}

#[tokio::test]
async fn a_plain_library_signs_somebody_in_with_code_and_secret() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    w.sign_in(AN);
    let tokens = rp.tokens("openid profile").await.json();
    assert_eq!(tokens["token_type"], "Bearer");
    let info = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!(info["name"], "Nguyễn Văn An");
    let refreshed = rp.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
}

#[tokio::test]
async fn two_relying_parties_cannot_compare_whom_they_know() {
    let w = World::new().await;
    w.sign_in(AN);
    let mut subjects = Vec::new();
    for host in ["bank.example", "other.example"] {
        let mut draft = bank();
        draft.redirect_uris = vec![format!("https://{host}/cb")];
        let rp = Rp::with_key(&w, &draft).await;
        for _ in 0..2 {
            let tokens = rp.tokens("openid").await.json();
            let id = claims_of(&w.app, tokens["id_token"].as_str().unwrap()).await;
            subjects.push(id["sub"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(subjects[0], subjects[1]);
    assert_eq!(subjects[2], subjects[3]);
    assert_ne!(subjects[0], subjects[2]);
    assert!(subjects.iter().all(|s| !s.contains(&AN.to_string())));
}

#[test]
fn clients_with_certificates_find_the_other_names_of_the_endpoints() {
    let told = |mtls| -> serde_json::Value {
        serde_json::from_slice(&openid::http::discovery::document(ISSUER, mtls)).unwrap()
    };
    let aliases = told(Some("https://mtls.id.test"))["mtls_endpoint_aliases"].clone();
    assert_eq!(aliases["token_endpoint"], "https://mtls.id.test/token");
    assert_eq!(aliases["backchannel_authentication_endpoint"], "https://mtls.id.test/bc-authorize");
    assert_eq!(told(None).get("mtls_endpoint_aliases"), None);
}
