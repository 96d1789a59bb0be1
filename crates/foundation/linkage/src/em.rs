//! Expectation–maximisation: learns, from pairs of which nobody knows which are the same, how the same ones look.
//!
//! Pairs are counted by pattern (the grades of all fields, four bits each), so a step costs as many operations as there
//! are patterns. Fields are taken as independent within a class of pairs. What strangers look like (`u`) is known beforehand and
//! kept; other classes are learnt: the same, and (where the data has them) relatives, who share parents and a home.

use crate::{compare::NO_GRADE, config::COMPARISONS_MAX};

/// Grades of a field; fewer are used by most kinds.
pub const GRADES_MAX: usize = 8;
const STEPS_MAX: usize = 200;
/// Changes of shares and chances below this end the search.
const PRECISION: f64 = 1e-6;

/// The chances of each grade of one field.
pub type Chances = [f64; GRADES_MAX];

/// The grade of a field in a pattern.
pub fn grade(pattern: u64, field: usize) -> u8 {
    (pattern >> (4 * field)) as u8 & NO_GRADE
}

/// A pattern of grades; at most [`COMPARISONS_MAX`].
pub fn pattern(grades: impl IntoIterator<Item = u8>) -> u64 {
    let numbered = grades.into_iter().take(COMPARISONS_MAX).enumerate();
    numbered.fold(0, |pattern, (field, grade)| pattern | (u64::from(grade) << (4 * field)))
}

/// Pairs that one blocking rule brings together.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Patterns with their counts.
    pub patterns: Vec<(u64, f64)>,
    /// Which fields count: not those by which the pairs were chosen.
    pub used: Vec<bool>,
}

/// One sort of pairs that is searched for.
#[derive(Debug, Clone)]
pub struct Class {
    /// Chances of grades, by field.
    pub chances: Vec<Chances>,
    /// The share of each sample that is of this class.
    pub shares: Vec<f64>,
    /// How many pairs of this class had a grade, by field and grade.
    pub expected: Vec<Chances>,
}

impl Class {
    /// Where a search begins: the same share of every sample.
    pub fn start(chances: Vec<Chances>, share: f64, samples: usize) -> Self {
        let expected = vec![[0.0; GRADES_MAX]; chances.len()];
        Self { chances, shares: vec![share; samples], expected }
    }
}

/// What was learnt.
#[derive(Debug, Clone)]
pub struct Fit {
    pub classes: Vec<Class>,
    /// How probable the pairs were under the model of each step; never falls.
    pub log_likelihoods: Vec<f64>,
}

/// Learns the `classes` from the samples; all pairs of none of them are strangers, who look like `u`.
pub fn fit(samples: &[Sample], u: &[Chances], classes: Vec<Class>) -> Fit {
    let mut now = Fit { classes, log_likelihoods: Vec::new() };
    for _ in 0..STEPS_MAX {
        let mut next: Vec<Class> =
            now.classes.iter().map(|c| Class::start(c.chances.clone(), 0.0, samples.len())).collect();
        let mut log_likelihood = 0.0;
        for (at, sample) in samples.iter().enumerate() {
            log_likelihood += weigh(sample, at, u, &now.classes, &mut next);
        }
        now.log_likelihoods.push(log_likelihood);
        let mut change = 0.0_f64;
        for (old, new) in now.classes.iter().zip(&mut next) {
            for ((new, old), sample) in new.shares.iter_mut().zip(&old.shares).zip(samples) {
                let total: f64 = sample.patterns.iter().map(|(_, count)| count).sum();
                *new = if total > 0.0 { *new / total } else { *old };
                change = change.max((*new - old).abs());
            }
            for (chances, counts) in new.chances.iter_mut().zip(&new.expected) {
                let sum: f64 = counts.iter().sum();
                for (chance, count) in chances.iter_mut().zip(counts).filter(|_| sum > 0.0) {
                    change = change.max((count / sum - *chance).abs());
                    *chance = count / sum;
                }
            }
        }
        now.classes = next;
        if change < PRECISION {
            break;
        }
    }
    now
}

/// Shares the pairs of a sample out among the classes: adds to the shares and expected counts of `next`.
fn weigh(sample: &Sample, at: usize, u: &[Chances], now: &[Class], next: &mut [Class]) -> f64 {
    let mut log_likelihood = 0.0;
    let strangers = 1.0 - now.iter().map(|c| c.shares[at]).sum::<f64>();
    for (pattern, count) in &sample.patterns {
        let graded = || {
            let fields = sample.used.iter().enumerate().filter(|(_, used)| **used);
            fields.map(|(f, _)| (f, usize::from(grade(*pattern, f)))).filter(|(_, g)| *g < GRADES_MAX)
        };
        let chance = |of: &[Chances]| graded().map(|(field, grade)| of[field][grade]).product::<f64>();
        let each = now.iter().map(|class| class.shares[at] * chance(&class.chances));
        let each: Vec<f64> = each.collect();
        let any = strangers.max(0.0) * chance(u) + each.iter().sum::<f64>();
        if any <= 0.0 {
            continue;
        }
        log_likelihood += count * any.ln();
        for (class, chance) in next.iter_mut().zip(&each) {
            let part = count * chance / any;
            class.shares[at] += part;
            for (field, grade) in graded() {
                class.expected[field][grade] += part;
            }
        }
    }
    log_likelihood
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chances(of: [f64; 3]) -> Chances {
        let sum: f64 = of.iter().sum();
        let mut all = [0.0; GRADES_MAX];
        for (to, from) in all.iter_mut().zip(of) {
            *to = from / sum;
        }
        all
    }

    #[test]
    fn the_same_are_told_from_the_different_without_labels() {
        // A hundred true pairs among a thousand, each of three fields right nine times of ten.
        let u = vec![chances([0.95, 0.0, 0.05]); 3];
        let mut patterns = Vec::new();
        for bits in 0..8_u32 {
            let agree = f64::from(bits.count_ones());
            let count = 100.0 * 0.9_f64.powf(agree) * 0.1_f64.powf(3.0 - agree)
                + 900.0 * 0.05_f64.powf(agree) * 0.95_f64.powf(3.0 - agree);
            patterns.push((pattern((0..3).map(|f| if bits & (1 << f) != 0 { 2 } else { 0 })), count));
        }
        let start = Class::start(vec![chances([0.3, 0.1, 0.6]); 3], 0.3, 1);
        let fit = fit(&[Sample { patterns, used: vec![true; 3] }], &u, vec![start]);
        let same = &fit.classes[0];
        assert!((same.shares[0] - 0.1).abs() < 0.002, "{:?}", same.shares);
        assert!(same.chances.iter().all(|m| (m[2] - 0.9).abs() < 0.01), "{:?}", same.chances);
    }

    proptest! {
        #[test]
        fn the_likelihood_never_falls(
            counts in prop::collection::vec(((0_u8..3, 0_u8..3, 0_u8..3), 1_u32..500), 1..20),
            u in prop::array::uniform3(prop::array::uniform3(0.01_f64..1.0)),
            missing in 0_usize..4,
        ) {
            let patterns: Vec<(u64, f64)> = counts.iter().enumerate().map(|(i, ((a, b, c), n))| {
                let c = if i % 4 == missing { NO_GRADE } else { *c };
                (pattern([*a, *b, c]), f64::from(*n))
            }).collect();
            let u = u.map(chances);
            let samples = [
                Sample { patterns: patterns.clone(), used: vec![true; 3] },
                Sample { patterns, used: vec![true, false, true] },
            ];
            let same = Class::start(vec![chances([0.1, 0.2, 0.7]); 3], 0.2, 2);
            let kin = Class::start(vec![chances([0.5, 0.1, 0.4]); 3], 0.2, 2);
            let fit = fit(&samples, &u, vec![same, kin]);
            for step in fit.log_likelihoods.windows(2) {
                prop_assert!(step[1] >= step[0] - 1e-9 * step[0].abs());
            }
            for share in fit.classes.iter().flat_map(|c| &c.shares) {
                prop_assert!((0.0..=1.0).contains(share));
            }
        }
    }
}
