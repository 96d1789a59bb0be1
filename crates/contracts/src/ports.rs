//! Questions and commands between domains. Each trait is in the asker's words; its owner implements it and the binary
//! wires it. Methods that take a transaction take part in it: what they write and log commits with the caller's work.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use base::{Calendar, Fault, FieldFault, Kind, PartialDate, PersonName, PersonalNumber, Text};
use forms::{Fact, Person, Service};
use jiff::civil::Date;
use store::{StoreError, Tx};

pub use crate::paper::{Paper, PaperKind};
use crate::{
    Access, AccountId, AgencyId, CommuneCode, Companion, DocumentId, DossierId, OrganisationId, PersonId,
    Standing,
};

/// Another domain's error, handed on as it is.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PortError(pub Box<dyn Fault>);

impl PortError {
    pub fn new(fault: impl Fault) -> Self {
        Self(Box::new(fault))
    }
}

impl From<StoreError> for PortError {
    fn from(e: StoreError) -> Self {
        Self::new(e)
    }
}

impl Fault for PortError {
    fn kind(&self) -> Kind {
        self.0.kind()
    }
    fn code(&self) -> &'static str {
        self.0.code()
    }
    fn args(&self) -> Vec<(String, String)> {
        self.0.args()
    }
    fn fields(&self) -> &[FieldFault] {
        self.0.fields()
    }
}

/// The catalogue, as those ask it who handle dossiers and people. In memory; never waits.
pub trait Nation: Send + Sync + 'static {
    /// The executable service of a procedure in force on a day.
    fn service(&self, procedure: &str, on: Date) -> Option<Arc<Service>>;
    /// The version to which a dossier is pinned.
    fn pinned(&self, procedure: &str, version: u32) -> Option<Arc<Service>>;
    /// Name of a procedure, its working-day limit and field.
    fn procedure(&self, code: &str) -> Option<ProcedureCard>;
    fn calendar(&self) -> &Calendar;
    /// The agency that decides for a commune at a level, for procedures of the police.
    fn agency_for(&self, commune: &CommuneCode, level: forms::Level) -> Option<AgencyCard>;
    fn agency(&self, id: &AgencyId) -> Option<AgencyCard>;
    /// Code of the `number`th dossier that an agency's unit receives on a day.
    fn dossier_code(&self, agency: &AgencyId, day: Date, number: u32) -> Option<String>;
    /// Full name with province ("Phường Bến Thành, Thành phố Hồ Chí Minh"); also of units no longer in force.
    fn place(&self, code: &str) -> Option<Text>;
    /// The same as it was called on a day: a code may name another unit since.
    fn place_on(&self, code: &str, _day: Date) -> Option<Text> {
        self.place(code)
    }
    /// Whether the commune is in force on the day.
    fn commune_in_force(&self, code: &str, on: Date) -> bool;
    /// The unit that has the place today, where that is one unit.
    fn commune_today(&self, code: &str) -> Option<CommuneCode>;
    /// Whether the units that an address names are, today, the commune that is recorded with it. None where it names none:
    /// a house and a street say nothing about it.
    fn address_fits(&self, _address: &str, _commune: &CommuneCode) -> Option<bool> {
        None
    }
    /// Whether three digits are a known place of birth registration in a personal number.
    fn number_prefix_known(&self, prefix: &str) -> bool;
    /// The place code of the numbers that births registered in a commune get; none where the nation gives none.
    fn number_prefix(&self, _commune: &str) -> Option<u16> {
        None
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcedureCard {
    pub code: String,
    pub name: Text,
    pub field: Text,
    /// Working days of the main channel, where the law gives them so.
    pub limit_days: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyCard {
    pub id: AgencyId,
    pub name: Text,
    /// Name of the agency above.
    pub parent: Option<Text>,
    pub commune: Option<CommuneCode>,
    /// Unit code with which its dossier codes begin; their numbers run on within it (several agencies may share it).
    pub unit_code: String,
}

/// The population record, as other domains ask it. Each call leaves its audit entry in the transaction.
#[async_trait]
pub trait Register: Send + Sync + 'static {
    /// The person behind a number in force, current or earlier.
    async fn person_by_number(
        &self,
        tx: &mut Tx,
        access: &Access,
        number: &PersonalNumber,
    ) -> Result<Option<PersonId>, PortError>;

    /// Exactly the asked facts, each with where it comes from.
    async fn facts(
        &self,
        tx: &mut Tx,
        access: &Access,
        person: PersonId,
        wanted: &[Fact],
    ) -> Result<Person, PortError>;

    /// Match or no match, never which item differs: for opening an account (NĐ 69/2024 Art. 9).
    async fn matches(
        &self,
        tx: &mut Tx,
        access: &Access,
        claim: &IdentityClaim,
    ) -> Result<Option<PersonId>, PortError>;

    /// Changes the record; the change, its provenance and its event commit with the caller's transaction.
    async fn apply(&self, tx: &mut Tx, access: &Access, change: &RecordChange) -> Result<(), PortError>;

    /// How the record of this very person stands, whatever it gave way to. None: nobody of this id is on record.
    async fn standing(&self, _: &mut Tx, _: &Access, _: PersonId) -> Result<Option<Standing>, PortError> {
        Ok(None)
    }

    /// Keeps a person's record as it stands until this transaction ends: what is made of it meanwhile is not overtaken. Tells
    /// nothing, so it leaves no entry.
    async fn hold(&self, _: &Tx, _: PersonId) -> Result<(), PortError> {
        Ok(())
    }

    /// What the record says of a grown-up who comes along with a child. None: one of them is not on record.
    async fn companion(
        &self,
        _: &mut Tx,
        _: &Access,
        _child: PersonId,
        _companion: PersonId,
    ) -> Result<Option<Companion>, PortError> {
        Ok(None)
    }
}

/// Identity cards on record, as those ask whose accounts hang on them (NĐ 69/2024 Art. 15). Leaves its audit entry.
#[async_trait]
pub trait Cards: Send + Sync + 'static {
    /// The last day of the person's card in force, the furthest if there are several; `Date::MAX` where it has no end.
    /// None: no card in force is on record.
    async fn card_until(
        &self,
        tx: &mut Tx,
        access: &Access,
        person: PersonId,
    ) -> Result<Option<Date>, PortError>;
}

/// What somebody says of themselves.
#[derive(Clone)]
pub struct IdentityClaim {
    pub number: PersonalNumber,
    pub name: PersonName,
    pub birth_date: PartialDate,
}

/// What a decided dossier changes in the record.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordChange {
    pub person: PersonId,
    pub kind: ResidenceKind,
    pub commune: CommuneCode,
    /// House, street, hamlet.
    pub address: String,
    /// The householder whose household the person joins; none founds their own.
    pub householder: Option<PersonId>,
    /// Relation to the householder, a code of the catalogue.
    pub relation: Option<String>,
    pub from: Date,
    /// Last day, for a temporary residence.
    pub until: Option<Date>,
    pub dossier: DossierId,
    /// The document that stands behind it: the dossier code.
    pub document: String,
}

/// An address must not reach a log by accident.
impl fmt::Debug for RecordChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { person, kind, dossier, .. } = self;
        f.debug_struct("RecordChange")
            .field("person", person)
            .field("kind", kind)
            .field("dossier", dossier)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResidenceKind {
    Permanent,
    Temporary,
}

/// Signed results, as those issue them who decide.
#[async_trait]
pub trait Documents: Send + Sync + 'static {
    /// Signs, stores and publishes a document under the id that its QR code already carries.
    async fn issue(&self, tx: &mut Tx, access: &Access, document: NewDocument) -> Result<(), PortError>;
    /// The address that a document's QR code carries.
    fn verify_url(&self, id: DocumentId) -> String;
    /// The bytes of a document of this person.
    async fn file(
        &self,
        tx: &mut Tx,
        access: &Access,
        person: PersonId,
        id: DocumentId,
    ) -> Result<Vec<u8>, PortError>;
}

/// Not for printing: the file shows a person.
#[derive(Clone)]
pub struct NewDocument {
    pub id: DocumentId,
    pub kind: PaperKind,
    pub title: Text,
    pub person: PersonId,
    pub dossier: DossierId,
    pub issuer: AgencyId,
    pub issuer_name: Text,
    pub pdf: Vec<u8>,
    pub valid_until: Option<Date>,
    /// An earlier document that this one takes the place of.
    pub replaces: Option<DocumentId>,
}

/// Turns papers into PDF. Computes for milliseconds: call it where blocking is allowed.
pub trait Press: Send + Sync + 'static {
    fn print(&self, paper: &Paper) -> Result<Vec<u8>, PortError>;
}

/// Accounts, as those ask who must reach a person or list an agency's officers.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// The officers of an agency who can be given work.
    async fn officers(&self, tx: &mut Tx, agency: &AgencyId) -> Result<Vec<Officer>, PortError>;
}

/// Accounts, as those ask who vouch for their holders elsewhere.
#[async_trait]
pub trait Holders: Send + Sync + 'static {
    /// The account as it is now; none when it is closed or never was.
    async fn holder(&self, tx: &Tx, account: AccountId) -> Result<Option<AccountHolder>, PortError>;

    /// The account of the person behind a number in force, for requests that begin without a browser (CIBA).
    async fn holder_by_number(
        &self,
        tx: &mut Tx,
        number: &PersonalNumber,
    ) -> Result<Option<AccountHolder>, PortError>;

    /// Whether a session is in force.
    async fn session_is_live(
        &self,
        tx: &mut Tx,
        account: AccountId,
        session: uuid::Uuid,
    ) -> Result<bool, PortError>;

    /// Ends a session, as signing out does: for a logout that a relying party began.
    async fn session_end(
        &self,
        tx: &mut Tx,
        account: AccountId,
        session: uuid::Uuid,
    ) -> Result<(), PortError>;

    /// The organisations for which the holder may act at other services now; none for most people.
    async fn organisations(&self, _: &Tx, _: AccountId) -> Result<Vec<ActingFor>, PortError> {
        Ok(Vec::new())
    }

    /// The identification number of a foreigner, for whom it is told to in this transaction; none for citizens.
    async fn foreigner_number(&self, _: &Tx, _: AccountId) -> Result<Option<String>, PortError> {
        Ok(None)
    }

    /// The holder acts for one of them at a service, which its representatives and the holder see. None when the holder
    /// may not, or not any more.
    async fn act_for(
        &self,
        _: &mut Tx,
        _: AccountId,
        _: OrganisationId,
        _service: &str,
    ) -> Result<Option<ActingFor>, PortError> {
        Ok(None)
    }
}

/// An organisation for which somebody acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActingFor {
    pub organisation: OrganisationId,
    /// Its e-ID code.
    pub code: String,
    pub name: String,
    /// `legal` or `authorised`.
    pub role: &'static str,
}

/// Foreigners on record, as those ask who open accounts for them (NĐ 69/2024 Art. 11).
#[async_trait]
pub trait Foreigners: Send + Sync + 'static {
    /// Enters somebody into the record, or finds who is there already by passport or card; who only may be there already is
    /// shown first.
    async fn foreigner_enter(
        &self,
        tx: &mut Tx,
        access: &Access,
        new: &NewForeigner,
    ) -> Result<ForeignerEntry, PortError>;

    /// Whose paper or number it is or was.
    async fn foreigner_find(
        &self,
        tx: &mut Tx,
        access: &Access,
        key: &ForeignerKey,
    ) -> Result<Option<PersonId>, PortError>;

    /// Their identification number, for whom it is told to in this transaction: whoever asks leaves the entry.
    async fn foreigner_number(&self, tx: &Tx, person: PersonId) -> Result<Option<String>, PortError>;

    /// The number of their residence card in force, for a device that is to find that card in it; told to nobody.
    async fn foreigner_card(&self, tx: &Tx, person: PersonId) -> Result<Option<String>, PortError>;
}

/// A foreigner as passport and residence card say. Not for printing.
#[derive(Clone)]
pub struct NewForeigner {
    pub name: PersonName,
    pub birth_date: Date,
    pub sex: base::Sex,
    /// Three letters (ISO 3166-1 alpha-3).
    pub nationality: String,
    pub passport_number: String,
    pub passport_until: Date,
    /// Of the same country, where it was shown, too.
    pub earlier_passport: Option<String>,
    pub card_kind: ResidenceCard,
    pub card_number: String,
    pub card_from: Date,
    /// Last day.
    pub card_until: Date,
    /// The identification number, if they have none yet.
    pub number: String,
    pub judged: Judged,
}

/// What an officer says of those on record who may be the one who comes in.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Judged {
    /// Nobody was shown to them yet.
    #[default]
    NotYet,
    /// This one, who comes with a new passport.
    Same(PersonId),
    /// None of these.
    Another { than: Vec<PersonId>, reason: String },
}

/// By what a foreigner is looked up. Not for printing.
#[derive(Clone, PartialEq, Eq)]
pub enum ForeignerKey {
    /// The identification number.
    Number(String),
    Passport {
        country: String,
        number: String,
    },
    /// A residence card.
    Card(String),
}

/// What came of entering somebody.
pub enum ForeignerEntry {
    Entered(ForeignerEntered),
    /// Who may be the same person: an officer says so, or that they are another.
    Alike(Vec<ForeignerAlike>),
    /// The paper in this field of [`NewForeigner`] is on record as another person's.
    Other(&'static str),
}

/// Somebody on record who may be the one who comes in: as much of them as tells people apart. Not for printing.
#[derive(Clone, PartialEq, Eq)]
pub struct ForeignerAlike {
    pub person: PersonId,
    pub name: String,
    pub birth_date: Option<base::PartialDate>,
    pub sex: Option<base::Sex>,
    pub nationality: Option<String>,
    /// The last letters and digits of the passport they came with last.
    pub passport_end: Option<String>,
    /// The earlier passport that was shown is theirs.
    pub holds_earlier: bool,
    pub living: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResidenceCard {
    /// Thẻ thường trú.
    Permanent,
    /// Thẻ tạm trú.
    Temporary,
}

impl ResidenceCard {
    pub const ALL: [Self; 2] = [Self::Permanent, Self::Temporary];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent_residence_card",
            Self::Temporary => "temporary_residence_card",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Who it is, and their identification number. Not for printing.
#[derive(Clone, PartialEq, Eq)]
pub struct ForeignerEntered {
    pub person: PersonId,
    pub number: String,
    /// The papers told something that was not on record.
    pub is_news: bool,
}

/// Agencies that take part in the procedures of electronic identification, as the catalogue has them.
pub trait Offices: Send + Sync + 'static {
    /// Whether it is an agency of the state in force on a day, and not a body whose programs ask about people.
    fn is_agency(&self, agency: &AgencyId, on: Date) -> bool;
    /// Whether an agency decides on a procedure on a day.
    fn decides(&self, agency: &AgencyId, procedure: &str, on: Date) -> bool;
    /// The agency that decides on a procedure for a commune in force on a day.
    fn office_for(&self, commune: &CommuneCode, procedure: &str, on: Date) -> Option<AgencyId>;
    /// Whether one agency stands above another on a day, at any height. Nobody does, where nobody knows.
    fn is_above(&self, _upper: &AgencyId, _lower: &AgencyId, _on: Date) -> bool {
        false
    }
}

/// What a relying party's request must know of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountHolder {
    pub account: AccountId,
    /// None for staff.
    pub person: Option<PersonId>,
    /// None for staff.
    pub level: Option<crate::IdentityLevel>,
    /// Not locked: signing in and tokens are possible.
    pub active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    pub account: AccountId,
    pub name: String,
    pub role: crate::Role,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_printed_of_a_change_shows_no_address() {
        let change = RecordChange {
            person: PersonId(Uuid::nil()),
            kind: ResidenceKind::Permanent,
            commune: CommuneCode::new("00004"),
            address: "số 12, đường Láng".to_owned(),
            householder: None,
            relation: None,
            from: date(2026, 11, 20),
            until: None,
            dossier: DossierId(Uuid::nil()),
            document: "H1".to_owned(),
        };
        assert!(!format!("{change:?}").contains("Láng"));
    }
}
