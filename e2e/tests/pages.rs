//! Doors, mistakes and the pages that everybody sees.

use e2e::{Browser, Setting, World, cast::PASSWORD, journey};
use fantoccini::key::Key;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doors_hold() {
    journey("doors", async |w| {
        let lan = w.browser("Lan", Setting::DESK).await;
        lan.opens("/record").await;
        lan.sees("Đăng nhập xong, bạn trở lại đúng trang vừa chọn").await;
        lan.looks_right("sign in").await;
        lan.presses("Đăng nhập").await;
        lan.looks_right("sign in, empty").await;
        assert!(lan.title().await.starts_with("Lỗi:"), "{}", lan.title().await);
        lan.enters_number_and_password(&w.cast.lan, "mật khẩu khác").await;
        lan.sees("mật khẩu chưa đúng").await;
        assert_eq!(lan.value_of("number").await, w.cast.lan.number.grouped(), "the number stays");
        assert_eq!(lan.value_of("password").await, "", "a password never comes back");
        lan.looks_right("sign in, wrong password").await;
        lan.enters_number_and_password(&w.cast.lan, PASSWORD).await;
        lan.sees("Thông tin của tôi").await;
        assert_eq!(lan.address().await, "/record");

        // A session that is ended elsewhere is over at once.
        let phone = w.browser("Lan's phone", Setting::PHONE).await;
        phone.signs_in(&w.cast.lan).await;
        lan.opens("/account").await;
        lan.sees("Thiết bị này").await;
        lan.looks_right("my account").await;
        lan.presses("Kết thúc").await;
        lan.sees("Đã kết thúc phiên đăng nhập").await;
        phone.opens("/dossiers").await;
        phone.sees("Đăng nhập xong").await;
        lan.signs_out().await;
        lan.sees("Bạn đã đăng xuất").await;
        lan.goes_back().await;
        lan.reloads().await;
        lan.sees("Đăng nhập").await;
        lan.sees_not("Thiết bị này").await;

        // After too many tries the right password does not help either.
        phone.opens("/sign-in").await;
        phone
            .until("wait before the next try", || async {
                phone.enters_number_and_password(&w.cast.binh, "đoán mò").await;
                phone.words().await.contains("Đã thử sai quá nhiều lần").then_some(())
            })
            .await;
        phone.looks_right("sign in, too many tries").await;
        phone.enters_number_and_password(&w.cast.binh, PASSWORD).await;
        phone.sees("Đã thử sai quá nhiều lần").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn officers_need_a_second_factor_and_stay_at_their_desk() {
    journey("officers", async |w| {
        let desk = w.browser("desk", Setting::DESK).await;
        desk.opens("/desk/workload").await;
        desk.sees("Đăng nhập dành cho cán bộ").await;
        desk.looks_right("desk, sign in").await;
        desk.clicks("main form button[type=submit]").await;
        desk.looks_right("desk, sign in, empty").await;
        let head = &w.cast.head;
        desk.enters_duty(head.login, PASSWORD, "").await;
        desk.sees("Hãy nhập mã 6 số").await;
        assert!(desk.title().await.starts_with("Lỗi:"), "{}", desk.title().await);
        assert_eq!(desk.value_of("login").await, head.login);
        desk.looks_right("desk, sign in, no code").await;
        desk.enters_duty(head.login, PASSWORD, "000000").await;
        desk.sees("Mã 6 số chưa đúng").await;
        desk.enters_duty(head.login, PASSWORD, &w.one_time_code(head)).await;
        desk.sees("Khối lượng việc").await;
        assert_eq!(desk.address().await, "/desk/workload");
        desk.looks_right("desk, workload").await;
        for (path, state) in [
            ("/desk", "desk, inbox, empty"),
            ("/desk/people", "desk, people"),
            ("/desk/locks", "desk, locks"),
            ("/desk/account", "desk, account"),
        ] {
            desk.opens(path).await;
            desk.looks_right(state).await;
        }
        desk.opens("/desk/dossiers/G01-KHONG-CO").await;
        desk.sees("Không tìm thấy").await;
        desk.looks_right("desk, no such dossier").await;
        // An officer's session opens no citizen's page, and the other way round.
        desk.opens("/record").await;
        desk.sees("Trang này dành cho công dân").await;
        desk.looks_right("for citizens").await;
        let lan = w.browser("Lan", Setting::PHONE).await;
        lan.signs_in(&w.cast.lan).await;
        lan.opens("/desk").await;
        lan.sees("không có quyền").await;
        lan.looks_right("for officers").await;
    })
    .await;
}

/// Sends a page with mistakes: the title and the summary say so, the links lead to the fields, what was typed stays.
async fn mends(citizen: &Browser, summary: &str, mistake: &str, title: &str) {
    let (links, typed) = (".error-summary a", "abc-123");
    citizen.fills("phone", typed).await;
    citizen.clicks("button[name='_next']:not(.hidden)").await;
    assert!(citizen.title().await.starts_with(title), "{}", citizen.title().await);
    citizen.sees(summary).await;
    citizen.sees(mistake).await;
    assert_eq!(citizen.value_of("phone").await, typed, "what was typed stays");
    citizen.touches(links).await;
    assert_eq!(citizen.focus().await, "f-phone", "the summary leads to the field");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mistakes_are_said_and_mended() {
    journey("mistakes", async |w| {
        let lan = w.browser("Lan", Setting::DESK).await;
        lan.signs_in(&w.cast.lan).await;
        lan.begins("1.004194").await;
        let id = lan.dossier_id().await;
        lan.opens(&format!("/dossiers/{id}/edit/applicant?lang=en")).await;
        mends(&lan, "before you go on", "This is not a phone number", "Error:").await;
        lan.looks_right("form, mistake, English").await;
        lan.opens(&format!("/dossiers/{id}/edit/applicant?lang=vi")).await;
        mends(&lan, "Cần sửa 1 chỗ", "Số điện thoại chưa đúng", "Lỗi:").await;
        lan.looks_right("form, mistake").await;
        lan.gives_a_phone_number().await;

        lan.presses("Tiếp tục").await;
        lan.sees("Cần sửa 2 chỗ").await;
        lan.sees("Xã, phường hoặc đặc khu: Bạn chưa điền mục này.").await;
        assert!(lan.focus_is_in(".error-summary").await, "the summary is read out first");
        lan.fills("commune-q", "khong co noi nay").await;
        lan.presses("Tìm").await;
        lan.sees("Không tìm thấy").await;
        lan.looks_right("form, no such commune").await;
        lan.says_where("Số 5 đường Nguyễn Huệ").await;

        lan.chooses("dwelling", "host").await;
        lan.fills("host_number", "079 065").await;
        lan.chooses("host_relation", "lodger").await;
        lan.presses("Tiếp tục").await;
        lan.sees("có đúng 12 chữ số").await;
        assert_eq!(lan.value_of("host_number").await.replace(' ', ""), "079065");
        lan.fills("host_number", &w.cast.lan.number.to_string()).await;
        lan.presses("Tiếp tục").await;
        lan.sees("Đây là số của chính bạn").await;
        lan.looks_right("form, own number").await;
        lan.fills("host_number", &w.cast.binh.number.to_string()).await;
        lan.presses("Tiếp tục").await;

        lan.sees("Bạn tạm trú trong thời gian nào?").await;
        lan.fills_date("from", "31", "2", "2027").await;
        lan.fills_date("to", "20", "", "").await;
        lan.fills("reason", "Đi làm").await;
        lan.presses("Tiếp tục").await;
        lan.sees("Lịch không có ngày này").await;
        assert_eq!(
            (lan.value_of("from-day").await, lan.value_of("from-month").await),
            ("31".into(), "2".into())
        );
        assert_eq!(lan.value_of("reason").await, "Đi làm");
        lan.looks_right("form, no such day").await;
        lan.fills_date("from", "20", "11", "2026").await;
        lan.fills_date("to", "20", "11", "2029").await;
        lan.presses("Tiếp tục").await;
        lan.sees("Thời hạn tạm trú tối đa là 2 năm").await;
        lan.says_how_long().await;
        lan.comes_alone_and_pays().await;

        lan.presses("Gửi hồ sơ").await;
        lan.sees("đánh dấu vào ô cam đoan").await;
        lan.looks_right("check your answers, not declared").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_finds_their_way() {
    journey("public", async |w| {
        for setting in [Setting::DESK, Setting::ENGLISH] {
            public_pages(w, setting).await;
        }
    })
    .await;
}

/// The first visit, with everything that it fetches.
const FIRST_PAGE_BYTES_MAX: u64 = 100 * 1024;
/// Pages, with words that must stand on them: Vietnamese and English.
const PAGES: [(&str, &str, &str); 11] = [
    ("/", "Khai một lần", "Say it once"),
    ("/services", "Tìm dịch vụ", "Find a service"),
    ("/services?q=tam+tru", "Đăng ký tạm trú", "temporary residence"),
    ("/services?q=zzzz", "Chưa tìm thấy dịch vụ nào", "No service"),
    ("/services/1.004194", "7.000", "7,000"),
    ("/services/1.001193", "Chưa nộp trực tuyến", "not"),
    ("/open-account", "Mở tài khoản", "account"),
    ("/verify/00000000000000000000000000", "Không có giấy tờ nào mang mã này", "No paper has this code"),
    ("/accessibility", "WCAG 2.2", "WCAG 2.2"),
    ("/privacy", "nhật ký", "log"),
    ("/nothing-here", "Không tìm thấy", "Not found"),
];

async fn public_pages(w: &World, setting: Setting) {
    let vietnamese = setting.lang == "vi";
    let reader = w.browser(if vietnamese { "a reader" } else { "an English reader" }, setting).await;
    reader.opens("/").await;
    let weight = reader.weight_bytes().await;
    assert!(weight < FIRST_PAGE_BYTES_MAX, "the first page weighs {weight} bytes");
    for (path, vi, en) in PAGES {
        reader.opens(path).await;
        reader.sees(if vietnamese { vi } else { en }).await;
        let name = if path == "/" { "home" } else { path.trim_start_matches('/') };
        reader.looks_right(&format!("public, {} {name}", setting.lang)).await;
    }
    if !vietnamese {
        return;
    }
    for path in ["/verify", "/verify?code=sai", "/contact"] {
        reader.opens(path).await;
        reader.looks_right(&format!("public, {}", path.trim_start_matches('/'))).await;
    }

    // Searching from the first page, without diacritics, with the keyboard alone.
    reader.opens("/").await;
    reader.key(Key::Tab).await;
    assert_eq!(reader.focus().await, "Đến nội dung chính", "the first stop is the way past the navigation");
    reader.key(Key::Enter).await;
    assert_eq!(reader.focus().await, "main");
    reader.key(Key::Tab).await;
    assert_eq!(reader.focus().await, "s-q", "the first stop in the content is the search");
    reader.types("dang ky tam tru").await;
    reader.key_leads_on(Key::Enter).await;
    reader.sees("Đăng ký tạm trú").await;
    reader.follows("Đăng ký tạm trú").await;
    reader.key(Key::Tab).await;
    reader.key(Key::Enter).await;
    reader.tabs_to("Nộp hồ sơ").await;
    reader.key_leads_on(Key::Enter).await;
    reader.sees("Đăng nhập xong, bạn trở lại đúng trang vừa chọn").await;
    reader.tabs_to("f-number").await;
    reader.types(&w.cast.lan.number.to_string()).await;
    reader.key(Key::Tab).await;
    reader.types(PASSWORD).await;
    reader.key_leads_on(Key::Enter).await;
    reader.tabs_to("Nộp hồ sơ").await;
    reader.key_leads_on(Key::Enter).await;
    reader.sees("Bước 1 trên").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_finds_what_is_wrong() {
    journey("audit", async |w| {
        let browser = w.browser("a reader", Setting::DESK).await;
        let page = "<!doctype html><html lang=vi><title>x</title><main><h1>x</h1><img src='x:'><p style='width:3000px'>x</p></main>";
        browser.opens_elsewhere(&format!("data:text/html,{page}")).await;
        browser.looks_right("a bad page").await;
        let found = w.take_findings().join("\n");
        assert!(found.contains("image-alt") && found.contains("too wide"), "{found}");
    })
    .await;
}
