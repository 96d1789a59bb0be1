//! The console of relying parties, under `/console`: an agency enters what its programs may ask, the authority approves,
//! and both see how it goes.
//!
//! - [`clients`] lists and begins, [`form`] is the form of a relying party, [`client`] one of them with its state and [`facts`],
//!   [`keys`] what it proves itself with, [`errors`] and [`usage`] how it goes, [`snippets`] how to begin.
//! - [`approvals`] is for the authority, [`tokens`] let programs register by themselves, [`sandbox`] shows the people who do
//!   not exist.
//! - [`officer`] is the request's officer and the frame, [`words`] how things are said.
//! - Who may do what is decided by the operations of `openid`; here only what is offered. No person's data is ever here.

mod approvals;
mod client;
mod clients;
mod errors;
mod facts;
mod form;
mod keys;
mod officer;
mod sandbox;
mod snippets;
mod tokens;
mod usage;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use contracts::{AgencyId, ports::Nation};
use openid::OpenId;
use store::Store;
use webkit::{Extra, Say, i18n::Source};

use words::Words;

/// The texts of this site: the Vietnamese file, then the English one.
pub const TEXTS: Source = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));

/// The console's own style sheet, for [`webkit::Config::extras`].
pub fn assets() -> Vec<Extra> {
    vec![Extra { name: STYLES, bytes: include_bytes!("../assets/console.css") }]
}

const STYLES: &str = "console.css";
/// Where the list is.
pub const CONSOLE: &str = "/console";
const APPROVALS: &str = "/console/approvals";
const SANDBOX: &str = "/console/sandbox";
const TOKENS: &str = "/console/tokens";

/// What the pages stand on.
pub struct Console {
    pub store: Store,
    pub openid: OpenId,
    pub nation: Arc<dyn Nation>,
}

impl Console {
    fn words<'a>(&'a self, say: &'a Say) -> Words<'a> {
        Words { say, nation: &*self.nation }
    }

    /// The agency that approves relying parties.
    fn authority(&self) -> &AgencyId {
        &self.openid.settings.operator
    }
}

/// Every page. `identity::http::authenticate` stands around it, [`webkit::Kit::wrap`] around both.
pub fn routes(console: Arc<Console>) -> Router {
    Router::new()
        .merge(clients::routes())
        .merge(client::routes())
        .merge(keys::routes())
        .merge(errors::routes())
        .merge(usage::routes())
        .merge(snippets::routes())
        .merge(approvals::routes())
        .merge(sandbox::routes())
        .merge(tokens::routes())
        .with_state(console)
}
