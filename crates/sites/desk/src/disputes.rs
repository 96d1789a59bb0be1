//! Contradictions between sources: the list of one's own commune, one of them with both values side by side, and the choice.
//! The record's value may be kept by one officer; where the order of sources stands against the other, two take it.

use std::sync::Arc;

use axum::{
    extract::State as Shared,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{FieldFault, Page};
use contracts::{Access, PersonId, Purpose};
use maud::{Markup, html};
use registry::{
    RegistryError,
    corrections::Subject,
    disputes::{
        DisputeId, Proposal,
        ops::{
            Choice as Chosen, DisputeLine, DisputeView, dispute_confirm, dispute_list, dispute_read,
            dispute_send_back, dispute_settle,
        },
        policy,
    },
    model::Source,
};
use serde::Deserialize;
use uuid::Uuid;
use webkit::{
    Form, Path, Problem, Query, View, form_faults,
    i18n::{by_field, key_of},
    ui::{self, Choice, Column, Field, Icon, Row, Tone, Weight},
};

use crate::{
    Desk,
    corrections::said,
    kept::{Sent, stamped},
    officer::{Officer, Part, frame},
    words::Words,
};

/// Where the list is.
pub const DISPUTES: &str = "/desk/disputes";

fn access(officer: &Officer) -> Access {
    Access::new(&officer.actor, Purpose::CORRECT_RECORD)
}

/// Whether this officer settles them.
pub fn may_do(officer: &Officer) -> bool {
    policy::may(&access(officer))
}

fn href(id: DisputeId) -> String {
    format!("{DISPUTES}/{}/{}", id.person, id.dispute)
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub after: String,
}

/// `GET /desk/disputes`.
pub async fn list(
    Shared(desk): Shared<Arc<Desk>>,
    officer: Officer,
    view: View,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    let after = Some(asked.after.as_str()).filter(|after| !after.is_empty());
    let mut tx = desk.store.begin().await?;
    let lines = dispute_list(&mut tx, &access(&officer), desk.quality.nation.as_ref(), after).await;
    let lines = tx.finish(lines).await?;
    Ok(list_page(&Words::new(&view, &desk), &view, &officer, &lines))
}

/// The list as a whole.
pub fn list_page(words: &Words<'_>, view: &View, officer: &Officer, lines: &Page<DisputeLine>) -> Markup {
    let title = view.t("desk-dispute-title");
    let next = lines.next.as_deref().map(|after| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("after", after).finish();
        format!("{DISPUTES}?{query}")
    });
    frame(words, view, officer, Part::Disputes, &title).page(html! {
        (crate::styles(view))
        h1 { (title) }
        p.lead { (view.t("desk-dispute-lead")) }
        @if lines.items.is_empty() {
            (ui::empty(Icon::Check, &view.t("desk-dispute-none"), html! { p { (view.t("desk-dispute-none-text")) } }))
        } @else {
            div.desk-list { (table(view, &lines.items)) }
            (ui::pagination(view, None, next.as_deref()))
        }
    })
}

fn table(view: &View, lines: &[DisputeLine]) -> Markup {
    let columns = ["desk-dispute-person", "desk-dispute-item", "desk-dispute-says", "desk-dispute-since"]
        .map(|key| Column::new(view.t(key)));
    let row = |line: &DisputeLine| {
        let d = &line.dispute;
        vec![
            html! { a href=(href(d.id)) { (line.name) } },
            html! {
                (item_name(view, &d.item))
                @if d.proposal.is_some() { " " (ui::tag(Tone::Wait, &view.t("desk-dispute-proposed"))) }
            },
            html! { (source(view, &d.source)) },
            html! { (view.moment(d.raised_at, view.now())) },
        ]
    };
    ui::table(view, &view.t("desk-dispute-title"), &columns, &lines.iter().map(row).collect::<Vec<_>>())
}

/// Relatives have no item of their own in a load.
fn item_name(view: &View, item: &str) -> String {
    match item {
        "kin" => view.t("desk-dispute-kin"),
        item => view.t(&format!("desk-item-{}", key_of(item))),
    }
}

fn source(view: &View, code: &str) -> String {
    Source::parse(code).map_or_else(|| code.to_owned(), |source| view.text(&source.text()).to_owned())
}

/// A value as people say it. A residence stands as unit and address.
fn value(words: &Words<'_>, item: &str, stored: &str) -> String {
    match (Subject::parse(item), stored.split_once("; ")) {
        (Some(Subject::Residence(_)), Some((unit, address))) => format!("{address}, {}", words.place(unit)),
        (Some(subject), _) => said(words, subject, stored),
        (None, _) => stored.to_owned(),
    }
}

/// `GET /desk/disputes/{person}/{dispute}`.
pub async fn show(
    Shared(desk): Shared<Arc<Desk>>,
    officer: Officer,
    view: View,
    Path((person, dispute)): Path<(PersonId, Uuid)>,
) -> Result<Markup, Problem> {
    let case = read(&desk, &officer, DisputeId { person, dispute }).await?;
    Ok(case_page(&Words::new(&view, &desk), &view, &officer, &case, &Typed::default()))
}

async fn read(desk: &Desk, officer: &Officer, id: DisputeId) -> Result<DisputeView, Problem> {
    let mut tx = desk.store.begin().await?;
    let case = dispute_read(&mut tx, &access(officer), desk.quality.nation.as_ref(), id).await;
    Ok(tx.finish(case).await?)
}

/// What was typed into the form, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Typed {
    pub form: Form,
    pub faults: Vec<FieldFault>,
    /// Somebody changed the case first; nothing was done.
    pub overtaken: bool,
}

/// One contradiction as a whole.
pub fn case_page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    case: &DisputeView,
    typed: &Typed,
) -> Markup {
    let d = &case.dispute;
    let title = view.tw("desk-dispute-case", &[("item", item_name(view, &d.item).into())]);
    let day = |at| view.moment(at, view.now());
    let held: Vec<Row> = case
        .held
        .iter()
        .map(|side| {
            let since = view.tw("desk-dispute-known", &[("day", day(side.known).into())]);
            let origin = format!("{}, {since}", source(view, &side.source));
            Row::new(view.t("desk-dispute-held"), value(words, &d.item, &side.value)).source(origin)
        })
        .collect();
    let held = if held.is_empty() { vec![Row::new(view.t("desk-dispute-held"), "")] } else { held };
    let said = view.tw("desk-dispute-told", &[("day", day(d.raised_at).into())]);
    let other = Row::new(view.t("desk-dispute-other"), value(words, &d.item, &d.value))
        .source(format!("{}, {said}", source(view, &d.source)));
    frame(words, view, officer, Part::Disputes, &title).error(!typed.faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::back_link(DISPUTES, &view.t("desk-dispute-title")))
        (ui::error_summary(view, &typed.faults))
        h1 { (title) }
        p.lead { (case.name) }
        @if typed.overtaken { (ui::notice(Tone::Danger, view.t("desk-dispute-overtaken"))) }
        (ui::notice(Tone::Info, view.t("desk-dispute-seen")))
        div.columns {
            div.flow { (ui::summary(view, &held)) (ui::summary(view, &[other])) }
            div.flow { (task(view, officer, case, typed)) }
        }
    })
}

fn task(view: &View, officer: &Officer, case: &DisputeView, typed: &Typed) -> Markup {
    let d = &case.dispute;
    let body = match &d.proposal {
        Some(proposal) => answer(view, officer, case, proposal, typed),
        None => choose(view, officer, case, typed),
    };
    html! {
        section.card.desk-task #task {
            h2 { (view.t("desk-dispute-choose")) }
            @if let Some(why) = &d.sent_back {
                (ui::notice(Tone::Wait, html! { p { strong { (view.t("desk-dispute-sent-back")) } } p { "“" (why) "”" } }))
            }
            (body)
        }
    }
}

fn hidden(view: &View, officer: &Officer, case: &DisputeView) -> Markup {
    html! {
        (view.csrf()) (stamped(officer))
        input type="hidden" name="version" value=(case.dispute.version);
    }
}

fn reason(view: &View, typed: &Typed) -> Markup {
    let errors = by_field(view, &typed.faults);
    let field = Field::new("reason", view.t("desk-dispute-reason"))
        .hint(view.t("desk-dispute-reason-hint"))
        .errors(&errors);
    ui::textarea(view, &field, typed.form.raw("reason"), 3)
}

fn choose(view: &View, officer: &Officer, case: &DisputeView, typed: &Typed) -> Markup {
    let errors = by_field(view, &typed.faults);
    let hint = match () {
        () if case.agrees => "desk-dispute-take-agrees",
        () if case.dispute.correctable().is_none() => "desk-dispute-take-act",
        () if case.two => "desk-dispute-take-two",
        () => "desk-dispute-take-one",
    };
    let choices = [
        Choice::new("keep", view.t("desk-dispute-keep")).hint(view.t("desk-dispute-keep-hint")),
        Choice::new("take", view.t("desk-dispute-take")).hint(view.t(hint)),
    ];
    let field = Field::new("choice", view.t("desk-dispute-which")).errors(&errors);
    html! {
        form method="post" action={ (href(case.dispute.id)) "/settle" } novalidate {
            (hidden(view, officer, case))
            (ui::radios(view, &field, &choices, typed.form.raw("choice")))
            (reason(view, typed))
            (ui::actions(ui::submit(Weight::Primary, &view.t("desk-dispute-go"))))
        }
    }
}

fn answer(view: &View, officer: &Officer, case: &DisputeView, proposal: &Proposal, typed: &Typed) -> Markup {
    let to = href(case.dispute.id);
    html! {
        (ui::notice(Tone::Wait, html! {
            p { strong { (view.t("desk-dispute-wants")) } }
            p { "“" (proposal.reason) "”" }
            p.quiet { (proposal.by_name) ", " (view.moment(proposal.at, view.now())) }
        }))
        @if proposal.by == officer.actor.account { p { (view.t("desk-dispute-four-eyes")) } }
        @else {
            form method="post" action={ (to) "/confirm" } novalidate {
                (hidden(view, officer, case))
                (ui::actions(ui::submit(Weight::Danger, &view.t("desk-dispute-confirm"))))
            }
            (ui::details(&view.t("desk-dispute-send-back"), html! {
                form method="post" action={ (to) "/send-back" } novalidate {
                    (hidden(view, officer, case))
                    (reason(view, typed))
                    (ui::actions(ui::submit(Weight::Secondary, &view.t("desk-dispute-send-back-go"))))
                }
            }))
        }
    }
}

/// `POST /desk/disputes/{person}/{dispute}/{step}`.
pub async fn step(
    Shared(desk): Shared<Arc<Desk>>,
    view: View,
    Path((person, dispute, step)): Path<(PersonId, Uuid, String)>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let id = DisputeId { person, dispute };
    let typed = match carry_out(&desk, &officer, id, &step, &form).await {
        Ok(Done::Settled(said)) => {
            return Ok((view.flash(Tone::Good, view.t(said)), Redirect::to(DISPUTES)).into_response());
        }
        Ok(Done::Waits(said)) => {
            return Ok((view.flash(Tone::Good, view.t(said)), Redirect::to(&href(id))).into_response());
        }
        Err(Stopped::Faults(faults)) => Typed { form, faults, overtaken: false },
        Err(Stopped::Overtaken) => Typed { form, faults: Vec::new(), overtaken: true },
        Err(Stopped::Problem(problem)) => return Err(problem),
    };
    let case = read(&desk, &officer, id).await?;
    let status = if typed.overtaken { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = case_page(&Words::new(&view, &desk), &view, &officer, &case, &typed);
    Ok((status, page).into_response())
}

/// The form as it was left when the session ended.
pub async fn resume(
    desk: &Desk,
    view: &View,
    officer: &Officer,
    [person, dispute]: [&str; 2],
    form: Form,
) -> Option<Response> {
    let id = DisputeId { person: person.parse().ok()?, dispute: dispute.parse().ok()? };
    let case = read(desk, officer, id).await.ok()?;
    let typed = Typed { form, ..Typed::default() };
    Some(case_page(&Words::new(view, desk), view, officer, &case, &typed).into_response())
}

enum Done {
    Settled(&'static str),
    /// It is open: a proposal, or one that was sent back.
    Waits(&'static str),
}

/// Why a step was not done.
enum Stopped {
    Faults(Vec<FieldFault>),
    Overtaken,
    Problem(Problem),
}

impl From<RegistryError> for Stopped {
    fn from(error: RegistryError) -> Self {
        use base::Fault;
        match error {
            RegistryError::CaseState => Self::Overtaken,
            RegistryError::Store(e) if e.kind() == base::Kind::Conflict => Self::Overtaken,
            // Said where the choice was made.
            error @ RegistryError::DisputeActFirst => {
                Self::Faults(vec![FieldFault::new("choice", error.code())])
            }
            error => form_faults(error).map_or_else(Self::Problem, Self::Faults),
        }
    }
}

impl From<store::StoreError> for Stopped {
    fn from(error: store::StoreError) -> Self {
        RegistryError::from(error).into()
    }
}

async fn carry_out(
    desk: &Desk,
    officer: &Officer,
    id: DisputeId,
    step: &str,
    form: &Form,
) -> Result<Done, Stopped> {
    let (access, nation) = (access(officer), desk.quality.nation.as_ref());
    let version: i32 = form.raw("version").parse().map_err(|_| Stopped::Overtaken)?;
    let (at, why) = ((id, version), form.text("reason"));
    let choice = match form.raw("choice") {
        "keep" => Chosen::Keep,
        "take" => Chosen::Take,
        _ if step == "settle" => {
            return Err(Stopped::Faults(vec![FieldFault::new("choice", "forms.required")]));
        }
        _ => Chosen::Keep,
    };
    let mut tx = desk.store.begin().await?;
    let outcome = match step {
        "settle" => dispute_settle(&mut tx, &access, nation, at, choice, &why).await.map(|settled| {
            if settled { Done::Settled("desk-dispute-done") } else { Done::Waits("desk-dispute-waits") }
        }),
        "confirm" => {
            dispute_confirm(&mut tx, &access, nation, at).await.map(|()| Done::Settled("desk-dispute-done"))
        }
        "send-back" => dispute_send_back(&mut tx, &access, nation, at, &why)
            .await
            .map(|()| Done::Waits("desk-dispute-back")),
        _ => return Err(Stopped::Problem(Problem::not_found())),
    };
    Ok(tx.finish(outcome).await?)
}
