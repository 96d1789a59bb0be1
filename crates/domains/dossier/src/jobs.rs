//! Deferred work of a dossier: papers to print and sign, due dates to watch, questions that nobody answered.

use std::sync::Arc;

use async_trait::async_trait;
use base::{Text, VIETNAM};
use contracts::{
    Access, Actor, DocumentId, DossierId, PersonId, Purpose,
    ports::{NewDocument, PaperKind},
};
use forms::Service;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Job, JobHandler, RowExt, Tx, jobs::JobError};
use uuid::Uuid;

use crate::{
    Dossier, DossierError, Dossiers, Status,
    moves::{Happened, Moving, notify},
    ops::{attachment, consent_answer::settle, today},
    papers, row,
    row::ConsentState,
    sql,
    waits::WatchWait,
};

const PAPER_QUEUE: &str = "dossier.paper";
const DEADLINE_QUEUE: &str = "dossier.deadline";
const CONSENT_QUEUE: &str = "dossier.consent_end";

/// Hour of the day in Vietnam at which agencies are reminded.
const REMINDER_HOUR: i8 = 8;

/// The handlers, to be run by a worker.
pub fn handlers(cx: &Dossiers) -> Vec<Arc<dyn JobHandler>> {
    vec![
        Arc::new(PrintPaper(cx.clone())),
        Arc::new(WatchDeadline(cx.clone())),
        Arc::new(WatchWait(cx.clone())),
        Arc::new(EndConsent),
    ]
}

/// A paper of a dossier that is to be printed, signed and given to the citizen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PaperJob {
    pub dossier: DossierId,
    pub kind: PaperKind,
}

pub(crate) fn enqueue_paper(tx: &mut Tx, job: &PaperJob) {
    let (id, now) = (tx.new_uuid(), tx.now());
    tx.enqueue(id, PAPER_QUEUE, json!(job), now);
}

/// Which paper the approval of a service gives.
pub(crate) fn result_kind(service: &Service) -> PaperKind {
    PaperKind::parse(&service.result.template).unwrap_or(PaperKind::Notice)
}

struct PrintPaper(Dossiers);

#[async_trait]
impl JobHandler for PrintPaper {
    fn queue(&self) -> &'static str {
        PAPER_QUEUE
    }

    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let paper: PaperJob = serde_json::from_value(job.payload.clone())?;
        Ok(print(&self.0, tx, &paper, DocumentId(job.id)).await?)
    }
}

/// The document gets the job's id, so that a second try would make the same document, not another one.
async fn print(cx: &Dossiers, tx: &mut Tx, job: &PaperJob, id: DocumentId) -> Result<(), DossierError> {
    let dossier = row::load(tx, job.dossier).await?;
    let service = cx.service_of(&dossier)?;
    let Some(agency) = dossier.agency.as_ref().and_then(|a| cx.nation.agency(a)) else {
        return Err(DossierError::AgencyUnknown);
    };
    let moments = crate::timeline::load(tx, &dossier).await?;
    let mut files = attachment::all(tx, dossier.applicant, dossier.id).await?;
    files.retain(attachment::File::is_current);
    let paper = papers::Source {
        nation: cx.nation.as_ref(),
        service: &service,
        dossier: &dossier,
        moments: &moments,
        files: &files,
        agency: &agency,
        now: tx.now(),
        verify_url: cx.documents.verify_url(id),
    }
    .compose(job.kind)?;
    let (press, title) = (Arc::clone(&cx.press), papers::title(&service, job.kind));
    let pdf = tokio::task::spawn_blocking(move || press.print(&paper))
        .await
        .map_err(|e| store::StoreError::Unavailable(Box::new(e)))??;
    let access = Access::system(Purpose::ISSUE_RESULT);
    let valid_until = match job.kind {
        PaperKind::Confirmation | PaperKind::Notice => valid_until(&service, today(tx)),
        _ => None,
    };
    let document = NewDocument {
        id,
        kind: job.kind,
        title,
        person: dossier.applicant,
        dossier: dossier.id,
        issuer: agency.id,
        issuer_name: agency.name,
        pdf,
        valid_until,
        replaces: None,
    };
    cx.documents.issue(tx, &access, document).await?;
    let now = tx.now();
    tx.defer(
        sql::PAPER_INSERT,
        vec![
            Box::new(dossier.applicant),
            Box::new(dossier.id),
            Box::new(id),
            Box::new(job.kind.as_str()),
            Box::new(now),
        ],
    );
    if dossier.status == Status::Finished
        && job.kind != PaperKind::Receipt
        && job.kind != PaperKind::Supplement
    {
        give(tx, dossier, id)?;
    }
    Ok(())
}

/// The result is with the citizen: the dossier has reached its end.
fn give(tx: &mut Tx, dossier: Dossier, id: DocumentId) -> Result<(), DossierError> {
    let mut moving = Moving::of(dossier);
    moving.dossier.result = Some(id);
    moving.to(Status::Returned, Happened::Returned, json!({ "document": id }))?;
    let title = Text::new("Đã có kết quả hồ sơ của bạn", "The result of your dossier is here");
    let path = format!("/dossiers/{}", moving.dossier.id);
    notify(tx, moving.dossier.applicant, &title, path);
    moving.write(tx, &Access::system(Purpose::ISSUE_RESULT), "dossier.result_return");
    Ok(())
}

fn valid_until(service: &Service, today: Date) -> Option<Date> {
    let months = service.result.valid_months?;
    today.checked_add(jiff::Span::new().months(months)).ok()
}

/// A due date to watch: a reminder on the last working day before it, an escalation on the day after.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct DeadlineJob {
    dossier: DossierId,
    due_on: Date,
    breach: bool,
}

/// Watches a new due date. One job at a time: the reminder leaves the escalation. A morning that has passed needs no
/// reminder, as the officer who works on the dossier today sees the date.
pub(crate) fn enqueue_deadline(tx: &mut Tx, cx: &Dossiers, d: &Dossier) -> Result<(), DossierError> {
    let Some(due_on) = d.due_on else { return Ok(()) };
    let calendar = cx.nation.calendar();
    let mut eve = due_on;
    loop {
        eve = eve.yesterday().unwrap_or(eve);
        if calendar.is_working(eve)? {
            break;
        }
    }
    let breach = morning_of(eve) <= tx.now();
    let day = if breach { day_after(due_on) } else { eve };
    enqueue_watch(tx, &DeadlineJob { dossier: d.id, due_on, breach }, day);
    Ok(())
}

/// Tells an agency that gets a dossier late that it is late. A due date that is still watched speaks for itself.
pub(crate) fn alert_breached(tx: &mut Tx, d: &Dossier) {
    if d.due_on.is_some_and(|due| morning_of(day_after(due)) <= tx.now()) {
        let id = tx.new_uuid();
        alert(tx, d, id, "breach");
    }
}

fn alert(tx: &mut Tx, d: &Dossier, id: Uuid, kind: &'static str) {
    let now = tx.now();
    tx.defer(
        sql::ALERT_INSERT,
        vec![
            Box::new(d.agency.clone()),
            Box::new(id),
            Box::new(d.id),
            Box::new(d.code.clone().unwrap_or_default()),
            Box::new(kind),
            Box::new(now),
        ],
    );
}

fn enqueue_watch(tx: &mut Tx, job: &DeadlineJob, day: Date) {
    let id = tx.new_uuid();
    tx.enqueue(id, DEADLINE_QUEUE, json!(job), morning_of(day));
}

pub(crate) fn day_after(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

pub(crate) fn morning_of(day: Date) -> Timestamp {
    VIETNAM.to_timestamp(day.at(REMINDER_HOUR, 0, 0, 0)).unwrap_or(Timestamp::MAX)
}

struct WatchDeadline(Dossiers);

#[async_trait]
impl JobHandler for WatchDeadline {
    fn queue(&self) -> &'static str {
        DEADLINE_QUEUE
    }

    /// Says nothing when the dossier was decided, paused or given another due date in the meantime.
    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let watch: DeadlineJob = serde_json::from_value(job.payload.clone())?;
        let d = row::load(tx, watch.dossier).await?;
        if d.due_on != Some(watch.due_on) || !d.status.is_open() || d.status.is_paused() {
            return Ok(());
        }
        if !watch.breach {
            enqueue_watch(tx, &DeadlineJob { breach: true, ..watch.clone() }, day_after(watch.due_on));
        }
        alert(tx, &d, job.id, if watch.breach { "breach" } else { "reminder" });
        if watch.breach && d.status != Status::Registered {
            let due = base::PartialDate::full(watch.due_on).display_vi();
            let agency = d.agency.as_ref().and_then(|a| self.0.nation.agency(a));
            let (vi, en) = agency.map(|a| (a.name.vi, a.name.en)).unwrap_or_default();
            let title = Text::new(
                format!("{vi} xin lỗi: hồ sơ của bạn đã quá hạn {due}"),
                format!("{en} apologises: your dossier is past its due date {due}"),
            );
            notify(tx, d.applicant, &title, format!("/dossiers/{}", d.id));
        }
        let access = Access::new(&Actor::system(), Purpose::DECIDE_DOSSIER);
        tx.audit(access.entry("dossier.deadline_watch").about(d.applicant).on("dossier", d.id.0).done());
        Ok(())
    }
}

/// The time to answer a question has run out.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ConsentEndJob {
    dossier: DossierId,
    person: PersonId,
    key: String,
}

pub(crate) fn enqueue_consent_end(
    tx: &mut Tx,
    dossier: DossierId,
    person: PersonId,
    key: &str,
    expires: Timestamp,
) {
    let id: Uuid = tx.new_uuid();
    let job = ConsentEndJob { dossier, person, key: key.to_owned() };
    tx.enqueue(id, CONSENT_QUEUE, json!(job), expires);
}

struct EndConsent;

#[async_trait]
impl JobHandler for EndConsent {
    fn queue(&self) -> &'static str {
        CONSENT_QUEUE
    }

    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let end: ConsentEndJob = serde_json::from_value(job.payload.clone())?;
        let d = row::load(tx, end.dossier).await?;
        let open = d.consents.get(&end.key) == Some(&ConsentState::Asked)
            && d.asked.get(&end.key) == Some(&end.person);
        if !open || d.status.is_terminal() {
            return Ok(());
        }
        // Asked again in a supplement: the new question has its own end.
        let asked = tx.query_opt(sql::CONSENT_ONE, &[&end.person, &end.dossier, &end.key]).await?;
        let expires: Option<Timestamp> = asked.as_ref().map(|row| row.col("expires_at")).transpose()?;
        if expires.is_none_or(|at| at > tx.now()) {
            return Ok(());
        }
        let access = Access::system(Purpose::ASK_CONSENT);
        Ok(settle(tx, &access, end.dossier, &end.key, end.person, ConsentState::Expired).await?)
    }
}
