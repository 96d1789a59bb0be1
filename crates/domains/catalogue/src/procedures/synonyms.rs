//! What people type for what the published names say otherwise: "cccd" for "thẻ căn cước", from `synonyms.toml`.
//!
//! A typed text has several readings: as it stands, and with words of the street put into words of the names.

use std::collections::BTreeMap;

use base::fold;
use serde::Deserialize;
use toml::Spanned;

use crate::{
    report::{Report, TomlFile, read_toml},
    source::Source,
};

const FILE: &str = "synonyms.toml";
/// Readings of one typed text that are looked for; the rest is left.
const READINGS_MAX: usize = 24;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    ignored: Vec<Spanned<String>>,
    synonym: Vec<RawSynonym>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSynonym {
    typed: Vec<Spanned<String>>,
    means: Vec<Spanned<String>>,
}

/// Folded phrases, and what each may mean. What is to be ignored means nothing at all.
#[derive(Debug, Default)]
pub(super) struct Synonyms {
    phrases: BTreeMap<Vec<String>, Vec<Vec<String>>>,
    words_max: usize,
}

fn words(text: &str) -> Vec<String> {
    fold(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

impl Synonyms {
    /// Reads the file. `is_found` says whether a meaning leads to any procedure: one that does not is a mistake.
    pub fn read(source: &Source, is_found: impl Fn(&str) -> bool, report: &mut Report) -> Self {
        let mut all = Self::default();
        let text = source.required(FILE, report);
        let Some((file, raw)) = read_toml::<Raw>(FILE, text, report) else { return all };
        for phrase in &raw.ignored {
            all.add(file, phrase, Vec::new(), report);
        }
        for synonym in &raw.synonym {
            for meaning in &synonym.means {
                if words(meaning.get_ref()).is_empty() || !is_found(meaning.get_ref()) {
                    let message = format!("{:?} leads to no procedure", meaning.get_ref());
                    report.add(FILE, file.line(meaning.span()), "synonym.meaning", message);
                }
            }
            let means: Vec<Vec<String>> = synonym.means.iter().map(|m| words(m.get_ref())).collect();
            for phrase in &synonym.typed {
                all.add(file, phrase, means.clone(), report);
            }
        }
        all
    }

    fn add(
        &mut self,
        file: TomlFile<'_>,
        phrase: &Spanned<String>,
        means: Vec<Vec<String>>,
        report: &mut Report,
    ) {
        let typed = words(phrase.get_ref());
        let line = file.line(phrase.span());
        if typed.is_empty() {
            return report.add(FILE, line, "synonym.empty", "no word to look for");
        }
        self.words_max = self.words_max.max(typed.len());
        if self.phrases.insert(typed, means).is_some() {
            report.add(FILE, line, "synonym.duplicate", format!("{:?} stands here twice", phrase.get_ref()));
        }
    }

    /// The readings of a folded text, as it stands first. Where several phrases begin, the longest counts.
    pub fn readings(&self, typed: &[&str]) -> Vec<Vec<String>> {
        let as_typed: Vec<String> = typed.iter().map(|word| (*word).to_owned()).collect();
        let mut readings: Vec<Vec<String>> = vec![Vec::new()];
        let mut at = 0;
        while let Some(word) = as_typed.get(at) {
            let longest = (1..=self.words_max).rev().find_map(|n| {
                let phrase = as_typed.get(at..at + n)?;
                Some((phrase, self.phrases.get(phrase)?.as_slice()))
            });
            match longest {
                None => {
                    readings.iter_mut().for_each(|r| r.push(word.clone()));
                    at += 1;
                }
                Some((phrase, [])) => at += phrase.len(),
                Some((phrase, means)) => {
                    let ways: Vec<&[String]> =
                        means.iter().map(Vec::as_slice).chain(std::iter::once(phrase)).collect();
                    let longer = |r: &Vec<String>| {
                        ways.iter().map(|way| [r.as_slice(), way].concat()).collect::<Vec<_>>()
                    };
                    readings = readings.iter().flat_map(longer).take(READINGS_MAX).collect();
                    at += phrase.len();
                }
            }
        }
        readings.retain(|r| !r.is_empty() && *r != as_typed);
        readings.insert(0, as_typed);
        readings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut synonyms = Synonyms { words_max: 3, ..Synonyms::default() };
        for (typed, means) in [
            ("làm", vec![]),
            ("làm lại", vec!["cấp lại"]),
            ("cccd", vec!["thẻ căn cước"]),
            ("hộ khẩu", vec!["thường trú", "tách hộ"]),
        ] {
            let means = means.into_iter().map(words).collect();
            synonyms.phrases.insert(words(typed), means);
        }
        let folded = fold(text);
        let typed: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).collect();
        synonyms.readings(&typed).iter().map(|r| r.join(" ")).collect()
    }

    #[test]
    fn what_was_typed_is_always_read_as_it_stands_first() {
        assert_eq!(read("đăng ký xe"), ["dang ky xe"]);
        assert_eq!(read(""), [""]);
        assert_eq!(read("làm"), ["lam"], "nothing but what is ignored");
    }

    #[test]
    fn each_meaning_is_a_reading() {
        assert_eq!(read("Hộ khẩu"), ["ho khau", "thuong tru", "tach ho"]);
        assert_eq!(read("làm CCCD"), ["lam cccd", "the can cuoc", "cccd"]);
    }

    #[test]
    fn the_longest_phrase_counts_and_half_words_do_not() {
        assert_eq!(
            read("làm lại cccd"),
            ["lam lai cccd", "cap lai the can cuoc", "cap lai cccd", "lam lai the can cuoc"]
        );
        assert_eq!(read("làm lạ"), ["lam la", "la"]);
    }

    #[test]
    fn no_text_has_readings_without_end() {
        assert!(read(&"hộ khẩu cccd ".repeat(8)).len() <= READINGS_MAX + 1);
    }
}
