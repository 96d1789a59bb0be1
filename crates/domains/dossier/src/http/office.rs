//! The agency's side: inbox and figures, one dossier by its code, and every move that an officer can make.

use std::sync::Arc;

use axum::extract::State;
use base::vietnam_date;
use contracts::{AccountId, Actor, Caller, DossierId};
use store::Tx;
use webkit::{Json, Path, Problem, Query};

use super::{
    Api, Key,
    bodies::{
        AgreeBody, AssignBody, ForwardBody, InboxQuery, NoteBody, ReasonBody, ReceiptBody, RefusalBody,
        SupplementBody, VersionBody,
    },
    run,
    views::{AlertView, FiguresView, InboxPage, LoadView, MovedView, OfficeView},
};
use crate::{
    DossierError,
    ops::{
        Moved, Target,
        approve::dossier_approve,
        assign::dossier_assign,
        forward::dossier_forward,
        lists::{alerts_list, inbox_figures, inbox_list, workload as load_by_officer},
        payment,
        read::dossier_read_in_office,
        receive::dossier_receive,
        refuse,
        start::dossier_start,
        stop::dossier_stop,
        supplement_request::supplement_request as request_supplement,
    },
};

type Answer<T> = Result<axum::Json<T>, Problem>;

fn target(dossier: DossierId, version: i32, key: Key) -> Target {
    Target { dossier, version, key: key.0 }
}

/// The agency's dossiers, the most urgent first.
#[utoipa::path(get, path = "/api/v1/office/inbox", tag = "office", params(InboxQuery),
    responses((status = 200, body = InboxPage), (status = 403)))]
pub async fn inbox(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Query(query): Query<InboxQuery>,
) -> Answer<InboxPage> {
    let limit = query.limit.unwrap_or(base::limits::PAGE_ITEMS_DEFAULT);
    let filter = query.filter();
    let page = run!(api, |tx| inbox_list(tx, &actor, &filter, limit));
    Ok(axum::Json(InboxPage::of(page)))
}

/// The agency at one look.
#[utoipa::path(get, path = "/api/v1/office/figures", tag = "office",
    responses((status = 200, body = FiguresView), (status = 403)))]
pub async fn figures(State(api): State<Arc<Api>>, Caller(actor): Caller) -> Answer<FiguresView> {
    let figures = run!(api, |tx| inbox_figures(tx, &actor));
    Ok(axum::Json(FiguresView::of(figures)))
}

/// The work of the agency by officer, for its head.
#[utoipa::path(get, path = "/api/v1/office/workload", tag = "office",
    responses((status = 200, body = [LoadView]), (status = 403)))]
pub async fn workload(State(api): State<Arc<Api>>, Caller(actor): Caller) -> Answer<Vec<LoadView>> {
    let list = run!(api, |tx| load_by_officer(tx, &actor));
    Ok(axum::Json(list.into_iter().map(LoadView::of).collect()))
}

/// Open reminders and breaches, oldest first.
#[utoipa::path(get, path = "/api/v1/office/alerts", tag = "office",
    responses((status = 200, body = [AlertView]), (status = 403)))]
pub async fn alerts(State(api): State<Arc<Api>>, Caller(actor): Caller) -> Answer<Vec<AlertView>> {
    let list = run!(api, |tx| alerts_list(tx, &actor));
    Ok(axum::Json(list.into_iter().map(AlertView::of).collect()))
}

/// A dossier by the code on its receipt.
#[utoipa::path(get, path = "/api/v1/office/dossiers/{code}", tag = "office", params(("code" = String, Path)),
    responses((status = 200, body = OfficeView), (status = 404)))]
pub async fn read(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(code): Path<String>,
) -> Answer<OfficeView> {
    let view = run!(api, begin_snapshot, |tx| dossier_read_in_office(&api.dossiers, tx, &actor, &code));
    Ok(axum::Json(OfficeView::of(view, vietnam_date(api.store.clock().now()))))
}

/// Gives a dossier to an officer of the agency.
#[utoipa::path(post, path = "/api/v1/office/dossiers/{id}/assign", tag = "office",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = AssignBody,
    responses((status = 200, body = MovedView), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub async fn assign(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<AssignBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| assign_to(&api, tx, &actor, &target, body.officer));
    Ok(axum::Json(moved.into()))
}

async fn assign_to(
    api: &Api,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
    account: AccountId,
) -> Result<Moved, DossierError> {
    let (agency, _) = actor.staff().ok_or(DossierError::Forbidden)?;
    let officers = api.accounts.officers(tx, agency).await?;
    let officer = officers.iter().find(|o| o.account == account);
    let officer = officer.ok_or_else(|| DossierError::field("officer", "forms.not_a_choice"))?;
    dossier_assign(tx, actor, target, officer).await
}

/// Takes a dossier in: from today the law's clock runs.
#[utoipa::path(post, path = "/api/v1/office/dossiers/{id}/receive", tag = "office",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = VersionBody,
    responses((status = 200, body = MovedView), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub async fn receive(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<VersionBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| dossier_receive(&api.dossiers, tx, &actor, &target));
    Ok(axum::Json(moved.into()))
}

/// Begins to work on a dossier; it is the caller's from now on.
#[utoipa::path(post, path = "/api/v1/office/dossiers/{id}/start", tag = "office",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = VersionBody,
    responses((status = 200, body = MovedView), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub async fn start(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<VersionBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| dossier_start(tx, &actor, &target));
    Ok(axum::Json(moved.into()))
}

/// Gives a dossier that lies with the wrong agency to the right one: one that is competent for its service, or the police
/// above or below in the same province.
#[utoipa::path(post, path = "/api/v1/office/dossiers/{id}/forward", tag = "office",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = ForwardBody,
    responses((status = 200, body = MovedView), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub async fn forward(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<ForwardBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved =
        run!(api, |tx| dossier_forward(&api.dossiers, tx, &actor, &target, &body.agency, &body.reason));
    Ok(axum::Json(moved.into()))
}

/// Asks for everything that is missing, at once; the clock stands. A second request needs the head.
#[utoipa::path(post, path = "/api/v1/office/dossiers/{id}/supplement-request", tag = "office",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = SupplementBody,
    responses((status = 200, body = MovedView), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub async fn supplement_request(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<SupplementBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| request_supplement(&api.dossiers, tx, &actor, &target, &body.defects));
    Ok(axum::Json(moved.into()))
}

/// Asks for the fee that the service sets.
#[utoipa::path(post, path = "/api/v1/office/dossiers/{id}/payment-request", tag = "office",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = VersionBody,
    responses((status = 200, body = MovedView), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub async fn payment_request(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<VersionBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| payment::payment_request(&api.dossiers, tx, &actor, &target));
    Ok(axum::Json(moved.into()))
}

/// Records the receipt of a fee that was paid at the counter.
#[utoipa::path(post, path = "/api/v1/office/dossiers/{id}/payment-record", tag = "office",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = ReceiptBody,
    responses((status = 200, body = MovedView), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub async fn payment_record(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<ReceiptBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| payment::payment_record(&api.dossiers, tx, &actor, &target, &body.receipt));
    Ok(axum::Json(moved.into()))
}

/// Proposes to refuse, for a reason that the service lists.
#[utoipa::path(post, path = "/api/v1/office/dossiers/{id}/refusal-propose", tag = "office",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = RefusalBody,
    responses((status = 200, body = MovedView), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub async fn refusal_propose(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<RefusalBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved =
        run!(api, |tx| refuse::refusal_propose(&api.dossiers, tx, &actor, &target, &body.reason, &body.note));
    Ok(axum::Json(moved.into()))
}

/// Agrees to a colleague's proposal, or does not.
#[utoipa::path(post, path = "/api/v1/office/dossiers/{id}/refusal-confirm", tag = "office",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = AgreeBody,
    responses((status = 200, body = MovedView), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub async fn refusal_confirm(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<AgreeBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| refuse::refusal_confirm(&api.dossiers, tx, &actor, &target, body.agree));
    Ok(axum::Json(moved.into()))
}

/// Approves: the record learns what the service says, and the result is issued.
#[utoipa::path(post, path = "/api/v1/office/dossiers/{id}/approve", tag = "office",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = NoteBody,
    responses((status = 200, body = MovedView), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub async fn approve(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<NoteBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| dossier_approve(&api.dossiers, tx, &actor, &target, &body.note));
    Ok(axum::Json(moved.into()))
}

/// Stops a dossier that can no longer be decided.
#[utoipa::path(post, path = "/api/v1/office/dossiers/{id}/stop", tag = "office",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = ReasonBody,
    responses((status = 200, body = MovedView), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub async fn stop(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    key: Key,
    Json(body): Json<ReasonBody>,
) -> Answer<MovedView> {
    let target = target(id, body.version, key);
    let moved = run!(api, |tx| dossier_stop(&api.dossiers, tx, &actor, &target, &body.reason));
    Ok(axum::Json(moved.into()))
}
