//! Two processes of one system at one address, while each restarts and the keys roll: people stay signed in, relying parties
//! keep their grants, and no request fails. And what one of them locks, the other refuses within seconds.
//!
//! The address is a socket that a supervisor keeps open for them (systemd does it with `LISTEN_FDS`; here the test does).

use std::{
    net::{SocketAddr, TcpListener},
    os::fd::OwnedFd,
    process::{Child, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::task::JoinSet;

use crate::{
    party::{Kind, Party},
    person::{Does, Person, words},
    scene::Scene,
    server::{self, Server},
};

/// How long a start, a stop or a turn may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);
/// After so long every process knows what another one entered.
const KNOWN: Duration = Duration::from_secs(1);
/// A lock is in force everywhere by then (NĐ 69/2024 Art. 15: at once).
const LOCKED_WITHIN: Duration = Duration::from_secs(5);
/// Turns that each client must have had between two events, so that every event falls into work.
const TURNS: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarts_and_new_keys_of_two_processes_lose_no_session_and_fail_no_request() {
    let front = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let server = server::behind(front.local_addr().unwrap());
    let mut one = Process::start(&server, &front);
    let mut two = Process::start(&server, &front);
    let scene = Scene::at(Arc::clone(&server)).await;
    let load = Arc::new(Load::default());
    let mut clients = JoinSet::new();
    for _ in 0..2 {
        let party = scene.party(Kind::Fapi2).await;
        clients.spawn(Arc::clone(&load).relying(party, scene.somebody_else()));
        clients.spawn(Arc::clone(&load).visiting(scene.somebody_else()));
    }
    load.goes_on(&mut clients).await;

    one = one.restarted(&server, &front).await;
    load.goes_on(&mut clients).await;
    for _ in 0..2 {
        rolled(&server).await;
        load.goes_on(&mut clients).await;
        two = two.restarted(&server, &front).await;
        load.goes_on(&mut clients).await;
    }
    // Nobody is there for a moment: whoever comes waits.
    one.stopped().await;
    two.stopped().await;
    let (_one, _two) = (Process::start(&server, &front), Process::start(&server, &front));
    load.goes_on(&mut clients).await;

    load.over.store(true, Ordering::Relaxed);
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_locks_their_account_in_one_process_is_refused_in_the_other_within_five_seconds() {
    let [here, there] = [(); 2].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    let server = server::behind(here.local_addr().unwrap());
    let _one = Process::start(&server, &here);
    let _two = Process::start(&server, &there);
    let scene = Scene::at(Arc::clone(&server)).await;
    let (mut party, person) = (scene.party(Kind::Fapi2).await, scene.somebody_else());
    known(&party).await;
    let tokens = party.tokens(&person, &party.ask()).await;
    let access = tokens["access_token"].as_str().unwrap();

    // From here on the other process is asked, and it knows both.
    let other = there.local_addr().unwrap();
    party.http = party.http.through(other);
    known(&party).await;
    let apart = person.through(other);
    let is_in = async || apart.get(&apart.at("/account")).await.status == StatusCode::OK;
    let is_good = async || party.introspect(access).await.ok()["active"] == true;
    assert!(is_in().await && is_good().await);

    person.locks().await;
    let (session, token) = tokio::join!(how_long(is_in), how_long(is_good));
    assert!(session <= LOCKED_WITHIN, "the session lived for {session:?}");
    assert!(token <= LOCKED_WITHIN, "the token lived for {token:?}");
}

/// From now on until something is so no longer.
async fn how_long(is_so: impl AsyncFn() -> bool) -> Duration {
    let began = Instant::now();
    while is_so().await {
        assert!(began.elapsed() < PATIENCE, "it never ends");
        tokio::time::sleep(POLL).await;
    }
    began.elapsed()
}

/// Waits until a process knows a relying party that another one entered.
async fn known(party: &Party) {
    let deadline = Instant::now() + PATIENCE;
    while party.push(&party.ask()).await.status == StatusCode::UNAUTHORIZED {
        assert!(Instant::now() < deadline, "nobody tells it");
        tokio::time::sleep(KNOWN).await;
    }
}

/// The keys of relying parties roll, by the command of an operator.
async fn rolled(server: &Arc<Server>) {
    // Relying parties have had the time to learn of the next key.
    const AGED: &str = "UPDATE openid.signing_key SET made_at = made_at - interval '1 day'";
    server
        .within(async |server| {
            let tx = server.app.store.begin().await.unwrap();
            let aged = tx.execute(AGED, &[]).await;
            tx.finish(aged).await.unwrap()
        })
        .await;
    let mut command = server.program(&["keys", "rotate", "openid"]);
    let rolled = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(rolled.status.success(), "{}", String::from_utf8_lossy(&rolled.stderr));
}

/// What people and relying parties do all the time.
#[derive(Default)]
struct Load {
    over: AtomicBool,
    turns: AtomicUsize,
}

impl Load {
    /// Waits until everybody may have had some turns; fails at once where somebody's request failed.
    async fn goes_on(&self, clients: &mut JoinSet<()>) {
        let enough = self.turns.load(Ordering::Relaxed) + TURNS * clients.len();
        let deadline = Instant::now() + PATIENCE;
        while self.turns.load(Ordering::Relaxed) < enough {
            assert!(Instant::now() < deadline, "nobody gets on");
            tokio::time::sleep(POLL).await;
            if let Some(ended) = clients.try_join_next() {
                panic!("a client came to an end: {ended:?}");
            }
        }
    }

    /// Lets a person sign in, keeps the grant alive, asks about its tokens and for new ones.
    async fn relying(self: Arc<Self>, party: Party, person: Person) {
        known(&party).await;
        let ask = party.ask().with("scope", "openid offline_access");
        let code = party.code_when(&person, &ask, Does::AllowAway).await;
        let mut tokens = party.exchange(&ask, &code).await.ok();
        while !self.over.load(Ordering::Relaxed) {
            let refresh = tokens["refresh_token"].as_str().expect("a refresh token").to_owned();
            tokens = party.refresh(&refresh).await.ok();
            let access = tokens["access_token"].as_str().unwrap();
            party.userinfo(access).await.ok();
            assert_eq!(party.introspect(access).await.ok()["active"], true, "its own token is not known");
            party.tokens(&person, &party.ask()).await;
            assert_eq!(person.sign_ins(), 1, "a session was lost");
            self.turns.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Looks at pages of one's own.
    async fn visiting(self: Arc<Self>, person: Person) {
        person.signs_in().await;
        while !self.over.load(Ordering::Relaxed) {
            let account = person.get(&person.at("/account")).await;
            assert_eq!(account.status, StatusCode::OK, "a session was lost: {}", words(&account.text()));
            self.turns.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A serving process. Killed when dropped.
pub struct Process(Child);

impl Process {
    pub fn start(server: &Server, front: &TcpListener) -> Self {
        // The socket comes as standard input, from where a shell takes it to the place at which a supervisor leaves it.
        const AS_SUPERVISOR: &str = r#"exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@""#;
        let socket = OwnedFd::from(front.try_clone().unwrap());
        let program = server.program(&["serve", "--listen", &unused().to_string()]);
        let mut shell = std::process::Command::new("sh");
        shell.arg("-c").arg(AS_SUPERVISOR).arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            shell.env(name, value.unwrap_or_default());
        }
        Self(shell.stdin(socket).stdout(Stdio::null()).spawn().unwrap())
    }

    /// Asks it to end, and waits until it has.
    async fn stopped(mut self) {
        kill(Pid::from_raw(self.0.id().cast_signed()), Signal::SIGTERM).unwrap();
        let deadline = Instant::now() + PATIENCE;
        while self.0.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "it does not stop");
            tokio::time::sleep(POLL).await;
        }
        assert!(self.0.wait().unwrap().success());
    }

    async fn restarted(self, server: &Server, front: &TcpListener) -> Self {
        self.stopped().await;
        Self::start(server, front)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An address that would be bound, were no socket handed on.
fn unused() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 1))
}
