//! Dates of which the law may know only the year, or the month and year.
//!
//! Many older people's papers give no day or month. Printing such a date shows what is known ("1945"). For age, an
//! unknown day counts as the last day of the month and an unknown month as the last of the year (usual civil rule).

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Earliest year we accept for anything about a living or recorded person.
const YEAR_MIN: i16 = 1850;
const YEAR_MAX: i16 = 2200;

/// A date known to the day, the month or only the year. Text form: `1945`, `1945-03`, `1945-03-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartialDate {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartialDateError {
    #[error("not a date: expected YYYY, YYYY-MM or YYYY-MM-DD")]
    Shape,
    #[error("the year must lie between 1850 and 2200")]
    Year,
    #[error("there is no such day in the calendar")]
    NoSuchDay,
}

impl PartialDate {
    pub fn new(year: i16, month: Option<i8>, day: Option<i8>) -> Result<Self, PartialDateError> {
        if !(YEAR_MIN..=YEAR_MAX).contains(&year) {
            return Err(PartialDateError::Year);
        }
        match (month, day) {
            (None, Some(_)) => return Err(PartialDateError::Shape),
            (Some(m), d) => {
                Date::new(year, m, d.unwrap_or(1)).map_err(|_| PartialDateError::NoSuchDay)?;
            }
            (None, None) => {}
        }
        Ok(Self { year, month, day })
    }

    pub fn full(date: Date) -> Self {
        Self { year: date.year(), month: Some(date.month()), day: Some(date.day()) }
    }

    pub fn year(self) -> i16 {
        self.year
    }
    pub fn month(self) -> Option<i8> {
        self.month
    }
    pub fn day(self) -> Option<i8> {
        self.day
    }

    /// The whole date, where it is known to the day.
    pub fn exact(self) -> Option<Date> {
        Date::new(self.year, self.month?, self.day?).ok()
    }

    /// The first day that this can mean.
    pub fn earliest(self) -> Date {
        Date::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1)).unwrap_or(Date::MIN)
    }

    /// The last day that this can mean; the one that counts for age.
    pub fn latest(self) -> Date {
        let month = self.month.unwrap_or(12);
        let first = Date::new(self.year, month, 1).unwrap_or(Date::MAX);
        self.day.and_then(|d| Date::new(self.year, month, d).ok()).unwrap_or_else(|| first.last_of_month())
    }

    /// Completed years of age on `day`; zero before birth.
    pub fn age_on(self, day: Date) -> i16 {
        let born = self.latest();
        let before_birthday = (day.month(), day.day()) < (born.month(), born.day());
        (day.year() - born.year() - i16::from(before_birthday)).max(0)
    }

    /// As people in Vietnam write it: `17/05/1990`, `05/1990`, `1990`.
    pub fn display_vi(self) -> String {
        match (self.month, self.day) {
            (Some(m), Some(d)) => format!("{d:02}/{m:02}/{}", self.year),
            (Some(m), None) => format!("{m:02}/{}", self.year),
            _ => self.year.to_string(),
        }
    }

    /// Reads what a person types: `17/5/1990`, `17/5/90`, `17-05-1990`, `5/1990`, `1990`, or ISO form.
    /// A two-digit year is the latest such year that is not after `today`.
    pub fn parse_typed(typed: &str, today: Date) -> Result<Self, PartialDateError> {
        let typed = typed.trim();
        if let Ok(iso) = typed.parse() {
            return Ok(iso);
        }
        let parts: Vec<&str> = typed.split(['/', '-', '.', ' ']).filter(|p| !p.is_empty()).collect();
        let small = |s: &str| s.parse::<i8>().map_err(|_| PartialDateError::Shape);
        let year = |s: &str| -> Result<i16, PartialDateError> {
            let y: i16 = s.parse().map_err(|_| PartialDateError::Shape)?;
            Ok(match s.len() {
                2 => {
                    let century = today.year() / 100 * 100;
                    if century + y > today.year() { century - 100 + y } else { century + y }
                }
                4 => y,
                _ => return Err(PartialDateError::Shape),
            })
        };
        match parts.as_slice() {
            [d, m, y] => Self::new(year(y)?, Some(small(m)?), Some(small(d)?)),
            [m, y] => Self::new(year(y)?, Some(small(m)?), None),
            [y] => Self::new(year(y)?, None, None),
            _ => Err(PartialDateError::Shape),
        }
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(m) = self.month {
            write!(f, "-{m:02}")?;
        }
        if let Some(d) = self.day {
            write!(f, "-{d:02}")?;
        }
        Ok(())
    }
}

impl FromStr for PartialDate {
    type Err = PartialDateError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if !s.is_ascii() || !matches!(s.len(), 4 | 7 | 10) {
            return Err(PartialDateError::Shape);
        }
        let mut parts = s.splitn(3, '-');
        let year = parts.next().and_then(|p| p.parse().ok()).ok_or(PartialDateError::Shape)?;
        let mut small = || match parts.next() {
            None => Ok(None),
            Some(p) if p.len() == 2 => p.parse().map(Some).map_err(|_| PartialDateError::Shape),
            Some(_) => Err(PartialDateError::Shape),
        };
        Self::new(year, small()?, small()?)
    }
}

impl Serialize for PartialDate {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Kept in the database as its text form, which sorts by time within one precision.
impl postgres_types::ToSql for PartialDate {
    fn to_sql(
        &self,
        ty: &postgres_types::Type,
        out: &mut bytes::BytesMut,
    ) -> Result<postgres_types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.to_string().to_sql(ty, out)
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        <&str as postgres_types::ToSql>::accepts(ty)
    }
    postgres_types::to_sql_checked!();
}

impl<'a> postgres_types::FromSql<'a> for PartialDate {
    fn from_sql(
        ty: &postgres_types::Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(<&str as postgres_types::FromSql>::from_sql(ty, raw)?.parse()?)
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        <&str as postgres_types::FromSql>::accepts(ty)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_type_is_understood() {
        let today = date(2026, 11, 21);
        for (typed, iso) in [
            ("17/5/90", "1990-05-17"),
            ("17/05/1990", "1990-05-17"),
            ("3-2-05", "2005-02-03"),
            ("5/1990", "1990-05"),
            ("1945", "1945"),
            ("1990-05-17", "1990-05-17"),
            (" 01.01.27 ", "1927-01-01"),
        ] {
            assert_eq!(PartialDate::parse_typed(typed, today).unwrap().to_string(), iso, "{typed}");
        }
        assert_eq!(PartialDate::parse_typed("31/2/1990", today), Err(PartialDateError::NoSuchDay));
        assert_eq!(PartialDate::parse_typed("mai", today), Err(PartialDateError::Shape));
        assert_eq!(PartialDate::parse_typed("1/1/1700", today), Err(PartialDateError::Year));
    }

    #[test]
    fn an_unknown_day_counts_as_the_last_for_age() {
        let only_year: PartialDate = "1966".parse().unwrap();
        assert_eq!(only_year.age_on(date(2026, 12, 30)), 59);
        assert_eq!(only_year.age_on(date(2026, 12, 31)), 60);
        let leap: PartialDate = "2008-02".parse().unwrap();
        assert_eq!(leap.latest(), date(2008, 2, 29));
    }

    proptest! {
        #[test]
        fn text_form_round_trips(y in 1850i16..=2200, m in proptest::option::of(1i8..=12), d in 1i8..=28) {
            let date = PartialDate::new(y, m, m.map(|_| d)).unwrap();
            prop_assert_eq!(date.to_string().parse::<PartialDate>().unwrap(), date);
            prop_assert!(date.earliest() <= date.latest());
        }

        #[test]
        fn no_input_panics(s in ".{0,12}") {
            let _ = s.parse::<PartialDate>();
            let _ = PartialDate::parse_typed(&s, date(2026, 11, 21));
        }
    }
}
