//! What ended early: grants, accounts and single tokens whose access tokens are still within their five minutes.
//!
//! Access tokens are never stored, so nothing can be deleted when one must die. Instead a small table says what ended,
//! and every process reads what is new in it once a second. A process that could not look for a while says so, and no
//! longer vouches for tokens.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use contracts::AccountId;
use jiff::Timestamp;
use store::{RowExt, Store, StoreError, Tx};
use uuid::Uuid;

use crate::{
    limits::{ACCESS_LIFE, OVERLAP, STALE_AFTER},
    model::GrantId,
    sql,
};

/// By what a token can end: its account, its grant, itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lineage {
    pub account: Option<AccountId>,
    pub grant: Option<GrantId>,
    pub token: Uuid,
}

/// The memory of one process.
#[derive(Debug)]
pub struct Ended {
    /// Key to the moment up to which its tokens are dead, and when that can be forgotten.
    known: RwLock<HashMap<Uuid, (Timestamp, Timestamp)>>,
    looked: Mutex<Instant>,
    /// Somebody looks regularly; in tests nobody does.
    followed: AtomicBool,
}

impl Default for Ended {
    fn default() -> Self {
        Self {
            known: RwLock::default(),
            looked: Mutex::new(Instant::now()),
            followed: AtomicBool::new(false),
        }
    }
}

impl Ended {
    /// Whether a token issued at `issued` (whole seconds) is dead.
    pub fn has(&self, lineage: Lineage, issued: Timestamp) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return false;
        }
        [lineage.account.map(|a| a.0), lineage.grant.map(|g| g.0), Some(lineage.token)]
            .into_iter()
            .flatten()
            .any(|key| known.get(&key).is_some_and(|(at, _)| issued <= *at))
    }

    /// Believes it at once, in this process.
    pub fn note(&self, key: Uuid, at: Timestamp) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry(key).or_insert((at, at + ACCESS_LIFE));
        *entry = (entry.0.max(at), entry.1.max(at + ACCESS_LIFE));
    }

    /// Reads what others wrote since a while ago, and forgets what is over.
    pub async fn refresh(&self, store: &Store) -> Result<(), StoreError> {
        let now = store.clock().now();
        let began = Instant::now();
        let connection = store.connection().await?;
        let find = connection.prepare_cached(sql::ENDED_SINCE).await?;
        // All that can matter is younger than an access token lives; later looks read only what is new.
        let since = if self.is_empty() { now - ACCESS_LIFE } else { now - OVERLAP };
        let rows = connection.query(&find, &[&since]).await?;
        for row in &rows {
            self.note(row.col("key")?, row.col("at")?);
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (_, ends)| *ends > now);
        drop(known);
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = began;
        Ok(())
    }

    pub(crate) fn followed(&self) {
        self.followed.store(true, Ordering::Relaxed);
    }

    /// Whether this process knows what ended. If not, nobody should believe it about tokens.
    pub fn is_current(&self) -> bool {
        !self.followed.load(Ordering::Relaxed)
            || self.looked.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < STALE_AFTER
    }

    fn is_empty(&self) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

/// Writes that something ended now, for every process.
pub fn end(tx: &mut Tx, key: Uuid) {
    let now = tx.now();
    tx.defer(sql::ENDED_INSERT, vec![Box::new(key), Box::new(now), Box::new(now + ACCESS_LIFE)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_dies_with_its_account_its_grant_or_alone_and_later_ones_live() {
        let ended = Ended::default();
        let now: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let [account, grant, token, other] = [1, 2, 3, 4].map(Uuid::from_u128);
        let whole = Lineage { account: Some(AccountId(account)), grant: Some(GrantId(grant)), token };
        let second = jiff::SignedDuration::from_secs(1);
        for key in [account, grant, token] {
            let ended = Ended::default();
            assert!(!ended.has(whole, now));
            ended.note(key, now);
            assert!(ended.has(whole, now) && ended.has(whole, now - second));
            assert!(!ended.has(whole, now + second));
            // An older word never brings anything back.
            ended.note(key, now - second);
            assert!(ended.has(whole, now));
        }
        ended.note(other, now);
        assert!(!ended.has(whole, now));
    }

    #[test]
    fn a_process_that_could_not_look_for_a_while_no_longer_vouches_for_tokens() {
        let ended = Ended::default();
        let long_ago = Instant::now().checked_sub(STALE_AFTER).unwrap();
        *ended.looked.lock().unwrap() = long_ago;
        assert!(ended.is_current());
        ended.followed();
        assert!(!ended.is_current());
        *ended.looked.lock().unwrap() = Instant::now();
        assert!(ended.is_current());
    }
}
