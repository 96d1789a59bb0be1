//! Names of people: surname, middle and given name in this order; some peoples have other forms.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{fold, limits::NAME_CHARS_MAX, nfc};

/// A person's full name as the papers write it, in NFC. Letters are never rewritten: `Lý` and `Lí` are two names.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct PersonName(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PersonNameError {
    #[error("a name is missing")]
    Empty,
    #[error("a name has at most 100 characters")]
    TooLong,
    #[error("a name is written in letters, with spaces, apostrophes or hyphens between them")]
    NotLetters,
}

impl PersonNameError {
    /// Stable code of the rule; also the translation key.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "name.empty",
            Self::TooLong => "name.too_long",
            Self::NotLetters => "name.not_letters",
        }
    }
}

impl PersonName {
    /// Normalises and checks. `Ð` (U+00D0) and `Ɖ` (U+0189) become `Đ`, as many sources confuse them.
    pub fn new(raw: &str) -> Result<Self, PersonNameError> {
        let name: String = nfc(raw)
            .chars()
            .map(|c| match c {
                'Ð' | 'Ɖ' => 'Đ',
                'ð' | 'ɖ' => 'đ',
                '’' | 'ʼ' | '`' => '\'',
                c => c,
            })
            .collect();
        if name.is_empty() {
            return Err(PersonNameError::Empty);
        }
        if name.chars().count() > NAME_CHARS_MAX {
            return Err(PersonNameError::TooLong);
        }
        if is_written_in_letters(&name) { Ok(Self(name)) } else { Err(PersonNameError::NotLetters) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The search key.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }

    /// The last word: what people are called by, and what lists sort by.
    pub fn given(&self) -> &str {
        self.0.rsplit(' ').next().unwrap_or("")
    }

    /// Recognisable to those who know the person, to nobody else: `Nguyễn V. A.`
    pub fn initials(&self) -> String {
        let mut words = self.0.split(' ');
        let mut out = words.next().unwrap_or("").to_owned();
        for word in words {
            let marks = word.chars().skip(1).take_while(|c| is_mark(*c));
            out.push(' ');
            out.extend(word.chars().take(1).chain(marks));
            out.push('.');
        }
        out
    }
}

/// Letters with marks, and what stands between them. Ê Đê and Gia Rai write letters (`ư̆`, `ơ̆`) that Unicode has only as
/// a letter with a combining mark behind it.
fn is_written_in_letters(name: &str) -> bool {
    let mut after_letter = false;
    for c in name.chars() {
        let good =
            if is_mark(c) { after_letter } else { c.is_alphabetic() || matches!(c, ' ' | '\'' | '-' | '.') };
        if !good {
            return false;
        }
        after_letter = is_mark(c) || c.is_alphabetic();
    }
    name.chars().any(char::is_alphabetic)
}

/// A combining diacritical mark.
fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names are personal data and must not reach a log by accident.
impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(…)")
    }
}

impl<'de> Deserialize<'de> for PersonName {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_peoples_are_names() {
        for name in ["Nguyễn Văn An", "H'Hen Niê", "K'Brêu", "Lò Thị Ún", "Y Moan", "Nguyễn-Lê Thị B"]
        {
            assert_eq!(PersonName::new(name).unwrap().as_str(), name);
        }
        assert_eq!(PersonName::new("Ðỗ  Ma\u{323}nh").unwrap().as_str(), "Đỗ Mạnh");
    }

    #[test]
    fn letters_that_have_no_composed_form_are_letters() {
        // H'Dư̆m Knul, Rơ̆ Châm: the breve stays a combining mark in NFC.
        for name in ["H'Dư\u{306}m Knul", "Rơ\u{306} Châm"] {
            let name = PersonName::new(name).unwrap();
            assert!(name.as_str().contains('\u{306}'));
        }
        assert_eq!(PersonName::new("H'Dư\u{306}m Knul").unwrap().folded(), "hdum knul");
        assert_eq!(PersonName::new("Rơ\u{306} Ơ\u{306}n").unwrap().initials(), "Rơ\u{306} Ơ\u{306}.");
        assert_eq!(PersonName::new("\u{306}An"), Err(PersonNameError::NotLetters));
        assert_eq!(PersonName::new("An \u{301}"), Err(PersonNameError::NotLetters));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        assert_eq!(PersonName::new("  "), Err(PersonNameError::Empty));
        assert_eq!(PersonName::new("An 2"), Err(PersonNameError::NotLetters));
        assert_eq!(PersonName::new(&"a".repeat(101)), Err(PersonNameError::TooLong));
    }

    #[test]
    fn initials_hide_most_of_a_name() {
        assert_eq!(PersonName::new("Nguyễn Văn An").unwrap().initials(), "Nguyễn V. A.");
    }
}
