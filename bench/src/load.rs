//! The clients: keep-alive connections from one thread, so that they take as little of the processor as can be.

use std::{
    cell::RefCell,
    collections::VecDeque,
    net::SocketAddr,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
    vec,
};

use anyhow::Context;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::LocalSet};

pub type Shot = Request<Full<Bytes>>;

/// Longer than any run: for those that end when their work does.
const NO_END: Duration = Duration::from_secs(24 * 3600);

/// A request ready to be sent.
pub fn shot(path: &str, bearer: &str, key: Option<&str>, body: &serde_json::Value) -> anyhow::Result<Shot> {
    let mut request = Request::post(path)
        .header(header::HOST, "bench")
        .header(header::AUTHORIZATION, format!("Bearer {bearer}"))
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    Ok(request.body(Full::new(Bytes::from(serde_json::to_vec(body)?)))?)
}

/// Percentiles in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
}

/// What came of a run.
pub struct Outcome {
    /// Turns that were taken.
    pub turns: usize,
    pub per_second: f64,
    pub times: Times,
}

/// When requests are sent.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// Each client sends the next when the last was answered.
    Closed,
    /// So many a second, whatever happens. A request that has to wait for a free connection is late already: its time
    /// counts from the moment at which it was due.
    Steady(u32),
}

/// One keep-alive connection.
pub struct Wire(SendRequest<Full<Bytes>>);

/// A whole answer.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Wire {
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    pub async fn ask(&mut self, request: Shot) -> anyhow::Result<Reply> {
        let path = request.uri().path().to_owned();
        self.0.ready().await?;
        let response = self.0.send_request(request).await.with_context(|| format!("asking {path}"))?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Reply { status: head.status, headers: head.headers, body })
    }
}

impl Reply {
    /// A run in which one request fails measures something else: it stops.
    pub fn expect(self, status: StatusCode, what: &str) -> anyhow::Result<Self> {
        let said = || String::from_utf8_lossy(self.body.get(..400).unwrap_or(&self.body)).into_owned();
        anyhow::ensure!(self.status == status, "{what}: {} {}", self.status, said());
        Ok(self)
    }
}

/// Somebody who does the same again and again over a connection of their own.
pub trait Worker: Send + 'static {
    /// Does it once; false when there was nothing left to do.
    async fn turn(&mut self, wire: &mut Wire) -> anyhow::Result<bool>;
}

/// Sends all units over so many connections; the requests of one unit follow each other on one connection.
pub async fn fire(
    address: SocketAddr,
    clients: usize,
    pace: Pace,
    units: Vec<Vec<Shot>>,
) -> anyhow::Result<Outcome> {
    let units = Arc::new(Mutex::new(VecDeque::from(units)));
    let workers = (0..clients).map(|_| Sender { units: Arc::clone(&units), unit: Vec::new().into_iter() });
    Ok(drive(address, pace, NO_END, workers.collect()).await?.0)
}

/// Sends what was made beforehand.
struct Sender {
    units: Arc<Mutex<VecDeque<Vec<Shot>>>>,
    unit: vec::IntoIter<Shot>,
}

impl Worker for Sender {
    async fn turn(&mut self, wire: &mut Wire) -> anyhow::Result<bool> {
        let request = loop {
            if let Some(request) = self.unit.next() {
                break request;
            }
            match self.units.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
                Some(unit) => self.unit = unit.into_iter(),
                None => return Ok(false),
            }
        };
        let path = request.uri().path().to_owned();
        wire.ask(request).await?.expect(StatusCode::OK, &path)?;
        Ok(true)
    }
}

/// Lets each worker take turns over its own connection until the time is over or nothing is left, and gives them back.
pub async fn drive<W: Worker>(
    address: SocketAddr,
    pace: Pace,
    time: Duration,
    workers: Vec<W>,
) -> anyhow::Result<(Outcome, Vec<W>)> {
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, all(address, pace, time, workers))
    })
    .await?
}

/// When turns are due, and how long each took.
struct Shared {
    pace: Pace,
    started: Instant,
    time: Duration,
    given: RefCell<u32>,
    micros: RefCell<Vec<u32>>,
}

impl Shared {
    /// The moment at which the next turn is due; none when the time is over.
    fn due(&self) -> Option<Instant> {
        let due = match self.pace {
            Pace::Closed => Instant::now(),
            Pace::Steady(rate) => {
                let n = self.given.replace_with(|n| *n + 1);
                self.started + Duration::from_secs_f64(f64::from(n) / f64::from(rate.max(1)))
            }
        };
        (due.duration_since(self.started) < self.time).then_some(due)
    }
}

async fn all<W: Worker>(
    address: SocketAddr,
    pace: Pace,
    time: Duration,
    workers: Vec<W>,
) -> anyhow::Result<(Outcome, Vec<W>)> {
    let mut wires = Vec::with_capacity(workers.len());
    for _ in 0..workers.len() {
        wires.push(Wire::open(address).await?);
    }
    let started = Instant::now();
    let shared =
        Rc::new(Shared { pace, started, time, given: RefCell::new(0), micros: RefCell::new(Vec::new()) });
    let tasks: Vec<_> = workers
        .into_iter()
        .zip(wires)
        .map(|(worker, wire)| tokio::task::spawn_local(client(worker, wire, Rc::clone(&shared))))
        .collect();
    let mut workers = Vec::with_capacity(tasks.len());
    for task in tasks {
        workers.push(task.await??);
    }
    let elapsed = started.elapsed().as_secs_f64();
    let mut micros = shared.micros.take();
    micros.sort_unstable();
    let outcome =
        Outcome { turns: micros.len(), per_second: micros.len() as f64 / elapsed, times: times(&micros) };
    Ok((outcome, workers))
}

async fn client<W: Worker>(mut worker: W, mut wire: Wire, shared: Rc<Shared>) -> anyhow::Result<W> {
    while let Some(due) = shared.due() {
        tokio::time::sleep_until(due.into()).await;
        if !worker.turn(&mut wire).await? {
            break;
        }
        let micros = u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX);
        shared.micros.borrow_mut().push(micros);
    }
    Ok(worker)
}

pub fn times(sorted: &[u32]) -> Times {
    let at = |share: f64| {
        let index = (sorted.len() as f64 * share) as usize;
        sorted.get(index.min(sorted.len().saturating_sub(1))).map_or(f64::NAN, |m| f64::from(*m) / 1000.0)
    };
    Times { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}
