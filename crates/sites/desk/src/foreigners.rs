//! Files of foreigners at the counter of the immigration agency (procedure 3.000226): who may be on record already is shown,
//! and the officer says who it is. Decisions stand with those on other files, see [`crate::counter`]. And the question by
//! which [`crate::people`] looks foreigners up.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{Fault, FieldFault, Kind, vietnam_date};
use contracts::{
    IdentityLevel,
    ports::{ForeignerAlike, ForeignerKey, ResidenceCard},
};
use forms::{Fact, Value};
use identity::{
    IdentityError, Present,
    enrolment::Whose,
    foreigner::{self, ALIKE, ANOTHER, By, SHOWN, Typed},
    ops::{
        self,
        comparison::Whom,
        foreigner_collect::{Collecting, Taken},
    },
    policy::{self, Action as Right},
};
use maud::{Markup, html};
use webkit::{
    Form, Problem, View,
    i18n::{Errors, by_field},
    ui::{self, Choice, DateValue, Field, LineKind, Tone, Weight},
};

use crate::{
    Desk,
    compare::{self, Comparing},
    counter, guardian,
    kept::{Sent, stamped},
    officer::{Officer, Part, frame},
    people::commune_search,
    words::Words,
};

pub const FOREIGNERS: &str = "/desk/foreigners";

pub fn may_see(officer: &Officer) -> bool {
    policy::allowed(&officer.actor, Right::EnrolForeigner).is_ok()
}

/// What the page shows beside the form.
#[derive(Default)]
pub struct Filing {
    /// The devices of this counter, and a comparison that was begun.
    pub comparing: Comparing,
    /// Who may be the one who is here.
    pub alike: Vec<ForeignerAlike>,
}

impl Filing {
    fn at(desk: &Desk, officer: &Officer) -> Self {
        Self { comparing: Comparing::of(&desk.identity, &officer.actor), ..Self::default() }
    }
}

/// `GET /desk/foreigners`.
pub async fn show(State(desk): State<Arc<Desk>>, officer: Officer, view: View) -> Result<Markup, Problem> {
    if !may_see(&officer) {
        return Err(Problem::forbidden());
    }
    let filing = Filing::at(&desk, &officer);
    Ok(page(&Words::new(&view, &desk), &view, &officer, &Form::default(), &filing, &[]))
}

/// What was typed when the session had ended.
pub fn resume(desk: &Desk, view: &View, officer: &Officer, form: &Form) -> Option<Response> {
    let page = || page(&Words::new(view, desk), view, officer, form, &Filing::at(desk, officer), &[]);
    may_see(officer).then(|| page().into_response())
}

/// `POST /desk/foreigners`: takes a file. Number and code stand in the answer and nowhere else.
pub async fn collect(State(desk): State<Arc<Desk>>, view: View, sent: Sent) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let words = Words::new(&view, &desk);
    let typed_only = form.line("commune").is_empty() && !form.line("commune-q").is_empty();
    let (cx, actor) = (&desk.identity, &officer.actor);
    let filing = Filing { comparing: compare::kept(cx, actor, &form).await, ..Filing::default() };
    if form.has("commune-find") || typed_only {
        return Ok(page(&words, &view, &officer, &form, &filing, &[]).into_response());
    }
    let card = foreigner::card_number(&form.line("card_number"));
    let whom = card.as_deref().map(Whom::Card);
    if let Some((comparing, faults)) = compare::pressed(cx, actor, &form, whom).await? {
        // The device finds the card by its number.
        let at = |fault: FieldFault| match fault.field.as_str() {
            "number" => FieldFault::new("card_number", "identity.foreigner_paper"),
            _ => fault,
        };
        let faults: Vec<FieldFault> = faults.into_iter().map(at).collect();
        let page = page(&words, &view, &officer, &form, &Filing { comparing, ..filing }, &faults);
        return Ok((status(&faults), page).into_response());
    }
    let today = vietnam_date(view.now());
    let faults = match read(&form, &view) {
        Err(faults) => faults,
        Ok(input) => match ops::foreigner_collect(&desk.identity, &officer.actor, &input).await {
            Ok(Taken::Alike(alike)) => {
                let faults = undecided(&form);
                let filing = Filing { alike, ..filing };
                let page = page(&words, &view, &officer, &form, &filing, &faults);
                return Ok((status(&faults), page).into_response());
            }
            Ok(Taken::NewPapers) => {
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
    Ok((status(&faults), page(&words, &view, &officer, &form, &filing, &faults)).into_response())
}

fn status(faults: &[FieldFault]) -> StatusCode {
    if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// What an officer who was shown people left open.
fn undecided(form: &Form) -> Vec<FieldFault> {
    let open = match form.raw(ALIKE) {
        _ if !form.has(SHOWN) => None,
        "" => Some(ALIKE),
        ANOTHER if form.line("reason").is_empty() => Some("reason"),
        _ => None,
    };
    open.into_iter().map(|field| FieldFault::new(field, "forms.required")).collect()
}

fn field_of(refused: &IdentityError) -> &'static str {
    match refused {
        IdentityError::GuardianNeeded => "guardian",
        IdentityError::LevelTooHigh => "level",
        IdentityError::ComparisonNeeded | IdentityError::ComparisonOver => "basis",
        _ => "passport_number",
    }
}

fn read(form: &Form, view: &View) -> Result<Collecting, Vec<FieldFault>> {
    let level = form.raw("level").parse().ok().and_then(IdentityLevel::from_number);
    let (present, (basis, comparison)) = (Present::parse(form.raw("present")), compare::basis(form));
    match (level, present, basis) {
        (Some(level), Some(present), Some(basis)) => Ok(Collecting {
            typed: Typed::of_form(form, vietnam_date(view.now())),
            level,
            present,
            basis,
            comparison,
            to_check: form.has("check"),
            guardian: guardian::read(form, vietnam_date(view.now())),
        }),
        _ => {
            let missing =
                [("level", level.is_none()), ("present", present.is_none()), ("basis", basis.is_none())];
            let missing = missing.into_iter().filter(|(_, is_missing)| *is_missing);
            Err(missing.map(|(field, _)| FieldFault::new(field, "forms.required")).collect())
        }
    }
}

/// The page as a whole.
pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    form: &Form,
    filing: &Filing,
    faults: &[FieldFault],
) -> Markup {
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
    let [presents, _, bases] = counter::checked_choices(view, Whose::Foreigner);
    let title = view.t("desk-foreign-title");
    let earlier = field("earlier_passport", "desk-foreign-earlier").hint(view.t("desk-foreign-earlier-hint"));
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
            (ui::enter_sends(compare::DO, "take"))
            @if !filing.alike.is_empty() { (who_is_it(words, view, form, &filing.alike, &errors)) }
            (ui::card(&view.t("desk-foreign-person"), html! {
                (line("name", "desk-foreign-name"))
                (day("birth_date", "desk-foreign-born"))
                (radios("sex", "desk-foreign-sex", &sexes))
                (ui::line(view, &nationality, form.raw("nationality"), LineKind::Text))
                (line("passport_number", "desk-foreign-passport"))
                (day("passport_until", "desk-foreign-passport-until"))
                (ui::line(view, &earlier.optional(), form.raw("earlier_passport"), LineKind::Text))
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
                (guardian::part(view, form, &errors))
                (compare::part(view, &filing.comparing, form, &errors, &bases))
                (ui::checkbox(view, &field("check", "desk-foreign-check"), "1", form.has("check")))
            }))
            (ui::actions(ui::submit_as(Weight::Primary, compare::DO, "take", &view.t("desk-foreign-take"))))
        }
    })
}

/// Those who may be the one who is here, for the officer to say so or that it is another.
fn who_is_it(
    words: &Words<'_>,
    view: &View,
    form: &Form,
    alike: &[ForeignerAlike],
    errors: &Errors,
) -> Markup {
    let named = |key: &str, one: &ForeignerAlike| view.tw(key, &[("name", one.name.as_str().into())]);
    let living = alike.iter().filter(|one| one.living);
    let mut choices: Vec<Choice> = living
        .map(|one| {
            Choice::new(one.person.to_string(), named("desk-foreign-alike-same", one))
                .hint(recognised_by(words, view, one))
        })
        .collect();
    let other = Choice::new(ANOTHER, view.t("desk-foreign-alike-other"));
    choices.push(other.hint(view.t("desk-foreign-alike-other-hint")));
    let field = |name: &str, key: &str| Field::new(name, view.t(key)).errors(errors);
    let reason = field("reason", "desk-foreign-alike-reason").hint(view.t("desk-foreign-alike-reason-hint"));
    ui::card(
        &view.t("desk-foreign-alike"),
        html! {
            (ui::notice(Tone::Wait, view.t("desk-foreign-alike-text")))
            @for one in alike {
                input type="hidden" name=(SHOWN) value=(one.person);
                @if !one.living { (ui::notice(Tone::Danger, named("desk-foreign-alike-dead", one))) }
            }
            (ui::radios(view, &field(ALIKE, "desk-foreign-alike-who"), &choices, form.raw(ALIKE)))
            (ui::line(view, &reason.optional(), form.raw("reason"), LineKind::Text))
        },
    )
}

/// Born when, of which sex and country, with which passport.
fn recognised_by(words: &Words<'_>, view: &View, one: &ForeignerAlike) -> String {
    let born = one.birth_date.map(|day| words.partial_date(Some(day)));
    let sex = one.sex.map(|sex| Value::Text(sex.as_str().to_owned()));
    let said = [
        born.map(|day| view.tw("desk-foreign-alike-born", &[("day", day.into())])),
        sex.map(|sex| words.fact(Fact::Sex, &sex)),
        one.nationality.clone(),
        one.passport_end.as_deref().map(|end| view.tw("desk-foreign-alike-passport", &[("end", end.into())])),
        one.holds_earlier.then(|| view.t("desk-foreign-alike-earlier")),
    ];
    said.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// By what a foreigner is looked up.
pub fn question(view: &View, form: &Form, errors: &Errors) -> Markup {
    let choices = By::ALL.map(|by| {
        let key = match by {
            By::Number => "desk-people-paper-number",
            By::Passport => "desk-people-paper-passport",
            By::Card => "desk-people-paper-card",
        };
        Choice::new(by.as_str(), view.t(key))
    });
    let field = |name: &str, key: &str| Field::new(name, view.t(key)).errors(errors);
    let number = field("number", "desk-people-paper-no").hint(view.t("desk-people-paper-no-hint"));
    let country = field("country", "desk-people-country").hint(view.t("desk-people-country-hint")).optional();
    html! {
        (ui::radios(view, &field("paper", "desk-people-paper"), &choices, form.raw("paper")))
        (ui::line(view, &number, form.raw("number"), LineKind::Text))
        (ui::line(view, &country, form.raw("country"), LineKind::Text))
    }
}

/// The key that such a question asks for.
pub fn key(form: &Form) -> Result<ForeignerKey, Vec<FieldFault>> {
    let by = By::parse(form.raw("paper"));
    let by = by.ok_or_else(|| vec![FieldFault::new("paper", "forms.required")])?;
    by.key(&form.line("number"), &form.line("country")).map_err(|wrong| wrong.fields().to_vec())
}

fn card_key(kind: ResidenceCard) -> &'static str {
    match kind {
        ResidenceCard::Permanent => "desk-foreign-permanent",
        ResidenceCard::Temporary => "desk-foreign-temporary",
    }
}
