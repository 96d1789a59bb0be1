//! Children's accounts that wait for the word of a parent or guardian (NĐ 69/2024 Art. 14).

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use contracts::{Access, Purpose};
use forms::Fact;
use identity::{Enrolment, EnrolmentId, IdentityError, http::SignedIn, ops};
use maud::{Markup, html};
use webkit::{
    Form, Problem,
    ui::{self, Icon, Tone},
};

use crate::{
    Portal,
    visit::{Citizen, Place, sign_in_strong},
};

pub const WARDS: &str = "/account/wards";

pub fn routes() -> Router<Arc<Portal>> {
    Router::new().route(WARDS, get(list)).route("/account/wards/agree", post(agree))
}

async fn list(c: Citizen, SignedIn(me): SignedIn) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let wards = ops::ward_list(&mut tx, &me).await;
    let wards = tx.finish(wards).await?;
    let mut named = Vec::with_capacity(wards.len());
    for ward in wards {
        named.push((name(&c, &ward).await?, ward));
    }
    let title = c.t("wards-title");
    Ok(c.frame(Place::Elsewhere, &title).page(html! {
        (ui::back_link("/account", &c.t("nav-account")))
        h1 { (title) }
        p.lead { (c.t("wards-lead")) }
        @if named.is_empty() { p { (c.t("wards-none")) } }
        ul.files { @for (name, ward) in &named {
            li {
                (Icon::User)
                div {
                    strong { (name) }
                    p.quiet { (c.tw("wards-asked", &[("when", c.at(ward.collected_at).into())])) }
                }
                form method="post" action="/account/wards/agree" {
                    (c.csrf())
                    input type="hidden" name="file" value=(ward.id);
                    button.button type="submit" { (c.t("wards-agree")) span.hidden { ": " (name) } }
                }
            }
        } }
    }))
}

/// Who came to the counter with a child knows its name; this shows which child is meant.
async fn name(c: &Citizen, ward: &Enrolment) -> Result<String, Problem> {
    let mut tx = c.begin().await?;
    let access = Access::system(Purpose::SIGN_IN);
    let register = &c.portal.dossiers.register;
    let facts = register.facts(&mut tx, &access, ward.person, &[Fact::Name]).await;
    let name = tx.finish(facts).await?.value(Fact::Name, c.today()).text();
    Ok(name.unwrap_or_else(|| c.t("wards-child")))
}

async fn agree(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    let file = EnrolmentId(form.raw("file").parse().map_err(|_| Problem::not_found())?);
    let mut tx = c.begin().await?;
    let agreed = ops::ward_agree(&mut tx, &me, file).await;
    match tx.finish(agreed).await {
        Ok(()) => Ok((c.flash(Tone::Good, c.t("wards-agreed")), Redirect::to(WARDS)).into_response()),
        Err(IdentityError::SecondFactorNeeded) => Ok(Redirect::to(&sign_in_strong(WARDS)).into_response()),
        Err(refused) => Err(refused.into()),
    }
}
