//! The code that a person copies from a screen without a browser to a page of ours (RFC 8628 section 6.1).

use std::fmt;

use base::Entropy;

/// Consonants only: no code is a word, and none has letters that look like digits.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;
/// Bytes from here on would make some letters likelier than others.
const FAIR: u8 = 240;

/// Eight letters: 25.6 thousand million codes, of which few are open at a time and each for minutes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserCode([u8; LENGTH]);

impl UserCode {
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut letters = [0; LENGTH];
        for to in &mut letters {
            *to = letter(entropy);
        }
        Self(letters)
    }

    /// As somebody types it: small or large letters, with or without what stands between.
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters = text.bytes().filter(|b| !matches!(b, b' ' | b'-')).map(|b| b.to_ascii_uppercase());
        let mut code = [0; LENGTH];
        for to in &mut code {
            *to = letters.next().filter(|b| LETTERS.contains(b))?;
        }
        letters.next().is_none().then_some(Self(code))
    }

    /// Under which the database knows it.
    pub fn digest(&self) -> [u8; 32] {
        jose::hash::sha256(self.0)
    }
}

fn letter(entropy: &dyn Entropy) -> u8 {
    loop {
        let [byte] = base::entropy::bytes::<1>(entropy);
        if byte < FAIR
            && let Some(letter) = LETTERS.get(usize::from(byte) % LETTERS.len())
        {
            return *letter;
        }
    }
}

/// In two groups, as it is shown.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, letter) in self.0.iter().enumerate() {
            if at == LENGTH / 2 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use base::SeededEntropy;

    use super::*;

    #[test]
    fn a_code_is_read_back_however_it_is_typed() {
        let code = UserCode::new(&SeededEntropy::new(3));
        let shown = code.to_string();
        assert_eq!(shown.len(), 9);
        for typed in [
            shown.clone(),
            shown.to_lowercase(),
            shown.replace('-', ""),
            shown.replace('-', " "),
            format!(" {shown} "),
        ] {
            assert!(UserCode::parse(&typed) == Some(code), "{typed}");
        }
        for bad in ["", "BCDF-GHJ", "BCDF-GHJKL", "BCDF-GHJA", "BCDF-GHJ1", "BCDFĐGHJ", "BCDF_GHJK"] {
            assert!(UserCode::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn every_letter_comes_up_about_as_often() {
        let entropy = SeededEntropy::new(4);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..2_000 {
            for letter in UserCode::new(&entropy).0 {
                *counts.entry(letter).or_insert(0_usize) += 1;
            }
        }
        assert_eq!(counts.keys().copied().collect::<BTreeSet<_>>(), LETTERS.iter().copied().collect());
        assert!(counts.values().all(|n| (650..950).contains(n)), "{counts:?}");
    }
}
