//! Two kinds of time: the days on which something holds, and the moments at which we held it to be so.
//!
//! History is a set of [`Span`]s. At any moment of knowledge, the spans of one item do not overlap in days.
//! [`supersede`] makes room for new knowledge without losing the old; [`as_of`] answers "on day D, as known at K".

use jiff::{Timestamp, civil::Date};

/// Half-open days: `to` is the first day that no longer belongs. `None` has no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days {
    pub from: Option<Date>,
    pub to: Option<Date>,
}

impl Days {
    pub const ALWAYS: Self = Self { from: None, to: None };

    pub fn since(from: Option<Date>) -> Self {
        Self { from, to: None }
    }

    pub fn contains(self, day: Date) -> bool {
        self.from.is_none_or(|f| f <= day) && self.to.is_none_or(|t| day < t)
    }

    /// The last day that belongs.
    pub fn last(self) -> Option<Date> {
        self.to.and_then(|to| to.yesterday().ok())
    }

    pub fn is_empty(self) -> bool {
        matches!((self.from, self.to), (Some(f), Some(t)) if f >= t)
    }

    pub fn overlaps(self, other: Self) -> bool {
        let before =
            |to: Option<Date>, from: Option<Date>| matches!((to, from), (Some(t), Some(f)) if t <= f);
        !self.is_empty() && !other.is_empty() && !before(self.to, other.from) && !before(other.to, self.from)
    }

    /// What is left of these days without those of `cut`, in order.
    pub fn without(self, cut: Self) -> impl Iterator<Item = Self> {
        let left =
            cut.from.map(|from| Self { from: self.from, to: Some(self.to.map_or(from, |to| to.min(from))) });
        let right =
            cut.to.map(|to| Self { from: Some(self.from.map_or(to, |from| from.max(to))), to: self.to });
        [left, right].into_iter().flatten().filter(|days| !days.is_empty())
    }
}

/// A value on some days, as known from one moment to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<T> {
    pub value: T,
    pub days: Days,
    pub known_from: Timestamp,
    pub known_to: Option<Timestamp>,
}

impl<T> Span<T> {
    pub fn was_known_at(&self, at: Timestamp) -> bool {
        self.known_from <= at && self.known_to.is_none_or(|to| at < to)
    }

    /// Whether it holds on a day by what is known today.
    pub fn holds_on(&self, day: Date) -> bool {
        self.known_to.is_none() && self.days.contains(day)
    }
}

/// What held on a day, as it was known at a moment.
pub fn as_of<T>(spans: &[Span<T>], day: Date, known: Timestamp) -> impl Iterator<Item = &Span<T>> {
    spans.iter().filter(move |s| s.was_known_at(known) && s.days.contains(day))
}

/// A span that is no longer believed as it stands, and the days on which its value still is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superseded {
    /// Place in the given spans.
    pub at: usize,
    pub remains: Vec<Days>,
}

/// Which spans end so that the days of `cut` are free for new knowledge.
pub fn supersede<T>(spans: &[Span<T>], cut: Days) -> Vec<Superseded> {
    spans
        .iter()
        .enumerate()
        .filter(|(_, s)| s.known_to.is_none() && s.days.overlaps(cut))
        .map(|(at, s)| Superseded { at, remains: s.days.without(cut).collect() })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::date};
    use proptest::prelude::*;

    use super::*;

    /// Applies new knowledge the way the operations do.
    fn learn(spans: &mut Vec<Span<u8>>, at: Timestamp, days: Days, value: u8) {
        let superseded = supersede(spans, days);
        for s in superseded {
            spans[s.at].known_to = Some(at);
            let value = spans[s.at].value;
            spans.extend(s.remains.into_iter().map(|days| Span {
                value,
                days,
                known_from: at,
                known_to: None,
            }));
        }
        spans.push(Span { value, days, known_from: at, known_to: None });
    }

    fn day(n: i32) -> Date {
        date(2020, 1, 1) + n.days()
    }

    fn moment(n: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + n).unwrap()
    }

    fn some_days() -> impl Strategy<Value = Days> {
        (proptest::option::of(0..30), proptest::option::of(1..20)).prop_map(|(from, length)| Days {
            from: from.map(day),
            to: length.map(|l| day(from.unwrap_or(0) + l)),
        })
    }

    proptest! {
        /// The naive model keeps all that was ever said and takes the last word on a day.
        #[test]
        fn every_day_at_every_moment_agrees_with_the_full_list_of_what_was_said(
            said in proptest::collection::vec((0..3i64, some_days(), any::<u8>()), 0..12),
        ) {
            let mut spans = Vec::new();
            let mut list = Vec::new();
            let mut at = 0;
            for (pause, days, value) in said {
                at += pause;
                learn(&mut spans, moment(at), days, value);
                list.push((moment(at), days, value));
            }
            for known in -1..at + 2 {
                for d in -2..55 {
                    let (d, known) = (day(d), moment(known));
                    let naive = list.iter().rev().find(|(k, days, _)| *k <= known && days.contains(d)).map(|x| x.2);
                    let ours: Vec<u8> = as_of(&spans, d, known).map(|s| s.value).collect();
                    prop_assert_eq!(ours, naive.into_iter().collect::<Vec<_>>());
                }
            }
        }

        #[test]
        fn what_remains_and_what_is_cut_are_the_whole(a in some_days(), cut in some_days()) {
            let rest: Vec<Days> = a.without(cut).collect();
            for d in (-2..55).map(day) {
                let kept = rest.iter().filter(|r| r.contains(d)).count();
                prop_assert_eq!(kept, usize::from(a.contains(d) && !cut.contains(d)));
            }
        }
    }
}
