//! What an approved dossier changes in the record: typed effects whose arguments are expressions, and their outcome.
//!
//! The domain that owns the record carries an [`Outcome`] out; a new kind of effect is a new variant in both enums.

use base::PersonalNumber;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    expr::{Formula, Type, Value, eval::Env},
    sheet::Sheet,
};

/// One effect of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    RegisterTemporaryResidence(Residence),
    RegisterPermanentResidence(Residence),
}

/// The arguments of a change of residence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residence {
    /// Default: always.
    pub when: Option<Formula>,
    /// Once for each row of this group; `item.…` is the row, and a party of the group is the row's person.
    pub each: Option<String>,
    pub person: Formula,
    pub commune: Formula,
    pub address: Formula,
    /// The householder's number; missing: a household of one's own.
    pub household_of: Option<Formula>,
    pub relation: Option<Formula>,
    pub from: Formula,
    /// Last day; only where the residence ends.
    pub to: Option<Formula>,
}

/// One change to the record, ready to be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    RegisterTemporaryResidence(TemporaryResidence),
    RegisterPermanentResidence(PermanentResidence),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemporaryResidence {
    pub person: PersonalNumber,
    pub commune: String,
    pub address: String,
    pub household_of: Option<PersonalNumber>,
    pub relation: Option<String>,
    pub from: Date,
    pub to: Date,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermanentResidence {
    pub person: PersonalNumber,
    pub commune: String,
    pub address: String,
    pub household_of: Option<PersonalNumber>,
    pub relation: Option<String>,
    pub from: Date,
}

/// An approved dossier does not say what the record needs; nothing may be changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the effect {effect} lacks its {argument}")]
pub struct MissingArgument {
    pub effect: &'static str,
    pub argument: &'static str,
}

impl Effect {
    pub fn name(&self) -> &'static str {
        match self {
            Self::RegisterTemporaryResidence(_) => "register_temporary_residence",
            Self::RegisterPermanentResidence(_) => "register_permanent_residence",
        }
    }

    pub(crate) fn residence(&self) -> &Residence {
        match self {
            Self::RegisterTemporaryResidence(r) | Self::RegisterPermanentResidence(r) => r,
        }
    }

    /// The formulas with the types they must have; the flag says whether the argument is needed.
    pub(crate) fn arguments(&self) -> Vec<(&'static str, Option<&Formula>, Type, bool)> {
        let r = self.residence();
        let temporary = matches!(self, Self::RegisterTemporaryResidence(_));
        vec![
            ("when", r.when.as_ref(), Type::Bool, false),
            ("person", Some(&r.person), Type::Text, true),
            ("commune", Some(&r.commune), Type::Text, true),
            ("address", Some(&r.address), Type::Text, true),
            ("household_of", r.household_of.as_ref(), Type::Text, false),
            ("relation", r.relation.as_ref(), Type::Text, false),
            ("from", Some(&r.from), Type::Date, true),
            ("to", r.to.as_ref(), Type::Date, temporary),
        ]
    }

    fn outcome(&self, env: &dyn Env) -> Result<Option<Outcome>, MissingArgument> {
        let r = self.residence();
        if !r.when.as_ref().is_none_or(|w| w.holds(env)) {
            return Ok(None);
        }
        let lacks = |argument| MissingArgument { effect: self.name(), argument };
        let value = |f: &Formula| f.value(env);
        let optional = |f: &Option<Formula>| f.as_ref().map(value).unwrap_or_default();
        let number = |v: Value, argument| {
            v.text().map(|t| t.parse::<PersonalNumber>().map_err(|_| lacks(argument))).transpose()
        };
        let person = number(value(&r.person), "person")?.ok_or_else(|| lacks("person"))?;
        let commune = value(&r.commune).text().ok_or_else(|| lacks("commune"))?;
        let address = value(&r.address).text().ok_or_else(|| lacks("address"))?;
        let household_of = number(optional(&r.household_of), "household_of")?;
        let relation = optional(&r.relation).text();
        let from = value(&r.from).date().ok_or_else(|| lacks("from"))?;
        Ok(Some(match self {
            Self::RegisterTemporaryResidence(_) => {
                let to = optional(&r.to).date().ok_or_else(|| lacks("to"))?;
                Outcome::RegisterTemporaryResidence(TemporaryResidence {
                    person,
                    commune,
                    address,
                    household_of,
                    relation,
                    from,
                    to,
                })
            }
            Self::RegisterPermanentResidence(_) => Outcome::RegisterPermanentResidence(PermanentResidence {
                person,
                commune,
                address,
                household_of,
                relation,
                from,
            }),
        }))
    }
}

impl Sheet<'_> {
    /// The changes that follow from approving this dossier, in order. `today` of the sheet is the day of decision.
    pub fn effects(&self) -> Result<Vec<Outcome>, MissingArgument> {
        let mut outcomes = Vec::new();
        for effect in &self.service().effects {
            match &effect.residence().each {
                None => outcomes.extend(effect.outcome(self)?),
                Some(group) => {
                    for env in self.row_envs(group) {
                        outcomes.extend(effect.outcome(&env)?);
                    }
                }
            }
        }
        Ok(outcomes)
    }
}
