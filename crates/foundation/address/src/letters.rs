//! Letters apart from their marks: `ế` is the letter `e` with a circumflex and an acute tone.
//!
//! Reading compares letters first and marks afterwards, so both are kept side by side. The table of composed letters is
//! derived from Unicode's own decompositions once, not written by hand.

use std::sync::LazyLock;

use unicode_normalization::char::decompose_canonical;

/// A letter or digit of a text. `base` is lower-case ASCII, or [`FOREIGN`] for letters of other scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Letter {
    pub base: u8,
    pub mark: u8,
    pub tone: u8,
    pub upper: bool,
}

/// Stands for every letter that has no Latin base; equal to no name's letter.
pub(crate) const FOREIGN: u8 = 0x1a;

/// What one character is to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glyph {
    Letter(Letter),
    /// Combining marks, to be added to the letter before: (mark, tone); both 0 for marks of other languages.
    Combining(u8, u8),
    /// An apostrophe: part of a word (`Ea H'leo`).
    Apostrophe,
    Space,
    /// `.`, `-`, `_` and the like: between words of one name, or after an abbreviation.
    Soft,
    /// `,`, `;`, `/`, line ends …: no name reaches over it.
    Hard,
}

pub(crate) const BREVE: u8 = 1;
pub(crate) const CIRCUMFLEX: u8 = 2;
pub(crate) const HORN: u8 = 3;
pub(crate) const STROKE: u8 = 4;

/// Composed letters below this are in the table; all Vietnamese ones are.
const TABLE_END: u32 = 0x1f00;
/// Between the Latin blocks below U+0250 and those from U+1E00 on there are none.
const TABLE_GAP: std::ops::Range<u32> = 0x250..0x1e00;

static TABLE: LazyLock<Vec<Option<Letter>>> = LazyLock::new(|| {
    let composed = (0..TABLE_END).filter(|c| !TABLE_GAP.contains(c));
    composed.map(|c| char::from_u32(c).and_then(compose)).collect()
});

fn compose(c: char) -> Option<Letter> {
    let c = match c {
        'Đ' | 'Ð' | 'Ɖ' => return Some(Letter { base: b'd', mark: STROKE, tone: 0, upper: true }),
        'đ' | 'ð' | 'ɖ' => return Some(Letter { base: b'd', mark: STROKE, tone: 0, upper: false }),
        c => c,
    };
    let mut letter: Option<Letter> = None;
    decompose_canonical(c, |part| {
        if part.is_ascii_alphanumeric() {
            let base = u8::try_from(part.to_ascii_lowercase()).unwrap_or(FOREIGN);
            letter = Some(Letter { base, mark: 0, tone: 0, upper: part.is_ascii_uppercase() });
        } else if let (Some(letter), Some((mark, tone))) = (&mut letter, combining(part)) {
            letter.mark = letter.mark.max(mark);
            letter.tone = letter.tone.max(tone);
        }
    });
    letter
}

fn combining(c: char) -> Option<(u8, u8)> {
    Some(match c {
        '\u{300}' => (0, 1),
        '\u{301}' => (0, 2),
        '\u{303}' => (0, 3),
        '\u{309}' => (0, 4),
        '\u{323}' => (0, 5),
        '\u{306}' => (BREVE, 0),
        '\u{302}' => (CIRCUMFLEX, 0),
        '\u{31b}' => (HORN, 0),
        '\u{300}'..='\u{36f}' => (0, 0),
        _ => return None,
    })
}

pub(crate) fn glyph(c: char) -> Glyph {
    if c.is_ascii() {
        return match c {
            'a'..='z' | '0'..='9' => letter(c, false),
            'A'..='Z' => letter(c.to_ascii_lowercase(), true),
            '\'' | '`' => Glyph::Apostrophe,
            ' ' | '\t' => Glyph::Space,
            '.' | '-' | '_' | ':' | '*' | '"' => Glyph::Soft,
            _ => Glyph::Hard,
        };
    }
    let code = u32::from(c);
    let at = if code < TABLE_GAP.start { code } else { code.wrapping_sub(TABLE_GAP.end - TABLE_GAP.start) };
    if !TABLE_GAP.contains(&code)
        && let Some(Some(letter)) = usize::try_from(at).ok().and_then(|at| TABLE.get(at))
    {
        return Glyph::Letter(*letter);
    }
    match c {
        '’' | '‘' | 'ʼ' | '´' => Glyph::Apostrophe,
        '–' | '—' | '‐' | '‑' | '−' | '·' | '•' | '“' | '”' => Glyph::Soft,
        c if c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{200c}' | '\u{200d}') => {
            Glyph::Space
        }
        c if combining(c).is_some() => {
            let (mark, tone) = combining(c).unwrap_or_default();
            Glyph::Combining(mark, tone)
        }
        c if c.is_alphanumeric() => {
            // As its first part says: `ᾈ` itself is a title-case letter and no capital, its `Α` is one.
            let mut first = None;
            decompose_canonical(c, |part| _ = first.get_or_insert(part));
            let upper = first.unwrap_or(c).is_uppercase();
            Glyph::Letter(Letter { base: FOREIGN, mark: 0, tone: 0, upper })
        }
        _ => Glyph::Hard,
    }
}

fn letter(c: char, upper: bool) -> Glyph {
    Glyph::Letter(Letter { base: u8::try_from(c).unwrap_or(FOREIGN), mark: 0, tone: 0, upper })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(c: char) -> (char, u8, u8) {
        match glyph(c) {
            Glyph::Letter(l) => (char::from(l.base), l.mark, l.tone),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_letter_is_told_from_its_marks() {
        assert_eq!(parts('ế'), ('e', CIRCUMFLEX, 2));
        assert_eq!(parts('Ự'), ('u', HORN, 5));
        assert_eq!(parts('ằ'), ('a', BREVE, 1));
        assert_eq!(parts('Đ'), ('d', STROKE, 0));
        assert_eq!(parts('Ð'), ('d', STROKE, 0));
        assert_eq!(parts('7'), ('7', 0, 0));
        assert_eq!(glyph('漢'), Glyph::Letter(Letter { base: FOREIGN, mark: 0, tone: 0, upper: false }));
        assert_eq!(glyph('ᾈ'), Glyph::Letter(Letter { base: FOREIGN, mark: 0, tone: 0, upper: true }));
        assert_eq!(glyph('\u{303}'), Glyph::Combining(0, 3));
    }
}
