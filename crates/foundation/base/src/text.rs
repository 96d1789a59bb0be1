//! Vietnamese text: one form for storing (NFC), one for searching (folded), two languages for speaking.

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The languages of every text we write. Vietnamese first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Vi,
    En,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::Vi, Self::En];

    pub fn code(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub vi: String,
    pub en: String,
}

impl Text {
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }

    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }
}

/// The form in which text is stored: NFC, no-break and repeated spaces made single, ends trimmed.
///
/// Official data mixes composed and decomposed letters, so that "Cấp" is not equal to itself; every boundary calls this.
pub fn nfc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfc() {
        if c.is_whitespace() || c == '\u{200b}' || c == '\u{feff}' {
            gap = !out.is_empty();
        } else {
            if gap {
                out.push(' ');
                gap = false;
            }
            out.push(c);
        }
    }
    out
}

/// The search key of a text: lower case, no tone, no diacritic, `đ` as `d`, letters and digits with single spaces.
///
/// `fold("  Đặng THUỲ  Trâm ")` and `fold("dang thuy tram")` are equal, whatever the tone placement or normal form.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        let c = match c {
            'đ' | 'ð' | 'ɖ' => 'd',
            c => c,
        };
        if c.is_alphanumeric() {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.push(c);
        } else if c != '\'' && c != '’' {
            gap = true;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn storing_keeps_the_letters_and_mends_the_form() {
        assert_eq!(nfc("Ca\u{302}\u{301}p,\u{a0}quản  lý\n"), "Cấp, quản lý");
    }

    #[test]
    fn searching_forgives_tones_forms_and_letters() {
        for same in ["Đặng Thuỳ Trâm", "ĐẶNG THÙY TRÂM", "dang  thuy-tram", "Ðặng Thùy Trâm"]
        {
            assert_eq!(fold(same), "dang thuy tram");
        }
        assert_eq!(fold("H'Hen Niê"), "hhen nie");
        assert_eq!(fold("Phường Thanh Hoá"), fold("phuong Thanh Hóa"));
    }

    proptest! {
        #[test]
        fn both_forms_are_stable(s in "\\PC{0,40}") {
            let stored = nfc(&s);
            prop_assert_eq!(nfc(&stored), stored.clone());
            prop_assert_eq!(fold(&stored), fold(&s));
            prop_assert_eq!(fold(&fold(&s)), fold(&s));
        }
    }
}
