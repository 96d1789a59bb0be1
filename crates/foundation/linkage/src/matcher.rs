//! "Is this person already here?", asked for one record at a time, with the store owned by somebody else.
//!
//! 1. Whoever keeps records keeps, for each, the integers of [`Matcher::keys`] in a table `(key bigint, record)` that is
//!    changed with the record in one transaction: every process sees the same, and nothing is lost by a restart.
//! 2. For a record that comes in, the records under its keys are fetched: at most [`CANDIDATES_PER_KEY_MAX`] for each key.
//! 3. [`Matcher::score`] weighs each against the incoming one and explains itself.
//!
//! Nothing here reads, waits or changes; a `Matcher` is shared by all threads.

use std::collections::BTreeMap;

use crate::{
    Comparison, Explanation, LinkageError, Model,
    block::{self, Rule},
    compare::{Form, NO_GRADE, NoPlaces, Scale, Value},
    mixing::{join, key_of},
    model::{self, MODEL_VERSION, Weights},
};

/// Records fetched for one key; under a key that more share, the first so many are looked at and the others are left to the
/// other keys of the record.
pub const CANDIDATES_PER_KEY_MAX: usize = 200;

/// Codes of a column (units of the country) that became other codes, by column.
pub type SuccessorsByColumn = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// A model made ready for single records.
#[derive(Debug)]
pub struct Matcher {
    model: Model,
    scales: Vec<Scale>,
    rules: Vec<Rule>,
    /// One number for each rule, part of its keys: keys of two rules never meet.
    marks: Vec<u64>,
    weights: Weights,
}

/// A record made ready to be compared.
#[derive(Debug, Clone)]
pub struct Record {
    texts: Vec<Box<str>>,
    values: Vec<Value>,
}

/// Under which integers a record is to be found, ascending, at most one for each rule. They depend on the rules, on the
/// version of the model and on the record, never on other records: `lienthong` of today and tomorrow compute the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockingKeys(Vec<i64>);

impl BlockingKeys {
    pub fn as_slice(&self) -> &[i64] {
        &self.0
    }
}

/// What is known before two records are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Odds {
    /// Records that are stored.
    pub stored: u64,
    /// The share of incoming records that are there already: 0.12 in a badly kept file, 0.001 at births.
    pub known_share: f64,
}

impl Matcher {
    /// `successors` are those of today; a column that is not named has none.
    pub fn new(model: Model, successors: &SuccessorsByColumn) -> Result<Self, LinkageError> {
        model.check()?;
        let comparisons: Vec<Comparison> = model.fields.iter().map(|f| f.comparison.clone()).collect();
        let rules = block::read(&model.rules, &comparisons)?;
        let mark = |rule: &Vec<String>| join(u64::from(MODEL_VERSION), key_of(rule.join("+").as_bytes()));
        let scale = |comparison: Comparison| {
            let successors = successors.get(&comparison.column).cloned().unwrap_or_default();
            Scale::new(&Comparison { successors, ..comparison }, model.locale)
        };
        let none = vec![0.0; comparisons.len()];
        Ok(Self {
            scales: comparisons.into_iter().map(scale).collect(),
            marks: model.rules.iter().map(mark).collect(),
            weights: Weights::new(&model, &none),
            rules,
            model,
        })
    }

    /// The model for persons of Vietnam, learnt from synthetic people: columns
    /// `number`, `full_name`, `birth_date`, `sex`, `home_town_commune`, `father_name`, `mother_name`, `permanent_commune`
    /// as in `docs/persons-csv.md`; any of them may be missing. `successors` of communes serve both commune columns.
    pub fn vietnamese(successors: &BTreeMap<String, Vec<String>>) -> Result<Self, LinkageError> {
        let model = crate::vietnamese::model()?;
        let columns = crate::vietnamese::COMMUNES.map(|column| (column.to_owned(), successors.clone()));
        Self::new(model, &BTreeMap::from(columns))
    }

    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The columns that are compared, in order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.model.fields.iter().map(|f| &*f.comparison.column)
    }

    /// Makes a record ready; `cell` is asked for each column and answers an empty text for what is not known.
    pub fn record<'a>(&self, mut cell: impl FnMut(&str) -> &'a str) -> Record {
        let texts: Vec<Box<str>> = self.columns().map(|column| Box::from(cell(column).trim())).collect();
        let values =
            self.scales.iter().zip(&texts).map(|(scale, text)| scale.value(text, &NoPlaces)).collect();
        Record { texts, values }
    }

    pub fn keys(&self, record: &Record) -> BlockingKeys {
        let of_rule = |(rule, mark): (&Rule, &u64)| {
            let parts = rule.iter().map(|p| record.values.get(p.field).map_or(0, |v| v.key(p.form)));
            // The same 64 bits, as databases have them.
            block::key(parts).map(|key| join(*mark, key).cast_signed())
        };
        let mut keys: Vec<i64> = self.rules.iter().zip(&self.marks).filter_map(of_rule).collect();
        keys.sort_unstable();
        keys.dedup();
        BlockingKeys(keys)
    }

    /// How probably two records are of the same person, field by field. Does not depend on their order.
    pub fn score(&self, a: &Record, b: &Record, odds: Odds) -> Explanation {
        let stored = (odds.stored as f64).max(1.0);
        let prior = (odds.known_share / stored).clamp(1e-15, 0.5);
        let kin_share = (self.model.kin_share * self.model.partners / stored).min(0.5);
        let fields = self.model.fields.iter().zip(&self.scales).enumerate().map(|(f, (field, scale))| {
            let (x, y) = (&a.values[f], &b.values[f]);
            let grade = scale.grade(x, y);
            let same = grade != NO_GRADE && grade >= scale.kind.same_from();
            let rarity = match &field.frequencies {
                Some(counted) if same => {
                    let bits = |v: &Value| counted.bits(v.key(Form::Same));
                    f64::from(bits(x).min(bits(y)))
                }
                _ => 0.0,
            };
            let texts = [&*a.texts[f], &*b.texts[f]];
            model::evidence(&field.comparison, texts, grade, self.weights.of(f, grade), rarity)
        });
        Explanation::of(model::start(prior, kin_share), fields.collect())
    }
}
