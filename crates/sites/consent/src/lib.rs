//! What a person sees when a relying party asks who they are, and where they see afterwards what they allowed.
//!
//! - [`ask`] stands between a request and its answer, [`device`] and [`ciba`] between a screen or a counter elsewhere and
//!   the person; [`question`] is the page of all of them, [`party`] draws who asks and for what.
//! - [`sign_out`] asks before a relying party signs somebody out.
//! - [`given`] is the person's own list of consents, with the receipts of what was told.
//! - [`trouble`] tells a person of a request that cannot be answered; [`visit`] is the request and the frames.
//! - No rules here: what is asked, what may be left out and what leaves is the domain's. No value of a claim is ever on
//!   these pages, only what it would tell.

mod ask;
mod ciba;
mod device;
mod given;
mod party;
mod question;
mod sign_out;
mod trouble;
mod visit;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use contracts::{AgencyId, ports::Nation};
use openid::OpenId;
use store::Store;
use webkit::{Extra, Say, i18n::Source};

pub use trouble::plainly;

/// The texts of this site: the Vietnamese file, then the English one.
pub const TEXTS: Source = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));

/// The site's own style sheet, for [`webkit::Config::extras`].
pub fn assets() -> Vec<Extra> {
    vec![Extra { name: STYLES, bytes: include_bytes!("../assets/consent.css") }]
}

const STYLES: &str = "consent.css";

/// What the pages stand on.
pub struct Consent {
    pub store: Store,
    pub openid: OpenId,
    pub nation: Arc<dyn Nation>,
}

impl Consent {
    /// Whose program it is; empty where no list names it: a code says nothing to anybody.
    fn organisation(&self, say: &Say, id: &AgencyId) -> String {
        self.nation.agency(id).map_or_else(String::new, |agency| say.text(&agency.name).to_owned())
    }

    fn place(&self, say: &Say, code: &str) -> String {
        self.nation.place(code).map_or_else(|| code.to_owned(), |name| say.text(&name).to_owned())
    }
}

/// Every page. `identity::http::authenticate` stands around it, [`webkit::Kit::wrap`] around both.
pub fn routes(consent: Arc<Consent>) -> Router {
    Router::new()
        .merge(plainly(ask::routes()))
        .merge(device::routes())
        .merge(ciba::routes())
        .merge(sign_out::routes())
        .merge(given::routes())
        .with_state(consent)
}
