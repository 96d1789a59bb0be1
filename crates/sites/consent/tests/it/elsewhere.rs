//! Questions that come from another screen or from a counter, and the wish of a relying party to sign somebody out.

use http::{StatusCode, header};
use openid::{
    ops::{ciba::ciba_begin, device::device_begin},
    params::Params,
};

use crate::world::{Browser, LAN, NUMBER, SIGNED_OUT_TO, SignedIn, World};

const ASKED: &[u8] = b"scope=openid+level";

impl World {
    /// A kiosk of the bank shows this code.
    pub async fn kiosk(&self) -> String {
        let client = self.openid.clients.get(self.bank).unwrap();
        let begun = device_begin(&self.openid, &client, &Params::parse(ASKED).unwrap()).await;
        begun.unwrap().user_code.to_string()
    }

    /// The bank's call centre asks Lan.
    pub async fn call(&self) {
        let client = self.openid.clients.get(self.bank).unwrap();
        let params = format!("scope=openid+level&login_hint={NUMBER}&binding_message=XANH-42");
        let begun = ciba_begin(&self.openid, &client, &Params::parse(params.as_bytes()).unwrap()).await;
        assert!(begun.is_ok());
    }

    /// Where whoever is signed in answers the call that waits.
    pub async fn called(&self, browser: &mut Browser) -> String {
        let list = browser.get("/ciba").await;
        let id = list.body.split("href=\"/ciba/").nth(1).unwrap().split('"').next().unwrap();
        format!("/ciba/{id}")
    }
}

#[tokio::test]
async fn a_code_is_typed_compared_and_allowed_once() {
    let w = World::new().await;
    let code = w.kiosk().await;
    let mut browser = w.browser();
    assert_eq!(browser.get("/device").await.to, "/sign-in?next=%2Fdevice");
    browser.login = Some(LAN);
    assert!(browser.get("/device").await.body.contains("name=\"user_code\""));
    let typed = code.to_lowercase().replace('-', " ");
    let there = format!("/device?user_code={}", typed.replace(' ', "+"));
    let page = browser.get(&there).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains(&format!(">{code}<")) && page.body.contains("Ngân hàng Lúa Vàng"));
    assert!(page.body.contains("Chỉ một lần này"), "nothing is remembered");
    let body = page.filled(&[("answer", "allow")]);
    let done = browser.post("/device", body.clone()).await;
    assert!(done.body.contains("Đã cho phép"), "{}", done.body);
    let again = browser.post("/device", body).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("đã dùng rồi"));
}

#[tokio::test]
async fn a_refused_code_says_so_and_is_over() {
    let w = World::new().await;
    let code = w.kiosk().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let there = format!("/device?user_code={code}");
    let token = browser.get(&there).await.token();
    let page = browser.post("/device", format!("_csrf={token}&user_code={code}&answer=refuse")).await;
    assert!(page.body.contains("Không có gì được cho biết"), "{}", page.body);
    assert_eq!(browser.get(&there).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn codes_cannot_be_guessed_one_after_the_other() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let mut last = StatusCode::OK;
    for n in 0..12 {
        let letter = char::from(b"BCDFGHJKLMNP"[n]);
        last = browser.get(&format!("/device?user_code={letter}BBBBBBB")).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_call_centre_asks_and_the_same_words_stand_here() {
    let w = World::new().await;
    w.call().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let list = browser.get("/ciba").await;
    assert!(list.body.contains("XANH-42") && list.body.contains("Ngân hàng Lúa Vàng"), "{}", list.body);
    let there = w.called(&mut browser).await;
    let mut other = w.browser();
    other.login = Some(SignedIn { account: 2, ..LAN });
    assert_eq!(other.get(&there).await.status, StatusCode::GONE, "only whom it is meant for");
    assert!(other.get("/ciba").await.body.contains("Không có câu hỏi nào đang chờ"));
    let page = browser.submit(&there, &there, &[("answer", "allow")]).await;
    assert!(page.body.contains("Đã cho phép"), "{}", page.body);
    assert_eq!(browser.get(&there).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_call_that_nobody_answers_in_time_is_over() {
    let w = World::new().await;
    w.call().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let there = w.called(&mut browser).await;
    w.db.clock.advance(jiff::SignedDuration::from_hours(1));
    let page = browser.get(&there).await;
    assert_eq!(page.status, StatusCode::GONE);
}

#[tokio::test]
async fn somebody_elses_wish_to_sign_out_is_asked_about_first() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let wish = format!("/logout?client_id={}&post_logout_redirect_uri={SIGNED_OUT_TO}&state=x", w.bank);
    let page = browser.get(&wish).await;
    assert!(page.to.starts_with("/authorize/logout?"), "{} {}", page.to, page.body);
    let here = page.to;
    let page = browser.get(&here).await;
    assert!(page.body.contains("Ngân hàng Lúa Vàng đưa bạn đến đây để đăng xuất"), "{}", page.body);
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("form-action 'self' https://rp.example;"), "{policy}");
    let stay = browser.submit(&here, &here, &[("answer", "stay")]).await;
    assert_eq!(stay.to, "/");
    let leave = browser.submit(&here, &here, &[("answer", "leave")]).await;
    assert_eq!(leave.to, format!("{SIGNED_OUT_TO}?state=x"), "{}", leave.body);
    browser.login = None;
    assert!(browser.get("/authorize/logout/done").await.body.contains("Đã đăng xuất"));
}

#[tokio::test]
async fn signing_out_leads_to_no_address_that_is_not_registered() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let wish =
        format!("/authorize/logout?client_id={}&post_logout_redirect_uri=https://evil.example/", w.bank);
    let page = browser.submit("/device", &wish, &[("answer", "leave")]).await;
    assert!(page.status.is_client_error() && page.to.is_empty(), "{} {}", page.status, page.to);
}
