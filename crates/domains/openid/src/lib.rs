//! The OpenID provider: how ministries, banks, telcos and hospitals let people sign in with their account here.
//!
//! - [`model`] is what a relying party is, [`request`] what it may ask, [`claims`] what can be said of a person, [`grant`]
//!   on which terms, [`shown`] what a yes was said to; all pure. [`ops`] has one file per operation, [`http`] the endpoints, each a thin shell around one.
//! - Access tokens are never stored: [`token`] signs and reads them, [`ended`] knows which died early. Codes, refresh
//!   tokens and pushed requests are digests in rows that end. [`seen`] refuses what comes twice.
//! - [`clients`] and [`keys`] are whole in memory and follow the database once a second ([`OpenId::follow`]); so the
//!   endpoints that are asked most read nothing. Keys that a client publishes itself come by [`remote_keys`];
//!   nothing that goes out leads further than its [`reach`].
//! - Beyond the code flow: [`messages`] go out to relying parties (logout, CIBA, security events of [`signals`]), programs
//!   ask after an answer by the rules of [`polling`], and register clients within a ceiling ([`registration`]).
//! - Accounts are known through `contracts::ports::Holders` alone, people through `Register`, and nothing of a person leaves
//!   without consent, a legal basis, a receipt and an entry in the log ([`ops::claims_release`]).

use std::{ops::Deref, path::PathBuf, sync::Arc};

use contracts::{
    AgencyId,
    ports::{Holders, Register},
};
use store::{Store, StoreError};
use tokio::sync::watch;

pub mod acting;
mod answer;
pub mod authentication;
pub mod authorization;
pub mod claims;
pub mod clients;
pub mod draft;
pub mod ended;
pub mod error;
pub mod follow;
pub mod grant;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod login_demand;
pub mod memory;
pub mod messages;
pub mod model;
pub mod ops;
pub mod outbound;
pub mod params;
pub mod policy;
pub mod polling;
pub mod proof;
pub mod reach;
pub mod registration;
pub mod remote_keys;
pub mod request;
pub mod sandbox;
pub mod secret;
pub mod seen;
pub mod shown;
pub mod signals;
pub mod sql;
pub mod sql_beyond;
pub mod sql_console;
pub mod token;
pub mod user_code;
pub mod watching;

pub use authorization::{
    Answer, Asked, Choice, ConsentGiven, Held, Next, Question, Receipt, SignIn, Standing,
};
pub use claims::{Claim, Scope};
pub use error::{OauthError, OpenIdError, Reason, Refusal};
pub use follow::AccountFollower;
pub use grant::Way;
pub use keys::{Hsm, HsmSettings, KeyRing, KeyState};
pub use messages::Deliverer;
pub use model::{
    Authentication, Client, ClientDraft, ClientId, ClientState, GrantType, InteractionId, Profile, Sender,
};
pub use outbound::Outbound;
pub use reach::Reach;
pub use secret::Secrets;
pub use shown::{Changed, Seen};
pub use signals::follower::SignalFollower;
pub use user_code::UserCode;

use keys::pkcs11::HsmError;
use memory::Memory;
use model::SigningAlg;
use secret::SecretsError;

store::migrations!("openid");

/// The texts of this domain: its errors, and the reasons that relying parties read in their log.
pub const TEXTS: webkit::i18n::Source = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));

/// What an operator sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The provider's name, and what its addresses begin with: the public URL, without a slash at its end.
    pub issuer: String,
    /// What addresses begin with for clients that show a certificate of their own, where that is another host (RFC 8705
    /// section 5).
    pub mtls_url: Option<String>,
    /// The agency that approves relying parties (NĐ 69/2024 Art. 19).
    pub operator: AgencyId,
    /// Hosts of relying parties that are sent to although they are inside a network of ours.
    pub inside_hosts: Vec<String>,
    /// A folder that only its owner looks into: the file of secrets, and a folder of signing keys.
    pub keys_dir: PathBuf,
    pub hsm: Option<HsmSettings>,
}

/// The province (two digits) that a commune (five) lies in.
pub type ProvinceOf = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What the provider asks of others.
#[derive(Clone)]
pub struct Ports {
    pub holders: Arc<dyn Holders>,
    pub register: Arc<dyn Register>,
    pub province_of: ProvinceOf,
}

/// The provider of one process. Cheap to clone.
#[derive(Clone)]
pub struct OpenId(Arc<Inner>);

/// Everything that requests share.
pub struct Inner {
    pub store: Store,
    pub settings: Settings,
    pub secrets: Secrets,
    pub keys: KeyRing,
    pub clients: clients::Clients,
    pub ended: ended::Ended,
    pub seen: seen::Seen,
    pub remote: remote_keys::RemoteKeys,
    pub ports: Ports,
    pub(crate) verified: Memory<memory::Digest, Arc<token::AccessToken>>,
    pub(crate) released: Memory<memory::Digest, Arc<ops::claims_release::Released>>,
    pub(crate) watching: watching::Watching,
    pub(crate) failures: webkit::Rate,
    /// Places of receivers that wait for events.
    pub(crate) waiting: tokio::sync::Semaphore,
    pub(crate) discovery: bytes::Bytes,
}

impl Deref for OpenId {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the folder of signing keys cannot be made")]
    Folder(#[from] std::io::Error),
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    #[error(transparent)]
    Hsm(#[from] HsmError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    OpenId(#[from] OpenIdError),
}

impl OpenId {
    /// Reads secrets and keys, makes what is missing, and reads the relying parties.
    pub async fn start(store: Store, settings: Settings, ports: Ports) -> Result<Self, StartError> {
        let entropy = store.entropy().as_ref();
        let secrets = Secrets::load_or_create(&settings.keys_dir.join("openid.json"), entropy)?;
        let keys_dir = settings.keys_dir.join("openid");
        private_folder(&keys_dir)?;
        let hsm = settings.hsm.as_ref().map(Hsm::open_module).transpose()?;
        let cx = Self(Arc::new(Inner {
            keys: KeyRing::new(keys_dir, hsm),
            clients: clients::Clients::default(),
            ended: ended::Ended::default(),
            seen: seen::Seen::start(store.clone()),
            remote: remote_keys::RemoteKeys::default(),
            verified: Memory::new(limits::VERIFIED_MAX),
            released: Memory::new(limits::RELEASED_MAX),
            watching: watching::Watching::default(),
            failures: webkit::Rate::new(limits::CLIENT_FAILURES),
            waiting: tokio::sync::Semaphore::new(limits::SIGNALS_WAITING_MAX),
            discovery: http::discovery::document(&settings.issuer, settings.mtls_url.as_deref()),
            secrets,
            settings,
            ports,
            store,
        }));
        cx.keys.ensure(&cx.store, SigningAlg::Es256).await?;
        cx.refresh().await?;
        Ok(cx)
    }

    /// Reads what other processes changed: relying parties, keys, what ended.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let ended = self.ended.refresh(&self.store).await;
        self.refresh_rest().await?;
        ended
    }

    async fn refresh_rest(&self) -> Result<(), StoreError> {
        self.refresh_clients().await?;
        self.refresh_keys().await
    }

    pub(crate) async fn refresh_clients(&self) -> Result<(), StoreError> {
        if self.clients.refresh(&self.store).await? {
            // What was told under rights that a client may have lost since is not told again unseen.
            self.released.clear();
        }
        Ok(())
    }

    async fn refresh_keys(&self) -> Result<(), StoreError> {
        if self.keys.refresh(&self.store).await? {
            // What was verified with a key that is gone is to be verified again, and will not be.
            self.verified.clear();
            self.released.clear();
        }
        Ok(())
    }

    /// Does so once a second, and writes down counts, until `stop` turns true. Every process that serves runs it. What ended
    /// waits for nothing else: a lock must be in force everywhere within seconds.
    pub async fn follow(self, stop: watch::Receiver<bool>) {
        tokio::join!(self.follow_ended(stop.clone()), self.follow_rest(stop));
        if let Err(error) = self.watching.flush(&self.store).await {
            tracing::warn!(%error, "counts of relying parties were not written");
        }
    }

    async fn follow_ended(&self, mut stop: watch::Receiver<bool>) {
        self.ended.followed();
        loop {
            if let Err(error) = self.ended.refresh(&self.store).await {
                tracing::warn!(%error, "the provider could not look what ended");
            }
            if pause(&mut stop).await {
                return;
            }
        }
    }

    async fn follow_rest(&self, mut stop: watch::Receiver<bool>) {
        let mut turns: u64 = 0;
        let each = limits::COUNTS_EVERY.as_secs() / limits::POLL.as_secs().max(1);
        loop {
            if let Err(error) = self.refresh_rest().await {
                tracing::warn!(%error, "the provider could not look what changed");
            }
            turns += 1;
            if turns.is_multiple_of(each.max(1))
                && let Err(error) = self.watching.flush(&self.store).await
            {
                tracing::warn!(%error, "counts of relying parties were not written");
            }
            if pause(&mut stop).await {
                return;
            }
        }
    }

    /// Sweeps what is over once a minute, until `stop` turns true. One process suffices; more do no harm.
    pub async fn keep(self, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = jobs::sweep_all(&self.store).await {
                tracing::warn!(%error, "the provider's tables were not swept");
            }
            tokio::select! {
                _ = stop.wait_for(|s| *s) => return,
                () = tokio::time::sleep(limits::SWEEP_EVERY) => {}
            }
        }
    }

    /// Whether we are reached over loopback alone: a demo or a test, with relying parties on the same machine.
    pub(crate) fn is_on_loopback(&self) -> bool {
        // Our own name may be one that only this machine knows; those of relying parties are addresses.
        let issuer = &self.settings.issuer;
        draft::is_on_loopback(issuer) || issuer.starts_with("http://localhost:")
    }

    /// Where messages to relying parties may go.
    pub(crate) fn reach(&self) -> reach::Reach {
        reach::Reach::new(&self.settings.inside_hosts, self.is_on_loopback())
    }

    /// The address of one of our paths, as clients know it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.issuer)
    }

    /// Writes down what relying parties did so far: for tests and for shutting down tidily.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.watching.flush(&self.store).await
    }
}

/// Until the next look. Whether there is none.
async fn pause(stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        _ = stop.wait_for(|s| *s) => true,
        () = tokio::time::sleep(limits::POLL) => false,
    }
}

fn private_folder(path: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
