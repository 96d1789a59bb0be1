//! People at the site: filing without scripts, consent, supplement, result and verification, and what every page keeps to.

use contracts::Role;
use dossier::{
    model::Defect,
    ops::{
        Moved, Target,
        approve::dossier_approve,
        read::dossier_read_own,
        receive::dossier_receive,
        refuse::{refusal_confirm, refusal_propose},
        start::dossier_start,
        supplement_request::supplement_request,
    },
};
use http::StatusCode;

use crate::world::{Browser, COMMUNE, Page, World, number, officer};

pub const RESIDENCE: &str = "1.004194";
/// A picture as small as they come.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

/// What every page must keep to.
pub fn well_made(page: &Page, path: &str, others: &[String]) {
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    assert_eq!(page.body.matches("<h1").count(), 1, "one heading of the first rank: {path}");
    assert!(page.title().len() > " – Liên Thông".len(), "a title: {path}");
    for key in ["\u{2068}", "home-", "status-", "check-", "record-"] {
        assert!(!page.body.contains(&format!(">{key}")), "a text is missing on {path}: {key}");
    }
    for number in others {
        assert!(!page.body.contains(number), "{path} shows the whole number of somebody else");
    }
}

pub fn written(n: u32) -> Vec<String> {
    vec![number(n).to_string(), number(n).grouped()]
}

/// Lan's new draft; gives the address of its first page.
pub async fn begin(lan: &mut Browser, procedure: &str) -> String {
    let service = format!("/services/{procedure}");
    let begun = lan.submit(&service, &format!("{service}/start"), &[]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    lan.get(&begun.to).await.to
}

/// Fills in one page and goes on; gives the next address.
pub async fn fill(lan: &mut Browser, at: &str, typed: &[(&str, &str)]) -> String {
    let next = lan.submit(at, at, &[typed, &[("_next", "1")]].concat()).await;
    assert_eq!(next.status, StatusCode::SEE_OTHER, "{at}: {}", next.body);
    next.to
}

/// Lan's dossier for staying with Minh, up to the page that checks it.
pub async fn written_dossier(lan: &mut Browser) -> String {
    let at = begin(lan, RESIDENCE).await;
    let at = fill(lan, &at, &[("phone", "0912 345 678")]).await;

    // The commune is found by a few letters of its name, without diacritics.
    let found = lan.submit(&at, &at, &[("commune-q", "phuong sai gon"), ("commune-find", "1")]).await;
    assert!(found.body.contains(&format!("value=\"{COMMUNE}\"")), "{}", found.body);
    let at = fill(lan, &at, &[("commune", COMMUNE), ("address", "số 9, đường Đồng Khởi")]).await;

    // The question about the householder appears only after the first answer, and is no error before it was seen.
    let asked = lan.submit(&at, &at, &[("dwelling", "host"), ("_next", "1")]).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(
        asked.body.contains("name=\"host_number\"") && !asked.body.contains("error-summary"),
        "{}",
        asked.body
    );
    let host = number(2).to_string();
    let host = [("dwelling", "host"), ("host_number", host.as_str()), ("host_relation", "lodger")];
    let at = fill(lan, &at, &host).await;

    // A day that no calendar has is told at its field, in the summary and in the title; what was typed stays.
    let wrong = [("from-day", "31"), ("from-month", "2"), ("from-year", "2027"), ("_next", "1")];
    let shown = lan.submit(&at, &at, &wrong).await;
    assert!(shown.title().starts_with("Lỗi:"), "{}", shown.title());
    assert!(shown.body.contains("href=\"#f-from\"") && shown.body.contains("value=\"31\""), "{}", shown.body);
    let period = [
        ("from-day", "1"),
        ("from-month", "12"),
        ("from-year", "2026"),
        ("to-day", "30/11/2027"),
        ("to-month", ""),
        ("to-year", ""),
        ("reason", "đi làm"),
    ];
    let at = fill(lan, &at, &period).await;
    let at = fill(lan, &at, &[("with_members", "no")]).await;
    let at = fill(lan, &at, &[("fee_exemption", "none")]).await;
    assert!(at.ends_with("/check"), "{at}");
    at
}

pub fn target(moved: &Moved) -> Target {
    Target { dossier: moved.dossier, version: moved.version, key: None }
}

pub async fn send(lan: &mut Browser, check: &str) -> String {
    let refused = lan.submit(check, check, &[]).await;
    assert!(refused.title().starts_with("Lỗi:"), "the declaration is asked for");
    let sent = lan.submit(check, check, &[("declared", "1")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    sent.to
}

#[tokio::test]
async fn a_dossier_goes_from_the_first_page_to_a_verified_paper() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let check = written_dossier(&mut lan).await;
    let page = lan.get(&check).await;
    well_made(&page, &check, &written(2));
    assert!(page.body.contains("7.000"), "the fee is said");
    let receipt = send(&mut lan, &check).await;
    well_made(&lan.get(&receipt).await, &receipt, &written(2));
    let own = receipt.trim_end_matches("/receipt").to_owned();
    world.settle().await;

    // Minh is asked, and says yes from her own account.
    let mut minh = world.browser(Some(world.minh));
    let home = minh.get("/").await;
    well_made(&home, "/", &written(1));
    let consent = home.body.split("href=\"/consents/").nth(1).unwrap().split('"').next().unwrap();
    let consent = format!("/consents/{consent}");
    well_made(&minh.get(&consent).await, &consent, &written(1));
    let unsure = minh.submit(&consent, &consent, &[("answer", "yes")]).await;
    assert!(unsure.title().starts_with("Lỗi:"));
    let said = minh.submit(&consent, &consent, &[("answer", "yes"), ("sure", "1")]).await;
    assert_eq!(said.to, "/consents", "{}", said.body);

    // The officer asks for a better address; Lan mends it; the officer approves.
    let id = own.rsplit('/').next().unwrap().parse().unwrap();
    let view = world
        .run(async |tx| {
            dossier::ops::read::dossier_read_own(&world.cx, tx, &crate::world::citizen(world.lan), id).await
        })
        .await;
    let moved = Moved::from(&view.dossier);
    let moved = world
        .run(async |tx| dossier_receive(&world.cx, tx, &officer(Role::Receiver), &target(&moved)).await)
        .await;
    let moved = world.run(async |tx| dossier_start(tx, &officer(Role::Decider), &target(&moved)).await).await;
    let defects =
        vec![Defect { field: "address".into(), note: "Bạn hãy ghi thêm tổ dân phố.".into() }];
    world
        .run(async |tx| {
            supplement_request(&world.cx, tx, &officer(Role::Receiver), &target(&moved), &defects).await
        })
        .await;
    let asked = lan.get(&own).await;
    well_made(&asked, &own, &written(2));
    assert!(asked.body.contains("Bạn hãy ghi thêm tổ dân phố."), "{}", asked.body);
    let edit = format!("{own}/edit/place");
    let mended =
        lan.submit(&edit, &edit, &[("address", "số 9, đường Đồng Khởi, tổ 3"), ("_next", "1")]).await;
    assert_eq!(mended.to, format!("{own}#supplement"), "{}", mended.body);
    let back = lan.submit(&own, &format!("{own}/supplement"), &[]).await;
    assert_eq!(back.to, own, "{}", back.body);
    // The householder had agreed to another address, and is asked again.
    let said = minh.submit(&consent, &consent, &[("answer", "yes"), ("sure", "1")]).await;
    assert_eq!(said.to, "/consents", "{}", said.body);
    let view = world
        .run(async |tx| {
            dossier::ops::read::dossier_read_own(&world.cx, tx, &crate::world::citizen(world.lan), id).await
        })
        .await;
    let moved = Moved::from(&view.dossier);
    world
        .run(async |tx| dossier_approve(&world.cx, tx, &officer(Role::Decider), &target(&moved), "").await)
        .await;
    world.settle().await;

    // The result is here, can be fetched, rated, and verified by anybody.
    let ended = lan.get(&own).await;
    well_made(&ended, &own, &written(2));
    let paper = ended.body.split(&format!("href=\"{own}/papers/")).last().unwrap().split('"').next().unwrap();
    let file = lan.get(&format!("{own}/papers/{paper}")).await;
    assert!(file.body.starts_with("%PDF"), "{}", file.body);
    let rated = lan.submit(&own, &format!("{own}/rate"), &[("stars", "5")]).await;
    assert_eq!(rated.to, own, "{}", rated.body);
    let mut anybody = world.browser(None);
    let verify = format!("/verify/{paper}");
    let verified = anybody.get(&verify).await;
    well_made(&verified, &verify, &[written(1), written(2)].concat());
    assert!(verified.body.contains("Giấy tờ có hiệu lực"), "{}", verified.body);
    assert!(!verified.body.contains("Lan"), "nobody is named");
    let compared = anybody.upload(&verify, "file", "ket-qua.pdf", file.body.as_bytes()).await;
    assert!(compared.body.contains("không sai một byte"), "{}", compared.body);
    let other = anybody.upload(&verify, "file", "ket-qua.pdf", b"something else").await;
    assert!(other.body.contains("Đây không phải tệp đã cấp"), "{}", other.body);

    // Lan sees who looked, and that it stands in the log.
    world.settle().await;
    let accesses = lan.get("/record/accesses").await;
    assert!(accesses.body.contains("Phạm Thị Giải Quyết"), "{}", accesses.body);
    let index = accesses.body.split("href=\"/record/accesses/").nth(1).unwrap().split('"').next().unwrap();
    let proof = lan.get(&format!("/record/accesses/{index}")).await;
    well_made(&proof, "proof", &written(2));
    assert!(proof.body.contains("Đã kiểm chứng"), "{}", proof.body);
    let stolen = minh.get(&format!("/record/accesses/{index}")).await;
    assert_eq!(stolen.status, StatusCode::NOT_FOUND, "a proof is for its person alone");

    for path in [
        "/",
        "/dossiers",
        "/consents",
        "/notices",
        "/record",
        "/record?on=2014-12-31",
        "/record?on-year=99x",
        "/record/accesses",
        own.as_str(),
    ] {
        for english in [false, true] {
            lan.english = english;
            well_made(&lan.get(path).await, path, &written(2));
        }
    }
}

#[tokio::test]
async fn the_public_pages_are_there_in_both_languages() {
    let world = World::new().await;
    let mut anybody = world.browser(None);
    let paths = [
        "/",
        "/services",
        "/services?q=tam+tru",
        "/services?field=residence&audience=citizen&level=commune",
        "/services?q=xyzxyz",
        "/services/1.004194",
        "/services/1.012564",
        "/sign-in?next=/dossiers",
        "/open-account",
        "/verify",
        "/verify?code=abc",
        "/verify/00000000000000000000000000",
        "/contact",
        "/privacy",
        "/accessibility",
    ];
    for english in [false, true] {
        anybody.english = english;
        for path in paths {
            well_made(&anybody.get(path).await, path, &[]);
        }
    }
    anybody.english = false;
    let found = anybody.get("/services?q=tam+tru").await;
    assert!(found.body.contains("Đăng ký tạm trú"), "found without diacritics");
    let elsewhere = anybody.get("/services/1.012564").await;
    assert!(elsewhere.body.contains("Chưa nộp trực tuyến tại đây"), "{}", elsewhere.body);
    let own = anybody.get("/dossiers").await;
    assert_eq!(own.to, "/sign-in?next=%2Fdossiers");
    assert_eq!(anybody.get("/services/9.999999").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_account_is_opened_used_and_left() {
    let world = World::new().await;
    let mut lan = world.browser(None);
    let own = number(1).to_string();
    let password = "ba con mèo trên mái ngói";
    let typed = [
        ("number", own.as_str()),
        ("name", "Nguyen Thi Lan"),
        ("birth_date-day", "17"),
        ("birth_date-month", "5"),
        ("birth_date-year", "1990"),
        ("password", password),
        ("again", "khác"),
    ];
    let refused = lan.submit("/open-account", "/open-account", &typed).await;
    assert!(refused.title().starts_with("Lỗi:"), "{}", refused.body);
    crate::telephones::opens_an_account(&world, &mut lan, password).await;

    let wrong = [("number", own.as_str()), ("password", "sai")];
    let refused = lan.submit("/sign-in?next=/dossiers", "/sign-in", &wrong).await;
    assert!(
        refused.title().starts_with("Lỗi:") && !refused.body.contains("value=\"sai\""),
        "{}",
        refused.body
    );
    let right = [("number", own.as_str()), ("password", password)];
    let signed_in = lan.submit("/sign-in?next=/dossiers", "/sign-in", &right).await;
    assert_eq!(signed_in.to, "/dossiers", "{}", signed_in.body);
    well_made(&lan.get("/account").await, "/account", &[]);
    let away = world.browser(None).submit("/sign-in?next=//evil.example", "/sign-in", &right).await;
    assert_eq!(away.to, "/", "the way back never leaves the site");

    let new = "bốn con mèo dưới gốc cây";
    let changed = [("password", password), ("new_password", new), ("again", new)];
    let changed = lan.submit("/account", "/account/password", &changed).await;
    assert_eq!(changed.to, "/account", "{}", changed.body);
    let out = lan.submit("/account", "/sign-out", &[]).await;
    assert_eq!(out.to, "/");
    assert_eq!(lan.get("/account").await.to, "/sign-in?next=%2Faccount");
}

#[tokio::test]
async fn files_are_received_one_by_one_and_told_by_their_bytes() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let at = begin(&mut lan, RESIDENCE).await;
    let own = at.split("/edit").next().unwrap().to_owned();
    let dwelling = format!("{own}/edit/dwelling");
    fill(
        &mut lan,
        &dwelling,
        &[("dwelling", "own"), ("proof_on_record", "no"), ("_seen", "dwelling proof_on_record")],
    )
    .await;
    let files = format!("{own}/files");
    well_made(&lan.get(&files).await, &files, &[]);
    let refused =
        lan.upload(&files, "dwelling", "virus.png", b"MZ this is no picture at all, whatever its name").await;
    assert!(refused.title().starts_with("Lỗi:"), "{}", refused.body);
    let taken = lan.upload(&files, "dwelling", "sổ đỏ.png", PNG).await;
    assert_eq!(taken.to, files, "{}", taken.body);
    let shown = lan.get(&files).await;
    assert!(shown.body.contains("sổ đỏ.png") && shown.body.contains("SHA-256"), "{}", shown.body);
    let file = shown.body.split(&format!("{files}/")).nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(lan.get(&format!("{files}/{file}")).await.status, StatusCode::OK);
    let mut minh = world.browser(Some(world.minh));
    assert_eq!(minh.get(&format!("{files}/{file}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(minh.get(&own).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_dossier_can_be_kept_for_later_thrown_away_or_withdrawn() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let at = begin(&mut lan, RESIDENCE).await;
    let later = lan.submit(&at, &at, &[("phone", "0912345678"), ("_later", "1")]).await;
    assert_eq!(later.to, "/dossiers", "{}", later.body);
    assert!(lan.get(&at).await.body.contains("0912345678"), "what was typed is there again");
    let own = at.split("/edit").next().unwrap().to_owned();
    let gone = lan.submit(&format!("{own}/delete"), &format!("{own}/delete"), &[]).await;
    assert_eq!(gone.to, "/dossiers", "{}", gone.body);
    assert_eq!(lan.get(&at).await.status, StatusCode::NOT_FOUND);

    let check = written_dossier(&mut lan).await;
    let receipt = send(&mut lan, &check).await;
    let own = receipt.trim_end_matches("/receipt").to_owned();
    let withdraw = format!("{own}/withdraw");
    well_made(&lan.get(&withdraw).await, &withdraw, &written(2));
    let gone = lan.submit(&withdraw, &withdraw, &[]).await;
    assert_eq!(gone.to, own, "{}", gone.body);
    assert!(lan.get(&own).await.body.contains("Bạn đã rút hồ sơ này"));
}

#[tokio::test]
async fn rows_of_a_group_are_added_and_taken_out_without_scripts() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let at = begin(&mut lan, RESIDENCE).await;
    let members = format!("{}/edit/members", at.split("/edit").next().unwrap());
    let first = number(3).to_string();
    let row =
        [("with_members", "yes"), ("members.0.number", first.as_str()), ("members.0.relation", "child")];
    let asked = lan.submit(&members, &members, &[("with_members", "yes"), ("_next", "1")]).await;
    assert!(asked.body.contains("name=\"members.0.number\""), "{}", asked.body);
    let added = lan.submit(&members, &members, &[&row[..], &[("_add", "members")]].concat()).await;
    assert!(added.body.contains("name=\"members.1.number\""), "{}", added.body);
    let removed = lan.submit(&members, &members, &[&row[..], &[("_remove", "members.0")]].concat()).await;
    assert!(!removed.body.contains(&first), "{}", removed.body);
}

#[tokio::test]
async fn a_refusal_says_why_by_which_law_and_how_to_go_on() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let check = written_dossier(&mut lan).await;
    let receipt = send(&mut lan, &check).await;
    let own = receipt.trim_end_matches("/receipt").to_owned();
    let id = own.rsplit('/').next().unwrap().parse().unwrap();
    let lans = crate::world::citizen(world.lan);
    let view = world.run(async |tx| dossier_read_own(&world.cx, tx, &lans, id).await).await;
    let sent = target(&Moved::from(&view.dossier));
    let (decider, head) = (officer(Role::Decider), crate::world::head());
    let reason = ("no_lawful_dwelling", "Hợp đồng đã hết hạn.");
    let moved =
        world.run(async |tx| refusal_propose(&world.cx, tx, &decider, &sent, reason.0, reason.1).await).await;
    assert!(
        !lan.get(&own).await.body.contains("hết hạn"),
        "nothing is said before the second officer agrees"
    );
    world.run(async |tx| refusal_confirm(&world.cx, tx, &head, &target(&moved), true).await).await;
    world.settle().await;
    let page = lan.get(&own).await;
    well_made(&page, &own, &written(2));
    for said in [
        "Bị từ chối",
        "không chứng minh được chỗ ở",
        "Luật Cư trú, Điều 28",
        "Hợp đồng đã hết hạn",
        "Nộp hồ sơ mới",
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
}
