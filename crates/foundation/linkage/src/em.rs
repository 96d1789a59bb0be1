//! Expectation–maximisation: learns, from pairs of which nobody knows which are the same, how the same ones look.
//!
//! Pairs are counted by pattern (the grades of all fields, four bits each), so a step costs as many operations as there
//! are patterns. Fields are taken as independent within the same and within the different; what different pairs look like (`u`)
//! is known beforehand and kept.

use crate::{compare::NO_GRADE, config::COMPARISONS_MAX};

/// Grades of a field; fewer are used by most kinds.
pub const GRADES_MAX: usize = 8;
const STEPS_MAX: usize = 200;
/// Changes of `lambda` and `m` below this end the search.
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

/// What was learnt.
#[derive(Debug, Clone)]
pub struct Fit {
    /// Chances among the same, by field.
    pub m: Vec<Chances>,
    /// The share of the pairs that are the same.
    pub lambda: f64,
    /// How probable the pairs were under the model of each step; never falls.
    pub log_likelihoods: Vec<f64>,
    /// How many pairs of the same had a grade, by field and grade.
    pub expected: Vec<Chances>,
}

/// Learns from `patterns` and their counts. Only fields in `used` count; `m` and `lambda` are where the search begins.
pub fn fit(patterns: &[(u64, f64)], u: &[Chances], used: &[bool], m: &[Chances], lambda: f64) -> Fit {
    let total: f64 = patterns.iter().map(|(_, count)| count).sum();
    let mut now =
        Fit { m: m.to_vec(), lambda, log_likelihoods: Vec::new(), expected: vec![[0.0; GRADES_MAX]; u.len()] };
    for _ in 0..STEPS_MAX {
        let (mut log_likelihood, mut same) = (0.0, 0.0);
        let mut expected = vec![[0.0; GRADES_MAX]; u.len()];
        for (pattern, count) in patterns {
            let (mut if_same, mut if_other) = (now.lambda, 1.0 - now.lambda);
            let graded = || {
                let fields = used.iter().enumerate().filter(|(_, used)| **used);
                fields.map(|(f, _)| (f, grade(*pattern, f))).filter(|(_, g)| *g != NO_GRADE)
            };
            for (field, grade) in graded() {
                if_same *= now.m[field][usize::from(grade)];
                if_other *= u[field][usize::from(grade)];
            }
            let either = if_same + if_other;
            if either <= 0.0 {
                continue;
            }
            let share = count * if_same / either;
            log_likelihood += count * either.ln();
            same += share;
            for (field, grade) in graded() {
                expected[field][usize::from(grade)] += share;
            }
        }
        now.log_likelihoods.push(log_likelihood);
        let lambda = if total > 0.0 { same / total } else { now.lambda };
        let mut change = (lambda - now.lambda).abs();
        now.lambda = lambda;
        for (m, counts) in now.m.iter_mut().zip(&expected) {
            let sum: f64 = counts.iter().sum();
            if sum > 0.0 {
                for (m, count) in m.iter_mut().zip(counts) {
                    change = change.max((count / sum - *m).abs());
                    *m = count / sum;
                }
            }
        }
        now.expected = expected;
        if change < PRECISION {
            break;
        }
    }
    now
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
        let fit = fit(&patterns, &u, &[true; 3], &vec![chances([0.3, 0.1, 0.6]); 3], 0.3);
        assert!((fit.lambda - 0.1).abs() < 0.002, "{}", fit.lambda);
        assert!(fit.m.iter().all(|m| (m[2] - 0.9).abs() < 0.01), "{:?}", fit.m);
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
            let fit = fit(&patterns, &u, &[true; 3], &[chances([0.1, 0.2, 0.7]); 3], 0.2);
            for step in fit.log_likelihoods.windows(2) {
                prop_assert!(step[1] >= step[0] - 1e-9 * step[0].abs());
            }
            prop_assert!((0.0..=1.0).contains(&fit.lambda));
        }
    }
}
