//! The code with which an officer sets the first password: made by chance, shown once, kept as a keyed digest.

use base::Entropy;
use jiff::SignedDuration;
use zeroize::Zeroizing;

use crate::Keys;

/// Handed over on paper within a few working days; a weekend may lie between.
pub const CODE_LIFE: SignedDuration = SignedDuration::from_hours(72);
/// Thirty-two letters and digits that are not mistaken for each other.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// In groups: eighty bits.
const CODE_CHARS: usize = 16;
const GROUP_CHARS: usize = 4;

/// Never shown but by [`SetupCode::show`], wiped when dropped.
#[derive(Clone)]
pub struct SetupCode(Zeroizing<String>);

impl std::fmt::Debug for SetupCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetupCode(…)")
    }
}

impl SetupCode {
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        let chance: [u8; CODE_CHARS] = base::entropy::bytes(entropy);
        // Thirty-two divides 256, so each letter is as likely as any other.
        let letters = chance.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32)));
        Self(Zeroizing::new(letters.map(|b| char::from(*b)).collect()))
    }

    /// As typed from paper: capitals, spaces and hyphens do not matter.
    pub fn parse(typed: &str) -> Self {
        let plain = typed.chars().filter(char::is_ascii_alphanumeric).take(CODE_CHARS + 1);
        Self(Zeroizing::new(plain.map(|c| c.to_ascii_lowercase()).collect()))
    }

    /// For the one page that shows it: `abcd-efgh-ijkm-npqr`.
    pub fn show(&self) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(CODE_CHARS + CODE_CHARS / GROUP_CHARS));
        for (at, letter) in self.0.chars().enumerate() {
            if at > 0 && at % GROUP_CHARS == 0 {
                out.push('-');
            }
            out.push(letter);
        }
        out
    }

    pub(crate) fn digest(&self, keys: &Keys) -> Vec<u8> {
        self.digest_for(keys, "set-up code")
    }

    /// A code made for one purpose opens nothing else.
    pub(crate) fn digest_for(&self, keys: &Keys, purpose: &str) -> Vec<u8> {
        keys.digest(purpose, self.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;

    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it_and_never_printed() {
        let keys = Keys::generate(&SeededEntropy::new(1));
        let code = SetupCode::new(&SeededEntropy::new(2));
        let shown = code.show();
        assert_eq!(shown.len(), CODE_CHARS + 3);
        for typed in [shown.to_uppercase(), shown.replace('-', " "), format!(" {} ", shown.replace('-', ""))]
        {
            assert_eq!(SetupCode::parse(&typed).digest(&keys), code.digest(&keys), "{typed}");
        }
        assert_ne!(SetupCode::parse(&format!("{}a", *shown)).digest(&keys), code.digest(&keys));
        assert!(!format!("{code:?}").contains(&shown[..4]));
    }
}
