//! Keys, secrets, mistakes and use of a relying party.

use contracts::Role;
use http::StatusCode;

use crate::world::{AUTHORITY, TOKEN, World};

const KEY: &str = r#"{"kty":"EC","crv":"P-256","kid":"k1","alg":"ES256","use":"sig","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const BASIC: &[(&str, &str)] = &[
    ("profile", "basic"),
    ("until-day", "30"),
    ("until-month", "6"),
    ("until-year", "2027"),
    ("authentication", "client_secret_basic"),
];

#[tokio::test]
async fn a_key_is_added_shown_and_removed() {
    let w = World::new().await;
    let keys = format!("{}/keys", w.register(&[]).await);
    let mut browser = w.administrator();
    assert!(
        browser.get(&keys).await.body.contains("chưa có khóa")
            || browser.get(&keys).await.body.contains("Chưa có khóa nào")
    );
    let page = browser.submit(&keys, &keys, &[("jwks", KEY)]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let page = browser.get(&keys).await;
    assert!(page.body.contains("Đã thêm 1 khóa") && page.body.contains(">k1<"));
    let page = browser.submit(&keys, &format!("{keys}/remove"), &[("kid", "k1")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(browser.get(&keys).await.body.contains("Chưa có khóa nào"));
}

#[tokio::test]
async fn what_is_no_public_key_is_refused_at_its_field() {
    let w = World::new().await;
    let keys = format!("{}/keys", w.register(&[]).await);
    let mut browser = w.administrator();
    let private = KEY.replace("\"kid\"", "\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\",\"kid\"");
    for typed in ["", "not json", "{}", r#"{"kty":"oct","k":"AA","kid":"x"}"#, private.as_str()] {
        let page = browser.submit(&keys, &keys, &[("jwks", typed)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(page.body.contains("id=\"f-jwks-error\""), "{typed}");
    }
}

#[tokio::test]
async fn a_secret_is_shown_once() {
    let w = World::new().await;
    let path = w.register(BASIC).await;
    let keys = format!("{path}/keys");
    let mut browser = w.administrator();
    let page = browser.submit(&keys, &format!("{path}/secrets"), &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let secret =
        page.body.split("<code class=\"console-secret\">").nth(1).unwrap().split('<').next().unwrap();
    assert!(secret.len() >= 43, "256 bits: {secret}");
    let again = browser.get(&keys).await;
    assert!(again.body.contains("Hết hạn") && !again.body.contains(secret));
    let id = again.hidden("secret");
    let page = browser.submit(&keys, &format!("{path}/secrets/remove"), &[("secret", &id)]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(browser.get(&keys).await.body.contains("Chưa có mật khẩu nào"));
}

#[tokio::test]
async fn a_client_of_keys_gets_no_secret() {
    let w = World::new().await;
    let path = w.register(&[]).await;
    let mut browser = w.administrator();
    let keys = format!("{path}/keys");
    assert!(!browser.get(&keys).await.body.contains(&format!("{path}/secrets")));
    let page = browser.submit(&keys, &format!("{path}/secrets"), &[]).await;
    assert!(page.status.is_client_error(), "{}", page.status);
}

#[tokio::test]
async fn nothing_happened_yet_is_said_in_words() {
    let w = World::new().await;
    let path = w.register(&[]).await;
    let mut browser = w.administrator();
    assert!(browser.get(&format!("{path}/errors")).await.body.contains("Không có lỗi nào"));
    assert!(browser.get(&format!("{path}/usage?days=90")).await.body.contains("Chưa có lượt dùng nào"));
    let page = browser.get(&format!("{path}/snippets")).await;
    assert!(page.body.contains("https://dinhdanh.example.gov.vn/.well-known/openid-configuration"));
    assert!(page.body.contains("age_over_18"), "no scope is made of it alone");
}

#[tokio::test]
async fn a_token_for_self_registration_is_shown_once_and_revoked() {
    let w = World::new().await;
    let path = w.approved().await;
    let id = path.rsplit('/').next().unwrap();
    let page = w.token(id).await;
    let token = page.split("<code class=\"console-secret\">").nth(1).unwrap().split('<').next().unwrap();
    assert!(token.len() >= 43 && page.contains("https://dinhdanh.example.gov.vn/register"), "{page}");
    let mut owner = w.administrator();
    let list = owner.get("/console/tokens").await;
    assert!(list.body.contains("Đặt lịch khám Hà Nội") && list.body.contains("31/12/2026"), "{}", list.body);
    assert!(!list.body.contains(token), "once and never again");
    let end = list.body.split("action=\"").find(|rest| rest.starts_with("/console/tokens/")).unwrap();
    let end = end.split('"').next().unwrap().to_owned();
    let page = owner.submit("/console/tokens", &end, &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    assert!(owner.get("/console/tokens").await.body.contains("Không có mã nào đang dùng được"));
    let page = owner.submit("/console/sandbox", &end, &[]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "it is gone");
}

#[tokio::test]
async fn a_token_has_a_number_and_an_end_that_are_bounded() {
    let w = World::new().await;
    let path = w.approved().await;
    let id = path.rsplit('/').next().unwrap();
    let mut judge = w.officer(AUTHORITY, Role::Decider, 62);
    let there = format!("/console/tokens/new?client={id}");
    for (name, bad, field) in [
        ("uses", "0", "uses"),
        ("uses", "101", "uses"),
        ("uses", "many", "uses"),
        ("until-year", "2027", "until"),
        ("until-year", "2025", "until"),
        ("until-day", "", "until"),
    ] {
        let typed = [&TOKEN[..], &[("client", id), (name, bad)]].concat();
        let page = judge.submit(&there, "/console/tokens/new", &typed).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {bad}");
        assert!(page.body.contains(&format!("href=\"#f-{field}")), "{name} {bad}: {}", page.body);
    }
}

#[tokio::test]
async fn whoever_proposed_an_application_makes_no_token_after_it() {
    let w = World::new().await;
    let mut own = w.officer(AUTHORITY, Role::Head, 60);
    let page = own.submit("/console/new", "/console/new", &crate::world::DRAFT).await;
    let id = page.to.strip_suffix("/keys").unwrap().rsplit('/').next().unwrap().to_owned();
    let there = format!("/console/approvals/{id}");
    w.officer(AUTHORITY, Role::Administrator, 61).submit(&there, &format!("{there}/approve"), &[]).await;
    let csrf = own.token().await;
    let typed = [&TOKEN[..], &[("client", id.as_str()), ("_csrf", &csrf)]].concat();
    let page = own.post("/console/tokens/new", &typed).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.body);
    w.token(&id).await;
}

#[tokio::test]
async fn published_keys_take_the_place_of_those_that_were_handed_in() {
    let w = World::new().await;
    let path = w.register(&[("environment", "sandbox")]).await;
    let keys = format!("{path}/keys");
    let mut browser = w.administrator();
    browser.submit(&keys, &keys, &[("jwks", KEY)]).await;
    assert!(browser.get(&keys).await.body.contains(">k1<"));
    let change = format!("{path}/change");
    let there = "https://app.example.gov.vn/jwks.json";
    let more: &[(&str, &str)] = &[("environment", "sandbox"), ("jwks_uri", there)];
    let page = browser.submit(&change, &change, &[&crate::world::DRAFT[..], more].concat()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let page = browser.get(&keys).await;
    assert!(page.body.contains(there) && !page.body.contains(">k1<"), "{}", page.body);
    let token = browser.token().await;
    let page = browser.post(&keys, &[("jwks", KEY), ("_csrf", &token)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "never both");
    for bad in
        ["http://app.example.gov.vn/jwks.json", "http://127.0.0.1:9/jwks", "https://a.vn/#x", "jwks.json"]
    {
        let more: &[(&str, &str)] = &[("environment", "sandbox"), ("jwks_uri", bad)];
        let page = browser.submit(&change, &change, &[&crate::world::DRAFT[..], more].concat()).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(page.body.contains("href=\"#f-jwks_uri\""), "{bad}");
    }
}
