//! FAPI 2.0: the flow as a well-behaved client goes it, and what a request may leave out or say twice.
//!
//! The modules of the Security Profile run here with plain requests and answers, those of Message Signing with signed ones:
//! every test goes both ways where both exist.

use serde_json::json;

use crate::{
    http::{find, pairs, with_query},
    keys::{self, random},
    party::{Kind, Party},
    person::{Does, End},
    scene::Scene,
};

pub const BOTH: [Kind; 2] = [Kind::Fapi2, Kind::Signed];

/// Whether the metadata lists a value.
fn lists(scene: &Scene, name: &str, value: &str) -> bool {
    scene.meta[name].as_array().is_some_and(|all| all.contains(&json!(value)))
}

#[tokio::test]
async fn fapi2_security_profile_final_discovery_end_point_verification() {
    let s = Scene::new().await;
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "pushed_authorization_request_endpoint",
        "jwks_uri",
        "introspection_endpoint",
        "revocation_endpoint",
    ] {
        assert!(s.meta[name].as_str().is_some_and(|url| url.starts_with(&s.server.issuer)), "{name}");
    }
    assert_eq!(s.meta["authorization_response_iss_parameter_supported"], true);
    for (name, value) in [
        ("code_challenge_methods_supported", "S256"),
        ("token_endpoint_auth_methods_supported", "private_key_jwt"),
        ("dpop_signing_alg_values_supported", "ES256"),
        ("token_endpoint_auth_signing_alg_values_supported", "PS256"),
        ("request_object_signing_alg_values_supported", "ES256"),
        ("authorization_signing_alg_values_supported", "ES256"),
        ("response_modes_supported", "jwt"),
        ("grant_types_supported", "authorization_code"),
    ] {
        assert!(lists(&s, name, value), "{name} lacks {value}: {}", s.meta[name]);
    }
    for (name, value) in [
        ("code_challenge_methods_supported", "plain"),
        ("dpop_signing_alg_values_supported", "none"),
        ("response_types_supported", "token"),
        ("grant_types_supported", "password"),
        ("grant_types_supported", "implicit"),
    ] {
        assert!(!lists(&s, name, value), "{name} has {value}");
    }
}

/// Tokens and what they open, for one client.
async fn works(scene: &Scene, rp: &Party) -> String {
    let ask = rp.ask();
    let tokens = rp.tokens(&scene.lan, &ask).await;
    let identity = rp.identity(&tokens, &ask);
    let access = tokens["access_token"].as_str().unwrap().to_owned();
    assert_eq!(rp.userinfo(&access).await.ok()["sub"], identity["sub"]);
    access
}

#[tokio::test]
async fn fapi2_security_profile_final_happy_flow() {
    for kind in BOTH {
        let s = Scene::new().await;
        let (first, second) = (s.party(kind).await, s.party(kind).await);
        let token = works(&s, &first).await;
        works(&s, &second).await;
        // The key of one client does not carry the token of the other.
        let stolen = second.userinfo(&token).await;
        assert_eq!(stolen.status.as_u16(), 401, "{}", stolen.text());
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_user_rejects_authentication() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask();
        let back = rp.came_back(&s.lan.visits(&rp.begins(&ask).await, Does::Refuse).await);
        assert_eq!(find(&back, "error"), Some("access_denied"));
        assert_eq!(find(&back, "state"), Some(ask.get("state")));
        assert_eq!(find(&back, "code"), None);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_authorization_request_without_state_success() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask().without("state");
        let back = rp.came_back(&s.lan.visits(&rp.begins(&ask).await, Does::Allow).await);
        assert_eq!(find(&back, "state"), None);
        rp.exchange(&ask, find(&back, "code").expect("a code")).await.ok();
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_authorization_request_without_nonce_success() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask().without("nonce");
        let tokens = rp.tokens(&s.lan, &ask).await;
        assert!(rp.identity(&tokens, &ask).get("nonce").is_none());
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_authorization_request_with_64_char_nonce_success() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask().with("nonce", &random().repeat(2)[..64]);
        let tokens = rp.tokens(&s.lan, &ask).await;
        assert_eq!(rp.identity(&tokens, &ask)["nonce"], ask.get("nonce"));
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_other_scope_order_succeeds() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask().with("scope", "profile openid");
        let tokens = rp.tokens(&s.lan, &ask).await;
        rp.identity(&tokens, &ask);
        let userinfo = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.ok();
        assert_eq!(userinfo["name"], s.lan.citizen.name);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_test_claims_parameter_identity_claims() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let claims = json!({
            "id_token": { "age_over_18": { "essential": true } },
            "userinfo": { "name": { "essential": true }, "birthdate": null },
        });
        let ask = rp.ask().with("claims", &claims.to_string());
        let tokens = rp.tokens(&s.lan, &ask).await;
        assert_eq!(rp.identity(&tokens, &ask)["age_over_18"], true);
        let userinfo = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.ok();
        assert_eq!(
            (&userinfo["name"], &userinfo["birthdate"]),
            (&json!(s.lan.citizen.name), &json!("1990-05-17"))
        );
        assert!(userinfo.get("gender").is_none(), "not asked for");
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_access_token_type_header_case_sensitivity() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let tokens = rp.tokens(&s.lan, &rp.ask()).await;
        let access = tokens["access_token"].as_str().unwrap();
        for scheme in ["dpop", "DPOP", "dPoP"] {
            rp.resource_by(&rp.dpop, "GET", "userinfo_endpoint", access, scheme).await.ok();
        }
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_different_nonce_inside_and_outside_request_object() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask();
        let url = format!("{}&nonce=other", rp.authorize(&rp.pushed(&ask).await));
        let end = s.lan.visits(&url, Does::Allow).await;
        if matches!(end, End::Page(_)) {
            end.is_refused_here();
            continue;
        }
        let tokens = rp.exchange(&ask, find(&rp.came_back(&end), "code").expect("a code")).await.ok();
        assert_eq!(rp.identity(&tokens, &ask)["nonce"], ask.get("nonce"), "the pushed nonce counts");
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_different_state_inside_and_outside_request_object() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask();
        let url = format!("{}&state=other", rp.authorize(&rp.pushed(&ask).await));
        let end = s.lan.visits(&url, Does::Allow).await;
        if matches!(end, End::Page(_)) {
            end.is_refused_here();
            continue;
        }
        assert_eq!(find(&rp.came_back(&end), "state"), Some(ask.get("state")), "the pushed state counts");
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_state_only_outside_request_object_not_used() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask().without("state");
        let url = format!("{}&state=outside", rp.authorize(&rp.pushed(&ask).await));
        let end = s.lan.visits(&url, Does::Allow).await;
        assert_eq!(find(&rp.came_back(&end), "state"), None, "nobody vouched for it");
    }
}

/// Long values come back whole, or the request is refused in the protocol's words.
async fn long(name: &str, chars: usize) {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask().with(name, &"x".repeat(chars));
        let pushed = rp.push(&ask).await;
        if !pushed.status.is_success() {
            pushed.refuses(&["invalid_request", "invalid_request_object"]);
            continue;
        }
        let tokens = rp.tokens(&s.lan, &ask).await;
        rp.identity(&tokens, &ask);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_authorization_request_with_long_nonce() {
    long("nonce", 384).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_authorization_request_with_long_state() {
    long("state", 384).await;
    // Far too long is refused, and not cut.
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    rp.push(&rp.ask().with("state", &"x".repeat(5_000))).await.refuses(&["invalid_request"]);
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_unsigned_authorization_request_without_using_par_fails() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let end = s.lan.visits(&rp.url(&rp.ask()), Does::Allow).await;
        if matches!(end, End::Page(_)) {
            end.is_refused_here();
        } else {
            let back = rp.came_back(&end);
            let error = find(&back, "error").expect("an error");
            assert!(["invalid_request", "invalid_request_object"].contains(&error), "{error}");
            assert_eq!(find(&back, "code"), None);
        }
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_holder_of_key_required() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask();
        let code = rp.code(&s.lan, &ask).await;
        let answer = rp.call("token_endpoint", rp.exchange_params(&ask, &code)).await;
        answer.refuses(&["invalid_request", "invalid_dpop_proof"]);
        let tokens = rp.exchange(&ask, &code).await.ok();
        // Nor is the token good as a bearer's.
        let access = tokens["access_token"].as_str().unwrap();
        let bearer = format!("Bearer {access}");
        let answer = rp.http.get(rp.at("userinfo_endpoint"), &[("authorization", &bearer)]).await;
        assert_eq!(answer.status.as_u16(), 401);
    }
}

#[tokio::test]
async fn fapi2_message_signing_answers_are_signed_whatever_mode_is_asked_for() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Signed).await;
    for mode in ["jwt", "query.jwt", "form_post.jwt"] {
        let ask = rp.ask().with("response_mode", mode);
        let end = s.lan.visits(&rp.begins(&ask).await, Does::Allow).await;
        assert_eq!(matches!(end, End::Posted(..)), mode == "form_post.jwt", "{mode}: {end:?}");
        assert!(find(&rp.came_back(&end), "code").is_some());
    }
    for mode in ["query", "form_post", "fragment"] {
        let refused = rp.push(&rp.ask().with("response_mode", mode)).await;
        refused.refuses(&["invalid_request", "unsupported_response_mode"]);
    }
}

#[tokio::test]
async fn fapi2_message_signing_userinfo_and_introspection_are_signed_for_who_wants_it() {
    let s = Scene::new().await;
    let mut draft = s.draft(Kind::Signed);
    draft.messages.userinfo = true;
    draft.messages.introspection = true;
    let rp = s.enters(Kind::Signed, draft).await;
    let ask = rp.ask().with("scope", "openid profile");
    let tokens = rp.tokens(&s.lan, &ask).await;
    let access = tokens["access_token"].as_str().unwrap();
    let answer = rp.userinfo(access).await;
    assert!(answer.header("content-type").starts_with("application/jwt"), "{:?}", answer.headers);
    let (_, claims) = keys::verified(&answer.text(), &rp.jwks);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(rp.issuer()), &json!(rp.id)));
    assert_eq!(claims["name"], s.lan.citizen.name);

    let (params, url) = (pairs(&[("token", access)]), rp.at("introspection_endpoint"));
    let params = rp.asserted(params, &rp.signed(&rp.assertion()));
    let accept = [("accept", "application/token-introspection+jwt")];
    let answer = rp.http.form(url, &params, &accept).await;
    assert!(
        answer.header("content-type").starts_with("application/token-introspection+jwt"),
        "{:?} {}",
        answer.headers,
        answer.text()
    );
    let (header, claims) = keys::verified(&answer.text(), &rp.jwks);
    assert_eq!(header["typ"], "token-introspection+jwt");
    assert_eq!(claims["aud"], rp.id);
    assert_eq!(claims["token_introspection"]["active"], true);
}

#[tokio::test]
async fn a_pushed_request_is_not_shown_in_the_address() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let ask = rp.ask();
    let url = rp.begins(&ask).await;
    assert!(!url.contains(ask.get("nonce")) && !url.contains("redirect_uri"), "{url}");
    let params = pairs(&[("request_uri", "urn:ietf:params:oauth:request_uri:none"), ("client_id", &rp.id)]);
    let unknown = with_query(rp.at("authorization_endpoint"), &params);
    s.lan.visits(&unknown, Does::Allow).await.is_refused_here();
}
