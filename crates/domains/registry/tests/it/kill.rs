//! `kill -9` in the middle of a merge and in the middle of taking one apart: it was done or it was not, never a half of it.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use base::{FixedClock, SystemEntropy};
use contracts::Role;
use jiff::SignedDuration;
use registry::{
    RegistryError,
    duplicates::{CaseId, Proposed, State, ops as cases},
};
use store::{Store, StoreOptions};

use crate::{
    duplicates::{all, assert_same, case, check, merged, noticed, people, settling, twice, undone},
    world::World,
};

/// Sessions that have written and not committed; the test's own only read.
const WRITING: &str =
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL";
/// Each state is met so often in the middle of the act that leads out of it.
const ROUNDS: usize = 4;
/// Acts of one child at most, should nobody kill it.
const ACTS_MAX: usize = 300;
/// How long the child holds each act open.
const HELD: Duration = Duration::from_millis(20);
const POLL: Duration = Duration::from_millis(1);

/// Run in a process of its own by the test below, which kills it: the case goes round and round.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the kill test"]
async fn child_that_is_killed() {
    let var = |name| std::env::var(name).unwrap();
    let mut config = tokio_postgres::Config::new();
    config.host_path(var("KILL_SOCKET")).user(var("KILL_USER")).dbname(var("KILL_DB"));
    let clock = Arc::new(FixedClock::at(var("KILL_NOW").parse().unwrap()));
    let entropy = Arc::new(SystemEntropy);
    let store = Store::new(
        config,
        StoreOptions { clock: Arc::clone(&clock) as _, entropy, ..StoreOptions::default() },
    );
    let store = store.unwrap();
    let [person, other] = ["KILL_PERSON", "KILL_OTHER"].map(|name| var(name).parse().unwrap());
    let id = CaseId { person, other };
    for _ in 0..ACTS_MAX {
        clock.advance(SignedDuration::from_secs(1));
        let mut tx = store.begin().await.unwrap();
        let sql = "SELECT state, version FROM registry.duplicate_case WHERE person_id = $1 AND other_id = $2";
        let row = tx.query_one(sql, &[&person, &other]).await.unwrap();
        let (state, version): (&str, i32) = (row.get(0), row.get(1));
        let (one, two, head) =
            (settling(Role::Decider, 1), settling(Role::Decider, 2), settling(Role::Head, 3));
        let what = Proposed::Merge { keep: person };
        let done: Result<(), RegistryError> = match State::parse(state).unwrap() {
            State::Open => cases::case_propose(&mut tx, &one, id, version, what, "Một người").await,
            State::Proposed => cases::case_confirm(&mut tx, &two, id, version, "Đã đối chiếu").await,
            State::Merged => cases::merge_undo(&mut tx, &head, id, version, "Nhầm người").await,
            State::Distinct => unreachable!("nobody says so here"),
        };
        // Written and not committed: here it is to be met.
        tokio::time::sleep(HELD).await;
        tx.finish(done).await.unwrap();
    }
}

fn start(world: &World, id: CaseId) -> Child {
    let socket = match &world.db.config.get_hosts()[0] {
        tokio_postgres::config::Host::Unix(socket) => Some(socket),
        tokio_postgres::config::Host::Tcp(_) => None,
    };
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child_that_is_killed", "--ignored"])
        .env("KILL_SOCKET", socket.expect("a cluster of ours listens on a socket"))
        .env("KILL_USER", world.db.config.get_user().unwrap())
        .env("KILL_DB", world.db.config.get_dbname().unwrap())
        .env("KILL_NOW", world.now().to_string())
        .env("KILL_PERSON", id.person.to_string())
        .env("KILL_OTHER", id.other.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Whether the child is writing while the case stands in a state: in the middle of the act that leads out of it.
async fn is_writing(world: &World, state: State) -> bool {
    let connection = world.db.store.connection().await.unwrap();
    let sql = format!("SELECT FROM registry.duplicate_case WHERE state = $1 AND EXISTS ({WRITING})");
    connection.query_opt(&sql, &[&state.as_str()]).await.unwrap().is_some()
}

/// The server has noticed that nobody is there any more, and taken back what was not committed.
async fn is_over(world: &World) {
    let connection = world.db.store.connection().await.unwrap();
    while !connection.query(WRITING, &[]).await.unwrap().is_empty() {
        tokio::time::sleep(POLL).await;
    }
    let last: jiff::Timestamp =
        connection.query_one("SELECT max(at) FROM registry.event", &[]).await.unwrap().get(0);
    world.db.clock.set(last.max(world.now()));
}

/// Who gave way is marked so exactly while the case says so.
async fn is_whole(world: &World, id: CaseId) -> State {
    check(world).await;
    let state = case(world, id).await.state;
    let connection = world.db.store.connection().await.unwrap();
    let sql = "SELECT count(*) FROM registry.person WHERE merged_into IS NOT NULL";
    let gave_way: i64 = connection.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(gave_way, i64::from(state == State::Merged));
    state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_and_its_undoing_that_are_killed_are_done_or_not_and_never_half() {
    let world = World::with_people().await;
    let [chi, again] = twice(&world).await;
    let everybody = people(&world).await;
    let before = all(&world, &everybody).await;
    let id = noticed(&world, again, chi).await;
    for round in 0..2 * ROUNDS {
        let wanted = if round % 2 == 0 { State::Proposed } else { State::Merged };
        let mut child = start(&world, id);
        while !is_writing(&world, wanted).await && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(POLL).await;
        }
        assert!(child.try_wait().unwrap().is_none(), "it goes on until it is killed");
        child.kill().unwrap();
        child.wait().unwrap();
        is_over(&world).await;
        match is_whole(&world, id).await {
            State::Merged => undone(&world, id).await.unwrap(),
            State::Proposed => {
                let version = case(&world, id).await.version;
                let mut tx = world.begin().await;
                let two = settling(Role::Decider, 2);
                let back = cases::case_refuse(&mut tx, &two, id, version, "Chưa rõ").await;
                tx.finish(back).await.unwrap();
            }
            State::Open => {}
            State::Distinct => panic!("nobody said so"),
        }
        assert_eq!(is_whole(&world, id).await, State::Open);
        assert_same(&all(&world, &everybody).await, &before);
    }
    // What was interrupted so often can still be done.
    merged(&world, id, chi).await.unwrap();
    assert_eq!(is_whole(&world, id).await, State::Merged);
}
