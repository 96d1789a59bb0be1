//! A page that is answered after something changed: another account, another question. It is shown again with a word about
//! it, and nothing leaves.

use base::Text;
use http::StatusCode;

use crate::world::{LAN, Page, REDIRECT, SignedIn, World};

const ASK: &[(&str, &str)] = &[("scope", "openid level")];
const MINH: SignedIn = SignedIn { account: 2, ..LAN };
const OTHER_ACCOUNT: &str = "đã chuyển sang một tài khoản khác";
const OTHER_QUESTION: &str = "Câu hỏi đã thay đổi sau khi bạn mở trang";

fn is_shown_again(page: &Page, why: &str) {
    assert_eq!((page.status, page.to.as_str()), (StatusCode::CONFLICT, ""), "{}", page.body);
    assert!(page.body.contains(why), "{}", page.body);
    assert!(page.body.contains("Chưa có gì được cho biết"));
    assert!(page.body.contains("name=\"answer\" value=\"allow\""), "the question stands below");
}

#[tokio::test]
async fn a_yes_after_somebody_else_signed_in_shows_the_page_to_them_first() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    let read = browser.get(&here).await;
    browser.login = Some(MINH);
    let again = browser.post(&here, read.filled(&[("answer", "allow")])).await;
    is_shown_again(&again, OTHER_ACCOUNT);
    for login in [LAN, MINH] {
        browser.login = Some(login);
        assert!(browser.get("/account/consents-given").await.body.contains("Bạn chưa cho phép bên nào"));
    }
    // Now it was drawn for whoever is signed in.
    let page = browser.post(&here, again.filled(&[("answer", "allow")])).await;
    assert!(page.to.starts_with(REDIRECT) && page.answer("code").is_some(), "{}", page.body);
}

#[tokio::test]
async fn whoever_has_allowed_everything_does_not_leave_by_a_page_that_was_drawn_for_another() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(MINH);
    let here = browser.arrive(w.bank, ASK).await.to;
    browser.submit(&here, &here, &[("answer", "allow")]).await;

    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    let read = browser.get(&here).await;
    browser.login = Some(MINH);
    is_shown_again(&browser.post(&here, read.filled(&[("answer", "allow")])).await, OTHER_ACCOUNT);
    let page = browser.post(&here, read.filled(&[("answer", "refuse")])).await;
    assert_eq!(page.answer("error").as_deref(), Some("access_denied"), "a no is a no: {}", page.to);
}

#[tokio::test]
async fn a_no_is_a_no_although_another_tab_said_yes() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    let read = browser.get(&here).await;
    let other = browser.arrive(w.bank, ASK).await.to;
    browser.submit(&other, &other, &[("answer", "allow")]).await;
    let page = browser.post(&here, read.filled(&[("answer", "refuse")])).await;
    assert_eq!((page.answer("code"), page.answer("error").as_deref()), (None, Some("access_denied")));
}

#[tokio::test]
async fn a_yes_after_the_question_changed_shows_what_is_asked_now() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    let read = browser.get(&here).await;
    let code = w.kiosk().await;
    let screen = browser.get(&format!("/device?user_code={code}")).await;
    w.call().await;
    let call = w.called(&mut browser).await;
    let phone = browser.get(&call).await;
    w.changes(|draft| draft.purpose = Text::new("Bán bảo hiểm nhân thọ.", "To sell life insurance.")).await;

    for (there, read) in [(here.as_str(), &read), ("/device", &screen), (call.as_str(), &phone)] {
        let again = browser.post(there, read.filled(&[("answer", "allow")])).await;
        is_shown_again(&again, OTHER_QUESTION);
        assert!(again.body.contains("Bán bảo hiểm nhân thọ."), "{there}: what it is for now");
        let done = browser.post(there, again.filled(&[("answer", "allow")])).await;
        let left = done.answer("code").is_some() || done.body.contains("Đã cho phép");
        assert!(left, "{there}: {} {}", done.to, done.body);
    }
}

#[tokio::test]
async fn a_form_that_does_not_say_which_page_it_was_is_shown_again() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, ASK).await.to;
    let token = browser.get(&here).await.token();
    for seen in ["", "&seen=", "&seen=nonsense", "&seen=a.b"] {
        let again = browser.post(&here, format!("_csrf={token}&answer=allow{seen}")).await;
        assert_eq!((again.status, again.to.as_str()), (StatusCode::CONFLICT, ""), "{seen}");
    }
}

#[tokio::test]
async fn what_changed_is_said_before_what_is_missing() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let here = browser.arrive(w.bank, &[("scope", "openid organisation")]).await.to;
    let read = browser.get(&here).await;
    browser.login = Some(MINH);
    // Nobody is chosen to act for either.
    is_shown_again(&browser.post(&here, read.filled(&[("answer", "allow")])).await, OTHER_ACCOUNT);
}

#[tokio::test]
async fn a_screen_and_a_call_are_answered_by_whom_their_page_was_drawn_for() {
    let w = World::new().await;
    let mut browser = w.browser();
    browser.login = Some(LAN);
    let code = w.kiosk().await;
    let screen = browser.get(&format!("/device?user_code={code}")).await;
    w.call().await;
    let call = w.called(&mut browser).await;
    let phone = browser.get(&call).await;
    browser.login = Some(MINH);
    is_shown_again(&browser.post("/device", screen.filled(&[("answer", "allow")])).await, OTHER_ACCOUNT);
    // A call is for one person: nobody else gets to see it.
    for answer in ["allow", "refuse"] {
        let page = browser.post(&call, phone.filled(&[("answer", answer)])).await;
        assert_eq!((page.status, page.to.as_str()), (StatusCode::SEE_OTHER, "/ciba"));
        let list = browser.get("/ciba").await;
        assert!(list.body.contains(OTHER_ACCOUNT) && !list.body.contains("XANH-42"), "{}", list.body);
    }
    browser.login = Some(LAN);
    assert!(browser.get(&call).await.body.contains("XANH-42"), "it still waits");
}
