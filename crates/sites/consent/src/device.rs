//! `/device`: a screen without a keyboard, such as a kiosk, shows a code; its reader types it here and says yes or no.
//!
//! Whoever was talked into typing a code that is not theirs must notice here. So the page shows the code again and says
//! what to compare, and few codes can be tried.

use std::sync::Arc;

use axum::{
    Extension, Router,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base::FieldFault;
use http::StatusCode;
use maud::{Markup, html};
use openid::{
    OpenIdError,
    limits::USER_CODES,
    ops::{self, ElsewhereNext},
    user_code::UserCode,
};
use serde::Deserialize;
use webkit::{
    Form, Problem, Query, Rate, View,
    i18n::by_field,
    ui::{self, Field, LineKind, Tone, Weight},
};

use crate::{
    Consent,
    ask::ended,
    question::{self, Question, Unread},
    visit::{self, Visit},
};

const DEVICE: &str = "/device";
const CODE: &str = "user_code";

pub fn routes() -> Router<Arc<Consent>> {
    Router::new().route(DEVICE, get(show).post(reply)).layer(Extension(Rate::new(USER_CODES)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    user_code: String,
}

async fn show(
    v: Visit,
    Extension(tries): Extension<Rate>,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    if v.login.is_none() {
        return Ok(v.to_sign_in(openid::SignIn::default()));
    }
    if typed.user_code.trim().is_empty() {
        return Ok(enter_page(&v, "", &[]).into_response());
    }
    match look(&v, &tries, &typed.user_code).await? {
        Looked::Ask(code, asked) => Ok(draw(&v, code, &asked, &Unread::default())),
        Looked::Other(response) => Ok(response),
    }
}

fn draw(v: &Visit, code: UserCode, asked: &openid::Question, unread: &Unread) -> Response {
    let page = page(v, code, &Question::of(v, asked).once(), unread);
    (unread.status(), page).into_response()
}

async fn reply(v: Visit, Extension(tries): Extension<Rate>, form: Form) -> Result<Response, Problem> {
    let Some(login) = v.login.clone() else { return Ok(Redirect::to(DEVICE).into_response()) };
    let (code, asked) = match look(&v, &tries, form.raw(CODE)).await? {
        Looked::Ask(code, asked) => (code, asked),
        Looked::Other(response) => return Ok(response),
    };
    let answered = match question::read(&form, &asked) {
        Err(unread) => return Ok(draw(&v, code, &asked, &unread)),
        Ok(answered) => answered,
    };
    let mut tx = v.begin().await?;
    let cx = &v.site.openid;
    let outcome = match &answered {
        Some(choice) => ops::device_accept(cx, &mut tx, code, &login, choice).await,
        None => ops::device_refuse(cx, &mut tx, code, &login).await,
    };
    match tx.finish(outcome).await {
        Ok(()) => Ok(question::done_page(&v, v.text(&asked.name), answered.is_some()).into_response()),
        // Within this very moment: the page of now says so.
        Err(OpenIdError::Changed(changed)) => match look(&v, &tries, form.raw(CODE)).await? {
            Looked::Ask(code, asked) => Ok(draw(&v, code, &asked, &Unread::Changed(changed))),
            Looked::Other(response) => Ok(response),
        },
        Err(fault) => ended(&v, fault),
    }
}

/// What a typed code leads to.
enum Looked {
    Ask(UserCode, Box<openid::Question>),
    Other(Response),
}

async fn look(v: &Visit, tries: &Rate, typed: &str) -> Result<Looked, Problem> {
    let wrong = || {
        let page = enter_page(v, typed, &[FieldFault::new(CODE, "consent.code_wrong")]);
        Looked::Other((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let Some(code) = UserCode::parse(typed) else { return Ok(wrong()) };
    if let Err(wait) = tries.take(v.client(), v.now()) {
        return Err(Problem::new(base::Kind::Limit, "webkit.too_many_requests").retry_after(wait));
    }
    let mut tx = v.begin().await?;
    let outcome = ops::device_next(&v.site.openid, &mut tx, code, v.login.as_ref()).await;
    match tx.finish(outcome).await {
        Ok(ElsewhereNext::Ask(asked)) => Ok(Looked::Ask(code, asked)),
        Ok(ElsewhereNext::SignIn(how)) => {
            Ok(Looked::Other(v.to_sign_in_for(how, &format!("{DEVICE}?{CODE}={code}"))))
        }
        Ok(ElsewhereNext::Over(reason)) => Ok(Looked::Other(question::over_page(v, reason).into_response())),
        Err(OpenIdError::NotFound) => Ok(wrong()),
        Err(fault) => Err(fault.into()),
    }
}

/// Where the code is typed.
pub fn enter_page(view: &View, typed: &str, faults: &[FieldFault]) -> Markup {
    let title = view.t("consent-device-title");
    let field = Field::new(CODE, view.t("consent-device-code"))
        .hint(view.t("consent-device-code-hint"))
        .errors(&by_field(view, faults));
    visit::frame(view, &title).error(!faults.is_empty()).page(html! {
        (visit::styles(view))
        (ui::error_summary(view, faults))
        h1 { (title) }
        p.lead { (view.t("consent-device-lead")) }
        (ui::notice(Tone::Wait, view.t("consent-device-beware")))
        form method="get" action=(DEVICE) {
            (ui::line(view, &field, typed, LineKind::Text))
            (ui::actions(ui::submit(Weight::Primary, &view.t("consent-continue"))))
        }
    })
}

/// The code once more beside what is asked.
pub fn page(view: &View, code: UserCode, question: &Question, unread: &Unread) -> Markup {
    let lead = html! {
        section.card.consent-compare {
            p { (view.t("consent-device-compare")) }
            p.consent-code { (code) }
            p.quiet { (view.t("consent-device-beware")) }
        }
    };
    let field = html! { input type="hidden" name=(CODE) value=(code); };
    question::page(view, question, DEVICE, &field, lead, unread)
}
