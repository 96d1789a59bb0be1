//! Signing in on another screen from a telephone, on both sides; and opening an account again that its holder had locked.
//!
//! The screen waits without a script: its page asks again every few seconds.

use std::sync::Arc;

use axum::{
    Extension, Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, Kind};
use http::{HeaderMap, header};
use identity::{
    Current, IdentityError, PASSKEY_SCRIPT, SetupCode,
    http::SignedIn,
    ops::{
        self,
        account_unlock_own::Unlocking,
        crossing::{Asking, CROSSING_LIFE, Waiting},
    },
};
use maud::{Markup, html};
use serde::Deserialize;
use webkit::{
    Form, Problem, Query, Rate, local_path, rate_limit,
    ui::{self, Field, LineKind, Row, Tone, Weight},
};

use crate::{
    Portal,
    account_sign_in::{TRIES, client, refusal},
    visit::{Citizen, Place, Visit, sign_in_strong, with_query},
};

/// On the screen, and on the telephone.
pub const SCREEN: &str = "/sign-in/other";
const WAIT: &str = "/sign-in/other/wait";
const PHONE: &str = "/account/other";
/// Where a locked account is opened again.
pub const UNLOCK: &str = "/unlock";
/// How often the screen asks, in seconds.
const ASK_EVERY: &str = "3";

pub fn routes() -> Router<Arc<Portal>> {
    let doors = Router::new()
        .route(SCREEN, post(begin))
        .route(PHONE, post(answer))
        .route(UNLOCK, post(unlock))
        .layer(axum::middleware::from_fn_with_state(Rate::new(TRIES), rate_limit));
    Router::new()
        .route(SCREEN, get(screen))
        .route(WAIT, get(wait))
        .route(PHONE, get(phone))
        .route(UNLOCK, get(unlock_page))
        .merge(doors)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct At {
    code: String,
    next: String,
}

impl At {
    fn next(&self) -> &str {
        local_path(&self.next).unwrap_or("/")
    }
}

async fn screen(v: Visit, Query(at): Query<At>) -> Response {
    if v.citizen.is_some() {
        return Redirect::to(at.next()).into_response();
    }
    draw_screen(&v, at.next(), None).into_response()
}

fn draw_screen(v: &Visit, next: &str, said: Option<&str>) -> Markup {
    let title = v.t("other-title");
    v.frame(Place::SignIn, &title).page(html! {
        (ui::back_link("/sign-in", &v.t("nav-sign-in")))
        h1 { (title) }
        @if let Some(said) = said { (ui::notice(Tone::Wait, v.t(said))) }
        p.lead { (v.t("other-lead")) }
        form method="post" action=(SCREEN) {
            (v.csrf())
            input type="hidden" name="next" value=(next);
            (ui::actions(ui::submit(Weight::Primary, &v.t("other-begin"))))
        }
    })
}

async fn begin(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let mut tx = v.begin().await?;
    let crossing = ops::crossing_begin(&v.portal.identity, &mut tx, &client(&v, &headers)).await;
    let crossing = tx.finish(crossing).await?;
    // The cookie opens nothing before the telephone has agreed.
    let cookie = v.session_start(&crossing.token.cookie(), CROSSING_LIFE.unsigned_abs());
    let next = local_path(form.raw("next")).unwrap_or("/");
    let to = with_query(WAIT, &[("code", &crossing.code.show()), ("next", next)]);
    Ok((cookie, Redirect::to(&to)).into_response())
}

async fn wait(v: Visit, Query(at): Query<At>, me: Option<Extension<Current>>) -> Result<Response, Problem> {
    let Some(token) = v.session() else { return Ok(Redirect::to(SCREEN).into_response()) };
    if let Some(Extension(me)) = me {
        // From now on the cookie lives as long as its session.
        return Ok((v.session_start(token, me.lifetime(v.now())), Redirect::to(at.next())).into_response());
    }
    let mut tx = v.begin().await?;
    let state = ops::crossing_state(&mut tx, token.into()).await;
    match tx.finish(state).await? {
        Waiting::Open { number, .. } => {
            let refresh = [(header::REFRESH, ASK_EVERY)];
            Ok((refresh, draw_wait(&v, &at, number)).into_response())
        }
        Waiting::Refused => Ok(draw_screen(&v, at.next(), Some("other-refused")).into_response()),
        Waiting::Over => Ok(draw_screen(&v, at.next(), Some("other-over")).into_response()),
    }
}

fn draw_wait(v: &Visit, at: &At, number: i16) -> Markup {
    let title = v.t("other-title");
    let code = SetupCode::parse(&at.code).show();
    let path = with_query(PHONE, &[("code", &code)]);
    let url = format!("{}{path}", v.portal.identity.address);
    v.frame(Place::SignIn, &title).page(html! {
        h1 { (title) }
        ol {
            li { (v.t("other-step-scan")) }
            li { (v.t("other-step-number")) " " strong { (number) } }
        }
        (ui::qr(&url, &v.t("other-qr")))
        p { (v.t("other-no-camera")) " " code { (v.portal.identity.address) (PHONE) } " " (v.t("other-type-code")) " " code { (code.as_str()) } }
        p.quiet role="status" { (v.t("other-waiting")) }
        p { a href=(SCREEN) { (v.t("other-again")) } }
    })
}

async fn phone(c: Citizen, SignedIn(me): SignedIn, Query(at): Query<At>) -> Result<Response, Problem> {
    if at.code.is_empty() {
        return Ok(draw_code(&c, &[]).into_response());
    }
    let code = SetupCode::parse(&at.code);
    let mut tx = c.begin().await?;
    let asking = ops::crossing_show(&c.portal.identity, &mut tx, &me, &code).await;
    match tx.finish(asking).await {
        Ok(asking) => Ok(draw_asking(&c, &code, &asking).into_response()),
        Err(IdentityError::SecondFactorNeeded) => Ok(Redirect::to(&sign_in_strong(c.here())).into_response()),
        Err(over @ IdentityError::CeremonyOver) => {
            Ok(draw_code(&c, &[FieldFault::new("code", over.code())]).into_response())
        }
        Err(refused) => Err(refused.into()),
    }
}

fn draw_code(c: &Citizen, faults: &[FieldFault]) -> Markup {
    let errors = webkit::i18n::by_field(c, faults);
    let title = c.t("other-phone-title");
    c.frame(Place::Elsewhere, &title).error(!faults.is_empty()).page(html! {
        (ui::error_summary(c, faults))
        h1 { (title) }
        form method="get" action=(PHONE) {
            (ui::line(c, &Field::new("code", c.t("other-code")).errors(&errors), "", LineKind::Text))
            (ui::actions(ui::submit(Weight::Primary, &c.t("other-code-go"))))
        }
    })
}

/// What a person must know before they agree, in words that a person who is being talked into it understands.
fn draw_asking(c: &Citizen, code: &SetupCode, asking: &Asking) -> Markup {
    let title = c.t("other-phone-title");
    let unknown = c.t("session-unknown");
    let device = if asking.agent.is_empty() { &unknown } else { &asking.agent };
    let rows = [Row::new(c.t("other-device"), device), Row::new(c.t("other-asked"), c.at(asking.asked_at))];
    c.frame(Place::Elsewhere, &title).page(html! {
        h1 { (title) }
        (ui::notice(Tone::Danger, html! { p { strong { (c.t("other-warning")) } } p { (c.t("other-warning-more")) } }))
        (ui::summary(c, &rows))
        form method="post" action=(PHONE) {
            (c.csrf())
            input type="hidden" name="code" value=(code.show().as_str());
            (ui::line(c, &Field::new("number", c.t("other-number")).hint(c.t("other-number-hint")), "", LineKind::Digits))
            (ui::actions(html! {
                (ui::submit_as(Weight::Primary, "do", "agree", &c.t("other-agree")))
                (ui::submit_as(Weight::Danger, "do", "refuse", &c.t("other-refuse")))
            }))
        }
    })
}

async fn answer(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    let code = SetupCode::parse(form.raw("code"));
    // A number that is none is a wrong one.
    let number = (form.raw("do") == "agree").then(|| form.line("number").parse().unwrap_or_default());
    let mut tx = c.begin().await?;
    let outcome = ops::crossing_answer(&c.portal.identity, &mut tx, &me, &code, number).await;
    let (tone, said) = match tx.finish(outcome).await {
        Ok(true) => (Tone::Good, "other-agreed"),
        Ok(false) if number.is_some() => (Tone::Danger, "other-wrong-number"),
        Ok(false) => (Tone::Good, "other-did-refuse"),
        Err(IdentityError::CeremonyOver) => (Tone::Wait, "other-over"),
        Err(refused) => return Err(refused.into()),
    };
    Ok((c.flash(tone, c.t(said)), Redirect::to("/account")).into_response())
}

async fn unlock_page(v: Visit) -> Markup {
    draw_unlock(&v, None)
}

fn draw_unlock(v: &Visit, said: Option<String>) -> Markup {
    let title = v.t("unlock-title");
    v.frame(Place::SignIn, &title).error(said.is_some()).script(PASSKEY_SCRIPT.name).page(html! {
        (ui::back_link("/sign-in", &v.t("nav-sign-in")))
        h1 { (title) }
        @if let Some(said) = said { (ui::notice(Tone::Danger, said)) }
        p.lead { (v.t("unlock-lead")) }
        @if v.portal.identity.site.is_some() {
            form method="post" action=(UNLOCK) data-passkey="get" data-offer="/sign-in/passkey/offer"
                data-cancelled=(v.t("passkey-cancelled")) hidden {
                (v.csrf())
                input type="hidden" name="ceremony" value="";
                input type="hidden" name="answer" value="";
                (ui::line(v, &Field::new("code", v.t("app-code")), "", LineKind::OneTimeCode))
                (ui::actions(ui::submit(Weight::Primary, &v.t("unlock-go"))))
                p data-status role="status" {}
            }
            noscript { p { (v.t("passkey-needs-script")) } }
        }
        p { (v.t("unlock-counter")) }
    })
}

async fn unlock(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let input = Unlocking {
        ceremony: form.raw("ceremony").to_owned(),
        answer: form.raw("answer").to_owned(),
        code: form.line("code"),
        client: client(&v, &headers),
    };
    match ops::account_unlock_own(&v.portal.identity, &input).await {
        Ok(signed) => {
            let flash = v.flash(Tone::Good, v.t("unlock-done"));
            Ok((signed.cookies(&v), flash, Redirect::to("/account")).into_response())
        }
        Err(refused) if refused.kind() == Kind::NotFound => Err(refused.into()),
        Err(refused) => {
            let said = refusal(&v, refused)?;
            Ok(draw_unlock(&v, Some(said)).into_response())
        }
    }
}
