//! Whether documents stand, and keys exist, as the log says.
//!
//! The signature under a document covers what was issued, not what became of it: a signed "revoked" could be taken away
//! and an older "issued" put back, and no signature would tell. What only grows is the log, and each end of a document
//! and each new key leaves an entry in it. So whoever writes to the database to make a revoked paper valid again either
//! contradicts the log, which this names, or alters the log, which its own verification names. Run both together.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use contracts::{Access, DocumentId};
use store::{RowExt, Tx};

use crate::{
    CredentialError,
    model::State,
    policy::{self, Action},
    sql,
};

/// The actions whose entries [`states_check`] compares with.
pub const ACTIONS: [&str; 3] = [REVOKE, REPLACE, KEY_CREATE];
pub(crate) const REVOKE: &str = "credential.document_revoke";
pub(crate) const REPLACE: &str = "credential.document_replace";
pub(crate) const KEY_CREATE: &str = "credential.key_create";

/// An entry of the log: what was done, and to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    pub action: String,
    pub resource: String,
}

/// Where the database contradicts the log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Discrepancy {
    /// The log knows this end of a document, or none; the database says otherwise.
    Document { id: DocumentId, logged: Option<&'static str> },
    /// A signing key whose making the log does not know.
    Key(String),
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document { id, logged: Some(end) } => {
                write!(f, "document {id}: {end} in the log, and otherwise in the database")
            }
            Self::Document { id, logged: None } => {
                write!(f, "document {id}: replaced, revoked or halved in the database, and not in the log")
            }
            Self::Key(id) => write!(f, "signing key {id}: in the database, and not in the log"),
        }
    }
}

/// Compares with every entry of [`ACTIONS`] there is, waiting ones included, read in the same snapshot.
pub async fn states_check(
    tx: &Tx,
    access: &Access,
    logged: &[Logged],
) -> Result<Vec<Discrepancy>, CredentialError> {
    policy::allowed(&access.actor, Action::ManageKeys)?;
    let mut stored = BTreeMap::new();
    for row in tx.query(sql::ENDED, &[]).await? {
        let state = |text: Option<&str>| text.and_then(State::parse);
        let (claim, document) = (state(row.col("claim")?), state(row.col("document")?));
        stored.insert(row.col("document_id")?, claim.filter(|_| claim == document));
    }
    let keys = tx.query(sql::KEYS, &[]).await?;
    let keys = keys.iter().map(|row| row.col("key_id")).collect::<Result<Vec<String>, _>>()?;
    Ok(compare(&stored, &keys, logged))
}

/// `stored` holds the documents that are not simply in force: how they ended, or None where the two places differ.
fn compare(
    stored: &BTreeMap<DocumentId, Option<State>>,
    keys: &[String],
    logged: &[Logged],
) -> Vec<Discrepancy> {
    let named = |entry: &Logged, kind: &str| entry.resource.strip_prefix(kind).map(str::to_owned);
    let mut ends: BTreeMap<DocumentId, State> = BTreeMap::new();
    let mut made = BTreeSet::new();
    for entry in logged {
        let end = match entry.action.as_str() {
            REVOKE => State::Revoked,
            REPLACE => State::Replaced,
            _ => {
                made.extend(named(entry, "signing_key:").filter(|_| entry.action == KEY_CREATE));
                continue;
            }
        };
        if let Some(id) = named(entry, "document:").and_then(|id| id.parse().ok()) {
            ends.insert(id, end);
        }
    }
    let ids: BTreeSet<&DocumentId> = stored.keys().chain(ends.keys()).collect();
    let documents = ids.into_iter().filter_map(|id| {
        let logged = ends.get(id).copied();
        let agrees = logged.is_some() && stored.get(id).copied().flatten() == logged;
        (!agrees).then(|| Discrepancy::Document { id: *id, logged: logged.map(State::as_str) })
    });
    let strangers = keys.iter().filter(|key| !made.contains(*key)).cloned().map(Discrepancy::Key);
    documents.chain(strangers).collect()
}
