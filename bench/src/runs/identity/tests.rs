//! That the runs still fit what they measure: the world is made at its smallest, and every request is sent once over
//! loopback to the routes in this process. A changed table or endpoint fails here, not in the middle of a measurement.

use std::{path::Path, sync::Arc};

use base::{SystemClock, SystemEntropy};
use contracts::AccountId;
use http::{Method, StatusCode, header};
use http_body_util::Full;
use identity::PasswordCost;
use lienthong::app::{App, MIGRATIONS, Parts};
use testkit::TestDb;
use tokio::net::TcpListener;

use super::{
    crowd::{self, Size},
    provider::Provider,
    refresh::Chain,
    resources, sign_in, soak,
    tokens::Credentials,
    world::{self, ORIGIN, World},
};
use crate::load::{Wire, Worker};

const PEOPLE: usize = 2;

/// The whole system in this process with its world, and a connection to it.
struct Stage {
    app: App,
    world: World,
    provider: Arc<Provider>,
    wire: Wire,
    client: tokio_postgres::Client,
}

impl Stage {
    async fn set(folder: &Path) -> Self {
        let domains = MIGRATIONS.get(1..).unwrap();
        let db = TestDb::new(domains).await;
        // Clients sign with the time of day, so here it runs.
        let parts = Parts {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            password_cost: PasswordCost::for_tests(),
            keys_dir: folder.join("keys"),
        };
        let app = App::build(&world::settings(), &db.config, parts).await.unwrap();
        let world = world::make(&app, PEOPLE).await.unwrap();
        app.openid.refresh().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let never = std::future::pending();
        tokio::spawn(webkit::serve(app.router(), listener, webkit::ServeLimits::default(), never));
        let process = i32::try_from(std::process::id()).unwrap();
        let provider = Provider::discover(address, ORIGIN, process, None).await.unwrap();
        let wire = Wire::open(address).await.unwrap();
        let (client, connection) = db.config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        Self { app, world, provider, wire, client }
    }

    /// One worker's turn, twice: whatever it changes, it can go on.
    async fn twice<W: Worker>(&mut self, workers: Vec<W>) {
        for mut worker in workers.into_iter().take(1) {
            for _ in 0..2 {
                assert!(worker.turn(&mut self.wire).await.unwrap());
            }
        }
    }
}

#[tokio::test]
async fn programs_get_tokens_and_a_resource_server_learns_about_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::set(folder.path()).await;
    for party in [Arc::clone(&stage.world.keyed), Arc::clone(&stage.world.secret)] {
        let programs = Credentials::many(&stage.provider, &party, 1);
        stage.twice(programs).await;
    }
    let tokens = resources::tokens(&stage.provider, &stage.world.secret, 2).await.unwrap();
    let asking =
        resources::Asking::many(resources::About::Token, &stage.provider, &stage.world.resource, &tokens, 1);
    stage.twice(asking).await;
}

#[tokio::test]
async fn people_sign_in_and_relying_parties_go_on_with_what_they_got() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::set(folder.path()).await;
    for party in [Arc::clone(&stage.world.secret), Arc::clone(&stage.world.keyed)] {
        let tokens = sign_in::let_in(&stage.provider, &party, &mut stage.world.people).await.unwrap();
        assert_eq!((tokens.access.len(), tokens.refresh.len()), (PEOPLE, PEOPLE));
        let asking = resources::Asking::many(
            resources::About::Person,
            &stage.provider,
            &party,
            &Arc::new(tokens.access),
            1,
        );
        stage.twice(asking).await;
        let chains = Chain::many(&stage.provider, &party, &tokens.refresh);
        stage.twice(chains).await;
    }
    let people = std::mem::take(&mut stage.world.people);
    let visits = sign_in::Visits::many(&stage.provider, &stage.world.keyed, people, 1);
    stage.twice(visits).await;
    let typing = sign_in::Typing::many(&stage.provider, &stage.world.numbers, 1);
    stage.twice(typing).await;
}

#[tokio::test]
async fn a_crowd_is_made_by_the_example_of_one_and_its_sessions_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::set(folder.path()).await;
    sign_in::let_in(&stage.provider, &stage.world.keyed, &mut stage.world.people).await.unwrap();
    let model = stage.client.query_one("SELECT account_id FROM openid.\"grant\" LIMIT 1", &[]).await.unwrap();
    let model = AccountId(model.get(0));
    let accounts = "SELECT count(*) FROM identity.account";
    let before: i64 = stage.client.query_one(accounts, &[]).await.unwrap().get(0);
    let sizes = [0, 3, 7].map(|n| Size { accounts: n, sessions: n });
    for pair in sizes.windows(2) {
        crowd::grow(&stage.client, model, pair[0], pair[1]).await.unwrap();
    }
    let after: i64 = stage.client.query_one(accounts, &[]).await.unwrap().get(0);
    assert_eq!(after - before, 7);
    for n in [1, 7] {
        let bearer = format!("Bearer {}", crowd::bearer(n));
        let request = stage.provider.request(Method::GET, "/api/v1/me").header(header::AUTHORIZATION, bearer);
        let reply = stage.wire.ask(request.body(Full::default()).unwrap()).await.unwrap();
        assert_eq!(reply.status, StatusCode::OK, "{n}");
    }
}

#[tokio::test]
async fn a_soak_looks_at_every_table_with_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::set(folder.path()).await;
    stage
        .client
        .execute("INSERT INTO openid.seen VALUES ('\\x00', now() - interval '1 hour')", &[])
        .await
        .unwrap();
    let over = |counted: &[soak::Counted], name: &str| {
        counted.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("{name} is not looked at")).over
    };
    let counted = soak::counts(&stage.client).await.unwrap();
    assert_eq!(over(&counted, "openid.seen"), Some(1));
    for name in ["openid.pushed_request", "openid.interaction", "openid.code", "openid.grant", "openid.ended"]
    {
        assert_eq!(over(&counted, name), Some(0), "{name}");
    }
    // What sweeps does away with it.
    openid::jobs::sweep_all(&stage.app.store).await.unwrap();
    assert_eq!(over(&soak::counts(&stage.client).await.unwrap(), "openid.seen"), Some(0));
    stage.twice(Credentials::many(&stage.provider, &stage.world.keyed, 1)).await;
}
