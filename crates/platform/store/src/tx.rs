//! One transaction: the only way to change anything.
//!
//! `BEGIN` travels with the first statement; deferred writes, events, audit entries and `COMMIT` travel together at the
//! end. So an operation that reads once and writes costs two round trips, whatever it leaves behind. A transaction
//! dropped without [`Tx::finish`] closes its connection, and the server rolls back.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use base::Entropy;
use deadpool_postgres::Object;
use futures::future::{BoxFuture, join, join_all};
use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use crate::{AuditEntry, StoreError, audit, pool::Wake, sql};

/// Deferred statements sent in one pipeline; more than that are sent in several.
const PIPELINE_MAX: usize = 24;
/// Random bytes that hide an entry behind its commitment.
const SALT_BYTES: usize = 16;

/// A parameter that a deferred statement keeps until the commit.
pub type Param = Box<dyn ToSql + Send + Sync>;

struct Deferred {
    sql: &'static str,
    params: Vec<Param>,
}

struct NewEvent {
    topic: &'static str,
    key: Uuid,
    payload: Value,
}

/// A running transaction with its one moment of time. Operations take `&mut Tx`; the caller began it and finishes it.
pub struct Tx {
    client: Option<Object>,
    begun: AtomicBool,
    begin: &'static str,
    now: Timestamp,
    entropy: Arc<dyn Entropy>,
    wake: Wake,
    deferred: Vec<Deferred>,
    events: Vec<NewEvent>,
    audits: Vec<AuditEntry>,
    /// So many of them stay when the operation is refused.
    kept: usize,
    jobs_due: bool,
}

impl Tx {
    pub(crate) fn new(
        client: Object,
        begin: &'static str,
        now: Timestamp,
        entropy: Arc<dyn Entropy>,
        wake: Wake,
    ) -> Self {
        Self {
            client: Some(client),
            begun: AtomicBool::new(false),
            begin,
            now,
            entropy,
            wake,
            deferred: Vec::new(),
            events: Vec::new(),
            audits: Vec::new(),
            kept: 0,
            jobs_due: false,
        }
    }

    /// The moment at which everything in this transaction happens.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    /// A new UUIDv7.
    pub fn new_uuid(&self) -> Uuid {
        base::id::new_v7(self.now, self.entropy())
    }

    /// All rows. Several queries may be awaited together (`futures::join!`): they share one round trip.
    pub async fn query(
        &self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await?;
        if self.begun.swap(true, Ordering::Relaxed) {
            return Ok(client.query(&statement, params).await?);
        }
        let (begun, rows) = join(client.batch_execute(self.begin), client.query(&statement, params)).await;
        begun?;
        Ok(rows?)
    }

    /// The first row, if there is one.
    pub async fn query_opt(
        &self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// The one row that must be there (an aggregate, a RETURNING); a conflict otherwise.
    pub async fn query_one(
        &self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Row, StoreError> {
        self.query_opt(sql, params).await?.ok_or(StoreError::Conflict)
    }

    /// Runs a statement now and tells how many rows it changed.
    pub async fn execute(
        &self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, StoreError> {
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await?;
        if self.begun.swap(true, Ordering::Relaxed) {
            return Ok(client.execute(&statement, params).await?);
        }
        let (begun, count) = join(client.batch_execute(self.begin), client.execute(&statement, params)).await;
        begun?;
        Ok(count?)
    }

    /// Runs a statement now that must change exactly one row; a conflict otherwise.
    pub async fn change(&self, sql: &'static str, params: &[&(dyn ToSql + Sync)]) -> Result<(), StoreError> {
        if self.execute(sql, params).await? == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    /// Sends a write together with the commit. Wrap the statement in [`crate::one!`] when it must hit exactly one row.
    pub fn defer(&mut self, sql: &'static str, params: Vec<Param>) {
        self.deferred.push(Deferred { sql, params });
    }

    /// Sends now what was deferred so far: for whoever does several things in one transaction, each of which reads what the
    /// one before wrote.
    pub async fn flush(&mut self) -> Result<(), StoreError> {
        while !self.deferred.is_empty() {
            let rest = self.deferred.split_off(self.deferred.len().min(PIPELINE_MAX));
            let now = std::mem::replace(&mut self.deferred, rest);
            self.begin_alone().await?;
            self.pipeline(&now, Vec::new()).await?;
        }
        Ok(())
    }

    /// Leaves a fact for later: consumers of `topic` get it at least once after the commit.
    pub fn emit(&mut self, topic: &'static str, key: Uuid, payload: Value) {
        self.events.push(NewEvent { topic, key, payload });
    }

    /// Leaves an entry in the log. If it cannot be written, nothing of this transaction happens.
    pub fn audit(&mut self, entry: AuditEntry) {
        self.audits.push(entry);
    }

    /// What was noted in the log so far stays there even when the operation is refused: a refusal that says something of
    /// the data that was read hands out data, too.
    pub fn keep_log(&mut self) {
        self.kept = self.audits.len();
    }

    /// Deferred work in the same transaction. An equal `id` given twice is one job.
    pub fn enqueue(&mut self, id: Uuid, queue: &'static str, payload: Value, run_at: Timestamp) {
        self.jobs_due |= run_at <= self.now;
        self.defer(sql::JOB_INSERT, vec![Box::new(id), Box::new(queue), Box::new(payload), Box::new(run_at)]);
    }

    /// Commits when the operation succeeded, rolls back when it failed, and hands its outcome on.
    ///
    /// Data that was read leaves only after this returned `Ok`: no log, no data.
    pub async fn finish<T, E: From<StoreError>>(mut self, outcome: Result<T, E>) -> Result<T, E> {
        match outcome {
            Ok(value) => {
                self.commit().await?;
                Ok(value)
            }
            Err(error) if self.kept > 0 => {
                self.log_refused().await?;
                Err(error)
            }
            Err(error) => {
                self.roll_back().await;
                Err(error)
            }
        }
    }

    /// Undoes everything, then writes the entries that stay.
    async fn log_refused(&mut self) -> Result<(), StoreError> {
        if self.begun.load(Ordering::Relaxed) {
            self.client()?.batch_execute("ROLLBACK").await?;
            self.begun.store(false, Ordering::Relaxed);
        }
        self.deferred.clear();
        self.events.clear();
        self.jobs_due = false;
        self.audits.truncate(self.kept);
        self.commit().await
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        while self.deferred.len() > PIPELINE_MAX {
            let rest = self.deferred.split_off(PIPELINE_MAX);
            let now = std::mem::replace(&mut self.deferred, rest);
            self.begin_alone().await?;
            self.pipeline(&now, Vec::new()).await?;
        }
        let deferred = std::mem::take(&mut self.deferred);
        let events = std::mem::take(&mut self.events);
        let audits = std::mem::take(&mut self.audits);
        let writes = !deferred.is_empty() || !events.is_empty() || !audits.is_empty();
        let begun = self.begun.load(Ordering::Relaxed);
        if !begun && !writes {
            self.client = None;
            return Ok(());
        }
        let mut tail: Vec<Deferred> = Vec::with_capacity(2);
        if !events.is_empty() {
            tail.push(self.events_statement(&events));
        }
        if !audits.is_empty() {
            tail.push(self.audits_statement(&audits));
        }
        let all: Vec<Deferred> = deferred.into_iter().chain(tail).collect();
        self.pipeline(&all, vec!["COMMIT"]).await?;
        // The connection goes back to the pool only from here on: the transaction is over.
        self.client = None;
        if !events.is_empty() {
            self.wake.relay();
        }
        if !audits.is_empty() {
            self.wake.sequencer();
        }
        if self.jobs_due {
            self.wake.jobs();
        }
        Ok(())
    }

    /// Sends the statements, and what follows them, in one round trip.
    async fn pipeline(&self, statements: &[Deferred], after: Vec<&'static str>) -> Result<(), StoreError> {
        let client = self.client()?;
        let mut prepared = Vec::with_capacity(statements.len());
        for deferred in statements {
            prepared.push(client.prepare_cached(deferred.sql).await?);
        }
        let begin = !self.begun.swap(true, Ordering::Relaxed);
        let params: Vec<Vec<&(dyn ToSql + Sync)>> = statements
            .iter()
            .map(|d| d.params.iter().map(|p| &**p as &(dyn ToSql + Sync)).collect())
            .collect();
        // `join_all` polls in order, and a first poll sends: this is the order on the wire.
        let mut sends: Vec<BoxFuture<'_, Result<(), tokio_postgres::Error>>> = Vec::new();
        if begin {
            sends.push(Box::pin(client.batch_execute(self.begin)));
        }
        for (statement, params) in prepared.iter().zip(&params) {
            sends.push(Box::pin(async move { client.execute(statement, params).await.map(drop) }));
        }
        for command in after {
            sends.push(Box::pin(client.batch_execute(command)));
        }
        for outcome in join_all(sends).await {
            // The first failure aborted the transaction, so a COMMIT behind it was a ROLLBACK.
            outcome?;
        }
        Ok(())
    }

    async fn begin_alone(&self) -> Result<(), StoreError> {
        if !self.begun.swap(true, Ordering::Relaxed) {
            self.client()?.batch_execute(self.begin).await?;
        }
        Ok(())
    }

    async fn roll_back(&mut self) {
        let Some(client) = self.client.take() else { return };
        if self.begun.load(Ordering::Relaxed) && client.batch_execute("ROLLBACK").await.is_err() {
            drop(Object::take(client));
        }
    }

    fn events_statement(&self, events: &[NewEvent]) -> Deferred {
        let topics: Vec<&'static str> = events.iter().map(|e| e.topic).collect();
        let keys: Vec<Uuid> = events.iter().map(|e| e.key).collect();
        let payloads: Vec<Value> = events.iter().map(|e| e.payload.clone()).collect();
        Deferred {
            sql: sql::OUTBOX_INSERT,
            params: vec![Box::new(topics), Box::new(keys), Box::new(payloads), Box::new(self.now)],
        }
    }

    fn audits_statement(&self, audits: &[AuditEntry]) -> Deferred {
        let ids: Vec<Uuid> = audits.iter().map(|_| self.new_uuid()).collect();
        let subjects: Vec<Option<Uuid>> = audits.iter().map(|a| a.subject).collect();
        let salts: Vec<Vec<u8>> =
            audits.iter().map(|_| base::entropy::bytes::<SALT_BYTES>(self.entropy()).to_vec()).collect();
        let bodies: Vec<String> =
            audits.iter().zip(&ids).map(|(a, id)| audit::body(a, *id, self.now)).collect();
        Deferred {
            sql: sql::AUDIT_INSERT,
            params: vec![
                Box::new(ids),
                Box::new(subjects),
                Box::new(salts),
                Box::new(bodies),
                Box::new(self.now),
            ],
        }
    }

    /// The connection itself, inside this transaction: for COPY and for tests.
    pub async fn raw(&self) -> Result<&tokio_postgres::Client, StoreError> {
        self.begin_alone().await?;
        Ok(self.client()?)
    }

    fn client(&self) -> Result<&Object, StoreError> {
        self.client.as_ref().ok_or(StoreError::Conflict)
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        // Neither committed nor rolled back: the future was dropped in the middle. Nobody may get this connection.
        if let Some(client) = self.client.take()
            && self.begun.load(Ordering::Relaxed)
        {
            drop(Object::take(client));
        }
    }
}
