//! What can go wrong between us and the database, without its words: SQL and data never leave through an error text.

use base::{Fault, Kind};
use tokio_postgres::error::SqlState;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection, or it broke. After a commit was sent the outcome is unknown: repeat with the idempotency key.
    #[error("the database cannot be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row was changed by somebody else since it was read, or already exists.
    #[error("somebody else changed this first")]
    Conflict,
    /// A statement failed for a reason that is our mistake.
    #[error("a statement failed ({})", code.as_deref().unwrap_or("no code"))]
    Statement {
        code: Option<String>,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What the database holds is not what the code expects.
    #[error("column {0} does not hold what it should")]
    Column(&'static str),
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        if error.is_closed() {
            return Self::Unavailable(Box::new(error));
        }
        let Some(db) = error.as_db_error() else {
            return Self::Unavailable(Box::new(error));
        };
        let code = db.code();
        // Division by zero is how a guarded statement says that it did not change exactly one row (see `one!`).
        let conflicts = [
            SqlState::UNIQUE_VIOLATION,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::DIVISION_BY_ZERO,
        ];
        let gone = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
        if conflicts.contains(code) {
            Self::Conflict
        } else if gone.contains(code) || code.code().starts_with("08") || code.code().starts_with("53") {
            Self::Unavailable(Box::new(error))
        } else {
            Self::Statement { code: Some(code.code().to_owned()), source: Box::new(error) }
        }
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(e) => e.into(),
            e => Self::Unavailable(Box::new(e)),
        }
    }
}

impl Fault for StoreError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unavailable(_) => Kind::Unavailable,
            Self::Conflict => Kind::Conflict,
            Self::Statement { .. } | Self::Column(_) => Kind::Bug,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "store.unavailable",
            Self::Conflict => "store.conflict",
            Self::Statement { .. } | Self::Column(_) => "store.bug",
        }
    }
}
