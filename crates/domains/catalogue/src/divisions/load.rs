//! Reads the division files and holds them to their rules: codes, periods, parents, successors.

use std::collections::HashSet;

use jiff::civil::Date;
use serde::Deserialize;

use super::{Division, DivisionCode, DivisionKind, Divisions, ProvinceCodes, search, words};
use crate::{
    legal::LegalRegister,
    report::{Report, read_csv},
    source::Source,
    validity::{Certainty, Level, Validity},
};

const PROVINCES: &str = "divisions/provinces.csv";
const COMMUNES: &str = "divisions/communes.csv";
const FORMER_PROVINCES: &str = "divisions/former_provinces.csv";
const FORMER_DISTRICTS: &str = "divisions/former_districts.csv";
const FORMER_COMMUNES: &str = "divisions/former_communes.csv";
const PROVINCE_CODES: &str = "divisions/province_codes.csv";

/// Latitudes and longitudes of the country, its islands included, in degrees.
const LATITUDES: std::ops::Range<f64> = 6.0..24.0;
const LONGITUDES: std::ops::Range<f64> = 102.0..118.0;

#[derive(Deserialize)]
struct ProvinceRow {
    code: String,
    kind: DivisionKind,
    name: Box<str>,
    name_en: Box<str>,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    lat: f64,
    lon: f64,
    basis: Box<str>,
}

#[derive(Deserialize)]
struct CommuneRow {
    code: String,
    kind: DivisionKind,
    name: Box<str>,
    province: String,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    lat: f64,
    lon: f64,
    basis: Box<str>,
    successors: String,
}

#[derive(Deserialize)]
struct FormerProvinceRow {
    code: String,
    kind: DivisionKind,
    name: Box<str>,
    id_prefix: Box<str>,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    successors: String,
}

#[derive(Deserialize)]
struct FormerRow {
    code: String,
    kind: DivisionKind,
    name: Box<str>,
    parent: String,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    successors: String,
}

#[derive(Deserialize)]
struct CodesRow {
    province: String,
    mps_unit: Box<str>,
    mps_certainty: Certainty,
    org_code: Box<str>,
    org_certainty: Certainty,
    plates: String,
}

/// A unit and where it stands, for the rules that need all units.
struct Row {
    file: &'static str,
    line: usize,
    unit: Division,
}

impl Divisions {
    pub(crate) fn read(source: &Source, legal: &LegalRegister, report: &mut Report) -> Self {
        let mut rows = read_rows(source, legal, report);
        rows.sort_by_key(|r| (r.unit.code, r.unit.validity.from));
        check_periods(&rows, report);
        check_links(&rows, report);

        let mut divisions = Self { all: rows.into_iter().map(|r| r.unit).collect(), ..Self::default() };
        for (at, unit) in divisions.all.iter().enumerate() {
            divisions.by_parent.extend(unit.parent.map(|p| (p, at)));
            divisions.by_successor.extend(unit.successors.iter().map(|s| (*s, at)));
        }
        divisions.by_parent.sort_unstable();
        divisions.by_successor.sort_unstable();
        divisions.keys = search::keys(&divisions);
        read_codes(source, &mut divisions, report);
        divisions
    }
}

/// A row's common part, with what is wrong in it reported; `None` when the code is unusable.
struct RowReader<'a> {
    file: &'static str,
    line: usize,
    level: Level,
    report: &'a mut Report,
}

impl RowReader<'_> {
    fn code(&mut self, text: &str, level: Level) -> Option<DivisionCode> {
        match text.parse::<DivisionCode>() {
            Ok(code) if code.level() == level => Some(code),
            _ => {
                let message = format!("{text:?} is no code of a unit of this level");
                self.report.add(self.file, self.line, "division.code", message);
                None
            }
        }
    }

    fn unit(
        &mut self,
        (code, kind, name): (&str, DivisionKind, Box<str>),
        parent: Option<(&str, Level)>,
        validity: Validity,
        successors: &str,
    ) -> Option<Division> {
        let code = self.code(code, self.level)?;
        if kind.level() != self.level {
            self.report.add(self.file, self.line, "division.kind", format!("{kind:?} is of another level"));
        }
        if name.is_empty() {
            self.report.add(self.file, self.line, "division.name", "a unit has a name");
        }
        self.report.check_order(self.file, self.line, validity);
        let parent = match parent {
            Some((text, level)) => Some(self.code(text, level)?),
            None => None,
        };
        let successors: Vec<_> = successors.split_whitespace().filter_map(|s| self.successor(s)).collect();
        Some(Division {
            code,
            kind,
            folded: words::folded_name(&name).into(),
            name,
            name_en: None,
            parent,
            validity,
            centroid: None,
            basis: None,
            id_prefix: None,
            successors: successors.into(),
        })
    }

    /// A province goes into provinces, everything below into communes: there are no districts any more.
    fn successor(&mut self, text: &str) -> Option<DivisionCode> {
        let level = if self.level == Level::Provincial { Level::Provincial } else { Level::Commune };
        self.code(text, level)
    }

    fn centroid(&mut self, lat: f64, lon: f64) -> Option<(f64, f64)> {
        if !LATITUDES.contains(&lat) || !LONGITUDES.contains(&lon) {
            let message = format!("{lat}, {lon} lies outside the country");
            self.report.add(self.file, self.line, "division.centroid", message);
        }
        Some((lat, lon))
    }
}

fn read_rows(source: &Source, legal: &LegalRegister, report: &mut Report) -> Vec<Row> {
    let mut rows = Vec::with_capacity(14_500);

    let file = PROVINCES;
    let columns = "code,kind,name,name_en,valid_from,valid_to,lat,lon,basis";
    read_csv(source, file, columns, report, |line, r: ProvinceRow, report| {
        legal.check(file, line, &r.basis, report);
        let mut reader = RowReader { file, line, level: Level::Provincial, report };
        let validity = Validity::new(r.valid_from, r.valid_to);
        if let Some(mut unit) = reader.unit((&r.code, r.kind, r.name), None, validity, "") {
            unit.centroid = reader.centroid(r.lat, r.lon);
            unit.name_en = Some(r.name_en);
            unit.basis = Some(r.basis);
            rows.push(Row { file, line, unit });
        }
    });

    let file = COMMUNES;
    let columns = "code,kind,name,province,valid_from,valid_to,lat,lon,basis,successors";
    read_csv(source, file, columns, report, |line, r: CommuneRow, report| {
        legal.check(file, line, &r.basis, report);
        let mut reader = RowReader { file, line, level: Level::Commune, report };
        let validity = Validity::new(r.valid_from, r.valid_to);
        let parent = Some((r.province.as_str(), Level::Provincial));
        if let Some(mut unit) = reader.unit((&r.code, r.kind, r.name), parent, validity, &r.successors) {
            unit.centroid = reader.centroid(r.lat, r.lon);
            unit.basis = Some(r.basis);
            rows.push(Row { file, line, unit });
        }
    });

    let file = FORMER_PROVINCES;
    let columns = "code,kind,name,id_prefix,valid_from,valid_to,successors";
    let mut prefixes = HashSet::new();
    read_csv(source, file, columns, report, |line, r: FormerProvinceRow, report| {
        if r.id_prefix.len() != 3 || !r.id_prefix.bytes().all(|b| b.is_ascii_digit()) {
            report.add(file, line, "division.id_prefix", format!("{:?} has not three digits", r.id_prefix));
        }
        if !prefixes.insert(r.id_prefix.clone()) {
            report.add(file, line, "division.id_prefix", format!("{:?} stands here twice", r.id_prefix));
        }
        let mut reader = RowReader { file, line, level: Level::Provincial, report };
        let validity = Validity::new(r.valid_from, r.valid_to);
        if let Some(mut unit) = reader.unit((&r.code, r.kind, r.name), None, validity, &r.successors) {
            unit.id_prefix = Some(r.id_prefix);
            rows.push(Row { file, line, unit });
        }
    });

    for (file, columns, level, above) in [
        (
            FORMER_DISTRICTS,
            "code,kind,name,province,valid_from,valid_to,successors",
            Level::District,
            Level::Provincial,
        ),
        (
            FORMER_COMMUNES,
            "code,kind,name,district,valid_from,valid_to,successors",
            Level::Commune,
            Level::District,
        ),
    ] {
        read_csv(source, file, columns, report, |line, r: FormerRow, report| {
            let mut reader = RowReader { file, line, level, report };
            let validity = Validity::new(r.valid_from, r.valid_to);
            let parent = Some((r.parent.as_str(), above));
            if let Some(unit) = reader.unit((&r.code, r.kind, r.name), parent, validity, &r.successors) {
                rows.push(Row { file, line, unit });
            }
        });
    }
    rows
}

/// Two units never share a code on the same day.
fn check_periods(rows: &[Row], report: &mut Report) {
    for (a, b) in rows.iter().zip(rows.iter().skip(1)) {
        if a.unit.code == b.unit.code && a.unit.validity.overlaps(&b.unit.validity) {
            let message = format!("{} also stands in {}:{} during this time", b.unit.code, a.file, a.line);
            report.add(b.file, b.line, "validity.overlap", message);
        }
    }
}

/// Parents and successors exist when they are needed, and a unit that ended went somewhere.
fn check_links(rows: &[Row], report: &mut Report) {
    let versions = |code: DivisionCode| {
        let start = rows.partition_point(|r| r.unit.code < code);
        rows.iter().skip(start).take_while(move |r| r.unit.code == code)
    };
    let parents: HashSet<DivisionCode> = rows.iter().filter_map(|r| r.unit.parent).collect();
    for Row { file, line, unit } in rows {
        if let Some(parent) = unit.parent
            && !versions(parent).any(|p| p.unit.validity.overlaps(&unit.validity))
        {
            report.add(file, *line, "division.parent", format!("there is no unit {parent} at that time"));
        }
        let Some(next_day) = unit.validity.day_after() else {
            if !unit.successors.is_empty() {
                report.add(file, *line, "division.successor", "a unit that has not ended has no successors");
            }
            continue;
        };
        for successor in &unit.successors {
            if !versions(*successor).any(|s| s.unit.validity.contains(next_day)) {
                let message = format!("there is no unit {successor} on {next_day}");
                report.add(file, *line, "division.successor", message);
            }
        }
        // A district went where its communes went; a unit that only changed goes on under its own code.
        let followed = unit.level() == Level::District && parents.contains(&unit.code)
            || versions(unit.code).any(|v| v.unit.validity.from == Some(next_day) && v.file == *file);
        if unit.successors.is_empty() && !followed {
            report.add(file, *line, "division.successor", "the unit ended and nothing follows it");
        }
    }
}

fn read_codes(source: &Source, divisions: &mut Divisions, report: &mut Report) {
    let file = PROVINCE_CODES;
    let columns = "province,mps_unit,mps_certainty,org_code,org_certainty,plates";
    let mut codes: Vec<(DivisionCode, ProvinceCodes)> = Vec::with_capacity(34);
    read_csv(source, file, columns, report, |line, r: CodesRow, report| {
        let current = divisions.versions(&r.province).iter().rev().find(|d| d.validity.to.is_none());
        let Some(code) = current.map(|d| d.code).filter(|c| c.level() == Level::Provincial) else {
            return report.add(
                file,
                line,
                "division.unknown",
                format!("{:?} is no province of today", r.province),
            );
        };
        for (other, known) in &codes {
            if *other == code || known.mps_unit == r.mps_unit || known.org_code == r.org_code {
                report.add(file, line, "division.duplicate", format!("shares a code with province {other}"));
            }
        }
        let segments = |s: &str| s.split('.').map(str::len).collect::<Vec<_>>();
        if segments(&r.mps_unit) != [3, 3] || segments(&r.org_code) != [3] {
            report.add(file, line, "division.unit_code", "unit codes look like G01.899 and H29");
        }
        let plates = r.plates.split_whitespace().map(Box::from).collect();
        let (mps_certainty, org_certainty) = (r.mps_certainty, r.org_certainty);
        codes.push((
            code,
            ProvinceCodes {
                mps_unit: r.mps_unit,
                mps_certainty,
                org_code: r.org_code,
                org_certainty,
                plates,
            },
        ));
    });
    divisions.codes = codes;
}
