//! Vietnamese đồng: whole numbers, no decimals.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in đồng.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vnd(pub i64);

impl Vnd {
    pub const FREE: Self = Self(0);

    pub fn is_free(self) -> bool {
        self.0 == 0
    }

    /// The amount in words, as receipts must show it (NĐ 123/2020): `7000` reads `Bảy nghìn đồng chẵn`.
    ///
    /// "Chẵn" closes an amount in whole thousands, so that nothing can be written after it.
    pub fn in_words_vi(self) -> String {
        let amount = self.0.unsigned_abs();
        let mut words = Vec::new();
        if self.0 < 0 {
            words.push("âm");
        }
        if amount == 0 {
            words.push("không");
        }
        read_number(amount, false, &mut words);
        words.push("đồng");
        if amount > 0 && amount.is_multiple_of(1_000) {
            words.push("chẵn");
        }
        let text = words.join(" ");
        let mut letters = text.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    }
}

const DIGITS: [&str; 10] = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"];

fn digit(value: u64) -> &'static str {
    usize::try_from(value).ok().and_then(|d| DIGITS.get(d)).copied().unwrap_or("")
}

/// Billions repeat ("nghìn tỷ", "tỷ tỷ"), so the part above a billion is a number of its own. `follows` tells that
/// larger digits were read before: then a group says its empty hundreds ("không trăm linh năm"). Empty groups are silent.
fn read_number(n: u64, follows: bool, words: &mut Vec<&'static str>) {
    let (high, low) = (n / 1_000_000_000, n % 1_000_000_000);
    let mut follows = follows;
    if high > 0 {
        read_number(high, follows, words);
        words.push("tỷ");
        follows = true;
    }
    for (group, unit) in
        [(low / 1_000_000, Some("triệu")), (low / 1_000 % 1_000, Some("nghìn")), (low % 1_000, None)]
    {
        if group > 0 {
            read_group(group, follows, words);
            words.extend(unit);
            follows = true;
        }
    }
}

/// One to 999. After a ten, five is "lăm"; from twenty on, one is "mốt" and four is "tư"; an empty ten is "linh".
fn read_group(group: u64, follows: bool, words: &mut Vec<&'static str>) {
    let (hundreds, tens, units) = (group / 100, group / 10 % 10, group % 10);
    let with_hundreds = hundreds > 0 || follows;
    if with_hundreds {
        words.extend([digit(hundreds), "trăm"]);
    }
    match tens {
        0 if with_hundreds && units > 0 => words.push("linh"),
        0 => {}
        1 => words.push("mười"),
        _ => words.extend([digit(tens), "mươi"]),
    }
    match units {
        0 => {}
        1 if tens > 1 => words.push("mốt"),
        4 if tens > 1 => words.push("tư"),
        5 if tens > 0 => words.push("lăm"),
        _ => words.push(digit(units)),
    }
}

/// `7000` reads `7.000 ₫`.
impl fmt::Display for Vnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                f.write_str(".")?;
            }
            write!(f, "{digit}")?;
        }
        f.write_str("\u{a0}₫")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_as_people_write_it() {
        for (amount, text) in
            [(0, "0"), (500, "500"), (7_000, "7.000"), (1_234_567, "1.234.567"), (-15_000, "-15.000")]
        {
            assert_eq!(Vnd(amount).to_string(), format!("{text}\u{a0}₫"));
        }
    }

    #[test]
    fn amounts_are_written_in_words_as_they_are_spoken() {
        for (amount, words) in [
            (0, "Không đồng"),
            (1, "Một đồng"),
            (5, "Năm đồng"),
            (10, "Mười đồng"),
            (15, "Mười lăm đồng"),
            (14, "Mười bốn đồng"),
            (21, "Hai mươi mốt đồng"),
            (24, "Hai mươi tư đồng"),
            (55, "Năm mươi lăm đồng"),
            (101, "Một trăm linh một đồng"),
            (105, "Một trăm linh năm đồng"),
            (110, "Một trăm mười đồng"),
            (411, "Bốn trăm mười một đồng"),
            (7_000, "Bảy nghìn đồng chẵn"),
            (10_000, "Mười nghìn đồng chẵn"),
            (15_000, "Mười lăm nghìn đồng chẵn"),
            (20_000, "Hai mươi nghìn đồng chẵn"),
            (21_500, "Hai mươi mốt nghìn năm trăm đồng"),
            (104_000, "Một trăm linh bốn nghìn đồng chẵn"),
            (1_005_000, "Một triệu không trăm linh năm nghìn đồng chẵn"),
            (1_000_005, "Một triệu không trăm linh năm đồng"),
            (1_234_567, "Một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi bảy đồng"),
            (2_000_000_000, "Hai tỷ đồng chẵn"),
            (3_000_040_000, "Ba tỷ không trăm bốn mươi nghìn đồng chẵn"),
            (12_000_000_000_000, "Mười hai nghìn tỷ đồng chẵn"),
            (-15_000, "Âm mười lăm nghìn đồng chẵn"),
        ] {
            assert_eq!(Vnd(amount).in_words_vi(), words);
        }
    }

    #[test]
    fn every_amount_has_words() {
        for amount in [i64::MAX, i64::MIN, 999_999_999_999, 1_000_000_000_000_000_000] {
            let words = Vnd(amount).in_words_vi();
            assert!(!words.contains("  ") && words.contains(" đồng"), "{words}");
        }
    }
}
