//! Learns a [`Model`] from the table alone.
//!
//! `u` comes from pairs of rows picked blindly, which are nearly all different. `m` comes from [`em`](crate::em) on the pairs of
//! the blocking rules, each without the fields of that rule. How many pairs are the same follows from what the rules bring
//! together and how often they should. Relatives are learnt as a third class: brothers and sisters agree on so much that
//! they would otherwise pass for the same.

use std::collections::BTreeMap;

use crate::{
    Comparison, Config, Kind,
    block::{self, Blocks, Part, Rule, pairs},
    compare::{Field, Form, Grader, NO_GRADE},
    em::{self, Chances, Class, GRADES_MAX, Sample},
    mixing::{Draws, mix},
    model::{FieldModel, MODEL_VERSION, Model},
    work,
};

/// Pairs picked blindly for `u`.
const BLIND_PAIRS: usize = 500_000;
/// Pairs of one rule that are looked at, about.
const LEARNT_PAIRS: u64 = 200_000;
/// Where the search for the shares of the same and of relatives begins.
const SHARE_START: f64 = 0.2;
/// Values shared by more rows show strangers rather than the same or relatives.
const SHARED_PAIRS_PER_ROW: f64 = 50.0;
/// Where there are relatives, brothers with one name and one sex cannot be told from the same with another birth date, and
/// would teach that dates are often wholly wrong. The safe side: nearly never.
const ANOTHER_BIRTH_DATE_MAX: f64 = 0.0005;
/// A class that no rule should reach is not counted up without end.
const RECALL_MIN: f64 = 0.05;
/// Values shared by fewer pairs than so many a row are shared only by the same.
const NOBODY_SHARES: f64 = 3.0;
/// Fields in which relatives differ.
const OTHERS_DIFFER_MIN: usize = 2;
/// Pairs imagined beside those seen, so that no chance becomes zero.
const IMAGINED_PAIRS: f64 = 2.0;

pub(crate) fn learn(fields: &[Field], blocks: &Blocks, rows: usize, config: &Config) -> Model {
    let mut u = blind(fields, blocks, rows);
    let usual: Vec<Chances> = fields.iter().map(usual_m).collect();
    let alone = blocks.like(fields, one_field_rules(fields, blocks, rows), rows);
    let all = || [blocks, &alone].into_iter().flat_map(|b| (0..b.rules.len()).map(move |rule| (b, rule)));
    let (mut samples, mut counts) = (Vec::new(), Vec::new());
    let worker = || {
        |(blocks, rule): &(&Blocks, usize)| {
            let (patterns, all) = patterns(fields, blocks, *rule);
            let used = (0..fields.len()).map(|f| !uses(&blocks.rules[*rule], f)).collect();
            (Sample { patterns, used }, all)
        }
    };
    work::in_order(&all().collect::<Vec<_>>(), worker, |(sample, all)| {
        samples.push(sample);
        counts.push(all as f64);
    });

    let same = Class::start(usual.clone(), SHARE_START, samples.len());
    let halfway = |(m, u): (&Chances, &Chances)| std::array::from_fn(|g| f64::midpoint(m[g], u[g]));
    let kin = Class::start(usual.iter().zip(&u).map(halfway).collect(), SHARE_START, samples.len());
    let mut classes = em::fit(&samples, &u, vec![same.clone(), kin]).classes;
    if !classes.get(1).zip(classes.first()).is_some_and(|(kin, same)| are_others(kin, same, fields, rows)) {
        classes = em::fit(&samples, &u, vec![same]).classes;
    }

    let all_pairs = blocks.all_pairs(rows).max(1.0);
    let mut learnt = classes.iter().map(|class| {
        let chances = class.expected.iter().zip(&usual).map(|(counts, usual)| smoothed(counts, usual));
        let chances: Vec<Chances> = chances.collect();
        // What the rules bring together, over what they should of each pair there is.
        let met: f64 = class.shares.iter().zip(&counts).map(|(share, all)| share * all).sum();
        let reach: f64 = all().map(|(b, rule)| recall(fields, &b.rules[rule], &chances)).sum();
        let share = (met / reach.max(RECALL_MIN)).max(1.0) / all_pairs;
        (chances, share.clamp(1e-15, 0.4))
    });
    let (mut m, prior) = learnt.next().unwrap_or((usual.clone(), 1.0 / all_pairs));
    let (kin, kin_share) = learnt.next().map_or((None, 0.0), |(kin, share)| (Some(kin), share));
    if kin.is_some() {
        for (m, _) in m.iter_mut().zip(fields).filter(|(_, field)| field.kind == Kind::Date) {
            m[0] = m[0].min(ANOTHER_BIRTH_DATE_MAX);
        }
    }
    for ((field, u), m) in fields.iter().zip(&mut u).zip(&m) {
        without_the_same(field, u, m, prior, all_pairs);
    }
    let model = |(f, comparison): (usize, &Comparison)| FieldModel {
        comparison: Comparison { successors: BTreeMap::new(), ..comparison.clone() },
        m: m[f],
        u: u[f],
        kin: kin.as_ref().map(|kin| kin[f]),
        frequencies: fields[f].frequencies.clone(),
    };
    Model {
        version: MODEL_VERSION,
        locale: config.locale,
        rules: blocks.rules.iter().map(|rule| block::write(rule, &config.comparisons)).collect(),
        prior,
        kin_share,
        partners: 2.0 * all_pairs / rows.max(1) as f64,
        fields: config.comparisons.iter().enumerate().map(model).collect(),
    }
}

/// Whether a class is of other people: several fields nearly always differ that do not differ among the same, and none of
/// them is shared that tells people apart (birth dates, numbers nobody shares). Without this, pairs of the same with
/// one kind of mistake (names exchanged by a whole office) would be taken for relatives.
fn are_others(kin: &Class, same: &Class, fields: &[Field], rows: usize) -> bool {
    let agree = |class: &Class, f: usize| {
        class.chances[f].iter().skip(usize::from(fields[f].kind.same_from())).sum::<f64>()
    };
    let differs = |f: usize| agree(kin, f) < 0.3 && agree(same, f) > 0.5;
    let identifies = |field: &Field| match field.kind {
        Kind::Date => true,
        Kind::Number => pairs_per_row(field, rows) < NOBODY_SHARES,
        _ => false,
    };
    let identifying: Vec<usize> = (0..fields.len()).filter(|f| identifies(&fields[*f])).collect();
    let differing = (0..fields.len()).filter(|f| differs(*f)).count();
    !identifying.is_empty() && identifying.into_iter().all(differs) && differing >= OTHERS_DIFFER_MIN
}

fn pairs_per_row(field: &Field, rows: usize) -> f64 {
    field.agreement * rows as f64 / 2.0
}

/// For learning only: rows that agree on one field, so that every other field is seen free of choice, and relatives are
/// seen where the rules for linking do not reach them. Not for words that too many share.
fn one_field_rules(fields: &[Field], blocks: &Blocks, rows: usize) -> Vec<Rule> {
    let rules =
        fields.iter().enumerate().filter(|(_, field)| pairs_per_row(field, rows) <= SHARED_PAIRS_PER_ROW);
    let rules = rules.map(|(field, _)| vec![Part { field, form: Form::Same }]);
    rules.filter(|rule| !blocks.rules.contains(rule)).collect()
}

fn uses(rule: &Rule, field: usize) -> bool {
    rule.iter().any(|part| part.field == field)
}

/// The chance that a true pair is brought together by a rule: all its fields agree.
fn recall(fields: &[Field], rule: &Rule, m: &[Chances]) -> f64 {
    let agree = |f: usize| m[f].iter().skip(usize::from(fields[f].kind.same_from())).sum::<f64>();
    rule.iter().map(|part| agree(part.field)).product()
}

/// Imagined true pairs on which the reach of rules is estimated.
const IMAGINED_TRUE: usize = 20_000;

/// The chance that some rule brings a true pair together: fields agree or not, each on its own.
pub(crate) fn reach(fields: &[Field], rules: &[Rule], model: &Model) -> f64 {
    let mut draws = Draws::new(0x5EAC);
    let agree = |f: usize| {
        let m = model.fields[f].m.iter().skip(usize::from(fields[f].kind.same_from())).sum::<f64>();
        m * fields[f].filled()
    };
    let chances: Vec<f64> = (0..fields.len()).map(agree).collect();
    let reached = (0..IMAGINED_TRUE).filter(|_| {
        let kept: Vec<bool> = chances.iter().map(|chance| draws.share() < *chance).collect();
        rules.iter().any(|rule| rule.iter().all(|part| kept[part.field]))
    });
    reached.count() as f64 / IMAGINED_TRUE as f64
}

/// Where the search begins, and what stays for a field that all rules use: the best grade most often.
fn usual_m(field: &Field) -> Chances {
    let grades = field.kind.grades().len();
    let mut m = [0.0; GRADES_MAX];
    for (grade, chance) in m.iter_mut().take(grades).enumerate() {
        *chance = if grade + 1 == grades { 0.85 } else { 0.15 / (grades - 1).max(1) as f64 };
    }
    m
}

fn smoothed(counts: &Chances, usual: &Chances) -> Chances {
    let sum: f64 = counts.iter().sum::<f64>() + IMAGINED_PAIRS;
    std::array::from_fn(|grade| (counts[grade] + IMAGINED_PAIRS * usual[grade]) / sum)
}

/// Chances of grades among pairs picked blindly.
fn blind(fields: &[Field], blocks: &Blocks, rows: usize) -> Vec<Chances> {
    let numbered: Vec<usize> = (0..fields.len()).collect();
    let mut all = Vec::new();
    work::in_order(
        &numbered,
        || {
            |f: &usize| {
                let field = &fields[*f];
                let mut grader = Grader::new(field);
                let (mut draws, mut counts) = (Draws::new(0xB11D), [0.0; GRADES_MAX]);
                for _ in 0..BLIND_PAIRS {
                    let (a, b) = (draws.below(rows) as u32, draws.below(rows) as u32);
                    if a == b || !blocks.wanted(a, b) {
                        continue;
                    }
                    let grade = grader.grade(field.value(a), field.value(b));
                    if grade != NO_GRADE {
                        counts[usize::from(grade)] += 1.0;
                    }
                }
                u_of(field, &counts)
            }
        },
        |u| all.push(u),
    );
    all
}

/// Agreement is counted on the whole column, the rest is what was seen.
fn u_of(field: &Field, counts: &Chances) -> Chances {
    let grades = field.kind.grades().len();
    let same_from = usize::from(field.kind.same_from());
    let mut u = [0.0; GRADES_MAX];
    let seen: f64 = counts.iter().sum::<f64>() + IMAGINED_PAIRS;
    let each = IMAGINED_PAIRS / grades as f64;
    for (u, count) in u.iter_mut().zip(counts).take(grades) {
        *u = (count + each) / seen;
    }
    let agree: f64 = u.iter().skip(same_from).sum();
    let wanted = field.agreement.clamp(1e-12, 0.999);
    for (grade, u) in u.iter_mut().enumerate().take(grades) {
        *u *= if grade >= same_from { wanted / agree } else { (1.0 - wanted) / (1.0 - agree).max(1e-12) };
    }
    u
}

/// Takes the true pairs out of what was counted on all pairs: a number is shared by nobody else.
fn without_the_same(field: &Field, u: &mut Chances, m: &Chances, prior: f64, all_pairs: f64) {
    let same_from = usize::from(field.kind.same_from());
    for (u, m) in u.iter_mut().zip(m).take(field.kind.grades().len()).skip(same_from) {
        let rest = (*u - prior * m) / (1.0 - prior);
        *u = rest.max(*u * 0.02).max(0.1 / all_pairs).min(1.0);
    }
}

/// The patterns of the pairs of a rule with their counts, and how many pairs there are.
fn patterns(fields: &[Field], blocks: &Blocks, rule: usize) -> (Vec<(u64, f64)>, u64) {
    let all: u64 = blocks.of(rule).map(|block| pairs(block.len() as u64)).sum();
    // Whole blocks are left out, so that the share of large ones stays.
    let keep = (LEARNT_PAIRS as f64 / all.max(1) as f64).min(1.0);
    let mut graders: Vec<Grader> = fields.iter().map(Grader::new).collect();
    let mut seen = Vec::new();
    for block in blocks.of(rule) {
        let first = block.first().copied().unwrap_or(0);
        if (mix(u64::from(first)) >> 11) as f64 / (1_u64 << 53) as f64 > keep {
            continue;
        }
        for (i, a) in block.iter().enumerate() {
            for b in block.iter().skip(i + 1).filter(|b| blocks.wanted(*a, **b)) {
                let grades = graders.iter_mut().zip(fields).map(|(g, f)| g.grade(f.value(*a), f.value(*b)));
                seen.push(em::pattern(grades));
            }
        }
    }
    let pairs = seen.len() as f64;
    seen.sort_unstable();
    let counts = seen.chunk_by(|a, b| a == b).filter_map(|same| Some((*same.first()?, same.len() as f64)));
    (counts.collect(), (pairs / keep) as u64)
}
