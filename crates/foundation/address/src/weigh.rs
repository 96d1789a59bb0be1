//! Which units together explain a text best: a commune, the district and the province that it lies in, in a sensible order
//! near the end (or the beginning) of the text, with few words left between them.

use crate::{
    book::AddressBook,
    mentions::{self, Fit, Mention},
    scan::{Gap, Scan},
    unit::{Level, UnitId},
};

/// Points beside those of single mentions.
mod points {
    /// A word between the units, or behind them.
    pub const GAP: i32 = -12;
    pub const GAPS_MAX: usize = 6;
    /// Province first, as some forms have it.
    pub const REVERSED: i32 = -10;
    pub const MIXED: i32 = -30;
    /// The unit above is of another map than the unit.
    pub const OTHER_MAP: i32 = -15;
    /// As well, and a commune of today has no district at all.
    pub const OTHER_MAP_DISTRICT: i32 = -35;
    pub const NO_PROVINCE: i32 = -10;
    /// A commune of today needs no district, so the points that a district would bring are its own.
    pub const TWO_LEVELS: i32 = 60;
    /// A bare name right behind another, with nothing between: it may be one longer name.
    pub const RUN_ON: i32 = -15;
    /// Behind the commune stands a district that it does not lie in.
    pub const DISTRICT_IGNORED: i32 = -60;
    /// A province at the end that the units do not lie in, or a commune called by its kind for the sake of a bare name.
    pub const IGNORED: i32 = -120;
    /// Between equals, the units of today.
    pub const CURRENT: i32 = 3;
}

/// One way to read the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sense {
    pub unit: UnitId,
    pub points: i32,
    /// What it is read from: the unit's own mention and those of the district and the province.
    pub parts: [Option<Part>; 3],
    pub no_province: bool,
    pub no_district: bool,
    pub gaps: usize,
}

/// A unit at a mention.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub unit: UnitId,
    pub mention: usize,
    pub fit: Fit,
    pub other_map: bool,
}

pub(crate) struct Scale<'a> {
    pub book: &'a AddressBook,
    pub scan: &'a Scan,
    pub mentions: &'a [Mention],
    /// Words that are read.
    pub count: usize,
    /// Where the text calls something a ward or a commune in so many words.
    pub called: &'a [usize],
}

/// Districts and provinces that the text may name.
struct Above {
    districts: Vec<Part>,
    provinces: Vec<Part>,
    /// A province that was certainly meant: it stands at the end.
    last: Option<Mention>,
    /// Mentions of districts that were meant as such, by their kind or as a whole part of the text.
    named_districts: Vec<Mention>,
}

impl Scale<'_> {
    /// Every sense, in no order.
    pub fn senses(&self) -> Vec<Sense> {
        let named = self.above();
        // Those of `named` that the unit in hand lies in; one room for all units.
        let mut company = (Vec::with_capacity(8), Vec::with_capacity(8));
        let mut out = Vec::with_capacity(64);
        for (nth, mention) in self.mentions.iter().enumerate() {
            let holds_last =
                named.last.as_ref().is_none_or(|l| l.start < mention.end && mention.start < l.end);
            let bearers = self.book.bearers_in(mention.bearers);
            for bearer in bearers.iter().rev().take_while(|b| b.level == Level::Commune) {
                self.inside(bearer.unit, &named.districts, &mut company.0);
                self.inside(bearer.unit, &named.provinces, &mut company.1);
                // Nothing above it is named: only worth a look where no province is, or the name holds it ("Nguyễn Huệ").
                if company.0.is_empty() && company.1.is_empty() && !holds_last {
                    continue;
                }
                let Some(fit) = mentions::fit(self.book, self.scan, mention, bearer) else { continue };
                let own = Part { unit: bearer.unit, mention: nth, fit, other_map: false };
                out.extend(self.best(own, bearer.current, (&company.0, &company.1), &named));
            }
        }
        for own in &named.districts {
            self.inside(own.unit, &named.provinces, &mut company.1);
            out.extend(self.best(*own, false, (&[], &company.1), &named));
        }
        for own in &named.provinces {
            let current = self.book.unit(own.unit).is_some_and(|u| u.current);
            out.extend(self.best(*own, current, (&[], &[]), &named));
        }
        out
    }

    fn above(&self) -> Above {
        let provinces = self.parts(Level::Province);
        let districts = self.parts(Level::District);
        let at_end = provinces.iter().filter(|p| self.mention(p).is_some_and(|m| m.end == self.count));
        let last = at_end.max_by_key(|p| p.fit.points).and_then(|p| self.mention(p));
        let last = last.filter(|m| !m.within).copied();
        let mut named_districts: Vec<Mention> = Vec::new();
        for mention in districts.iter().filter_map(|d| self.mention(d)) {
            let known = named_districts.iter().any(|d| (d.from, d.to) == (mention.from, mention.to));
            if !known && (mention.alone || !mention.kinds.is_empty()) {
                named_districts.push(*mention);
            }
        }
        Above { districts, provinces, last, named_districts }
    }

    /// Those parts that a unit lies in.
    fn inside(&self, unit: UnitId, parts: &[Part], out: &mut Vec<Part>) {
        out.clear();
        let above = self.book.above(unit);
        for part in parts {
            if let Some(found) = above.iter().find(|a| a.unit == part.unit) {
                out.push(Part { other_map: !found.own, ..*part });
            }
        }
    }

    fn mention(&self, part: &Part) -> Option<&Mention> {
        self.mentions.get(part.mention)
    }

    fn parts(&self, level: Level) -> Vec<Part> {
        let mut out = Vec::with_capacity(8);
        for (nth, mention) in self.mentions.iter().enumerate() {
            for bearer in self.book.bearers_in(mention.bearers).iter().filter(|b| b.level == level) {
                if let Some(fit) = mentions::fit(self.book, self.scan, mention, bearer) {
                    out.push(Part { unit: bearer.unit, mention: nth, fit, other_map: false });
                }
            }
        }
        out
    }

    /// The best company for a unit, out of districts and provinces that it lies in.
    fn best(
        &self,
        own: Part,
        current: bool,
        (districts, provinces): (&[Part], &[Part]),
        named: &Above,
    ) -> Option<Sense> {
        let level = self.book.unit(own.unit)?.kind.level();
        let communal = level == Level::Commune;
        let mut best: Option<Sense> = None;
        for district in districts.iter().copied().map(Some).chain([None]) {
            for province in provinces.iter().copied().map(Some).chain([None]) {
                let parts = [Some(own), district, province];
                let Some((mut points, gaps)) = self.order(&parts, named.last.as_ref()) else { continue };
                points += parts.iter().flatten().map(|p| p.fit.points).sum::<i32>();
                let no_district = communal && !current && district.is_none();
                let no_province = level != Level::Province && province.is_none();
                for (applies, worth) in [
                    (current, points::CURRENT),
                    (communal && current && district.is_none(), points::TWO_LEVELS),
                    (district.is_some_and(|d| d.other_map), points::OTHER_MAP_DISTRICT),
                    (province.is_some_and(|p| p.other_map), points::OTHER_MAP),
                    (no_province, points::NO_PROVINCE),
                    (communal && self.ignores_a_commune(&parts), points::IGNORED),
                    (
                        communal && district.is_none() && self.passes_over(&parts, named),
                        points::DISTRICT_IGNORED,
                    ),
                ] {
                    points += if applies { worth } else { 0 };
                }
                if best.as_ref().is_none_or(|b| b.points < points) {
                    best = Some(Sense { unit: own.unit, points, parts, no_province, no_district, gaps });
                }
            }
        }
        best
    }

    /// Whether a bare name is read as the commune while the text calls something else a commune.
    fn ignores_a_commune(&self, parts: &[Option<Part>; 3]) -> bool {
        let mentions = || parts.iter().flatten().filter_map(|p| self.mention(p));
        let bare = mentions().next().is_some_and(|own| own.kinds.is_empty());
        bare && self.called.iter().any(|at| !mentions().any(|m| m.start <= *at && *at < m.end))
    }

    /// Whether a district is named behind the commune, and not taken for anything.
    fn passes_over(&self, parts: &[Option<Part>; 3], named: &Above) -> bool {
        let taken = || parts.iter().flatten().filter_map(|p| self.mention(p));
        let end = taken().next().map_or(usize::MAX, |own| own.end);
        let behind = named.named_districts.iter().filter(|d| d.start >= end);
        behind.into_iter().any(|d| !taken().any(|m| m.start < d.end && d.start < m.end))
    }

    /// Points for where the mentions stand; nothing where they share words. Also the words between and behind them.
    fn order(&self, parts: &[Option<Part>; 3], last: Option<&Mention>) -> Option<(i32, usize)> {
        let (mut first, mut end, mut covered) = (usize::MAX, 0, 0);
        let (mut rising, mut falling, mut last_taken, mut run_on) = (true, true, false, 0);
        let mut previous: Option<&Mention> = None;
        let mut spans: [(usize, usize); 3] = [(0, 0); 3];
        for (part, span) in parts.iter().flatten().zip(&mut spans) {
            let mention = self.mention(part)?;
            (first, end) = (first.min(mention.start), end.max(mention.end));
            covered += mention.end - mention.start;
            if let Some(previous) = previous {
                rising &= mention.start >= previous.end;
                falling &= mention.end <= previous.start;
                let close = self.scan.words.get(mention.start).is_some_and(|w| w.before < Gap::Hard);
                run_on += i32::from(close && mention.kinds.is_empty() && mention.start == previous.end);
            }
            last_taken |= last.is_none_or(|l| mention.start < l.end && l.start < mention.end);
            *span = (mention.start, mention.end);
            previous = Some(mention);
        }
        let apart =
            |a: &(usize, usize), b: &(usize, usize)| a.1 <= b.0 || b.1 <= a.0 || a.0 == a.1 || b.0 == b.1;
        if let [a, b, c] = &spans
            && !(apart(a, b) && apart(a, c) && apart(b, c))
        {
            return None;
        }
        let (points, words) = match (rising, falling) {
            // The usual order: what stands before it is the street.
            (true, false) => (0, self.count.saturating_sub(first)),
            (false, true) => (points::REVERSED, end),
            (true, true) => (0, self.count.saturating_sub(first).min(end + 1)),
            (false, false) => (points::MIXED, self.count.saturating_sub(first)),
        };
        let gaps = words.saturating_sub(covered);
        let lost = i32::try_from(gaps.min(points::GAPS_MAX)).unwrap_or(0);
        let ignored = if last_taken { 0 } else { points::IGNORED };
        Some((points + ignored + points::GAP * lost + points::RUN_ON * run_on, gaps))
    }
}
