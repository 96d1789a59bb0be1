//! The whole system in this process, with a clock that stands still and chance that repeats itself.

use std::sync::Arc;

use axum::Router;
use base::{Clock, SeededEntropy};
use contracts::Role;
use identity::PasswordCost;
use lienthong::{
    app::{App, MIGRATIONS, Parts},
    config::Config,
};
use tempfile::TempDir;
use testkit::TestDb;

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
    _keys: TempDir,
}

impl House {
    pub async fn new(citizens: u32, hosts: u32) -> Self {
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
        Self { db, app, router, citizens, _keys: keys }
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
