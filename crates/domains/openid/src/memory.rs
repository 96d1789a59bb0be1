//! A bounded memory of what was found out at some cost: two generations, of which the older goes when the younger is full.

use std::{
    collections::HashMap,
    hash::Hash,
    mem,
    sync::{Mutex, PoisonError},
};

/// Holds at most twice `half`, and at least the last `half` that were asked for.
#[derive(Debug)]
pub struct Memory<K, V> {
    half: usize,
    shards: [Mutex<Generations<K, V>>; SHARDS],
}

/// So that threads rarely wait for each other.
const SHARDS: usize = 8;

#[derive(Debug)]
struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

/// The digest of a token.
pub type Digest = [u8; 32];

impl<V: Clone> Memory<Digest, V> {
    pub fn new(entries_max: usize) -> Self {
        let empty = || Mutex::new(Generations { young: HashMap::new(), old: HashMap::new() });
        Self { half: (entries_max / SHARDS / 2).max(1), shards: std::array::from_fn(|_| empty()) }
    }

    pub fn get(&self, key: &Digest) -> Option<V> {
        let mut shard = self.shard(key)?.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = shard.young.get(key) {
            return Some(found.clone());
        }
        let found = shard.old.remove(key)?;
        insert(&mut shard, self.half, *key, found.clone());
        Some(found)
    }

    pub fn put(&self, key: Digest, value: V) {
        if let Some(shard) = self.shard(&key) {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            insert(&mut shard, self.half, key, value);
        }
    }

    pub fn forget(&self, key: &Digest) {
        if let Some(shard) = self.shard(key) {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.young.remove(key);
            shard.old.remove(key);
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            *shard = Generations { young: HashMap::new(), old: HashMap::new() };
        }
    }

    fn shard(&self, key: &Digest) -> Option<&Mutex<Generations<Digest, V>>> {
        self.shards.get(usize::from(key.first().copied().unwrap_or(0)) % SHARDS)
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.shards.iter().map(|s| s.lock().unwrap()).map(|s| s.young.len() + s.old.len()).sum()
    }
}

fn insert<K: Eq + Hash, V>(shard: &mut Generations<K, V>, half: usize, key: K, value: V) {
    if shard.young.len() >= half {
        shard.old = mem::take(&mut shard.young);
    }
    shard.young.insert(key, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: usize) -> Digest {
        jose::hash::sha256(n.to_be_bytes())
    }

    #[test]
    fn it_is_bounded_and_keeps_what_is_asked_for() {
        let memory = Memory::new(1_000);
        memory.put(key(0), 0);
        for n in 1..10_000 {
            memory.put(key(n), n);
            assert_eq!(memory.get(&key(0)), Some(0), "{n}");
        }
        assert!(memory.len() <= 1_000);
        assert_eq!(memory.get(&key(9_999)), Some(9_999));
        assert_eq!(memory.get(&key(5)), None);
        memory.forget(&key(0));
        assert_eq!(memory.get(&key(0)), None);
        memory.clear();
        assert_eq!(memory.len(), 0);
    }
}
