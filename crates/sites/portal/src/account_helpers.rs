//! People who help somebody back into their account: named beforehand, asked when it is needed, and never quicker than a day.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, Kind, PersonalNumber};
use contracts::{Access, AccountId, PersonId, Purpose};
use forms::Fact;
use http::HeaderMap;
use identity::{
    IdentityError, Password, SetupCode,
    http::SignedIn,
    ops::{self, helpers::Helper, recovery::Recovering, recovery::Request},
};
use maud::{Markup, html};
use webkit::{
    Form, Problem, Rate, rate_limit,
    ui::{self, Field, Icon, LineKind, Tone, Weight},
};

use crate::{
    Portal,
    account_recover::RECOVER,
    account_sign_in::{TRIES, client, refusal},
    visit::{Citizen, Place, Visit, sign_in_strong},
};

pub const HELPERS: &str = "/account/helpers";
/// Where somebody who cannot sign in asks.
pub const ASK: &str = "/recover/helpers";
const USE: &str = "/recover/helpers/password";

pub fn routes() -> Router<Arc<Portal>> {
    let doors = Router::new()
        .route(HELPERS, post(change))
        .route(ASK, post(ask))
        .route(USE, post(renew))
        .layer(axum::middleware::from_fn_with_state(Rate::new(TRIES), rate_limit));
    Router::new().route(HELPERS, get(list)).route(ASK, get(ask_page)).merge(doors)
}

async fn list(c: Citizen, SignedIn(me): SignedIn) -> Result<Markup, Problem> {
    draw(&c, &me, &[]).await
}

async fn draw(c: &Citizen, me: &identity::Current, faults: &[FieldFault]) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let loaded = async {
        let helpers = ops::helper_list(&mut tx, me).await?;
        let asked = ops::recovery_list(&mut tx, me).await?;
        Ok::<_, IdentityError>((helpers, asked, ops::recovery_open(&mut tx, me).await?))
    }
    .await;
    let (helpers, asked, open) = tx.finish(loaded).await?;
    let mut mine: Vec<(String, Helper)> = Vec::new();
    for helper in helpers {
        mine.push((name(c, helper.person).await?, helper));
    }
    let mut others: Vec<(String, Request)> = Vec::new();
    for request in asked {
        others.push((name(c, request.person).await?, request));
    }
    let errors = webkit::i18n::by_field(c, faults);
    let title = c.t("helpers-title");
    let row = |name: &str, when: &str, account: AccountId, step: &str, key: &str| {
        html! {
            li {
                (Icon::User)
                div { strong { (name) } p.quiet { (when) } }
                form method="post" action=(HELPERS) {
                    (c.csrf())
                    input type="hidden" name="account" value=(account);
                    button.button.secondary type="submit" name="do" value=(step) { (c.t(key)) span.hidden { ": " (name) } }
                }
            }
        }
    };
    Ok(c.frame(Place::Elsewhere, &title).error(!faults.is_empty()).page(html! {
        (ui::back_link("/account", &c.t("nav-account")))
        (ui::error_summary(c, faults))
        h1 { (title) }
        p.lead { (c.t("helpers-lead")) }
        @if open {
            (ui::notice(Tone::Danger, html! {
                p { strong { (c.t("helpers-asked-for-you")) } }
                form method="post" action=(HELPERS) { (c.csrf()) (ui::submit_as(Weight::Danger, "do", "stop", &c.t("helpers-stop"))) }
            }))
        }
        @if !others.is_empty() {
            h2 { (c.t("helpers-others")) }
            p { (c.t("helpers-others-about")) }
            ul.files { @for (name, request) in &others {
                (row(name, &c.tw("helpers-asked", &[("when", c.at(request.asked_at).into())]), request.account, "agree", "helpers-agree"))
            } }
        }
        h2 { (c.t("helpers-mine")) }
        @if mine.is_empty() { p { (c.t("helpers-none")) } }
        ul.files { @for (name, helper) in &mine {
            (row(name, &c.tw("helpers-named", &[("when", c.at(helper.named_at).into())]), helper.account, "remove", "helpers-remove"))
        } }
        form method="post" action=(HELPERS) novalidate {
            (c.csrf())
            (ui::personal_number(c, &Field::new("number", c.t("helpers-number")).errors(&errors), ""))
            (ui::actions(ui::submit_as(Weight::Primary, "do", "name", &c.t("helpers-add"))))
        }
    }))
}

/// Each of the two has met the other; the name tells which one is meant.
async fn name(c: &Citizen, person: PersonId) -> Result<String, Problem> {
    let mut tx = c.begin().await?;
    let access = Access::system(Purpose::SIGN_IN);
    let register = &c.portal.dossiers.register;
    let facts = register.facts(&mut tx, &access, person, &[Fact::Name]).await;
    let name = tx.finish(facts).await?.value(Fact::Name, c.today()).text();
    Ok(name.unwrap_or_else(|| c.t("helpers-somebody")))
}

async fn change(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    let account = form.raw("account").parse().map(AccountId);
    let number = form.line("number").parse::<PersonalNumber>();
    let mut tx = c.begin().await?;
    let (outcome, said) = match (form.raw("do"), account, number) {
        ("name", _, Ok(number)) => {
            (ops::helper_name(&c.portal.identity, &mut tx, &me, &number).await, "helpers-added")
        }
        ("name", _, Err(_)) => {
            let faults = [FieldFault::new("number", "identity.number_shape")];
            return Ok(draw(&c, &me, &faults).await?.into_response());
        }
        ("remove", Ok(helper), _) => (ops::helper_remove(&mut tx, &me, helper).await, "helpers-removed"),
        ("agree", Ok(account), _) => (ops::recovery_agree(&mut tx, &me, account).await, "helpers-agreed"),
        ("stop", ..) => (ops::recovery_cancel(&mut tx, &me).await.map(drop), "helpers-stopped"),
        _ => return Err(Problem::not_found()),
    };
    match tx.finish(outcome).await {
        Ok(()) => Ok((c.flash(Tone::Good, c.t(said)), Redirect::to(HELPERS)).into_response()),
        Err(IdentityError::SecondFactorNeeded) => Ok(Redirect::to(&sign_in_strong(HELPERS)).into_response()),
        Err(refused @ (IdentityError::NoHelper | IdentityError::HelpersFull)) => {
            let fault = FieldFault { args: refused.args(), ..FieldFault::new("number", refused.code()) };
            Ok(draw(&c, &me, &[fault]).await?.into_response())
        }
        Err(refused) => Err(refused.into()),
    }
}

async fn ask_page(v: Visit) -> Markup {
    draw_ask(&v, &Form::default(), &[], None, None)
}

fn draw_ask(
    v: &Visit,
    form: &Form,
    faults: &[FieldFault],
    said: Option<String>,
    code: Option<&SetupCode>,
) -> Markup {
    let errors = webkit::i18n::by_field(v, faults);
    let title = v.t("recover-helpers");
    let field = |name: &str, key: &str| Field::new(name, v.t(key)).errors(&errors);
    v.frame(Place::SignIn, &title).error(!faults.is_empty() || said.is_some()).page(html! {
        (ui::back_link(RECOVER, &v.t("recover-title")))
        (ui::error_summary(v, faults))
        h1 { (title) }
        p.lead { (v.t("recover-helpers-lead")) }
        @if let Some(said) = said { (ui::notice(Tone::Danger, said)) }
        @if let Some(code) = code {
            (ui::notice(Tone::Good, html! {
                p { (v.t("recover-helpers-code")) " " strong { code { (code.show().as_str()) } } }
                p { (v.t("recover-helpers-keep")) }
            }))
            (ui::print_button(v))
        } @else {
            h2 { (v.t("recover-helpers-ask")) }
            form method="post" action=(ASK) novalidate {
                (v.csrf())
                (ui::own_number(v, &field("number", "datum-number"), form.raw("number")))
                (ui::actions(ui::submit(Weight::Primary, &v.t("recover-helpers-go"))))
            }
        }
        h2 { (v.t("recover-helpers-use")) }
        form method="post" action=(USE) novalidate {
            (v.csrf())
            (ui::personal_number(v, &field("own", "datum-number"), form.raw("own")))
            (ui::line(v, &field("code", "recover-helpers-their-code"), form.raw("code"), LineKind::Text))
            (ui::line(v, &field("password", "password-new").hint(v.t("password-hint")), "", LineKind::NewPassword))
            (ui::line(v, &field("again", "password-again"), "", LineKind::NewPassword))
            (ui::actions(ui::submit(Weight::Secondary, &v.t("recover-go"))))
        }
    })
}

/// The answer is the same for everybody: a code, which counts or does not.
async fn ask(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let Ok(number) = form.line("number").parse::<PersonalNumber>() else {
        let faults = [FieldFault::new("number", "identity.number_shape")];
        return Ok(draw_ask(&v, &form, &faults, None, None).into_response());
    };
    match ops::recovery_ask(&v.portal.identity, &number, &client(&v, &headers)).await {
        Ok(code) => Ok(draw_ask(&v, &Form::default(), &[], None, Some(&code)).into_response()),
        Err(refused) => {
            let said = refusal(&v, refused)?;
            Ok(draw_ask(&v, &form, &[], Some(said), None).into_response())
        }
    }
}

async fn renew(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let number = form.line("own").parse::<PersonalNumber>();
    let mut faults = Vec::new();
    if number.is_err() {
        faults.push(FieldFault::new("own", "identity.number_shape"));
    }
    if form.raw("password") != form.raw("again") {
        faults.push(FieldFault::new("again", "portal.passwords_differ"));
    }
    let (Ok(number), true) = (number, faults.is_empty()) else {
        return Ok(draw_ask(&v, &form, &faults, None, None).into_response());
    };
    let input = Recovering {
        number,
        code: SetupCode::parse(form.raw("code")),
        password: Password::new(form.raw("password")),
        client: client(&v, &headers),
    };
    match ops::recovery_use(&v.portal.identity, &input).await {
        Ok(()) => Ok((v.flash(Tone::Good, v.t("recover-done")), Redirect::to("/sign-in")).into_response()),
        Err(fault) if !fault.fields().is_empty() => {
            Ok(draw_ask(&v, &form, fault.fields(), None, None).into_response())
        }
        Err(refused) if refused.kind() == Kind::Unauthenticated => {
            let faults = [FieldFault::new("code", refused.code())];
            Ok(draw_ask(&v, &form, &faults, None, None).into_response())
        }
        Err(refused) => {
            let said = refusal(&v, refused)?;
            Ok(draw_ask(&v, &form, &[], Some(said), None).into_response())
        }
    }
}
