//! The pool, and the clock, chance and wake-up signals that every transaction gets from it.

use std::{sync::Arc, time::Duration};

use base::{Clock, Entropy, SystemClock, SystemEntropy};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio::sync::watch;
use tokio_postgres::{Config, NoTls};

use crate::{
    StoreError, Tx,
    tls::{self, Way},
};

/// How long a request waits for a free connection before it is told to try again.
const POOL_WAIT: Duration = Duration::from_secs(5);
/// Statements that run longer than this are cut off by the server, in milliseconds.
const STATEMENT_MS_MAX: u32 = 30_000;
/// A transaction that sits idle longer than this is ended by the server, in milliseconds.
const IDLE_IN_TX_MS_MAX: u32 = 30_000;

#[derive(Clone)]
pub struct StoreOptions {
    pub connections_max: usize,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { connections_max: 16, clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) }
    }
}

/// The database, shared by everything in the process. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    wake: Wake,
}

/// In-process signals after a commit. Other processes notice by polling.
#[derive(Clone)]
pub(crate) struct Wake {
    relay: watch::Sender<u64>,
    sequencer: watch::Sender<u64>,
    jobs: watch::Sender<u64>,
}

impl Wake {
    pub(crate) fn relay(&self) {
        self.relay.send_modify(|n| *n = n.wrapping_add(1));
    }
    pub(crate) fn sequencer(&self) {
        self.sequencer.send_modify(|n| *n = n.wrapping_add(1));
    }
    pub(crate) fn jobs(&self) {
        self.jobs.send_modify(|n| *n = n.wrapping_add(1));
    }
}

impl Store {
    /// Prepares the pool; connections open when first needed.
    pub fn new(mut config: Config, options: StoreOptions) -> Result<Self, StoreError> {
        config.application_name("lienthong").options(format!(
            "-c statement_timeout={STATEMENT_MS_MAX} -c idle_in_transaction_session_timeout={IDLE_IN_TX_MS_MAX} -c TimeZone=UTC"
        ));
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match tls::way(&mut config)? {
            Way::Plain => Manager::from_config(config, NoTls, recycling),
            Way::Encrypted(tls) => Manager::from_config(config, tls, recycling),
        };
        let pool = Pool::builder(manager)
            .max_size(options.connections_max)
            .wait_timeout(Some(POOL_WAIT))
            .create_timeout(Some(POOL_WAIT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|e| StoreError::Unavailable(Box::new(e)))?;
        let wake = Wake {
            relay: watch::Sender::new(0),
            sequencer: watch::Sender::new(0),
            jobs: watch::Sender::new(0),
        };
        Ok(Self { pool, clock: options.clock, entropy: options.entropy, wake })
    }

    /// Begins a transaction at this moment.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        self.begin_as("BEGIN").await
    }

    /// Begins a transaction whose reads all see the same moment: for what is put together from several statements and
    /// must agree with itself. It changes nothing that others may change, or it conflicts.
    pub async fn begin_snapshot(&self) -> Result<Tx, StoreError> {
        self.begin_as("BEGIN ISOLATION LEVEL REPEATABLE READ").await
    }

    async fn begin_as(&self, begin: &'static str) -> Result<Tx, StoreError> {
        let client = self.pool.get().await?;
        Ok(Tx::new(client, begin, self.clock.now(), Arc::clone(&self.entropy), self.wake.clone()))
    }

    /// A connection of one's own, outside any transaction: for session locks and streaming reads.
    pub async fn connection(&self) -> Result<deadpool_postgres::Object, StoreError> {
        Ok(self.pool.get().await?)
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.entropy
    }

    /// Changes whenever a transaction of this process left events.
    pub fn watch_events(&self) -> watch::Receiver<u64> {
        self.wake.relay.subscribe()
    }

    /// Changes whenever a transaction of this process left audit entries.
    pub fn watch_audits(&self) -> watch::Receiver<u64> {
        self.wake.sequencer.subscribe()
    }

    /// Changes whenever a transaction of this process left a job that is due.
    pub fn watch_jobs(&self) -> watch::Receiver<u64> {
        self.wake.jobs.subscribe()
    }

    /// One trivial question to the database.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.pool.get().await?.batch_execute("SELECT 1").await?;
        Ok(())
    }

    /// Closes all connections; later calls fail as unavailable.
    pub fn close(&self) {
        self.pool.close();
    }
}
