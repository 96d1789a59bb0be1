//! Working days: Monday to Friday, less the holidays, plus the Saturdays that the Government swaps in.
//!
//! Holidays are data that a decree sets each year, so a calendar knows only the years it was given; asking about
//! another year is an error, not a guess. The day of receipt is not counted.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date, civil::Weekday};

/// Why a day differs from its weekday's rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DayKind {
    /// No work, whatever the weekday.
    Holiday,
    /// A Saturday or Sunday on which the state works, in exchange for a bridge day.
    SwappedIn,
}

/// The days of the years that are known.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    days: BTreeMap<Date, DayKind>,
    years: BTreeSet<i16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the working-day calendar of {year} is not known yet")]
pub struct UnknownYear {
    pub year: i16,
}

impl Calendar {
    pub fn new(
        years: impl IntoIterator<Item = i16>,
        days: impl IntoIterator<Item = (Date, DayKind)>,
    ) -> Self {
        Self { days: days.into_iter().collect(), years: years.into_iter().collect() }
    }

    pub fn is_working(&self, day: Date) -> Result<bool, UnknownYear> {
        if !self.years.contains(&day.year()) {
            return Err(UnknownYear { year: day.year() });
        }
        Ok(match self.days.get(&day) {
            Some(DayKind::Holiday) => false,
            Some(DayKind::SwappedIn) => true,
            None => !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
        })
    }

    /// The day on which `count` working days after `from` have passed; `from` itself is not counted. Zero gives `from`.
    pub fn add(&self, from: Date, count: u32) -> Result<Date, UnknownYear> {
        let mut day = from;
        let mut left = count;
        while left > 0 {
            day = day.checked_add(1.day()).map_err(|_| UnknownYear { year: day.year() })?;
            if self.is_working(day)? {
                left -= 1;
            }
        }
        Ok(day)
    }

    /// Working days in `(from, to]`; negative when `to` lies before `from`.
    pub fn between(&self, from: Date, to: Date) -> Result<i32, UnknownYear> {
        if to < from {
            return self.between(to, from).map(|n| -n);
        }
        let mut count = 0;
        let mut day = from;
        while day < to {
            day = day.checked_add(1.day()).map_err(|_| UnknownYear { year: day.year() })?;
            if self.is_working(day)? {
                count += 1;
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn november_2026() -> Calendar {
        Calendar::new(
            [2026],
            [(date(2026, 11, 24), DayKind::Holiday), (date(2026, 8, 22), DayKind::SwappedIn)],
        )
    }

    #[test]
    fn holidays_and_weekends_do_not_count() {
        let calendar = november_2026();
        assert_eq!(calendar.add(date(2026, 11, 20), 3).unwrap(), date(2026, 11, 26));
        assert_eq!(calendar.between(date(2026, 11, 20), date(2026, 11, 26)).unwrap(), 3);
        assert_eq!(calendar.between(date(2026, 11, 26), date(2026, 11, 20)).unwrap(), -3);
    }

    #[test]
    fn a_swapped_saturday_counts() {
        assert_eq!(november_2026().add(date(2026, 8, 21), 1).unwrap(), date(2026, 8, 22));
    }

    #[test]
    fn an_unknown_year_is_never_guessed() {
        assert_eq!(november_2026().add(date(2026, 12, 31), 1), Err(UnknownYear { year: 2027 }));
    }

    proptest! {
        #[test]
        fn adding_and_counting_agree(start in 0i32..300, count in 0u32..40) {
            let calendar = november_2026();
            let from = date(2026, 1, 1).checked_add(start.days()).unwrap();
            if let Ok(to) = calendar.add(from, count) {
                prop_assert_eq!(calendar.between(from, to).unwrap(), i32::try_from(count).unwrap());
                prop_assert!(count == 0 || calendar.is_working(to).unwrap());
            }
        }
    }
}
