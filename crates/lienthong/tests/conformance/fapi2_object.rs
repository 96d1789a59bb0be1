//! FAPI 2.0 Message Signing: signed requests (RFC 9101), and everything that can be wrong with one.

use serde_json::{Value, json};

use crate::{
    http::{find, pairs},
    keys::{Key, spoilt},
    party::{Kind, Party},
    person::Does,
    scene::Scene,
};

const REFUSED: [&str; 2] = ["invalid_request", "invalid_request_object"];

async fn signing() -> (Scene, Party) {
    let s = Scene::new().await;
    let rp = s.party(Kind::Signed).await;
    (s, rp)
}

/// The request object of a good request, bent, and pushed.
async fn pushed_bent(rp: &Party, bend: impl Fn(&mut Value, &mut Value)) -> crate::http::Answer {
    let (mut header, mut claims) = rp.object_parts(&rp.ask());
    bend(&mut header, &mut claims);
    rp.push_object(&rp.key.sign(&header, &claims)).await
}

/// A request object that is refused, whereas the same without the fault is taken.
async fn is_refused(bend: impl Fn(&Party, &mut Value, &mut Value)) {
    let (_, rp) = signing().await;
    pushed_bent(&rp, |_, _| ()).await.ok();
    pushed_bent(&rp, |header, claims| bend(&rp, header, claims)).await.refuses(&REFUSED);
}

fn without(claims: &mut Value, name: &str) {
    claims.as_object_mut().unwrap().remove(name).expect("a claim to take away");
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_request_object_with_multiple_aud_succeeds() {
    let (s, rp) = signing().await;
    let ask = rp.ask();
    let (header, mut claims) = rp.object_parts(&ask);
    claims["aud"] = json!([rp.issuer(), "https://other.example"]);
    let pushed = rp.push_object(&rp.key.sign(&header, &claims)).await.ok();
    let url = rp.authorize(pushed["request_uri"].as_str().unwrap());
    let back = rp.came_back(&s.lan.visits(&url, Does::Allow).await);
    rp.exchange(&ask, find(&back, "code").expect("a code")).await.ok();
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_request_object_with_nbf_8_seconds_in_the_future_is_accepted() {
    let (_, rp) = signing().await;
    pushed_bent(&rp, |_, claims| claims["nbf"] = json!(rp.now() + 8)).await.ok();
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_request_object_without_exp_fails() {
    is_refused(|_, _, claims| without(claims, "exp")).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_request_object_without_nbf_fails() {
    is_refused(|_, _, claims| without(claims, "nbf")).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_request_object_without_redirect_uri_fails() {
    is_refused(|_, _, claims| without(claims, "redirect_uri")).await;
    let s = Scene::new().await;
    let rp = s.party(Kind::Fapi2).await;
    rp.push(&rp.ask().without("redirect_uri")).await.refuses(&REFUSED);
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_expired_request_object_fails() {
    is_refused(|rp, _, claims| {
        claims["exp"] = json!(rp.now() - 300);
        claims["nbf"] = json!(rp.now() - 360);
        claims["iat"] = json!(rp.now() - 360);
    })
    .await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_request_object_with_bad_aud_fails() {
    is_refused(|_, _, claims| claims["aud"] = json!("https://other.example")).await;
    is_refused(|_, _, claims| without(claims, "aud")).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_request_object_with_exp_over_60_fails() {
    is_refused(|rp, _, claims| claims["exp"] = json!(rp.now() + 70 * 60)).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_request_object_with_nbf_over_60_fails() {
    is_refused(|rp, _, claims| {
        claims["nbf"] = json!(rp.now() - 70 * 60);
        claims["iat"] = json!(rp.now() - 70 * 60);
    })
    .await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_signed_request_object_with_rs256_fails() {
    let s = Scene::new().await;
    let key = Key::rsa();
    // The key says PS256 of itself; the header's word does not change that.
    let jwks = json!({ "keys": [key.registered("PS256")] });
    let rp = s.enters_with(Kind::Signed, s.draft(Kind::Signed), key, jwks).await;
    let (mut header, claims) = rp.object_parts(&rp.ask());
    for (alg, goes) in [("RS256", false), ("PS256", true)] {
        header["alg"] = json!(alg);
        let object = rp.key.sign(&header, &claims);
        let mut assertion = header.clone();
        assertion["alg"] = json!("PS256");
        assertion["typ"] = json!("JWT");
        let assertion = rp.key.sign(&assertion, &rp.assertion());
        let params = rp.asserted(pairs(&[("client_id", &rp.id), ("request", &object)]), &assertion);
        let answer = rp.http.form(rp.at("pushed_authorization_request_endpoint"), &params, &[]).await;
        if goes {
            answer.ok();
        } else {
            answer.refuses(&REFUSED);
        }
    }
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_request_object_signature_algorithm_is_not_none() {
    is_refused(|_, header, _| header["alg"] = json!("none")).await;
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_request_object_with_invalid_signature_fails() {
    let (_, rp) = signing().await;
    rp.push_object(&spoilt(&rp.object(&rp.ask()))).await.refuses(&REFUSED);
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_matching_key_in_authorization_request() {
    let (s, rp) = signing().await;
    let other = s.party(Kind::Signed).await;
    let (mut header, claims) = rp.object_parts(&rp.ask());
    rp.push_object(&other.key.sign(&header, &claims)).await.refuses(&REFUSED);
    header["kid"] = json!(other.key.kid);
    rp.push_object(&other.key.sign(&header, &claims)).await.refuses(&REFUSED);
}

#[tokio::test]
async fn fapi2_security_profile_final_ensure_unsigned_request_at_par_endpoint_fails() {
    let (_, rp) = signing().await;
    rp.push_params(rp.ask().params()).await.refuses(&REFUSED);
}

#[tokio::test]
async fn fapi2_security_profile_final_par_authorization_request_containing_request_uri() {
    let (_, rp) = signing().await;
    let (header, mut claims) = rp.object_parts(&rp.ask());
    claims["request_uri"] = json!("urn:ietf:params:oauth:request_uri:some");
    rp.push_object(&rp.key.sign(&header, &claims)).await.refuses(&REFUSED);
    without(&mut claims, "request_uri");
    claims["request"] = json!(rp.object(&rp.ask()));
    rp.push_object(&rp.key.sign(&header, &claims)).await.refuses(&REFUSED);
}

#[tokio::test]
async fn what_stands_beside_a_signed_request_counts_for_nothing() {
    let (s, rp) = signing().await;
    let ask = rp.ask();
    let mut params = rp.as_pushed(&ask);
    params.extend(pairs(&[("scope", "openid profile"), ("state", "beside"), ("prompt", "none")]));
    let pushed = rp.push_params(params).await;
    if !pushed.status.is_success() {
        pushed.refuses(&REFUSED);
        return;
    }
    let url = rp.authorize(pushed.ok()["request_uri"].as_str().unwrap());
    let back = rp.came_back(&s.lan.visits(&url, Does::Allow).await);
    assert_eq!(find(&back, "state"), Some(ask.get("state")));
    let tokens = rp.exchange(&ask, find(&back, "code").expect("a code")).await.ok();
    let userinfo = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.ok();
    assert!(userinfo.get("name").is_none(), "a scope that nobody signed: {userinfo}");
}
