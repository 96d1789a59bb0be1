//! A relying party sends the browser here to sign out. Where it is not certain that it speaks for whoever is signed in, the
//! person is asked: anybody can put an address into a page.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use maud::{Markup, html};
use openid::ops::{LogoutWish, logout_client, logout_confirm};
use webkit::{
    Form, Problem, Query, View,
    ui::{self, Tone},
};

use crate::{
    Consent,
    ask::policy,
    visit::{self, Visit},
};

/// Where the provider sends the browser to be asked.
const CONFIRM: &str = "/authorize/logout";
const DONE: &str = "/authorize/logout/done";
const ANSWER: &str = "answer";
const LEAVE: &str = "leave";

pub fn routes() -> Router<Arc<Consent>> {
    Router::new().route(CONFIRM, get(show).post(reply)).route(DONE, get(done))
}

async fn show(v: Visit, Query(wish): Query<LogoutWish>) -> Result<Response, Problem> {
    if v.login.is_none() {
        return Ok(Redirect::to(&end(&v, &wish).await?).into_response());
    }
    let client = logout_client(&v.site.openid, &wish);
    let name = client.map(|client| v.text(&client.settings.name).to_owned());
    Ok((policy(wish.goes_to())?, page(&v, name.as_deref())).into_response())
}

async fn reply(v: Visit, Query(wish): Query<LogoutWish>, form: Form) -> Result<Response, Problem> {
    if form.raw(ANSWER) != LEAVE {
        return Ok(Redirect::to("/").into_response());
    }
    let to = end(&v, &wish).await?;
    Ok((v.session_end(), Redirect::to(&to)).into_response())
}

/// Ends the session where there is one, and says where the browser goes.
async fn end(v: &Visit, wish: &LogoutWish) -> Result<String, Problem> {
    let mut tx = v.begin().await?;
    let outcome = logout_confirm(&v.site.openid, &mut tx, wish, v.login.as_ref()).await;
    Ok(tx.finish(outcome).await?.unwrap_or_else(|| DONE.to_owned()))
}

async fn done(v: Visit) -> Markup {
    done_page(&v)
}

/// The question: leave, or stay signed in.
pub fn page(view: &View, name: Option<&str>) -> Markup {
    let title = view.t("consent-logout-title");
    let lead = match name {
        Some(name) => view.tw("consent-logout-asked", &[("name", name.into())]),
        None => view.t("consent-logout-asked-nobody"),
    };
    visit::frame(view, &title).page(html! {
        (visit::styles(view))
        h1 { (title) }
        p.lead { (lead) }
        p { (view.t("consent-logout-means")) }
        form method="post" {
            (view.csrf())
            div.consent-answers {
                button.button.secondary type="submit" name=(ANSWER) value=(LEAVE) { (ui::Icon::LogOut) (view.t("consent-logout-yes")) }
                button.button.secondary type="submit" name=(ANSWER) value="stay" { (view.t("consent-logout-no")) }
            }
        }
    })
}

pub fn done_page(view: &View) -> Markup {
    let title = view.t("consent-logout-done");
    visit::frame(view, &title).page(html! {
        (visit::styles(view))
        (ui::panel(Tone::Good, &title, html! { p { (view.t("consent-logout-done-means")) } }))
        p { (ui::link_button_secondary("/", &view.t("consent-home"))) }
    })
}
