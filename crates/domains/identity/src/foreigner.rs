//! Foreigners: the number by which they sign in, what an officer types from passport and residence card, and by what they
//! are looked up. Pure.

use std::{fmt, str::FromStr};

use base::{Entropy, PersonName, Sex, nfc};
use contracts::{
    PersonId,
    ports::{ForeignerKey, Judged, NewForeigner, ResidenceCard},
};
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
    /// The one before, where the holder shows it, too.
    pub earlier_passport: String,
    pub card_kind: String,
    pub card_number: String,
    pub card_from: Option<Date>,
    pub card_until: Option<Date>,
    /// Where they live: a commune's code.
    pub commune: String,
    /// What the officer said of those who were shown.
    pub judged: Judged,
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
            earlier_passport: form.line("earlier_passport"),
            card_kind: form.line("card_kind"),
            card_number: form.line("card_number"),
            card_from: day("card_from"),
            card_until: day("card_until"),
            commune: form.line("commune"),
            judged: judged(form),
        }
    }
}

/// The field in which an officer says who it is: one of those who were shown, or [`ANOTHER`].
pub const ALIKE: &str = "alike";
pub const ANOTHER: &str = "another";
/// Who was shown: a field for each.
pub const SHOWN: &str = "shown";

fn judged(form: &webkit::Form) -> Judged {
    let person = |word: &str| word.parse().ok().map(PersonId);
    match form.raw(ALIKE) {
        ANOTHER => Judged::Another {
            than: form.all(SHOWN).into_iter().filter_map(person).collect(),
            reason: form.line("reason"),
        },
        word => person(word).map_or(Judged::NotYet, Judged::Same),
    }
}

/// By what a foreigner is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Number,
    Passport,
    Card,
}

impl By {
    pub const ALL: [Self; 3] = [Self::Number, Self::Passport, Self::Card];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Passport => "passport",
            Self::Card => "card",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == word)
    }

    /// The key, of what was typed; `country` belongs to a passport. The faults are at `number` and `country`.
    pub fn key(self, typed: &str, country: &str) -> Result<ForeignerKey, IdentityError> {
        let mut faults = Faults::default();
        let key = match self {
            Self::Number => {
                let number = typed.parse::<ForeignerNumber>().ok();
                let number = faults.read("number", "identity.foreigner_number", number);
                number.map(|number| ForeignerKey::Number(number.0))
            }
            Self::Passport => {
                let country = nationality(country);
                let country = faults.read("country", "identity.foreigner_nationality", country);
                let number = faults.read("number", "identity.foreigner_paper", paper(typed));
                country.zip(number).map(|(country, number)| ForeignerKey::Passport { country, number })
            }
            Self::Card => {
                let number = faults.read("number", "identity.foreigner_paper", paper(typed));
                number.map(ForeignerKey::Card)
            }
        };
        key.ok_or_else(|| faults.end())
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

/// The number of a residence card as it is stored.
pub fn card_number(typed: &str) -> Option<String> {
    paper(typed)
}

/// For whom a device compares, where only the card is known.
pub(crate) fn card_digest(keys: &Keys, card: &str) -> Vec<u8> {
    keys.digest("residence card", card.as_bytes())
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
    let earlier = (!typed.earlier_passport.is_empty()).then(|| paper(&typed.earlier_passport));
    let other = earlier.as_ref().is_none_or(|number| number.is_some() && *number != passport);
    faults.read("earlier_passport", "identity.foreigner_paper", other.then_some(()));
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
            earlier_passport: earlier.flatten(),
            card_kind,
            card_number,
            card_from,
            card_until,
            number: number.as_str().to_owned(),
            judged: typed.judged.clone(),
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
            ..Typed::default()
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
            (
                Typed { earlier_passport: "XDA123456".into(), ..good() },
                "earlier_passport identity.foreigner_paper",
            ),
        ] {
            assert_eq!(fault(&typed), expected);
        }
        assert!(
            super::read(&Typed { card_until: Some(TODAY), ..good() }, TODAY, &number()).is_ok(),
            "its last day"
        );
    }

    #[test]
    fn whom_an_officer_was_shown_stands_beside_what_they_say_of_them() {
        let one = "00000000-0000-0000-0000-000000000007";
        let said = |pairs: &[(&str, &str)]| judged(&webkit::Form::from_pairs(pairs.iter().copied()));
        let person = PersonId(one.parse().unwrap());
        assert!(said(&[]) == Judged::NotYet && said(&[(ALIKE, "?")]) == Judged::NotYet);
        assert!(said(&[(ALIKE, one)]) == Judged::Same(person));
        let another = said(&[(ALIKE, ANOTHER), (SHOWN, one), (SHOWN, "x"), ("reason", " Tên  khác ")]);
        assert!(another == Judged::Another { than: vec![person], reason: "Tên khác".into() });
    }

    #[test]
    fn a_look_up_reads_number_passport_and_card() {
        let own = number();
        let read = |by: By, typed: &str, country: &str| by.key(typed, country).ok();
        assert!(read(By::Number, &own.grouped(), "") == Some(ForeignerKey::Number(own.as_str().into())));
        let passport = ForeignerKey::Passport { country: "ESP".into(), number: "XDA123456".into() };
        assert!(read(By::Passport, "xda 123456", "esp") == Some(passport));
        assert!(read(By::Card, "ng1234567", "") == Some(ForeignerKey::Card("NG1234567".into())));
        for (by, typed, expected) in [
            (By::Number, "9000000000019", "number identity.foreigner_number"),
            (By::Passport, "", "country identity.foreigner_nationality, number identity.foreigner_paper"),
            (By::Card, "NG", "number identity.foreigner_paper"),
        ] {
            let refused = by.key(typed, "").err().unwrap();
            let said: Vec<String> =
                refused.fields().iter().map(|f| format!("{} {}", f.field, f.code)).collect();
            assert_eq!(said.join(", "), expected, "{by:?}");
            assert_eq!(By::parse(by.as_str()), Some(by));
        }
    }
}
