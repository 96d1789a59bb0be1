//! A made-up relying party, officers of its agency, of the authority and of neither, and a router that draws every page.

use std::sync::Arc;

use axum::{Router, response::Html, routing::get};
use base::{Calendar, FieldFault, FixedClock, Page, SeededEntropy, Text};
use contracts::{
    AccountId, Actor, AgencyId, CommuneCode, LoginStrength, Role, Who,
    ports::{AgencyCard, Nation, ProcedureCard},
};
use forms::Service;
use jiff::{Timestamp, civil::Date};
use maud::Markup;
use openid::{
    claims::Claim,
    login_demand::LoginDemand,
    model::{
        Authentication, ClaimRight, Client, ClientDraft, ClientEvent, ClientId, ClientKey, ClientSecret,
        ClientState, GrantType, HistoryLine, Messages, Profile, Sender,
    },
    ops::{ClientLine, InitialToken, NewInitialToken, NewSecret, Waiting},
    watching::{ClientFault, Endpoint, Usage, UsageDay},
};
use serde::Deserialize;
use uuid::Uuid;
use webkit::{Config, Form, Kit, Query, Texts, View};

use crate::{
    TEXTS, approvals,
    client::{self, change_page},
    clients, errors, form, keys,
    officer::Officer,
    sandbox, snippets, tokens,
    usage::{self, Asked},
    words::Words,
};

/// Friday, ten in the morning in Vietnam.
const NOW: &str = "2026-11-20T03:00:00Z";
const OWNER: &str = "H26.10";
const AUTHORITY: &str = "C06";
const LAW: &str = "Luật Khám bệnh, chữa bệnh 15/2023/QH15, Điều 69";

/// Every sample page.
pub const PATHS: [&str; 29] = [
    "/clients",
    "/clients?at=authority&role=head",
    "/clients?kind=empty",
    "/new",
    "/new?kind=fault",
    "/client",
    "/client?kind=change",
    "/client?kind=long",
    "/client?state=suspended&at=authority&role=head",
    "/client?state=proposed",
    "/change",
    "/keys",
    "/keys?kind=basic",
    "/keys?kind=empty",
    "/keys?kind=published",
    "/secret",
    "/errors",
    "/errors?kind=empty",
    "/usage",
    "/snippets",
    "/snippets?kind=ciba",
    "/approvals?at=authority&role=head",
    "/approval?at=authority&role=head",
    "/tokens?at=authority&role=head",
    "/tokens?kind=empty",
    "/token-new?at=authority&role=head",
    "/token-new?at=authority&role=head&kind=fault",
    "/token-made?at=authority&role=head",
    "/sandbox",
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    kind: String,
    role: String,
    at: String,
    state: String,
    own: String,
}

/// Two agencies and no more.
struct Country(Calendar);

impl Nation for Country {
    fn service(&self, _: &str, _: Date) -> Option<Arc<Service>> {
        None
    }
    fn pinned(&self, _: &str, _: u32) -> Option<Arc<Service>> {
        None
    }
    fn procedure(&self, _: &str) -> Option<ProcedureCard> {
        None
    }
    fn calendar(&self) -> &Calendar {
        &self.0
    }
    fn agency_for(&self, _: &CommuneCode, _: forms::Level) -> Option<AgencyCard> {
        None
    }
    fn agency(&self, id: &AgencyId) -> Option<AgencyCard> {
        let name = match id.as_str() {
            OWNER => Text::new("Sở Y tế Thành phố Hà Nội", "Hanoi Department of Health"),
            AUTHORITY => Text::new(
                "Cục Cảnh sát quản lý hành chính về trật tự xã hội",
                "Police Department for Administrative Management of Social Order",
            ),
            _ => return None,
        };
        let (parent, commune, unit_code) = (None, None, String::new());
        Some(AgencyCard { id: id.clone(), name, parent, commune, unit_code })
    }
    fn dossier_code(&self, _: &AgencyId, _: Date, _: u32) -> Option<String> {
        None
    }
    fn place(&self, code: &str) -> Option<Text> {
        (code == "00004").then(|| Text::new("Phường Ba Đình, Thành phố Hà Nội", "Ba Dinh Ward, Hanoi City"))
    }
    fn commune_in_force(&self, _: &str, _: Date) -> bool {
        true
    }
    fn commune_today(&self, code: &str) -> Option<CommuneCode> {
        Some(CommuneCode::new(code))
    }
    fn number_prefix_known(&self, _: &str) -> bool {
        true
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn officer(role: Role, agency: &str) -> Officer {
    let who = Who::Staff { agency: AgencyId::new(agency), role, name: "Trần Văn Tám".into() };
    let actor = Actor { account: AccountId(Uuid::from_u128(20)), who, strength: LoginStrength::Two };
    Officer::of(actor, &AgencyId::new(AUTHORITY)).unwrap()
}

fn right(claim: Claim) -> ClaimRight {
    ClaimRight::new(claim, LAW)
}

pub fn client(kind: &str) -> Client {
    let long = "Hệ thống đặt lịch khám, quản lý hồ sơ sức khỏe điện tử và thanh toán viện phí dùng chung của mạng lưới cơ sở khám bệnh, chữa bệnh công lập tòan thành phố <script>alert(1)</script>";
    let name = if kind == "long" { long } else { "Đặt lịch khám Hà Nội" };
    let is_basic = kind == "basic";
    let settings = ClientDraft {
        name: Text::new(name, "Hanoi appointments"),
        purpose: Text::new(
            "Đặt lịch khám mà không phải khai lại từ đầu.",
            "To make an appointment without filling in everything again.",
        ),
        profile: if is_basic { Profile::Basic { until: at("2027-03-31T17:00:00Z") } } else { Profile::Fapi2 },
        sandbox: false,
        authentication: if is_basic { Authentication::SecretBasic } else { Authentication::PrivateKeyJwt },
        sender: if is_basic { Sender::Bearer } else { Sender::Dpop },
        grants: match kind {
            "ciba" => vec![GrantType::AuthorizationCode, GrantType::Ciba],
            _ => vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        },
        redirect_uris: vec!["https://app.example.gov.vn/cb".into()],
        post_logout_redirect_uris: vec!["https://app.example.gov.vn/".into()],
        backchannel_logout_uri: Some("https://app.example.gov.vn/logout".into()),
        ciba_notification_uri: None,
        jwks_uri: (kind == "published").then(|| "https://app.example.gov.vn/jwks.json".into()),
        sector: None,
        claims: vec![
            right(Claim::IdentityMatch),
            right(Claim::AgeOver18),
            right(Claim::Name),
            ClaimRight {
                purpose: Some(Text::new("Thanh toán bảo hiểm y tế", "To settle health insurance")),
                login: LoginDemand { strength: Some(LoginStrength::Two), max_age_s: Some(900) },
                ..right(Claim::PersonalNumber)
            },
        ],
        api_scopes: Vec::new(),
        audiences: Vec::new(),
        resource: None,
        messages: Messages::default(),
        tls_subject: None,
        policy_uri: Some("https://app.example.gov.vn/quyen-rieng-tu".into()),
        contact: "van-hanh@example.gov.vn".into(),
    };
    let change =
        (kind == "change").then(|| ClientDraft { claims: vec![right(Claim::AgeOver18)], ..settings.clone() });
    let key = ClientKey {
        kid: "2026-11".into(),
        jwk: r#"{"kty":"EC","crv":"P-256","kid":"2026-11","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#.into(),
        added_at: at("2026-11-18T02:00:00Z"),
    };
    let secret = ClientSecret {
        id: Uuid::from_u128(3),
        made_at: at("2026-11-18T02:00:00Z"),
        ends_at: at("2027-11-18T02:00:00Z"),
    };
    Client {
        id: ClientId(Uuid::from_u128(0x0199_a000_0000_7000_8000_0000_0000_0001)),
        owner: AgencyId::new(OWNER),
        state: ClientState::Approved,
        settings,
        change,
        proposers: vec![AccountId(Uuid::from_u128(21))],
        registered: false,
        keys: if matches!(kind, "empty" | "published") || is_basic { Vec::new() } else { vec![key] },
        secrets: if is_basic { vec![secret] } else { Vec::new() },
        version: 3,
        created_at: at("2026-11-01T02:00:00Z"),
    }
}

fn wished(wish: &Wish) -> (Officer, Client) {
    let role = Role::parse(&wish.role).unwrap_or(Role::Administrator);
    let agency = match wish.at.as_str() {
        "authority" => AUTHORITY,
        "other" => "H30.01",
        _ => OWNER,
    };
    let mut client = client(&wish.kind);
    client.state = ClientState::parse(&wish.state).unwrap_or(ClientState::Approved);
    (officer(role, agency), client)
}

fn history() -> Vec<HistoryLine> {
    let line = |when: &str, event, note: &str, agency: &str| HistoryLine {
        at: at(when),
        event,
        note: note.into(),
        actor: AccountId(Uuid::from_u128(21)),
        agency: Some(AgencyId::new(agency)),
    };
    vec![
        line("2026-11-18T02:00:00Z", ClientEvent::KeyAdded, "", OWNER),
        line(
            "2026-11-12T02:00:00Z",
            ClientEvent::ChangeRefused,
            "Chưa nêu điều khoản cho số định danh.",
            AUTHORITY,
        ),
        line("2026-11-02T02:00:00Z", ClientEvent::Approved, "", AUTHORITY),
        line("2026-11-01T02:00:00Z", ClientEvent::Proposed, "", OWNER),
    ]
}

fn lines(is_empty: bool) -> Page<ClientLine> {
    let all = [client(""), client("long"), client("basic")];
    let line = |(n, client): (usize, Client)| ClientLine {
        id: client.id,
        owner: client.owner.clone(),
        name: client.settings.name.clone(),
        state: if n == 2 { ClientState::Suspended } else { client.state },
        sandbox: n == 1,
        profile: client.settings.profile.clone(),
        waits: n == 0,
        created_at: client.created_at,
    };
    let items = if is_empty { Vec::new() } else { all.into_iter().enumerate().map(line).collect() };
    Page { items, next: (!is_empty).then(|| "x".to_owned()) }
}

fn waiting(kind: &str, changes: bool) -> Waiting {
    let Client { id, owner, settings, .. } = client(kind);
    Waiting {
        client: id,
        owner,
        name: settings.name,
        purpose: settings.purpose,
        changes,
        since: at("2026-11-18T02:00:00Z"),
    }
}

fn faults() -> Vec<ClientFault> {
    let fault = |when: &str, endpoint, code: &str, count| ClientFault {
        last_at: at(when),
        endpoint,
        code: code.into(),
        count,
    };
    vec![
        fault("2026-11-20T02:58:00Z", Endpoint::Par, "redirect_uri_unknown", 12),
        fault("2026-11-20T02:40:00Z", Endpoint::Token, "assertion_refused jose.expired", 1),
        fault("2026-11-19T09:00:00Z", Endpoint::Token, "proof_nonce", 310),
    ]
}

fn days() -> Vec<UsageDay> {
    (1..=20)
        .filter(|n| n % 6 != 0)
        .map(|n| UsageDay {
            day: jiff::civil::date(2026, 11, n),
            counts: Usage::ALL.iter().zip(1..).map(|(kind, m)| (*kind, i64::from(n) * 37 * m)).collect(),
        })
        .collect()
}

fn new_page(words: &Words<'_>, view: &View, wish: &Wish) -> Markup {
    let (officer, _) = wished(wish);
    if wish.kind != "fault" {
        let form = clients::empty_form();
        return clients::new_page(words, view, &officer, &form, &[]);
    }
    let form = Form::from_pairs([
        ("name_vi", "Đặt lịch khám"),
        ("redirect_uris", "http://sai.example/cb"),
        ("claims", "name"),
        ("basis-name", "Điều 14"),
        ("profile", "basic"),
    ]);
    let faults = [
        FieldFault::new("redirect_uris", "openid.uri_https"),
        FieldFault::new("until", "console.until_needed"),
        FieldFault::new("claims", "openid.claim_basis"),
    ];
    clients::new_page(words, view, &officer, &form, &faults)
}

fn approval(words: &Words<'_>, view: &View, wish: &Wish) -> Markup {
    let (officer, mut client) = wished(wish);
    client.state = ClientState::Proposed;
    client.settings = self::client("basic").settings;
    if !wish.own.is_empty() {
        client.proposers = vec![officer.actor.account];
    }
    approvals::page(words, view, &officer, &client, &[])
}

fn token() -> InitialToken {
    let Client { owner, settings, .. } = client("");
    InitialToken {
        id: Uuid::from_u128(4),
        owner,
        ceiling: settings,
        uses: 7,
        made_by: AccountId(Uuid::from_u128(60)),
        made_at: at("2026-11-18T02:00:00Z"),
        ends_at: at("2026-12-31T17:00:00Z"),
    }
}

fn token_new(words: &Words<'_>, view: &View, wish: &Wish) -> Markup {
    let (officer, mut client) = wished(wish);
    if !wish.own.is_empty() {
        client.proposers = vec![officer.actor.account];
    }
    let faults = [
        FieldFault::new("uses", "openid.token_uses").with("max", 100),
        FieldFault::new("until", "console.token_until_needed"),
    ];
    let faults = if wish.kind == "fault" { &faults[..] } else { &[] };
    tokens::new_page(words, view, &officer, &client, &Form::from_pairs([("uses", "500")]), faults)
}

type Draw = fn(&Words<'_>, &View, &Wish) -> Markup;

/// A router of sample pages.
pub fn app() -> Router {
    let texts = Texts::load(&[webkit::i18n::TEXTS, openid::TEXTS, TEXTS]).unwrap();
    let clock = FixedClock::at(at(NOW));
    let config = Config { extras: crate::assets(), ..Config::new([0; 32], false) };
    let kit = Kit::new(texts, Arc::new(clock), Arc::new(SeededEntropy::new(7)), config);
    let country = Arc::new(Country(Calendar::default()));
    let draw = |page: Draw| {
        let country = Arc::clone(&country);
        get(move |view: View, Query(wish): Query<Wish>| async move {
            let words = Words { say: &view, nation: &*country };
            Html(page(&words, &view, &wish).into_string())
        })
    };
    let with: [(&str, Draw); 16] = [
        ("/clients", |words, view, wish| {
            clients::list_page(words, view, &wished(wish).0, &lines(wish.kind == "empty"))
        }),
        ("/new", new_page),
        ("/client", |words, view, wish| {
            let (officer, client) = wished(wish);
            client::page(words, view, &officer, &client, &history())
        }),
        ("/change", |words, view, wish| {
            let (officer, client) = wished(wish);
            change_page(words, view, &officer, &client, &form::fill(&client.settings), &[])
        }),
        ("/keys", |words, view, wish| {
            let (officer, client) = wished(wish);
            keys::page(words, view, &officer, &client, "", &[])
        }),
        ("/secret", |words, view, wish| {
            let (officer, client) = wished(wish);
            let made = NewSecret {
                id: Uuid::from_u128(3),
                text: "Zk3b1yq0cM9m0m4nJ6b4l0bT3o8b3kq1cX9m0m4nJ6b".into(),
                ends_at: at("2027-11-20T03:00:00Z"),
            };
            keys::secret_page(words, view, &officer, &client, &made)
        }),
        ("/errors", |words, view, wish| {
            let (officer, client) = wished(wish);
            let all = if wish.kind == "empty" { Vec::new() } else { faults() };
            errors::page(words, view, &officer, &client, &all)
        }),
        ("/usage", |words, view, wish| {
            let (officer, client) = wished(wish);
            let all = if wish.kind == "empty" { Vec::new() } else { days() };
            usage::page(words, view, &officer, &client, &all, &Asked::default())
        }),
        ("/snippets", |words, view, wish| {
            let (officer, client) = wished(wish);
            snippets::page(words, view, &officer, &client, "https://dinhdanh.example.gov.vn")
        }),
        ("/approvals", |words, view, wish| {
            approvals::list_page(words, view, &wished(wish).0, &[waiting("", false), waiting("long", true)])
        }),
        ("/approval", approval),
        ("/tokens", |words, view, wish| {
            let all = if wish.kind == "empty" { Vec::new() } else { vec![token()] };
            tokens::list_page(words, view, &wished(wish).0, &all)
        }),
        ("/token-new", token_new),
        ("/token-made", |words, view, wish| {
            let (officer, client) = wished(wish);
            let text = "Zk3b1yq0cM9m0m4nJ6b4l0bT3o8b3kq1cX9m0m4nJ6b".into();
            let made = NewInitialToken { id: Uuid::from_u128(4), text };
            tokens::made_page(words, view, &officer, &client, &made, "https://dinhdanh.example.gov.vn")
        }),
        ("/sandbox", |words, view, wish| sandbox::page(words, view, &wished(wish).0)),
        ("/approvals-empty", |words, view, wish| approvals::list_page(words, view, &wished(wish).0, &[])),
    ];
    let routes = with.into_iter().fold(Router::new(), |routes, (path, page)| routes.route(path, draw(page)));
    kit.wrap(routes)
}

/// Serves the sample pages for looking at them: `SAMPLES=127.0.0.1:8125 cargo test -p console -- --ignored samples`.
#[tokio::test]
#[ignore = "serves until it is stopped"]
async fn samples_are_served() {
    let address = std::env::var("SAMPLES").unwrap();
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    webkit::serve(app(), listener, webkit::ServeLimits::default(), std::future::pending()).await.unwrap();
}
