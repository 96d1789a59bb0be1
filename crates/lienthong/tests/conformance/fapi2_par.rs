//! FAPI 2.0: pushed authorization requests (RFC 9126) and PKCE.

use crate::{
    fapi2_flow::BOTH,
    http::{find, pairs},
    keys::random,
    party::{Ask, Kind, Party},
    person::{Does, End},
    scene::Scene,
};

const REFUSED: [&str; 3] = ["invalid_request", "invalid_request_object", "unauthorized_client"];

/// A request that is refused when it is pushed, in both ways of pushing.
async fn is_refused(bend: impl Fn(Ask) -> Ask, codes: &[&str]) {
    for kind in BOTH {
        let rp = Scene::new().await.party(kind).await;
        rp.push(&bend(rp.ask())).await.refuses(codes);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_registered_redirect_uri() {
    is_refused(|ask| ask.with("redirect_uri", "https://evil.example/cb"), &REFUSED).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_plain_fapi_tolerate_unregistered_redirect_uri() {
    // RFC 9126 section 2.4 would let a provider accept it; this one does not.
    let more = |ask: Ask| {
        let longer = format!("{}/{}", ask.get("redirect_uri"), random());
        ask.with("redirect_uri", &longer)
    };
    is_refused(more, &["invalid_request", "invalid_request_object"]).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_redirect_uri_in_authorization_request() {
    is_refused(|ask| ask.without("redirect_uri"), &REFUSED).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_response_type_code_idtoken_fails() {
    let codes = ["unsupported_response_type", "invalid_request", "unauthorized_client"];
    is_refused(|ask| ask.with("response_type", "code id_token"), &codes).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_response_type_token_fails() {
    let codes = ["unsupported_response_type", "invalid_request", "unauthorized_client"];
    is_refused(|ask| ask.with("response_type", "token"), &codes).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask();
        let url = rp.authorize(&rp.pushed(&ask).await);
        // The browser loads the address before the person has done anything, and once more after.
        for _ in 0..2 {
            let first = s.lan.get(&url).await;
            assert!(first.status.is_redirection() || first.status.is_success(), "{}", first.text());
        }
        let back = rp.came_back(&s.lan.visits(&url, Does::Allow).await);
        let code = find(&back, "code").expect("a code");
        rp.exchange(&ask, code).await.ok();
        // It was answered: nothing more comes of it.
        s.lan.visits(&url, Does::Allow).await.is_refused_here();
    }
}

#[tokio::test]
async fn a_pushed_request_is_of_no_use_to_anybody_but_the_browser_that_loaded_it_first() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let url = rp.authorize(&rp.pushed(&rp.ask()).await);
        // Somebody begins it, and sends the link on.
        let bad = s.somebody_else();
        bad.get(&url).await;
        s.lan.visits(&url, Does::Allow).await.is_refused_here();
        s.lan.elsewhere().visits(&url, Does::Allow).await.is_refused_here();
        assert!(s.lan.questions().is_empty(), "nobody is even asked");
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_par_attempt_reuse_request_uri() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask();
        let url = rp.authorize(&rp.pushed(&ask).await);
        let back = rp.came_back(&s.lan.visits(&url, Does::Allow).await);
        assert!(find(&back, "code").is_some());
        s.lan.visits(&url, Does::Allow).await.is_refused_here();
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_par_attempt_to_use_expired_request_uri() {
    let s = Scene::alone().await;
    for kind in BOTH {
        let rp = s.party(kind).await;
        let pushed = rp.push(&rp.ask()).await.ok();
        let life = pushed["expires_in"].as_i64().expect("a life");
        assert!((5..600).contains(&life), "FAPI 2.0 section 5.3.2.2: {life} s");
        let url = rp.authorize(pushed["request_uri"].as_str().unwrap());
        s.server.waits(life + 1);
        s.lan.visits(&url, Does::Allow).await.is_refused_here();
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_par_attempt_to_use_request_uri_for_different_client() {
    for kind in BOTH {
        let s = Scene::new().await;
        let (rp, other) = (s.party(kind).await, s.party(kind).await);
        let request_uri = rp.pushed(&rp.ask()).await;
        s.lan.visits(&other.authorize(&request_uri), Does::Allow).await.is_refused_here();
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_par_authorization_request_containing_request_uri_form_param() {
    for kind in BOTH {
        let rp = Scene::new().await.party(kind).await;
        let mut params = rp.as_pushed(&rp.ask());
        params.extend(pairs(&[("request_uri", "urn:ietf:params:oauth:request_uri:some")]));
        rp.push_params(params).await.refuses(&["invalid_request"]);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_par_attempt_invalid_http_method() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let url = rp.at("pushed_authorization_request_endpoint");
    for method in ["GET", "PUT", "DELETE"] {
        let answer = rp.http.send(method.parse().unwrap(), url, &[], Default::default()).await;
        assert!([400, 404, 405].contains(&answer.status.as_u16()), "{method}: {}", answer.status);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_par_ensure_pkce_required() {
    let bare = |ask: Ask| ask.without("code_challenge").without("code_challenge_method");
    is_refused(bare, &["invalid_request"]).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_par_plain_pkce_rejected() {
    let plain = |ask: Ask| {
        let verifier = ask.verifier.clone();
        ask.with("code_challenge", &verifier).with("code_challenge_method", "plain")
    };
    is_refused(plain, &["invalid_request"]).await;
    // No method means plain (RFC 7636 section 4.3).
    is_refused(|ask| ask.without("code_challenge_method"), &["invalid_request"]).await;
}

/// A code whose exchange lacks what belongs to it.
async fn exchanges_without(bend: impl Fn(&Party, crate::http::Params) -> crate::http::Params) {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask();
        let code = rp.code(&s.lan, &ask).await;
        let params = bend(&rp, rp.exchange_params(&ask, &code));
        rp.token(params).await.refuses(&["invalid_grant", "invalid_request"]);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_pkce_code_verifier_required() {
    exchanges_without(|_, params| params.into_iter().filter(|(n, _)| n != "code_verifier").collect()).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_incorrect_pkce_code_verifier_rejected() {
    exchanges_without(|_, mut params| {
        params.retain(|(name, _)| name != "code_verifier");
        params.extend(pairs(&[("code_verifier", &random())]));
        params
    })
    .await;
}

#[tokio::test]
async fn fapi2_security_profile_final_par_without_duplicate_parameters() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask();
        // Nothing but the name of the request stands in the address, and that is enough.
        let url = rp.authorize(&rp.pushed(&ask).await);
        assert!(find(&rp.came_back(&s.lan.visits(&url, Does::Allow).await), "code").is_some());
    }
}

#[tokio::test]
async fn a_parameter_that_stands_twice_voids_the_request() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let mut params = rp.ask().params();
    params.extend(pairs(&[("scope", "openid profile")]));
    rp.push_params(params).await.refuses(&["invalid_request"]);
    let url = format!("{}&client_id={}", rp.begins(&rp.ask()).await, rp.id);
    let end = s.lan.visits(&url, Does::Allow).await;
    assert!(matches!(end, End::Page(_)), "{end:?}");
    end.is_refused_here();
}
