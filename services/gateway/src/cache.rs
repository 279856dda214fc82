//! A bounded map of things that are true for a while.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A digest of what an entry depends on. Secrets such as tokens are never kept as themselves.
pub(crate) type Key = [u8; 32];

const SHARDS: usize = 16;

/// Entries that hold until an instant, milliseconds of the injected clock.
#[derive(Debug)]
pub(crate) struct Cache<V> {
    shards: Vec<Mutex<HashMap<Key, (V, i64)>>>,
    capacity_per_shard: usize,
}

impl<V: Clone> Cache<V> {
    /// Holds at most about `capacity` entries.
    pub(crate) fn new(capacity: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(HashMap::new())).collect();
        Self {
            shards,
            capacity_per_shard: capacity.div_ceil(SHARDS),
        }
    }

    /// The entry, while it holds.
    pub(crate) fn get(&self, key: &Key, now_ms: i64) -> Option<V> {
        let shard = self.shard(key);
        shard
            .get(key)
            .filter(|(_, until)| now_ms < *until)
            .map(|(value, _)| value.clone())
    }

    /// Keeps an entry until `until_ms`. When there is no room, what no longer holds goes first, and then everything:
    /// a cache may forget, never grow.
    pub(crate) fn insert(&self, key: Key, value: V, until_ms: i64, now_ms: i64) {
        let mut shard = self.shard(&key);
        if shard.len() >= self.capacity_per_shard {
            shard.retain(|_, (_, until)| now_ms < *until);
        }
        if shard.len() >= self.capacity_per_shard {
            shard.clear();
        }
        shard.insert(key, (value, until_ms));
    }

    fn shard(&self, key: &Key) -> MutexGuard<'_, HashMap<Key, (V, i64)>> {
        self.shards[usize::from(key[0]) % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_holds_until_its_instant() {
        let cache = Cache::new(16);
        cache.insert([1; 32], "a", 10, 0);
        assert_eq!(cache.get(&[1; 32], 9), Some("a"));
        assert_eq!(cache.get(&[1; 32], 10), None);
    }

    #[test]
    fn a_full_cache_forgets_and_does_not_grow() {
        let cache = Cache::new(SHARDS * 2);
        for number in 0..200_u8 {
            let mut key = [0; 32];
            key[1] = number;
            cache.insert(key, number, 10, 0);
        }
        assert!(cache.shard(&[0; 32]).len() <= 2);
    }
}
