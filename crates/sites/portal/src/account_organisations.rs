//! "Tổ chức tôi đại diện": the organisations for which the citizen may act, and asking for the account of another one.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base::{Fault, FieldFault};
use identity::{
    IdentityError,
    http::SignedIn,
    model::State,
    organisation::{
        Kind, Organisation, Role,
        ops::{self, Mine},
        typed::Typed,
    },
};
use maud::{Markup, html};
use webkit::{
    Form, Problem, form_faults,
    ui::{self, Choice, DateValue, Door, Field, Icon, LineKind, Tone, Weight},
};

use crate::{
    Portal, account_organisation, draw,
    visit::{Citizen, Place, sign_in_strong},
};

pub const ORGANISATIONS: &str = "/account/organisations";
const NEW: &str = "/account/organisations/new";

pub fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route(ORGANISATIONS, get(list))
        .route(NEW, get(ask_page).post(ask))
        .merge(account_organisation::routes())
}

async fn list(c: Citizen, SignedIn(me): SignedIn) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let all = ops::organisation_list(&mut tx, &me).await;
    let all = tx.finish(all).await?;
    let title = c.t("org-title");
    Ok(c.frame(Place::Elsewhere, &title).page(html! {
        (ui::back_link("/account", &c.t("nav-account")))
        h1 { (title) }
        p.lead { (c.t("org-lead")) }
        @if all.is_empty() {
            (ui::empty(Icon::Building, &c.t("org-none"), html! { p { (c.t("org-none-text")) } }))
        } @else {
            (ui::doors(&all.iter().map(|one| door(&c, one)).collect::<Vec<_>>()))
        }
        (ui::actions(ui::link_button(NEW, &c.t("org-ask"))))
    }))
}

fn door(c: &Citizen, one: &Mine) -> Door {
    let Mine { organisation, mine } = one;
    let href = format!("{ORGANISATIONS}/{}", organisation.id);
    let text = format!("{} · {}", mine.title, c.t(role_key(mine.role)));
    Door::new(href, Icon::Building, &organisation.details.name, text).aside(state_tag(c, organisation))
}

/// As what somebody acts.
pub fn role_key(role: Role) -> &'static str {
    match role {
        Role::Legal => "org-role-legal",
        Role::Authorised => "org-role-authorised",
    }
}

/// How far the account is.
pub fn state_tag(c: &Citizen, one: &Organisation) -> Markup {
    let (tone, key) = match one.state {
        State::Collected => (Tone::Wait, "org-state-collected"),
        State::Approved => (Tone::Wait, "org-state-approved"),
        State::Activated => (Tone::Good, "org-state-activated"),
        State::Locked => (Tone::Danger, "org-state-locked"),
        State::Closed => (Tone::Plain, "org-state-closed"),
    };
    ui::tag(tone, &c.t(key))
}

async fn ask_page(c: Citizen) -> Markup {
    draw_ask(&c, &Form::default(), &[])
}

fn draw_ask(c: &Citizen, form: &Form, faults: &[FieldFault]) -> Markup {
    let errors = webkit::i18n::by_field(c, faults);
    let title = c.t("org-ask");
    let field = |name: &str, key: &str| Field::new(name, c.t(key)).errors(&errors);
    let line = |name: &str, key: &str| ui::line(c, &field(name, key), form.raw(name), LineKind::Text);
    let free = |name: &str, key: &str, kind| ui::line(c, &field(name, key).optional(), form.raw(name), kind);
    let kinds: Vec<Choice> =
        Kind::ALL.iter().map(|kind| Choice::new(kind.as_str(), c.t(kind_key(*kind)))).collect();
    let typed = form.line("commune-q");
    let search = draw::search(c, form, "commune", &typed, c.today())
        .unwrap_or_else(|| draw::chosen(c, form.raw("commune")));
    c.frame(Place::Elsewhere, &title).error(!faults.is_empty()).page(html! {
        (ui::back_link(ORGANISATIONS, &c.t("org-title")))
        (ui::error_summary(c, faults))
        h1 { (title) }
        p.lead { (c.t("org-ask-lead")) }
        form method="post" action=(NEW) novalidate {
            (c.csrf())
            (ui::enter_sends("go", "1"))
            h2 { (c.t("org-part-organisation")) }
            (ui::radios(c, &field("kind", "org-kind"), &kinds, form.raw("kind")))
            (line("name", "org-name"))
            (free("short_name", "org-short", LineKind::Text))
            (free("foreign_name", "org-foreign", LineKind::Text))
            (ui::line(c, &field("tax_code", "org-tax").hint(c.t("org-tax-hint")).optional(), form.raw("tax_code"), LineKind::Digits))
            (ui::line(c, &field("decision", "org-decision").hint(c.t("org-decision-hint")).optional(), form.raw("decision"), LineKind::Text))
            (ui::date(c, &field("founded_on", "org-founded"), &DateValue::typed(form, "founded_on")))
            h2 { (c.t("org-part-seat")) }
            (ui::unit_search(c, &field("commune", "org-commune"), &search))
            (line("address", "org-address"))
            (free("phone", "org-phone", LineKind::Phone))
            (free("email", "org-email", LineKind::Email))
            h2 { (c.t("org-part-you")) }
            (ui::line(c, &field("title", "org-office").hint(c.t("org-office-hint")), form.raw("title"), LineKind::Text))
            (ui::actions(ui::submit_as(Weight::Primary, "go", "1", &c.t("org-send"))))
        }
    })
}

pub fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Agency => "org-kind-agency",
        Kind::PublicUnit => "org-kind-public-unit",
        Kind::Enterprise => "org-kind-enterprise",
        Kind::Cooperative => "org-kind-cooperative",
        Kind::Association => "org-kind-association",
        Kind::Foreign => "org-kind-foreign",
        Kind::Other => "org-kind-other",
    }
}

async fn ask(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    // Searching for the commune is a step of the form, not its end.
    let typed_only = form.line("commune").is_empty() && !form.line("commune-q").is_empty();
    if form.has("commune-find") || typed_only {
        return Ok(draw_ask(&c, &form, &[]).into_response());
    }
    let mut tx = c.begin().await?;
    let asked =
        ops::organisation_ask(&c.portal.identity, &mut tx, &me, &Typed::of_form(&form, c.today())).await;
    match tx.finish(asked).await {
        Ok(opened) => {
            let said = c.tw(
                "org-asked",
                &[
                    ("agency", c.agency(&opened.agency).into()),
                    ("day", c.day(opened.due_on, c.today()).into()),
                ],
            );
            let to = format!("{ORGANISATIONS}/{}", opened.organisation);
            Ok((c.flash(Tone::Good, said), Redirect::to(&to)).into_response())
        }
        Err(IdentityError::SecondFactorNeeded) => Ok(Redirect::to(&sign_in_strong(NEW)).into_response()),
        Err(enough @ IdentityError::EnoughToday { .. }) => {
            let fault = FieldFault { args: enough.args(), ..FieldFault::new("name", enough.code()) };
            Ok(draw_ask(&c, &form, &[fault]).into_response())
        }
        Err(refused) => Ok(draw_ask(&c, &form, &form_faults(refused)?).into_response()),
    }
}
