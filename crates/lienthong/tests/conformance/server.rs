//! The running server: the whole system on a port of its own, with people who have accounts and clients who are registered.
//!
//! One is shared by all tests ([`shared`]), with a clock that stands still. A test that moves the clock has a server for
//! itself ([`alone`]); other people's clients live in real time ([`real`]).

use std::{
    io::Cursor,
    net::SocketAddr,
    path::PathBuf,
    process::Command,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use base::{Clock, FixedClock, PersonalNumber, Sex, SystemClock, SystemEntropy};
use contracts::{
    Access, AccountId, Actor, AgencyId, IdentityLevel, LoginStrength, Purpose, Role, Who, ports::Register,
};
use identity::{
    Password, PasswordCost,
    seed::{self, SeedCitizen},
};
use jiff::{SignedDuration, Timestamp};
use lienthong::{
    app::{App, MIGRATIONS, Parts},
    config::{Config, Role as Task},
};
use openid::{ClientDraft, ClientId, ops};
use serde_json::Value;
use store::Tx;
use tempfile::TempDir;
use testkit::TestDb;
use tokio::{net::TcpListener, runtime::Handle, sync::watch};
use tokio_postgres::config::Host;
use uuid::Uuid;

use crate::{
    certificates::{self, Certified},
    http::Http,
    person::Person,
};

/// Everybody's password.
pub const PASSWORD: &str = "một mật khẩu để thử";
/// Where everybody lives: phường Ba Đình.
pub const HOME: &str = "00004";
/// The agency that owns every relying party here.
const OWNER: &str = "CA-X-26740";
/// People of a server that many tests share; of one that a test has for itself; of one that some share, or other processes.
const MANY: usize = 500;
const FEW: usize = 4;
const SOME: usize = 8;
const CONNECTIONS_MAX: usize = 12;
/// How long a server may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Citizen {
    pub number: String,
    pub name: String,
}

/// A running server.
pub struct Server {
    /// What its addresses begin with.
    pub issuer: String,
    pub app: Arc<App>,
    /// None: it lives in real time.
    clock: Option<Arc<FixedClock>>,
    /// Where it is reached over TLS.
    pub certified: Option<Arc<Certified>>,
    citizens: Vec<Citizen>,
    next: AtomicUsize,
    runtime: Handle,
    stop: watch::Sender<bool>,
    /// Where its keys are, and its tables: for other processes of the same system.
    data_dir: PathBuf,
    database: tokio_postgres::Config,
}

/// The server of all tests that leave its clock alone.
pub fn shared() -> Arc<Server> {
    static SERVER: OnceLock<Arc<Server>> = OnceLock::new();
    Arc::clone(SERVER.get_or_init(|| Server::start(MANY, true, Place::default())))
}

/// One that all tests share who come with certificates.
pub fn certified() -> Arc<Server> {
    static SERVER: OnceLock<Arc<Server>> = OnceLock::new();
    let place = || Place { front: None, certified: Some(Arc::new(Certified::new(free_address()))) };
    Arc::clone(SERVER.get_or_init(|| Server::start(SOME, true, place())))
}

/// Where a server is reached.
#[derive(Default)]
struct Place {
    /// Other processes serve there; none: it serves itself, wherever there is room.
    front: Option<SocketAddr>,
    certified: Option<Arc<Certified>>,
}

/// An address that was free a moment ago.
pub fn free_address() -> SocketAddr {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}

/// A server of this test alone, whose clock it may move.
pub fn alone() -> Arc<Server> {
    Server::start(FEW, true, Place::default())
}

/// A server in real time.
pub fn real() -> Arc<Server> {
    static SERVER: OnceLock<Arc<Server>> = OnceLock::new();
    Arc::clone(SERVER.get_or_init(|| Server::start(SOME, false, Place::default())))
}

/// The system of processes of their own that serve `front`, without serving anything itself.
pub fn behind(front: SocketAddr) -> Arc<Server> {
    Server::start(SOME, false, Place { front: Some(front), certified: None })
}

/// The same over TLS, with a second address for whoever shows a certificate.
pub fn behind_certified(front: SocketAddr, certified: Certified) -> Arc<Server> {
    Server::start(FEW, false, Place { front: Some(front), certified: Some(Arc::new(certified)) })
}

impl Server {
    /// On threads of its own, because it outlives the test that needs it first.
    fn start(people: usize, still: bool, place: Place) -> Arc<Self> {
        let (ready, is_ready) = mpsc::channel();
        thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(serve(people, still, place, ready));
        });
        is_ready.recv_timeout(PATIENCE).expect("the server does not come up")
    }

    pub fn now(&self) -> Timestamp {
        self.clock.as_ref().map_or_else(|| SystemClock.now(), |clock| clock.now())
    }

    /// The program, as another process of this system.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let [Host::Unix(socket), ..] = self.database.get_hosts() else { panic!("a database elsewhere") };
        let (user, name) = (self.database.get_user().unwrap(), self.database.get_dbname().unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_lienthong"));
        command
            .env("DATABASE_URL", format!("host={} user={user} dbname={name}", socket.display()))
            .env("LIENTHONG_PUBLIC_URL", &self.issuer)
            .env("LIENTHONG_CONNECTIONS_MAX", CONNECTIONS_MAX.to_string())
            .arg("--data-dir")
            .arg(&self.data_dir)
            .args(arguments);
        command.envs(self.certified.iter().flat_map(|certified| certificates::variables(certified)));
        command
    }

    /// The n-th who sends requests.
    pub fn http(&self, n: usize) -> Http {
        let http = Http::new(n);
        self.certified.as_ref().map_or_else(|| http.clone(), |certified| http.over(certified.plain()))
    }

    /// Lets time pass.
    pub fn waits(&self, seconds: i64) {
        self.clock.as_ref().expect("a clock that can be moved").advance(SignedDuration::from_secs(seconds));
    }

    /// The next whom no test has met: a place in line, and an address.
    pub fn turn(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub fn citizen(&self, n: usize) -> Citizen {
        self.citizens.get(n).expect("more people than MANY are needed").clone()
    }

    pub fn person(&self, n: usize) -> Person {
        Person::new(self.citizen(n), self.http(n), &self.issuer)
    }

    /// Does something inside the system, where its connections live.
    pub async fn within<T, F>(self: &Arc<Self>, work: impl FnOnce(Arc<Self>) -> F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.runtime.spawn(work(Arc::clone(self))).await.unwrap()
    }

    /// Enters and approves a relying party, with its keys, and a secret where it has one.
    pub async fn register(self: &Arc<Self>, draft: ClientDraft, jwks: Value) -> (ClientId, Option<String>) {
        self.within(async move |server| server.enter(draft, jwks).await).await
    }

    async fn enter(&self, draft: ClientDraft, jwks: Value) -> (ClientId, Option<String>) {
        let cx = &self.app.openid;
        let head = officer(AgencyId::new(OWNER), 1);
        let judge = officer(cx.settings.operator.clone(), 2);
        let mut tx = self.begin().await;
        let entered = ops::client_propose(cx, &mut tx, &head, &draft).await;
        let id = tx.finish(entered).await.unwrap();
        if jwks["keys"].as_array().is_some_and(|keys| !keys.is_empty()) {
            let mut tx = self.begin().await;
            let added = ops::client_key_add(cx, &mut tx, &head, id, &jwks.to_string()).await;
            tx.finish(added).await.unwrap();
        }
        let mut secret = None;
        if draft.authentication.is_secret() {
            let mut tx = self.begin().await;
            let made = ops::client_secret_make(cx, &mut tx, &head, id).await;
            secret = Some(tx.finish(made).await.unwrap().text);
        }
        let mut tx = self.begin().await;
        let approved = async {
            let version = ops::client_find(cx, &mut tx, &judge, id).await?.version;
            ops::client_approve(cx, &mut tx, &judge, id, version).await
        }
        .await;
        tx.finish(approved).await.unwrap();
        cx.refresh().await.unwrap();
        (id, secret)
    }

    /// A word with which a program registers relying parties, none wider than this one.
    pub async fn initial_token(self: &Arc<Self>, model: &str) -> String {
        let model: ClientId = model.parse().unwrap();
        self.within(async move |server| {
            let cx = &server.app.openid;
            let judge = officer(cx.settings.operator.clone(), 2);
            let ends = server.now() + SignedDuration::from_hours(24);
            let mut tx = server.begin().await;
            let made = ops::initial_token_make(cx, &mut tx, &judge, model, 10, ends).await;
            tx.finish(made).await.unwrap().text
        })
        .await
    }

    async fn begin(&self) -> Tx {
        self.app.store.begin().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

fn officer(agency: AgencyId, n: u128) -> Actor {
    let who = Who::Staff { agency, role: Role::Head, name: "Phạm Đức Thịnh".to_owned() };
    Actor { account: AccountId(Uuid::from_u128(n)), who, strength: LoginStrength::Three }
}

async fn serve(people: usize, still: bool, place: Place, ready: mpsc::Sender<Arc<Server>>) {
    let [_, domains @ ..] = MIGRATIONS;
    let db = TestDb::new(&domains).await;
    let keys = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let listen = listener.local_addr().unwrap();
    let Place { front, certified } = place;
    let scheme = if certified.is_some() { "https" } else { "http" };
    let issuer = format!("{scheme}://{}", front.unwrap_or(listen));
    let files = certified.as_deref();
    let all = vec![Task::Web, Task::Worker, Task::Relay, Task::Sequencer];
    let config = Config {
        data_dir: keys.path().to_owned(),
        listen,
        public_url: issuer.clone(),
        roles: if front.is_none() { all } else { Vec::new() },
        connections_max: CONNECTIONS_MAX,
        tls_certificate: files.map(Certified::certificate),
        tls_key: files.map(Certified::key),
        mtls_listen: files.map(|c| c.listen),
        mtls_url: files.map(Certified::url),
        mtls_authorities: files.map(Certified::authorities),
        ..Config::default()
    };
    let clock: Arc<dyn Clock> = if still { Arc::clone(&db.clock) as _ } else { Arc::new(SystemClock) };
    let parts = Parts {
        clock,
        entropy: Arc::new(SystemEntropy),
        password_cost: PasswordCost::for_tests(),
        keys_dir: keys.path().join("keys"),
    };
    let app = Arc::new(App::build(&config, &db.config, parts).await.unwrap());
    let citizens = settle(&app, people, &keys).await;
    let (stop, stopped) = watch::channel(false);
    let server = Server {
        issuer,
        app: Arc::clone(&app),
        clock: still.then(|| Arc::clone(&db.clock)),
        certified,
        citizens,
        next: AtomicUsize::new(0),
        runtime: Handle::current(),
        stop,
        data_dir: keys.path().to_owned(),
        database: db.config.clone(),
    };
    ready.send(Arc::new(server)).unwrap();
    app.run(&config, listener, stopped).await.unwrap();
}

/// Loads people, and opens their accounts.
async fn settle(app: &App, count: usize, scratch: &TempDir) -> Vec<Citizen> {
    let options = registry::import::Options::new("test", scratch.path().join("rejects.csv"));
    let (file, nation) = (Cursor::new(people_csv(count)), app.registry.nation.clone());
    let summary = registry::import::run(&app.store, nation, file, &options, |_| {}).await.unwrap();
    assert_eq!(summary.rejected, 0);
    let access = Access::system(Purpose::SIGN_IN);
    let mut seeds = Vec::with_capacity(count);
    let mut tx = app.store.begin().await.unwrap();
    for n in 0..count {
        let number = number(n);
        let person = app.registry.person_by_number(&mut tx, &access, &number).await.unwrap().unwrap();
        let level = IdentityLevel::Two;
        seeds.push(SeedCitizen { person, number, level, password: Password::new(PASSWORD) });
    }
    let made = seed::citizens(&app.identity, &tx, &seeds).await;
    tx.finish(made).await.unwrap();
    (0..count).map(|n| Citizen { number: number(n).to_string(), name: name(n) }).collect()
}

fn name(n: usize) -> String {
    const GIVEN: [&str; 5] = ["An", "Bình", "Hoa", "Lan", "Mai"];
    format!("Nguyễn Thị {}", GIVEN[n % GIVEN.len()])
}

fn number(n: usize) -> PersonalNumber {
    PersonalNumber::compose(1, Sex::Female, 1990, 1000 + u32::try_from(n).unwrap()).unwrap()
}

fn people_csv(count: usize) -> Vec<u8> {
    let mut out = synth::HEADER.join(",");
    for n in 0..count {
        let row = synth::HEADER.map(|column| match column {
            "source_key" => format!("SYN-T-{n:08}"),
            "synthetic" => "1".to_owned(),
            "number" => number(n).to_string(),
            "full_name" => name(n),
            "sex" => "female".to_owned(),
            "birth_date" => "1990-05-17".to_owned(),
            "household_key" => format!("SYN-HT-{n:07}"),
            "household_relation" => "head".to_owned(),
            "permanent_commune" => HOME.to_owned(),
            "permanent_address" => format!("Số {} phố Đội Cấn", n + 1),
            "permanent_since" => "2015-09-01".to_owned(),
            _ => String::new(),
        });
        out.push('\n');
        out.push_str(&row.join(","));
    }
    out.push('\n');
    out.into_bytes()
}
