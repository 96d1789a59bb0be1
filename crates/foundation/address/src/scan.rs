//! A text cut into words: letters without marks in one row, their marks in two rows beside it, and where each word came from.
//!
//! The letters of all words stand without gaps, so any run of words is one slice: `Ea H'leo`, `EaHleo` and `ea h leo` are
//! the same bytes. Nothing here knows any unit.

use crate::{
    letters::{FOREIGN, Glyph, Letter, glyph},
    telex,
};

/// What stands before a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gap {
    /// Nothing: `P5` is two words, and so is `BếnNghé`.
    None,
    Space,
    Soft,
    Hard,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    pub before: Gap,
    /// Where its letters stand in [`Scan::letters`].
    pub from: usize,
    pub to: usize,
    /// Where it stands in the text, in bytes.
    pub start: usize,
    pub end: usize,
    pub number: bool,
}

/// A text made ready for reading.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub words: Vec<Word>,
    pub letters: Vec<u8>,
    pub marks: Vec<u8>,
    pub tones: Vec<u8>,
    /// Somebody typed diacritics, so that their absence says something.
    pub marked: bool,
}

struct Open {
    from: usize,
    start: usize,
    end: usize,
    number: bool,
    before: Gap,
    /// Whether the last and the last but one letters were capitals.
    upper: [bool; 2],
    /// Has an apostrophe, so that a capital in it begins no new word: `H'Leo`.
    whole: bool,
}

impl Scan {
    /// `known` says whether letters are a word of some name; unknown ones are tried as slips of the Telex input method.
    pub fn new(text: &str, known: impl Fn(&[u8]) -> bool) -> Self {
        let mut scan = Self {
            words: Vec::with_capacity(32),
            letters: Vec::with_capacity(text.len()),
            marks: Vec::with_capacity(text.len()),
            tones: Vec::with_capacity(text.len()),
            marked: false,
        };
        let mut open: Option<Open> = None;
        let mut gap = Gap::Hard;
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            match glyph(c) {
                Glyph::Letter(letter) => {
                    let number = letter.base.is_ascii_digit();
                    if let Some(word) = open.as_ref().filter(|w| !w.whole || number) {
                        // `BếnNghé` and `Q1` and `TPHuế`: in the last, the first small letter shows it.
                        let hump = letter.upper && !word.upper[0] && !word.number;
                        if number != word.number || hump {
                            gap = Gap::None;
                            scan.close(open.take(), &known);
                        } else if !letter.upper
                            && word.upper == [true, true]
                            // `DDoongs` is Telex.
                            && scan.letters.get(word.from..) != Some(b"dd")
                            && scan.letters.len() > word.from + 1
                        {
                            gap = Gap::None;
                            scan.split_last(&mut open, at, text, &known);
                        }
                    }
                    let word = open.get_or_insert(Open {
                        from: scan.letters.len(),
                        start: at,
                        end,
                        number,
                        before: gap,
                        upper: [false; 2],
                        whole: false,
                    });
                    word.end = end;
                    word.upper = [letter.upper, word.upper[0]];
                    gap = Gap::None;
                    scan.push(letter);
                }
                Glyph::Combining(mark, tone) => {
                    if let Some(word) = &mut open {
                        word.end = end;
                        scan.add_marks(mark, tone);
                    }
                }
                Glyph::Apostrophe if open.as_ref().is_some_and(|w| !w.number) => {
                    if let Some(word) = &mut open {
                        word.whole = true;
                    }
                }
                separator => {
                    scan.close(open.take(), &known);
                    gap = gap.max(match separator {
                        Glyph::Space => Gap::Space,
                        Glyph::Soft | Glyph::Apostrophe => Gap::Soft,
                        _ => Gap::Hard,
                    });
                }
            }
        }
        scan.close(open.take(), &known);
        scan
    }

    fn push(&mut self, letter: Letter) {
        self.letters.push(letter.base);
        self.marks.push(letter.mark);
        self.tones.push(letter.tone);
        self.marked |= letter.mark != 0 || letter.tone != 0;
    }

    fn add_marks(&mut self, mark: u8, tone: u8) {
        self.marked |= mark != 0 || tone != 0;
        if let Some(last) = self.marks.last_mut() {
            *last = mark.max(*last);
        }
        if let Some(last) = self.tones.last_mut() {
            *last = tone.max(*last);
        }
    }

    /// `TPHu…`: the capital before the small letter begins a word of its own.
    fn split_last(&mut self, open: &mut Option<Open>, at: usize, text: &str, known: &impl Fn(&[u8]) -> bool) {
        let Some(word) = open.take() else { return };
        let start = text
            .get(word.start..at)
            .and_then(|t| t.char_indices().next_back())
            .map_or(at, |(i, _)| word.start + i);
        let last = self.letters.len() - 1;
        let (letter, mark, tone) = (self.letters.pop(), self.marks.pop(), self.tones.pop());
        self.close(Some(Open { end: start, ..word }), known);
        let from = self.letters.len();
        self.letters.extend(letter);
        self.marks.extend(mark);
        self.tones.extend(tone);
        debug_assert!(from <= last);
        *open = Some(Open {
            from,
            start,
            end: at,
            number: false,
            before: Gap::None,
            upper: [true, false],
            whole: false,
        });
    }

    fn close(&mut self, open: Option<Open>, known: &impl Fn(&[u8]) -> bool) {
        let Some(open) = open else { return };
        if open.number {
            self.drop_zeros(open.from);
        } else {
            self.type_again(open.from, known);
            self.one_i(open.from);
        }
        self.words.push(Word {
            before: open.before,
            from: open.from,
            to: self.letters.len(),
            start: open.start,
            end: open.end,
            number: open.number,
        });
    }

    /// `05` is `5`.
    fn drop_zeros(&mut self, from: usize) {
        let digits = self.letters.get(from..).unwrap_or(&[]);
        let zeros = digits.iter().take(digits.len().saturating_sub(1)).take_while(|d| **d == b'0').count();
        for row in [&mut self.letters, &mut self.marks, &mut self.tones] {
            row.drain(from..from + zeros);
        }
    }

    /// `phuowngf`, left by an input method that was off, is `phường`; only where that makes a known word of an unknown one.
    fn type_again(&mut self, from: usize, known: &impl Fn(&[u8]) -> bool) {
        let word = self.letters.get(from..).unwrap_or(&[]);
        let plain = |row: &[u8]| row.get(from..).unwrap_or(&[]).iter().all(|m| *m == 0);
        if !telex::may_be_keys(word) || !plain(&self.marks) || !plain(&self.tones) || known(word) {
            return;
        }
        let Some(typed) = telex::typed(word) else { return };
        let mut letters: Vec<u8> = typed.iter().map(|l| l.base).collect();
        one_i(&mut letters);
        if known(&letters) {
            for row in [&mut self.letters, &mut self.marks, &mut self.tones] {
                row.truncate(from);
            }
            typed.into_iter().for_each(|l| self.push(l));
        }
    }

    /// `Mỹ` and `Mĩ`, `Quý` and `Quí` are spelled both ways: an `y` behind a consonant or `qu` is kept as `i`.
    fn one_i(&mut self, from: usize) {
        one_i(self.letters.get_mut(from..).unwrap_or(&mut []));
    }

    /// The letters of the words `[from, to)`.
    pub fn run(&self, from: usize, to: usize) -> &[u8] {
        let (start, end) = self.range(from, to);
        self.letters.get(start..end).unwrap_or(&[])
    }

    /// Where the letters of the words `[from, to)` stand.
    pub fn range(&self, from: usize, to: usize) -> (usize, usize) {
        let start = self.words.get(from).map_or(0, |w| w.from);
        let end = to.checked_sub(1).and_then(|last| self.words.get(last)).map_or(start, |w| w.to);
        (start, end.max(start))
    }
}

pub(crate) fn one_i(word: &mut [u8]) {
    let vowel = |l: u8| matches!(l, b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | FOREIGN);
    for at in 1..word.len() {
        let before = word.get(..at).unwrap_or(&[]);
        if word.get(at) == Some(&b'y')
            && (before.ends_with(b"qu") || before.last().is_some_and(|l| !vowel(*l)))
        {
            word.iter_mut().skip(at).take(1).for_each(|l| *l = b'i');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let known = |w: &[u8]| [b"phuong".as_slice(), b"duc", b"binh"].contains(&w);
        let scan = Scan::new(text, known);
        assert_eq!((scan.letters.len(), scan.letters.len()), (scan.marks.len(), scan.tones.len()));
        for word in &scan.words {
            assert!(text.is_char_boundary(word.start) && text.is_char_boundary(word.end), "{text}");
        }
        scan.words.iter().map(|w| String::from_utf8_lossy(&scan.letters[w.from..w.to]).into_owned()).collect()
    }

    #[test]
    fn words_end_where_people_end_them() {
        assert_eq!(words("P5,Q.1"), ["p", "5", "q", "1"]);
        assert_eq!(words("TP.HồChíMinh"), ["tp", "ho", "chi", "minh"]);
        assert_eq!(words("TPHuế PHƯỜNG"), ["tp", "hue", "phuong"]);
        assert_eq!(words("Ea H’leo, H'Hen"), ["ea", "hleo", "hhen"]);
        assert_eq!(words("Phường 05, 0"), ["phuong", "5", "0"]);
        assert_eq!(words("Phuowngf DDuwcs Binhf"), ["phuong", "duc", "binh"]);
        assert_eq!(words("Mỹ Quý Thủy y Ly Myxuyen"), ["mi", "qui", "thuy", "y", "li", "mixuyen"]);
        assert_eq!(words("Thu\u{309}y 漢字"), ["thuy", "\u{1a}\u{1a}"]);
        assert_eq!(words(" \u{301}, "), Vec::<String>::new());
    }

    #[test]
    fn both_normal_forms_and_both_tone_placements_give_the_same_rows() {
        let rows = |text: &str| {
            let scan = Scan::new(text, |_| true);
            (scan.letters, scan.marks, scan.tones.into_iter().filter(|t| *t != 0).collect::<Vec<_>>())
        };
        assert_eq!(rows("Thuỷ Hoà"), rows("Thủy Hòa"));
        assert_eq!(rows("Ba\u{302}\u{300}u"), rows("Bầu"));
    }
}
