//! The signing keys and their life: next → active → retiring → retired.
//!
//! `next` is published before it signs, so that whoever keeps `jwks.json` for a while knows it in time. One key is
//! `active`. `retiring` may still be used by a signature that is under way; `retired` has no private half any more and
//! stays published for [`PUBLISHED`]. What any of them signed stays valid: our own check knows every key for ever.

use contracts::Access;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::{AuditEntry, Row, RowExt, StoreError, Tx};

use crate::{
    CredentialError, SigningKeys,
    key::Jwk,
    ops::states_check::KEY_CREATE,
    policy::{self, Action},
    sql,
};

/// Twenty years: how long a key is published after it has stopped signing, so that documents can be checked without us.
const PUBLISHED: SignedDuration = SignedDuration::from_hours(24 * 365 * 20);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    Next,
    Active,
    Retiring,
    Retired,
}

impl KeyState {
    pub const ALL: [Self; 4] = [Self::Next, Self::Active, Self::Retiring, Self::Retired];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == s)
    }
}

/// A signing key as the operator sees it.
#[derive(Debug, Clone, Serialize)]
pub struct KeyInfo {
    pub id: String,
    pub state: KeyState,
    pub created_at: Timestamp,
    /// It signs from then on.
    pub not_before: Option<Timestamp>,
    /// It is published until then, at the least.
    pub not_after: Option<Timestamp>,
    /// PEM of the public half.
    pub public_key: String,
}

impl KeyInfo {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.col("key_id")?,
            state: KeyState::parse(row.col("state")?).ok_or(StoreError::Column("state"))?,
            created_at: row.col("created_at")?,
            not_before: row.col("not_before")?,
            not_after: row.col("not_after")?,
            public_key: row.col("public_key")?,
        })
    }
}

/// The keys that anybody may check documents with.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Jwks {
    pub keys: Vec<Jwk>,
}

/// Every key there ever was, newest first.
pub async fn keys_list(tx: &Tx, access: &Access) -> Result<Vec<KeyInfo>, CredentialError> {
    policy::allowed(&access.actor, Action::ManageKeys)?;
    all(tx).await
}

/// Makes an active key and a next one where there is none yet. Run at every start; processes may start together.
pub async fn keys_ensure(keys: &SigningKeys, tx: &mut Tx, access: &Access) -> Result<(), CredentialError> {
    policy::allowed(&access.actor, Action::ManageKeys)?;
    let have = all(tx).await?;
    for state in [KeyState::Active, KeyState::Next] {
        if !have.iter().any(|key| key.state == state) {
            create(keys, tx, access, state).await?;
        }
    }
    Ok(())
}

/// Puts the next key into use and makes the one after it. Returns all keys as they stand then.
pub async fn keys_rotate(
    keys: &SigningKeys,
    tx: &mut Tx,
    access: &Access,
) -> Result<Vec<KeyInfo>, CredentialError> {
    policy::allowed(&access.actor, Action::ManageKeys)?;
    let have = all(tx).await?;
    let next = have.iter().find(|key| key.state == KeyState::Next).ok_or(CredentialError::NoKey)?;
    // The next key signs from here on: better to learn now that its file is missing.
    keys.get(&next.id)?;
    let now = tx.now();
    let published = now.checked_add(PUBLISHED).unwrap_or(Timestamp::MAX);
    // The longest-serving first: there is one active and one next key at any time, which an index guards.
    for state in [KeyState::Retiring, KeyState::Active, KeyState::Next] {
        for key in have.iter().filter(|key| key.state == state) {
            let (to, not_before, not_after) = match state {
                KeyState::Next => (KeyState::Active, Some(now), None),
                KeyState::Active => (KeyState::Retiring, key.not_before, Some(published)),
                KeyState::Retiring | KeyState::Retired => (KeyState::Retired, key.not_before, key.not_after),
            };
            tx.change(sql::KEY_MOVE, &[&key.id, &state.as_str(), &to.as_str(), &not_before, &not_after])
                .await?;
            if to == KeyState::Retired {
                // It does not sign any more, so nothing is lost should this transaction not commit.
                keys.destroy(&key.id)?;
            }
            tx.audit(entry(access, "credential.key_rotate", &key.id));
        }
    }
    create(keys, tx, access, KeyState::Next).await?;
    all(tx).await
}

/// The public keys: all but those that retired so long ago that they are not published any more.
/// A key that the database names and our folder does not know is none of ours.
pub async fn jwks(keys: &SigningKeys, tx: &Tx) -> Result<Jwks, CredentialError> {
    let now = tx.now();
    let published = all(tx)
        .await?
        .into_iter()
        .filter(|key| key.state != KeyState::Retired || key.not_after.is_some_and(|until| until > now));
    Ok(Jwks { keys: published.filter_map(|key| keys.public(&key.id)).map(|key| key.jwk()).collect() })
}

async fn all(tx: &Tx) -> Result<Vec<KeyInfo>, CredentialError> {
    let rows = tx.query(sql::KEYS, &[]).await?;
    Ok(rows.iter().map(KeyInfo::read).collect::<Result<_, _>>()?)
}

/// The file comes first: a key that the database names can always sign.
async fn create(
    keys: &SigningKeys,
    tx: &mut Tx,
    access: &Access,
    state: KeyState,
) -> Result<(), CredentialError> {
    let public = keys.create(tx.entropy())?;
    let (id, pem) = (public.id(), public.to_pem().ok_or(CredentialError::NoKey)?);
    let now = tx.now();
    let not_before = (state == KeyState::Active).then_some(now);
    let made = tx.execute(sql::KEY_INSERT, &[&id, &pem, &state.as_str(), &now, &not_before]).await?;
    if made == 0 {
        // Another process was first; its key is the one.
        keys.discard(&id)?;
        return Ok(());
    }
    tx.audit(entry(access, KEY_CREATE, &id));
    Ok(())
}

fn entry(access: &Access, action: &'static str, key_id: &str) -> AuditEntry {
    AuditEntry { resource: Some(format!("signing_key:{key_id}")), ..access.entry(action).done() }
}
