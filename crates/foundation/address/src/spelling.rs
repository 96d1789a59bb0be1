//! A name with one slip of the hand, looked for only among the units below one that the text names, and only where nothing
//! else explains the words.

use crate::{
    book::AddressBook,
    kinds::KindWords,
    mentions::{Fit, Mention},
    scan::{Gap, Scan},
    unit::{Level, UnitId},
    weigh::{Part, Scale, Sense},
};

/// What mending found: the mentions with the mended one added, and the senses that use it.
pub(crate) struct Mended {
    pub mentions: Vec<Mention>,
    pub senses: Vec<Sense>,
}

/// Shortest name that is mended, in letters; of a shorter one a slip makes another name.
const LETTERS_MIN: usize = 6;
/// From this length on two slips are mended.
const LETTERS_FOR_TWO: usize = 11;
/// Most words of a name that is mended.
const WORDS_MAX: usize = 5;
/// Points of a mended name, well below those of a written one.
const POINTS: i32 = 70;

/// Where the best sense is a district or a province, and words before it are close to the name of exactly one commune in it.
pub(crate) fn mend(scale: &Scale<'_>, kinds: &KindWords, senses: &[Sense]) -> Option<Mended> {
    let best = senses.first()?;
    let above = scale.book.unit(best.unit)?.kind.level();
    if above == Level::Commune {
        return None;
    }
    let equal: Vec<&Sense> = senses.iter().take_while(|s| s.points == best.points).collect();
    let first =
        best.parts.iter().flatten().filter_map(|p| scale.mentions.get(p.mention)).map(|m| m.start).min()?;
    let mut found: Option<Closest> = None;
    for (from, to) in runs(scale.scan, kinds, first) {
        let typed = scale.scan.run(from, to);
        if typed.len() < LETTERS_MIN {
            continue;
        }
        let allowed = 1 + usize::from(typed.len() >= LETTERS_FOR_TWO);
        for sense in &equal {
            for unit in communes(scale.book, sense.unit) {
                let Some(slips) = slips(typed, scale.book.letters(unit), allowed) else { continue };
                match &mut found {
                    Some(closest) if closest.slips < slips => {}
                    Some(closest) if closest.slips == slips => {
                        if (closest.from, closest.to) == (from, to) {
                            closest.units.push((unit, **sense));
                        }
                    }
                    _ => found = Some(Closest { slips, from, to, units: vec![(unit, **sense)] }),
                }
            }
        }
    }
    let Closest { slips, from, to, units } = found?;
    let (said, length) = kinds.before.get(from).copied().unwrap_or_default();
    let mention = Mention {
        start: from.saturating_sub(usize::from(length)),
        end: to,
        from,
        to,
        kinds: said,
        bearers: (0, 0),
        within: false,
        alone: false,
        part: false,
    };
    let mut mentions = scale.mentions.to_vec();
    mentions.push(mention);
    let at = mentions.len() - 1;
    let lost = i32::try_from(slips).unwrap_or(i32::MAX / 64) * 10;
    let senses = units
        .into_iter()
        .map(|(unit, sense)| {
            let fit = Fit { points: POINTS - lost, other_kind: false, marks_wrong: false };
            let [own, province, _] = match above {
                Level::District => [sense.parts[0], sense.parts[2], None],
                _ => [None, sense.parts[0], None],
            };
            Sense {
                unit,
                points: sense.points + fit.points,
                parts: [Some(Part { unit, mention: at, fit, other_map: false }), own, province],
                ..sense
            }
        })
        .collect();
    Some(Mended { mentions, senses })
}

/// The units closest to some words, each with the sense of the unit above it.
struct Closest {
    slips: usize,
    from: usize,
    to: usize,
    units: Vec<(UnitId, Sense)>,
}

/// Communes of the same time below a unit: for a province of any time, those of today; for a district its own.
fn communes(book: &AddressBook, above: UnitId) -> impl Iterator<Item = UnitId> {
    let district = book.unit(above).is_some_and(|u| u.kind.level() == Level::District);
    let of_level = move |id: &UnitId| {
        book.unit(*id).is_some_and(|u| u.kind.level() == Level::Commune && u.current != district)
    };
    book.below(above).iter().copied().filter(of_level)
}

/// Runs of words right before the units: behind a kind, or a whole part between separators.
fn runs(scan: &Scan, kinds: &KindWords, first: usize) -> Vec<(usize, usize)> {
    let begins = |at: usize| {
        let kind = kinds.before.get(at).is_some_and(|(k, _)| !k.is_empty() && k.allows(Level::Commune));
        kind || scan.words.get(at).is_some_and(|w| w.before == Gap::Hard)
    };
    let from = first.saturating_sub(WORDS_MAX);
    (from..first).filter(|at| begins(*at)).map(|at| (at, first)).collect()
}

/// How many letters must be changed, left out, put in or exchanged with their neighbour; nothing above `most`.
fn slips(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut rows: [Vec<usize>; 3] = [vec![0; b.len() + 1], (0..=b.len()).collect(), vec![0; b.len() + 1]];
    let value = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
    for (i, x) in a.iter().enumerate() {
        let [before, last, next] = &mut rows;
        if let Some(slot) = next.first_mut() {
            *slot = i + 1;
        }
        for (j, y) in b.iter().enumerate() {
            let mut best =
                (value(last, j) + usize::from(x != y)).min(value(last, j + 1) + 1).min(value(next, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x) {
                best = best.min(value(before, j - 1) + 1);
            }
            if let Some(slot) = next.get_mut(j + 1) {
                *slot = best;
            }
        }
        rows.rotate_left(1);
    }
    Some(value(&rows[1], b.len())).filter(|d| *d <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        assert_eq!(slips(b"bennghe", b"bennghe", 1), Some(0));
        assert_eq!(slips(b"bennhge", b"bennghe", 1), Some(1));
        assert_eq!(slips(b"benghe", b"bennghe", 1), Some(1));
        assert_eq!(slips(b"bencat", b"bennghe", 1), None);
        assert_eq!(slips(b"tansnnhat", b"tansonnhat", 2), Some(1));
    }
}
