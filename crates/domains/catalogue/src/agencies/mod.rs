//! Agencies: ministries and departments by name, provincial and communal ones by rule.
//!
//! The 3,321 commune police units, committees and service centres, and all provincial ones, are not written out: a row of
//! `agency_templates.csv` and a division make one. An id is `<template>-<division code>` (`CA-X-26740`) or a symbol (`C06`).
//! As divisions change, an id names the agency *of a day*.
//! - this file: the words, and the directory that answers
//! - `load`: the files and their rules
//! - `dossier_code`: dossier codes and their forms

mod dossier_code;
mod load;

use base::{Lang, Text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use dossier_code::{DossierTemplate, is_dossier_code};

use crate::{
    divisions::{Division, DivisionCode, Divisions},
    validity::{Certainty, Level, Validity},
};

/// Agencies above one another; more than this is a mistake in the data.
const ANCESTORS_MAX: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgencyKind {
    Government,
    Ministry,
    CentralAgency,
    MpsDepartment,
    ProvincialPolice,
    ProvincialCommittee,
    PoliceDivision,
    DistrictPolice,
    DistrictCommittee,
    CommunePolice,
    CommuneCommittee,
    ServiceCentre,
}

impl AgencyKind {
    pub fn is_police(self) -> bool {
        matches!(
            self,
            Self::MpsDepartment
                | Self::ProvincialPolice
                | Self::PoliceDivision
                | Self::DistrictPolice
                | Self::CommunePolice
        )
    }
}

/// One agency as it was on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agency {
    /// Ours, not official.
    pub id: String,
    pub kind: AgencyKind,
    pub level: Level,
    pub parent: Option<String>,
    pub name: Text,
    /// Code of QĐ 20/2020/QĐ-TTg, where known (`G01`, `H29`).
    pub org_code: Option<String>,
    /// Code that the agency's dossier codes begin with; see `catalogue/README.md` for where it is derived.
    pub unit_code: Option<String>,
    /// The division it serves.
    pub division: Option<DivisionCode>,
    pub validity: Validity,
    pub certainty: Certainty,
    dossier_code: Option<String>,
}

/// A rule that makes one agency for each division of a level.
#[derive(Debug)]
struct Template {
    id: String,
    kind: AgencyKind,
    level: Level,
    per: Level,
    parent: String,
    name: Text,
    unit_code: String,
    dossier_code: Option<String>,
    validity: Validity,
}

/// What the files say; ask through [`AgencyDirectory`].
#[derive(Debug, Default)]
pub struct Agencies {
    fixed: Vec<Agency>,
    templates: Vec<Template>,
}

/// Agencies together with the divisions they are derived from.
#[derive(Debug, Clone, Copy)]
pub struct AgencyDirectory<'a> {
    agencies: &'a Agencies,
    divisions: &'a Divisions,
}

impl Agencies {
    pub(crate) fn over<'a>(&'a self, divisions: &'a Divisions) -> AgencyDirectory<'a> {
        AgencyDirectory { agencies: self, divisions }
    }

    /// Whether an id names a single agency or a template.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.fixed.iter().any(|a| a.id == id) || self.templates.iter().any(|t| t.id == id)
    }
}

impl<'a> AgencyDirectory<'a> {
    /// The agency with this id, as it was on a day.
    pub fn get(self, id: &str, day: Date) -> Option<Agency> {
        let fixed = self.agencies.fixed.iter().find(|a| a.id == id && a.validity.contains(day));
        if let Some(agency) = fixed {
            return Some(agency.clone());
        }
        let (template, code) = id.rsplit_once('-')?;
        self.instance(template, code, day).filter(|a| a.id == id)
    }

    /// The agency that a template makes for a division (`CA-X`, `26740`). A template of a province serves its communes too,
    /// so that "the provincial police" of a commune can be asked for.
    pub fn instance(self, template: &str, division: &str, day: Date) -> Option<Agency> {
        let template =
            self.agencies.templates.iter().find(|t| t.id == template && t.validity.contains(day))?;
        let division = self.divisions.unit_on(division, day)?;
        let served = self.divisions.lineage(division).find(|d| d.level() == template.per)?;
        Some(self.make(template, served, day))
    }

    /// The police agency that serves a commune: commune police.
    pub fn police_of_commune(self, commune: &str, day: Date) -> Option<Agency> {
        self.instance("CA-X", commune, day)
    }

    /// The People's Committee of a commune.
    pub fn committee_of_commune(self, commune: &str, day: Date) -> Option<Agency> {
        self.instance("UBND-X", commune, day)
    }

    /// The agencies above one, nearest first.
    pub fn ancestors(self, id: &str, day: Date) -> Vec<Agency> {
        let first = self.get(id, day);
        std::iter::successors(first, |a| self.get(a.parent.as_deref()?, day))
            .skip(1)
            .take(ANCESTORS_MAX)
            .collect()
    }

    /// Whether one agency stands above another (or is it).
    pub fn is_within(self, id: &str, above: &str, day: Date) -> bool {
        id == above || self.ancestors(id, day).iter().any(|a| a.id == above)
    }

    /// The agencies directly below one, on a day.
    pub fn children(self, id: &str, day: Date) -> Vec<Agency> {
        let fixed = self.agencies.fixed.iter();
        let mut below: Vec<Agency> =
            fixed.filter(|a| a.parent.as_deref() == Some(id) && a.validity.contains(day)).cloned().collect();
        let (parent, code) = match id.rsplit_once('-') {
            Some((template, code)) if self.get(id, day).is_some_and(|a| a.division.is_some()) => {
                (template, Some(code))
            }
            _ => (id, None),
        };
        for template in
            self.agencies.templates.iter().filter(|t| t.parent == parent && t.validity.contains(day))
        {
            let units =
                self.divisions.all().iter().filter(|d| d.level() == template.per && d.validity.contains(day));
            let served = units.filter(|d| {
                code.is_none_or(|code| self.divisions.lineage(d).any(|above| above.code.as_str() == code))
            });
            below.extend(served.map(|d| self.make(template, d, day)));
        }
        below
    }

    /// Every agency of a level on a day; some ten thousand at commune level.
    pub fn of_level(self, level: Level, day: Date) -> impl Iterator<Item = Agency> + 'a {
        let fixed =
            self.agencies.fixed.iter().filter(move |a| a.level == level && a.validity.contains(day)).cloned();
        let templates =
            self.agencies.templates.iter().filter(move |t| t.level == level && t.validity.contains(day));
        let made = templates.flat_map(move |t| {
            let units = self.divisions.all().iter();
            units
                .filter(move |d| d.level() == t.per && d.validity.contains(day))
                .map(move |d| self.make(t, d, day))
        });
        fixed.chain(made)
    }

    /// How the dossiers of an agency are numbered: by its own code, or that of the nearest agency above that has one.
    pub fn dossier_template(self, id: &str, day: Date) -> Option<DossierTemplate> {
        let own = self.get(id, day)?;
        let above = self.ancestors(id, day);
        std::iter::once(&own).chain(&above).find_map(|a| {
            Some(DossierTemplate { unit: a.unit_code.clone()?, pattern: a.dossier_code.clone()? })
        })
    }

    /// The names that a reference of a procedure (`CA-X`, `C06`) stands for, where no division is known yet.
    pub fn reference_name(self, reference: &str) -> Option<Text> {
        if let Some(agency) = self.agencies.fixed.iter().rev().find(|a| a.id == reference) {
            return Some(agency.name.clone());
        }
        let template = self.agencies.templates.iter().rev().find(|t| t.id == reference)?;
        let (vi, en) = match template.per {
            Level::Central => ("", ""),
            Level::Provincial => ("tỉnh, thành phố", "the province or city"),
            Level::District => ("quận, huyện", "the district"),
            Level::Commune => ("xã, phường, đặc khu", "the commune or ward"),
        };
        Some(Text::new(template.name.vi.replace("{unit}", vi), template.name.en.replace("{unit}", en)))
    }

    fn make(self, template: &Template, served: &Division, day: Date) -> Agency {
        let lineage: Vec<&Division> = self.divisions.lineage(served).collect();
        let province = lineage.last().map(|p| p.code);
        let codes = province.and_then(|p| self.divisions.province_codes(p.as_str()));
        let above =
            self.agencies.templates.iter().find(|t| t.id == template.parent && t.validity.contains(day));
        let parent = match above {
            None => template.parent.clone(),
            Some(above) => {
                let unit = lineage.iter().find(|d| d.level() == above.per).copied().unwrap_or(served);
                format!("{}-{}", above.id, unit.code)
            }
        };
        let unit_code = match codes {
            Some(codes) if !template.unit_code.is_empty() => {
                let digits = served.code.to_string();
                let code =
                    template.unit_code.replace("{mps}", &codes.mps_unit).replace("{org}", &codes.org_code);
                let (c3, c2) = (digits.get(..3).unwrap_or(""), digits.get(3..).unwrap_or(""));
                Some(code.replace("{c3}", c3).replace("{c2}", c2))
            }
            _ => None,
        };
        let org_code = codes.filter(|_| template.kind == AgencyKind::ProvincialCommittee);
        let name = |lang: Lang| template.name.get(lang).replace("{unit}", &served.label_inside(lang));
        Agency {
            id: format!("{}-{}", template.id, served.code),
            kind: template.kind,
            level: template.level,
            parent: Some(parent),
            name: Text::new(name(Lang::Vi), name(Lang::En)),
            org_code: org_code.map(|c| c.org_code.to_string()),
            unit_code,
            division: Some(served.code),
            validity: Validity::new(
                template.validity.from.max(served.validity.from),
                [template.validity.to, served.validity.to].into_iter().flatten().min(),
            ),
            certainty: Certainty::Derived,
            dossier_code: template.dossier_code.clone(),
        }
    }
}
