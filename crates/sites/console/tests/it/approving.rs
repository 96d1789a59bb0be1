//! From the form to people: registered, approved by somebody else, changed, suspended, closed.

use contracts::Role;
use http::StatusCode;

use crate::world::{AUTHORITY, DRAFT, OWNER, World};

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

#[tokio::test]
async fn a_real_application_waits_and_a_second_person_approves_it() {
    let w = World::new().await;
    let path = w.register(&[]).await;
    let page = w.administrator().get(&path).await;
    assert!(page.body.contains("Chờ duyệt") && page.body.contains("Đặt lịch khám Hà Nội"));
    let list = w.administrator().get("/console").await;
    assert!(list.body.contains(&path), "{}", list.body);

    let mut authority = w.authority();
    let waiting = authority.get("/console/approvals").await;
    let there = format!("/console/approvals/{}", id_of(&path));
    assert!(waiting.body.contains(&there), "{}", waiting.body);
    let page = authority.submit(&there, &format!("{there}/approve"), &[]).await;
    assert_eq!((page.status, page.to.as_str()), (StatusCode::SEE_OTHER, "/console/approvals"));
    assert!(authority.get("/console/approvals").await.body.contains("Không có gì chờ duyệt"));
    let page = w.administrator().get(&path).await;
    assert!(page.body.contains("Đang dùng") && page.body.contains("Được duyệt"));
    assert_eq!(authority.get(&there).await.status, StatusCode::NOT_FOUND, "nothing waits any more");
}

#[tokio::test]
async fn nobody_approves_what_they_proposed_themselves() {
    let w = World::new().await;
    let mut own = w.officer(AUTHORITY, Role::Head, 60);
    let page = own.submit("/console/new", "/console/new", &DRAFT).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let id = id_of(page.to.strip_suffix("/keys").unwrap()).to_owned();
    let there = format!("/console/approvals/{id}");
    let page = own.get(&there).await;
    assert!(page.body.contains("Chính bạn đã đề nghị"), "{}", page.body);
    let token = own.token().await;
    let page = own.post(&format!("{there}/approve"), &[("_csrf", &token), ("version", "1")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let mut other = w.officer(AUTHORITY, Role::Administrator, 61);
    let page = other.submit(&there, &format!("{there}/approve"), &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_change_waits_while_the_old_settings_hold_and_can_be_refused_with_a_reason() {
    let w = World::new().await;
    let path = w.approved().await;
    let change = format!("{path}/change");
    let typed = [&DRAFT[..], &[("name_vi", "Đặt lịch khám Thủ đô")]].concat();
    let page = w.administrator().submit(&change, &change, &typed).await;
    assert_eq!((page.status, page.to.as_str()), (StatusCode::SEE_OTHER, path.as_str()), "{}", page.body);
    let page = w.administrator().get(&path).await;
    assert!(page.body.contains("Thay đổi chờ duyệt") && page.body.contains("Đặt lịch khám Thủ đô"));
    assert!(page.body.contains("<h1>Đặt lịch khám Hà Nội</h1>"), "the old name holds");

    let mut authority = w.authority();
    let there = format!("/console/approvals/{}", id_of(&path));
    let page = authority.submit(&there, &format!("{there}/refuse"), &[("note", " ")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "a refusal has a reason");
    let reason = [("note", "Tên dễ nhầm với cơ quan khác.")];
    let page = authority.submit(&there, &format!("{there}/refuse"), &reason).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let page = w.administrator().get(&path).await;
    assert!(page.body.contains("Tên dễ nhầm với cơ quan khác.") && !page.body.contains("Thủ đô"));
}

#[tokio::test]
async fn two_officers_who_saw_the_same_version_do_not_overwrite_each_other() {
    let w = World::new().await;
    let path = w.approved().await;
    let change = format!("{path}/change");
    let seen = w.administrator().get(&change).await.hidden("version");
    let first = [&DRAFT[..], &[("name_vi", "Một"), ("version", &seen)]].concat();
    let second = [&DRAFT[..], &[("name_vi", "Hai"), ("version", &seen)]].concat();
    let page = w.administrator().submit(&change, &change, &first).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let page = w.administrator().submit(&change, &change, &second).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.body);
}

#[tokio::test]
async fn a_suspended_application_goes_on_and_a_closed_one_never() {
    let w = World::new().await;
    let path = w.approved().await;
    let state = |step: &str| format!("{path}/state/{step}");
    let mut authority = w.authority();
    let page = authority.submit(&path, &state("suspend"), &[("note", "Nghi lộ khóa.")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let page = w.administrator().get(&path).await;
    assert!(page.body.contains("Tạm ngừng") && page.body.contains("Nghi lộ khóa."));
    let page = authority.submit(&path, &state("resume"), &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let mut administrator = w.administrator();
    let page = administrator.submit(&path, &state("close"), &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(administrator.get(&path).await.body.contains("Chưa đóng"), "the box was not ticked");
    administrator.submit(&path, &state("close"), &[("sure", "1")]).await;
    let page = administrator.get(&path).await;
    assert!(page.body.contains("không mở lại được") && !page.body.contains("/state/"));
}

#[tokio::test]
async fn a_sandbox_application_needs_no_approval() {
    let w = World::new().await;
    let path = w.register(&[("environment", "sandbox")]).await;
    let page = w.administrator().get(&path).await;
    assert!(page.body.contains("Thử nghiệm"));
    assert!(w.authority().get("/console/approvals").await.body.contains("Không có gì chờ duyệt"));
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_what_was_typed_stays() {
    let w = World::new().await;
    let wrong = [
        &DRAFT[..],
        &[("redirect_uris", "http://app.example.gov.vn/cb"), ("basis-age_over_18", ""), ("name_vi", "")],
    ]
    .concat();
    let page = w.administrator().submit("/console/new", "/console/new", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("<title>Lỗi: "), "{}", page.body);
    for field in ["redirect_uris", "name_vi", "claims"] {
        assert!(page.body.contains(&format!("href=\"#f-{field}\"")), "{field}");
        assert!(page.body.contains(&format!("id=\"f-{field}\"")), "{field}");
    }
    assert!(
        page.body.contains("http://app.example.gov.vn/cb") && page.body.contains("van-hanh@example.gov.vn")
    );
}

#[tokio::test]
async fn a_form_that_is_sent_twice_registers_once() {
    let w = World::new().await;
    let mut browser = w.administrator();
    let opened = browser.get("/console/new").await;
    let (token, key) = (opened.hidden("_csrf"), opened.hidden("_key"));
    let pairs = [&DRAFT[..], &[("_csrf", &token), ("_key", &key)]].concat();
    let mut other = browser.clone();
    let (first, second) =
        tokio::join!(browser.post("/console/new", &pairs), other.post("/console/new", &pairs));
    let third = browser.post("/console/new", &pairs).await;
    for page in [&first, &second, &third] {
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        assert_eq!(page.to, first.to);
    }
    let list = browser.get("/console").await;
    assert_eq!(list.body.matches("href=\"/console/clients/").count(), 1, "{}", list.body);
}

#[tokio::test]
async fn a_form_without_its_token_does_nothing() {
    let w = World::new().await;
    let mut browser = w.administrator();
    assert_eq!(browser.post("/console/new", &DRAFT).await.status, StatusCode::FORBIDDEN);
    let list = browser.get("/console").await;
    assert!(list.body.contains("Cơ quan chưa có ứng dụng nào"));
}

#[tokio::test]
async fn applications_of_others_are_not_there() {
    let w = World::new().await;
    let path = w.register(&[]).await;
    let mut stranger = w.officer(crate::world::STRANGER, Role::Administrator, 70);
    let list = stranger.get("/console").await;
    assert!(!list.body.contains(&path));
    for end in ["", "/keys", "/errors", "/errors/list", "/usage", "/snippets", "/change"] {
        let page = stranger.get(&format!("{path}{end}")).await;
        assert!(page.status.is_client_error(), "{end}: {}", page.status);
        assert!(!page.body.contains("Đặt lịch khám Hà Nội"), "{end}");
    }
    let mut colleague = w.officer(OWNER, Role::Head, 21);
    assert_eq!(colleague.get(&path).await.status, StatusCode::OK);
}
