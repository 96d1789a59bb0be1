//! Keeps the server running: one thread that starts it, waits for its end, reaps it and starts it again.
//!
//! The thread lives as long as the box, because the kernel stops the server when the thread that spawned it ends; so
//! the server never outlives this process, even if it is killed. Only this thread reaps, and a signal is only sent
//! under the lock that reaping takes, so no signal can hit a stranger with a reused number.

use std::{
    ffi::OsString,
    io,
    path::PathBuf,
    process::{Child, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, kill},
        wait::{Id, WaitPidFlag, waitid},
    },
    unistd::Pid,
};

use crate::{
    error::PgBoxError,
    install::Install,
    log::Log,
    postmaster::{self, STOP_STEPS},
    runner::Runner,
};

const BACK_OFF_MIN: Duration = Duration::from_millis(25);
const BACK_OFF_MAX: Duration = Duration::from_secs(5);
/// After running this long, an end counts as the first one again.
const STEADY: Duration = Duration::from_secs(30);
/// Starts that may fail before the first success. More than one: the last children of a killed server take a moment
/// to leave, and no new server may start beside them.
const FIRST_STARTS_MAX: u32 = 6;
/// Recovery after a crash replays the write-ahead log, which can take minutes on a slow disk.
const READY_WITHIN: Duration = Duration::from_secs(600);
const READY_POLL: Duration = Duration::from_millis(2);

/// Everything that a start of the server needs.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) runner: Runner,
    pub(crate) install: Install,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) name: String,
    pub(crate) data: PathBuf,
    pub(crate) socket_dir: PathBuf,
    pub(crate) log: Arc<Log>,
}

#[derive(Debug)]
pub(crate) struct Supervisor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    pid: Option<Pid>,
    stopping: bool,
    was_ready: bool,
    over: bool,
    restarts: u64,
}

impl Supervisor {
    /// Starts the server and returns once it takes connections.
    pub(crate) fn start(launch: Launch) -> Result<Self, PgBoxError> {
        let shared = Arc::new(Shared::default());
        let (data, log) = (launch.data.clone(), launch.log.clone());
        let thread = thread::Builder::new().name("pgbox".into()).spawn({
            let shared = shared.clone();
            move || shared.supervise(&launch)
        });
        let failed = |log: String| PgBoxError::StartFailed { log };
        let thread = Some(thread.map_err(|problem| failed(problem.to_string()))?);
        let supervisor = Self { shared, thread };
        let deadline = Instant::now() + READY_WITHIN;
        let mut state = supervisor.shared.lock();
        while !state.pid.is_some_and(|pid| postmaster::is_ready(&data, pid)) {
            if state.over || Instant::now() >= deadline {
                drop(state);
                return Err(failed(log.tail()));
            }
            state = supervisor.shared.wait(state, READY_POLL);
        }
        state.was_ready = true;
        drop(state);
        Ok(supervisor)
    }

    pub(crate) fn pid(&self) -> Option<Pid> {
        self.shared.lock().pid
    }

    pub(crate) fn restarts(&self) -> u64 {
        self.shared.lock().restarts
    }

    /// Stops the server cleanly if it lets us, and reaps it. Says whether it had to be killed.
    pub(crate) fn stop(&mut self) -> Result<(), PgBoxError> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        let mut outcome = Ok(());
        let mut state = self.shared.lock();
        state.stopping = true;
        self.shared.changed.notify_all();
        for (signal, patience) in STOP_STEPS {
            if let Some(pid) = state.pid {
                if signal != Signal::SIGINT {
                    outcome = Err(PgBoxError::KilledOnStop);
                }
                // Not reaped yet, so the number is still this server's.
                let _ = kill(pid, signal);
            }
            let deadline = Instant::now() + patience;
            while !state.over && Instant::now() < deadline {
                state = self.shared.wait(state, deadline.saturating_duration_since(Instant::now()));
            }
        }
        let over = state.over;
        drop(state);
        if over && thread.join().is_err() {
            tracing::error!("the thread that runs the database server panicked");
        }
        outcome
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        if let Err(problem) = self.stop() {
            tracing::warn!(%problem, "stopping the database server");
        }
    }
}

impl Shared {
    fn supervise(&self, launch: &Launch) {
        let mut back_off = BACK_OFF_MIN;
        let mut failures = 0;
        loop {
            let started = Instant::now();
            let mut state = self.lock();
            if state.stopping {
                break;
            }
            // Spawned under the lock, so that a stop either comes before or finds the server to signal.
            match launch.spawn() {
                Ok(mut child) => {
                    let pid = Pid::from_raw(child.id().cast_signed());
                    state.pid = Some(pid);
                    drop(state);
                    wait_for_end(pid);
                    state = self.lock();
                    state.pid = None;
                    match child.wait() {
                        Ok(how) if !state.stopping => {
                            tracing::warn!(%how, "the database server ended by itself");
                        }
                        Ok(_) => {}
                        Err(problem) => tracing::error!(%problem, "reaping the database server"),
                    }
                }
                Err(problem) => tracing::error!(%problem, "spawning the database server"),
            }
            if started.elapsed() > STEADY {
                back_off = BACK_OFF_MIN;
            }
            if !state.was_ready {
                failures += 1;
                if failures >= FIRST_STARTS_MAX {
                    break;
                }
            }
            let deadline = Instant::now() + back_off;
            while !state.stopping && Instant::now() < deadline {
                state = self.wait(state, deadline.saturating_duration_since(Instant::now()));
            }
            back_off = (back_off * 2).min(BACK_OFF_MAX);
            if !state.stopping {
                state.restarts += 1;
            }
        }
        self.lock().over = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, at_most: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, at_most).unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Launch {
    fn spawn(&self) -> Result<Child, PgBoxError> {
        let failed = |problem: io::Error| PgBoxError::StartFailed { log: problem.to_string() };
        postmaster::clear_stale(&self.data, &self.socket_dir, &self.name, &self.runner)?;
        let mut command = self.runner.command(self.install.program("postgres"), Signal::SIGINT);
        let mut child = command
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let log = self.log.clone();
        if let Some(printed) = child.stderr.take() {
            // Ends by itself with the last process that can print into it.
            let reader = thread::Builder::new().name("pgbox-log".into()).spawn(move || log.follow(printed));
            if let Err(problem) = reader {
                child.kill().and_then(|()| child.wait()).map_err(failed)?;
                return Err(failed(problem));
            }
        }
        Ok(child)
    }
}

/// Waits without reaping: until it is reaped, the number cannot be given to another process.
fn wait_for_end(pid: Pid) {
    while waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) == Err(Errno::EINTR) {}
}
