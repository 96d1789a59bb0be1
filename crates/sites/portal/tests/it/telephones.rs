//! Telephones in the pages: an account is opened with one, a page that wants more sends a code to it, and it changes by
//! codes from both.

use std::sync::Mutex;

use async_trait::async_trait;
use base::PersonalNumber;
use contracts::{
    Phone,
    messages::{Messages, ShortMessage, TelcoError},
};
use http::StatusCode;
use store::jobs::Handlers;

use crate::world::{Browser, Page, World, number};

/// Lan's own telephones.
pub const LANS: &str = "0912345678";
const LANS_SECOND: &str = "0867000111";
pub const PASSWORD: &str = "mưa rơi trên mái tôn";

/// Keeps what it was given.
#[derive(Default)]
pub struct Telco(Mutex<Vec<ShortMessage>>);

#[async_trait]
impl Messages for Telco {
    async fn send(&self, message: &ShortMessage) -> Result<(), TelcoError> {
        self.0.lock().unwrap().push(message.clone());
        Ok(())
    }

    async fn is_subscriber(&self, phone: &Phone, of: &PersonalNumber) -> Result<bool, TelcoError> {
        Ok([LANS, LANS_SECOND].contains(&phone.as_str()) && *of == number(1))
    }
}

impl World {
    /// The code that came to a telephone just now.
    pub async fn code_to(&self, phone: &str) -> String {
        let handlers = Handlers::new(identity::jobs::handlers(&self.identity));
        store::jobs::drain(&self.db.store, &handlers).await.unwrap();
        let sent = self.telco.0.lock().unwrap();
        let last = sent.iter().rev().find(|message| message.to.as_str() == phone).unwrap();
        last.text[..6].to_owned()
    }
}

/// What a page asks to be sent back with a code.
fn hidden<'a>(page: &'a Page, name: &str) -> &'a str {
    let tag = page.body.split("<input ").find(|tag| tag.contains(&format!("name=\"{name}\"")));
    let tag = tag.unwrap_or_else(|| panic!("no {name}: {}", page.body));
    tag.split_once("value=\"").unwrap().1.split('"').next().unwrap()
}

/// Sends the form of a page that is there already.
async fn send(browser: &mut Browser, page: &Page, path: &str, more: &[(&str, &str)]) -> Page {
    let mut body = form_urlencoded::Serializer::new(String::new());
    for name in ["_csrf", "ceremony", "next", "strength", "way", "to", "old", "new"] {
        if page.body.contains(&format!("name=\"{name}\"")) {
            body.append_pair(name, hidden(page, name));
        }
    }
    body.extend_pairs(more);
    browser.post(path, body.finish()).await
}

/// Fills in the form, reads the message, and sends its code.
pub async fn opens_an_account(world: &World, browser: &mut Browser, password: &str) {
    let own = number(1).to_string();
    let typed = [
        ("number", own.as_str()),
        ("name", "Nguyễn Thị Lan"),
        ("birth_date-day", "17"),
        ("birth_date-month", "5"),
        ("birth_date-year", "1990"),
        ("phone", LANS),
        ("password", password),
        ("again", password),
    ];
    let asked = browser.submit("/open-account", "/open-account", &typed).await;
    let wrong = send(browser, &asked, "/open-account/code", &[("code", "12")]).await;
    assert!(wrong.title().starts_with("Lỗi"), "{}", wrong.body);
    let code = world.code_to(LANS).await;
    let opened = send(browser, &wrong, "/open-account/code", &[("code", &code)]).await;
    assert_eq!(opened.to, "/sign-in", "{}", opened.body);
}

async fn lan(world: &World) -> Browser {
    let mut lan = world.browser(None);
    opens_an_account(world, &mut lan, PASSWORD).await;
    let typed = [("number", &*number(1).grouped()), ("password", PASSWORD)];
    assert_eq!(lan.submit("/sign-in", "/sign-in", &typed).await.to, "/");
    lan
}

#[tokio::test]
async fn a_page_that_wants_two_factors_sends_a_code_and_lets_on() {
    let world = World::new().await;
    let mut lan = lan(&world).await;
    world.db.clock.advance(jiff::SignedDuration::from_secs(120));
    let here = "/sign-in?next=%2Frecord&strength=2";
    let asked = lan.submit(here, "/sign-in/again/message", &[]).await;
    assert!(asked.body.contains("•••• ••• 678"), "{}", asked.body);
    let code = world.code_to(LANS).await;
    let other = if code == "000000" { "000001" } else { "000000" };
    let wrong = send(&mut lan, &asked, "/sign-in/again", &[("code", other)]).await;
    assert!(wrong.title().starts_with("Lỗi") && wrong.body.contains("•••• ••• 678"), "{}", wrong.body);
    let right = send(&mut lan, &wrong, "/sign-in/again", &[("code", &code)]).await;
    assert_eq!(lan.get(&right.to).await.to, "/record");
    // The next one has to wait, and the page says how long.
    let mut again = world.browser(None);
    let typed = [("number", &*number(1).grouped()), ("password", PASSWORD)];
    again.submit("/sign-in", "/sign-in", &typed).await;
    let held = again.submit(here, "/sign-in/again/message", &[]).await;
    assert!(held.body.contains("phút rồi xin mã mới"), "{}", held.body);
}

#[tokio::test]
async fn the_telephone_changes_by_codes_from_both() {
    let world = World::new().await;
    let mut lan = lan(&world).await;
    world.db.clock.advance(jiff::SignedDuration::from_secs(120));
    let page = lan.get("/account/phone").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("•••• ••• 678") && page.body.contains("Đã xác nhận"), "{}", page.body);
    let strange = lan.submit("/account/phone", "/account/phone", &[("phone", "0987000000")]).await;
    assert!(strange.body.contains("chưa khớp với thuê bao đứng tên bạn"), "{}", strange.body);
    assert!(strange.body.contains("value=\"0987000000\""), "what was typed stays: {}", strange.body);
    world.db.clock.advance(jiff::SignedDuration::from_secs(120));
    let asked = lan.submit("/account/phone", "/account/phone", &[("phone", LANS_SECOND)]).await;
    let (old, new) = (world.code_to(LANS).await, world.code_to(LANS_SECOND).await);
    let alone = send(&mut lan, &asked, "/account/phone/codes", &[("old_code", ""), ("code", &new)]).await;
    assert!(alone.title().starts_with("Lỗi"), "{}", alone.body);
    let both = send(&mut lan, &alone, "/account/phone/codes", &[("old_code", &old), ("code", &new)]).await;
    assert_eq!(both.to, "/account/phone", "{}", both.body);
    assert!(lan.get("/account/phone").await.body.contains("•••• ••• 111"));
    let removed = lan.submit("/account/phone", "/account/phone/remove", &[]).await;
    assert_eq!(removed.to, "/account/phone", "the code was a second factor");
    assert!(lan.get("/account/phone").await.body.contains("chưa có số điện thoại"));
}

#[tokio::test]
async fn where_nobody_carries_messages_the_pages_lead_to_the_counter() {
    let world = World::without_telco().await;
    let mut anybody = world.browser(None);
    let page = anybody.get("/open-account").await;
    assert!(page.body.contains("chưa mở được tài khoản trên mạng"), "{}", page.body);
    assert!(!page.body.contains("action=\"/open-account\""), "no form that leads nowhere: {}", page.body);
}
