//! Dates as papers have them: whole, only the year, day and month exchanged, a digit wrong.

use super::Form;
use crate::mixing::join;

pub(super) const GRADES: [&str; 7] =
    ["different", "same_year", "as_far_as_known", "another_year", "one_digit", "day_month_exchanged", "same"];

/// Year, month and day as written; zero where unknown. The calendar may not have such a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut groups = text.split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty());
        let (first, second, third) = (groups.next()?, groups.next(), groups.next());
        let (year, month, day) = match (first, second, third) {
            (one, None, _) if one.len() == 4 => (one, "0", "0"),
            (one, None, _) if one.len() == 8 => match one.get(..2)? {
                "18" | "19" | "20" | "21" => (one.get(..4)?, one.get(4..6)?, one.get(6..)?),
                day => (one.get(4..)?, one.get(2..4)?, day),
            },
            (year, Some(month), None) if year.len() == 4 => (year, month, "0"),
            (month, Some(year), None) => (year, month, "0"),
            (year, Some(month), Some(day)) if year.len() == 4 => (year, month, day),
            (day, Some(month), Some(year)) => (year, month, day),
            _ => return None,
        };
        let read = Self { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        (year.len() == 4 && read.year > 0 && read.month < 100 && read.day < 100).then_some(read)
    }

    fn is_whole(self) -> bool {
        self.month > 0 && self.day > 0
    }

    fn digits(self) -> [u8; 8] {
        let (y, m, d) = (self.year % 10_000, self.month, self.day);
        let year = [y / 1000, y / 100 % 10, y / 10 % 10, y % 10].map(|digit| digit as u8);
        [year[0], year[1], year[2], year[3], m / 10, m % 10, d / 10, d % 10]
    }

    pub(super) fn grade(self, other: Self) -> u8 {
        if !self.is_whole() || !other.is_whole() {
            let months = self.month == 0 || other.month == 0 || self.month == other.month;
            return if self.year == other.year && months { 2 } else { 0 };
        }
        if self == other {
            6
        } else if self.year == other.year && (self.month, self.day) == (other.day, other.month) {
            5
        } else if self.one_slip(other) {
            4
        } else if (self.month, self.day) == (other.month, other.day) {
            3
        } else {
            u8::from(self.year == other.year)
        }
    }

    /// One digit replaced, or two neighbours exchanged.
    fn one_slip(self, other: Self) -> bool {
        let (a, b) = (self.digits(), other.digits());
        let mut wrong = (0..8).filter(|i| a[*i] != b[*i]);
        match (wrong.next(), wrong.next(), wrong.next()) {
            (Some(_), None, _) => true,
            (Some(i), Some(j), None) => j == i + 1 && a[i] == b[j] && a[j] == b[i],
            _ => false,
        }
    }

    pub(super) fn key(self, form: Form) -> u64 {
        let days = join(u64::from(self.day.min(self.month)), u64::from(self.day.max(self.month)));
        match form {
            Form::Same if self.is_whole() => join(days, u64::from(self.year)).max(1),
            Form::Day if self.is_whole() => days.max(1),
            Form::Year => join(2, u64::from(self.year)).max(1),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_graded_by_the_slip_that_explains_them() {
        let grade = |a: &str, b: &str| Day::read(a).unwrap().grade(Day::read(b).unwrap());
        for (a, b, expected) in [
            ("1990-05-17", "17/5/1990", 6),
            ("19900517", "1990-05-17", 6),
            ("1990-05-07", "1990-07-05", 5),
            ("1990-17-05", "1990-05-17", 5),
            ("1990-05-17", "1990-05-16", 4),
            ("1990-05-17", "1909-05-17", 4),
            ("1990-05-17", "2045-05-17", 3),
            ("1990-05-17", "1990", 2),
            ("1990", "1990", 2),
            ("1990-05", "1990-06-01", 0),
            ("1990-05-17", "1990-11-24", 1),
            ("1990-05-17", "1961-11-24", 0),
        ] {
            assert_eq!((grade(a, b), grade(b, a)), (expected, expected), "{a} / {b}");
        }
        for nonsense in ["", "?", "12", "17.5.90", "1990-500-1"] {
            assert_eq!(Day::read(nonsense), None, "{nonsense}");
        }
    }
}
