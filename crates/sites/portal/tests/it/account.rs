//! One's own account through its pages: the second factor, what a page may ask for, another screen, the lock.

use contracts::{IdentityLevel, Role};
use http::StatusCode;
use identity::{
    Document, Present, RaiseBasis,
    enrolment::{Refusal, RefusalReason},
    ops::{self, enrol_collect::Collecting},
    totp,
};

use crate::{
    telephones::{PASSWORD, opens_an_account},
    world::{Browser, Page, World, head, number, officer},
};

/// Lan opens her account and signs in with it.
async fn lan(world: &World) -> Browser {
    let mut lan = world.browser(None);
    opens_an_account(world, &mut lan, PASSWORD).await;
    let signed = sign_in(&mut lan, "/sign-in").await;
    assert_eq!((signed.status, signed.to.as_str()), (StatusCode::SEE_OTHER, "/"));
    lan
}

async fn sign_in(browser: &mut Browser, page: &str) -> Page {
    let typed = number(1).grouped();
    browser.submit(page, "/sign-in", &[("number", &typed), ("password", PASSWORD)]).await
}

pub fn between<'a>(page: &'a Page, before: &str, after: &str) -> &'a str {
    let rest = page.body.split_once(before).unwrap_or_else(|| panic!("no {before}: {}", page.body)).1;
    rest.split(after).next().unwrap_or("")
}

fn code(world: &World, secret: &[u8]) -> String {
    world.db.clock.advance(jiff::SignedDuration::from_secs(30));
    totp::code(secret, world.db.store.clock().now()).unwrap()
}

/// Sets up the authenticator app through its page, and gives its secret.
pub async fn app(world: &World, browser: &mut Browser, next: &str) -> Vec<u8> {
    drop_phone(world).await;
    let begun = browser.submit("/account/app", "/account/app/begin", &[("next", next)]).await;
    let secret = decode(between(&begun, "<code>", "</code>"));
    let token = between(&begun, "name=\"_csrf\" value=\"", "\"").to_owned();
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs([("_csrf", token.as_str()), ("next", next), ("code", &code(world, &secret))]);
    let done = browser.post("/account/app", body.finish()).await;
    assert_eq!(done.to, if next.is_empty() { "/account" } else { next }, "{}", done.body);
    secret
}

/// Base32 as authenticator apps read it (RFC 4648).
fn decode(secret: &str) -> Vec<u8> {
    let digit = |b| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|a| *a == b).unwrap();
    let bits: String = secret.bytes().map(|b| format!("{:05b}", digit(b))).collect();
    let bytes = bits.as_bytes().chunks_exact(8);
    bytes.map(|c| u8::from_str_radix(str::from_utf8(c).unwrap(), 2).unwrap()).collect()
}

/// The counter took everything away, and the password was set anew: what is left of an account of before.
async fn drop_phone(world: &World) {
    let connection = world.db.store.connection().await.unwrap();
    connection.execute("DELETE FROM identity.authenticator WHERE kind = 'phone'", &[]).await.unwrap();
}

#[tokio::test]
async fn a_page_that_wants_two_factors_asks_for_what_is_missing_and_lets_on() {
    let world = World::new().await;
    let mut lan = lan(&world).await;
    // Enough already: no question.
    assert_eq!(lan.get("/sign-in?next=/record&strength=1").await.to, "/record");
    // Without the telephone there is nothing to show: a way to set it up that leads back here, and no circle.
    drop_phone(&world).await;
    let here = "/sign-in?next=%2Frecord&strength=2";
    let asked = lan.get(here).await;
    assert_eq!(asked.status, StatusCode::OK);
    for way in ["/account/app?next=%2Fsign-in%3F", "/account/phone?next=%2Fsign-in%3F"] {
        assert!(asked.body.contains(way), "{}", asked.body);
    }
    app(&world, &mut lan, here).await;
    assert_eq!(lan.get(here).await.to, "/record");
    let never = lan.get("/sign-in?next=/record&strength=4").await;
    assert_eq!((never.status, never.to.as_str()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn who_has_an_app_is_asked_for_its_code_and_shows_it_again_when_a_page_wants_it_fresh() {
    let world = World::new().await;
    let secret = app(&world, &mut lan(&world).await, "").await;
    let mut other = world.browser(None);
    let asked = sign_in(&mut other, "/sign-in?next=/record").await;
    let token = between(&asked, "name=\"ceremony\" value=\"", "\"").to_owned();
    let csrf = between(&asked, "name=\"_csrf\" value=\"", "\"").to_owned();
    let body = |code: &str| {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs([("_csrf", &*csrf), ("next", "/record"), ("ceremony", &token), ("code", code)]);
        body.finish()
    };
    let wrong = other.post("/sign-in/code", body("000000")).await;
    assert!(wrong.title().starts_with("Lỗi"), "{}", wrong.title());
    let right = other.post("/sign-in/code", body(&code(&world, &secret))).await;
    assert_eq!(right.to, "/record");

    world.db.clock.advance(jiff::SignedDuration::from_secs(60));
    let since = world.db.store.clock().now().as_second();
    let here = format!("/sign-in?next=%2Frecord&strength=2&since={since}");
    let asked = other.get(&here).await;
    assert!(asked.body.contains("Tiếp theo là mã 6 số") && !asked.body.contains("name=\"code\""));
    let typed = [("way", "password"), ("password", PASSWORD)];
    let back = other.submit(&here, "/sign-in/again", &typed).await;
    // The password alone is half of it, and the page says what comes next.
    let rest = other.get(&back.to).await;
    assert_eq!(rest.status, StatusCode::OK, "{}", rest.to);
    assert!(rest.body.contains("Còn một bước nữa") && !rest.body.contains("name=\"password\""));
    let typed = [("way", "code"), ("code", "1")];
    let wrong = other.submit(&here, "/sign-in/again", &typed).await;
    assert!(wrong.title().starts_with("Lỗi"), "{}", wrong.body);
    let fresh = code(&world, &secret);
    let typed = [("way", "code"), ("code", fresh.as_str())];
    let back = other.submit(&here, "/sign-in/again", &typed).await;
    assert_eq!(other.get(&back.to).await.to, "/record");
}

#[tokio::test]
async fn strangers_who_guess_do_not_shut_out_a_browser_that_was_signed_in_before() {
    let world = World::new().await;
    let mut lan = lan(&world).await;
    lan.submit("/account", "/sign-out", &[]).await;
    let (mut stranger, typed) = (world.browser(None), number(1).grouped());
    for _ in 0..6 {
        let guess = [("number", typed.as_str()), ("password", "đoán thử")];
        stranger.submit("/sign-in", "/sign-in", &guess).await;
    }
    let refused = sign_in(&mut world.browser(None), "/sign-in").await;
    assert!(refused.body.contains("Đã thử sai quá nhiều lần"), "{}", refused.body);
    assert_eq!(sign_in(&mut lan, "/sign-in").await.to, "/");
    // Signing out everywhere forgets every other browser, and not this one.
    let other = lan.clone();
    sign_in(&mut world.browser(None), "/sign-in").await;
    world.db.clock.advance(jiff::SignedDuration::from_secs(900));
    sign_in(&mut world.browser(None), "/sign-in").await;
    lan.submit("/account", "/account/sessions", &[("others", "1")]).await;
    for _ in 0..5 {
        let guess = [("number", typed.as_str()), ("password", "đoán thử")];
        stranger.submit("/sign-in", "/sign-in", &guess).await;
    }
    for (browser, there) in [(other, ""), (lan, "/")] {
        let mut browser = browser.signed_out();
        assert_eq!(sign_in(&mut browser, "/sign-in").await.to, there);
    }
}

#[tokio::test]
async fn another_screen_is_signed_in_without_scripts() {
    let world = World::new().await;
    let mut phone = lan(&world).await;
    let mut screen = world.browser(None);
    let begun = screen.submit("/sign-in/other?next=/record", "/sign-in/other", &[]).await;
    let wait = begun.to.clone();
    let page = screen.get(&wait).await;
    let shown = between(&page, "gõ số này: <strong>", "</strong>").to_owned();
    assert!(page.body.contains("<svg class=\"qr\""), "{}", page.body);
    let code = wait.split_once("code=").unwrap().1.split('&').next().unwrap();
    let ask = format!("/account/other?code={code}");

    let first = phone.get(&ask).await;
    assert!(first.to.starts_with("/sign-in?next=") && first.to.ends_with("strength=2"), "{}", first.to);
    app(&world, &mut phone, "").await;
    let typed = [("do", "agree"), ("number", shown.as_str())];
    let agreed = phone.submit(&ask, "/account/other", &typed).await;
    assert_eq!(agreed.to, "/account");
    assert!(phone.get("/account").await.body.contains("Đã đăng nhập màn hình kia"));
    assert_eq!(screen.get(&wait).await.to, "/record");
    assert!(screen.get("/account/sign-ins").await.body.contains("thiết bị khác đồng ý"));
}

#[tokio::test]
async fn one_click_locks_the_account_and_signs_every_device_out() {
    let world = World::new().await;
    let mut lan = lan(&world).await;
    let mut other = world.browser(None);
    sign_in(&mut other, "/sign-in").await;
    assert_eq!(other.get("/account").await.status, StatusCode::OK);
    assert_eq!(lan.submit("/account", "/account/lock", &[]).await.to, "/");
    world.db.clock.advance(jiff::SignedDuration::from_secs(5));
    assert!(other.get("/account").await.to.starts_with("/sign-in"));
    let refused = sign_in(&mut lan, "/sign-in").await;
    assert!(refused.body.contains("đang bị khóa"), "{}", refused.body);
}

#[tokio::test]
async fn every_page_of_the_account_opens_and_says_what_is_there() {
    let world = World::new().await;
    let mut lan = lan(&world).await;
    for (path, words) in [
        ("/account", "Khóa tài khoản ngay"),
        ("/account/passkeys", "Bạn chưa có khóa truy cập nào"),
        ("/account/app", "Thiết lập ứng dụng"),
        ("/account/sign-ins", "Đã đăng nhập"),
        ("/account/wards", "Không có tài khoản nào đang chờ"),
        ("/account/helpers", "Chưa có ai nhận lời giúp bạn"),
        ("/recover/helpers", "Bước 1"),
        ("/account/other", "Mã hiện dưới mã QR"),
        ("/recover", "Mã trên tờ giấy"),
        ("/open-account/file", "nộp tại quầy"),
        ("/unlock", "Mở lại"),
    ] {
        let page = lan.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.to);
        assert!(page.body.contains(words), "{path}: {}", page.body);
    }
    let typed = number(2).to_string();
    let asked = lan.submit("/recover/helpers", "/recover/helpers", &[("number", typed.as_str())]).await;
    for code in ["Mã đối chiếu", "Mã của bạn"] {
        assert!(asked.body.contains(code), "the same for everybody: {}", asked.body);
    }
    let named =
        lan.submit("/account/helpers", "/account/helpers", &[("do", "name"), ("number", &typed)]).await;
    assert!(named.to.starts_with("/sign-in?next="), "naming helpers takes two factors: {}", named.body);
    let wrong = [("code", "abcd"), ("number", "079"), ("password", PASSWORD), ("again", PASSWORD)];
    let refused = lan.submit("/recover", "/recover", &wrong).await;
    assert!(refused.title().starts_with("Lỗi"), "{}", refused.title());
}

#[tokio::test]
async fn whoever_handed_in_a_file_reads_how_it_stands_and_why_it_was_refused() {
    let world = World::new().await;
    let file = Collecting {
        number: number(2),
        level: IdentityLevel::Two,
        present: Present::Holder,
        document: Some(Document::IdentityCard),
        basis: RaiseBasis::CardSeen,
        comparison: None,
        guardian: None,
        phone: None,
    };
    let taken = ops::enrol_collect(&world.identity, &officer(Role::Receiver), &file).await.unwrap();
    let mut minh = world.browser(None);
    let page = "/open-account/file";
    let (typed, code) = (number(2).grouped(), taken.code.show());
    let right = [("number", typed.as_str()), ("code", code.as_str())];
    let waits = minh.submit(page, page, &right).await;
    assert!(waits.body.contains("đang chờ duyệt"), "{}", waits.body);
    let wrong = minh.submit(page, page, &[("number", typed.as_str()), ("code", "abcd-efgh-ijkm-npqr")]).await;
    assert!(wrong.title().starts_with("Lỗi"), "{}", wrong.title());

    let why = Refusal { reason: RefusalReason::Incomplete, note: "Thiếu ảnh <chân dung>".into() };
    let mut tx = world.db.store.begin().await.unwrap();
    let refused =
        ops::enrol_refuse(&world.identity, &mut tx, &head(), taken.account, taken.enrolment, &why).await;
    tx.finish(refused).await.unwrap();
    let told = minh.submit(page, page, &right).await;
    for words in ["không được duyệt", "hồ sơ còn thiếu", "Thiếu ảnh &lt;chân dung&gt;", "khiếu nại"]
    {
        assert!(told.body.contains(words), "{words}: {}", told.body);
    }
}
