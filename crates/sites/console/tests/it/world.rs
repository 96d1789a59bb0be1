//! The console in process, officers by header, and a browser without scripts.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use base::{Calendar, PersonalNumber, SeededEntropy, Text};
use console::Console;
use contracts::{
    Access, AccountId, Actor, AgencyId, Caller, CommuneCode, IdentityLevel, LoginStrength, PersonId, Role,
    Who,
    ports::{
        AccountHolder, AgencyCard, Holders, IdentityClaim, Nation, PortError, ProcedureCard, RecordChange,
        Register,
    },
};
use forms::{Fact, Person, Service};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use jiff::civil::Date;
use openid::{OpenId, Ports, Settings};
use store::Tx;
use testkit::TestDb;
use tower::ServiceExt;
use uuid::Uuid;
use webkit::{Config, Kit, Texts};

pub const OWNER: &str = "H26.10";
pub const AUTHORITY: &str = "C06";
pub const STRANGER: &str = "H30.01";

/// The console asks nobody about accounts or people.
struct Nobody;

#[async_trait]
impl Holders for Nobody {
    async fn holder(&self, _: &Tx, _: AccountId) -> Result<Option<AccountHolder>, PortError> {
        Ok(None)
    }
    async fn holder_by_number(
        &self,
        _: &mut Tx,
        _: &PersonalNumber,
    ) -> Result<Option<AccountHolder>, PortError> {
        Ok(None)
    }
    async fn session_is_live(&self, _: &mut Tx, _: AccountId, _: Uuid) -> Result<bool, PortError> {
        Ok(false)
    }
    async fn session_end(&self, _: &mut Tx, _: AccountId, _: Uuid) -> Result<(), PortError> {
        Ok(())
    }
}

#[async_trait]
impl Register for Nobody {
    async fn person_by_number(
        &self,
        _: &mut Tx,
        _: &Access,
        _: &PersonalNumber,
    ) -> Result<Option<PersonId>, PortError> {
        Ok(None)
    }
    async fn facts(&self, _: &mut Tx, _: &Access, _: PersonId, _: &[Fact]) -> Result<Person, PortError> {
        Ok(Person::default())
    }
    async fn matches(
        &self,
        _: &mut Tx,
        _: &Access,
        _: &IdentityClaim,
    ) -> Result<Option<PersonId>, PortError> {
        Ok(None)
    }
    async fn apply(&self, _: &mut Tx, _: &Access, _: &RecordChange) -> Result<(), PortError> {
        Ok(())
    }
}

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
        let name = Text::new("Sở Y tế Thành phố Hà Nội", "Hanoi Department of Health");
        let (parent, commune, unit_code) = (None, None, String::new());
        (id.as_str() == OWNER).then(|| AgencyCard { id: id.clone(), name, parent, commune, unit_code })
    }
    fn dossier_code(&self, _: &AgencyId, _: Date, _: u32) -> Option<String> {
        None
    }
    fn place(&self, _: &str) -> Option<Text> {
        None
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

pub struct World {
    app: Router,
    _db: TestDb,
    _keys: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        let db = TestDb::new(&[openid::MIGRATIONS]).await;
        let keys = tempfile::tempdir().unwrap();
        let settings = Settings {
            issuer: "https://dinhdanh.example.gov.vn".to_owned(),
            operator: AgencyId::new(AUTHORITY),
            keys_dir: keys.path().to_path_buf(),
            hsm: None,
            inside_hosts: Vec::new(),
            mtls_url: None,
        };
        let ports =
            Ports { holders: Arc::new(Nobody), register: Arc::new(Nobody), province_of: Arc::new(|_| None) };
        let openid = OpenId::start(db.store.clone(), settings, ports).await.unwrap();
        let nation = Arc::new(Country(Calendar::default()));
        let site = Console { store: db.store.clone(), openid, nation };
        let texts = Texts::load(&[webkit::i18n::TEXTS, openid::TEXTS, console::TEXTS]).unwrap();
        let config = Config { extras: console::assets(), ..Config::new([0; 32], false) };
        let kit = Kit::new(texts, db.clock.clone(), Arc::new(SeededEntropy::new(7)), config);
        let routes = console::routes(Arc::new(site)).layer(from_fn(officer_by_header));
        Self { app: kit.wrap(routes), _db: db, _keys: keys }
    }

    /// A browser of an officer; `account` tells two of them apart.
    pub fn officer(&self, agency: &'static str, role: Role, account: u128) -> Browser {
        Browser { app: self.app.clone(), who: Some((agency, role, account)), cookies: BTreeMap::new() }
    }

    pub fn administrator(&self) -> Browser {
        self.officer(OWNER, Role::Administrator, 20)
    }

    pub fn authority(&self) -> Browser {
        self.officer(AUTHORITY, Role::Head, 60)
    }

    pub fn nobody(&self) -> Browser {
        Browser { app: self.app.clone(), who: None, cookies: BTreeMap::new() }
    }

    /// A relying party of the owner, and the path of its pages.
    pub async fn register(&self, more: &[(&str, &str)]) -> String {
        let mut browser = self.administrator();
        let page = browser.submit("/console/new", "/console/new", &[&DRAFT[..], more].concat()).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        page.to.strip_suffix("/keys").unwrap().to_owned()
    }

    /// A token for self-registration after a relying party; gives the page that shows it.
    pub async fn token(&self, id: &str) -> String {
        let there = format!("/console/tokens/new?client={id}");
        let mut maker = self.officer(AUTHORITY, Role::Decider, 62);
        let page =
            maker.submit(&there, "/console/tokens/new", &[&TOKEN[..], &[("client", id)]].concat()).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        page.body
    }

    /// The same, approved.
    pub async fn approved(&self) -> String {
        let path = self.register(&[]).await;
        let id = path.rsplit('/').next().unwrap();
        let there = format!("/console/approvals/{id}");
        let page = self.authority().submit(&there, &format!("{there}/approve"), &[]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        path
    }
}

/// A token for self-registration, as it is typed; the tests' clock stands in November 2026.
pub const TOKEN: [(&str, &str); 4] =
    [("uses", "5"), ("until-day", "31"), ("until-month", "12"), ("until-year", "2026")];

/// A good relying party, as it is typed. Of a field that stands twice the last is sent.
pub const DRAFT: [(&str, &str); 13] = [
    ("name_vi", "Đặt lịch khám Hà Nội"),
    ("name_en", "Hanoi appointments"),
    ("purpose_vi", "Đặt lịch khám mà không phải khai lại."),
    ("purpose_en", "To make an appointment."),
    ("contact", "van-hanh@example.gov.vn"),
    ("environment", "real"),
    ("profile", "fapi2"),
    ("authentication", "private_key_jwt"),
    ("redirect_uris", "https://app.example.gov.vn/cb"),
    ("claims", "age_over_18"),
    ("basis-age_over_18", "Luật Khám bệnh, chữa bệnh 15/2023/QH15, Điều 69"),
    ("policy_uri", "https://app.example.gov.vn/quyen-rieng-tu"),
    ("grants", "code"),
];

async fn officer_by_header(mut request: Request, next: Next) -> Response {
    if let Some(actor) = actor_of(request.headers()) {
        request.extensions_mut().insert(Caller(actor));
    }
    next.run(request).await
}

fn actor_of(headers: &HeaderMap) -> Option<Actor> {
    let mut parts = headers.get("x-test-officer")?.to_str().ok()?.split(' ');
    let (agency, role) = (AgencyId::new(parts.next()?), parts.next()?);
    let account = AccountId(Uuid::from_u128(parts.next()?.parse().ok()?));
    let who = match Role::parse(role) {
        Some(role) => Who::Staff { agency, role, name: "Trần Văn Tám".into() },
        None => Who::Citizen { person: PersonId(account.0), level: IdentityLevel::Two },
    };
    Some(Actor { account, who, strength: LoginStrength::Two })
}

#[derive(Clone)]
pub struct Browser {
    app: Router,
    pub who: Option<(&'static str, Role, u128)>,
    cookies: BTreeMap<String, String>,
}

/// What came back.
pub struct Page {
    pub status: StatusCode,
    pub to: String,
    pub body: String,
}

impl Browser {
    async fn send(&mut self, request: http::request::Builder, body: Body) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut request =
            request.header(header::COOKIE, cookies.join("; ")).header(header::ACCEPT, "text/html");
        if let Some((agency, role, account)) = self.who {
            request = request.header("x-test-officer", format!("{agency} {} {account}", role.as_str()));
        }
        let response = self.app.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let to = response.headers().get(header::LOCATION).map_or("", |v| v.to_str().unwrap()).to_owned();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Page { status, to, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path), Body::empty()).await
    }

    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Page {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(pairs);
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body.finish())).await
    }

    /// A form token that this browser may send.
    pub async fn token(&mut self) -> String {
        let page = self.get("/console/sandbox").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        page.hidden("_csrf")
    }

    /// Sends a form that `page` shows: its token, its version, and what is typed.
    pub async fn submit(&mut self, page: &str, path: &str, typed: &[(&str, &str)]) -> Page {
        let opened = self.get(page).await;
        assert_eq!(opened.status, StatusCode::OK, "{page}: {}", opened.body);
        let [token, version, key] = ["_csrf", "version", "_key"].map(|name| opened.hidden(name));
        let mut pairs = vec![("_csrf", token.as_str()), ("_key", key.as_str())];
        if !version.is_empty() && !typed.iter().any(|(name, _)| *name == "version") {
            pairs.push(("version", &version));
        }
        let last = |n: usize, name: &str| !typed.iter().skip(n + 1).any(|(later, _)| *later == name);
        let kept = typed.iter().enumerate().filter(|(n, (name, _))| *name == "claims" || last(*n, name));
        pairs.extend(kept.map(|(_, pair)| *pair));
        self.post(path, &pairs).await
    }
}

impl Page {
    /// The first hidden value of this name.
    pub fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let rest = self.body.split_once(&mark).map_or("", |(_, rest)| rest);
        rest.split('"').next().unwrap_or("").to_owned()
    }
}
