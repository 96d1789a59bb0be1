//! "Tổ chức tôi đại diện": asked for, activated, shared with others and taken back, all without scripts.

use contracts::{IdentityLevel, Role};
use http::StatusCode;
use identity::{
    Password,
    organisation::ops,
    seed::{self, SeedCitizen},
};

use crate::{
    account::app,
    world::{Browser, COMMUNE, POLICE, World, number, officer},
};

const PASSWORD: &str = "mưa rơi trên mái tôn";
const LIST: &str = "/account/organisations";
const NEW: &str = "/account/organisations/new";

/// Lan and Minh have accounts of level 2, and are signed in with a password.
async fn browsers(world: &World) -> [Browser; 2] {
    let people = [(1, world.lan), (2, world.minh)].map(|(n, person)| SeedCitizen {
        person,
        number: number(n),
        level: IdentityLevel::Two,
        password: Password::new(PASSWORD),
    });
    let tx = world.db.store.begin().await.unwrap();
    let made = seed::citizens(&world.identity, &tx, &people).await;
    tx.finish(made).await.unwrap();
    [sign_in(world, 1).await, sign_in(world, 2).await]
}

async fn sign_in(world: &World, n: u32) -> Browser {
    let mut browser = world.browser(None);
    let typed = number(n).grouped();
    browser.submit("/sign-in", "/sign-in", &[("number", &typed), ("password", PASSWORD)]).await;
    browser
}

const FORM: [(&str, &str); 9] = [
    ("kind", "enterprise"),
    ("name", "Công ty TNHH Sao Mai"),
    ("tax_code", "0100109106"),
    ("founded_on-day", "1"),
    ("founded_on-month", "3"),
    ("founded_on-year", "2015"),
    ("commune", COMMUNE),
    ("address", "12 Lê Lợi"),
    ("title", "Giám đốc"),
];

/// The officer approves what waits.
async fn approve(world: &World) {
    let decider = officer(Role::Decider);
    let agency = contracts::AgencyId::new(POLICE);
    let mut tx = world.db.store.begin().await.unwrap();
    let waiting = ops::organisation_waiting(&mut tx, &decider, &agency).await.unwrap();
    let (id, file) = (waiting[0].organisation.id, waiting[0].file.id);
    let approved = ops::organisation_approve(&world.identity, &mut tx, &decider, id, file).await;
    tx.finish(approved).await.unwrap();
}

#[tokio::test]
async fn an_organisation_goes_from_the_form_to_its_history() {
    let world = World::new().await;
    let [mut lan, mut minh] = browsers(&world).await;
    let empty = lan.get(LIST).await;
    assert!(empty.body.contains("Bạn chưa đại diện cho tổ chức nào"), "{}", empty.body);
    let weak = lan.submit(NEW, NEW, &FORM).await;
    assert!(weak.to.starts_with("/sign-in?next=") && weak.to.ends_with("strength=2"), "{}", weak.to);
    app(&world, &mut lan, "").await;

    let faulty = lan.submit(NEW, NEW, &[("kind", "enterprise"), ("name", "Sao Mai")]).await;
    assert!(faulty.title().starts_with("Lỗi"), "{}", faulty.title());
    for words in ["mã số thuế", "Hãy nhập chức vụ", "Hãy tìm và chọn xã", "value=\"Sao Mai\""]
    {
        assert!(faulty.body.contains(words), "{words}: {}", faulty.body);
    }
    let found =
        lan.submit(NEW, NEW, &[("commune-q", "sai gon"), ("commune-find", "1"), ("name", "Sao Mai")]).await;
    assert!(found.body.contains(&format!("value=\"{COMMUNE}\"")), "{}", found.body);
    assert!(!found.title().starts_with("Lỗi"), "searching is a step, not a mistake");

    let asked = lan.submit(NEW, NEW, &FORM).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
    let page = asked.to.clone();
    let waits = lan.get(&page).await;
    for words in ["Đang chờ duyệt", "Phường Sài Gòn", "TC", "0100109106"] {
        assert!(waits.body.contains(words), "{words}: {}", waits.body);
    }
    approve(&world).await;
    let activate = format!("{page}/activate");
    assert_eq!(lan.submit(&page, &activate, &[]).await.to, LIST);
    assert!(lan.get(LIST).await.body.contains("Đang dùng"));

    let authorise = format!("{page}/authorise");
    let wrong = lan.submit(&page, &authorise, &[("number", "12"), ("until-day", "31")]).await;
    assert!(wrong.title().starts_with("Lỗi"), "{}", wrong.title());
    assert!(wrong.body.contains("ít nhất một việc") && wrong.body.contains("ngày cuối"), "{}", wrong.body);
    let typed = number(2).to_string();
    let term = [
        ("number", typed.as_str()),
        ("title", "Kế toán trưởng"),
        ("scope", "services"),
        ("until-day", "31"),
        ("until-month", "12"),
        ("until-year", "2027"),
    ];
    assert_eq!(lan.submit(&page, &authorise, &term).await.to, page);
    let shown = lan.get(&page).await;
    for words in ["Trần Thị Minh", "đến hết", "Kế toán trưởng", "Ủy quyền: Trần Thị Minh", "Kích hoạt"]
    {
        assert!(shown.body.contains(words), "{words}: {}", shown.body);
    }

    // Minh may act, and sees neither the others nor the history.
    let theirs = minh.get(&page).await;
    assert!(theirs.body.contains("Thôi đại diện") && !theirs.body.contains("Ủy quyền cho người khác"));
    assert!(!theirs.body.contains("Nguyễn Thị Lan"), "{}", theirs.body);
    let end = format!("{page}/end");
    assert_eq!(minh.submit(&page, &end, &[]).await.to, LIST);
    assert_eq!(minh.get(&page).await.status, StatusCode::NOT_FOUND);
    assert!(lan.get(&page).await.body.contains("Chấm dứt đại diện"));
}

#[tokio::test]
async fn nobody_sees_an_organisation_that_they_do_not_represent() {
    let world = World::new().await;
    let [mut lan, mut minh] = browsers(&world).await;
    app(&world, &mut lan, "").await;
    let page = lan.submit(NEW, NEW, &FORM).await.to;
    assert_eq!(minh.get(&page).await.status, StatusCode::NOT_FOUND);
    assert!(world.browser(None).get(LIST).await.to.starts_with("/sign-in"));
    let mut english = lan.clone();
    english.english = true;
    for (path, words) in
        [(LIST, "Organisations I represent"), (NEW, "Seat and contact"), (&page, "Waits for a decision")]
    {
        let shown = english.get(path).await;
        assert!(shown.body.contains(words), "{path}: {}", shown.body);
        assert!(!shown.body.contains(">org-"), "{path} shows a key");
    }
}
