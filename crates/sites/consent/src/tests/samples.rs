//! Made-up questions, and a router that draws every page from them.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Router, response::Html, routing::get};
use base::{FieldFault, FixedClock, SeededEntropy, Text};
use contracts::{AccountId, AgencyId, OrganisationId, ports::ActingFor};
use jiff::Timestamp;
use maud::{Markup, html};
use openid::{
    Changed, Held, Reason, Seen, Standing, Way,
    authorization::{ClaimGiven, ConsentGiven, Receipt},
    claims::Claim,
    model::ClientId,
    ops::CibaLine,
    sandbox::PERSONAS,
    user_code::UserCode,
};
use serde::Deserialize;
use uuid::Uuid;
use webkit::{Config, Kit, Query, Texts, View};

use crate::{
    TEXTS, ciba, device,
    given::{self, Given},
    party::{Item, Party},
    question::{self, Question, Unread},
    sign_out, trouble,
};

/// Friday, ten in the morning in Vietnam.
const NOW: &str = "2026-11-20T03:00:00Z";
const LAW: &str = "Luật Các tổ chức tín dụng 32/2024/QH15, Điều 14";

/// Every sample page.
pub const PATHS: [&str; 26] = [
    "/trouble",
    "/device",
    "/device?kind=fault",
    "/device-ask",
    "/ciba",
    "/ciba?kind=empty",
    "/ciba-ask",
    "/over",
    "/done",
    "/logout",
    "/logout-done",
    "/question",
    "/question?kind=bare",
    "/question?kind=number",
    "/question?kind=sandbox",
    "/question?kind=fault",
    "/question?kind=long",
    "/question?kind=acting",
    "/question?kind=acting-fault",
    "/question?kind=other-account",
    "/question?kind=other-question",
    "/stale",
    "/unable",
    "/given",
    "/given?kind=empty",
    "/receipt",
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    kind: String,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn purpose() -> Text {
    Text::new("Mở tài khoản thanh toán mà không phải đến quầy.", "To open a payment account.")
}

pub fn question(kind: &str) -> Question {
    let item = |claim, is_free| Item {
        claim,
        legal_basis: LAW.into(),
        purpose: (claim == Claim::PersonalNumber)
            .then(|| Text::new("Báo cáo giao dịch đáng ngờ", "To report suspicious payments")),
        is_free,
        is_remembered: false,
    };
    let long = "Trung tâm Thông tin tín dụng và Xếp hạng tín nhiệm các doanh nghiệp vừa và nhỏ khu vực đồng bằng sông Cửu Long <script>alert(1)</script>";
    let name = match kind {
        "long" => Text::new(long, long),
        "sandbox" | "fault" => Text::new("Cổng thử nghiệm Sở Y tế", "Health Department test portal"),
        _ => Text::new("Ngân hàng Lúa Vàng", "Golden Rice Bank"),
    };
    let items = match kind {
        "bare" => Vec::new(),
        "number" => vec![
            item(Claim::PersonalNumber, false),
            item(Claim::Name, false),
            item(Claim::Birthdate, true),
            Item { is_remembered: true, ..item(Claim::IdentityLevel, true) },
        ],
        "acting" | "acting-fault" => vec![item(Claim::Name, false), item(Claim::Organisation, false)],
        _ => vec![item(Claim::Name, true), item(Claim::AgeOver18, false), item(Claim::ResidentOf, true)],
    };
    Question {
        seen: Seen::new(AccountId(Uuid::nil()), &["question"]),
        party: Party {
            name,
            organisation: "Ngân hàng Nhà nước Việt Nam".into(),
            is_sandbox: matches!(kind, "sandbox" | "fault"),
            purpose: Text::new(
                "Mở tài khoản thanh toán mà không phải đến quầy.",
                "To open a payment account without coming to a branch.",
            ),
            policy_uri: Some("https://lua-vang.example/quyen-rieng-tu".into()),
        },
        items,
        places: vec!["Phường Ba Đình, Thành phố Hà Nội".into()],
        offline: kind != "bare",
        remembered_until: Some(at("2027-05-19T03:00:00Z")),
        until: at("2026-11-20T03:10:00Z"),
        signed_in_at: at("2026-11-20T02:58:00Z"),
        personas: if matches!(kind, "sandbox" | "fault") { &PERSONAS } else { &[] },
        organisations: if matches!(kind, "acting" | "acting-fault") { organisations() } else { Vec::new() },
    }
}

fn organisations() -> Vec<ActingFor> {
    let one = |n, name: &str, role| ActingFor {
        organisation: OrganisationId(Uuid::from_u128(n)),
        code: format!("TC0123456789{n}"),
        name: name.into(),
        role,
    };
    vec![one(1, "Công ty TNHH Sao Mai", "legal"), one(2, "Hợp tác xã Rau sạch Bến Nghé", "authorised")]
}

pub fn receipts() -> Vec<Receipt> {
    let receipt = |n, name: &str, when: &str, claims: &[Claim]| Receipt {
        id: Uuid::from_u128(n),
        client: ClientId(Uuid::from_u128(n)),
        name: Text::new(name, name),
        at: at(when),
        claims: claims
            .iter()
            .map(|claim| ClaimGiven { claim: *claim, legal_basis: LAW.into(), purpose: Some(purpose()) })
            .collect(),
    };
    vec![
        receipt(1, "Ngân hàng Lúa Vàng", "2026-11-20T02:14:00Z", &[Claim::Name, Claim::AgeOver18]),
        receipt(7, "Bệnh viện Đa khoa tỉnh", "2026-09-01T09:30:00Z", &[Claim::PersonalNumber]),
        receipt(1, "Ngân hàng Lúa Vàng", "2026-08-30T07:00:00Z", &[]),
    ]
}

fn held(way: Way, since: &str, used_at: &str, until: &str) -> Held {
    let (since, used_at) = (Some(at(since)), Some(at(used_at)));
    Held { way, waits: false, count: 1, since, used_at, until: at(until), offline: false }
}

/// A person whom ten parties know, each let in by another way.
fn consents() -> Given {
    let remembered =
        |given_at, until, offline| Some(Standing { given_at: at(given_at), until: at(until), offline });
    let consent = |n, name: &str, claims: &[Claim]| ConsentGiven {
        client: ClientId(Uuid::from_u128(n)),
        name: Text::new(name, name),
        owner: AgencyId::new("NHNN"),
        purpose: purpose(),
        is_sandbox: false,
        claims: claims
            .iter()
            .map(|claim| ClaimGiven { claim: *claim, legal_basis: LAW.into(), purpose: Some(purpose()) })
            .collect(),
        remembered: remembered("2026-08-30T07:00:00Z", "2027-02-26T07:00:00Z", false),
        held: Vec::new(),
    };
    let today = |way| held(way, "2026-11-20T01:05:00Z", "2026-11-20T02:14:00Z", "2026-11-21T01:05:00Z");
    let mut report = consent(4, "Cục Thuế", &[Claim::Name, Claim::PersonalNumber]);
    report.claims[1].purpose = Some(Text::new("Cấp mã số thuế", "To issue a tax number"));
    let waiting = Held {
        waits: true,
        since: None,
        used_at: None,
        until: at("2026-11-20T03:08:00Z"),
        ..today(Way::Device)
    };
    let away = Held {
        offline: true,
        ..held(Way::Ciba, "2026-10-01T08:00:00Z", "2026-11-19T22:40:00Z", "2026-12-30T08:00:00Z")
    };
    let names = [
        "Thư viện Quốc gia",
        "Bệnh viện Đa khoa tỉnh Đồng Tháp",
        "Công ty Điện lực Thủ Đức",
        "Bảo tàng Lịch sử",
        "Trung tâm Thông tin tín dụng và Xếp hạng tín nhiệm các doanh nghiệp vừa và nhỏ khu vực đồng bằng sông Cửu Long",
    ];
    let mut all = vec![
        ConsentGiven {
            remembered: None,
            held: vec![waiting],
            ..consent(2, "Ki-ốt Bưu điện Bến Nghé", &[Claim::Name])
        },
        ConsentGiven {
            remembered: remembered("2026-08-30T07:00:00Z", "2027-02-26T07:00:00Z", true),
            held: vec![Held { count: 3, ..today(Way::Browser) }, away],
            ..consent(1, "Ngân hàng Lúa Vàng", &[Claim::AgeOver18, Claim::Name])
        },
        ConsentGiven {
            remembered: None,
            held: vec![today(Way::Once)],
            ..consent(3, "Vé tàu Bắc Nam", &[Claim::AgeOver60])
        },
        report,
        ConsentGiven {
            remembered: None,
            held: vec![today(Way::Browser)],
            is_sandbox: true,
            ..consent(5, "Cổng thử nghiệm Sở Y tế", &[])
        },
    ];
    all.extend((10..).zip(names).map(|(n, name)| consent(n, name, &[])));
    let organisation = || "Ngân hàng Nhà nước Việt Nam".to_owned();
    Given {
        consents: all.into_iter().map(|one| (one, organisation())).collect(),
        receipts: receipts(),
        last: BTreeMap::from([(ClientId(Uuid::from_u128(1)), at("2026-11-20T02:14:00Z"))]),
    }
}

fn ask(view: &View, kind: &str) -> Markup {
    let unread = match kind {
        "fault" => Unread::Faults(vec![FieldFault::new("persona", "consent.persona_needed")]),
        "acting-fault" => {
            Unread::Faults(vec![FieldFault::new("organisation", "consent.organisation_needed")])
        }
        "other-account" => Unread::Changed(Changed::Account),
        "other-question" => Unread::Changed(Changed::Question),
        _ => Unread::default(),
    };
    question::page(view, &question(kind), "/authorize/1", &html! {}, html! {}, &unread)
}

fn call() -> CibaLine {
    CibaLine {
        id: Uuid::from_u128(9),
        name: Text::new("Tổng đài Ngân hàng Lúa Vàng", "Golden Rice Bank call centre"),
        binding_message: Some("XANH-42".into()),
        at: at("2026-11-20T02:59:30Z"),
        until: at("2026-11-20T03:02:30Z"),
    }
}

/// A router of sample pages.
pub fn app() -> Router {
    let texts = Texts::load(&[webkit::i18n::TEXTS, openid::TEXTS, TEXTS]).unwrap();
    let clock = FixedClock::at(at(NOW));
    let config = Config { extras: crate::assets(), ..Config::new([0; 32], false) };
    let kit = Kit::new(texts, Arc::new(clock), Arc::new(SeededEntropy::new(7)), config);
    let draw = |page: fn(&View, &str) -> Markup| {
        get(
            move |view: View, Query(wish): Query<Wish>| async move { Html(page(&view, &wish.kind).into_string()) },
        )
    };
    kit.wrap(
        Router::new()
            .route("/question", draw(ask))
            .route("/stale", draw(|view, _| question::stale_page(view)))
            .route(
                "/device",
                draw(|view, kind| match kind {
                    "fault" => device::enter_page(
                        view,
                        "BCDF",
                        &[FieldFault::new("user_code", "consent.code_wrong")],
                    ),
                    _ => device::enter_page(view, "", &[]),
                }),
            )
            .route(
                "/device-ask",
                draw(|view, _| {
                    let code = UserCode::parse("WDJB-MJHT").unwrap();
                    device::page(view, code, &question("").once(), &Unread::default())
                }),
            )
            .route(
                "/ciba",
                draw(|view, kind| {
                    let calls = if kind == "empty" { Vec::new() } else { vec![call()] };
                    ciba::list_page(view, &calls)
                }),
            )
            .route(
                "/ciba-ask",
                draw(|view, _| ciba::page(view, &call(), &question("number").once(), &Unread::default())),
            )
            .route("/over", draw(|view, _| question::over_page(view, Reason::LevelUnmet)))
            .route("/done", draw(|view, _| question::done_page(view, "Ngân hàng Lúa Vàng", true)))
            .route("/logout", draw(|view, _| sign_out::page(view, Some("Thư viện Quốc gia"))))
            .route("/logout-done", draw(|view, _| sign_out::done_page(view)))
            .route("/trouble", draw(|view, _| trouble::page(view, "redirect_uri chưa được đăng ký.")))
            .route("/unable", draw(|view, _| question::unable_page(view)))
            .route(
                "/given",
                draw(|view, kind| {
                    given::draw(view, &if kind == "empty" { Given::default() } else { consents() })
                }),
            )
            .route("/receipt", draw(|view, _| given::receipt_page(view, &receipts()[0]))),
    )
}

/// Serves the sample pages for looking at them: `SAMPLES=127.0.0.1:8124 cargo test -p consent -- --ignored samples`.
#[tokio::test]
#[ignore = "serves until it is stopped"]
async fn samples_are_served() {
    let address = std::env::var("SAMPLES").unwrap();
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    webkit::serve(app(), listener, webkit::ServeLimits::default(), std::future::pending()).await.unwrap();
}
