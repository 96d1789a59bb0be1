//! Many ids at once. They ascend, so that a load writes every index of ids at its right edge; the steps between them are
//! random, so that nobody finds a person's neighbours by counting.

use base::Entropy;
use jiff::Timestamp;
use uuid::Uuid;

/// Steps drawn at a time.
const DRAWN: usize = 32;
/// The lower half of a UUIDv7 keeps two bits for its variant.
const VARIANT: u64 = 0x8000_0000_0000_0000;
const RANDOM: u64 = 0x1fff_ffff_ffff_ffff;

pub struct Ids<'a> {
    entropy: &'a dyn Entropy,
    upper: u64,
    lower: u64,
    steps: [u8; DRAWN * 4],
    used: usize,
}

impl<'a> Ids<'a> {
    /// A load draws far fewer than 2^29 ids with one of these: the random part starts in its lower half.
    pub fn new(now: Timestamp, entropy: &'a dyn Entropy) -> Self {
        let (upper, lower) = base::id::new_v7(now, entropy).as_u64_pair();
        Self { entropy, upper, lower: lower & RANDOM, steps: [0; DRAWN * 4], used: DRAWN }
    }

    pub fn next(&mut self) -> Uuid {
        if self.used == DRAWN {
            self.entropy.fill(&mut self.steps);
            self.used = 0;
        }
        let step = self.steps.chunks_exact(4).nth(self.used).and_then(|s| s.try_into().ok());
        self.used += 1;
        self.lower += 1 + u64::from(step.map_or(0, u32::from_be_bytes));
        Uuid::from_u64_pair(self.upper, VARIANT | self.lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_and_are_uuids_of_version_seven() {
        let chance = base::SeededEntropy::new(1);
        let mut ids = Ids::new("2026-11-20T02:00:00Z".parse().unwrap(), &chance);
        let all: Vec<Uuid> = (0..1_000).map(|_| ids.next()).collect();
        assert!(all.windows(2).all(|w| w[0] < w[1]));
        assert!(all.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
    }
}
