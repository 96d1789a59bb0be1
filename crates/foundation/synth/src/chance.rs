//! Draws from one seeded stream. Ranges are reduced here, not by a library, so that a seed means the same people
//! in every later version of our dependencies.

use jiff::{ToSpan, civil::Date};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[derive(Debug, Clone)]
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Evenly from `0..n`; zero when `n` is zero.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// Evenly from `low..=high`; `low` when the range is empty.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        if high <= low {
            return low;
        }
        low + self.below((high - low + 1) as u64) as i32
    }

    /// True `per_mille` times in a thousand.
    pub(crate) fn hit(&mut self, per_mille: u32) -> bool {
        self.below(1000) < u64::from(per_mille)
    }

    /// True with probability `share`.
    pub(crate) fn share(&mut self, share: f64) -> bool {
        (self.below(1 << 53) as f64) < share * (1u64 << 53) as f64
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len() as u64) as usize)
    }

    pub(crate) fn word(&mut self, from: &[&'static str]) -> &'static str {
        self.pick(from).copied().unwrap_or("")
    }

    /// Index of one of `weights`, each as often as it weighs; `None` when all weigh nothing.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> Option<usize> {
        let total: u64 = weights.clone().map(u64::from).sum();
        let mut left = self.below(total);
        for (i, w) in weights.enumerate() {
            let w = u64::from(w);
            if left < w {
                return Some(i);
            }
            left -= w;
        }
        None
    }

    /// A day on which somebody is `age` years old on `today`.
    pub(crate) fn birthday(&mut self, age: i32, today: Date) -> Date {
        let latest = today.saturating_sub(age.years());
        latest.saturating_sub(self.between(0, 364).days())
    }
}
