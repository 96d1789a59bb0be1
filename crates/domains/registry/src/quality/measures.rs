//! Numbers that add up. What a person brings to their commune is a small map of counts; a province or the country is the
//! sum of its communes, and what cannot be added (a median, a share, an interval) is made from counts when it is read.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::rules::Area;
use crate::duplicates::linker::RECALL;

/// Upper ends, in days, of the buckets in which the way from event to register is counted; the last has none.
pub const LAG_DAYS: [i64; 13] = [0, 1, 2, 3, 5, 7, 10, 15, 30, 60, 90, 180, 365];
/// 95 %: quantile of the normal distribution for Wilson's interval.
const Z: f64 = 1.959_963_984_540_054;

/// Names of counts. Those of rules, months and lags have these as beginnings.
pub const PEOPLE: &str = "people";
pub const FIELDS: &str = "fields";
pub const CONFIRMED: &str = "confirmed";
pub const DUE: &str = "due";
pub const HELD: &str = "held";
/// Living people with a broken rule of [`Area::Clean`] that nobody has explained.
pub const FLAWED: &str = "flawed";
pub const FINDING: &str = "finding.";
pub const EXPLAINED: &str = "explained.";
pub const SEEN: &str = "seen.";
/// Of whom nothing was ever heard; sorts before every month.
pub const NEVER: &str = "0000-00";
pub const LAG: &str = "lag.";

/// What a person brings to the figures of a commune.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Measures {
    /// Empty: none is known.
    pub commune: String,
    /// Lives, so counts as one of the people.
    pub counted: bool,
    pub fields: i16,
    pub confirmed: i16,
    pub due: i16,
    pub held: i16,
    /// Month of the last sign of life.
    pub seen: Option<String>,
    /// One for each act: month of recording and bucket of its lag.
    pub lags: Vec<String>,
}

/// A finding as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub rule: String,
    pub area: Area,
    pub explained: bool,
}

/// Counts by name.
pub type Tally = BTreeMap<String, i64>;

impl Measures {
    pub fn tally<'a>(&self, findings: impl IntoIterator<Item = &'a Counted>) -> Tally {
        let mut tally = Tally::new();
        let mut add = |name: String, count: i64| {
            if count != 0 {
                *tally.entry(name).or_default() += count;
            }
        };
        let mut flawed = false;
        for finding in findings {
            let kind = if finding.explained { EXPLAINED } else { FINDING };
            add(format!("{kind}{}", finding.rule), 1);
            flawed |= finding.area == Area::Clean && !finding.explained;
        }
        if self.counted {
            add(PEOPLE.to_owned(), 1);
            add(FLAWED.to_owned(), i64::from(flawed));
            for (name, count) in
                [(FIELDS, self.fields), (CONFIRMED, self.confirmed), (DUE, self.due), (HELD, self.held)]
            {
                add(name.to_owned(), i64::from(count));
            }
            add(format!("{SEEN}{}", self.seen.as_deref().unwrap_or(NEVER)), 1);
        }
        for lag in &self.lags {
            add(format!("{LAG}{lag}"), 1);
        }
        tally
    }
}

/// What changes in the counts when a person's contribution changes, by commune and name.
pub fn difference(
    (old_commune, old): (&str, &Tally),
    (new_commune, new): (&str, &Tally),
) -> BTreeMap<(String, String), i64> {
    let mut change = BTreeMap::new();
    for (commune, tally, sign) in [(old_commune, old, -1), (new_commune, new, 1)] {
        for (name, count) in tally {
            *change.entry((commune.to_owned(), name.clone())).or_insert(0) += sign * count;
        }
    }
    change.retain(|_, count| *count != 0);
    change
}

pub fn month(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// Month of recording and bucket, `2026-11.04`; none for what was recorded before it happened.
pub fn lag_key(happened_on: Date, recorded_on: Date) -> Option<String> {
    let days = i64::from((recorded_on - happened_on).get_days());
    let bucket = LAG_DAYS.iter().position(|end| days <= *end).unwrap_or(LAG_DAYS.len());
    (days >= 0).then(|| format!("{}.{bucket:02}", month(recorded_on)))
}

/// What a group of people shows, made from added counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures(Tally);

impl Figures {
    pub fn new(tally: Tally) -> Self {
        Self(tally)
    }

    pub fn count(&self, name: &str) -> i64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// A part of a whole; none where there is no whole.
    pub fn share(&self, part: &str, whole: &str) -> Option<f64> {
        share(self.count(part), self.count(whole))
    }

    /// Counts under names with this beginning, with what follows it.
    pub fn under<'a>(&'a self, beginning: &'a str) -> impl Iterator<Item = (&'a str, i64)> {
        self.0.iter().filter_map(move |(name, count)| Some((name.strip_prefix(beginning)?, *count)))
    }

    /// People of whom nothing was heard since a month.
    pub fn stale(&self, since: &str) -> i64 {
        self.under(SEEN).filter(|(month, _)| *month < since).map(|(_, count)| count).sum()
    }

    /// The month since which at least half have been heard of; none where that is nobody, or half were never heard of.
    pub fn median_seen(&self) -> Option<&str> {
        let whole: i64 = self.under(SEEN).map(|(_, count)| count).sum();
        let mut sum = 0;
        let mut months: Vec<(&str, i64)> = self.under(SEEN).collect();
        months.sort_unstable();
        let at = months.into_iter().find(|(_, count)| {
            sum += count;
            sum * 2 >= whole && whole > 0
        });
        at.map(|(month, _)| month).filter(|month| *month != NEVER)
    }

    /// Acts recorded since a month, by bucket of [`LAG_DAYS`].
    pub fn lags(&self, since: &str) -> [i64; LAG_DAYS.len() + 1] {
        let mut buckets = [0; LAG_DAYS.len() + 1];
        for (key, count) in self.under(LAG) {
            if let Some((month, bucket)) = key.split_once('.')
                && month >= since
                && let Some(slot) = bucket.parse::<usize>().ok().and_then(|n| buckets.get_mut(n))
            {
                *slot += count;
            }
        }
        buckets
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of people lie far below 2^53")]
fn float(count: i64) -> f64 {
    count as f64
}

pub fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| float(part) / float(whole))
}

/// A quantile of a lag: at most so many days. None where nothing was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// At most so many days.
    Within(i64),
    /// Longer than the last bucket's end.
    Beyond(i64),
}

/// The bucket in which the given share of all is reached, by its upper end.
pub fn quantile(buckets: &[i64; LAG_DAYS.len() + 1], percent: i64) -> Option<Lag> {
    let whole: i64 = buckets.iter().sum();
    let mut sum = 0;
    let reached = buckets.iter().position(|count| {
        sum += count;
        whole > 0 && sum * 100 >= whole * percent
    })?;
    let last = LAG_DAYS.last().copied().unwrap_or_default();
    Some(LAG_DAYS.get(reached).map_or(Lag::Beyond(last), |days| Lag::Within(*days)))
}

/// Wilson's interval at 95 % for a share that was seen `hits` times in `trials` (E. B. Wilson, JASA 22, 1927).
pub fn wilson(hits: i64, trials: i64) -> Option<(f64, f64)> {
    let p = share(hits, trials).filter(|p| (0.0..=1.0).contains(p))?;
    Some(interval(p, float(trials)))
}

fn interval(p: f64, n: f64) -> (f64, f64) {
    let z2 = Z * Z;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // At the ends, rounding must not push the share out of its own interval.
    ((centre - half).max(0.0).min(p), (centre + half).min(1.0).max(p))
}

/// How many records too many there are for so many people, as the lot shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doubles {
    pub likely: f64,
    /// 95 %.
    pub low: f64,
    pub high: f64,
}

/// Duplicates per 100,000 people, found or not: `100,000 · p / (2 · r)`.
///
/// `p` is the share of those drawn by lot who are there twice: the sum of their calibrated match probabilities over their
/// number (the estimator of a proportion from a simple random sample, W. G. Cochran, Sampling Techniques, 1977, ch. 3), with
/// Wilson's interval. The half: of two records of one person each may be drawn, and one is too many. `r` is the share of true
/// pairs that the engine meets at all ([`RECALL`]); the interval does not hold the uncertainty of `r`.
pub fn doubles_per_100_000(drawn: i64, doubled: f64) -> Option<Doubles> {
    let n = float(drawn);
    let p = Some(doubled / n).filter(|p| drawn > 0 && (0.0..=1.0).contains(p))?;
    let (low, high) = interval(p, n);
    let per = |share: f64| 100_000.0 * share / (2.0 * RECALL);
    Some(Doubles { likely: per(p), low: per(low), high: per(high) })
}

/// How many of a commune's people are asked in a week.
pub fn sample_size(people: i64, sample: &super::rules::Sample) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a share of a count of people")]
    let wanted = (float(people) * sample.share).ceil() as i64;
    wanted.clamp(sample.least, sample.most).min(people.max(0))
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::date};
    use proptest::prelude::*;

    use super::*;
    use crate::quality::rules::{FILE, Rules};

    fn near(a: (f64, f64), b: (f64, f64)) -> bool {
        (a.0 - b.0).abs() < 5e-5 && (a.1 - b.1).abs() < 5e-5
    }

    #[test]
    fn wilson_s_interval_has_the_published_values() {
        // R: binom::binom.confint(x, n, methods = "wilson"); Newcombe 1998, table I.
        for (hits, trials, interval) in [
            (81, 263, (0.2553, 0.3662)),
            (15, 148, (0.0624, 0.1605)),
            (0, 20, (0.0, 0.1611)),
            (1, 29, (0.0061, 0.1718)),
            (29, 29, (0.8830, 1.0)),
            (5, 10, (0.2366, 0.7634)),
        ] {
            let found = wilson(hits, trials).unwrap();
            assert!(near(found, interval), "{hits} of {trials}: {found:?}");
        }
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(3, 2), None);
    }

    #[test]
    fn of_a_thousand_drawn_four_there_twice_are_two_hundred_too_many_in_a_hundred_thousand() {
        let found = doubles_per_100_000(1_000, 4.0).unwrap();
        assert!((found.likely - 201.41).abs() < 0.01, "{found:?}");
        // binom.confint(4, 1000, methods = "wilson"): 0.001557 to 0.010239.
        assert!((found.low - 78.4).abs() < 0.1 && (found.high - 515.5).abs() < 0.3, "{found:?}");
        let none = doubles_per_100_000(1_000, 0.0).unwrap();
        assert!(none.likely == 0.0 && none.high > 100.0, "nobody seen is not nobody there: {none:?}");
        assert_eq!(doubles_per_100_000(0, 0.0), None);
    }

    #[test]
    fn a_lag_falls_into_its_bucket_and_quantiles_are_upper_ends() {
        let day = date(2026, 11, 20);
        assert_eq!(lag_key(day, day).unwrap(), "2026-11.00");
        assert_eq!(lag_key(day - 4.days(), day).unwrap(), "2026-11.04");
        assert_eq!(lag_key(date(2020, 1, 1), day).unwrap(), "2026-11.13");
        assert_eq!(lag_key(day + 1.day(), day), None);
        let mut buckets = [0; LAG_DAYS.len() + 1];
        assert_eq!(quantile(&buckets, 50), None);
        buckets[2] = 90;
        buckets[8] = 6;
        buckets[13] = 4;
        assert_eq!(quantile(&buckets, 50), Some(Lag::Within(2)));
        assert_eq!(quantile(&buckets, 95), Some(Lag::Within(30)));
        assert_eq!(quantile(&buckets, 99), Some(Lag::Beyond(365)));
    }

    #[test]
    fn who_was_never_heard_of_is_stale_and_the_median_is_a_month() {
        let tally = [("seen.0000-00", 1), ("seen.2019-05", 2), ("seen.2025-01", 4)];
        let figures = Figures::new(tally.map(|(name, n)| (name.to_owned(), n)).into());
        assert_eq!((figures.stale("2024-11"), figures.stale("2025-02")), (3, 7));
        assert_eq!(figures.median_seen(), Some("2025-01"));
    }

    #[test]
    fn the_sample_is_bounded_and_never_larger_than_the_commune() {
        let sample = Rules::parse(FILE).unwrap().sample;
        assert_eq!([0, 2, 100, 20_000, 9_000_000].map(|n| sample_size(n, &sample)), [0, 2, 3, 20, 40]);
    }

    fn measures() -> impl Strategy<Value = (Measures, Vec<Counted>)> {
        let lags = proptest::collection::vec("2026-0[1-9].0[0-9]", 0..3);
        let findings = proptest::collection::btree_map("[a-c]", (any::<bool>(), 0..4_usize), 0..3);
        ("[xy]?", any::<bool>(), 0..9_i16, 0..9_i16, proptest::option::of("202[0-6]-0[1-9]"), lags, findings)
            .prop_map(|(commune, counted, fields, due, seen, lags, findings)| {
                let m = Measures {
                    commune,
                    counted,
                    fields,
                    confirmed: fields / 2,
                    due,
                    held: due / 2,
                    seen,
                    lags,
                };
                let counted = |(rule, (explained, area)): (String, (bool, usize))| Counted {
                    rule,
                    area: Area::ALL[area],
                    explained,
                };
                (m, findings.into_iter().map(counted).collect())
            })
    }

    proptest! {
        #[test]
        fn differences_lead_from_the_old_sum_to_the_new_one(
            steps in proptest::collection::vec((0..4_usize, measures()), 1..30),
        ) {
            let mut people: [(Measures, Vec<Counted>); 4] = Default::default();
            let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
            for (who, new) in steps {
                let old = std::mem::replace(&mut people[who], new);
                let new = &people[who];
                let (before, after) = (old.0.tally(&old.1), new.0.tally(&new.1));
                for (key, n) in difference((&old.0.commune, &before), (&new.0.commune, &after)) {
                    *sums.entry(key).or_default() += n;
                }
            }
            sums.retain(|_, n| *n != 0);
            let mut whole: BTreeMap<(String, String), i64> = BTreeMap::new();
            for (m, findings) in &people {
                for (name, n) in m.tally(findings) {
                    *whole.entry((m.commune.clone(), name)).or_default() += n;
                }
            }
            prop_assert_eq!(sums, whole);
        }

        #[test]
        fn quantiles_of_a_union_lie_between_those_of_its_parts(a in counts(), b in counts(), percent in 1..100_i64) {
            let mut both = a;
            both.iter_mut().zip(&b).for_each(|(sum, n)| *sum += n);
            let days = |q: Option<Lag>| q.map(|lag| match lag { Lag::Within(d) => d, Lag::Beyond(d) => d + 1 });
            if let (Some(x), Some(y)) = (days(quantile(&a, percent)), days(quantile(&b, percent))) {
                let z = days(quantile(&both, percent)).unwrap();
                prop_assert!(x.min(y) <= z && z <= x.max(y));
            }
        }

        #[test]
        fn an_interval_holds_the_share_and_narrows(hits in 0..500_i64, more in 1..500_i64) {
            let n = hits + more;
            let p = share(hits, n).unwrap();
            let (low, high) = wilson(hits, n).unwrap();
            prop_assert!(low <= p && p <= high && low >= 0.0 && high <= 1.0);
            let (low4, high4) = wilson(hits * 4, n * 4).unwrap();
            prop_assert!(high4 - low4 < high - low);
        }
    }

    fn counts() -> impl Strategy<Value = [i64; LAG_DAYS.len() + 1]> {
        proptest::array::uniform14(0..20_i64)
    }
}
