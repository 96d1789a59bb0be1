//! The papers of residence matters (TT 53/2025/TT-BCA) as pure data: who decides fills them in, who prints lays them out.
//!
//! Papers are in Vietnamese, as the law has them. Nothing here derives `Debug` that shows a person.

use base::{PartialDate, PersonName, PersonalNumber, Sex, Vnd};
use jiff::{Timestamp, civil::Date};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// CT04: receipt and appointment.
    Receipt,
    /// CT05: what to supplement.
    Supplement,
    /// CT06: refusal.
    Refusal,
    /// CT07: confirmation of residence.
    Confirmation,
    /// Notice of the result of a residence procedure.
    Notice,
}

impl PaperKind {
    pub const ALL: [Self; 5] =
        [Self::Receipt, Self::Supplement, Self::Refusal, Self::Confirmation, Self::Notice];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Supplement => "supplement",
            Self::Refusal => "refusal",
            Self::Confirmation => "confirmation",
            Self::Notice => "notice",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == s)
    }
}

/// One paper: the frame, and what it says.
#[derive(Clone)]
pub struct Paper {
    pub agency: String,
    /// The agency above.
    pub parent_agency: Option<String>,
    /// The place named in the date line.
    pub place: String,
    pub number: String,
    pub dossier_code: String,
    pub procedure_code: String,
    pub procedure_name: String,
    pub issued_at: Timestamp,
    /// The signer's office, a line each.
    pub office: Vec<String>,
    /// None where the record alone decided.
    pub signer: Option<PersonName>,
    pub verify_url: String,
    pub applicant: PaperPerson,
    pub body: PaperBody,
}

/// A person as papers name them; what is not given is not printed.
#[derive(Clone)]
pub struct PaperPerson {
    pub name: PersonName,
    pub born: Option<PartialDate>,
    pub sex: Option<Sex>,
    pub number: Option<PersonalNumber>,
    pub permanent: Option<String>,
    pub temporary: Option<String>,
    pub current: Option<String>,
}

#[derive(Clone)]
pub enum PaperBody {
    Receipt {
        request: String,
        /// Names of the files that were handed in.
        files: Vec<String>,
        received_at: Timestamp,
        limit_days: u32,
        due_on: Date,
        fee: Option<Vnd>,
    },
    Supplement {
        /// What is wrong with what: label and words.
        defects: Vec<(String, String)>,
    },
    Refusal {
        request: String,
        reason: String,
        legal: Vec<String>,
    },
    Confirmation {
        /// Name of the householder and the person's relation to them.
        householder: Option<(PersonName, String)>,
        /// Label and value of what else was asked to be confirmed.
        content: Vec<(String, String)>,
        as_of: Timestamp,
        valid_until: Option<Date>,
    },
    Notice {
        outcome: String,
        /// Label and value.
        facts: Vec<(String, String)>,
        legal: Vec<String>,
    },
}

impl PaperBody {
    pub fn kind(&self) -> PaperKind {
        match self {
            Self::Receipt { .. } => PaperKind::Receipt,
            Self::Supplement { .. } => PaperKind::Supplement,
            Self::Refusal { .. } => PaperKind::Refusal,
            Self::Confirmation { .. } => PaperKind::Confirmation,
            Self::Notice { .. } => PaperKind::Notice,
        }
    }
}
