//! The officer's desk: the inbox by due date, a dossier at one look with its decision bar, look-ups in the record, the
//! workload of an agency, and the officer's own account. Everything lies under `/desk`.
//!
//! - [`inbox`], [`dossier_page`], [`people`] with [`raise`], [`duplicates`], [`corrections`], [`counter`] with [`compare`], [`guardian`] and [`refusal`], [`locks`] with [`account_lock`], [`foreigners`], [`organisations`] with [`organisation_forms`], [`workload`], [`staff`], [`duty`], [`sign_in`], [`set_up`], [`account`] are
//!   pages with their handlers; [`kept`] saves what was typed when a session ends; [`files`] hands out what was handed in. [`officer`] is the request's officer and the frame, [`words`] how things are said.
//! - [`quality`] shows how good the record is, [`quality_work`] the work that follows from it.
//! - [`bar`] decides which actions are offered; the operations of `dossier` decide again.
//! - A handler runs operations in one transaction and draws what they give. No SQL and no rules here; every page works
//!   without scripts.

mod account;
mod account_lock;
pub mod bar;
mod compare;
mod corrections;
mod counter;
mod disputes;
mod dossier_page;
mod duplicates;
mod duty;
mod files;
mod foreigners;
mod guardian;
mod inbox;
mod kept;
mod locks;
mod officer;
mod organisation_forms;
mod organisations;
mod people;
mod quality;
mod quality_chart;
mod quality_work;
mod raise;
mod refusal;
mod set_up;
mod sign_in;
mod staff;
mod words;
mod workload;

#[cfg(test)]
mod tests;

pub use set_up::SET_UP;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use catalogue::Catalogue;
use credential::Credentials;
use dossier::Dossiers;
use identity::Identity;
use maud::{Markup, html};
use store::Store;
use webkit::{Extra, View, i18n::Source};

/// The texts of this site: the Vietnamese file, then the English one.
pub const TEXTS: Source = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));

/// The desk's own style sheet and the script of passkeys, for [`webkit::Config::extras`]: a screen of work is denser than a citizen's page.
pub fn assets() -> Vec<Extra> {
    vec![Extra { name: STYLES, bytes: include_bytes!("../assets/desk.css") }, identity::PASSKEY_SCRIPT]
}

const STYLES: &str = "desk.css";

/// What the pages stand on.
pub struct Desk {
    pub store: Store,
    pub dossiers: Dossiers,
    pub catalogue: Arc<Catalogue>,
    pub identity: Identity,
    pub credentials: Arc<Credentials>,
    pub quality: registry::quality::Quality,
}

/// Every page. `identity::http::authenticate` stands around it, [`webkit::Kit::wrap`] around both.
pub fn routes(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/desk", get(inbox::show))
        .route("/desk/dossiers/{code}", get(dossier_page::show))
        .route("/desk/dossiers/{code}/{action}", get(dossier_page::back).post(dossier_page::act))
        .route("/desk/dossiers/{code}/papers/{document}", get(files::paper))
        .route(
            "/desk/dossiers/{code}/papers/{document}/revoke",
            get(dossier_page::revoke::ask).post(dossier_page::revoke::answer),
        )
        .route("/desk/files/{dossier}/{attachment}", get(files::attachment))
        .route("/desk/people", get(people::ask).post(people::find))
        .route("/desk/people/raise", post(raise::raise))
        .route(counter::COUNTER, get(counter::show).post(counter::collect))
        .route("/desk/accounts/reset", post(counter::reset))
        .route("/desk/accounts/{account}/refuse", get(refusal::ask).post(refusal::answer))
        .route("/desk/accounts/{account}/{step}", post(counter::decide))
        .route(locks::LOCKS, get(locks::show))
        .route("/desk/locks/account", post(account_lock::open))
        .route("/desk/locks/account/{step}", post(account_lock::step))
        .route("/desk/locks/{account}/{step}", post(locks::decide))
        .route(foreigners::FOREIGNERS, get(foreigners::show).post(foreigners::collect))
        .route(organisations::ORGANISATIONS, get(organisations::show).post(organisations::collect))
        .route("/desk/organisations/find", post(organisations::find))
        .route("/desk/organisations/{organisation}/{step}", post(organisations::step))
        .route(corrections::CORRECTIONS, get(corrections::list))
        .route("/desk/corrections/{person}/{id}", get(corrections::show))
        .route("/desk/corrections/{person}/{id}/{step}", post(corrections::step))
        .route(disputes::DISPUTES, get(disputes::list))
        .route("/desk/disputes/{person}/{dispute}", get(disputes::show))
        .route("/desk/disputes/{person}/{dispute}/{step}", post(disputes::step))
        .route(duplicates::DUPLICATES, get(duplicates::list))
        .route("/desk/duplicates/{person}/{other}", get(duplicates::show))
        .route("/desk/duplicates/{person}/{other}/{step}", get(duplicates::back).post(duplicates::step))
        .route("/desk/workload", get(workload::show))
        .route(quality::QUALITY, get(quality::show))
        .route(quality_work::WORK, get(quality_work::show).post(quality_work::step))
        .route(staff::STAFF, get(staff::show).post(staff::create))
        .route("/desk/staff/{account}", get(staff::member))
        .route("/desk/staff/{account}/{step}", post(staff::step))
        .route(duty::DUTY, get(duty::show).post(duty::switch))
        .route("/desk/account", get(account::show))
        .route("/desk/account/totp", post(account::totp_confirm))
        .route("/desk/account/totp/begin", post(account::totp_begin))
        .route("/desk/account/password", post(account::password))
        .route("/desk/account/passkeys", post(account::passkey_add))
        .route("/desk/account/passkeys/offer", post(account::passkey_offer))
        .route("/desk/account/passkeys/{id}", post(account::passkey_remove))
        .route("/desk/account/sessions/others", post(account::end_others))
        .route("/desk/account/sessions/{id}", post(account::end_session))
        .route("/desk/sign-out", post(sign_in::sign_out))
        .merge(sign_in::routes())
        .merge(set_up::routes())
        .with_state(desk)
}

/// At the beginning of a page's body.
fn styles(view: &View) -> Markup {
    html! { link rel="stylesheet" href=(view.kit().assets().url(STYLES)); }
}
