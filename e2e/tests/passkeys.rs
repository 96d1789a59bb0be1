//! Passkeys in a real browser: the device's keeper is Chromium's, everything else is as it is.

use e2e::{Browser, Setting, World, cast::Person, journey};

const NAME: &str = "Điện thoại của Lan";
const ADD: &str = "Thêm khóa trên thiết bị này";
const USE: &str = "Dùng khóa truy cập";

/// Signs in by number and password, and adds a key.
async fn has_a_passkey(browser: &Browser, person: &Person) {
    browser.signs_in(person).await;
    browser.opens("/account/passkeys").await;
    browser.fills("name", NAME).await;
    browser.presses(ADD).await;
    browser.sees("Đã thêm khóa truy cập.").await;
    browser.sees(NAME).await;
}

async fn signs_in_with_it(browser: &Browser) {
    browser.opens("/sign-in").await;
    browser.presses(USE).await;
    browser.sees("Xin chào").await;
}

async fn lan(w: &World) -> Browser {
    w.browser("Lan", Setting::PHONE).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_opens_the_account_and_nothing_is_typed() {
    journey("passkey", async |w| {
        let lan = lan(w).await;
        let device = lan.device().await;
        lan.signs_in(&w.cast.lan).await;
        lan.opens("/account/passkeys").await;
        lan.sees("Bạn chưa có khóa truy cập nào.").await;
        lan.looks_right("passkeys, none").await;
        lan.fills("name", NAME).await;
        lan.presses(ADD).await;
        lan.sees("Đã thêm khóa truy cập.").await;
        lan.looks_right("passkeys, one").await;
        let key = device.key().await;
        assert_eq!(key.site(), "localhost");
        assert!(key.is_discoverable(), "nobody must be named to find it");

        // The same device has no use for a second one.
        lan.pushes(ADD).await;
        lan.sees("Thiết bị này đã có khóa truy cập").await;
        assert_eq!(device.keys().await.len(), 1);

        lan.signs_out().await;
        lan.sees("Bạn đã đăng xuất").await;
        lan.opens("/sign-in?next=/account").await;
        lan.looks_right("sign in, with a passkey").await;
        lan.presses(USE).await;
        lan.sees("Tài khoản").await;
        assert_eq!(lan.address().await, "/account", "back to where the person wanted to go");
        assert!(device.key().await.count() > key.count());
        lan.opens("/account/sign-ins").await;
        lan.sees("khóa truy cập").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_nobody_unlocks_opens_nothing() {
    journey("passkey-locked", async |w| {
        let lan = lan(w).await;
        let device = lan.device().await;
        has_a_passkey(&lan, &w.cast.lan).await;
        lan.signs_out().await;

        device.unlocks(false).await;
        lan.opens("/sign-in").await;
        lan.pushes(USE).await;
        lan.sees("Chưa dùng được khóa truy cập").await;
        lan.looks_right("sign in, passkey refused").await;
        lan.opens("/account").await;
        lan.sees("Đăng nhập xong, bạn trở lại đúng trang vừa chọn").await;

        device.unlocks(true).await;
        signs_in_with_it(&lan).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_copied_gives_itself_away() {
    journey("passkey-copied", async |w| {
        let lan = lan(w).await;
        let device = lan.device().await;
        has_a_passkey(&lan, &w.cast.lan).await;
        let copied = device.key().await;
        lan.signs_out().await;
        signs_in_with_it(&lan).await;
        lan.signs_out().await;
        signs_in_with_it(&lan).await;
        lan.signs_out().await;

        // The copy has not signed as often as the key that it was made of.
        let count = copied.count();
        device.holds(&[copied.at_count(count)]).await;
        lan.opens("/sign-in").await;
        lan.presses(USE).await;
        lan.sees("có dấu hiệu đã bị sao chép").await;
        lan.looks_right("sign in, passkey copied").await;
        lan.opens("/account").await;
        lan.sees("Đăng nhập xong, bạn trở lại đúng trang vừa chọn").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_removed_opens_nothing() {
    journey("passkey-removed", async |w| {
        let lan = lan(w).await;
        let device = lan.device().await;
        has_a_passkey(&lan, &w.cast.lan).await;
        lan.signs_out().await;
        signs_in_with_it(&lan).await;
        lan.opens("/account/passkeys").await;
        lan.presses("Xóa").await;
        lan.sees("Đã xóa khóa truy cập.").await;
        lan.signs_out().await;

        assert_eq!(device.keys().await.len(), 1, "the device knows nothing of it");
        lan.opens("/sign-in").await;
        lan.presses(USE).await;
        lan.sees("Khóa truy cập chưa được chấp nhận").await;
        lan.looks_right("sign in, passkey removed").await;
        lan.opens("/account").await;
        lan.sees("Đăng nhập xong, bạn trở lại đúng trang vừa chọn").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_offers_the_key_before_anybody_asks() {
    journey("passkey-offered", async |w| {
        let lan = lan(w).await;
        let _device = lan.device_that_picks().await;
        has_a_passkey(&lan, &w.cast.lan).await;
        lan.signs_out().await;
        lan.opens("/sign-in?next=/record").await;
        lan.sees("Thông tin của tôi").await;
        assert_eq!(lan.address().await, "/record");
    })
    .await;
}
