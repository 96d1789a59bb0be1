//! OpenID Connect Basic: what a request can say about scopes, claims, and how the person is to be met.

use serde_json::{Value, json};

use crate::{
    http::find,
    party::{Ask, Kind, Party},
    person::{Does, End},
    scene::Scene,
};

/// The flow goes through although the request says this.
async fn goes_through(scene: &Scene, bend: impl Fn(Ask, &Party) -> Ask) -> (Party, Value, Value) {
    let rp = scene.party(Kind::Basic).await;
    let ask = bend(rp.ask(), &rp);
    let tokens = rp.tokens(&scene.lan, &ask).await;
    let identity = rp.identity(&tokens, &ask);
    let userinfo = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.ok();
    assert_eq!(userinfo["sub"], identity["sub"]);
    (rp, identity, userinfo)
}

fn only(userinfo: &Value, names: &[&str]) {
    let there: Vec<&str> = userinfo.as_object().unwrap().keys().map(String::as_str).collect();
    let extra: Vec<&&str> = there.iter().filter(|name| **name != "sub" && !names.contains(name)).collect();
    assert!(extra.is_empty(), "told without being asked: {extra:?}");
}

#[tokio::test]
async fn oidcc_scope_profile() {
    let s = Scene::new().await;
    let (_, _, userinfo) = goes_through(&s, |ask, _| ask.with("scope", "openid profile")).await;
    assert_eq!(userinfo["name"], s.lan.citizen.name);
    assert_eq!(userinfo["birthdate"], "1990-05-17");
    assert_eq!(userinfo["gender"], "female");
    only(&userinfo, &["name", "birthdate", "gender"]);
}

/// Scopes for data that the record does not hold are passed over, and nothing is told for them.
async fn passes_over(scope: &str) {
    let s = Scene::new().await;
    let (_, _, userinfo) = goes_through(&s, |ask, _| ask.with("scope", scope)).await;
    only(&userinfo, &[]);
}

#[tokio::test]
async fn oidcc_scope_email() {
    passes_over("openid email").await;
}

#[tokio::test]
async fn oidcc_scope_address() {
    passes_over("openid address").await;
}

#[tokio::test]
async fn oidcc_scope_phone() {
    passes_over("openid phone").await;
}

#[tokio::test]
async fn oidcc_scope_all() {
    let s = Scene::new().await;
    let all = "openid profile email address phone";
    let (_, _, userinfo) = goes_through(&s, |ask, _| ask.with("scope", all)).await;
    only(&userinfo, &["name", "birthdate", "gender"]);
    assert_eq!(userinfo["name"], s.lan.citizen.name);
}

#[tokio::test]
async fn oidcc_alternate_happy_flow() {
    let s = Scene::new().await;
    let (_, _, userinfo) = goes_through(&s, |ask, _| ask.with("scope", "email profile openid")).await;
    assert_eq!(userinfo["name"], s.lan.citizen.name);
}

#[tokio::test]
async fn oidcc_claims_essential() {
    let s = Scene::new().await;
    let claims = json!({ "userinfo": { "name": { "essential": true } } }).to_string();
    let (_, _, userinfo) = goes_through(&s, |ask, _| ask.with("claims", &claims)).await;
    assert_eq!(userinfo["name"], s.lan.citizen.name);
    only(&userinfo, &["name"]);
}

#[tokio::test]
async fn oidcc_display_page() {
    goes_through(&Scene::new().await, |ask, _| ask.with("display", "page")).await;
}

#[tokio::test]
async fn oidcc_display_popup() {
    goes_through(&Scene::new().await, |ask, _| ask.with("display", "popup")).await;
}

#[tokio::test]
async fn oidcc_ui_locales() {
    goes_through(&Scene::new().await, |ask, _| ask.with("ui_locales", "se en")).await;
}

#[tokio::test]
async fn oidcc_claims_locales() {
    goes_through(&Scene::new().await, |ask, _| ask.with("claims_locales", "se")).await;
}

#[tokio::test]
async fn oidcc_login_hint() {
    goes_through(&Scene::new().await, |ask, _| ask.with("login_hint", "buffy@example.com")).await;
}

#[tokio::test]
async fn oidcc_ensure_request_with_unknown_parameter_succeeds() {
    goes_through(&Scene::new().await, |ask, _| ask.with("extra", "foobar")).await;
}

#[tokio::test]
async fn oidcc_ensure_request_with_acr_values_succeeds() {
    let s = Scene::new().await;
    let first = s.meta["acr_values_supported"][0].as_str().expect("values of acr").to_owned();
    let (_, identity, _) = goes_through(&s, |ask, _| ask.with("acr_values", &first)).await;
    assert_eq!(identity["acr"], first);
}

#[tokio::test]
async fn oidcc_prompt_none_not_logged_in() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask().with("prompt", "none");
    let back = rp.came_back(&s.lan.visits(&rp.url(&ask), Does::Stop).await);
    assert_eq!(find(&back, "error"), Some("login_required"));
    assert_eq!(find(&back, "state"), Some(ask.get("state")));
    assert_eq!(find(&back, "code"), None);
}

#[tokio::test]
async fn oidcc_prompt_none_logged_in() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask();
    let first = rp.identity(&rp.tokens(&s.lan, &ask).await, &ask);
    let silent = rp.ask().with("prompt", "none");
    let second = rp.identity(&rp.tokens(&s.lan, &silent).await, &silent);
    assert_eq!(first["sub"], second["sub"]);
    assert_eq!(first["auth_time"], second["auth_time"]);
    assert_eq!((s.lan.sign_ins(), s.lan.questions().len()), (1, 1), "asked again");
}

#[tokio::test]
async fn oidcc_id_token_hint() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask();
    let tokens = rp.tokens(&s.lan, &ask).await;
    let first = rp.identity(&tokens, &ask);
    let hint = tokens["id_token"].as_str().unwrap();
    let again = rp.ask().with("prompt", "none").with("id_token_hint", hint);
    let second = rp.identity(&rp.tokens(&s.lan, &again).await, &again);
    assert_eq!(first["sub"], second["sub"]);
}

#[tokio::test]
async fn a_hint_of_somebody_else_is_not_answered_for_who_is_signed_in() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let tokens = rp.tokens(&s.lan, &rp.ask()).await;
    let hint = tokens["id_token"].as_str().unwrap();
    let other = s.somebody_else();
    rp.tokens(&other, &rp.ask()).await;
    let ask = rp.ask().with("prompt", "none").with("id_token_hint", hint);
    let back = rp.came_back(&other.visits(&rp.url(&ask), Does::Stop).await);
    assert_eq!(find(&back, "error"), Some("login_required"));
}

#[tokio::test]
async fn oidcc_prompt_login() {
    let s = Scene::alone().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask();
    let first = rp.identity(&rp.tokens(&s.lan, &ask).await, &ask);
    s.server.waits(2);
    let again = rp.ask().with("prompt", "login");
    let second = rp.identity(&rp.tokens(&s.lan, &again).await, &again);
    assert_eq!(s.lan.sign_ins(), 2, "the person was not asked who they are");
    assert_eq!(first["sub"], second["sub"]);
    assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64(), "{first} {second}");
}

#[tokio::test]
async fn oidcc_max_age_1() {
    let s = Scene::alone().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask();
    let first = rp.identity(&rp.tokens(&s.lan, &ask).await, &ask);
    s.server.waits(2);
    let again = rp.ask().with("max_age", "1");
    let second = rp.identity(&rp.tokens(&s.lan, &again).await, &again);
    assert_eq!(s.lan.sign_ins(), 2);
    assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64(), "{first} {second}");
}

#[tokio::test]
async fn oidcc_max_age_10000() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask();
    let first = rp.identity(&rp.tokens(&s.lan, &ask).await, &ask);
    let again = rp.ask().with("max_age", "10000");
    let second = rp.identity(&rp.tokens(&s.lan, &again).await, &again);
    assert_eq!(s.lan.sign_ins(), 1);
    assert!(first["auth_time"].is_i64() && first["auth_time"] == second["auth_time"]);
}

#[tokio::test]
async fn whoever_refuses_is_not_told_of() {
    let s = Scene::new().await;
    let rp = s.party(Kind::Basic).await;
    let ask = rp.ask().with("scope", "openid profile");
    let back = rp.came_back(&s.lan.visits(&rp.url(&ask), Does::Refuse).await);
    assert_eq!(find(&back, "error"), Some("access_denied"));
    assert_eq!(find(&back, "code"), None);
    // The same address again leads nowhere new.
    let again = s.lan.visits(&rp.url(&rp.ask()), Does::Stop).await;
    assert!(matches!(again, End::Page(_)), "a refusal is not remembered as a yes: {again:?}");
}
