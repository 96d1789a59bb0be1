//! Files of foreigners at the counter of the immigration agency (procedure 3.000226). Decisions stand with those on other
//! files, see [`crate::counter`].

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{Fault, FieldFault, Kind, vietnam_date};
use contracts::{IdentityLevel, ports::ResidenceCard};
use identity::{
    IdentityError, Present,
    foreigner::Typed,
    ops::{
        self,
        foreigner_collect::{Collecting, Taken},
    },
    policy::{self, Action as Right},
};
use maud::{Markup, html};
use webkit::{
    Form, Problem, View,
    i18n::by_field,
    ui::{self, Choice, DateValue, Field, LineKind, Tone, Weight},
};

use crate::{
    Desk, counter,
    kept::{Sent, stamped},
    officer::{Officer, Part, frame},
    people::commune_search,
    words::Words,
};

pub const FOREIGNERS: &str = "/desk/foreigners";

pub fn may_see(officer: &Officer) -> bool {
    policy::allowed(&officer.actor, Right::EnrolForeigner).is_ok()
}

/// `GET /desk/foreigners`.
pub async fn show(State(desk): State<Arc<Desk>>, officer: Officer, view: View) -> Result<Markup, Problem> {
    if !may_see(&officer) {
        return Err(Problem::forbidden());
    }
    Ok(page(&Words::new(&view, &desk), &view, &officer, &Form::default(), &[]))
}

/// What was typed when the session had ended.
pub fn resume(desk: &Desk, view: &View, officer: &Officer, form: &Form) -> Option<Response> {
    may_see(officer).then(|| page(&Words::new(view, desk), view, officer, form, &[]).into_response())
}

/// `POST /desk/foreigners`: takes a file. Number and code stand in the answer and nowhere else.
pub async fn collect(State(desk): State<Arc<Desk>>, view: View, sent: Sent) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let words = Words::new(&view, &desk);
    let typed_only = form.line("commune").is_empty() && !form.line("commune-q").is_empty();
    if form.has("commune-find") || typed_only {
        return Ok(page(&words, &view, &officer, &form, &[]).into_response());
    }
    let today = vietnam_date(view.now());
    let faults = match read(&form, &view) {
        Err(faults) => faults,
        Ok(input) => match ops::foreigner_collect(&desk.identity, &officer.actor, &input).await {
            Ok(Taken::NewCard) => {
                let flash = view.flash(Tone::Good, view.t("desk-foreign-renewed"));
                return Ok((flash, Redirect::to(FOREIGNERS)).into_response());
            }
            Ok(Taken::File(file)) => {
                let args =
                    [("number", file.number.grouped().into()), ("day", view.day(file.due_on, today).into())];
                let said = view.tw("desk-foreign-own-number", &args);
                return Ok(counter::paper(&words, &view, &officer, &file.code, &said).into_response());
            }
            Err(e) if !e.fields().is_empty() => e.fields().to_vec(),
            Err(e) if matches!(e.kind(), Kind::Bug | Kind::Unavailable) => return Err(e.into()),
            Err(e) => vec![FieldFault { args: e.args(), ..FieldFault::new(field_of(&e), e.code()) }],
        },
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&words, &view, &officer, &form, &faults)).into_response())
}

fn field_of(refused: &IdentityError) -> &'static str {
    match refused {
        IdentityError::GuardianNeeded => "guardian",
        IdentityError::LevelTooHigh => "level",
        _ => "passport_number",
    }
}

fn read(form: &Form, view: &View) -> Result<Collecting, Vec<FieldFault>> {
    let level = form.raw("level").parse().ok().and_then(IdentityLevel::from_number);
    let present = Present::parse(form.raw("present"));
    match (level, present) {
        (Some(level), Some(present)) => Ok(Collecting {
            typed: Typed::of_form(form, vietnam_date(view.now())),
            level,
            present,
            to_check: form.has("check"),
            guardian: form.line("guardian"),
        }),
        _ => {
            let missing = [("level", level.is_none()), ("present", present.is_none())];
            let missing = missing.into_iter().filter(|(_, is_missing)| *is_missing);
            Err(missing.map(|(field, _)| FieldFault::new(field, "forms.required")).collect())
        }
    }
}

/// The page as a whole.
pub fn page(words: &Words<'_>, view: &View, officer: &Officer, form: &Form, faults: &[FieldFault]) -> Markup {
    let errors = by_field(view, faults);
    let field = |name: &str, key: &str| Field::new(name, view.t(key)).errors(&errors);
    let line = |name: &str, key: &str| ui::line(view, &field(name, key), form.raw(name), LineKind::Text);
    let day = |name: &str, key: &str| ui::date(view, &field(name, key), &DateValue::typed(form, name));
    let radios = |name: &str, key: &str, choices: &[Choice]| {
        ui::radios(view, &field(name, key), choices, form.raw(name))
    };
    let sexes = [("male", "desk-foreign-male"), ("female", "desk-foreign-female")];
    let sexes = sexes.map(|(word, key)| Choice::new(word, view.t(key)));
    let kinds = ResidenceCard::ALL.map(|kind| Choice::new(kind.as_str(), view.t(card_key(kind))));
    let levels = [(IdentityLevel::Two, "desk-account-level-2"), (IdentityLevel::One, "desk-account-level-1")];
    let levels = levels.map(|(level, key)| Choice::new(level.number().to_string(), view.t(key)));
    let [presents, ..] = counter::checked_choices(view);
    let title = view.t("desk-foreign-title");
    let guardian = field("guardian", "desk-foreign-guardian").hint(view.t("desk-foreign-guardian-hint"));
    let nationality =
        field("nationality", "desk-foreign-nationality").hint(view.t("desk-foreign-nationality-hint"));
    frame(words, view, officer, Part::Foreigners, &title).error(!faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::error_summary(view, faults))
        h1 { (title) }
        p.quiet { (words.agency(&officer.agency)) }
        p { (view.t("desk-foreign-lead")) }
        form method="post" action=(FOREIGNERS) novalidate {
            (view.csrf())
            (stamped(officer))
            (ui::enter_sends("go", "1"))
            (ui::card(&view.t("desk-foreign-person"), html! {
                (line("name", "desk-foreign-name"))
                (day("birth_date", "desk-foreign-born"))
                (radios("sex", "desk-foreign-sex", &sexes))
                (ui::line(view, &nationality, form.raw("nationality"), LineKind::Text))
                (line("passport_number", "desk-foreign-passport"))
                (day("passport_until", "desk-foreign-passport-until"))
            }))
            (ui::card(&view.t("desk-foreign-card"), html! {
                (radios("card_kind", "desk-foreign-kind", &kinds))
                (line("card_number", "desk-foreign-number"))
                (day("card_from", "desk-foreign-from"))
                (day("card_until", "desk-foreign-until"))
                (commune_search(words, view, form, field("commune", "desk-foreign-commune")))
            }))
            (ui::card(&view.t("desk-foreign-account"), html! {
                (radios("level", "desk-counter-level", &levels))
                (radios("present", "desk-raise-present", &presents))
                (ui::line(view, &guardian.optional(), form.raw("guardian"), LineKind::Digits))
                (ui::checkbox(view, &field("check", "desk-foreign-check"), "1", form.has("check")))
            }))
            (ui::actions(ui::submit_as(Weight::Primary, "go", "1", &view.t("desk-foreign-take"))))
        }
    })
}

fn card_key(kind: ResidenceCard) -> &'static str {
    match kind {
        ResidenceCard::Permanent => "desk-foreign-permanent",
        ResidenceCard::Temporary => "desk-foreign-temporary",
    }
}
