//! The way to PostgreSQL: a pool, one transaction type, migrations, and what must commit together with the business rows.
//!
//! - [`Store`] hands out a [`Tx`]; an operation writes, [`Tx::emit`]s events, [`Tx::audit`]s and [`Tx::enqueue`]s, and
//!   [`Tx::finish`] commits all of it or nothing. Statements are pipelined: a typical operation is two round trips.
//! - [`relay`] carries events to consumers at least once, in order, safe against out-of-order commits; [`jobs`] runs
//!   deferred work with retries; [`copy`] loads in bulk; [`idempotency`] answers a repeated request with its first answer.
//! - Nothing here knows the domain. `NOTIFY` is never sent inside a business transaction (it takes a global lock at
//!   commit): consumers wake in-process, and by a poll of one second in other processes.

pub mod audit;
pub mod copy;
pub mod error;
pub mod idempotency;
pub mod jobs;
pub mod migrate;
pub mod pool;
pub mod relay;
pub mod row;
pub mod sql;
pub mod sweep;
mod tls;
pub mod tx;

pub use audit::AuditEntry;
pub use error::StoreError;
pub use jobs::{Job, JobHandler};
pub use migrate::{Migrations, migrate};
pub use pool::{Store, StoreOptions};
pub use relay::{Consumer, Event};
pub use row::RowExt;
pub use tls::connect;
pub use tokio_postgres::Row;
pub use tx::Tx;

/// Re-exported for the macros and for crates that declare migrations.
pub use refinery;

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations { schema: "store", runner: migrations::migrations::runner };
