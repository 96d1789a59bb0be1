//! The dossier (hồ sơ): one flow for every public service, from the first draft to the signed result.
//!
//! - [`model`] decides states, moves and the clock; [`policy`] says who may do what; both are pure.
//! - [`ops`] has one file per operation, [`row`] what is stored, [`moves`] the one way in which a dossier moves on.
//! - [`http`] is the JSON API, thin around the operations.
//! - [`inbox`] follows events and keeps the officers' lists; [`jobs`] prints papers, reminds and escalates.
//! - [`waits`] ends what the citizen leaves unanswered; [`sweep`] deletes drafts and uploads that nobody goes on with.
//! - A procedure is a definition of the catalogue, pinned when the dossier is sent; none is named in this code.
//! - Other domains are asked through the ports in [`Dossiers`]; their tables are never read.

use std::sync::Arc;

use contracts::ports::{Documents, Nation, Press, Register};

pub mod error;
pub mod facts;
pub mod http;
pub mod inbox;
pub mod jobs;
pub mod model;
pub mod moves;
pub mod ops;
pub mod papers;
pub mod policy;
pub mod row;
pub mod sql;
pub mod sweep;
pub mod timeline;
pub mod waits;

pub use error::DossierError;
pub use model::{Clock, Defect, Proposal, Status, Verdict};
pub use row::Dossier;

store::migrations!("dossier");

/// The texts of this domain: the Vietnamese file, then the English one.
pub const TEXTS: (&str, &str) = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));

/// The domain with the ports that it asks.
#[derive(Clone)]
pub struct Dossiers {
    pub nation: Arc<dyn Nation>,
    pub register: Arc<dyn Register>,
    pub documents: Arc<dyn Documents>,
    pub press: Arc<dyn Press>,
}
