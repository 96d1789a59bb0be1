//! The pages, rendered in both languages from made-up dossiers of the real services; and the texts.

mod lock_samples;
mod organisation_samples;
mod pairs;
mod paths;
mod people_samples;
mod quality_samples;
mod requests;
mod samples;
mod sources;
mod staff_samples;

use std::path::Path;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{StatusCode, header},
    routing::get,
};
use base::Lang;
use contracts::Role;
use http_body_util::BodyExt;
use tower::ServiceExt;
use webkit::i18n::check;

use crate::{TEXTS, bar::Action, officer::Officer};
pub use samples::officer;
use samples::{Sample, kit};

/// Texts whose keys are put together while running.
const BUILT: [&str; 8] = [
    "desk-item-",
    "desk-marital-",
    "desk-sex-",
    "desk-corr-step-",
    "desk-status-",
    "desk-dup-grade-",
    "desk-happened-",
    "desk-password-differs",
];

async fn body(app: &Router, path: &str) -> (StatusCode, String) {
    body_in(app, path, Lang::Vi).await
}

async fn body_in(app: &Router, path: &str, lang: Lang) -> (StatusCode, String) {
    let request =
        Request::get(path).header(header::ACCEPT_LANGUAGE, lang.code()).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

/// Every key said by a page exists in both languages, so none stands on the page itself.
fn assert_said(page: &str, what: &str) {
    assert!(!page.contains("desk-nav-") && !page.contains(">desk-"), "{what} shows a key");
    assert!(page.starts_with("<!DOCTYPE html>"), "{what}");
    assert!(!page.contains("style=\""), "{what}: the policy forbids inline styles");
}

#[tokio::test]
async fn every_page_speaks_both_languages() {
    let app = samples::app();
    for path in samples::PATHS {
        for lang in Lang::ALL {
            let (status, page) = body_in(&app, path, lang).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert_said(&page, path);
            assert!(page.contains(&format!("<html lang=\"{}\">", lang.code())), "{path}");
        }
    }
}

#[tokio::test]
async fn the_inbox_tells_urgency_in_words() {
    let (_, page) = body(&samples::app(), "/inbox").await;
    for word in
        ["quá hạn 2 ngày làm việc", "hạn là hôm nay", "Tạm dừng tính hạn", "Chờ người thứ hai", "Alt S"]
    {
        assert!(page.contains(word), "{word}");
    }
    assert!(page.contains("2 hồ sơ sắp đến hạn trả"), "what is late already is not counted again");
    assert!(page.contains("/desk?due=overdue") && page.contains("/desk?drawer=second"));
    let (_, page) = body(&samples::app(), "/inbox?open=1").await;
    assert!(
        page.contains("data-key=\"m\"") && page.contains("data-key=\"j\""),
        "the preview has its shortcuts"
    );
    let (_, page) = body(&samples::app(), "/inbox?empty=1").await;
    assert!(page.contains("Không còn hồ sơ nào cần làm"));
}

#[tokio::test]
async fn a_dossier_shows_checks_differences_files_and_the_possible_actions() {
    let (_, page) = body(&samples::app(), "/dossier").await;
    for word in [
        "Hệ thống đã kiểm tra",
        "Không đạt",
        "Nguồn: ",
        "hop-dong-thue.pdf",
        "Đã dùng ",
        "đang được đối chiếu lại",
    ] {
        assert!(page.contains(word), "{word}");
    }
    assert!(page.contains("?do=approve#task") && page.contains("?do=supplement#task"));
    assert!(!page.contains("?do=assign"), "only the head assigns");
    assert!(page.contains("/desk/files/"));
}

#[tokio::test]
async fn each_form_of_the_bar_carries_version_and_key() {
    let app = samples::app();
    for action in Action::ALL.into_iter().filter(|a| !a.is_direct()) {
        let (_, page) = body(&app, &format!("/task?do={}", action.as_str())).await;
        assert_said(&page, action.as_str());
        for name in ["name=\"_csrf\"", "name=\"version\"", "name=\"key\"", "name=\"dossier\""] {
            assert!(page.contains(name), "{action:?} {name}");
        }
        assert!(page.contains(&format!("/{}\"", action.as_str())), "{action:?} posts to its address");
    }
}

/// Buttons and links of the primary weight on a page.
fn primaries(page: &str) -> usize {
    page.matches("class=\"button\"").count()
}

#[tokio::test]
async fn there_is_one_primary_action_on_screen() {
    let app = samples::app();
    for action in Action::ALL.into_iter().filter(|a| !a.is_direct()) {
        let (_, page) = body(&app, &format!("/task?do={}", action.as_str())).await;
        let dangers = page.matches("class=\"button danger\"").count();
        assert_eq!(primaries(&page) + dangers, 1, "{action:?}");
    }
    for path in samples::PATHS {
        assert!(primaries(&body(&app, path).await.1) <= 1, "{path}");
    }
    // With no form open, the bar leads on.
    assert!(body(&app, "/dossier").await.1.contains("class=\"button\" href=\"/desk/dossiers"));
}

#[tokio::test]
async fn the_inbox_offers_the_procedures_of_the_whole_inbox() {
    let (_, page) = body(&samples::app(), "/inbox").await;
    assert!(page.contains("<option value=\"2.001159\""), "one that is on no line of this page");
}

#[tokio::test]
async fn only_the_head_is_offered_to_revoke_and_only_a_result_in_force() {
    let (app, offered) = (samples::app(), |n: u128| format!("{}/revoke", uuid::Uuid::from_u128(n)));
    let (_, page) = body(&app, "/dossier?role=head").await;
    assert!(page.contains(&offered(42)) && !page.contains(&offered(41)) && !page.contains(&offered(43)));
    assert!(page.contains("Đã thu hồi"));
    for role in ["receiver", "decider"] {
        let (_, page) = body(&app, &format!("/dossier?role={role}")).await;
        assert!(!page.contains("/revoke\""), "{role}");
    }
}

#[tokio::test]
async fn a_conflict_shows_what_changed_and_keeps_what_was_typed() {
    let (_, page) = body(&samples::app(), "/conflict").await;
    assert!(page.contains("Có người đã thay đổi hồ sơ này trước bạn"));
    assert!(page.contains("Bắt đầu giải quyết") && page.contains("Trần Thị Sáu"));
    assert!(page.contains("Ảnh mờ, đề nghị chụp lại"));
}

#[tokio::test]
async fn quality_is_told_in_words_numbers_and_drawings_and_only_cases_of_a_commune_are_offered() {
    let app = samples::app();
    let (_, page) = body(&app, "/quality").await;
    for word in [
        "81,3\u{a0}%",
        "98,6\u{a0}%",
        "Có hơn một vợ hoặc chồng cùng một lúc",
        "71 trên 100.000 dân",
        "1,8\u{a0}% đến 3,4\u{a0}%",
    ] {
        assert!(page.contains(word), "{word}");
    }
    assert_eq!(page.matches("role=\"img\"").count(), 4, "each line is told to those who do not see it");
    assert!(page.contains("/desk/quality/work?commune=26740&amp;rule=two_spouses"));
    let (_, page) = body(&app, "/quality?by=province").await;
    assert!(page.contains("/desk/quality?commune=26743") && !page.contains("/desk/quality/work"));
    let (_, page) = body(&app, "/quality-work").await;
    assert!(page.contains("079••••••042") && page.contains("name=\"reason\""));
    assert!(
        page.contains("value=\"take\"") && page.contains("value=\"release\""),
        "mine goes back, others are taken"
    );
}

#[tokio::test]
async fn a_fault_is_said_on_top_and_at_its_field() {
    let (_, page) = body(&samples::app(), "/fault").await;
    assert!(page.contains("<title>Lỗi: "), "the title says so");
    assert!(page.contains("href=\"#f-note\"") && page.contains("id=\"f-note-error\""));
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_the_door_and_a_citizen_is_refused() {
    let app: Router = kit().wrap(Router::new().route("/desk/probe", get(|_: Officer| async { "in" })));
    let request = Request::get("/desk/probe?a=1").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let there = response.headers().get(header::LOCATION).unwrap().to_str().unwrap();
    assert_eq!(there, "/desk/sign-in?next=%2Fdesk%2Fprobe%3Fa%3D1");

    let citizen = axum::Extension(contracts::Caller(samples::citizen()));
    let app = kit().wrap(Router::new().route("/desk/probe", get(|_: Officer| async { "in" })).layer(citizen));
    assert_eq!(body(&app, "/desk/probe").await.0, StatusCode::FORBIDDEN);
}

#[test]
fn each_role_begins_where_it_has_work() {
    let home = |role| Sample::officer(role).home();
    assert_eq!(Role::ALL.map(home), ["/desk", "/desk", "/desk", "/desk/workload", "/desk/staff"]);
}

#[test]
fn texts_are_complete_in_both_languages_and_none_is_unused() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let all = [webkit::i18n::TEXTS, TEXTS];
    assert_eq!(check::pairs(&all), [""; 0]);
    assert_eq!(check::unused(TEXTS, &[&source], &BUILT), [""; 0]);
    assert_eq!(check::unknown(&all, &[&source]), [""; 0]);
    assert_eq!(check::codes(&all, &["desk.password_differs", "desk.duty_changed"]), [""; 0]);
    let texts = webkit::Texts::load(&all).unwrap();
    for lang in Lang::ALL {
        for status in dossier::Status::ALL {
            assert!(texts.has(lang, &format!("desk-status-{}", status.number())));
        }
        for happened in dossier::moves::Happened::ALL {
            let key = webkit::i18n::key_of(&format!("desk-happened-{}", happened.as_str()));
            assert!(texts.has(lang, &key), "{key}");
        }
    }
}

#[tokio::test]
async fn two_records_stand_side_by_side_with_what_differs_in_words() {
    let app = samples::app();
    let (_, page) = body(&app, "/duplicate").await;
    for word in [
        "Khác nhau",
        "Chỉ một hồ sơ có",
        "Đảo ngày và tháng",
        "chứng minh mạnh là cùng người",
        "(+14,2)",
        "(−3,1)",
        "99,9 %",
    ] {
        assert!(page.contains(word), "{word}");
    }
    assert!(page.contains("/propose\"") && page.contains("name=\"version\" value=\"3\""));
    assert!(page.contains("đã nhận hợp nhất từ hồ sơ khác"), "why the other way round is not possible");
}

#[tokio::test]
async fn only_a_second_officer_is_offered_to_answer_and_only_a_head_to_undo() {
    let app = samples::app();
    let offered = async |path: &str, step: &str| body(&app, path).await.1.contains(&format!("/{step}\""));
    assert!(
        offered("/duplicate?open=proposed", "confirm").await
            && offered("/duplicate?open=proposed", "refuse").await
    );
    assert!(!offered("/duplicate?open=mine", "confirm").await);
    assert!(offered("/duplicate?open=merged&role=head", "undo").await);
    assert!(!offered("/duplicate?open=merged", "undo").await);
    assert!(offered("/duplicate?open=distinct&role=head", "reopen").await);
    assert!(!offered("/duplicate?open=proposed&role=receiver", "confirm").await);
    for page in ["/dossier", "/people-one"] {
        assert!(body(&app, page).await.1.contains("Người này có thể có hai hồ sơ"), "{page}");
    }
}

#[tokio::test]
async fn a_foreigner_at_the_counter_is_asked_for_other_papers_than_a_citizen() {
    let app = samples::app();
    let (_, page) = body(&app, "/people?by=foreigner").await;
    for part in ["value=\"passport\"", "value=\"card\"", "name=\"country\"", "value=\"raise_level\""] {
        assert!(page.contains(part), "{part}");
    }
    let (_, page) = body(&app, "/people-foreigner?open=1").await;
    for part in
        ["9123 4567 8901 2", "NZL", "name=\"whose\" value=\"foreigner\"", "residence_card_and_passport"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("name=\"document\" value=\"identity_card\""));
    let (_, page) = body(&app, "/people-foreigner").await;
    assert!(!page.contains("name=\"ticket\"") && page.contains("Mức độ 1"));
    let (_, page) = body(&app, "/people-one?open=1").await;
    assert!(
        page.contains("name=\"document\" value=\"identity_card\"")
            && !page.contains("residence_card_and_passport")
    );
}

#[tokio::test]
async fn who_may_be_the_same_foreigner_is_shown_and_the_dead_are_no_choice() {
    let app = samples::app();
    let (_, page) = body(&app, "/foreigners-alike").await;
    let chosen = |n: u128| format!("name=\"alike\" value=\"{}\"", samples::id(n));
    let shown = |n: u128| format!("name=\"shown\" value=\"{}\"", samples::id(n));
    assert!(page.contains(&shown(1)) && page.contains(&shown(2)), "the officer has seen both");
    assert!(page.contains(&chosen(1)) && !page.contains(&chosen(2)));
    for word in ["nay dùng hộ chiếu mới", "số cuối 006", "đứng tên hộ chiếu cũ", "đã mất theo dữ liệu"]
    {
        assert!(page.contains(word), "{word}");
    }
    let (_, page) = body(&app, "/foreigners-alike?open=1").await;
    assert!(page.contains("<title>Lỗi: ") && page.contains("id=\"f-reason-error\""), "a reason is missing");
}

#[tokio::test]
async fn a_new_beginning_takes_the_devices_word_where_the_counter_has_one() {
    let app = samples::app();
    let (asks, looks, sends) = ("value=\"compare\"", "value=\"look\"", "value=\"reset\"");
    for (path, shown, absent) in [
        ("/people-reset", vec![sends, "value=\"card_seen\""], vec![asks, looks]),
        ("/people-reset?step=ask", vec![sends, asks, "name=\"kinds\""], vec![looks]),
        (
            "/people-reset?step=waiting",
            vec![sends, looks, "name=\"comparison\""],
            vec![asks, "value=\"card_seen\""],
        ),
        (
            "/people-reset?step=match",
            vec![sends, "name=\"comparison\""],
            vec![asks, looks, "value=\"card_seen\""],
        ),
        ("/people-reset?step=no_match", vec![sends, asks], vec![looks, "name=\"comparison\""]),
    ] {
        let (_, page) = body(&app, path).await;
        assert!(shown.iter().all(|part| page.contains(part)), "{path}");
        assert!(!absent.iter().any(|part| page.contains(part)), "{path}");
    }
    let (_, page) = body(&app, "/people-reset?step=ask&open=1").await;
    assert!(page.contains("<title>Lỗi: ") && page.contains("Quầy này có thiết bị đối chiếu"));
    assert!(page.contains("value=\"chip_read\" checked"), "what was typed stays");
}

#[tokio::test]
async fn a_file_of_ones_own_is_for_a_colleague_and_only_who_may_decide_is_offered_to() {
    let app = samples::app();
    let approve = |n: u128| format!("/desk/organisations/{}/approve", samples::id(n));
    let (_, page) = body(&app, "/organisations").await;
    assert!(page.contains(&approve(91)) && page.contains(&approve(93)));
    assert!(!page.contains(&approve(92)), "this officer took it");
    assert!(!page.contains("/confirm\""), "this officer proposed the change");
    assert_eq!(page.matches("/outside\"").count(), 1, "asked elsewhere once");
    for words in [
        "gửi trực tuyến",
        "nộp tại quầy",
        "Đang xác minh ở nơi khác",
        "0100109106",
        "Nguyễn Thị Lan, Giám đốc",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let (_, page) = body(&app, "/organisations?role=receiver").await;
    assert!(!page.contains("/approve\"") && page.contains("Tiếp nhận mẫu TK02"));
    let (_, page) = body(&app, "/organisations?open=1").await;
    assert!(page.contains("/propose\"") && page.contains("/lock\"") && page.contains("/close\""));
    let (_, page) = body(&app, "/organisations?open=locked&role=head").await;
    assert!(page.contains("/unlock\"") && !page.contains("/lock\"") && !page.contains("/propose\""));
}
