//! A relying party that people know: the demo's bank. They come from it, decide, go back, and see here what it was told.

use e2e::{Browser, Setting, World, bank::Bank, cast::PASSWORD, journey};
use serde_json::json;

const BEGIN: &str = "Tiếp tục với tài khoản định danh";
const QUESTION: &str = "Ngân hàng Mẫu hỏi bạn";
const ORGANISATION: &str = "Ngân hàng Thương mại cổ phần Mẫu";
const TRANSFER: &str = "Chuyển trên 10 triệu đồng";
const STEP_UP: &str = "Xác nhận thêm là bạn";

/// From the bank's first page to the question, by number and password.
async fn comes_from(lan: &Browser, w: &World, bank: &Bank) {
    lan.opens_elsewhere(&bank.url).await;
    lan.sees("Mở tài khoản trong một phút").await;
    lan.follows(BEGIN).await;
    lan.sees("Đăng nhập xong, bạn trở lại đúng trang vừa chọn").await;
    lan.enters_number_and_password(&w.cast.lan, PASSWORD).await;
    lan.sees(QUESTION).await;
}

async fn is_let_in(lan: &Browser, w: &World, bank: &Bank) {
    comes_from(lan, w, bank).await;
    lan.presses("Cho phép").await;
    lan.sees("Chào Nguyễn Thị Lan").await;
}

/// The lines of the log of accesses that name the bank.
async fn lines_about_the_bank(lan: &Browser) -> Vec<String> {
    let read = "return [...document.querySelectorAll('main ul.files > li')].map((li) => li.innerText)";
    let lines = lan.script(read, json!([])).await;
    let lines = lines.as_array().cloned().unwrap_or_default();
    let lines = lines.iter().filter_map(|line| line.as_str().map(str::to_owned));
    lines.filter(|line| line.contains("Ngân hàng Mẫu") || line.contains("khi đăng nhập")).collect()
}

async fn opens_an_account_and_takes_it_back(w: &World, setting: Setting) {
    let bank = w.bank().await;
    let lan = w.browser("Lan", setting).await;
    let state = |page: &str| format!("bank, {page}{}", if setting.scripts { "" } else { ", plain" });
    lan.opens_elsewhere(&bank.url).await;
    lan.sees("không phải ngân hàng thật").await;
    lan.looks_right(&state("first page")).await;
    comes_from(&lan, w, &bank).await;
    lan.sees(ORGANISATION).await;
    lan.sees("Luật Phòng, chống rửa tiền").await;
    lan.looks_right(&state("question")).await;
    lan.presses("Cho phép").await;
    lan.sees("Chào Nguyễn Thị Lan").await;
    lan.sees("Mức 1").await;
    lan.looks_right(&state("account")).await;
    let address = lan.address().await;
    assert_eq!(address, format!("{}/account", bank.url), "the address says nothing of the sign-in");
    lan.follows("Hỏi lại hệ thống định danh").await;
    lan.sees("Vẫn được trả lời").await;

    // One release is one line: who was told what, for what, and under which law.
    lan.opens("/record/accesses").await;
    let lines = lines_about_the_bank(&lan).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    for said in
        [ORGANISATION, "Mở tài khoản thanh toán", "đủ 18 tuổi", "Luật Phòng, chống rửa tiền", "Điều 19"]
    {
        assert!(lines[0].contains(said), "{said}: {}", lines[0]);
    }
    lan.looks_right(&state("log of accesses")).await;
    lan.waits_for("Kiểm chứng").await;
    lan.follows("Kiểm chứng").await;
    lan.sees("Mở tài khoản thanh toán").await;

    lan.opens("/account/consents-given").await;
    lan.sees(ORGANISATION).await;
    lan.looks_right(&state("consents given")).await;
    lan.follows("Xem biên nhận").await;
    lan.sees("Biên nhận cho biết thông tin").await;
    lan.sees_not("Nguyễn Thị Lan").await;
    lan.looks_right(&state("receipt")).await;

    lan.opens("/account/consents-given").await;
    lan.presses("Rút lại").await;
    lan.sees("Đã rút lại").await;
    lan.sees("Bạn chưa cho phép bên nào").await;
    lan.looks_right(&state("consents given, taken back")).await;
    lan.opens_elsewhere(&format!("{}/account/again", bank.url)).await;
    lan.sees("Ngân hàng không được biết nữa").await;
    lan.looks_right(&state("told nothing any more")).await;

    // And the next time it must ask again.
    lan.opens_elsewhere(&format!("{}/begin", bank.url)).await;
    lan.sees(QUESTION).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_opens_an_account_at_a_bank_and_takes_the_consent_back() {
    journey("bank", async |w| opens_an_account_and_takes_it_back(w, Setting::DESK).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_whose_browser_runs_no_scripts_does_the_same() {
    journey("bank-plain", async |w| opens_an_account_and_takes_it_back(w, Setting::PLAIN_PHONE).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_no_is_led_back_and_told_so_in_plain_words() {
    journey("bank-refused", async |w| {
        let bank = w.bank().await;
        let lan = w.browser("Lan", Setting::PHONE).await;
        comes_from(&lan, w, &bank).await;
        lan.presses("Không cho phép").await;
        lan.sees("Ông/bà đã không cho phép. Ngân hàng không biết gì về ông/bà.").await;
        lan.looks_right("bank, refused").await;
        lan.opens("/account/consents-given").await;
        lan.sees("Chưa có biên nhận nào").await;
        lan.opens("/record/accesses").await;
        assert_eq!(lines_about_the_bank(&lan).await, [""; 0]);

        // An English reader is asked in English, and whoever comes back to an old question is told that it is over.
        lan.opens_elsewhere(&format!("{}/begin", bank.url)).await;
        lan.sees(QUESTION).await;
        let question = lan.address().await;
        lan.opens(&format!("{question}?lang=en")).await;
        lan.sees("Sample Bank asks you").await;
        lan.looks_right("question, en").await;
        lan.presses("Do not allow").await;
        lan.sees("Ông/bà đã không cho phép").await;
        lan.opens(&question).await;
        lan.looks_right("question, over").await;
        assert!(!lan.has("button[name=answer]").await, "it is answered");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_transfer_wants_more_than_a_password() {
    journey("bank-step-up", async |w| {
        let bank = w.bank().await;
        let lan = w.browser("Lan", Setting::PHONE).await;
        let _device = lan.device().await;
        is_let_in(&lan, w, &bank).await;

        // Whoever cannot, or does not want to, goes back with nothing told.
        lan.follows(TRANSFER).await;
        lan.sees(STEP_UP).await;
        lan.looks_right("step up for a relying party").await;
        lan.follows("Tôi không làm được").await;
        lan.sees("Không đăng nhập mạnh hơn được?").await;
        lan.looks_right("step up, unable").await;
        lan.presses("Quay lại bên hỏi").await;
        lan.sees("Việc này cần đăng nhập bằng hai yếu tố").await;

        lan.opens_elsewhere(&format!("{}/account", bank.url)).await;
        lan.follows(TRANSFER).await;
        lan.sees(STEP_UP).await;
        lan.follows("Khóa truy cập").await;
        lan.fills("name", "Điện thoại của Lan").await;
        lan.presses("Thêm khóa trên thiết bị này").await;
        // The key was shown just now, and what the bank may know was allowed already: nothing more is asked.
        lan.sees("Ông/bà đã đăng nhập bằng hai yếu tố").await;
        lan.sees("Mức 2").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_the_bank_can_leave_the_account_too() {
    journey("bank-logout", async |w| {
        let bank = w.bank().await;
        let lan = w.browser("Lan", Setting::DESK).await;
        is_let_in(&lan, w, &bank).await;
        lan.presses("Đăng xuất").await;
        lan.sees("Ông/bà đã rời ngân hàng").await;
        lan.looks_right("bank, left").await;
        let way_out = lan.attribute_of("main a.go", "href").await;
        lan.follows("Đăng xuất cả tài khoản định danh").await;
        lan.sees("Đã đăng xuất ở cả hai nơi").await;
        lan.looks_right("bank, left both").await;
        lan.opens("/account").await;
        lan.sees("Đăng nhập xong, bạn trở lại đúng trang vừa chọn").await;

        // The same address in somebody else's hands signs nobody out: another session is asked first.
        lan.enters_number_and_password(&w.cast.binh, PASSWORD).await;
        lan.opens_elsewhere(&way_out).await;
        lan.sees("Bạn muốn đăng xuất?").await;
        lan.sees("Ngân hàng Mẫu đưa bạn đến đây").await;
        lan.looks_right("sign out for a relying party").await;
        lan.presses("Ở lại").await;
        lan.opens("/account").await;
        lan.sees("Thiết bị này").await;
        lan.opens_elsewhere(&way_out).await;
        lan.presses("Đăng xuất").await;
        lan.sees("Đã đăng xuất ở cả hai nơi").await;
    })
    .await;
}
