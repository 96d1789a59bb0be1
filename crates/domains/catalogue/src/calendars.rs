//! Days that differ from their weekday's rule, year by year, each with its name and legal basis.

use std::collections::BTreeSet;

use base::{DayKind, Text};
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::{
    legal::{Citation, LegalRegister},
    report::{Report, TomlFile, read_toml},
    source::Source,
};

/// Why a day is special.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayRule {
    /// A public holiday.
    Holiday,
    /// Off, because a holiday fell on a weekend.
    Compensation,
    /// Off, in exchange for a weekend day that is worked.
    Bridge,
    /// A weekend day that is worked, in exchange.
    Working,
}

impl DayRule {
    pub fn is_off(self) -> bool {
        self != Self::Working
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpecialDay {
    pub date: Date,
    pub rule: DayRule,
    pub name: Text,
    pub legal: Citation,
}

/// One year. While `swaps_announced` is false, the Government may still exchange days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Year {
    pub year: i16,
    pub swaps_announced: bool,
    pub days: Vec<SpecialDay>,
}

#[derive(Debug, Default)]
pub struct Calendars {
    years: Vec<Year>,
    working_days: base::Calendar,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawYear {
    year: Spanned<i16>,
    swaps_announced: bool,
    day: Vec<Spanned<RawDay>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDay {
    date: Date,
    kind: DayRule,
    name: Text,
    legal: Spanned<String>,
    article: Option<String>,
}

impl Calendars {
    pub(crate) fn read(source: &Source, legal: &LegalRegister, report: &mut Report) -> Self {
        let mut years: Vec<Year> = Vec::new();
        for (path, text) in source.under("calendars") {
            if let Some((file, raw)) = read_toml::<RawYear>(path, text, report) {
                years.push(read_year(file, raw, legal, report));
            }
        }
        for (a, b) in years.iter().zip(years.iter().skip(1)) {
            if b.year != a.year + 1 {
                let missing = format!("the year after {} is missing", a.year);
                report.add(&format!("calendars/{}.toml", b.year), 1, "calendar.gap", missing);
            }
        }
        let days = years.iter().flat_map(|y| &y.days);
        let kind = |d: &SpecialDay| if d.rule.is_off() { DayKind::Holiday } else { DayKind::SwappedIn };
        let working_days = base::Calendar::new(years.iter().map(|y| y.year), days.map(|d| (d.date, kind(d))));
        Self { years, working_days }
    }

    pub fn working_days(&self) -> &base::Calendar {
        &self.working_days
    }

    pub fn years(&self) -> &[Year] {
        &self.years
    }

    pub fn year(&self, year: i16) -> Option<&Year> {
        self.years.iter().find(|y| y.year == year)
    }

    /// What is special about a day, if anything.
    pub fn day(&self, date: Date) -> Option<&SpecialDay> {
        self.year(date.year())?.days.iter().find(|d| d.date == date)
    }
}

fn read_year(file: TomlFile<'_>, raw: RawYear, legal: &LegalRegister, report: &mut Report) -> Year {
    let year = *raw.year.get_ref();
    if file.path != format!("calendars/{year}.toml") {
        let line = file.line(raw.year.span());
        report.add(
            file.path,
            line,
            "calendar.file_name",
            format!("the year {year} belongs into {year}.toml"),
        );
    }
    let mut seen = BTreeSet::new();
    let mut days = Vec::with_capacity(raw.day.len());
    let mut exchanged = (0, 0);
    for day in raw.day {
        let line = file.line(day.span());
        let day = day.into_inner();
        let weekend = matches!(day.date.weekday(), Weekday::Saturday | Weekday::Sunday);
        if day.date.year() != year {
            report.add(file.path, line, "calendar.other_year", format!("{} is not in {year}", day.date));
        }
        if !seen.insert(day.date) {
            report.add(file.path, line, "calendar.duplicate", format!("{} stands here twice", day.date));
        }
        match day.kind {
            DayRule::Working if !weekend => {
                report.add(
                    file.path,
                    line,
                    "calendar.weekday",
                    "only a Saturday or Sunday can be swapped in",
                );
            }
            DayRule::Bridge | DayRule::Compensation if weekend => {
                report.add(file.path, line, "calendar.weekday", "a Saturday or Sunday is off anyway");
            }
            _ => {}
        }
        exchanged.0 += i32::from(day.kind == DayRule::Bridge);
        exchanged.1 += i32::from(day.kind == DayRule::Working);
        legal.check_in(file, &day.legal, report);
        let legal = Citation { document: day.legal.into_inner(), article: day.article };
        days.push(SpecialDay { date: day.date, rule: day.kind, name: day.name, legal });
    }
    if exchanged.0 != exchanged.1 {
        let message = format!("{} bridge days are exchanged for {} worked days", exchanged.0, exchanged.1);
        report.add(file.path, file.line(raw.year.span()), "calendar.exchange", message);
    }
    days.sort_by_key(|d| d.date);
    Year { year, swaps_announced: raw.swaps_announced, days }
}
