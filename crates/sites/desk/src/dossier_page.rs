//! One dossier at one look: who asks for what, what the system has already checked, answers beside the record, files,
//! consents, papers, the timeline against its limit, and the decision bar that offers only what is possible now.
//!
//! Here: the page's frame and its side column. `answers` draws the definition, `tasks` the forms of the bar, `moves`
//! carries them out, `timeline` tells what happened.

mod answers;
mod moves;
pub mod revoke;
mod tasks;
mod timeline;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use base::{FieldFault, vietnam_date};
use contracts::{
    Access, DocumentId, Purpose,
    ports::{Accounts, Officer as Colleague, PortError},
};
use credential::{Standing, ops::document_verify::document_verify};
use dossier::{
    Dossier,
    ops::read::{self, dossier_read_in_office},
};
use forms::{Channel, Fact, Value};
use jiff::civil::Date;
use maud::{Markup, html};
use registry::duplicates::ops::{OpenCase, case_notice};
use serde::Deserialize;
use webkit::{
    Form, Path, Problem, Query, View,
    ui::{self, Icon, Row, Tone, Weight},
};

use crate::{
    Desk,
    bar::{Action, actions},
    duplicates,
    inbox::{Neighbours, officer_name},
    officer::{Officer, Part, frame},
    words::Words,
};

pub use moves::{act, resume};

/// What the parts of the page look at.
pub struct Scene<'a> {
    pub words: Words<'a>,
    pub view: &'a View,
    pub officer: &'a Officer,
    pub case: &'a read::View,
    pub colleagues: &'a [Colleague],
    /// What the papers are worth today.
    pub standings: &'a BTreeMap<DocumentId, Standing>,
    /// Cases of possible duplicates of the applicant.
    pub duplicates: &'a [OpenCase],
    pub today: Date,
}

/// A form of the bar that is open, with what was typed and what is wrong.
pub struct Task {
    pub action: Action,
    pub typed: Form,
    pub faults: Vec<FieldFault>,
    /// The version that the officer saw, where somebody changed the dossier first.
    pub overtaken: Option<i32>,
    /// Typed before the session ended, and not sent yet.
    pub resumed: bool,
    /// What stands against it, where no field is at fault.
    pub refusal: Option<String>,
}

impl Task {
    pub fn new(action: Action) -> Self {
        Self {
            action,
            typed: Form::default(),
            faults: Vec::new(),
            overtaken: None,
            resumed: false,
            refusal: None,
        }
    }
}

impl Scene<'_> {
    pub fn dossier(&self) -> &Dossier {
        &self.case.dossier
    }

    pub fn code(&self) -> &str {
        self.dossier().code.as_deref().unwrap_or("")
    }

    pub fn href(&self) -> String {
        format!("/desk/dossiers/{}", self.code())
    }

    /// What a paper is worth today, as anybody who checks it learns.
    pub fn standing(&self, document: DocumentId) -> Option<Standing> {
        self.standings.get(&document).copied()
    }

    pub fn applicant(&self) -> String {
        self.record(Fact::Name)
    }

    /// A fact of the applicant's record, in words.
    fn record(&self, fact: Fact) -> String {
        self.words.fact(fact, &self.case.facts.record.value(fact, self.today))
    }

    /// What the bar offers. A fee can be asked for where there is one, once.
    pub fn actions(&self) -> Vec<Action> {
        let paid = self.case.moments.iter().any(|m| m.happened == dossier::moves::Happened::PaymentRecorded);
        let fee = self.fee().is_some_and(|fee| !fee.is_free()) && !paid;
        let mut out = actions(&self.officer.actor, self.dossier());
        out.retain(|a| *a != Action::RequestPayment || fee);
        out
    }

    fn fee(&self) -> Option<base::Vnd> {
        let sheet = self.case.service.sheet(&self.dossier().answers, &self.case.facts, self.today);
        sheet.fee(Channel::Online).map(|fee| fee.amount)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Opened {
    /// The form of the bar that is open.
    #[serde(rename = "do")]
    task: String,
}

/// `GET /desk/dossiers/{code}`.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    officer: Officer,
    view: View,
    Path(code): Path<String>,
    Query(opened): Query<Opened>,
) -> Result<Markup, Problem> {
    let loaded = load(&desk, &officer, &code).await?;
    let scene = scene(&desk, &view, &officer, &loaded);
    let task = Action::parse(&opened.task).filter(|a| scene.actions().contains(a)).map(Task::new);
    Ok(page(&scene, task.as_ref()))
}

/// `GET /desk/dossiers/{code}/{action}`: where a browser comes to after signing in again in the middle of a decision.
pub async fn back(_: Officer, Path((code, action)): Path<(String, String)>) -> Response {
    let action = Action::parse(&action).map_or("", Action::as_str);
    Redirect::to(&format!("/desk/dossiers/{code}?do={action}")).into_response()
}

/// A dossier with what its page needs beside it.
struct Loaded {
    case: read::View,
    colleagues: Vec<Colleague>,
    standings: BTreeMap<DocumentId, Standing>,
    duplicates: Vec<OpenCase>,
}

async fn load(desk: &Desk, officer: &Officer, code: &str) -> Result<Loaded, Problem> {
    let mut tx = desk.store.begin_snapshot().await?;
    let outcome = async {
        let case = dossier_read_in_office(&desk.dossiers, &mut tx, &officer.actor, code).await?;
        let colleagues = desk.identity.officers(&mut tx, &officer.agency).await?;
        let mut standings = BTreeMap::new();
        for paper in &case.papers {
            let checked = document_verify(&desk.credentials.keys, &tx, paper.document, None)
                .await
                .map_err(PortError::new)?;
            standings.insert(paper.document, checked.state);
        }
        let access = Access::new(&officer.actor, Purpose::DECIDE_DOSSIER);
        let duplicates =
            case_notice(&mut tx, &access, case.dossier.applicant).await.map_err(PortError::new)?;
        Ok::<_, dossier::DossierError>(Loaded { case, colleagues, standings, duplicates })
    }
    .await;
    Ok(tx.finish(outcome).await?)
}

fn scene<'a>(desk: &'a Desk, view: &'a View, officer: &'a Officer, loaded: &'a Loaded) -> Scene<'a> {
    let Loaded { case, colleagues, standings, duplicates } = loaded;
    let (words, today) = (Words::new(view, desk), vietnam_date(view.now()));
    Scene { words, view, officer, case, colleagues, standings, duplicates, today }
}

/// The page as a whole.
pub fn page(scene: &Scene<'_>, task: Option<&Task>) -> Markup {
    let view = scene.view;
    let d = scene.dossier();
    let title =
        view.tw("desk-dossier-title", &[("code", scene.code().into()), ("name", scene.applicant().into())]);
    let faults = task.map(|t| t.faults.as_slice()).unwrap_or_default();
    frame(&scene.words, view, scene.officer, Part::Inbox, &title).error(!faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::back_link("/desk", &view.t("desk-back-inbox")))
        (ui::error_summary(view, faults))
        div.desk-head {
            p.quiet { (scene.words.procedure(&d.procedure)) }
            h1 { (scene.applicant()) " " span.quiet { (scene.code()) } }
            p.desk-row { (scene.words.status_tag(d.status)) (scene.words.due(d.status, d.due_on, scene.today)) }
        }
        (flags(scene))
        @if let Some(task) = task { (tasks::card(scene, task)) }
        div.columns {
            div {
                (answers::checks(scene))
                (answers::answers(scene))
                (answers::parties(scene))
                (answers::files(scene))
            }
            div {
                (state(scene))
                (applicant(scene))
                (consents(scene))
                (papers(scene))
                (ui::card(&view.t("desk-timeline"), timeline::timeline(scene)))
            }
        }
        (bar(scene, task.is_some_and(|t| tasks::is_open(scene, t))))
    })
}

/// What an officer must not overlook.
fn flags(scene: &Scene<'_>) -> Markup {
    let (view, d) = (scene.view, scene.dossier());
    let conflict = scene.case.facts.record.value(Fact::Conflict, scene.today) == Value::Bool(true);
    html! {
        @if conflict { (ui::notice(Tone::Danger, view.t("desk-flag-conflict"))) }
        (duplicates::flag(view, &scene.words, scene.duplicates))
        @if let Some(proposal) = &d.proposal {
            @let reason = scene.case.service.refusals.iter().find(|r| r.code == proposal.reason);
            (ui::notice(Tone::Wait, html! {
                p { strong { (view.tw("desk-flag-proposal", &[("name", proposal.by_name.as_str().into())])) } }
                @if let Some(reason) = reason { p { (view.text(&reason.text)) } }
                p { "“" (proposal.note) "”" }
                @if proposal.by == scene.officer.actor.account { p.quiet { (view.t("desk-flag-four-eyes")) } }
            }))
        }
        @if d.supplements > 0 && d.status.is_open() && !d.status.is_paused() {
            (ui::notice(Tone::Info, view.t("desk-flag-supplemented")))
        }
    }
}

/// Where it stands against the law's limit, and who has it.
fn state(scene: &Scene<'_>) -> Markup {
    let (view, d) = (scene.view, scene.dossier());
    let used = d.clock.used_on(scene.words.nation.calendar(), scene.today).unwrap_or(d.clock.used_days);
    let limit = d.clock.limit_days;
    let step = d.step(&scene.case.service);
    let mut rows = vec![
        Row::new(view.t("desk-state-status"), scene.words.status_tag(d.status)),
        Row::new(view.t("desk-state-due"), scene.words.due(d.status, d.due_on, scene.today)),
        Row::new(view.t("desk-state-officer"), officer_name(view, scene.colleagues, d.assignee)),
    ];
    if let Some(step) = step {
        rows.push(Row::new(view.t("desk-state-step"), view.text(&step.label)));
    }
    if let Some(fee) = scene.fee() {
        rows.push(Row::new(view.t("desk-state-fee"), view.fee(fee)));
    }
    if let Some(at) = d.submitted_at {
        rows.push(Row::new(view.t("desk-state-submitted"), view.moment(at, view.now())));
    }
    ui::card(
        &view.t("desk-state"),
        html! {
            (ui::summary(view, &rows))
            @if limit > 0 {
                @let tone = if used > limit { "danger" } else if used.saturating_mul(4) >= limit.saturating_mul(3) { "wait" } else { "good" };
                p { (view.tw("desk-state-used", &[("used", used.into()), ("limit", limit.into())])) }
                div class=(tone) { (ui::limit_bar(used, limit)) }
            }
        },
    )
}

/// Who applies, as far as the service asked the record.
fn applicant(scene: &Scene<'_>) -> Markup {
    const SHOWN: [Fact; 8] = [
        Fact::Name,
        Fact::Number,
        Fact::BirthDate,
        Fact::Sex,
        Fact::PermanentCommune,
        Fact::PermanentAddress,
        Fact::TemporaryCommune,
        Fact::TemporaryAddress,
    ];
    let facts = scene.words.facts(&scene.case.facts.record, &SHOWN, scene.today);
    ui::card(&scene.view.t("desk-applicant"), facts)
}

fn consents(scene: &Scene<'_>) -> Markup {
    let (view, d) = (scene.view, scene.dossier());
    let label = |key: &str| {
        let consent = scene.case.service.consent(key);
        consent.map_or_else(|| key.to_owned(), |c| view.text(&c.label).to_owned())
    };
    let rows: Vec<Row> =
        d.consents.iter().map(|(key, state)| Row::new(label(key), scene.words.consent_tag(*state))).collect();
    html! {
        @if !rows.is_empty() {
            (ui::card(&view.t("desk-consents"), html! {
                (ui::summary(view, &rows))
                @if !d.consents_given() && d.status.is_open() { p.quiet { (view.t("desk-consents-wait")) } }
            }))
        }
    }
}

fn papers(scene: &Scene<'_>) -> Markup {
    let (view, papers) = (scene.view, &scene.case.papers);
    html! {
        @if !papers.is_empty() {
            (ui::card(&view.t("desk-papers"), html! {
                ul.files { @for paper in papers {
                    li {
                        (Icon::File)
                        div {
                            a href={ (scene.href()) "/papers/" (paper.document) } { (scene.words.paper(paper.kind)) " (PDF)" }
                            p.quiet { (view.moment(paper.at, view.now())) }
                            @let standing = scene.standing(paper.document);
                            @if let Some((tone, key)) = standing.and_then(standing_text) { p { (ui::tag(tone, &view.t(key))) } }
                            @if revoke::is_offered(scene.officer, paper.kind, standing) {
                                p { a href={ (scene.href()) "/papers/" (paper.document) "/revoke" } { (view.t("desk-revoke-link")) span.hidden { ": " (scene.words.paper(paper.kind)) } } }
                            }
                        }
                    }
                } }
            }))
        }
    }
}

/// What is worth saying of a paper: a valid one speaks for itself.
fn standing_text(standing: Standing) -> Option<(Tone, &'static str)> {
    match standing {
        Standing::Valid | Standing::Unknown => None,
        Standing::Expired => Some((Tone::Plain, "desk-paper-expired")),
        Standing::Replaced => Some((Tone::Plain, "desk-paper-replaced")),
        Standing::Revoked => Some((Tone::Danger, "desk-paper-revoked")),
        Standing::Invalid => Some((Tone::Danger, "desk-paper-invalid")),
    }
}

/// The decision, always in view. While one of its forms is open, that form has the one primary button.
fn bar(scene: &Scene<'_>, form_open: bool) -> Markup {
    let view = scene.view;
    let actions = scene.actions();
    ui::decision_bar(
        &view.t("desk-bar"),
        html! {
            @if actions.is_empty() { p.quiet { (view.t("desk-bar-nothing")) } }
            @for action in actions { (button(scene, action, form_open)) }
        },
    )
}

/// A button of the bar: posts at once, or leads to its form.
fn button(scene: &Scene<'_>, action: Action, form_open: bool) -> Markup {
    let weight = if form_open { Weight::Secondary } else { action.weight() };
    let text = scene.view.t(action.text());
    if action.is_direct() {
        return html! {
            form.desk-inline method="post" action={ (scene.href()) "/" (action.as_str()) } {
                (tasks::hidden(scene))
                (ui::submit_key(weight, "do", action.as_str(), &text, action.letter()))
            }
        };
    }
    let class = match weight {
        Weight::Primary => "button",
        Weight::Secondary => "button secondary",
        Weight::Danger => "button danger",
    };
    let letter = action.letter();
    html! {
        a class=(class) href={ (scene.href()) "?do=" (action.as_str()) "#task" }
            data-key=(letter) aria-keyshortcuts={ "Alt+" (letter.to_ascii_uppercase()) } {
            (text) " " kbd aria-hidden="true" { "Alt " (letter.to_ascii_uppercase()) }
        }
    }
}

/// The dossier in short, beside the list.
pub fn preview(scene: &Scene<'_>, neighbours: &Neighbours) -> Markup {
    let (view, d) = (scene.view, scene.dossier());
    let key = |href: &str, letter: char, text: &str| {
        html! {
            a.button.secondary href=(href) data-key=(letter) aria-keyshortcuts={ "Alt+" (letter.to_ascii_uppercase()) } {
                (view.t(text)) " " kbd aria-hidden="true" { "Alt " (letter.to_ascii_uppercase()) }
            }
        }
    };
    html! {
        section.card {
            h2 { (scene.applicant()) }
            p.quiet { (scene.code()) " · " (scene.words.procedure(&d.procedure)) }
            p.desk-row { (scene.words.status_tag(d.status)) (scene.words.due(d.status, d.due_on, scene.today)) }
            (ui::actions(html! {
                a.button href=(scene.href()) data-key="m" aria-keyshortcuts="Alt+M" {
                    (view.t("desk-preview-open")) " " kbd aria-hidden="true" { "Alt M" }
                }
                @if let Some(href) = &neighbours.previous { (key(href, 'k', "desk-preview-previous")) }
                @if let Some(href) = &neighbours.next { (key(href, 'j', "desk-preview-next")) }
            }))
            (flags(scene))
            (answers::checks_short(scene))
            (answers::asked_short(scene))
            p.quiet { (view.tw("desk-preview-files", &[("count", scene.case.files.len().into())])) }
        }
    }
}
