//! Numbers that are unique by construction: a counter per kind of number, passed through a keyed permutation.
//!
//! No set of given-out numbers is kept; the counters (one per prefix, sex and year of birth) take a few hundred
//! kilobytes however many people are made.

use std::collections::HashMap;

use base::{PersonalNumber, Sex};

/// Serials in one block of 12-digit numbers (same place, sex and year).
const BLOCK: u64 = 1_000_000;
/// Old numbers of nine digits.
const OLD_NUMBERS: u64 = 1_000_000_000;

#[derive(Debug)]
pub(crate) struct Numbers {
    seed: u64,
    given: HashMap<(u16, Sex, i16), u64>,
    old_given: u64,
}

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, given: HashMap::new(), old_given: 0 }
    }

    /// The next number of this block; `None` when the block is used up or the year has no code.
    pub(crate) fn next(&mut self, place: u16, sex: Sex, year: i16) -> Option<PersonalNumber> {
        let given = self.given.entry((place, sex, year)).or_insert(0);
        if *given >= BLOCK {
            return None;
        }
        let key = mix(self.seed ^ mix(u64::from(place) << 32 ^ (year as u64) << 1 ^ sex as u64));
        let serial = permute(*given, BLOCK, key);
        *given += 1;
        PersonalNumber::compose(place, sex, year, serial as u32).ok()
    }

    /// The next old number of nine digits.
    pub(crate) fn next_old(&mut self) -> Option<String> {
        if self.old_given >= OLD_NUMBERS {
            return None;
        }
        let number = permute(self.old_given, OLD_NUMBERS, mix(self.seed ^ 0x9D));
        self.old_given += 1;
        Some(format!("{number:09}"))
    }
}

/// A keyed permutation of `0..size`: a balanced Feistel network over the next even power of two, walked until
/// the value falls into the range again.
fn permute(value: u64, size: u64, key: u64) -> u64 {
    let bits = u64::BITS - (size - 1).leading_zeros();
    let half = bits.div_ceil(2);
    let mask = (1u64 << half) - 1;
    let mut at = value;
    loop {
        let (mut left, mut right) = (at >> half, at & mask);
        for round in 0..4u64 {
            (left, right) = (right, left ^ (mix(key ^ (round << 56) ^ right) & mask));
        }
        at = left << half | right;
        if at < size {
            return at;
        }
    }
}

/// The finaliser of SplitMix64: every input bit moves every output bit.
pub(crate) fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_permutation_meets_every_value_once() {
        for size in [2, 10, 1000, 4097] {
            let mut seen = vec![false; size as usize];
            for v in 0..size {
                let at = permute(v, size, 42) as usize;
                assert!(!seen[at]);
                seen[at] = true;
            }
        }
    }

    #[test]
    fn a_block_is_given_out_whole_without_repeating_then_refuses() {
        let mut numbers = Numbers::new(1);
        let mut seen = vec![false; BLOCK as usize];
        for _ in 0..BLOCK {
            let number = numbers.next(1, Sex::Female, 1990).unwrap();
            let serial: usize = number.as_str()[6..].parse().unwrap();
            assert!(!std::mem::replace(&mut seen[serial], true));
        }
        assert_eq!(numbers.next(1, Sex::Female, 1990), None);
    }
}
