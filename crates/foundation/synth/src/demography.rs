//! Rates of life: who marries, how many children come, who dies; and what papers know of a birthday.
//!
//! Rounded from the census of 2019 and the mid-term census of 2024; enough for plausible households.

use base::{PartialDate, Sex};
use jiff::{ToSpan, civil::Date};

use crate::{
    chance::Chance,
    places::{PlaceId, Places},
    region::Region,
};

/// Whether somebody of this age was ever married.
pub(crate) fn married_by(sex: Sex, age: i32, chance: &mut Chance) -> bool {
    let per_mille = match (sex, age) {
        (_, ..20) => 0,
        (Sex::Female, 20..25) => 380,
        (Sex::Female, 25..30) => 720,
        (Sex::Female, 30..35) => 880,
        (Sex::Female, 35..40) => 920,
        (Sex::Female, _) => 935,
        (Sex::Male, 20..25) => 140,
        (Sex::Male, 25..30) => 480,
        (Sex::Male, 30..35) => 750,
        (Sex::Male, 35..40) => 880,
        (Sex::Male, _) => 955,
    };
    chance.hit(per_mille)
}

/// How many per thousand of those who married are dead at this age.
pub(crate) fn death_per_mille(sex: Sex, age: i32) -> u32 {
    let male = match age {
        ..40 => 8,
        40..50 => 25,
        50..60 => 70,
        60..65 => 150,
        65..70 => 230,
        70..75 => 350,
        75..80 => 500,
        80..85 => 680,
        _ => 850,
    };
    if sex == Sex::Male { male } else { male * 45 / 100 }
}

/// How many children a mother of this year of birth wished for; the pyramid lets in fewer.
pub(crate) fn births(mother_born: i16, chance: &mut Chance) -> i32 {
    let (low, high) = match mother_born {
        ..1950 => (2, 6),
        1950..1965 => (1, 5),
        1965..1980 => (1, 4),
        _ => (2, 3),
    };
    if chance.hit(40) { 0 } else { chance.between(low, high) }
}

/// Where a family lives and where it comes from.
pub(crate) fn settle(places: &Places, chance: &mut Chance) -> (PlaceId, PlaceId) {
    let home = places.anywhere(chance);
    let moved = match places.get(home).map(|s| (s.profile().magnet, s.profile().region)) {
        Some((true, Region::SouthEast)) => 420,
        Some((true, _)) => 160,
        _ => 40,
    };
    (home, if chance.hit(moved) { places.anywhere(chance) } else { home })
}

/// Many older people's papers know only the year.
pub(crate) fn known_part(born: Date, chance: &mut Chance) -> PartialDate {
    let (year_only, month_too) = match born.year() {
        ..1955 => (220, 25),
        1955..1970 => (45, 10),
        _ => (0, 0),
    };
    let month = if chance.hit(year_only) {
        Some(None)
    } else if chance.hit(month_too) {
        Some(Some(born.month()))
    } else {
        None
    };
    month.and_then(|m| PartialDate::new(born.year(), m, None).ok()).unwrap_or(PartialDate::full(born))
}

/// A day evenly from both ends and all between.
pub(crate) fn between_days(first: Date, last: Date, chance: &mut Chance) -> Date {
    first.saturating_add(chance.between(0, days_from(first, last)).days())
}

/// Days from one to the other, negative when `last` is earlier.
pub(crate) fn days_from(first: Date, last: Date) -> i32 {
    (last - first).get_days()
}
