//! Something in my record is wrong: one page to say so, the list of what was asked, and each request with its timeline.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{FieldFault, PartialDate, Sex};
use contracts::{Access, Purpose};
use http::StatusCode;
use maud::{Markup, html};
use registry::{
    corrections::{
        Correction, CorrectionView, NewCorrection, Routes, State, StepKind, Subject, Target, correction_ask,
        correction_own, correction_read, correction_withdraw,
    },
    model::{Item, peoples, rules},
    ops::{Record, person_record},
};
use store::StoreError;
use uuid::Uuid;
use webkit::{
    Form, Path, Problem, form_faults,
    i18n::{by_field, key_of},
    ui::{
        self, Choice, DateValue, Door, Field, Icon, LineKind, Row, Step, StepState, Tone, UnitSearch, Weight,
    },
};

use crate::{
    Portal, draw,
    record::{Tab, tabs, value},
    record_page::subject_name,
    send::new_key,
    visit::{Citizen, Place},
};

pub fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/record/wrong/{item}", get(form).post(send))
        .route("/record/corrections", get(list))
        .route("/record/corrections/{id}", get(show))
        .route("/record/corrections/{id}/withdraw", post(withdraw))
}

fn access(c: &Citizen) -> Access {
    Access::new(&c.actor, Purpose::CORRECT_RECORD)
}

fn subject(key: &str) -> Result<Subject, Problem> {
    Subject::parse(key).ok_or_else(Problem::not_found)
}

async fn form(c: Citizen, Path(key): Path<String>) -> Result<Response, Problem> {
    let subject = subject(&key)?;
    let mut tx = c.begin().await?;
    let own = correction_own(&mut tx, &access(&c)).await;
    let own = tx.finish(own).await?;
    // What is asked already is followed, not asked again.
    if let Some(open) = own.iter().find(|r| r.subject == subject && r.state.is_open()) {
        return Ok(Redirect::to(&format!("/record/corrections/{}", open.id)).into_response());
    }
    Ok(ask(&c, subject, &Form::default(), None, &[]).await?.into_response())
}

/// The page with what was typed so far.
async fn ask(
    c: &Citizen,
    subject: Subject,
    typed: &Form,
    search: Option<UnitSearch>,
    faults: &[FieldFault],
) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let record = person_record(&mut tx, &access(c), c.person).await;
    let record = subject.part_of(tx.finish(record).await?);
    let routes = Routes::table()?;
    let route = routes.of(subject)?;
    let name = subject_name(c, subject);
    let title = c.tw("correct-title", &[("item", name.as_str().into())]);
    let errors = by_field(c, faults);
    let wrong = Field::new("wrong", c.t("correct-wrong")).hint(c.t("correct-wrong-hint")).errors(&errors);
    let document = Field::new("document", c.t("correct-document"))
        .hint(c.t("correct-document-hint"))
        .optional()
        .errors(&errors);
    let key = Some(typed.line("_key")).filter(|key| !key.is_empty()).unwrap_or_else(|| new_key(c));
    Ok(c.frame(Place::Record, &title).error(!faults.is_empty()).page(html! {
        (ui::back_link("/record", &c.t("record-tab")))
        (ui::error_summary_named(c, faults, |field| label(c, field)))
        h1 { (title) }
        (ui::summary(c, &[Row::new(c.t("correct-now"), said_now(c, subject, &record))]))
        form method="post" novalidate {
            (c.csrf())
            (ui::enter_sends("_send", "1"))
            input type="hidden" name="_key" value=(key);
            (ui::textarea(c, &wrong, typed.raw("wrong"), 4))
            (value_input(c, subject, typed, search, &errors))
            (ui::line(c, &document, typed.raw("document"), LineKind::Text))
            (ui::notice(Tone::Info, html! {
                p { (c.tw("correct-who", &[
                    ("authority", c.t(&format!("authority-{}", key_of(&route.authority))).into()),
                    ("days", routes.limit_working_days.into()),
                ])) }
                @if route.protected { p { (c.t("correct-protected")) } }
                p.quiet { (route.legal_basis) }
            }))
            (ui::actions(ui::submit(Weight::Primary, &c.t("correct-send"))))
        }
    }))
}

/// The question that a fault is about.
fn label(c: &Citizen, field: &str) -> Option<String> {
    match field {
        "wrong" => Some(c.t("correct-wrong")),
        "value" => Some(c.t("correct-value")),
        "document" => Some(c.t("correct-document")),
        _ => None,
    }
}

/// What the record says of it now, in a few words.
fn said_now(c: &Citizen, subject: Subject, record: &Record) -> String {
    let said: Vec<String> = match subject {
        Subject::Item(item) => record.value(item).map(|v| value(c, item, v)).into_iter().collect(),
        Subject::Residence(_) => {
            let place =
                |r: &registry::ops::ResidenceEntry| format!("{}, {}", r.address, c.place(r.commune.as_str()));
            record.residences.iter().map(place).collect()
        }
        Subject::Kin(_) => record.kin.iter().filter_map(|k| k.name.clone()).collect(),
        Subject::Household => record.household.iter().filter_map(|m| m.name.clone()).collect(),
        Subject::Papers => record.papers.iter().map(|p| p.number.clone()).collect(),
        Subject::Absence => record.absences.iter().map(|a| c.place(a.commune.as_str())).collect(),
        Subject::Shared => record.shared.iter().map(|s| format!("{}: {}", s.key, s.value)).collect(),
    };
    if said.is_empty() { c.t("record-nothing") } else { said.join("; ") }
}

/// A stored right value as people say it.
fn said_value(c: &Citizen, subject: Subject, stored: &str) -> String {
    match subject {
        Subject::Item(item) => value(c, item, stored),
        _ => stored.to_owned(),
    }
}

/// How an item's value is given.
enum Way {
    Date,
    Place,
    Choice(Vec<Choice>),
    List(Vec<Choice>),
    Line(LineKind),
}

fn way(c: &Citizen, subject: Subject) -> Way {
    let Subject::Item(item) = subject else { return Way::Line(LineKind::Text) };
    let choices =
        |codes: &[&str]| codes.iter().map(|code| Choice::new(*code, value(c, item, code))).collect();
    match item {
        Item::BirthDate | Item::DeathDate | Item::MissingDate => Way::Date,
        Item::BirthPlace | Item::BirthRegistrationPlace | Item::HomeTown => Way::Place,
        Item::Sex => Way::Choice(choices(&[Sex::Female.as_str(), Sex::Male.as_str()])),
        Item::MaritalStatus => Way::Choice(choices(rules::MARITAL)),
        Item::BloodGroup => Way::List(choices(rules::BLOOD_GROUPS)),
        Item::Ethnicity => {
            let codes = (1..=99).map(|n| format!("{n:02}"));
            let named = codes.filter_map(|code| peoples::name(&code).map(|name| Choice::new(code, name)));
            Way::List(named.collect())
        }
        Item::Number | Item::OldNumber => Way::Line(LineKind::Digits),
        Item::Phone => Way::Line(LineKind::Phone),
        Item::Email => Way::Line(LineKind::Email),
        _ => Way::Line(LineKind::Text),
    }
}

fn value_input(
    c: &Citizen,
    subject: Subject,
    typed: &Form,
    search: Option<UnitSearch>,
    errors: &webkit::i18n::Errors,
) -> Markup {
    let mut field = Field::new("value", c.t("correct-value")).optional().errors(errors);
    if subject == Subject::Item(Item::Nationality) {
        field = field.hint(c.t("correct-nationality-hint"));
    }
    let now = typed.raw("value");
    match way(c, subject) {
        Way::Date => ui::date(c, &field, &DateValue::typed(typed, "value")),
        Way::Place => ui::unit_search(c, &field, &search.unwrap_or_else(|| draw::chosen(c, now))),
        Way::Choice(choices) => ui::radios(c, &field, &choices, now),
        Way::List(choices) => ui::select(c, &field, &choices, now),
        Way::Line(kind) => ui::line(c, &field, now, kind),
    }
}

/// The right value as it was given; an empty one means that the person does not know it.
fn read_value(c: &Citizen, subject: Subject, form: &Form) -> Result<Option<String>, FieldFault> {
    let line = || Some(form.line("value")).filter(|value| !value.is_empty());
    match way(c, subject) {
        Way::Date => match form.date("value", c.today()) {
            None => Ok(None),
            Some(date) => date
                .map(|date: PartialDate| Some(date.to_string()))
                .map_err(|_| FieldFault::new("value", "forms.not_a_date")),
        },
        Way::Line(LineKind::Digits) => Ok(line().map(|digits| digits.replace(' ', ""))),
        _ => Ok(line()),
    }
}

async fn send(c: Citizen, Path(key): Path<String>, form: Form) -> Result<Response, Problem> {
    let subject = subject(&key)?;
    if matches!(way(&c, subject), Way::Place)
        && let Some(search) = draw::search(&c, &form, "value", form.raw("value-q"), c.today())
    {
        return Ok(ask(&c, subject, &form, Some(search), &[]).await?.into_response());
    }
    let value = match read_value(&c, subject, &form) {
        Ok(value) => value,
        Err(fault) => return again(&c, subject, &form, &[fault]).await,
    };
    let new = NewCorrection {
        subject,
        wrong: form.text("wrong"),
        value,
        document: Some(form.line("document")).filter(|document| !document.is_empty()),
    };
    let form_key = form.line("_key");
    let once = async || {
        let mut tx = c.begin().await?;
        let key = Some(form_key.as_str()).filter(|key| !key.is_empty());
        let handed = correction_ask(&mut tx, &access(&c), &*c.portal.dossiers.nation, &new, key).await;
        Ok::<_, Problem>(tx.finish(handed).await)
    };
    let mut handed = once().await?;
    // Pressed twice: the second finds the answer to the first.
    if matches!(handed, Err(registry::RegistryError::Store(StoreError::Conflict))) {
        handed = once().await?;
    }
    match handed {
        Ok(handed) => {
            let args = [("agency", c.agency(&handed.agency).into()), ("due", c.due(handed.due_on).into())];
            let said = c.flash(Tone::Good, c.tw("correct-sent", &args));
            Ok((said, Redirect::to(&format!("/record/corrections/{}", handed.id))).into_response())
        }
        Err(registry::RegistryError::NothingToCorrect) => {
            again(&c, subject, &form, &[FieldFault::new("value", "registry.nothing_to_correct")]).await
        }
        Err(fault) => {
            let faults = form_faults(fault)?;
            again(&c, subject, &form, &faults).await
        }
    }
}

async fn again(
    c: &Citizen,
    subject: Subject,
    form: &Form,
    faults: &[FieldFault],
) -> Result<Response, Problem> {
    let page = ask(c, subject, form, None, faults).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn state_tag(c: &Citizen, state: State) -> Markup {
    let (tone, key) = match state {
        // Whether an officer has proposed something is the agency's own matter.
        State::Open | State::Proposed => (Tone::Wait, "correction-open"),
        State::Accepted => (Tone::Good, "correction-accepted"),
        State::Refused => (Tone::Danger, "correction-refused"),
        State::Withdrawn => (Tone::Plain, "correction-withdrawn"),
    };
    ui::tag(tone, &c.t(key))
}

async fn list(c: Citizen) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let own = correction_own(&mut tx, &access(&c)).await;
    let own = tx.finish(own).await?;
    let title = c.t("corrections-title");
    let door = |r: &Correction| {
        let about = if r.state.is_open() {
            c.tw(
                "correction-with",
                &[("agency", c.agency(&r.agency).into()), ("due", c.due(r.due_on).into())],
            )
        } else {
            c.at(r.decided_at.unwrap_or(r.asked_at))
        };
        let href = format!("/record/corrections/{}", r.id);
        Door::new(href, Icon::Flag, subject_name(&c, r.subject), about).aside(state_tag(&c, r.state))
    };
    Ok(c.frame(Place::Record, &title).page(html! {
        h1 { (title) }
        p.lead { (c.t("corrections-lead")) }
        (tabs(&c, Tab::Corrections))
        @if own.is_empty() {
            (ui::empty(Icon::CheckCircle, &c.t("corrections-empty"), html! { p { (c.t("corrections-empty-about")) } }))
        } @else { (ui::doors(&own.iter().map(door).collect::<Vec<_>>())) }
    }))
}

async fn show(c: Citizen, Path(id): Path<Uuid>) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let view = correction_read(&mut tx, &access(&c), c.person, id).await;
    let view = tx.finish(view).await?;
    let r = &view.correction;
    let title = c.tw("correction-title", &[("item", subject_name(&c, r.subject).into())]);
    let mut rows = vec![
        Row::new(c.t("correct-now"), said_now(&c, r.subject, &view.record)),
        Row::new(c.t("correct-wrong"), r.wrong.as_str()),
    ];
    if let Some(value) = &r.value {
        rows.push(Row::new(c.t("correct-said"), said_value(&c, r.subject, value)));
    }
    if let Some(document) = &r.document {
        rows.push(Row::new(c.t("correct-document"), document.as_str()));
    }
    Ok(c.frame(Place::Record, &title).page(html! {
        (ui::back_link("/record/corrections", &c.t("corrections-tab")))
        h1 { (title) " " (state_tag(&c, r.state)) }
        (ui::summary(&c, &rows))
        h2 { (c.t("correction-line")) }
        (timeline(&c, &view))
        @if r.state.is_open() {
            form method="post" action={ "/record/corrections/" (r.id) "/withdraw" } {
                (c.csrf())
                input type="hidden" name="_version" value=(r.version);
                p.quiet { (c.t("correction-withdraw-about")) }
                (ui::actions(ui::submit(Weight::Secondary, &c.t("correction-withdraw"))))
            }
        }
    }))
}

fn timeline(c: &Citizen, view: &CorrectionView) -> Markup {
    let r = &view.correction;
    let mut steps: Vec<Step> = view
        .steps
        .iter()
        .map(|s| {
            let key = format!("correction-step-{}", key_of(s.kind.as_str()));
            let step = Step::new(StepState::Done, c.t(&key)).when(c.at(s.at));
            let step = match (&s.agency, s.kind) {
                (Some(agency), StepKind::Accepted | StepKind::Refused | StepKind::Overdue) => {
                    step.who(c.agency(agency))
                }
                _ => step,
            };
            match &s.reason {
                Some(reason) => step.more(html! { p { (reason) } }),
                None => step,
            }
        })
        .collect();
    if r.state.is_open() {
        let due = c.tw("correction-due", &[("due", c.due(r.due_on).into())]);
        steps.push(Step::new(StepState::Now, c.t("correction-step-now")).who(c.agency(&r.agency)).span(due));
    }
    ui::timeline(c, &steps)
}

async fn withdraw(c: Citizen, Path(id): Path<Uuid>, form: Form) -> Result<Response, Problem> {
    let target = Target { person: c.person, id, version: form.line("_version").parse().unwrap_or(0) };
    let mut tx = c.begin().await?;
    let done = correction_withdraw(&mut tx, &access(&c), &target).await;
    if let Err(fault) = tx.finish(done).await {
        // Pressed twice: it is taken back already.
        let mut tx = c.begin().await?;
        let view = correction_read(&mut tx, &access(&c), c.person, id).await;
        if tx.finish(view).await?.correction.state != State::Withdrawn {
            return Err(fault.into());
        }
    }
    Ok((c.flash(Tone::Good, c.t("correction-withdrawn-done")), Redirect::to("/record")).into_response())
}
