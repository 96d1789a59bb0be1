//! The provider with its pages in process: two relying parties, a person, and a browser without scripts.

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
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use consent::Consent;
use contracts::{
    Access, AccountId, Actor, AgencyId, Caller, CommuneCode, IdentityLevel, Login, LoginStrength, Method,
    OrganisationId, PersonId, Role, Who,
    ports::{
        AccountHolder, ActingFor, AgencyCard, Holders, IdentityClaim, Nation, PortError, ProcedureCard,
        RecordChange, Register,
    },
};
use forms::{Fact, Person, Service};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, date},
};
use openid::{
    Claim, ClientDraft, ClientId, GrantType, OpenId, Ports, Profile, Sender, Settings,
    model::{Authentication, ClaimRight, Messages},
    ops,
};
use serde_json::Value;
use store::Tx;
use testkit::TestDb;
use tower::ServiceExt;
use uuid::Uuid;
use webkit::{Config, Kit, Texts};

pub const REDIRECT: &str = "https://rp.example/cb";
pub const SIGNED_OUT_TO: &str = "https://rp.example/bye";
/// Lan's, whose account is the first.
pub const NUMBER: &str = "001190000010";
const LAW: &str = "Luật Các tổ chức tín dụng 32/2024/QH15, Điều 14";
const OWNER: &str = "NHNN";
const OPERATOR: &str = "C06";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The company that everybody represents.
pub const COMPANY: u128 = 77;

/// Accounts that are always there.
struct Everybody;

#[async_trait]
impl Holders for Everybody {
    async fn holder(&self, _: &Tx, account: AccountId) -> Result<Option<AccountHolder>, PortError> {
        let (person, level) = (Some(PersonId(account.0)), Some(IdentityLevel::Two));
        Ok(Some(AccountHolder { account, person, level, active: true }))
    }
    async fn holder_by_number(
        &self,
        tx: &mut Tx,
        number: &PersonalNumber,
    ) -> Result<Option<AccountHolder>, PortError> {
        match NUMBER.parse() {
            Ok(lan) if *number == lan => self.holder(tx, AccountId(Uuid::from_u128(1))).await,
            _ => Ok(None),
        }
    }
    async fn session_is_live(&self, _: &mut Tx, _: AccountId, _: Uuid) -> Result<bool, PortError> {
        Ok(true)
    }
    async fn session_end(&self, _: &mut Tx, _: AccountId, _: Uuid) -> Result<(), PortError> {
        Ok(())
    }
    /// Everybody represents the same company.
    async fn organisations(&self, _: &Tx, _: AccountId) -> Result<Vec<ActingFor>, PortError> {
        let (code, name) = ("TC00000000001".to_owned(), "Công ty TNHH Sao Mai".to_owned());
        let organisation = OrganisationId(Uuid::from_u128(COMPANY));
        Ok(vec![ActingFor { organisation, code, name, role: "legal" }])
    }
}

/// One and the same record for everybody.
struct OneRecord;

#[async_trait]
impl Register for OneRecord {
    async fn person_by_number(
        &self,
        _: &mut Tx,
        _: &Access,
        _: &PersonalNumber,
    ) -> Result<Option<PersonId>, PortError> {
        Ok(None)
    }
    async fn facts(&self, _: &mut Tx, _: &Access, _: PersonId, _: &[Fact]) -> Result<Person, PortError> {
        Ok(Person::default().with(Fact::Name, "Nguyễn Thị Lan").with(Fact::BirthDate, date(1990, 5, 17)))
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
        let name = Text::new("Ngân hàng Nhà nước Việt Nam", "State Bank of Vietnam");
        let (parent, commune, unit_code) = (None, None, String::new());
        (id.as_str() == OWNER).then(|| AgencyCard { id: id.clone(), name, parent, commune, unit_code })
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

pub struct World {
    pub db: TestDb,
    pub openid: OpenId,
    pub bank: ClientId,
    pub sandbox: ClientId,
    app: Router,
    _keys: tempfile::TempDir,
}

/// An officer of an agency; `n` tells two of them apart.
fn officer(agency: &str, role: Role, n: u128) -> Actor {
    let who = Who::Staff { agency: AgencyId::new(agency), role, name: "Trần Văn Tám".into() };
    Actor { account: AccountId(Uuid::from_u128(n)), who, strength: LoginStrength::Two }
}

pub fn citizen(n: u128) -> Actor {
    let who = Who::Citizen { person: PersonId(Uuid::from_u128(n)), level: IdentityLevel::Two };
    Actor { account: AccountId(Uuid::from_u128(n)), who, strength: LoginStrength::One }
}

fn draft(name: &str, sandbox: bool) -> ClientDraft {
    let right = |claim| ClaimRight::new(claim, LAW);
    ClientDraft {
        name: Text::new(name, name),
        purpose: Text::new("Mở tài khoản thanh toán.", "To open a payment account."),
        profile: Profile::Basic { until: "2027-06-30T17:00:00Z".parse().unwrap() },
        sandbox,
        authentication: Authentication::SecretBasic,
        sender: Sender::Bearer,
        grants: vec![
            GrantType::AuthorizationCode,
            GrantType::RefreshToken,
            GrantType::DeviceCode,
            GrantType::Ciba,
        ],
        redirect_uris: vec![REDIRECT.to_owned()],
        post_logout_redirect_uris: vec![SIGNED_OUT_TO.to_owned()],
        backchannel_logout_uri: None,
        ciba_notification_uri: None,
        jwks_uri: None,
        sector: None,
        claims: [Claim::Name, Claim::AgeOver18, Claim::ResidentOf, Claim::IdentityLevel, Claim::Organisation]
            .map(right)
            .into(),
        api_scopes: Vec::new(),
        audiences: Vec::new(),
        resource: None,
        messages: Messages::default(),
        tls_subject: None,
        policy_uri: None,
        contact: "van-hanh@rp.example".to_owned(),
    }
}

impl World {
    pub async fn new() -> Self {
        let db = TestDb::new(&[openid::MIGRATIONS]).await;
        let keys = tempfile::tempdir().unwrap();
        let settings = Settings {
            issuer: "http://localhost".to_owned(),
            operator: AgencyId::new(OPERATOR),
            keys_dir: keys.path().to_path_buf(),
            hsm: None,
            inside_hosts: Vec::new(),
            mtls_url: None,
        };
        let ports = Ports {
            holders: Arc::new(Everybody),
            register: Arc::new(OneRecord),
            province_of: Arc::new(|_| Some("01".to_owned())),
        };
        let openid = OpenId::start(db.store.clone(), settings, ports).await.unwrap();
        let bank = approved(&db, &openid, &draft("Ngân hàng Lúa Vàng", false)).await;
        let sandbox = proposed(&db, &openid, &draft("Cổng thử nghiệm", true)).await;
        openid.refresh().await.unwrap();

        let nation = Arc::new(Country(Calendar::default()));
        let site = Consent { store: db.store.clone(), openid: openid.clone(), nation };
        let texts = Texts::load(&[webkit::i18n::TEXTS, openid::TEXTS, consent::TEXTS]).unwrap();
        let config = Config { extras: consent::assets(), ..Config::new([0; 32], false) };
        let kit = Kit::new(texts, db.clock.clone(), Arc::new(SeededEntropy::new(7)), config);
        let routes = Router::new()
            .merge(consent::routes(Arc::new(site)))
            .merge(consent::plainly(openid::http::pages(openid.clone())))
            .layer(from_fn(signed_in_by_header));
        let programs = kit.wrap_protocol(openid::http::protocol(openid.clone()));
        Self { app: kit.wrap(routes).merge(programs), db, openid, bank, sandbox, _keys: keys }
    }

    /// The bank changes what it says of itself, and the operator approves.
    pub async fn changes(&self, change: impl Fn(&mut ClientDraft)) {
        let mut draft = self.openid.clients.get(self.bank).unwrap().settings.clone();
        change(&mut draft);
        self.db.clock.advance(SignedDuration::from_secs(1));
        let (administrator, head) =
            (officer(OWNER, Role::Administrator, 50), officer(OPERATOR, Role::Head, 60));
        let mut tx = self.db.store.begin().await.unwrap();
        let changed = ops::client_change(&self.openid, &mut tx, &administrator, self.bank, 2, &draft).await;
        tx.finish(changed).await.unwrap();
        self.db.clock.advance(SignedDuration::from_secs(1));
        let mut tx = self.db.store.begin().await.unwrap();
        let approved = ops::client_approve(&self.openid, &mut tx, &head, self.bank, 3).await;
        tx.finish(approved).await.unwrap();
        self.openid.refresh().await.unwrap();
    }

    /// The bank exchanges the code and asks for what it was allowed.
    pub async fn told(&self, code: &str) -> Value {
        let mut tx = self.db.store.begin().await.unwrap();
        let administrator = officer(OWNER, Role::Administrator, 50);
        let made = ops::client_secret_make(&self.openid, &mut tx, &administrator, self.bank).await;
        let secret = tx.finish(made).await.unwrap().text;
        self.openid.refresh().await.unwrap();
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ]);
        let known = BASE64.encode(format!("{}:{secret}", self.bank));
        let request = Request::post("/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, format!("Basic {known}"));
        let tokens = self.program(request, Body::from(body.finish())).await;
        let token = tokens["access_token"].as_str().unwrap_or_else(|| panic!("{tokens}"));
        let request = Request::get("/userinfo").header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.program(request, Body::empty()).await
    }

    async fn program(&self, request: http::request::Builder, body: Body) -> Value {
        let response = self.app.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    pub fn browser(&self) -> Browser {
        Browser {
            app: self.app.clone(),
            login: None,
            officer: false,
            own_form: false,
            cookies: BTreeMap::new(),
        }
    }
}

async fn proposed(db: &TestDb, openid: &OpenId, draft: &ClientDraft) -> ClientId {
    let mut tx = db.store.begin().await.unwrap();
    let administrator = officer(OWNER, Role::Administrator, 50);
    let outcome = ops::client_propose(openid, &mut tx, &administrator, draft).await;
    tx.finish(outcome).await.unwrap()
}

async fn approved(db: &TestDb, openid: &OpenId, draft: &ClientDraft) -> ClientId {
    let id = proposed(db, openid, draft).await;
    let mut tx = db.store.begin().await.unwrap();
    let outcome = ops::client_approve(openid, &mut tx, &officer(OPERATOR, Role::Head, 60), id, 1).await;
    tx.finish(outcome).await.unwrap();
    id
}

/// How somebody signed in is told by headers: account, strength, moment.
async fn signed_in_by_header(mut request: Request, next: Next) -> Response {
    if let Some(login) = login_of(request.headers()) {
        request.extensions_mut().insert(Caller(login.actor.clone()));
        request.extensions_mut().insert(login);
    } else if request.headers().contains_key("x-test-officer") {
        request.extensions_mut().insert(Caller(officer(OWNER, Role::Head, 51)));
    }
    next.run(request).await
}

fn login_of(headers: &HeaderMap) -> Option<Login> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let n: u128 = text("x-test-account")?.parse().ok()?;
    let strength = LoginStrength::from_number(text("x-test-strength")?.parse().ok()?)?;
    let at: Timestamp = text("x-test-at")?.parse().ok()?;
    let actor = Actor { strength, ..citizen(n) };
    Some(Login { session: Uuid::from_u128(n), actor, at, methods: vec![Method::Password] })
}

/// Who is signed in: account, strength, moment.
#[derive(Clone, Copy)]
pub struct SignedIn {
    pub account: u128,
    pub strength: i16,
    pub at: &'static str,
}

pub const LAN: SignedIn = SignedIn { account: 1, strength: 2, at: "2026-11-20T01:50:00Z" };

#[derive(Clone)]
pub struct Browser {
    app: Router,
    pub login: Option<SignedIn>,
    /// An officer is signed in.
    pub officer: bool,
    cookies: BTreeMap<String, String>,
    /// The request follows a form of our own site.
    pub own_form: bool,
}

/// What came back.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub to: String,
    pub body: String,
}

impl Browser {
    pub async fn send(&mut self, request: http::request::Builder, body: Body) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut request =
            request.header(header::COOKIE, cookies.join("; ")).header(header::ACCEPT, "text/html");
        if let Some(SignedIn { account, strength, at }) = self.login {
            request = request
                .header("x-test-account", account.to_string())
                .header("x-test-strength", strength.to_string())
                .header("x-test-at", at);
        }
        if self.officer {
            request = request.header("x-test-officer", "1");
        }
        if self.own_form {
            request = request.header("sec-fetch-site", "same-origin");
        }
        let response = self.app.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let to = response.headers().get(header::LOCATION).map_or("", |v| v.to_str().unwrap()).to_owned();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Page { status, headers, to, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path), Body::empty()).await
    }

    /// Sends a form that `page` shows, with its hidden fields.
    pub async fn submit(&mut self, page: &str, path: &str, typed: &[(&str, &str)]) -> Page {
        let opened = self.get(page).await;
        assert_eq!(opened.status, StatusCode::OK, "{page}: {}", opened.body);
        self.post(path, opened.filled(typed)).await
    }

    pub async fn post(&mut self, path: &str, body: String) -> Page {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body)).await
    }

    /// The relying party sends the browser to us; the page of ours that it arrives at.
    pub async fn arrive(&mut self, client: ClientId, more: &[(&str, &str)]) -> Page {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([
            ("client_id", client.to_string().as_str()),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("state", "s-1"),
        ]);
        query.extend_pairs(more);
        self.get(&format!("/authorize?{}", query.finish())).await
    }
}

impl Page {
    /// The form token of the page.
    pub fn token(&self) -> String {
        let rest = self.body.split_once("name=\"_csrf\" value=\"").map_or("", |(_, rest)| rest);
        rest.split('"').next().unwrap_or("").to_owned()
    }

    /// The page's form as the browser sends it: its hidden fields, and what was typed.
    pub fn filled(&self, typed: &[(&str, &str)]) -> String {
        let mut body = form_urlencoded::Serializer::new(String::new());
        for input in self.body.split("<input type=\"hidden\" ").skip(1) {
            let value = |name: &str| input.split(&format!("{name}=\"")).nth(1)?.split('"').next();
            if let (Some(name), Some(value)) = (value("name"), value("value")) {
                body.append_pair(name, value);
            }
        }
        body.extend_pairs(typed);
        body.finish()
    }

    /// A parameter of the address that the browser is sent to.
    pub fn answer(&self, name: &str) -> Option<String> {
        let query = self.to.split_once('?')?.1;
        form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
    }
}
