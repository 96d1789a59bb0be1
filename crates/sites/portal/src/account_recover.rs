//! The way back in for who lost the password or the telephone: a paper with a code, from the counter, and a new password.
//! Never by a message alone.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault};
use http::HeaderMap;
use identity::{
    IdentityError, Password, SetupCode,
    ops::{self, account_set_up::SetUp, sign_in::Login},
};
use maud::{Markup, html};
use webkit::{
    Form, Problem, Rate, rate_limit,
    ui::{self, Field, LineKind, Tone, Weight},
};

use crate::{
    Portal,
    account_helpers::ASK,
    account_sign_in::{TRIES, client, refusal},
    visit::{Place, Visit},
};

pub const RECOVER: &str = "/recover";

pub fn routes() -> Router<Arc<Portal>> {
    let limited = axum::middleware::from_fn_with_state(Rate::new(TRIES), rate_limit);
    Router::new().route(RECOVER, get(page).merge(post(set).layer(limited)))
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
        Ok(_) => {
            let flash = v.flash(Tone::Good, v.t("recover-done"));
            Ok((flash, Redirect::to("/sign-in")).into_response())
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
