//! Keys, secrets, mistakes and use of a relying party.

use http::StatusCode;

use crate::world::World;

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
