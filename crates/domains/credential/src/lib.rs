//! Issued documents (kết quả, giấy tờ đã cấp): signed once, checked by anybody for as long as paper lasts.
//!
//! - [`statement`] is what is signed and how; [`key`] the keys and their files; [`short_id`] what a QR code carries.
//! - [`model`] decides how a document stands; [`policy`] says who may do what; both are pure.
//! - [`ops`] has one file per operation; [`http`] the public API; [`Credentials`] the port that other domains call.
//! - Nobody who writes to the database alone can make a paper: signatures are checked with the public keys of the folder
//!   of keys. What became of a paper is held against the log by [`ops::states_check`], which `lienthong log verify` runs.
//! - A document never changes: it is replaced or revoked. What is public names nobody.

use std::{path::PathBuf, sync::Arc};

use contracts::{Access, DocumentId, Purpose};
use store::Store;

pub mod error;
pub mod http;
pub mod key;
pub mod model;
pub mod ops;
pub mod policy;
mod port;
pub mod row;
pub mod short_id;
pub mod sql;
pub mod statement;

pub use error::{CODES, CredentialError};
pub use key::SigningKeys;
pub use model::{Certified, FileCheck, Standing, State, Verification};
pub use row::Document;
pub use statement::FileHash;

store::migrations!("credential");

/// The texts of this domain: the Vietnamese file, then the English one.
pub const TEXTS: (&str, &str) = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));

/// The domain: its keys, and the address under which papers are verified.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub keys: Arc<SigningKeys>,
    base_url: String,
}

impl Credentials {
    /// `base_url` is the public address of the citizens' site, such as `https://dichvucong.example`.
    pub fn new(keys: SigningKeys, base_url: &str) -> Self {
        Self { keys: Arc::new(keys), base_url: base_url.trim_end_matches('/').to_owned() }
    }

    /// Opens the folder of keys and makes the first ones where there are none.
    pub async fn start(
        store: &Store,
        folder: impl Into<PathBuf>,
        base_url: &str,
    ) -> Result<Self, CredentialError> {
        let keys = SigningKeys::open(folder)?;
        let mut tx = store.begin().await?;
        let access = Access::system(Purpose::ISSUE_RESULT);
        let ensured = ops::keys::keys_ensure(&keys, &mut tx, &access).await;
        tx.finish(ensured).await?;
        Ok(Self::new(keys, base_url))
    }

    /// The address that a document's QR code carries.
    pub fn verify_url(&self, id: DocumentId) -> String {
        format!("{}{}", self.base_url, Self::verify_path(id))
    }

    /// The same address within the site.
    pub fn verify_path(id: DocumentId) -> String {
        format!("/verify/{}", short_id::short(id))
    }
}
