//! Names of persons: marks lost, misheard, words moved or left out, mistyped.

use super::{Form, NO_GRADE};
use crate::{
    distance::{jaro_winkler, letters, slips},
    locale::{Locale, Word},
    mixing::{join, key_of},
};

pub(super) const GRADES: [&str; 7] =
    ["different", "alike", "close", "words_moved", "sounds_same", "marks_lost", "same"];
pub(super) const HEARD: u8 = 4;
const SAME: u8 = 6;
const MARKS_LOST: u8 = 5;
const MOVED: u8 = 3;
const CLOSE: u8 = 2;
const ALIKE: u8 = 1;

/// Shorter names are too often one slip apart by chance.
const ONE_SLIP_LETTERS_MIN: usize = 5;

#[derive(Debug, Clone)]
struct WordKey {
    written: u32,
    heard: u32,
    plain: bool,
}

#[derive(Debug, Clone)]
pub struct Name {
    words: Box<[WordKey]>,
    folded: u64,
    /// Letters without spaces, and where each word ends.
    letters: Box<[u8]>,
    ends: Box<[u8]>,
}

impl Name {
    pub(super) fn new(text: &str, locale: Locale) -> Self {
        let words = locale.words(text);
        let key = |w: &Word| WordKey {
            written: key_of(w.written.as_bytes()) as u32,
            heard: key_of(w.heard.as_bytes()) as u32,
            plain: w.plain,
        };
        let (mut all, mut ends) = (Vec::new(), Vec::new());
        for word in &words {
            all.extend(letters(&word.folded));
            all.truncate(usize::from(u8::MAX));
            ends.push(all.len() as u8);
        }
        let folded = words.iter().fold(1, |k, w| join(k, key_of(w.folded.as_bytes())));
        Self {
            folded: if words.is_empty() { 0 } else { folded.max(1) },
            words: words.iter().map(key).collect(),
            letters: all.into(),
            ends: ends.into(),
        }
    }

    pub(super) fn key(&self, form: Form) -> u64 {
        let (Some(first), Some(last)) = (self.words.first(), self.words.last()) else { return 0 };
        match form {
            Form::Same => self.folded,
            Form::Sound => self.words.iter().fold(1_u64, |k, w| k.wrapping_add(join(7, u64::from(w.heard)))),
            Form::Ends => join(u64::from(first.heard), u64::from(last.heard)).max(1),
            Form::Year | Form::Day => 0,
        }
    }

    pub(super) fn grade(&self, other: &Self, [close, alike]: [f64; 2]) -> u8 {
        if self.words.is_empty() || other.words.is_empty() {
            return NO_GRADE;
        }
        if self.words.len() == other.words.len() {
            let all = |test: fn(&WordKey, &WordKey) -> bool| {
                self.words.iter().zip(&other.words).all(|(a, b)| test(a, b))
            };
            if self.folded == other.folded {
                return match () {
                    () if all(|a, b| a.written == b.written) => SAME,
                    // Marks are lost by the whole name: Đinh Văn Thanh is not Thành with a mark lost.
                    () if self.is_plain() || other.is_plain() => MARKS_LOST,
                    // Tuân and Tuấn: two names, or one with a wrong mark.
                    () => CLOSE,
                };
            }
            if all(|a, b| a.heard == b.heard) {
                return HEARD;
            }
        }
        if self.key(Form::Sound) == other.key(Form::Sound) || self.shortens(other) || other.shortens(self) {
            return MOVED;
        }
        let slips = slips(&self.letters, &other.letters, 2);
        let long = self.letters.len().min(other.letters.len()) >= ONE_SLIP_LETTERS_MIN;
        let similar = self.similarity(other, alike);
        if slips == Some(0) || slips == Some(1) && long || similar >= close {
            CLOSE
        } else if slips.is_some() && long && self.words.len() != other.words.len() || similar >= alike {
            ALIKE
        } else {
            0
        }
    }

    fn is_plain(&self) -> bool {
        self.words.iter().all(|w| w.plain)
    }

    /// `Nguyễn An` for `Nguyễn Văn An`: both ends stay, words between are left out.
    fn shortens(&self, longer: &Self) -> bool {
        let ([first, .., last], [f, .., l]) = (&*self.words, &*longer.words) else { return false };
        if self.words.len() >= longer.words.len() || first.heard != f.heard || last.heard != l.heard {
            return false;
        }
        let mut rest = longer.words.iter();
        self.words.iter().all(|w| rest.any(|r| r.heard == w.heard))
    }

    /// That of the least similar words: `Nguyễn Văn An` and `Nguyễn Văn Hải` are not alike for what they share. Zero where
    /// it is less than `enough`.
    fn similarity(&self, other: &Self, enough: f64) -> f64 {
        if self.words.len() != other.words.len() {
            return 0.0;
        }
        let mut words = self.split().zip(other.split()).map(|(a, b)| jaro_winkler(a, b));
        words.try_fold(1.0_f64, |least, one| (one >= enough).then_some(least.min(one))).unwrap_or(0.0)
    }

    fn split(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, to)| &self.letters[usize::from(from)..usize::from(*to)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_names_are_graded_as_clerks_would() {
        let grade = |a: &str, b: &str| Name::new(a, Locale::Vi).grade(&Name::new(b, Locale::Vi), [0.92, 0.8]);
        for (a, b, expected) in [
            ("Đặng Thuỳ Trâm", "ĐẶNG THÙY TRÂM", SAME),
            ("Đặng Thuỳ Trâm", "dang thuy tram", MARKS_LOST),
            ("Nguyễn Văn Sinh", "Nguyễn Văn Xinh", HEARD),
            ("Nguyễn Văn An", "Nguyeenx Văn An", HEARD),
            ("Nguyễn Văn An", "Văn An Nguyễn", MOVED),
            ("Nguyễn Văn An", "Nguyen An", MOVED),
            ("Nguyễn Văn Tuấn", "Nguyễn Văn Tuân", CLOSE),
            ("Đinh Văn Thành", "Đinh Văn Thanh", CLOSE),
            ("Nguyễn Văn Anh", "Nguyễn VănAnh", CLOSE),
            ("Nguyễn Văn Tuấn", "Nugyễn Văn Tuấn", CLOSE),
            ("Nguyễn Văn An", "Nguyễn Văn Hải", 0),
            ("Nguyễn Văn An", "Trần Thị Hoa", 0),
            ("Nguyễn Văn An", " - ", NO_GRADE),
        ] {
            assert_eq!((grade(a, b), grade(b, a)), (expected, expected), "{a} / {b}");
        }
    }
}
