//! The 12-digit personal identification number (số định danh cá nhân), and sex.
//!
//! Structure `PPP G YY RRRRRR` (NĐ 137/2015 Art. 13): place of birth registration, century and sex, year of birth,
//! random digits. There is no check digit, so a well-formed number proves nothing. A number that disagrees with the
//! recorded sex or year is a warning, never an error: it may have stayed in force after a correction.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Sex as the population database records it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    Male,
    Female,
}

impl Sex {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
        }
    }
}

impl FromStr for Sex {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        match s {
            "male" => Ok(Self::Male),
            "female" => Ok(Self::Female),
            _ => Err(()),
        }
    }
}

/// Twelve digits. `Debug` hides all but the first three: the number is personal data and must not reach a log.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonalNumber([u8; 12]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a personal number has exactly 12 digits")]
pub struct PersonalNumberError;

impl PersonalNumber {
    /// Composes a number from its parts; `serial` is below one million.
    pub fn compose(place: u16, sex: Sex, year: i16, serial: u32) -> Result<Self, PersonalNumberError> {
        let century = year.div_euclid(100) - 19;
        if place > 999 || !(0..=4).contains(&century) || serial > 999_999 {
            return Err(PersonalNumberError);
        }
        let g = century * 2 + i16::from(sex == Sex::Female);
        format!("{place:03}{g}{:02}{serial:06}", year.rem_euclid(100)).parse()
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    /// Code of the province (or country) where the birth was registered: the old three-digit codes.
    pub fn place(&self) -> &str {
        self.as_str().get(..3).unwrap_or("")
    }

    pub fn sex(&self) -> Sex {
        if self.digit(3).is_multiple_of(2) { Sex::Male } else { Sex::Female }
    }

    pub fn birth_year(&self) -> i16 {
        1900 + 100 * i16::from(self.digit(3) / 2) + 10 * i16::from(self.digit(4)) + i16::from(self.digit(5))
    }

    fn digit(&self, at: usize) -> u8 {
        self.0.get(at).map_or(0, |d| d - b'0')
    }

    /// Grouped for reading: `001 099 012 345`.
    pub fn grouped(&self) -> String {
        let s = self.as_str();
        [0, 3, 6, 9].map(|i| s.get(i..i + 3).unwrap_or("")).join(" ")
    }

    /// Enough to recognise one's own, not enough to copy: `001 ••• ••• 345`.
    pub fn masked(&self) -> String {
        let s = self.as_str();
        format!("{} ••• ••• {}", s.get(..3).unwrap_or(""), s.get(9..).unwrap_or(""))
    }
}

impl FromStr for PersonalNumber {
    type Err = PersonalNumberError;

    /// Accepts the digits with spaces, dots or dashes between them, as people copy them.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let mut digits = [0; 12];
        let mut len = 0;
        for c in s.bytes() {
            match c {
                b'0'..=b'9' => {
                    *digits.get_mut(len).ok_or(PersonalNumberError)? = c;
                    len += 1;
                }
                b' ' | b'.' | b'-' => {}
                _ => return Err(PersonalNumberError),
            }
        }
        if len == 12 { Ok(Self(digits)) } else { Err(PersonalNumberError) }
    }
}

impl fmt::Display for PersonalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PersonalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonalNumber({}…)", self.place())
    }
}

impl Serialize for PersonalNumber {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PersonalNumber {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl postgres_types::ToSql for PersonalNumber {
    fn to_sql(
        &self,
        ty: &postgres_types::Type,
        out: &mut bytes::BytesMut,
    ) -> Result<postgres_types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.as_str().to_sql(ty, out)
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        <&str as postgres_types::ToSql>::accepts(ty)
    }
    postgres_types::to_sql_checked!();
}

impl<'a> postgres_types::FromSql<'a> for PersonalNumber {
    fn from_sql(
        ty: &postgres_types::Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(<&str as postgres_types::FromSql>::from_sql(ty, raw)?.parse()?)
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        <&str as postgres_types::FromSql>::accepts(ty)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_parts_of_a_number_are_read() {
        let number: PersonalNumber = "001 099 012 345".parse().unwrap();
        assert_eq!((number.place(), number.sex(), number.birth_year()), ("001", Sex::Male, 1999));
        let number: PersonalNumber = "079305000001".parse().unwrap();
        assert_eq!((number.sex(), number.birth_year()), (Sex::Female, 2005));
    }

    #[test]
    fn the_number_stays_out_of_debug_output() {
        let number: PersonalNumber = "001099012345".parse().unwrap();
        assert!(!format!("{number:?}").contains("012345"));
        assert_eq!(number.masked(), "001 ••• ••• 345");
    }

    proptest! {
        #[test]
        fn composing_and_reading_agree(place in 1u16..=999, female: bool, year in 1900i16..=2399, serial in 0u32..1_000_000) {
            let sex = if female { Sex::Female } else { Sex::Male };
            let number = PersonalNumber::compose(place, sex, year, serial).unwrap();
            prop_assert_eq!(number.sex(), sex);
            prop_assert_eq!(number.birth_year(), year);
            prop_assert_eq!(number.to_string().parse::<PersonalNumber>().unwrap(), number);
        }
        #[test]
        fn no_input_panics(s in ".{0,16}") { let _ = s.parse::<PersonalNumber>(); }
    }
}
