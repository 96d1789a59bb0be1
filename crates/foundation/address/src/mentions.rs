//! Where in a text names of units stand, before anything is decided.

use crate::{
    book::{AddressBook, Bearer, Way},
    kinds::{self, KindWords, Kinds},
    scan::{Gap, Scan},
    unit::Level,
};

/// Most words that a name takes when people write it apart.
const NAME_WORDS_MAX: usize = 7;
/// Most mentions that are weighed; an address has ten.
const MENTIONS_MAX: usize = 160;

/// A run of words that is some unit's name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mention {
    /// The words with the kind: `[start, end)`.
    pub start: usize,
    pub end: usize,
    /// The words of the name alone.
    pub from: usize,
    pub to: usize,
    pub kinds: Kinds,
    /// The units that bear it, for [`AddressBook::bearers_in`].
    pub bearers: (u32, u32),
    /// A word before or behind says that this is a street, a hamlet or a house.
    pub within: bool,
    /// Stands alone between separators.
    pub alone: bool,
    /// Part of a longer mention.
    pub part: bool,
}

/// Points for what a mention says for a unit. Ten points are about one word.
mod points {
    pub const COMMUNE: i32 = 100;
    pub const ABOVE: i32 = 60;
    pub const WORD: i32 = 8;
    pub const KIND: i32 = 20;
    pub const OTHER_KIND: i32 = -5;
    /// "Thành phố Cao Bằng" is hardly the province.
    pub const OTHER_KIND_OF_PROVINCE: i32 = -80;
    pub const SPELLED: i32 = 10;
    pub const MARKS_LOST: i32 = -5;
    /// Who typed diacritics and others than the unit's hardly meant it.
    pub const MARK_WRONG: i32 = -60;
    pub const MARKS_WRONG_MIN: i32 = -80;
    pub const OTHER_NAME: i32 = -5;
    pub const INITIALS: i32 = -15;
    pub const WITHIN: i32 = -60;
    pub const ONE_BARE_WORD: i32 = -10;
    /// A name that is all there is between two separators.
    pub const ALONE: i32 = 6;
    /// A part of a longer name: `Vũng Tàu` in `Bà Rịa - Vũng Tàu`.
    pub const PART: i32 = -25;
}

pub(crate) fn find(book: &AddressBook, scan: &Scan, kinds: &KindWords, count: usize) -> Vec<Mention> {
    let mut out = Vec::with_capacity(24);
    for from in 0..count {
        for to in from + 1..=count.min(from + NAME_WORDS_MAX) {
            let Some(word) = scan.words.get(to - 1) else { break };
            let after_number = to >= from + 2 && scan.words.get(to - 2).is_some_and(|w| w.number);
            if to > from + 1 && (word.before == Gap::Hard || word.number && after_number) {
                break;
            }
            let Some(bearers) = book.bearers(scan.run(from, to)) else { continue };
            let mention = mention(scan, kinds, count, (from, to), bearers);
            // A bare number is a house.
            if !(word.number && to == from + 1 && mention.kinds.is_empty()) {
                out.push(mention);
            }
            if out.len() >= MENTIONS_MAX {
                break;
            }
        }
    }
    // They come by where they begin, so what holds a mention stands before it, or right behind with the same beginning.
    for at in 0..out.len() {
        let Some((from, to)) = out.get(at).map(|m| (m.from, m.to)) else { break };
        let holds = |m: &&Mention| m.from <= from && to <= m.to && m.to - m.from > to - from;
        let part = out.iter().take_while(|m| m.from <= from).find(holds).is_some_and(|m| official(book, m));
        if let Some(mention) = out.get_mut(at) {
            mention.part = part;
        }
    }
    out
}

fn official(book: &AddressBook, mention: &Mention) -> bool {
    book.bearers_in(mention.bearers).iter().any(|b| b.way == Way::Official)
}

fn mention(
    scan: &Scan,
    words: &KindWords,
    count: usize,
    (from, to): (usize, usize),
    bearers: (u32, u32),
) -> Mention {
    let near = |at: usize| at < count && scan.words.get(at).is_some_and(|w| w.before < Gap::Hard);
    let (mut kinds, length) =
        if near(from) { words.before.get(from).copied().unwrap_or_default() } else { (Kinds::NONE, 0) };
    let start = from.saturating_sub(usize::from(length));
    let mut end = to;
    if kinds.is_empty() && near(to) {
        kinds = words.behind.get(to).copied().unwrap_or_default();
        end = to + usize::from(!kinds.is_empty());
    }
    let before = start.checked_sub(1).filter(|_| near(start));
    let within = kinds.is_empty()
        && (before.is_some_and(|at| kinds::is_place_within(scan.run(at, at + 1)))
            || near(to) && kinds::is_street_behind(scan.run(to, to + 1)));
    Mention { start, end, from, to, kinds, bearers, within, alone: !near(start) && !near(end), part: false }
}

/// What is known of how a mention fits a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fit {
    pub points: i32,
    pub other_kind: bool,
    /// Diacritics were typed, and others than the unit's.
    pub marks_wrong: bool,
}

/// Weighs one unit of a mention; nothing where the kind forbids it.
pub(crate) fn fit(book: &AddressBook, scan: &Scan, mention: &Mention, bearer: &Bearer) -> Option<Fit> {
    let kind = bearer.fits(mention.kinds)?;
    let mut points = if bearer.level == Level::Commune { points::COMMUNE } else { points::ABOVE };
    points += points::WORD * i32::from(bearer.words);
    let said = !mention.kinds.is_empty();
    match (said, kind) {
        (true, true) => points += points::KIND,
        (true, false) if bearer.level == Level::Province => points += points::OTHER_KIND_OF_PROVINCE,
        (true, false) => points += points::OTHER_KIND,
        (false, _) if bearer.level == Level::Commune && bearer.words == 1 && !mention.alone => {
            points += points::ONE_BARE_WORD;
        }
        (false, _) if mention.alone => points += points::ALONE,
        (false, _) => {}
    }
    match bearer.way {
        Way::Official => {}
        Way::Other => points += points::OTHER_NAME,
        // First letters of a district mean nothing without its kind.
        Way::Initials if bearer.level == Level::District && !said => return None,
        Way::Initials => points += points::INITIALS,
    }
    points += if mention.within { points::WITHIN } else { 0 };
    points += if mention.part { points::PART } else { 0 };
    let marks = marks(book, scan, mention, bearer);
    Some(Fit { points: points + marks, other_kind: said && !kind, marks_wrong: marks < points::MARKS_LOST })
}

fn marks(book: &AddressBook, scan: &Scan, mention: &Mention, bearer: &Bearer) -> i32 {
    let Some(spelling) = book.spelling(bearer) else { return 0 };
    if !scan.marked {
        return 0;
    }
    let (from, to) = scan.range(mention.from, mention.to);
    let typed = (scan.marks.get(from..to).unwrap_or(&[]), scan.tones.get(from..to).unwrap_or(&[]));
    let any = |row: &[u8]| row.iter().any(|m| *m != 0);
    if !any(typed.0) && !any(typed.1) {
        let plain = !any(&spelling.marks) && !any(&spelling.tones);
        return if plain { points::SPELLED } else { points::MARKS_LOST };
    }
    let wrong = typed.0.iter().zip(&spelling.marks).filter(|(a, b)| a != b).count();
    // Tones in order, wherever in the syllable they are put: `Hòa` and `Hoà` are one spelling.
    let mut typed_tones = typed.1.iter().filter(|t| **t != 0);
    let mut tones = spelling.tones.iter().filter(|t| **t != 0);
    let mut wrong_tones = 0;
    loop {
        match (typed_tones.next(), tones.next()) {
            (None, None) => break,
            (a, b) => wrong_tones += usize::from(a != b),
        }
    }
    match wrong + wrong_tones {
        0 => points::SPELLED,
        n => (points::MARK_WRONG * i32::try_from(n).unwrap_or(i32::MAX / 8)).max(points::MARKS_WRONG_MIN),
    }
}
