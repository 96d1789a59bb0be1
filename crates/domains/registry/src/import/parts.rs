//! The parts of a line that are more than one field: relatives, household, residences, absence, identity paper.

use base::{PartialDate, PersonalNumber};
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::{
    columns::{COLUMNS, Column},
    row::{Communes, KinNamed, Line, NewAbsence, NewPaper, NewResidence},
};
use crate::model::{
    Days, Relation,
    held::PAPER_KINDS,
    residence::Kind,
    rules::{self, Broken},
};

/// Number, old number, name and nationality of each relative that a line names.
const KIN: [(Relation, [Column; 4]); 4] = {
    use Column as C;
    [
        (Relation::Father, [C::FatherNumber, C::FatherOldNumber, C::FatherName, C::FatherNationality]),
        (Relation::Mother, [C::MotherNumber, C::MotherOldNumber, C::MotherName, C::MotherNationality]),
        (Relation::Spouse, [C::SpouseNumber, C::SpouseOldNumber, C::SpouseName, C::SpouseNationality]),
        (
            Relation::Guardian,
            [C::GuardianNumber, C::GuardianOldNumber, C::GuardianName, C::GuardianNationality],
        ),
    ]
};

pub fn kin(line: &mut Line<'_>, own: Option<&PersonalNumber>, birth: Option<PartialDate>) -> Vec<KinNamed> {
    let shape = |raw: &str| raw.parse::<PersonalNumber>().map_err(|_| Broken::new(rules::NUMBER_SHAPE));
    let mut named: Vec<KinNamed> = Vec::new();
    for (relation, [number_column, old_column, name_column, nationality_column]) in KIN {
        let number = line.may(number_column, shape);
        let old_number = line.may(old_column, rules::old_number);
        let name = line.may(name_column, rules::name).map(|n| n.as_str().to_owned());
        let nationality = line.may(nationality_column, rules::nationality);
        if let Some(number) = number {
            let is_parent = matches!(relation, Relation::Father | Relation::Mother);
            if own == Some(&number) {
                line.fault(number_column, Broken::new(rules::KIN_SELF));
            } else if named.iter().any(|k| k.number == Some(number)) {
                line.fault(number_column, Broken::new(rules::KIN_TWICE));
            } else if is_parent && birth.is_some_and(|b| number.birth_year() >= b.year()) {
                line.fault(number_column, Broken::new(rules::PARENT_YOUNGER));
            }
        }
        if number.is_some() || old_number.is_some() || name.is_some() {
            named.push(KinNamed { relation, number, old_number, name, nationality });
        } else if line.has(nationality_column) {
            line.needs(nationality_column, name_column);
        }
    }
    named
}

pub fn household(line: &mut Line<'_>) -> Option<(String, &'static str)> {
    let key = line.may(Column::HouseholdKey, rules::key);
    let relation = line.may(Column::HouseholdRelation, |raw| rules::choice(raw, rules::HOUSEHOLD_RELATIONS));
    let (lacks, other) = match (line.has(Column::HouseholdKey), line.has(Column::HouseholdRelation)) {
        (true, false) => (Column::HouseholdRelation, Column::HouseholdKey),
        (false, true) => (Column::HouseholdKey, Column::HouseholdRelation),
        _ => return key.zip(relation),
    };
    let told = line.plan.told(other).to_owned();
    line.fault(lacks, Broken::new(rules::HOUSEHOLD_PARTS).with("column", told));
    None
}

struct Place {
    kind: Kind,
    commune: Column,
    address: Column,
    since: Column,
    until: Option<Column>,
}

const PLACES: [Place; 3] = [
    Place {
        kind: Kind::Permanent,
        commune: Column::PermanentCommune,
        address: Column::PermanentAddress,
        since: Column::PermanentSince,
        until: None,
    },
    Place {
        kind: Kind::Temporary,
        commune: Column::TemporaryCommune,
        address: Column::TemporaryAddress,
        since: Column::TemporarySince,
        until: Some(Column::TemporaryUntil),
    },
    Place {
        kind: Kind::Current,
        commune: Column::CurrentCommune,
        address: Column::CurrentAddress,
        since: Column::CurrentSince,
        until: None,
    },
];

pub fn residences(
    line: &mut Line<'_>,
    communes: &mut Communes,
    birth: Option<PartialDate>,
    death: Option<Date>,
) -> Vec<NewResidence> {
    let mut residences: Vec<NewResidence> = Vec::with_capacity(2);
    for place in &PLACES {
        let Some(mut residence) = residence(line, place, communes, birth) else { continue };
        if place.kind == Kind::Temporary
            && residences.iter().any(|r| r.kind == Kind::Permanent && r.commune == residence.commune)
        {
            line.warn(place.commune, Broken::new(rules::TEMPORARY_SAME));
        }
        // A residence ends on the day of death.
        residence.days.to = residence.days.to.into_iter().chain(death).min();
        residences.push(residence);
    }
    residences
}

fn residence(
    line: &mut Line<'_>,
    place: &Place,
    communes: &mut Communes,
    birth: Option<PartialDate>,
) -> Option<NewResidence> {
    let given = line.get(place.commune);
    if given.is_empty() {
        let columns = [Some(place.address), Some(place.since), place.until];
        if let Some(column) = columns.into_iter().flatten().find(|c| line.has(*c)) {
            let told = line.plan.told(column).to_owned();
            line.fault(place.commune, Broken::new(rules::RESIDENCE_PARTS).with("column", told));
        }
        return None;
    }
    let commune = match communes.get(given) {
        Some(known) => known.clone(),
        None => {
            let found = rules::place_today(given, line.today, line.nation);
            // Only codes of five digits are remembered: there are at most a hundred thousand.
            if given.len() == 5 {
                communes.insert(given.to_owned(), found.clone());
            }
            found
        }
    };
    let commune = line.keep(place.commune, commune);
    let address = line.may(place.address, rules::line);
    let from = match place.kind {
        // Where somebody is now they may always have been.
        Kind::Current => line.may(place.since, rules::day),
        Kind::Permanent | Kind::Temporary => line.must(place.since, rules::day),
    };
    let last = place.until.and_then(|column| line.must(column, rules::day));
    if let (Some(from), Some(birth)) = (from, birth)
        && from < birth.earliest()
    {
        line.order(place.since, Column::BirthDate);
    }
    if let (Some(from), Some(last), Some(column)) = (from, last, place.until)
        && last <= from
    {
        line.order(column, place.since);
    }
    let commune = commune?;
    Some(NewResidence {
        kind: place.kind,
        given: (commune.as_str() != given).then(|| given.to_owned()),
        commune,
        address: address.unwrap_or_default(),
        days: Days { from, to: last.and_then(|d| d.tomorrow().ok()) },
    })
}

/// Who is declared absent is absent from where they live.
pub fn absence(line: &mut Line<'_>, residences: &[NewResidence]) -> Option<NewAbsence> {
    line.needs(Column::AbsentUntil, Column::AbsentSince);
    line.needs(Column::AbsentDestination, Column::AbsentSince);
    let from = line.may(Column::AbsentSince, rules::day);
    let last = line.may(Column::AbsentUntil, rules::day);
    let destination = line.may(Column::AbsentDestination, rules::line);
    let from = from?;
    if last.is_some_and(|last| last < from) {
        line.order(Column::AbsentUntil, Column::AbsentSince);
    }
    let Some(home) = residences.iter().find(|r| r.kind != Kind::Current) else {
        line.needs(Column::AbsentSince, Column::PermanentCommune);
        return None;
    };
    let days = Days { from: Some(from), to: last.and_then(|d| d.tomorrow().ok()) };
    Some(NewAbsence { commune: home.commune.clone(), destination, days })
}

pub fn paper(line: &mut Line<'_>, death: Option<Date>) -> Option<NewPaper> {
    use Column::{PaperExpiresOn, PaperIssuedAt, PaperIssuedOn, PaperKind, PaperNumber};
    for (column, other) in [
        (PaperNumber, PaperKind),
        (PaperIssuedAt, PaperKind),
        (PaperIssuedOn, PaperKind),
        (PaperExpiresOn, PaperKind),
        (PaperKind, PaperNumber),
        (PaperKind, PaperIssuedOn),
    ] {
        line.needs(column, other);
    }
    let kind = line.may(PaperKind, |raw| rules::choice(raw, PAPER_KINDS));
    let number = line.may(PaperNumber, rules::key);
    let issued_at = line.may(PaperIssuedAt, rules::line);
    let issued_on = line.may(PaperIssuedOn, rules::day);
    let expires_on = line.may(PaperExpiresOn, rules::day);
    if let Some(issued) = issued_on
        && issued > line.today
    {
        line.fault(PaperIssuedOn, Broken::new(rules::DATE_IN_FUTURE));
    }
    if let (Some(issued), Some(expires)) = (issued_on, expires_on)
        && expires < issued
    {
        line.order(PaperExpiresOn, PaperIssuedOn);
    }
    // It is no longer valid from the day of death on.
    let to = expires_on.and_then(|d| d.tomorrow().ok()).into_iter().chain(death).min();
    let days = Days { from: Some(issued_on?), to };
    Some(NewPaper { kind: kind?, number: number?, issued_at, expires_on, days })
}

/// Of all that a line says. Empty fields count by their place, so values cannot trade columns.
pub fn fingerprint(values: &[&str; COLUMNS]) -> i64 {
    let mut hash = Sha256::new();
    for value in values {
        hash.update(value.as_bytes());
        hash.update([0]);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let (first, _) = digest.split_at(8);
    first.try_into().map_or(0, i64::from_be_bytes)
}
