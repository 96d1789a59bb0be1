//! Sessions that were looked up a moment ago, so that a page with twenty requests costs one read.
//!
//! An entry lives three seconds: a session that another process ended is refused everywhere within five (the law's
//! lock "at once"). What this process ends is forgotten here at once, and not remembered again while its transaction
//! may still be running.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use contracts::AccountId;
use jiff::{SignedDuration, Timestamp};

use crate::{rows::Current, token::TokenHash};

/// How long a look-up is believed.
const LIFE: SignedDuration = SignedDuration::from_secs(3);
/// How long nothing is remembered of an account that was changed: longer than any transaction may take.
const BAR: SignedDuration = SignedDuration::from_secs(60);
/// Entries, of about 400 bytes each.
const ENTRIES_MAX: usize = 20_000;

#[derive(Default)]
pub struct SessionCache(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    found: HashMap<TokenHash, (Current, Timestamp)>,
    barred: HashMap<AccountId, Timestamp>,
}

impl SessionCache {
    pub(crate) fn get(&self, token: TokenHash, now: Timestamp) -> Option<Current> {
        let inner = self.lock();
        let (current, until) = inner.found.get(&token)?;
        (*until > now && current.ends_at > now).then(|| current.clone())
    }

    pub(crate) fn put(&self, token: TokenHash, current: &Current, now: Timestamp) {
        let mut inner = self.lock();
        if inner.barred.get(&current.account()).is_some_and(|until| *until > now) {
            return;
        }
        if inner.found.len() >= ENTRIES_MAX {
            inner.found.retain(|_, (_, until)| *until > now);
            if inner.found.len() >= ENTRIES_MAX {
                inner.found.clear();
            }
        }
        inner.found.insert(token, (current.clone(), now + LIFE));
    }

    /// Something about this account changed: ask the database from now on.
    pub(crate) fn forget(&self, account: AccountId, now: Timestamp) {
        let mut inner = self.lock();
        inner.found.retain(|_, (current, until)| *until > now && current.account() != account);
        inner.barred.retain(|_, until| *until > now);
        inner.barred.insert(account, now + BAR);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use contracts::{Actor, IdentityLevel, LoginStrength, PersonId, Who};
    use uuid::Uuid;

    use super::*;
    use crate::{model::Todo, rows::SessionId};

    fn current(account: u128, now: Timestamp) -> Current {
        let who = Who::Citizen { person: PersonId(Uuid::nil()), level: IdentityLevel::One };
        let actor = Actor { account: AccountId(Uuid::from_u128(account)), who, strength: LoginStrength::One };
        Current {
            session: SessionId(Uuid::nil()),
            actor,
            todo: Todo::default(),
            ends_at: now + SignedDuration::from_hours(1),
            duties: 0,
            auth_at: now,
            methods: vec![contracts::Method::Password],
            again: None,
            last_seen_at: now,
        }
    }

    fn hash(n: usize) -> TokenHash {
        let mut out = [0; 32];
        out[..8].copy_from_slice(&n.to_be_bytes());
        TokenHash(out)
    }

    #[test]
    fn a_look_up_is_believed_for_three_seconds_and_not_after_a_change() {
        let now: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let (cache, one) = (SessionCache::default(), current(1, now));
        cache.put(hash(1), &one, now);
        assert_eq!(cache.get(hash(1), now + SignedDuration::from_secs(2)), Some(one.clone()));
        assert_eq!(cache.get(hash(1), now + SignedDuration::from_secs(3)), None);
        cache.forget(one.account(), now);
        assert_eq!(cache.get(hash(1), now), None);
        cache.put(hash(1), &one, now);
        assert_eq!(cache.get(hash(1), now), None);
        cache.put(hash(1), &one, now + BAR);
        assert!(cache.get(hash(1), now + BAR).is_some());
    }

    #[test]
    fn memory_is_bounded() {
        let now: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let (cache, one) = (SessionCache::default(), current(1, now));
        (0..ENTRIES_MAX + 5).for_each(|n| cache.put(hash(n), &one, now));
        assert!(cache.lock().found.len() <= ENTRIES_MAX);
    }
}
