//! Units and addresses of the country for the engine, which knows none: from the catalogue, as of today.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use address::AddressBook;
use base::{Clock, vietnam_date};
use catalogue::{Catalogue, Level};
use jiff::civil::Date;
use linkage::{Config, Kind, NoPlaces, Place, Places};

/// Empty where nothing of the country is compared: then no catalogue is read.
#[derive(Debug)]
pub struct Nation(Option<Country>);

struct Country {
    catalogue: Catalogue,
    book: AddressBook,
    today: Date,
}

impl std::fmt::Debug for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Country")
    }
}

impl Nation {
    pub fn new(dir: Option<&Path>, clock: Arc<dyn Clock>, config: &Config) -> anyhow::Result<Self> {
        let asked = config.comparisons.iter().any(|c| matches!(c.kind, Kind::Unit | Kind::Address));
        if !asked {
            return Ok(Self(None));
        }
        let catalogue = match dir {
            Some(dir) => Catalogue::from_dir(dir)?,
            None => Catalogue::embedded()?,
        };
        let today = vietnam_date(clock.now());
        let book = AddressBook::new(catalogue.divisions().address_units(today))?;
        Ok(Self(Some(Country { catalogue, book, today })))
    }

    /// Gives each comparison of units the successors of the country's units, unless the settings have their own.
    pub fn fill_in(&self, config: &mut Config) {
        let Some(country) = &self.0 else { return };
        let units = config.comparisons.iter_mut().filter(|c| c.kind == Kind::Unit && c.successors.is_empty());
        for (comparison, successors) in units.zip(std::iter::repeat(country.successors())) {
            comparison.successors = successors;
        }
    }

    pub fn places(&self) -> &dyn Places {
        match &self.0 {
            Some(country) => country,
            None => &NoPlaces,
        }
    }
}

impl Country {
    /// What became of each unit that is no more.
    fn successors(&self) -> BTreeMap<String, Vec<String>> {
        let divisions = self.catalogue.divisions();
        let gone = divisions.all().iter().filter(|d| {
            d.level() == Level::Commune && divisions.unit_on(d.code.as_str(), self.today).is_none()
        });
        gone.map(|old| {
            let today = divisions.resolve_unit(old, self.today).today;
            (old.code.to_string(), today.iter().map(|s| s.unit.code.to_string()).collect())
        })
        .collect()
    }
}

impl Places for Country {
    fn read(&self, address: &str) -> Option<Place> {
        let read = self.book.read(address);
        let units: Vec<String> = read
            .today
            .iter()
            .filter_map(|id| self.book.unit(*id))
            .map(|unit| unit.code.to_string())
            .collect();
        (!units.is_empty()).then(|| Place { units, rest: read.street() })
    }
}
