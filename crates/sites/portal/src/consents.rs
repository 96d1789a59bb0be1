//! Questions that other people's dossiers put to the citizen, and the answer; and the notices.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base::{Fault, Kind, Text};
use contracts::DossierId;
use dossier::{
    ops::{
        consent_answer,
        lists::{self, Question},
    },
    row::ConsentState,
};
use maud::{Markup, html};
use serde::Deserialize;
use webkit::{
    Form, Path, Problem,
    ui::{self, Choice, Door, Field, Icon, Row, Tone, Weight},
};

use crate::{
    Portal,
    visit::{Citizen, Place},
    words::mask_numbers,
};

pub fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/consents", get(list))
        .route("/consents/{dossier}/{key}", get(show).post(answer))
        .route("/notices", get(notices))
}

/// What a question says; written by `dossier` when it is asked.
#[derive(Deserialize)]
pub struct Asked {
    title: Text,
    question: Text,
    service: Text,
    applicant: String,
    #[serde(default)]
    rows: Vec<AskedRow>,
}

#[derive(Deserialize)]
struct AskedRow {
    label: Text,
    text: Text,
    /// The text is the code of a commune.
    #[serde(default)]
    commune: bool,
}

impl Asked {
    pub fn of(question: &Question) -> Option<Self> {
        serde_json::from_value(question.question.clone()).ok()
    }
}

async fn load(c: &Citizen) -> Result<Vec<Question>, Problem> {
    let mut tx = c.begin().await?;
    let all = lists::consents_list(&mut tx, &c.actor).await;
    Ok(tx.finish(all).await?)
}

/// Questions as doors, each with who asks and until when.
pub fn doors(c: &Citizen, questions: &[&Question]) -> Markup {
    let door = |q: &&Question| {
        let asked = Asked::of(q)?;
        let title = c.tw(
            "consent-by",
            &[("who", asked.applicant.as_str().into()), ("service", c.text(&asked.service).into())],
        );
        let until = c.tw("consent-until", &[("when", c.at(q.expires_at).into())]);
        let text = if q.state == ConsentState::Asked { until } else { c.at(q.asked_at) };
        let (tone, key) = state(q.state);
        let door = Door::new(format!("/consents/{}/{}", q.dossier, q.key), Icon::Users, title, text);
        Some(door.aside(ui::tag(tone, &c.t(key))))
    };
    ui::doors(&questions.iter().filter_map(door).collect::<Vec<_>>())
}

fn state(state: ConsentState) -> (Tone, &'static str) {
    match state {
        ConsentState::Asked => (Tone::Wait, "consent-asked"),
        ConsentState::Given => (Tone::Good, "consent-given"),
        ConsentState::Refused => (Tone::Danger, "consent-refused"),
        ConsentState::Expired => (Tone::Plain, "consent-expired"),
    }
}

async fn list(c: Citizen) -> Result<Markup, Problem> {
    let all = load(&c).await?;
    let (open, done): (Vec<&Question>, Vec<&Question>) =
        all.iter().partition(|q| q.state == ConsentState::Asked);
    let title = c.t("consents-title");
    Ok(c.frame(Place::Home, &title).page(html! {
        h1 { (title) }
        p.lead { (c.t("consents-about")) }
        @if open.is_empty() {
            (ui::empty(Icon::CheckCircle, &c.t("consents-empty"), html! { p { (c.t("consents-empty-about")) } }))
        } @else { (doors(&c, &open)) }
        @if !done.is_empty() { h2 { (c.t("consents-done")) } (doors(&c, &done)) }
    }))
}

async fn show(c: Citizen, Path((id, key)): Path<(DossierId, String)>) -> Result<Markup, Problem> {
    let all = load(&c).await?;
    let question = all.iter().find(|q| q.dossier == id && q.key == key).ok_or_else(Problem::not_found)?;
    draw(&c, question, &[], "")
}

fn draw(c: &Citizen, q: &Question, faults: &[base::FieldFault], chosen: &str) -> Result<Markup, Problem> {
    let asked = Asked::of(q).ok_or_else(Problem::bug)?;
    let title = c.text(&asked.title);
    let rows = asked.rows.iter().map(|row| {
        let text = c.text(&row.text);
        let value = if row.commune { c.place(text) } else { mask_numbers(text) };
        Row::new(c.text(&row.label), value)
    });
    let mut shown = vec![
        Row::new(c.t("consent-who"), asked.applicant.as_str()),
        Row::new(c.t("consent-service"), c.text(&asked.service)),
    ];
    shown.extend(rows);
    let choices = [
        Choice::new("yes", c.t("consent-yes")).hint(c.t("consent-yes-means")),
        Choice::new("no", c.t("consent-no")).hint(c.t("consent-no-means")),
    ];
    let field = Field::new("answer", c.text(&asked.question)).errors(&webkit::i18n::by_field(c, faults));
    let sure = Field::new("sure", c.t("consent-sure")).errors(&webkit::i18n::by_field(c, faults));
    Ok(c.frame(Place::Home, title).error(!faults.is_empty()).page(html! {
        (ui::back_link("/consents", &c.t("back")))
        (ui::error_summary(c, faults))
        h1 { (title) }
        (ui::summary(c, &shown))
        @if q.state == ConsentState::Asked {
            p { (c.tw("consent-until", &[("when", c.at(q.expires_at).into())])) }
            form method="post" novalidate {
                (c.csrf())
                (ui::radios(c, &field, &choices, chosen))
                (ui::checkbox(c, &sure, "1", false))
                (ui::actions(ui::submit(Weight::Primary, &c.t("consent-send"))))
            }
            p.quiet { (c.t("consent-logged")) }
        } @else {
            @let (tone, key) = state(q.state);
            (ui::notice(tone, c.t(key)))
        }
    }))
}

async fn answer(
    c: Citizen,
    Path((id, key)): Path<(DossierId, String)>,
    form: Form,
) -> Result<Response, Problem> {
    let yes = match form.raw("answer") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let (Some(yes), true) = (yes, form.has("sure")) else {
        let all = load(&c).await?;
        let question = all.iter().find(|q| q.dossier == id && q.key == key).ok_or_else(Problem::not_found)?;
        let mut faults = Vec::new();
        if yes.is_none() {
            faults.push(base::FieldFault::new("answer", "portal.answer_needed"));
        }
        if !form.has("sure") {
            faults.push(base::FieldFault::new("sure", "portal.sure_needed"));
        }
        return Ok(draw(&c, question, &faults, form.raw("answer"))?.into_response());
    };
    let mut tx = c.begin().await?;
    let answered = consent_answer::consent_answer(&mut tx, &c.actor, id, &key, yes).await;
    if let Err(fault) = tx.finish(answered).await {
        // Pressed twice: the answer stands already.
        let wanted = if yes { ConsentState::Given } else { ConsentState::Refused };
        let stands = |q: &Question| q.dossier == id && q.key == key && q.state == wanted;
        if fault.kind() != Kind::Conflict || !load(&c).await?.iter().any(stands) {
            return Err(fault.into());
        }
    }
    let said = c.t(if yes { "consent-done-yes" } else { "consent-done-no" });
    Ok((c.flash(Tone::Good, said), Redirect::to("/consents")).into_response())
}

async fn notices(c: Citizen) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let outcome = async {
        let all = lists::notices_list(&mut tx, &c.actor).await?;
        // Seen is read: the list is all there is to a notice.
        for unread in all.iter().filter(|n| n.read_at.is_none()) {
            lists::notice_read(&mut tx, &c.actor, unread.id).await?;
        }
        Ok::<_, dossier::DossierError>(all)
    }
    .await;
    let all = tx.finish(outcome).await?;
    let title = c.t("nav-notices");
    let door = |n: &lists::Notice| {
        let href = webkit::local_path(&n.path).unwrap_or("/");
        let door = Door::new(href, Icon::Bell, c.text(&n.title), c.at(n.at));
        if n.read_at.is_none() { door.aside(ui::tag(Tone::Info, &c.t("notice-new"))) } else { door }
    };
    Ok(c.frame(Place::Notices, &title).page(html! {
        h1 { (title) }
        @if all.is_empty() {
            (ui::empty(Icon::Bell, &c.t("notices-empty"), html! { p { (c.t("notices-empty-about")) } }))
        } @else { (ui::doors(&all.iter().map(door).collect::<Vec<_>>())) }
    }))
}
