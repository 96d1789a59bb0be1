//! The CSV form of persons: what `lienthong import persons` reads. Documented in `docs/persons-csv.md`.

use std::{
    fmt::Write as _,
    io::Write,
    ops::{Index, IndexMut},
};

use csv::StringRecord;

use crate::{
    SynthError,
    person::{Kin, Person},
};

macro_rules! columns {
    ($($column:ident $name:literal),* $(,)?) => {
        /// The columns, in the order of the file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Column { $($column),* }

        impl Column {
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$column),*];

            /// The word in the header line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$column => $name),* }
            }
        }

        /// The header line.
        pub const HEADER: [&str; Column::ALL.len()] = [$($name),*];
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
    OtherName "other_name",
    BornIn "birth_commune",
    Religion "religion",
    BloodGroup "blood_group",
    Email "email",
    PhoneVerified "phone_verified",
    EmailVerified "email_verified",
    MissingDate "missing_date",
    ResidenceRecord "residence_record",
    FatherOldNumber "father_old_number",
    FatherNationality "father_nationality",
    MotherOldNumber "mother_old_number",
    MotherNationality "mother_nationality",
    SpouseOldNumber "spouse_old_number",
    SpouseNationality "spouse_nationality",
    GuardianNumber "guardian_number",
    GuardianOldNumber "guardian_old_number",
    GuardianName "guardian_name",
    GuardianNationality "guardian_nationality",
    CurrentCommune "current_commune",
    CurrentAddress "current_address",
    CurrentSince "current_since",
    AbsentSince "absent_since",
    AbsentUntil "absent_until",
    AbsentDestination "absent_destination",
    PaperKind "paper_kind",
    PaperNumber "paper_number",
    PaperIssuedAt "paper_issued_at",
    PaperIssuedOn "paper_issued_on",
    PaperExpiresOn "paper_expires_on",
}

/// Columns from the guardian's number to the destination of an absence.
const GUARDIAN_TO_ABSENCE: usize = 10;

/// One line of the file, by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row([String; HEADER.len()]);

impl Row {
    pub(crate) fn of(record: &StringRecord) -> Self {
        let mut fields = record.iter();
        Self(std::array::from_fn(|_| fields.next().unwrap_or("").to_owned()))
    }

    pub(crate) fn fields(&self) -> &[String] {
        &self.0
    }
}

impl Index<Column> for Row {
    type Output = String;
    fn index(&self, column: Column) -> &String {
        &self.0[column as usize]
    }
}

impl IndexMut<Column> for Row {
    fn index_mut(&mut self, column: Column) -> &mut String {
        &mut self.0[column as usize]
    }
}

/// Writes clean persons as CSV.
pub struct Sheet<W: Write> {
    out: csv::Writer<W>,
    record: StringRecord,
}

impl<W: Write> Sheet<W> {
    /// Writes the header.
    pub fn new(out: W) -> Result<Self, SynthError> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(HEADER)?;
        Ok(Self { out, record: StringRecord::new() })
    }

    pub fn write(&mut self, person: &Person) -> Result<(), SynthError> {
        fill(&mut self.record, person);
        Ok(self.out.write_record(&self.record)?)
    }

    /// Flushes and gives the writer back.
    pub fn finish(self) -> Result<W, SynthError> {
        self.out.into_inner().map_err(|e| SynthError::Write(e.into_error()))
    }
}

/// Sets `record` to the fields of `person`, in the order of [`HEADER`].
pub(crate) fn fill(record: &mut StringRecord, p: &Person) {
    record.clear();
    let mut text = String::with_capacity(16);
    let mut shown = |record: &mut StringRecord, value: &dyn std::fmt::Display| {
        text.clear();
        // Writing into a string cannot fail.
        let _ = write!(text, "{value}");
        record.push_field(&text);
    };
    let optional = |record: &mut StringRecord, value: Option<&str>| record.push_field(value.unwrap_or(""));

    record.push_field(&p.source_key);
    record.push_field("1");
    record.push_field(p.number.as_str());
    optional(record, p.old_number.as_deref());
    record.push_field(&p.name);
    record.push_field(p.sex.as_str());
    shown(record, &p.birth);
    match p.death {
        Some(day) => shown(record, &day),
        None => record.push_field(""),
    }
    record.push_field(&p.birth_place);
    record.push_field(&p.home_town);
    shown(record, &format_args!("{:02}", p.ethnicity.code));
    record.push_field(p.ethnicity.name);
    record.push_field("VNM");
    record.push_field(p.marital.as_str());
    for Kin { number, name } in [&p.father, &p.mother, &p.spouse] {
        optional(record, number.as_ref().map(|n| n.as_str()));
        optional(record, name.as_deref());
    }
    optional(record, p.household.as_ref().map(|(key, _)| &**key));
    optional(record, p.household.as_ref().map(|(_, relation)| relation.as_str()));
    record.push_field(&p.permanent.commune);
    record.push_field(&p.permanent.address);
    shown(record, &p.permanent.since);
    match &p.temporary {
        Some(stay) => {
            record.push_field(&stay.at.commune);
            record.push_field(&stay.at.address);
            shown(record, &stay.at.since);
            shown(record, &stay.until);
        }
        None => (0..4).for_each(|_| record.push_field("")),
    }
    optional(record, p.phone.as_deref());
    let held = &p.held;
    optional(record, None);
    record.push_field(&p.birth_place);
    optional(record, held.religion);
    optional(record, held.blood_group);
    optional(record, held.email.as_deref());
    for day in [held.phone_verified, held.email_verified] {
        match day {
            Some(day) => shown(record, &day),
            None => record.push_field(""),
        }
    }
    optional(record, None);
    optional(record, held.residence_record.as_deref());
    for Kin { name, .. } in [&p.father, &p.mother, &p.spouse] {
        optional(record, None);
        optional(record, name.as_ref().map(|_| "VNM"));
    }
    // Nobody here has a guardian, lives elsewhere than registered, or is declared absent.
    (0..GUARDIAN_TO_ABSENCE).for_each(|_| record.push_field(""));
    match &held.paper {
        Some(paper) => {
            record.push_field(paper.kind);
            record.push_field(p.number.as_str());
            record.push_field(paper.issued_at);
            shown(record, &paper.issued_on);
            match paper.expires_on {
                Some(day) => shown(record, &day),
                None => record.push_field(""),
            }
        }
        None => (0..5).for_each(|_| record.push_field("")),
    }
}
