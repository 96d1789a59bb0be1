//! The whole site in process over a database of its own: two people on record, a browser, and a press that prints little.

use std::{collections::BTreeMap, io::Cursor, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
};
use base::{Calendar, PersonalNumber, SeededEntropy, Sex, Text};
use catalogue::Catalogue;
use contracts::{
    Access, AccountId, Actor, AgencyId, Caller, CommuneCode, IdentityLevel, LoginStrength, PersonId, Purpose,
    Role, Who,
    ports::{AgencyCard, Nation, Offices, Paper, PortError, Press, ProcedureCard, Register},
};
use credential::Credentials;
use dossier::Dossiers;
use forms::Service;
use http::{StatusCode, header};
use http_body_util::BodyExt;
use identity::{Identity, Keys, PasswordCost, Passwords};
use jiff::civil::{Date, date};
use portal::Portal;
use registry::Registry;
use store::{Tx, jobs::Handlers};
use testkit::TestDb;
use tower::ServiceExt;
use uuid::Uuid;
use webkit::{Config, Kit, Texts};

use crate::telephones::Telco;

/// Phường Sài Gòn, where Minh lives and Lan wants to stay; and phường Ba Đình, where Lan is at home.
pub const COMMUNE: &str = "26740";
pub const POLICE: &str = "CA-X-26740";
const DAY: Date = date(2026, 11, 20);

struct Country {
    catalogue: Arc<Catalogue>,
    services: Vec<Arc<Service>>,
}

impl Country {
    fn card(&self, agency: catalogue::Agency) -> Option<AgencyCard> {
        let template = self.catalogue.agencies().dossier_template(&agency.id, DAY)?;
        Some(AgencyCard {
            id: AgencyId(agency.id),
            name: agency.name,
            parent: None,
            commune: agency.division.map(|d| CommuneCode::new(d.as_str())),
            unit_code: template.unit,
        })
    }
}

impl Nation for Country {
    fn service(&self, procedure: &str, on: Date) -> Option<Arc<Service>> {
        self.services.iter().find(|s| s.procedure == procedure && s.is_in_force(on)).cloned()
    }
    fn pinned(&self, procedure: &str, version: u32) -> Option<Arc<Service>> {
        self.services.iter().find(|s| s.procedure == procedure && s.version == version).cloned()
    }
    fn procedure(&self, code: &str) -> Option<ProcedureCard> {
        let procedure = self.catalogue.procedures().get(code)?;
        let name = Text::new(&procedure.name.vi, procedure.name.get(base::Lang::En));
        Some(ProcedureCard { code: code.into(), name: name.clone(), field: name, limit_days: Some(3) })
    }
    fn calendar(&self) -> &Calendar {
        self.catalogue.calendar()
    }
    fn agency_for(&self, commune: &CommuneCode, _: forms::Level) -> Option<AgencyCard> {
        self.card(self.catalogue.agencies().police_of_commune(commune.as_str(), DAY)?)
    }
    fn agency(&self, id: &AgencyId) -> Option<AgencyCard> {
        self.card(self.catalogue.agencies().get(id.as_str(), DAY)?)
    }
    fn dossier_code(&self, agency: &AgencyId, day: Date, number: u32) -> Option<String> {
        self.catalogue.agencies().dossier_template(agency.as_str(), day)?.render(day, number)
    }
    fn place(&self, code: &str) -> Option<Text> {
        let divisions = self.catalogue.divisions();
        let unit = divisions.unit_on(code, DAY)?;
        let [vi, en] = base::Lang::ALL.map(|lang| divisions.full_name(unit, lang));
        Some(Text { vi, en })
    }
    fn commune_in_force(&self, code: &str, on: Date) -> bool {
        self.catalogue.divisions().unit_on(code, on).is_some()
    }
    fn commune_today(&self, code: &str) -> Option<CommuneCode> {
        Some(CommuneCode::new(code))
    }
    fn number_prefix_known(&self, _: &str) -> bool {
        true
    }
}

impl Offices for Country {
    fn is_agency(&self, agency: &AgencyId, on: Date) -> bool {
        self.catalogue.agencies().get(agency.as_str(), on).is_some()
    }
    fn decides(&self, agency: &AgencyId, procedure: &str, on: Date) -> bool {
        self.catalogue.decides(procedure, agency.as_str(), on)
    }
    fn office_for(&self, commune: &CommuneCode, procedure: &str, on: Date) -> Option<AgencyId> {
        self.catalogue.office_for(procedure, commune.as_str(), on).map(|agency| AgencyId(agency.id))
    }
}

struct SmallPress;

impl Press for SmallPress {
    fn print(&self, paper: &Paper) -> Result<Vec<u8>, PortError> {
        Ok(format!("%PDF-1.7 {}", paper.dossier_code).into_bytes())
    }
}

/// The personal number of one of the people.
pub fn number(n: u32) -> PersonalNumber {
    PersonalNumber::compose(1, Sex::Female, 1990, n).unwrap()
}

pub struct World {
    pub db: TestDb,
    pub identity: Identity,
    pub telco: Arc<Telco>,
    pub cx: Dossiers,
    pub quality: registry::quality::Quality,
    pub app: Router,
    pub lan: PersonId,
    pub minh: PersonId,
    log_key: Arc<tlog::SigningKey>,
    keys: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::with_telco(true).await
    }

    pub async fn without_telco() -> Self {
        Self::with_telco(false).await
    }

    async fn with_telco(carries: bool) -> Self {
        let db = TestDb::new(&[
            ledger::MIGRATIONS,
            registry::MIGRATIONS,
            identity::MIGRATIONS,
            credential::MIGRATIONS,
            dossier::MIGRATIONS,
        ])
        .await;
        let store = db.store.clone();
        let catalogue = Arc::new(Catalogue::embedded().unwrap());
        let sources = [
            include_str!("../../../../../catalogue/services/1.004194/v1.toml"),
            include_str!("../../../../../catalogue/services/1.010041/v1.toml"),
        ];
        let services = sources.map(|s| Arc::new(Service::parse(s).unwrap())).into();
        let country = Arc::new(Country { catalogue: catalogue.clone(), services });
        let nation: Arc<dyn Nation> = country.clone();
        let registry = Registry { nation: nation.clone() };
        let keys = tempfile::tempdir().unwrap();
        let people = [
            format!(
                "SYN-1-1,1,{},Nguyễn Thị Lan,female,1990-05-17,VNM,01,SYN-H1-1,head,00004,\"số 1, phố Quán Thánh\",2015-01-01",
                number(1)
            ),
            format!(
                "SYN-1-2,1,{},Trần Thị Minh,female,1990-08-02,VNM,02,SYN-H1-2,head,{COMMUNE},\"số 9, đường Đồng Khởi\",2010-01-01",
                number(2)
            ),
        ];
        import(&db, nation.clone(), keys.path(), &people).await;
        let [lan, minh] = [1, 2].map(|n| person(&db, &registry, n));
        let (lan, minh) = (lan.await, minh.await);

        let entropy = SeededEntropy::new(5);
        let log_key = Arc::new(
            ledger::key::load_or_create(&keys.path().join("log.key"), "log.example", &entropy).unwrap(),
        );
        let folder = keys.path().join("documents");
        let credentials = Arc::new(Credentials::start(&store, folder, "http://localhost").await.unwrap());
        let register: Arc<dyn Register> = Arc::new(registry.clone());
        let passwords = Passwords::new(PasswordCost::for_tests(), &entropy).unwrap();
        let identity = Identity::new(store.clone(), Keys::generate(&entropy), register.clone(), passwords)
            .reached_at("http://localhost")
            .with_offices(country)
            .under(identity::Law::built_in(catalogue.calendar().clone()).unwrap());
        let telco = Arc::<Telco>::default();
        let identity = if carries { identity.with_messages(Arc::clone(&telco) as _) } else { identity };
        let cx = Dossiers { nation, register, documents: credentials.clone(), press: Arc::new(SmallPress) };
        let rules = include_str!("../../../../../catalogue/quality/rules.toml");
        let quality = registry::quality::Quality {
            rules: Arc::new(registry::quality::Rules::parse(rules).unwrap()),
            nation: Arc::clone(&cx.nation),
        };
        let portal = Portal {
            quality: quality.clone(),
            store: store.clone(),
            dossiers: cx.clone(),
            identity: identity.clone(),
            catalogue,
            credentials,
            log_keys: vec![log_key.verifier().clone()],
        };
        let texts = Texts::load(&[
            webkit::i18n::TEXTS,
            forms::TEXTS,
            dossier::TEXTS,
            registry::TEXTS,
            identity::TEXTS,
            credential::TEXTS,
            ledger::TEXTS,
            portal::TEXTS,
        ]);
        let config = Config { extras: portal::assets(), ..Config::new([0; 32], false) };
        let kit = Kit::new(texts.unwrap(), db.clock.clone(), Arc::new(SeededEntropy::new(7)), config);
        let routes = portal::routes(Arc::new(portal))
            .layer(from_fn(signed_in_by_header))
            .layer(from_fn_with_state(Arc::new(identity.clone()), identity::http::authenticate));
        Self { app: kit.wrap(routes), db, identity, telco, cx, quality, lan, minh, log_key, keys }
    }

    /// Runs the jobs that are due, and writes what happened into the log.
    pub async fn settle(&self) {
        let handlers = Handlers::new(dossier::jobs::handlers(&self.cx));
        store::jobs::drain(&self.db.store, &handlers).await.unwrap();
        let mut sequencer = ledger::Sequencer::new(self.db.store.clone(), self.log_key.clone());
        sequencer.drain().await.unwrap();
    }

    /// One more woman on record, at home in Ba Đình.
    pub async fn neighbour(&self, n: u32, name: &str) -> PersonId {
        let row = format!(
            "SYN-1-{n},1,{},{name},female,1990-03-04,VNM,01,SYN-H1-{n},head,00004,\"số {n}, phố Quán Thánh\",2012-01-01",
            number(n)
        );
        import(&self.db, self.cx.nation.clone(), self.keys.path(), &[row]).await;
        person(&self.db, &Registry { nation: self.cx.nation.clone() }, n).await
    }

    pub fn browser(&self, person: Option<PersonId>) -> Browser {
        Browser { app: self.app.clone(), person, cookies: BTreeMap::new(), english: false }
    }

    pub async fn run<T>(
        &self,
        operation: impl AsyncFnOnce(&mut Tx) -> Result<T, dossier::DossierError>,
    ) -> T {
        let mut tx = self.db.store.begin().await.unwrap();
        let outcome = operation(&mut tx).await;
        tx.finish(outcome).await.unwrap()
    }
}

async fn import(db: &TestDb, nation: Arc<dyn Nation>, folder: &std::path::Path, people: &[String]) {
    let head = "source_key,synthetic,number,full_name,sex,birth_date,nationality,ethnicity_code,household_key,household_relation,permanent_commune,permanent_address,permanent_since";
    let csv = format!("{head}\n{}\n", people.join("\n"));
    let options = registry::import::Options::new("test", folder.join("rejects.csv"));
    let done =
        registry::import::run(&db.store, nation, Cursor::new(csv.into_bytes()), &options, |_| {}).await;
    let done = done.unwrap();
    let rejects = std::fs::read_to_string(folder.join("rejects.csv")).unwrap_or_default();
    assert_eq!((done.loaded, done.rejected), (people.len().try_into().unwrap(), 0), "{rejects}");
}

async fn person(db: &TestDb, registry: &Registry, n: u32) -> PersonId {
    let mut tx = db.store.begin().await.unwrap();
    let found = registry.person_by_number(&mut tx, &Access::system(Purpose::LOOK_UP), &number(n)).await;
    tx.finish(found).await.unwrap().unwrap()
}

pub fn citizen(person: PersonId) -> Actor {
    let who = Who::Citizen { person, level: IdentityLevel::Two };
    Actor { account: AccountId(person.0), who, strength: LoginStrength::Two }
}

/// A second officer, for what needs four eyes.
pub fn head() -> Actor {
    Actor { account: AccountId(Uuid::from_u128(71)), ..officer(Role::Head) }
}

pub fn officer(role: Role) -> Actor {
    let who = Who::Staff { agency: AgencyId::new(POLICE), role, name: "Phạm Thị Giải Quyết".into() };
    Actor { account: AccountId(Uuid::from_u128(70)), who, strength: LoginStrength::Two }
}

/// Most tests do not care how somebody signed in.
async fn signed_in_by_header(mut request: Request, next: Next) -> Response {
    let person = request.headers().get("x-test-person").and_then(|v| v.to_str().ok()?.parse().ok());
    if let Some(person) = person {
        request.extensions_mut().insert(Caller(citizen(PersonId(person))));
    }
    next.run(request).await
}

/// A browser without scripts.
#[derive(Clone)]
pub struct Browser {
    app: Router,
    pub person: Option<PersonId>,
    cookies: BTreeMap<String, String>,
    pub english: bool,
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
        let mut request = request.header(header::COOKIE, cookies.join("; "));
        if let Some(person) = self.person {
            request = request.header("x-test-person", person.to_string());
        }
        if self.english {
            request = request.header(header::ACCEPT_LANGUAGE, "en");
        }
        let request = request.header(header::ACCEPT, "text/html").body(body).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
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

    /// What it would send along: for looking at the pages in a real one.
    pub fn cookies(&self) -> impl Iterator<Item = (&String, &String)> {
        self.cookies.iter()
    }

    /// The same browser after its session has run out.
    pub fn signed_out(mut self) -> Self {
        self.cookies.remove("session");
        self
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path), Body::empty()).await
    }

    /// Opens the page, fills in its form and sends it to `path` with the hidden fields that it has.
    pub async fn submit(&mut self, page: &str, path: &str, typed: &[(&str, &str)]) -> Page {
        let body = self.filled(page, path, typed).await;
        self.post(path, body).await
    }

    /// What the page's form would send.
    pub async fn filled(&mut self, page: &str, path: &str, typed: &[(&str, &str)]) -> String {
        let opened = self.get(page).await;
        assert_eq!(opened.status, StatusCode::OK, "{page}: {}", opened.body);
        let form = opened.form(path);
        let mut pairs: Vec<(String, String)> =
            form.hidden().into_iter().filter(|(name, _)| !typed.iter().any(|(t, _)| t == name)).collect();
        pairs.extend(typed.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(pairs);
        body.finish()
    }

    pub async fn post(&mut self, path: &str, body: String) -> Page {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body)).await
    }

    /// A form's button pressed twice at once, and once more when both are answered: all must lead to the same page.
    pub async fn press_thrice(&mut self, page: &str, path: &str, typed: &[(&str, &str)]) -> String {
        let body = self.filled(page, path, typed).await;
        let mut other = self.clone();
        let (first, second) = tokio::join!(self.post(path, body.clone()), other.post(path, body.clone()));
        let third = self.post(path, body).await;
        for answer in [&first, &second, &third] {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.body);
            assert_eq!(answer.to, first.to);
        }
        first.to
    }

    /// Sends a file with the first form of the page that takes one.
    pub async fn upload(&mut self, page: &str, slot: &str, name: &str, bytes: &[u8]) -> Page {
        let opened = self.get(page).await;
        let token = opened.hidden().into_iter().find(|(n, _)| n == "_csrf").unwrap().1;
        let mut body = format!(
            "--B\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\n{token}\r\n\
             --B\r\nContent-Disposition: form-data; name=\"{slot}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--B--\r\n");
        let request = Request::post(page).header(header::CONTENT_TYPE, "multipart/form-data; boundary=B");
        self.send(request, Body::from(body)).await
    }
}

impl Page {
    /// The part of the page that is the form which posts to `path`: by its action, else the first without one.
    fn form(&self, path: &str) -> Self {
        let forms = || self.body.split("<form ").skip(1).map(|f| f.split("</form>").next().unwrap_or(""));
        let by_action = forms().find(|f| f.contains(&format!("action=\"{path}\"")));
        let own = || {
            forms().find(|f| {
                f.contains("method=\"post\"") && !f.split('>').next().unwrap_or("").contains("action=")
            })
        };
        let found = by_action.or_else(own).unwrap_or_else(|| panic!("no form for {path}: {}", self.body));
        Self { status: self.status, to: String::new(), body: found.to_owned() }
    }

    fn hidden(&self) -> Vec<(String, String)> {
        let value = |tag: &str, name: &str| {
            let rest = tag.split_once(&format!("{name}=\""))?.1;
            Some(rest.split('"').next().unwrap_or("").to_owned())
        };
        let tags = self.body.split("<input ").skip(1).map(|t| t.split('>').next().unwrap_or(""));
        tags.filter(|t| t.contains("type=\"hidden\""))
            .filter_map(|t| Some((value(t, "name")?, value(t, "value")?)))
            .collect()
    }

    pub fn title(&self) -> &str {
        let rest = self.body.split_once("<title>").map_or("", |(_, rest)| rest);
        rest.split("</title>").next().unwrap_or("")
    }
}
