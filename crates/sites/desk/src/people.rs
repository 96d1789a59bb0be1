//! Looking a person up: by number, by name with birth date or commune, or a foreigner by their papers; for a purpose that is
//! chosen, and that the person sees. The answer is the least that serves. At the counter, an account is raised to level 2
//! from here.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base::{Fault, FieldFault, PersonalNumber, vietnam_date};
use contracts::{Access, CommuneCode, IdentityLevel, Purpose, ports::ForeignerKey};
use forms::{Fact, Person, Value};
use identity::{
    IdentityError,
    enrolment::Whose,
    foreigner,
    model::{Account, Holder, State as AccountState},
    ops::{
        account_find::{Found as FoundAccount, account_find},
        foreigner_find::foreigner_find,
    },
    policy as accounts,
};
use jiff::civil::Date;
use maud::{Markup, html};
use registry::{
    RegistryError,
    duplicates::ops::{OpenCase, case_notice},
    ops::{Found, Search, person_by_number, person_facts, person_find, person_lookup},
    policy::LOOK_UP_PURPOSES,
};
use serde::Deserialize;
use store::Tx;
use webkit::{
    Form, Problem, Query, View, form_faults,
    i18n::by_field,
    ui::{self, Choice, Column, DateValue, Field, Icon, LineKind, Link, Tone, Unit, UnitSearch, Weight},
};

use crate::{
    Desk, account_lock,
    compare::Comparing,
    counter, foreigners,
    kept::{Sent, stamped},
    officer::{Officer, Part, frame},
    raise::{Checking, raise_form},
    words::Words,
};

/// Communes that one search offers.
const COMMUNES_FOUND_MAX: usize = 8;

/// What a look-up of one person tells: enough to recognise them and to know where they belong.
fn told(whose: Whose) -> [Fact; 7] {
    let belongs = if whose == Whose::Foreigner { Fact::Nationality } else { Fact::PermanentCommune };
    let [name, born, sex] = [Fact::Name, Fact::BirthDate, Fact::Sex];
    [name, born, sex, belongs, Fact::TemporaryCommune, Fact::Living, Fact::Conflict]
}

/// By which question somebody is looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum By {
    #[default]
    Number,
    Name,
    /// A foreigner by number, passport or card.
    Foreigner,
}

impl By {
    pub fn read(word: &str) -> Self {
        match word {
            "name" => Self::Name,
            "foreigner" => Self::Foreigner,
            _ => Self::Number,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
            Self::Foreigner => "foreigner",
        }
    }
}

/// What was found.
pub enum Answer {
    /// Nothing was asked yet.
    Nothing,
    Nobody,
    One {
        whose: Whose,
        /// As it is read.
        number: String,
        person: Person,
        account: Option<FoundAccount>,
        /// Of this counter.
        comparing: Comparing,
        /// Cases of possible duplicates.
        duplicates: Vec<OpenCase>,
    },
    /// A person who was found is being raised, and something is missing.
    Raising(Checking),
    /// They begin anew.
    Resetting(Checking),
    Many {
        found: Vec<Found>,
        more: bool,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    by: String,
}

/// `GET /desk/people`.
pub async fn ask(
    State(desk): State<Arc<Desk>>,
    officer: Officer,
    view: View,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    allowed(&officer)?;
    let words = Words::new(&view, &desk);
    let by = match asked.by.as_str() {
        "" => first(&words, &officer, vietnam_date(view.now())),
        word => By::read(word),
    };
    Ok(page(&words, &view, &officer, by, &Form::default(), &Answer::Nothing, &[]))
}

/// Whom an officer looks up here if not asked otherwise: only foreigners come to the counters of their agencies.
fn first(words: &Words<'_>, officer: &Officer, today: Date) -> By {
    let citizens = words.decides(&officer.agency, identity::COUNTER, today);
    if !citizens && for_foreigners(words, officer, today) { By::Foreigner } else { By::Number }
}

fn for_foreigners(words: &Words<'_>, officer: &Officer, today: Date) -> bool {
    accounts::allowed(&officer.actor, accounts::Action::FindCitizen).is_ok()
        && words.decides(&officer.agency, foreigner::PROCEDURE, today)
}

fn allowed(officer: &Officer) -> Result<(), Problem> {
    if officer.may_look_up() { Ok(()) } else { Err(Problem::forbidden()) }
}

/// `POST /desk/people`: a number must not stand in an address, so the question is posted.
pub async fn find(State(desk): State<Arc<Desk>>, view: View, sent: Sent) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    allowed(&officer)?;
    let by = By::read(form.raw("by"));
    let words = Words::new(&view, &desk);
    let show = |status: StatusCode, answer: &Answer, faults: &[FieldFault]| {
        (status, page(&words, &view, &officer, by, &form, answer, faults)).into_response()
    };
    let looks_for_commune =
        form.has("commune-find") || (form.raw("commune").is_empty() && !form.line("commune-q").is_empty());
    if by == By::Name && looks_for_commune {
        return Ok(show(StatusCode::OK, &Answer::Nothing, &[]));
    }
    let question = match Question::read(by, &form, vietnam_date(view.now())) {
        Ok(question) => question,
        Err(faults) => return Ok(show(StatusCode::UNPROCESSABLE_ENTITY, &Answer::Nothing, &faults)),
    };
    let mut tx = desk.store.begin().await?;
    let outcome = look_up(&desk, &mut tx, &officer, &question).await;
    match tx.finish(outcome).await {
        Ok(answer) => Ok(show(StatusCode::OK, &answer, &[])),
        Err(Refused::Registry(e @ RegistryError::SearchTooWide)) => {
            let fault = FieldFault::new("name", e.code());
            Ok(show(StatusCode::UNPROCESSABLE_ENTITY, &Answer::Nothing, &[fault]))
        }
        Err(Refused::Registry(e)) => {
            Ok(show(StatusCode::UNPROCESSABLE_ENTITY, &Answer::Nothing, &form_faults(e)?))
        }
        Err(Refused::Identity(e)) => Err(e.into()),
    }
}

/// A question that can be asked.
enum Question {
    Number(Purpose, PersonalNumber),
    Name(Purpose, Search),
    Foreigner(Purpose, ForeignerKey),
}

impl Question {
    fn read(by: By, form: &Form, today: Date) -> Result<Self, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let purpose = LOOK_UP_PURPOSES.into_iter().find(|p| p.code == form.raw("purpose"));
        let question = match by {
            By::Number => {
                let number = form.line("number").parse::<PersonalNumber>();
                if number.is_err() {
                    faults.push(FieldFault::new("number", "forms.not_a_personal_number"));
                }
                purpose.zip(number.ok()).map(|(purpose, number)| Self::Number(purpose, number))
            }
            By::Name => {
                let name = form.line("name");
                if name.is_empty() {
                    faults.push(FieldFault::new("name", "forms.required"));
                }
                let birth_date = form.date("birth", today).transpose();
                if birth_date.is_err() {
                    faults.push(FieldFault::new("birth", "forms.not_a_date"));
                }
                let commune = Some(form.line("commune")).filter(|c| !c.is_empty()).map(CommuneCode);
                let search = Search { name, birth_date: birth_date.ok().flatten(), commune };
                purpose.map(|purpose| Self::Name(purpose, search))
            }
            By::Foreigner => match foreigners::key(form) {
                Ok(key) => purpose.map(|purpose| Self::Foreigner(purpose, key)),
                Err(wrong) => {
                    faults.extend(wrong);
                    None
                }
            },
        };
        // In the order of the page.
        if purpose.is_none() {
            faults.push(FieldFault::new("purpose", "forms.required"));
        }
        question.filter(|_| faults.is_empty()).ok_or(faults)
    }
}

/// Either domain's word against it.
enum Refused {
    Registry(RegistryError),
    Identity(IdentityError),
}

impl From<store::StoreError> for Refused {
    fn from(e: store::StoreError) -> Self {
        Self::Registry(e.into())
    }
}

async fn look_up(
    desk: &Desk,
    tx: &mut Tx,
    officer: &Officer,
    question: &Question,
) -> Result<Answer, Refused> {
    let actor = &officer.actor;
    match question {
        Question::Number(purpose, number) => {
            let access = Access::new(actor, *purpose);
            let told = told(Whose::Citizen);
            let person = person_lookup(tx, &access, number, &told).await.map_err(Refused::Registry)?;
            let Some(person) = person else { return Ok(Answer::Nobody) };
            let account = match account_find(&desk.identity, tx, &access, number).await {
                Ok(account) => Some(account),
                Err(IdentityError::NotFound) => None,
                Err(e) => return Err(Refused::Identity(e)),
            };
            let id = person_by_number(tx, &access, number).await.map_err(Refused::Registry)?;
            let duplicates = match id {
                Some(id) => case_notice(tx, &access, id).await.map_err(Refused::Registry)?,
                None => Vec::new(),
            };
            let comparing = Comparing::of(&desk.identity, actor);
            let (whose, number) = (Whose::Citizen, number.grouped());
            Ok(Answer::One { whose, number, person, account, comparing, duplicates })
        }
        Question::Name(purpose, search) => {
            let access = Access::new(actor, *purpose);
            let (found, more) = person_find(tx, &access, search).await.map_err(Refused::Registry)?;
            Ok(if found.is_empty() { Answer::Nobody } else { Answer::Many { found, more } })
        }
        Question::Foreigner(purpose, key) => {
            let access = Access::new(actor, *purpose);
            let found = foreigner_find(&desk.identity, tx, &access, key).await.map_err(Refused::Identity)?;
            let Some(found) = found else { return Ok(Answer::Nobody) };
            let told = told(Whose::Foreigner);
            let person = person_facts(tx, &access, found.person, &told).await.map_err(Refused::Registry)?;
            let duplicates = case_notice(tx, &access, found.person).await.map_err(Refused::Registry)?;
            Ok(Answer::One {
                whose: Whose::Foreigner,
                number: found.number.map(|number| number.grouped()).unwrap_or_default(),
                person,
                account: found.account,
                comparing: Comparing::of(&desk.identity, actor),
                duplicates,
            })
        }
    }
}

/// The question as it was left when the session ended. It is asked again by hand: each look-up is seen by the person.
pub fn resume(desk: &Desk, view: &View, officer: &Officer, form: &Form) -> Option<Response> {
    allowed(officer).ok()?;
    let (words, by) = (Words::new(view, desk), By::read(form.raw("by")));
    Some(page(&words, view, officer, by, form, &Answer::Nothing, &[]).into_response())
}

/// The page as a whole.
pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    by: By,
    form: &Form,
    answer: &Answer,
    faults: &[FieldFault],
) -> Markup {
    let title = view.t("desk-people-title");
    // Where somebody can be raised, that is the next thing to do.
    let raises = match answer {
        Answer::One { account, .. } => account.as_ref().is_some_and(|found| {
            let first = matches!(found.account.holder, Holder::Citizen { level: IdentityLevel::One, .. });
            first && found.ticket.is_some()
        }),
        Answer::Raising(_) | Answer::Resetting(_) => true,
        Answer::Nothing | Answer::Nobody | Answer::Many { .. } => false,
    };
    let weight = if raises { Weight::Secondary } else { Weight::Primary };
    let tab = |own: By, key: &str| {
        Link::new(format!("/desk/people?by={}", own.as_str()), view.t(key)).current(own == by)
    };
    let mut tabs = vec![tab(By::Number, "desk-people-by-number"), tab(By::Name, "desk-people-by-name")];
    if by == By::Foreigner || for_foreigners(words, officer, vietnam_date(view.now())) {
        tabs.push(tab(By::Foreigner, "desk-people-by-foreigner"));
    }
    frame(words, view, officer, Part::People, &title).error(!faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::error_summary(view, faults))
        h1 { (title) }
        (ui::notice(Tone::Info, html! {
            p { strong { (view.t("desk-people-seen")) } }
            p { (view.t("desk-people-least")) }
        }))
        (ui::tabs(&title, &tabs))
        div.columns {
            div { (question(words, view, officer, by, form, faults, weight)) }
            div { (result(words, view, officer, answer)) }
        }
    })
}

fn question(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    by: By,
    form: &Form,
    faults: &[FieldFault],
    weight: Weight,
) -> Markup {
    let errors = by_field(view, faults);
    // Somebody is raised whom a number names, by whoever may.
    let may_raise = accounts::allowed(&officer.actor, accounts::Action::RaiseCitizen).is_ok();
    let may_lock = accounts::allowed(&officer.actor, accounts::Action::TakeLock).is_ok();
    let offered = |p: &Purpose| match *p {
        Purpose::RAISE_LEVEL => by != By::Name && may_raise,
        Purpose::LOCK_ACCOUNT => by != By::Name && may_lock,
        _ => true,
    };
    let purposes = LOOK_UP_PURPOSES.into_iter().filter(offered).map(|p| {
        let key = match p {
            Purpose::DECIDE_DOSSIER => "desk-purpose-decide-dossier",
            Purpose::RAISE_LEVEL => "desk-purpose-raise-level",
            Purpose::LOCK_ACCOUNT => "desk-purpose-lock-account",
            _ => "desk-purpose-look-up",
        };
        Choice::new(p.code, view.t(key))
            .hint(view.tw("desk-purpose-basis", &[("basis", p.legal_basis.into())]))
    });
    let purposes: Vec<Choice> = purposes.collect();
    html! {
        form method="post" action="/desk/people" novalidate {
            (view.csrf())
            (stamped(officer))
            @if by == By::Name { (ui::enter_sends("go", "1")) }
            input type="hidden" name="by" value=(by.as_str());
            @match by {
                By::Number => {
                    @let field = Field::new("number", view.t("desk-people-number")).errors(&errors);
                    (ui::personal_number(view, &field, form.raw("number")))
                }
                By::Name => {
                    @let field = Field::new("name", view.t("desk-people-name")).hint(view.t("desk-people-name-hint")).errors(&errors);
                    (ui::line(view, &field, form.raw("name"), LineKind::Text))
                    @let field = Field::new("birth", view.t("desk-people-birth")).hint(view.t("desk-people-either")).optional().errors(&errors);
                    (ui::date(view, &field, &DateValue::typed(form, "birth")))
                    (commune(words, view, form))
                }
                By::Foreigner => { (foreigners::question(view, form, &errors)) }
            }
            (ui::radios(view, &Field::new("purpose", view.t("desk-people-purpose")).errors(&errors), &purposes, form.raw("purpose")))
            (ui::actions(ui::submit_key(weight, "go", "1", &view.t("desk-people-go"), 's')))
        }
    }
}

fn commune(words: &Words<'_>, view: &View, form: &Form) -> Markup {
    commune_search(words, view, form, Field::new("commune", view.t("desk-people-commune")).optional())
}

/// A commune of today, found by its name of today or of before.
pub fn commune_search(words: &Words<'_>, view: &View, form: &Form, field: Field) -> Markup {
    let typed = form.line("commune-q");
    let today = vietnam_date(view.now());
    let divisions = words.catalogue.divisions();
    let unit = |code: &str, former: Option<String>| Unit {
        code: code.to_owned(),
        name: words.place(code),
        hint: former,
    };
    let chosen =
        Some(form.line("commune")).filter(|c| words.nation.place(c).is_some()).map(|c| unit(&c, None));
    let found = (chosen.is_none() && !typed.is_empty()).then(|| {
        let hits = divisions.search_communes(&typed, today, COMMUNES_FOUND_MAX);
        hits.iter()
            .map(|hit| {
                let former = hit.former.map(|f| {
                    view.tw("desk-people-former", &[("name", divisions.full_name(f, view.lang()).into())])
                });
                unit(hit.unit.code.as_str(), former)
            })
            .collect()
    });
    ui::unit_search(view, &field, &UnitSearch { typed, found, chosen })
}

fn result(words: &Words<'_>, view: &View, officer: &Officer, answer: &Answer) -> Markup {
    match answer {
        Answer::Nothing => html! {},
        Answer::Nobody => ui::empty(
            Icon::Search,
            &view.t("desk-people-nobody"),
            html! { p { (view.t("desk-people-nobody-text")) } },
        ),
        Answer::One { whose, number, person, account, comparing, duplicates } => html! {
            (crate::duplicates::flag(view, words, duplicates))
            (one(words, view, *whose, number, person))
            (account_card(view, officer, *whose, account.as_ref(), comparing))
        },
        Answer::Raising(raising) => {
            ui::card(&view.t("desk-account-of-person"), raise_form(view, officer, raising))
        }
        Answer::Resetting(checking) => counter::reset_form(view, officer, checking),
        Answer::Many { found, more } => html! {
            (many(words, view, found))
            @if *more { (ui::notice(Tone::Wait, view.t("desk-people-more"))) }
        },
    }
}

fn one(words: &Words<'_>, view: &View, whose: Whose, number: &str, person: &Person) -> Markup {
    let today = vietnam_date(view.now());
    let living = person.value(Fact::Living, today).bool().unwrap_or(true);
    let conflict = person.value(Fact::Conflict, today) == Value::Bool(true);
    let shown: Vec<Fact> =
        told(whose).into_iter().filter(|f| !matches!(f, Fact::Living | Fact::Conflict)).collect();
    let label = match whose {
        Whose::Foreigner => view.t("desk-people-paper-number"),
        Whose::Citizen | Whose::Organisation => Fact::Number.label(view.lang()).to_owned(),
    };
    ui::card(
        &view.t("desk-people-found"),
        html! {
            @if !living { (ui::notice(Tone::Danger, view.t("desk-people-dead"))) }
            @if conflict { (ui::notice(Tone::Danger, view.t("desk-flag-conflict"))) }
            p { (label) ": " strong { (number) } }
            (words.facts(person, &shown, today))
        },
    )
}

fn account_card(
    view: &View,
    officer: &Officer,
    whose: Whose,
    found: Option<&FoundAccount>,
    comparing: &Comparing,
) -> Markup {
    let may_raise = accounts::allowed(&officer.actor, accounts::Action::RaiseCitizen).is_ok();
    let level = |account: &Account| match account.holder {
        Holder::Citizen { level, .. } => Some(level),
        Holder::Staff { .. } => None,
    };
    let body = match found.map(|f| (f, level(&f.account), f.account.state)) {
        None => html! { p { (view.t("desk-account-none")) } },
        Some((found, _, AccountState::Locked)) => html! {
            (ui::notice(Tone::Wait, view.t("desk-account-is-locked")))
            @if found.lock.is_none() { p { (view.t("desk-locks-find")) } }
        },
        Some((_, _, AccountState::Collected)) => ui::notice(Tone::Wait, view.t("desk-account-is-collected")),
        Some((_, _, AccountState::Closed)) => html! { p { (view.t("desk-account-is-closed")) } },
        Some((found, Some(IdentityLevel::Two), _)) => html! {
            (ui::tag(Tone::Good, &view.t("desk-account-level-2")))
            @if let Some(ticket) = &found.ticket { (counter::reset_offer(view, officer, whose, found.account.id, ticket)) }
        },
        Some((found, _, _)) => html! {
            p { (ui::tag(Tone::Info, &view.t("desk-account-level-1"))) }
            @match &found.ticket {
                Some(ticket) => {
                    (raise_form(view, officer, &Checking::new(whose, found.account.id, ticket.clone(), comparing.clone())))
                    (counter::reset_offer(view, officer, whose, found.account.id, ticket))
                }
                None => { @if may_raise { p { (view.t("desk-raise-how")) } } }
            }
        },
    };
    let lock = found.and_then(|found| found.lock.as_ref().map(|ticket| (found.account.id, ticket)));
    let door = lock.map(|(account, ticket)| account_lock::door(view, officer, account, ticket));
    ui::card(&view.t("desk-account-of-person"), html! { (body) @if let Some(door) = door { (door) } })
}

fn many(words: &Words<'_>, view: &View, found: &[Found]) -> Markup {
    let mut columns = vec![
        Column::new(Fact::Name.label(view.lang())),
        Column::new(Fact::BirthDate.label(view.lang())),
        Column::new(Fact::Sex.label(view.lang())),
        Column::new(view.t("desk-people-commune")),
    ];
    columns.push(Column::new(Fact::Number.label(view.lang())));
    let rows: Vec<Vec<Markup>> = found
        .iter()
        .map(|hit| {
            let sex = hit.sex.clone().map_or(Value::Missing, Value::Text);
            vec![
                html! { (hit.name) @if !hit.living { " " (ui::tag(Tone::Plain, &view.t("desk-people-dead-tag"))) } },
                html! { (words.partial_date(hit.birth_date)) },
                html! { (words.fact(Fact::Sex, &sex)) },
                html! { @if let Some(commune) = &hit.commune { (words.place(commune.as_str())) } },
                html! { (hit.number_masked.as_deref().unwrap_or("")) },
            ]
        })
        .collect();
    ui::table(view, &view.tw("desk-people-hits", &[("count", found.len().into())]), &columns, &rows)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn fields(by: By, pairs: &[(&str, &str)]) -> Vec<String> {
        let form = Form::from_pairs(pairs.iter().copied());
        match Question::read(by, &form, date(2026, 11, 21)) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.into_iter().map(|f| f.field).collect(),
        }
    }

    #[test]
    fn nobody_is_looked_up_without_a_purpose() {
        let number = ("number", "001 099 012 345");
        assert_eq!(fields(By::Number, &[number]), ["purpose"]);
        assert_eq!(fields(By::Number, &[number, ("purpose", "import")]), ["purpose"]);
        assert_eq!(fields(By::Number, &[number, ("purpose", "look_up")]), [""; 0]);
    }

    #[test]
    fn what_cannot_be_read_is_said_at_its_field() {
        assert_eq!(fields(By::Number, &[("number", "123"), ("purpose", "look_up")]), ["number"]);
        let birth =
            [("name", "Trần Thị Bình"), ("birth-day", "31"), ("birth-month", "2"), ("birth-year", "1990")];
        assert_eq!(fields(By::Name, &[birth.as_slice(), &[("purpose", "look_up")]].concat()), ["birth"]);
        assert_eq!(fields(By::Name, &[("purpose", "look_up")]), ["name"]);
    }
}
