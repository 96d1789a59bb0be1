//! Administrative procedures (thủ tục hành chính): what can be asked for, who decides, how long, how much, by which law.
//!
//! One file each in `catalogue/procedures/`. Limits and fees are dated; a dossier keeps those of the day it was accepted.
//! - this file: the words, and look-up
//! - `load`: the files and their rules
//! - `search`: full text, with filters; `synonyms`: what people type for it

mod load;
mod search;
mod synonyms;

use base::{Lang, Text, Vnd};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use search::ProcedureQuery;

use crate::{
    fields::Audience,
    legal::Citation,
    validity::{Level, Validity},
};

/// Where a procedure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Of the Ministry of Public Security, in the national database.
    Mps,
    /// Only on that ministry's own portal; the code may have been replaced.
    PortalOnly,
    /// Of other agencies, needed by linked services.
    OtherAgency,
    /// Several procedures filed as one (liên thông).
    Linked,
}

/// How much of a procedure can be done online.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnlineLevel {
    /// Toàn trình: every step.
    Full,
    /// Một phần: some step in person.
    Partial,
    None,
}

/// How a dossier is filed; fees differ by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Any,
    Online,
    InPerson,
}

impl Channel {
    fn covers(self, asked: Self) -> bool {
        self == Self::Any || asked == Self::Any || self == asked
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Currency {
    #[serde(rename = "VND")]
    Vnd,
    #[serde(rename = "USD")]
    Usd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitUnit {
    WorkingDay,
    /// Calendar days, or not stated which.
    Day,
    WorkingHour,
    Hour,
    Month,
    /// On the working day of receipt; the value is 0.
    SameDay,
    /// At once; the value is 0.
    Immediate,
}

/// How long the agency may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limit {
    pub value: u16,
    pub unit: LimitUnit,
    /// The case it holds for; the main limit has none.
    pub case: Option<Text>,
    pub validity: Validity,
    /// Id in the legal register.
    pub legal: Option<String>,
}

/// What is to be paid, in whole units of the currency. Zero is published as free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fee {
    pub channel: Channel,
    pub amount: i64,
    pub currency: Currency,
    /// The case it holds for; the main fee has none.
    pub case: Option<Text>,
    pub validity: Validity,
    /// Id in the legal register.
    pub legal: Option<String>,
}

impl Fee {
    /// The amount in đồng, when it is in đồng.
    pub fn vnd(&self) -> Option<Vnd> {
        (self.currency == Currency::Vnd).then_some(Vnd(self.amount))
    }
}

/// The Vietnamese name is published; the English one is ours, and missing where none was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcedureName {
    pub vi: String,
    pub en: Option<String>,
}

impl ProcedureName {
    /// In the language asked for, else in Vietnamese.
    pub fn get(&self, lang: Lang) -> &str {
        match (lang, &self.en) {
            (Lang::En, Some(en)) => en,
            _ => &self.vi,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Procedure {
    /// National code `d.dddddd`, or a portal's own.
    pub code: String,
    pub name: ProcedureName,
    /// Slug of the field.
    pub field: String,
    pub group: Group,
    pub level: Level,
    /// The agency as published, in Vietnamese.
    pub agency: Option<String>,
    /// Agencies or agency templates (`CA-X`, `C06`); the one of the procedure's level first.
    pub decided_by: Vec<String>,
    pub online: OnlineLevel,
    /// Among the procedures recommended for a first platform.
    pub core: bool,
    pub validity: Validity,
    pub superseded_by: Vec<String>,
    /// What comes out, in Vietnamese as published.
    pub result: Option<String>,
    /// Who may apply, as published; empty when not published.
    pub subjects: Vec<String>,
    /// Derived from the subjects; empty when those are not published.
    pub audiences: Vec<Audience>,
    /// Names of the documents, in Vietnamese as published.
    pub documents: Vec<String>,
    pub note: Option<Text>,
    /// Said where no amounts can be given.
    pub fees_note: Option<Text>,
    /// Limits of all times; ask [`Self::limits_on`].
    pub limits: Vec<Limit>,
    /// Fees of all times; ask [`Self::fees_on`].
    pub fees: Vec<Fee>,
    pub legal: Vec<Citation>,
    /// What in this entry may be wrong.
    pub uncertain: Vec<Uncertain>,
}

/// A part of an entry that is not certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uncertain {
    OnlineLevel,
    Fees,
    Documents,
    /// The limit.
    Processing,
    /// The limit depends on cases that are not listed.
    ProcessingVariesByCase,
    CodeMayBeSuperseded,
    Field,
    Validity,
}

impl Procedure {
    /// The limits in force on a day; the main one first.
    pub fn limits_on(&self, day: Date) -> Vec<&Limit> {
        let mut limits: Vec<&Limit> = self.limits.iter().filter(|l| l.validity.contains(day)).collect();
        limits.sort_by_key(|l| l.case.is_some());
        limits
    }

    /// The main limit of a day; `None` when none is published.
    pub fn limit_on(&self, day: Date) -> Option<&Limit> {
        self.limits_on(day).into_iter().next()
    }

    /// The fees in force on a day for a way of filing; the main one first. Empty when none is published.
    pub fn fees_on(&self, day: Date, channel: Channel) -> Vec<&Fee> {
        let in_force = self.fees.iter().filter(|f| f.validity.contains(day) && f.channel.covers(channel));
        let mut fees: Vec<&Fee> = in_force.collect();
        fees.sort_by_key(|f| f.case.is_some());
        fees
    }

    /// The main fee of a day for a way of filing.
    pub fn fee_on(&self, day: Date, channel: Channel) -> Option<&Fee> {
        self.fees_on(day, channel).into_iter().next()
    }

    /// Whether it is meant for an audience. One whose subjects are not published may be for anybody.
    pub fn is_for(&self, audience: Audience) -> bool {
        self.audiences.is_empty() || self.audiences.contains(&audience)
    }
}

/// All procedures of all times, sorted by code.
#[derive(Debug, Default)]
pub struct Procedures {
    all: Vec<Procedure>,
    index: Vec<search::Entry>,
    synonyms: synonyms::Synonyms,
}

impl Procedures {
    pub fn all(&self) -> &[Procedure] {
        &self.all
    }

    pub fn get(&self, code: &str) -> Option<&Procedure> {
        self.all.binary_search_by(|p| p.code.as_str().cmp(code)).ok().and_then(|at| self.all.get(at))
    }

    /// The procedures in force on a day, by code.
    pub fn in_force(&self, day: Date) -> impl Iterator<Item = &Procedure> {
        self.all.iter().filter(move |p| p.validity.contains(day))
    }
}
