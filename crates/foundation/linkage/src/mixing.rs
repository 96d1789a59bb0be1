//! Mixing of integers: keys from parts, and a repeatable stream of draws. Not for secrets.

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
pub(crate) fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// One key of a key and a further part; the order matters.
pub(crate) fn join(key: u64, part: u64) -> u64 {
    mix(key ^ mix(part))
}

/// A key of bytes, never zero: zero means "no key".
pub(crate) fn key_of(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0x6C69_6E6B, |key, byte| join(key, u64::from(*byte))).max(1)
}

/// Draws that are the same in every run: linkage must give the same answer to the same question.
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0)
    }

    /// A number below `bound`; zero for a bound of zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// A number of [0, 1).
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
