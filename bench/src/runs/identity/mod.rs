//! The account and the OpenID provider: what each endpoint costs the server's own process, beside node `oidc-provider`.
//!
//! - [`world`] makes relying parties and people; [`party`], [`browser`] and [`device`] are the other side of the protocols.
//! - [`provider`] says who is asked and counts what it costs; [`peer`] is the other provider, asked by the same code.
//! - [`tokens`], [`resources`], [`refresh`], [`sign_in`] have one figure or two each; [`flood`] asks whether others notice
//!   when too many sign in, [`scale`] whether millions more cost more, [`soak`] whether anything stays that should not.
//! - Everything that a client signs is signed in the thread of the load, whose processor time nobody counts.

use std::{path::PathBuf, sync::Arc, time::Duration};

use lienthong::app::App;

pub use self::crowd::Size;
use self::{
    peer::Peer,
    provider::{Provider, Run},
    resources::About,
    world::World,
};
use crate::{
    gauge,
    house::{DATABASE, House, Server},
    table::{Bar, Row, tell},
};

mod browser;
mod crowd;
mod device;
mod flood;
mod party;
mod peer;
mod provider;
mod refresh;
mod resources;
pub mod scale;
mod sign_in;
pub mod soak;
#[cfg(test)]
mod tests;
mod tokens;
mod world;

const KEYED_MIN: f64 = 4_000.0;
const SECRET_MIN: f64 = 8_000.0;
const INTROSPECTION_MIN: f64 = 14_000.0;
const USERINFO_MIN: f64 = 14_000.0;
const REFRESH_MIN: f64 = 3_000.0;
const PASSKEY_MIN: f64 = 1_000.0;
const PASSWORD_MIN: f64 = 40.0;
const REST_MB_MAX: f64 = 60.0;
const LOAD_MB_MAX: f64 = 150.0;

/// People who sign in.
const PEOPLE: usize = 256;
/// Tokens that a resource server asks about, one after the other.
const TOKENS: usize = 1_000;
/// After its start a server does what it does only then; at rest it is later.
const TO_REST: Duration = Duration::from_secs(5);

/// What is set on the command line.
pub struct Options {
    pub clients: usize,
    /// Each run takes so long.
    pub time: Duration,
    /// Where the other provider is; none: it is not asked.
    pub peer: Option<PathBuf>,
}

/// The server with its world, ready for load.
pub struct Ready {
    pub world: World,
    pub server: Server,
    pub provider: Arc<Provider>,
}

/// Makes the world in this process, and starts the server on it.
pub async fn begin(house: &House, people: usize) -> anyhow::Result<Ready> {
    tell(format!("Making relying parties, and {people} people with passkeys…"));
    let app = house.app_with(world::settings()).await?;
    let world = world::make(&app, people).await?;
    settle(&app).await?;
    app.store.close();
    house.settle(DATABASE).await?;
    let (server, provider) = serve(house).await?;
    Ok(Ready { world, server, provider })
}

/// What the filling left behind is dealt with before anything is measured.
async fn settle(app: &App) -> anyhow::Result<()> {
    for consumer in app.consumers() {
        store::relay::drain(&app.store, consumer.as_ref()).await?;
    }
    app.sequencer().drain().await?;
    Ok(())
}

/// Starts the server on what is there.
pub async fn serve(house: &House) -> anyhow::Result<(Server, Arc<Provider>)> {
    let server = house.serve_with(&world::ENVIRONMENT)?;
    let postmaster = house.postmaster()?;
    let provider = Provider::discover(server.address, world::ORIGIN, server.pid(), Some(postmaster)).await?;
    Ok((server, provider))
}

pub async fn run(house: &House, options: &Options) -> anyhow::Result<Vec<Row>> {
    let Ready { mut world, server, provider } = begin(house, PEOPLE).await?;
    tokio::time::sleep(TO_REST).await;
    let rest = gauge::resident_mb(provider.process).unwrap_or(f64::NAN);
    let peer = match &options.peer {
        Some(folder) => Some(Peer::start(folder).await?),
        None => None,
    };
    let mut rows = without_people(options, &provider, &world, peer.as_ref()).await?;
    rows.extend(with_people(options, &provider, &mut world, peer.as_ref()).await?);
    let loaded = gauge::peak_mb(provider.process).unwrap_or(f64::NAN);
    server.stop()?;
    rows.push(Row::new("memory at rest", rest, "MB", Bar::AtMost(REST_MB_MAX)));
    let mut row = Row::new("memory under all of this", loaded, "MB", Bar::AtMost(LOAD_MB_MAX));
    row.raw = peer.as_ref().and_then(|peer| gauge::peak_mb(peer.process()));
    rows.push(row);
    Ok(rows)
}

/// Programs only: client credentials and introspection.
async fn without_people(
    options: &Options,
    provider: &Arc<Provider>,
    world: &World,
    peer: Option<&Peer>,
) -> anyhow::Result<Vec<Row>> {
    let Options { clients, time, .. } = *options;
    let mut rows = Vec::new();
    tell("Client credentials…");
    let keyed = tokens::run(provider, &world.keyed, clients, time).await?;
    let other = match peer {
        Some(p) => Some(tokens::run(&p.provider, &p.keyed, clients, time).await?),
        None => None,
    };
    rows.push(keyed.row("client credentials, key + DPoP", Bar::AtLeast(KEYED_MIN), other.as_ref()));
    rows.push(tokens::at_half(provider, &world.keyed, clients, time, &keyed).await?);
    let secret = tokens::run(provider, &world.secret, clients, time).await?;
    let other = match peer {
        Some(p) => Some(tokens::run(&p.provider, &p.secret, clients, time).await?),
        None => None,
    };
    rows.push(secret.row("client credentials, secret", Bar::AtLeast(SECRET_MIN), other.as_ref()));

    tell("Introspection…");
    let known = resources::tokens(provider, &world.secret, TOKENS).await?;
    let asked = resources::asked(About::Token, provider, &world.resource, &known, clients, time).await?;
    let other = match peer {
        Some(p) => {
            let tokens = Arc::new(p.tokens.access.clone());
            Some(resources::asked(About::Token, &p.provider, &p.secret, &tokens, clients, time).await?)
        }
        None => None,
    };
    rows.push(asked.row("introspection", Bar::AtLeast(INTROSPECTION_MIN), other.as_ref()));
    Ok(rows)
}

/// People: userinfo, refresh, and signing in.
async fn with_people(
    options: &Options,
    provider: &Arc<Provider>,
    world: &mut World,
    peer: Option<&Peer>,
) -> anyhow::Result<Vec<Row>> {
    let Options { clients, time, .. } = *options;
    let mut rows = Vec::new();
    tell("Userinfo…");
    let let_in = sign_in::let_in(provider, &world.secret, &mut world.people).await?;
    let bearer = Arc::new(let_in.access);
    let plain = resources::asked(About::Person, provider, &world.secret, &bearer, clients, time).await?;
    let other = match peer {
        Some(p) => {
            let tokens = Arc::new(p.tokens.access.clone());
            Some(resources::asked(About::Person, &p.provider, &p.secret, &tokens, clients, time).await?)
        }
        None => None,
    };
    rows.push(plain.row("userinfo, bearer", Bar::AtLeast(USERINFO_MIN), other.as_ref()));
    let let_in = sign_in::let_in(provider, &world.keyed, &mut world.people).await?;
    let access = Arc::new(let_in.access);
    let proven = resources::asked(About::Person, provider, &world.keyed, &access, clients, time).await?;
    rows.push(proven.row("userinfo, DPoP", Bar::Told, None));

    tell("Refresh tokens…");
    let some = |tokens: &[String]| tokens.iter().take(clients).cloned().collect::<Vec<_>>();
    let chains = refresh::run(provider, &world.keyed, &some(&let_in.refresh), time).await?;
    let other = match peer {
        Some(p) => Some(refresh::run(&p.provider, &p.keyed, &some(&p.tokens.bound), time).await?),
        None => None,
    };
    rows.push(chains.row("refresh, key + DPoP", Bar::AtLeast(REFRESH_MIN), other.as_ref()));

    tell("Signing in…");
    let people = std::mem::take(&mut world.people);
    let (run, people) = sign_in::passkey(provider, &world.keyed, people, clients, time).await?;
    world.people = people;
    rows.push(run.row("sign-in with a passkey, push to tokens", Bar::AtLeast(PASSKEY_MIN), None));
    let run: Run = sign_in::password(provider, &world.numbers, time).await?;
    rows.push(run.row("sign-in with a password", Bar::AtLeast(PASSWORD_MIN), None));
    tell("Everybody at once…");
    rows.push(flood::run(provider, world, &bearer, time).await?);
    Ok(rows)
}
