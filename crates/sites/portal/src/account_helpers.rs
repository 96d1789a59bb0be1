//! People who help somebody back into their account, from both sides: whom a holder asks, who asks a holder, and agreeing to
//! a request by the check word of whoever is met.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, PersonalNumber};
use contracts::{Access, AccountId, LoginStrength, PersonId, Purpose};
use forms::Fact;
use identity::{
    Current, IdentityError,
    http::SignedIn,
    ops::{
        self,
        helpers::{Helper, Sent},
        invitation::Received,
        recovery_agree::Asker,
    },
};
use maud::{Markup, Render, html};
use serde::Deserialize;
use webkit::{
    Form, Problem, Query, Rate, rate_limit,
    ui::{self, Field, Icon, LineKind, Tone, Weight},
};

use crate::{
    Portal,
    account_sign_in::{TRIES, refusal},
    visit::{Citizen, Place, sign_in_strong, with_query},
};

pub const HELPERS: &str = "/account/helpers";
/// Where a helper agrees to the request of one person.
const AGREE: &str = "/account/helpers/agree";

pub fn routes() -> Router<Arc<Portal>> {
    let doors = Router::new()
        .route(HELPERS, post(change))
        .route(AGREE, post(agree))
        .layer(axum::middleware::from_fn_with_state(Rate::new(TRIES), rate_limit));
    Router::new().route(HELPERS, get(list)).route(AGREE, get(agree_page)).merge(doors)
}

/// What the page shows, with the names of those who have met.
struct Shown {
    /// Somebody asks to get the holder's own account back.
    open: bool,
    askers: Vec<(String, Asker)>,
    received: Vec<(String, Received)>,
    accepted: Vec<(String, Helper)>,
    sent: Vec<Sent>,
}

async fn load(c: &Citizen, me: &Current) -> Result<Shown, Problem> {
    let mut tx = c.begin().await?;
    let loaded = async {
        let helpers = ops::helper_list(&mut tx, me).await?;
        let received = ops::invitation_list(&mut tx, me).await?;
        let askers = ops::recovery_list(&mut tx, me).await?;
        Ok::<_, IdentityError>((helpers, received, askers, ops::recovery_open(&mut tx, me).await?))
    }
    .await;
    let (helpers, received, askers, open) = tx.finish(loaded).await?;
    Ok(Shown {
        open,
        askers: named(c, askers, |asker| asker.person).await?,
        received: named(c, received, |invitation| invitation.person).await?,
        accepted: named(c, helpers.accepted, |helper| helper.person).await?,
        sent: helpers.sent,
    })
}

async fn named<T>(
    c: &Citizen,
    all: Vec<T>,
    person: impl Fn(&T) -> PersonId,
) -> Result<Vec<(String, T)>, Problem> {
    let mut named = Vec::with_capacity(all.len());
    for one in all {
        named.push((name(c, person(&one)).await?, one));
    }
    Ok(named)
}

/// Only of people who have named themselves to the reader: a helper by saying yes, others by asking.
async fn name(c: &Citizen, person: PersonId) -> Result<String, Problem> {
    let mut tx = c.begin().await?;
    let access = Access::system(Purpose::SIGN_IN);
    let register = &c.portal.dossiers.register;
    let facts = register.facts(&mut tx, &access, person, &[Fact::Name]).await;
    let name = tx.finish(facts).await?.value(Fact::Name, c.today()).text();
    Ok(name.unwrap_or_else(|| c.t("helpers-somebody")))
}

async fn list(c: Citizen, SignedIn(me): SignedIn) -> Result<Markup, Problem> {
    draw(&c, &me, "", &[]).await
}

async fn draw(c: &Citizen, me: &Current, typed: &str, faults: &[FieldFault]) -> Result<Markup, Problem> {
    let shown = load(c, me).await?;
    let errors = webkit::i18n::by_field(c, faults);
    let title = c.t("helpers-title");
    let number = Field::new("number", c.t("helpers-number")).errors(&errors);
    Ok(c.frame(Place::Elsewhere, &title).error(!faults.is_empty()).page(html! {
        (ui::back_link("/account", &c.t("nav-account")))
        (ui::error_summary(c, faults))
        h1 { (title) }
        p.lead { (c.t("helpers-lead")) }
        @if shown.open {
            (ui::notice(Tone::Danger, html! {
                p { strong { (c.t("helpers-asked-for-you")) } }
                form method="post" action=(HELPERS) { (c.csrf()) (ui::submit_as(Weight::Danger, "do", "stop", &c.t("helpers-stop"))) }
            }))
        }
        (draw_others(c, &shown))
        h2 { (c.t("helpers-mine")) }
        @if shown.accepted.is_empty() { p { (c.t("helpers-none")) } } @else {
            ul.files { @for (name, helper) in &shown.accepted {
                (row(name, &c.tw("helpers-accepted", &[("when", c.at(helper.accepted_at).into())]), html! {
                    (button(c, &helper.account, "remove", "helpers-remove", name))
                }))
            } }
        }
        @if !shown.sent.is_empty() {
            h2 { (c.t("helpers-sent")) }
            ul.files { @for sent in &shown.sent {
                @let number = c.tw("helpers-sent-number", &[("hint", sent.hint.as_str().into())]);
                (row(&number, &span(c, "helpers-sent-when", sent.asked_at, sent.ends_at), html! {
                    (button(c, &sent.id, "withdraw", "helpers-withdraw", &number))
                }))
            } }
        }
        h2 { (c.t("helpers-invite")) }
        p { (c.t("helpers-invite-about")) }
        form method="post" action=(HELPERS) novalidate {
            (c.csrf())
            (ui::personal_number(c, &number, typed))
            (ui::actions(ui::submit_as(Weight::Primary, "do", "name", &c.t("helpers-add"))))
        }
    }))
}

/// Who asks the reader: for help now, and to be a helper.
fn draw_others(c: &Citizen, shown: &Shown) -> Markup {
    html! {
        @if !shown.askers.is_empty() {
            h2 { (c.t("helpers-others")) }
            p { (c.t("helpers-others-about")) }
            ul.files { @for (name, asker) in &shown.askers {
                @let about = c.tw("helpers-asked", &[("when", c.at(asker.asked_at).into())]);
                (row(name, &html! {
                    (about)
                    @if asker.requests > 1 { " " (c.tw("helpers-asked-more", &[("count", asker.requests.into())])) }
                    @if asker.agreed { " " (c.t("helpers-asked-agreed")) }
                }, html! {
                    a.button.secondary href=(agree_href(asker.account)) { (c.t("helpers-help")) span.hidden { ": " (name) } }
                }))
            } }
        }
        @if !shown.received.is_empty() {
            h2 { (c.t("helpers-received")) }
            p { (c.t("helpers-received-about")) }
            ul.files { @for (name, invitation) in &shown.received {
                (row(name, &span(c, "helpers-received-when", invitation.asked_at, invitation.ends_at), html! {
                    (ui::actions(html! {
                        (button(c, &invitation.id, "accept", "helpers-accept", name))
                        (button(c, &invitation.id, "decline", "helpers-decline", name))
                    }))
                }))
            } }
        }
    }
}

fn row(name: &str, about: &impl Render, buttons: Markup) -> Markup {
    html! { li { (Icon::User) div { strong { (name) } p.quiet { (about) } } (buttons) } }
}

/// From when until when.
fn span(c: &Citizen, key: &str, from: jiff::Timestamp, until: jiff::Timestamp) -> String {
    c.tw(key, &[("when", c.at(from).into()), ("end", c.at(until).into())])
}

/// One step with one thing of the list.
fn button(c: &Citizen, id: &impl std::fmt::Display, step: &str, key: &str, name: &str) -> Markup {
    html! {
        form method="post" action=(HELPERS) {
            (c.csrf())
            input type="hidden" name="id" value=(id);
            button.button.secondary type="submit" name="do" value=(step) { (c.t(key)) span.hidden { ": " (name) } }
        }
    }
}

async fn change(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    let (step, cx) = (form.raw("do"), &c.portal.identity);
    let id = form.raw("id").parse().map_err(|_| Problem::not_found());
    let mut tx = c.begin().await?;
    let (outcome, said) = match step {
        "name" => match form.line("number").parse::<PersonalNumber>() {
            Ok(number) => (ops::helper_name(cx, &mut tx, &me, &number).await, "helpers-added"),
            Err(_) => (Err(IdentityError::field("number", "identity.number_shape")), ""),
        },
        "withdraw" => (ops::invitation_withdraw(&mut tx, &me, id?).await, "helpers-withdrawn"),
        "accept" => (ops::invitation_accept(&mut tx, &me, id?).await, "helpers-did-accept"),
        "decline" => (ops::invitation_decline(&mut tx, &me, id?).await, "helpers-declined"),
        "remove" => (ops::helper_remove(&mut tx, &me, AccountId(id?)).await, "helpers-removed"),
        "stop" => (ops::recovery_cancel(cx, &mut tx, &me).await.map(drop), "helpers-stopped"),
        _ => return Err(Problem::not_found()),
    };
    let typed = form.raw("number");
    match tx.finish(outcome).await {
        Ok(()) => Ok((c.flash(Tone::Good, c.t(said)), Redirect::to(HELPERS)).into_response()),
        Err(IdentityError::SecondFactorNeeded) => Ok(Redirect::to(&sign_in_strong(HELPERS)).into_response()),
        Err(full @ (IdentityError::HelpersFull | IdentityError::EnoughToday { .. })) => {
            let fault = FieldFault { args: full.args(), ..FieldFault::new("number", full.code()) };
            Ok(draw(&c, &me, typed, &[fault]).await?.into_response())
        }
        Err(refused) if !refused.fields().is_empty() => {
            Ok(draw(&c, &me, typed, refused.fields()).await?.into_response())
        }
        Err(refused) => Err(refused.into()),
    }
}

/// Whom a helper is about to help.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Whom {
    account: String,
}

fn agree_href(account: AccountId) -> String {
    with_query(AGREE, &[("account", &account.to_string())])
}

/// Two factors first: what was typed would be lost on the way.
async fn agree_page(
    c: Citizen,
    SignedIn(me): SignedIn,
    Query(whom): Query<Whom>,
) -> Result<Response, Problem> {
    let account = AccountId(whom.account.parse().map_err(|_| Problem::not_found())?);
    if me.actor.strength < LoginStrength::Two {
        return Ok(Redirect::to(&sign_in_strong(&agree_href(account))).into_response());
    }
    Ok(draw_agree(&c, &me, account, "", &[], None).await?.into_response())
}

async fn draw_agree(
    c: &Citizen,
    me: &Current,
    account: AccountId,
    typed: &str,
    faults: &[FieldFault],
    said: Option<String>,
) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let askers = ops::recovery_list(&mut tx, me).await;
    let asker = tx.finish(askers).await?.into_iter().find(|asker| asker.account == account);
    let asker = asker.ok_or_else(Problem::not_found)?;
    let errors = webkit::i18n::by_field(c, faults);
    let title = c.tw("helpers-agree-title", &[("name", name(c, asker.person).await?.into())]);
    let word = Field::new("word", c.t("check-word")).hint(c.t("check-word-hint")).errors(&errors);
    Ok(c.frame(Place::Elsewhere, &title).error(!faults.is_empty() || said.is_some()).page(html! {
        (ui::back_link(HELPERS, &c.t("helpers-title")))
        (ui::error_summary(c, faults))
        h1 { (title) }
        p.lead { (c.t("helpers-agree-lead")) }
        @if let Some(said) = said { (ui::notice(Tone::Danger, said)) }
        ol {
            li { (c.t("helpers-agree-meet")) }
            li { (c.t("helpers-agree-ask")) }
            li { (c.t("helpers-agree-type")) }
        }
        @if asker.requests > 1 {
            (ui::notice(Tone::Wait, c.tw("helpers-agree-many", &[("count", asker.requests.into())])))
        }
        form method="post" action=(AGREE) novalidate {
            (c.csrf())
            input type="hidden" name="account" value=(account);
            (ui::line(c, &word, typed, LineKind::Digits))
            (ui::actions(ui::submit(Weight::Primary, &c.t("helpers-agree"))))
        }
    }))
}

async fn agree(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    let account = AccountId(form.raw("account").parse().map_err(|_| Problem::not_found())?);
    let typed = form.raw("word");
    match ops::recovery_agree(&c.portal.identity, &me, account, typed).await {
        Ok(()) => Ok((c.flash(Tone::Good, c.t("helpers-agreed")), Redirect::to(HELPERS)).into_response()),
        Err(IdentityError::SecondFactorNeeded) => {
            Ok(Redirect::to(&sign_in_strong(&agree_href(account))).into_response())
        }
        Err(IdentityError::NotFound) => Err(Problem::not_found()),
        Err(refused) if !refused.fields().is_empty() => {
            Ok(draw_agree(&c, &me, account, typed, refused.fields(), None).await?.into_response())
        }
        Err(refused) => {
            let said = refusal(&c, refused)?;
            Ok(draw_agree(&c, &me, account, typed, &[], Some(said)).await?.into_response())
        }
    }
}
