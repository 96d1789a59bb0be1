//! A service definition: everything that makes one procedure executable, as data. These types are the file format
//! (`catalogue/services/<procedure>/v<N>.toml`); unknown keys are refused.
//!
//! A definition never changes once a dossier is pinned to it: a new rule is a new version with its own validity.
//! `load` reads and checks it, `sheet` applies it to answers, `outcome` tells what follows.

use base::{Text, Vnd};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{effects::Effect, expr::Formula, facts::Fact, kind::Kind};

/// Largest file for an attachment that sets no limit of its own.
pub const FILE_BYTES_DEFAULT: u64 = 10 * 1024 * 1024;

/// One version of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// National procedure code, such as `1.004194`.
    pub procedure: String,
    pub version: u32,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub title: Text,
    pub basis: Vec<Text>,
    pub applicant: Applicant,
    /// Working days in total where they depend on the case; otherwise the procedure's own limit holds.
    pub limit: Option<Limit>,
    /// How long the citizen has to answer, where the law says; otherwise limits of the house hold.
    pub waits: Option<Waits>,
    /// Other people named in the answers, of whom checks may know the listed facts and no more.
    #[serde(default)]
    pub parties: Vec<Party>,
    pub pages: Vec<Page>,
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    #[serde(default)]
    pub consents: Vec<Consent>,
    #[serde(default)]
    pub checks: Vec<Check>,
    pub steps: Vec<Step>,
    pub automatic: Option<Automatic>,
    #[serde(default)]
    pub fees: Vec<Fee>,
    #[serde(default)]
    pub exemptions: Vec<Exemption>,
    pub result: ResultForm,
    /// What the record learns when the dossier is approved, in this order.
    #[serde(default)]
    pub effects: Vec<Effect>,
    pub refusals: Vec<Reason>,
    pub supplements: Vec<Reason>,
}

/// Who may apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applicant {
    pub min_age: Option<i64>,
    /// Level of identity of the account (mức độ định danh), 1 or 2.
    pub account_level: u8,
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// Something that must hold, and what to say where it certainly does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub code: String,
    pub check: Formula,
    pub message: Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub working_days: Formula,
    pub basis: Text,
}

/// Calendar days that the citizen has while the clock stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waits {
    pub supplement_days: Option<u16>,
    pub payment_days: Option<u16>,
    pub basis: Text,
}

/// Somebody else in the dossier, known by the number in a field (`host_number`) or a column (`members.number`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    pub key: String,
    pub label: Text,
    pub number: String,
    pub facts: Vec<Fact>,
}

/// One page of the flow: ideally one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    pub key: String,
    pub title: Text,
    pub intro: Option<Text>,
    pub visible_when: Option<Formula>,
    pub fields: Vec<Field>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub key: String,
    pub kind: Kind,
    pub label: Text,
    pub hint: Option<Text>,
    /// Default: not required.
    pub required: Option<Formula>,
    pub visible_when: Option<Formula>,
    /// A name of the record (`record.name`): what the state knows is shown, not asked, and cannot be overwritten here.
    pub prefill: Option<String>,
    /// Bounds: characters of a text, the value of a number, rows of a group.
    pub min: Option<i64>,
    pub max: Option<i64>,
    /// The answers of a choice.
    #[serde(default)]
    pub options: Vec<Choice>,
    /// The columns of a repeated group.
    #[serde(default)]
    pub items: Vec<Field>,
    #[serde(default)]
    pub rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub key: String,
    pub label: Text,
    pub hint: Option<Text>,
}

/// A document to hand in. The files themselves live with the dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    pub key: String,
    pub label: Text,
    pub hint: Option<Text>,
    pub required: Option<Formula>,
    pub visible_when: Option<Formula>,
    /// Default: all types that we can read.
    #[serde(default = "FileType::all")]
    pub types: Vec<FileType>,
    /// Of one file. Default: [`FILE_BYTES_DEFAULT`].
    #[serde(default = "file_bytes_default")]
    pub max_bytes: u64,
    pub max_count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileType {
    Pdf,
    Jpeg,
    Png,
}

fn file_bytes_default() -> u64 {
    FILE_BYTES_DEFAULT
}

impl FileType {
    fn all() -> Vec<Self> {
        vec![Self::Pdf, Self::Jpeg, Self::Png]
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// A yes that another person gives from their own account before the dossier goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    pub key: String,
    pub label: Text,
    /// Asked of each row of this group; `item.…` is the row, and a party of the group is the row's person.
    pub each: Option<String>,
    /// Gives that person's number.
    pub who: Formula,
    pub question: Text,
    pub when: Option<Formula>,
    /// Days after which an unanswered question ends the waiting.
    pub days: u32,
}

/// What the system checks against the record before an officer looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub key: String,
    pub label: Text,
    pub when: Option<Formula>,
    pub check: Formula,
    pub severity: Severity,
    /// What to say where it does not hold.
    pub message: Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For the officer's information.
    Info,
    /// The officer must look at it.
    Warn,
    /// The dossier cannot be sent.
    Block,
}

/// One step of the handling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub key: String,
    pub label: Text,
    pub role: Role,
    pub level: Level,
    /// Gives the commune whose agency acts (five digits).
    pub commune: Formula,
    /// Percent of the working-day limit; all steps together make 100.
    pub share: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Receiver,
    Decider,
    Head,
}

/// The level of the agency that acts; the commune says which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Commune,
    Province,
    Ministry,
}

/// When the record alone decides: approved without an officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Automatic {
    pub when: Formula,
    pub basis: Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    pub channel: Channel,
    pub amount: Vnd,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub basis: Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Online,
    InPerson,
}

/// Who pays nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    pub key: String,
    pub label: Text,
    pub when: Formula,
    pub basis: Text,
}

/// The signed paper that comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultForm {
    pub template: String,
    pub title: Text,
    pub valid_months: Option<i32>,
    pub valid_basis: Option<Text>,
    /// What is printed: names of fields and facts, labelled by their own labels.
    pub rows: Vec<String>,
}

/// A reason to refuse, or a defect to be put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub code: String,
    pub text: Text,
    pub basis: Option<Text>,
    /// The field or attachment (`attachments.dwelling`) that it is about.
    pub field: Option<String>,
}

impl Service {
    pub fn is_in_force(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }

    /// Top-level fields in order, with their pages.
    pub fn fields(&self) -> impl Iterator<Item = (&Page, &Field)> {
        self.pages.iter().flat_map(|p| p.fields.iter().map(move |f| (p, f)))
    }

    /// A field by name: `commune`, or `members.number` for a column of a group.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let (head, column) = name.split_once('.').map_or((name, None), |(h, c)| (h, Some(c)));
        let field = self.fields().map(|(_, f)| f).find(|f| f.key == head)?;
        match column {
            None => Some(field),
            Some(c) => field.items.iter().find(|i| i.key == c),
        }
    }

    pub fn page(&self, key: &str) -> Option<&Page> {
        self.pages.iter().find(|p| p.key == key)
    }

    /// The consent behind a key of [`crate::outcome::ConsentNeed`].
    pub fn consent(&self, key: &str) -> Option<&Consent> {
        let own = key.split_once('.').map_or(key, |(own, _)| own);
        self.consents.iter().find(|c| c.key == own)
    }

    pub fn party(&self, key: &str) -> Option<&Party> {
        self.parties.iter().find(|p| p.key == key)
    }
}

impl Choice {
    pub fn find<'a>(options: &'a [Self], key: &str) -> Option<&'a Self> {
        options.iter().find(|o| o.key == key)
    }
}
