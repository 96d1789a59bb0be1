//! FAPI 2.0: clients that prove to be themselves by a signed assertion (RFC 7523), and all that can be wrong with one.

use serde_json::{Value, json};

use crate::{
    fapi2_flow::BOTH,
    http::{Answer, Params, find, pairs},
    keys::{Key, random, spoilt},
    party::{Kind, Party},
    scene::Scene,
};

const PAR: &str = "pushed_authorization_request_endpoint";
const REFUSED: [&str; 2] = ["invalid_client", "invalid_request"];

/// A good request, pushed with this assertion.
async fn pushed_by(rp: &Party, assertion: &str) -> Answer {
    let params = rp.asserted(rp.as_pushed(&rp.ask()), assertion);
    rp.http.form(rp.at(PAR), &params, &[]).await
}

async fn pushed_with(rp: &Party, bend: impl Fn(&mut Value)) -> Answer {
    let mut claims = rp.assertion();
    bend(&mut claims);
    pushed_by(rp, &rp.signed(&claims)).await
}

/// The exchange of a code with this assertion.
async fn exchanged_by(s: &Scene, rp: &Party, assertion: Option<&str>) -> Answer {
    let ask = rp.ask();
    let code = rp.code(&s.lan, &ask).await;
    let mut params = rp.exchange_params(&ask, &code);
    params.extend(pairs(&[("client_id", &rp.id)]));
    let params = match assertion {
        Some(assertion) => rp.asserted(params, assertion),
        None => params,
    };
    let proof = rp.proof(&rp.dpop, "POST", rp.at("token_endpoint"), None);
    rp.http.form(rp.at("token_endpoint"), &params, &[("dpop", &proof)]).await
}

async fn audience_fails(audience: impl Fn(&Party) -> Value) {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        pushed_with(&rp, |claims| claims["aud"] = audience(&rp)).await.refuses(&REFUSED);
        pushed_with(&rp, |_| ()).await.ok();
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_par_test_array_as_audience_fails() {
    audience_fails(|rp| json!([rp.issuer(), rp.at(PAR)])).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_par_test_par_endpoint_url_as_audience_fails() {
    audience_fails(|rp| json!(rp.at(PAR))).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_par_test_token_endpoint_url_as_audience_fails() {
    audience_fails(|rp| json!(rp.at("token_endpoint"))).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_client_assertion_in_token_endpoint() {
    for kind in BOTH {
        let s = Scene::new().await;
        let rp = s.party(kind).await;
        exchanged_by(&s, &rp, None).await.refuses(&REFUSED);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_client_assertion_with_exp_is_5_minutes_in_past_fails() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let mut claims = rp.assertion();
    claims["exp"] = json!(rp.now() - 300);
    exchanged_by(&s, &rp, Some(&rp.signed(&claims))).await.refuses(&REFUSED);
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_client_assertion_with_wrong_aud_fails() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let mut claims = rp.assertion();
    claims["aud"] = json!("https://other.example");
    exchanged_by(&s, &rp, Some(&rp.signed(&claims))).await.refuses(&REFUSED);
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_client_assertion_with_no_sub_fails() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let mut claims = rp.assertion();
    claims.as_object_mut().unwrap().remove("sub");
    exchanged_by(&s, &rp, Some(&rp.signed(&claims))).await.refuses(&REFUSED);
}

#[tokio::test]
async fn fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted()
 {
    for kind in BOTH {
        let rp = Scene::new().await.party(kind).await;
        pushed_with(&rp, |claims| {
            claims["nbf"] = json!(rp.now() + 8);
            claims["iat"] = json!(rp.now() + 8);
        })
        .await
        .ok();
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_over_60_seconds_in_the_future_fails()
 {
    for kind in BOTH {
        let rp = Scene::new().await.party(kind).await;
        pushed_with(&rp, |claims| {
            for name in ["nbf", "iat"] {
                claims[name] = json!(rp.now() + 65);
            }
            claims["exp"] = json!(rp.now() + 125);
        })
        .await
        .refuses(&REFUSED);
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_signed_client_assertion_with_rs256_fails() {
    let s = Scene::new().await;
    let key = Key::rsa();
    let jwks = json!({ "keys": [key.registered("PS256")] });
    let rp = s.enters_with(Kind::Fapi2, s.draft(Kind::Fapi2), key, jwks).await;
    for (alg, goes) in [("RS256", false), ("PS256", true)] {
        let header = json!({ "alg": alg, "typ": "JWT", "kid": rp.key.kid });
        let answer = pushed_by(&rp, &rp.key.sign(&header, &rp.assertion())).await;
        if goes {
            answer.ok();
        } else {
            answer.refuses(&REFUSED);
        }
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_invalid_client_assertions_fail() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let ask: Params = rp.as_pushed(&rp.ask());

    rp.http.form(rp.at(PAR), &ask, &[]).await.refuses(&REFUSED);
    for kind in [None, Some("urn:ietf:params:oauth:grant-type:jwt-bearer")] {
        let mut params = rp.asserted(ask.clone(), &rp.signed(&rp.assertion()));
        params.retain(|(name, _)| name != "client_assertion_type");
        params.extend(kind.map(|k| ("client_assertion_type".to_owned(), k.to_owned())));
        rp.http.form(rp.at(PAR), &params, &[]).await.refuses(&REFUSED);
    }
    for name in ["sub", "iss", "aud", "exp", "jti"] {
        let bare = |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove(name));
        pushed_with(&rp, bare).await.refuses(&REFUSED);
    }
    for (name, value) in [
        ("sub", json!(random())),
        ("iss", json!(random())),
        ("aud", json!("https://other.example")),
        ("exp", json!(rp.now() - 300)),
        ("exp", json!(rp.now() + 24 * 3600)),
    ] {
        pushed_with(&rp, |claims| claims[name] = value.clone()).await.refuses(&REFUSED);
    }
    let unsigned = json!({ "alg": "none", "typ": "JWT", "kid": rp.key.kid });
    pushed_by(&rp, &rp.key.sign(&unsigned, &rp.assertion())).await.refuses(&REFUSED);
    pushed_by(&rp, &spoilt(&rp.signed(&rp.assertion()))).await.refuses(&REFUSED);
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": rp.key.kid });
    pushed_by(&rp, &Key::p256().sign(&header, &rp.assertion())).await.refuses(&REFUSED);

    let good = rp.signed(&rp.assertion());
    pushed_by(&rp, &good).await.ok();
    pushed_by(&rp, &good).await.refuses(&REFUSED);
}

#[tokio::test]
async fn a_client_that_does_not_exist_is_refused_as_one_that_is_not_itself() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    let stranger = Key::p256();
    let wrong_key = pushed_by(&rp, &stranger.token("JWT", &rp.assertion())).await;
    let nobody = uuid::Uuid::from_u128(7).to_string();
    let mut claims = rp.assertion();
    claims["iss"] = json!(nobody);
    claims["sub"] = json!(nobody);
    let mut params = rp.asserted(rp.ask().params(), &stranger.token("JWT", &claims));
    params.retain(|(name, _)| name != "client_id");
    let unknown = rp.http.form(rp.at(PAR), &params, &[]).await;
    assert_eq!(wrong_key.status, unknown.status);
    assert_eq!((wrong_key.error(), unknown.error()), ("invalid_client".into(), "invalid_client".into()));
    assert!(find(&params, "client_assertion").is_some());
}
