//! The telephone of one's own account: which one it is, another one by codes to both, and taking it away.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, Kind};
use identity::{
    Current, IdentityError,
    http::SignedIn,
    ops::{self, phone::Asking},
};
use maud::{Markup, html};
use serde::Deserialize;
use webkit::{
    Form, Problem, Query, Rate, local_path, rate_limit,
    ui::{self, Field, LineKind, Row, Tone, Weight},
};

use crate::{
    Portal,
    account_sign_in::{TRIES, refusal},
    visit::{Citizen, Place, sign_in_strong},
};

pub const PHONE: &str = "/account/phone";
const CODES: &str = "/account/phone/codes";
const REMOVE: &str = "/account/phone/remove";

pub fn routes() -> Router<Arc<Portal>> {
    let limited = axum::middleware::from_fn_with_state(Rate::new(TRIES), rate_limit);
    let doors = Router::new()
        .route(PHONE, post(ask))
        .route(CODES, post(confirm))
        .route(REMOVE, post(remove))
        .layer(limited);
    Router::new().route(PHONE, get(show)).merge(doors)
}

/// Where the person came from, when a page sent them here to set something up.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct From {
    next: String,
}

async fn show(c: Citizen, SignedIn(me): SignedIn, Query(from): Query<From>) -> Result<Markup, Problem> {
    draw(&c, &me, &from.next, "", &[], None).await
}

async fn draw(
    c: &Citizen,
    me: &Current,
    next: &str,
    typed: &str,
    faults: &[FieldFault],
    said: Option<String>,
) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let shown = ops::phone_show(&c.portal.identity, &mut tx, me).await;
    let shown = tx.finish(shown).await?;
    let title = c.t("phone-title");
    let errors = webkit::i18n::by_field(c, faults);
    let field = Field::new("phone", c.t("phone-own")).hint(c.t("phone-hint")).errors(&errors);
    let key = if shown.is_some() { "phone-change" } else { "phone-set" };
    Ok(c.frame(Place::Elsewhere, &title).error(!faults.is_empty() || said.is_some()).page(html! {
        (ui::back_link("/account", &c.t("nav-account")))
        (ui::error_summary(c, faults))
        h1 { (title) }
        p.lead { (c.t("phone-lead")) }
        @if let Some(said) = said { (ui::notice(Tone::Danger, said)) }
        @if let Some(shown) = &shown {
            (ui::summary(c, &[
                Row::new(c.t("phone-now"), &shown.masked),
                Row::new(c.t("phone-state"), match shown.confirmed_at {
                    Some(at) => html! { (c.t("phone-confirmed")) " " (c.at(at)) },
                    None => html! { (c.t("phone-named")) },
                }),
            ]))
        } @else { p { (c.t("phone-none")) } }
        p { (c.t("phone-weakest")) }
        @if c.portal.identity.messages.is_some() {
            form method="post" action=(PHONE) novalidate {
                (c.csrf())
                input type="hidden" name="next" value=(next);
                (ui::line(c, &field, typed, LineKind::Phone))
                (ui::actions(ui::submit(Weight::Primary, &c.t(key))))
            }
        } @else { (ui::notice(Tone::Info, c.t("phone-off"))) }
        @if shown.is_some() {
            h2 { (c.t("phone-remove")) }
            p { (c.t("phone-remove-about")) }
            form method="post" action=(REMOVE) { (c.csrf()) (ui::actions(ui::submit(Weight::Danger, &c.t("phone-remove")))) }
        }
    }))
}

async fn ask(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    match ops::phone_ask(&c.portal.identity, &me, form.raw("phone"), c.lang()).await {
        Ok(asking) => Ok(draw_codes(&c, form.raw("next"), &asking, &[]).into_response()),
        Err(refused) => refuse(&c, &me, &form, refused).await,
    }
}

/// One field for each telephone that got a code.
fn draw_codes(c: &Citizen, next: &str, asking: &Asking, faults: &[FieldFault]) -> Markup {
    let errors = webkit::i18n::by_field(c, faults);
    let title = c.t("phone-codes-title");
    let line = |name: &str, to: &str| {
        let label = c.tw("phone-code-to", &[("to", to.into())]);
        ui::line(c, &Field::new(name, label).errors(&errors), "", LineKind::OneTimeCode)
    };
    c.frame(Place::Elsewhere, &title).error(!faults.is_empty()).page(html! {
        (ui::back_link(PHONE, &c.t("phone-title")))
        (ui::error_summary(c, faults))
        h1 { (title) }
        p.lead { (c.t(if asking.old.is_some() { "phone-codes-two" } else { "phone-codes-one" })) }
        form method="post" action=(CODES) novalidate {
            (c.csrf())
            input type="hidden" name="next" value=(next);
            input type="hidden" name="ceremony" value=(asking.ceremony);
            input type="hidden" name="new" value=(asking.new);
            @if let Some(old) = &asking.old {
                input type="hidden" name="old" value=(old);
                (line("old_code", old))
            }
            (line("code", &asking.new))
            (ui::actions(ui::submit(Weight::Primary, &c.t("phone-confirm"))))
        }
        p.quiet { (c.t("message-code-none")) }
    })
}

async fn confirm(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    let old = form.has("old").then(|| form.raw("old").to_owned());
    let asking = Asking { ceremony: form.raw("ceremony").to_owned(), new: form.raw("new").to_owned(), old };
    let mut codes = vec![form.raw("code")];
    if asking.old.is_some() {
        codes.insert(0, form.raw("old_code"));
    }
    match ops::phone_confirm(&c.portal.identity, &me, &asking.ceremony, &codes).await {
        Ok(()) => {
            let flash = c.flash(Tone::Good, c.t("phone-done"));
            let next = local_path(form.raw("next")).unwrap_or(PHONE);
            Ok((flash, Redirect::to(next)).into_response())
        }
        Err(wrong @ IdentityError::BadMessageCode) => {
            let faults = [FieldFault::new("code", wrong.code())];
            Ok(draw_codes(&c, form.raw("next"), &asking, &faults).into_response())
        }
        Err(refused) => refuse(&c, &me, &form, refused).await,
    }
}

async fn remove(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    let mut tx = c.begin().await?;
    let removed = ops::phone_remove(&c.portal.identity, &mut tx, &me).await;
    match tx.finish(removed).await {
        Ok(()) => Ok((c.flash(Tone::Good, c.t("phone-removed")), Redirect::to(PHONE)).into_response()),
        Err(refused) => refuse(&c, &me, &form, refused).await,
    }
}

/// What is missing is asked for in its place; what can be mended is said; the rest ends the request.
async fn refuse(c: &Citizen, me: &Current, form: &Form, refused: IdentityError) -> Result<Response, Problem> {
    let (next, typed) = (form.raw("next"), form.raw("phone"));
    match &refused {
        IdentityError::SecondFactorNeeded => Ok(Redirect::to(&sign_in_strong(PHONE)).into_response()),
        _ if !refused.fields().is_empty() => {
            Ok(draw(c, me, next, typed, refused.fields(), None).await?.into_response())
        }
        _ if refused.kind() == Kind::NotFound => Err(refused.into()),
        _ => {
            let said = refusal(c, refused)?;
            Ok(draw(c, me, next, typed, &[], Some(said)).await?.into_response())
        }
    }
}
