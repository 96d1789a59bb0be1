//! The first page. For everybody: find a service. For who is signed in, three things: what needs them now, where their
//! dossiers are, and find a service.

use std::sync::Arc;

use axum::{Router, routing::get};
use dossier::{
    Dossier, DossierError, Status,
    ops::lists::{self, Question},
    row::ConsentState,
};
use maud::{Markup, html};
use webkit::{
    Problem,
    ui::{self, Door, Icon, Link, Tone},
};

use crate::{
    Portal, consents, dossiers,
    visit::{Citizen, Place, Visit},
};

/// The services that people ask for most; those not in the catalogue of the day are left out.
const MOST_USED: [&str; 8] =
    ["1.004194", "1.004222", "1.010041", "2.001159", "1.002755", "1.010028", "1.012564", "2.001194"];
/// Dossiers shown on the first page; the list has all.
const DOSSIERS_MAX: usize = 5;

pub fn routes() -> Router<Arc<Portal>> {
    Router::new().route("/", get(home))
}

async fn home(v: Visit, citizen: Result<Citizen, axum::response::Response>) -> Result<Markup, Problem> {
    match citizen {
        Ok(citizen) => signed_in(&citizen).await,
        Err(_) => Ok(signed_out(&v)),
    }
}

fn signed_out(v: &Visit) -> Markup {
    let title = v.t("home-title");
    let hero = ui::hero(&title, &v.t("home-lead"), find(v));
    v.frame(Place::Home, &title).hero(hero).wide().page(html! {
        div.columns {
            div {
                h2 { (v.t("home-how")) }
                (ui::doors(&[
                    Door::new("/sign-in", Icon::Key, v.t("home-sign-in"), v.t("home-sign-in-about")),
                    Door::new("/open-account", Icon::User, v.t("home-open"), v.t("home-open-about")),
                    Door::new("/verify", Icon::QrCode, v.t("home-verify"), v.t("home-verify-about")),
                    Door::new("/privacy", Icon::Eye, v.t("home-log"), v.t("home-log-about")),
                ]))
            }
            div { (most_used(v)) }
        }
    })
}

async fn signed_in(c: &Citizen) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let outcome = async {
        let own = lists::dossiers_list(&mut tx, &c.actor).await?;
        let asked = lists::consents_list(&mut tx, &c.actor).await?;
        Ok::<_, DossierError>((own, asked))
    }
    .await;
    let (own, asked) = tx.finish(outcome).await?;
    let asked: Vec<&Question> = asked.iter().filter(|q| q.state == ConsentState::Asked).collect();
    let needs = |d: &&Dossier| d.status.is_paused();
    let mine: Vec<&Dossier> = own.iter().filter(needs).collect();
    let under_way = own.iter().filter(|d| !d.status.is_terminal() && !d.status.is_paused());
    let mut under_way: Vec<&Dossier> = under_way.collect();
    under_way.sort_by_key(|d| d.status == Status::Draft);
    let more = own.len() > under_way.len().min(DOSSIERS_MAX) + mine.len();
    under_way.truncate(DOSSIERS_MAX);
    let count = mine.len() + asked.len();
    let lead = c.tw("home-needs-count", &[("count", count.into())]);
    let title = c.t("home-hello");
    Ok(c.frame(Place::Home, &title).hero(ui::hero(&title, &lead, find(c))).wide().page(html! {
        div.columns {
            section.flow {
                h2 { (c.t("home-needs")) }
                @if count == 0 { (ui::notice(Tone::Good, c.t("home-needs-nothing"))) }
                @if !mine.is_empty() { (dossiers::doors(c, &mine)) }
                @if !asked.is_empty() { (consents::doors(c, &asked)) }
                h2 { (c.t("home-dossiers")) }
                @if under_way.is_empty() { p { (c.t("home-dossiers-none")) } }
                @else { (dossiers::doors(c, &under_way)) }
                @if more { p { a href="/dossiers" { (c.t("home-dossiers-all")) } } }
            }
            div { (most_used(c)) }
        }
    }))
}

fn find(v: &Visit) -> Markup {
    ui::search(v, "/services", "q", "", &v.t("find-question"))
}

fn most_used(v: &Visit) -> Markup {
    let procedures = v.portal.catalogue.procedures();
    let known = MOST_USED.iter().filter_map(|code| procedures.get(code));
    let today = v.today();
    let links: Vec<Link> = known
        .filter(|p| p.validity.contains(today))
        .map(|p| Link::new(format!("/services/{}", p.code), p.name.get(v.lang())))
        .collect();
    html! {
        h2 { (v.t("home-most-used")) }
        (ui::links(&links))
        p { a href="/services" { (v.t("home-all-services")) } }
    }
}
