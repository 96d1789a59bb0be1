//! My dossiers: the list, and one dossier with its timeline, papers, supplement, withdrawal and rating.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, Kind};
use contracts::{Access, DocumentId, DossierId, Purpose};
use dossier::{
    Dossier, DossierError, Status,
    moves::Happened,
    ops::{lists, read::View},
    papers,
};
use maud::{Markup, html};
use serde_json::Value;
use webkit::{
    Form, Path, Problem,
    ui::{self, Choice, Door, Field, Icon, Tone, Weight},
};

use crate::{
    Portal, check, draw, edit, files, line,
    send::{self, Move},
    visit::{Citizen, Place},
    words::{is_refused, mask_numbers},
};

const STARS: [i16; 5] = [5, 4, 3, 2, 1];

pub fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/dossiers", get(list))
        .route("/dossiers/{id}", get(show))
        .route("/dossiers/{id}/papers/{document}", get(paper))
        .route("/dossiers/{id}/supplement", post(send_supplement))
        .route("/dossiers/{id}/withdraw", get(ask_withdraw).post(withdraw))
        .route("/dossiers/{id}/rate", post(rate))
}

async fn list(c: Citizen) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let all = lists::dossiers_list(&mut tx, &c.actor).await;
    let all = tx.finish(all).await?;
    let title = c.t("dossiers-title");
    let part = |key: &str, of: Vec<&Dossier>| {
        html! {
            @if !of.is_empty() { h2 { (c.t(key)) } (doors(&c, &of)) }
        }
    };
    let drafts = all.iter().filter(|d| d.status == Status::Draft).collect();
    let open = all.iter().filter(|d| d.status != Status::Draft && !d.status.is_terminal()).collect();
    let ended = all.iter().filter(|d| d.status.is_terminal()).collect();
    Ok(c.frame(Place::Dossiers, &title).page(html! {
        h1 { (title) }
        @if all.is_empty() {
            (ui::empty(Icon::Folder, &c.t("dossiers-empty"), html! {
                p { (c.t("dossiers-empty-about")) }
                p { (ui::link_button("/services", &c.t("find-service"))) }
            }))
        }
        (part("dossiers-open", open))
        (part("dossiers-drafts", drafts))
        (part("dossiers-ended", ended))
    }))
}

/// Dossiers as doors, each with where it is.
pub fn doors(c: &Citizen, dossiers: &[&Dossier]) -> Markup {
    let door = |d: &&Dossier| {
        let href = match d.status {
            Status::Draft => format!("/dossiers/{}/edit", d.id),
            _ => format!("/dossiers/{}", d.id),
        };
        let about = match d.status {
            Status::Draft => c.tw("draft-from", &[("when", c.at(d.updated_at).into())]),
            _ => c.where_it_is(d),
        };
        let icon = if d.status == Status::Draft { Icon::File } else { Icon::Folder };
        Door::new(href, icon, c.procedure(&d.procedure), about).aside(c.state_tag(d))
    };
    ui::doors(&dossiers.iter().map(door).collect::<Vec<_>>())
}

async fn show(c: Citizen, Path(id): Path<DossierId>) -> Result<Response, Problem> {
    let view = edit::load(&c, id).await?;
    if view.dossier.status == Status::Draft {
        return Ok(Redirect::to(&format!("/dossiers/{id}/edit")).into_response());
    }
    Ok(draw(&c, &view, &[]).into_response())
}

fn draw(c: &Citizen, view: &View, faults: &[base::FieldFault]) -> Markup {
    let d = &view.dossier;
    let sheet = view.service.sheet(&d.answers, &view.facts, c.today());
    let title = c.text(&view.service.title);
    let can_withdraw = d.status.next().contains(&Status::Withdrawn);
    c.frame(Place::Dossiers, title).error(!faults.is_empty()).page(html! {
        (ui::back_link("/dossiers", &c.t("nav-dossiers")))
        (ui::error_summary(c, faults))
        h1 { (title) }
        p { (c.state_tag(d)) }
        p.lead { (c.where_it_is(d)) }
        @if let Some(code) = &d.code { p.quiet { (c.t("dossier-code")) ": " strong { (code) } } }
        @if d.status == Status::SupplementRequested { (supplement(c, view)) }
        (ended(c, view))
        (papers_list(c, view))
        h2 { (c.t("line-title")) }
        (ui::timeline(c, &line::steps(c, view)))
        (rating(c, d))
        (ui::details(&c.t("dossier-answers"), html! {
            (check::answers(c, view, &sheet, None))
            (check::files(c, view, &sheet, None))
        }))
        (ui::actions(html! {
            (ui::print_button(c))
            @if can_withdraw { (ui::link_button_secondary(&format!("/dossiers/{}/withdraw", d.id), &c.t("withdraw"))) }
        }))
    })
}

/// What the agency asks for: each defect with the way to its field, then one button that sends it all back.
fn supplement(c: &Citizen, view: &View) -> Markup {
    let d = &view.dossier;
    let page_of = |field: &str| {
        let head = field.split('.').next().unwrap_or(field);
        if head == "attachments" {
            return Some(format!("/dossiers/{}/files#f-{field}", d.id));
        }
        let (page, _) = view.service.fields().find(|(_, f)| f.key == head)?;
        Some(format!("/dossiers/{}/edit/{}#f-{field}", d.id, page.key))
    };
    html! {
        section.card id="supplement" {
            h2 { (c.t("supplement-title")) }
            p { (c.t("supplement-about")) }
            ol { @for defect in &d.defects {
                li {
                    @if let Some(name) = draw::name_of(c, &view.service, &defect.field) { strong { (name) } ": " }
                    (mask_numbers(&defect.note)) " "
                    @if let Some(href) = page_of(&defect.field) { a href=(href) { (c.t("supplement-mend")) } }
                }
            } }
            form method="post" action={ "/dossiers/" (d.id) "/supplement" } {
                (c.csrf())
                (send::marks(d.version, &send::new_key(c)))
                (ui::actions(ui::submit(Weight::Primary, &c.t("supplement-send"))))
            }
        }
    }
}

/// After the end: what it means and how to go on.
fn ended(c: &Citizen, view: &View) -> Markup {
    let d = &view.dossier;
    let again = || ui::link_button_secondary(&format!("/services/{}", d.procedure), &c.t("apply-again"));
    let refused = is_refused(d);
    html! {
        @match d.status {
            Status::NotAccepted | Status::Returned | Status::Finished if refused => {
                (ui::notice(Tone::Danger, html! {
                    @if let Some(reason) = view.service.refusals.iter().find(|r| Some(&r.code) == d.verdict_reason.as_ref()) {
                        p { strong { (c.text(&reason.text)) } }
                        @if let Some(basis) = &reason.basis { p { (c.tw("line-basis", &[("basis", c.text(basis).into())])) } }
                    }
                    p { (c.t("refused-go-on")) }
                    (again())
                }))
            }
            Status::Stopped => (ui::notice(Tone::Wait, html! {
                @if let Some(reason) = said(view, Happened::Stopped, "reason").and_then(Value::as_str) {
                    p { strong { (mask_numbers(reason)) } }
                }
                p { (c.t("stopped-go-on")) }
                (again())
            })),
            Status::Withdrawn => (ui::notice(Tone::Plain, html! { p { (c.t("withdrawn-go-on")) } (again()) })),
            Status::PaymentRequested => (ui::notice(Tone::Wait, payment(c, view))),
            _ => {}
        }
    }
}

/// What the newest moment of a kind says under a key.
fn said<'v>(view: &'v View, happened: Happened, key: &str) -> Option<&'v Value> {
    view.moments.iter().rev().find(|m| m.happened == happened)?.detail.get(key)
}

/// How much is to be paid, and where.
fn payment(c: &Citizen, view: &View) -> Markup {
    let amount = said(view, Happened::PaymentRequested, "amount").and_then(Value::as_i64);
    let agency = view.dossier.agency.as_ref().map_or_else(String::new, |a| c.agency(a));
    html! {
        @if let Some(amount) = amount {
            p { strong { (c.tw("line-amount", &[("amount", c.money(base::Vnd(amount)).into())])) } }
        }
        p { (c.tw("payment-where", &[("agency", agency.into())])) }
    }
}

fn papers_list(c: &Citizen, view: &View) -> Markup {
    let id = view.dossier.id;
    html! {
        @if !view.papers.is_empty() {
            h2 { (c.t("papers-title")) }
            ul.files { @for p in &view.papers {
                li {
                    (Icon::Download)
                    div {
                        a href={ "/dossiers/" (id) "/papers/" (p.document) } { (c.text(&papers::title(&view.service, p.kind))) }
                        p.quiet { (c.tw("paper-at", &[("when", c.at(p.at).into())])) }
                    }
                    a href=(c.portal.credentials.verify_url(p.document)) { (c.t("paper-verify")) }
                }
            } }
        }
    }
}

async fn paper(c: Citizen, Path((id, document)): Path<(DossierId, DocumentId)>) -> Result<Response, Problem> {
    let view = edit::load(&c, id).await?;
    let paper = view.papers.iter().find(|p| p.document == document).ok_or_else(Problem::not_found)?;
    let mut tx = c.begin().await?;
    let access = Access::new(&c.actor, Purpose::FILE_DOSSIER);
    let bytes = c.portal.dossiers.documents.file(&mut tx, &access, c.person, document).await;
    let bytes = tx.finish(bytes).await?;
    let code = view.dossier.code.as_deref().unwrap_or("");
    Ok(files::saved_as(&format!("{code}-{}.pdf", paper.kind.as_str()), "application/pdf", bytes))
}

async fn send_supplement(c: Citizen, Path(id): Path<DossierId>, form: Form) -> Result<Response, Problem> {
    let sent = send::send(&c, Move::AnswerSupplement, &send::target(id, &form)).await?;
    let to = Redirect::to(&format!("/dossiers/{id}"));
    match sent {
        Ok(_) => Ok((c.flash(Tone::Good, c.t("supplement-sent")), to).into_response()),
        Err(DossierError::AttachmentUnfinished) => {
            let said = c.code(DossierError::AttachmentUnfinished.code(), &[]);
            Ok((c.flash(Tone::Danger, said), Redirect::to(&format!("/dossiers/{id}/files"))).into_response())
        }
        Err(fault) if fault.kind() == Kind::Invalid && !fault.fields().is_empty() => {
            let view = edit::load(&c, id).await?;
            Ok(draw(&c, &view, fault.fields()).into_response())
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn ask_withdraw(c: Citizen, Path(id): Path<DossierId>) -> Result<Response, Problem> {
    let view = edit::load(&c, id).await?;
    let d = &view.dossier;
    let back = format!("/dossiers/{id}");
    if !d.status.next().contains(&Status::Withdrawn) {
        // It has moved on, or was withdrawn already: its page says so.
        return Ok(Redirect::to(&back).into_response());
    }
    let title = c.t("withdraw-title");
    let page = c.frame(Place::Dossiers, &title).page(html! {
        (ui::back_link(&back, &c.t("back")))
        h1 { (title) }
        p { (c.tw("withdraw-about", &[("service", c.text(&view.service.title).into())])) }
        form method="post" {
            (c.csrf())
            (send::marks(d.version, &send::new_key(&c)))
            (ui::actions(html! {
                (ui::submit(Weight::Danger, &c.t("withdraw-yes")))
                (ui::link_button_secondary(&back, &c.t("withdraw-no")))
            }))
        }
    });
    Ok(page.into_response())
}

async fn withdraw(c: Citizen, Path(id): Path<DossierId>, form: Form) -> Result<Response, Problem> {
    send::send(&c, Move::Withdraw, &send::target(id, &form)).await??;
    let flash = c.flash(Tone::Good, c.t("withdraw-done"));
    Ok((flash, Redirect::to(&format!("/dossiers/{id}"))).into_response())
}

fn rating(c: &Citizen, d: &Dossier) -> Markup {
    let over = matches!(d.status, Status::Returned | Status::NotAccepted | Status::Stopped);
    let field = Field::new("stars", c.t("rate-question"));
    let choices: Vec<Choice> =
        STARS.iter().map(|n| Choice::new(n.to_string(), c.t(&format!("rate-{n}")))).collect();
    let chosen = d.rating.map(|n| n.to_string()).unwrap_or_default();
    html! {
        @if over {
            section.card {
                form method="post" action={ "/dossiers/" (d.id) "/rate" } {
                    (c.csrf())
                    (send::marks(d.version, &send::new_key(c)))
                    (ui::radios(c, &field, &choices, &chosen))
                    (ui::actions(ui::submit(Weight::Secondary, &c.t("rate-send"))))
                }
            }
        }
    }
}

async fn rate(c: Citizen, Path(id): Path<DossierId>, form: Form) -> Result<Response, Problem> {
    let to = Redirect::to(&format!("/dossiers/{id}"));
    let Ok(stars) = form.line("stars").parse() else {
        return Ok((c.flash(Tone::Wait, c.t("rate-choose")), to).into_response());
    };
    send::send(&c, Move::Rate(stars), &send::target(id, &form)).await??;
    Ok((c.flash(Tone::Good, c.t("rate-thanks")), to).into_response())
}
