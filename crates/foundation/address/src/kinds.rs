//! Words for kinds of units: in full, as people shorten them, and in English.

use crate::{
    scan::{Gap, Scan},
    unit::{Level, UnitKind},
};

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Kinds(u16);

impl Kinds {
    pub const NONE: Self = Self(0);

    pub const fn of(kinds: &[UnitKind]) -> Self {
        let mut set = 0;
        let mut at = 0;
        while at < kinds.len() {
            set |= 1 << kinds[at] as u16;
            at += 1;
        }
        Self(set)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn has(self, kind: UnitKind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }

    pub fn allows(self, level: Level) -> bool {
        let of_level = match level {
            Level::Province => PROVINCIAL,
            Level::District => DISTRICT,
            Level::Commune => COMMUNAL,
        };
        self.0 == 0 || self.0 & of_level.0 != 0
    }
}

use UnitKind::{
    City, Commune, Municipality, Province, RuralDistrict, SpecialZone, Town, Township, UrbanDistrict, Ward,
};

const PROVINCIAL: Kinds = Kinds::of(&[Province, Municipality]);
const DISTRICT: Kinds = Kinds::of(&[UrbanDistrict, RuralDistrict, Town, City]);
const COMMUNAL: Kinds = Kinds::of(&[Ward, Commune, Township, SpecialZone]);
const WARD: Kinds = Kinds::of(&[Ward]);
const COMMUNE: Kinds = Kinds::of(&[Commune]);
const TOWNSHIP: Kinds = Kinds::of(&[Township]);
const ZONE: Kinds = Kinds::of(&[SpecialZone]);
const QUAN: Kinds = Kinds::of(&[UrbanDistrict]);
const HUYEN: Kinds = Kinds::of(&[RuralDistrict]);
const TOWN: Kinds = Kinds::of(&[Town]);
const CITY: Kinds = Kinds::of(&[City, Municipality]);
const PROVINCE: Kinds = Kinds::of(&[Province]);

/// Written before a name, in one word.
fn before(word: &[u8]) -> Kinds {
    match word {
        b"phuong" | b"p" | b"f" | b"ph" | b"phg" | b"ward" => WARD,
        b"xa" | b"x" | b"commune" => COMMUNE,
        b"thitran" | b"tt" | b"ttr" | b"ttran" | b"township" => TOWNSHIP,
        b"dackhu" | b"dk" => ZONE,
        b"quan" | b"q" | b"qu" => QUAN,
        b"huyen" | b"h" | b"hu" => HUYEN,
        b"district" | b"dist" => DISTRICT,
        b"thixa" | b"tx" | b"txa" | b"town" => TOWN,
        b"thanhpho" | b"tp" | b"tpho" | b"tph" | b"city" => CITY,
        b"tinh" | b"t" | b"province" => PROVINCE,
        _ => Kinds::NONE,
    }
}

/// The same in two words. (Not any two that make one when run together: "Tín H." is no "tỉnh".)
fn of_two(first: &[u8], second: &[u8]) -> Kinds {
    match (first, second) {
        (b"thi", b"tran") | (b"t" | b"thi", b"tr") | (b"t", b"t" | b"tran") => TOWNSHIP,
        (b"dac", b"khu") | (b"d", b"k") => ZONE,
        (b"thi", b"xa") | (b"t", b"x" | b"xa") => TOWN,
        (b"thanh", b"pho") | (b"t" | b"th", b"p" | b"ph" | b"pho") => CITY,
        _ => Kinds::NONE,
    }
}

/// Written behind a name, in English.
fn behind(word: &[u8]) -> Kinds {
    match word {
        b"ward" => WARD,
        b"commune" => COMMUNE,
        b"township" | b"town" => Kinds::of(&[Township, Town]),
        b"district" | b"dist" => DISTRICT,
        b"city" => CITY,
        b"province" => PROVINCE,
        _ => Kinds::NONE,
    }
}

/// Kinds that the words say, by word.
#[derive(Debug, Default)]
pub(crate) struct KindWords {
    /// For a name that begins at this word: the kind before it, and how many words that takes.
    pub before: Vec<(Kinds, u8)>,
    /// For a name that ends before this word: the kind behind it.
    pub behind: Vec<Kinds>,
    /// Words behind `phường` or `xã` in full, or numbers behind `P.`: called a commune beyond doubt.
    pub called: Vec<usize>,
}

impl KindWords {
    pub fn of(scan: &Scan) -> Self {
        let count = scan.words.len();
        let mut out = Self {
            before: vec![(Kinds::NONE, 0); count + 1],
            behind: vec![Kinds::NONE; count + 1],
            called: Vec::new(),
        };
        for at in 0..count {
            let one = before(scan.run(at, at + 1));
            if let Some(slot) = out.before.get_mut(at + 1)
                && slot.1 == 0
            {
                *slot = (one, u8::from(!one.is_empty()));
            }
            // `thị xã`: two words that are one kind win over `xã` alone. `T.P`, `T T` too.
            let joined = scan.words.get(at + 1).is_some_and(|w| w.before < Gap::Hard);
            let two =
                if joined { of_two(scan.run(at, at + 1), scan.run(at + 1, at + 2)) } else { Kinds::NONE };
            if !two.is_empty()
                && let Some(slot) = out.before.get_mut(at + 2)
            {
                *slot = (two, 2);
            }
            if let Some(slot) = out.behind.get_mut(at) {
                *slot = behind(scan.run(at, at + 1));
            }
        }
        for (at, word) in scan.words.iter().enumerate() {
            let (kinds, length) = out.before.get(at).copied().unwrap_or_default();
            let full = at.checked_sub(1).is_some_and(|k| matches!(scan.run(k, at), b"phuong" | b"xa"));
            if length == 1
                && (kinds == WARD || kinds == COMMUNE)
                && word.before < Gap::Hard
                && (full || word.number)
            {
                out.called.push(at);
            }
        }
        out
    }
}

/// Words that say that the name behind them is a street, a house, a hamlet or a landmark.
pub(crate) fn is_place_within(word: &[u8]) -> bool {
    matches!(
        word,
        b"duong"
            | b"dg"
            | b"pho"
            | b"ngo"
            | b"ngach"
            | b"hem"
            | b"kiet"
            | b"thon"
            | b"ap"
            | b"xom"
            | b"ban"
            | b"to"
            | b"kp"
            | b"khu"
            | b"lang"
            | b"cho"
            | b"cau"
            | b"so"
            | b"ql"
            | b"tl"
            | b"dt"
            | b"lo"
            | b"doi"
            | b"buon"
            | b"tdp"
            | b"kdc"
            | b"kdt"
            | b"cumdancu"
            | b"toanha"
            | b"chungcu"
            | b"quoclo"
            | b"tinhlo"
            | b"dailo"
            | b"xalo"
            | b"khom"
            | b"soc"
            | b"plei"
            | b"bon"
            | b"kcn"
            | b"kcx"
    )
}

/// Words behind a name that say so in English.
pub(crate) fn is_street_behind(word: &[u8]) -> bool {
    matches!(
        word,
        b"street"
            | b"st"
            | b"str"
            | b"road"
            | b"rd"
            | b"avenue"
            | b"ave"
            | b"boulevard"
            | b"blvd"
            | b"hamlet"
    )
}

/// Words of kinds and places, which are never slips of a keyboard.
pub(crate) fn is_common(word: &[u8]) -> bool {
    let part = matches!(
        word,
        b"thi"
            | b"tran"
            | b"thanh"
            | b"dac"
            | b"chung"
            | b"cu"
            | b"quoc"
            | b"dai"
            | b"nha"
            | b"toa"
            | b"tang"
            | b"phong"
    );
    part || !before(word).is_empty() || is_place_within(word) || is_street_behind(word)
}
