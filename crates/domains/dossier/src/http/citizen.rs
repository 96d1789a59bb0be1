//! The citizen's side: which services there are, one's own dossiers, questions from others, notices.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base::{Lang, vietnam_date};
use contracts::{Caller, DossierId};
use forms::Answers;
use uuid::Uuid;
use webkit::{Json, Path, Problem, Query};

use super::{
    Api, Key,
    bodies::{AnswersBody, ConsentBody, LangQuery, OpenBody, RateBody, VersionBody},
    run,
    views::{ConsentView, DossierLine, DossierView, MovedView, NoticeView},
};
use crate::{
    DossierError,
    ops::{
        Target,
        consent_answer::consent_answer as answer,
        draft_delete::draft_delete,
        draft_open::draft_open_once,
        draft_save::draft_save,
        lists::{self, consents_list, dossiers_list, notices_list},
        rate::dossier_rate,
        read::dossier_read_own,
        submit::dossier_submit,
        supplement_answer::supplement_answer as supplement,
        withdraw::dossier_withdraw,
    },
};

type Answer<T> = Result<axum::Json<T>, Problem>;

fn target(dossier: DossierId, version: i32, key: Key) -> Target {
    Target { dossier, version, key: key.0 }
}

/// The JSON Schema (2020-12) of the answers of a service that is in force today.
#[utoipa::path(get, path = "/api/v1/services/{procedure}/schema", tag = "services",
    params(("procedure" = String, Path, description = "Code of the procedure, such as 1.004194"), LangQuery),
    responses((status = 200, content_type = "application/schema+json", body = serde_json::Value), (status = 422)))]
pub async fn schema(
    State(api): State<Arc<Api>>,
    Path(procedure): Path<String>,
    Query(query): Query<LangQuery>,
) -> Result<Response, Problem> {
    let today = vietnam_date(api.store.clock().now());
    let service = api.dossiers.nation.service(&procedure, today).ok_or(DossierError::NotOnline)?;
    let lang = query.lang.as_deref().and_then(webkit::i18n::parse_lang).unwrap_or(Lang::Vi);
    let schema = axum::Json(service.json_schema(lang));
    Ok(([(header::CONTENT_TYPE, "application/schema+json")], schema).into_response())
}

/// Begins a dossier as a draft. A repeat with the same key gets the draft that was begun first.
#[utoipa::path(post, path = "/api/v1/dossiers", tag = "dossiers",
    params(("Idempotency-Key" = Option<String>, Header)), request_body = OpenBody,
    responses((status = 201, body = DossierLine), (status = 409), (status = 422), (status = 429)))]
pub async fn open(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Key(key): Key,
    Json(body): Json<OpenBody>,
) -> Result<(StatusCode, axum::Json<DossierLine>), Problem> {
    let dossier = run!(api, |tx| draft_open_once(&api.dossiers, tx, &actor, &body.procedure, key.as_deref()));
    Ok((StatusCode::CREATED, axum::Json(DossierLine::of(&dossier))))
}

/// One's own dossiers, newest first.
#[utoipa::path(get, path = "/api/v1/dossiers", tag = "dossiers", responses((status = 200, body = [DossierLine])))]
pub async fn list(State(api): State<Arc<Api>>, Caller(actor): Caller) -> Answer<Vec<DossierLine>> {
    let list = run!(api, |tx| dossiers_list(tx, &actor));
    Ok(axum::Json(list.iter().map(DossierLine::of).collect()))
}

/// One of one's own dossiers with everything that its owner may see.
#[utoipa::path(get, path = "/api/v1/dossiers/{id}", tag = "dossiers", params(("id" = Uuid, Path)),
    responses((status = 200, body = DossierView), (status = 404)))]
pub async fn read(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
) -> Answer<DossierView> {
    let view = run!(api, begin_snapshot, |tx| dossier_read_own(&api.dossiers, tx, &actor, id));
    Ok(axum::Json(DossierView::of(view)))
}

/// Throws a draft away.
#[utoipa::path(delete, path = "/api/v1/dossiers/{id}", tag = "dossiers", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404), (status = 409)))]
pub async fn delete(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
) -> Result<StatusCode, Problem> {
    run!(api, |tx| draft_delete(tx, &actor, id));
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps answers, of one page or all, right or wrong. They are checked when the dossier is sent.
#[utoipa::path(put, path = "/api/v1/dossiers/{id}/answers", tag = "dossiers", params(("id" = Uuid, Path)),
    request_body = AnswersBody, responses((status = 200, body = DossierLine), (status = 404), (status = 409)))]
pub async fn save(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    Json(body): Json<AnswersBody>,
) -> Answer<DossierLine> {
    let dossier = run!(api, |tx| {
        let answers = Answers(body.answers.clone());
        draft_save(&api.dossiers, tx, &actor, id, body.page.as_deref(), answers)
    });
    Ok(axum::Json(DossierLine::of(&dossier)))
}

/// Sends a dossier. What keeps it back is told field by field.
#[utoipa::path(post, path = "/api/v1/dossiers/{id}/submit", tag = "dossiers",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header, description = "1 to 80 characters")),
    request_body = VersionBody, responses((status = 200, body = MovedView), (status = 409), (status = 422)))]
pub async fn submit(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<VersionBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| dossier_submit(&api.dossiers, tx, &actor, &target));
    Ok(axum::Json(moved.into()))
}

/// Says that what was asked for is now there.
#[utoipa::path(post, path = "/api/v1/dossiers/{id}/supplement-answer", tag = "dossiers",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = VersionBody, responses((status = 200, body = MovedView), (status = 409), (status = 422)))]
pub async fn supplement_answer(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<VersionBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| supplement(&api.dossiers, tx, &actor, &target));
    Ok(axum::Json(moved.into()))
}

/// Takes a dossier back before it is decided.
#[utoipa::path(post, path = "/api/v1/dossiers/{id}/withdraw", tag = "dossiers",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = VersionBody, responses((status = 200, body = MovedView), (status = 409)))]
pub async fn withdraw(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<VersionBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| dossier_withdraw(&api.dossiers, tx, &actor, &target));
    Ok(axum::Json(moved.into()))
}

/// Says how it went, in one to five stars.
#[utoipa::path(post, path = "/api/v1/dossiers/{id}/rate", tag = "dossiers",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = RateBody, responses((status = 200, body = MovedView), (status = 409), (status = 422)))]
pub async fn rate(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<RateBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| dossier_rate(tx, &actor, &target, body.stars));
    Ok(axum::Json(moved.into()))
}

/// The questions that other people's dossiers put to the caller.
#[utoipa::path(get, path = "/api/v1/consents", tag = "consents", responses((status = 200, body = [ConsentView])))]
pub async fn consents(State(api): State<Arc<Api>>, Caller(actor): Caller) -> Answer<Vec<ConsentView>> {
    let list = run!(api, |tx| consents_list(tx, &actor));
    Ok(axum::Json(list.into_iter().map(ConsentView::of).collect()))
}

/// Says yes or no. Once given, an answer stands.
#[utoipa::path(post, path = "/api/v1/consents/{dossier}/{key}", tag = "consents",
    params(("dossier" = Uuid, Path), ("key" = String, Path)), request_body = ConsentBody,
    responses((status = 204), (status = 404), (status = 409)))]
pub async fn consent_answer(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path((dossier, key)): Path<(DossierId, String)>,
    Json(body): Json<ConsentBody>,
) -> Result<StatusCode, Problem> {
    run!(api, |tx| answer(tx, &actor, dossier, &key, body.yes));
    Ok(StatusCode::NO_CONTENT)
}

/// What the caller should know, newest first.
#[utoipa::path(get, path = "/api/v1/notices", tag = "notices", responses((status = 200, body = [NoticeView])))]
pub async fn notices(State(api): State<Arc<Api>>, Caller(actor): Caller) -> Answer<Vec<NoticeView>> {
    let list = run!(api, |tx| notices_list(tx, &actor));
    Ok(axum::Json(list.into_iter().map(NoticeView::of).collect()))
}

/// Marks a notice as read.
#[utoipa::path(post, path = "/api/v1/notices/{id}/read", tag = "notices", params(("id" = Uuid, Path)),
    responses((status = 204)))]
pub async fn notice_read(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    run!(api, |tx| lists::notice_read(tx, &actor, id));
    Ok(StatusCode::NO_CONTENT)
}
