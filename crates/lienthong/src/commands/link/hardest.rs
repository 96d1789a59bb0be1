//! The pairs that are hardest to decide: those a person should look at to see what the engine does.

use linkage::Scored;

const KEPT_MAX: usize = 12;

/// The pairs nearest to even odds, nearest first.
#[derive(Debug, Default)]
pub struct Hardest(Vec<Scored>);

impl Hardest {
    pub fn offer(&mut self, pair: Scored) {
        let at = self.0.partition_point(|kept| kept.bits.abs() <= pair.bits.abs());
        if at < KEPT_MAX {
            self.0.insert(at, pair);
            self.0.truncate(KEPT_MAX);
        }
    }

    pub fn pairs(&self) -> &[Scored] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pairs_nearest_to_even_odds_are_kept() {
        let mut hardest = Hardest::default();
        for n in 0..100_u32 {
            hardest.offer(Scored { a: n, b: 200, bits: f64::from(n * 37 % 100) - 50.0, probability: 0.5 });
        }
        let bits: Vec<f64> = hardest.pairs().iter().map(|p| p.bits.abs()).collect();
        assert_eq!(bits, [0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 5.0, 5.0, 6.0]);
    }
}
