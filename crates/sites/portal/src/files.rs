//! Files of a dossier, one by one: as a plain form, or in resumable pieces where scripts run.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Multipart},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, Kind};
use bytes::Bytes;
use contracts::{AttachmentId, DossierId};
use dossier::{
    DossierError, Status,
    ops::{
        attachment::{self, FILE_BYTES_MAX, File, PIECE_BYTES_MAX},
        read::View,
    },
};
use forms::outcome::AttachmentView;
use http::header;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use webkit::{
    Json, Path, Problem, Query,
    i18n::{self, Errors},
    ui::{self, Field, Tone, Uploaded, Weight},
};

use crate::{
    Portal, draw,
    edit::{self, Steps},
    visit::{Citizen, Place},
};

/// What the parts of a multipart form need beside the file itself.
const FORM_BYTES: usize = 64 * 1024;
/// Longest value of a field that is not a file.
const FIELD_BYTES_MAX: usize = 1024;

pub fn routes() -> Router<Arc<Portal>> {
    let whole_file = usize::try_from(FILE_BYTES_MAX).unwrap_or(0) + FORM_BYTES;
    Router::new()
        .route("/dossiers/{id}/files", get(page).post(send))
        .layer(DefaultBodyLimit::max(whole_file))
        .merge(
            Router::new()
                .route("/dossiers/{id}/files/{file}/pieces", post(piece))
                .layer(DefaultBodyLimit::max(PIECE_BYTES_MAX)),
        )
        .route("/dossiers/{id}/files/announce", post(announce))
        .route("/dossiers/{id}/files/{file}", get(download))
}

async fn page(c: Citizen, Path(id): Path<DossierId>) -> Result<Markup, Problem> {
    let view = edit::load_open(&c, id).await?;
    let faults = edit::defects(&view);
    draw(&c, &view, &i18n::by_field(&c, &faults), &[])
}

/// What a multipart form brought.
#[derive(Default)]
struct Sent {
    /// Slot, name and bytes of each file.
    files: Vec<(String, String, Bytes)>,
    removed: Option<AttachmentId>,
    goes_on: bool,
}

async fn read_form(mut form: Multipart) -> Result<Sent, Problem> {
    let mut sent = Sent::default();
    let unread = |e: axum::extract::multipart::MultipartError| match e.status() {
        http::StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::new(Kind::Invalid, "webkit.bad_request"),
    };
    while let Some(part) = form.next_field().await.map_err(unread)? {
        let field = part.name().unwrap_or("").to_owned();
        if let Some(name) = part.file_name().map(str::to_owned) {
            let bytes = part.bytes().await.map_err(unread)?;
            if !bytes.is_empty() {
                sent.files.push((field, name, bytes));
            }
            continue;
        }
        let value = part.bytes().await.map_err(unread)?;
        let value = std::str::from_utf8(&value).ok().filter(|v| v.len() <= FIELD_BYTES_MAX).unwrap_or("");
        if field.ends_with("-remove") {
            sent.removed = value.parse().ok().map(AttachmentId);
        }
        sent.goes_on |= field == "_next";
    }
    Ok(sent)
}

/// Takes the files of the form in, one transaction for all of them, then shows what has arrived.
async fn send(c: Citizen, Path(id): Path<DossierId>, form: Multipart) -> Result<Response, Problem> {
    let sent = read_form(form).await?;
    let mut faults = Vec::new();
    for (slot, name, bytes) in &sent.files {
        if let Err(fault) = take(&c, id, slot, name, bytes).await {
            // What the person can put right stands at the field; the rest ends the request.
            if !matches!(fault.kind(), Kind::Invalid | Kind::Limit) {
                return Err(fault.into());
            }
            faults.push(FieldFault {
                field: format!("attachments.{slot}"),
                code: fault.code().to_owned(),
                args: fault.args(),
            });
        }
    }
    if let Some(file) = sent.removed {
        let mut tx = c.begin().await?;
        let gone = attachment::attachment_delete(&mut tx, &c.actor, file).await;
        tx.finish(gone).await?;
    }
    let view = edit::load_open(&c, id).await?;
    if sent.goes_on && faults.is_empty() {
        let sheet = view.service.sheet(&view.dossier.answers, &view.facts, c.today());
        let handed: Vec<_> = view.files.iter().map(File::handed).collect();
        faults = sheet.attachment_faults(&handed);
        if faults.is_empty() {
            return Ok(Redirect::to(&next(&view)).into_response());
        }
    }
    if faults.is_empty() {
        return Ok(Redirect::to(&format!("/dossiers/{id}/files")).into_response());
    }
    Ok(draw(&c, &view, &i18n::by_field(&c, &faults), &faults)?.into_response())
}

async fn take(c: &Citizen, id: DossierId, slot: &str, name: &str, bytes: &Bytes) -> Result<(), DossierError> {
    let mut tx = c.portal.store.begin().await?;
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let outcome = async {
        let cx = &c.portal.dossiers;
        let file = attachment::attachment_start(cx, &mut tx, &c.actor, id, slot, name, size).await?;
        let mut start = 0;
        for piece in bytes.chunks(PIECE_BYTES_MAX) {
            attachment::attachment_append(cx, &mut tx, &c.actor, file, start, piece).await?;
            start += i64::try_from(piece.len()).unwrap_or(i64::MAX);
        }
        Ok(())
    }
    .await;
    tx.finish(outcome).await
}

fn next(view: &View) -> String {
    let id = view.dossier.id;
    match view.dossier.status {
        Status::SupplementRequested => format!("/dossiers/{id}#supplement"),
        _ => format!("/dossiers/{id}/check"),
    }
}

fn draw(c: &Citizen, view: &View, errors: &Errors, faults: &[FieldFault]) -> Result<Markup, Problem> {
    let sheet = view.service.sheet(&view.dossier.answers, &view.facts, c.today());
    let id = view.dossier.id;
    let title = c.t("files-title");
    let steps = Steps::new(&sheet, None, true);
    let draft = view.dossier.status == Status::Draft;
    let last = sheet.pages().last().map(|p| format!("/dossiers/{id}/edit/{}", p.page.key));
    let back = last.filter(|_| draft).unwrap_or_else(|| format!("/dossiers/{id}"));
    let slots: Vec<AttachmentView<'_>> = sheet.attachments().collect();
    Ok(c.frame(Place::Dossiers, &title).error(!faults.is_empty()).script("portal.js").page(html! {
        (ui::back_link(&back, &c.t("back")))
        @if draft { (ui::progress(c, steps.at, steps.of)) }
        (ui::error_summary_named(c, faults, |path| draw::name_of(c, &view.service, path)))
        p.quiet { (c.text(&view.service.title)) }
        h1 { (title) }
        @if slots.is_empty() { p { (c.t("files-none-needed")) } }
        @else { p.lead { (c.t("files-about")) } }
        @for slot in &slots { (slot_form(c, view, slot, errors)) }
        form method="post" enctype="multipart/form-data" {
            (c.csrf())
            (ui::actions(ui::submit_as(Weight::Primary, "_next", "1", &c.t("continue"))))
        }
    }))
}

fn slot_form(c: &Citizen, view: &View, slot: &AttachmentView<'_>, errors: &Errors) -> Markup {
    let a = slot.attachment;
    let id = view.dossier.id;
    // The fault's path is `attachments.<key>`; the file itself travels under the slot's key.
    let path = format!("attachments.{}", a.key);
    let mut field = Field::new(a.key.as_str(), c.text(&a.label));
    field.error = errors.get(&path).cloned();
    if let Some(hint) = &a.hint {
        field = field.hint(c.text(hint));
    }
    if !slot.required {
        field = field.optional();
    }
    let names: Vec<&str> = a.types.iter().map(|t| type_name(*t)).collect();
    let accept: Vec<&str> = a.types.iter().map(|t| t.media_type()).collect();
    let own = || view.files.iter().filter(|f| f.slot == a.key);
    let done: Vec<Uploaded> = own().filter_map(|f| uploaded(c, id, f)).collect();
    let bytes_max = a.max_bytes.min(u64::try_from(FILE_BYTES_MAX).unwrap_or(0));
    html! {
        form id={ "f-" (path) } method="post" enctype="multipart/form-data" data-upload={ "/dossiers/" (id) "/files" }
            data-slot=(a.key) data-piece=(PIECE_BYTES_MAX) data-stopped=(c.t("upload-stopped")) data-progress=(c.t("upload-progress")) {
            (c.csrf())
            (ui::enter_sends(&format!("{}-add", a.key), "1"))
            (ui::files(c, &field, &names.join(", "), bytes_max, &accept.join(","), &done))
            div data-status role="status" {}
            @for f in own().filter(|f| f.sha256.is_some()) {
                p.quiet { (c.tw("file-receipt", &[("name", f.name.as_str().into())])) " " code { (f.sha256.as_deref().unwrap_or("")) } }
            }
            @for f in own().filter(|f| f.completed_at.is_none()) {
                (ui::notice(Tone::Wait, html! {
                    p data-unfinished=(f.id) data-name=(f.name) data-bytes=(f.bytes) data-received=(f.received) {
                        (c.tw("file-unfinished", &[("name", f.name.as_str().into()), ("done", size(c, f.received).into()), ("all", size(c, f.bytes).into())]))
                    }
                    (ui::submit_as(Weight::Secondary, &format!("{}-remove", a.key), &f.id.to_string(), &c.tw("file-remove", &[("name", f.name.as_str().into())])))
                }))
            }
        }
    }
}

fn size(c: &Citizen, bytes: i64) -> String {
    c.file_size(u64::try_from(bytes).unwrap_or(0))
}

fn uploaded(c: &Citizen, id: DossierId, f: &File) -> Option<Uploaded> {
    Some(Uploaded {
        key: f.id.to_string(),
        name: f.name.clone(),
        bytes: u64::try_from(f.bytes).unwrap_or(0),
        when: c.at(f.completed_at?),
        href: Some(format!("/dossiers/{id}/files/{}", f.id)),
    })
}

fn type_name(t: forms::definition::FileType) -> &'static str {
    match t {
        forms::definition::FileType::Pdf => "PDF",
        forms::definition::FileType::Jpeg => "JPEG",
        forms::definition::FileType::Png => "PNG",
    }
}

#[derive(Deserialize)]
struct Announced {
    slot: String,
    name: String,
    bytes: i64,
}

#[derive(Serialize)]
struct Begun {
    id: AttachmentId,
}

/// A script announces a file that it will send in pieces.
async fn announce(
    c: Citizen,
    Path(id): Path<DossierId>,
    Json(file): Json<Announced>,
) -> Result<axum::Json<Begun>, Problem> {
    let mut tx = c.begin().await?;
    let cx = &c.portal.dossiers;
    let begun =
        attachment::attachment_start(cx, &mut tx, &c.actor, id, &file.slot, &file.name, file.bytes).await;
    Ok(axum::Json(Begun { id: tx.finish(begun).await? }))
}

#[derive(Deserialize)]
struct Start {
    start: i64,
}

/// One piece; the answer says how much has arrived, and the receipt when it is all.
async fn piece(
    c: Citizen,
    Path((_, file)): Path<(DossierId, AttachmentId)>,
    Query(at): Query<Start>,
    data: Bytes,
) -> Result<axum::Json<File>, Problem> {
    let mut tx = c.begin().await?;
    let cx = &c.portal.dossiers;
    let file = attachment::attachment_append(cx, &mut tx, &c.actor, file, at.start, &data).await;
    Ok(axum::Json(tx.finish(file).await?))
}

async fn download(
    c: Citizen,
    Path((id, file)): Path<(DossierId, AttachmentId)>,
) -> Result<Response, Problem> {
    let mut tx = c.begin().await?;
    let read = attachment::attachment_read(&mut tx, &c.actor, id, file).await;
    let (file, bytes) = tx.finish(read).await?;
    let kind = file.media_type.unwrap_or_else(|| "application/octet-stream".to_owned());
    Ok(saved_as(&file.name, &kind, bytes))
}

/// A file that the browser saves and does not open: what others made never runs in our name.
pub fn saved_as(name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    let encoded: String =
        form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20");
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{encoded}")),
    ];
    (headers, bytes).into_response()
}
