//! What the bank keeps: sign-ins under way, and visitors who signed in. In memory, bounded, and over after a while.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

/// Values by their keys, each until its time.
pub struct Keep<K, V> {
    most: usize,
    life: SignedDuration,
    all: Mutex<HashMap<K, (V, Timestamp)>>,
}

impl<K: Hash + Eq, V> Keep<K, V> {
    pub fn new(most: usize, life: SignedDuration) -> Self {
        Self { most, life, all: Mutex::default() }
    }

    /// Where everything is full, what comes new is not kept: whoever began first may end.
    pub fn put(&self, key: K, value: V, now: Timestamp) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (_, until)| *until > now);
        if all.len() < self.most {
            all.insert(key, (value, now + self.life));
        }
    }

    /// Once: it is gone afterwards.
    pub fn take(&self, key: &K, now: Timestamp) -> Option<V> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(key).filter(|(_, until)| *until > now).map(|(value, _)| value)
    }

    pub fn get(&self, key: &K, now: Timestamp) -> Option<V>
    where
        V: Clone,
    {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(key).filter(|(_, until)| *until > now).map(|(value, _)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_once_in_time_and_no_more_than_fit_are_kept() {
        let (now, minute) = (Timestamp::UNIX_EPOCH, SignedDuration::from_mins(1));
        let keep = Keep::new(2, minute);
        for key in ["a", "b", "c"] {
            keep.put(key, 1, now);
        }
        assert_eq!((keep.get(&"a", now), keep.get(&"c", now)), (Some(1), None));
        assert_eq!((keep.take(&"a", now), keep.take(&"a", now)), (Some(1), None));
        assert_eq!(keep.take(&"b", now + minute), None);
        keep.put("d", 2, now + minute);
        assert_eq!(keep.get(&"d", now + minute), Some(2));
    }
}
