//! Free text: how many words two texts share, in any order.

use super::NO_GRADE;
use crate::{
    locale::Locale,
    mixing::{join, key_of},
};

pub(super) const GRADES: [&str; 4] = ["different", "some_words", "most_words", "same_words"];

/// Distinct words as heard, sorted by key.
#[derive(Debug, Clone)]
pub struct Words(Box<[u32]>);

impl Words {
    pub(super) fn new(text: &str, locale: Locale) -> Self {
        let words = locale.words(text);
        let mut keys: Vec<u32> = words.iter().map(|w| key_of(w.heard.as_bytes()) as u32).collect();
        keys.sort_unstable();
        keys.dedup();
        Self(keys.into())
    }

    pub(super) fn key(&self) -> u64 {
        if self.0.is_empty() {
            return 0;
        }
        self.0.iter().fold(1, |key, word| join(key, u64::from(*word))).max(1)
    }

    pub(super) fn grade(&self, other: &Self, [close, alike]: [f64; 2]) -> u8 {
        match self.similarity(other) {
            None => NO_GRADE,
            Some(1.0) => 3,
            Some(similar) => u8::from(similar >= close) + u8::from(similar >= alike),
        }
    }

    /// The share of words in common, by Dice; `None` where one has none.
    pub(super) fn similarity(&self, other: &Self) -> Option<f64> {
        if self.0.is_empty() || other.0.is_empty() {
            return None;
        }
        let shared = self.0.iter().filter(|word| other.0.binary_search(word).is_ok()).count();
        Some(2.0 * shared as f64 / (self.0.len() + other.0.len()) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_share_words() {
        let grade = |a, b| Words::new(a, Locale::Vi).grade(&Words::new(b, Locale::Vi), [0.7, 0.4]);
        assert_eq!(grade("Số 5, thôn Đông", "thon dong so 5"), 3);
        assert_eq!(grade("Số 5, thôn Đông", "Thôn Đông"), 1);
        assert_eq!(grade("Số 5, thôn Đông", "Hẻm 7"), 0);
        assert_eq!(grade("", "Hẻm 7"), NO_GRADE);
    }
}
