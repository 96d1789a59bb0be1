//! Numbers and keys: the same, or one slip of the typist apart.

use super::NO_GRADE;
use crate::{
    distance::{letters, slips},
    mixing::key_of,
};

pub(super) const GRADES: [&str; 3] = ["different", "one_slip", "same"];

/// Shorter numbers are too often one slip apart by chance.
const ONE_SLIP_MIN: usize = 5;

pub(super) fn prepare(text: &str) -> Box<[u8]> {
    letters(&base::fold(text)).into()
}

pub(super) fn grade(a: &[u8], b: &[u8]) -> u8 {
    if a.is_empty() || b.is_empty() {
        NO_GRADE
    } else if a == b {
        2
    } else {
        u8::from(a.len().min(b.len()) >= ONE_SLIP_MIN && slips(a, b, 1).is_some())
    }
}

pub(super) fn key(number: &[u8]) -> u64 {
    if number.is_empty() { 0 } else { key_of(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_a_long_number_is_forgiven_but_not_in_a_short_one() {
        let of = |a: &str, b: &str| grade(&prepare(a), &prepare(b));
        assert_eq!(of("038 095 873773", "038095873773"), 2);
        assert_eq!(of("038095873773", "038095873737"), 1);
        assert_eq!(of("038095873773", "03809587377"), 1);
        assert_eq!(of("123", "124"), 0);
        assert_eq!(of("", "124"), NO_GRADE);
    }
}
