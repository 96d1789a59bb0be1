//! Requests for correction: the list of one's own agency by due date, one request with what the record says and its
//! timeline, and the decision. Over a protected item a second officer answers what the first proposed.

use std::sync::Arc;

use axum::{
    extract::State as Shared,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{FieldFault, PartialDate, Sex, vietnam_date};
use contracts::{Access, PersonId, Purpose};
use maud::{Markup, html};
use registry::{
    corrections::{
        Answer, Asked as Wanted, Correction, CorrectionView, Decision, Lines, Proposal, State, StepKind,
        Subject, Target, Verdict, correction_answer, correction_decide, correction_list, correction_read,
        policy::{Action, may},
    },
    model::{Item, peoples, rules},
    ops::Origin,
};
use serde::Deserialize;
use uuid::Uuid;
use webkit::{
    Form, Path, Problem, Query, View, form_faults,
    i18n::{Errors, by_field, key_of},
    ui::{self, Choice, Column, DateValue, Field, Icon, LineKind, Link, Row, Step, StepState, Tone, Weight},
};

use crate::{
    Desk,
    kept::{Sent, stamped},
    officer::{Officer, Part, frame},
    words::Words,
};

/// Where the list is.
pub const CORRECTIONS: &str = "/desk/corrections";

fn access(officer: &Officer) -> Access {
    Access::new(&officer.actor, Purpose::CORRECT_RECORD)
}

/// Whether this officer sees the list, or decides.
pub fn may_do(officer: &Officer, action: Action) -> bool {
    may(&access(officer), action, None)
}

fn href(c: &Correction) -> String {
    format!("{CORRECTIONS}/{}/{}", c.person, c.id)
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub closed: String,
    pub after: String,
}

/// `GET /desk/corrections`.
pub async fn list(
    Shared(desk): Shared<Arc<Desk>>,
    officer: Officer,
    view: View,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    let after = Some(asked.after.clone()).filter(|after| !after.is_empty());
    let wanted = Wanted { closed: !asked.closed.is_empty(), after };
    let mut tx = desk.store.begin().await?;
    let lines = correction_list(&mut tx, &access(&officer), &wanted).await;
    let lines = tx.finish(lines).await?;
    Ok(list_page(&Words::new(&view, &desk), &view, &officer, &asked, &lines))
}

/// The list as a whole.
pub fn list_page(words: &Words<'_>, view: &View, officer: &Officer, asked: &Asked, lines: &Lines) -> Markup {
    let title = view.t("desk-corr-title");
    let closed = !asked.closed.is_empty();
    let waiting = view.tw("desk-corr-waiting", &[("count", (lines.open + lines.proposed).into())]);
    let links = [
        Link::new(CORRECTIONS, waiting).current(!closed),
        Link::new(format!("{CORRECTIONS}?closed=1"), view.t("desk-corr-closed")).current(closed),
    ];
    let next = lines.page.next.as_deref().map(|after| {
        let closed = if closed { "closed=1&" } else { "" };
        format!("{CORRECTIONS}?{closed}after={after}")
    });
    frame(words, view, officer, Part::Corrections, &title).page(html! {
        (crate::styles(view))
        h1 { (title) }
        p.lead { (view.t("desk-corr-lead")) }
        @if lines.overdue > 0 && !closed {
            (ui::notice(Tone::Danger, view.tw("desk-corr-overdue", &[("count", lines.overdue.into())])))
        }
        (ui::filters(view, &links))
        @if lines.page.items.is_empty() {
            (ui::empty(Icon::Check, &view.t("desk-corr-none"), html! { p { (view.t("desk-corr-none-text")) } }))
        } @else {
            div.desk-list { (table(words, view, officer, lines)) }
        }
        (ui::pagination(view, None, next.as_deref()))
    })
}

fn table(words: &Words<'_>, view: &View, officer: &Officer, lines: &Lines) -> Markup {
    let columns = ["desk-corr-who", "desk-corr-item", "desk-corr-state", "desk-corr-due"];
    let columns = columns.map(|key| Column::new(view.t(key)));
    let opens = may_do(officer, Action::Decide);
    let today = vietnam_date(view.now());
    let rows: Vec<Vec<Markup>> = lines
        .page
        .items
        .iter()
        .map(|line| {
            let c = &line.correction;
            let name = line.name.clone().unwrap_or_default();
            vec![
                html! { @if opens { a href=(href(c)) { (name) } } @else { (name) } },
                html! { (subject_name(view, c.subject)) },
                state_tag(view, c.state),
                html! {
                    (view.day(c.due_on, today)) " "
                    @if c.state.is_open() { (words.due_tag(c.due_on, today)) }
                },
            ]
        })
        .collect();
    ui::table(view, &view.t("desk-corr-title"), &columns, &rows)
}

fn state_tag(view: &View, state: State) -> Markup {
    let (tone, key) = match state {
        State::Open => (Tone::Info, "desk-corr-open"),
        State::Proposed => (Tone::Wait, "desk-corr-proposed"),
        State::Accepted => (Tone::Good, "desk-corr-accepted"),
        State::Refused => (Tone::Danger, "desk-corr-refused"),
        State::Withdrawn => (Tone::Plain, "desk-corr-withdrawn"),
    };
    ui::tag(tone, &view.t(key))
}

fn subject_name(view: &View, subject: Subject) -> String {
    view.t(&format!("desk-item-{}", key_of(&subject.key())))
}

/// A stored value as people say it.
pub fn said(words: &Words<'_>, subject: Subject, stored: &str) -> String {
    let word = |key: String| {
        if words.say.texts.has(words.say.lang, &key) { words.say.t(&key) } else { stored.to_owned() }
    };
    let Subject::Item(item) = subject else { return stored.to_owned() };
    match item {
        Item::BirthDate | Item::DeathDate | Item::MissingDate => {
            words.partial_date(stored.parse::<PartialDate>().ok())
        }
        Item::Sex => word(format!("desk-sex-{stored}")),
        Item::MaritalStatus => word(format!("desk-marital-{stored}")),
        Item::Ethnicity => peoples::name(stored).unwrap_or(stored).to_owned(),
        Item::BirthPlace | Item::BirthRegistrationPlace | Item::HomeTown => words.place(stored),
        Item::Number => words.number(stored),
        _ => stored.to_owned(),
    }
}

/// `GET /desk/corrections/{person}/{id}`.
pub async fn show(
    Shared(desk): Shared<Arc<Desk>>,
    officer: Officer,
    view: View,
    Path((person, id)): Path<(PersonId, Uuid)>,
) -> Result<Markup, Problem> {
    let case = read(&desk, &officer, person, id).await?;
    Ok(case_page(&Words::new(&view, &desk), &view, &officer, &case, &Form::default(), &[]))
}

async fn read(desk: &Desk, officer: &Officer, person: PersonId, id: Uuid) -> Result<CorrectionView, Problem> {
    let mut tx = desk.store.begin().await?;
    let case = correction_read(&mut tx, &access(officer), person, id).await;
    Ok(tx.finish(case).await?)
}

/// One request as a whole.
pub fn case_page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    case: &CorrectionView,
    typed: &Form,
    faults: &[FieldFault],
) -> Markup {
    let c = &case.correction;
    let title = view.tw("desk-corr-case", &[("item", subject_name(view, c.subject).into())]);
    let today = vietnam_date(view.now());
    let mut rows = vec![
        Row::new(view.t("desk-corr-who"), case.name.clone().unwrap_or_default()),
        Row::new(view.t("desk-corr-number"), case.number_masked.clone().unwrap_or_default()),
        Row::new(view.t("desk-corr-wrong"), c.wrong.as_str()),
        Row::new(
            view.t("desk-corr-right"),
            c.value.as_deref().map(|v| said(words, c.subject, v)).unwrap_or_default(),
        ),
        Row::new(view.t("desk-corr-document"), c.document.clone().unwrap_or_default()),
    ];
    if c.state.is_open() {
        let due = html! { (view.day(c.due_on, today)) " " (words.due_tag(c.due_on, today)) };
        rows.push(Row::new(view.t("desk-corr-due"), due));
    }
    frame(words, view, officer, Part::Corrections, &title).error(!faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::back_link(CORRECTIONS, &view.t("desk-corr-title")))
        (ui::error_summary(view, faults))
        h1 { (title) " " (state_tag(view, c.state)) }
        div.columns {
            div.flow {
                h2 { (view.t("desk-corr-asked")) }
                (ui::summary(view, &rows))
                h2 { (view.t("desk-corr-held")) }
                (ui::summary(view, &held(words, view, case)))
                h2 { (view.t("desk-corr-line")) }
                (timeline(words, view, case))
            }
            div.flow {
                @match (c.state, &c.proposal) {
                    (State::Open, _) => { (decide_form(words, view, officer, case, typed, faults)) }
                    (State::Proposed, Some(proposal)) => {
                        (answer_form(words, view, officer, c, proposal, typed, faults))
                    }
                    _ => {}
                }
            }
        }
    })
}

/// What the record says of it now, each piece with its source.
fn held(words: &Words<'_>, view: &View, case: &CorrectionView) -> Vec<Row> {
    let (record, subject) = (&case.record, case.correction.subject);
    let name = subject_name(view, subject);
    let row = |value: String, origin: &Origin| {
        let source = view.text(&origin.source);
        let source = match &origin.document {
            Some(document) => format!("{source}, {document}"),
            None => source.to_owned(),
        };
        Row::new(name.clone(), value).source(source)
    };
    let mut rows: Vec<Row> = Vec::new();
    rows.extend(record.items.iter().map(|i| row(said(words, subject, &i.value), &i.origin)));
    let places = record.residences.iter().chain(&record.coming);
    rows.extend(
        places.map(|r| row(format!("{}, {}", r.address, words.place(r.commune.as_str())), &r.origin)),
    );
    rows.extend(record.kin.iter().map(|k| row(k.name.clone().unwrap_or_default(), &k.origin)));
    rows.extend(record.papers.iter().map(|p| row(p.number.clone(), &p.origin)));
    rows.extend(record.absences.iter().map(|a| row(words.place(a.commune.as_str()), &a.origin)));
    rows.extend(record.shared.iter().map(|s| row(format!("{}: {}", s.key, s.value), &s.origin)));
    rows.extend(record.household.iter().filter_map(|m| m.name.clone()).map(|n| Row::new(name.clone(), n)));
    if rows.is_empty() { vec![Row::new(name, "")] } else { rows }
}

fn timeline(words: &Words<'_>, view: &View, case: &CorrectionView) -> Markup {
    let steps: Vec<Step> = case
        .steps
        .iter()
        .map(|s| {
            let state = match s.kind {
                StepKind::Overdue => StepState::Late,
                StepKind::Refused => StepState::Refused,
                StepKind::Withdrawn => StepState::Ended,
                _ => StepState::Done,
            };
            let title = view.t(&format!("desk-corr-step-{}", key_of(s.kind.as_str())));
            let step = Step::new(state, title).when(view.moment(s.at, view.now()));
            let step = match (&s.name, &s.agency) {
                (Some(name), Some(agency)) => step.who(format!("{name}, {}", words.agency(agency))),
                _ => step,
            };
            match &s.reason {
                Some(reason) => step.more(html! { p { (reason) } }),
                None => step,
            }
        })
        .collect();
    ui::timeline(view, &steps)
}

fn hidden(view: &View, officer: &Officer, c: &Correction) -> Markup {
    html! {
        (view.csrf()) (stamped(officer))
        input type="hidden" name="version" value=(c.version);
    }
}

fn decide_form(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    case: &CorrectionView,
    typed: &Form,
    faults: &[FieldFault],
) -> Markup {
    let c = &case.correction;
    let errors = by_field(view, faults);
    let field = |name: &str, key: &str| Field::new(name, view.t(key)).errors(&errors);
    let verdicts = [
        Choice::new("accept", view.t("desk-corr-accept")).hint(view.t(match c.subject.sets() {
            Some(_) => "desk-corr-accept-sets",
            None => "desk-corr-accept-act",
        })),
        Choice::new("refuse", view.t("desk-corr-refuse")),
    ];
    let document = field("document", "desk-corr-basis").hint(view.t("desk-corr-basis-hint"));
    let document = if c.subject.sets().is_some() { document.optional() } else { document };
    let since = field("since", "desk-corr-since").hint(view.t("desk-corr-since-hint")).optional();
    html! {
        h2 { (view.t("desk-corr-decide")) }
        @if c.protected { (ui::notice(Tone::Info, view.t("desk-corr-two"))) }
        form method="post" action={ (href(c)) "/decide" } novalidate {
            (hidden(view, officer, c))
            (ui::radios(view, &field("verdict", "desk-corr-verdict"), &verdicts, typed.raw("verdict")))
            @if let Some(item) = c.subject.sets() {
                (value_input(words, view, item, c.value.as_deref(), typed, &errors))
                (ui::date(view, &since, &DateValue::typed(typed, "since")))
            }
            (ui::textarea(view, &field("reason", "desk-corr-reason").hint(view.t("desk-corr-reason-hint")), typed.raw("reason"), 3))
            (ui::line(view, &document, typed.raw("document"), LineKind::Text))
            (ui::actions(ui::submit(Weight::Primary, &view.t(if c.protected { "desk-corr-propose" } else { "desk-corr-send" }))))
        }
    }
}

/// The person's own value stands there first.
fn value_input(
    words: &Words<'_>,
    view: &View,
    item: Item,
    given: Option<&str>,
    typed: &Form,
    errors: &Errors,
) -> Markup {
    let field = Field::new("value", view.t("desk-corr-right")).errors(errors);
    let now = if typed.has("value") { typed.raw("value") } else { given.unwrap_or("") };
    let choices = |codes: &[&str]| -> Vec<Choice> {
        codes.iter().map(|code| Choice::new(*code, said(words, Subject::Item(item), code))).collect()
    };
    match item {
        Item::BirthDate => {
            let value = if typed.has("value-year") {
                DateValue::typed(typed, "value")
            } else {
                now.parse::<PartialDate>().map(DateValue::from).unwrap_or_default()
            };
            ui::date(view, &field, &value)
        }
        Item::Sex => ui::radios(view, &field, &choices(&[Sex::Female.as_str(), Sex::Male.as_str()]), now),
        Item::MaritalStatus => ui::radios(view, &field, &choices(rules::MARITAL), now),
        Item::BloodGroup => ui::select(view, &field, &choices(rules::BLOOD_GROUPS), now),
        Item::Ethnicity => {
            let codes = (1..=99).map(|n| format!("{n:02}"));
            let named = codes.filter_map(|code| peoples::name(&code).map(|name| Choice::new(code, name)));
            ui::select(view, &field, &named.collect::<Vec<_>>(), now)
        }
        Item::BirthPlace | Item::BirthRegistrationPlace | Item::HomeTown => {
            ui::line(view, &field.hint(view.t("desk-corr-place-hint")), now, LineKind::Digits)
        }
        _ => ui::line(view, &field, now, LineKind::Text),
    }
}

fn answer_form(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    c: &Correction,
    proposal: &Proposal,
    typed: &Form,
    faults: &[FieldFault],
) -> Markup {
    let verdict = match proposal.verdict {
        Verdict::Accept => "desk-corr-accept",
        Verdict::Refuse => "desk-corr-refuse",
    };
    let mut rows = vec![
        Row::new(view.t("desk-corr-by"), proposal.by_name.as_str()),
        Row::new(view.t("desk-corr-verdict"), view.t(verdict)),
        Row::new(view.t("desk-corr-reason"), proposal.reason.as_str()),
    ];
    if let Some(value) = &proposal.value {
        rows.push(Row::new(view.t("desk-corr-right"), said(words, c.subject, value)));
    }
    if let Some(since) = proposal.since {
        rows.push(Row::new(view.t("desk-corr-since"), view.date(since)));
    }
    if let Some(document) = &proposal.document {
        rows.push(Row::new(view.t("desk-corr-basis"), document.as_str()));
    }
    let field = Field::new("reason", view.t("desk-corr-back-reason")).errors(&by_field(view, faults));
    html! {
        h2 { (view.t("desk-corr-second")) }
        (ui::summary(view, &rows))
        @if proposal.by == officer.actor.account {
            (ui::notice(Tone::Wait, view.t("desk-corr-own-proposal")))
        } @else {
            form method="post" action={ (href(c)) "/confirm" } {
                (hidden(view, officer, c))
                (ui::actions(ui::submit(Weight::Primary, &view.t("desk-corr-confirm"))))
            }
            form method="post" action={ (href(c)) "/send-back" } novalidate {
                (hidden(view, officer, c))
                (ui::textarea(view, &field, typed.raw("reason"), 2))
                (ui::actions(ui::submit(Weight::Secondary, &view.t("desk-corr-back"))))
            }
        }
    }
}

/// `POST /desk/corrections/{person}/{id}/{step}`.
pub async fn step(
    Shared(desk): Shared<Arc<Desk>>,
    view: View,
    Path((person, id, step)): Path<(PersonId, Uuid, String)>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let version = form.raw("version").parse().map_err(|_| Problem::not_found())?;
    let target = Target { person, id, version };
    let access = access(&officer);
    let nation = &*desk.dossiers.nation;
    let answer = match step.as_str() {
        "decide" => None,
        "confirm" => Some(Answer::Confirm),
        "send-back" => Some(Answer::SendBack(form.text("reason"))),
        _ => return Err(Problem::not_found()),
    };
    let decision = match &answer {
        Some(_) => None,
        None => match decision(&form, &view) {
            Ok(decision) => Some(decision),
            Err(faults) => return again(&desk, &view, &officer, &target, &form, &faults).await,
        },
    };
    let mut tx = desk.store.begin().await?;
    let done = match (&answer, &decision) {
        (Some(answer), _) => correction_answer(&mut tx, &access, nation, &target, answer).await,
        (None, Some(decision)) => correction_decide(&mut tx, &access, nation, &target, decision).await,
        (None, None) => return Err(Problem::not_found()),
    };
    match tx.finish(done).await {
        Ok(state) => {
            let said = view.t(match state {
                State::Proposed => "desk-corr-done-proposed",
                State::Open => "desk-corr-done-back",
                _ => "desk-corr-done",
            });
            Ok((view.flash(Tone::Good, said), Redirect::to(CORRECTIONS)).into_response())
        }
        Err(registry::RegistryError::CorrectionActMissing) => {
            let fault = FieldFault::new("document", "registry.correction_act_missing");
            again(&desk, &view, &officer, &target, &form, &[fault]).await
        }
        Err(registry::RegistryError::NothingToCorrect) => {
            let fault = FieldFault::new("value", "registry.nothing_to_correct");
            again(&desk, &view, &officer, &target, &form, &[fault]).await
        }
        Err(fault) => {
            let faults = form_faults(fault)?;
            again(&desk, &view, &officer, &target, &form, &faults).await
        }
    }
}

/// What the form says; a mistake in a date stands at its field.
fn decision(form: &Form, view: &View) -> Result<Decision, Vec<FieldFault>> {
    let today = vietnam_date(view.now());
    let mut faults = Vec::new();
    let mut date = |name: &str| match form.date(name, today) {
        None => None,
        Some(Ok(date)) => Some(date),
        Some(Err(_)) => {
            faults.push(FieldFault::new(name, "forms.not_a_date"));
            None
        }
    };
    let value = date("value").map(|date| date.to_string());
    let since = date("since");
    let exact = since.map(|since| since.exact().ok_or(()));
    if exact == Some(Err(())) {
        faults.push(FieldFault::new("since", "forms.not_a_date"));
    }
    let verdict = Verdict::parse(form.raw("verdict"));
    if verdict.is_none() {
        faults.insert(0, FieldFault::new("verdict", "forms.required"));
    }
    let line = |name: &str| Some(form.line(name)).filter(|line| !line.is_empty());
    match verdict {
        Some(verdict) if faults.is_empty() => Ok(Decision {
            verdict,
            value: value.or_else(|| line("value")),
            since: exact.and_then(Result::ok),
            reason: form.text("reason"),
            document: line("document"),
        }),
        _ => Err(faults),
    }
}

async fn again(
    desk: &Desk,
    view: &View,
    officer: &Officer,
    target: &Target,
    form: &Form,
    faults: &[FieldFault],
) -> Result<Response, Problem> {
    let case = read(desk, officer, target.person, target.id).await?;
    let page = case_page(&Words::new(view, desk), view, officer, &case, form, faults);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The form as it was left when the session ended.
pub async fn resume(
    desk: &Desk,
    view: &View,
    officer: &Officer,
    [person, id]: [&str; 2],
    form: &Form,
) -> Option<Response> {
    let (person, id) = (person.parse().ok()?, id.parse().ok()?);
    let case = read(desk, officer, person, id).await.ok()?;
    Some(case_page(&Words::new(view, desk), view, officer, &case, form, &[]).into_response())
}
