//! FAPI 2.0: proofs of possession (RFC 9449), at the token endpoint and at userinfo.

use serde_json::{Value, json};

use crate::{
    fapi2_flow::BOTH,
    http::{Answer, find},
    keys::{Key, random, spoilt},
    party::{Kind, Party},
    person::Does,
    scene::Scene,
};

/// A flow in which every proof says this too.
async fn flows_with(bend: impl Fn(&Party, &mut Value)) {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask();
        let code = rp.code(&s.lan, &ask).await;
        let tokens = rp
            .token_with(&rp.dpop, rp.exchange_params(&ask, &code), |_, claims| bend(&rp, claims))
            .await
            .ok();
        let access = tokens["access_token"].as_str().unwrap();
        userinfo_with(&rp, access, |_, claims| bend(&rp, claims)).await.ok();
    }
}

/// Userinfo with a bent proof.
async fn userinfo_with(rp: &Party, access: &str, bend: impl Fn(&mut Value, &mut Value)) -> Answer {
    let (mut header, mut claims) = rp.proof_parts(&rp.dpop, "GET", rp.at("userinfo_endpoint"), Some(access));
    bend(&mut header, &mut claims);
    userinfo_by(rp, access, &[&rp.dpop.sign(&header, &claims)]).await
}

/// Userinfo with these proofs.
async fn userinfo_by(rp: &Party, access: &str, proofs: &[&str]) -> Answer {
    let authorization = format!("DPoP {access}");
    let mut headers = vec![("authorization", authorization.as_str())];
    headers.extend(proofs.iter().map(|proof| ("dpop", *proof)));
    rp.http.get(rp.at("userinfo_endpoint"), &headers).await
}

#[tokio::test]
async fn fapi2_security_profile_final_check_dpop_proof_nbf_exp() {
    flows_with(|rp, claims| {
        claims["nbf"] = json!(rp.now());
        claims["exp"] = json!(rp.now() + 300);
    })
    .await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_before_succeeds() {
    flows_with(|rp, claims| claims["iat"] = json!(rp.now() - 10)).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_after_succeeds() {
    flows_with(|rp, claims| claims["iat"] = json!(rp.now() + 10)).await;
}

const AUTHORIZING: &str = "pushed_authorization_request_endpoint";

#[tokio::test]
async fn fapi2_security_profile_final_ensure_mismatched_dpop_jkt_fails() {
    for kind in BOTH {
        let rp = Scene::new().await.party(kind).await;
        // The request names one key and is pushed with a proof of another.
        let ask = rp.ask().with("dpop_jkt", &Key::p256().thumbprint());
        let proof = rp.proof(&rp.dpop, "POST", rp.at(AUTHORIZING), None);
        let answer = rp.call_proving(AUTHORIZING, rp.as_pushed(&ask), Some(&proof)).await;
        answer.refuses(&["invalid_request", "invalid_dpop_proof"]);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask();
        let proof = rp.proof(&rp.dpop, "POST", rp.at(AUTHORIZING), None);
        let pushed = rp.call_proving(AUTHORIZING, rp.as_pushed(&ask), Some(&proof)).await.ok();
        let url = rp.authorize(pushed["request_uri"].as_str().unwrap());
        let back = rp.came_back(&s.lan.visits(&url, Does::Allow).await);
        let params = rp.exchange_params(&ask, find(&back, "code").expect("a code"));
        rp.token_by(&Key::p256(), params).await.refuses(&["invalid_grant", "invalid_dpop_proof"]);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_jkt() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask().with("dpop_jkt", &rp.dpop.thumbprint());
        let code = rp.code(&s.lan, &ask).await;
        let params = rp.exchange_params(&ask, &code);
        rp.token_by(&Key::p256(), params).await.refuses(&["invalid_grant", "invalid_dpop_proof"]);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_dpopproof_at_par_endpoint_binding_success() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask();
        let proof = rp.proof(&rp.dpop, "POST", rp.at(AUTHORIZING), None);
        let pushed = rp.call_proving(AUTHORIZING, rp.as_pushed(&ask), Some(&proof)).await.ok();
        let url = rp.authorize(pushed["request_uri"].as_str().unwrap());
        let back = rp.came_back(&s.lan.visits(&url, Does::Allow).await);
        rp.exchange(&ask, find(&back, "code").expect("a code")).await.ok();
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_dpop_auth_code_binding_success() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        let ask = rp.ask().with("dpop_jkt", &rp.dpop.thumbprint());
        rp.tokens(&s.lan, &ask).await;
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_dpop_negative_tests() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let tokens = rp.tokens(&s.lan, &rp.ask()).await;
    let access = tokens["access_token"].as_str().unwrap();
    let good = || rp.proof(&rp.dpop, "GET", rp.at("userinfo_endpoint"), Some(access));

    #[track_caller]
    fn refused(what: &str, answer: &Answer) {
        assert!([400, 401].contains(&answer.status.as_u16()), "{what}: {} {}", answer.status, answer.text());
        let mut ways = answer.headers.get_all("www-authenticate").iter();
        let told =
            ways.any(|way| way.to_str().is_ok_and(|way| way.starts_with("DPoP") && way.contains("error=")));
        assert!(told || what == "no proof", "{what}: {:?}", answer.headers);
    }
    userinfo_by(&rp, access, &[&good()]).await.ok();
    refused("two proofs", &userinfo_by(&rp, access, &[&good(), &good()]).await);
    refused("no proof", &userinfo_by(&rp, access, &[]).await);
    refused("not a token", &userinfo_by(&rp, access, &["nonsense"]).await);
    refused("wrong signature", &userinfo_by(&rp, access, &[&spoilt(&good())]).await);

    let drop = |value: &mut Value, name: &str| {
        value.as_object_mut().unwrap().remove(name);
    };
    for name in ["typ", "jwk"] {
        refused(name, &userinfo_with(&rp, access, |header, _| drop(header, name)).await);
    }
    for name in ["jti", "htm", "htu", "iat", "ath"] {
        refused(name, &userinfo_with(&rp, access, |_, claims| drop(claims, name)).await);
    }
    for (name, value) in [("typ", json!("JWT")), ("alg", json!("none")), ("alg", json!("HS256"))] {
        refused(name, &userinfo_with(&rp, access, |header, _| header[name] = value.clone()).await);
    }
    let private = rp.dpop.private();
    refused("a private key", &userinfo_with(&rp, access, |header, _| header["jwk"] = private.clone()).await);
    for (name, value) in [
        ("htm", json!("PUT")),
        ("htu", json!("https://other.example/userinfo")),
        ("ath", json!(random())),
        ("iat", json!(rp.now() + 3600)),
        ("iat", json!(rp.now() - 3600)),
    ] {
        refused(name, &userinfo_with(&rp, access, |_, claims| claims[name] = value.clone()).await);
    }
    let (header, claims) = rp.proof_parts(&rp.dpop, "GET", rp.at("userinfo_endpoint"), Some(access));
    refused("another key", &userinfo_by(&rp, access, &[&Key::p256().sign(&header, &claims)]).await);
    let stranger = Key::p256();
    let of_stranger = rp.proof(&stranger, "GET", rp.at("userinfo_endpoint"), Some(access));
    refused("a key that is not the token's", &userinfo_by(&rp, access, &[&of_stranger]).await);

    let used = good();
    userinfo_by(&rp, access, &[&used]).await.ok();
    refused("the same proof again", &userinfo_by(&rp, access, &[&used]).await);

    let bearer = format!("Bearer {access}");
    let proof = good();
    let answer =
        rp.http.get(rp.at("userinfo_endpoint"), &[("authorization", &bearer), ("dpop", &proof)]).await;
    assert_eq!(answer.status.as_u16(), 401, "a bound token is no bearer's: {}", answer.text());

    // What must make no difference.
    let url = rp.at("userinfo_endpoint");
    let odd = format!("{url}?a=b#c");
    userinfo_with(&rp, access, |_, claims| claims["htu"] = json!(odd)).await.ok();
    userinfo_with(&rp, access, |header, claims| {
        header["foo"] = json!("bar");
        claims["foo"] = json!("bar");
    })
    .await
    .ok();
    let shouting = url.replacen("http://", "HTTP://", 1);
    userinfo_with(&rp, access, |_, claims| claims["htu"] = json!(shouting)).await.ok();
}

#[tokio::test]
async fn a_proof_needs_the_servers_nonce_and_an_old_one_is_replaced() {
    let s = Scene::alone().await;
    let rp = s.party(Kind::Fapi2).await;
    let ask = rp.ask();
    let code = rp.code(&s.lan, &ask).await;
    let url = rp.at("token_endpoint");
    for nonce in [None, Some(random())] {
        let (header, mut claims) = rp.proof_parts(&rp.dpop, "POST", url, None);
        claims.as_object_mut().unwrap().remove("nonce");
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        let proof = rp.dpop.sign(&header, &claims);
        let params = rp.exchange_params(&ask, &code);
        let answer = rp.call_proving("token_endpoint", params, Some(&proof)).await;
        answer.refuses(&["use_dpop_nonce"]);
        assert!(!answer.header("dpop-nonce").is_empty());
    }
    // The code is not spent by what never reached it.
    rp.exchange(&ask, &code).await.ok();
}
