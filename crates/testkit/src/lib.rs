//! What tests stand on: a real PostgreSQL of their own, a clock that stands still, chance that repeats itself.
//!
//! One private cluster per test process, one template database per set of migrations, one database per test, copied
//! from the template. Nothing is shared between tests, so they run in parallel and in any order. Development only.
#![expect(clippy::expect_used, reason = "a test that cannot be set up must stop at once")]

mod errors;

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use base::{FixedClock, SeededEntropy};
use pgbox::PgBox;
use store::{Migrations, RowExt, Store, StoreOptions, migrate};
use tokio::sync::Mutex;

pub use errors::Errors;

/// Friday, 20 November 2026, nine o'clock in Vietnam: when every test begins.
pub const NOW: &str = "2026-11-20T02:00:00Z";

/// Connections that a test's pool may open.
const CONNECTIONS_MAX: usize = 6;

/// A database of one test.
pub struct TestDb {
    pub store: Store,
    pub clock: Arc<FixedClock>,
    pub config: tokio_postgres::Config,
}

impl TestDb {
    /// A new database with the tables of `store` and of the given domains.
    pub async fn new(domains: &[Migrations]) -> Self {
        let mut all = vec![store::MIGRATIONS];
        all.extend_from_slice(domains);
        let config = fresh_database(&all).await;
        let clock = Arc::new(FixedClock::at(NOW.parse().expect("a time")));
        let store = open(&config, &clock, 1);
        Self { store, clock, config }
    }

    /// A second pool on the same database, as another process would have it.
    pub fn another_process(&self) -> Store {
        open(&self.config, &self.clock, 2)
    }

    /// Prepares every statement against the real schema and names those that do not fit.
    pub async fn prepare_all(&self, statements: &[(&str, &str)]) {
        let connection = self.store.connection().await.expect("a connection");
        let mut wrong = Vec::new();
        for (name, sql) in statements {
            if let Err(error) = connection.prepare(sql).await {
                wrong.push(format!("{name}: {error:?}"));
            }
        }
        assert!(wrong.is_empty(), "statements that the schema refuses:\n{}", wrong.join("\n"));
    }

    /// [`assert_nothing_left_over`] by this database's own pool.
    pub async fn assert_nothing_left_over(&self) {
        assert_nothing_left_over(&self.store).await;
    }
}

/// Asserts that no job is due or dead and no event was set aside.
pub async fn assert_nothing_left_over(store: &Store) {
    let tx = store.begin().await.expect("a transaction");
    let now = tx.now();
    let due: i64 = count(tx.query_one(store::sql::JOB_PENDING, &[&now]).await);
    let dead_jobs = tx.query(store::sql::JOB_DEAD, &[&10i64]).await.expect("dead jobs").len();
    let dead_events: i64 = count(tx.query_one(store::sql::DEAD_EVENT_COUNT, &[]).await);
    tx.finish::<_, store::StoreError>(Ok(())).await.expect("reading ends");
    assert_eq!((due, dead_jobs, dead_events), (0, 0, 0), "jobs due, jobs dead, events set aside");
}

fn count(row: Result<store::Row, store::StoreError>) -> i64 {
    row.expect("a count").col("count").expect("a number")
}

fn open(config: &tokio_postgres::Config, clock: &Arc<FixedClock>, seed: u64) -> Store {
    let options = StoreOptions {
        connections_max: CONNECTIONS_MAX,
        clock: Arc::clone(clock) as _,
        entropy: Arc::new(SeededEntropy::new(seed)),
    };
    Store::new(config.clone(), options).expect("a pool")
}

/// The cluster of this process. It is never dropped: it ends with the process, and the next one sweeps up behind it.
fn cluster() -> &'static PgBox {
    static CLUSTER: OnceLock<PgBox> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let options = pgbox::Options { max_connections: 400, ..pgbox::Options::throwaway() };
        PgBox::temporary(&options).expect("a private PostgreSQL (apt-get install postgresql)")
    })
}

/// An empty database without any tables, for tests of migrations.
pub async fn empty_database() -> tokio_postgres::Config {
    let name = next_name();
    cluster().create_database(&name).await.expect("a database");
    cluster().config(&name)
}

/// A database with the given tables, copied from a template that is made once.
async fn fresh_database(all: &[Migrations]) -> tokio_postgres::Config {
    static TEMPLATES: OnceLock<Mutex<HashMap<String, String>>> = OnceLock::new();
    let fingerprint = migrate::fingerprint(all);
    // Copying needs the template to itself, so the lock is held until the copy is made.
    let mut templates = TEMPLATES.get_or_init(Mutex::default).lock().await;
    let template = match templates.get(&fingerprint) {
        Some(name) => name.clone(),
        None => {
            let name = format!("template_{fingerprint}");
            cluster().create_database(&name).await.expect("a template database");
            migrate(&cluster().config(&name), all).await.expect("migrations");
            templates.insert(fingerprint, name.clone());
            name
        }
    };
    let name = next_name();
    cluster().create_from_template(&name, &template).await.expect("a copy of the template");
    cluster().config(&name)
}

fn next_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
