//! A new officer's first visit: the code from the administrator's paper, and a password of one's own. Then the second
//! factor; nothing else opens before.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    middleware::from_fn_with_state,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, Kind};
use identity::{
    Client, IdentityError, Password, SetupCode,
    ops::{
        self,
        account_set_up::SetUp,
        sign_in::{Login, SignIn},
    },
};
use maud::{Markup, html};
use webkit::{
    Form, Problem, Rate, View,
    i18n::by_field,
    rate_limit,
    ui::{self, Field, LineKind, Tone, Weight},
};

use crate::{
    Desk,
    sign_in::{TRIES, client},
};

/// Printed on the paper that the administrator hands over.
pub const SET_UP: &str = "/desk/set-up";

pub fn routes() -> Router<Arc<Desk>> {
    let limited = from_fn_with_state(Rate::new(TRIES), rate_limit);
    Router::new().route(SET_UP, get(ask).merge(post(answer).layer(limited)))
}

async fn ask(view: View) -> Markup {
    page(&view, &Form::default(), &[])
}

async fn answer(
    State(desk): State<Arc<Desk>>,
    view: View,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let empty = ["login", "code", "password"].into_iter().filter(|name| form.raw(name).trim().is_empty());
    let mut faults: Vec<FieldFault> = empty.map(|name| FieldFault::new(name, "forms.required")).collect();
    if form.raw("password") != form.raw("again") {
        faults.push(FieldFault::new("again", "desk.password_differs"));
    }
    let refuse =
        |status: StatusCode, faults: &[FieldFault]| (status, page(&view, &form, faults)).into_response();
    if !faults.is_empty() {
        return Ok(refuse(StatusCode::UNPROCESSABLE_ENTITY, &faults));
    }
    let (login, password) = (form.line("login").to_lowercase(), Password::new(form.raw("password")));
    let client = client(&view, &headers);
    let input = SetUp {
        login: Login::Staff(login.clone()),
        code: SetupCode::parse(form.raw("code")),
        password: password.clone(),
        client: client.clone(),
    };
    let ready = match ops::account_set_up(&desk.identity, &input).await {
        Ok(ready) => ready,
        Err(e) if e.kind() == Kind::Invalid => {
            return Ok(refuse(StatusCode::UNPROCESSABLE_ENTITY, e.fields()));
        }
        Err(e @ (IdentityError::BadSetupCode | IdentityError::TooManyTries { .. } | IdentityError::Busy)) => {
            let fault = FieldFault { args: e.args(), ..FieldFault::new("code", e.code()) };
            return Ok(refuse(Problem::of(&e).status(), &[fault]));
        }
        Err(e) => return Err(e.into()),
    };
    // This browser is known from now on: whoever guesses passwords for this login elsewhere does not keep its owner out.
    let client = Client { marks: ready.marks, ..client };
    let sign_in = SignIn { login: Login::Staff(login), password, code: None, acting: None, client };
    let signed = ops::sign_in(&desk.identity, &sign_in).await?;
    let said = view.flash(Tone::Good, view.t("desk-set-up-done"));
    Ok((signed.cookies(&view), said, Redirect::to("/desk/account")).into_response())
}

/// The page of the first visit.
pub fn page(view: &View, form: &Form, faults: &[FieldFault]) -> Markup {
    let title = view.t("desk-set-up-title");
    let errors = by_field(view, faults);
    let line = |name: &str, label: &str, hint: Option<&str>, kind: LineKind| {
        let mut field = Field::new(name, view.t(label)).errors(&errors);
        if let Some(hint) = hint {
            field = field.hint(view.t(hint));
        }
        ui::line(view, &field, form.raw(name), kind)
    };
    view.layout(&title).site(view.t("desk-site"), "/desk").error(!faults.is_empty()).page(html! {
        (ui::error_summary(view, faults))
        h1 { (title) }
        p.lead { (view.t("desk-set-up-lead")) }
        form method="post" action=(SET_UP) novalidate {
            (view.csrf())
            (line("login", "desk-sign-in-login", None, LineKind::Text))
            (line("code", "desk-set-up-code", Some("desk-set-up-code-hint"), LineKind::Text))
            (line("password", "desk-password-new", Some("desk-set-up-password-hint"), LineKind::NewPassword))
            (line("again", "desk-password-again", None, LineKind::NewPassword))
            (ui::actions(ui::submit(Weight::Primary, &view.t("desk-set-up-go"))))
        }
        p { a href=(crate::officer::SIGN_IN) { (view.t("desk-set-up-back")) } }
    })
}
