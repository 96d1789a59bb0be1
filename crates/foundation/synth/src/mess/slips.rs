//! How Vietnamese text gets spoiled on its way through keyboards, forms and old systems. Pure; each slip returns the
//! spoiled text, or `None` where it finds nothing to spoil.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::chance::Chance;

/// `Some(after)` when it differs.
fn changed(before: &str, after: String) -> Option<String> {
    (after != before).then_some(after)
}

pub(super) fn without_diacritics(text: &str) -> Option<String> {
    let plain = text.nfd().filter(|c| !is_combining_mark(*c)).map(|c| match c {
        'đ' => 'd',
        'Đ' => 'D',
        c => c,
    });
    changed(text, plain.collect())
}

pub(super) fn decomposed(text: &str) -> Option<String> {
    changed(text, text.nfd().collect())
}

pub(super) fn upper(text: &str) -> Option<String> {
    changed(text, text.to_uppercase())
}

/// `Đ` as the Icelandic eth or the African d, which look the same.
pub(super) fn eth_for_d(text: &str) -> Option<String> {
    changed(text, text.replace('Đ', "Ð").replace('đ', "ð"))
}

/// No-break, doubled or trailing spaces.
pub(super) fn stray_space(text: &str, chance: &mut Chance) -> Option<String> {
    let spoiled = match chance.below(4) {
        0 => text.replacen(' ', "\u{a0}", 1),
        1 => text.replacen(' ', "  ", 1),
        2 => format!("{text}\u{a0}"),
        _ => format!(" {text} "),
    };
    changed(text, spoiled)
}

/// One word left as the keys of the Telex method that make it: `Nguyễn` as `Nguyeenx`.
pub(super) fn telex(text: &str, chance: &mut Chance) -> Option<String> {
    one_word(text, chance, keys)
}

fn keys(word: &str) -> Option<String> {
    let (mut out, mut tone) = (String::new(), None);
    for c in word.nfd() {
        let last = out.chars().next_back();
        match c {
            '\u{302}' => out.extend(last.map(|l| l.to_ascii_lowercase())),
            '\u{306}' | '\u{31b}' => out.push('w'),
            '\u{301}' => tone = Some('s'),
            '\u{300}' => tone = Some('f'),
            '\u{309}' => tone = Some('r'),
            '\u{303}' => tone = Some('x'),
            '\u{323}' => tone = Some('j'),
            'đ' => out.push_str("dd"),
            'Đ' => out.push_str("Dd"),
            c => out.push(c),
        }
    }
    out.extend(tone);
    changed(word, out)
}

/// Pairs that sound alike in one part of the country or another; the longer come first.
const INITIALS: [(&str, &str); 13] = [
    ("Tr", "Ch"),
    ("Ch", "Tr"),
    ("Gi", "D"),
    ("S", "X"),
    ("X", "S"),
    ("L", "N"),
    ("N", "L"),
    ("D", "Gi"),
    ("R", "D"),
    ("V", "D"),
    ("Qu", "Q"),
    ("C", "K"),
    ("K", "C"),
];
const ENDINGS: [(&str, &str); 20] = [
    ("ý", "í"),
    ("ỹ", "ĩ"),
    ("ỳ", "ì"),
    ("y", "i"),
    ("í", "ý"),
    ("ĩ", "ỹ"),
    ("ang", "an"),
    ("an", "ang"),
    ("ương", "ươn"),
    ("ường", "ườn"),
    ("uân", "uâng"),
    ("ung", "un"),
    ("inh", "in"),
    ("át", "ác"),
    ("ạnh", "ạn"),
    ("oà", "òa"),
    ("òa", "oà"),
    ("úy", "uý"),
    ("uý", "úy"),
    ("ủy", "uỷ"),
];
/// Hỏi and ngã, which many do not tell apart.
const TONES: [(char, char); 2] = [('\u{309}', '\u{303}'), ('\u{303}', '\u{309}')];

/// One word misspelt as it is heard.
pub(super) fn confusion(text: &str, chance: &mut Chance) -> Option<String> {
    let way = chance.below(3);
    one_word(text, chance, |word| match way {
        0 => INITIALS.iter().find_map(|(from, to)| {
            let rest = word.strip_prefix(from)?;
            // `Ng`, `Nh`, `Th`… are sounds of their own.
            let own = matches!((*from, rest.chars().next()), ("N" | "C" | "K", Some('g' | 'h')));
            (!own).then(|| format!("{to}{rest}"))
        }),
        1 => ENDINGS.iter().find_map(|(from, to)| word.strip_suffix(from).map(|stem| format!("{stem}{to}"))),
        _ => {
            let swap = |c| TONES.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
            let has_one = word.nfd().any(|c| swap(c) != c);
            has_one.then(|| word.nfd().map(swap).nfc().collect())
        }
    })
}

/// Two neighbouring letters in the wrong order.
pub(super) fn transposed(text: &str, chance: &mut Chance) -> Option<String> {
    let mut letters: Vec<char> = text.chars().collect();
    let at = chance.below(letters.len().saturating_sub(2) as u64) as usize + 1;
    let (one, other) = (*letters.get(at)?, *letters.get(at + 1)?);
    if one == ' ' || other == ' ' {
        return None;
    }
    letters.swap(at, at + 1);
    changed(text, letters.into_iter().collect())
}

/// The surname put last, as foreign forms do.
pub(super) fn surname_last(name: &str) -> Option<String> {
    let (surname, rest) = name.split_once(' ')?;
    Some(format!("{rest} {surname}"))
}

/// `Nguyễn Văn An` as `Nguyễn An`.
pub(super) fn without_middle(name: &str) -> Option<String> {
    let (first, rest) = name.split_once(' ')?;
    let (_, last) = rest.rsplit_once(' ')?;
    Some(format!("{first} {last}"))
}

/// Spoils one word of the text: the first, from a random one on, that can be spoilt.
fn one_word(text: &str, chance: &mut Chance, spoil: impl Fn(&str) -> Option<String>) -> Option<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let start = chance.below(words.len() as u64) as usize;
    let (at, spoilt) = (start..words.len()).chain(0..start).find_map(|i| Some((i, spoil(words.get(i)?)?)))?;
    let mut out = words.into_iter().map(str::to_owned).collect::<Vec<_>>();
    *out.get_mut(at)? = spoilt;
    Some(out.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_spoilt_as_people_spoil_it() {
        assert_eq!(keys("Nguyễn").as_deref(), Some("Nguyeenx"));
        assert_eq!(keys("Đường").as_deref(), Some("Dduwowngf"));
        assert_eq!(keys("An"), None);
        assert_eq!(without_diacritics("Đặng Thuỳ Trâm").as_deref(), Some("Dang Thuy Tram"));
        assert_eq!(eth_for_d("Đỗ An").as_deref(), Some("Ðỗ An"));
        assert_eq!(surname_last("Nguyễn Văn An").as_deref(), Some("Văn An Nguyễn"));
        assert_eq!(without_middle("Nguyễn Văn An").as_deref(), Some("Nguyễn An"));
        assert_eq!(without_middle("Nguyễn An"), None);
        assert_eq!(decomposed("An"), None);
    }

    #[test]
    fn no_text_makes_a_slip_panic() {
        let mut chance = Chance::new(3);
        for text in ["", " ", "A", "Đ", "  ", "H'Linh Niê", "ế"] {
            for _ in 0..50 {
                let _ =
                    (telex(text, &mut chance), confusion(text, &mut chance), transposed(text, &mut chance));
                let _ = (stray_space(text, &mut chance), surname_last(text), without_middle(text));
            }
        }
    }
}
