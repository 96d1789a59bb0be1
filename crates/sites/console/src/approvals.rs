//! What waits for the authority: new relying parties and changes of old ones. Somebody approves who did not propose.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::FieldFault;
use http::StatusCode;
use maud::{Markup, html};
use openid::{
    model::{Client, ClientDraft, ClientId, ClientState},
    ops::{self, Waiting},
};
use webkit::{
    Form, Path, Problem, View,
    i18n::by_field,
    ui::{self, Field, Icon, LineKind, Tone, Weight},
};

use crate::{
    APPROVALS, Console,
    client::{load, version},
    facts::{changes, settings},
    officer::{Officer, Part, frame, styles},
    words::Words,
};

pub fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route(APPROVALS, get(show))
        .route("/console/approvals/{client}", get(one))
        .route("/console/approvals/{client}/{step}", post(decide))
}

/// Only the authority's own officers come here; the domain decides again.
fn authority(officer: &Officer) -> Result<(), Problem> {
    if officer.may_approve() { Ok(()) } else { Err(Problem::forbidden()) }
}

/// A sandbox is in force from the beginning; only changes of what is approved and new real ones are judged.
fn waits(client: &Client) -> bool {
    client.waits() && !client.settings.sandbox
}

async fn show(State(console): State<Arc<Console>>, officer: Officer, view: View) -> Result<Markup, Problem> {
    authority(&officer)?;
    let mut tx = console.store.begin().await?;
    let outcome = ops::client_waiting(&console.openid, &mut tx, &officer.actor).await;
    let waiting = tx.finish(outcome).await?;
    Ok(list_page(&console.words(&view), &view, &officer, &waiting))
}

async fn one(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
) -> Result<Markup, Problem> {
    authority(&officer)?;
    let client = load(&console, &officer, id).await?;
    if !waits(&client) {
        return Err(Problem::not_found());
    }
    Ok(page(&console.words(&view), &view, &officer, &client, &[]))
}

async fn decide(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path((id, step)): Path<(ClientId, String)>,
    form: Form,
) -> Result<Response, Problem> {
    authority(&officer)?;
    let (cx, actor, version, note) = (&console.openid, &officer.actor, version(&form)?, form.text("note"));
    if step == "refuse" && note.is_empty() {
        let client = load(&console, &officer, id).await?;
        let faults = [FieldFault::new("note", "console.note_needed")];
        let page = page(&console.words(&view), &view, &officer, &client, &faults);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let is_new = form.has("new");
    let mut tx = console.store.begin().await?;
    let (outcome, said) = match step.as_str() {
        "approve" => (ops::client_approve(cx, &mut tx, actor, id, version).await, "console-approved"),
        "refuse" if is_new => {
            (ops::client_refuse(cx, &mut tx, actor, id, version, &note).await, "console-refused")
        }
        "refuse" => {
            (ops::client_change_refuse(cx, &mut tx, actor, id, version, &note).await, "console-refused")
        }
        _ => return Err(Problem::not_found()),
    };
    match tx.finish(outcome).await {
        Ok(()) => Ok((view.flash(Tone::Good, view.t(said)), Redirect::to(APPROVALS)).into_response()),
        // What was sound when it was entered need not be any more: a day went by, a sector was taken.
        Err(fault) => {
            let faults = webkit::form_faults(fault)?;
            let client = load(&console, &officer, id).await?;
            let page = page(&console.words(&view), &view, &officer, &client, &faults);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub fn list_page(words: &Words<'_>, view: &View, officer: &Officer, waiting: &[Waiting]) -> Markup {
    let title = view.t("console-approvals-title");
    let door = |one: &Waiting| {
        let kind = if one.changes { "console-waits-change" } else { "console-waits-new" };
        let since = view.moment(one.since, view.now());
        let text = format!("{} · {} · {since}", words.agency(&one.owner), view.text(&one.purpose));
        let href = format!("{APPROVALS}/{}", one.client);
        ui::Door::new(href, Icon::Globe, view.text(&one.name), text).aside(ui::tag(Tone::Wait, &view.t(kind)))
    };
    frame(words, view, officer, Part::Approvals, &title).page(html! {
        (styles(view))
        h1 { (title) }
        p.lead { (view.t("console-approvals-lead")) }
        @if waiting.is_empty() {
            (ui::empty(Icon::CheckCircle, &view.t("console-approvals-none"), html! { p { (view.t("console-approvals-none-about")) } }))
        } @else { (ui::doors(&waiting.iter().map(door).collect::<Vec<_>>())) }
    })
}

/// What is proposed, beside what is in force, and the two answers.
pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    client: &Client,
    faults: &[FieldFault],
) -> Markup {
    let name = view.text(&client.settings.name);
    let title = view.tw("console-approve-title", &[("name", name.into())]);
    let own = client.proposers.contains(&officer.actor.account);
    let is_new = client.state == ClientState::Proposed;
    let proposed: &ClientDraft = client.change.as_ref().unwrap_or(&client.settings);
    frame(words, view, officer, Part::Approvals, &title).error(!faults.is_empty()).page(html! {
        (styles(view))
        (ui::back_link(APPROVALS, &view.t("console-approvals-title")))
        (ui::error_summary(view, faults))
        h1 { (title) }
        p.console-row { (words.state(client.state, client.settings.sandbox)) span.quiet { (words.agency(&client.owner)) } }
        (checks(view, proposed))
        div.columns {
            div {
                @match &client.change {
                    Some(change) => (ui::card(&view.t("console-change-waits"), changes(words, view, &client.settings, change))),
                    None => (ui::card(&view.t("console-proposal"), settings(words, view, Some(client.id), proposed))),
                }
            }
            div {
                @if !is_new { (ui::card(&view.t("console-in-force"), settings(words, view, None, &client.settings))) }
                @if own { (ui::notice(Tone::Wait, view.t("console-approve-own"))) }
                @else { (answers(view, client, faults)) }
            }
        }
    })
}

/// What deserves a second look before saying yes.
fn checks(view: &View, draft: &ClientDraft) -> Markup {
    let number = draft.claims.iter().any(|right| right.claim == openid::claims::Claim::PersonalNumber);
    let raw = draft.claims.iter().any(|right| !right.claim.is_derived());
    let doubts = [
        (!draft.profile.is_fapi2(), "console-check-basic"),
        (number, "console-check-number"),
        (raw, "console-check-raw"),
    ];
    html! {
        @if doubts.iter().any(|(doubt, _)| *doubt) {
            (ui::notice(Tone::Info, html! {
                p { strong { (view.t("console-check")) } }
                ul { @for (_, key) in doubts.iter().filter(|(doubt, _)| *doubt) { li { (view.t(key)) } } }
            }))
        }
    }
}

fn answers(view: &View, client: &Client, faults: &[FieldFault]) -> Markup {
    let there = |step: &str| format!("{APPROVALS}/{}/{step}", client.id);
    let note = Field::new("note", view.t("console-note"))
        .hint(view.t("console-note-hint"))
        .errors(&by_field(view, faults));
    let stamp = html! { (view.csrf()) input type="hidden" name="version" value=(client.version); };
    html! {
        (ui::card(&view.t("console-approve"), html! {
            p { (view.t("console-approve-about")) }
            form method="post" action=(there("approve")) { (stamp) (ui::submit(Weight::Primary, &view.t("console-approve"))) }
        }))
        (ui::card(&view.t("console-refuse"), html! {
            form method="post" action=(there("refuse")) novalidate {
                (stamp)
                @if client.state == ClientState::Proposed {
                    input type="hidden" name="new" value="1";
                    p { (view.t("console-refuse-new")) }
                }
                (ui::line(view, &note, "", LineKind::Text))
                (ui::submit(Weight::Danger, &view.t("console-refuse")))
            }
        }))
    }
}
