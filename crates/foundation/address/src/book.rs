//! The index: which units bear a name, where each unit lies on the old map and on the new one.
//!
//! Built once from a list of units and never changed; share it behind an `Arc`.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    kinds::{self, Kinds},
    names::OTHER_NAMES,
    scan::{self, Scan},
    unit::{BookError, Level, Unit, UnitId, UnitKind},
};

/// Most parents of parents; more is a mistake in the list.
const DEPTH_MAX: usize = 4;

/// How a name came to its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Official,
    /// The first half of a double name, an older name, another spelling.
    Other,
    /// First letters only: `HN`, `Q.TB`, `T.Giang`.
    Initials,
}

/// A unit that bears a name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bearer {
    pub unit: UnitId,
    pub kind: UnitKind,
    pub level: Level,
    pub way: Way,
    pub current: bool,
    /// Words of the name.
    pub words: u8,
    /// Marks and tones of the official spelling in [`AddressBook::spelling`]; none where diacritics say nothing.
    spelling: Option<u32>,
}

/// Marks and tones beside the letters of a name.
#[derive(Debug)]
pub(crate) struct Spelling {
    pub marks: Box<[u8]>,
    pub tones: Box<[u8]>,
}

/// A unit that another lies in, on the map of its own time or on another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Above {
    pub unit: UnitId,
    /// On the map of its own time, or under the same name.
    pub own: bool,
}

/// Units with their names, ready for reading addresses.
#[derive(Debug)]
pub struct AddressBook {
    units: Vec<Unit>,
    names: FxHashMap<Box<[u8]>, (u32, u32)>,
    bearers: Vec<Bearer>,
    spellings: Vec<Spelling>,
    words: FxHashSet<Box<[u8]>>,
    above: Vec<Above>,
    above_of: Vec<(u32, u32)>,
    /// Letters of each unit's official name.
    letters: Vec<Box<[u8]>>,
    /// Units by each unit that they lie in.
    below: Vec<Vec<UnitId>>,
}

impl AddressBook {
    /// Checks the list and builds the index. The list is kept.
    pub fn new(units: Vec<Unit>) -> Result<Self, BookError> {
        check(&units)?;
        let mut book = Self {
            names: FxHashMap::default(),
            bearers: Vec::new(),
            spellings: Vec::new(),
            words: FxHashSet::default(),
            above: Vec::new(),
            above_of: Vec::with_capacity(units.len()),
            letters: Vec::with_capacity(units.len()),
            below: vec![Vec::new(); units.len()],
            units,
        };
        book.lay_out();
        book.take_names();
        Ok(book)
    }

    /// The unit at a position of the list.
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(id.at())
    }

    /// Every unit, in the order of the list.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// A unit and those above it, smallest first.
    pub fn lineage(&self, id: UnitId) -> impl Iterator<Item = UnitId> {
        std::iter::successors(Some(id), |id| self.unit(*id)?.parent).take(DEPTH_MAX)
    }

    /// A unit with those above it, as the law writes them: `Phường Bến Nghé, Quận 1, Thành phố Hồ Chí Minh`.
    pub fn label(&self, id: UnitId) -> String {
        let units = self.lineage(id).filter_map(|id| self.unit(id));
        units.map(|u| format!("{} {}", u.kind.name(), u.name)).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn bearers(&self, letters: &[u8]) -> Option<(u32, u32)> {
        self.names.get(letters).copied()
    }

    pub(crate) fn bearers_in(&self, (from, to): (u32, u32)) -> &[Bearer] {
        let at = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        self.bearers.get(at(from)..at(to)).unwrap_or(&[])
    }

    pub(crate) fn spelling(&self, bearer: &Bearer) -> Option<&Spelling> {
        self.spellings.get(usize::try_from(bearer.spelling?).ok()?)
    }

    pub(crate) fn above(&self, id: UnitId) -> &[Above] {
        let Some((from, to)) = self.above_of.get(id.at()).copied() else { return &[] };
        let at = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        self.above.get(at(from)..at(to)).unwrap_or(&[])
    }

    pub(crate) fn below(&self, id: UnitId) -> &[UnitId] {
        self.below.get(id.at()).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn letters(&self, id: UnitId) -> &[u8] {
        self.letters.get(id.at()).map_or(&[], |l| l)
    }

    /// A text cut into words, slips of Telex mended by the words that names are made of.
    pub(crate) fn scan(&self, text: &str) -> Scan {
        Scan::new(text, |word| self.words.contains(word) || kinds::is_common(word))
    }

    /// What a unit became; itself where it is current.
    pub(crate) fn today(&self, id: UnitId) -> Vec<UnitId> {
        match self.unit(id) {
            Some(unit) if unit.current => vec![id],
            Some(unit) => unit.today.clone(),
            None => Vec::new(),
        }
    }

    /// Where units lie: above them on their own map, and on the other through what they became or came from.
    fn lay_out(&mut self) {
        let ids = || (0..self.units.len()).filter_map(|at| u32::try_from(at).ok()).map(UnitId);
        let mut came_from: Vec<Vec<UnitId>> = vec![Vec::new(); self.units.len()];
        for id in ids() {
            let Some(unit) = self.unit(id).filter(|u| !u.current && u.kind.level() == Level::Commune) else {
                continue;
            };
            for today in &unit.today {
                if let Some(list) = came_from.get_mut(today.at()) {
                    list.push(id);
                }
            }
        }
        let (mut above, mut above_of) = (Vec::new(), Vec::with_capacity(self.units.len()));
        let position = |list: &Vec<Above>| u32::try_from(list.len()).unwrap_or(u32::MAX);
        for id in ids() {
            let from = position(&above);
            let mut mine: Vec<Above> =
                self.lineage(id).skip(1).map(|unit| Above { unit, own: true }).collect();
            let others = self.unit(id).map_or(&[][..], |u| if u.current { &[] } else { u.today.as_slice() });
            let others = others.iter().chain(came_from.get(id.at()).into_iter().flatten());
            let elsewhere: Vec<UnitId> = others.flat_map(|other| self.lineage(*other).skip(1)).collect();
            for unit in elsewhere {
                if mine.iter().any(|a| a.unit == unit) {
                    continue;
                }
                let named = |u: UnitId| self.unit(u).map(|u| (u.kind.level(), u.name.as_str()));
                let own = mine.iter().any(|a| a.own && named(a.unit) == named(unit));
                mine.push(Above { unit, own });
            }
            above.extend(mine);
            above_of.push((from, position(&above)));
        }
        (self.above, self.above_of) = (above, above_of);
        for id in ids().collect::<Vec<_>>() {
            for above in self.above(id).to_vec() {
                if let Some(list) = self.below.get_mut(above.unit.at()) {
                    list.push(id);
                }
            }
        }
    }

    fn take_names(&mut self) {
        let mut names: BTreeMap<Vec<u8>, Vec<Bearer>> = BTreeMap::new();
        let units = std::mem::take(&mut self.units);
        for (at, unit) in units.iter().enumerate() {
            let Ok(at) = u32::try_from(at) else { continue };
            let name = Name::of(unit);
            for word in &name.words {
                self.words.insert(word.as_slice().into());
            }
            self.letters.push(name.letters.as_slice().into());
            let spelling = u32::try_from(self.spellings.len()).ok();
            self.spellings.push(Spelling { marks: name.marks.into(), tones: name.tones.into() });
            let bearer = Bearer {
                unit: UnitId(at),
                kind: name.kind,
                level: unit.kind.level(),
                way: Way::Official,
                current: unit.current,
                words: u8::try_from(name.words.len()).unwrap_or(u8::MAX),
                spelling,
            };
            let mut other = |letters: Vec<u8>, way| {
                let list = names.entry(letters).or_default();
                if !list.iter().any(|b| b.unit == bearer.unit) {
                    list.push(Bearer { way, spelling: None, ..bearer });
                }
            };
            if let Some(first) = name.first_half {
                other(first, Way::Other);
            }
            // `Đồngý`, run together, has another `y` than `Đồng ý`.
            let mut joined = name.letters.clone();
            scan::one_i(&mut joined);
            if joined != name.letters {
                other(joined, Way::Other);
            }
            for short in initials(&name.words, bearer.level) {
                other(short, Way::Initials);
            }
            if matches!(unit.kind, UnitKind::Municipality | UnitKind::City) {
                other([b"tp", name.letters.as_slice()].concat(), Way::Other);
            }
            for said in other_names(&name.letters, unit, &units) {
                other(said.as_bytes().to_vec(), Way::Other);
            }
            names.entry(name.letters).or_default().push(bearer);
        }
        self.units = units;
        for (letters, mut list) in names {
            list.sort_by_key(|b| (b.level, b.unit));
            let from = self.bearers.len();
            self.bearers.extend(list);
            if let (Ok(from), Ok(to)) = (u32::try_from(from), u32::try_from(self.bearers.len())) {
                self.names.insert(letters.into(), (from, to));
            }
        }
    }
}

/// A unit's name taken apart.
struct Name {
    letters: Vec<u8>,
    marks: Vec<u8>,
    tones: Vec<u8>,
    words: Vec<Vec<u8>>,
    /// Of `Xuân Hương - Đà Lạt`, what stands before the dash.
    first_half: Option<Vec<u8>>,
    kind: UnitKind,
}

impl Name {
    fn of(unit: &Unit) -> Self {
        let name = unit.name.trim();
        // A few lists have "Phường 5" as the name of a unit; the first word is its kind.
        let (kind, name) = match name.strip_prefix("Phường ").filter(|rest| is_number(rest)) {
            Some(number) => (UnitKind::Ward, number),
            None => (unit.kind, name),
        };
        let scan = Scan::new(name, |_| true);
        let first = name.split_once(" - ").map(|(first, _)| Scan::new(first, |_| true).letters);
        Self {
            words: (0..scan.words.len()).map(|at| scan.run(at, at + 1).to_vec()).collect(),
            letters: scan.letters,
            marks: scan.marks,
            tones: scan.tones,
            first_half: first,
            kind,
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `hn` and `hnoi` for Hà Nội; districts by first letters only: `q.tb`. Communes are never shortened so far.
fn initials(words: &[Vec<u8>], level: Level) -> Vec<Vec<u8>> {
    let letters: Vec<u8> = words.iter().filter_map(|w| w.first().copied()).collect();
    let [first, rest @ ..] = words else { return Vec::new() };
    if rest.is_empty() || level == Level::Commune || letters.iter().any(u8::is_ascii_digit) {
        return Vec::new();
    }
    let mut out = vec![letters];
    if level == Level::Province {
        out.push(first.iter().take(1).chain(rest.iter().flatten()).copied().collect());
    }
    out
}

fn other_names<'n>(
    letters: &'n [u8],
    unit: &'n Unit,
    units: &'n [Unit],
) -> impl Iterator<Item = &'static str> + 'n {
    let above = unit.parent.and_then(|p| units.get(p.at()));
    let within = above.map(|p| Scan::new(&p.name, |_| true).letters);
    OTHER_NAMES
        .iter()
        .filter(move |o| o.meant.as_bytes() == letters && o.kinds.contains(&unit.kind))
        .filter(move |o| o.within.is_none_or(|w| within.as_deref() == Some(w.as_bytes())))
        .map(|o| o.said)
}

fn check(units: &[Unit]) -> Result<(), BookError> {
    let count = u32::try_from(units.len()).map_err(|_| BookError::TooMany)?;
    for (unit, at) in units.iter().zip(0..count) {
        let code = || unit.code.clone();
        if unit.parent.iter().chain(&unit.today).any(|other| other.0 >= count) {
            return Err(BookError::Missing { unit: at, code: code() });
        }
        let parent = unit.parent.and_then(|p| units.get(p.at()));
        if parent.is_some_and(|p| p.kind.level() >= unit.kind.level()) {
            return Err(BookError::Parent { unit: at, code: code() });
        }
        let today = unit.today.iter().filter_map(|t| units.get(t.at()));
        if !unit.current && today.into_iter().any(|t| !t.current) {
            return Err(BookError::Successor { unit: at, code: code() });
        }
    }
    Ok(())
}

impl Bearer {
    /// How well the kind that the text says fits: `None` where no unit of this level has such a kind.
    pub fn fits(&self, said: Kinds) -> Option<bool> {
        said.allows(self.level).then(|| said.has(self.kind))
    }
}
