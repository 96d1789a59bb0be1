//! The address picker: communes of today by any beginning of their words, also by the names of what went into them.

use base::nfc;
use jiff::civil::Date;
use serde::Serialize;

use super::{Division, Divisions, words};
use crate::validity::Level;

/// Longest typed text that is searched, in characters; the rest is ignored.
const TYPED_CHARS_MAX: usize = 120;
/// Most words of it that are looked for.
const TYPED_WORDS_MAX: usize = 12;

/// What is compared with typed words: ` phuong ben nghe quan 1 thanh pho ho chi minh`, and the unit's position.
#[derive(Debug)]
pub(super) struct Key {
    text: Box<str>,
    /// Where the name begins in `text`, after the kind, and where it ends.
    name: (u8, u8),
    at: usize,
}

impl Key {
    fn name(&self) -> &str {
        self.text.get(usize::from(self.name.0)..usize::from(self.name.1)).unwrap_or("")
    }
}

/// A commune of today that was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CommuneHit<'a> {
    pub unit: &'a Division,
    /// The former unit whose name matched, when it was not the commune's own.
    pub former: Option<&'a Division>,
    /// False where the former unit was split, so that `unit` is only one of several.
    pub certain: bool,
}

pub(super) fn keys(divisions: &Divisions) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::with_capacity(divisions.all.len());
    for (at, unit) in divisions.all.iter().enumerate() {
        if unit.level() != Level::Commune {
            continue;
        }
        let kind = unit.kind.folded();
        let mut text = String::new();
        for unit in divisions.lineage(unit) {
            text.extend([" ", unit.kind.folded(), " ", &*unit.folded]);
        }
        let start = kind.len() + 2;
        let position = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
        let name = (position(start), position(start + unit.folded.len()));
        keys.push(Key { text: text.into(), name, at });
    }
    keys
}

impl Divisions {
    /// Up to `limit` communes of `today`, best first: those whose own name is what was typed, then whose name begins
    /// with it, then the rest; own names before former ones. Every typed word must begin a word of the name, the
    /// kind, the former district or the province. Diacritics may be left out; those that are typed rank higher.
    pub fn search_communes(&self, typed: &str, today: Date, limit: usize) -> Vec<CommuneHit<'_>> {
        let typed: String = nfc(typed).chars().take(TYPED_CHARS_MAX).collect();
        let folded = words::folded(&typed);
        if folded.is_empty() {
            return Vec::new();
        }
        let starts: Vec<String> = folded.split(' ').take(TYPED_WORDS_MAX).map(|w| format!(" {w}")).collect();
        let lower = typed.to_lowercase();

        let mut ranked: Vec<(u8, usize, CommuneHit<'_>)> = Vec::new();
        for key in self.keys.iter().filter(|k| starts.iter().all(|s| k.text.contains(s.as_str()))) {
            let Some(unit) = self.all.get(key.at) else { continue };
            let own = unit.validity.contains(today);
            if !own && !unit.validity.ended_by(today) {
                continue;
            }
            let label = key.text.get(1..usize::from(key.name.1)).unwrap_or("");
            let name = key.name();
            let quality = if name == folded || label == folded {
                0
            } else if name.starts_with(&folded) || label.starts_with(&folded) || folded.starts_with(label) {
                2
            } else if starts.first().is_some_and(|s| name.starts_with(s.trim_start())) {
                4
            } else {
                6
            };
            let accents = u8::from(!lower.contains(&unit.name.to_lowercase()));
            let rank = (quality + accents) * 2 + u8::from(!own);
            if own {
                ranked.push((rank, key.at, CommuneHit { unit, former: None, certain: true }));
            } else {
                let resolution = self.resolve_unit(unit, today);
                let certain = !resolution.is_ambiguous();
                for successor in &resolution.today {
                    // A unit that only changed its kind is not shown as its own former self.
                    let former = (successor.unit.code != unit.code || successor.unit.name != unit.name)
                        .then_some(unit);
                    ranked.push((rank, key.at, CommuneHit { unit: successor.unit, former, certain }));
                }
            }
        }
        ranked.sort_by_key(|(rank, at, _)| (*rank, *at));
        let mut hits: Vec<CommuneHit<'_>> = Vec::new();
        for (_, _, hit) in ranked {
            if hits.len() == limit {
                break;
            }
            if !hits.iter().any(|h| h.unit.code == hit.unit.code) {
                hits.push(hit);
            }
        }
        hits
    }
}
