//! How common the values of a column are: agreeing on a rare value tells more than agreeing on a common one.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Values of a column that a kept model remembers; all others count as equally rare.
pub const COMMON_MAX: usize = 500;

/// Counted values of a column, each by its key: no value can be read back from a kept model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frequencies {
    /// Rows with a value.
    rows: u64,
    /// The chance that two rows agree, to which all bits are relative.
    average: f64,
    /// Bits of agreeing on a value that is not common.
    rare_bits: f32,
    /// The most common values: key and rows, sorted by key.
    common: Vec<(u64, u64)>,
}

impl Frequencies {
    pub(crate) fn count(groups: &HashMap<u64, u64>) -> Self {
        let rows: u64 = groups.values().sum();
        let total = (rows as f64).max(1.0);
        let average = groups.values().map(|n| u128::from(*n) * u128::from(*n)).sum::<u128>() as f64;
        let mut all: Vec<(u64, u64)> = groups.iter().map(|(key, rows)| (*key, *rows)).collect();
        all.sort_unstable_by_key(|(key, rows)| (std::cmp::Reverse(*rows), *key));
        let rest = all.split_off(all.len().min(COMMON_MAX));
        all.sort_unstable();
        let mut counted = Self { rows, average: average / (total * total), rare_bits: 0.0, common: all };
        // What is rare agrees as often as its values do on average.
        let (rows, squares) = rest.iter().fold((0_u64, 0_u128), |(rows, squares), (_, n)| {
            (rows + n, squares + u128::from(*n) * u128::from(*n))
        });
        if rows > 0 {
            counted.rare_bits = counted.bits_of((squares / u128::from(rows)).max(1) as u64);
        }
        counted
    }

    /// Bits for a value that so many rows have.
    pub(crate) fn bits_of(&self, rows: u64) -> f32 {
        if rows == 0 { 0.0 } else { (self.average * self.rows as f64 / rows as f64).log2() as f32 }
    }

    /// Bits for the value with this key.
    pub(crate) fn bits(&self, key: u64) -> f32 {
        match self.common.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => self.common.get(at).map_or(0.0, |(_, rows)| self.bits_of(*rows)),
            Err(_) if key == 0 => 0.0,
            Err(_) => self.rare_bits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_values_tell_more_than_common_ones() {
        let mut groups: HashMap<u64, u64> = (1..=5_000).map(|key| (key, 2)).collect();
        groups.insert(77_777, 900);
        let counted = Frequencies::count(&groups);
        assert_eq!(counted.common.len(), COMMON_MAX);
        assert!(counted.bits(77_777) < -1.0, "{}", counted.bits(77_777));
        assert!(counted.bits(4_999) > 5.0 && counted.bits(123_456_789) > 5.0);
        assert_eq!(counted.bits(0), 0.0);
    }
}
