//! What a person allowed, and how it ends.

use http::StatusCode;

use crate::world::{LAN, SignedIn, World};

const ASK: &[(&str, &str)] = &[("scope", "openid level")];

#[tokio::test]
async fn a_consent_is_listed_and_ends_in_one_click_twice_is_no_fault() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    browser.submit(&here, &here, &[("answer", "allow")]).await;

    let list = browser.get("/account/consents-given").await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.body);
    for word in [
        "Ngân hàng Lúa Vàng",
        "Ngân hàng Nhà nước Việt Nam",
        "Mức độ định danh của tài khoản",
        "Mở tài khoản thanh toán.",
    ] {
        assert!(list.body.contains(word), "{word}");
    }
    let withdraw = format!("/account/consents-given/{}/withdraw", w.bank);
    for _ in 0..2 {
        let body = format!("_csrf={}", list.token());
        let page = browser.post(&withdraw, body).await;
        assert_eq!((page.status, page.to.as_str()), (StatusCode::SEE_OTHER, "/account/consents-given"));
    }
    let list = browser.get("/account/consents-given").await;
    assert!(list.body.contains("Đã rút lại") && list.body.contains("Bạn chưa cho phép bên nào"));
    let again = browser.arrive(w.bank, ASK).await;
    assert!(again.to.starts_with("/authorize/"), "asked from the beginning: {}", again.to);
}

#[tokio::test]
async fn nobody_sees_or_ends_what_somebody_else_allowed() {
    let w = World::new().await;
    let mut lan = w.browser();
    lan.login = Some(LAN);
    let here = lan.arrive(w.bank, ASK).await.to;
    lan.submit(&here, &here, &[("answer", "allow")]).await;

    let mut minh = w.browser();
    minh.login = Some(SignedIn { account: 2, ..LAN });
    let list = minh.get("/account/consents-given").await;
    assert!(list.body.contains("Bạn chưa cho phép bên nào"));
    let token = minh.get(&format!("{here}/unable")).await.token();
    minh.post(&format!("/account/consents-given/{}/withdraw", w.bank), format!("_csrf={token}")).await;
    assert!(lan.get("/account/consents-given").await.body.contains("Ngân hàng Lúa Vàng"));
}

#[tokio::test]
async fn what_was_told_leaves_a_receipt_that_only_its_person_reads() {
    let w = World::new().await;
    let mut lan = w.browser();
    lan.login = Some(LAN);
    let asked = [("scope", "openid"), ("claims", r#"{"userinfo":{"age_over_18":{"essential":true}}}"#)];
    let here = lan.arrive(w.bank, &asked).await.to;
    let code = lan.submit(&here, &here, &[("answer", "allow")]).await.answer("code").unwrap();
    assert!(lan.get("/account/consents-given").await.body.contains("Chưa lần nào"));
    assert_eq!(w.told(&code).await["age_over_18"], true);

    let list = lan.get("/account/consents-given").await;
    assert!(!list.body.contains("Chưa lần nào") && !list.body.contains("Chưa có biên nhận nào"));
    let id = list.body.split("/receipts/").nth(1).unwrap().split('"').next().unwrap();
    let there = format!("/account/consents-given/receipts/{id}");
    let page = lan.get(&there).await;
    for word in [
        "Ngân hàng Lúa Vàng",
        "đã đủ 18 tuổi hay chưa",
        "Luật Các tổ chức tín dụng 32/2024/QH15, Điều 14",
        id,
    ] {
        assert!(page.body.contains(word), "{word}: {}", page.body);
    }
    let json = lan.get(&format!("{there}/json")).await;
    let document: serde_json::Value = serde_json::from_str(&json.body).unwrap();
    assert_eq!(
        (document["receipt"].as_str(), &document["claims"][0]["claim"]),
        (Some(id), &"age_over_18".into())
    );
    assert!(!json.body.contains("1990"), "no value, nor what it was made from");

    let mut minh = w.browser();
    minh.login = Some(SignedIn { account: 2, ..LAN });
    for path in [there.clone(), format!("{there}/json")] {
        assert_eq!(minh.get(&path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_officer_is_told_that_this_is_for_citizens() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.officer = true;
    for path in ["/account/consents-given", "/ciba", "/device"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(page.body.contains("dành cho công dân"), "{path}");
    }
    let here = browser.arrive(w.bank, ASK).await.to;
    assert_eq!(browser.get(&here).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_list_needs_a_signed_in_person() {
    let w = World::new().await;
    let mut browser = w.browser();
    let page = browser.get("/account/consents-given").await;
    assert_eq!(page.to, "/sign-in?next=%2Faccount%2Fconsents-given");
    let page = browser.post(&format!("/account/consents-given/{}/withdraw", w.bank), String::new()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_kiosk_a_call_and_a_yes_for_once_are_in_the_list_and_end_in_one_click() {
    let w = World::new().await;
    for (kind, said) in [
        ("screen", "Trên một màn hình khác, bằng mã"),
        ("call", "Qua tổng đài hoặc tại quầy"),
        ("once", "Đăng nhập trên trình duyệt, chỉ lần này"),
    ] {
        let mut browser = w.browser();
        browser.login = Some(LAN);
        match kind {
            "screen" => {
                let there = format!("/device?user_code={}", w.kiosk().await);
                browser.submit(&there, "/device", &[("answer", "allow")]).await;
            }
            "call" => {
                w.call().await;
                let there = w.called(&mut browser).await;
                browser.submit(&there, &there, &[("answer", "allow")]).await;
            }
            _ => {
                let here = browser.arrive(w.bank, ASK).await.to;
                browser.submit(&here, &here, &[("answer", "allow"), ("once", "1")]).await;
            }
        }
        let list = browser.get("/account/consents-given").await;
        for word in [said, "Đang chờ nhận", "Mức độ định danh của tài khoản", "Ngân hàng Lúa Vàng"]
        {
            assert!(list.body.contains(word), "{kind}: {word}: {}", list.body);
        }
        let withdraw = format!("/account/consents-given/{}/withdraw", w.bank);
        browser.submit("/account/consents-given", &withdraw, &[]).await;
        let list = browser.get("/account/consents-given").await;
        assert!(list.body.contains("Bạn chưa cho phép bên nào"), "{kind}");
    }
}
