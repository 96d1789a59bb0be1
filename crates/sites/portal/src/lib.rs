//! The citizen's site: find a service, file it, follow it, and see what is held about oneself and who looked at it.
//!
//! - Pages by group: [`home`], [`services`], [`edit`] with [`draw`] and [`files`], [`check`], [`dossiers`] with [`line`],
//!   [`consents`], [`record`] with [`record_page`] and
//!   [`record_correct`], [`account`] with [`account_sign_in`],
//!   [`account_open`], [`account_phone`], [`account_passkeys`], [`account_other`], [`account_recover`], [`account_file`], [`account_helpers`], [`account_wards`],
//!   [`account_organisations`] with [`account_organisation`], [`verify`], [`about`]. [`visit`] is the request and the frame, [`send`] how a form is
//!   taken once, [`words`] how things are said.
//! - A handler calls operations of the domains in one transaction and draws what they give. No SQL and no rules here.
//! - Every page works without scripts; `assets/` only adds comfort (saving while typing, uploads that resume).
//! - Nobody sees another person's whole personal number here, except where they typed it themselves to mend it.

mod about;
mod account;
mod account_file;
mod account_helpers;
mod account_open;
mod account_organisation;
mod account_organisations;
mod account_other;
mod account_passkeys;
mod account_phone;
mod account_recover;
mod account_sign_in;
mod account_wards;
mod check;
mod consents;
mod dossiers;
mod draw;
mod edit;
mod files;
mod home;
mod line;
mod record;
mod record_correct;
mod record_page;
mod reverify;
mod send;
mod services;
mod verify;
mod visit;
mod words;

use std::sync::Arc;

use axum::Router;
use catalogue::Catalogue;
use credential::Credentials;
use dossier::Dossiers;
use identity::Identity;
use store::Store;
use tlog::VerifierKey;
use webkit::{Extra, i18n::Source};

/// The texts of this site: the Vietnamese file, then the English one.
pub const TEXTS: Source = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));

/// The site's own scripts, for [`webkit::Config::extras`].
pub fn assets() -> Vec<Extra> {
    vec![
        Extra { name: "portal.js", bytes: include_bytes!("../assets/portal.js") },
        Extra { name: "verify.js", bytes: include_bytes!("../assets/verify.js") },
        identity::PASSKEY_SCRIPT,
    ]
}

/// What the pages stand on.
pub struct Portal {
    pub store: Store,
    pub dossiers: Dossiers,
    pub identity: Identity,
    pub catalogue: Arc<Catalogue>,
    pub credentials: Arc<Credentials>,
    pub quality: registry::quality::Quality,
    /// The log's public keys; its origin is the name of the first.
    pub log_keys: Vec<VerifierKey>,
}

/// Every page. [`identity::http::authenticate`] stands around it, and [`webkit::Kit::wrap`] around both.
pub fn routes(portal: Arc<Portal>) -> Router {
    Router::new()
        .merge(home::routes())
        .merge(services::routes())
        .merge(edit::routes())
        .merge(files::routes())
        .merge(check::routes())
        .merge(dossiers::routes())
        .merge(consents::routes())
        .merge(record::routes())
        .merge(reverify::routes())
        .merge(account::routes())
        .merge(account_open::routes())
        .merge(account_phone::routes())
        .merge(account_sign_in::routes())
        .merge(account_passkeys::routes())
        .merge(account_other::routes())
        .merge(account_recover::routes())
        .merge(account_file::routes())
        .merge(account_wards::routes())
        .merge(account_helpers::routes())
        .merge(account_organisations::routes())
        .merge(verify::routes())
        .merge(about::routes())
        .with_state(portal)
}
