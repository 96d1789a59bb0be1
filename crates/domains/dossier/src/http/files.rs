//! Files of a dossier: announced, handed in piece by piece, resumed where they broke off, read by those who may.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::{AttachmentId, Caller, DossierId};
use webkit::{Json, Path, Problem, Query};

use super::{
    Api,
    bodies::{AttachmentBody, PieceQuery},
    run,
    views::{AttachmentStarted, FileView},
};
use crate::ops::attachment::{attachment_append, attachment_delete, attachment_read, attachment_start};

/// Announces a file; its bytes follow in pieces.
#[utoipa::path(post, path = "/api/v1/dossiers/{id}/attachments", tag = "attachments", params(("id" = Uuid, Path)),
    request_body = AttachmentBody,
    responses((status = 201, body = AttachmentStarted), (status = 404), (status = 409), (status = 422), (status = 429)))]
pub async fn start(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<DossierId>,
    Json(body): Json<AttachmentBody>,
) -> Result<(StatusCode, axum::Json<AttachmentStarted>), Problem> {
    let attachment =
        run!(api, |tx| attachment_start(&api.dossiers, tx, &actor, id, &body.slot, &body.name, body.bytes));
    Ok((StatusCode::CREATED, axum::Json(AttachmentStarted { attachment })))
}

/// Adds the piece that begins at `start`, at most 1 MiB. After a break, the answer to any piece, or the conflict, says
/// how much has arrived.
#[utoipa::path(put, path = "/api/v1/attachments/{id}/pieces", tag = "attachments",
    params(("id" = Uuid, Path), PieceQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = FileView), (status = 404), (status = 409), (status = 413), (status = 422)))]
pub async fn append(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<AttachmentId>,
    Query(piece): Query<PieceQuery>,
    data: Bytes,
) -> Result<axum::Json<FileView>, Problem> {
    let file = run!(api, |tx| attachment_append(&api.dossiers, tx, &actor, id, piece.start, &data));
    Ok(axum::Json(FileView::of(file)))
}

/// Takes a file out again, while the dossier can still be changed. One that was sent before stays as history.
#[utoipa::path(delete, path = "/api/v1/attachments/{id}", tag = "attachments", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404), (status = 409)))]
pub async fn delete(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path(id): Path<AttachmentId>,
) -> Result<StatusCode, Problem> {
    run!(api, |tx| attachment_delete(tx, &actor, id));
    Ok(StatusCode::NO_CONTENT)
}

/// The bytes of a file, for its owner or for an officer of the agency that has the dossier.
#[utoipa::path(get, path = "/api/v1/dossiers/{id}/attachments/{attachment}", tag = "attachments",
    params(("id" = Uuid, Path), ("attachment" = Uuid, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 404)))]
pub async fn read(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Path((id, attachment)): Path<(DossierId, AttachmentId)>,
) -> Result<Response, Problem> {
    let (file, bytes) = run!(api, |tx| attachment_read(tx, &actor, id, attachment));
    let media_type = file.media_type.as_deref().unwrap_or("application/octet-stream");
    let kind =
        HeaderValue::from_str(media_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    // The name stays out of the header: it was chosen by its owner. Whoever fetches the file knows it from the dossier.
    let headers =
        [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"))];
    Ok((headers, bytes).into_response())
}
