//! A relying party for the demo and for tests: a bank that opens accounts for people who prove who they are with their
//! account here. A process of its own, which speaks the protocol that any bank would speak and knows nothing else of us.
//!
//! [`client`] is its side of OpenID Connect, [`bank`] its pages, [`keep`] what it keeps. Here is how it is set up and run.
//! Two others are run the same way: a [`telco`], and the [`device`] of a counter; [`common`] is what those share.

use std::{
    io::Write,
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use axum::Router;
use base::{Clock, Entropy, SystemClock, SystemEntropy};
use jose::{Algorithm, Signer as _, SoftwareKey};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use webkit::{Kit, ServeLimits, Texts};

mod bank;
mod client;
pub mod common;
pub mod device;
mod keep;
pub mod telco;

use bank::Bank;
use client::RelyingParty;

/// The sentences of the bank's pages.
pub const TEXTS: webkit::i18n::Source =
    (include_str!("../../i18n/party.vi.ftl"), include_str!("../../i18n/party.en.ftl"));

const NAME: &str = "Ngân hàng Mẫu";
const SETTINGS: &str = "party.json";
pub const KEY: &str = "party.key.pem";
const CALLBACK: &str = "/callback";
/// Where the browser comes back to after signing out of the account.
const SIGNED_OUT: &str = "/signed-out";

/// What the bank was told when it registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    pub issuer: String,
    pub client_id: String,
    /// Where the bank itself is reached.
    pub url: String,
    /// What it may ask of people.
    #[serde(default)]
    pub asks: Vec<String>,
}

/// Everything that the bank asks anybody.
pub fn asks() -> Vec<String> {
    bank::COMPANY.claims.iter().map(|claim| (*claim).to_owned()).collect()
}

/// Serves one of the parties that a demo works with.
#[derive(Debug, Clone, clap::Args)]
pub struct Party {
    #[arg(value_enum, default_value = "bank")]
    who: Who,
    /// The folder with its settings and its key.
    #[arg(long)]
    folder: PathBuf,
    /// Address of its pages.
    #[arg(long)]
    at: SocketAddr,
    /// Ends when standard input does: with whoever started it, however that ended.
    #[arg(long, hide = true)]
    attached: bool,
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Who {
    /// The sample bank that a demo registered.
    Bank,
    /// Carries messages and knows its subscribers.
    Telco,
    /// Compares people with their cards at a counter.
    Device,
}

impl Who {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::Telco => "telco",
            Self::Device => "device",
        }
    }
}

/// Where the browser comes back to.
pub fn redirect_uri(url: &str) -> String {
    format!("{url}{CALLBACK}")
}

pub fn signed_out_uri(url: &str) -> String {
    format!("{url}{SIGNED_OUT}")
}

/// Makes the bank's key; gives its public half, to be registered.
pub fn make_key(folder: &Path) -> anyhow::Result<jose::Jwk> {
    std::fs::create_dir_all(folder)?;
    let key = SoftwareKey::generate(Algorithm::Es256)?;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(folder.join(KEY))?;
    file.write_all(key.to_pem()?.as_bytes())?;
    Ok(key.public_jwk().clone())
}

pub fn read_settings(folder: &Path) -> anyhow::Result<Settings> {
    let text =
        std::fs::read_to_string(folder.join(SETTINGS)).with_context(|| format!("reading {SETTINGS}"))?;
    Ok(serde_json::from_str(&text)?)
}

pub fn write_settings(folder: &Path, settings: &Settings) -> anyhow::Result<()> {
    Ok(std::fs::write(folder.join(SETTINGS), serde_json::to_vec_pretty(settings)?)?)
}

/// The bank's pages, for what the folder says.
pub fn router(folder: &Path, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> anyhow::Result<Router> {
    let settings = read_settings(folder)?;
    let key = std::fs::read_to_string(folder.join(KEY)).with_context(|| format!("reading {KEY}"))?;
    let key = SoftwareKey::from_pem(&key, Algorithm::Es256)?;
    let Settings { issuer, client_id, url, .. } = settings;
    let (back, secure) = (redirect_uri(&url), url.starts_with("https://"));
    let party = RelyingParty::new(issuer, client_id, back, key, Arc::clone(&clock), Arc::clone(&entropy));
    let texts = Texts::load(&[webkit::i18n::TEXTS, TEXTS])?;
    let mut config = webkit::Config::new(base::entropy::bytes(entropy.as_ref()), secure);
    config.extras = bank::assets();
    let kit = Kit::new(texts, clock, entropy, config);
    Ok(kit.wrap(bank::routes(Arc::new(Bank::new(party, url)))))
}

pub async fn run(party: &Party) -> anyhow::Result<()> {
    let router = match party.who {
        Who::Bank => router,
        Who::Telco => telco::router,
        Who::Device => device::router,
    };
    let routes = router(&party.folder, Arc::new(SystemClock), Arc::new(SystemEntropy))?;
    let listener = crate::app::bind(party.at).await?;
    let (attached, ended) = (party.attached, end_of_input(party.attached));
    let stop = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = ended, if attached => {}
        }
    };
    Ok(webkit::serve(routes, listener, ServeLimits::default(), stop).await?)
}

/// Told when nobody holds the other end of standard input any more.
fn end_of_input(wanted: bool) -> oneshot::Receiver<()> {
    let (tell, told) = oneshot::channel();
    if wanted {
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            let _ = tell.send(());
        });
    }
    told
}
