//! Whether signing in costs more among ten million accounts and a million live sessions than among ten thousand.
//!
//! Cost is processor time of the server and of PostgreSQL together. Both sizes are measured on one machine in one run,
//! with the same people; only the crowd around them grows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use contracts::AccountId;
use http::{Method, StatusCode, header};
use http_body_util::Full;

use super::{
    Ready, begin,
    browser::Person,
    crowd::{self, Size},
    provider::{Provider, Run},
    refresh, serve, sign_in,
    world::World,
};
use crate::{
    house::{DATABASE, House},
    load::{Pace, Wire, Worker},
    table::{Bar, Row, tell},
};

const SMALL: Size = Size { accounts: 10_000, sessions: 10_000 };
const GROWTH_MAX: f64 = 1.2;
/// People who sign in, from among the crowd.
const PEOPLE: usize = 256;
/// Look-ups of sessions a second: so few that even of the small crowd none is asked for again while it is remembered.
const RATE: u32 = 2_000;
/// Steps through the sessions so that neighbours in time are none in the table. Prime.
const STRIDE: u64 = 7_919;

/// Somebody of the crowd who asks who they are: one look-up of a session.
struct Visitor {
    provider: Arc<Provider>,
    sessions: u64,
    /// All visitors together go through the crowd.
    next: Arc<AtomicU64>,
}

impl Worker for Visitor {
    async fn turn(&mut self, wire: &mut Wire) -> anyhow::Result<bool> {
        let at = self.next.fetch_add(STRIDE, Ordering::Relaxed);
        let bearer = crowd::bearer(at % self.sessions + 1);
        let request = self
            .provider
            .request(Method::GET, "/api/v1/me")
            .header(header::AUTHORIZATION, format!("Bearer {bearer}"))
            .body(Full::default())?;
        wire.ask(request).await?.expect(StatusCode::OK, "session")?;
        Ok(true)
    }
}

/// The runs at one size.
struct Measured {
    session: Run,
    passkey: Run,
    refresh: Run,
}

pub async fn run(house: &House, clients: usize, time: Duration, large: Size) -> anyhow::Result<Vec<Row>> {
    anyhow::ensure!(
        large.accounts >= SMALL.accounts && large.sessions >= SMALL.sessions,
        "smaller than small"
    );
    anyhow::ensure!(large.sessions <= large.accounts, "more sessions than accounts");
    tell(format!("All in all about {} GB of disk are needed.", large.disk_gb()));
    let Ready { mut world, server, provider } = begin(house, PEOPLE).await?;
    // The first sign-in leaves the rows by whose example the crowd is made.
    sign_in::let_in(&provider, &world.keyed, &mut world.people).await?;
    server.stop()?;
    let nobody = Size { accounts: 0, sessions: 0 };
    let before = at_size(house, &mut world, clients, time, (nobody, SMALL)).await?;
    let after = at_size(house, &mut world, clients, time, (SMALL, large)).await?;
    let mut rows = Vec::new();
    for (name, before, after) in [
        ("session looked up", before.session, after.session),
        ("sign-in with a passkey", before.passkey, after.passkey),
        ("refresh, key + DPoP", before.refresh, after.refresh),
    ] {
        rows.push(before.row(&format!("{name}, {}", SMALL.accounts), Bar::Told, None));
        rows.push(after.row(&format!("{name}, {}", large.accounts), Bar::Told, None));
        let growth = after.seconds_each() / before.seconds_each();
        rows.push(Row::new(format!("{name}: growth of cost"), growth, "", Bar::AtMost(GROWTH_MAX)));
    }
    Ok(rows)
}

async fn at_size(
    house: &House,
    world: &mut World,
    clients: usize,
    time: Duration,
    (from, to): (Size, Size),
) -> anyhow::Result<Measured> {
    tell(format!("Growing to {} accounts and {} sessions…", to.accounts, to.sessions));
    let client = house.connect(DATABASE).await?;
    let model = client
        .query_opt(
            "SELECT account_id FROM openid.\"grant\" WHERE ended_at IS NULL ORDER BY begun_at LIMIT 1",
            &[],
        )
        .await?;
    let model = AccountId(model.context("nobody signed in")?.get(0));
    crowd::grow(&client, model, from, to).await?;
    drop(client);
    house.settle(DATABASE).await?;
    tell("Measuring…");
    let (server, provider) = serve(house).await?;
    let next = Arc::new(AtomicU64::new(0));
    let visitors = (0..clients).map(|_| Visitor {
        provider: Arc::clone(&provider),
        sessions: to.sessions,
        next: Arc::clone(&next),
    });
    let (session, _) = provider.run(Pace::Steady(RATE), time, visitors.collect()).await?;
    let people: Vec<Person> = std::mem::take(&mut world.people);
    let (passkey, mut people) = sign_in::passkey(&provider, &world.keyed, people, clients, time).await?;
    let tokens =
        sign_in::let_in(&provider, &world.keyed, people.get_mut(..clients).context("people")?).await?;
    let refresh = refresh::run(&provider, &world.keyed, &tokens.refresh, time).await?;
    world.people = people;
    server.stop()?;
    Ok(Measured { session, passkey, refresh })
}
