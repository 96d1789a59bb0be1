//! One line of a file of persons: which column is which, and whether each field keeps its rule (`docs/persons-csv.md`).

use std::collections::HashMap;

use base::{PartialDate, PersonalNumber};
use contracts::{CommuneCode, ports::Nation};
use csv::ByteRecord;
use jiff::civil::Date;

use crate::model::rules::{self, Broken};

macro_rules! columns {
    ($($column:ident $name:literal),* $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Column { $($column),* }

        impl Column {
            pub const ALL: &'static [Self] = &[$(Self::$column),*];

            /// The word in the header line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$column => $name),* }
            }
        }
    };
}

columns! {
    SourceKey "source_key",
    Synthetic "synthetic",
    Number "number",
    OldNumber "old_number",
    FullName "full_name",
    Sex "sex",
    BirthDate "birth_date",
    DeathDate "death_date",
    BirthPlace "birth_registration_commune",
    HomeTown "home_town_commune",
    EthnicityCode "ethnicity_code",
    EthnicityName "ethnicity_name",
    Nationality "nationality",
    Marital "marital_status",
    FatherNumber "father_number",
    FatherName "father_name",
    MotherNumber "mother_number",
    MotherName "mother_name",
    SpouseNumber "spouse_number",
    SpouseName "spouse_name",
    HouseholdKey "household_key",
    HouseholdRelation "household_relation",
    PermanentCommune "permanent_commune",
    PermanentAddress "permanent_address",
    PermanentSince "permanent_since",
    TemporaryCommune "temporary_commune",
    TemporaryAddress "temporary_address",
    TemporarySince "temporary_since",
    TemporaryUntil "temporary_until",
    Phone "phone",
}

const REQUIRED: [Column; 4] = [Column::SourceKey, Column::FullName, Column::Sex, Column::BirthDate];
const SYNTHETIC_PREFIX: &str = "SYN-";
const VIETNAM: &str = "VNM";

/// Where each column stands in this file.
pub struct Header {
    at: [Option<usize>; Column::ALL.len()],
    width: usize,
}

impl Header {
    /// Reads the header line. Where it does not fit: the names of missing columns, and the places (`#5`) of those that are
    /// unknown or doubled. Not their words: a file without a header would show a person there.
    pub fn read(line: &ByteRecord) -> Result<Self, Vec<String>> {
        let mut at = [None; Column::ALL.len()];
        let mut wrong = Vec::new();
        for (place, name) in line.iter().enumerate() {
            let name = String::from_utf8_lossy(name);
            let slot = Column::ALL.iter().position(|c| c.name() == name.trim()).and_then(|n| at.get_mut(n));
            match slot {
                Some(slot) if slot.is_none() => *slot = Some(place),
                _ => wrong.push(format!("#{}", place + 1)),
            }
        }
        let header = Self { at, width: line.len() };
        wrong.extend(REQUIRED.iter().filter(|c| header.place(**c).is_none()).map(|c| c.name().to_owned()));
        if header.place(Column::Number).is_none() && header.place(Column::OldNumber).is_none() {
            wrong.push(Column::Number.name().to_owned());
        }
        if wrong.is_empty() { Ok(header) } else { Err(wrong) }
    }

    fn place(&self, column: Column) -> Option<usize> {
        self.at.get(column as usize).copied().flatten()
    }
}

/// A relative as the line names them.
#[derive(Clone, Default)]
pub struct KinNamed {
    pub number: Option<PersonalNumber>,
    pub name: Option<String>,
}

/// Father, mother, spouse, in the order of [`NewPerson::kin`].
pub const KIN: [&str; 3] = ["father", "mother", "spouse"];

pub struct NewResidence {
    pub commune: CommuneCode,
    pub given: Option<String>,
    pub address: String,
    pub from: Option<Date>,
    /// First day on which it no longer holds.
    pub to: Option<Date>,
}

/// A line that keeps every rule.
pub struct NewPerson {
    pub line: u64,
    pub key: String,
    pub number: Option<PersonalNumber>,
    pub old_number: Option<String>,
    pub name: String,
    pub name_folded: String,
    pub sex: &'static str,
    pub birth: PartialDate,
    pub death: Option<Date>,
    pub birth_place: Option<String>,
    pub home_town: Option<String>,
    pub ethnicity: Option<String>,
    pub nationality: String,
    pub marital: Option<&'static str>,
    pub kin: [KinNamed; 3],
    pub household: Option<(String, &'static str)>,
    pub permanent: Option<NewResidence>,
    pub temporary: Option<NewResidence>,
    pub phone: Option<String>,
}

/// A rule that a field breaks. Never the value itself: it is personal data.
pub struct RowFault {
    pub line: u64,
    pub key: String,
    pub column: &'static str,
    pub broken: Broken,
    /// The line is loaded all the same.
    pub warning: bool,
}

/// Checks lines against the catalogue of one day. Remembers what it learnt about communes and number prefixes.
pub struct Checker<'a> {
    pub header: Header,
    pub nation: &'a dyn Nation,
    pub today: Date,
    communes: HashMap<String, Result<CommuneCode, Broken>>,
}

struct Line<'a> {
    record: &'a ByteRecord,
    header: &'a Header,
    number: u64,
    key: String,
    faults: Vec<RowFault>,
}

impl<'a> Line<'a> {
    /// The field; empty where there is none. Bytes were checked to be text.
    fn get(&self, column: Column) -> &'a str {
        let bytes = self.header.place(column).and_then(|n| self.record.get(n)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or("").trim()
    }

    fn fault(&mut self, column: Column, broken: Broken, warning: bool) {
        let (line, key) = (self.number, self.key.clone());
        self.faults.push(RowFault { line, key, column: column.name(), broken, warning });
    }

    fn must<T>(&mut self, column: Column, check: impl FnOnce(&str) -> Result<T, Broken>) -> Option<T> {
        match self.get(column) {
            "" => {
                self.fault(column, Broken::new(rules::REQUIRED), false);
                None
            }
            raw => self.keep(column, check(raw)),
        }
    }

    fn may<T>(&mut self, column: Column, check: impl FnOnce(&str) -> Result<T, Broken>) -> Option<T> {
        match self.get(column) {
            "" => None,
            raw => self.keep(column, check(raw)),
        }
    }

    fn keep<T>(&mut self, column: Column, checked: Result<T, Broken>) -> Option<T> {
        checked.map_err(|broken| self.fault(column, broken, false)).ok()
    }

    /// A date in ISO form, or as people type it, which is read and warned of.
    fn date(&mut self, column: Column, today: Date) -> Option<PartialDate> {
        let raw = self.get(column);
        if raw.contains('/')
            && let Ok(date) = PartialDate::parse_typed(raw, today)
        {
            self.fault(column, Broken::new(rules::DATE_TYPED), true);
            return self.may(column, |_| rules::past_date(&date.to_string(), today));
        }
        self.may(column, |raw| rules::past_date(raw, today))
    }
}

impl<'a> Checker<'a> {
    pub fn new(header: Header, nation: &'a dyn Nation, today: Date) -> Self {
        Self { header, nation, today, communes: HashMap::new() }
    }

    /// The person, where no rule is broken, and what there is to say about the line.
    pub fn check(&mut self, record: &ByteRecord, number: u64) -> (Option<NewPerson>, Vec<RowFault>) {
        let header = &self.header;
        let key_at = header.place(Column::SourceKey).and_then(|n| record.get(n)).unwrap_or_default();
        let key: String = String::from_utf8_lossy(key_at).trim().chars().take(rules::KEY_CHARS_MAX).collect();
        let mut line = Line { record, header, number, key, faults: Vec::new() };
        if record.len() != header.width {
            let shape =
                Broken::new(rules::ROW_SHAPE).with("expected", header.width).with("found", record.len());
            line.fault(Column::SourceKey, shape, false);
            return (None, line.faults);
        }
        for column in Column::ALL {
            let bytes = header.place(*column).and_then(|n| record.get(n)).unwrap_or_default();
            if std::str::from_utf8(bytes).is_err() {
                line.fault(*column, Broken::new(rules::ROW_ENCODING), false);
            }
        }
        if !line.faults.is_empty() {
            return (None, line.faults);
        }
        let person = fields(&mut line, self.nation, self.today, &mut self.communes);
        let rejected = line.faults.iter().any(|f| !f.warning);
        (person.filter(|_| !rejected), line.faults)
    }
}

type Communes = HashMap<String, Result<CommuneCode, Broken>>;

fn fields(
    line: &mut Line<'_>,
    nation: &dyn Nation,
    today: Date,
    communes: &mut Communes,
) -> Option<NewPerson> {
    let key = line.must(Column::SourceKey, rules::key);
    let synthetic = line.may(Column::Synthetic, |raw| rules::choice(raw, &["0", "1"]));
    if let Some(key) = &key
        && line.header.place(Column::Synthetic).is_some()
        && key.starts_with(SYNTHETIC_PREFIX) != (synthetic == Some("1"))
    {
        line.fault(Column::Synthetic, Broken::new(rules::SYNTHETIC), false);
    }
    let number = line.may(Column::Number, |raw| rules::number(raw, nation));
    let old_number = line.may(Column::OldNumber, rules::old_number);
    if line.get(Column::Number).is_empty() && line.get(Column::OldNumber).is_empty() {
        line.fault(Column::Number, Broken::new(rules::REQUIRED), false);
    }
    let name = line.must(Column::FullName, rules::name);
    let sex = line.must(Column::Sex, rules::sex);
    if line.get(Column::BirthDate).is_empty() {
        line.fault(Column::BirthDate, Broken::new(rules::REQUIRED), false);
    }
    let birth = line.date(Column::BirthDate, today);
    let death = line.date(Column::DeathDate, today);
    let death = match death.map(PartialDate::exact) {
        Some(None) => line.keep(Column::DeathDate, Err(Broken::new(rules::DATE_SHAPE))),
        whole => whole.flatten(),
    };
    if let (Some(birth), Some(death)) = (birth, death)
        && death < birth.earliest()
    {
        let order = Broken::new(rules::DATE_ORDER).with("earlier", Column::BirthDate.name());
        line.fault(Column::DeathDate, order, false);
    }
    if let (Some(number), Some(sex), Some(birth)) = (&number, sex, birth) {
        rules::number_warnings(number, sex, birth).for_each(|b| line.fault(Column::Number, b, true));
    }
    let birth_place = line.may(Column::BirthPlace, |raw| rules::place(raw, nation));
    let home_town = line.may(Column::HomeTown, |raw| rules::place(raw, nation));
    let ethnicity = line.may(Column::EthnicityCode, rules::ethnicity);
    let nationality = line.may(Column::Nationality, rules::nationality).unwrap_or_else(|| VIETNAM.to_owned());
    let marital = line.may(Column::Marital, |raw| rules::choice(raw, rules::MARITAL));
    let phone = line.may(Column::Phone, rules::phone);
    let kin = kin(line, number.as_ref(), birth);
    let household = household(line);
    let permanent = residence(line, &PERMANENT, today, nation, communes, birth);
    let temporary = residence(line, &TEMPORARY, today, nation, communes, birth);
    if let (Some(p), Some(t)) = (&permanent, &temporary)
        && p.commune == t.commune
    {
        line.fault(Column::TemporaryCommune, Broken::new(rules::TEMPORARY_SAME), true);
    }
    // A residence ends on the day of death.
    let end = |r: NewResidence| NewResidence { to: r.to.into_iter().chain(death).min(), ..r };
    let name = name?;
    Some(NewPerson {
        line: line.number,
        key: key?,
        number,
        old_number,
        name_folded: name.folded(),
        name: name.as_str().to_owned(),
        sex: sex?.as_str(),
        birth: birth?,
        death,
        birth_place,
        home_town,
        ethnicity,
        nationality,
        marital,
        kin,
        household,
        permanent: permanent.map(end),
        temporary: temporary.map(end),
        phone,
    })
}

fn kin(line: &mut Line<'_>, own: Option<&PersonalNumber>, birth: Option<PartialDate>) -> [KinNamed; 3] {
    use Column::{FatherName, FatherNumber, MotherName, MotherNumber, SpouseName, SpouseNumber};
    let shape = |raw: &str| raw.parse::<PersonalNumber>().map_err(|_| Broken::new(rules::NUMBER_SHAPE));
    let columns = [(FatherNumber, FatherName), (MotherNumber, MotherName), (SpouseNumber, SpouseName)];
    let mut seen: Vec<PersonalNumber> = Vec::new();
    columns.map(|(number_column, name_column)| {
        let number = line.may(number_column, shape);
        let name = line.may(name_column, rules::name).map(|n| n.as_str().to_owned());
        if let Some(number) = number {
            if own == Some(&number) {
                line.fault(number_column, Broken::new(rules::KIN_SELF), false);
            } else if seen.contains(&number) {
                line.fault(number_column, Broken::new(rules::KIN_TWICE), false);
            } else if number_column != SpouseNumber && birth.is_some_and(|b| number.birth_year() >= b.year())
            {
                line.fault(number_column, Broken::new(rules::PARENT_YOUNGER), false);
            }
            seen.push(number);
        }
        KinNamed { number, name }
    })
}

fn household(line: &mut Line<'_>) -> Option<(String, &'static str)> {
    let key = line.may(Column::HouseholdKey, rules::key);
    let relation = line.may(Column::HouseholdRelation, |raw| rules::choice(raw, rules::HOUSEHOLD_RELATIONS));
    let (has_key, has_relation) =
        (!line.get(Column::HouseholdKey).is_empty(), !line.get(Column::HouseholdRelation).is_empty());
    if has_key != has_relation {
        let (lacks, other) = if has_key {
            (Column::HouseholdRelation, Column::HouseholdKey)
        } else {
            (Column::HouseholdKey, Column::HouseholdRelation)
        };
        line.fault(lacks, Broken::new(rules::HOUSEHOLD_PARTS).with("column", other.name()), false);
    }
    key.zip(relation)
}

struct Place {
    commune: Column,
    address: Column,
    since: Column,
    until: Option<Column>,
}

const PERMANENT: Place = Place {
    commune: Column::PermanentCommune,
    address: Column::PermanentAddress,
    since: Column::PermanentSince,
    until: None,
};
const TEMPORARY: Place = Place {
    commune: Column::TemporaryCommune,
    address: Column::TemporaryAddress,
    since: Column::TemporarySince,
    until: Some(Column::TemporaryUntil),
};

fn residence(
    line: &mut Line<'_>,
    place: &Place,
    today: Date,
    nation: &dyn Nation,
    communes: &mut Communes,
    birth: Option<PartialDate>,
) -> Option<NewResidence> {
    let columns = [Some(place.address), Some(place.since), place.until];
    if line.get(place.commune).is_empty() {
        for column in columns.into_iter().flatten() {
            if !line.get(column).is_empty() {
                let parts = Broken::new(rules::RESIDENCE_PARTS).with("column", column.name());
                line.fault(place.commune, parts, false);
                break;
            }
        }
        return None;
    }
    let given = line.get(place.commune);
    let commune = match communes.get(given) {
        Some(known) => known.clone(),
        None => {
            let found = rules::place_today(given, today, nation);
            // Only codes of five digits are remembered: there are at most a hundred thousand.
            if given.len() == 5 {
                communes.insert(given.to_owned(), found.clone());
            }
            found
        }
    };
    let commune = line.keep(place.commune, commune);
    let address = line.may(place.address, rules::line);
    let from = line.must(place.since, rules::day);
    let last = place.until.and_then(|column| line.must(column, rules::day));
    if let (Some(from), Some(birth)) = (from, birth)
        && from < birth.earliest()
    {
        let order = Broken::new(rules::DATE_ORDER).with("earlier", Column::BirthDate.name());
        line.fault(place.since, order, false);
    }
    if let (Some(from), Some(last), Some(column)) = (from, last, place.until)
        && last <= from
    {
        line.fault(column, Broken::new(rules::DATE_ORDER).with("earlier", place.since.name()), false);
    }
    let commune = commune?;
    Some(NewResidence {
        given: (commune.as_str() != given).then(|| given.to_owned()),
        commune,
        address: address.unwrap_or_default(),
        from,
        to: last.and_then(|d| d.tomorrow().ok()),
    })
}
