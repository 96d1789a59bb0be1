//! One's own passkeys: add, rename, remove. And the authenticator app, the second factor that needs no script.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, Kind};
use identity::{
    Current, IdentityError, PASSKEY_SCRIPT,
    http::SignedIn,
    ops::{self, passkey_keep::Listed, totp_enrol::Enrolment},
    rows::AuthenticatorId,
};
use maud::{Markup, html};
use serde::Deserialize;
use webkit::{
    Form, Path, Problem, Query, Rate, local_path, rate_limit,
    ui::{self, Field, Icon, LineKind, Tone, Weight},
};

use crate::{
    Portal,
    account_sign_in::TRIES,
    visit::{Citizen, Place, sign_in_strong},
};

pub const PASSKEYS: &str = "/account/passkeys";
pub const APP: &str = "/account/app";

pub fn routes() -> Router<Arc<Portal>> {
    let doors = Router::new()
        .route(PASSKEYS, post(add))
        .route("/account/passkeys/offer", post(offer))
        .route("/account/passkeys/{id}", post(change))
        .route(APP, post(app_confirm))
        .route("/account/app/begin", post(app_begin))
        .layer(axum::middleware::from_fn_with_state(Rate::new(TRIES), rate_limit));
    Router::new().route(PASSKEYS, get(list)).route(APP, get(app)).merge(doors)
}

/// Where the person came from, when a page sent them here to set something up.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct From {
    next: String,
}

fn on<'a>(next: &'a str, here: &'a str) -> &'a str {
    local_path(next).unwrap_or(here)
}

async fn list(c: Citizen, SignedIn(me): SignedIn, Query(from): Query<From>) -> Result<Markup, Problem> {
    draw(&c, &me, &from.next, &[], None).await
}

async fn draw(
    c: &Citizen,
    me: &Current,
    next: &str,
    faults: &[FieldFault],
    said: Option<String>,
) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let keys = ops::passkey_list(&mut tx, me).await;
    let keys = tx.finish(keys).await?;
    let title = c.t("passkeys-title");
    let errors = webkit::i18n::by_field(c, faults);
    let frame = c.frame(Place::Elsewhere, &title).error(!faults.is_empty() || said.is_some());
    Ok(frame.script(PASSKEY_SCRIPT.name).page(html! {
        (ui::back_link("/account", &c.t("nav-account")))
        (ui::error_summary(c, faults))
        h1 { (title) }
        p.lead { (c.t("passkeys-lead")) }
        @if let Some(said) = said { (ui::notice(Tone::Danger, said)) }
        @if keys.is_empty() { p { (c.t("passkeys-none")) } } @else { (rows(c, &keys)) }
        @if c.portal.identity.site.is_some() {
            form method="post" action=(PASSKEYS) data-passkey="create" data-offer="/account/passkeys/offer"
                data-cancelled=(c.t("passkey-cancelled")) data-known=(c.t("passkey-known-here")) hidden novalidate {
                (c.csrf())
                input type="hidden" name="next" value=(next);
                input type="hidden" name="ceremony" value="";
                input type="hidden" name="answer" value="";
                (ui::line(c, &Field::new("name", c.t("passkey-name")).hint(c.t("passkey-name-hint")).errors(&errors), &c.t("passkey-name-first"), LineKind::Text))
                (ui::actions(ui::submit(Weight::Primary, &c.t("passkey-add"))))
                p data-status role="status" {}
            }
            noscript { p { (c.t("passkey-needs-script")) } }
        } @else { (ui::notice(Tone::Info, c.t("passkeys-not-here"))) }
    }))
}

fn rows(c: &Citizen, keys: &[Listed]) -> Markup {
    html! {
        ul.files { @for key in keys {
            li {
                (Icon::Key)
                div {
                    strong { (key.name) }
                    p.quiet {
                        @match key.last_used_at {
                            Some(used) => { (c.tw("passkey-times", &[("made", c.at(key.created_at).into()), ("used", c.at(used).into())])) }
                            None => { (c.tw("passkey-made", &[("made", c.at(key.created_at).into())])) }
                        }
                    }
                    (ui::details(&c.t("passkey-rename"), html! {
                        form method="post" action={ (PASSKEYS) "/" (key.id) } {
                            (c.csrf())
                            label for={ "name-" (key.id) } { (c.t("passkey-name")) }
                            input id={ "name-" (key.id) } name="name" type="text" value=(key.name) autocomplete="off";
                            (ui::submit_as(Weight::Secondary, "do", "rename", &c.t("passkey-rename")))
                        }
                    }))
                }
                form method="post" action={ (PASSKEYS) "/" (key.id) } {
                    (c.csrf())
                    button.button.secondary type="submit" name="do" value="remove" { (c.t("passkey-remove")) span.hidden { ": " (key.name) } }
                }
            }
        } }
    }
}

async fn offer(c: Citizen, SignedIn(me): SignedIn) -> Result<Response, Problem> {
    let mut tx = c.begin().await?;
    let offer = ops::passkey_offer(&c.portal.identity, &mut tx, &me).await;
    Ok(axum::Json(tx.finish(offer).await?).into_response())
}

async fn add(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    let [token, answer, name] = ["ceremony", "answer", "name"].map(|field| form.raw(field));
    match ops::passkey_register(&c.portal.identity, &me, token, answer, name).await {
        Ok(()) => {
            let flash = c.flash(Tone::Good, c.t("passkey-added"));
            Ok((flash, Redirect::to(on(form.raw("next"), PASSKEYS))).into_response())
        }
        Err(refused) => refuse(&c, &me, form.raw("next"), refused).await,
    }
}

async fn change(
    c: Citizen,
    SignedIn(me): SignedIn,
    Path(id): Path<AuthenticatorId>,
    form: Form,
) -> Result<Response, Problem> {
    let mut tx = c.begin().await?;
    let (outcome, said) = match form.raw("do") {
        "rename" => (ops::passkey_rename(&mut tx, &me, id, form.raw("name")).await, "passkey-renamed"),
        "remove" => (ops::passkey_remove(&c.portal.identity, &mut tx, &me, id).await, "passkey-removed"),
        _ => (Err(IdentityError::NotFound), ""),
    };
    match tx.finish(outcome).await {
        Ok(()) => Ok((c.flash(Tone::Good, c.t(said)), Redirect::to(PASSKEYS)).into_response()),
        Err(refused) => refuse(&c, &me, "", refused).await,
    }
}

/// What is missing is asked for in its place; what can be mended is said; the rest ends the request.
async fn refuse(c: &Citizen, me: &Current, next: &str, refused: IdentityError) -> Result<Response, Problem> {
    match &refused {
        IdentityError::SecondFactorNeeded => Ok(Redirect::to(&sign_in_strong(PASSKEYS)).into_response()),
        _ if matches!(refused.kind(), Kind::Bug | Kind::Unavailable | Kind::NotFound) => Err(refused.into()),
        _ if !refused.fields().is_empty() => {
            Ok(draw(c, me, next, refused.fields(), None).await?.into_response())
        }
        _ => {
            let said = c.code(refused.code(), &refused.args());
            Ok(draw(c, me, next, &[], Some(said)).await?.into_response())
        }
    }
}

async fn app(c: Citizen, SignedIn(_): SignedIn, Query(from): Query<From>) -> Markup {
    draw_app(&c, &from.next, None, &[])
}

fn draw_app(c: &Citizen, next: &str, enrolment: Option<&Enrolment>, faults: &[FieldFault]) -> Markup {
    let title = c.t("app-title");
    let errors = webkit::i18n::by_field(c, faults);
    let waits = enrolment.is_some() || !faults.is_empty();
    let (weight, key) = if waits { (Weight::Secondary, "app-again") } else { (Weight::Primary, "app-begin") };
    c.frame(Place::Elsewhere, &title).error(!faults.is_empty()).page(html! {
        (ui::back_link("/account", &c.t("nav-account")))
        (ui::error_summary(c, faults))
        h1 { (title) }
        p.lead { (c.t("app-lead")) }
        @if let Some(enrolment) = enrolment {
            ol {
                li { (c.t("app-scan")) }
                li { (c.t("app-type")) " " code { (enrolment.secret) } }
                li { (c.t("app-then")) }
            }
            (ui::qr(&enrolment.uri, &c.t("app-qr")))
        }
        @if waits {
            form method="post" action=(APP) novalidate {
                (c.csrf())
                input type="hidden" name="next" value=(next);
                (ui::line(c, &Field::new("code", c.t("app-code")).errors(&errors), "", LineKind::OneTimeCode))
                (ui::actions(ui::submit(Weight::Primary, &c.t("app-confirm"))))
            }
        }
        form method="post" action="/account/app/begin" {
            (c.csrf())
            input type="hidden" name="next" value=(next);
            (ui::actions(ui::submit(weight, &c.t(key))))
        }
    })
}

async fn app_begin(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    let mut tx = c.begin().await?;
    let enrolment = ops::totp_enrol(&c.portal.identity, &mut tx, &me).await;
    match tx.finish(enrolment).await {
        Ok(enrolment) => Ok(draw_app(&c, form.raw("next"), Some(&enrolment), &[]).into_response()),
        Err(IdentityError::SecondFactorNeeded) => Ok(Redirect::to(&sign_in_strong(APP)).into_response()),
        Err(refused) => Err(refused.into()),
    }
}

async fn app_confirm(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    let mut tx = c.begin().await?;
    let outcome = ops::totp_confirm(&c.portal.identity, &mut tx, &me, &form.line("code")).await;
    match tx.finish(outcome).await {
        Ok(()) => {
            let flash = c.flash(Tone::Good, c.t("app-done"));
            Ok((flash, Redirect::to(on(form.raw("next"), "/account"))).into_response())
        }
        Err(refused @ IdentityError::BadCode) => {
            let fault = FieldFault::new("code", refused.code());
            Ok(draw_app(&c, form.raw("next"), None, &[fault]).into_response())
        }
        Err(refused) => Err(refused.into()),
    }
}
