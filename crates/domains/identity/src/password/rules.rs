//! Which passwords are accepted: NIST 800-63B section 3.1.1. Length, not in the list of those tried first, not made of
//! the holder's own data. No rules of composition, no expiry.

use base::{FieldFault, fold};

use super::Password;
use crate::model::Kind;

/// Shortest password of a citizen.
pub const CITIZEN_CHARS_MIN: usize = 8;
/// Shortest password of an officer.
pub const STAFF_CHARS_MIN: usize = 12;
/// Longest password: hashing takes the same time for all that are shorter.
pub const CHARS_MAX: usize = 128;
/// Shorter pieces of a name are in too many words to be refused.
const PIECE_CHARS_MIN: usize = 5;

/// Passwords that are tried first, folded and without spaces. One a line; `#` begins a comment.
const COMMON: &str = include_str!("common.txt");

/// What is wrong with a password at `field`; `own` are the holder's number, login and name.
pub fn check(field: &str, password: &Password, kind: Kind, own: &[&str]) -> Option<FieldFault> {
    let min = match kind {
        Kind::Citizen => CITIZEN_CHARS_MIN,
        Kind::Staff => STAFF_CHARS_MIN,
    };
    let chars = password.as_str().chars().count();
    if chars < min {
        return Some(FieldFault::new(field, "identity.password_short").with("min", min));
    }
    if chars > CHARS_MAX {
        return Some(FieldFault::new(field, "identity.password_long").with("max", CHARS_MAX));
    }
    let plain = plain(password.as_str());
    if is_common(&plain) {
        return Some(FieldFault::new(field, "identity.password_common"));
    }
    let personal =
        own.iter().map(|o| self::plain(o)).any(|o| o.len() >= PIECE_CHARS_MIN && plain.contains(&o));
    personal.then(|| FieldFault::new(field, "identity.password_personal"))
}

/// Without case, diacritics, spaces and marks: how lists of passwords are tried.
fn plain(text: &str) -> String {
    fold(text).replace(' ', "")
}

/// In the list, also with digits behind; or one character or a run of them over and over.
fn is_common(plain: &str) -> bool {
    let stem = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    let listed = COMMON
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .any(|common| common == plain || (!stem.is_empty() && common == stem));
    listed || repeats(plain) || runs(plain)
}

/// `aaaaaaaa`, `abcabcabc`, `12121212`.
fn repeats(plain: &str) -> bool {
    let chars: Vec<char> = plain.chars().collect();
    (1..=4).any(|period| {
        chars.len() > period && chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b)
    })
}

/// `12345678`, `87654321`, `abcdefgh`.
fn runs(plain: &str) -> bool {
    let codes: Vec<i64> = plain.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = || codes.iter().zip(codes.iter().skip(1)).map(|(a, b)| b - a);
    codes.len() > 1 && [1, -1].iter().any(|step| steps().all(|s| s == *step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str, kind: Kind) -> Option<String> {
        let own = ["001099012345", "Nguyễn Văn An", "an.nguyen"];
        check("password", &Password::new(password), kind, &own).map(|f| f.code)
    }

    #[test]
    fn length_is_what_counts_and_any_character_is_welcome() {
        assert_eq!(code("mưa rơi", Kind::Citizen).as_deref(), Some("identity.password_short"));
        assert_eq!(code("mưa rơi đều", Kind::Citizen), None);
        assert_eq!(code("mưa rơi đều", Kind::Staff).as_deref(), Some("identity.password_short"));
        assert_eq!(code("mưa rơi đều trên mái", Kind::Staff), None);
        assert_eq!(code(&"xy zt ".repeat(30), Kind::Citizen).as_deref(), Some("identity.password_long"));
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for bad in
            ["password", "Matkhau123", "mật khẩu 2026", "12345678", "87654321", "aaaaaaaaaa", "abcabcabcabc"]
        {
            assert_eq!(code(bad, Kind::Citizen).as_deref(), Some("identity.password_common"), "{bad}");
        }
    }

    #[test]
    fn ones_own_data_is_no_password() {
        for bad in ["so 001099012345", "nguyenvanan!x", "An.Nguyen-mua"] {
            assert_eq!(code(bad, Kind::Citizen).as_deref(), Some("identity.password_personal"), "{bad}");
        }
    }

    #[test]
    fn every_keyboard_types_the_same_password() {
        assert_eq!(Password::new("mu\u{31b}a ro\u{31b}i").as_str(), Password::new("mưa rơi").as_str());
    }

    #[test]
    fn the_list_is_in_the_form_that_is_compared() {
        for line in COMMON.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            assert_eq!(plain(line), line);
        }
    }
}
