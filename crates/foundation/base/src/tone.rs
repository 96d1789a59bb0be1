//! Where the tone mark stands in a syllable: `hòa` or `hoà`, `thúy` or `thuý`.
//!
//! Both are right and mean the same. Here one is chosen, the older style, because official names are written in it
//! (`Tỉnh Khánh Hòa`, `Thanh Hóa`): the mark stands on the vowel with a mark of its own (`ê`, `ơ` of `ươ`); else on the
//! last vowel before a final consonant; else on the second of three vowels and on the first of two. `qu` and `gi` before a vowel
//! are consonants. What is no Vietnamese syllable with one tone mark stays as it is.

use unicode_normalization::{UnicodeNormalization, char::compose};

/// Grave, acute, tilde, hook, dot below.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];
/// What ends a syllable behind its vowels.
const ENDINGS: [&str; 9] = ["", "c", "ch", "m", "n", "ng", "nh", "p", "t"];
/// What begins one. `gi` and `qu` are told apart by what follows.
const BEGINNINGS: [&str; 26] = [
    "", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p",
    "ph", "qu", "r", "s", "t", "th", "tr",
];
/// Those that stand nowhere above.
const MORE_BEGINNINGS: [&str; 2] = ["v", "x"];

/// A text in NFC with every Vietnamese tone mark where the older style has it. Doing it twice changes nothing more.
pub fn one_tone_style(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.nfc() {
        if c.is_alphabetic() || unicode_normalization::char::is_combining_mark(c) {
            word.push(c);
        } else {
            out.push_str(&syllable(&word).unwrap_or_else(|| word.clone()));
            word.clear();
            out.push(c);
        }
    }
    out.push_str(&syllable(&word).unwrap_or(word));
    out
}

/// One letter: what it is without tone, and its tone.
struct Letter {
    plain: char,
    tone: Option<char>,
}

/// The syllable with its mark moved; nothing where there is none to move.
fn syllable(word: &str) -> Option<String> {
    if word.is_ascii() {
        return None;
    }
    let letters: Vec<Letter> = word.chars().map(letter).collect();
    let mut toned = letters.iter().filter_map(|l| l.tone);
    let tone = toned.next()?;
    if toned.next().is_some() {
        return None;
    }
    let small: Vec<char> = letters.iter().flat_map(|l| l.plain.to_lowercase()).collect();
    if small.len() != letters.len() {
        return None;
    }
    let vowels = nucleus(&small)?;
    let at = place(&small, vowels)?;
    let marked = letters
        .iter()
        .enumerate()
        .map(|(nth, l)| if nth == at { compose(l.plain, tone) } else { Some(l.plain) });
    marked.collect()
}

fn letter(c: char) -> Letter {
    let mut plain = None;
    let mut tone = None;
    for part in std::iter::once(c).nfd() {
        match plain {
            _ if TONES.contains(&part) => tone = Some(part),
            None => plain = Some(part),
            Some(base) => plain = compose(base, part).or(plain),
        }
    }
    Letter { plain: plain.unwrap_or(c), tone }
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'ă' | 'â' | 'e' | 'ê' | 'i' | 'o' | 'ô' | 'ơ' | 'u' | 'ư' | 'y')
}

/// Where the vowels stand: between a beginning and an ending of the language.
fn nucleus(small: &[char]) -> Option<(usize, usize)> {
    let mut from = small.iter().position(|c| is_vowel(*c))?;
    let more = |at: usize| small.get(at).is_some_and(|c| is_vowel(*c));
    let before = from.checked_sub(1).and_then(|at| small.get(at));
    let here = small.get(from);
    let glides =
        (before, here) == (Some(&'q'), Some(&'u')) || (before, here) == (Some(&'g'), Some(&'i')) && from == 1;
    if glides && more(from + 1) {
        from += 1;
    }
    let to = from + small.get(from..)?.iter().take_while(|c| is_vowel(**c)).count();
    let part = |from: usize, to: usize| small.get(from..to).map(|p| p.iter().collect::<String>());
    let (beginning, ending) = (part(0, from)?, part(to, small.len())?);
    let begins = BEGINNINGS.contains(&beginning.as_str()) || MORE_BEGINNINGS.contains(&beginning.as_str());
    (begins && ENDINGS.contains(&ending.as_str()) && to - from <= 3).then_some((from, to))
}

fn place(small: &[char], (from, to): (usize, usize)) -> Option<usize> {
    let vowels = small.get(from..to)?;
    // Of `ươ` the second; else the only one that has a mark.
    if let Some(marked) = vowels.iter().rposition(|c| !c.is_ascii()) {
        return Some(from + marked);
    }
    Some(match (vowels.len(), to < small.len()) {
        (1, _) => from,
        (_, true) => to - 1,
        (2, false) => from,
        _ => from + 1,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_mark_stands_where_official_names_have_it() {
        for (written, one) in [
            ("Khánh Hoà", "Khánh Hòa"),
            ("Thanh Hoá", "Thanh Hóa"),
            ("Thuý THUỲ khoẻ", "Thúy THÙY khỏe"),
            ("Hoàng Toản Thuần", "Hoàng Toản Thuần"),
            ("Qúy Quý Qúa", "Quý Quý Quá"),
            ("gìa già gì Giàu", "già già gì Giàu"),
            ("ngòai ngoài Khuỷu Khủyu", "ngoài ngoài Khuỷu Khuỷu"),
            ("Đừơng Ngừơi", "Đường Người"),
            ("Hòang Tóan", "Hoàng Toán"),
            ("Thuỷ-Hoà, o\u{301}a", "Thủy-Hòa, óa"),
            ("H'Hen Niê José Zoé", "H'Hen Niê José Zoé"),
        ] {
            assert_eq!(one_tone_style(written), one);
        }
    }

    proptest! {
        #[test]
        fn doing_it_twice_changes_nothing_and_no_letter_is_lost(text in "[a-zA-ZđĐàáảãạêếềươứừòóúùýỳ '\u{301}\u{309}]{0,30}") {
            let once = one_tone_style(&text);
            prop_assert_eq!(one_tone_style(&once), once.clone());
            prop_assert_eq!(crate::fold(&once), crate::fold(&text));
        }

        #[test]
        fn no_text_breaks_it(text in "\\PC{0,40}") {
            one_tone_style(&text);
        }
    }
}
