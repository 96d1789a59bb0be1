//! Reads the agency files and holds them to their rules: parents, periods, codes, placeholders.

use std::collections::HashSet;

use base::Text;
use jiff::civil::{Date, date};
use serde::Deserialize;

use super::{
    Agencies, Agency, AgencyKind, DossierTemplate, Template,
    dossier_code::{is_dossier_code, is_unit_code},
};
use crate::{
    divisions::Divisions,
    report::{Report, read_csv},
    source::Source,
    validity::{Certainty, Level, Validity},
};

const AGENCIES: &str = "agencies.csv";
const TEMPLATES: &str = "agency_templates.csv";

#[derive(Deserialize)]
struct AgencyRow {
    id: String,
    kind: AgencyKind,
    level: Level,
    parent: Option<String>,
    org_code: Option<String>,
    unit_code: Option<String>,
    name_vi: String,
    name_en: String,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    dossier_code: Option<String>,
    certainty: Certainty,
}

#[derive(Deserialize)]
struct TemplateRow {
    id: String,
    kind: AgencyKind,
    level: Level,
    per: Per,
    parent: String,
    name_vi: String,
    name_en: String,
    unit_code: String,
    dossier_code: Option<String>,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
}

/// The divisions that a template makes one agency for.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Per {
    Province,
    District,
    Commune,
}

impl Agencies {
    pub(crate) fn read(source: &Source, divisions: &Divisions, report: &mut Report) -> Self {
        let mut all = Self::default();
        let mut parents: Vec<(&'static str, usize, String, Validity)> = Vec::new();

        let columns = "id,kind,level,parent,org_code,unit_code,name_vi,name_en,valid_from,valid_to,dossier_code,certainty";
        read_csv(source, AGENCIES, columns, report, |line, r: AgencyRow, report| {
            let validity = Validity::new(r.valid_from, r.valid_to);
            report.check_order(AGENCIES, line, validity);
            check_id(AGENCIES, line, &r.id, report);
            if all.fixed.iter().any(|a: &Agency| a.id == r.id && a.validity.overlaps(&validity)) {
                report.add(AGENCIES, line, "agency.duplicate", format!("{:?} stands here twice", r.id));
            }
            if r.name_vi.is_empty() || r.name_en.is_empty() {
                report.add(AGENCIES, line, "agency.name", "an agency has a name in both languages");
            }
            for code in [&r.org_code, &r.unit_code].into_iter().flatten() {
                check_code(AGENCIES, line, code, report);
            }
            if let (Some(unit), Some(pattern)) = (&r.unit_code, &r.dossier_code) {
                check_pattern(AGENCIES, line, unit, pattern, report);
            }
            parents.extend(r.parent.clone().map(|p| (AGENCIES, line, p, validity)));
            all.fixed.push(Agency {
                id: r.id,
                kind: r.kind,
                level: r.level,
                parent: r.parent,
                name: Text::new(r.name_vi, r.name_en),
                org_code: r.org_code,
                unit_code: r.unit_code,
                division: None,
                validity,
                certainty: r.certainty,
                dossier_code: r.dossier_code,
            });
        });

        let columns = "id,kind,level,per,parent,name_vi,name_en,unit_code,dossier_code,valid_from,valid_to";
        read_csv(source, TEMPLATES, columns, report, |line, r: TemplateRow, report| {
            let validity = Validity::new(r.valid_from, r.valid_to);
            report.check_order(TEMPLATES, line, validity);
            check_id(TEMPLATES, line, &r.id, report);
            if all.templates.iter().any(|t: &Template| t.id == r.id && t.validity.overlaps(&validity)) {
                report.add(TEMPLATES, line, "agency.duplicate", format!("{:?} stands here twice", r.id));
            }
            if !r.name_vi.contains("{unit}") || !r.name_en.contains("{unit}") {
                report.add(TEMPLATES, line, "agency.name", "a template's names have the placeholder {unit}");
            }
            if !r.unit_code.is_empty() {
                let example = r.unit_code.replace("{mps}", "G01.899").replace("{org}", "H29");
                let example = example.replace("{c3}", "267").replace("{c2}", "40");
                check_code(TEMPLATES, line, &example, report);
                if let Some(pattern) = &r.dossier_code {
                    check_pattern(TEMPLATES, line, &example, pattern, report);
                }
            }
            parents.push((TEMPLATES, line, r.parent.clone(), validity));
            all.templates.push(Template {
                id: r.id,
                kind: r.kind,
                level: r.level,
                per: match r.per {
                    Per::Province => Level::Provincial,
                    Per::District => Level::District,
                    Per::Commune => Level::Commune,
                },
                parent: r.parent,
                name: Text::new(r.name_vi, r.name_en),
                unit_code: r.unit_code,
                dossier_code: r.dossier_code,
                validity,
            });
        });

        for (file, line, parent, validity) in parents {
            let fixed = all.fixed.iter().any(|a| a.id == parent && a.validity.overlaps(&validity));
            let made = all.templates.iter().any(|t| t.id == parent && t.validity.overlaps(&validity));
            if !fixed && !made {
                report.add(
                    file,
                    line,
                    "agency.parent",
                    format!("there is no agency {parent:?} at that time"),
                );
            }
        }
        check_unique_codes(&all, divisions, report);
        all
    }
}

/// Letters, digits and dashes; the part after the last dash is a division's code only in made agencies.
fn check_id(file: &str, line: usize, id: &str, report: &mut Report) {
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-') {
        report.add(file, line, "agency.id", format!("{id:?}: an id has only letters A-Z, digits and dashes"));
    }
}

fn check_code(file: &str, line: usize, code: &str, report: &mut Report) {
    if !is_unit_code(code) {
        report.add(file, line, "agency.unit_code", format!("{code:?} has not the form of a unit code"));
    }
}

/// A dossier code made by the pattern must have one of the forms in use.
fn check_pattern(file: &str, line: usize, unit: &str, pattern: &str, report: &mut Report) {
    let template = DossierTemplate { unit: unit.to_owned(), pattern: pattern.to_owned() };
    let example = template.render(date(2026, 11, 21), 1);
    let example = example.unwrap_or_default();
    if !is_dossier_code(&example) || !pattern.contains("{yymmdd}") || !pattern.contains("{n:0") {
        report.add(
            file,
            line,
            "agency.dossier_code",
            format!("{pattern:?} makes {example:?}, which is no dossier code"),
        );
    }
}

/// No two agencies of today may number their dossiers under the same unit code.
fn check_unique_codes(all: &Agencies, divisions: &Divisions, report: &mut Report) {
    let Some(today) = all.templates.iter().filter_map(|t| t.validity.from).max() else { return };
    let directory = all.over(divisions);
    let mut seen = HashSet::new();
    for level in [Level::Central, Level::Provincial, Level::Commune] {
        for agency in directory.of_level(level, today) {
            if let Some(code) = agency.unit_code
                && !seen.insert(code.clone())
            {
                report.add(
                    TEMPLATES,
                    1,
                    "agency.unit_code",
                    format!("{} shares the unit code {code}", agency.id),
                );
            }
        }
    }
}
