//! Facts that one domain leaves and others follow. Payloads carry ids and codes, not personal data.

use base::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::Tx;
use uuid::Uuid;

use crate::{AccountId, AgencyId, DocumentId, DossierId, OrganisationId, PersonId};

/// A payload with its topic and the key that orders it.
pub trait Payload: Serialize + DeserializeOwned {
    const TOPIC: &'static str;
    fn key(&self) -> Uuid;
}

/// Leaves an event in the transaction.
pub fn emit<P: Payload>(tx: &mut Tx, payload: &P) {
    // Ids, codes and times always serialise.
    tx.emit(P::TOPIC, payload.key(), serde_json::to_value(payload).unwrap_or_default());
}

/// A dossier moved: what every list of dossiers needs to stay true.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DossierMoved {
    pub dossier: DossierId,
    pub applicant: PersonId,
    pub agency: AgencyId,
    /// The agency that had it before, where this move took it away.
    pub left: Option<AgencyId>,
    pub procedure: String,
    /// National status 1–10 (bảng trạng thái hồ sơ).
    pub status: i16,
    /// Optimistic version after the move; an older one arriving late is ignored.
    pub version: i32,
    pub at: Timestamp,
}

impl Payload for DossierMoved {
    const TOPIC: &'static str = "dossier.moved";
    fn key(&self) -> Uuid {
        self.dossier.0
    }
}

/// The record of a person changed in the named items.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordChanged {
    pub person: PersonId,
    pub items: Vec<String>,
    pub at: Timestamp,
}

impl Payload for RecordChanged {
    const TOPIC: &'static str = "registry.record_changed";
    fn key(&self) -> Uuid {
        self.person.0
    }
}

/// Something a person should be told, in both languages, with a place to go.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NoticeDue {
    pub person: PersonId,
    pub title: Text,
    pub path: String,
    pub at: Timestamp,
}

impl Payload for NoticeDue {
    const TOPIC: &'static str = "notice.due";
    fn key(&self) -> Uuid {
        self.person.0
    }
}

/// A document was issued, replaced or revoked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DocumentChanged {
    pub document: DocumentId,
    pub person: PersonId,
    pub dossier: DossierId,
    pub state: String,
    pub at: Timestamp,
}

impl Payload for DocumentChanged {
    const TOPIC: &'static str = "credential.document_changed";
    fn key(&self) -> Uuid {
        self.document.0
    }
}

/// What happened in a life, as the record has it (the acts of civil status, identity and residence).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifeKind {
    Birth,
    Death,
    /// A death was declared or registered of somebody who lives.
    DeathAnnulled,
    Missing,
    Return,
    Marriage,
    Divorce,
    /// It was against the law from the beginning.
    MarriageAnnulled,
    Adoption,
    AdoptionEnded,
    GuardianshipOpened,
    GuardianshipClosed,
    ItemChanged,
    Correction,
    PermanentResidence,
    TemporaryResidence,
    TemporaryAbsence,
    ResidenceDeleted,
    HouseholdHead,
    HouseholdSplit,
    NumberCancelled,
    NumberEstablished,
    NationalityRegained,
    NationalityLost,
    ContactVerified,
    PaperIssued,
    InformationShared,
    /// Two records were found to be of one person, and became one.
    Merged,
    /// That was wrong, and they are two again.
    MergeUndone,
}

impl LifeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Birth => "birth",
            Self::Death => "death",
            Self::DeathAnnulled => "death_annulled",
            Self::Missing => "missing",
            Self::Return => "return",
            Self::Marriage => "marriage",
            Self::Divorce => "divorce",
            Self::MarriageAnnulled => "marriage_annulled",
            Self::Adoption => "adoption",
            Self::AdoptionEnded => "adoption_ended",
            Self::GuardianshipOpened => "guardianship_opened",
            Self::GuardianshipClosed => "guardianship_closed",
            Self::ItemChanged => "item_changed",
            Self::Correction => "correction",
            Self::PermanentResidence => "permanent_residence",
            Self::TemporaryResidence => "temporary_residence",
            Self::TemporaryAbsence => "temporary_absence",
            Self::ResidenceDeleted => "residence_deleted",
            Self::HouseholdHead => "household_head",
            Self::HouseholdSplit => "household_split",
            Self::NumberCancelled => "number_cancelled",
            Self::NumberEstablished => "number_established",
            Self::NationalityRegained => "nationality_regained",
            Self::NationalityLost => "nationality_lost",
            Self::ContactVerified => "contact_verified",
            Self::PaperIssued => "paper_issued",
            Self::InformationShared => "information_shared",
            Self::Merged => "merged",
            Self::MergeUndone => "merge_undone",
        }
    }
}

/// An act of a life took effect on a person; one for each person whom the act is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LifeEvent {
    pub person: PersonId,
    /// The act in the record; the same for all whom it is about.
    pub event: Uuid,
    pub kind: LifeKind,
    /// Day from which it holds.
    pub on: jiff::civil::Date,
    pub at: Timestamp,
}

impl Payload for LifeEvent {
    const TOPIC: &'static str = "registry.life_event";
    fn key(&self) -> Uuid {
        self.person.0
    }
}

/// The record of `given` gave way to that of `kept`, or was taken out of it again. Every question to the register about
/// `given` is answered with `kept` while that holds; who keeps things under a person of their own may move or mark them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PersonMerged {
    pub given: PersonId,
    pub kept: PersonId,
    /// They are two again.
    pub undone: bool,
    pub event: Uuid,
    pub at: Timestamp,
}

impl Payload for PersonMerged {
    const TOPIC: &'static str = "registry.person_merged";
    fn key(&self) -> Uuid {
        self.given.0
    }
}

/// Administrative units were merged or divided, and everybody's residence followed, or that was taken back. One event for
/// the whole act: who keeps units of people asks again for those whom it concerns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnitsReformed {
    /// The act in the record.
    pub reform: Uuid,
    pub decree: String,
    /// First day of the new units.
    pub on: jiff::civil::Date,
    /// How many residences the act changed.
    pub residences: u64,
    pub undone: bool,
    pub at: Timestamp,
}

impl Payload for UnitsReformed {
    const TOPIC: &'static str = "registry.units_reformed";
    fn key(&self) -> Uuid {
        self.reform
    }
}

/// What happened to an account, for those who vouch for its holder elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AccountChange {
    Locked,
    Unlocked,
    /// For ever.
    Closed,
    LevelRaised,
    /// A way of signing in was added, changed or removed.
    CredentialChanged,
    /// One session ended, by signing out or from the list of devices.
    SessionEnded {
        session: Uuid,
    },
    /// All sessions but perhaps one ended.
    SessionsEnded {
        but: Option<Uuid>,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccountChanged {
    pub account: AccountId,
    /// None for staff.
    pub person: Option<PersonId>,
    pub change: AccountChange,
    pub at: Timestamp,
}

impl Payload for AccountChanged {
    const TOPIC: &'static str = "identity.account_changed";
    fn key(&self) -> Uuid {
        self.account.0
    }
}

/// A person acts for an organisation no more: the representation ended, or the organisation's account was locked or closed.
/// What came of it elsewhere ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RepresentationEnded {
    pub account: AccountId,
    pub organisation: OrganisationId,
    pub at: Timestamp,
}

impl Payload for RepresentationEnded {
    const TOPIC: &'static str = "identity.representation_ended";
    fn key(&self) -> Uuid {
        self.account.0
    }
}
