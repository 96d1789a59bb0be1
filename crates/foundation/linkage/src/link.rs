//! The way in: a table made ready, a model learnt, pairs scored, explained and joined.

use std::num::NonZero;

use crate::{
    Config, LinkageError, Table, Thresholds,
    block::{self, Blocks},
    compare::{Field, Grader, NoPlaces, Places},
    estimate::Tally,
    model::{self, Explanation, FieldModel, Model, Weights},
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
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Pairs that met under a rule.
    pub candidates: u64,
    /// Of these, at or above the threshold of review.
    pub scored: u64,
    /// Pairs in blocks that were too large.
    pub skipped_pairs: u64,
    /// How the scores lie.
    pub tally: Tally,
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
        Self::learn_with(table, config, &NoPlaces)
    }

    /// The same, with somebody who can read addresses.
    pub fn learn_with(table: &'t Table, config: &Config, places: &dyn Places) -> Result<Self, LinkageError> {
        config.check()?;
        table.column(&config.id)?;
        let mut fields = Vec::new();
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        for some in config.comparisons.chunks(cores) {
            let mut ready = Vec::new();
            let field = |c| Field::new(table, c, config.locale, places);
            let each: Vec<_> = some.iter().collect();
            work::in_order(&each, || |c: &&crate::Comparison| field(c), |f| ready.push(f));
            for field in ready {
                fields.push(field?);
            }
        }
        let rules = match config.blocking.is_empty() {
            true => block::choose(&fields, table.rows()),
            false => block::read(&config.blocking, &config.comparisons)?,
        };
        let sources = config.across_only.then(|| table.sources());
        let blocks = Blocks::new(&fields, rules, table.rows(), sources);
        if (0..blocks.rules.len()).all(|rule| blocks.of(rule).all(|block| block.len() < 2)) {
            return Err(LinkageError::NoCandidates);
        }
        let model = train::learn(&fields, &blocks, table.rows(), config);
        let rarity: Vec<f64> = fields.iter().map(Field::rarity_max).collect();
        let weights = Weights::new(&model, &rarity);
        Ok(Self { fields, blocks, rows: table.rows(), thresholds: config.thresholds, model, weights })
    }

    pub fn model(&self) -> &Model {
        &self.model
    }

    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// The blocking rules, as they can be configured.
    pub fn rules(&self) -> &[Vec<String>] {
        &self.model.rules
    }

    /// The share of true pairs that the rules bring together, as far as the model knows.
    pub fn reach(&self) -> f64 {
        train::reach(&self.fields, &self.blocks.rules, &self.model)
    }

    /// Scores all candidate pairs; those from the threshold of review on go to `take`, always in the same order.
    pub fn score(&self, take: impl FnMut(Scored)) -> Summary {
        self.score_telling(take, |_| ())
    }

    /// The same; `tell` hears from time to time which share of the work is done.
    pub fn score_telling(&self, mut take: impl FnMut(Scored), mut tell: impl FnMut(f64)) -> Summary {
        let review = model::bits(self.thresholds.review);
        let least = review.min(Tally::BITS_MIN);
        let mut summary = Summary { skipped_pairs: self.blocks.skipped_pairs, ..Summary::default() };
        let rules = 0..self.blocks.rules.len();
        let portions: Vec<Vec<&[u32]>> =
            rules.map(|rule| self.blocks.portions(rule, PORTION_PAIRS)).collect();
        let (mut done, all) = (0, portions.iter().map(Vec::len).sum::<usize>().max(1));
        for (rule, portions) in portions.iter().enumerate() {
            let worker = || {
                let mut graders: Vec<Grader> = self.fields.iter().map(Grader::new).collect();
                move |portion: &&[u32]| {
                    let (mut found, mut candidates, mut tally) = (Vec::new(), 0_u64, Tally::default());
                    self.blocks.pairs_of(rule, portion, |a, b| {
                        candidates += 1;
                        if let Some(bits) = self.weigh(&mut graders, a, b, least) {
                            let probability = model::probability(bits);
                            tally.add(bits, probability);
                            if bits >= review {
                                found.push(Scored { a, b, bits, probability });
                            }
                        }
                    });
                    (found, candidates, tally)
                }
            };
            work::in_order(portions, worker, |(found, candidates, tally)| {
                summary.tally.join(&tally);
                done += 1;
                tell(f64::from(done) / all as f64);
                summary.candidates += candidates;
                summary.scored += found.len() as u64;
                found.into_iter().for_each(&mut take);
            });
        }
        summary
    }

    /// Adds up the bits, giving up as soon as `least` is out of reach.
    fn weigh(&self, graders: &mut [Grader], a: u32, b: u32, least: f64) -> Option<f64> {
        let [mut strangers, mut kin] = self.weights.start;
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
        let evidence = |(f, (field, model)): (usize, (&Field, &FieldModel))| {
            let (x, y) = (field.value(a), field.value(b));
            let grade = field.grade(x, y);
            let texts = [field.text(a), field.text(b)];
            let rarity = field.rarity(grade, x, y);
            model::evidence(&model.comparison, texts, grade, self.weights.of(f, grade), rarity)
        };
        let fields = self.fields.iter().zip(&self.model.fields).enumerate().map(evidence).collect();
        Some(Explanation::of(self.weights.start, fields))
    }
}
