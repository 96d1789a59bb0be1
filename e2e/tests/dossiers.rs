//! Dossiers right through, as the people in them see them.

use e2e::{Browser, Setting, World, cast::Person, journey};
use serde_json::json;
use sha2::{Digest, Sha256};

const RESULT: &str = "Thông báo kết quả giải quyết";
const ADDRESS: &str = "Số 5 đường Nguyễn Huệ";

/// The smallest picture there is.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

/// Looks at each page on the way through temporary residence in a host's household, and sends it.
async fn files_temporary_residence(citizen: &Browser, host: &Person) -> (String, String) {
    citizen.begins("1.004194").await;
    let id = citizen.dossier_id().await;
    citizen.looks_right("form, what the record knows").await;
    citizen.gives_a_phone_number().await;
    citizen.looks_right("form, place").await;
    citizen.says_where(ADDRESS).await;
    citizen.looks_right("form, dwelling").await;
    citizen.names_host(host).await;
    citizen.looks_right("form, period").await;
    citizen.says_how_long().await;
    citizen.comes_alone_and_pays().await;
    citizen.looks_right("check your answers").await;
    citizen.sees("7.000").await;
    let code = citizen.declares_and_sends().await;
    citizen.looks_right("receipt").await;
    (id, code)
}

/// The paper is a PDF, its public page says that it is valid, and tells the issued file from an altered one.
async fn verifies(w: &World, citizen: &Browser, paper: &str, address: &str) {
    let file = citizen.downloads(paper).await;
    assert!(
        file.status.is_success() && file.bytes.starts_with(b"%PDF"),
        "{paper} is a PDF: {:?}",
        file.headers
    );
    let public = w.browser("a stranger", citizen.setting).await;
    public.opens(address).await;
    public.sees("Giấy tờ có hiệu lực").await;
    public.sees("Công an").await;
    public.sees_not("Nguyễn Thị Lan").await;
    public.looks_right("verify, valid").await;
    let hash = hex::encode(Sha256::digest(&file.bytes));
    assert_eq!(
        public.attribute_of("form[data-sha256]", "data-sha256").await,
        hash,
        "the page knows this very file"
    );

    let issued = w.file("issued.pdf", &file.bytes);
    let mut bytes = file.bytes.to_vec();
    bytes.extend_from_slice(b" ");
    let altered = w.file("altered.pdf", &bytes);
    for (file, says) in [(issued, "Đúng là tệp đã cấp"), (altered, "Đây không phải tệp đã cấp")]
    {
        public.takes_file("#f-file", &file).await;
        if !public.setting.scripts {
            public.presses("So sánh").await;
        }
        public.sees(says).await;
        public.looks_right("verify, compared").await;
    }
    if public.setting.scripts {
        public.opens(address).await;
        public.drops_file("form[data-sha256]", &file.bytes).await;
        public.sees("Đúng là tệp đã cấp").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn temporary_residence_goes_from_file_to_verified_result() {
    journey("temporary-residence", async |w| {
        let lan = w.browser("Lan", Setting::DESK).await;
        lan.signs_in(&w.cast.lan).await;
        lan.looks_right("home, signed in, nothing waits").await;
        let (id, code) = files_temporary_residence(&lan, &w.cast.binh).await;

        // At the householder's the question waits on the first page.
        let binh = w.browser("Bình", Setting::PHONE).await;
        binh.signs_in(&w.cast.binh).await;
        binh.sees("Có 1 việc đang chờ bạn").await;
        binh.looks_right("home, a question waits").await;
        binh.opens("/consents").await;
        binh.looks_right("consents").await;
        binh.follows("Đăng ký tạm trú").await;
        binh.looks_right("consent").await;
        binh.sees_not(&w.cast.lan.number.grouped()).await;
        binh.answers_consent(true).await;
        binh.looks_right("consent, answered").await;

        let desk = w.browser("desk", Setting::DESK).await;
        desk.takes_duty(w, &w.cast.receiver).await;
        desk.opens_from_inbox(&code).await;
        desk.opens("/desk").await;
        desk.looks_right("desk, inbox").await;
        desk.follows("Xem nhanh").await;
        desk.sees("Mở hồ sơ").await;
        desk.looks_right("desk, preview").await;
        desk.receives(&code).await;
        desk.looks_right("desk, dossier received").await;
        assert!(!desk.is_offered("approve").await, "a receiver does not decide");
        desk.leaves_duty().await;

        desk.takes_duty(w, &w.cast.decider).await;
        desk.opens_from_inbox(&code).await;
        desk.decides("start").await;
        desk.looks_right("desk, dossier under way").await;
        desk.decides("supplement").await;
        desk.looks_right("desk, asking for more").await;
        desk.opens_from_inbox(&code).await;
        desk.asks_for("t.address_unclear", "Bạn ghi thêm tổ dân phố.").await;
        desk.sees("Chờ bổ sung").await;

        lan.opens("/").await;
        lan.sees("Có 1 việc đang chờ bạn").await;
        lan.opens_dossier(&id).await;
        lan.sees("Bạn ghi thêm tổ dân phố.").await;
        lan.looks_right("dossier, supplement asked for").await;
        lan.follows("Sửa").await;
        lan.sees("Bạn ghi thêm tổ dân phố.").await;
        lan.looks_right("form, supplement").await;
        lan.fills("address", "Số 5 đường Nguyễn Huệ, tổ dân phố 3").await;
        lan.presses("Tiếp tục").await;
        lan.presses("Gửi phần bổ sung").await;
        lan.sees("Đã gửi phần bổ sung").await;
        lan.looks_right("dossier, under way").await;

        // The householder had agreed to another address.
        desk.opens_from_inbox(&code).await;
        assert!(!desk.is_offered("approve").await, "nothing is approved before the householder answers");
        binh.answers_consent(true).await;

        desk.opens_from_inbox(&code).await;
        desk.sees("tổ dân phố 3").await;
        desk.decides("approve").await;
        desk.looks_right("desk, approving").await;
        desk.confirms().await;
        desk.looks_right("desk, dossier decided").await;

        lan.opens_dossier(&id).await;
        lan.waits_for(RESULT).await;
        lan.waits_for("Đã có kết quả").await;
        lan.looks_right("dossier, result").await;
        let paper = lan.paper(RESULT).await;
        let address = lan.verify_address(&paper).await;
        verifies(w, &lan, &paper, &address).await;

        lan.waits_for("Gửi đánh giá").await;
        lan.chooses("stars", "5").await;
        lan.presses("Gửi đánh giá").await;
        lan.sees("Cảm ơn bạn").await;

        lan.opens("/record").await;
        lan.sees("Nơi tạm trú").await;
        lan.sees("tổ dân phố 3").await;
        lan.looks_right("my record").await;
        lan.opens("/record/accesses").await;
        lan.waits_for(w.cast.decider.name).await;
        lan.looks_right("who looked at my data").await;
        let proof = lan.script(
            "return [...document.querySelectorAll('main li')].find((li) => li.textContent.includes(arguments[0])).querySelector('a').getAttribute('href')",
            json!([w.cast.decider.name]),
        );
        let proof = proof.await.as_str().map(str::to_owned);
        lan.opens(&proof.expect("a proof of the officer's access")).await;
        lan.sees("Đã kiểm chứng").await;
        lan.looks_right("proof of an access").await;
        lan.opens("/record/accesses").await;
        while !lan.words().await.contains(w.cast.receiver.name) {
            lan.follows("Trang sau").await;
        }

        for (path, state) in [("/notices", "notices"), ("/dossiers", "my dossiers")] {
            lan.opens(path).await;
            lan.looks_right(state).await;
        }

        // The same in English.
        let dossier = format!("/dossiers/{id}");
        for (path, state) in [
            ("/?lang=en", "home"),
            (dossier.as_str(), "dossier"),
            ("/record", "my record"),
            ("/record/accesses", "accesses"),
            ("/account", "account"),
        ] {
            lan.opens(path).await;
            lan.looks_right(&format!("English, {state}")).await;
            lan.sees("Sign out").await;
        }
        desk.opens("/desk?drawer=done&lang=en").await;
        desk.looks_right("English, desk").await;
        desk.opens_from_inbox(&code).await;
        desk.looks_right("English, desk, dossier").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_needs_two_officers_and_tells_its_reason() {
    journey("refusal", async |w| {
        let lan = w.browser("Lan", Setting::PHONE).await;
        lan.signs_in(&w.cast.lan).await;
        lan.begins("1.004194").await;
        let id = lan.dossier_id().await;
        lan.gives_a_phone_number().await;
        lan.says_where(ADDRESS).await;
        lan.names_host(&w.cast.binh).await;
        lan.says_how_long().await;
        lan.comes_alone_and_pays().await;
        let code = lan.declares_and_sends().await;
        lan.signs_out().await;
        lan.sees("Bạn đã đăng xuất").await;

        // The householder uses the same phone.
        lan.signs_in(&w.cast.binh).await;
        lan.answers_consent(true).await;
        lan.signs_out().await;

        let desk = w.browser("desk", Setting::DESK).await;
        desk.takes_duty(w, &w.cast.receiver).await;
        desk.receives(&code).await;
        desk.leaves_duty().await;

        desk.takes_duty(w, &w.cast.decider).await;
        desk.opens_from_inbox(&code).await;
        desk.decides("start").await;
        desk.decides("refuse").await;
        desk.looks_right("desk, proposing refusal").await;
        desk.confirms().await;
        desk.sees("Lỗi").await;
        assert!(
            desk.title().await.starts_with("Lỗi:"),
            "a refusal without reason is not taken: {}",
            desk.title().await
        );
        desk.looks_right("desk, refusal without reason").await;
        desk.chooses("reason", "not_living_there").await;
        desk.fills("note", "Công an khu vực đã đến hai lần, chủ nhà xác nhận người này không ở đây.").await;
        desk.confirms().await;
        desk.sees("Bạn là người đề nghị, nên một cán bộ khác phải xem lại").await;
        assert!(!desk.is_offered("confirm").await, "nobody confirms their own proposal");
        desk.looks_right("desk, refusal proposed").await;
        desk.leaves_duty().await;

        desk.takes_duty(w, &w.cast.second).await;
        desk.opens("/desk?drawer=second").await;
        desk.looks_right("desk, waiting for the second").await;
        desk.opens_from_inbox(&code).await;
        desk.sees("Nguyễn Minh Quân đề nghị từ chối").await;
        desk.decides("confirm").await;
        desk.looks_right("desk, confirming refusal").await;
        if desk.has("#task button[name='do']").await {
            desk.confirms().await;
        }
        desk.looks_right("desk, refused").await;

        lan.signs_in(&w.cast.lan).await;
        lan.opens_dossier(&id).await;
        lan.sees("không sinh sống tại chỗ ở đã khai").await;
        lan.sees("Luật Cư trú, Điều 27").await;
        lan.sees("Công an khu vực đã đến hai lần").await;
        lan.waits_for("từ chối").await;
        lan.looks_right("dossier, refused").await;
        lan.waits_for("Phiếu từ chối").await;
        let paper = lan.paper("Phiếu từ chối").await;
        let file = lan.downloads(&paper).await;
        assert!(file.bytes.starts_with(b"%PDF"), "the refusal comes as a paper");
        lan.opens(&lan.verify_address(&paper).await).await;
        lan.sees("Giấy tờ có hiệu lực").await;
        lan.opens("/record").await;
        lan.sees_not(ADDRESS).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn temporary_residence_needs_no_scripts() {
    journey("without-scripts", async |w| {
        let phone = w.browser("Lan", Setting::PLAIN_PHONE).await;
        phone.signs_in(&w.cast.lan).await;
        phone.looks_right("plain, home").await;
        phone.begins("1.004194").await;
        let id = phone.dossier_id().await;
        phone.gives_a_phone_number().await;
        phone.says_where(ADDRESS).await;
        phone.rents_in_the_household_of(&w.cast.binh).await;
        phone.looks_right("plain, form").await;
        phone.says_how_long().await;
        phone.comes_alone_and_pays().await;

        phone.sees("Giấy tờ kèm theo").await;
        phone.presses("Tiếp tục").await;
        phone.sees("Bạn hãy đính kèm giấy tờ này").await;
        assert!(phone.title().await.starts_with("Lỗi:"), "{}", phone.title().await);
        let lease = w.file("hop-dong.png", PICTURE);
        phone.takes_file("input[type=file]", &lease).await;
        phone.presses("Tải tệp này lên").await;
        phone.sees("hop-dong.png").await;
        phone.sees("Biên nhận").await;
        phone.sees(&hex::encode(Sha256::digest(PICTURE))).await;
        phone.looks_right("plain, files").await;
        phone.presses("Tiếp tục").await;
        phone.sees("hop-dong.png").await;
        let code = phone.declares_and_sends().await;
        phone.looks_right("plain, receipt").await;
        phone.signs_out().await;
        phone.signs_in(&w.cast.binh).await;
        phone.answers_consent(true).await;
        phone.signs_out().await;

        let desk = w.browser("desk", Setting::PLAIN_PHONE).await;
        desk.takes_duty(w, &w.cast.receiver).await;
        desk.receives(&code).await;
        desk.looks_right("plain, desk, dossier").await;
        desk.leaves_duty().await;
        desk.takes_duty(w, &w.cast.decider).await;
        desk.opens_from_inbox(&code).await;
        desk.sees("hop-dong.png").await;
        let handed = desk.attribute_of("a[href*='/desk/files/']", "href").await;
        assert_eq!(
            desk.downloads(&handed).await.bytes,
            PICTURE,
            "the officer gets the file that was handed in"
        );
        desk.decides("start").await;
        desk.asks_for("t.dwelling_unreadable", "Ảnh mờ, bạn chụp lại giúp.").await;
        desk.looks_right("plain, desk, asked").await;

        phone.signs_in(&w.cast.lan).await;
        phone.opens_dossier(&id).await;
        phone.sees("Ảnh mờ, bạn chụp lại giúp.").await;
        phone.follows("Sửa").await;
        let better = w.file("hop-dong-ro.png", PICTURE);
        phone.takes_file("input[type=file]", &better).await;
        phone.presses("Tải tệp này lên").await;
        phone.sees("hop-dong-ro.png").await;
        phone.presses("Tiếp tục").await;
        phone.presses("Gửi phần bổ sung").await;
        phone.sees("Đã gửi phần bổ sung").await;

        desk.opens_from_inbox(&code).await;
        desk.sees("hop-dong-ro.png").await;
        desk.approves().await;

        phone.opens_dossier(&id).await;
        phone.waits_for(RESULT).await;
        phone.looks_right("plain, dossier").await;
        let paper = phone.paper(RESULT).await;
        let address = phone.verify_address(&paper).await;
        verifies(w, &phone, &paper, &address).await;
        phone.waits_for("Gửi đánh giá").await;
        phone.chooses("stars", "4").await;
        phone.presses("Gửi đánh giá").await;
        phone.sees("Cảm ơn bạn").await;
        phone.opens("/record").await;
        phone.sees(ADDRESS).await;
        phone.opens("/record/accesses").await;
        phone.waits_for(w.cast.decider.name).await;
        phone.looks_right("plain, accesses").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_record_knows_is_confirmed_at_once() {
    journey("confirmation", async |w| {
        let lan = w.browser("Lan", Setting::DESK).await;
        lan.signs_in(&w.cast.lan).await;
        lan.begins("1.010041").await;
        let id = lan.dossier_id().await;
        lan.presses("Tiếp tục").await;
        lan.looks_right("confirmation, scope").await;
        lan.chooses("scope", "current").await;
        lan.presses("Tiếp tục").await;
        lan.fills("purpose", "Làm hồ sơ vay vốn ngân hàng").await;
        lan.presses("Tiếp tục").await;
        lan.sees("Hệ thống xác nhận ngay từ dữ liệu đã có").await;
        lan.sees("Không mất phí").await;
        lan.looks_right("confirmation, check").await;
        lan.declares_and_sends().await;
        lan.sees("Hồ sơ đã được giải quyết").await;
        lan.looks_right("confirmation, receipt").await;
        lan.opens_dossier(&id).await;
        lan.waits_for("Đã có kết quả").await;
        lan.waits_for("Quyết định ngay từ dữ liệu đã có").await;
        lan.looks_right("confirmation, dossier").await;
        let paper = lan.paper("Xác nhận thông tin về cư trú").await;
        assert!(lan.downloads(&paper).await.bytes.starts_with(b"%PDF"), "the confirmation is there");
        lan.opens(&lan.verify_address(&paper).await).await;
        lan.sees("Giấy tờ có hiệu lực").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_survives_leaving_and_a_session_that_ends() {
    journey("draft", async |w| {
        let lan = w.browser("Lan", Setting::DESK).await;
        lan.signs_in(&w.cast.lan).await;
        lan.begins("1.004194").await;
        let id = lan.dossier_id().await;
        lan.gives_a_phone_number().await;
        lan.fills("address", ADDRESS).await;
        is_saved(&lan, &id, ADDRESS).await;
        lan.signs_out().await;

        lan.signs_in(&w.cast.lan).await;
        lan.follows("Đăng ký tạm trú").await;
        lan.sees("Thông tin của bạn").await;
        assert_eq!(lan.value_of("phone").await, "0501234567");
        lan.presses("Tiếp tục").await;
        assert_eq!(lan.value_of("address").await, ADDRESS);

        // Somebody ends the session from elsewhere, in the middle of a sentence.
        let phone = w.browser("Lan's phone", Setting::PHONE).await;
        phone.signs_in(&w.cast.lan).await;
        lan.fills("address", "Số 7 đường Nguyễn Huệ").await;
        is_saved(&lan, &id, "Số 7 đường Nguyễn Huệ").await;
        phone.opens("/account").await;
        phone.presses("Kết thúc mọi phiên khác").await;
        lan.presses("Tiếp tục").await;
        lan.sees("Đăng nhập xong, bạn trở lại đúng trang vừa chọn").await;
        lan.looks_right("sign in again in the middle").await;
        lan.enters_number_and_password(&w.cast.lan, e2e::cast::PASSWORD).await;
        lan.sees("Bạn sẽ tạm trú ở đâu?").await;
        assert_eq!(lan.value_of("address").await, "Số 7 đường Nguyễn Huệ");

        lan.presses("Lưu, làm sau").await;
        lan.follows("Xóa bản nháp").await;
        lan.looks_right("delete a draft").await;
        lan.presses("Xóa bản nháp").await;
        lan.sees("Đã xóa bản nháp").await;
        lan.sees("Chưa có hồ sơ nào").await;
        lan.looks_right("my dossiers, none").await;
    })
    .await;
}

/// Waits until the server has what is typed: the page saves while the person is typing.
async fn is_saved(citizen: &Browser, id: &str, address: &str) {
    citizen
        .until("saved address", || async {
            let page = citizen.downloads(&format!("/dossiers/{id}/edit/place")).await;
            page.text().contains(address).then_some(())
        })
        .await;
}
