//! What good data is, as data: `catalogue/quality/rules.toml`. The checks are a closed set of names; which of them hold,
//! with which values, how grave they are and what they are called is said by the file.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use base::{Lang, Text};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::{
    model::{Item, Relation, Source, vital::Vital},
    tables::{Table, TableFaults},
};

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
    /// A birth or death of the last months that, so many days later, only one source has told of.
    OneSource {
        event: Vital,
        after_days: i64,
        months: i64,
    },
    /// The words of the main residence's address name units, and not the one that is recorded.
    AddressElsewhere,
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

#[derive(Debug, Clone)]
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
    stale_months: Spanned<i32>,
    sample: Spanned<Sample>,
    confirmed: Vec<Group>,
    rules: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    items: Vec<Spanned<String>>,
    sources: Vec<Spanned<String>>,
    loads: bool,
    /// For those who read the file.
    #[serde(rename = "legal_basis")]
    _legal_basis: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: Spanned<String>,
    area: Area,
    severity: Severity,
    days: Spanned<i32>,
    check: Check,
    vi: Spanned<String>,
    en: Spanned<String>,
}

impl Rules {
    pub fn parse(text: &str) -> Result<Self, TableFaults> {
        let (mut table, file) = Table::read::<File>(text, "quality.form")?;
        let mut confirmed = BTreeMap::new();
        for group in file.confirmed {
            let mut by = Confirmed { sources: BTreeSet::new(), loads: group.loads };
            for code in group.sources {
                match Source::parse(code.get_ref()) {
                    Some(source) => drop(by.sources.insert(source.as_str())),
                    None => {
                        table.fault(
                            code.span(),
                            "quality.source",
                            format!("there is no source {}", code.get_ref()),
                        );
                    }
                }
            }
            for item in group.items {
                known(&mut table, item.span(), item.get_ref());
                if confirmed.insert(item.get_ref().clone(), by.clone()).is_some() {
                    table.fault(item.span(), "quality.item", format!("{} stands twice", item.get_ref()));
                }
            }
        }
        if *file.stale_months.get_ref() < 1 {
            table.fault(file.stale_months.span(), "quality.stale_months", "must be a month at least");
        }
        let (at, sample) = (file.sample.span(), file.sample.into_inner());
        sample.items.iter().for_each(|item| known(&mut table, at.clone(), item));
        if !(0.0..=1.0).contains(&sample.share) || sample.least < 0 || sample.most < sample.least {
            table.fault(at, "quality.sample", "the share or the bounds are impossible");
        }
        let rules = rules(&mut table, file.rules);
        let stale_months = file.stale_months.into_inner();
        table.done(Self { stale_months, sample, rules, confirmed })
    }

    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Items whose confirmation counts, with who confirms each.
    pub fn confirmed(&self) -> impl Iterator<Item = (&str, &Confirmed)> {
        self.confirmed.iter().map(|(item, by)| (item.as_str(), by))
    }
}

fn known(table: &mut Table<'_>, at: Range<usize>, name: &str) {
    if name != RESIDENCE && Item::from_key(name).is_none() {
        table.fault(at, "quality.item", format!("there is no item {name}"));
    }
}

fn rules(table: &mut Table<'_>, raw: Vec<RawRule>) -> Vec<Rule> {
    let mut ids: BTreeSet<String> = BTreeSet::new();
    let mut rules = Vec::with_capacity(raw.len());
    for rule in raw {
        let id = rule.id.get_ref();
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            table.fault(rule.id.span(), "quality.rule", format!("{id:?} is no word of small letters"));
        }
        if !ids.insert(id.clone()) {
            table.fault(rule.id.span(), "quality.rule", format!("the rule {id} stands twice"));
        }
        if *rule.days.get_ref() < 1 {
            table.fault(rule.days.span(), "quality.days", format!("the rule {id} leaves no day"));
        }
        for name in [&rule.vi, &rule.en] {
            if name.get_ref().trim().is_empty() || *name.get_ref() != base::nfc(name.get_ref()) {
                table.fault(name.span(), "quality.name", format!("the rule {id} needs a name in NFC"));
            }
        }
        let RawRule { id, area, severity, days, check, vi, en } = rule;
        let (id, days) = (id.into_inner(), days.into_inner());
        rules.push(Rule { id, area, severity, days, check, vi: vi.into_inner(), en: en.into_inner() });
    }
    rules
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

    /// Where a text stands in the file, counted from 1.
    fn line_of(text: &str) -> usize {
        FILE.lines().position(|line| line.contains(text)).unwrap() + 1
    }

    #[test]
    fn what_the_program_does_not_know_is_refused_with_its_name_line_and_rule() {
        for (from, to, why, rule) in [
            ("check = \"parent_sex\"", "check = \"parent_hat\"", "parent_hat", "quality.form"),
            ("sources = [\"residence\"]", "sources = [\"hearsay\"]", "hearsay", "quality.source"),
            ("items = [\"number\"]", "items = [\"shoe_size\"]", "shoe_size", "quality.item"),
            ("items = [\"number\"]", "items = [\"name\"]", "twice", "quality.item"),
            ("id = \"two_spouses\"", "id = \"very_old\"", "very_old", "quality.rule"),
            ("days = 180", "days = 0", "birth_day_unknown", "quality.days"),
            ("vi = \"Thiếu dân tộc\"", "vi = \"\"", "ethnicity_missing", "quality.name"),
            ("stale_months = 24", "stale_months = 0", "month", "quality.stale_months"),
        ] {
            let refused = Rules::parse(&FILE.replacen(from, to, 1)).unwrap_err().0;
            assert!(refused[0].message.contains(why), "{refused:?}");
            assert_eq!(refused[0].rule, rule);
            if rule != "quality.rule" {
                assert_eq!(refused[0].line, line_of(from), "{from}");
            }
        }
        let share = Rules::parse(&FILE.replace("share = 0.001", "share = 1.5")).unwrap_err();
        assert_eq!(share.0[0].rule, "quality.sample");
        let both = FILE.replace("days = 180", "days = 0").replace("share = 0.001", "share = 1.5");
        assert_eq!(Rules::parse(&both).unwrap_err().0.len(), 2, "everything that is wrong, at once");
    }
}
