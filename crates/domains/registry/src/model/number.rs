//! Drawing a personal number: place of birth registration, century and sex, year, and six digits of chance.
//!
//! A number is somebody's once its row in the claim table is written; this module only says which to try. While the series
//! is sparse, a few draws suffice; where it is nearly full, [`Series::windows`] go through all of it once, from a place of chance.

use base::{Entropy, PersonalNumber, Sex, entropy};

/// Numbers of one series: one place, sex and year.
pub const SERIES_SIZE: u32 = 1_000_000;
/// Draws that are asked for in one question to the database.
pub const DRAWS: usize = 32;
/// Numbers of a series that are looked through at a time when draws fail.
pub const WINDOW: u32 = 10_000;

/// One series of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series {
    pub place: u16,
    pub sex: Sex,
    pub year: i16,
}

impl Series {
    /// None where the year lies outside the centuries that a number can say.
    pub fn number(self, serial: u32) -> Option<PersonalNumber> {
        PersonalNumber::compose(self.place, self.sex, self.year, serial).ok()
    }

    pub fn draw(self, entropy: &dyn Entropy) -> Vec<PersonalNumber> {
        (0..DRAWS).filter_map(|_| self.number(below(SERIES_SIZE, entropy))).collect()
    }

    /// First and last serial of each window: the whole series once, from a place of chance on.
    pub fn windows(entropy: &dyn Entropy) -> impl Iterator<Item = (u32, u32)> {
        let begin = below(SERIES_SIZE, entropy);
        let of = |from: u32, to: u32| {
            let step = usize::try_from(WINDOW).unwrap_or(usize::MAX);
            (from..to).step_by(step).map(move |first| (first, (first + WINDOW).min(to) - 1))
        };
        of(begin, SERIES_SIZE).chain(of(0, begin))
    }

    /// What every number of the series begins with.
    pub fn prefix(self) -> Option<String> {
        self.number(0).and_then(|number| Some(number.as_str().get(..6)?.to_owned()))
    }
}

/// A number below `limit`, each as likely as the others but for less than one in a thousand million.
fn below(limit: u32, entropy: &dyn Entropy) -> u32 {
    let wide = u64::from_le_bytes(entropy::bytes::<8>(entropy));
    u32::try_from(wide % u64::from(limit.max(1))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;

    use super::*;

    const SERIES: Series = Series { place: 1, sex: Sex::Female, year: 2026 };

    #[test]
    fn a_number_says_where_when_and_which_sex() {
        for number in SERIES.draw(&SeededEntropy::new(1)) {
            assert_eq!((number.place(), number.sex(), number.birth_year()), ("001", Sex::Female, 2026));
        }
        assert!(Series { year: 2500, ..SERIES }.number(1).is_none());
    }

    #[test]
    fn the_windows_are_the_whole_series_once() {
        let mut windows: Vec<(u32, u32)> = Series::windows(&SeededEntropy::new(3)).collect();
        windows.sort_unstable();
        assert_eq!((windows[0].0, windows[windows.len() - 1].1), (0, SERIES_SIZE - 1));
        assert!(windows.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0));
        assert_eq!(SERIES.prefix().as_deref(), Some("001326"));
    }
}
