//! What can be said of a person to a relying party, from which facts of the record it follows, and what it needs.
//!
//! Derived claims come first: whoever needs to know that somebody is of age asks `age_over_18`, not for a birthday. The
//! personal number needs more than consent: a legal basis that the operator approved, and an account of level 2.

use std::collections::BTreeSet;

use base::PersonalNumber;
use contracts::{IdentityLevel, ports::ActingFor};
use forms::{Fact, Person, Value};
use jiff::civil::Date;
use serde_json::{Map, json};

use crate::{acting, model::words};

words! {
    /// A claim about a person. `sub`, `acr`, `amr` and `auth_time` are about the login and need no consent.
    Claim {
        IdentityLevel = "identity_level",
        AgeOver14 = "age_over_14",
        AgeOver16 = "age_over_16",
        AgeOver18 = "age_over_18",
        AgeOver60 = "age_over_60",
        /// Whether what the asker knows already is right; answered at an endpoint of its own.
        IdentityMatch = "identity_match",
        /// Whether the person lives in the province or commune that the request names.
        ResidentOf = "resident_of",
        Name = "name",
        Birthdate = "birthdate",
        Gender = "gender",
        PersonalNumber = "personal_number",
        /// Of who has no personal number: a foreigner's identification number.
        ForeignerNumber = "foreigner_number",
        /// For which organisation the person acts: its e-ID code, its name, and as what.
        Organisation = "organisation",
    }
}

words! {
    /// Scopes that stand for claims.
    Scope {
        Openid = "openid",
        Profile = "profile",
        Age = "age",
        Residence = "residence",
        Number = "number",
        Match = "match",
        Level = "level",
        ForeignerNumber = "foreigner_number",
        Organisation = "organisation",
        /// Tokens that outlive the session (OpenID Connect Core section 11).
        OfflineAccess = "offline_access",
    }
}

impl Scope {
    pub fn claims(self) -> &'static [Claim] {
        match self {
            Self::Openid | Self::OfflineAccess => &[],
            Self::Profile => &[Claim::Name, Claim::Birthdate, Claim::Gender],
            Self::Age => &[Claim::AgeOver14, Claim::AgeOver16, Claim::AgeOver18, Claim::AgeOver60],
            Self::Residence => &[Claim::ResidentOf],
            Self::Number => &[Claim::PersonalNumber],
            Self::Match => &[Claim::IdentityMatch],
            Self::Level => &[Claim::IdentityLevel],
            Self::ForeignerNumber => &[Claim::ForeignerNumber],
            Self::Organisation => &[Claim::Organisation],
        }
    }
}

impl Claim {
    /// The facts of the record that must be read for it; none for what the account itself says.
    pub fn facts(self) -> &'static [Fact] {
        match self {
            Self::IdentityLevel | Self::IdentityMatch | Self::ForeignerNumber | Self::Organisation => &[],
            Self::AgeOver14 | Self::AgeOver16 | Self::AgeOver18 | Self::AgeOver60 | Self::Birthdate => {
                &[Fact::BirthDate]
            }
            Self::ResidentOf => &[Fact::PermanentCommune, Fact::TemporaryCommune],
            Self::Name => &[Fact::Name],
            Self::Gender => &[Fact::Sex],
            Self::PersonalNumber => &[Fact::Number],
        }
    }

    /// The level that an account must have for it (NĐ 69/2024 Art. 7, 10).
    pub fn level_min(self) -> IdentityLevel {
        match self {
            Self::PersonalNumber | Self::ForeignerNumber | Self::Organisation => IdentityLevel::Two,
            _ => IdentityLevel::One,
        }
    }

    /// Whether it is a number by which somebody is found everywhere.
    pub fn is_number(self) -> bool {
        matches!(self, Self::PersonalNumber | Self::ForeignerNumber)
    }

    /// Whether it says no more than yes or no.
    pub fn is_derived(self) -> bool {
        matches!(
            self,
            Self::IdentityLevel
                | Self::IdentityMatch
                | Self::AgeOver14
                | Self::AgeOver16
                | Self::AgeOver18
                | Self::AgeOver60
                | Self::ResidentOf
        )
    }

    fn age(self) -> Option<i16> {
        match self {
            Self::AgeOver14 => Some(14),
            Self::AgeOver16 => Some(16),
            Self::AgeOver18 => Some(18),
            Self::AgeOver60 => Some(60),
            _ => None,
        }
    }
}

/// The facts that a set of claims needs, each once.
pub fn facts_of(claims: &[Claim]) -> Vec<Fact> {
    claims.iter().flat_map(|c| c.facts()).copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// What claims are computed from. Not for printing.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub record: &'a Person,
    pub level: IdentityLevel,
    pub today: Date,
    /// Codes of provinces (two digits) and communes (five) asked for.
    pub places: &'a [String],
    /// Which province a commune lies in.
    pub province_of: &'a dyn Fn(&str) -> Option<String>,
    /// Of a foreigner alone.
    pub foreigner_number: Option<&'a str>,
    /// For whom the person acts.
    pub organisation: Option<&'a ActingFor>,
}

/// The claims with their values; what the record does not say is absent, never invented.
pub fn evaluate(claims: &[Claim], known: Known<'_>) -> Map<String, serde_json::Value> {
    let mut out = Map::new();
    for claim in claims.iter().filter(|c| known.level >= c.level_min()) {
        if let Some(value) = one(*claim, known) {
            out.insert(claim.as_str().to_owned(), value);
        }
    }
    out
}

fn one(claim: Claim, known: Known<'_>) -> Option<serde_json::Value> {
    let text = |fact: Fact| match known.record.value(fact, known.today) {
        Value::Text(text) => Some(text),
        _ => None,
    };
    match claim {
        Claim::IdentityLevel => Some(json!(known.level.number())),
        // Told nowhere but to whoever says first what it thinks (`ops::claims_match`).
        Claim::IdentityMatch => None,
        Claim::Name => text(Fact::Name).map(|t| json!(t)),
        Claim::Gender => text(Fact::Sex).map(|t| json!(t)),
        Claim::PersonalNumber => {
            text(Fact::Number).filter(|n| n.parse::<PersonalNumber>().is_ok()).map(|n| json!(n))
        }
        Claim::Birthdate => match known.record.value(Fact::BirthDate, known.today) {
            // OpenID Connect Core section 5.1: the year alone, or the whole date. A month without a day has no form there.
            Value::Partial(born) => Some(match born.exact() {
                Some(day) => json!(day.to_string()),
                None => json!(format!("{:04}", born.year())),
            }),
            _ => None,
        },
        Claim::ResidentOf => Some(resident_of(known)),
        Claim::ForeignerNumber => known.foreigner_number.map(|n| json!(n)),
        Claim::Organisation => known.organisation.map(acting::value),
        Claim::AgeOver14 | Claim::AgeOver16 | Claim::AgeOver18 | Claim::AgeOver60 => {
            let age = claim.age()?;
            match known.record.value(Fact::BirthDate, known.today) {
                Value::Partial(born) => Some(json!(born.age_on(known.today) >= age)),
                _ => None,
            }
        }
    }
}

/// Of the places asked for, those in which the person lives, by permanent or temporary residence. Nothing of any other.
fn resident_of(known: Known<'_>) -> serde_json::Value {
    let homes: Vec<String> = [Fact::PermanentCommune, Fact::TemporaryCommune]
        .into_iter()
        .filter_map(|fact| match known.record.value(fact, known.today) {
            Value::Text(code) => Some(code),
            _ => None,
        })
        .collect();
    let lives_in = |place: &&String| {
        homes.iter().any(|home| {
            home == *place || (known.province_of)(home).is_some_and(|province| province == **place)
        })
    };
    json!(known.places.iter().filter(lives_in).collect::<Vec<_>>())
}
