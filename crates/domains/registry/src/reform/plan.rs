//! A reform as a dated data file (TOML): the decree, the day of force, what went whole into what, what was divided how.
//!
//! ```toml
//! id = "2025-07-01"
//! decree = "Nghị quyết số 1656/NQ-UBTVQH15"
//! in_force = "2025-07-01"
//!
//! [merge]
//! "00001" = "00097"
//!
//! [[split]]
//! from = "00070"
//! parts = [{ to = "00004", places = ["Thôn Đông", "Đường Láng"] }, { to = "00008" }]
//! ```
//!
//! Checked like the catalogue: every problem with file, line and rule, all in one run. A unit that keeps its code and is
//! only renamed or enlarged may stand in it (`"00004" = "00004"`); code and day together name the unit, so nobody moves.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use contracts::ports::Nation;
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::part::{self, Part, Place};
use crate::model::span::Days;

/// A file larger than this is a mistake: all communes of the country take half a megabyte.
const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;
const SLUG_CHARS_MAX: usize = 40;
const DECREE_CHARS_MAX: usize = 300;

/// One broken rule. `line` counts from 1, `rule` is stable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    pub line: usize,
    pub rule: &'static str,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.rule, self.message)
    }
}

/// A reform that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reform {
    pub slug: String,
    pub decree: String,
    /// First day of the new units.
    pub in_force: Date,
    /// What became of each old unit.
    pub units: BTreeMap<String, Fate>,
    /// The units that the reform made or enlarged.
    pub targets: BTreeSet<String>,
    /// The file itself.
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// All of it went into one unit.
    Whole(String),
    /// It was divided.
    Parts(Vec<Part>),
}

/// What the reform does to one residence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn<'a> {
    Stays,
    Moves(&'a str),
    /// Its unit was divided, and no rule says where the address went.
    Undecided,
}

impl Reform {
    /// The old units of whose people anybody can move, in order.
    pub fn left(&self) -> Vec<&str> {
        let moves = |(from, fate): &(&String, &Fate)| !matches!(fate, Fate::Whole(to) if to == *from);
        self.units.iter().filter(moves).map(|(from, _)| from.as_str()).collect()
    }

    /// The units that people came to from others, in order.
    pub fn filled(&self) -> Vec<&str> {
        let filled: BTreeSet<&str> =
            self.units.iter().flat_map(|(from, fate)| fate.targets().filter(move |to| to != from)).collect();
        filled.into_iter().collect()
    }

    pub fn turn(&self, unit: &str, address: &str, days: Days) -> Turn<'_> {
        let Some((from, fate)) = self.units.get_key_value(unit) else { return Turn::Stays };
        let over = days.to.is_some_and(|to| to <= self.in_force);
        // Who came on the day or later to a code that goes on came to the new unit.
        let came_later = days.from.is_some_and(|day| day >= self.in_force);
        if over || days.is_empty() || came_later && self.targets.contains(unit) {
            return Turn::Stays;
        }
        match fate.of(address) {
            None => Turn::Undecided,
            Some(to) if to == from => Turn::Stays,
            Some(to) => Turn::Moves(to),
        }
    }

    /// Reads and checks a file; `name` stands in what is wrong with it.
    pub fn parse(name: &str, text: &str, nation: &dyn Nation) -> Result<Self, Vec<Problem>> {
        let mut check = Check::new(name, text);
        let reform = check.read(nation);
        match (reform, check.problems) {
            (Some(reform), problems) if problems.is_empty() => Ok(reform),
            (_, problems) => Err(problems),
        }
    }

    /// A file that was checked when it was applied; its map of that time no longer needs the catalogue of today.
    pub fn stored(text: &str) -> Option<Self> {
        let mut check = Check::new("", text);
        let reform = check.shape()?.0;
        check.problems.is_empty().then_some(reform)
    }
}

impl Fate {
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        let (whole, parts) = match self {
            Self::Whole(to) => (Some(to.as_str()), [].as_slice()),
            Self::Parts(parts) => (None, parts.as_slice()),
        };
        whole.into_iter().chain(parts.iter().map(|p| p.to.as_str()))
    }

    /// The unit into which an address went, where that is known.
    pub fn of(&self, address: &str) -> Option<&str> {
        match self {
            Self::Whole(to) => Some(to),
            Self::Parts(parts) => part::decide(parts, address),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: Spanned<String>,
    decree: Spanned<String>,
    in_force: Spanned<String>,
    #[serde(default)]
    merge: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    split: Vec<RawSplit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSplit {
    from: Spanned<String>,
    parts: Vec<RawPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPart {
    to: Spanned<String>,
    #[serde(default)]
    places: Vec<Spanned<String>>,
}

struct Check<'a> {
    name: &'a str,
    text: &'a str,
    /// Where lines end: every code asks for its line, and a country has ten thousand of them.
    line_ends: Vec<usize>,
    problems: Vec<Problem>,
}

/// Old and new units with the lines on which they stand.
#[derive(Default)]
struct Named {
    from: Vec<(usize, String)>,
    to: Vec<(usize, String)>,
}

impl<'a> Check<'a> {
    fn new(name: &'a str, text: &'a str) -> Self {
        let line_ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { name, text, line_ends, problems: Vec::new() }
    }

    fn add(&mut self, line: usize, rule: &'static str, message: impl Into<String>) {
        self.problems.push(Problem { file: self.name.to_owned(), line, rule, message: message.into() });
    }

    fn line(&self, at: usize) -> usize {
        self.line_ends.partition_point(|end| *end < at) + 1
    }

    fn read(&mut self, nation: &dyn Nation) -> Option<Reform> {
        let (reform, named) = self.shape()?;
        let day = reform.in_force;
        let Ok(eve) = day.yesterday() else {
            self.add(1, "reform.in_force", "there is no day before this one");
            return None;
        };
        for (line, code) in named.from {
            if !nation.commune_in_force(&code, eve) {
                self.add(line, "reform.from", format!("there is no commune {code} on {eve}"));
            }
        }
        for (line, code) in named.to {
            if !nation.commune_in_force(&code, day) {
                self.add(line, "reform.to", format!("there is no commune {code} on {day}"));
            }
        }
        Some(reform)
    }

    fn shape(&mut self) -> Option<(Reform, Named)> {
        if self.text.len() > FILE_BYTES_MAX {
            self.add(1, "file.too_large", format!("a reform has at most {FILE_BYTES_MAX} bytes"));
            return None;
        }
        let raw: Raw = match toml::from_str(self.text) {
            Ok(raw) => raw,
            Err(e) => {
                let line = self.line(e.span().map_or(0, |span| span.start));
                self.add(line, "toml", e.message().replace('\n', "; "));
                return None;
            }
        };
        let slug = self.word(&raw.id);
        let decree = self.sentence(&raw.decree);
        let in_force = raw.in_force.get_ref().parse::<Date>().ok();
        if in_force.is_none() {
            let line = self.line(raw.in_force.span().start);
            self.add(line, "reform.in_force", "write the day as 2025-07-01");
        }
        let (mut units, mut named) = (BTreeMap::new(), Named::default());
        for (from, to) in raw.merge {
            named.from.extend(self.code(&from));
            named.to.extend(self.code(&to));
            units.insert(from.into_inner(), Fate::Whole(to.into_inner()));
        }
        for split in raw.split {
            let line = self.line(split.from.span().start);
            named.from.extend(self.code(&split.from));
            let parts = self.parts(line, split.parts, &mut named);
            if units.insert(split.from.get_ref().clone(), Fate::Parts(parts)).is_some() {
                self.add(line, "reform.twice", format!("{} stands here twice", split.from.get_ref()));
            }
        }
        if units.is_empty() {
            self.add(1, "reform.empty", "a reform has at least one old unit");
        }
        let text = self.text.to_owned();
        let targets = units.values().flat_map(Fate::targets).map(str::to_owned).collect();
        Some((Reform { slug, decree, in_force: in_force?, units, targets, text }, named))
    }

    fn parts(&mut self, line: usize, raw: Vec<RawPart>, named: &mut Named) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for part in raw {
            named.to.extend(self.code(&part.to));
            let to = part.to.into_inner();
            let mut places = Vec::new();
            for place in part.places {
                let line = self.line(place.span().start);
                let Some(known) = Place::new(place.get_ref()) else {
                    self.add(line, "reform.place", "name kind and name, such as \"Thôn Đông\"");
                    continue;
                };
                if places.contains(&known) || parts.iter().any(|p| p.places.contains(&known)) {
                    self.add(line, "reform.place", format!("{:?} stands here twice", place.get_ref()));
                }
                places.push(known);
            }
            if parts.iter().any(|p| p.to == to) {
                self.add(line, "reform.twice", format!("{to} stands twice among the parts"));
            }
            parts.push(Part { to, places });
        }
        if parts.len() < 2 {
            self.add(line, "reform.parts", "a divided unit has at least two parts");
        }
        parts
    }

    fn code(&mut self, code: &Spanned<String>) -> Option<(usize, String)> {
        let (line, text) = (self.line(code.span().start), code.get_ref());
        if text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Some((line, text.clone()));
        }
        self.add(line, "reform.code", format!("{text:?} is no code of a commune"));
        None
    }

    fn word(&mut self, id: &Spanned<String>) -> String {
        let text = id.get_ref();
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty() || text.len() > SLUG_CHARS_MAX || !text.bytes().all(good) {
            let line = self.line(id.span().start);
            self.add(line, "reform.id", "an id has letters a-z, digits and dashes");
        }
        text.clone()
    }

    fn sentence(&mut self, decree: &Spanned<String>) -> String {
        let text = decree.get_ref();
        if text.trim().is_empty() || text.chars().count() > DECREE_CHARS_MAX || *text != base::nfc(text) {
            let line = self.line(decree.span().start);
            self.add(line, "reform.decree", "name the decree in one line of Unicode NFC");
        }
        text.clone()
    }
}
