//! The pages, rendered in both languages from made-up questions; and the texts.

mod samples;

use std::path::Path;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{StatusCode, header},
};
use base::Lang;
use http_body_util::BodyExt;
use openid::claims::Claim;
use tower::ServiceExt;
use webkit::i18n::check;

use crate::{TEXTS, party::claim_key};

async fn body(app: &Router, path: &str, lang: Lang) -> String {
    let request =
        Request::get(path).header(header::ACCEPT_LANGUAGE, lang.code()).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn every_page_speaks_both_languages() {
    let app = samples::app();
    for path in samples::PATHS {
        for lang in Lang::ALL {
            let page = body(&app, path, lang).await;
            assert!(!page.contains(">consent-") && !page.contains("\"consent-nav"), "{path} shows a key");
            assert!(page.contains(&format!("<html lang=\"{}\">", lang.code())), "{path}");
            assert!(!page.contains("style=\""), "{path}: the policy forbids inline styles");
        }
    }
}

#[tokio::test]
async fn what_says_least_stands_first_and_what_is_kept_back_is_named() {
    let page = body(&samples::app(), "/question", Lang::Vi).await;
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing"));
    assert!(at("đã đủ 18 tuổi hay chưa") < at("Họ, chữ đệm và tên"));
    assert!(page.contains("Phường Ba Đình, Thành phố Hà Nội"));
    assert!(page.contains("Luật Các tổ chức tín dụng 32/2024/QH15, Điều 14"));
    let kept_back = page.split("sẽ không biết").nth(1).unwrap();
    assert!(kept_back.contains("Ngày sinh của bạn") && kept_back.contains("Địa chỉ nơi bạn ở"));
    assert!(!kept_back.contains("Họ tên của bạn"), "it is asked for");
}

#[tokio::test]
async fn both_answers_weigh_the_same_and_no_box_is_ticked() {
    let page = body(&samples::app(), "/question", Lang::Vi).await;
    let button = |value: &str| {
        format!("<button class=\"button secondary\" type=\"submit\" name=\"answer\" value=\"{value}\">")
    };
    assert!(page.contains(&button("allow")) && page.contains(&button("refuse")));
    assert!(!page.contains(" checked"));
    assert!(page.contains("name=\"without\" value=\"name\""), "free items can be left out");
    assert!(!page.contains("name=\"without\" value=\"age_over_18\""), "essential ones cannot");
    assert!(page.contains("name=\"once\"") && page.contains("name=\"offline\""));
}

#[tokio::test]
async fn a_question_without_claims_says_that_nothing_is_told() {
    let page = body(&samples::app(), "/question?kind=bare", Lang::Vi).await;
    assert!(page.contains("Chỉ biết đây vẫn là cùng một tài khoản"));
    assert!(!page.contains("name=\"once\""), "there is nothing to remember");
}

#[tokio::test]
async fn a_sandbox_says_so_and_offers_its_people() {
    let page = body(&samples::app(), "/question?kind=sandbox", Lang::Vi).await;
    assert!(page.contains("Môi trường thử nghiệm") && page.contains("name=\"persona\""));
    assert!(!page.contains("Đã được thẩm tra"));
    let page = body(&samples::app(), "/question?kind=fault", Lang::Vi).await;
    assert!(page.contains("href=\"#f-persona\"") && page.contains("<title>Lỗi: "));
}

#[tokio::test]
async fn a_name_cannot_break_out_of_its_page() {
    let page = body(&samples::app(), "/question?kind=long", Lang::Vi).await;
    assert!(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert"));
}

#[tokio::test]
async fn a_long_name_is_said_in_full_once_and_then_in_short() {
    let page = body(&samples::app(), "/question?kind=long", Lang::Vi).await;
    // The document's title, the heading, the card.
    assert_eq!(page.matches("Trung tâm Thông tin tín dụng").count(), 3);
    assert!(page.contains("Bên này sẽ biết") && page.contains("Bên này sẽ không biết"));
}

#[tokio::test]
async fn each_consent_ends_in_one_click_and_each_receipt_opens() {
    let page = body(&samples::app(), "/given", Lang::Vi).await;
    assert_eq!(page.matches("/withdraw\"").count(), 10);
    assert!(page.contains("/account/consents-given/receipts/"));
    assert!(page.contains("Chưa lần nào"), "one was never used");
    let page = body(&samples::app(), "/given?kind=empty", Lang::Vi).await;
    assert!(page.contains("Bạn chưa cho phép bên nào") && page.contains("Chưa có biên nhận nào"));
}

#[tokio::test]
async fn the_list_says_how_each_was_let_in_and_what_waits_stands_first() {
    let page = body(&samples::app(), "/given", Lang::Vi).await;
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing"));
    assert!(at("Ki-ốt Bưu điện Bến Nghé") < at("Ngân hàng Lúa Vàng"));
    for said in [
        "Đang chờ nhận",
        "Cả khi bạn đã rời đi",
        "Nhớ cho lần sau",
        "Trên một màn hình khác, bằng mã",
        "Qua tổng đài hoặc tại quầy",
        "chỉ lần này",
        "3 lần",
        "Để làm gì: Cấp mã số thuế",
    ] {
        at(said);
    }
    assert_eq!(
        page.matches("Để làm gì: ").count(),
        1,
        "only what is for something else than the rest says so"
    );
}

#[tokio::test]
async fn a_question_that_changed_says_so_above_it_and_asks_anew() {
    for (kind, said) in
        [("other-account", "đã chuyển sang một tài khoản khác"), ("other-question", "Câu hỏi đã thay đổi")]
    {
        let page = body(&samples::app(), &format!("/question?kind={kind}"), Lang::Vi).await;
        assert!(page.find(said).unwrap() < page.find("<h1>").unwrap(), "{kind}");
        assert!(page.contains("name=\"seen\"") && !page.contains(" checked"));
    }
}

#[test]
fn a_receipt_for_programs_names_claims_and_laws_and_no_values() {
    let document = crate::given::receipt_document(&samples::receipts()[0]);
    let members: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(members, ["claims", "client_id", "client_name", "receipt", "released_at"]);
    let claim = document["claims"][0].as_object().unwrap();
    assert_eq!(claim.keys().collect::<Vec<_>>(), ["claim", "legal_basis", "purpose"]);
}

#[test]
fn texts_are_complete_in_both_languages_and_none_is_unused() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let all = [webkit::i18n::TEXTS, openid::TEXTS, TEXTS];
    assert_eq!(check::pairs(&[TEXTS]), [""; 0]);
    assert_eq!(
        check::unused(
            TEXTS,
            &[&source],
            &[
                "consent-claim-",
                "consent-for-citizens",
                "consent-answer-needed",
                "consent-persona-needed",
                "consent-organisation-needed",
                "consent-code-wrong"
            ]
        ),
        [""; 0]
    );
    assert_eq!(check::unknown(&all, &[&source]), [""; 0]);
    let codes = [
        "consent.for_citizens",
        "consent.answer_needed",
        "consent.persona_needed",
        "consent.organisation_needed",
        "consent.code_wrong",
    ];
    assert_eq!(check::codes(&all, &codes), [""; 0]);
    let texts = webkit::Texts::load(&all).unwrap();
    for claim in Claim::ALL {
        for key in [claim_key(*claim), format!("{}-means", claim_key(*claim))] {
            assert!(Lang::ALL.iter().all(|lang| texts.has(*lang, &key)), "{key}");
        }
    }
    for file in [TEXTS.0, TEXTS.1] {
        assert!(file.lines().all(|line| line.trim_start() == base::nfc(line)), "not in NFC");
    }
}
