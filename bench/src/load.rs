//! The clients: keep-alive connections from one thread, so that they take as little of the processor as can be.

use std::{
    cell::RefCell,
    collections::VecDeque,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::Context;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::LocalSet};

pub type Shot = Request<Full<Bytes>>;

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

struct Shared {
    units: RefCell<VecDeque<Vec<Shot>>>,
    micros: RefCell<Vec<u32>>,
    sent: RefCell<u32>,
}

/// Sends all units over so many connections; the requests of one unit follow each other on one connection.
pub async fn fire(
    address: SocketAddr,
    clients: usize,
    pace: Pace,
    units: Vec<Vec<Shot>>,
) -> anyhow::Result<Outcome> {
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, all(address, clients, pace, units))
    })
    .await?
}

async fn all(
    address: SocketAddr,
    clients: usize,
    pace: Pace,
    units: Vec<Vec<Shot>>,
) -> anyhow::Result<Outcome> {
    let shared = Rc::new(Shared {
        micros: RefCell::new(Vec::with_capacity(units.iter().map(Vec::len).sum())),
        units: RefCell::new(units.into()),
        sent: RefCell::new(0),
    });
    let mut connections = Vec::with_capacity(clients);
    for _ in 0..clients {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::task::spawn_local(connection);
        connections.push(sender);
    }
    let started = Instant::now();
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|sender| tokio::task::spawn_local(client(sender, Rc::clone(&shared), pace, started)))
        .collect();
    for task in tasks {
        task.await??;
    }
    let elapsed = started.elapsed().as_secs_f64();
    let mut micros = shared.micros.take();
    micros.sort_unstable();
    Ok(Outcome { per_second: micros.len() as f64 / elapsed, times: times(&micros) })
}

async fn client(
    mut sender: SendRequest<Full<Bytes>>,
    shared: Rc<Shared>,
    pace: Pace,
    started: Instant,
) -> anyhow::Result<()> {
    loop {
        let Some(unit) = shared.units.borrow_mut().pop_front() else { return Ok(()) };
        for request in unit {
            let due = match pace {
                Pace::Closed => Instant::now(),
                Pace::Steady(rate) => {
                    let n = shared.sent.replace_with(|n| *n + 1);
                    let due = started + Duration::from_secs(1) / rate * n;
                    tokio::time::sleep_until(due.into()).await;
                    due
                }
            };
            send(&mut sender, request).await?;
            let micros = u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX);
            shared.micros.borrow_mut().push(micros);
        }
    }
}

/// A run in which one request fails measures something else: it stops.
async fn send(sender: &mut SendRequest<Full<Bytes>>, request: Shot) -> anyhow::Result<()> {
    let path = request.uri().clone();
    sender.ready().await?;
    let response = sender.send_request(request).await.with_context(|| format!("asking {path}"))?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    anyhow::ensure!(status == StatusCode::OK, "{path}: {status} {}", String::from_utf8_lossy(&body));
    Ok(())
}

pub fn times(sorted: &[u32]) -> Times {
    let at = |share: f64| {
        let index = (sorted.len() as f64 * share) as usize;
        sorted.get(index.min(sorted.len().saturating_sub(1))).map_or(f64::NAN, |m| f64::from(*m) / 1000.0)
    };
    Times { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}
