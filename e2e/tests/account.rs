//! Every page of one's own account and of its doors, in both languages, with nothing in it and with what is wrong.

use e2e::{
    Browser, Setting, World,
    cast::{PASSWORD, Person},
    journey,
};

/// The pages of an account, as somebody finds them who has just begun.
const ACCOUNT: [&str; 11] = [
    "/account",
    "/account/passkeys",
    "/account/app",
    "/account/phone",
    "/account/sign-ins",
    "/account/helpers",
    "/account/wards",
    "/account/organisations",
    "/account/consents-given",
    "/ciba",
    "/device",
];
/// The doors, for whoever is not signed in.
const DOORS: [&str; 6] =
    ["/sign-in", "/sign-in/other", "/open-account", "/recover", "/recover/helpers", "/unlock"];

async fn reads(browser: &Browser, paths: &[&str], state: &str) {
    for path in paths {
        browser.opens(path).await;
        let name = path.trim_start_matches('/').replace('/', " ");
        browser.looks_right(&format!("{state}, {} {name}", browser.setting.lang)).await;
    }
}

async fn signs_in(browser: &Browser, w: &World) {
    browser.opens("/sign-in?next=/account").await;
    browser.fills("number", &w.cast.lan.number.to_string()).await;
    browser.fills("password", PASSWORD).await;
    browser.clicks("main form button[type=submit]").await;
    browser.find("form[action='/account/lock']").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_is_in_order_in_vietnamese() {
    journey("account", async |w| {
        let lan = w.browser("Lan", Setting::PHONE).await;
        reads(&lan, &DOORS, "door").await;
        // Sent with nothing in it.
        lan.opens("/recover").await;
        lan.clicks("main form button[type=submit]").await;
        assert!(lan.title().await.starts_with("Lỗi:"), "{}", lan.title().await);
        lan.looks_right("door, recover, empty").await;
        signs_in(&lan, w).await;
        reads(&lan, &ACCOUNT, "account").await;
        lan.opens("/account").await;
        lan.fills("password", "không phải mật khẩu này").await;
        lan.fills("new_password", "ngắn").await;
        lan.fills("again", "khác").await;
        lan.presses("Đổi mật khẩu").await;
        assert!(lan.title().await.starts_with("Lỗi:"), "{}", lan.title().await);
        lan.looks_right("account, wrong password").await;
        lan.opens("/account/app").await;
        lan.presses("Thiết lập ứng dụng").await;
        lan.looks_right("account, app").await;
        lan.fills("code", "000000").await;
        lan.presses("Xác nhận").await;
        assert!(lan.title().await.starts_with("Lỗi:"), "{}", lan.title().await);
        lan.looks_right("account, app, wrong code").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_is_in_order_in_english() {
    journey("account-english", async |w| {
        let lan = w.browser("Lan", Setting::ENGLISH).await;
        reads(&lan, &DOORS, "door").await;
        signs_in(&lan, w).await;
        reads(&lan, &ACCOUNT, "account").await;
    })
    .await;
}

/// Signs in, and adds a key: two factors.
async fn has_a_passkey(browser: &Browser, person: &Person) {
    browser.signs_in(person).await;
    browser.opens("/account/passkeys").await;
    browser.fills("name", "Máy của tôi").await;
    browser.presses("Thêm khóa trên thiết bị này").await;
    browser.sees("Đã thêm khóa truy cập.").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_is_asked_to_help_and_says_yes() {
    journey("helpers", async |w| {
        let (lan, binh) = (&w.cast.lan, &w.cast.binh);
        let hers = w.browser("Lan", Setting::PHONE).await;
        let _device = hers.device().await;
        has_a_passkey(&hers, lan).await;
        hers.opens("/account/helpers").await;
        hers.fills("number", &binh.number.to_string()).await;
        hers.presses("Gửi lời mời").await;
        hers.sees("Đã gửi lời mời.").await;
        hers.sees_not(binh.name).await;
        hers.looks_right("helpers, invited").await;

        let his = w.browser("Bình", Setting::DESK).await;
        let _device = his.device().await;
        has_a_passkey(&his, binh).await;
        his.opens("/account/helpers").await;
        his.sees(lan.name).await;
        his.looks_right("helpers, asked").await;
        his.presses("Nhận lời").await;
        his.sees("Bạn đã nhận lời giúp.").await;
        hers.opens("/account/helpers").await;
        hers.sees(binh.name).await;
        hers.looks_right("helpers, one").await;

        let lost = w.browser("Lan, signed out", Setting::PLAIN_PHONE).await;
        lost.opens("/recover/helpers").await;
        lost.fills("number", &lan.number.to_string()).await;
        lost.presses("Gửi yêu cầu").await;
        lost.sees("Mã đối chiếu").await;
        lost.looks_right("recover, asked").await;
    })
    .await;
}
