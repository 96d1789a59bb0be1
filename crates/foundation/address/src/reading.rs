//! What the reader of an address is told.

use crate::{
    book::AddressBook,
    kinds::KindWords,
    mentions::{self, Mention},
    scan::{Gap, Scan},
    spelling,
    unit::{Level, UnitId},
    weigh::{Scale, Sense},
};

/// Longest text that is read, in bytes: of a longer one the end, where the units stand.
const TEXT_BYTES_MAX: usize = 2_000;
/// Most words that are read, counted from the end.
const WORDS_MAX: usize = 80;
/// Senses closer than this are equal: no evidence is worth less.
const EQUAL_POINTS: i32 = 5;
/// A sense this close that leads elsewhere makes the answer less sure.
const RIVAL_POINTS: i32 = 65;
/// Most answers.
const ANSWERS_MAX: usize = 50;

/// Why a reading is not one unit of today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// No unit at all.
    NotFound,
    /// A province or a former district, and no commune that is known in it.
    NoCommune,
    /// Several units fit the words equally well.
    SeveralUnits,
    /// The unit was split: only the street or the person tells which successor.
    Split,
}

impl Doubt {
    /// A stable word for files and programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::NoCommune => "no_commune",
            Self::SeveralUnits => "several_units",
            Self::Split => "split",
        }
    }
}

/// A unit that the text may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub unit: UnitId,
    /// The units whose names stand in the text, smallest first: `Phường Bến Nghé`, `Quận 1`, `Thành phố Hồ Chí Minh`.
    pub named: Vec<UnitId>,
    /// What the unit is today, the largest part first; the unit itself where it is current.
    pub today: Vec<UnitId>,
}

/// An address that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<'t> {
    /// One where the words are clear; several where they fit several units equally well; none where they name no unit.
    pub answers: Vec<Answer>,
    /// The units of today that the answers went into; several where somebody must be asked.
    pub today: Vec<UnitId>,
    /// What is no unit: house, street, hamlet. Slices of the text, in its order.
    pub rest: Vec<&'t str>,
    /// From 0 to 1, for sorting work and choosing thresholds; no probability. See [`AddressBook::read`].
    pub confidence: f32,
    pub doubt: Option<Doubt>,
}

impl Reading<'_> {
    /// The one unit that the text means.
    pub fn unit(&self) -> Option<UnitId> {
        match self.answers.as_slice() {
            [one] => Some(one.unit),
            _ => None,
        }
    }

    /// Today's commune, where there is no doubt which.
    pub fn commune(&self) -> Option<UnitId> {
        match (self.doubt, self.today.as_slice()) {
            (None, [one]) => Some(*one),
            _ => None,
        }
    }

    /// What is no unit, as one line.
    pub fn street(&self) -> String {
        self.rest.join(", ")
    }
}

impl AddressBook {
    /// Reads an address.
    ///
    /// The confidence is 1 for a text that names the unit and all above it as the law spells them. It falls with
    /// every level that is missing, other diacritics, another kind, a unit above of another time, words between the units,
    /// a word that runs on behind the name, a mended slip, and a close second sense that leads elsewhere; several answers share it.
    pub fn read<'t>(&self, text: &'t str) -> Reading<'t> {
        let text = tail(text);
        let scan = self.scan(text);
        let skipped = scan.words.len().saturating_sub(WORDS_MAX);
        let scan = if skipped == 0 {
            scan
        } else {
            Scan { words: scan.words.into_iter().skip(skipped).collect(), ..scan }
        };
        let count = scan.words.len() - country(&scan);
        let kinds = KindWords::of(&scan);
        let mentions = mentions::find(self, &scan, &kinds, count);
        let scale = Scale { book: self, scan: &scan, mentions: &mentions, count, called: &kinds.called };
        let mut senses = scale.senses();
        senses.sort_by_key(|s| (std::cmp::Reverse(s.points), s.unit));
        let mended = spelling::mend(&scale, &kinds, &senses);
        if let Some(found) = &mended {
            return self.tell(text, &scan, &found.mentions, &found.senses, count, true);
        }
        self.tell(text, &scan, &mentions, &senses, count, false)
    }

    fn tell<'t>(
        &self,
        text: &'t str,
        scan: &Scan,
        mentions: &[Mention],
        senses: &[Sense],
        count: usize,
        mended: bool,
    ) -> Reading<'t> {
        let Some(first) = senses.first() else {
            let rest = rest(text, scan, &[], count);
            return Reading {
                answers: vec![],
                today: vec![],
                rest,
                confidence: 0.0,
                doubt: Some(Doubt::NotFound),
            };
        };
        let equal = senses.iter().take_while(|s| first.points - s.points <= EQUAL_POINTS);
        let mut answers: Vec<Answer> = equal.take(ANSWERS_MAX).map(|s| self.answer(s)).collect();
        // A unit that only changed its kind stands in the list twice; its form of today says all.
        let current: Vec<UnitId> = answers.iter().filter(|a| a.today == [a.unit]).map(|a| a.unit).collect();
        answers
            .retain(|a| a.today == [a.unit] || !matches!(a.today.as_slice(), [one] if current.contains(one)));

        let mut today: Vec<UnitId> = Vec::new();
        for unit in answers.iter().flat_map(|a| &a.today) {
            if !today.contains(unit) {
                today.push(*unit);
            }
        }
        let level = self.unit(first.unit).map(|u| u.kind.level());
        let communal = |id: &UnitId| self.unit(*id).is_some_and(|u| u.kind.level() == Level::Commune);
        let whole_district = level == Some(Level::District) && today.len() == 1 && today.iter().all(communal);
        let above = level != Some(Level::Commune) && !whole_district;
        let doubt = if above {
            Some(Doubt::NoCommune)
        } else if today.len() > 1 && answers.len() > 1 {
            Some(Doubt::SeveralUnits)
        } else if today.len() > 1 {
            Some(Doubt::Split)
        } else {
            None
        };
        let elsewhere = senses.iter().find(|s| {
            first.points - s.points > EQUAL_POINTS && !self.today(s.unit).iter().all(|t| today.contains(t))
        });
        let close = elsewhere.is_some_and(|s| first.points - s.points < RIVAL_POINTS);
        let own = first.parts.iter().flatten().next().and_then(|p| mentions.get(p.mention));
        let runs_on = own.is_some_and(|own| {
            let goes_on = own.end < count && scan.words.get(own.end).is_some_and(|w| w.before < Gap::Hard);
            let taken = first.parts.iter().flatten().filter_map(|p| mentions.get(p.mention));
            goes_on && !taken.into_iter().any(|m| m.start == own.end)
        });
        let confidence =
            if runs_on { 0.7 } else { 1.0 } * confidence(first, answers.len(), close, mended, above);
        let used: Vec<&Mention> =
            first.parts.iter().flatten().filter_map(|p| mentions.get(p.mention)).collect();
        Reading { rest: rest(text, scan, &used, count), answers, today, confidence, doubt }
    }

    fn answer(&self, sense: &Sense) -> Answer {
        let named = sense.parts.iter().flatten().map(|p| p.unit).collect();
        Answer { unit: sense.unit, named, today: self.today(sense.unit) }
    }
}

fn confidence(sense: &Sense, answers: usize, close: bool, mended: bool, above: bool) -> f32 {
    let mut out: f32 = 1.0;
    let mut lower = |applies: bool, factor: f32| out *= if applies { factor } else { 1.0 };
    lower(sense.no_province, 0.85);
    lower(sense.no_district, 0.85);
    lower(close, 0.85);
    lower(mended, 0.8);
    lower(above, 0.7);
    for part in sense.parts.iter().flatten() {
        lower(part.fit.other_kind, 0.95);
        lower(part.fit.marks_wrong, 0.85);
        lower(part.other_map, 0.9);
    }
    for _ in 0..sense.gaps.min(6) {
        lower(true, 0.97);
    }
    let answers = u16::try_from(answers.max(1)).unwrap_or(u16::MAX);
    out / f32::from(answers)
}

/// The last part of a text that is too long.
fn tail(text: &str) -> &str {
    let mut from = text.len().saturating_sub(TEXT_BYTES_MAX);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or(text)
}

/// How many words at the end are the country's name.
fn country(scan: &Scan) -> usize {
    let count = scan.words.len();
    let ends = |words: usize| count.checked_sub(words).map(|from| scan.run(from, count));
    match (ends(1), ends(2)) {
        (Some(b"vietnam" | b"vn"), _) if count > 1 => 1,
        (_, Some(b"vietnam")) if count > 2 => 2,
        _ => 0,
    }
}

/// The parts of the text that no mention covers, without the separators around them.
fn rest<'t>(text: &'t str, scan: &Scan, used: &[&Mention], count: usize) -> Vec<&'t str> {
    let end = scan.words.get(count).map_or(text.len(), |country| country.start);
    let byte = |at: usize| scan.words.get(at).map_or(end, |w| w.start);
    let byte_after = |at: usize| at.checked_sub(1).and_then(|last| scan.words.get(last)).map_or(0, |w| w.end);
    let mut taken: Vec<(usize, usize)> = used.iter().map(|m| (byte(m.start), byte_after(m.end))).collect();
    taken.sort_unstable();
    taken.push((end, end));
    let mut out = Vec::with_capacity(taken.len());
    let mut from = 0;
    for (start, after) in taken {
        let piece = text.get(from..start).unwrap_or("");
        let piece = piece.trim_matches(|c: char| {
            c.is_whitespace() || matches!(c, ',' | ';' | '-' | '–' | '.' | '|' | '/' | ':')
        });
        if piece.chars().any(char::is_alphanumeric) {
            out.push(piece);
        }
        from = from.max(after);
    }
    out
}
