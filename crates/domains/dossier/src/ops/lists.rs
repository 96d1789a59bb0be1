//! Lists: a citizen's own dossiers, questions and notices; an agency's inbox, figures and workload.

use std::{collections::BTreeSet, str::FromStr};

use base::{Page, Text, limits::PAGE_ITEMS_MAX};
use contracts::{Access, AccountId, Actor, AgencyId, DossierId, PersonId, Purpose};
use jiff::{SignedDuration, Timestamp, civil::Date};
use postgres_types::Json;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use crate::{
    Dossier, DossierError, Status,
    moves::{filing, handling},
    ops::today,
    policy::{self, Action},
    row::{self, Columns, ConsentState, columns},
    sql,
};

/// Days that count as "done lately".
const LATELY_DAYS: i64 = 30;

/// One's own dossiers, newest first.
pub async fn dossiers_list(tx: &mut Tx, actor: &Actor) -> Result<Vec<Dossier>, DossierError> {
    let person = policy::own(actor, Action::ReadOwn)?;
    let list = row::load_all_own(tx, person, PAGE_ITEMS_MAX).await?;
    tx.audit(filing(actor).entry("dossier.dossiers_list").about(person).done());
    Ok(list)
}

/// A question that was put to a person.
#[derive(Debug, Clone, Serialize)]
pub struct Question {
    pub dossier: DossierId,
    pub key: String,
    /// `title`, `question`, `service` (texts), `applicant`, `rows`.
    pub question: Value,
    pub state: ConsentState,
    pub asked_at: Timestamp,
    pub expires_at: Timestamp,
}

columns!(Question { dossier, key, question, state, asked_at, expires_at });

/// The questions put to the caller, newest first.
pub async fn consents_list(tx: &mut Tx, actor: &Actor) -> Result<Vec<Question>, DossierError> {
    let person = policy::own(actor, Action::ReadOwn)?;
    let list = row::all(&tx.query(sql::CONSENTS_OF, &[&person, &i64::from(PAGE_ITEMS_MAX)]).await?)?;
    tx.audit(Access::new(actor, Purpose::ASK_CONSENT).entry("dossier.consents_list").about(person).done());
    Ok(list)
}

/// Something a person should know.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    pub id: Uuid,
    pub at: Timestamp,
    pub title: Text,
    /// Where on the citizen's site it leads.
    pub path: String,
    pub read_at: Option<Timestamp>,
}

impl Columns for Notice {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let Json(title) = row.col("title")?;
        Ok(Self {
            id: row.col("id")?,
            at: row.col("at")?,
            title,
            path: row.col("path")?,
            read_at: row.col("read_at")?,
        })
    }
}

/// The newest notices.
pub async fn notices_list(tx: &mut Tx, actor: &Actor) -> Result<Vec<Notice>, DossierError> {
    let person = policy::own(actor, Action::ReadOwn)?;
    let list = row::all(&tx.query(sql::NOTICES, &[&person, &i64::from(PAGE_ITEMS_MAX)]).await?)?;
    tx.audit(filing(actor).entry("dossier.notices_list").about(person).done());
    Ok(list)
}

/// Marks a notice as read.
pub async fn notice_read(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<(), DossierError> {
    let person = policy::own(actor, Action::ReadOwn)?;
    let now = tx.now();
    if tx.execute(sql::NOTICE_READ, &[&person, &id, &now]).await? > 0 {
        tx.audit(filing(actor).entry("dossier.notice_read").about(person).on("notice", id).done());
    }
    Ok(())
}

/// Filters of the inbox, as its address carries them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InboxFilter {
    pub group: Group,
    pub procedure: Option<String>,
    /// Only my own.
    pub mine: bool,
    /// Due on this day or after.
    pub due_from: Option<Date>,
    /// Due on this day or before.
    pub due_by: Option<Date>,
    pub code: Option<String>,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// The drawers of the inbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Everything the agency has to do.
    #[default]
    Open,
    New,
    Working,
    /// Waiting for the citizen.
    Paused,
    /// A refusal waits for a second officer.
    Second,
    /// Ended lately, newest first; older ones are found by their code.
    Done,
}

impl Group {
    pub const ALL: [Self; 6] = [Self::Open, Self::New, Self::Working, Self::Paused, Self::Second, Self::Done];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::New => "new",
            Self::Working => "working",
            Self::Paused => "paused",
            Self::Second => "second",
            Self::Done => "done",
        }
    }

    fn statuses(self) -> &'static [i16] {
        match self {
            Self::Open | Self::Second => &[1, 2, 4],
            Self::New => &[1],
            Self::Working => &[2, 4],
            Self::Paused => &[5, 6],
            Self::Done => &[3, 7, 8, 9, 10],
        }
    }
}

/// One line of the inbox.
#[derive(Debug, Clone, Serialize)]
pub struct InboxItem {
    pub dossier: DossierId,
    pub applicant_name: String,
    pub code: String,
    pub procedure: String,
    pub status: Status,
    pub assignee: Option<AccountId>,
    pub due_on: Option<Date>,
    pub waits_second: bool,
    pub submitted_at: Timestamp,
    pub updated_at: Timestamp,
}

columns!(InboxItem {
    dossier,
    applicant_name,
    code,
    procedure,
    status,
    assignee,
    due_on,
    waits_second,
    submitted_at,
    updated_at,
});

/// The agency's dossiers by due date, the most urgent first; those that are done, the newest first.
pub async fn inbox_list(
    tx: &mut Tx,
    actor: &Actor,
    filter: &InboxFilter,
    limit: u32,
) -> Result<Page<InboxItem>, DossierError> {
    policy::allowed(actor, Action::ReadInOffice)?;
    let agency = agency_of(actor)?;
    let limit = limit.clamp(1, PAGE_ITEMS_MAX);
    let (rows, key): (_, fn(&InboxItem) -> String) = match filter.group {
        Group::Done => (done(tx, agency, actor, filter, limit).await?, |i| i.updated_at.to_string()),
        _ => (open(tx, agency, actor, filter, limit).await?, |i| i.due_on.unwrap_or(Date::MAX).to_string()),
    };
    let items = row::all(&rows)?;
    log_shown(tx, actor, &rows, limit)?;
    Ok(Page::from_overfetch(items, limit, |i| format!("{}_{}", key(i), i.dossier)))
}

/// Each applicant whose name the page shows finds an entry: at most as many as the page has lines.
fn log_shown(tx: &mut Tx, actor: &Actor, rows: &[Row], limit: u32) -> Result<(), StoreError> {
    let shown = rows.iter().take(usize::try_from(limit).unwrap_or(usize::MAX));
    let people: BTreeSet<PersonId> = shown.map(|row| row.col("applicant")).collect::<Result<_, _>>()?;
    let entry = || handling(actor).entry("dossier.inbox_list");
    if people.is_empty() {
        tx.audit(entry().done());
    }
    for person in people {
        tx.audit(entry().about(person).fields(["name"]).done());
    }
    Ok(())
}

async fn open(
    tx: &Tx,
    agency: &AgencyId,
    actor: &Actor,
    filter: &InboxFilter,
    limit: u32,
) -> Result<Vec<Row>, StoreError> {
    let statuses = filter.group.statuses();
    let assignee = filter.mine.then_some(actor.account);
    let second = filter.group == Group::Second;
    let (after_due, after_id): (Option<Date>, _) = cursor(filter).unzip();
    tx.query(
        sql::INBOX_LIST,
        &[
            &agency,
            &statuses,
            &filter.procedure,
            &assignee,
            &filter.due_from,
            &filter.due_by,
            &second,
            &filter.code,
            &after_due,
            &after_id,
            &i64::from(limit + 1),
        ],
    )
    .await
}

async fn done(
    tx: &Tx,
    agency: &AgencyId,
    actor: &Actor,
    filter: &InboxFilter,
    limit: u32,
) -> Result<Vec<Row>, StoreError> {
    let statuses = filter.group.statuses();
    let assignee = filter.mine.then_some(actor.account);
    let since = filter.code.is_none().then(|| lately(tx));
    let (after_at, after_id): (Option<Timestamp>, _) = cursor(filter).unzip();
    tx.query(
        sql::INBOX_DONE,
        &[
            &agency,
            &statuses,
            &filter.procedure,
            &assignee,
            &since,
            &filter.code,
            &after_at,
            &after_id,
            &i64::from(limit + 1),
        ],
    )
    .await
}

/// The place in the list after which a page begins.
fn cursor<K: FromStr>(filter: &InboxFilter) -> Option<(K, Uuid)> {
    let (key, id) = filter.after.as_deref()?.split_once('_')?;
    Some((key.parse().ok()?, id.parse().ok()?))
}

pub(super) fn lately(tx: &Tx) -> Timestamp {
    tx.now() - SignedDuration::from_hours(24 * LATELY_DAYS)
}

/// The agency at one look.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Figures {
    pub new: i64,
    pub working: i64,
    pub paused: i64,
    pub overdue: i64,
    pub today: i64,
    pub second: i64,
    /// Ended in the last 30 days.
    pub done: i64,
}

columns!(Figures { new, working, paused, overdue, today, second, done });

pub async fn inbox_figures(tx: &mut Tx, actor: &Actor) -> Result<Figures, DossierError> {
    let agency = agency_of(actor)?;
    if policy::allowed(actor, Action::ReadInOffice).is_err() {
        policy::allowed(actor, Action::Oversee)?;
    }
    let (day, since) = (today(tx), lately(tx));
    let row = tx.query_one(sql::INBOX_FIGURES, &[&agency, &day, &since]).await?;
    Ok(Figures::read(&row)?)
}

/// What one officer has on the table; nobody stands for what is not assigned.
#[derive(Debug, Clone, Serialize)]
pub struct Load {
    pub officer: Option<AccountId>,
    pub working: i64,
    pub overdue: i64,
    pub done: i64,
}

columns!(Load { officer, working, overdue, done });

/// The work of the agency by officer.
pub async fn workload(tx: &mut Tx, actor: &Actor) -> Result<Vec<Load>, DossierError> {
    policy::allowed(actor, Action::Oversee)?;
    let agency = agency_of(actor)?;
    let (day, since) = (today(tx), lately(tx));
    Ok(row::all(&tx.query(sql::INBOX_WORKLOAD, &[&agency, &day, &since]).await?)?)
}

/// A reminder or a breach.
#[derive(Debug, Clone, Serialize)]
pub struct Alert {
    pub dossier: DossierId,
    /// As officers know it.
    pub code: String,
    pub kind: String,
    pub at: Timestamp,
}

columns!(Alert { dossier, code, kind, at });

/// What the agency is reminded of, oldest first.
pub async fn alerts_list(tx: &mut Tx, actor: &Actor) -> Result<Vec<Alert>, DossierError> {
    policy::allowed(actor, Action::ReadInOffice)?;
    let agency = agency_of(actor)?;
    Ok(row::all(&tx.query(sql::ALERTS_OPEN, &[&agency, &i64::from(PAGE_ITEMS_MAX)]).await?)?)
}

pub(super) fn agency_of(actor: &Actor) -> Result<&AgencyId, DossierError> {
    actor.staff().map(|(agency, _)| agency).ok_or(DossierError::Forbidden)
}
