//! One organisation that the citizen represents: its account, who else represents it, and what was done for it.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::FieldFault;
use contracts::{Access, OrganisationId, PersonId, Purpose};
use forms::Fact;
use identity::{
    Current, IdentityError,
    http::SignedIn,
    model::State,
    organisation::{
        Representation, RepresentationId, Role, Scope,
        model::Act,
        ops::{self, ACTS_SHOWN, Acted, Authorising, Shown},
    },
};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use webkit::{
    Form, Path, Problem, Query, form_faults,
    ui::{self, Choice, Column, DateValue, Field, Icon, LineKind, Row, Tone, Weight},
};

use crate::{
    Portal,
    account_organisations::{ORGANISATIONS, kind_key, role_key, state_tag},
    visit::{Citizen, Place, sign_in_strong},
};

pub fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/account/organisations/{organisation}", get(show))
        .route("/account/organisations/{organisation}/activate", post(activate))
        .route("/account/organisations/{organisation}/authorise", post(authorise))
        .route("/account/organisations/{organisation}/end", post(end))
}

/// The last line of the history before.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Before {
    before: Option<Uuid>,
}

fn here(id: OrganisationId) -> String {
    format!("{ORGANISATIONS}/{id}")
}

async fn show(
    c: Citizen,
    SignedIn(me): SignedIn,
    Path(id): Path<OrganisationId>,
    Query(page): Query<Before>,
) -> Result<Markup, Problem> {
    draw(&c, &me, id, page.before, &Form::default(), &[]).await
}

async fn draw(
    c: &Citizen,
    me: &Current,
    id: OrganisationId,
    before: Option<Uuid>,
    form: &Form,
    faults: &[FieldFault],
) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let shown = ops::organisation_read(&mut tx, me, id, before).await;
    let shown = tx.finish(shown).await?;
    let names = names(c, &shown).await?;
    let one = &shown.organisation;
    let title = &one.details.name;
    let in_use = one.state == State::Activated;
    Ok(c.frame(Place::Elsewhere, title).error(!faults.is_empty()).page(html! {
        (ui::back_link(ORGANISATIONS, &c.t("org-title")))
        (ui::error_summary(c, faults))
        h1 { (title) " " (state_tag(c, one)) }
        (standing(c, &shown))
        (summary(c, &shown))
        h2 { (c.t("org-representatives")) }
        @if shown.all.len() == 1 && !shown.is_legal() { p.quiet { (c.t("org-only-you")) } }
        (representatives(c, &shown, &names))
        @if shown.is_legal() && in_use { (authorise_form(c, id, form, faults)) }
        @if shown.is_legal() { p.quiet { (c.t("org-legal-change")) } }
        @if shown.mine.allows(Scope::History, c.now()) {
            (history(c, &shown, &names, before))
        }
    }))
}

/// What has to happen next with the account.
fn standing(c: &Citizen, shown: &Shown) -> Markup {
    let (one, file) = (&shown.organisation, shown.file.as_ref());
    match (one.state, file) {
        (State::Collected, Some(file)) => {
            let key = if file.outside_at.is_some() { "org-waits-outside" } else { "org-waits" };
            let args =
                [("agency", c.agency(&file.agency).into()), ("day", c.day(file.due_on, c.today()).into())];
            ui::notice(Tone::Wait, c.tw(key, &args))
        }
        (State::Approved, Some(file)) => {
            let until = file.activate_by.map(|at| c.at(at)).unwrap_or_default();
            let text = c.tw("org-activate-until", &[("when", until.into())]);
            html! {
                (ui::panel(Tone::Wait, &c.t("org-approved"), html! { p { (text) } }))
                @if shown.is_legal() {
                    form method="post" action={ (here(one.id)) "/activate" } {
                        (c.csrf())
                        (ui::actions(ui::submit(Weight::Primary, &c.t("org-activate"))))
                    }
                }
            }
        }
        (State::Activated, _) => html! { p.lead { (c.t("org-in-use")) } },
        (State::Locked, _) => ui::notice(Tone::Danger, c.t("org-locked")),
        _ => html! {},
    }
}

fn summary(c: &Citizen, shown: &Shown) -> Markup {
    let one = &shown.organisation;
    let d = &one.details;
    let mut rows = vec![
        Row::new(c.t("org-code"), html! { code { (one.code) } }),
        Row::new(c.t("org-kind"), c.t(kind_key(d.kind))),
    ];
    let founded = Some(c.date(d.founded_on));
    let seat = Some(format!("{}, {}", d.address, c.place(&d.commune)));
    for (key, value) in [
        ("org-tax", d.tax_code.clone()),
        ("org-decision", d.decision.clone()),
        ("org-short", d.short_name.clone()),
        ("org-foreign", d.foreign_name.clone()),
        ("org-founded", founded),
        ("org-seat", seat),
        ("org-phone", d.phone.clone()),
        ("org-email", d.email.clone()),
    ] {
        if let Some(value) = value {
            rows.push(Row::new(c.t(key), value));
        }
    }
    ui::summary(c, &rows)
}

fn representatives(c: &Citizen, shown: &Shown, names: &BTreeMap<PersonId, String>) -> Markup {
    let may_end =
        |one: &Representation| one.role == Role::Authorised && (shown.is_legal() || one.id == shown.mine.id);
    html! {
        ul.files { @for one in &shown.all {
            @let name = name_of(c, names, one.person);
            li {
                (Icon::User)
                div {
                    strong { (name) } @if one.id == shown.mine.id { " " (ui::tag(Tone::Good, &c.t("org-you"))) }
                    p { (one.title) " · " (c.t(role_key(one.role))) }
                    p.quiet { (terms(c, one)) }
                }
                @if may_end(one) {
                    form method="post" action={ (here(shown.organisation.id)) "/end" } {
                        (c.csrf())
                        input type="hidden" name="representation" value=(one.id);
                        button.button.secondary type="submit" {
                            (c.t(if one.id == shown.mine.id { "org-resign" } else { "org-end" })) span.hidden { ": " (name) }
                        }
                    }
                }
            }
        } }
    }
}

/// Since when, until when, and for what.
fn terms(c: &Citizen, one: &Representation) -> String {
    let since = c.tw("org-since", &[("when", c.at(one.begins_at).into())]);
    let Some(end) = one.ends_at else { return since };
    // The moment after the last day: said as that day.
    let last = base::vietnam_date(end);
    let last = last.yesterday().unwrap_or(last);
    let scope: Vec<String> = one.scope.iter().map(|s| c.t(scope_key(*s))).collect();
    format!("{since} · {} · {}", c.tw("org-until", &[("day", c.date(last).into())]), scope.join(", "))
}

fn scope_key(scope: Scope) -> &'static str {
    match scope {
        Scope::Services => "org-scope-services",
        Scope::History => "org-scope-history",
    }
}

fn authorise_form(c: &Citizen, id: OrganisationId, form: &Form, faults: &[FieldFault]) -> Markup {
    let errors = webkit::i18n::by_field(c, faults);
    let field = |name: &str, key: &str| Field::new(name, c.t(key)).errors(&errors);
    let scopes: Vec<Choice> =
        Scope::ALL.iter().map(|s| Choice::new(s.as_str(), c.t(scope_key(*s)))).collect();
    ui::card(
        &c.t("org-authorise"),
        html! {
            p { (c.t("org-authorise-about")) }
            form method="post" action={ (here(id)) "/authorise" } novalidate {
                (c.csrf())
                (ui::personal_number(c, &field("number", "org-number"), form.raw("number")))
                (ui::line(c, &field("title", "org-their-office"), form.raw("title"), LineKind::Text))
                (ui::checkboxes(c, &field("scope", "org-scope"), &scopes, &form.all("scope")))
                (ui::date(c, &field("until", "org-last-day").hint(c.t("org-last-day-hint")), &DateValue::typed(form, "until")))
                (ui::actions(ui::submit(Weight::Secondary, &c.t("org-authorise-go"))))
            }
        },
    )
}

fn history(c: &Citizen, shown: &Shown, names: &BTreeMap<PersonId, String>, before: Option<Uuid>) -> Markup {
    if shown.acts.is_empty() {
        return html! { p { (c.t("org-history-none")) } };
    }
    let columns = ["org-when", "org-what", "org-who"].map(|key| Column::new(c.t(key)));
    let rows: Vec<Vec<Markup>> = shown.acts.iter().map(|line| act_row(c, shown, names, line)).collect();
    let page = here(shown.organisation.id);
    let full = i64::try_from(shown.acts.len()).is_ok_and(|n| n == ACTS_SHOWN);
    let next = shown.acts.last().filter(|_| full).map(|line| format!("{page}?before={}", line.id));
    html! {
        (ui::table(c, &c.t("org-history"), &columns, &rows))
        (ui::pagination(c, before.map(|_| page.as_str()), next.as_deref()))
    }
}

fn act_row(c: &Citizen, shown: &Shown, names: &BTreeMap<PersonId, String>, line: &Acted) -> Vec<Markup> {
    let about = line.about.and_then(|account| shown.all.iter().find(|one| one.account == account));
    let about = about.map(|one| name_of(c, names, one.person));
    let who = match (line.person, &line.agency) {
        (Some(person), _) => name_of(c, names, person),
        (None, Some(agency)) => c.agency(agency),
        (None, None) => c.t("org-system"),
    };
    vec![
        html! { (c.at(line.at)) },
        html! {
            (c.t(act_key(line.act)))
            @if !line.service.is_empty() { ": " strong { (line.service) } }
            @if let Some(about) = about { ": " (about) }
        },
        html! { (who) },
    ]
}

fn act_key(act: Act) -> &'static str {
    match act {
        Act::Collected => "org-act-collected",
        Act::OutsideCheck => "org-act-outside",
        Act::Approved => "org-act-approved",
        Act::Refused => "org-act-refused",
        Act::Expired => "org-act-expired",
        Act::Activated => "org-act-activated",
        Act::Authorised => "org-act-authorised",
        Act::Ended => "org-act-ended",
        Act::Returned => "org-act-returned",
        Act::ChangeProposed => "org-act-change-proposed",
        Act::ChangeRefused => "org-act-change-refused",
        Act::Changed => "org-act-changed",
        Act::Locked => "org-act-locked",
        Act::Unlocked => "org-act-unlocked",
        Act::Closed => "org-act-closed",
        Act::Acted => "org-act-acted",
    }
}

/// Those who represent one organisation know each other by name.
async fn names(c: &Citizen, shown: &Shown) -> Result<BTreeMap<PersonId, String>, Problem> {
    let people = shown.all.iter().map(|one| one.person);
    let people = people.chain(shown.acts.iter().filter_map(|line| line.person));
    let access = Access::system(Purpose::REPRESENT);
    let mut names = BTreeMap::new();
    let mut tx = c.begin().await?;
    let read = async {
        for person in people {
            if names.contains_key(&person) {
                continue;
            }
            let facts = c.portal.dossiers.register.facts(&mut tx, &access, person, &[Fact::Name]).await?;
            names.insert(person, facts.value(Fact::Name, c.today()).text().unwrap_or_default());
        }
        Ok::<_, contracts::ports::PortError>(())
    };
    let read = read.await.map_err(IdentityError::from);
    tx.finish(read).await?;
    Ok(names)
}

fn name_of(c: &Citizen, names: &BTreeMap<PersonId, String>, person: PersonId) -> String {
    names.get(&person).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| c.t("helpers-somebody"))
}

async fn activate(
    c: Citizen,
    SignedIn(me): SignedIn,
    Path(id): Path<OrganisationId>,
) -> Result<Response, Problem> {
    let mut tx = c.begin().await?;
    let done = ops::organisation_activate(&mut tx, &me, id).await;
    let done = tx.finish(done).await;
    answer(&c, id, done, "org-activated")
}

async fn end(
    c: Citizen,
    SignedIn(me): SignedIn,
    Path(id): Path<OrganisationId>,
    form: Form,
) -> Result<Response, Problem> {
    let which = RepresentationId(form.raw("representation").parse().map_err(|_| Problem::not_found())?);
    let mut tx = c.begin().await?;
    let done = ops::representative_end(&mut tx, &me, id, which).await;
    let done = tx.finish(done).await;
    answer(&c, id, done, "org-ended")
}

/// Back to the organisation, or to the list where the person represents it no more.
fn answer(
    c: &Citizen,
    id: OrganisationId,
    done: Result<(), IdentityError>,
    said: &str,
) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok((c.flash(Tone::Good, c.t(said)), Redirect::to(ORGANISATIONS)).into_response()),
        Err(IdentityError::SecondFactorNeeded) => {
            Ok(Redirect::to(&sign_in_strong(&here(id))).into_response())
        }
        Err(refused) => Err(refused.into()),
    }
}

async fn authorise(
    c: Citizen,
    SignedIn(me): SignedIn,
    Path(id): Path<OrganisationId>,
    form: Form,
) -> Result<Response, Problem> {
    let until = form.date("until", c.today()).and_then(Result::ok).and_then(|day| day.exact());
    let input = Authorising {
        number: form.line("number"),
        title: form.line("title"),
        scope: form.all("scope").into_iter().filter_map(Scope::parse).collect(),
        until,
    };
    let mut tx = c.begin().await?;
    let done = ops::representative_authorise(&c.portal.identity, &mut tx, &me, id, &input).await;
    match tx.finish(done).await {
        Ok(_) => {
            let to = here(id);
            Ok((c.flash(Tone::Good, c.t("org-authorised")), Redirect::to(&to)).into_response())
        }
        Err(IdentityError::SecondFactorNeeded) => {
            Ok(Redirect::to(&sign_in_strong(&here(id))).into_response())
        }
        Err(refused) => {
            let faults = form_faults(refused)?;
            Ok(draw(&c, &me, id, None, &form, &faults).await?.into_response())
        }
    }
}
