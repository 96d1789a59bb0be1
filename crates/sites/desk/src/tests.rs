//! The pages, rendered in both languages from made-up dossiers of the real services; and the texts.

mod samples;

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
use samples::{Sample, kit};

/// Texts whose keys are put together while running.
const BUILT: [&str; 3] = ["desk-status-", "desk-happened-", "desk-password-differs"];

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

#[tokio::test]
async fn a_conflict_shows_what_changed_and_keeps_what_was_typed() {
    let (_, page) = body(&samples::app(), "/conflict").await;
    assert!(page.contains("Có người đã thay đổi hồ sơ này trước bạn"));
    assert!(page.contains("Bắt đầu giải quyết") && page.contains("Trần Thị Sáu"));
    assert!(page.contains("Ảnh mờ, đề nghị chụp lại"));
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
    assert_eq!(Role::ALL.map(home), ["/desk", "/desk", "/desk", "/desk/workload", "/desk/account"]);
}

#[test]
fn texts_are_complete_in_both_languages_and_none_is_unused() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let all = [webkit::i18n::TEXTS, TEXTS];
    assert_eq!(check::pairs(&all), [""; 0]);
    assert_eq!(check::unused(TEXTS, &[&source], &BUILT), [""; 0]);
    assert_eq!(check::unknown(&all, &[&source]), [""; 0]);
    assert_eq!(check::codes(&all, &["desk.password_differs"]), [""; 0]);
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
