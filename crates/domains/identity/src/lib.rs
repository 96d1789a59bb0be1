//! The account with which somebody signs in, the ways of proving to be its holder, and the session that follows.
//!
//! - Two axes, never mixed: the *level of the account* (how well the person was identified) is a column of the account;
//!   the *strength of a login* (which factors were shown) is a column of the session. Each authenticator is a row.
//! - [`ops`] has one file per operation, [`policy`] says who may do what, [`model`], [`shown`] and [`throttle`] decide; pure.
//! - Operations that take a secret from somebody run their own transactions on [`Identity::store`]: a failed try is kept
//!   although the operation fails, and no connection is held while a password is hashed.
//! - [`enrolment`] and [`law`]: from a file to an account in use, within the law's limits; [`guardian`]: who speaks for a
//!   child; [`follow`] is what lives, cards, numbers and merged records change.
//! - [`locking`]: who locks an account for what, and who lifts which lock.
//! - [`organisation`]: accounts of organisations, and the people who act for them. [`foreigner`]: people without a personal
//!   number.
//! - [`known`]: browsers that were signed in before, which strangers cannot shut out.
//! - [`passkeys`] is WebAuthn; what a ceremony waits with is kept here for minutes and answered once.
//! - `messages` and `codes` are what goes to telephones and what comes back; [`comparison`] is what a device at the counter
//!   says of a person and their card. Nothing that was measured comes here.
//! - No personal number, password, code or token is stored or logged in clear: keyed digests, argon2id, sealed secrets.
//! - [`http`] turns a cookie or a bearer token into a `contracts::Caller` and serves the JSON API.

use std::sync::Arc;

use contracts::{
    biometrics::Biometrics,
    messages::Messages,
    ports::{Cards, Foreigners, Offices, Register},
};
use store::Store;

pub mod cache;
mod ceremony;
mod codes;
pub mod comparison;
pub mod enrolment;
pub mod error;
pub mod follow;
pub mod foreigner;
pub mod guardian;
pub mod http;
pub mod input;
pub mod jobs;
pub mod keys;
pub mod known;
pub mod law;
pub mod locking;
mod messages;
pub mod model;
mod offices;
pub mod ops;
pub mod organisation;
mod passkeys;
pub mod password;
pub mod policy;
pub mod port;
pub mod rows;
pub mod seed;
pub mod setup_code;
pub mod shown;
pub mod sql;
pub mod sql_lock;
pub mod sql_messages;
pub mod sql_record;
pub mod throttle;
pub mod ticket;
pub mod token;
pub mod totp;

pub use comparison::ComparisonId;
pub use enrolment::{Enrolment, EnrolmentId};
pub use error::IdentityError;
pub use guardian::{GuardianDocument, GuardianHere, PaperTyped};
pub use input::Client;
pub use keys::Keys;
pub use known::Marks;
pub use law::Law;
pub use locking::LockRequestId;
pub use model::{Checked, Document, LockReason, Present, RaiseBasis};
pub use offices::COUNTER;
pub use passkeys::{Offer, Passkeys};
pub use password::{Password, PasswordCost, Passwords};
pub use rows::{Current, SessionId};
pub use setup_code::SetupCode;
pub use ticket::Ticket;
pub use token::Token;

store::migrations!("identity");

/// The texts of this domain's errors.
pub const TEXTS: webkit::i18n::Source = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));

/// The script of every page that asks for a passkey, for the assets of a site.
pub const PASSKEY_SCRIPT: webkit::Extra =
    webkit::Extra { name: "passkey.js", bytes: include_bytes!("../assets/passkey.js") };

/// The domain with what it needs. Cheap to clone; one for each process, because sessions are cached in it.
#[derive(Clone)]
pub struct Identity {
    pub store: Store,
    pub keys: Arc<Keys>,
    pub register: Arc<dyn Register>,
    pub passwords: Passwords,
    pub cache: Arc<cache::SessionCache>,
    /// How the public reaches us, without a slash at the end.
    pub address: Arc<str>,
    /// None where that address has no host name.
    pub site: Option<Arc<Passkeys>>,
    /// Time limits and working days. Without them no account is opened.
    pub law: Arc<Law>,
    /// Without them no card is known to run out.
    pub cards: Option<Arc<dyn Cards>>,
    /// Without a telco no account is opened online, no code is sent, and no notice.
    pub messages: Option<Arc<dyn Messages>>,
    /// Without devices the officer's own check is what an identification stands on.
    pub devices: Option<Arc<dyn Biometrics>>,
    /// Which agencies open whose accounts. Without them none is opened for an organisation.
    pub offices: Option<Arc<dyn Offices>>,
    /// Without them nobody without a personal number gets an account.
    pub foreigners: Option<Arc<dyn Foreigners>>,
}

impl Identity {
    pub fn new(store: Store, keys: Keys, register: Arc<dyn Register>, passwords: Passwords) -> Self {
        let (keys, cache, address) = (Arc::new(keys), Arc::default(), Arc::from(""));
        Self {
            store,
            keys,
            register,
            passwords,
            cache,
            address,
            site: None,
            law: Arc::default(),
            cards: None,
            messages: None,
            devices: None,
            offices: None,
            foreigners: None,
        }
    }

    /// The same with our public address: it stands in QR codes, and passkeys are bound to its host.
    #[must_use]
    pub fn reached_at(self, public_url: &str) -> Self {
        let address = Arc::from(public_url.trim_end_matches('/'));
        Self { address, site: Passkeys::new(public_url).map(Arc::new), ..self }
    }

    /// The same with the limits of the law, which new accounts need.
    #[must_use]
    pub fn under(self, law: Law) -> Self {
        Self { law: Arc::new(law), ..self }
    }

    /// The same with somebody who knows identity cards.
    #[must_use]
    pub fn with_cards(self, cards: Arc<dyn Cards>) -> Self {
        Self { cards: Some(cards), ..self }
    }

    /// The same with a telco.
    #[must_use]
    pub fn with_messages(self, messages: Arc<dyn Messages>) -> Self {
        Self { messages: Some(messages), ..self }
    }

    /// The same with devices at the counters.
    #[must_use]
    pub fn with_devices(self, devices: Arc<dyn Biometrics>) -> Self {
        Self { devices: Some(devices), ..self }
    }

    /// The same with somebody who knows which agencies take part.
    #[must_use]
    pub fn with_offices(self, offices: Arc<dyn Offices>) -> Self {
        Self { offices: Some(offices), ..self }
    }

    /// The same with somebody who knows foreigners.
    #[must_use]
    pub fn with_foreigners(self, foreigners: Arc<dyn Foreigners>) -> Self {
        Self { foreigners: Some(foreigners), ..self }
    }

    pub(crate) fn telco(&self) -> Result<&dyn Messages, IdentityError> {
        self.messages.as_deref().ok_or(IdentityError::MessagesOff)
    }

    pub(crate) fn passkeys(&self) -> Result<&Passkeys, IdentityError> {
        self.site.as_deref().ok_or(IdentityError::PasskeysOff)
    }
}
