//! What has become of a file that was handed in at a counter: waiting until when, approved, or refused and why. Its own number
//! and the code on the paper open this page; nobody else learns that there is a file.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, vietnam_date};
use http::HeaderMap;
use identity::{
    IdentityError, SetupCode,
    enrolment::Refusal,
    ops::{
        self,
        enrol_follow::{Followed, Following},
        sign_in::Login,
    },
};
use maud::{Markup, html};
use webkit::{
    Form, Problem, Rate, rate_limit,
    ui::{self, Field, LineKind, Tone, Weight},
};

use crate::{
    Portal,
    account_recover::RECOVER,
    account_sign_in::{TRIES, client, refusal},
    visit::{Place, Visit},
};

pub const FILE: &str = "/open-account/file";

pub fn routes() -> Router<Arc<Portal>> {
    let limited = axum::middleware::from_fn_with_state(Rate::new(TRIES), rate_limit);
    Router::new().route(FILE, get(page).merge(post(ask).layer(limited)))
}

async fn page(v: Visit) -> Markup {
    draw(&v, &Form::default(), &[], None)
}

fn draw(v: &Visit, form: &Form, faults: &[FieldFault], said: Option<String>) -> Markup {
    let errors = webkit::i18n::by_field(v, faults);
    let title = v.t("file-title");
    let field = |name: &str, key: &str| Field::new(name, v.t(key)).errors(&errors);
    v.frame(Place::SignIn, &title).error(!faults.is_empty() || said.is_some()).page(html! {
        (ui::back_link("/sign-in", &v.t("nav-sign-in")))
        (ui::error_summary(v, faults))
        h1 { (title) }
        p.lead { (v.t("file-lead")) }
        @if let Some(said) = said { (ui::notice(Tone::Danger, said)) }
        form method="post" action=(FILE) novalidate {
            (v.csrf())
            (ui::own_number(v, &field("number", "datum-number"), form.raw("number")))
            (ui::line(v, &field("code", "recover-code").hint(v.t("recover-code-hint")), form.raw("code"), LineKind::Text))
            (ui::actions(ui::submit(Weight::Primary, &v.t("file-go"))))
        }
    })
}

async fn ask(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let Some(login) = Login::of_person(&form.line("number")) else {
        let fault = FieldFault::new("number", "identity.number_shape");
        return Ok(draw(&v, &form, &[fault], None).into_response());
    };
    let code = SetupCode::parse(form.raw("code"));
    let input = Following { login, code, client: client(&v, &headers) };
    match ops::enrol_follow(&v.portal.identity, &input).await {
        Ok(followed) => Ok(answer(&v, &followed).into_response()),
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

fn answer(v: &Visit, followed: &Followed) -> Markup {
    let title = v.t("file-title");
    v.frame(Place::SignIn, &title).page(html! {
        (ui::back_link(FILE, &v.t("file-title")))
        h1 { (title) }
        @match followed {
            Followed::Waits { due_on } => {
                (ui::notice(Tone::Wait, v.tw("file-waits", &[("day", v.day(*due_on, vietnam_date(v.now())).into())])))
            }
            Followed::Approved { activate_by, guardian_waits } => {
                (ui::notice(Tone::Good, v.tw("file-approved", &[("when", v.moment(*activate_by, v.now()).into())])))
                @if *guardian_waits { p { (v.t("file-guardian")) } }
                @else { p { a href=(RECOVER) { (v.t("file-activate")) } } }
            }
            Followed::Refused(why) => { (refused(v, why.as_ref())) }
        }
    })
}

fn refused(v: &Visit, why: Option<&Refusal>) -> Markup {
    html! {
        (ui::notice(Tone::Danger, html! {
            p { strong { (v.t("file-refused")) } }
            @if let Some(why) = why {
                p { (v.tw("file-why", &[("why", v.text(&why.reason.words()).into())])) }
                @if !why.note.is_empty() { p { (v.tw("file-note", &[("note", why.note.as_str().into())])) } }
            }
        }))
        p { (v.t("file-again")) }
    }
}
