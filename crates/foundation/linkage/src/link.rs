//! The way in: a table made ready, a model learnt, pairs scored, explained and joined.

use std::num::NonZero;

use crate::{
    Config, LinkageError, Table, Thresholds,
    block::{self, Blocks},
    compare::{Field, Grader, NO_GRADE},
    model::{self, Evidence, Explanation, Model, Weights},
    train, work,
};

/// Candidate pairs of a portion of work.
const PORTION_PAIRS: u64 = 50_000;

/// A pair of rows that may be the same; `a < b`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    pub a: u32,
    pub b: u32,
    /// Bits of odds.
    pub bits: f64,
    pub probability: f64,
}

/// What scoring went through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Pairs that met under a rule.
    pub candidates: u64,
    /// Of these, at or above the threshold of review.
    pub scored: u64,
    /// Pairs in blocks that were too large.
    pub skipped_pairs: u64,
}

/// A table with all that is needed to link it.
#[derive(Debug)]
pub struct Linkage<'t> {
    fields: Vec<Field<'t>>,
    blocks: Blocks<'t>,
    rows: usize,
    thresholds: Thresholds,
    model: Model,
    weights: Weights,
}

impl<'t> Linkage<'t> {
    /// Prepares the table, chooses blocking rules when none are given, and learns the model.
    pub fn learn(table: &'t Table, config: &Config) -> Result<Self, LinkageError> {
        config.check()?;
        table.column(&config.id)?;
        let mut fields = Vec::new();
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        for some in config.comparisons.chunks(cores) {
            let mut ready = Vec::new();
            let field = |c| Field::new(table, c, config.locale);
            let each: Vec<_> = some.iter().collect();
            work::in_order(&each, || |c: &&crate::Comparison| field(c), |f| ready.push(f));
            for field in ready {
                fields.push(field?);
            }
        }
        let rules = match config.blocking.is_empty() {
            true => block::choose(&fields, table.rows()),
            false => block::read(&config.blocking, &fields)?,
        };
        let sources = config.across_only.then(|| table.sources());
        let blocks = Blocks::new(&fields, rules, table.rows(), sources);
        if (0..blocks.rules.len()).all(|rule| blocks.of(rule).all(|block| block.len() < 2)) {
            return Err(LinkageError::NoCandidates);
        }
        let model = train::learn(&fields, &blocks, table.rows());
        let weights = Weights::new(&model, &fields);
        Ok(Self { fields, blocks, rows: table.rows(), thresholds: config.thresholds, model, weights })
    }

    pub fn model(&self) -> &Model {
        &self.model
    }

    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// The blocking rules, as they can be configured.
    pub fn rules(&self) -> Vec<Vec<String>> {
        self.blocks.rules.iter().map(|rule| block::write(rule, &self.fields)).collect()
    }

    /// Scores all candidate pairs; those from the threshold of review on go to `take`, always in the same order.
    pub fn score(&self, mut take: impl FnMut(Scored)) -> Summary {
        let least = model::bits(self.thresholds.review);
        let mut summary = Summary { skipped_pairs: self.blocks.skipped_pairs, ..Summary::default() };
        for rule in 0..self.blocks.rules.len() {
            let worker = || {
                let mut graders: Vec<Grader> = self.fields.iter().map(Grader::new).collect();
                move |portion: &&[u32]| {
                    let (mut found, mut candidates) = (Vec::new(), 0_u64);
                    self.blocks.pairs_of(rule, portion, |a, b| {
                        candidates += 1;
                        if let Some(bits) = self.weigh(&mut graders, a, b, least) {
                            found.push(Scored { a, b, bits, probability: model::probability(bits) });
                        }
                    });
                    (found, candidates)
                }
            };
            work::in_order(&self.blocks.portions(rule, PORTION_PAIRS), worker, |(found, candidates)| {
                summary.candidates += candidates;
                summary.scored += found.len() as u64;
                found.into_iter().for_each(&mut take);
            });
        }
        summary
    }

    /// Adds up the bits, giving up as soon as `least` is out of reach.
    fn weigh(&self, graders: &mut [Grader], a: u32, b: u32, least: f64) -> Option<f64> {
        let [mut strangers, mut kin] = self.weights.prior;
        for (f, rest) in &self.weights.order {
            let field = &self.fields[*f];
            let (x, y) = (field.value(a), field.value(b));
            let grade = graders[*f].grade(x, y);
            let bits = self.weights.of(*f, grade);
            strangers += bits[0] + field.rarity(grade, x, y);
            kin += bits[1];
            if strangers + rest[0] < least || kin + rest[1] < least {
                return None;
            }
        }
        Some(model::together(strangers, kin)).filter(|bits| *bits >= least)
    }

    /// The evidence for a pair of rows, in bits of odds; minus infinity for rows that are not there.
    pub fn bits(&self, a: u32, b: u32) -> f64 {
        self.explain(a, b).map_or(f64::NEG_INFINITY, |e| e.total_bits)
    }

    /// Field by field, why a pair has its probability.
    pub fn explain(&self, a: u32, b: u32) -> Option<Explanation> {
        if a as usize >= self.rows || b as usize >= self.rows {
            return None;
        }
        let evidence = |(f, field): (usize, &Field)| {
            let (x, y) = (field.value(a), field.value(b));
            let grade = field.grade(x, y);
            let rarity_bits = field.rarity(grade, x, y);
            Evidence {
                column: field.name().to_owned(),
                a: field.text(a).to_owned(),
                b: field.text(b).to_owned(),
                grade: field.kind.grades().get(usize::from(grade)).copied().filter(|_| grade != NO_GRADE),
                bits: self.weights.of(f, grade)[0] + rarity_bits,
                kin_bits: self.weights.of(f, grade)[1],
                rarity_bits,
            }
        };
        let fields: Vec<Evidence> = self.fields.iter().enumerate().map(evidence).collect();
        let [strangers, kin] = self.weights.prior;
        let total_bits = model::together(
            strangers + fields.iter().map(|e| e.bits).sum::<f64>(),
            kin + fields.iter().map(|e| e.kin_bits).sum::<f64>(),
        );
        Some(Explanation {
            prior_bits: strangers,
            kin_prior_bits: kin.is_finite().then_some(kin),
            fields,
            total_bits,
            probability: model::probability(total_bits),
        })
    }
}
