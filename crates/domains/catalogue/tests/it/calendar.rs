use std::collections::BTreeMap;

use catalogue::DayRule;
use jiff::{
    ToSpan,
    civil::{Date, Weekday, date},
};

use crate::catalogue;

/// What PyPI `holidays` says; written by `scripts/catalogue/holidays_fixture.py`.
const FIXTURE: &str = include_str!("../fixtures/holidays_vn.csv");

/// Where the library is known to be wrong: the exchange of 2 and 10 January 2026 (decided on 25 December 2025) is missing.
const MISSING_THERE: [(Date, bool); 2] = [(date(2026, 1, 2), false), (date(2026, 1, 10), true)];

#[test]
fn working_days_are_those_of_the_library_but_for_the_known_difference() {
    let mut special: BTreeMap<Date, bool> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(FIXTURE.as_bytes());
    for row in reader.deserialize::<(Date, String, String)>() {
        let (day, kind, _) = row.unwrap();
        special.insert(day, kind == "working");
    }
    let mut differences = Vec::new();
    let mut day = date(2024, 1, 1);
    while day.year() < 2028 {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let theirs = special.get(&day).copied().unwrap_or(!weekend);
        let ours = catalogue().calendar().is_working(day).unwrap();
        if ours != theirs {
            differences.push((day, ours));
        }
        day = day.checked_add(1.day()).unwrap();
    }
    assert_eq!(differences, MISSING_THERE);
}

#[test]
fn each_special_day_has_its_name_and_law() {
    let calendars = catalogue().calendars();
    let next = calendars.day(date(2026, 11, 24)).unwrap();
    assert_eq!((next.rule, next.name.vi.as_str()), (DayRule::Holiday, "Ngày Văn hóa Việt Nam"));
    for day in calendars.years().iter().flat_map(|y| &y.days) {
        assert!(catalogue().legal().get(&day.legal.document).is_some());
    }
    assert!(calendars.day(date(2026, 11, 25)).is_none());
}

#[test]
fn the_exchanged_days_of_2027_are_not_announced_and_2028_is_not_known() {
    let calendars = catalogue().calendars();
    assert!(calendars.year(2026).unwrap().swaps_announced);
    assert!(!calendars.year(2027).unwrap().swaps_announced);
    assert!(catalogue().calendar().is_working(date(2028, 1, 3)).is_err());
}
