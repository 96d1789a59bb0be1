//! How good a linkage is, as far as its own probabilities tell: nobody has to know the truth.

/// Where the scores of candidate pairs lie, one bit a step, and how many true pairs are to be expected in each step.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    steps: Vec<(u64, f64)>,
}

/// What is to be expected when pairs from some score on are linked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    pub bits: f64,
    pub links: u64,
    pub precision: f64,
    pub recall: f64,
}

impl Default for Tally {
    fn default() -> Self {
        Self { steps: vec![(0, 0.0); (Self::BITS_MAX - Self::BITS_MIN) as usize] }
    }
}

impl Tally {
    /// Scores below are not told apart: less than one such pair in a thousand is true.
    pub const BITS_MIN: f64 = -10.0;
    /// Scores above stand in the last step.
    pub const BITS_MAX: f64 = 50.0;

    pub(crate) fn add(&mut self, bits: f64, probability: f64) {
        let step = (bits - Self::BITS_MIN).max(0.0) as usize;
        let last = self.steps.len() - 1;
        if let Some((pairs, expected)) = self.steps.get_mut(step.min(last)) {
            *pairs += 1;
            *expected += probability;
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        for ((pairs, expected), (more, likely)) in self.steps.iter_mut().zip(&other.steps) {
            *pairs += more;
            *expected += likely;
        }
    }

    /// For each step: its lowest score in bits, its pairs, and how many of these are to be expected true.
    pub fn steps(&self) -> impl Iterator<Item = (f64, u64, f64)> {
        (0_u32..)
            .zip(&self.steps)
            .map(|(step, (pairs, expected))| (Self::BITS_MIN + f64::from(step), *pairs, *expected))
    }

    /// What is to be expected from each step on, when the rules reach the share `reach` of all true pairs.
    pub fn qualities(&self, reach: f64) -> Vec<Quality> {
        let all: f64 = self.steps.iter().map(|(_, expected)| expected).sum::<f64>() / reach.clamp(0.01, 1.0);
        let (mut links, mut right) = (0, 0.0);
        let mut qualities: Vec<Quality> = Vec::new();
        for (bits, pairs, expected) in self.steps().collect::<Vec<_>>().into_iter().rev() {
            links += pairs;
            right += expected;
            let precision = if links == 0 { 1.0 } else { right / links as f64 };
            let recall = if all > 0.0 { right / all } else { 0.0 };
            qualities.push(Quality { bits, links, precision, recall });
        }
        qualities.reverse();
        qualities
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_falls_and_recall_rises_as_the_threshold_falls() {
        let mut tally = Tally::default();
        for (bits, probability) in [(60.0, 1.0), (8.5, 0.99), (8.2, 0.99), (0.5, 0.6), (-4.0, 0.02)] {
            tally.add(bits, probability);
        }
        let qualities = tally.qualities(0.9);
        assert!(qualities.windows(2).all(|q| q[0].precision <= q[1].precision && q[0].recall >= q[1].recall));
        let at_8 = qualities.iter().find(|q| q.bits == 8.0).unwrap();
        assert_eq!(at_8.links, 3);
        assert!((at_8.precision - 0.9933).abs() < 0.001 && (at_8.recall - 2.98 / 4.0).abs() < 0.001);
        assert!((qualities[0].recall - 0.9).abs() < 1e-9);
    }
}
