//! Everything wired: the database, the domains with their ports, the sites, and the roles a process can have.

use std::{
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use axum::{Router, middleware};
use base::{Clock, Entropy, SystemClock, SystemEntropy};
use contracts::{
    AgencyId,
    ports::{Nation, Press, Register},
};
use credential::Credentials;
use dossier::{Dossiers, inbox::InboxProjection};
use identity::{Identity, Keys, PasswordCost, Passwords};
use ledger::Sequencer;
use openid::{AccountFollower, Deliverer, HsmSettings, OpenId, Outbound, SignalFollower};
use pgbox::PgBox;
use registry::{
    Registry,
    corrections::Routes,
    import::Authority,
    quality::{self, Quality, Rules},
};
use store::{Consumer, Migrations, Store, StoreOptions, jobs::Handlers};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use webkit::{Ask, Check, Kit, ServeLimits, Texts, Tls};

use crate::{
    adapters::{
        cards::RecordCards,
        devices::CounterDevices,
        nation::{NationData, catalogue_text},
        press::PrintPress,
        telco::TelcoGateway,
    },
    config::{Config, Role},
    name,
};

/// The schemas, in the order in which they are made.
pub const MIGRATIONS: [Migrations; 7] = [
    store::MIGRATIONS,
    ledger::MIGRATIONS,
    registry::MIGRATIONS,
    identity::MIGRATIONS,
    openid::MIGRATIONS,
    credential::MIGRATIONS,
    dossier::MIGRATIONS,
];

/// The agency that approves relying parties (NĐ 69/2024 Art. 19; procedure 1.011413).
pub const OPERATOR: &str = "C06";

/// Name of the private database.
const NAME: &str = "lienthong";
/// Workers that do jobs side by side in one process: printing a paper takes milliseconds of one core.
const WORKERS: usize = 2;
/// Nobody but its owner looks into the folder of keys.
const KEYS_MODE: u32 = 0o700;
/// How often tables are swept.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// Intake older than this means that nobody appends to the log.
const LOG_LAG_MAX: Duration = Duration::from_secs(30);

/// The database this process uses: a private one that it runs, or an operator's.
pub struct Database {
    pub config: tokio_postgres::Config,
    boxed: Option<PgBox>,
}

impl Database {
    /// Opens the private database in the data directory, or names the operator's.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        if let Some(url) = &config.database_url {
            let config = url.parse().context("DATABASE_URL is not a PostgreSQL address")?;
            return Ok(Self { config, boxed: None });
        }
        let dir = config.data_dir.join("pg");
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("making {}", config.data_dir.display()))?;
        let boxed =
            tokio::task::spawn_blocking(move || PgBox::open(&dir, &pgbox::Options::default())).await??;
        let pg = boxed.config(NAME);
        if pg.connect(tokio_postgres::NoTls).await.is_err() {
            boxed.create_database(NAME).await?;
        }
        Ok(Self { config: pg, boxed: Some(boxed) })
    }

    /// Throws the private database away and makes an empty one: for a demo that broke off. An operator's is never touched.
    pub async fn renew(&self) -> anyhow::Result<()> {
        if let Some(boxed) = &self.boxed {
            boxed.drop_database(NAME).await?;
            boxed.create_database(NAME).await?;
        }
        Ok(())
    }

    /// Stops the private database, if it is one.
    pub async fn close(self) -> anyhow::Result<()> {
        if let Some(boxed) = self.boxed {
            tokio::task::spawn_blocking(move || boxed.close()).await??;
        }
        Ok(())
    }
}

/// What tests and the demo replace.
pub struct Parts {
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub password_cost: PasswordCost,
    /// Where keys are kept.
    pub keys_dir: PathBuf,
}

impl Parts {
    pub fn real(data_dir: &Path) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            password_cost: PasswordCost::default(),
            keys_dir: data_dir.join("keys"),
        }
    }
}

/// The whole system over one database.
pub struct App {
    pub store: Store,
    pub nation: Arc<NationData>,
    pub registry: Registry,
    pub quality: Quality,
    pub identity: Identity,
    pub openid: OpenId,
    pub credentials: Arc<Credentials>,
    pub dossiers: Dossiers,
    pub log_key: Arc<tlog::SigningKey>,
    kit: Kit,
}

impl App {
    pub async fn build(config: &Config, pg: &tokio_postgres::Config, parts: Parts) -> anyhow::Result<Self> {
        let options = StoreOptions {
            connections_max: config.connections_max,
            clock: Arc::clone(&parts.clock),
            entropy: Arc::clone(&parts.entropy),
        };
        let store = Store::new(pg.clone(), options)?;
        let nation = NationData::load(config.catalogue_dir.as_deref(), Arc::clone(&parts.clock))?;
        let nation = Arc::new(nation.synthetic(config.synthetic));
        let registry = Registry { nation: Arc::clone(&nation) as Arc<dyn Nation> };
        let register: Arc<dyn Register> = Arc::new(registry.clone());
        if let Some(dir) = &config.catalogue_dir {
            let told = |name: &str| dir.join(name).display().to_string();
            let (routes, authority) = ("corrections.toml", "authority.toml");
            Routes::take(&catalogue_text(Some(dir), routes)?).with_context(|| told(routes))?;
            Authority::take(&catalogue_text(Some(dir), authority)?).with_context(|| told(authority))?;
        }
        let rules = Rules::parse(&catalogue_text(config.catalogue_dir.as_deref(), "quality/rules.toml")?)?;
        let quality = Quality { rules: Arc::new(rules), nation: Arc::clone(&nation) as Arc<dyn Nation> };

        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(KEYS_MODE)
            .create(&parts.keys_dir)
            .context("making the folder of keys")?;
        let entropy = parts.entropy.as_ref();
        let keys = Keys::load_or_create(&parts.keys_dir.join("identity.json"), entropy)?;
        let web_key = keys.web();
        let passwords = Passwords::new(parts.password_cost, entropy)?;
        let identity = Identity::new(store.clone(), keys, Arc::clone(&register), passwords)
            .reached_at(&config.public_url)
            .under(identity::Law::built_in(nation.calendar().clone())?)
            .with_cards(Arc::new(RecordCards))
            .with_offices(Arc::clone(&nation) as _)
            .with_foreigners(Arc::new(registry.clone()));
        let identity = with_parties(identity, config)?;
        let openid = open_provider(config, &parts, &store, &identity, &nation).await?;
        let log_key =
            ledger::key::load_or_create(&parts.keys_dir.join("log.key"), &config.log_origin, entropy)?;
        let documents = parts.keys_dir.join("documents");
        let credentials = Arc::new(Credentials::start(&store, documents, &config.public_url).await?);
        let press: Arc<dyn Press> = Arc::new(PrintPress::new(config.synthetic)?);
        let dossiers = Dossiers {
            nation: Arc::clone(&nation) as Arc<dyn Nation>,
            register,
            documents: Arc::clone(&credentials) as _,
            press,
        };
        let mut web = webkit::Config::new(web_key, config.public_url.starts_with("https://"));
        web.client_header = config.client_header.as_deref().map(str::parse).transpose()?;
        web.extras = [portal::assets(), desk::assets(), consent::assets(), console::assets()].concat();
        let kit = Kit::new(texts()?, parts.clock, parts.entropy, web);
        Ok(Self {
            store,
            nation,
            registry,
            quality,
            identity,
            openid,
            credentials,
            dossiers,
            log_key: Arc::new(log_key),
            kit,
        })
    }

    /// Everything that the public reaches.
    pub fn router(&self) -> Router {
        let portal = portal::Portal {
            store: self.store.clone(),
            dossiers: self.dossiers.clone(),
            catalogue: Arc::clone(&self.nation.catalogue),
            identity: self.identity.clone(),
            credentials: Arc::clone(&self.credentials),
            log_keys: vec![self.log_key.verifier().clone()],
            quality: self.quality.clone(),
        };
        let desk = desk::Desk {
            store: self.store.clone(),
            dossiers: self.dossiers.clone(),
            catalogue: Arc::clone(&self.nation.catalogue),
            identity: self.identity.clone(),
            credentials: Arc::clone(&self.credentials),
            quality: self.quality.clone(),
        };
        let consent = consent::Consent {
            store: self.store.clone(),
            openid: self.openid.clone(),
            nation: Arc::clone(&self.nation) as Arc<dyn Nation>,
        };
        let console = console::Console {
            store: self.store.clone(),
            openid: self.openid.clone(),
            nation: Arc::clone(&self.nation) as Arc<dyn Nation>,
        };
        let api = dossier::http::Api {
            store: self.store.clone(),
            dossiers: self.dossiers.clone(),
            accounts: Arc::new(self.identity.clone()),
        };
        let routes = Router::new()
            .merge(portal::routes(Arc::new(portal)))
            .merge(desk::routes(Arc::new(desk)))
            .merge(consent::routes(Arc::new(consent)))
            .merge(console::routes(Arc::new(console)))
            .merge(dossier::http::router(Arc::new(api)))
            .merge(registry::http::router(self.store.clone(), Arc::clone(&self.registry.nation)))
            .merge(identity::http::router(self.identity.clone()))
            .merge(credential::http::router(self.store.clone(), Arc::clone(&self.credentials.keys)))
            .nest("/log", ledger::router(self.store.clone()))
            .route("/api/v1/openapi.json", axum::routing::get(|| async { axum::Json(openapi()) }))
            .merge(consent::plainly(openid::http::pages(self.openid.clone())))
            .layer(middleware::from_fn_with_state(
                Arc::new(self.identity.clone()),
                identity::http::authenticate,
            ));
        // The pages last: what nobody serves is answered by the border of whoever comes last.
        self.kit.wrap_protocol(openid::http::protocol(self.openid.clone())).merge(self.kit.wrap(routes))
    }

    /// Health and metrics, for a listener of their own.
    pub fn ops_router(&self) -> Router {
        let (ping, lag) = (self.store.clone(), self.store.clone());
        let database = Check::new("database", move || {
            let store = ping.clone();
            async move { store.ping().await.map_err(|e| e.to_string()) }
        });
        let log = Check::new("log", move || {
            let store = lag.clone();
            async move { log_is_current(&store).await }
        });
        self.kit.ops(vec![database, log])
    }

    /// Those who follow events.
    pub fn consumers(&self) -> Vec<Arc<dyn Consumer>> {
        vec![
            Arc::new(InboxProjection),
            Arc::new(quality::follow::Follow(self.quality.clone())),
            Arc::new(identity::follow::Follow(self.identity.clone())),
            Arc::new(AccountFollower(self.openid.clone())),
            Arc::new(SignalFollower(self.openid.clone())),
        ]
    }

    /// Those who do deferred work.
    pub fn handlers(&self) -> Handlers {
        Handlers::new(
            dossier::jobs::handlers(&self.dossiers)
                .into_iter()
                .chain(registry::jobs::handlers(&self.quality))
                .chain(identity::jobs::handlers(&self.identity)),
        )
    }

    pub fn sequencer(&self) -> Sequencer {
        Sequencer::new(self.store.clone(), Arc::clone(&self.log_key))
    }

    /// Does what `roles` say until `stop` turns true.
    pub async fn run(
        &self,
        config: &Config,
        listener: TcpListener,
        stop: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        let mut tasks = JoinSet::new();
        tasks.spawn(self.openid.clone().follow(stop.clone()));
        for role in &config.roles {
            match role {
                Role::Web => {}
                Role::Worker => {
                    for _ in 0..WORKERS {
                        tasks.spawn(store::jobs::work(self.store.clone(), self.handlers(), stop.clone()));
                    }
                }
                Role::Relay => {
                    tasks.spawn(keep_house(
                        self.store.clone(),
                        self.identity.clone(),
                        self.quality.clone(),
                        stop.clone(),
                    ));
                    tasks.spawn(self.openid.clone().keep(stop.clone()));
                    let out = Outbound::new([])?;
                    tasks.spawn(Deliverer::new(self.openid.clone(), out).run(stop.clone()));
                    for consumer in self.consumers() {
                        tasks.spawn(store::relay::follow(self.store.clone(), consumer, stop.clone()));
                    }
                }
                Role::Sequencer => {
                    tasks.spawn(self.sequencer().run(stop.clone()));
                }
            }
        }
        if let Some(address) = config.ops_listen {
            let listener = bind(address).await?;
            tasks.spawn(serve(self.ops_router(), listener, None, stop.clone()));
        }
        if config.roles.contains(&Role::Web) {
            let routes = name::lead_to_name(self.router(), &config.public_url);
            if let Some(other) = name::other_listener(config).await {
                tasks.spawn(serve(routes.clone(), other, tls(config, Ask::Nobody)?, stop.clone()));
            }
            tasks.spawn(serve(routes, listener, tls(config, Ask::Nobody)?, stop.clone()));
            if let Some(address) = config.mtls_listen {
                let ask = Ask::Clients { authorities: config.mtls_authorities.as_deref() };
                let tls = tls(config, ask)?.context("mtls_listen needs tls_certificate and tls_key")?;
                let routes = self.kit.wrap_protocol(openid::http::protocol(self.openid.clone()));
                tasks.spawn(serve(routes, bind(address).await?, Some(tls), stop.clone()));
            }
        }
        let mut stopping = stop.clone();
        let _ = stopping.wait_for(|s| *s).await;
        while tasks.join_next().await.is_some() {}
        Ok(())
    }
}

/// The OpenID provider over the accounts and the record.
async fn open_provider(
    config: &Config,
    parts: &Parts,
    store: &Store,
    identity: &Identity,
    nation: &Arc<NationData>,
) -> anyhow::Result<OpenId> {
    let hsm = match (&config.pkcs11_module, &config.pkcs11_token, &config.pkcs11_pin_file) {
        (None, None, None) => None,
        (Some(module), Some(token), Some(pin)) => {
            Some(HsmSettings { module: module.clone(), token: token.clone(), pin_file: pin.clone() })
        }
        _ => anyhow::bail!("pkcs11_module, pkcs11_token and pkcs11_pin_file belong together"),
    };
    let settings = openid::Settings {
        issuer: config.public_url.trim_end_matches('/').to_owned(),
        mtls_url: config.mtls_url.as_deref().map(|url| url.trim_end_matches('/').to_owned()),
        operator: AgencyId::new(OPERATOR),
        inside_hosts: config.outbound_hosts.clone(),
        keys_dir: parts.keys_dir.clone(),
        hsm,
    };
    let provinces = Arc::clone(nation);
    let ports = openid::Ports {
        holders: Arc::new(identity.clone()),
        register: Arc::clone(&identity.register),
        province_of: Arc::new(move |commune| provinces.province_of(commune)),
    };
    Ok(OpenId::start(store.clone(), settings, ports).await?)
}

/// Sweeps what would grow for ever and does what days bring, until `stop` turns true.
async fn keep_house(store: Store, identity: Identity, quality: Quality, mut stop: watch::Receiver<bool>) {
    loop {
        let swept = async {
            let tx = store.begin().await?;
            let outcome = async {
                Ok::<_, anyhow::Error>(store::sweep::sweep(&tx).await? + identity::jobs::sweep(&tx).await?)
            }
            .await;
            match outcome {
                Ok(_) => tx.finish::<_, store::StoreError>(Ok(())).await?,
                Err(error) => return Err(error),
            }
            dossier::sweep::sweep(&store).await?;
            identity::follow::ask_for_cards(&identity).await?;
            identity::follow::lock_expired(&identity).await?;
            identity::ops::account_close::close_over(&identity).await?;
            identity::organisation::follow::end_expired(&identity).await?;
            quality::keep::keep(&store, &quality).await?;
            Ok::<_, anyhow::Error>(())
        };
        // What is dropped in the middle is rolled back, and comes again with the next start.
        let swept = tokio::select! {
            _ = stop.wait_for(|s| *s) => return,
            swept = swept => swept,
        };
        if let Err(error) = swept {
            tracing::warn!(%error, "not swept");
        }
        tokio::select! {
            _ = stop.wait_for(|s| *s) => return,
            () = tokio::time::sleep(SWEEP_EVERY) => {}
        }
    }
}

/// The telco and the devices that the configuration names; what it does not name is not there.
fn with_parties(identity: Identity, config: &Config) -> anyhow::Result<Identity> {
    let identity = match (&config.messages_url, &config.messages_key) {
        (None, None) => identity,
        (Some(url), Some(secret)) => identity.with_messages(Arc::new(TelcoGateway::open(url, secret)?)),
        _ => anyhow::bail!("messages_url and messages_key belong together"),
    };
    Ok(match &config.devices_file {
        None => identity,
        Some(list) => identity.with_devices(Arc::new(CounterDevices::open(list)?)),
    })
}

/// Our certificate, when this program itself serves over TLS.
fn tls(config: &Config, ask: Ask<'_>) -> anyhow::Result<Option<Tls>> {
    match (&config.tls_certificate, &config.tls_key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(Tls::load(certificate, key, ask)?)),
        _ => anyhow::bail!("tls_certificate and tls_key belong together"),
    }
}

async fn serve(router: Router, listener: TcpListener, tls: Option<Tls>, mut stop: watch::Receiver<bool>) {
    let stopped = async move {
        let _ = stop.wait_for(|s| *s).await;
    };
    let limits = ServeLimits::default();
    let served = match tls {
        None => webkit::serve(router, listener, limits, stopped).await,
        Some(tls) => webkit::serve_tls(router, listener, tls, limits, stopped).await,
    };
    if let Err(error) = served {
        tracing::error!(%error, "the listener failed");
    }
}

pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("listening on {address} (is another server there?)"))
}

async fn log_is_current(store: &Store) -> Result<(), String> {
    let outcome = async {
        let tx = store.begin().await?;
        let backlog = ledger::backlog(&tx).await;
        tx.finish(backlog).await
    };
    let backlog = outcome.await.map_err(|e| e.to_string())?;
    let now = store.clock().now();
    let late = backlog.oldest.is_some_and(|oldest| now.duration_since(oldest).unsigned_abs() > LOG_LAG_MAX);
    if late { Err(format!("{} entries wait for the log", backlog.pending)) } else { Ok(()) }
}

/// The texts of every site, domain and platform crate that speaks.
pub const TEXTS: [webkit::i18n::Source; 17] = [
    webkit::i18n::TEXTS,
    pgbox::TEXTS,
    forms::TEXTS,
    linkage::TEXTS,
    crate::commands::LINK_TEXTS,
    crate::party::TEXTS,
    dossier::TEXTS,
    registry::TEXTS,
    identity::TEXTS,
    openid::TEXTS,
    credential::TEXTS,
    ledger::TEXTS,
    print::TEXTS,
    portal::TEXTS,
    desk::TEXTS,
    consent::TEXTS,
    console::TEXTS,
];

/// [`TEXTS`], ready to be said.
pub fn texts() -> Result<Texts, webkit::i18n::TextsError> {
    Texts::load(&TEXTS)
}

/// The API of every domain in one document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut doc = dossier::http::openapi();
    doc.merge(registry::http::openapi());
    doc.merge(<identity::http::Api as utoipa::OpenApi>::openapi());
    doc.merge(credential::http::openapi());
    // Handlers are named within their domain; in one document the tag tells `dossiers_list` from `documents_list`.
    for item in doc.paths.paths.values_mut() {
        for operation in
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten()
        {
            let tag = operation.tags.iter().flatten().next();
            if let (Some(tag), Some(id)) = (tag, &mut operation.operation_id) {
                *id = format!("{tag}_{id}");
            }
        }
    }
    doc.info.title = "Lienthong".to_owned();
    doc.info.version = env!("CARGO_PKG_VERSION").to_owned();
    doc
}
