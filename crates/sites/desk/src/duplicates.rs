//! Cases of possible duplicates: the list of one's own agency, a case with both records side by side, and the steps by
//! which two officers settle it. `compare` sets two records beside each other, `case_page` draws the case.

mod case_page;
mod compare;

use std::sync::Arc;

use axum::{
    extract::State as Shared,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{Fault, FieldFault, Kind};
use contracts::{Access, CommuneCode, PersonId, Purpose};
use maud::{Markup, html};
use registry::{
    RegistryError,
    duplicates::{
        CaseId, Proposed, State,
        ops::{
            Asked as Wanted, CaseLine, Cases, OpenCase, case_confirm, case_list, case_propose, case_read,
            case_refuse, case_reopen, merge_undo,
        },
        policy::{Action, may},
    },
};
use serde::Deserialize;
use webkit::{
    Form, Path, Problem, Query, View, form_faults,
    ui::{self, Column, Icon, Link, Tone},
};

use crate::{
    Desk,
    kept::Sent,
    officer::{Officer, Part, frame},
    words::Words,
};

pub use case_page::{Typed, page as case_page};

/// Where the list is.
pub const DUPLICATES: &str = "/desk/duplicates";

fn access(officer: &Officer) -> Access {
    Access::new(&officer.actor, Purpose::RESOLVE_DUPLICATE)
}

/// Whether this officer settles cases, or some of their steps.
pub fn may_do(officer: &Officer, action: Action) -> bool {
    may(&access(officer), action)
}

pub fn href(id: CaseId) -> String {
    format!("{DUPLICATES}/{}/{}", id.person, id.other)
}

/// The address of a list, as it came. Whatever does not fit is read as not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub state: String,
    pub commune: String,
    pub after: String,
}

impl Asked {
    fn wanted(&self) -> Wanted {
        let set = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Wanted {
            state: State::parse(&self.state),
            commune: set(&self.commune).map(CommuneCode),
            after: set(&self.after),
        }
    }

    /// The address of the same list with one thing changed; it begins at its first page.
    fn with(&self, name: &str, value: &str) -> String {
        let keep = |own: &str, now: &str| if own == name { value.to_owned() } else { now.to_owned() };
        let after = if name == "after" { value.to_owned() } else { String::new() };
        let pairs = [
            ("state", keep("state", &self.state)),
            ("commune", keep("commune", &self.commune)),
            ("after", after),
        ];
        let mut out = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            out.append_pair(name, value);
        }
        let query = out.finish();
        if query.is_empty() { DUPLICATES.into() } else { format!("{DUPLICATES}?{query}") }
    }
}

/// `GET /desk/duplicates`.
pub async fn list(
    Shared(desk): Shared<Arc<Desk>>,
    officer: Officer,
    view: View,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = case_list(&mut tx, &access(&officer), &asked.wanted()).await;
    let cases = tx.finish(outcome).await?;
    Ok(list_page(&Words::new(&view, &desk), &view, &officer, &asked, &cases))
}

/// The list as a whole.
pub fn list_page(words: &Words<'_>, view: &View, officer: &Officer, asked: &Asked, cases: &Cases) -> Markup {
    let title = view.t("desk-dup-title");
    let count = |wanted: &[State]| -> i64 {
        cases.counts.iter().filter(|(state, _)| wanted.contains(state)).map(|(_, n)| n).sum()
    };
    let now = State::parse(&asked.state);
    let link = |state: Option<State>, key: &str, wanted: &[State]| {
        let text = format!("{} ({})", view.t(key), count(wanted));
        Link::new(asked.with("state", state.map_or("", State::as_str)), text).current(state == now)
    };
    let links = [
        link(None, "desk-dup-filter-unsettled", &[State::Open, State::Proposed]),
        link(Some(State::Proposed), "desk-dup-state-proposed", &[State::Proposed]),
        link(Some(State::Merged), "desk-dup-state-merged", &[State::Merged]),
        link(Some(State::Distinct), "desk-dup-state-distinct", &[State::Distinct]),
    ];
    frame(words, view, officer, Part::Duplicates, &title).page(html! {
        (crate::styles(view))
        h1 { (title) }
        p.lead { (view.t("desk-dup-lead")) }
        (ui::filters(view, &links))
        @if !asked.commune.is_empty() {
            p.desk-row {
                (view.tw("desk-dup-in-commune", &[("name", words.place(&asked.commune).into())]))
                a href=(asked.with("commune", "")) { (view.t("desk-dup-all-communes")) }
            }
        }
        @if cases.page.items.is_empty() {
            (ui::empty(Icon::Check, &view.t("desk-dup-none"), html! { p { (view.t("desk-dup-none-text")) } }))
        } @else {
            div.desk-list { (table(words, view, officer, asked, &cases.page.items)) }
            (ui::pagination(view, None, cases.page.next.as_deref().map(|n| asked.with("after", n)).as_deref()))
        }
    })
}

fn table(words: &Words<'_>, view: &View, officer: &Officer, asked: &Asked, lines: &[CaseLine]) -> Markup {
    let columns = [
        "desk-dup-col-people",
        "desk-dup-col-state",
        "desk-dup-col-chance",
        "desk-dup-col-noticed",
        "desk-dup-col-commune",
    ]
    .map(|key| Column::new(view.t(key)));
    let row = |line: &CaseLine| {
        let case = &line.case;
        let [one, other] = &line.names;
        let mine = case.proposal.as_ref().is_some_and(|p| p.by == officer.actor.account);
        vec![
            html! { a href=(href(case.id)) { (one) " – " (other) } },
            html! {
                (state_tag(view, case.state))
                @if case.proposal.is_some() && !mine { " " span.quiet { (view.t("desk-dup-waits-for-you")) } }
                @if mine { " " span.quiet { (view.t("desk-dup-waits-for-other")) } }
            },
            html! { (compare::chance(view, case.probability)) },
            html! { (noticed(view, case.noticed_at)) br; span.quiet { (view.moment(case.found_at, view.now())) } },
            html! { @if let Some(commune) = &case.commune {
                a href=(asked.with("commune", commune.as_str())) { (words.place(commune.as_str())) }
            } },
        ]
    };
    ui::table(view, &view.t("desk-dup-title"), &columns, &lines.iter().map(row).collect::<Vec<_>>())
}

fn state_tag(view: &View, state: State) -> Markup {
    let (tone, key) = match state {
        State::Open => (Tone::Info, "desk-dup-state-open"),
        State::Proposed => (Tone::Wait, "desk-dup-state-proposed"),
        State::Merged => (Tone::Good, "desk-dup-state-merged"),
        State::Distinct => (Tone::Plain, "desk-dup-state-distinct"),
    };
    ui::tag(tone, &view.t(key))
}

fn noticed(view: &View, at: registry::duplicates::Use) -> String {
    use registry::duplicates::Use;
    view.t(match at {
        Use::Birth => "desk-dup-noticed-birth",
        Use::Import => "desk-dup-noticed-import",
        Use::Enrolment => "desk-dup-noticed-enrolment",
        Use::Sample => "desk-dup-noticed-sample",
        Use::Foreigner => "desk-dup-noticed-foreigner",
    })
}

fn id(one: PersonId, other: PersonId) -> Result<CaseId, Problem> {
    CaseId::of(one, other).ok_or_else(Problem::not_found)
}

/// `GET /desk/duplicates/{person}/{other}`.
pub async fn show(
    Shared(desk): Shared<Arc<Desk>>,
    officer: Officer,
    view: View,
    Path((one, other)): Path<(PersonId, PersonId)>,
) -> Result<Markup, Problem> {
    draw(&desk, &officer, &view, id(one, other)?, &Typed::default()).await
}

async fn draw(
    desk: &Desk,
    officer: &Officer,
    view: &View,
    id: CaseId,
    typed: &Typed,
) -> Result<Markup, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = case_read(&mut tx, &access(officer), id).await;
    let seen = tx.finish(outcome).await?;
    Ok(case_page(&Words::new(view, desk), view, officer, &seen, typed))
}

/// `GET /desk/duplicates/{person}/{other}/{step}`: where a browser comes to after signing in again in the middle of a step.
pub async fn back(
    _: Officer,
    Path((one, other, _)): Path<(PersonId, PersonId, String)>,
) -> Result<Response, Problem> {
    Ok(Redirect::to(&href(id(one, other)?)).into_response())
}

/// `POST /desk/duplicates/{person}/{other}/{step}`.
pub async fn step(
    Shared(desk): Shared<Arc<Desk>>,
    view: View,
    Path((one, other, step)): Path<(PersonId, PersonId, String)>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let id = id(one, other)?;
    match carry_out(&desk, &officer, id, &step, &form).await {
        Ok(said) => Ok((view.flash(Tone::Good, view.t(said)), Redirect::to(&href(id))).into_response()),
        Err(Stopped::Faults(faults)) => {
            let typed = Typed { form, faults, overtaken: false };
            let page = draw(&desk, &officer, &view, id, &typed).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Stopped::Overtaken) => {
            let typed = Typed { form, faults: Vec::new(), overtaken: true };
            let page = draw(&desk, &officer, &view, id, &typed).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(Stopped::Problem(problem)) => Err(problem),
    }
}

/// The step as it was left when the session ended.
pub async fn resume(
    desk: &Desk,
    view: &View,
    officer: &Officer,
    [one, other]: [&str; 2],
    form: Form,
) -> Option<Response> {
    let id = CaseId::of(one.parse().ok()?, other.parse().ok()?)?;
    let typed = Typed { form, faults: Vec::new(), overtaken: false };
    Some(draw(desk, officer, view, id, &typed).await.ok()?.into_response())
}

/// Why a step was not done.
enum Stopped {
    Faults(Vec<FieldFault>),
    /// Somebody else settled it, or moved it on, first.
    Overtaken,
    Problem(Problem),
}

impl From<RegistryError> for Stopped {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::CaseState => Self::Overtaken,
            RegistryError::Store(e) if e.kind() == Kind::Conflict => Self::Overtaken,
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
    id: CaseId,
    step: &str,
    form: &Form,
) -> Result<&'static str, Stopped> {
    let access = access(officer);
    let version: i32 = form.raw("version").parse().map_err(|_| Stopped::Overtaken)?;
    let reason = form.text("reason");
    let mut tx = desk.store.begin().await?;
    let (outcome, said) = match step {
        "propose" => {
            let what = match form.raw("what") {
                "distinct" => Proposed::Distinct,
                keep => match keep.parse::<PersonId>().ok().filter(|keep| id.beside(*keep).is_some()) {
                    Some(keep) => Proposed::Merge { keep },
                    None => return Err(Stopped::Faults(vec![FieldFault::new("what", "forms.required")])),
                },
            };
            (case_propose(&mut tx, &access, id, version, what, &reason).await, "desk-dup-done-propose")
        }
        "confirm" => (case_confirm(&mut tx, &access, id, version, &reason).await, "desk-dup-done-confirm"),
        "refuse" => (case_refuse(&mut tx, &access, id, version, &reason).await, "desk-dup-done-refuse"),
        "undo" => (merge_undo(&mut tx, &access, id, version, &reason).await, "desk-dup-done-undo"),
        "reopen" => (case_reopen(&mut tx, &access, id, version, &reason).await, "desk-dup-done-reopen"),
        _ => return Err(Stopped::Problem(Problem::not_found())),
    };
    tx.finish(outcome).await?;
    Ok(said)
}

/// What an officer must not overlook where a person has a case that is not settled.
pub fn flag(view: &View, words: &Words<'_>, open: &[OpenCase]) -> Markup {
    html! {
        @for case in open {
            (ui::notice(Tone::Wait, html! {
                p { strong { (view.t("desk-dup-flag")) } }
                @if case.may_read {
                    p { a href=(href(case.id)) { (view.t("desk-dup-flag-open")) } }
                } @else if let Some(agency) = &case.agency {
                    p { (view.tw("desk-dup-flag-agency", &[("agency", words.agency(agency).into())])) }
                }
            }))
        }
    }
}
