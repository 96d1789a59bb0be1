//! Filling in a dossier: one page of the definition a step. Every button saves what is typed, right or wrong; "go on"
//! also looks for faults. The same pages serve a supplement, after which the way leads back to the dossier.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::FieldFault;
use contracts::DossierId;
use dossier::{
    Status,
    ops::{draft_delete, draft_open, draft_save, read, read::View},
};
use forms::{PageView, Sheet};
use maud::{Markup, html};
use serde::Deserialize;
use webkit::{
    Form, Path, Problem, Query,
    ui::{self, Tone, Weight},
};

use crate::{
    Portal,
    draw::{self, Extra},
    visit::{Citizen, Place, level_key},
};

pub fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/services/{code}/start", post(start).get(back_to_service))
        .route("/dossiers/{id}/edit", get(first_page))
        .route("/dossiers/{id}/edit/{page}", get(page).post(save))
        .route("/dossiers/{id}/edit/{page}/saved", post(autosave))
        .route("/dossiers/{id}/delete", get(ask_delete).post(delete))
}

/// Signing in on the way leads here with GET: back to the page with the button.
async fn back_to_service(Path(code): Path<String>) -> Redirect {
    Redirect::to(&format!("/services/{code}"))
}

async fn start(c: Citizen, Path(code): Path<String>) -> Result<Redirect, Problem> {
    let mut tx = c.begin().await?;
    let draft = draft_open::draft_open(&c.portal.dossiers, &mut tx, &c.actor, &code).await;
    let draft = tx.finish(draft).await?;
    Ok(Redirect::to(&format!("/dossiers/{}/edit", draft.id)))
}

/// Reads a dossier for its applicant.
pub async fn load(c: &Citizen, id: DossierId) -> Result<View, Problem> {
    let mut tx = c.begin_snapshot().await?;
    let view = read::dossier_read_own(&c.portal.dossiers, &mut tx, &c.actor, id).await;
    Ok(tx.finish(view).await?)
}

/// Reads a dossier that can be written in now.
pub async fn load_open(c: &Citizen, id: DossierId) -> Result<View, Problem> {
    let view = load(c, id).await?;
    match view.dossier.status {
        Status::Draft | Status::SupplementRequested => Ok(view),
        status => Err(dossier::DossierError::WrongStatus(status).into()),
    }
}

async fn first_page(c: Citizen, Path(id): Path<DossierId>) -> Result<Redirect, Problem> {
    let view = load_open(&c, id).await?;
    let sheet = view.service.sheet(&view.dossier.answers, &view.facts, c.today());
    let first = sheet.pages().next();
    let next = first.map_or_else(|| check_path(id), |p| format!("/dossiers/{id}/edit/{}", p.page.key));
    Ok(Redirect::to(&next))
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    from: String,
}

async fn page(
    c: Citizen,
    Path((id, key)): Path<(DossierId, String)>,
    Query(from): Query<From>,
) -> Result<Markup, Problem> {
    let view = load_open(&c, id).await?;
    // Coming from the defects of a supplement, each stands at its field.
    let mut extra = Extra::faults(&c, &defects(&view));
    extra.from_check = from.from == "check";
    draw_page(&c, &view, &key, &extra, &[], false)
}

async fn save(
    c: Citizen,
    Path((id, key)): Path<(DossierId, String)>,
    form: Form,
) -> Result<Response, Problem> {
    let before = load_open(&c, id).await?;
    let page = before.service.page(&key).ok_or_else(Problem::not_found)?;
    let today = c.today();
    let typed = draw::read_page(&c, &before.service, page, &form, today);
    let mut tx = c.begin().await?;
    let saved =
        draft_save::draft_save(&c.portal.dossiers, &mut tx, &c.actor, id, Some(&key), typed.answers).await;
    let view = View { dossier: tx.finish(saved).await?, ..before };
    let sheet = view.service.sheet(&view.dossier.answers, &view.facts, today);
    let page = view.service.page(&key).ok_or_else(Problem::not_found)?;

    let shown: Vec<&str> = form.raw("_seen").split(' ').collect();
    let (asked_before, new) = split_new(sheet.page_faults(page), &shown);
    let from_check = form.raw("_from") == "check";
    let mut extra = Extra { searches: typed.searches, adding: typed.adding, from_check, ..Extra::default() };
    if typed.stays {
        return Ok(draw_page(&c, &view, &key, &extra, &[], false)?.into_response());
    }
    if !asked_before.is_empty() || !new.is_empty() {
        extra.errors = webkit::i18n::by_field(&c, &asked_before);
        return Ok(draw_page(&c, &view, &key, &extra, &asked_before, !new.is_empty())?.into_response());
    }
    if form.has("_later") {
        let flash = c.flash(Tone::Good, c.t("edit-saved-later"));
        return Ok((flash, Redirect::to("/dossiers")).into_response());
    }
    Ok(Redirect::to(&after(&view, &sheet, &key, from_check)).into_response())
}

/// Faults of fields that the person has seen, and of those that only now appear because of what they answered.
fn split_new(faults: Vec<FieldFault>, shown: &[&str]) -> (Vec<FieldFault>, Vec<FieldFault>) {
    let head = |path: &str| path.split('.').next().unwrap_or(path).to_owned();
    faults.into_iter().partition(|fault| {
        fault.code != forms::codes::REQUIRED || shown.iter().any(|s| *s == head(&fault.field))
    })
}

/// Keeps what is typed while the person is still typing; answers with the note that the page shows.
async fn autosave(
    c: Citizen,
    Path((id, key)): Path<(DossierId, String)>,
    form: Form,
) -> Result<Markup, Problem> {
    let view = load_open(&c, id).await?;
    let page = view.service.page(&key).ok_or_else(Problem::not_found)?;
    let typed = draw::read_page(&c, &view.service, page, &form, c.today());
    let mut tx = c.begin().await?;
    let saved =
        draft_save::draft_save(&c.portal.dossiers, &mut tx, &c.actor, id, Some(&key), typed.answers).await;
    let dossier = tx.finish(saved).await?;
    Ok(ui::saved_at(&c, &c.at(dossier.updated_at)))
}

/// Where "go on" leads.
fn after(view: &View, sheet: &Sheet<'_>, key: &str, from_check: bool) -> String {
    let id = view.dossier.id;
    if view.dossier.status == Status::SupplementRequested {
        return format!("/dossiers/{id}#supplement");
    }
    if from_check {
        return check_path(id);
    }
    let mut pages = sheet.pages().skip_while(|p| p.page.key != key).skip(1);
    match pages.next() {
        Some(next) => format!("/dossiers/{id}/edit/{}", next.page.key),
        None if sheet.attachments().next().is_some() => format!("/dossiers/{id}/files"),
        None => check_path(id),
    }
}

fn check_path(id: DossierId) -> String {
    format!("/dossiers/{id}/check")
}

/// How many steps the way has, and which one this is.
pub struct Steps {
    pub at: u32,
    pub of: u32,
}

impl Steps {
    /// `at` counts pages; files and check come after them.
    pub fn new(sheet: &Sheet<'_>, at: Option<usize>, files: bool) -> Self {
        let pages = sheet.pages().count();
        let with_files = usize::from(sheet.attachments().next().is_some());
        let of = pages + with_files + 1;
        let at = match at {
            Some(at) => at + 1,
            None if files => pages + 1,
            None => of,
        };
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { at: number(at), of: number(of) }
    }
}

/// The defects that the agency named, each as a fault at its field.
pub fn defects(view: &View) -> Vec<FieldFault> {
    let fault = |d: &dossier::Defect| FieldFault::new(&d.field, "portal.defect").with("note", &d.note);
    view.dossier.defects.iter().map(fault).collect()
}

fn draw_page(
    c: &Citizen,
    view: &View,
    key: &str,
    extra: &Extra,
    faults: &[FieldFault],
    more_asked: bool,
) -> Result<Markup, Problem> {
    let sheet = view.service.sheet(&view.dossier.answers, &view.facts, c.today());
    let pages: Vec<PageView<'_>> = sheet.pages().collect();
    let at = pages.iter().position(|p| p.page.key == key);
    let Some((at, page)) = at.and_then(|at| Some((at, pages.get(at)?))) else {
        return Err(Problem::not_found());
    };
    let id = view.dossier.id;
    let back = match at.checked_sub(1).and_then(|before| pages.get(before)) {
        _ if view.dossier.status == Status::SupplementRequested => format!("/dossiers/{id}"),
        Some(before) => format!("/dossiers/{id}/edit/{}", before.page.key),
        None => format!("/services/{}", view.dossier.procedure),
    };
    let title = c.text(&page.page.title);
    let steps = Steps::new(&sheet, Some(at), false);
    let draft = view.dossier.status == Status::Draft;
    Ok(c.frame(Place::Dossiers, title).error(!faults.is_empty()).script("portal.js").page(html! {
        (ui::back_link(&back, &c.t("back")))
        @if draft { (ui::progress(c, steps.at, steps.of)) }
        (ui::error_summary_named(c, faults, |path| draw::name_of(c, &view.service, path)))
        p.quiet { (c.text(&view.service.title)) }
        h1 { (title) }
        @if let Some(intro) = &page.page.intro { p.lead { (c.text(intro)) } }
        @if draft && at == 0 { (cannot_apply(c, &sheet)) }
        @if more_asked { (ui::notice(Tone::Info, c.t("edit-more-asked"))) }
        form method="post" action={ "/dossiers/" (id) "/edit/" (key) } novalidate
            data-autosave={ "/dossiers/" (id) "/edit/" (key) "/saved" } {
            (c.csrf())
            (ui::enter_sends("_next", "1"))
            div.flow #fields {
                input type="hidden" name="_seen" value=(draw::seen(&page.fields));
                (draw::fields(c, &sheet, &page.fields, extra))
            }
            @if extra.from_check { input type="hidden" name="_from" value="check"; }
            div data-saved aria-live="polite" { (ui::saved_at(c, &c.at(view.dossier.updated_at))) }
            (ui::actions(html! {
                (ui::submit_as(Weight::Primary, "_next", "1", &c.t("continue")))
                @if draft { (ui::submit_as(Weight::Secondary, "_later", "1", &c.t("save-for-later"))) }
            }))
        }
        @if draft { p { a href={ "/dossiers/" (id) "/delete" } { (c.t("draft-delete")) } } }
    }))
}

/// Said at the beginning, not at the end: this account or person cannot apply.
fn cannot_apply(c: &Citizen, sheet: &Sheet<'_>) -> Markup {
    let level = if level_key(&c.actor) == "level-2" { 2 } else { 1 };
    html! {
        @for fault in sheet.eligibility(level) {
            (ui::notice(Tone::Wait, html! {
                p { (c.fault(&fault)) }
                @if fault.code == forms::codes::ACCOUNT_LEVEL { p { a href="/account" { (c.t("level-how")) } } }
            }))
        }
    }
}

async fn ask_delete(c: Citizen, Path(id): Path<DossierId>) -> Result<Markup, Problem> {
    let view = load_open(&c, id).await?;
    let title = c.t("draft-delete-title");
    Ok(c.frame(Place::Dossiers, &title).page(html! {
        (ui::back_link("/dossiers", &c.t("back")))
        h1 { (title) }
        p { (c.tw("draft-delete-about", &[("service", c.text(&view.service.title).into())])) }
        form method="post" {
            (c.csrf())
            (ui::actions(html! {
                (ui::submit(Weight::Danger, &c.t("draft-delete")))
                (ui::link_button_secondary("/dossiers", &c.t("draft-keep")))
            }))
        }
    }))
}

async fn delete(c: Citizen, Path(id): Path<DossierId>) -> Result<Response, Problem> {
    let mut tx = c.begin().await?;
    let gone = draft_delete::draft_delete(&mut tx, &c.actor, id).await;
    tx.finish(gone).await?;
    Ok((c.flash(Tone::Good, c.t("draft-deleted")), Redirect::to("/dossiers")).into_response())
}
