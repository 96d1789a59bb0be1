//! Check your answers, send, and the receipt that says what happens next.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base::{Fault, FieldFault, Kind};
use contracts::{CommuneCode, DossierId};
use dossier::{DossierError, Status, ops::read::View};
use forms::{Channel, FieldView, Sheet};
use maud::{Markup, html};
use webkit::{
    Form, Path, Problem,
    i18n::Errors,
    ui::{self, Field, Icon, Row, Tone, Weight},
};

use crate::{
    Portal, draw,
    edit::{self, Steps},
    send::{self, Move},
    visit::{Citizen, Place},
    words::mask_numbers,
};

pub fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/dossiers/{id}/check", get(page).post(take))
        .route("/dossiers/{id}/receipt", get(receipt))
}

async fn page(c: Citizen, Path(id): Path<DossierId>) -> Result<Response, Problem> {
    let view = edit::load(&c, id).await?;
    if view.dossier.status != Status::Draft {
        return Ok(Redirect::to(&format!("/dossiers/{id}")).into_response());
    }
    Ok(draw_page(&c, &view, &[], &send::new_key(&c), false).into_response())
}

async fn take(c: Citizen, Path(id): Path<DossierId>, form: Form) -> Result<Response, Problem> {
    let key = form.line("_key");
    if !form.has("declared") {
        let view = edit::load(&c, id).await?;
        let faults = [FieldFault::new("declared", "portal.declare")];
        return Ok(draw_page(&c, &view, &faults, &key, false).into_response());
    }
    let sent = send::send(&c, Move::Submit, &send::target(id, &form)).await?;
    match sent {
        Ok(_) => Ok(Redirect::to(&format!("/dossiers/{id}/receipt")).into_response()),
        Err(DossierError::AttachmentUnfinished) => {
            let said = c.code(DossierError::AttachmentUnfinished.code(), &[]);
            let files = Redirect::to(&format!("/dossiers/{id}/files"));
            Ok((c.flash(Tone::Danger, said), files).into_response())
        }
        Err(fault) if fault.kind() == Kind::Invalid && !fault.fields().is_empty() => {
            let view = edit::load(&c, id).await?;
            Ok(draw_page(&c, &view, fault.fields(), &send::new_key(&c), true).into_response())
        }
        Err(fault) => Err(fault.into()),
    }
}

fn draw_page(c: &Citizen, view: &View, faults: &[FieldFault], key: &str, ticked: bool) -> Markup {
    let d = &view.dossier;
    let sheet = view.service.sheet(&d.answers, &view.facts, c.today());
    let steps = Steps::new(&sheet, None, false);
    let title = c.t("check-title");
    let errors = webkit::i18n::by_field(c, faults);
    let declared = Field::new("declared", c.t("check-declare")).errors(&errors);
    let back = match sheet.attachments().next() {
        Some(_) => Some(format!("/dossiers/{}/files", d.id)),
        None => sheet.pages().last().map(|p| format!("/dossiers/{}/edit/{}", d.id, p.page.key)),
    };
    c.frame(Place::Dossiers, &title).error(!faults.is_empty()).page(html! {
        (ui::back_link(&back.unwrap_or_else(|| "/dossiers".into()), &c.t("back")))
        (ui::progress(c, steps.at, steps.of))
        (ui::error_summary_named(c, faults, |path| draw::name_of(c, &view.service, path)))
        p.quiet { (c.text(&view.service.title)) }
        h1 { (title) }
        @for fault in faults.iter().filter(|f| belongs_nowhere(f)) {
            div id={ "f-" (fault.field) } tabindex="-1" { (ui::notice(Tone::Danger, c.fault(fault))) }
        }
        (answers(c, view, &sheet, Some(&errors)))
        (files(c, view, &sheet, Some(&errors)))
        h2 { (c.t("check-then")) }
        (ui::summary(c, &consequences(c, view, &sheet)))
        form method="post" novalidate {
            (c.csrf())
            (send::marks(d.version, key))
            (ui::checkbox(c, &declared, "1", ticked))
            (ui::actions(ui::submit(Weight::Primary, &c.t("check-send"))))
        }
    })
}

/// Faults of the whole dossier: who applies, what the record says.
fn belongs_nowhere(fault: &FieldFault) -> bool {
    fault.field.is_empty()
        || fault.field == "applicant"
        || fault.field.starts_with("checks.")
        || fault.field.starts_with("consents.")
}

/// Every answer under the title of its page. Given the faults found, even none, each can be changed.
pub fn answers(c: &Citizen, view: &View, sheet: &Sheet<'_>, faults: Option<&Errors>) -> Markup {
    let id = view.dossier.id;
    html! {
        @for page in sheet.pages() {
            h2 { (c.text(&page.page.title)) }
            @let change = format!("/dossiers/{id}/edit/{}?from=check", page.page.key);
            @let rows: Vec<Row> = page.fields.iter().flat_map(|f| rows_of(c, f, faults.map(|faults| (change.as_str(), faults)))).collect();
            (ui::summary(c, &rows))
        }
    }
}

fn rows_of(c: &Citizen, view: &FieldView<'_>, change: Option<(&str, &Errors)>) -> Vec<Row> {
    if matches!(view.source, forms::Source::Record(..)) {
        return vec![draw::known_row(c, view)];
    }
    let error = |path: &str| change.and_then(|(_, faults)| faults.get(path)).map(String::as_str);
    let change = |row: Row, path: &str| match change {
        Some((href, _)) => row.change(format!("{href}#f-{path}")),
        None => row,
    };
    let shown = |view: &FieldView<'_>| anchored(&view.path, &said(c, view), error(&view.path));
    if view.field.kind != forms::Kind::Group {
        return vec![change(Row::new(c.text(&view.field.label), shown(view)), &view.path)];
    }
    let label = c.text(&view.field.label);
    if view.rows.is_empty() {
        return vec![change(Row::new(label, anchored(&view.path, "", error(&view.path))), &view.path)];
    }
    let row = |(n, items): (usize, &Vec<FieldView<'_>>)| {
        let title = c.tw("row-title", &[("label", label.into()), ("n", (n + 1).into())]);
        let value = html! { @for item in items { div { (c.text(&item.field.label)) ": " (shown(item)) } } };
        let path = items.first().map_or(view.path.as_str(), |item| item.path.as_str());
        change(Row::new(title, value), path)
    };
    view.rows.iter().enumerate().map(row).collect()
}

/// An answer for reading. Numbers of other people are not shown whole.
fn said(c: &Citizen, view: &FieldView<'_>) -> String {
    let said = c.value(view.field.kind, &view.field.options, view.value);
    let said = match (said.is_empty(), view.given) {
        (true, Some(serde_json::Value::String(typed))) => typed.clone(),
        _ => said,
    };
    mask_numbers(&said)
}

/// An answer where the error summary leads to it, with what is wrong.
fn anchored(path: &str, said: &str, error: Option<&str>) -> Markup {
    if said.is_empty() && error.is_none() {
        return Markup::default();
    }
    html! {
        span id={ "f-" (path) } tabindex="-1" { @for (n, line) in said.lines().enumerate() { @if n > 0 { br; } (line) } }
        @if let Some(error) = error { p.field-error { (Icon::Alert) span { (error) } } }
    }
}

/// The files under the name of what they are for.
pub fn files(c: &Citizen, view: &View, sheet: &Sheet<'_>, faults: Option<&Errors>) -> Markup {
    let id = view.dossier.id;
    let slots: Vec<_> = sheet.attachments().collect();
    let row = |a: &forms::definition::Attachment| {
        let own: Vec<_> = view.files.iter().filter(|f| f.slot == a.key).collect();
        let value = html! { @for f in &own {
            div { (Icon::Paperclip) " " a href={ "/dossiers/" (id) "/files/" (f.id) } { (f.name) } " "
                span.quiet { (c.file_size(u64::try_from(f.bytes).unwrap_or(0))) } }
        } };
        let path = format!("attachments.{}", a.key);
        let error = faults.and_then(|faults| faults.get(&path)).map(String::as_str);
        let value = if own.is_empty() { Markup::default() } else { value };
        let wrong = anchored(&path, "", error);
        let value = if error.is_some() {
            html! { (value) (wrong) }
        } else {
            value
        };
        let row = Row::new(c.text(&a.label), value);
        if faults.is_some() {
            row.change(format!("/dossiers/{id}/files#f-attachments.{}", a.key))
        } else {
            row
        }
    };
    html! {
        @if !slots.is_empty() {
            h2 { (c.t("files-title")) }
            div id="f-attachments" { (ui::summary(c, &slots.iter().map(|s| row(s.attachment)).collect::<Vec<_>>())) }
        }
    }
}

/// What sending brings: who decides, how long, how much, who else is asked, what comes back.
fn consequences(c: &Citizen, view: &View, sheet: &Sheet<'_>) -> Vec<Row> {
    let nation = &c.portal.dossiers.nation;
    let mut rows = Vec::new();
    let step = sheet.steps().next();
    let agency = step.and_then(|s| nation.agency_for(&CommuneCode(s.commune?), s.step.level));
    if sheet.decides_itself() {
        rows.push(Row::new(c.t("check-who"), c.t("check-automatic")));
    } else if let Some(agency) = agency {
        rows.push(Row::new(c.t("check-who"), c.text(&agency.name)));
    }
    let limit = sheet
        .limit_working_days()
        .or_else(|| nation.procedure(&view.dossier.procedure).and_then(|p| p.limit_days));
    if let Some(days) = limit.filter(|_| !sheet.decides_itself()) {
        rows.push(Row::new(c.t("check-limit"), c.working_days(days)));
    }
    if let Some(fee) = sheet.fee(Channel::Online) {
        let why = fee.exemption.map(|e| c.text(&e.label).to_owned());
        let value = html! { (c.fee(fee.amount)) @if let Some(why) = why { " (" (c.tw("check-exempt", &[("why", why.into())])) ")" } };
        rows.push(Row::new(c.t("check-fee"), value));
    }
    for need in sheet.consents() {
        let who = mask_numbers(&need.number);
        let value = html! {
            p { (c.text(&need.consent.question)) }
            p.quiet { (c.tw("check-consent", &[("number", who.into()), ("days", need.consent.days.into())])) }
        };
        rows.push(Row::new(c.text(&need.consent.label), value));
    }
    rows.push(Row::new(c.t("check-result"), c.text(&view.service.result.title)));
    rows
}

async fn receipt(c: Citizen, Path(id): Path<DossierId>) -> Result<Response, Problem> {
    let view = edit::load(&c, id).await?;
    let d = &view.dossier;
    let (Some(code), Some(submitted)) = (&d.code, d.submitted_at) else {
        return Ok(Redirect::to(&format!("/dossiers/{id}/check")).into_response());
    };
    let decided = matches!(d.status, Status::Finished | Status::Returned);
    let title = c.t(if decided { "receipt-decided" } else { "receipt-title" });
    let asked = d.consents.values().any(|s| *s == dossier::row::ConsentState::Asked);
    let who = d.agency.as_ref().map_or_else(String::new, |a| c.agency(a));
    let step = |key: &str| html! { li { (c.tw(key, &[("agency", who.as_str().into())])) } };
    let limit = c.working_days(d.clock.limit_days);
    Ok(c.frame(Place::Dossiers, &title)
        .page(html! {
            (ui::panel(Tone::Good, &title, html! {
                p { (c.t("dossier-code")) br; strong { (code) } }
                p { (c.tw("receipt-sent", &[("when", c.at(submitted).into())])) }
            }))
            h2 { (c.t("receipt-next")) }
            p { (c.where_it_is(d)) }
            @if !decided {
                ol {
                    @if asked { (step("receipt-consent")) }
                    (step("receipt-received"))
                    @if d.clock.limit_days > 0 { li { (c.tw("receipt-checked-within", &[("limit", limit.into())])) } }
                    @else { (step("receipt-checked")) }
                    (step("receipt-result"))
                }
            }
            (ui::actions(html! {
                (ui::link_button(&format!("/dossiers/{id}"), &c.t("receipt-follow")))
                (ui::print_button(&c))
            }))
        })
        .into_response())
}
