//! Which rows meet: those whose keys are equal under a blocking rule.
//!
//! A rule is a list of parts, each a compared column and a [`Form`] of its values (`full_name:sound`). For each rule rows
//! are sorted by an integer key; a run of equal keys is a block. A pair comes from the first rule that brings it together, so
//! that no set of seen pairs is kept. Blocks of more than [`BLOCK_ROWS_MAX`] rows are left out and counted.

use crate::{
    Comparison, LinkageError,
    compare::{Field, Form},
    mixing::{Draws, join},
};

/// Rows of a block; a key shared by more tells too little.
pub const BLOCK_ROWS_MAX: usize = 5_000;

/// A compared column in one of its forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub field: usize,
    pub form: Form,
}

pub type Rule = Vec<Part>;

/// Reads rules as configured.
pub(crate) fn read(rules: &[Vec<String>], comparisons: &[Comparison]) -> Result<Vec<Rule>, LinkageError> {
    let part = |text: &String| {
        let (column, form) = text.split_once(':').unwrap_or((text, Form::Same.word()));
        let field = comparisons.iter().position(|c| c.column == column);
        let form = Form::ALL.into_iter().find(|f| f.word() == form);
        match (field, form) {
            (Some(field), Some(form)) if comparisons[field].kind.forms().contains(&form) => {
                Ok(Part { field, form })
            }
            _ => Err(LinkageError::Blocking(text.clone())),
        }
    };
    let rule = |parts: &Vec<String>| match parts.is_empty() {
        true => Err(LinkageError::Blocking(String::new())),
        false => parts.iter().map(part).collect(),
    };
    rules.iter().map(rule).collect()
}

/// A rule as it is configured.
pub(crate) fn write(rule: &Rule, comparisons: &[Comparison]) -> Vec<String> {
    rule.iter().map(|p| format!("{}:{}", comparisons[p.field].column, p.form.word())).collect()
}

/// The key under which a row stands for a rule, from the keys of its parts; `None` when a part has none.
pub(crate) fn key(parts: impl Iterator<Item = u64>) -> Option<u64> {
    let mut parts = parts;
    parts.try_fold(1_u64, |key, part| if part == 0 { None } else { Some(join(key, part).max(1)) })
}

/// Rows in the order of their keys, rule by rule.
#[derive(Debug)]
pub(crate) struct Blocks<'t> {
    pub(crate) rules: Vec<Rule>,
    /// For each rule the key of each row; zero for none.
    keys: Vec<Vec<u64>>,
    /// For each rule the rows that have a key, sorted by it.
    orders: Vec<Vec<u32>>,
    /// Given when only pairs across files are wanted.
    sources: Option<&'t [u16]>,
    /// Pairs in blocks that were left out.
    pub(crate) skipped_pairs: u64,
}

impl<'t> Blocks<'t> {
    pub(crate) fn new(fields: &[Field], rules: Vec<Rule>, rows: usize, sources: Option<&'t [u16]>) -> Self {
        let mut blocks = Self { rules, keys: Vec::new(), orders: Vec::new(), sources, skipped_pairs: 0 };
        for rule in &blocks.rules {
            let mut keys = row_keys(fields, rule, 0..rows as u32);
            let mut order: Vec<u32> = (0..rows as u32).filter(|row| keys[*row as usize] != 0).collect();
            order.sort_unstable_by_key(|row| (keys[*row as usize], *row));
            let large: Vec<u32> = order
                .chunk_by(|a, b| keys[*a as usize] == keys[*b as usize])
                .filter(|block| block.len() > BLOCK_ROWS_MAX)
                .inspect(|block| blocks.skipped_pairs += pairs(block.len() as u64))
                .flatten()
                .copied()
                .collect();
            for row in large {
                keys[row as usize] = 0;
            }
            order.retain(|row| keys[*row as usize] != 0);
            blocks.keys.push(keys);
            blocks.orders.push(order);
        }
        blocks
    }

    /// The same rows under other rules.
    pub(crate) fn like(&self, fields: &[Field], rules: Vec<Rule>, rows: usize) -> Self {
        Self::new(fields, rules, rows, self.sources)
    }

    /// The blocks of a rule, each sorted by row.
    pub(crate) fn of(&self, rule: usize) -> impl Iterator<Item = &[u32]> {
        let keys = &self.keys[rule];
        self.orders[rule].chunk_by(|a, b| keys[*a as usize] == keys[*b as usize])
    }

    /// Runs of whole blocks with about `pairs_each` pairs: the portions of work.
    pub(crate) fn portions(&self, rule: usize, pairs_each: u64) -> Vec<&[u32]> {
        let order = &self.orders[rule];
        let (mut portions, mut start, mut end, mut held) = (Vec::new(), 0, 0, 0);
        for block in self.of(rule) {
            end += block.len();
            held += pairs(block.len() as u64);
            if held >= pairs_each {
                portions.push(&order[start..end]);
                (start, held) = (end, 0);
            }
        }
        portions.push(&order[start..end]);
        portions
    }

    /// Every pair of a portion that no earlier rule brings together.
    pub(crate) fn pairs_of(&self, rule: usize, portion: &[u32], mut take: impl FnMut(u32, u32)) {
        let keys = &self.keys[rule];
        for block in portion.chunk_by(|a, b| keys[*a as usize] == keys[*b as usize]) {
            for (i, a) in block.iter().enumerate() {
                for b in block.iter().skip(i + 1) {
                    if self.wanted(*a, *b) && self.is_new(rule, *a, *b) {
                        take(*a, *b);
                    }
                }
            }
        }
    }

    pub(crate) fn wanted(&self, a: u32, b: u32) -> bool {
        self.sources.is_none_or(|s| s[a as usize] != s[b as usize])
    }

    fn is_new(&self, rule: usize, a: u32, b: u32) -> bool {
        self.keys.iter().take(rule).all(|keys| {
            let key = keys[a as usize];
            key == 0 || key != keys[b as usize]
        })
    }

    /// How many pairs there are altogether.
    pub(crate) fn all_pairs(&self, rows: usize) -> f64 {
        let all = pairs(rows as u64) as f64;
        let Some(sources) = self.sources else { return all };
        let mut counts = std::collections::BTreeMap::<u16, u64>::new();
        for source in sources {
            *counts.entry(*source).or_default() += 1;
        }
        all - counts.values().map(|n| pairs(*n) as f64).sum::<f64>()
    }
}

pub(crate) fn pairs(rows: u64) -> u64 {
    rows * rows.saturating_sub(1) / 2
}

fn row_keys(fields: &[Field], rule: &Rule, rows: impl Iterator<Item = u32>) -> Vec<u64> {
    let by_value = rule.iter().map(|part| {
        let field = &fields[part.field];
        let keys: Vec<u64> = (0..field.values() as u32).map(|v| field.key(part.form, v)).collect();
        (field, keys)
    });
    let parts: Vec<_> = by_value.collect();
    let of = |row| key(parts.iter().map(|(field, keys)| keys[field.value(row) as usize]));
    rows.map(|row| of(row).unwrap_or(0)).collect()
}

/// Rows on which the cost of rules is estimated.
const SAMPLE_ROWS: usize = 30_000;
/// Imagined true pairs on which the reach of rules is estimated.
const IMAGINED: usize = 4_000;
/// Candidate pairs allowed for each row, and for a small table as a whole.
const PAIRS_PER_ROW: f64 = 12.0;
const PAIRS_MIN: f64 = 2_000_000.0;
const RULES_MAX: usize = 12;
/// A further rule must reach this share of the true pairs that were not reached before.
const GAIN_MIN: f64 = 0.0005;

/// Chooses rules: by greed those that reach most true pairs for their cost, until the pairs allowed are used up.
///
/// Cost is counted on a sample. Reach is imagined: each field of a true pair is spoilt with the chances that forms of its
/// kind usually survive, partly all forms of a field together, partly each on its own.
pub(crate) fn choose(fields: &[Field], rows: usize) -> Vec<Rule> {
    let mut draws = Draws::new(0xB10C);
    let sample: Vec<u32> = match rows <= SAMPLE_ROWS {
        true => (0..rows as u32).collect(),
        false => (0..SAMPLE_ROWS).map(|_| draws.below(rows) as u32).collect(),
    };
    let forms =
        |(field, f): (usize, &Field)| f.kind.forms().iter().map(move |form| Part { field, form: *form });
    let parts: Vec<Part> =
        fields.iter().enumerate().flat_map(|(i, f)| forms((i, f)).collect::<Vec<_>>()).collect();
    let survived: Vec<Vec<bool>> = (0..IMAGINED).map(|_| imagine(fields, &parts, &mut draws, rows)).collect();

    let single = (0..parts.len()).map(|i| vec![i]);
    let double = (0..parts.len()).flat_map(|i| (i + 1..parts.len()).map(move |j| vec![i, j]));
    let allowed = (PAIRS_PER_ROW * rows as f64).max(PAIRS_MIN);
    let scale = pairs(rows as u64) as f64 / pairs(sample.len() as u64).max(1) as f64;
    let sampled: Vec<Vec<u64>> =
        parts.iter().map(|p| row_keys(fields, &vec![*p], sample.iter().copied())).collect();
    let cost = |chosen: &[usize]| {
        let of = |row: usize| key(chosen.iter().map(|part| sampled[*part][row]));
        // A row drawn twice is no pair.
        let mut keyed: Vec<(u64, u32)> =
            sample.iter().enumerate().filter_map(|(i, row)| Some((of(i)?, *row))).collect();
        keyed.sort_unstable();
        keyed.dedup();
        let blocks = keyed.chunk_by(|a, b| a.0 == b.0).map(|block| pairs(block.len() as u64));
        blocks.sum::<u64>() as f64 * scale
    };
    let mut candidates: Vec<(Vec<usize>, f64)> = single
        .chain(double)
        .filter(|c| {
            c.iter()
                .enumerate()
                .all(|(n, i)| c.iter().skip(n + 1).all(|j| parts[*i].field != parts[*j].field))
        })
        .map(|chosen| (cost(&chosen), chosen))
        .filter(|(cost, _)| *cost <= allowed)
        .map(|(cost, chosen)| (chosen, cost))
        .collect();

    let mut reached = vec![false; IMAGINED];
    let (mut rules, mut left) = (Vec::new(), allowed);
    while rules.len() < RULES_MAX {
        let gain = |chosen: &[usize]| {
            let new = survived.iter().zip(&reached).filter(|(s, r)| !**r && chosen.iter().all(|i| s[*i]));
            new.count() as f64 / IMAGINED as f64
        };
        candidates.retain(|(_, cost)| *cost <= left);
        let worth = |(chosen, cost): &(Vec<usize>, f64)| gain(chosen) / (1.0 + cost / rows.max(1) as f64);
        let best = candidates.iter().max_by(|a, b| worth(a).total_cmp(&worth(b)));
        let Some((chosen, cost)) = best.filter(|(chosen, _)| gain(chosen) >= GAIN_MIN) else { break };
        for (reached, survived) in reached.iter_mut().zip(&survived) {
            *reached |= chosen.iter().all(|i| survived[*i]);
        }
        left -= cost;
        rules.push(chosen.iter().map(|i| parts[*i]).collect());
    }
    rules
}

/// Which parts of an imagined true pair stayed equal.
fn imagine(fields: &[Field], parts: &[Part], draws: &mut Draws, rows: usize) -> Vec<bool> {
    let present = |field: &Field, row: u32| {
        field.kind.forms().iter().any(|form| field.key(*form, field.value(row)) != 0)
    };
    let row = draws.below(rows) as u32;
    let severities: Vec<f64> = fields.iter().map(|_| draws.share()).collect();
    // Every other pair is spoilt badly: what is written well is found by any rule.
    let spoilt = if draws.below(2) == 0 { 0.5 } else { 1.3 };
    let stays = |part: &Part| {
        let field = &fields[part.field];
        let chance = survives(field, part.form).powf(spoilt);
        present(field, row) && severities[part.field] < chance && draws.share() < chance
    };
    parts.iter().map(stays).collect()
}

/// How often a form stays equal among rows of the same person, as experience with registers goes.
fn survives(field: &Field, form: Form) -> f64 {
    use crate::Kind;
    match (field.kind, form) {
        (Kind::Name, Form::Same) => 0.65,
        (Kind::Name, Form::Sound) => 0.78,
        (Kind::Name, _) => 0.75,
        (Kind::Date, Form::Year) => 0.90,
        (Kind::Date, Form::Day) => 0.86,
        (Kind::Date, _) => 0.82,
        (Kind::Number, _) => 0.85,
        (Kind::Code | Kind::Unit, _) => 0.93,
        (Kind::Text | Kind::Address, _) => 0.55,
    }
}
