//! Opening an account online, in two pages: what one says of oneself with one's telephone, and the code that came there.
//! Where nobody carries messages, the page says so and leads to the counter.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault};
use http::HeaderMap;
use identity::{
    IdentityError, Marks, Password,
    ops::{self, account_open::Opening},
};
use maud::{Markup, html};
use webkit::{
    Form, Problem, Rate, rate_limit,
    ui::{self, DateValue, Field, LineKind, Tone, Weight},
};

use crate::{
    Portal,
    account_sign_in::{TRIES, client, refusal},
    visit::{Place, Visit},
};

pub const OPEN: &str = "/open-account";
const CODE: &str = "/open-account/code";

pub fn routes() -> Router<Arc<Portal>> {
    let limited = axum::middleware::from_fn_with_state(Rate::new(TRIES), rate_limit);
    let doors = Router::new().route(OPEN, post(open)).route(CODE, post(code)).layer(limited);
    Router::new().route(OPEN, get(page)).merge(doors)
}

async fn page(v: Visit) -> Markup {
    draw(&v, &Form::default(), &[], None)
}

fn draw(v: &Visit, form: &Form, faults: &[FieldFault], said: Option<String>) -> Markup {
    let errors = webkit::i18n::by_field(v, faults);
    let title = v.t("home-open");
    let field = |name: &str, key: &str| Field::new(name, v.t(key)).errors(&errors);
    let online = v.portal.identity.messages.is_some();
    v.frame(Place::SignIn, &title).error(!faults.is_empty() || said.is_some()).page(html! {
        (ui::back_link("/sign-in", &v.t("nav-sign-in")))
        (ui::error_summary(v, faults))
        h1 { (title) }
        @if let Some(said) = said { (ui::notice(Tone::Danger, said)) }
        @if online {
            p.lead { (v.t("open-lead")) }
            form method="post" action=(OPEN) novalidate {
                (v.csrf())
                (ui::own_number(v, &field("number", "datum-number"), form.raw("number")))
                (ui::line(v, &field("name", "datum-name").hint(v.t("open-name-hint")), form.raw("name"), LineKind::Name))
                (ui::date(v, &field("birth_date", "datum-birth-date").hint(v.t("open-birth-hint")), &DateValue::typed(form, "birth_date")))
                (ui::line(v, &field("phone", "phone-own").hint(v.t("phone-hint")), form.raw("phone"), LineKind::Phone))
                (ui::line(v, &field("password", "password-new").hint(v.t("password-hint")), "", LineKind::NewPassword))
                (ui::line(v, &field("again", "password-again"), "", LineKind::NewPassword))
                (ui::actions(ui::submit(Weight::Primary, &v.t("open-go"))))
            }
        } @else {
            (ui::notice(Tone::Info, html! {
                p { strong { (v.t("open-off")) } }
                p { (v.t("open-off-how")) }
            }))
        }
        (ui::details(&v.t("open-level-2"), html! { p { (v.t("open-level-2-about")) } }))
    })
}

async fn open(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    if form.raw("password") != form.raw("again") {
        let faults = [FieldFault::new("again", "portal.passwords_differ")];
        return Ok(draw(&v, &form, &faults, None).into_response());
    }
    let boxes = ["day", "month", "year"].map(|part| form.line(&format!("birth_date-{part}")));
    let typed: Vec<&str> = boxes.iter().map(String::as_str).filter(|b| !b.is_empty()).collect();
    let opening = Opening {
        number: form.line("number"),
        name: form.line("name"),
        birth_date: typed.join("/"),
        phone: form.line("phone"),
        password: Password::new(form.raw("password")),
        client: client(&v, &headers),
        lang: v.lang(),
    };
    match ops::account_open_ask(&v.portal.identity, &opening).await {
        Ok(ceremony) => Ok(draw_code(&v, &ceremony, &[]).into_response()),
        Err(fault) if !fault.fields().is_empty() => Ok(draw(&v, &form, fault.fields(), None).into_response()),
        Err(refused) => {
            let said = refusal(&v, refused)?;
            Ok(draw(&v, &form, &[], Some(said)).into_response())
        }
    }
}

/// The same page for who has an account already: their telephone tells them.
fn draw_code(v: &Visit, ceremony: &str, faults: &[FieldFault]) -> Markup {
    let errors = webkit::i18n::by_field(v, faults);
    let title = v.t("open-code-title");
    let field = Field::new("code", v.t("message-code")).hint(v.t("message-code-hint")).errors(&errors);
    v.frame(Place::SignIn, &title).error(!faults.is_empty()).page(html! {
        (ui::back_link(OPEN, &v.t("home-open")))
        (ui::error_summary(v, faults))
        h1 { (title) }
        p.lead { (v.t("open-code-lead")) }
        form method="post" action=(CODE) novalidate {
            (v.csrf())
            input type="hidden" name="ceremony" value=(ceremony);
            (ui::line(v, &field, "", LineKind::OneTimeCode))
            (ui::actions(ui::submit(Weight::Primary, &v.t("home-open"))))
        }
        p.quiet { (v.t("message-code-none")) }
    })
}

async fn code(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let (ceremony, marks) = (form.raw("ceremony"), Marks::sent(&v, &headers));
    match ops::account_open_confirm(&v.portal.identity, ceremony, form.raw("code"), &marks).await {
        Ok(opened) => {
            let flash = v.flash(Tone::Good, v.t("open-done"));
            Ok((opened.marks.cookie(&v), flash, Redirect::to("/sign-in")).into_response())
        }
        Err(wrong @ IdentityError::BadMessageCode) => {
            Ok(draw_code(&v, ceremony, &[FieldFault::new("code", wrong.code())]).into_response())
        }
        Err(refused) => {
            let said = refusal(&v, refused)?;
            Ok(draw(&v, &Form::default(), &[], Some(said)).into_response())
        }
    }
}
