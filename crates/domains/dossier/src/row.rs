//! A dossier as it is stored, and its way in and out of a row.

use std::{collections::BTreeMap, error::Error};

use base::vietnam_date;
use contracts::{AccountId, AgencyId, DocumentId, DossierId, PersonId};
use forms::{Answers, Facts, Service, definition::Step};
use jiff::{Timestamp, civil::Date};
use postgres_types::{FromSql, Json, Type};
use serde::{Deserialize, Serialize};
use store::{Row, RowExt, StoreError, Tx, tx::Param};

use crate::{
    DossierError,
    model::{Clock, Defect, Proposal, Status, Verdict},
    sql, sweep,
};

/// How a question to another person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    Asked,
    Given,
    Refused,
    /// Nobody answered in time.
    Expired,
}

impl ConsentState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Given => "given",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        [Self::Asked, Self::Given, Self::Refused, Self::Expired].into_iter().find(|c| c.as_str() == s)
    }
}

impl<'a> FromSql<'a> for ConsentState {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Self::parse(<&str>::from_sql(kind, raw)?).ok_or_else(|| "no such state of a consent".into())
    }
    fn accepts(kind: &Type) -> bool {
        <&str as FromSql>::accepts(kind)
    }
}

impl<'a> FromSql<'a> for Status {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Self::from_number(i16::from_sql(kind, raw)?).ok_or_else(|| "no such status".into())
    }
    fn accepts(kind: &Type) -> bool {
        <i16 as FromSql>::accepts(kind)
    }
}

/// What is read from a row.
pub(crate) trait Columns: Sized {
    fn read(row: &Row) -> Result<Self, StoreError>;
}

/// [`Columns`] for a struct whose fields are named like the columns.
macro_rules! columns {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::row::Columns for $name {
            fn read(row: &store::Row) -> Result<Self, store::StoreError> {
                Ok(Self { $($field: store::RowExt::col(row, stringify!($field))?),+ })
            }
        }
    };
}
pub(crate) use columns;

/// All rows of a list.
pub(crate) fn all<T: Columns>(rows: &[Row]) -> Result<Vec<T>, StoreError> {
    rows.iter().map(T::read).collect()
}

/// One dossier. `version` counts its changes; whoever changes it says which version they saw.
#[derive(Debug, Clone)]
pub struct Dossier {
    pub applicant: PersonId,
    pub id: DossierId,
    pub procedure: String,
    pub service_version: u32,
    pub status: Status,
    pub version: i32,
    pub answers: Answers,
    /// What the record said when it was sent.
    pub facts: Facts,
    pub code: Option<String>,
    pub agency: Option<AgencyId>,
    pub assignee: Option<AccountId>,
    pub clock: Clock,
    /// The last day for whoever has it: the agency, or the citizen while the clock stands.
    pub due_on: Option<Date>,
    pub supplements: i32,
    pub defects: Vec<Defect>,
    pub proposal: Option<Proposal>,
    pub verdict: Option<Verdict>,
    /// Code of the reason of a refusal.
    pub verdict_reason: Option<String>,
    pub result: Option<DocumentId>,
    pub consents: BTreeMap<String, ConsentState>,
    /// Who was asked last, by key: only their answer counts.
    pub asked: BTreeMap<String, PersonId>,
    /// Stars, 1 to 5.
    pub rating: Option<i16>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub submitted_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

impl Dossier {
    pub fn draft(
        applicant: PersonId,
        id: DossierId,
        procedure: &str,
        service_version: u32,
        now: Timestamp,
    ) -> Self {
        Self {
            applicant,
            id,
            procedure: procedure.to_owned(),
            service_version,
            status: Status::Draft,
            version: 1,
            answers: Answers::default(),
            facts: Facts::default(),
            code: None,
            agency: None,
            assignee: None,
            clock: Clock { limit_days: 0, used_days: 0, running_since: None },
            due_on: None,
            supplements: 0,
            defects: Vec::new(),
            proposal: None,
            verdict: None,
            verdict_reason: None,
            result: None,
            consents: BTreeMap::new(),
            asked: BTreeMap::new(),
            rating: None,
            created_at: now,
            updated_at: now,
            submitted_at: None,
            finished_at: None,
        }
    }

    /// The step of the service at which it lies with the agency: the first until work begins, then the one after it.
    pub fn step<'s>(&self, service: &'s Service) -> Option<&'s Step> {
        match self.status {
            Status::Registered | Status::Accepted => service.steps.first(),
            Status::InProgress | Status::SupplementRequested | Status::PaymentRequested => {
                service.steps.get(1).or(service.steps.first())
            }
            _ => None,
        }
    }

    /// Of a draft: the day on which it is deleted unless it is touched before.
    pub fn deleted_on(&self) -> Option<Date> {
        let at = self.updated_at.checked_add(sweep::DRAFT_KEPT).ok()?;
        (self.status == Status::Draft).then(|| vietnam_date(at))
    }

    /// Every consent that was asked for was given.
    pub fn consents_given(&self) -> bool {
        self.consents.values().all(|c| *c == ConsentState::Given)
    }

    #[cfg(test)]
    pub fn blank_for_tests() -> Self {
        let nil = uuid::Uuid::nil();
        Self::draft(PersonId(nil), DossierId(nil), "1.000000", 1, Timestamp::UNIX_EPOCH)
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        let days = |column: &'static str| -> Result<u32, StoreError> {
            u32::try_from(row.col::<i32>(column)?).map_err(|_| StoreError::Column(column))
        };
        let verdict: Option<&str> = row.col("verdict")?;
        Ok(Self {
            applicant: row.col("applicant")?,
            id: row.col("dossier_id")?,
            procedure: row.col("procedure")?,
            service_version: days("service_version")?,
            status: row.col("status")?,
            version: row.col("version")?,
            answers: json(row, "answers")?,
            facts: json(row, "facts")?,
            code: row.col("code")?,
            agency: row.col("agency")?,
            assignee: row.col("assignee")?,
            clock: Clock {
                limit_days: days("limit_days")?,
                used_days: days("used_days")?,
                running_since: row.col("running_since")?,
            },
            due_on: row.col("due_on")?,
            supplements: row.col("supplements")?,
            defects: optional_json(row, "defects")?.unwrap_or_default(),
            proposal: optional_json(row, "proposal")?,
            verdict: match verdict {
                Some("approved") => Some(Verdict::Approved),
                Some("refused") => Some(Verdict::Refused),
                Some(_) => return Err(StoreError::Column("verdict")),
                None => None,
            },
            verdict_reason: row.col("verdict_reason")?,
            result: row.col("result")?,
            consents: json(row, "consents")?,
            asked: json(row, "asked")?,
            rating: row.col("rating")?,
            created_at: row.col("created_at")?,
            updated_at: row.col("updated_at")?,
            submitted_at: row.col("submitted_at")?,
            finished_at: row.col("finished_at")?,
        })
    }

    /// The parameters of `DOSSIER_MOVE`: what a move can change, guarded by the version that was read.
    pub(crate) fn move_params(&self, read_version: i32) -> Vec<Param> {
        let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        let verdict = self.verdict.map(|v| match v {
            Verdict::Approved => "approved",
            Verdict::Refused => "refused",
        });
        vec![
            Box::new(self.applicant),
            Box::new(self.id),
            Box::new(read_version),
            Box::new(self.status.number()),
            Box::new(self.version),
            Box::new(self.agency.clone()),
            Box::new(self.assignee),
            Box::new(number(self.clock.limit_days)),
            Box::new(number(self.clock.used_days)),
            Box::new(self.clock.running_since),
            Box::new(self.due_on),
            Box::new(self.supplements),
            Box::new((!self.defects.is_empty()).then(|| Json(self.defects.clone()))),
            Box::new(self.proposal.clone().map(Json)),
            Box::new(verdict),
            Box::new(self.verdict_reason.clone()),
            Box::new(self.result),
            Box::new(Json(self.consents.clone())),
            Box::new(self.rating),
            Box::new(self.updated_at),
            Box::new(self.finished_at),
        ]
    }

    /// The parameters of `DOSSIER_UPDATE`: those of a move, and what only its applicant's hand changes.
    pub(crate) fn update_params(&self, read_version: i32) -> Vec<Param> {
        let mut params = self.move_params(read_version);
        let content: [Param; 6] = [
            Box::new(i32::try_from(self.service_version).unwrap_or(i32::MAX)),
            Box::new(Json(self.answers.clone())),
            Box::new(Json(self.facts.clone())),
            Box::new(self.code.clone()),
            Box::new(Json(self.asked.clone())),
            Box::new(self.submitted_at),
        ];
        params.extend(content);
        params
    }

    pub(crate) fn insert_params(&self) -> Vec<Param> {
        vec![
            Box::new(self.applicant),
            Box::new(self.id),
            Box::new(self.procedure.clone()),
            Box::new(i32::try_from(self.service_version).unwrap_or(i32::MAX)),
            Box::new(self.created_at),
        ]
    }
}

fn json<T: serde::de::DeserializeOwned>(row: &Row, name: &'static str) -> Result<T, StoreError> {
    row.col::<Json<T>>(name).map(|json| json.0)
}

fn optional_json<T: serde::de::DeserializeOwned>(
    row: &Row,
    name: &'static str,
) -> Result<Option<T>, StoreError> {
    Ok(row.col::<Option<Json<T>>>(name)?.map(|json| json.0))
}

/// A dossier by its id alone.
pub async fn load(tx: &Tx, id: DossierId) -> Result<Dossier, DossierError> {
    let row = tx.query_opt(sql::DOSSIER_BY_ID, &[&id]).await?.ok_or(DossierError::NotFound)?;
    Ok(Dossier::read(&row)?)
}

/// The same with neither answers nor facts: for moves that are decided without them ([`crate::policy::Action::reads_content`]).
pub(crate) async fn load_bare(tx: &Tx, id: DossierId) -> Result<Dossier, DossierError> {
    let row = tx.query_opt(sql::DOSSIER_BARE_BY_ID, &[&id]).await?.ok_or(DossierError::NotFound)?;
    Ok(Dossier::read(&row)?)
}

/// A dossier of one applicant.
pub async fn load_own(tx: &Tx, applicant: PersonId, id: DossierId) -> Result<Dossier, DossierError> {
    let row = tx.query_opt(sql::DOSSIER_OWN, &[&applicant, &id]).await?.ok_or(DossierError::NotFound)?;
    Ok(Dossier::read(&row)?)
}

/// A dossier by the code on its receipt.
pub async fn load_by_code(tx: &Tx, code: &str) -> Result<Dossier, DossierError> {
    let row = tx.query_opt(sql::DOSSIER_BY_CODE, &[&code]).await?.ok_or(DossierError::NotFound)?;
    Ok(Dossier::read(&row)?)
}

/// The dossiers of one applicant, newest first.
pub async fn load_all_own(tx: &Tx, applicant: PersonId, limit: u32) -> Result<Vec<Dossier>, DossierError> {
    let rows = tx.query(sql::DOSSIERS_OWN, &[&applicant, &i64::from(limit)]).await?;
    Ok(rows.iter().map(Dossier::read).collect::<Result<_, _>>()?)
}
