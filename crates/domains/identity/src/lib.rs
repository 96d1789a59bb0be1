//! The account with which somebody signs in, the ways of proving to be its holder, and the session that follows.
//!
//! - Two axes, never mixed: the *level of the account* (how well the person was identified) is a column of the account;
//!   the *strength of a login* (which factors were shown) is a column of the session. Each authenticator is a row.
//! - [`ops`] has one file per operation, [`policy`] says who may do what, [`model`] and [`throttle`] decide; pure.
//! - Operations that take a secret from somebody run their own transactions on [`Identity::store`]: a failed try is kept
//!   although the operation fails, and no connection is held while a password is hashed.
//! - No personal number, password, code or token is stored or logged in clear: keyed digests, argon2id, sealed secrets.
//! - [`http`] turns a cookie or a bearer token into a `contracts::Caller` and serves the JSON API.

use std::sync::Arc;

use contracts::ports::Register;
use store::Store;

pub mod cache;
pub mod error;
pub mod http;
pub mod input;
pub mod jobs;
pub mod keys;
pub mod model;
pub mod ops;
pub mod password;
pub mod policy;
pub mod port;
pub mod rows;
pub mod seed;
pub mod setup_code;
pub mod sql;
pub mod throttle;
pub mod ticket;
pub mod token;
pub mod totp;

pub use error::IdentityError;
pub use input::Client;
pub use keys::Keys;
pub use model::{Checked, Document, LockReason, Present, RaiseBasis};
pub use password::{Password, PasswordCost, Passwords};
pub use rows::{Current, SessionId};
pub use setup_code::SetupCode;
pub use ticket::Ticket;
pub use token::Token;

store::migrations!("identity");

/// The texts of this domain's errors.
pub const TEXTS: webkit::i18n::Source = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));

/// The domain with what it needs. Cheap to clone; one for each process, because sessions are cached in it.
#[derive(Clone)]
pub struct Identity {
    pub store: Store,
    pub keys: Arc<Keys>,
    pub register: Arc<dyn Register>,
    pub passwords: Passwords,
    pub cache: Arc<cache::SessionCache>,
}

impl Identity {
    pub fn new(store: Store, keys: Keys, register: Arc<dyn Register>, passwords: Passwords) -> Self {
        Self { store, keys: Arc::new(keys), register, passwords, cache: Arc::default() }
    }
}
