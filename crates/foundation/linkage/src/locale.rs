//! How names are written, misspelt and heard in a language.
//!
//! Three keys of a word, from strict to loose: as written (whatever the normal form or the place of the tone mark), folded
//! (no marks), and as heard (keys of the Telex input method taken back, letters that sound alike in one or another part of the
//! country made one).

use base::fold;
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The language whose habits of spelling apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    #[default]
    Vi,
    En,
}

/// One word of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub written: String,
    pub folded: String,
    pub heard: String,
    /// Bears no mark, so that marks may have been lost.
    pub plain: bool,
}

/// The five tone marks of Vietnamese in decomposed text.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

impl Locale {
    /// The words of a text with their keys.
    pub fn words(self, text: &str) -> Vec<Word> {
        let apart = |c: char| !c.is_alphanumeric() && !is_combining_mark(c) && c != '\'' && c != '’';
        let words = text.split(apart).filter(|w| !w.is_empty());
        words.map(|w| self.word(w)).filter(|w| !w.folded.is_empty()).collect()
    }

    fn word(self, word: &str) -> Word {
        let folded = fold(word).replace(' ', "");
        let small = word.nfd().flat_map(char::to_lowercase).map(|c| match c {
            'ð' | 'ɖ' => 'đ',
            c => c,
        });
        let (mut written, mut tones) = (String::with_capacity(word.len()), String::new());
        for c in small.filter(|c| c.is_alphanumeric() || is_combining_mark(*c)) {
            if self == Self::Vi && TONES.contains(&c) { tones.push(c) } else { written.push(c) }
        }
        let plain = tones.is_empty() && written == folded;
        written.push_str(&tones);
        let heard = match self {
            Self::Vi => heard(&without_telex(&folded)),
            Self::En => folded.clone(),
        };
        Word { written, folded, heard, plain }
    }
}

/// Takes back what Telex left of a word: doubled vowels, `dd`, `w`, and tone keys, which no Vietnamese syllable has
/// after its first letters.
fn without_telex(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    for (i, c) in folded.chars().enumerate() {
        let doubled = matches!(c, 'a' | 'e' | 'o' | 'd') && out.ends_with(c);
        let has_vowel = out.contains(['a', 'e', 'i', 'o', 'u', 'y']);
        let tone_key = has_vowel && matches!(c, 's' | 'f' | 'r' | 'x' | 'j');
        if !(doubled || tone_key || i > 0 && c == 'w') {
            out.push(c);
        }
    }
    out
}

/// Beginnings that are confused somewhere in the country, longest first.
const BEGINNINGS: [(&str, &str); 8] =
    [("ngh", "ng"), ("gh", "g"), ("tr", "ch"), ("gi", "d"), ("r", "d"), ("s", "x"), ("n", "l"), ("k", "c")];

fn heard(folded: &str) -> String {
    let whole = |from: &str| match from {
        // `nh` and `ng` are sounds of their own, and `kh` is no `k`.
        "n" => !folded.starts_with("nh") && !folded.starts_with("ng"),
        "k" => !folded.starts_with("kh"),
        _ => true,
    };
    let found = BEGINNINGS.iter().find(|(from, _)| folded.starts_with(from) && whole(from));
    let spoken = match found {
        Some((from, to)) => {
            let rest = folded.strip_prefix(from).unwrap_or(folded);
            // `gì`, `gìn`: the `i` is also the vowel.
            let vowel = *from == "gi" && !rest.starts_with(['a', 'e', 'o', 'u', 'y']);
            format!("{to}{}{rest}", if vowel { "i" } else { "" })
        }
        None => folded.to_owned(),
    };
    spoken.replace('y', "i")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Word {
        Locale::Vi.words(text).remove(0)
    }

    #[test]
    fn tone_placement_and_normal_form_do_not_change_what_is_written() {
        assert_eq!(one("Thuý").written, one("Thúy").written);
        assert_eq!(one("Thu\u{301}y").written, one("THUÝ").written);
        assert_ne!(one("Tuấn").written, one("Tuân").written);
        assert_eq!(one("Ðức").written, one("Đức").written);
        assert!(one("Duc").plain && !one("Đuc").plain);
    }

    #[test]
    fn slips_of_the_keyboard_and_of_the_ear_are_heard_alike() {
        for (a, b) in [
            ("Nguyeenx", "Nguyễn"),
            ("Dduwowngf", "Đường"),
            ("Sương", "Xương"),
            ("Trân", "Chân"),
            ("Giang", "Dang"),
            ("Gìn", "Dìn"),
            ("Rung", "Dung"),
            ("Lam", "Nam"),
            ("Lý", "Lí"),
        ] {
            assert_eq!(one(a).heard, one(b).heard, "{a} {b}");
        }
        assert_ne!(one("Nhung").heard, one("Lung").heard);
        assert_ne!(one("Khanh").heard, one("Canh").heard);
    }

    #[test]
    fn english_names_keep_their_letters() {
        let words = Locale::En.words("O'Brien, MARY-ANN");
        let folded: Vec<&str> = words.iter().map(|w| &*w.folded).collect();
        assert_eq!(folded, ["obrien", "mary", "ann"]);
        assert_eq!(Locale::En.words("Ross")[0].heard, "ross");
    }
}
