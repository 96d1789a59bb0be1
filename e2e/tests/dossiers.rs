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
    assert!(file.status.is_success() && file.bytes.starts_with(b"%PDF"), "{paper} is a PDF: {:?}", file.headers);
    let public = w.browser("a stranger", citizen.setting).await;
    public.opens(address).await;
    public.sees("Giấy tờ có hiệu lực").await;
    public.sees("Công an").await;
    public.sees_not("Nguyễn Thị Lan").await;
    public.looks_right("verify, valid").await;
    let hash = hex::encode(Sha256::digest(&file.bytes));
    assert_eq!(public.attribute_of("form[data-sha256]", "data-sha256").await, hash, "the page knows this very file");

    let issued = w.file("issued.pdf", &file.bytes);
    let mut bytes = file.bytes.to_vec();
    bytes.extend_from_slice(b" ");
    let altered = w.file("altered.pdf", &bytes);
    for (file, says) in [(issued, "Đúng là tệp đã cấp"), (altered, "Đây không phải tệp đã cấp")] {
        public.takes_file("#f-file", &file).await;
        if !public.setting.scripts {
            public.presses("So sánh").await;
        }
        public.sees(says).await;
        public.looks_right("verify, compared").await;
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

        lan.chooses("stars", "5").await;
        lan.presses("Gửi đánh giá").await;
        lan.sees("Cảm ơn bạn").await;

        lan.opens("/record").await;
        lan.sees("Tạm trú").await;
        lan.sees("tổ dân phố 3").await;
        lan.looks_right("my record").await;
        lan.opens("/record/accesses").await;
        lan.waits_for(w.cast.decider.name).await;
        lan.sees(w.cast.receiver.name).await;
        lan.looks_right("who looked at my data").await;
        let proofs = lan.script(
            "return [...document.querySelectorAll('tr')].filter((r) => r.textContent.includes(arguments[0])).map((r) => r.querySelector('a')?.getAttribute('href'))",
            json!([w.cast.decider.name]),
        );
        let proofs = proofs.await;
        let proof = proofs.as_array().and_then(|all| all.iter().find_map(|p| p.as_str()));
        lan.opens(proof.expect("a proof of the officer's access")).await;
        lan.sees("Đã kiểm chứng").await;
        lan.looks_right("proof of an access").await;

        lan.opens("/notices").await;
        lan.looks_right("notices").await;
        lan.opens("/dossiers").await;
        lan.looks_right("my dossiers").await;
    })
    .await;
}
