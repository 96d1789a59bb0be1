//! What the population record can tell a service definition: the vocabulary (`record.birth_date`, `host.living`) with
//! types and labels, and the facts about the people of one dossier. Facts are given; nothing here fetches them.
//!
//! To extend the vocabulary, add one line to the table; the domain that owns the record then learns to answer it.

use std::{collections::BTreeMap, fmt};

use base::{Lang, PartialDate, Text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::expr::{Type, Value};

macro_rules! facts {
    ($($variant:ident $key:literal $type:ident $vi:literal $en:literal;)*) => {
        /// One thing that the record knows of a person.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Fact { $($variant,)* }

        impl Fact {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word after the point: `birth_date` in `record.birth_date`.
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            pub fn kind(self) -> Type {
                match self { $(Self::$variant => Type::$type,)* }
            }

            pub fn label(self, lang: Lang) -> &'static str {
                match (self, lang) { $((Self::$variant, Lang::Vi) => $vi, (Self::$variant, Lang::En) => $en,)* }
            }
        }
    };
}

facts! {
    Exists "exists" Bool "Có trong cơ sở dữ liệu dân cư" "Is in the population database";
    Number "number" Text "Số định danh cá nhân" "Personal identification number";
    Name "name" Text "Họ, chữ đệm và tên" "Full name";
    BirthDate "birth_date" Partial "Ngày, tháng, năm sinh" "Date of birth";
    Sex "sex" Text "Giới tính" "Sex";
    Nationality "nationality" Text "Quốc tịch" "Nationality";
    Ethnicity "ethnicity" Text "Dân tộc" "Ethnicity";
    Living "living" Bool "Còn sống" "Is living";
    Age "age" Int "Tuổi" "Age";
    PermanentCommune "permanent_commune" Text "Xã, phường, đặc khu thường trú" "Commune of permanent residence";
    PermanentAddress "permanent_address" Text "Địa chỉ thường trú" "Permanent address";
    PermanentSince "permanent_since" Date "Thường trú từ ngày" "Permanent resident since";
    TemporaryCommune "temporary_commune" Text "Xã, phường, đặc khu tạm trú" "Commune of temporary residence";
    TemporaryAddress "temporary_address" Text "Địa chỉ tạm trú" "Temporary address";
    TemporaryUntil "temporary_until" Date "Tạm trú đến ngày" "Temporary resident until";
    CurrentCommune "current_commune" Text "Xã, phường, đặc khu nơi ở hiện tại" "Commune of current residence";
    HouseholderNumber "householder_number" Text "Số định danh của chủ hộ" "Householder's personal number";
    HouseholderName "householder_name" Text "Họ, chữ đệm và tên chủ hộ" "Householder's full name";
    RelationToHouseholder "relation_to_householder" Text "Quan hệ với chủ hộ" "Relation to the householder";
    IsHouseholder "is_householder" Bool "Là chủ hộ" "Is a householder";
    HouseholdSize "household_size" Int "Số thành viên hộ gia đình" "Members of the household";
    Conflict "conflict" Bool "Thông tin đang được đối chiếu lại" "Record under correction";
}

impl Fact {
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|f| f.key() == key)
    }

    /// Whether the value is the five-digit code of a commune, to be shown by its name.
    pub fn is_commune(self) -> bool {
        matches!(self, Self::PermanentCommune | Self::TemporaryCommune | Self::CurrentCommune)
    }

    /// The words that the value can be, where they are few.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Sex => &["male", "female"],
            _ => &[],
        }
    }

    /// What must be read to know this fact: age follows from the date of birth.
    pub fn read_as(self) -> Self {
        if self == Self::Age { Self::BirthDate } else { self }
    }
}

/// Where a fact comes from, for the sentence beside a prefilled answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    pub source: Text,
    pub confirmed_on: Option<Date>,
}

/// The facts known about one person. `Debug` shows which, never what.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Person(BTreeMap<Fact, Known>);

/// One known fact.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub value: Value,
    pub provenance: Option<Provenance>,
}

impl Person {
    /// Adds a fact without a word on its source.
    #[must_use]
    pub fn with(self, fact: Fact, value: impl Into<Value>) -> Self {
        self.with_source(fact, value, None)
    }

    #[must_use]
    pub fn with_source(
        mut self,
        fact: Fact,
        value: impl Into<Value>,
        provenance: Option<Provenance>,
    ) -> Self {
        let value = match value.into() {
            // A birth known to the day is one kind of partial date.
            Value::Date(day) if fact.kind() == Type::Partial => Value::Partial(PartialDate::full(day)),
            value => value,
        };
        self.0.insert(fact, Known { value, provenance });
        self
    }

    /// The value, or missing where the record does not say or says it in another type.
    pub fn value(&self, fact: Fact, today: Date) -> Value {
        let Some(known) = self.0.get(&fact.read_as()) else { return Value::Missing };
        match (&known.value, fact) {
            (Value::Partial(born), Fact::Age) => Value::Int(i64::from(born.age_on(today))),
            (value, _) if value.is_a(fact.kind()) => value.clone(),
            _ => Value::Missing,
        }
    }

    pub fn provenance(&self, fact: Fact) -> Option<&Provenance> {
        self.0.get(&fact.read_as()).and_then(|k| k.provenance.as_ref())
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The facts about everyone whom a dossier concerns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The applicant: `record.…`.
    #[serde(default)]
    pub record: Person,
    /// The other people by the key of the party (`host`), in the order of the numbers that name them.
    #[serde(default)]
    pub parties: BTreeMap<String, Vec<Person>>,
}

/// The applicant's key in names.
pub const RECORD: &str = "record";

impl Facts {
    pub fn of(record: Person) -> Self {
        Self { record, parties: BTreeMap::new() }
    }

    #[must_use]
    pub fn with_party(mut self, key: impl Into<String>, people: Vec<Person>) -> Self {
        self.parties.insert(key.into(), people);
        self
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_fact_is_found_by_its_key_and_has_both_labels() {
        for fact in Fact::ALL {
            assert_eq!(Fact::from_key(fact.key()), Some(*fact));
            assert_eq!(serde_json::to_value(fact).unwrap(), fact.key());
            assert!(Lang::ALL.iter().all(|l| !fact.label(*l).is_empty()));
        }
    }

    #[test]
    fn age_follows_from_the_date_of_birth() {
        let person = Person::default().with(Fact::BirthDate, "1990".parse::<PartialDate>().unwrap());
        assert_eq!(person.value(Fact::Age, date(2026, 11, 20)), Value::Int(35));
        let person = Person::default().with(Fact::BirthDate, date(1990, 11, 20));
        assert_eq!(person.value(Fact::Age, date(2026, 11, 20)), Value::Int(36));
    }

    #[test]
    fn a_fact_of_the_wrong_type_is_not_known() {
        let person = Person::default().with(Fact::Living, "yes");
        assert!(person.value(Fact::Living, date(2026, 11, 20)).is_missing());
    }

    #[test]
    fn debug_output_says_which_facts_are_known_and_not_what_they_are() {
        assert_eq!(format!("{:?}", Person::default().with(Fact::Name, "Trần Thị Bình")), "{Name}");
    }
}
