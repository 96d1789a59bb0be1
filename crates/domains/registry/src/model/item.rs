//! What the record holds of a person: items with one value at a time, each with the rule of its values.
//!
//! Items of the Law on Identity, Art. 9. Values are text in stored form (NFC; dates in ISO form; codes as the sources
//! give them). Residence, household and kin are not items: they are rows of their own.

use std::{collections::BTreeMap, fmt};

use base::{PartialDate, PersonName, PersonalNumber, Sex, fold};
use contracts::ports::Nation;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    rules::{self, Broken},
    span::Days,
};

macro_rules! items {
    ($($variant:ident $key:literal;)*) => {
        /// One item. The key is also the name of its column.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Item { $($variant,)* }

        impl Item {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }
        }
    };
}

items! {
    Number "number";
    OldNumber "old_number";
    Name "name";
    OtherName "other_name";
    BirthDate "birth_date";
    Sex "sex";
    BirthPlace "birth_place";
    BirthRegistrationPlace "birth_registration_place";
    HomeTown "home_town";
    Ethnicity "ethnicity";
    Religion "religion";
    Nationality "nationality";
    BloodGroup "blood_group";
    MaritalStatus "marital_status";
    DeathDate "death_date";
    Phone "phone";
    Email "email";
    MissingDate "missing_date";
    ResidenceRecord "residence_record";
    PhoneVerified "phone_verified";
    EmailVerified "email_verified";
}

impl Item {
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|i| i.key() == key)
    }

    /// Items that a correction cannot set: numbers are cancelled and established, deaths are registered, courts declare
    /// somebody missing, contacts are confirmed by their owner.
    pub fn is_correctable(self) -> bool {
        !matches!(
            self,
            Self::Number
                | Self::OldNumber
                | Self::DeathDate
                | Self::MissingDate
                | Self::PhoneVerified
                | Self::EmailVerified
        )
    }

    /// The item that says since when this one is confirmed.
    pub fn verified_by(self) -> Option<Self> {
        match self {
            Self::Phone => Some(Self::PhoneVerified),
            Self::Email => Some(Self::EmailVerified),
            _ => None,
        }
    }

    /// Items without which there is no record.
    pub fn is_required(self) -> bool {
        matches!(self, Self::Name | Self::BirthDate | Self::Sex)
    }

    /// The value in stored form, or the rule that it breaks.
    pub fn check(self, raw: &str, today: Date, nation: &dyn Nation) -> Result<String, Broken> {
        Ok(match self {
            Self::Number => rules::number(raw, nation)?.to_string(),
            Self::OldNumber => rules::old_number(raw)?,
            Self::Name | Self::OtherName => rules::name(raw)?.as_str().to_owned(),
            Self::BirthDate
            | Self::DeathDate
            | Self::MissingDate
            | Self::PhoneVerified
            | Self::EmailVerified => rules::past_date(raw, today)?.to_string(),
            Self::Sex => rules::sex(raw)?.as_str().to_owned(),
            Self::BirthPlace | Self::BirthRegistrationPlace | Self::HomeTown => rules::place(raw, nation)?,
            Self::Ethnicity => rules::ethnicity(raw)?,
            Self::Religion => rules::line(raw)?,
            Self::Nationality => rules::nationality(raw)?,
            Self::BloodGroup => rules::choice(raw, rules::BLOOD_GROUPS)?.to_owned(),
            Self::MaritalStatus => rules::choice(raw, rules::MARITAL)?.to_owned(),
            Self::Phone => rules::phone(raw)?,
            Self::Email => rules::email(raw)?,
            Self::ResidenceRecord => rules::key(raw)?,
        })
    }
}

/// The values that hold now. `Debug` shows which items there are, never what they say.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Items(BTreeMap<Item, String>);

impl Items {
    pub fn get(&self, item: Item) -> Option<&str> {
        self.0.get(&item).map(String::as_str)
    }

    pub fn set(&mut self, item: Item, value: Option<String>) {
        match value {
            Some(value) => self.0.insert(item, value),
            None => self.0.remove(&item),
        };
    }

    pub fn birth_date(&self) -> Option<PartialDate> {
        self.get(Item::BirthDate)?.parse().ok()
    }

    pub fn sex(&self) -> Option<Sex> {
        self.get(Item::Sex)?.parse().ok()
    }

    pub fn number(&self) -> Option<PersonalNumber> {
        self.get(Item::Number)?.parse().ok()
    }

    pub fn is_living(&self) -> bool {
        self.get(Item::DeathDate).is_none()
    }

    /// The search key of the name.
    pub fn name_folded(&self) -> String {
        fold(self.get(Item::Name).unwrap_or(""))
    }

    /// Whether the one who claims to be this person says the same. Names are compared without tones and marks, because
    /// people type them so; a date must be known just as exactly as the record knows it.
    pub fn matches(&self, name: &PersonName, birth: PartialDate) -> bool {
        self.is_living() && self.name_folded() == name.folded() && self.birth_date() == Some(birth)
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Where the current value of one item comes from, where that is not where the person comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub event: Uuid,
    pub source: String,
    /// First day; none: always.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<Date>,
    pub known: Timestamp,
}

impl Mark {
    pub fn days(&self) -> Days {
        Days::since(self.from)
    }
}

/// Marks by item.
pub type Marks = BTreeMap<Item, Mark>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_found_by_its_key_and_reads_so_in_json() {
        for item in Item::ALL {
            assert_eq!(Item::from_key(item.key()), Some(*item));
            assert_eq!(serde_json::to_value(item).unwrap(), item.key());
        }
    }

    #[test]
    fn a_claim_matches_whatever_the_tones_and_only_the_exact_day() {
        let mut items = Items::default();
        items.set(Item::Name, Some("Đặng Thuỳ Trâm".to_owned()));
        items.set(Item::BirthDate, Some("1990-05-17".to_owned()));
        let says =
            |name: &str, birth: &str| items.matches(&PersonName::new(name).unwrap(), birth.parse().unwrap());
        assert!(says("ĐẶNG THÙY TRÂM", "1990-05-17"));
        assert!(says("Dang Thuy Tram", "1990-05-17"));
        assert!(!says("Đặng Thuỳ Trâm", "1990-05"));
        assert!(!says("Đặng Thuỳ Trang", "1990-05-17"));
    }

    #[test]
    fn the_dead_match_nobody() {
        let mut items = Items::default();
        items.set(Item::Name, Some("An".to_owned()));
        items.set(Item::BirthDate, Some("1990".to_owned()));
        items.set(Item::DeathDate, Some("2020".to_owned()));
        assert!(!items.matches(&PersonName::new("An").unwrap(), "1990".parse().unwrap()));
    }

    #[test]
    fn debug_output_never_shows_a_value() {
        let mut items = Items::default();
        items.set(Item::Name, Some("Trần Thị Bình".to_owned()));
        assert_eq!(format!("{items:?}"), "{Name}");
    }
}
