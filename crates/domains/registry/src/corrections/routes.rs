//! Who corrects what, and by when: the table of `catalogue/corrections.toml`. Pure.

use std::{collections::BTreeMap, sync::OnceLock};

use base::{Calendar, calendar::UnknownYear};
use contracts::{AgencyId, CommuneCode, ports::Nation};
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::Subject;
use crate::{
    RegistryError,
    model::{Source, residence::Kind},
    tables::{Table, TableFaults},
};

const BUILT_IN: &str = include_str!("../../../../../catalogue/corrections.toml");
/// The table of this process.
static TABLE: OnceLock<Routes> = OnceLock::new();

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
    limit_working_days: Spanned<u32>,
    residence_order: Vec<Spanned<String>>,
    protected: Vec<Spanned<String>>,
    legal_basis: String,
    route: Vec<RouteEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteEntry {
    authority: String,
    agency: String,
    level: Level,
    source: Spanned<String>,
    items: Vec<Spanned<String>>,
    legal_basis: String,
}

impl Routes {
    /// The table of this process: an operator's, where one was taken at the start, else the one that was built in.
    pub fn table() -> Result<&'static Self, RegistryError> {
        if let Some(table) = TABLE.get() {
            return Ok(table);
        }
        let built_in = Self::parse(BUILT_IN).map_err(|_| RegistryError::CorrectionRoutes)?;
        Ok(TABLE.get_or_init(|| built_in))
    }

    /// Takes an operator's table, once, before anybody asks; a later one changes nothing.
    pub fn take(text: &str) -> Result<(), TableFaults> {
        let table = Self::parse(text)?;
        TABLE.get_or_init(|| table);
        Ok(())
    }

    /// Every item once, or what is wrong with the table.
    pub fn parse(text: &str) -> Result<Self, TableFaults> {
        let (mut table, file) = Table::read::<File>(text, "correction.form")?;
        let known = |name: &str| Subject::all().any(|s| s.routed_as() == name);
        for name in file.protected.iter().chain(file.route.iter().flat_map(|r| &r.items)) {
            if !known(name.get_ref()) {
                table.fault(name.span(), "correction.item", format!("there is no item {}", name.get_ref()));
            }
        }
        let mut by_item = BTreeMap::new();
        for entry in file.route {
            let Some(source) = Source::parse(entry.source.get_ref()) else {
                let message = format!("there is no source {}", entry.source.get_ref());
                table.fault(entry.source.span(), "correction.source", message);
                continue;
            };
            for item in entry.items {
                let route = Route {
                    authority: entry.authority.clone(),
                    template: entry.agency.clone(),
                    level: entry.level,
                    source,
                    legal_basis: entry.legal_basis.clone(),
                    protected: file.protected.iter().any(|p| p.get_ref() == item.get_ref()),
                };
                if by_item.insert(item.get_ref().clone(), route).is_some() {
                    table.fault(item.span(), "correction.item", format!("{} stands twice", item.get_ref()));
                }
            }
        }
        if let Some(missing) = Subject::all().find(|s| !by_item.contains_key(s.routed_as())) {
            table.fault(0..0, "correction.route", format!("{} has no route", missing.routed_as()));
        }
        let mut order = Vec::new();
        for name in &file.residence_order {
            match Kind::ALL.into_iter().find(|k| k.item() == name.get_ref()) {
                Some(kind) => order.push(kind),
                None => {
                    let message = format!("{} is no residence", name.get_ref());
                    table.fault(name.span(), "correction.residence_order", message);
                }
            }
        }
        if *file.limit_working_days.get_ref() == 0 {
            let at = file.limit_working_days.span();
            table.fault(at, "correction.limit_working_days", "leaves no day");
        }
        let limit_working_days = file.limit_working_days.into_inner();
        table.done(Self { by_item, order, limit_working_days, legal_basis: file.legal_basis })
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
    fn a_table_with_a_hole_or_a_stranger_is_refused_with_line_and_rule() {
        let faults = |from: &str, to: &str| {
            assert!(FILE.contains(from), "{from}");
            let refused = Routes::parse(&FILE.replacen(from, to, 1)).unwrap_err().0;
            let line = FILE.lines().position(|l| l.contains(from)).unwrap() + 1;
            refused.into_iter().map(|f| (f.rule, f.line == line, f.message)).collect::<Vec<_>>()
        };
        let hole = faults("\"phone\", ", "");
        assert_eq!((hole[0].0, hole.len()), ("correction.route", 1));
        assert!(hole[0].2.contains(Item::Phone.key()));
        for (from, to, rule, why) in [
            ("\"phone\"", "\"phone\", \"shoe_size\"", "correction.item", "shoe_size"),
            ("\"phone\"", "\"phone\", \"name\"", "correction.item", "twice"),
            ("source = \"residence\"", "source = \"hearsay\"", "correction.source", "hearsay"),
            ("limit_working_days = 2", "limit_working_days = 0", "correction.limit_working_days", "day"),
            ("level = \"province\"", "level = \"village\"", "correction.form", "village"),
            (
                "\"temporary_residence\", \"current_residence\"]",
                "\"tent\"]",
                "correction.residence_order",
                "tent",
            ),
        ] {
            let (found, here, message) = faults(from, to).remove(0);
            assert_eq!((found, here), (rule, true), "{message}");
            assert!(message.contains(why), "{message}");
        }
    }
}
