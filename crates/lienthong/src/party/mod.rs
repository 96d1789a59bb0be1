//! A relying party for the demo and for tests: a bank that opens accounts for people who prove who they are with their
//! account here. A process of its own, which speaks the protocol that any bank would speak and knows nothing else of us.
//!
//! [`client`] is its side of OpenID Connect; here are its three pages. It keeps nothing but the sign-ins under way.

use std::{
    collections::HashMap,
    io::Write,
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base::{SystemClock, SystemEntropy};
use jiff::{SignedDuration, Timestamp};
use jose::{Algorithm, Signer as _, SoftwareKey};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::oneshot;
use webkit::{
    Kit, ServeLimits, Texts, View,
    ui::{self, Row},
};

mod client;

use client::{Begun, Learned, RelyingParty};

/// The sentences of the bank's pages.
pub const TEXTS: webkit::i18n::Source =
    (include_str!("../../i18n/party.vi.ftl"), include_str!("../../i18n/party.en.ftl"));

const NAME: &str = "Ngân hàng Mẫu";
const SETTINGS: &str = "party.json";
const KEY: &str = "party.key.pem";
const CALLBACK: &str = "/callback";
/// What the bank asks beside who signs in: whether they are of age, and their name.
pub const ASKED: [&str; 2] = ["age_over_18", "name"];
/// Sign-ins under way; the oldest is forgotten for a new one.
const UNDER_WAY_MAX: usize = 1_000;
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(15);

/// What the bank was told when it registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    pub issuer: String,
    pub client_id: String,
    /// Where the bank itself is reached.
    pub url: String,
}

/// Serves the sample bank that a demo registered.
#[derive(Debug, Clone, clap::Args)]
pub struct Party {
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

/// Where the browser comes back to.
pub fn redirect_uri(url: &str) -> String {
    format!("{url}{CALLBACK}")
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

struct Bank {
    party: RelyingParty,
    under_way: Mutex<HashMap<String, (Begun, Timestamp)>>,
}

pub async fn run(party: &Party) -> anyhow::Result<()> {
    let settings = read_settings(&party.folder)?;
    let key = std::fs::read_to_string(party.folder.join(KEY)).with_context(|| format!("reading {KEY}"))?;
    let key = SoftwareKey::from_pem(&key, Algorithm::Es256)?;
    let back = redirect_uri(&settings.url);
    let relying = RelyingParty::new(
        settings.issuer,
        settings.client_id,
        back,
        key,
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    );
    let bank = Bank { party: relying, under_way: Mutex::default() };
    let routes = Router::new()
        .route("/", get(home))
        .route("/begin", get(begin))
        .route(CALLBACK, get(callback))
        .with_state(Arc::new(bank));
    let texts = Texts::load(&[webkit::i18n::TEXTS, TEXTS])?;
    let config = webkit::Config::new(base::entropy::bytes(&SystemEntropy), false);
    let kit = Kit::new(texts, Arc::new(SystemClock), Arc::new(SystemEntropy), config);
    let listener = crate::app::bind(party.at).await?;
    let (attached, ended) = (party.attached, end_of_input(party.attached));
    let stop = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = ended, if attached => {}
        }
    };
    Ok(webkit::serve(kit.wrap(routes), listener, ServeLimits::default(), stop).await?)
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

fn page(view: &View, title: &str, body: Markup) -> Markup {
    view.layout(title).site(format!("{NAME} · {}", view.t("party-audience")), "/").page(body)
}

async fn home(view: View) -> Markup {
    let title = view.t("party-home-title");
    page(
        &view,
        &title,
        html! {
            h1 { (title) }
            p.lead { (view.t("party-home-lead")) }
            h2 { (view.t("party-asks")) }
            ul {
                li { (view.t("party-asks-age")) }
                li { (view.t("party-asks-name")) }
            }
            (start(&view, "party-begin"))
        },
    )
}

/// A link and no form: what a form leads to must be on this site (`form-action`), and this leads to the provider.
fn start(view: &View, label: &str) -> Markup {
    ui::actions(ui::link_button("/begin", &view.t(label)))
}

async fn begin(State(bank): State<Arc<Bank>>, view: View) -> Response {
    let state = bank.party.random();
    match bank.party.begin(&state, &ASKED).await {
        Ok((begun, url)) => {
            bank.remember(state, begun, view.now());
            Redirect::to(&url).into_response()
        }
        Err(error) => failed(&view, &error),
    }
}

/// What comes back beside the browser.
#[derive(Deserialize)]
struct Came {
    #[serde(default)]
    state: String,
    code: Option<String>,
    #[serde(default)]
    iss: String,
    error: Option<String>,
}

async fn callback(State(bank): State<Arc<Bank>>, view: View, Query(came): Query<Came>) -> Response {
    let Some(begun) = bank.recall(&came.state, view.now()) else {
        return failed(&view, &anyhow::anyhow!("nothing was begun with this state"));
    };
    match (came.code, came.error) {
        (Some(code), None) => match bank.party.finish(&begun, &code, &came.iss).await {
            Ok(learned) => done(&view, &learned).into_response(),
            Err(error) => failed(&view, &error),
        },
        (_, Some(error)) if error == "access_denied" => {
            refused(&view, "party-refused-declined").into_response()
        }
        (_, error) => failed(&view, &anyhow::anyhow!("the provider answers {}", error.unwrap_or_default())),
    }
}

fn done(view: &View, learned: &Learned) -> Markup {
    let title = view.t("party-done-title");
    let told = |claim: &str| match learned.claims.get(claim) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(true)) => view.t("party-yes"),
        Some(Value::Bool(false)) => view.t("party-no"),
        _ => view.t("party-not-told"),
    };
    page(
        view,
        &title,
        html! {
            h1 { (title) }
            p.lead { (view.t("party-done-lead")) }
            (ui::summary(view, &[
                Row::new(view.t("party-fact-name"), told("name")),
                Row::new(view.t("party-fact-adult"), told("age_over_18")),
                Row::new(view.t("party-fact-acr"), learned.acr.clone().unwrap_or_default()),
                Row::new(view.t("party-fact-sub"), html! { code { (learned.sub) } }),
            ]))
        },
    )
}

fn refused(view: &View, why: &str) -> Markup {
    let title = view.t("party-refused-title");
    page(
        view,
        &title,
        html! {
            h1 { (title) }
            p { (view.t(why)) }
            (start(view, "party-again"))
        },
    )
}

fn failed(view: &View, error: &anyhow::Error) -> Response {
    tracing::warn!(error = %error, "a sign-in failed");
    (axum::http::StatusCode::BAD_GATEWAY, refused(view, "party-refused-failed")).into_response()
}

impl Bank {
    fn remember(&self, state: String, begun: Begun, now: Timestamp) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.retain(|_, (_, until)| *until > now);
        if under_way.len() < UNDER_WAY_MAX {
            under_way.insert(state, (begun, now + UNDER_WAY));
        }
    }

    /// Once: a second answer to the same question is no answer.
    fn recall(&self, state: &str, now: Timestamp) -> Option<Begun> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.remove(state).filter(|(_, until)| *until > now).map(|(begun, _)| begun)
    }
}
