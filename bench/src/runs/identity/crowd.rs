//! A nation of accounts: rows like those of one real person, with other keys, written by the database itself.
//!
//! A row is copied with every column but those that must differ, whatever columns the tables have; so a changed table
//! changes the crowd. Nobody of the crowd has a passkey or a password that anybody knows, but each session can be used:
//! its token follows from its number.

use contracts::AccountId;
use jose::{b64, hash::sha256};
use tokio_postgres::Client;

use crate::table::tell;

/// Rows in one statement: its memory and its transaction stay small.
const PART: u64 = 100_000;
/// Of an account with its claims, password and indexes, and of a session with its own and a grant, log included.
const ACCOUNT_BYTES: u64 = 1_150;
const SESSION_BYTES: u64 = 1_600;

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub accounts: u64,
    pub sessions: u64,
}

impl Size {
    pub fn disk_gb(self) -> u64 {
        (self.accounts * ACCOUNT_BYTES + self.sessions * SESSION_BYTES) / 1_000_000_000 + 1
    }
}

/// A table of which each in the crowd gets a row, and what is different in it; `n` is who it is.
struct Copied {
    table: &'static str,
    /// Which row of the real person is copied.
    of: &'static str,
    differs: &'static [(&'static str, &'static str)],
}

/// Ids whose order is that of the numbers, as real ones are ordered by time.
const ACCOUNT: &str = "('01800000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid";
const SESSION: &str = "('01810000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid";
const PERSON: &str = "('01820000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid";

const OF_ACCOUNTS: [Copied; 4] = [
    Copied {
        table: "identity.account",
        of: "account_id = $1",
        differs: &[("account_id", ACCOUNT), ("person_id", PERSON)],
    },
    Copied {
        table: "identity.login_claim",
        of: "account_id = $1 AND kind = 'number'",
        differs: &[("account_id", ACCOUNT), ("value", "sha256(('number' || n)::bytea)")],
    },
    Copied {
        table: "identity.login_claim",
        of: "account_id = $1 AND kind = 'person'",
        differs: &[("account_id", ACCOUNT), ("value", "sha256(('person' || n)::bytea)")],
    },
    Copied {
        table: "identity.authenticator",
        of: "account_id = $1 AND kind = 'password'",
        differs: &[("account_id", ACCOUNT), ("authenticator_id", PERSON)],
    },
];

const OF_SESSIONS: [Copied; 2] = [
    Copied {
        table: "identity.session",
        of: "account_id = $1 AND revoked_at IS NULL",
        differs: &[
            ("token_hash", "sha256(sha256(('session' || n)::bytea))"),
            ("account_id", ACCOUNT),
            ("session_id", SESSION),
            ("person_id", PERSON),
            // Neither over nor due to be written down again, however long the growing takes.
            ("last_seen_at", "now() + interval '1 day'"),
            ("idle_ends_at", "now() + interval '1 day'"),
            ("ends_at", "now() + interval '1 day'"),
        ],
    },
    Copied {
        table: "openid.\"grant\"",
        of: "account_id = $1 AND ended_at IS NULL",
        differs: &[
            ("account_id", ACCOUNT),
            ("grant_id", SESSION),
            ("refresh", "sha256(('refresh' || n)::bytea)"),
        ],
    },
];

/// The bearer token of a session of the crowd.
pub fn bearer(n: u64) -> String {
    b64::encode(sha256(format!("session{n}")))
}

/// Adds to the crowd, from one size to the next, by the example of a person who has signed in to a relying party.
pub async fn grow(client: &Client, model: AccountId, from: Size, to: Size) -> anyhow::Result<()> {
    for copied in &OF_ACCOUNTS {
        copied.write(client, model, from.accounts, to.accounts).await?;
    }
    for copied in &OF_SESSIONS {
        copied.write(client, model, from.sessions, to.sessions).await?;
    }
    Ok(())
}

impl Copied {
    async fn write(&self, client: &Client, model: AccountId, from: u64, to: u64) -> anyhow::Result<()> {
        let columns = client
            .query(
                "SELECT quote_ident(attname) FROM pg_attribute
                 WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                &[&self.table],
            )
            .await?;
        let columns: Vec<String> = columns.iter().map(|row| row.get(0)).collect();
        for (name, _) in self.differs {
            anyhow::ensure!(columns.iter().any(|c| c == name), "{} has no column {name}", self.table);
        }
        let value = |column: &String| match self.differs.iter().find(|(name, _)| name == column) {
            Some((_, value)) => (*value).to_owned(),
            None => format!("one.{column}"),
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        let sql = format!(
            "INSERT INTO {table} ({columns})
             SELECT {values} FROM (SELECT * FROM {table} WHERE {of} LIMIT 1) one, generate_series($2::int8, $3::int8) n",
            table = self.table,
            of = self.of,
            columns = columns.join(", "),
            values = values.join(", "),
        );
        let insert = client.prepare(&sql).await?;
        let mut at = from;
        while at < to {
            let end = (at + PART).min(to);
            let rows =
                client.execute(&insert, &[&model, &i64::try_from(at + 1)?, &i64::try_from(end)?]).await?;
            anyhow::ensure!(rows == end - at, "{}: there is no row to copy", self.table);
            if end.is_multiple_of(10 * PART) {
                tell(format!("  {}: {end}", self.table));
            }
            at = end;
        }
        Ok(())
    }
}
