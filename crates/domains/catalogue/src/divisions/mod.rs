//! Administrative divisions: 34 provinces and 3,321 communes since 1 July 2025, and the 63 provinces, districts and
//! communes before.
//!
//! A code alone names no unit: `00004` was Trúc Bạch ward until 30 June 2025 and is Ba Đình ward since. Code and day
//! together do. Units that were split have several successors, and nothing here guesses between them.
//! - this file: the words, and look-up by code
//! - `load`: the files and their rules
//! - `resolve`: from any unit of any day to the units of today
//! - `changes`: what a day's rearrangement did, as a file for the register
//! - `search`: the address picker; `words`: what it compares
//! - `units`: the same units for the crate `address`, which reads whole addresses

mod changes;
mod load;
mod resolve;
mod search;
mod units;
mod words;

use std::{fmt, str::FromStr};

use base::{Lang, fold};
use jiff::civil::Date;
use serde::{Serialize, Serializer};

pub use resolve::{Extent, Resolution, Successor};
pub use search::CommuneHit;

use crate::validity::{Level, Validity};

/// Code of a unit: 2 digits for a province, 3 for a former district, 5 for a commune.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DivisionCode([u8; 5], u8);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a division code has 2 digits (province), 3 (former district) or 5 (commune)")]
pub struct DivisionCodeError;

impl DivisionCode {
    pub fn as_str(&self) -> &str {
        self.0.get(..usize::from(self.1)).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("")
    }

    pub fn level(self) -> Level {
        match self.1 {
            2 => Level::Provincial,
            3 => Level::District,
            _ => Level::Commune,
        }
    }
}

impl FromStr for DivisionCode {
    type Err = DivisionCodeError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if !matches!(s.len(), 2 | 3 | 5) || !s.bytes().all(|b| b.is_ascii_digit()) {
            return Err(DivisionCodeError);
        }
        let mut digits = [0; 5];
        digits.iter_mut().zip(s.bytes()).for_each(|(d, b)| *d = b);
        Ok(Self(digits, u8::try_from(s.len()).unwrap_or(5)))
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for DivisionCode {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

/// What a unit is called by law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DivisionKind {
    Province,
    Municipality,
    UrbanDistrict,
    RuralDistrict,
    Town,
    City,
    Ward,
    Commune,
    Township,
    SpecialZone,
}

impl DivisionKind {
    pub fn level(self) -> Level {
        match self {
            Self::Province | Self::Municipality => Level::Provincial,
            Self::UrbanDistrict | Self::RuralDistrict | Self::Town | Self::City => Level::District,
            Self::Ward | Self::Commune | Self::Township | Self::SpecialZone => Level::Commune,
        }
    }

    /// The Vietnamese name as it is compared.
    pub(crate) fn folded(self) -> &'static str {
        match self {
            Self::Province => "tinh",
            Self::Municipality | Self::City => "thanh pho",
            Self::UrbanDistrict => "quan",
            Self::RuralDistrict => "huyen",
            Self::Town => "thi xa",
            Self::Ward => "phuong",
            Self::Commune => "xa",
            Self::Township => "thi tran",
            Self::SpecialZone => "dac khu",
        }
    }

    pub fn name(self, lang: Lang) -> &'static str {
        let (vi, en) = match self {
            Self::Province => ("Tỉnh", "Province"),
            Self::Municipality => ("Thành phố", "City"),
            Self::UrbanDistrict => ("Quận", "District"),
            Self::RuralDistrict => ("Huyện", "District"),
            Self::Town => ("Thị xã", "Town"),
            Self::City => ("Thành phố", "City"),
            Self::Ward => ("Phường", "Ward"),
            Self::Commune => ("Xã", "Commune"),
            Self::Township => ("Thị trấn", "Township"),
            Self::SpecialZone => ("Đặc khu", "Special Zone"),
        };
        match lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}

/// One unit during one period: a change of kind, name or parent opens a new one under the same code.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Division {
    pub code: DivisionCode,
    pub kind: DivisionKind,
    /// Name without the kind: `Bến Thành`, `1` (of "Phường 1").
    pub name: Box<str>,
    /// The name as it is compared.
    #[serde(skip)]
    folded: Box<str>,
    /// English name where it is not just the Vietnamese one without diacritics (provinces).
    name_en: Option<Box<str>>,
    /// Province of a commune or former district; former district of a former commune.
    pub parent: Option<DivisionCode>,
    /// An open beginning means that it is not established; rearrangements before 2025 are not in the data.
    pub validity: Validity,
    /// Latitude and longitude of the middle, in degrees, for units of today.
    pub centroid: Option<(f64, f64)>,
    /// The legal document (id in the register) that made this unit, where known.
    pub basis: Option<Box<str>>,
    /// Prefix of the personal numbers of those whose birth was registered here (former provinces).
    pub id_prefix: Option<Box<str>>,
    /// What the unit went into when it ended; the one with the largest part first.
    pub successors: Box<[DivisionCode]>,
}

impl Division {
    /// Kind and name: `Phường Bến Thành`, `Ben Thanh Ward`, `Quận 1`, `District 1`.
    pub fn label(&self, lang: Lang) -> String {
        let kind = self.kind.name(lang);
        let name = self.plain_name(lang);
        match lang {
            Lang::En if !name.starts_with(|c: char| c.is_ascii_digit()) => format!("{name} {kind}"),
            _ => format!("{kind} {name}"),
        }
    }

    /// The label as it stands inside a sentence: `phường Bến Thành`.
    pub fn label_inside(&self, lang: Lang) -> String {
        match lang {
            Lang::Vi => format!("{} {}", self.kind.name(lang).to_lowercase(), self.name),
            Lang::En => self.label(lang),
        }
    }

    fn plain_name(&self, lang: Lang) -> String {
        match (lang, &self.name_en) {
            (Lang::Vi, _) => self.name.to_string(),
            (Lang::En, Some(name)) => name.to_string(),
            (Lang::En, None) => {
                let plain = |word: &str| {
                    let folded = fold(word);
                    let mut chars = folded.chars();
                    let first = chars.next().map(|c| c.to_uppercase().collect::<String>());
                    first.map_or_else(|| word.to_owned(), |first| first + chars.as_str())
                };
                self.name.split(' ').map(plain).collect::<Vec<_>>().join(" ")
            }
        }
    }

    pub fn level(&self) -> Level {
        self.kind.level()
    }
}

/// Codes and numbers that other registers give a province of today.
#[derive(Debug, Clone, Serialize)]
pub struct ProvinceCodes {
    /// `G01.899`: the first two segments of the Ministry of Public Security's unit codes here.
    pub mps_unit: Box<str>,
    pub mps_certainty: crate::Certainty,
    /// `H29`, of QĐ 20/2020/QĐ-TTg.
    pub org_code: Box<str>,
    pub org_certainty: crate::Certainty,
    /// First two digits of number plates; a merged province keeps them all.
    pub plates: Box<[Box<str>]>,
}

/// All units of all times, sorted by code and then by time.
#[derive(Debug, Default)]
pub struct Divisions {
    all: Vec<Division>,
    /// Parent code and position, sorted.
    by_parent: Vec<(DivisionCode, usize)>,
    /// Successor code and position of the unit that went into it, sorted.
    by_successor: Vec<(DivisionCode, usize)>,
    keys: Vec<search::Key>,
    codes: Vec<(DivisionCode, ProvinceCodes)>,
}

impl Divisions {
    pub fn all(&self) -> &[Division] {
        &self.all
    }

    /// Every period of every unit that ever had this code, in order of time.
    pub fn versions(&self, code: &str) -> &[Division] {
        let Ok(code) = code.parse::<DivisionCode>() else { return &[] };
        let start = self.all.partition_point(|d| d.code < code);
        let end = self.all.partition_point(|d| d.code <= code);
        self.all.get(start..end).unwrap_or(&[])
    }

    /// Which unit had this code on that day.
    pub fn unit_on(&self, code: &str, day: Date) -> Option<&Division> {
        self.versions(code).iter().find(|d| d.validity.contains(day))
    }

    /// The province that a unit lay in (itself, for a province).
    pub fn province_of<'s>(&'s self, unit: &'s Division) -> Option<&'s Division> {
        self.lineage(unit).last()
    }

    /// The unit, then its parents: `Phường Bến Nghé`, `Quận 1`, `Thành phố Hồ Chí Minh`, as they were when it was.
    /// A unit of today is followed by the latest form of its parents.
    pub fn lineage<'s>(&'s self, unit: &'s Division) -> impl Iterator<Item = &'s Division> {
        std::iter::successors(Some(unit), |unit| {
            let versions = self.versions(unit.parent?.as_str());
            versions.iter().rev().find(|p| p.validity.overlaps(&unit.validity))
        })
    }

    /// The address line: `Phường Bến Thành, Thành phố Hồ Chí Minh`.
    pub fn full_name(&self, unit: &Division, lang: Lang) -> String {
        self.lineage(unit).map(|d| d.label(lang)).collect::<Vec<_>>().join(", ")
    }

    /// The provinces of a day, by code.
    pub fn provinces(&self, day: Date) -> impl Iterator<Item = &Division> {
        self.all.iter().filter(move |d| d.level() == Level::Provincial && d.validity.contains(day))
    }

    /// The communes of a day, by code.
    pub fn communes(&self, day: Date) -> impl Iterator<Item = &Division> {
        self.all.iter().filter(move |d| d.level() == Level::Commune && d.validity.contains(day))
    }

    /// The units directly below one, on a day, by code.
    pub fn children(&self, code: &str, day: Date) -> impl Iterator<Item = &Division> {
        let code = code.parse::<DivisionCode>().ok();
        let start = self.by_parent.partition_point(|(parent, _)| Some(*parent) < code);
        let below = self.by_parent.iter().skip(start).take_while(move |(parent, _)| Some(*parent) == code);
        below.filter_map(|(_, at)| self.all.get(*at)).filter(move |d| d.validity.contains(day))
    }

    /// The units that went, whole or in part, into the unit with this code.
    pub fn predecessors(&self, code: &str) -> impl Iterator<Item = &Division> {
        let code = code.parse::<DivisionCode>().ok();
        let start = self.by_successor.partition_point(|(successor, _)| Some(*successor) < code);
        let into =
            self.by_successor.iter().skip(start).take_while(move |(successor, _)| Some(*successor) == code);
        into.filter_map(|(_, at)| self.all.get(*at))
    }

    /// The former province whose people's numbers begin with these three digits (`001` … `096`).
    pub fn by_id_prefix(&self, prefix: &str) -> Option<&Division> {
        self.all.iter().find(|d| d.id_prefix.as_deref() == Some(prefix))
    }

    /// Every known prefix of personal numbers, with the former province it stands for.
    pub fn id_prefixes(&self) -> impl Iterator<Item = (&str, &Division)> {
        self.all.iter().filter_map(|d| Some((d.id_prefix.as_deref()?, d)))
    }

    /// Codes of a province of today in other registers.
    pub fn province_codes(&self, code: &str) -> Option<&ProvinceCodes> {
        self.codes.iter().find(|(c, _)| c.as_str() == code).map(|(_, codes)| codes)
    }
}
