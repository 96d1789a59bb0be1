//! Databases inside the box: made, copied from a template, dropped. Each call uses a connection of its own.

use tokio_postgres::{NoTls, error::SqlState};

use crate::{PgBox, cluster::SUPERUSER, error::PgBoxError};

/// PostgreSQL silently cuts longer names.
pub const NAME_BYTES_MAX: usize = 63;

impl PgBox {
    /// Makes an empty database.
    ///
    /// # Errors
    /// [`PgBoxError::DatabaseExists`] if there is one of that name.
    pub async fn create_database(&self, name: &str) -> Result<(), PgBoxError> {
        // Not from template1, which an operator may have changed.
        self.create_from_template(name, "template0").await
    }

    /// Makes a copy of the database `template`, to which nobody may be connected meanwhile.
    ///
    /// # Errors
    /// [`PgBoxError::DatabaseExists`], or [`PgBoxError::NoSuchDatabase`] if the template is missing.
    pub async fn create_from_template(&self, name: &str, template: &str) -> Result<(), PgBoxError> {
        let sql = format!("CREATE DATABASE {} TEMPLATE {}", identifier(name)?, identifier(template)?);
        self.execute("creating", &sql).await
    }

    /// Drops a database, ending the connections that are open to it.
    ///
    /// # Errors
    /// [`PgBoxError::NoSuchDatabase`] if there is none of that name.
    pub async fn drop_database(&self, name: &str) -> Result<(), PgBoxError> {
        self.execute("dropping", &format!("DROP DATABASE {} WITH (FORCE)", identifier(name)?)).await
    }

    async fn execute(&self, action: &'static str, sql: &str) -> Result<(), PgBoxError> {
        let failed = |source: tokio_postgres::Error| match source.code() {
            Some(code) if *code == SqlState::DUPLICATE_DATABASE => PgBoxError::DatabaseExists,
            // A template that is missing is reported as an undefined database, too.
            Some(code) if *code == SqlState::INVALID_CATALOG_NAME => PgBoxError::NoSuchDatabase,
            _ => PgBoxError::Database { action, source },
        };
        let (client, connection) = self.config(SUPERUSER).connect(NoTls).await.map_err(failed)?;
        let statement = async move { client.batch_execute(sql).await };
        // The connection ends when the statement has dropped its client.
        let (done, closed) = tokio::join!(statement, connection);
        done.and(closed).map_err(failed)
    }
}

fn identifier(name: &str) -> Result<String, PgBoxError> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
        return Err(PgBoxError::BadDatabaseName);
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_bounded() {
        assert_eq!(identifier(r#"a"; DROP"#).unwrap(), r#""a""; DROP""#);
        for bad in ["", "a\0b", &"x".repeat(NAME_BYTES_MAX + 1)] {
            assert!(matches!(identifier(bad), Err(PgBoxError::BadDatabaseName)));
        }
    }
}
