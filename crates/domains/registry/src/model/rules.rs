//! The rule of each field: what a value must look like to enter the record, and the code that says which rule it breaks.
//!
//! Used by corrections and by the import alike. The sentence for a code is its text in `i18n/`; what was typed is
//! personal data and never part of it.

use base::{
    FieldFault, PartialDate, PersonName, PersonalNumber, Sex, limits::LINE_CHARS_MAX, name::PersonNameError,
    nfc, partial_date::PartialDateError,
};
use contracts::{CommuneCode, ports::Nation};
use jiff::civil::Date;

use super::peoples;

macro_rules! codes {
    ($($name:ident $code:literal [$($arg:literal)*];)*) => {
        $(#[doc = concat!("`", $code, "`")] pub const $name: &str = $code;)*
        /// All rules with the names of the values that their sentences mention.
        pub const CODES: &[(&str, &[&str])] = &[$(($code, &[$($arg),*]),)*];
    };
}

codes! {
    REQUIRED "registry.required" [];
    NUMBER_SHAPE "registry.number_shape" [];
    NUMBER_PREFIX "registry.number_prefix" [];
    NUMBER_TAKEN "registry.number_taken" [];
    NUMBER_SEX "registry.number_sex" [];
    NUMBER_YEAR "registry.number_year" [];
    OLD_NUMBER_SHAPE "registry.old_number_shape" [];
    NAME_MISSING "registry.name_missing" [];
    NAME_TOO_LONG "registry.name_too_long" [];
    NAME_NOT_LETTERS "registry.name_not_letters" [];
    DATE_SHAPE "registry.date_shape" [];
    DATE_YEAR "registry.date_year" [];
    NO_SUCH_DAY "registry.no_such_day" [];
    DATE_IN_FUTURE "registry.date_in_future" [];
    DATE_ORDER "registry.date_order" ["earlier"];
    DATE_TYPED "registry.date_typed" [];
    CHOICE "registry.choice" ["choices"];
    WORD "registry.word" [];
    COMMUNE_SHAPE "registry.commune_shape" [];
    COMMUNE_UNKNOWN "registry.commune_unknown" [];
    COMMUNE_SPLIT "registry.commune_split" [];
    TOO_LONG "registry.too_long" ["max"];
    ETHNICITY "registry.ethnicity" [];
    NATIONALITY "registry.nationality" [];
    PHONE "registry.phone" [];
    EMAIL "registry.email" [];
    PARENT_YOUNGER "registry.parent_younger" [];
    KIN_SELF "registry.kin_self" [];
    KIN_TWICE "registry.kin_twice" [];
    RESIDENCE_PARTS "registry.residence_parts" ["column"];
    HOUSEHOLD_PARTS "registry.household_parts" ["column"];
    TEMPORARY_SAME "registry.temporary_same" [];
    KEY_TWICE "registry.key_twice" [];
    SYNTHETIC "registry.synthetic" [];
    ROW_SHAPE "registry.row_shape" ["expected" "found"];
    ROW_ENCODING "registry.row_encoding" [];
    ROW_JSON "registry.row_json" [];
    COLUMN_UNKNOWN "registry.column_unknown" ["column"];
    CODE_UNKNOWN "registry.code_unknown" [];
    PARTS "registry.parts" ["column"];
    NUMBER_DIFFERS "registry.number_differs" [];
    DISPUTED "registry.disputed" [];
    NOT_CHANGEABLE_HERE "registry.not_changeable_here" [];
    CURSOR "registry.cursor" [];
    NUMBER_UNKNOWN "registry.number_unknown" [];
}

pub const MARITAL: &[&str] = &["single", "married", "widowed", "divorced"];
pub const BLOOD_GROUPS: &[&str] = &["A", "B", "AB", "O", "A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"];
pub const HOUSEHOLD_RELATIONS: &[&str] =
    &["head", "spouse", "child", "child_in_law", "parent", "grandparent", "grandchild", "sibling", "other"];
/// Longest key of a source register, in characters.
pub const KEY_CHARS_MAX: usize = 64;
/// Longest code word, in characters.
const WORD_CHARS_MAX: usize = 40;

/// A rule that a value breaks, with what the sentence mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub code: &'static str,
    pub args: Vec<(&'static str, String)>,
}

impl Broken {
    pub fn new(code: &'static str) -> Self {
        Self { code, args: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    pub fn at(self, field: &str) -> FieldFault {
        self.args.into_iter().fold(FieldFault::new(field, self.code), |f, (name, value)| f.with(name, value))
    }
}

pub fn number(raw: &str, nation: &dyn Nation) -> Result<PersonalNumber, Broken> {
    let number: PersonalNumber = raw.parse().map_err(|_| Broken::new(NUMBER_SHAPE))?;
    if nation.number_prefix_known(number.place()) { Ok(number) } else { Err(Broken::new(NUMBER_PREFIX)) }
}

pub fn old_number(raw: &str) -> Result<String, Broken> {
    if raw.len() == 9 && raw.bytes().all(|b| b.is_ascii_digit()) {
        Ok(raw.to_owned())
    } else {
        Err(Broken::new(OLD_NUMBER_SHAPE))
    }
}

pub fn name(raw: &str) -> Result<PersonName, Broken> {
    PersonName::new(raw).map_err(|e| {
        Broken::new(match e {
            PersonNameError::Empty => NAME_MISSING,
            PersonNameError::TooLong => NAME_TOO_LONG,
            PersonNameError::NotLetters => NAME_NOT_LETTERS,
        })
    })
}

fn date_rule(e: PartialDateError) -> Broken {
    Broken::new(match e {
        PartialDateError::Shape => DATE_SHAPE,
        PartialDateError::Year => DATE_YEAR,
        PartialDateError::NoSuchDay => NO_SUCH_DAY,
    })
}

/// A date in ISO form, known to the day, month or year, not after today.
pub fn past_date(raw: &str, today: Date) -> Result<PartialDate, Broken> {
    let date: PartialDate = raw.parse().map_err(date_rule)?;
    if date.earliest() <= today { Ok(date) } else { Err(Broken::new(DATE_IN_FUTURE)) }
}

/// A whole date in ISO form.
pub fn day(raw: &str) -> Result<Date, Broken> {
    let date: PartialDate = raw.parse().map_err(date_rule)?;
    date.exact().ok_or(Broken::new(DATE_SHAPE))
}

pub fn sex(raw: &str) -> Result<Sex, Broken> {
    raw.parse().map_err(|()| Broken::new(CHOICE).with("choices", "male, female"))
}

pub fn choice(raw: &str, choices: &[&'static str]) -> Result<&'static str, Broken> {
    let found = choices.iter().find(|c| **c == raw);
    found.copied().ok_or_else(|| Broken::new(CHOICE).with("choices", choices.join(", ")))
}

/// The code of a commune that is or was: where somebody was born keeps the name it had.
pub fn place(raw: &str, nation: &dyn Nation) -> Result<String, Broken> {
    if raw.len() != 5 || !raw.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Broken::new(COMMUNE_SHAPE));
    }
    if nation.place(raw).is_some() { Ok(raw.to_owned()) } else { Err(Broken::new(COMMUNE_UNKNOWN)) }
}

/// The commune that has the place today: where somebody lives is always a unit in force.
pub fn place_today(raw: &str, today: Date, nation: &dyn Nation) -> Result<CommuneCode, Broken> {
    let code = place(raw, nation)?;
    if nation.commune_in_force(&code, today) {
        return Ok(CommuneCode::new(code));
    }
    nation.commune_today(&code).ok_or(Broken::new(COMMUNE_SPLIT))
}

/// One line of text in stored form.
pub fn line(raw: &str) -> Result<String, Broken> {
    let text = nfc(raw);
    match text.chars().count() {
        0 => Err(Broken::new(REQUIRED)),
        n if n > LINE_CHARS_MAX => Err(Broken::new(TOO_LONG).with("max", LINE_CHARS_MAX)),
        _ => Ok(text),
    }
}

/// The key of a row in its source register.
pub fn key(raw: &str) -> Result<String, Broken> {
    match raw.chars().count() {
        0 => Err(Broken::new(REQUIRED)),
        n if n > KEY_CHARS_MAX => Err(Broken::new(TOO_LONG).with("max", KEY_CHARS_MAX)),
        _ => Ok(raw.to_owned()),
    }
}

/// The two digits of a people in the national list.
pub fn ethnicity(raw: &str) -> Result<String, Broken> {
    if peoples::name(raw).is_some() { Ok(raw.to_owned()) } else { Err(Broken::new(ETHNICITY)) }
}

/// A code of the catalogue: small letters and underscores.
pub fn word(raw: &str) -> Result<(), Broken> {
    let is_word = raw.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if is_word && (1..=WORD_CHARS_MAX).contains(&raw.len()) { Ok(()) } else { Err(Broken::new(WORD)) }
}

/// Three capital letters (ISO 3166-1 alpha-3).
pub fn nationality(raw: &str) -> Result<String, Broken> {
    if raw.len() == 3 && raw.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(raw.to_owned())
    } else {
        Err(Broken::new(NATIONALITY))
    }
}

/// Digits with an optional leading plus, 8 to 15 of them (ITU-T E.164); spaces, dots and dashes are dropped.
pub fn phone(raw: &str) -> Result<String, Broken> {
    let phone: String = raw.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
    let digits = phone.strip_prefix('+').unwrap_or(&phone);
    if (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
        Ok(phone)
    } else {
        Err(Broken::new(PHONE))
    }
}

pub fn email(raw: &str) -> Result<String, Broken> {
    let email = nfc(raw);
    let parts = email.split_once('@');
    let plausible = parts.is_some_and(|(who, at)| !who.is_empty() && at.contains('.') && !at.ends_with('.'));
    if plausible && email.len() <= LINE_CHARS_MAX && !email.contains(' ') {
        Ok(email)
    } else {
        Err(Broken::new(EMAIL))
    }
}

/// A number that disagrees with sex or year of birth: a warning, because it stays in force after a correction.
pub fn number_warnings(
    number: &PersonalNumber,
    sex: Sex,
    birth: PartialDate,
) -> impl Iterator<Item = Broken> {
    let sex = (number.sex() != sex).then(|| Broken::new(NUMBER_SEX));
    let year = (number.birth_year() != birth.year()).then(|| Broken::new(NUMBER_YEAR));
    sex.into_iter().chain(year)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn each_bad_value_breaks_its_own_rule() {
        let today = date(2026, 11, 20);
        let code = |b: Broken| b.code;
        assert_eq!(past_date("1990-13-01", today).map_err(code), Err(NO_SUCH_DAY));
        assert_eq!(past_date("1700", today).map_err(code), Err(DATE_YEAR));
        assert_eq!(past_date("17/05/1990", today).map_err(code), Err(DATE_SHAPE));
        assert_eq!(past_date("2027", today).map_err(code), Err(DATE_IN_FUTURE));
        assert_eq!(day("1990-05").map_err(code), Err(DATE_SHAPE));
        assert_eq!(old_number("12345678").map_err(code), Err(OLD_NUMBER_SHAPE));
        assert_eq!(phone("0912 345 678").as_deref(), Ok("0912345678"));
        assert_eq!(phone("12").map_err(code), Err(PHONE));
        assert_eq!(email("a@b").map_err(code), Err(EMAIL));
        assert_eq!(email("a@b.vn").as_deref(), Ok("a@b.vn"));
        assert_eq!(nationality("vnm").map_err(code), Err(NATIONALITY));
        assert_eq!(ethnicity("55").map_err(code), Err(ETHNICITY));
        assert_eq!(ethnicity("01").as_deref(), Ok("01"));
        assert_eq!(word("Chủ hộ").map_err(code), Err(WORD));
        assert_eq!(line(" ").map_err(code), Err(REQUIRED));
        assert_eq!(line(&"x".repeat(251)).map_err(code), Err(TOO_LONG));
        assert_eq!(sex("nam").map_err(code), Err(CHOICE));
        assert_eq!(choice("married", MARITAL), Ok("married"));
        assert_eq!(name("An 2").map_err(code), Err(NAME_NOT_LETTERS));
        assert_eq!(key("").map_err(code), Err(REQUIRED));
    }

    #[test]
    fn a_number_that_disagrees_with_the_record_is_only_warned_of() {
        let number: PersonalNumber = "001090012345".parse().unwrap();
        let codes = |sex, birth: &str| -> Vec<&str> {
            number_warnings(&number, sex, birth.parse().unwrap()).map(|b| b.code).collect()
        };
        assert!(codes(Sex::Male, "1990-01-02").is_empty());
        assert_eq!(codes(Sex::Female, "1991"), [NUMBER_SEX, NUMBER_YEAR]);
    }
}
