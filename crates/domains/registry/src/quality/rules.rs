//! What good data is, as data: `catalogue/quality/rules.toml`. The checks are a closed set of names; which of them hold,
//! with which values, how grave they are and what they are called is said by the file.

use std::collections::{BTreeMap, BTreeSet};

use base::{Lang, Text};
use serde::{Deserialize, Serialize};

use crate::model::{Item, Relation, Source};

/// Stands for the main residence beside the items.
pub const RESIDENCE: &str = "residence";

/// What a rule looks at: the four questions of the law-maker, đúng, đủ, sạch, sống.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    Correct,
    Complete,
    Clean,
    Live,
}

impl Area {
    pub const ALL: [Self; 4] = [Self::Correct, Self::Complete, Self::Clean, Self::Live];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Complete => "complete",
            Self::Clean => "clean",
            Self::Live => "live",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Cannot be so.
    Error,
    /// May be so; somebody should look.
    Warning,
}

/// What can be checked of a person, with the facts of the nearest kin.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    ItemMissing {
        item: Item,
    },
    BirthDayUnknown,
    ResidenceMissing,
    /// Younger than so and tied to no parent, adoptive parent or guardian.
    ParentsMissing {
        under_years: i16,
    },
    /// A parent certainly younger than so at the birth. Zero: born after the child.
    ParentAge {
        under_years: i16,
    },
    /// Born more than so many days after a parent's death.
    ParentDead {
        relation: Relation,
        days_before: i64,
    },
    ParentSex,
    TiesAtOnce {
        relation: Relation,
        more_than: usize,
    },
    MarriedUnder {
        male_years: i16,
        female_years: i16,
    },
    MaritalStatus,
    ActsAfterDeath,
    DateOrder,
    OlderThan {
        years: i16,
    },
    UnitNotInForce,
    ResidencesAtOnce,
    NumberSex,
    NumberYear,
    SourcesDiffer,
    SaidWrong,
    /// Older than so and without any sign of life for so many months.
    Silent {
        over_years: i16,
        months: i32,
    },
}

impl Check {
    /// Birthdays on which the outcome may change by itself.
    pub fn ages(&self) -> Vec<i16> {
        match self {
            Self::ParentsMissing { under_years } => vec![*under_years],
            // Older than: from the next birthday on.
            Self::OlderThan { years } | Self::Silent { over_years: years, .. } => {
                vec![years.saturating_add(1)]
            }
            _ => Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: String,
    pub area: Area,
    pub severity: Severity,
    /// Days that the commune has.
    pub days: i32,
    pub check: Check,
    vi: String,
    en: String,
}

impl Rule {
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }

    pub fn text(&self) -> Text {
        Text::new(self.vi.clone(), self.en.clone())
    }
}

/// How many are asked each week.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    pub share: f64,
    pub least: i64,
    pub most: i64,
    pub open_days: i32,
    /// Items that are asked for; [`RESIDENCE`] stands for the main residence.
    pub items: Vec<String>,
}

/// Who confirms an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    sources: BTreeSet<&'static str>,
    pub loads: bool,
}

impl Confirmed {
    pub fn by(&self, source: &str) -> bool {
        self.sources.contains(source)
    }
}

#[derive(Debug, Clone)]
pub struct Rules {
    pub stale_months: i32,
    pub sample: Sample,
    pub rules: Vec<Rule>,
    confirmed: BTreeMap<String, Confirmed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    stale_months: i32,
    sample: Sample,
    confirmed: Vec<Group>,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    items: Vec<String>,
    sources: Vec<String>,
    loads: bool,
    /// For those who read the file.
    #[serde(rename = "legal_basis")]
    _legal_basis: String,
}

/// Why a file of rules is refused.
#[derive(Debug, thiserror::Error)]
#[error("the rules of quality: {0}")]
pub struct RulesError(String);

impl Rules {
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let wrong = |why: String| RulesError(why);
        let file: File = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let known = |name: &String| match name.as_str() == RESIDENCE || Item::from_key(name).is_some() {
            true => Ok(()),
            false => Err(wrong(format!("there is no item {name}"))),
        };
        let mut confirmed = BTreeMap::new();
        for group in &file.confirmed {
            let sources = group.sources.iter().map(|code| {
                Source::parse(code)
                    .map(Source::as_str)
                    .ok_or_else(|| wrong(format!("there is no source {code}")))
            });
            let by = Confirmed { sources: sources.collect::<Result<_, _>>()?, loads: group.loads };
            for item in &group.items {
                known(item)?;
                if confirmed.insert(item.clone(), by.clone()).is_some() {
                    return Err(wrong(format!("{item} stands twice")));
                }
            }
        }
        file.sample.items.iter().try_for_each(known)?;
        let sample = &file.sample;
        if !(0.0..=1.0).contains(&sample.share) || sample.least < 0 || sample.most < sample.least {
            return Err(wrong("the sample's share or bounds are impossible".to_owned()));
        }
        let mut ids = BTreeSet::new();
        for rule in &file.rules {
            let word = rule.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            if !word || rule.id.is_empty() || !ids.insert(rule.id.as_str()) {
                return Err(wrong(format!("the rule {} stands twice or is no word", rule.id)));
            }
            if rule.days < 1 {
                return Err(wrong(format!("the rule {} leaves no day", rule.id)));
            }
        }
        Ok(Self { stale_months: file.stale_months, sample: file.sample, rules: file.rules, confirmed })
    }

    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Items whose confirmation counts, with who confirms each.
    pub fn confirmed(&self) -> impl Iterator<Item = (&str, &Confirmed)> {
        self.confirmed.iter().map(|(item, by)| (item.as_str(), by))
    }
}

#[cfg(test)]
pub(crate) const FILE: &str = include_str!("../../../../../catalogue/quality/rules.toml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_s_rules_can_be_read_and_speak_both_languages() {
        let rules = Rules::parse(FILE).unwrap();
        assert!(rules.rules.len() >= 20);
        for rule in &rules.rules {
            for lang in Lang::ALL {
                assert!(
                    !rule.name(lang).is_empty() && rule.name(lang) == base::nfc(rule.name(lang)),
                    "{}",
                    rule.id
                );
            }
        }
        for area in Area::ALL {
            assert!(rules.rules.iter().any(|rule| rule.area == area), "{area:?}");
        }
    }

    #[test]
    fn what_the_program_does_not_know_is_refused_with_its_name() {
        for (from, to, why) in [
            ("check = \"parent_sex\"", "check = \"parent_hat\"", "parent_hat"),
            ("sources = [\"residence\"]", "sources = [\"hearsay\"]", "hearsay"),
            ("items = [\"number\"]", "items = [\"shoe_size\"]", "shoe_size"),
            ("items = [\"number\"]", "items = [\"name\"]", "twice"),
            ("id = \"two_spouses\"", "id = \"very_old\"", "very_old"),
            ("share = 0.001", "share = 1.5", "share"),
        ] {
            assert!(FILE.contains(from), "{from}");
            let refused = Rules::parse(&FILE.replace(from, to)).unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }
}
