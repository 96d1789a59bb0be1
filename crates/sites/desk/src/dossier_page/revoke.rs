//! Taking back a paper that was issued: the head of the agency, with a reason that its owner reads. Whoever checks the
//! paper afterwards learns that it was revoked; the record itself stays as it is.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::FieldFault;
use contracts::{Access, DocumentId, Purpose, Role, ports::PaperKind};
use credential::{CredentialError, Standing, ops::document_revoke::document_revoke, policy};
use dossier::{DossierError, ops::read::PaperRef};
use maud::{Markup, html};
use uuid::Uuid;
use webkit::{
    Form, Path, Problem, View, form_faults,
    i18n::by_field,
    ui::{self, Field, Row, Tone, Weight},
};

use super::{Loaded, Scene, load, scene};
use crate::{
    Desk,
    kept::{Sent, stamped},
    officer::{Officer, Part, frame},
};

/// What the officer may take back: results in force. Receipts and requests say what happened and stay true.
pub fn is_offered(officer: &Officer, kind: PaperKind, standing: Option<Standing>) -> bool {
    let head = officer.role == Role::Head && policy::allowed(&officer.actor, policy::Action::Revoke).is_ok();
    let result = matches!(kind, PaperKind::Confirmation | PaperKind::Notice | PaperKind::Refusal);
    head && result && standing == Some(Standing::Valid)
}

/// `GET /desk/dossiers/{code}/papers/{document}/revoke`.
pub async fn ask(
    State(desk): State<Arc<Desk>>,
    officer: Officer,
    view: View,
    Path((code, document)): Path<(String, DocumentId)>,
) -> Result<Response, Problem> {
    again(&desk, &view, &officer, &code, document, &Form::default(), &[], StatusCode::OK).await
}

/// `POST /desk/dossiers/{code}/papers/{document}/revoke`.
pub async fn answer(
    State(desk): State<Arc<Desk>>,
    view: View,
    Path((code, document)): Path<(String, DocumentId)>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let Loaded { case, .. } = load(&desk, &officer, &code).await?;
    // The paper of this dossier and no other: its address names both.
    if !case.papers.iter().any(|p| p.document == document) {
        return Err(DossierError::NotFound.into());
    }
    let access = Access::new(&officer.actor, Purpose::ISSUE_RESULT);
    let mut tx = desk.store.begin().await?;
    let outcome = document_revoke(&mut tx, &access, document, &form.text("reason")).await;
    match tx.finish(outcome).await {
        Ok(()) => {
            let said = view.flash(Tone::Good, view.t("desk-revoke-done"));
            Ok((said, Redirect::to(&format!("/desk/dossiers/{code}"))).into_response())
        }
        Err(e @ CredentialError::Invalid(_)) => {
            let faults = form_faults(e)?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            again(&desk, &view, &officer, &code, document, &form, &faults, status).await
        }
        Err(e) => Err(e.into()),
    }
}

/// The form as it was left when the session ended.
pub async fn resume(
    desk: &Desk,
    view: &View,
    officer: &Officer,
    code: &str,
    document: &str,
    form: &Form,
) -> Option<Response> {
    let document = DocumentId(document.parse::<Uuid>().ok()?);
    again(desk, view, officer, code, document, form, &[], StatusCode::OK).await.ok()
}

#[expect(clippy::too_many_arguments, reason = "what a page is drawn from")]
async fn again(
    desk: &Desk,
    view: &View,
    officer: &Officer,
    code: &str,
    document: DocumentId,
    form: &Form,
    faults: &[FieldFault],
    status: StatusCode,
) -> Result<Response, Problem> {
    let loaded = load(desk, officer, code).await?;
    let scene = scene(desk, view, officer, &loaded);
    let paper = loaded.case.papers.iter().find(|p| p.document == document);
    let paper = paper.filter(|p| is_offered(officer, p.kind, scene.standing(document)));
    let paper = paper.ok_or(DossierError::NotFound)?;
    Ok((status, page(&scene, paper, form, faults)).into_response())
}

/// The page as a whole.
pub fn page(scene: &Scene<'_>, paper: &PaperRef, form: &Form, faults: &[FieldFault]) -> Markup {
    let view = scene.view;
    let title = view.t("desk-revoke-title");
    let errors = by_field(view, faults);
    let reason =
        Field::new("reason", view.t("desk-revoke-reason")).hint(view.t("desk-note-hint")).errors(&errors);
    frame(&scene.words, view, scene.officer, Part::Inbox, &title).error(!faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::back_link(&scene.href(), &view.t("desk-revoke-back")))
        (ui::error_summary(view, faults))
        h1 { (title) }
        section.card.desk-task {
            (ui::summary(view, &[
                Row::new(view.t("desk-revoke-paper"), scene.words.paper(paper.kind)),
                Row::new(view.t("desk-revoke-issued"), view.moment(paper.at, view.now())),
                Row::new(view.t("desk-applicant"), scene.applicant()),
                Row::new(view.t("desk-col-code"), scene.code()),
            ]))
            (ui::notice(Tone::Wait, view.t("desk-revoke-text")))
            form method="post" action={ (scene.href()) "/papers/" (paper.document) "/revoke" } novalidate {
                (view.csrf())
                (stamped(scene.officer))
                (ui::textarea(view, &reason, form.raw("reason"), 4))
                (ui::actions(html! {
                    (ui::submit(Weight::Danger, &view.t("desk-revoke-go")))
                    a href=(scene.href()) { (view.t("desk-task-cancel")) }
                }))
            }
        }
    })
}
