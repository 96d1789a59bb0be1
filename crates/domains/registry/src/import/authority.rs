//! Which source is believed about what, as data: `catalogue/authority.toml`.
//!
//! For each item an order of sources, the most authoritative first. A source changes what an equal or lower one said; it
//! never changes what a higher one said. A source that stands in no order changes only what it said itself.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::Deserialize;

use super::ImportError;
use crate::{
    RegistryError,
    model::{Item, Source, residence::Kind},
};

const BUILT_IN: &str = include_str!("../../../../../catalogue/authority.toml");
/// The table of this process.
static TABLE: OnceLock<Authority> = OnceLock::new();

/// Residences, relatives and papers have no item of their own; these words stand for them.
pub const KIN: &str = "kin";
pub const PAPERS: &str = "papers";
pub const ABSENCE: &str = "temporary_absence";

#[derive(Debug, Clone, Default)]
pub struct Authority {
    default: Vec<Source>,
    by_item: BTreeMap<String, Vec<Source>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    default: Vec<String>,
    #[serde(default)]
    items: Vec<Items>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Items {
    names: Vec<String>,
    order: Vec<String>,
    /// The law behind the order, for those who read the file.
    #[serde(rename = "legal_basis")]
    _legal_basis: String,
}

impl Authority {
    /// The table of this process: an operator's, where one was taken at the start, else the one that was built in.
    pub fn table() -> Result<&'static Self, RegistryError> {
        if let Some(table) = TABLE.get() {
            return Ok(table);
        }
        let built_in = Self::parse(BUILT_IN).map_err(|_| RegistryError::CorrectionRoutes)?;
        Ok(TABLE.get_or_init(|| built_in))
    }

    /// Takes an operator's table, once, before anybody asks; a later one changes nothing.
    pub fn take(text: &str) -> Result<(), ImportError> {
        let table = Self::parse(text)?;
        TABLE.get_or_init(|| table);
        Ok(())
    }

    pub fn parse(text: &str) -> Result<Self, ImportError> {
        let wrong = |why: String| ImportError::Authority { why };
        let file: File = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let order = |codes: &[String]| -> Result<Vec<Source>, ImportError> {
            codes
                .iter()
                .map(|code| Source::parse(code).ok_or_else(|| wrong(format!("there is no source {code}"))))
                .collect()
        };
        let mut by_item = BTreeMap::new();
        for entry in &file.items {
            let order = order(&entry.order)?;
            for name in &entry.names {
                let known = Item::from_key(name).is_some()
                    || Kind::ALL.iter().any(|k| k.item() == name)
                    || [KIN, PAPERS, ABSENCE].contains(&name.as_str());
                if !known {
                    return Err(wrong(format!("there is no item {name}")));
                }
                if by_item.insert(name.clone(), order.clone()).is_some() {
                    return Err(wrong(format!("{name} stands twice")));
                }
            }
        }
        Ok(Self { default: order(&file.default)?, by_item })
    }

    /// Whether `says` may change what `held` said of an item.
    pub fn may_change(&self, item: &str, held: &str, says: Source) -> bool {
        let order = self.by_item.get(item).unwrap_or(&self.default);
        let rank = |source: Source| order.iter().position(|s| *s == source);
        match Source::parse(held) {
            Some(held) if held == says => true,
            Some(held) => match (rank(says), rank(held)) {
                (Some(says), Some(held)) => says <= held,
                (Some(_), None) => true,
                (None, _) => false,
            },
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_status_is_believed_about_births_before_residence_and_that_before_a_bank() {
        let authority = Authority::parse(BUILT_IN).unwrap();
        let may = |item: &str, held: &str, says| authority.may_change(item, held, says);
        assert!(may("birth_date", "population", Source::CivilStatus));
        assert!(!may("birth_date", "civil_status", Source::Residence));
        assert!(may("birth_date", "organisation", Source::Residence));
        assert!(!may("birth_date", "residence", Source::Organisation));
        assert!(may("permanent_residence", "civil_status", Source::Residence));
        assert!(may("birth_date", "organisation", Source::Organisation), "its own word");
    }

    #[test]
    fn without_a_table_a_source_changes_only_its_own_word() {
        let nobody = Authority::default();
        assert!(nobody.may_change("name", "agency", Source::Agency));
        assert!(!nobody.may_change("name", "agency", Source::CivilStatus));
    }

    #[test]
    fn a_table_with_an_unknown_source_or_item_is_refused() {
        let refused = |text: &str| Authority::parse(text).is_err();
        assert!(refused("default = ['church']"));
        assert!(refused("default = []\n[[items]]\nnames = ['shoe_size']\norder = []\nlegal_basis = ''"));
        assert!(refused("default = []\nsomething = 1"));
    }
}
