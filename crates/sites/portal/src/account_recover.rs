//! The way back in for who lost the password or the telephone: a paper with a code, from the counter, and a new password.
//! Or the help of two people who have agreed to it before, in two steps on one page. Never by a message alone.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, Kind, PersonalNumber};
use http::HeaderMap;
use identity::{
    IdentityError, Password, SetupCode,
    ops::{
        self,
        account_set_up::SetUp,
        recovery::{Asked, Recovering},
        sign_in::Login,
    },
};
use maud::{Markup, html};
use webkit::{
    Form, Problem, Rate, rate_limit,
    ui::{self, Field, LineKind, Row, Tone, Weight},
};

use crate::{
    Portal,
    account_file::FILE,
    account_sign_in::{TRIES, client, refusal},
    visit::{Place, Visit},
};

pub const RECOVER: &str = "/recover";
/// With the help of two people: the request, and the new password.
const ASK: &str = "/recover/helpers";
const USE: &str = "/recover/helpers/password";

pub fn routes() -> Router<Arc<Portal>> {
    let doors = Router::new()
        .route(RECOVER, post(set))
        .route(ASK, post(ask))
        .route(USE, post(renew))
        .layer(axum::middleware::from_fn_with_state(Rate::new(TRIES), rate_limit));
    Router::new().route(RECOVER, get(page)).route(ASK, get(ask_page)).merge(doors)
}

async fn page(v: Visit) -> Markup {
    draw(&v, &Form::default(), &[], None)
}

fn draw(v: &Visit, form: &Form, faults: &[FieldFault], said: Option<String>) -> Markup {
    let errors = webkit::i18n::by_field(v, faults);
    let title = v.t("recover-title");
    let field = |name: &str, key: &str| Field::new(name, v.t(key)).errors(&errors);
    v.frame(Place::SignIn, &title).error(!faults.is_empty() || said.is_some()).page(html! {
        (ui::back_link("/sign-in", &v.t("nav-sign-in")))
        (ui::error_summary(v, faults))
        h1 { (title) }
        p.lead { (v.t("recover-lead")) }
        @if let Some(said) = said { (ui::notice(Tone::Danger, said)) }
        form method="post" action=(RECOVER) novalidate {
            (v.csrf())
            (ui::own_number(v, &field("number", "datum-number"), form.raw("number")))
            (ui::line(v, &field("code", "recover-code").hint(v.t("recover-code-hint")), form.raw("code"), LineKind::Text))
            (ui::line(v, &field("password", "password-new").hint(v.t("password-hint")), "", LineKind::NewPassword))
            (ui::line(v, &field("again", "password-again"), "", LineKind::NewPassword))
            (ui::actions(ui::submit(Weight::Primary, &v.t("recover-go"))))
        }
        p { a href=(ASK) { (v.t("recover-helpers")) } }
        p { a href=(FILE) { (v.t("file-title")) } }
    })
}

async fn set(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let login = Login::of_person(&form.line("number"));
    let mut faults = Vec::new();
    if login.is_none() {
        faults.push(FieldFault::new("number", "identity.number_shape"));
    }
    if form.raw("password") != form.raw("again") {
        faults.push(FieldFault::new("again", "portal.passwords_differ"));
    }
    let (Some(login), true) = (login, faults.is_empty()) else {
        return Ok(draw(&v, &form, &faults, None).into_response());
    };
    let input = SetUp {
        login,
        code: SetupCode::parse(form.raw("code")),
        password: Password::new(form.raw("password")),
        client: client(&v, &headers),
    };
    match ops::account_set_up(&v.portal.identity, &input).await {
        Ok(ready) => {
            let flash = v.flash(Tone::Good, v.t("recover-done"));
            Ok((ready.marks.cookie(&v), flash, Redirect::to("/sign-in")).into_response())
        }
        Err(fault) if !fault.fields().is_empty() => Ok(draw(&v, &form, fault.fields(), None).into_response()),
        Err(wrong @ IdentityError::BadSetupCode) => {
            let fault = FieldFault::new("code", wrong.code());
            Ok(draw(&v, &form, &[fault], None).into_response())
        }
        Err(refused) => {
            let said = refusal(&v, refused)?;
            Ok(draw(&v, &form, &[], Some(said)).into_response())
        }
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
    asked: Option<&Asked>,
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
        @if let Some(asked) = asked { (draw_asked(v, asked)) } @else {
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

/// Two codes for two purposes, each with what it is for.
fn draw_asked(v: &Visit, asked: &Asked) -> Markup {
    let (first, second) = asked.word.split_at_checked(3).unwrap_or((&asked.word, ""));
    html! {
        (ui::notice(Tone::Good, html! { p { strong { (v.t("recover-helpers-sent")) } } p { (v.t("recover-helpers-meet")) } }))
        (ui::summary(v, &[
            Row::new(v.t("check-word"), html! {
                p.lead { code { (first) " " (second) } }
                p.quiet { (v.t("recover-helpers-word")) }
            }),
            Row::new(v.t("recover-helpers-code"), html! {
                p.lead { code { (asked.code.show().as_str()) } }
                p.quiet { (v.t("recover-helpers-keep")) }
            }),
        ]))
        (ui::print_button(v))
    }
}

/// The answer is the same for everybody: codes, which count or do not.
async fn ask(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let Ok(number) = form.line("number").parse::<PersonalNumber>() else {
        let faults = [FieldFault::new("number", "identity.number_shape")];
        return Ok(draw_ask(&v, &form, &faults, None, None).into_response());
    };
    match ops::recovery_ask(&v.portal.identity, &number, &client(&v, &headers)).await {
        Ok(asked) => Ok(draw_ask(&v, &Form::default(), &[], None, Some(&asked)).into_response()),
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
