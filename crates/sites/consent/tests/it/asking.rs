//! Between a relying party's request and its answer.

use http::{StatusCode, header};

use crate::world::{COMPANY, LAN, REDIRECT, SignedIn, World};

const ASK: &[(&str, &str)] =
    &[("scope", "openid"), ("claims", r#"{"userinfo":{"age_over_18":{"essential":true},"name":null}}"#)];

#[tokio::test]
async fn whoever_is_not_signed_in_signs_in_first_and_comes_back() {
    let w = World::new().await;
    let mut browser = w.browser();
    let page = browser.arrive(w.bank, ASK).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let here = page.to.clone();
    assert!(here.starts_with("/authorize/"), "{here}");
    let page = browser.get(&here).await;
    assert_eq!(page.to, format!("/sign-in?next={}", here.replace('/', "%2F")));
    browser.login = Some(LAN);
    let page = browser.get(&here).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("Ngân hàng Lúa Vàng") && page.body.contains("Ngân hàng Nhà nước Việt Nam"));
}

#[tokio::test]
async fn a_login_too_weak_or_too_old_is_raised() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let page =
        browser.arrive(w.bank, &[("scope", "openid"), ("acr_values", "urn:vn:nd69-2024:auth:3")]).await;
    let here = page.to.clone();
    let page = browser.get(&here).await;
    assert!(
        page.to.starts_with("/sign-in?next=%2Fauthorize%2F") && page.to.ends_with("&strength=3"),
        "{}",
        page.to
    );
    browser.login = Some(SignedIn { strength: 3, ..LAN });
    assert_eq!(browser.get(&here).await.status, StatusCode::OK);

    let page = browser.arrive(w.bank, &[("scope", "openid"), ("max_age", "60")]).await;
    let page = browser.get(&page.to).await;
    let now = w.db.store.clock().now().as_second();
    assert!(page.to.ends_with(&format!("&since={now}")), "{}", page.to);
}

#[tokio::test]
async fn whoever_cannot_sign_in_as_strongly_goes_back_with_that_answer() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let page =
        browser.arrive(w.bank, &[("scope", "openid"), ("acr_values", "urn:vn:nd69-2024:auth:4")]).await;
    let unable = format!("{}/unable", page.to);
    let page = browser.submit(&unable, &unable, &[]).await;
    assert_eq!(page.status, StatusCode::OK, "a page that moves on: {}", page.body);
    let refresh = page.headers[header::REFRESH].to_str().unwrap();
    assert!(
        refresh.contains(REDIRECT) && refresh.contains("error=unmet_authentication_requirements"),
        "{refresh}"
    );
}

#[tokio::test]
async fn yes_leads_back_with_a_code_and_is_not_asked_again() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    let page = browser.submit(&here, &here, &[("answer", "allow")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    assert!(page.to.starts_with(&format!("{REDIRECT}?")), "{}", page.to);
    assert!(page.answer("code").is_some());
    assert_eq!(
        (page.answer("state").as_deref(), page.answer("iss").as_deref()),
        (Some("s-1"), Some("http://localhost"))
    );

    let page = browser.arrive(w.bank, ASK).await;
    assert!(page.to.starts_with(REDIRECT) && page.answer("code").is_some(), "remembered: {}", page.to);
}

#[tokio::test]
async fn no_leads_back_too_and_tells_nothing() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    let page = browser.submit(&here, &here, &[("answer", "refuse")]).await;
    assert_eq!(page.answer("error").as_deref(), Some("access_denied"), "{}", page.to);
    assert_eq!(page.answer("code"), None);
    let again = browser.arrive(w.bank, ASK).await;
    assert!(again.to.starts_with("/authorize/"), "a no is not remembered as a yes: {}", again.to);
}

#[tokio::test]
async fn what_is_left_out_is_not_allowed_and_is_asked_again() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    let page = browser
        .submit(&here, &here, &[("answer", "allow"), ("without", "name"), ("without", "age_over_18")])
        .await;
    assert!(page.answer("code").is_some());
    let list = browser.get("/account/consents-given").await;
    assert!(list.body.contains("đã đủ 18 tuổi"), "what is essential cannot be left out");
    assert!(!list.body.contains("Họ, chữ đệm và tên"));
}

#[tokio::test]
async fn neither_yes_nor_no_is_no_answer() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    for typed in [&[][..], &[("answer", "maybe")]] {
        let page = browser.submit(&here, &here, typed).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains("<title>Lỗi: ") && page.body.contains("href=\"#f-answer\""));
    }
}

#[tokio::test]
async fn an_answer_counts_once() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    let body = browser.get(&here).await.filled(&[("answer", "allow")]);
    assert_eq!(browser.post(&here, body.clone()).await.status, StatusCode::SEE_OTHER);
    let second = browser.post(&here, body).await;
    assert_eq!(second.status, StatusCode::GONE);
    assert!(second.body.contains("Câu hỏi này không còn nữa"));
    assert_eq!(browser.get(&here).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_question_ends_and_belongs_to_its_browser() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    let mut other = w.browser();
    other.login = Some(LAN);
    let page = other.get(&here).await;
    assert_eq!(page.status, StatusCode::GONE, "the address alone opens nothing");
    assert!(!page.body.contains("Ngân hàng Lúa Vàng"));
    w.db.clock.advance(jiff::SignedDuration::from_mins(11));
    assert_eq!(browser.get(&here).await.status, StatusCode::GONE);
    assert_eq!(browser.get("/authorize/nonsense").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn no_other_site_answers_for_a_person() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    let page = browser.post(&here, "answer=allow".to_owned()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "without the form's token");
    assert_eq!(browser.get(&here).await.status, StatusCode::OK, "the question still stands");
}

#[tokio::test]
async fn the_page_may_send_its_form_to_the_relying_party_and_nowhere_else() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    let page = browser.get(&here).await;
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("form-action 'self' https://rp.example;"), "{policy}");
}

#[tokio::test]
async fn what_follows_our_own_form_moves_on_by_a_page() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    browser.submit(&here, &here, &[("answer", "allow")]).await;
    // Signed out, asked, signed in again: the sign-in form leads here, and nothing is left to ask.
    browser.login = None;
    let here = browser.arrive(w.bank, ASK).await.to;
    assert!(browser.get(&here).await.to.starts_with("/sign-in"));
    browser.login = Some(LAN);
    browser.own_form = true;
    let page = browser.get(&here).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.headers[header::REFRESH].to_str().unwrap().contains("code="));
}

#[tokio::test]
async fn a_form_carries_the_answer_where_that_was_asked_for() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let asked = [ASK, &[("response_mode", "form_post")]].concat();
    let here = browser.arrive(w.bank, &asked).await.to;
    let page = browser.submit(&here, &here, &[("answer", "allow")]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains(&format!("action=\"{REDIRECT}\"")) && page.body.contains("name=\"code\""));
    assert!(page.body.contains("type=\"submit\""), "a button, where scripts do not run");
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("form-action 'self' https://rp.example;"), "{policy}");
}

#[tokio::test]
async fn a_sandbox_meets_only_made_up_people() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.sandbox, ASK).await.to;
    let page = browser.get(&here).await;
    assert!(page.body.contains("Môi trường thử nghiệm") && page.body.contains("Nguyễn Văn An"));
    let page = browser.submit(&here, &here, &[("answer", "allow")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "somebody must be chosen");
    let page = browser.submit(&here, &here, &[("answer", "allow"), ("persona", "an")]).await;
    assert!(page.answer("code").is_some(), "{} {}", page.to, page.body);
    let list = browser.get("/account/consents-given").await;
    assert!(list.body.contains("Không điều gì về bạn"), "nothing of the tester was allowed: {}", list.body);
}

#[tokio::test]
async fn a_request_that_names_nobody_known_is_refused_in_plain_words() {
    let w = World::new().await;
    let mut browser = w.browser();
    let page =
        browser.get("/authorize?client_id=0199a000-0000-7000-8000-000000000000&response_type=code").await;
    assert_eq!((page.status, page.to.as_str()), (StatusCode::BAD_REQUEST, ""));
    assert!(page.body.contains("Bạn không làm gì sai"), "{}", page.body);
    let page = browser.arrive(w.bank, &[("redirect_uri", "https://evil.example/")]).await;
    assert_eq!((page.status, page.to.as_str()), (StatusCode::BAD_REQUEST, ""), "never sent to a stranger");
    assert!(!page.body.contains("href=\"https://evil.example"));
}

#[tokio::test]
async fn for_whom_is_asked_each_time_and_nothing_is_chosen_in_advance() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let asks: &[(&str, &str)] = &[("scope", "openid organisation")];
    let company = uuid::Uuid::from_u128(COMPANY).to_string();
    for chosen in [company.as_str(), "none"] {
        let here = browser.arrive(w.bank, asks).await.to;
        let page = browser.get(&here).await;
        for words in [
            "Bạn làm việc này cho ai?",
            "Cho chính tôi",
            "Công ty TNHH Sao Mai",
            "người đại diện theo pháp luật",
        ] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        assert!(!page.body.contains("checked"), "{}", page.body);
        let missing = browser.submit(&here, &here, &[("answer", "allow")]).await;
        assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(missing.body.contains("Hãy chọn bạn làm việc này cho chính mình"), "{}", missing.body);
        let page = browser.submit(&here, &here, &[("answer", "allow"), ("organisation", chosen)]).await;
        assert!(page.answer("code").is_some(), "{} {}", page.to, page.body);
    }
    // A no needs no choice, and an organisation of somebody else is none.
    let here = browser.arrive(w.bank, asks).await.to;
    let stranger = uuid::Uuid::from_u128(1).to_string();
    let page = browser.submit(&here, &here, &[("answer", "allow"), ("organisation", &stranger)]).await;
    assert_eq!((page.status, page.answer("code")), (StatusCode::GONE, None));
    let page = browser.submit(&here, &here, &[("answer", "refuse")]).await;
    assert_eq!(page.answer("error").as_deref(), Some("access_denied"));
}
