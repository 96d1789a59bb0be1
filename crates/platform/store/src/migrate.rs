//! Migrations: one schema and one history table for each domain, run by refinery under one lock.
//!
//! Migrations expand first and contract a release later, so that code runs before and after each of them.

use sha2::{Digest, Sha256};
use tokio_postgres::{Client, Config};

use crate::{StoreError, tls};

/// Any number that no other program locks: "lienthong" in ASCII digits, cut to fit.
const MIGRATION_LOCK: i64 = 0x6c69_656e_7468;

/// The migrations of one domain: its schema, and what `refinery::embed_migrations!` made of its folder.
#[derive(Clone, Copy)]
pub struct Migrations {
    pub schema: &'static str,
    pub runner: fn() -> refinery::Runner,
}

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("migrations of schema {schema} failed")]
    Failed {
        schema: &'static str,
        #[source]
        source: Box<refinery::Error>,
    },
}

/// Declares `MIGRATIONS` of the crate from its `migrations/` folder. The crate itself depends on `refinery`, whose macro
/// names it.
#[macro_export]
macro_rules! migrations {
    ($schema:literal) => {
        mod embedded {
            refinery::embed_migrations!("migrations");
        }
        /// The tables of this domain.
        pub const MIGRATIONS: $crate::Migrations =
            $crate::Migrations { schema: $schema, runner: embedded::migrations::runner };
    };
}

/// Brings every schema up to date. Processes that start together wait for each other. Returns the names applied now.
pub async fn migrate(config: &Config, all: &[Migrations]) -> Result<Vec<String>, MigrateError> {
    let (mut client, driver) = tls::connect(config).await?;
    client.execute("SELECT pg_advisory_lock($1)", &[&MIGRATION_LOCK]).await.map_err(StoreError::from)?;
    let mut applied = Vec::new();
    for migrations in all {
        applied.extend(migrate_schema(&mut client, migrations).await?);
    }
    drop(client);
    let _ = driver.await;
    Ok(applied)
}

async fn migrate_schema(client: &mut Client, m: &Migrations) -> Result<Vec<String>, MigrateError> {
    client
        .batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {}", m.schema))
        .await
        .map_err(StoreError::from)?;
    let mut runner = (m.runner)();
    runner.set_migration_table_name(format!("{}.migration", m.schema));
    let report = runner
        .run_async(client)
        .await
        .map_err(|e| MigrateError::Failed { schema: m.schema, source: Box::new(e) })?;
    Ok(report.applied_migrations().iter().map(|a| format!("{} {a}", m.schema)).collect())
}

/// A digest of every migration: names the template database that tests copy.
pub fn fingerprint(all: &[Migrations]) -> String {
    let mut hash = Sha256::new();
    for m in all {
        hash.update(m.schema.as_bytes());
        for step in (m.runner)().get_migrations() {
            hash.update(step.version().to_be_bytes());
            hash.update(step.sql().unwrap_or_default().as_bytes());
        }
    }
    hex::encode(hash.finalize()).chars().take(16).collect()
}
