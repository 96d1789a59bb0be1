//! The whole system in this process, with a clock that stands still and chance that repeats itself.
//!
//! When it is dropped, it looks back on its test: what waits is done and nothing is left over, the log verifies, and
//! nothing was logged as an error.

use std::{sync::Arc, thread};

use axum::Router;
use base::{Clock, SeededEntropy};
use contracts::Role;
use identity::PasswordCost;
use lienthong::{
    app::{App, MIGRATIONS, Parts},
    config::Config,
};
use store::{Consumer, Store, jobs::Handlers};
use tempfile::TempDir;
use testkit::{Errors, TestDb};

use crate::{
    requests::{Ask, call},
    world,
};

/// The whole system in this process, over a database of its own.
pub struct House {
    pub db: TestDb,
    pub app: App,
    pub router: Router,
    pub citizens: Vec<world::Citizen>,
    pub errors: Errors,
    _keys: TempDir,
}

impl House {
    pub async fn new(citizens: u32, hosts: u32) -> Self {
        let errors = Errors::watch();
        let [_, domains @ ..] = MIGRATIONS;
        let db = TestDb::new(&domains).await;
        let keys = tempfile::tempdir().unwrap();
        let parts = Parts {
            clock: Arc::clone(&db.clock) as _,
            entropy: Arc::new(SeededEntropy::new(5)),
            password_cost: PasswordCost::for_tests(),
            keys_dir: keys.path().to_owned(),
        };
        let config = Config { connections_max: 6, ..Config::default() };
        let app = App::build(&config, &db.config, parts).await.unwrap();
        let router = app.router();
        let citizens = world::settle(&app, citizens, hosts).await;
        Self { db, app, router, citizens, errors, _keys: keys }
    }

    /// Does what waits: papers, reminders, lists, the log.
    pub async fn catch_up(&self) {
        store::jobs::drain(&self.app.store, &self.app.handlers()).await.unwrap();
        for consumer in self.app.consumers() {
            store::relay::drain(&self.app.store, consumer.as_ref()).await.unwrap();
        }
        self.app.sequencer().drain().await.unwrap();
    }

    /// The token of the citizen with this place in [`House::citizens`].
    pub async fn citizen(&self, n: usize) -> String {
        self.token(&world::sign_in(&self.citizens[n])).await
    }

    pub async fn officer(&self, role: Role) -> String {
        self.token(&world::sign_in_officer(role, self.db.clock.now())).await
    }

    async fn token(&self, ask: &Ask) -> String {
        call(&self.router, ask).await.ok()["token"].as_str().unwrap().to_owned()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let errors = self.errors.take();
        assert_eq!(errors, Vec::<String>::new(), "errors were logged");
        // The runtime of the test stands still meanwhile, and its connections with it: another one looks, through a pool of
        // its own.
        let (store, handlers, consumers) =
            (self.db.another_process(), self.app.handlers(), self.app.consumers());
        let log_key = Arc::clone(&self.app.log_key);
        let look = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(look_back(store, handlers, consumers, log_key));
        };
        let looked = thread::spawn(look).join();
        assert!(looked.is_ok(), "something was left behind: see above");
    }
}

async fn look_back(
    store: Store,
    handlers: Handlers,
    consumers: Vec<Arc<dyn Consumer>>,
    log_key: Arc<tlog::SigningKey>,
) {
    store::jobs::drain(&store, &handlers).await.unwrap();
    for consumer in consumers {
        store::relay::drain(&store, consumer.as_ref()).await.unwrap();
    }
    ledger::Sequencer::new(store.clone(), Arc::clone(&log_key)).drain().await.unwrap();
    testkit::assert_nothing_left_over(&store).await;
    let report = ledger::verify(&store, &[log_key.verifier().clone()], None, |_, _| ()).await.unwrap();
    let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    assert_eq!(findings, Vec::<String>::new(), "the log does not verify");
}
