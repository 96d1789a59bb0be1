//! The Telex input method: which letters its keys would have made.

use crate::letters::{BREVE, CIRCUMFLEX, HORN, Letter, STROKE};

/// Longest word that is tried, in letters.
const KEYS_MAX: usize = 10;

/// Whether a word has a key that does something, so that it is worth trying.
pub(crate) fn may_be_keys(word: &[u8]) -> bool {
    (2..=KEYS_MAX).contains(&word.len())
        && (word.iter().skip(1).any(|k| matches!(k, b's' | b'f' | b'r' | b'x' | b'j' | b'w'))
            || word.windows(2).any(|w| matches!(w, b"aa" | b"ee" | b"oo" | b"dd")))
}

/// The letters that the keys of a word make; nothing where they make what the word is already.
pub(crate) fn typed(word: &[u8]) -> Option<Vec<Letter>> {
    let mut out: Vec<Letter> = Vec::with_capacity(word.len());
    let mut tone = 0;
    let mut changed = false;
    for (nth, key) in word.iter().copied().enumerate() {
        let vowel_before = out.iter().any(|l| is_vowel(l.base));
        let new_tone = match key {
            b'f' => 1,
            b's' => 2,
            b'x' => 3,
            b'r' => 4,
            b'j' => 5,
            _ => 0,
        };
        // Only `ch`, `nh`, `ng`, `c`, `m`, `n`, `p`, `t` end a syllable, so after a vowel these five are keys.
        if new_tone != 0 && vowel_before {
            tone = new_tone;
            changed = true;
            continue;
        }
        let mark = match key {
            b'd' if nth > 0 && out.first().is_some_and(|l| l.base == b'd' && l.mark == 0) => {
                Some((b"d".as_slice(), STROKE))
            }
            b'a' => Some((b"a".as_slice(), CIRCUMFLEX)),
            b'e' => Some((b"e".as_slice(), CIRCUMFLEX)),
            b'o' => Some((b"o".as_slice(), CIRCUMFLEX)),
            b'w' => Some((b"aou".as_slice(), HORN)),
            _ => None,
        };
        if let Some((bases, mark)) = mark {
            let mut taken = false;
            for letter in out.iter_mut().filter(|l| bases.contains(&l.base) && l.mark == 0) {
                letter.mark = if key == b'w' && letter.base == b'a' { BREVE } else { mark };
                taken = true;
            }
            if taken {
                changed = true;
                continue;
            }
        }
        out.push(Letter { base: key, mark: 0, tone: 0, upper: false });
    }
    if tone != 0
        && let Some(vowel) = out.iter_mut().find(|l| is_vowel(l.base))
    {
        vowel.tone = tone;
    }
    changed.then_some(out)
}

fn is_vowel(base: u8) -> bool {
    matches!(base, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_make_letters() {
        let spelled = |word: &str| {
            typed(word.as_bytes()).map(|letters| {
                letters
                    .iter()
                    .map(|l| format!("{}{}{}", char::from(l.base), l.mark, l.tone))
                    .collect::<String>()
            })
        };
        assert_eq!(spelled("dduwowngf").as_deref(), Some("d40u31o30n00g00"));
        assert_eq!(spelled("quaanj").as_deref(), Some("q00u05a20n00"));
        assert_eq!(spelled("ddawks").as_deref(), Some("d40a12k00"));
        assert_eq!(spelled("phuongwf").as_deref(), Some("p00h00u31o30n00g00"));
        assert_eq!(spelled("binh"), None);
        assert!(may_be_keys(b"xax") && !may_be_keys(b"x") && !may_be_keys(b"binh"));
    }
}
