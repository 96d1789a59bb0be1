//! What goes out: shapes of their own, so that the model can change without the API.
//!
//! Statuses carry the national number and a name; texts carry both languages.

use base::{Page, Text};
use contracts::{AccountId, AgencyId, AttachmentId, DocumentId, DossierId};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Dossier, Status, Verdict,
    model::Proposal,
    moves::Happened,
    ops::{
        Moved,
        attachment::File,
        lists::{Alert, Figures, InboxItem, Load, Notice, Question},
        read::{PaperRef, View},
    },
    row::ConsentState,
    timeline::Moment,
};

/// Where a dossier stands: the number of the national portal (0 for a draft), and its name.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct StatusView {
    pub number: i16,
    pub name: Status,
}

impl From<Status> for StatusView {
    fn from(status: Status) -> Self {
        Self { number: status.number(), name: status }
    }
}

/// A text in both languages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Words {
    pub vi: String,
    pub en: String,
}

impl From<Text> for Words {
    fn from(text: Text) -> Self {
        Self { vi: text.vi, en: text.en }
    }
}

/// What a caller learns after a move.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MovedView {
    #[schema(value_type = Uuid)]
    pub dossier: DossierId,
    pub version: i32,
    pub status: StatusView,
    pub code: Option<String>,
    pub due_on: Option<Date>,
}

impl From<Moved> for MovedView {
    fn from(m: Moved) -> Self {
        let status = Status::from_number(m.status).unwrap_or(Status::Draft).into();
        Self { dossier: m.dossier, version: m.version, status, code: m.code, due_on: m.due_on }
    }
}

/// A dossier in one line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DossierLine {
    #[schema(value_type = Uuid)]
    pub id: DossierId,
    pub procedure: String,
    pub version: i32,
    pub status: StatusView,
    pub code: Option<String>,
    /// The last day for whoever has it: the agency, or the citizen while the clock stands.
    pub due_on: Option<Date>,
    /// Of a draft: the day on which it is deleted unless it is touched before.
    pub deleted_on: Option<Date>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub submitted_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

impl DossierLine {
    pub(super) fn of(d: &Dossier) -> Self {
        Self {
            id: d.id,
            procedure: d.procedure.clone(),
            version: d.version,
            status: d.status.into(),
            code: d.code.clone(),
            due_on: d.due_on,
            deleted_on: d.deleted_on(),
            created_at: d.created_at,
            updated_at: d.updated_at,
            submitted_at: d.submitted_at,
            finished_at: d.finished_at,
        }
    }
}

/// What is wrong, and how to put it right.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DefectView {
    /// Key of the field or `attachments.<key>`; empty for the dossier as a whole.
    pub field: String,
    pub note: String,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MomentView {
    pub version: i32,
    pub at: Timestamp,
    #[schema(value_type = String)]
    #[serde(serialize_with = "happened_name")]
    pub happened: Happened,
    pub status: StatusView,
    /// Name of the officer; empty for the citizen and for the system.
    pub officer: String,
    #[schema(value_type = Option<String>)]
    pub agency: Option<AgencyId>,
    /// What the kind adds: defects, reason, due date.
    pub detail: Value,
}

fn happened_name<S: serde::Serializer>(happened: &Happened, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(happened.as_str())
}

impl MomentView {
    fn of(m: Moment) -> Self {
        Self {
            version: m.version,
            at: m.at,
            happened: m.happened,
            status: m.status.into(),
            officer: m.actor_name,
            agency: m.agency,
            detail: m.detail,
        }
    }
}

/// A file, with its receipt once it is whole.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FileView {
    #[schema(value_type = Uuid)]
    pub id: AttachmentId,
    pub slot: String,
    pub name: String,
    pub media_type: Option<String>,
    pub bytes: i64,
    /// Bytes that have arrived: where to go on.
    pub received: i64,
    /// Hex SHA-256 of the whole file.
    pub sha256: Option<String>,
    pub completed_at: Option<Timestamp>,
    /// When it was sent with the dossier; it stays from then on.
    pub sent_at: Option<Timestamp>,
    /// When it was taken out in favour of another.
    pub replaced_at: Option<Timestamp>,
}

impl FileView {
    pub(super) fn of(f: File) -> Self {
        let File { id, slot, name, media_type, bytes, received, sha256, completed_at, sent_at, replaced_at } =
            f;
        Self { id, slot, name, media_type, bytes, received, sha256, completed_at, sent_at, replaced_at }
    }
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttachmentStarted {
    #[schema(value_type = Uuid)]
    pub attachment: AttachmentId,
}

/// A paper that was printed for the dossier.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaperView {
    #[schema(value_type = Uuid)]
    pub document: DocumentId,
    pub kind: &'static str,
    pub at: Timestamp,
}

impl PaperView {
    fn of(p: &PaperRef) -> Self {
        Self { document: p.document, kind: p.kind.as_str(), at: p.at }
    }
}

/// The state of a question that was put to another person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsentLine {
    pub key: String,
    pub state: ConsentState,
}

/// A dossier for its owner.
#[derive(Serialize, ToSchema)]
pub struct DossierView {
    #[serde(flatten)]
    pub line: DossierLine,
    pub title: Words,
    pub service_version: u32,
    /// Catalogue id of the agency that has it.
    #[schema(value_type = Option<String>)]
    pub agency: Option<AgencyId>,
    pub answers: Map<String, Value>,
    /// What the citizen is asked to put right.
    pub defects: Vec<DefectView>,
    pub consents: Vec<ConsentLine>,
    /// Working days that the law gives, and those used up before the last pause.
    pub limit_days: u32,
    pub used_days: u32,
    pub verdict: Option<Verdict>,
    /// Code of the reason of a refusal.
    pub verdict_reason: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    pub result: Option<DocumentId>,
    pub rating: Option<i16>,
    pub timeline: Vec<MomentView>,
    pub files: Vec<FileView>,
    /// Files that were sent and replaced later.
    pub replaced_files: Vec<FileView>,
    pub papers: Vec<PaperView>,
}

impl DossierView {
    pub(super) fn of(view: View) -> Self {
        let line = DossierLine::of(&view.dossier);
        let d = view.dossier;
        Self {
            line,
            title: view.service.title.clone().into(),
            service_version: d.service_version,
            agency: d.agency,
            answers: d.answers.0,
            defects: d.defects.into_iter().map(|d| DefectView { field: d.field, note: d.note }).collect(),
            consents: d.consents.into_iter().map(|(key, state)| ConsentLine { key, state }).collect(),
            limit_days: d.clock.limit_days,
            used_days: d.clock.used_days,
            verdict: d.verdict,
            verdict_reason: d.verdict_reason,
            result: d.result,
            rating: d.rating,
            timeline: view.moments.into_iter().map(MomentView::of).collect(),
            files: view.files.into_iter().map(FileView::of).collect(),
            replaced_files: view.replaced.into_iter().map(FileView::of).collect(),
            papers: view.papers.iter().map(PaperView::of).collect(),
        }
    }
}

/// What the system found when it compared the dossier with the record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckView {
    pub key: String,
    pub label: Words,
    /// `holds`, `fails`, or `unknown` where the record does not say enough.
    pub verdict: &'static str,
}

/// A refusal that waits for a second officer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProposalView {
    pub reason: String,
    pub note: String,
    /// Name of the officer who proposed it.
    pub by: String,
}

impl ProposalView {
    fn of(p: &Proposal) -> Self {
        Self { reason: p.reason.clone(), note: p.note.clone(), by: p.by_name.clone() }
    }
}

/// A dossier for an officer of the agency that has it.
#[derive(Serialize, ToSchema)]
pub struct OfficeView {
    #[serde(flatten)]
    pub dossier: DossierView,
    #[schema(value_type = Option<Uuid>)]
    pub assignee: Option<AccountId>,
    pub proposal: Option<ProposalView>,
    /// What the record said when the dossier was sent, each fact with its source.
    pub facts: Value,
    pub checks: Vec<CheckView>,
}

impl OfficeView {
    pub(super) fn of(view: View, today: Date) -> Self {
        let d = &view.dossier;
        let sheet = view.service.sheet(&d.answers, &view.facts, today);
        let checks = sheet.checks().into_iter().map(|c| CheckView {
            key: c.check.key.clone(),
            label: c.check.label.clone().into(),
            verdict: match c.verdict {
                forms::Verdict::Holds => "holds",
                forms::Verdict::Fails => "fails",
                forms::Verdict::Unknown => "unknown",
            },
        });
        Self {
            assignee: d.assignee,
            proposal: d.proposal.as_ref().map(ProposalView::of),
            // Facts are plain values and always serialise.
            facts: serde_json::to_value(&view.facts).unwrap_or_default(),
            checks: checks.collect(),
            dossier: DossierView::of(view),
        }
    }
}

/// A question that another person's dossier puts to the caller.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsentView {
    #[schema(value_type = Uuid)]
    pub dossier: DossierId,
    pub key: String,
    /// `title`, `question` and `service` in both languages, `applicant`, and `rows` of what is applied for.
    pub question: Value,
    pub state: ConsentState,
    pub asked_at: Timestamp,
    pub expires_at: Timestamp,
}

impl ConsentView {
    pub(super) fn of(q: Question) -> Self {
        let Question { dossier, key, question, state, asked_at, expires_at } = q;
        Self { dossier, key, question, state, asked_at, expires_at }
    }
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeView {
    pub id: Uuid,
    pub at: Timestamp,
    pub title: Words,
    /// Where on the citizen's site it leads.
    pub path: String,
    pub read_at: Option<Timestamp>,
}

impl NoticeView {
    pub(super) fn of(n: Notice) -> Self {
        Self { id: n.id, at: n.at, title: n.title.into(), path: n.path, read_at: n.read_at }
    }
}

/// One line of the inbox.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InboxLine {
    #[schema(value_type = Uuid)]
    pub dossier: DossierId,
    pub applicant_name: String,
    pub code: String,
    pub procedure: String,
    pub status: StatusView,
    #[schema(value_type = Option<Uuid>)]
    pub assignee: Option<AccountId>,
    pub due_on: Option<Date>,
    /// A refusal waits for a second officer.
    pub waits_second: bool,
    pub submitted_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InboxPage {
    pub items: Vec<InboxLine>,
    /// Give it as `after` to get the next page; none on the last one.
    pub next: Option<String>,
}

impl InboxPage {
    pub(super) fn of(page: Page<InboxItem>) -> Self {
        let line = |i: InboxItem| InboxLine {
            dossier: i.dossier,
            applicant_name: i.applicant_name,
            code: i.code,
            procedure: i.procedure,
            status: i.status.into(),
            assignee: i.assignee,
            due_on: i.due_on,
            waits_second: i.waits_second,
            submitted_at: i.submitted_at,
            updated_at: i.updated_at,
        };
        Self { items: page.items.into_iter().map(line).collect(), next: page.next }
    }
}

/// The agency at one look.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct FiguresView {
    pub new: i64,
    pub working: i64,
    pub paused: i64,
    pub overdue: i64,
    pub due_today: i64,
    pub waits_second: i64,
    /// Ended in the last 30 days.
    pub done: i64,
}

impl FiguresView {
    pub(super) fn of(f: Figures) -> Self {
        let Figures { new, working, paused, overdue, today, second, done } = f;
        Self { new, working, paused, overdue, due_today: today, waits_second: second, done }
    }
}

/// What one officer has on the table; no officer stands for what is not assigned.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LoadView {
    #[schema(value_type = Option<Uuid>)]
    pub officer: Option<AccountId>,
    pub working: i64,
    pub overdue: i64,
    pub done: i64,
}

impl LoadView {
    pub(super) fn of(l: Load) -> Self {
        Self { officer: l.officer, working: l.working, overdue: l.overdue, done: l.done }
    }
}

/// A reminder before a due date, or a breach of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertView {
    #[schema(value_type = Uuid)]
    pub dossier: DossierId,
    pub code: String,
    /// `reminder` or `breach`.
    pub kind: String,
    pub at: Timestamp,
}

impl AlertView {
    pub(super) fn of(a: Alert) -> Self {
        Self { dossier: a.dossier, code: a.code, kind: a.kind, at: a.at }
    }
}
