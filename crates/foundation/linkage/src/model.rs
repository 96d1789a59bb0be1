//! What was learnt, and what it says of a pair: bits of evidence for each field, and a probability.

use serde::{Deserialize, Serialize};

use crate::{
    Comparison, Frequencies, LinkageError, Locale,
    compare::NO_GRADE,
    em::{Chances, GRADES_MAX},
};

/// Models of other versions are refused: their grades or keys mean something else.
pub const MODEL_VERSION: u32 = 1;

/// A learnt model: all that is needed to score rows that were not there when it was learnt. Bears no values of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub version: u32,
    pub locale: Locale,
    /// The blocking rules, as they can be configured.
    pub rules: Vec<Vec<String>>,
    /// The chance that two rows picked blindly are the same.
    pub prior: f64,
    /// The chance that they are relatives; zero where the data shows none.
    pub kin_share: f64,
    /// With how many others a row could be paired where this was learnt.
    pub partners: f64,
    pub fields: Vec<FieldModel>,
}

impl Model {
    pub(crate) fn check(&self) -> Result<(), LinkageError> {
        if self.version == MODEL_VERSION { Ok(()) } else { Err(LinkageError::ModelVersion(self.version)) }
    }

    /// Where weighing starts: bits against strangers and against relatives.
    pub(crate) fn start(&self) -> [f64; 2] {
        start(self.prior, self.kin_share)
    }
}

pub(crate) fn start(prior: f64, kin_share: f64) -> [f64; 2] {
    let strangers = (1.0 - prior - kin_share).max(prior);
    let kin = if kin_share > 0.0 { (prior / kin_share).log2() } else { f64::INFINITY };
    [(prior / strangers).log2(), kin]
}

/// The chances of each grade of a field, worst grade first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldModel {
    /// What is compared; successors of codes are not kept, they are the catalogue's to know.
    pub comparison: Comparison,
    /// Among rows of the same person or thing.
    pub m: Chances,
    /// Among strangers.
    pub u: Chances,
    /// Among relatives, where the data shows such.
    pub kin: Option<Chances>,
    /// How common values are, where that counts.
    pub frequencies: Option<Frequencies>,
}

impl FieldModel {
    /// Bits that a grade tells for the same (positive) or for strangers.
    pub fn bits(&self) -> Chances {
        ratios(&self.m, &self.u)
    }

    /// Bits that a grade tells for the same or for relatives.
    pub fn bits_against_kin(&self) -> Chances {
        self.kin.map_or([0.0; GRADES_MAX], |kin| ratios(&self.m, &kin))
    }
}

fn ratios(m: &Chances, other: &Chances) -> Chances {
    let bits = |(m, other): (f64, f64)| if m > 0.0 && other > 0.0 { (m / other).log2() } else { 0.0 };
    std::array::from_fn(|grade| bits((m[grade], other[grade])))
}

/// Why a pair has its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Where the weighing against strangers starts, before any field.
    pub prior_bits: f64,
    /// The same against relatives; `None` where the data shows none.
    pub kin_prior_bits: Option<f64>,
    pub fields: Vec<Evidence>,
    /// The sum against strangers and the sum against relatives, the weaker of which decides.
    pub total_bits: f64,
    pub probability: f64,
}

impl Explanation {
    pub(crate) fn of([strangers, kin]: [f64; 2], fields: Vec<Evidence>) -> Self {
        let total_bits = together(
            strangers + fields.iter().map(|e| e.bits).sum::<f64>(),
            kin + fields.iter().map(|e| e.kin_bits).sum::<f64>(),
        );
        Self {
            prior_bits: strangers,
            kin_prior_bits: kin.is_finite().then_some(kin),
            fields,
            total_bits,
            probability: probability(total_bits),
        }
    }
}

/// What one field of a pair tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    pub column: String,
    pub a: String,
    pub b: String,
    /// A stable word (see [`Kind::grades`](crate::Kind::grades)); `None` when a value is missing.
    pub grade: Option<&'static str>,
    /// Against strangers.
    pub bits: f64,
    /// Against relatives; zero where the data shows none.
    pub kin_bits: f64,
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

/// Bits against strangers and against relatives, taken together: the odds against each add up.
pub(crate) fn together(strangers: f64, kin: f64) -> f64 {
    let (weak, strong) = if strangers < kin { (strangers, kin) } else { (kin, strangers) };
    weak - (1.0 + (weak - strong).exp2()).log2()
}

/// A model made ready for adding up. Pairs of bits: against strangers, against relatives.
#[derive(Debug)]
pub(crate) struct Weights {
    pub(crate) start: [f64; 2],
    bits: Vec<[[f64; 2]; 16]>,
    /// Fields in the order in which they are looked at, each with the most that the later ones can still add.
    pub(crate) order: Vec<(usize, [f64; 2])>,
}

impl Weights {
    /// `rarity_max`: the most bits that rarity adds, by field.
    pub(crate) fn new(model: &Model, rarity_max: &[f64]) -> Self {
        let row = |field: &FieldModel| {
            let (bits, kin) = (field.bits(), field.bits_against_kin());
            let of = |grade: usize| if grade < GRADES_MAX { [bits[grade], kin[grade]] } else { [0.0; 2] };
            std::array::from_fn(of)
        };
        let all: Vec<[[f64; 2]; 16]> = model.fields.iter().map(row).collect();
        let most = |f: usize| {
            let highest = |side: usize| all[f].iter().map(|bits| bits[side]).fold(0.0, f64::max);
            [highest(0) + rarity_max[f], highest(1)]
        };
        let range = |f: usize| {
            let lowest = |side: usize| all[f].iter().map(|bits| bits[side]).fold(0.0, f64::min);
            let most = most(f);
            (most[0] - lowest(0)).max(most[1] - lowest(1))
        };
        // What tells most comes first: most pairs are different.
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by(|a, b| range(*b).total_cmp(&range(*a)));
        let mut rest = [0.0; 2];
        let mut ordered = Vec::new();
        for field in order.into_iter().rev() {
            ordered.push((field, rest));
            let most = most(field);
            rest = [rest[0] + most[0], rest[1] + most[1]];
        }
        ordered.reverse();
        Self { start: model.start(), bits: all, order: ordered }
    }

    pub(crate) fn of(&self, field: usize, grade: u8) -> [f64; 2] {
        self.bits[field][usize::from(grade)]
    }
}

/// What a grade of a field tells.
pub(crate) fn evidence(
    comparison: &Comparison,
    [a, b]: [&str; 2],
    grade: u8,
    [bits, kin_bits]: [f64; 2],
    rarity_bits: f64,
) -> Evidence {
    let grades = comparison.kind.grades();
    Evidence {
        column: comparison.column.clone(),
        a: a.to_owned(),
        b: b.to_owned(),
        grade: grades.get(usize::from(grade)).copied().filter(|_| grade != NO_GRADE),
        bits: bits + rarity_bits,
        kin_bits,
        rarity_bits,
    }
}
