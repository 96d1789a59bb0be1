//! Other parties as processes of their own, which our binary starts: a telco and the device of a counter, over loopback.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use base::{PersonalNumber, Sex, SystemClock, SystemEntropy};
use contracts::{
    Actor, AgencyId, IdentityLevel, LoginStrength, Role, Who,
    biometrics::{Outcome, Trait},
    ports::Accounts,
};
use identity::{
    Document, IdentityError, PasswordCost, Present, RaiseBasis,
    ops::{
        self,
        comparison::{Look, Whom},
        enrol_collect::Collecting,
    },
};
use lienthong::{
    adapters::devices::{Devices, Listed},
    app::{App, MIGRATIONS, Parts},
    config::Config,
    party::{self, common},
};
use serde_json::json;
use tempfile::TempDir;
use testkit::TestDb;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    requests::{Ask, call},
    server::{free_address, program},
    world::{self, POLICE},
};

const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);
/// Hoa is on record, has no account, and this telephone.
const HOAS: &str = "0912345678";
const STRANGERS: &str = "0987654321";
const PASSWORD: &str = "trăng lên đầu núi";

fn hoa() -> PersonalNumber {
    PersonalNumber::compose(1, Sex::Female, 1990, 7_777).unwrap()
}

/// A party that serves. Killed when dropped.
struct Process {
    child: Child,
    at: SocketAddr,
}

impl Process {
    async fn start(who: &str, folder: &Path) -> Self {
        let at = free_address();
        let mut command = program();
        command.args(["party", who, "--folder"]).arg(folder).args(["--at", &at.to_string()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let process = Self { child, at };
        let deadline = Instant::now() + PATIENCE;
        while process.get("/").await.is_none() {
            assert!(Instant::now() < deadline, "{who} does not come");
            tokio::time::sleep(POLL).await;
        }
        process
    }

    async fn get(&self, path: &str) -> Option<String> {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.at)).await
    }

    async fn post(&self, path: &str, headers: &str, body: &str) -> String {
        let (at, length) = (self.at, body.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n\r\n{body}"
        );
        self.send(&request).await.unwrap()
    }

    async fn send(&self, request: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.at).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned()).filter(|answer| !answer.is_empty())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The system in this process with a clock that runs, as the parties' clocks do, and both parties as others.
struct Scene {
    app: App,
    telco: Process,
    device: Process,
    officer: Actor,
    _db: TestDb,
    _folder: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (telco, device) = (folder.path().join("telco"), folder.path().join("device"));
        let people = folder.path().join("people.csv");
        let lines = format!(
            "number,full_name,birth_date,death_date,phone\n{},Trần Thị Hoa,1990-05-17,,{HOAS}\n",
            hoa()
        );
        std::fs::write(&people, lines).unwrap();
        let secret = || "a secret of both".to_owned();
        common::write_settings(&telco, &party::telco::Settings { people, secret: secret() }).unwrap();
        common::write_settings(&device, &party::device::Settings { id: "QUAY-1".into(), secret: secret() })
            .unwrap();
        let key = serde_json::to_string(&party::make_key(&device).unwrap()).unwrap();
        let secret_file = device.join("secret");
        common::write_secret(&secret_file, "a secret of both\n").unwrap();
        let (telco, device) =
            (Process::start("telco", &telco).await, Process::start("device", &device).await);

        let listed = Listed {
            id: "QUAY-1".into(),
            name: "Quầy 1".into(),
            agency: POLICE.into(),
            url: format!("http://{}", device.at),
            secret_file: "secret".into(),
            key,
        };
        let list = secret_file.with_file_name("devices.toml");
        std::fs::write(&list, toml::to_string(&Devices { device: vec![listed] }).unwrap()).unwrap();
        let config = Config {
            connections_max: 6,
            messages_url: Some(format!("http://{}", telco.at)),
            messages_key: Some(secret_file),
            devices_file: Some(list),
            ..Config::default()
        };
        let [_, domains @ ..] = MIGRATIONS;
        let db = TestDb::new(&domains).await;
        let parts = Parts {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            password_cost: PasswordCost::for_tests(),
            keys_dir: folder.path().join("keys"),
        };
        let app = App::build(&config, &db.config, parts).await.unwrap();
        world::settle(&app, 1, 0).await;
        world::also_on_record(&app, "SYN-T-HOA", hoa(), "Trần Thị Hoa").await;
        let officer = officer(&app).await;
        Self { app, telco, device, officer, _db: db, _folder: folder }
    }

    async fn ask(&self, ask: Ask) -> (u16, serde_json::Value) {
        let answer = call(&self.app.router(), &ask).await;
        (answer.status.as_u16(), answer.json())
    }

    async fn open(&self, phone: &str, name: &str) -> (u16, serde_json::Value) {
        let claimed = json!({
            "number": hoa(), "name": name, "birth_date": "17/5/1990", "phone": phone, "password": PASSWORD,
        });
        self.ask(Ask::post("/api/v1/accounts", claimed)).await
    }

    /// The texts that the telco's inbox shows.
    async fn inbox(&self) -> String {
        store::jobs::drain(&self.app.store, &self.app.handlers()).await.unwrap();
        self.telco.get("/").await.unwrap()
    }

    /// Chooses on the device's page what it finds.
    async fn device_finds(&self, outcome: Outcome) {
        let page = self.device.get("/").await.unwrap();
        let value = |name: &str| {
            let rest = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap().1;
            rest.split('"').next().unwrap().to_owned()
        };
        let cookies: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("set-cookie: "))
            .filter_map(|cookie| cookie.split(';').next())
            .collect();
        let body =
            format!("_csrf={}&session={}&outcome={}", value("_csrf"), value("session"), outcome.as_str());
        let headers = format!(
            "cookie: {}\r\norigin: http://{}\r\ncontent-type: application/x-www-form-urlencoded",
            cookies.join("; "),
            self.device.at
        );
        let answer = self.device.post("/", &headers, &body).await;
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    }

    async fn collect(&self, comparison: identity::ComparisonId) -> Result<(), IdentityError> {
        let input = Collecting {
            number: hoa(),
            level: IdentityLevel::Two,
            present: Present::Holder,
            document: Some(Document::IdentityCard),
            basis: RaiseBasis::Biometrics,
            comparison: Some(comparison),
            guardian: None,
            phone: None,
        };
        ops::enrol_collect(&self.app.identity, &self.officer, &input).await.map(drop)
    }
}

async fn officer(app: &App) -> Actor {
    let mut tx = app.store.begin().await.unwrap();
    let agency = AgencyId::new(POLICE);
    let officers = app.identity.officers(&mut tx, &agency).await.unwrap();
    let found = officers.into_iter().find(|officer| officer.role == Role::Receiver).unwrap();
    let who = Who::Staff { agency, role: found.role, name: found.name };
    Actor { account: found.account, who, strength: LoginStrength::Two }
}

#[tokio::test]
async fn an_account_is_opened_with_a_code_that_came_through_a_telco() {
    let scene = Scene::new().await;
    let (status, refused) = scene.open(STRANGERS, "Trần Thị Hoa").await;
    assert_eq!((status, refused["code"].as_str()), (422, Some("identity.no_match")), "{refused}");
    let (status, refused) = scene.open(HOAS, "Trần Thị Khác").await;
    assert_eq!((status, refused["code"].as_str()), (422, Some("identity.no_match")), "{refused}");
    assert!(scene.inbox().await.contains("Chưa có tin nhắn nào"));

    let (status, asked) = scene.open(HOAS, "Trần Thị Hoa").await;
    assert_eq!(status, 202, "{asked}");
    let inbox = scene.inbox().await;
    assert!(inbox.contains(HOAS) && inbox.contains("Đừng nói mã này cho bất cứ ai"), "{inbox}");
    let code = inbox.split_once(" là mã để").unwrap().0;
    let code = &code[code.len() - 6..];
    let back = |code: &str| {
        Ask::post("/api/v1/accounts/confirmation", json!({ "ceremony": asked["ceremony"], "code": code }))
    };
    let other = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(scene.ask(back(other)).await.1["code"], "identity.bad_message_code");
    assert_eq!(scene.ask(back(code)).await.0, 201);
    let (status, me) =
        scene.ask(Ask::post("/api/v1/sessions", json!({ "number": hoa(), "password": PASSWORD }))).await;
    assert_eq!((status, &me["identity_level"]), (201, &json!(1)), "{me}");
}

#[tokio::test]
async fn a_telco_takes_a_message_once_and_only_from_whom_it_knows() {
    let scene = Scene::new().await;
    let body = json!({ "id": uuid::Uuid::from_u128(1), "to": HOAS, "text": "một tin" }).to_string();
    let post = async |secret: &str| {
        let headers = format!("content-type: application/json\r\nauthorization: Bearer {secret}");
        scene.telco.post("/v1/messages", &headers, &body).await
    };
    assert!(post("another secret").await.starts_with("HTTP/1.1 401"));
    assert!(post("a secret of both").await.starts_with("HTTP/1.1 202"));
    assert!(post("a secret of both").await.starts_with("HTTP/1.1 200"), "the same id is the same message");
    assert_eq!(scene.inbox().await.matches("một tin").count(), 1);
}

#[tokio::test]
async fn a_telco_that_is_gone_is_said_and_nothing_is_opened_without_it() {
    let mut scene = Scene::new().await;
    scene.telco.child.kill().unwrap();
    scene.telco.child.wait().unwrap();
    for name in ["Trần Thị Hoa", "Trần Thị Khác"] {
        let (status, refused) = scene.open(HOAS, name).await;
        assert_eq!((status, refused["code"].as_str()), (503, Some("identity.telco_away")), "{refused}");
    }
}

#[tokio::test]
async fn a_file_stands_on_what_the_device_of_the_counter_signed() {
    let scene = Scene::new().await;
    let cx = &scene.app.identity;
    let begin = async || {
        let whom = Whom::Number(hoa());
        ops::comparison_begin(cx, &scene.officer, whom, "QUAY-1", &Trait::ALL).await.unwrap()
    };
    let look = async |id| ops::comparison_look(cx, &scene.officer, id).await.unwrap();
    let first = begin().await;
    assert_eq!(look(first).await, Look::Waiting);
    assert!(!scene.device.get("/").await.unwrap().contains(hoa().as_str()), "the device learns of nobody");
    scene.device_finds(Outcome::NoMatch).await;
    assert!(matches!(look(first).await, Look::Told(told) if told.outcome == Outcome::NoMatch));
    assert!(matches!(scene.collect(first).await, Err(IdentityError::ComparisonOver)));

    let second = begin().await;
    scene.device_finds(Outcome::Match).await;
    assert!(matches!(look(second).await, Look::Told(told) if told.outcome == Outcome::Match));
    scene.collect(second).await.unwrap();
    let connection = scene.app.store.connection().await.unwrap();
    let kept = "SELECT concat_ws(' ', device, array_to_string(device_kinds, ','), device_outcome, basis) FROM identity.enrolment";
    let kept: String = connection.query_one(kept, &[]).await.unwrap().get(0);
    assert_eq!(kept, "QUAY-1 face,fingerprint match holder identity_card biometrics");
}

#[tokio::test]
async fn a_device_under_another_key_is_not_believed() {
    let scene = Scene::new().await;
    // The same device, set up anew: its key is not the one that was registered.
    let folder = tempfile::tempdir().unwrap();
    let settings = party::device::Settings { id: "QUAY-1".into(), secret: "a secret of both".into() };
    common::write_settings(folder.path(), &settings).unwrap();
    party::make_key(folder.path()).unwrap();
    let false_one = Process::start("device", folder.path()).await;
    let listed = scene._folder.path().join("device/devices.toml");
    let text = std::fs::read_to_string(&listed).unwrap();
    std::fs::write(&listed, text.replace(&scene.device.at.to_string(), &false_one.at.to_string())).unwrap();
    let devices = lienthong::adapters::devices::CounterDevices::open(&listed).unwrap();
    let cx = scene.app.identity.clone().with_devices(Arc::new(devices));
    let whom = Whom::Number(hoa());
    let id = ops::comparison_begin(&cx, &scene.officer, whom, "QUAY-1", &[Trait::Face]).await.unwrap();
    let scene = Scene { device: false_one, ..scene };
    scene.device_finds(Outcome::Match).await;
    let refused = ops::comparison_look(&cx, &scene.officer, id).await;
    assert!(matches!(refused, Err(IdentityError::ComparisonUnsound("jose.signature"))), "{refused:?}");
}
