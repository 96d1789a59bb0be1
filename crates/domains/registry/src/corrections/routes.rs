//! Who corrects what, and by when: the table of `catalogue/corrections.toml`. Pure.

use std::{collections::BTreeMap, sync::LazyLock};

use base::{Calendar, calendar::UnknownYear};
use contracts::{AgencyId, CommuneCode, ports::Nation};
use jiff::civil::Date;
use serde::Deserialize;

use super::Subject;
use crate::{
    RegistryError,
    model::{Source, residence::Kind},
};

static TABLE: LazyLock<Result<Routes, String>> =
    LazyLock::new(|| Routes::parse(include_str!("../../../../../catalogue/corrections.toml")));

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Commune,
    Province,
}

/// One authority and how its agencies are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `civil_status`, `residence`, `identity` or `population`.
    pub authority: String,
    template: String,
    level: Level,
    /// What the record says of where the corrected value comes from.
    pub source: Source,
    pub legal_basis: String,
    /// Two officers decide.
    pub protected: bool,
}

#[derive(Debug, Clone)]
pub struct Routes {
    by_item: BTreeMap<String, Route>,
    order: Vec<Kind>,
    pub limit_working_days: u32,
    pub legal_basis: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    limit_working_days: u32,
    residence_order: Vec<String>,
    protected: Vec<String>,
    legal_basis: String,
    route: Vec<RouteEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteEntry {
    authority: String,
    agency: String,
    level: Level,
    source: String,
    items: Vec<String>,
    legal_basis: String,
}

impl Routes {
    /// The table that was built in.
    pub fn table() -> Result<&'static Self, RegistryError> {
        TABLE.as_ref().map_err(|_| RegistryError::CorrectionRoutes)
    }

    /// Every item once, or what is wrong with the table.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let mut by_item = BTreeMap::new();
        for entry in file.route {
            let source =
                Source::parse(&entry.source).ok_or_else(|| format!("there is no source {}", entry.source))?;
            for item in entry.items {
                let route = Route {
                    authority: entry.authority.clone(),
                    template: entry.agency.clone(),
                    level: entry.level,
                    source,
                    legal_basis: entry.legal_basis.clone(),
                    protected: file.protected.contains(&item),
                };
                if by_item.insert(item.clone(), route).is_some() {
                    return Err(format!("{item} stands twice"));
                }
            }
        }
        if let Some(missing) = Subject::all().find(|s| !by_item.contains_key(s.routed_as())) {
            return Err(format!("{} has no route", missing.routed_as()));
        }
        let known = |name: &str| Subject::all().any(|s| s.routed_as() == name);
        if let Some(unknown) = by_item.keys().chain(&file.protected).find(|name| !known(name)) {
            return Err(format!("there is no item {unknown}"));
        }
        let kind = |name: &String| Kind::ALL.into_iter().find(|k| k.item() == name);
        let order = file.residence_order.iter().map(|name| kind(name).ok_or_else(|| name.clone()));
        let order = order.collect::<Result<_, _>>()?;
        let File { limit_working_days, legal_basis, .. } = file;
        Ok(Self { by_item, order, limit_working_days, legal_basis })
    }

    pub fn of(&self, subject: Subject) -> Result<&Route, RegistryError> {
        self.by_item.get(subject.routed_as()).ok_or(RegistryError::CorrectionRoutes)
    }

    /// The commune that counts, of the residences that hold today.
    pub fn home<'a>(&self, held: &'a [(Kind, CommuneCode)]) -> Option<&'a CommuneCode> {
        self.order.iter().find_map(|kind| held.iter().find(|(k, _)| k == kind)).map(|(_, commune)| commune)
    }

    /// The last day for the decision.
    pub fn due(&self, calendar: &Calendar, today: Date) -> Result<Date, UnknownYear> {
        calendar.add(today, self.limit_working_days)
    }
}

impl Route {
    /// The agency for who lives in a commune; none where the nation knows no such agency.
    pub fn agency(&self, nation: &dyn Nation, commune: &CommuneCode) -> Option<AgencyId> {
        let unit = match self.level {
            Level::Commune => commune.as_str().to_owned(),
            // The police of the province bear its code.
            Level::Province => {
                let above = nation.agency_for(commune, forms::Level::Province)?.id;
                above.as_str().rsplit_once('-')?.1.to_owned()
            }
        };
        Some(nation.agency(&AgencyId::new(format!("{}-{unit}", self.template)))?.id)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::Item;

    const FILE: &str = include_str!("../../../../../catalogue/corrections.toml");

    #[test]
    fn the_table_routes_as_the_law_says() {
        let routes = Routes::parse(FILE).unwrap();
        let to = |key: &str| {
            let route = routes.of(Subject::parse(key).unwrap()).unwrap();
            (route.authority.as_str(), route.template.as_str(), route.protected)
        };
        assert_eq!(to("name"), ("civil_status", "UBND-X", true));
        assert_eq!(to("birth_date"), ("civil_status", "UBND-X", true));
        assert_eq!(to("sex"), ("civil_status", "UBND-X", true));
        assert_eq!(to("marital_status"), ("civil_status", "UBND-X", false));
        assert_eq!(to("kin_father"), ("civil_status", "UBND-X", false));
        assert_eq!(to("permanent_residence"), ("residence", "CA-X", false));
        assert_eq!(to("household"), ("residence", "CA-X", false));
        assert_eq!(to("number"), ("identity", "PC06", false));
        assert_eq!(to("papers"), ("identity", "PC06", false));
        assert_eq!(to("phone"), ("population", "CA-X", false));
        assert_eq!(routes.limit_working_days, 2);
    }

    #[test]
    fn permanent_counts_before_temporary_before_current() {
        let routes = Routes::parse(FILE).unwrap();
        let [a, b, c] = ["00004", "00008", "00070"].map(CommuneCode::new);
        let current = (Kind::Current, c.clone());
        assert_eq!(routes.home(&[current.clone(), (Kind::Temporary, b.clone())]), Some(&b));
        assert_eq!(
            routes.home(&[current.clone(), (Kind::Temporary, b), (Kind::Permanent, a.clone())]),
            Some(&a)
        );
        assert_eq!(routes.home(&[current]), Some(&c));
        assert_eq!(routes.home(&[]), None);
    }

    #[test]
    fn two_working_days_jump_the_weekend() {
        let (routes, calendar) = (Routes::parse(FILE).unwrap(), Calendar::new([2026], []));
        // A Friday.
        assert_eq!(routes.due(&calendar, date(2026, 11, 20)), Ok(date(2026, 11, 24)));
    }

    #[test]
    fn a_table_with_a_hole_or_a_stranger_is_refused() {
        let without = FILE.replace("\"phone\", ", "");
        assert!(Routes::parse(&without).unwrap_err().contains(Item::Phone.key()));
        assert!(Routes::parse(&FILE.replace("\"phone\"", "\"phone\", \"shoe_size\"")).is_err());
        assert!(
            Routes::parse(&FILE.replace("\"phone\"", "\"phone\", \"name\"")).unwrap_err().contains("twice")
        );
    }
}
