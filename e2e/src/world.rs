//! The whole system for one journey: a database of its own, all roles in this process, a port, the cast, and browsers.

use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, resume_unwind},
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use base::{Clock, SystemClock, SystemEntropy};
use futures::FutureExt;
use identity::PasswordCost;
use jiff::SignedDuration;
use lienthong::{
    app::{App, MIGRATIONS, Parts},
    config::{Config, Role},
};
use tempfile::TempDir;
use testkit::TestDb;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    browser::{Browser, Findings, Setting},
    cast::{Cast, Official},
    driver::Driver,
};

/// How finely the clock of the journeys goes on. It begins where every test begins.
const TICK: Duration = Duration::from_millis(10);
/// A one-time code counts once; the next one comes after this.
const CODE_LASTS: SignedDuration = SignedDuration::from_secs(31);
const CONNECTIONS_MAX: usize = 8;

/// Everything that a journey needs.
pub struct World {
    pub cast: Cast,
    pub app: Arc<App>,
    pub db: TestDb,
    /// Where the site is, such as `http://localhost:40123`.
    pub site: String,
    /// The time of the system: its own, which goes on as the journeys want it, or the real one.
    pub clock: Arc<dyn Clock>,
    browsers: Mutex<Vec<Browser>>,
    findings: Findings,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    driver: Driver,
    /// Goes last: the others still write in it.
    pub scratch: TempDir,
}

impl World {
    async fn new(time: Time) -> Self {
        let scratch = tempfile::tempdir().expect("a folder");
        let driver = Driver::start(scratch.path());
        let db = TestDb::new(&MIGRATIONS[1..]).await;
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let listen = listener.local_addr().expect("a port");
        // Browsers know passkeys for names alone.
        let site = format!("http://localhost:{}", listen.port());
        let config = Config {
            data_dir: scratch.path().to_owned(),
            listen,
            public_url: site.clone(),
            roles: vec![Role::Web, Role::Worker, Role::Relay, Role::Sequencer],
            connections_max: CONNECTIONS_MAX,
            synthetic: true,
            ..Config::default()
        };
        let clock: Arc<dyn Clock> = match time {
            Time::Own => Arc::clone(&db.clock) as _,
            Time::Real => Arc::new(SystemClock),
        };
        let parts = Parts {
            clock: Arc::clone(&clock),
            entropy: Arc::new(SystemEntropy),
            password_cost: PasswordCost::for_tests(),
            keys_dir: scratch.path().join("keys"),
        };
        let app = Arc::new(App::build(&config, &db.config, parts).await.expect("the system"));
        let cast = Cast::settle(&app, scratch.path()).await;
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn({
            let app = Arc::clone(&app);
            async move { app.run(&config, listener, stopped).await.expect("the roles") }
        });
        let own = Arc::clone(&db.clock);
        let ticking = tokio::spawn(async move {
            let mut every = tokio::time::interval(TICK);
            loop {
                every.tick().await;
                own.advance(SignedDuration::try_from(TICK).expect("a moment"));
            }
        });
        let (browsers, findings, tasks) = (Mutex::default(), Findings::default(), vec![serving, ticking]);
        Self { cast, app, db, site, clock, browsers, findings, stop, tasks, driver, scratch }
    }

    /// Somebody's own browser.
    pub async fn browser(&self, name: &'static str, setting: Setting) -> Browser {
        let findings = Arc::clone(&self.findings);
        let browser = Browser::start(&self.driver, &self.scratch, &self.site, name, setting, findings).await;
        self.open_browsers().push(browser.clone());
        browser
    }

    fn open_browsers(&self) -> std::sync::MutexGuard<'_, Vec<Browser>> {
        self.browsers.lock().expect("nobody panics with the list in hand")
    }

    /// What was found wrong with pages until now; it no longer fails the journey.
    pub fn take_findings(&self) -> Vec<String> {
        std::mem::take(&mut *self.findings.lock().expect("nobody panics with the list in hand"))
    }

    /// What the officer's authenticator shows: a code that was not used yet. In real time nobody signs in twice.
    pub fn one_time_code(&self, officer: &Official) -> String {
        self.db.clock.advance(CODE_LASTS);
        identity::totp::code(&officer.secret(), self.clock.now()).expect("a code")
    }

    /// A file with this content.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.scratch.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    /// Ends the roles and looks at what they leave: nothing undone, and a log that holds.
    async fn settle(&mut self) {
        let _ = self.stop.send(true);
        if let Some(serving) = self.tasks.first_mut() {
            serving.await.expect("the roles end");
        }
        self.app.sequencer().drain().await.expect("the log is brought up to date");
        self.db.assert_nothing_left_over().await;
        let keys = [self.app.log_key.verifier().clone()];
        let report = ledger::verify(&self.app.store, &keys, None, |_, _| {}).await.expect("the log is read");
        assert!(report.is_sound() && report.size > 0, "the log: {:?}", report.findings);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// `target/e2e`, beside the binaries of this very build.
fn evidence_folder(journey: &str) -> PathBuf {
    let binary = std::env::current_exe().expect("this program");
    let target = binary.ancestors().nth(3).expect("the target folder");
    target.join("e2e").join(journey)
}

/// Whose time a journey takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Time {
    Own,
    Real,
}

/// Runs one journey. If it fails, what every browser shows is saved and its place printed.
pub async fn journey(name: &str, steps: impl AsyncFnOnce(&World)) {
    run(name, Time::Own, steps).await;
}

/// The same with other people's programs, which live in real time.
pub async fn journey_in_real_time(name: &str, steps: impl AsyncFnOnce(&World)) {
    run(name, Time::Real, steps).await;
}

async fn run(name: &str, time: Time, steps: impl AsyncFnOnce(&World)) {
    let mut world = World::new(time).await;
    let outcome = AssertUnwindSafe(steps(&world)).catch_unwind().await;
    let browsers = std::mem::take(&mut *world.open_browsers());
    if outcome.is_err() {
        let folder = evidence_folder(name);
        std::fs::create_dir_all(&folder).expect("a folder for evidence");
        for browser in &browsers {
            println!("{}", browser.evidence(&folder).await);
        }
    }
    for browser in browsers {
        browser.close().await;
    }
    let findings = world.take_findings();
    if !findings.is_empty() {
        println!("{} pages are not right:\n  {}", findings.len(), findings.join("\n  "));
    }
    match outcome {
        Ok(()) => {
            world.settle().await;
            assert!(findings.is_empty(), "{} pages are not right", findings.len());
        }
        Err(panic) => resume_unwind(panic),
    }
}
