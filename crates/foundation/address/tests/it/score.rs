//! When an answer is right: it names the meant unit and no unit that the text does not fit.

use std::fmt;

use address::{AddressBook, Level};

use crate::variants::Variant;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Right,
    /// The meant unit among others that the text does not fit.
    TooMany,
    /// A unit, but another.
    Wrong,
    /// No commune.
    Nothing,
    /// One of several that fit, so a guess.
    Guess,
}

/// The verdict, and whether the first answer is the meant unit.
pub fn judge(book: &AddressBook, variant: &Variant) -> (Verdict, bool) {
    let reading = book.read(&variant.text);
    let communes: Vec<(&str, bool)> = reading
        .answers
        .iter()
        .filter_map(|a| book.unit(a.unit))
        .filter(|u| u.kind.level() == Level::Commune)
        .map(|u| (u.code.as_str(), u.current))
        .collect();
    let current = variant.era == "current";
    let meant = |(code, is_current): &(&str, bool)| *code == variant.code && *is_current == current;
    let fits =
        |(code, is_current): &(&str, bool)| variant.fits.iter().any(|f| f == code) && *is_current == current;
    let first = communes.first().is_some_and(meant);
    let verdict = if communes.is_empty() {
        Verdict::Nothing
    } else if !communes.iter().any(meant) {
        if communes.iter().any(fits) { Verdict::Guess } else { Verdict::Wrong }
    } else if !communes.iter().all(fits) {
        Verdict::TooMany
    } else if communes.len() < variant.fits.len() {
        Verdict::Guess
    } else {
        Verdict::Right
    };
    (verdict, first)
}

/// Counts of one style.
#[derive(Debug, Default)]
pub struct Tally {
    pub texts: u32,
    pub right: u32,
    pub first: u32,
    pub fails: [u32; 4],
    pub examples: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, (verdict, first): (Verdict, bool), variant: &Variant) {
        self.texts += 1;
        self.first += u32::from(first);
        let class = match verdict {
            Verdict::Right => {
                self.right += 1;
                return;
            }
            Verdict::TooMany => 0,
            Verdict::Wrong => 1,
            Verdict::Nothing => 2,
            Verdict::Guess => 3,
        };
        self.fails[class] += 1;
        if self.examples.len() < 12 {
            self.examples.push(format!("{verdict:?}: {} {}", variant.code, variant.text));
        }
    }

    pub fn join(&mut self, other: &Self) {
        self.texts += other.texts;
        self.right += other.right;
        self.first += other.first;
        self.fails.iter_mut().zip(other.fails).for_each(|(a, b)| *a += b);
    }

    pub fn share(&self) -> f64 {
        f64::from(self.right) / f64::from(self.texts.max(1))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = 100.0 * f64::from(self.first) / f64::from(self.texts.max(1));
        write!(f, "{:>7} {:>8.3} {first:>8.3}  ", self.texts, 100.0 * self.share())?;
        for (name, count) in ["too many", "wrong", "nothing", "guess"].iter().zip(self.fails) {
            if count > 0 {
                write!(f, "{name} {count} ")?;
            }
        }
        Ok(())
    }
}
