//! Requests for correction: a person's own, and those that an agency decides on.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap};
use contracts::{Access, Caller, PersonId, Purpose};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use webkit::{Json, Path, Problem, Query};

use super::{Api, fault};
use crate::{
    corrections::{
        Answer, Asked, Correction, CorrectionView, Decision, Handed, NewCorrection, State as At, Step,
        StepKind, Subject, Target, Verdict, correction_answer, correction_ask, correction_decide,
        correction_list, correction_own, correction_read, correction_withdraw,
    },
    ops::Record,
};

#[derive(Deserialize, ToSchema)]
pub(super) struct CorrectionAskBody {
    /// An item such as `name`, `permanent_residence`, `kin_father`, `papers`.
    #[schema(example = "name")]
    item: String,
    /// What is wrong.
    wrong: String,
    /// The right value, in the form in which the record gives it.
    value: Option<String>,
    /// Which paper shows it.
    document: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CorrectionHandedAnswer {
    id: Uuid,
    /// Who decides.
    agency: String,
    #[schema(value_type = String, format = Date)]
    due_on: Date,
}

impl From<Handed> for CorrectionHandedAnswer {
    fn from(h: Handed) -> Self {
        Self { id: h.id, agency: h.agency.0, due_on: h.due_on }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct CorrectionAnswer {
    #[schema(value_type = String, format = Uuid)]
    person: PersonId,
    id: Uuid,
    version: i32,
    /// `open`, `proposed`, `accepted`, `refused` or `withdrawn`.
    #[schema(value_type = String)]
    state: At,
    item: String,
    wrong: String,
    value: Option<String>,
    document: Option<String>,
    agency: String,
    /// Two officers decide.
    protected: bool,
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    #[schema(value_type = String, format = Date)]
    due_on: Date,
}

impl From<Correction> for CorrectionAnswer {
    fn from(c: Correction) -> Self {
        Self {
            person: c.person,
            id: c.id,
            version: c.version,
            state: c.state,
            item: c.subject.key(),
            wrong: c.wrong,
            value: c.value,
            document: c.document,
            agency: c.agency.0,
            protected: c.protected,
            asked_at: c.asked_at,
            due_on: c.due_on,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct CorrectionStepAnswer {
    #[schema(value_type = String)]
    kind: StepKind,
    name: Option<String>,
    agency: Option<String>,
    reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<Step> for CorrectionStepAnswer {
    fn from(s: Step) -> Self {
        Self { kind: s.kind, name: s.name, agency: s.agency.map(|a| a.0), reason: s.reason, at: s.at }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct CorrectionReadAnswer {
    correction: CorrectionAnswer,
    steps: Vec<CorrectionStepAnswer>,
    /// What the record says of the item now, with where it comes from.
    #[schema(value_type = Object)]
    record: Record,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CorrectionsAnswer {
    corrections: Vec<CorrectionAnswer>,
    /// Give it as `after` for the next page; none: this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct CorrectionWithdrawBody {
    version: i32,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct CorrectionDecideBody {
    version: i32,
    /// `accept` or `refuse`. Of a protected item it is a proposal, which a second officer answers.
    #[schema(value_type = String)]
    verdict: Verdict,
    /// The right value; needed to accept a request about an item.
    value: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    since: Option<Date>,
    reason: String,
    document: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct CorrectionReplyBody {
    version: i32,
    /// Confirm what was proposed; else it goes back, with the reason.
    confirm: bool,
    #[serde(default)]
    reason: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CorrectionStateAnswer {
    #[schema(value_type = String)]
    state: At,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ListQuery {
    closed: bool,
    after: Option<String>,
}

fn access(actor: &contracts::Actor) -> Access {
    Access::new(actor, Purpose::CORRECT_RECORD)
}

/// Says that something in one's own record is wrong. It goes to the agency that corrects it.
#[utoipa::path(post, path = "/api/v1/corrections", operation_id = "correction_ask", tag = "persons",
    params(("Idempotency-Key" = Option<String>, Header)), request_body = CorrectionAskBody,
    responses((status = 200, body = CorrectionHandedAnswer), (status = 401), (status = 403), (status = 409), (status = 422)))]
pub(super) async fn ask(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    headers: HeaderMap,
    Json(body): Json<CorrectionAskBody>,
) -> Result<axum::Json<CorrectionHandedAnswer>, Problem> {
    let subject = Subject::parse(&body.item).ok_or_else(|| fault("item", "registry.field_unknown"))?;
    let CorrectionAskBody { wrong, value, document, .. } = body;
    let new = NewCorrection { subject, wrong, value, document };
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let mut tx = api.store.begin().await?;
    let handed = correction_ask(&mut tx, &access(&actor), &*api.nation, &new, key).await;
    Ok(axum::Json(tx.finish(handed).await?.into()))
}

/// One's own requests, newest first.
#[utoipa::path(get, path = "/api/v1/corrections/own", operation_id = "correction_own", tag = "persons",
    responses((status = 200, body = CorrectionsAnswer), (status = 401), (status = 403)))]
pub(super) async fn own(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
) -> Result<axum::Json<CorrectionsAnswer>, Problem> {
    let mut tx = api.store.begin().await?;
    let own = correction_own(&mut tx, &access(&actor)).await;
    let corrections = tx.finish(own).await?.into_iter().map(Into::into).collect();
    Ok(axum::Json(CorrectionsAnswer { corrections, next: None }))
}

/// The requests to one's own agency, the nearest due date first.
#[utoipa::path(get, path = "/api/v1/corrections", operation_id = "correction_list", tag = "persons",
    params(("closed" = Option<bool>, Query), ("after" = Option<String>, Query)),
    responses((status = 200, body = CorrectionsAnswer), (status = 401), (status = 403)))]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<CorrectionsAnswer>, Problem> {
    let asked = Asked { closed: query.closed, after: query.after };
    let mut tx = api.store.begin().await?;
    let lines = correction_list(&mut tx, &access(&actor), &asked).await;
    let page = tx.finish(lines).await?.page;
    let corrections = page.items.into_iter().map(|line| line.correction.into()).collect();
    Ok(axum::Json(CorrectionsAnswer { corrections, next: page.next }))
}

/// One request with its timeline and what the record says of the item.
#[utoipa::path(get, path = "/api/v1/corrections/{person}/{id}", operation_id = "correction_read", tag = "persons",
    params(("person" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = CorrectionReadAnswer), (status = 401), (status = 403), (status = 404)))]
pub(super) async fn read(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path((person, id)): Path<(PersonId, Uuid)>,
) -> Result<axum::Json<CorrectionReadAnswer>, Problem> {
    let mut tx = api.store.begin().await?;
    let view = correction_read(&mut tx, &access(&actor), person, id).await;
    let CorrectionView { correction, steps, record, .. } = tx.finish(view).await?;
    let steps = steps.into_iter().map(Into::into).collect();
    Ok(axum::Json(CorrectionReadAnswer { correction: correction.into(), steps, record }))
}

/// Takes one's own request back.
#[utoipa::path(post, path = "/api/v1/corrections/{person}/{id}/withdraw", operation_id = "correction_withdraw",
    tag = "persons", params(("person" = Uuid, Path), ("id" = Uuid, Path)), request_body = CorrectionWithdrawBody,
    responses((status = 200, body = CorrectionStateAnswer), (status = 401), (status = 403), (status = 404), (status = 409)))]
pub(super) async fn withdraw(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path((person, id)): Path<(PersonId, Uuid)>,
    Json(body): Json<CorrectionWithdrawBody>,
) -> Result<axum::Json<CorrectionStateAnswer>, Problem> {
    let target = Target { person, id, version: body.version };
    let mut tx = api.store.begin().await?;
    let done = correction_withdraw(&mut tx, &access(&actor), &target).await;
    tx.finish(done).await?;
    Ok(axum::Json(CorrectionStateAnswer { state: At::Withdrawn }))
}

/// Accepts or refuses; of a protected item, proposes to.
#[utoipa::path(post, path = "/api/v1/corrections/{person}/{id}/decide", operation_id = "correction_decide",
    tag = "persons", params(("person" = Uuid, Path), ("id" = Uuid, Path)), request_body = CorrectionDecideBody,
    responses((status = 200, body = CorrectionStateAnswer), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
pub(super) async fn decide(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path((person, id)): Path<(PersonId, Uuid)>,
    Json(body): Json<CorrectionDecideBody>,
) -> Result<axum::Json<CorrectionStateAnswer>, Problem> {
    let CorrectionDecideBody { version, verdict, value, since, reason, document } = body;
    let decision = Decision { verdict, value, since, reason, document };
    let target = Target { person, id, version };
    let mut tx = api.store.begin().await?;
    let done = correction_decide(&mut tx, &access(&actor), &*api.nation, &target, &decision).await;
    Ok(axum::Json(CorrectionStateAnswer { state: tx.finish(done).await? }))
}

/// Confirms what another officer proposed, or sends it back.
#[utoipa::path(post, path = "/api/v1/corrections/{person}/{id}/answer", operation_id = "correction_answer",
    tag = "persons", params(("person" = Uuid, Path), ("id" = Uuid, Path)), request_body = CorrectionReplyBody,
    responses((status = 200, body = CorrectionStateAnswer), (status = 401), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
pub(super) async fn answer(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path((person, id)): Path<(PersonId, Uuid)>,
    Json(body): Json<CorrectionReplyBody>,
) -> Result<axum::Json<CorrectionStateAnswer>, Problem> {
    let answer = if body.confirm { Answer::Confirm } else { Answer::SendBack(body.reason) };
    let target = Target { person, id, version: body.version };
    let mut tx = api.store.begin().await?;
    let done = correction_answer(&mut tx, &access(&actor), &*api.nation, &target, &answer).await;
    Ok(axum::Json(CorrectionStateAnswer { state: tx.finish(done).await? }))
}
