//! `kill -9` of the server and of PostgreSQL at random moments under load: nothing that was acknowledged is lost,
//! nothing happens twice, the log still verifies.
//!
//! Each round lets clients work, kills one process at a moment that the seed tells, lets the clients repeat what was
//! not answered (with the same idempotency key) until it is, and then compares everything with what they were told.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use base::{Clock, Entropy, SeededEntropy, SystemClock, SystemEntropy, vietnam_date};
use contracts::Role;
use lienthong::app::{App, Database, MIGRATIONS, Parts};
use nix::sys::signal::{Signal, kill};
use serde_json::{Value, json};
use store::{Store, StoreOptions};

use crate::{
    requests::{Answer, Ask, send},
    server::{DataDir, Server, free_address},
    world::{self, CONFIRMATION, Citizen, RESIDENCE},
};

/// Clients that work side by side.
const CLIENTS: u32 = 4;
/// Dossiers of one client in a round, and rounds until others take their place: nobody may send more than 50 in a day.
const STORIES_MAX: u32 = 12;
const SHIFT_ROUNDS: u32 = 4;
/// A kill comes at most so long after the load began.
const KILL_WITHIN_MS: u32 = 300;
/// Load that goes on after a kill, so that the restart happens under load too.
const AFTERWARDS: Duration = Duration::from_millis(300);
/// How long an answer, a start or the deferred work may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(40);

/// Rounds of the long mode, unless `KILLS` says otherwise.
const LONG_ROUNDS: u32 = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_happens_twice_when_processes_are_killed() {
    run(4, 7).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 200 kills; `KILLS` sets another number, `SEED` other moments"]
async fn the_same_through_hundreds_of_kills() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    run(number("KILLS").unwrap_or(LONG_ROUNDS), number("SEED").unwrap_or(1).into()).await;
}

#[expect(clippy::print_stdout, reason = "who waits for hundreds of rounds wants to see them")]
async fn run(rounds: u32, seed: u64) {
    let dir = DataDir::new();
    let citizens = fill(&dir, CLIENTS * rounds.div_ceil(SHIFT_ROUNDS)).await;
    let mut shifts = citizens.chunks(CLIENTS as usize);
    let chance = SeededEntropy::new(seed);
    let address = free_address();
    let mut server = Server::start(&dir, address);
    let mut load = Arc::new(Load::begin(address).await);
    for round in 0..rounds {
        if round % SHIFT_ROUNDS == 0 {
            load = Arc::new(load.relieved_by(shifts.next().unwrap()).await);
        }
        let before = load.told.lock().unwrap().len();
        load.stop.store(false, Ordering::Relaxed);
        let clients: Vec<_> =
            (0..load.citizens.len()).map(|n| tokio::spawn(Arc::clone(&load).client(n))).collect();
        let wait = u64::from(u32::from_le_bytes(base::entropy::bytes(&chance)) % KILL_WITHIN_MS);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        if round % 2 == 0 {
            server.kill();
            server = Server::start(&dir, address);
        } else {
            kill(dir.postmaster().unwrap(), Signal::SIGKILL).unwrap();
        }
        tokio::time::sleep(AFTERWARDS).await;
        load.stop.store(true, Ordering::Relaxed);
        for client in clients {
            client.await.unwrap();
        }
        assert!(server.runs(), "round {round}: the server ended: {}", server.log());
        let told = load.told.lock().unwrap().clone();
        assert!(told.len() > before, "round {round}: nobody got anything done");
        let wrong = check(&dir, &told).await;
        assert!(wrong.is_empty(), "round {round}, seed {seed}:\n{}\n{}", wrong.join("\n"), server.log());
        println!("round {round}: {} moves hold", told.len());
    }
    server.stop();
    assert_eq!(dir.processes(), Vec::<String>::new(), "processes that were left behind");
}

/// Makes the people through the library, on the directory that the server will use.
async fn fill(dir: &DataDir, people: u32) -> Vec<Citizen> {
    let config = dir.config();
    let database = Database::open(&config).await.unwrap();
    store::migrate(&database.config, &MIGRATIONS).await.unwrap();
    let app = App::build(&config, &database.config, Parts::real(&config.data_dir)).await.unwrap();
    let citizens = world::settle(&app, people, 0).await;
    app.store.close();
    database.close().await.unwrap();
    citizens
}

/// What a client was told: this happened to this dossier.
#[derive(Debug, Clone)]
struct Told {
    dossier: String,
    what: &'static str,
    version: i64,
    code: Option<String>,
}

/// The clients with what they know.
struct Load {
    address: SocketAddr,
    citizens: Vec<String>,
    receiver: String,
    decider: String,
    /// Whose record was changed before.
    residents: [AtomicBool; CLIENTS as usize],
    stop: AtomicBool,
    /// What all shifts were told.
    told: Arc<Mutex<Vec<Told>>>,
    chance: SeededEntropy,
}

impl Load {
    /// The officers sign in; nobody files anything yet.
    async fn begin(address: SocketAddr) -> Self {
        let now = SystemClock.now();
        Self {
            address,
            citizens: Vec::new(),
            receiver: token(address, &world::sign_in_officer(Role::Receiver, now)).await,
            decider: token(address, &world::sign_in_officer(Role::Decider, now)).await,
            residents: Default::default(),
            stop: AtomicBool::new(false),
            told: Arc::default(),
            chance: SeededEntropy::new(99),
        }
    }

    /// The same with other citizens.
    async fn relieved_by(&self, people: &[Citizen]) -> Self {
        let mut citizens = Vec::new();
        for citizen in people {
            citizens.push(token(self.address, &world::sign_in(citizen)).await);
        }
        Self {
            address: self.address,
            citizens,
            receiver: self.receiver.clone(),
            decider: self.decider.clone(),
            residents: Default::default(),
            stop: AtomicBool::new(false),
            told: Arc::clone(&self.told),
            chance: SeededEntropy::new(99),
        }
    }

    /// Files one dossier after the other; what was begun is brought to its end.
    async fn client(self: Arc<Self>, n: usize) {
        for _ in 0..STORIES_MAX {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let mut dice = [0];
            self.chance.fill(&mut dice);
            if dice[0] % 3 == 0 { self.confirmation(n).await } else { self.residence(n).await }
        }
    }

    /// Decided by the system itself, with everything in one transaction.
    async fn confirmation(&self, n: usize) {
        let (id, version) = self.draft(n, CONFIRMATION, &world::confirmation()).await;
        self.act(n, &id, "submit", version).await;
    }

    /// The first is approved, and changes the record; later ones are withdrawn.
    async fn residence(&self, n: usize) {
        let (id, version) =
            self.draft(n, RESIDENCE, &world::own_dwelling(vietnam_date(SystemClock.now()))).await;
        let version = self.act(n, &id, "submit", version).await;
        let version = self.act(n, &id, "receive", version).await;
        let version = self.act(n, &id, "start", version).await;
        let resident = self.residents[n].swap(true, Ordering::Relaxed);
        self.act(n, &id, if resident { "withdraw" } else { "approve" }, version).await;
    }

    /// A draft with its answers. Opening one takes no key, so a client that got no answer looks at its list first.
    async fn draft(&self, n: usize, procedure: &str, answers: &Value) -> (String, i64) {
        let token = &self.citizens[n];
        let open = Ask::post("/api/v1/dossiers", json!({ "procedure": procedure })).by(token);
        let id = loop {
            if let Some(answer) = attempt(self.address, &open).await {
                break id_of(&answer.ok());
            }
            let list = repeat(self.address, &Ask::get("/api/v1/dossiers").by(token)).await.ok();
            if let Some(draft) = list
                .as_array()
                .unwrap()
                .iter()
                .find(|d| d["status"]["number"] == 0 && d["procedure"] == procedure)
            {
                break id_of(draft);
            }
        };
        self.note(&id, "draft", &json!({ "version": 0 }));
        let save =
            Ask::put(format!("/api/v1/dossiers/{id}/answers"), json!({ "answers": answers })).by(token);
        let saved = repeat(self.address, &save).await.ok();
        (id, saved["version"].as_i64().unwrap())
    }

    /// One move, repeated with its key until it is answered. Gives the version that it led to.
    async fn act(&self, n: usize, id: &str, what: &'static str, version: i64) -> i64 {
        let (token, path) = match what {
            "submit" | "withdraw" => (&self.citizens[n], format!("/api/v1/dossiers/{id}/{what}")),
            "receive" => (&self.receiver, format!("/api/v1/office/dossiers/{id}/{what}")),
            _ => (&self.decider, format!("/api/v1/office/dossiers/{id}/{what}")),
        };
        let ask = Ask::post(path, json!({ "version": version })).by(token).key(format!("{what}-{id}"));
        let moved = repeat(self.address, &ask).await.ok();
        self.note(id, what, &moved);
        moved["version"].as_i64().unwrap()
    }

    fn note(&self, id: &str, what: &'static str, moved: &Value) {
        let code = moved["code"].as_str().map(str::to_owned);
        let told = Told { dossier: id.to_owned(), what, version: moved["version"].as_i64().unwrap(), code };
        self.told.lock().unwrap().push(told);
    }
}

async fn token(address: SocketAddr, sign_in: &Ask) -> String {
    repeat(address, sign_in).await.ok()["token"].as_str().unwrap().to_owned()
}

fn id_of(dossier: &Value) -> String {
    dossier["id"].as_str().unwrap().to_owned()
}

/// One try. None when no answer came, or the answer was that the database cannot be reached.
async fn attempt(address: SocketAddr, ask: &Ask) -> Option<Answer> {
    let answer = tokio::time::timeout(PATIENCE, send(address, ask)).await.ok()??;
    (answer.status != 503).then_some(answer)
}

/// Tries until there is an answer.
async fn repeat(address: SocketAddr, ask: &Ask) -> Answer {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = attempt(address, ask).await {
            return answer;
        }
        assert!(Instant::now() < deadline, "no answer to {} {}", ask.method, ask.path);
        tokio::time::sleep(POLL).await;
    }
}

/// Everything that does not fit what the clients were told.
async fn check(dir: &DataDir, told: &[Told]) -> Vec<String> {
    let store = open(dir).await;
    settle(&store).await;
    let mut wrong = Vec::new();
    for (what, sql) in PROMISES {
        let connection = store.connection().await.unwrap();
        for row in connection.query(*sql, &[]).await.unwrap() {
            wrong.push(format!("{what}: {}", row.get::<_, String>(0)));
        }
    }
    wrong.extend(compare(&store, told).await);
    let key = ledger::key::load_or_create(
        &dir.path().join("keys/log.key"),
        &dir.config().log_origin,
        &SystemEntropy,
    );
    match ledger::verify(&store, &[key.unwrap().verifier().clone()], None, |_, _| {}).await {
        Ok(report) => wrong.extend(report.findings.iter().map(|finding| format!("log: {finding}"))),
        Err(error) => wrong.push(format!("the log cannot be verified: {error:?}\n{}", dir.database_log())),
    }
    store.close();
    wrong
}

async fn open(dir: &DataDir) -> Store {
    dir.until_open().await;
    Store::new(dir.database(), StoreOptions { connections_max: 2, ..StoreOptions::default() }).unwrap()
}

/// Waits until the deferred work is done: what a killed worker had claimed is taken over by itself.
async fn settle(store: &Store) {
    let connection = store.connection().await.unwrap();
    let left = "SELECT (SELECT count(*) FROM store.job WHERE NOT dead AND (run_at <= now() OR queue = 'dossier.paper')),
            (SELECT count(*) FROM store.audit_intake),
            (SELECT count(*) FROM store.outbox o, store.consumer c WHERE (o.txid, o.id) > (c.txid, c.id))";
    let deadline = Instant::now() + PATIENCE;
    loop {
        let row = connection.query_one(left, &[]).await.unwrap();
        let now: [i64; 3] = [row.get(0), row.get(1), row.get(2)];
        if now == [0; 3] {
            return;
        }
        if Instant::now() > deadline {
            let first = "SELECT queue || concat_ws(', ', '', attempts, run_at - now(), claimed_by, claimed_till - now(), last_error)
                FROM store.job WHERE NOT dead ORDER BY run_at LIMIT 5";
            let first = connection.query(first, &[]).await.unwrap();
            let first: Vec<String> = first.iter().map(|row| row.get(0)).collect();
            assert_eq!(now, [0; 3], "jobs, entries, events that wait for ever; the first jobs: {first:?}");
        }
        tokio::time::sleep(POLL).await;
    }
}

/// What must give no row, whatever happened.
const PROMISES: &[(&str, &str)] = &[
    ("dead job", "SELECT queue || ': ' || coalesce(last_error, '') FROM store.job WHERE dead"),
    ("dead event", "SELECT consumer || ': ' || error FROM store.dead_event"),
    (
        "inbox differs from dossier",
        "SELECT coalesce(i.code, d.code) FROM dossier.inbox i FULL JOIN
            (SELECT * FROM dossier.dossier WHERE agency IS NOT NULL) d USING (agency, dossier_id)
         WHERE (i.status, i.version, i.code) IS DISTINCT FROM (d.status, d.version, d.code)",
    ),
    (
        "gap in the codes",
        "SELECT unit || ' ' || day || ': ' || last || ' given, ' || count(code) || ' used' FROM dossier.counter
            LEFT JOIN dossier.code_claim ON starts_with(code, unit || '-' || to_char(day, 'YYMMDD'))
         GROUP BY unit, day, last
         HAVING count(code) <> last OR max(substring(code FROM '[0-9]+$')::int) <> last",
    ),
    (
        "code without its dossier",
        "SELECT coalesce(c.code, d.code) FROM dossier.code_claim c FULL JOIN
            (SELECT * FROM dossier.dossier WHERE code IS NOT NULL) d USING (code, applicant, dossier_id)
         WHERE c.code IS NULL OR d.code IS NULL",
    ),
    (
        "timeline with a hole",
        "SELECT dossier_id::text FROM dossier.dossier LEFT JOIN dossier.event USING (applicant, dossier_id)
         GROUP BY dossier_id, dossier.version HAVING max(event.version) > dossier.version",
    ),
    (
        "papers that are not one receipt and one result",
        "SELECT dossier_id::text FROM dossier.dossier d LEFT JOIN dossier.paper p USING (applicant, dossier_id)
         WHERE code IS NOT NULL GROUP BY dossier_id, d.status
         HAVING count(*) FILTER (WHERE kind = 'receipt') <> 1
             OR count(*) FILTER (WHERE kind <> 'receipt') <> (d.status = 10)::int",
    ),
    (
        "document that no dossier knows, or the other way round",
        "SELECT coalesce(p.document_id, c.document_id)::text FROM dossier.paper p
            FULL JOIN credential.document c ON p.document_id = c.document_id AND p.applicant = c.person_id
         WHERE p.document_id IS NULL OR c.document_id IS NULL",
    ),
];

/// Compares the timelines, the log and the record with what the clients were told, in both directions.
async fn compare(store: &Store, told: &[Told]) -> Vec<String> {
    let mut wrong = Vec::new();
    let connection = store.connection().await.unwrap();
    let mut happened: Vec<String> = Vec::new();
    let mut logged: Vec<String> = Vec::new();
    for t in told {
        let id = &t.dossier;
        let event = match t.what {
            "draft" => continue,
            "submit" => "submitted",
            "receive" => "received",
            "start" => "started",
            "withdraw" => "withdrawn",
            _ => "approved",
        };
        happened.push(format!("{id} {event}"));
        logged.push(format!("dossier:{id} dossier.{}", t.what));
    }
    // What the system decided itself happened with the submission.
    let automatic = "SELECT dossier_id::text FROM dossier.dossier WHERE procedure = $1 AND code IS NOT NULL";
    for row in connection.query(automatic, &[&CONFIRMATION]).await.unwrap() {
        let id: String = row.get(0);
        happened.extend(["received", "started", "approved"].map(|event| format!("{id} {event}")));
    }
    let events = "SELECT dossier_id || ' ' || kind FROM dossier.event WHERE kind <> 'returned'";
    let entries = "SELECT (body::jsonb ->> 'resource') || ' ' || (body::jsonb ->> 'action') FROM ledger.entry
        WHERE body::jsonb ->> 'action' IN
            ('dossier.submit', 'dossier.receive', 'dossier.start', 'dossier.withdraw', 'dossier.approve')";
    for (name, sql, mut expected) in [("timeline", events, happened), ("log", entries, logged)] {
        let rows = connection.query(sql, &[]).await.unwrap();
        let mut found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        expected.sort();
        found.sort();
        if found != expected {
            let lost = expected.iter().filter(|e| !found.contains(e)).map(|e| format!("{name}: lost {e}"));
            wrong.extend(lost);
            let more =
                found.iter().filter(|e| !expected.contains(e)).map(|e| format!("{name}: never told {e}"));
            wrong.extend(more);
            let twice = found.windows(2).filter(|w| w[0] == w[1]).map(|w| format!("{name}: twice {}", w[0]));
            wrong.extend(twice);
        }
    }

    let rows =
        connection.query("SELECT dossier_id::text, version, code FROM dossier.dossier", &[]).await.unwrap();
    let drafts = told.iter().filter(|t| t.what == "draft").count();
    if rows.len() != drafts {
        wrong.push(format!("{} dossiers, {drafts} were begun", rows.len()));
    }
    for t in told {
        let row = rows.iter().find(|row| row.get::<_, &str>(0) == t.dossier);
        let stands = row.map(|row| (row.get::<_, i32>(1), row.get::<_, Option<&str>>(2)));
        let code = t.code.as_deref();
        let fits = stands
            .is_some_and(|(version, now)| i64::from(version) >= t.version && (code.is_none() || code == now));
        if !fits {
            wrong.push(format!("told {t:?}, stands {stands:?}"));
        }
    }
    let residences = "SELECT count(*) FROM registry.residence WHERE kind = 'temporary' AND known_to IS NULL";
    let residences: i64 = connection.query_one(residences, &[]).await.unwrap().get(0);
    let approved = told.iter().filter(|t| t.what == "approve").count();
    if usize::try_from(residences).unwrap() != approved {
        wrong.push(format!("{residences} temporary residences in the record, {approved} were approved"));
    }
    wrong
}
