//! The kinds of mess, how often each comes, and what it does to a row.

use std::collections::HashMap;

use super::slips;
use crate::{
    OldPlace,
    chance::Chance,
    sheet::{Column, Row},
};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal $weight:literal),* $(,)?) => {
        /// A kind of mess.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum MessKind { $($(#[$doc])* $kind),* }

        impl MessKind {
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$kind),*];

            /// The word in the truth file.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }

            /// How often it is drawn for a messy row, relative to the others (of about a thousand).
            pub fn weight(self) -> u32 {
                match self { $(Self::$kind => $weight),* }
            }
        }
    };
}

kinds! {
    LostDiacritics "lost_diacritics" 130,
    Decomposed "nfd" 90,
    UpperCase "upper_case" 110,
    EthForD "eth_for_d" 50,
    StraySpace "stray_space" 70,
    /// A word left as Telex keys.
    Telex "telex_slip" 45,
    /// A word misspelt as heard.
    Confusion "confusion" 70,
    Transposed "transposed" 25,
    SurnameLast "surname_last" 30,
    MissingMiddle "missing_middle" 45,
    DayMonthSwapped "day_month_swapped" 60,
    YearOnly "year_only" 60,
    /// `17/05/1990` in place of `1990-05-17`.
    TypedDate "typed_date" 45,
    /// The code and address of a dissolved commune.
    OldUnit "dissolved_commune" 80,
    /// A second row for the same person.
    Duplicate "duplicate" 70,
    ImpossibleYear "impossible_year" 10,
    NoSuchDay "no_such_day" 15,
    /// A number of 11 or 13 digits.
    BadNumber "bad_number" 20,
    UnknownUnit "unknown_commune" 15,
    UnknownSex "unknown_sex" 12,
    OlderThanParent "older_than_parent" 10,
    DeathBeforeBirth "death_before_birth" 8,
}

const ADDRESSES: [Column; 2] = [Column::PermanentAddress, Column::TemporaryAddress];
const KIN_NAMES: [Column; 3] = [Column::FatherName, Column::MotherName, Column::SpouseName];

/// Old addresses by the commune of today.
#[derive(Debug, Default)]
pub(super) struct OldUnits(HashMap<String, Vec<(String, String)>>);

impl OldUnits {
    pub(super) fn new(old_places: &[OldPlace]) -> Self {
        let mut units = Self::default();
        for old in old_places {
            for successor in &old.successors {
                let was = (old.code.clone(), old.name.clone());
                units.0.entry(successor.clone()).or_default().push(was);
            }
        }
        units
    }
}

/// Applies one kind; `None` when this row offers nothing to it.
pub(super) fn apply(kind: MessKind, row: &mut Row, old: &OldUnits, chance: &mut Chance) -> Option<()> {
    match kind {
        MessKind::LostDiacritics => everywhere(row, chance, slips::without_diacritics),
        MessKind::Decomposed => everywhere(row, chance, slips::decomposed),
        MessKind::UpperCase => everywhere(row, chance, slips::upper),
        MessKind::EthForD => everywhere(row, chance, slips::eth_for_d),
        MessKind::StraySpace => set(row, Column::FullName, |name| slips::stray_space(name, chance)),
        MessKind::Telex => set(row, Column::FullName, |name| slips::telex(name, chance)),
        MessKind::Confusion => set(row, Column::FullName, |name| slips::confusion(name, chance)),
        MessKind::Transposed => set(row, Column::FullName, |name| slips::transposed(name, chance)),
        MessKind::SurnameLast => set(row, Column::FullName, slips::surname_last),
        MessKind::MissingMiddle => set(row, Column::FullName, slips::without_middle),
        MessKind::DayMonthSwapped => set(row, Column::BirthDate, |date| {
            let (year, month, day) = parts(date)?;
            let swaps = day.parse::<u8>().ok()? <= 12 && day != month;
            swaps.then(|| format!("{year}-{day}-{month}"))
        }),
        MessKind::YearOnly => set(row, Column::BirthDate, |date| Some(parts(date)?.0.to_owned())),
        MessKind::TypedDate => set(row, Column::BirthDate, |date| {
            let (year, month, day) = parts(date)?;
            Some(format!("{day}/{month}/{year}"))
        }),
        MessKind::OldUnit => old_unit(row, old, chance),
        // A row of its own; see the sheet.
        MessKind::Duplicate => None,
        MessKind::ImpossibleYear => set(row, Column::BirthDate, |date| {
            let (_, month, day) = parts(date)?;
            Some(format!("2190-{month}-{day}"))
        }),
        MessKind::NoSuchDay => set(row, Column::BirthDate, |date| {
            Some(format!("{}-02-{}", parts(date)?.0, chance.between(30, 31)))
        }),
        MessKind::BadNumber => set(row, Column::Number, |number| {
            let digit = chance.between(0, 9);
            if chance.hit(500) {
                Some(format!("{number}{digit}"))
            } else {
                number.get(..11).map(str::to_owned)
            }
        }),
        // No commune has a code of this shape.
        MessKind::UnknownUnit => {
            set(row, Column::PermanentCommune, |_| Some(format!("99{:03}", chance.below(1000))))
        }
        MessKind::UnknownSex => {
            set(row, Column::Sex, |_| Some(chance.word(&["x", "3", "?", "N/A"]).to_owned()))
        }
        MessKind::OlderThanParent => {
            if row[Column::FatherNumber].is_empty() && row[Column::MotherNumber].is_empty() {
                return None;
            }
            // More than the oldest parent is ahead.
            set(row, Column::BirthDate, |date| {
                let year: i16 = date.get(..4)?.parse().ok()?;
                Some(format!("{}{}", (year - 55).max(1850), date.get(4..)?))
            })
        }
        MessKind::DeathBeforeBirth => {
            let year: i16 = row[Column::BirthDate].get(..4)?.parse().ok()?;
            row[Column::DeathDate] = format!("{}-06-15", year - 1);
            Some(())
        }
    }
}

fn set(row: &mut Row, column: Column, spoil: impl FnOnce(&str) -> Option<String>) -> Option<()> {
    row[column] = spoil(&row[column])?;
    Some(())
}

/// The name, and often the addresses and the names of kin too.
fn everywhere(row: &mut Row, chance: &mut Chance, spoil: fn(&str) -> Option<String>) -> Option<()> {
    let mut done = set(row, Column::FullName, spoil);
    for (columns, per_mille) in [(&ADDRESSES[..], 600), (&KIN_NAMES[..], 400)] {
        if chance.hit(per_mille) {
            for column in columns {
                done = set(row, *column, spoil).or(done);
            }
        }
    }
    done
}

/// Year, month and day of a whole ISO date.
fn parts(date: &str) -> Option<(&str, &str, &str)> {
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    Some((year, month, day))
}

fn old_unit(row: &mut Row, old: &OldUnits, chance: &mut Chance) -> Option<()> {
    let (code, name) = chance.pick(old.0.get(&row[Column::PermanentCommune])?)?;
    row[Column::PermanentCommune] = code.clone();
    row[Column::PermanentAddress] = format!("{}, {name}", row[Column::PermanentAddress]);
    if chance.hit(400)
        && let Some((code, _)) = old.0.get(&row[Column::HomeTown]).and_then(|was| chance.pick(was))
    {
        row[Column::HomeTown] = code.clone();
    }
    Some(())
}
