//! The officer's desk: the inbox by due date, a dossier at one look with its decision bar, look-ups in the record, the
//! workload of an agency, and the officer's own account. Everything lies under `/desk`.
//!
//! - [`inbox`], [`dossier_page`], [`people`], [`workload`], [`sign_in`], [`account`] are pages with their handlers;
//!   [`files`] hands out what was handed in. [`officer`] is the request's officer and the frame, [`words`] how things are said.
//! - [`bar`] decides which actions are offered; the operations of `dossier` decide again.
//! - A handler runs operations in one transaction and draws what they give. No SQL and no rules here; every page works
//!   without scripts.

mod account;
pub mod bar;
mod dossier_page;
mod files;
mod inbox;
mod officer;
mod people;
mod sign_in;
mod words;
mod workload;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use catalogue::Catalogue;
use dossier::Dossiers;
use identity::Identity;
use maud::{Markup, html};
use store::Store;
use webkit::{Extra, View, i18n::Source};

/// The texts of this site: the Vietnamese file, then the English one.
pub const TEXTS: Source = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));

/// The desk's own style sheet, for [`webkit::Config::extras`]: a screen of work is denser than a citizen's page.
pub fn assets() -> Vec<Extra> {
    vec![Extra { name: STYLES, bytes: include_bytes!("../assets/desk.css") }]
}

const STYLES: &str = "desk.css";

/// What the pages stand on.
pub struct Desk {
    pub store: Store,
    pub dossiers: Dossiers,
    pub catalogue: Arc<Catalogue>,
    pub identity: Identity,
}

/// Every page. `identity::http::authenticate` stands around it, [`webkit::Kit::wrap`] around both.
pub fn routes(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/desk", get(inbox::show))
        .route("/desk/dossiers/{code}", get(dossier_page::show))
        .route("/desk/dossiers/{code}/{action}", get(dossier_page::back).post(dossier_page::act))
        .route("/desk/dossiers/{code}/papers/{document}", get(files::paper))
        .route("/desk/files/{dossier}/{attachment}", get(files::attachment))
        .route("/desk/people", get(people::ask).post(people::find))
        .route("/desk/people/raise", post(people::raise))
        .route("/desk/workload", get(workload::show))
        .route("/desk/account", get(account::show))
        .route("/desk/account/totp", post(account::totp_confirm))
        .route("/desk/account/totp/begin", post(account::totp_begin))
        .route("/desk/account/password", post(account::password))
        .route("/desk/account/sessions/others", post(account::end_others))
        .route("/desk/account/sessions/{id}", post(account::end_session))
        .route("/desk/sign-out", post(sign_in::sign_out))
        .merge(sign_in::routes())
        .with_state(desk)
}

/// At the beginning of a page's body.
fn styles(view: &View) -> Markup {
    html! { link rel="stylesheet" href=(view.kit().assets().url(STYLES)); }
}
