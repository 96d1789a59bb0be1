//! Helpers in the pages: asked without learning who has an account, and agreeing to the request of whom they have met.

use std::future::pending;

use contracts::{IdentityLevel, PersonId};
use http::StatusCode;
use identity::{
    Password,
    ops::recovery::RECOVERY_WAIT,
    seed::{self, SeedCitizen},
};
use store::jobs::Handlers;

use crate::{
    account::{app, between},
    telephones::PASSWORD,
    world::{Browser, Page, World, number},
};

const HELPERS: &str = "/account/helpers";
const ASK: &str = "/recover/helpers";
const NEW: &str = "gió thổi qua đồng";

/// Somebody with an account and an authenticator app, signed in with both.
async fn strong(world: &World, person: PersonId, n: u32) -> Browser {
    let one = SeedCitizen {
        person,
        number: number(n),
        level: IdentityLevel::Two,
        password: Password::new(PASSWORD),
    };
    let tx = world.db.store.begin().await.unwrap();
    let made = seed::citizens(&world.identity, &tx, &[one]).await;
    tx.finish(made).await.unwrap();
    let mut browser = world.browser(None);
    let typed = number(n).to_string();
    browser.submit("/sign-in", "/sign-in", &[("number", &typed), ("password", PASSWORD)]).await;
    app(world, &mut browser, "").await;
    browser
}

/// Lan, Minh and Hoa.
async fn three(world: &World) -> [Browser; 3] {
    let hoa = world.neighbour(3, "Lê Thị Hoa").await;
    [strong(world, world.lan, 1).await, strong(world, world.minh, 2).await, strong(world, hoa, 3).await]
}

async fn work(world: &World) {
    let handlers = Handlers::new(identity::jobs::handlers(&world.identity));
    store::jobs::drain(&world.db.store, &handlers).await.unwrap();
}

async fn presses(browser: &mut Browser, step: &str) {
    let done = browser.submit(HELPERS, HELPERS, &[("do", step)]).await;
    assert_eq!((done.status, done.to.as_str()), (StatusCode::SEE_OTHER, HELPERS), "{}", done.body);
}

async fn invites(browser: &mut Browser, n: u32) -> Page {
    let typed = number(n).grouped();
    browser.submit(HELPERS, HELPERS, &[("do", "name"), ("number", &typed)]).await
}

/// Asks, and gives check word and code as the page shows them.
async fn asks(world: &World, n: u32) -> (String, String) {
    let typed = number(n).to_string();
    let page = world.browser(None).submit(ASK, ASK, &[("number", &typed)]).await;
    work(world).await;
    let shown: Vec<&str> =
        page.body.split("<code>").skip(1).filter_map(|rest| rest.split("</code>").next()).collect();
    (shown[0].to_owned(), shown[1].to_owned())
}

/// Follows the link of the first person who asks.
async fn agrees(browser: &mut Browser, word: &str) -> Page {
    let list = browser.get(HELPERS).await;
    let href = between(&list, "href=\"/account/helpers/agree?", "\"");
    let page = format!("/account/helpers/agree?{href}");
    browser.submit(&page, "/account/helpers/agree", &[("word", word)]).await
}

async fn enters(world: &World, code: &str) -> Page {
    let own = number(1).to_string();
    let typed = [("own", own.as_str()), ("code", code), ("password", NEW), ("again", NEW)];
    world.browser(None).submit(ASK, "/recover/helpers/password", &typed).await
}

#[tokio::test]
async fn naming_shows_nobodys_name_and_not_whether_there_is_an_account() {
    let world = World::new().await;
    let [mut lan, mut minh, _] = three(&world).await;
    let mut seen = Vec::new();
    // Minh has an account; nobody has number nine.
    for n in [2, 9] {
        let named = invites(&mut lan, n).await;
        let page = lan.get(HELPERS).await;
        let hint = &number(n).to_string()[9..];
        assert!(page.body.contains(&format!("Số ••• {hint}")), "{}", page.body);
        assert!(!page.body.contains("Trần Thị Minh"), "{}", page.body);
        // The entry without what differs from page to page and from number to number.
        let mut entry = between(&page, "Lời mời đang chờ trả lời</h2>", "</li>").replace(hint, "…");
        for name in ["_csrf", "id"] {
            let from = entry.split_once(&format!("name=\"{name}\" value=\"")).unwrap().1;
            let value = from.split('"').next().unwrap().to_owned();
            entry = entry.replace(&value, "…");
        }
        seen.push((named.status, named.to, named.body, entry));
        presses(&mut lan, "withdraw").await;
    }
    assert_eq!(seen[0], seen[1]);
    assert!(!minh.get(HELPERS).await.body.contains("Mời bạn làm người giúp"), "it was taken back");
    let own = invites(&mut lan, 1).await;
    assert!(own.title().starts_with("Lỗi") && own.body.contains("của chính bạn"), "{}", own.body);
}

#[tokio::test]
async fn two_who_said_yes_help_whom_they_have_met_and_nobody_else() {
    let world = World::new().await;
    let [mut lan, mut minh, mut hoa] = three(&world).await;
    for (n, helper) in [(2, &mut minh), (3, &mut hoa)] {
        invites(&mut lan, n).await;
        let asked = helper.get(HELPERS).await;
        assert!(asked.body.contains("Mời bạn làm người giúp") && asked.body.contains("Nguyễn Thị Lan"));
        presses(helper, "accept").await;
    }
    let mine = lan.get(HELPERS).await;
    assert!(mine.body.contains("Trần Thị Minh") && mine.body.contains("Lê Thị Hoa"), "{}", mine.body);
    world.db.clock.advance(jiff::SignedDuration::from_secs(60));

    let (_, theirs) = asks(&world, 1).await;
    let (word, code) = asks(&world, 1).await;
    for helper in [&mut minh, &mut hoa] {
        let list = helper.get(HELPERS).await;
        assert_eq!(list.body.matches("Giúp người này").count(), 1, "one person, two requests");
        assert!(list.body.contains("Đang có 2 yêu cầu") && !list.body.contains(&word), "{}", list.body);
        let wrong = agrees(helper, "12345").await;
        assert!(wrong.title().starts_with("Lỗi") && wrong.body.contains("đúng 6 chữ số"), "{}", wrong.body);
        let done = agrees(helper, &word).await;
        assert_eq!((done.status, done.to.as_str()), (StatusCode::SEE_OTHER, HELPERS), "{}", done.body);
    }
    world.db.clock.advance(RECOVERY_WAIT);
    let refused = enters(&world, &theirs).await;
    assert!(refused.body.contains("Chưa đến lúc đặt mật khẩu mới"), "{}", refused.body);
    let entered = enters(&world, &code).await;
    assert_eq!(
        (entered.status, entered.to.as_str()),
        (StatusCode::SEE_OTHER, "/sign-in"),
        "{}",
        entered.body
    );
    let typed = [("number", &*number(1).to_string()), ("password", NEW)];
    assert_eq!(world.browser(None).submit("/sign-in", "/sign-in", &typed).await.to, "/");
}

#[tokio::test]
async fn the_page_says_when_it_is_enough_for_today() {
    let world = World::new().await;
    let mut lan = strong(&world, world.lan, 1).await;
    for n in 10..15 {
        assert_eq!(invites(&mut lan, n).await.to, HELPERS);
    }
    let sixth = invites(&mut lan, 15).await;
    assert!(sixth.title().starts_with("Lỗi"), "{}", sixth.title());
    assert!(sixth.body.contains("Mỗi ngày chỉ làm việc này được 5 lần"), "{}", sixth.body);
}

/// Serves pages with helpers in every state, for looking at them in a browser with the cookies that are printed:
/// `PORTAL_SAMPLES=127.0.0.1:8124 cargo test -p portal -- --ignored --nocapture samples`.
#[tokio::test]
#[ignore = "serves until it is stopped"]
async fn samples_are_served() {
    let address = std::env::var("PORTAL_SAMPLES").unwrap();
    let world = World::new().await;
    let [mut lan, mut minh, mut hoa] = three(&world).await;
    for (n, helper) in [(2, &mut minh), (3, &mut hoa)] {
        invites(&mut lan, n).await;
        presses(helper, "accept").await;
    }
    invites(&mut lan, 9).await;
    invites(&mut hoa, 2).await;
    world.db.clock.advance(jiff::SignedDuration::from_mins(40));
    asks(&world, 1).await;
    asks(&world, 1).await;
    for (name, browser) in [("lan", &lan), ("minh", &minh), ("hoa", &hoa)] {
        for (key, value) in browser.cookies() {
            eprintln!("{name} {key}={value}");
        }
    }
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    webkit::serve(world.app.clone(), listener, webkit::ServeLimits::default(), pending()).await.unwrap();
}
