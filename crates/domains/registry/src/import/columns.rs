//! The columns of a file of persons (`docs/persons-csv.md`), whatever its format.

macro_rules! columns {
    ($($column:ident $name:literal),* $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    BirthRegistration "birth_registration_commune",
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
    BirthPlace "birth_commune",
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

/// How many columns there are.
pub const COLUMNS: usize = Column::ALL.len();
const REQUIRED: [Column; 4] = [Column::SourceKey, Column::FullName, Column::Sex, Column::BirthDate];

impl Column {
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|c| c.name() == name)
    }

    /// Columns without which nobody can be loaded: those of `given` are there.
    pub fn missing(given: impl Fn(Self) -> bool) -> Vec<String> {
        let mut missing: Vec<String> =
            REQUIRED.iter().filter(|c| !given(**c)).map(|c| c.name().to_owned()).collect();
        if !given(Self::Number) && !given(Self::OldNumber) {
            missing.push(Self::Number.name().to_owned());
        }
        missing
    }

    /// Whether the column holds dates, which sources write in many forms.
    pub fn is_date(self) -> bool {
        matches!(
            self,
            Self::BirthDate
                | Self::DeathDate
                | Self::PermanentSince
                | Self::TemporarySince
                | Self::TemporaryUntil
                | Self::PhoneVerified
                | Self::EmailVerified
                | Self::MissingDate
                | Self::CurrentSince
                | Self::AbsentSince
                | Self::AbsentUntil
                | Self::PaperIssuedOn
                | Self::PaperExpiresOn
        )
    }
}
