//! Foreigners: the number by which they sign in, and what an officer types from passport and residence card. Pure.

use std::{fmt, str::FromStr};

use base::{Entropy, PersonName, Sex, nfc};
use contracts::ports::{NewForeigner, ResidenceCard};
use jiff::civil::Date;

use crate::{IdentityError, Keys, input::Faults, organisation::model::check_digit, rows::Claim};

/// The procedure whose agencies open these accounts.
pub const PROCEDURE: &str = "3.000226";
const PAPER_CHARS: std::ops::RangeInclusive<usize> = 5..=15;

/// The identification number of a foreigner (số định danh của người nước ngoài): `9`, eleven digits by chance, and a check
/// digit. Thirteen digits, so that it is never taken for a personal number and can be typed on any keypad. The law leaves
/// the form to the system. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct ForeignerNumber(String);

impl ForeignerNumber {
    pub fn new(entropy: &dyn Entropy) -> Self {
        let n = u64::from_be_bytes(base::entropy::bytes(entropy)) % 100_000_000_000;
        let digits = format!("9{n:011}");
        let check = check_digit(&digits).unwrap_or_default();
        Self(format!("{digits}{check}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people read it: `9123 4567 8901 2`.
    pub fn grouped(&self) -> String {
        let digits: Vec<char> = self.0.chars().collect();
        digits.chunks(4).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }
}

impl FromStr for ForeignerNumber {
    type Err = ();

    fn from_str(typed: &str) -> Result<Self, ()> {
        let digits: String =
            typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-')).collect();
        let good =
            digits.len() == 13 && digits.starts_with('9') && digits.bytes().all(|b| b.is_ascii_digit());
        let (body, check) = digits.split_at_checked(12).filter(|_| good).ok_or(())?;
        let right = check_digit(body).is_some_and(|right| check == right.to_string());
        if right { Ok(Self(digits)) } else { Err(()) }
    }
}

impl fmt::Debug for ForeignerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForeignerNumber(…)")
    }
}

/// What a foreigner signs in with, as a digest.
pub(crate) fn claim(keys: &Keys, number: &ForeignerNumber) -> Claim {
    Claim { kind: "foreigner", value: keys.digest("foreigner", number.as_str().as_bytes()) }
}

/// As an officer types it from passport and card. Not for printing.
#[derive(Clone, Default)]
pub struct Typed {
    pub name: String,
    pub birth_date: Option<Date>,
    pub sex: String,
    pub nationality: String,
    pub passport_number: String,
    pub passport_until: Option<Date>,
    pub card_kind: String,
    pub card_number: String,
    pub card_from: Option<Date>,
    pub card_until: Option<Date>,
    /// Where they live: a commune's code.
    pub commune: String,
}

impl Typed {
    /// From a form with fields of these names.
    pub fn of_form(form: &webkit::Form, today: Date) -> Self {
        let day = |name: &str| form.date(name, today).and_then(Result::ok).and_then(|day| day.exact());
        Self {
            name: form.line("name"),
            birth_date: day("birth_date"),
            sex: form.line("sex"),
            nationality: form.line("nationality"),
            passport_number: form.line("passport_number"),
            passport_until: day("passport_until"),
            card_kind: form.line("card_kind"),
            card_number: form.line("card_number"),
            card_from: day("card_from"),
            card_until: day("card_until"),
            commune: form.line("commune"),
        }
    }
}

/// A name as passports have it in their visual zone: Latin letters, with or without marks (ICAO 9303 part 3).
fn name(typed: &str) -> Option<PersonName> {
    let name = PersonName::new(typed).ok()?;
    let latin = |c: char| {
        !c.is_alphabetic() || c.is_ascii() || matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
    };
    name.as_str().chars().all(latin).then_some(name)
}

/// Number of a passport or card: capital letters and digits.
fn paper(typed: &str) -> Option<String> {
    let number: String = nfc(typed).chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
    let good = PAPER_CHARS.contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    good.then_some(number)
}

/// Three letters, of another country than this.
fn nationality(typed: &str) -> Option<String> {
    let code = nfc(typed).to_uppercase();
    let good = code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) && code != "VNM";
    good.then_some(code)
}

/// What was typed, checked against the day; `number` is for who has none yet.
pub(crate) fn read(
    typed: &Typed,
    today: Date,
    number: &ForeignerNumber,
) -> Result<NewForeigner, IdentityError> {
    let mut faults = Faults::default();
    let name = faults.read("name", "identity.foreigner_name", name(&typed.name));
    let born = typed.birth_date.filter(|day| *day <= today);
    let born = faults.read("birth_date", "identity.birth_date_shape", born);
    let sex = faults.read("sex", "identity.foreigner_sex", typed.sex.parse::<Sex>().ok());
    let nationality =
        faults.read("nationality", "identity.foreigner_nationality", nationality(&typed.nationality));
    let passport = faults.read("passport_number", "identity.foreigner_paper", paper(&typed.passport_number));
    let passport_until = typed.passport_until.filter(|last| *last >= today);
    let passport_until = faults.read("passport_until", "identity.foreigner_paper_over", passport_until);
    let kind =
        faults.read("card_kind", "identity.foreigner_card_kind", ResidenceCard::parse(&typed.card_kind));
    let card = faults.read("card_number", "identity.foreigner_paper", paper(&typed.card_number));
    let from = typed.card_from.filter(|first| *first <= today);
    let from = faults.read("card_from", "identity.foreigner_card_from", from);
    let until = typed.card_until.filter(|last| *last >= today);
    let until = faults.read("card_until", "identity.foreigner_paper_over", until);
    if typed.commune.is_empty() {
        faults.push(base::FieldFault::new("commune", "identity.foreigner_commune"));
    }
    match (name, born, sex, nationality, passport, passport_until, (kind, card, from, until)) {
        (
            Some(name),
            Some(birth_date),
            Some(sex),
            Some(nationality),
            Some(passport_number),
            Some(passport_until),
            (Some(card_kind), Some(card_number), Some(card_from), Some(card_until)),
        ) if faults.is_empty() => Ok(NewForeigner {
            name,
            birth_date,
            sex,
            nationality,
            passport_number,
            passport_until,
            card_kind,
            card_number,
            card_from,
            card_until,
            number: number.as_str().to_owned(),
        }),
        _ => Err(faults.end()),
    }
}

#[cfg(test)]
mod tests {
    use base::{Fault, SeededEntropy};
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 20);

    fn good() -> Typed {
        Typed {
            name: "JOSÉ O'NEILL-GARCÍA".into(),
            birth_date: Some(date(1985, 4, 2)),
            sex: "male".into(),
            nationality: "esp".into(),
            passport_number: "xda 123456".into(),
            passport_until: Some(date(2031, 1, 1)),
            card_kind: "temporary_residence_card".into(),
            card_number: "NG1234567".into(),
            card_from: Some(date(2025, 6, 1)),
            card_until: Some(date(2027, 5, 31)),
            commune: "26740".into(),
        }
    }

    fn number() -> ForeignerNumber {
        ForeignerNumber::new(&SeededEntropy::new(1))
    }

    fn fault(typed: &Typed) -> String {
        let refused = read(typed, TODAY, &number()).err().unwrap();
        refused.fields().iter().map(|f| format!("{} {}", f.field, f.code)).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_number_reads_back_and_is_never_a_personal_number() {
        for seed in 0..50 {
            let number = ForeignerNumber::new(&SeededEntropy::new(seed));
            assert_eq!(number.grouped().parse(), Ok(number.clone()));
            assert!(number.as_str().parse::<base::PersonalNumber>().is_err());
            assert_eq!(format!("{number:?}"), "ForeignerNumber(…)");
        }
        for bad in ["", "001099012345", "9123456789012345", "N123456789012", "9000000000019"] {
            assert_eq!(bad.parse::<ForeignerNumber>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn names_of_passports_are_names_and_other_scripts_are_not() {
        for good in
            ["JOHN SMITH", "SUHARTO", "Müller-Lüdenscheidt", "D'ANGELO", "ŁUKASZ ŻÓŁĆ", "NGUYEN THI LAN"]
        {
            assert!(name(good).is_some(), "{good}");
        }
        for bad in ["", "山田太郎", "Иван Иванов", "SMITH 2", "SMITH<<JOHN"] {
            assert!(name(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn every_item_that_is_missing_or_over_is_named() {
        let read = read(&good(), TODAY, &number()).unwrap();
        assert_eq!((read.nationality.as_str(), read.passport_number.as_str()), ("ESP", "XDA123456"));
        assert_eq!(fault(&Typed::default()).split(", ").count(), 11);
        for (typed, expected) in [
            (Typed { nationality: "VNM".into(), ..good() }, "nationality identity.foreigner_nationality"),
            (
                Typed { card_until: Some(date(2026, 11, 19)), ..good() },
                "card_until identity.foreigner_paper_over",
            ),
            (
                Typed { card_from: Some(date(2026, 11, 21)), ..good() },
                "card_from identity.foreigner_card_from",
            ),
            (
                Typed { passport_until: Some(date(2020, 1, 1)), ..good() },
                "passport_until identity.foreigner_paper_over",
            ),
            (Typed { name: "山田太郎".into(), ..good() }, "name identity.foreigner_name"),
            (Typed { commune: String::new(), ..good() }, "commune identity.foreigner_commune"),
        ] {
            assert_eq!(fault(&typed), expected);
        }
        assert!(
            super::read(&Typed { card_until: Some(TODAY), ..good() }, TODAY, &number()).is_ok(),
            "its last day"
        );
    }
}
