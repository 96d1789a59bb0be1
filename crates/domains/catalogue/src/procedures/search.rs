//! Full-text search over procedures: every typed word must begin a word somewhere; where it does decides the rank.

use base::{Lang, fold, nfc};
use jiff::civil::Date;

use super::{OnlineLevel, Procedure, Procedures};
use crate::{
    fields::{Audience, Fields},
    validity::Level,
};

/// Longest typed text that is searched, in characters; the rest is ignored.
const TYPED_CHARS_MAX: usize = 200;
/// Most words of it that are looked for.
const TYPED_WORDS_MAX: usize = 16;

// A word in the title says more than one in the field, and that more than one in a document.
const IN_TITLE: u32 = 12;
const IN_FIELD: u32 = 4;
const IN_DOCUMENTS: u32 = 1;
const WHOLE_TITLE: u32 = 40;
const TITLE_BEGINS: u32 = 16;
const PHRASE_IN_TITLE: u32 = 12;
const SPELLED_IN_TITLE: u32 = 4;
/// What a meaning that stands before another in `synonyms.toml` is worth.
const MEANT_FIRST: u32 = 5;
const CORE: u32 = 3;
/// What people come for is mostly decided near them.
const COMMUNE: u32 = 1;

/// The folded texts of a procedure, each with a space before every word.
#[derive(Debug)]
pub(super) struct Entry {
    titles: [Box<str>; 2],
    field: Box<str>,
    documents: Box<str>,
}

impl Entry {
    pub fn new(procedure: &Procedure, fields: &Fields) -> Self {
        let folded = |text: &str| format!(" {}", fold(text)).into_boxed_str();
        let mut field = procedure.code.clone();
        if let Some(named) = fields.field(&procedure.field) {
            field = format!("{field} {} {}", named.name.vi, named.name.en);
        }
        let mut documents = procedure.documents.join(" ");
        for text in procedure.result.iter().chain(&procedure.agency).chain(&procedure.subjects) {
            documents.push(' ');
            documents.push_str(text);
        }
        Self {
            titles: [folded(&procedure.name.vi), folded(procedure.name.en.as_deref().unwrap_or(""))],
            field: folded(&field),
            documents: folded(&documents),
        }
    }

    /// Whether each of these words begins a word of the title.
    pub fn is_named(&self, text: &str) -> bool {
        let reading = Reading::new(&fold(text), 0);
        self.titles.iter().any(|title| reading.starts.iter().all(|start| title.contains(start)))
    }

    /// What was typed may stand anywhere; `None` when a word is nowhere.
    fn score_typed(&self, typed: &Reading) -> Option<u32> {
        let mut score = 0;
        for start in &typed.starts {
            score += if self.titles.iter().any(|t| t.contains(start)) {
                IN_TITLE
            } else if self.field.contains(start) {
                IN_FIELD
            } else if self.documents.contains(start) {
                IN_DOCUMENTS
            } else {
                return None;
            };
        }
        Some(score + self.best_title(&typed.phrase))
    }

    /// What it may mean must stand in the title, and then counts as if it had been typed.
    fn score_meant(&self, meant: &Reading, typed: &Reading) -> Option<u32> {
        let named = self.titles.iter().any(|t| meant.starts.iter().all(|start| t.contains(start)));
        let words = u32::try_from(typed.starts.len()).unwrap_or(0);
        named.then(|| IN_TITLE * words + self.best_title(&meant.phrase) + meant.bonus)
    }

    fn best_title(&self, phrase: &str) -> u32 {
        let best = |t: &str| {
            if t == phrase {
                WHOLE_TITLE
            } else if t.starts_with(phrase) {
                TITLE_BEGINS
            } else if t.contains(phrase) {
                PHRASE_IN_TITLE
            } else {
                0
            }
        };
        self.titles.iter().map(|t| best(t)).max().unwrap_or(0)
    }
}

/// What is looked for. Only `on` is required; an empty text finds all, by code.
#[derive(Debug, Clone)]
pub struct ProcedureQuery<'a> {
    pub text: &'a str,
    /// Slug of a field.
    pub field: Option<&'a str>,
    pub audience: Option<Audience>,
    pub level: Option<Level>,
    pub online: Option<OnlineLevel>,
    /// Only procedures in force on this day.
    pub on: Date,
}

impl<'a> ProcedureQuery<'a> {
    pub fn new(text: &'a str, on: Date) -> Self {
        Self { text, field: None, audience: None, level: None, online: None, on }
    }

    fn admits(&self, procedure: &Procedure) -> bool {
        procedure.validity.contains(self.on)
            && self.field.is_none_or(|f| procedure.field == f)
            && self.audience.is_none_or(|a| procedure.is_for(a))
            && self.level.is_none_or(|l| procedure.level == l)
            && self.online.is_none_or(|o| procedure.online == o)
    }
}

/// One way to understand what was typed.
struct Reading {
    /// Each word with a space before it.
    starts: Vec<String>,
    phrase: String,
    bonus: u32,
}

impl Reading {
    fn new(folded: &str, bonus: u32) -> Self {
        let starts = folded.split(' ').filter(|w| !w.is_empty()).map(|w| format!(" {w}")).collect();
        Self { starts, phrase: format!(" {folded}"), bonus }
    }
}

impl Procedures {
    /// What a typed text may mean, folded: itself first, then with words that people say put into those of the names.
    pub fn readings(&self, typed: &str) -> Vec<String> {
        // A code is one word to people and two to `fold`; the folded form finds it in the field text.
        let folded = fold(typed);
        let words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).take(TYPED_WORDS_MAX).collect();
        self.synonyms.readings(&words).iter().map(|words| words.join(" ")).collect()
    }

    /// The procedures that fit, best first. Words are compared without diacritics and by their beginnings; diacritics
    /// that are typed as in the title rank higher.
    pub fn search(&self, query: &ProcedureQuery<'_>) -> Vec<&Procedure> {
        let typed: String = nfc(query.text).chars().take(TYPED_CHARS_MAX).collect();
        let lower = typed.to_lowercase();
        let readings = self.readings(&typed);
        // Of the meanings, the first is wanted most.
        let bonuses = (0..readings.len()).rev().map(|n| MEANT_FIRST * u32::try_from(n).unwrap_or(0));
        let mut readings = readings.iter().zip(bonuses).map(|(text, bonus)| Reading::new(text, bonus));
        let Some(as_typed) = readings.next() else { return Vec::new() };
        let meant: Vec<Reading> = readings.collect();

        let mut ranked: Vec<(u32, &Procedure)> = Vec::new();
        for (procedure, entry) in self.all.iter().zip(&self.index).filter(|(p, _)| query.admits(p)) {
            let meant = meant.iter().filter_map(|r| entry.score_meant(r, &as_typed));
            let Some(mut score) = meant.chain(entry.score_typed(&as_typed)).max() else { continue };
            if !as_typed.starts.is_empty() {
                let spelled = procedure.name.get(Lang::Vi).to_lowercase().contains(&lower);
                score += if spelled { SPELLED_IN_TITLE } else { 0 };
                score += if procedure.core { CORE } else { 0 };
                score += if procedure.level == Level::Commune { COMMUNE } else { 0 };
                if procedure.code == typed {
                    score += WHOLE_TITLE;
                }
            } else {
                score = 0;
            }
            ranked.push((score, procedure));
        }
        ranked.sort_by(|(a, p), (b, q)| b.cmp(a).then_with(|| p.code.cmp(&q.code)));
        ranked.into_iter().map(|(_, procedure)| procedure).collect()
    }
}
