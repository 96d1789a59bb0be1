//! What was learnt, and what it says of a pair: bits of evidence for each field, and a probability.

use serde::{Deserialize, Serialize};

use crate::{
    compare::{Field, NO_GRADE},
    em::{Chances, GRADES_MAX},
};

/// A learnt model; can be kept and used again on the same comparisons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The chance that two rows picked blindly are the same.
    pub prior: f64,
    pub fields: Vec<FieldModel>,
}

/// The chances of each grade of a field, worst grade first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldModel {
    pub column: String,
    /// Among rows of the same person or thing.
    pub m: Chances,
    /// Among different ones.
    pub u: Chances,
}

impl FieldModel {
    /// Bits that a grade tells for (positive) or against the same.
    pub fn bits(&self) -> Chances {
        std::array::from_fn(|grade| {
            let (m, u) = (self.m[grade], self.u[grade]);
            if m > 0.0 && u > 0.0 { (m / u).log2() } else { 0.0 }
        })
    }
}

/// Why a pair has its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Where the weighing starts, before any field.
    pub prior_bits: f64,
    pub fields: Vec<Evidence>,
    pub total_bits: f64,
    pub probability: f64,
}

/// What one field of a pair tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    pub column: String,
    pub a: String,
    pub b: String,
    /// In words; `None` when a value is missing.
    pub grade: Option<&'static str>,
    pub bits: f64,
    /// The part of `bits` that comes from the value being rare or common.
    pub rarity_bits: f64,
}

/// Bits of odds as a probability.
pub fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// A probability as bits of odds.
pub fn bits(probability: f64) -> f64 {
    (probability / (1.0 - probability)).log2()
}

/// A model made ready for adding up: bits by field and grade.
#[derive(Debug)]
pub(crate) struct Weights {
    pub(crate) prior: f64,
    pub(crate) bits: Vec<[f64; 16]>,
    /// Fields in the order in which they are looked at, each with the most that the later ones can still add.
    pub(crate) order: Vec<(usize, f64)>,
}

impl Weights {
    pub(crate) fn new(model: &Model, fields: &[Field]) -> Self {
        let mut all = Vec::new();
        for field in &model.fields {
            let mut row = [0.0; 16];
            row[..GRADES_MAX].copy_from_slice(&field.bits());
            row[usize::from(NO_GRADE)] = 0.0;
            all.push(row);
        }
        let lowest = |f: usize| all[f].iter().copied().fold(0.0, f64::min);
        let most = |f: usize| all[f].iter().copied().fold(0.0, f64::max) + fields[f].rarity_max();
        // What speaks most strongly against comes first: most pairs are different.
        let mut order: Vec<usize> = (0..fields.len()).collect();
        order.sort_by(|a, b| (lowest(*a) - most(*a)).total_cmp(&(lowest(*b) - most(*b))));
        let mut rest = 0.0;
        let mut ordered: Vec<(usize, f64)> = Vec::new();
        for field in order.into_iter().rev() {
            ordered.push((field, rest));
            rest += most(field);
        }
        ordered.reverse();
        Self { prior: bits(model.prior), bits: all, order: ordered }
    }

    pub(crate) fn of(&self, field: usize, grade: u8) -> f64 {
        self.bits[field][usize::from(grade)]
    }
}
