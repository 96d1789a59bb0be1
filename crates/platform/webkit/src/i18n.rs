//! Texts in two languages, through fluent: Vietnamese first, English beside.
//!
//! [`Texts`] merges the `.ftl` files of several crates once, at start; a key that stands twice is an error then.
//! [`Say`] is texts plus the reader's language: what pages and components hold. A key that is missing falls back to
//! Vietnamese, then to the key itself, and is logged once; [`check`] lets tests find it long before.

pub mod check;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use base::Lang;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// One crate's texts: the Vietnamese file, then the English one.
pub type Source = (&'static str, &'static str);

/// This crate's own texts; a site lists them first in [`Texts::load`].
pub const TEXTS: Source = (include_str!("texts/vi.ftl"), include_str!("texts/en.ftl"));

/// How many missing keys are remembered, so that a flood of unknown codes cannot fill the memory.
const MISSING_KEYS_MAX: usize = 500;

/// A value put into a text: `("count", 3.into())`, `("name", name.into())`.
pub type Arg<'a> = (&'a str, FluentValue<'a>);

#[derive(Debug, thiserror::Error)]
pub enum TextsError {
    #[error("a text file does not parse: {0}")]
    Syntax(String),
    #[error("the key {key} stands twice in {lang}")]
    Duplicate { lang: &'static str, key: String },
}

/// Every text of the program, in both languages.
pub struct Texts {
    vi: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
    missing: Mutex<BTreeSet<String>>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Texts")
    }
}

impl Texts {
    pub fn load(sources: &[Source]) -> Result<Self, TextsError> {
        let vi = bundle(Lang::Vi, sources.iter().map(|s| s.0))?;
        let en = bundle(Lang::En, sources.iter().map(|s| s.1))?;
        Ok(Self { vi, en, missing: Mutex::default() })
    }

    /// The text of `key`; see the module for what a missing one gives.
    pub fn get(&self, lang: Lang, key: &str) -> String {
        self.with(lang, key, &[])
    }

    pub fn with(&self, lang: Lang, key: &str, args: &[Arg<'_>]) -> String {
        let args: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, value.clone())).collect();
        self.find(lang, key, &args).unwrap_or_else(|| {
            self.note_missing(lang, key);
            self.find(Lang::Vi, key, &args).unwrap_or_else(|| key.to_owned())
        })
    }

    /// The sentence of an error code, such as `dossier.already_submitted` (key `dossier-already-submitted`).
    pub fn code(&self, lang: Lang, code: &str, args: &[(String, String)]) -> String {
        let args: Vec<Arg<'_>> =
            args.iter().map(|(name, value)| (name.as_str(), value.as_str().into())).collect();
        self.with(lang, &key_of(code), &args)
    }

    pub fn has(&self, lang: Lang, key: &str) -> bool {
        self.bundle(lang).has_message(key)
    }

    fn bundle(&self, lang: Lang) -> &FluentBundle<FluentResource> {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }

    fn find(&self, lang: Lang, key: &str, args: &FluentArgs<'_>) -> Option<String> {
        let bundle = self.bundle(lang);
        let pattern = bundle.get_message(key)?.value()?;
        let mut faults = Vec::new();
        let text = bundle.format_pattern(pattern, Some(args), &mut faults).into_owned();
        if !faults.is_empty() {
            self.note_missing(lang, key);
        }
        Some(text)
    }

    fn note_missing(&self, lang: Lang, key: &str) {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        if missing.len() < MISSING_KEYS_MAX && missing.insert(format!("{} {key}", lang.code())) {
            tracing::error!(lang = lang.code(), key, "text is missing or lacks a value");
        }
    }
}

fn bundle<'a>(
    lang: Lang,
    files: impl Iterator<Item = &'a str>,
) -> Result<FluentBundle<FluentResource>, TextsError> {
    let locale: LanguageIdentifier = lang.code().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    // The marks would surround each value with invisible characters, which people then copy along with a code.
    bundle.set_use_isolating(false);
    for file in files {
        let resource = FluentResource::try_new(file.to_owned()).map_err(|(_, faults)| {
            TextsError::Syntax(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        })?;
        bundle.add_resource(resource).map_err(|faults| {
            let key = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            TextsError::Duplicate { lang: lang.code(), key }
        })?;
    }
    Ok(bundle)
}

/// `dossier.already_submitted` → `dossier-already-submitted`.
pub fn key_of(code: &str) -> String {
    code.replace(['.', '_'], "-")
}

/// Texts in one reader's language. Cheap to clone; an extractor for handlers; [`crate::View`] derefs to it.
#[derive(Debug, Clone)]
pub struct Say {
    pub texts: Arc<Texts>,
    pub lang: Lang,
}

impl Say {
    pub fn new(texts: Arc<Texts>, lang: Lang) -> Self {
        Self { texts, lang }
    }

    /// The text of a key.
    pub fn t(&self, key: &str) -> String {
        self.texts.get(self.lang, key)
    }

    /// The text of a key with values: `say.tw("steps-left", &[("count", 3.into())])`.
    pub fn tw(&self, key: &str, args: &[Arg<'_>]) -> String {
        self.texts.with(self.lang, key, args)
    }

    /// The sentence of an error code.
    pub fn code(&self, code: &str, args: &[(String, String)]) -> String {
        self.texts.code(self.lang, code, args)
    }

    /// The sentence of a field's fault.
    pub fn fault(&self, fault: &base::FieldFault) -> String {
        self.code(&fault.code, &fault.args)
    }

    /// A text that is data (catalogue names and labels).
    pub fn text<'t>(&self, text: &'t base::Text) -> &'t str {
        text.get(self.lang)
    }
}

/// What is wrong, by the field's name, in words.
pub type Errors = BTreeMap<String, String>;

/// The sentences of faults by field, for putting each beside its field.
pub fn by_field(say: &Say, faults: &[base::FieldFault]) -> Errors {
    let mut out = BTreeMap::new();
    for fault in faults {
        out.entry(fault.field.clone()).or_insert_with(|| say.fault(fault));
    }
    out
}

/// The language that a browser prefers, by `Accept-Language`; quality values decide, Vietnamese wins a draw.
pub fn accepted(header: &str) -> Lang {
    let mut best = (Lang::Vi, 0.0_f32);
    for part in header.split(',').take(20) {
        let mut pieces = part.trim().split(';');
        let Some(lang) = pieces.next().and_then(|tag| tag.split('-').next()).and_then(parse_lang) else {
            continue;
        };
        let quality = pieces
            .find_map(|p| p.trim().strip_prefix("q="))
            .map_or(1.0, |q| q.parse::<f32>().ok().filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0));
        if quality > best.1 {
            best = (lang, quality);
        }
    }
    best.0
}

/// `vi` or `en`.
pub fn parse_lang(code: &str) -> Option<Lang> {
    Lang::ALL.into_iter().find(|lang| code.eq_ignore_ascii_case(lang.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VI: &str = "hello = Xin chào, { $name }\nonly-vi = Chỉ có tiếng Việt\n";
    const EN: &str = "hello = Hello, { $name }\n";

    #[test]
    fn a_missing_text_falls_back_to_vietnamese_then_to_its_key() {
        let texts = Texts::load(&[(VI, EN)]).unwrap();
        assert_eq!(texts.with(Lang::En, "hello", &[("name", "Lan".into())]), "Hello, Lan");
        assert_eq!(texts.get(Lang::En, "only-vi"), "Chỉ có tiếng Việt");
        assert_eq!(texts.get(Lang::En, "nothing-here"), "nothing-here");
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        assert!(matches!(
            Texts::load(&[(VI, EN), ("hello = A\n", "x = B\n")]),
            Err(TextsError::Duplicate { .. })
        ));
        assert!(matches!(Texts::load(&[("= nothing", "")]), Err(TextsError::Syntax(_))));
    }

    #[test]
    fn the_browser_chooses_a_language_and_vietnamese_is_the_default() {
        for (header, lang) in [
            ("", Lang::Vi),
            ("fr, de;q=0.8", Lang::Vi),
            ("en-GB,en;q=0.9", Lang::En),
            ("vi-VN,vi;q=0.9,en;q=0.8", Lang::Vi),
            ("en;q=0.5, vi;q=0.9", Lang::Vi),
            ("fr;q=1, en;q=0.2", Lang::En),
            ("en;q=9", Lang::Vi),
        ] {
            assert_eq!(accepted(header), lang, "{header}");
        }
    }
}
