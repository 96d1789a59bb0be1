//! One synthetic person as the outside sees them: flat, with kin named by number.

use std::sync::Arc;

use base::{PartialDate, PersonalNumber, Sex};
use jiff::civil::Date;

use crate::names::Ethnicity;

/// Marital status in the word of the CSV column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marital {
    Single,
    Married,
    Widowed,
    Divorced,
}

impl Marital {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Married => "married",
            Self::Widowed => "widowed",
            Self::Divorced => "divorced",
        }
    }
}

/// Relation to the head of the household (chủ hộ), in the order in which members are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    Head,
    Spouse,
    Child,
    ChildInLaw,
    Grandchild,
    Parent,
}

impl Relation {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Spouse => "spouse",
            Self::Child => "child",
            Self::ChildInLaw => "child_in_law",
            Self::Grandchild => "grandchild",
            Self::Parent => "parent",
        }
    }
}

/// Father, mother or spouse. The number is there when this person has a row of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kin {
    pub number: Option<PersonalNumber>,
    pub name: Option<String>,
}

/// Where somebody is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Residence {
    /// Code of the commune, five digits.
    pub commune: Arc<str>,
    /// House, street, hamlet: what stands before the commune in an address.
    pub address: String,
    pub since: Date,
}

/// Temporary residence (tạm trú); at most two years.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    pub at: Residence,
    pub until: Date,
}

/// A made-up person. `Debug` may show everything: nobody real is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub source_key: String,
    pub number: PersonalNumber,
    /// The old number of nine digits.
    pub old_number: Option<String>,
    pub name: String,
    pub sex: Sex,
    pub birth: PartialDate,
    pub death: Option<Date>,
    /// Commune of birth registration, as the code of today.
    pub birth_place: Arc<str>,
    /// Home town (quê quán): the father's.
    pub home_town: Arc<str>,
    pub ethnicity: Ethnicity,
    pub marital: Marital,
    pub father: Kin,
    pub mother: Kin,
    pub spouse: Kin,
    /// Key of the household and relation to its head; none for the dead.
    pub household: Option<(Arc<str>, Relation)>,
    /// Permanent residence; the last one of the dead.
    pub permanent: Residence,
    pub temporary: Option<Stay>,
    pub phone: Option<String>,
    pub held: Held,
}

/// What a record holds beside: contacts and their confirmation, religion, blood group, papers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    pub religion: Option<&'static str>,
    pub blood_group: Option<&'static str>,
    pub email: Option<String>,
    pub phone_verified: Option<Date>,
    pub email_verified: Option<Date>,
    pub residence_record: Option<String>,
    /// Identity card; its number is the personal number.
    pub paper: Option<Paper>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    pub kind: &'static str,
    pub issued_at: &'static str,
    pub issued_on: Date,
    /// Last day; none: without end.
    pub expires_on: Option<Date>,
}
