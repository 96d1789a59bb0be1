//! The console of relying parties: from the form to a program that people sign in to, with what the console shows and no
//! more.

use e2e::{
    Browser, Setting, World,
    cast::PASSWORD,
    journey, journey_in_real_time,
    landing::Landing,
    program::{Beside, Language},
};

/// Signs in where a program sent the person, if nobody is signed in yet, and allows what it asks.
async fn signs_in_and_allows(w: &World, lan: &Browser, landing: &Landing) {
    if lan.has("input[name=password]").await {
        lan.enters_number_and_password(&w.cast.lan, PASSWORD).await;
    }
    lan.sees("hỏi bạn").await;
    lan.presses("Cho phép").await;
    lan.sees("Đã về").await;
    assert!(lan.address().await.starts_with(&landing.url));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_console_shows_is_copied_and_runs() {
    journey_in_real_time("console", async |w| {
        let landing = Landing::open().await;
        let back = format!("{}/cb", landing.url);
        let [dev, judge, lan] = [
            w.browser("developer", Setting::DESK).await,
            w.browser("authority", Setting::DESK).await,
            w.browser("Lan", Setting::PHONE).await,
        ];
        dev.enters_console(w, &w.cast.developer, "/console").await;
        dev.sees("Cơ quan chưa có ứng dụng nào").await;
        dev.looks_right("console, empty").await;
        dev.follows("Đăng ký ứng dụng").await;
        dev.looks_right("console, new").await;
        dev.presses("Đăng ký").await;
        assert!(dev.title().await.starts_with("Lỗi:"), "{}", dev.title().await);
        dev.looks_right("console, new, empty").await;
        dev.describes_program("Đặt lịch khám", &back).await;
        dev.presses("Đăng ký").await;
        dev.sees("Bước tiếp theo: nộp khóa công khai").await;
        dev.looks_right("console, keys, none").await;
        let path = dev.program_path().await;

        // A key, made as the page says.
        dev.fills("jwks", "khóa của tôi").await;
        dev.presses("Thêm khóa").await;
        assert!(dev.title().await.starts_with("Lỗi:"), "{}", dev.title().await);
        dev.looks_right("console, keys, no key").await;
        let made = w.makes_key(&dev.copies("#make-key").await).await;
        dev.fills("jwks", &made.public).await;
        dev.presses("Thêm khóa").await;
        dev.sees("Đã thêm 1 khóa").await;
        dev.looks_right("console, keys").await;
        dev.opens(&path).await;
        dev.sees("Đang chờ cơ quan quản lý định danh duyệt").await;
        dev.looks_right("console, waiting").await;

        judge.enters_console(w, &w.cast.judge, "/console/approvals").await;
        judge.looks_right("console, approvals").await;
        judge.follows("Đặt lịch khám").await;
        judge.looks_right("console, approval").await;
        judge.approves_program("Đặt lịch khám").await;
        judge.sees("Không có gì chờ duyệt").await;
        judge.looks_right("console, approvals, none").await;

        dev.opens(&format!("{path}/snippets")).await;
        dev.looks_right("console, snippets").await;
        assert_eq!(dev.offered_languages().await, ["node", "python", "rust"]);
        let copy = dev.copies_code("node").await;
        w.settles_clients().await;
        let beside = Beside { key: Some(&made.private), secret: None };
        let learned = w
            .runs(Language::Node, &copy, beside, &lan, async |lan| {
                signs_in_and_allows(w, lan, &landing).await;
            })
            .await;
        assert_eq!(learned["name"], w.cast.lan.name, "{learned}");
        assert_eq!(learned["age_over_18"], true, "{learned}");

        // What it does wrong stands there with what helps; what it does, as figures.
        dev.opens(&format!("{path}/errors")).await;
        dev.looks_right("console, errors").await;
        let id = path.rsplit('/').next().unwrap_or_default().to_owned();
        lan.opens(&format!("/authorize?response_type=code&client_id={id}&redirect_uri={back}")).await;
        lan.looks_right("a request that is refused").await;
        w.settles_clients().await;
        dev.waits_for("Gửi yêu cầu đến điểm PAR trước").await;
        dev.looks_right("console, errors, one").await;
        dev.opens(&format!("{path}/usage")).await;
        dev.sees("Đăng nhập").await;
        dev.looks_right("console, usage").await;
        dev.opens("/console").await;
        dev.sees("Đang dùng").await;
        dev.looks_right("console, list").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_does_the_beginning_for_python_with_a_secret_that_is_shown_once() {
    journey_in_real_time("console-python", async |w| {
        let landing = Landing::open().await;
        let [dev, judge, lan] = [
            w.browser("developer", Setting::DESK).await,
            w.browser("authority", Setting::DESK).await,
            w.browser("Lan", Setting::PHONE).await,
        ];
        dev.enters_console(w, &w.cast.developer, "/console/new").await;
        dev.describes_program("Sổ khám bệnh", &format!("{}/cb", landing.url)).await;
        dev.chooses_compatibility(w.in_half_a_year()).await;
        dev.presses("Đăng ký").await;
        let path = dev.program_path().await;
        dev.presses("Tạo mật khẩu").await;
        dev.sees("chỉ hiện một lần").await;
        dev.looks_right("console, secret").await;
        let secret = dev.copies(".console-secret").await;
        dev.follows("Tôi đã chép lại").await;
        dev.sees_not(&secret).await;
        dev.looks_right("console, keys, a secret").await;
        judge.enters_console(w, &w.cast.judge, "/console/approvals").await;
        judge.approves_program("Sổ khám bệnh").await;

        dev.opens(&format!("{path}/snippets")).await;
        dev.looks_right("console, snippets, basic").await;
        w.settles_clients().await;
        for (language, section) in [(Language::Python, "python"), (Language::Node, "node")] {
            let copy = dev.copies_code(section).await;
            let beside = Beside { key: None, secret: Some(&secret) };
            let learned = w
                .runs(language, &copy, beside, &lan, async |lan| {
                    if lan.has("input[name=password]").await {
                        signs_in_and_allows(w, lan, &landing).await;
                    }
                    // The second time it is allowed already.
                    lan.sees("Đã về").await;
                })
                .await;
            assert_eq!(learned["name"], w.cast.lan.name, "{language:?}: {learned}");
            assert_eq!(learned["age_over_18"], true, "{language:?}: {learned}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_speaks_english_and_fits_a_phone() {
    journey("console-english", async |w| {
        let english = Setting { lang: "en", ..Setting::PHONE };
        let dev = w.browser("developer", english).await;
        dev.opens("/desk/sign-in?next=/console").await;
        let developer = &w.cast.developer;
        dev.enters_duty(developer.login, PASSWORD, &w.one_time_code(developer)).await;
        dev.sees("The agency has no applications yet").await;
        dev.looks_right("console, empty, en").await;
        for (page, state) in [("/console/new", "new"), ("/console/sandbox", "sandbox")] {
            dev.opens(page).await;
            dev.looks_right(&format!("console, {state}, en")).await;
        }
        dev.opens("/console/clients/0198c0de-0000-7000-8000-000000000000").await;
        dev.looks_right("console, no such program, en").await;
    })
    .await;
}
