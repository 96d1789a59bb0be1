//! `access_list`: each access to a person's data, for that person, newest first, those not yet in the log included.

use base::{Page, PageRequest};
use contracts::Access;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use crate::{LedgerError, ops::authorise, sql, stored::from_db};

/// Whose accesses are listed. What a person reads of their own is most of the log, and least of what they look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Whose {
    /// Of officers, of the system, of other people.
    #[default]
    Others,
    /// Of the one who asks.
    Own,
    All,
}

impl Whose {
    pub const ALL: [Self; 3] = [Self::Others, Self::Own, Self::All];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Others => "others",
            Self::Own => "own",
            Self::All => "all",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|whose| whose.as_str() == s)
    }
}

/// One access to a person's data, as shown to that person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessEntry {
    pub id: Uuid,
    /// Its place in the log; none while it waits to be appended (about a second).
    pub index: Option<u64>,
    pub at: Timestamp,
    /// Who, for what and why; none when the stored text cannot be read, which the verifier explains.
    pub access: Option<AccessBody>,
}

/// The entry's content, as [`store::AuditEntry`] was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessBody {
    pub action: String,
    pub actor: Uuid,
    pub actor_label: String,
    #[serde(default)]
    pub agency: Option<String>,
    pub purpose: String,
    pub legal_basis: String,
    #[serde(default)]
    pub resource: Option<String>,
    #[serde(default)]
    pub fields: Vec<String>,
}

/// The accesses to the data of the one who asks.
pub async fn access_list(
    tx: &mut Tx,
    access: &Access,
    whose: Whose,
    page: &PageRequest,
) -> Result<Page<AccessEntry>, LedgerError> {
    let person = authorise(access)?;
    let before = match &page.after {
        Some(cursor) => cursor.parse().map_err(|_| LedgerError::Cursor)?,
        None => Uuid::max(),
    };
    let limit = page.limit();
    let own = own_mark(access.actor.account.0);
    let wanted = match whose {
        Whose::Others => Some(false),
        Whose::Own => Some(true),
        Whose::All => None,
    };
    let rows = tx.query(sql::ACCESSES, &[&person, &before, &(i64::from(limit) + 1), &own, &wanted]).await?;
    let items = rows.iter().map(access_from_row).collect::<Result<Vec<_>, _>>()?;
    tx.audit(access.entry("ledger.access_list").about(person).done());
    Ok(Page::from_overfetch(items, limit, |item| item.id.to_string()))
}

/// How the stored text names an actor. Looked for as text: an altered entry that is no JSON any more must not hide the
/// rest, and inside a JSON string these quotes would be escaped.
fn own_mark(account: Uuid) -> String {
    format!("\"actor\":\"{account}\"")
}

fn access_from_row(row: &Row) -> Result<AccessEntry, StoreError> {
    let index: Option<i64> = row.col("index")?;
    Ok(AccessEntry {
        id: row.col("id")?,
        index: index.map(|index| from_db(index, "index")).transpose()?,
        at: row.col("at")?,
        access: serde_json::from_str(row.col("body")?).ok(),
    })
}
