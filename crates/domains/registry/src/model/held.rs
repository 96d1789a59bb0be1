//! What a person holds in dated rows beside items, residences and ties: identity papers, declared absences, and what other
//! databases share.

use contracts::CommuneCode;
use jiff::civil::Date;
use uuid::Uuid;

use super::history::Entry;

/// Kinds of identity papers, in the law's words.
pub const PAPER_KINDS: &[&str] = &[
    // Thẻ căn cước (since 2024), thẻ căn cước công dân (2016–2024), chứng minh nhân dân, giấy chứng nhận căn cước.
    "identity_card",
    "citizen_card",
    "people_card",
    "identity_certificate",
];

/// An identity paper; its days begin with the day of issue.
#[derive(Clone, PartialEq, Eq)]
pub struct Paper {
    pub id: Uuid,
    pub kind: String,
    pub number: String,
    /// Place of issue as it is printed.
    pub issued_at: Option<String>,
    /// Last day as it is printed; none: without end.
    pub expires_on: Option<Date>,
    pub event: Uuid,
    pub source: String,
    pub ended_by: Option<Uuid>,
}

/// A declared temporary absence (tạm vắng).
#[derive(Clone, PartialEq, Eq)]
pub struct Absence {
    pub id: Uuid,
    /// From where.
    pub commune: CommuneCode,
    pub destination: Option<String>,
    pub event: Uuid,
    pub source: String,
    pub ended_by: Option<Uuid>,
}

/// Something that another database shares; one value a key at a time.
#[derive(Clone, PartialEq, Eq)]
pub struct Shared {
    pub id: Uuid,
    pub key: String,
    pub value: String,
    pub event: Uuid,
    pub source: String,
    pub ended_by: Option<Uuid>,
}

macro_rules! entries {
    ($($name:ident),*) => {
        $(impl Entry for $name {
            fn id(&self) -> Uuid {
                self.id
            }
            fn set_id(&mut self, id: Uuid) {
                self.id = id;
            }
            fn end_by(&mut self, event: Uuid) {
                self.ended_by = Some(event);
            }
        })*
    };
}

entries!(Paper, Absence, Shared);
