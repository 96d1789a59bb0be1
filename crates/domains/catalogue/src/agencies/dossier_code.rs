//! Dossier codes (mã hồ sơ): `<unit code>-<yymmdd>-<number of the day>`.

use jiff::civil::Date;
use serde::Serialize;

/// Largest number of one unit's dossiers on one day: the forms in use have at most six digits.
const DAILY_NUMBER_MAX: u32 = 999_999;

/// How an agency numbers its dossiers. The counter behind it belongs to the unit code and the day of receipt, as several
/// agencies may share a unit code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct DossierTemplate {
    /// The unit code: `G01.899.000`.
    pub unit: String,
    /// `{unit}-{yymmdd}-{n:06}`.
    pub pattern: String,
}

impl DossierTemplate {
    /// The code of the `number`-th dossier of a day of receipt (in Vietnam time). `None` beyond 999,999 a day.
    pub fn render(&self, received: Date, number: u32) -> Option<String> {
        if number == 0 || number > DAILY_NUMBER_MAX {
            return None;
        }
        let (year, month, day) = (received.year().rem_euclid(100), received.month(), received.day());
        let code = self.pattern.replace("{unit}", &self.unit);
        let code = code.replace("{yymmdd}", &format!("{year:02}{month:02}{day:02}"));
        Some(code.replace("{n:04}", &format!("{number:04}")).replace("{n:06}", &format!("{number:06}")))
    }
}

/// Whether a text has one of the forms of dossier codes in use: QCVN 102 (`000.12.05.H05-231010-0001`), QĐ 20/2020
/// (`H05.12-231010-0001`), units of the Ministry of Public Security (`G01.899.909-260916-890028`).
pub fn is_dossier_code(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(unit), Some(date), Some(number), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    is_unit_code(unit) && is_digits(date, 6..=6) && is_digits(number, 4..=6)
}

/// Whether a text has one of the forms of unit codes in use.
pub fn is_unit_code(text: &str) -> bool {
    let is_root = |s: &str| s.strip_prefix(['G', 'H']).is_some_and(|rest| is_digits(rest, 2..=2));
    match text.split('.').collect::<Vec<_>>().as_slice() {
        [root, rest @ ..] if is_root(root) => rest.len() <= 3 && rest.iter().all(|s| is_digits(s, 2..=3)),
        [a, b, c, root] => is_digits(a, 3..=3) && is_digits(b, 2..=2) && is_digits(c, 2..=2) && is_root(root),
        _ => false,
    }
}

fn is_digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_forms_in_use_are_dossier_codes() {
        for code in [
            "000.12.05.H05-231010-0001",
            "H05.12-231010-0001",
            "H55.242-231010-0001",
            "G01.899.108.000-240101-12345",
            "G01.899.909-260916-890028",
            "G01.899.267.40-261121-000001",
        ] {
            assert!(is_dossier_code(code), "{code}");
        }
        for code in [
            "G01.899.909-260916",
            "X01-260916-0001",
            "G1-260916-0001",
            "G01.1.2-260916-0001",
            "H29-260916-001",
            "",
        ] {
            assert!(!is_dossier_code(code), "{code}");
        }
    }

    #[test]
    fn a_code_carries_unit_day_and_number() {
        let template =
            DossierTemplate { unit: "G01.899.909".into(), pattern: "{unit}-{yymmdd}-{n:06}".into() };
        assert_eq!(template.render(date(2026, 9, 16), 28).unwrap(), "G01.899.909-260916-000028");
        assert_eq!(template.render(date(2026, 9, 16), 1_000_000), None);
        let short = DossierTemplate { unit: "H05.12".into(), pattern: "{unit}-{yymmdd}-{n:04}".into() };
        assert_eq!(short.render(date(2023, 10, 10), 12_345).unwrap(), "H05.12-231010-12345");
    }
}
