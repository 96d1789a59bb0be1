//! A provider under load, ours or another's: where its endpoints are, which process pays, and what a run of it costs.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header, request};
use http_body_util::Full;
use serde_json::Value;

use crate::{
    gauge::{Cost, Gauge, Spent},
    load::{Pace, Shot, Times, Wire, Worker, drive},
    table::{Bar, Row},
};

/// Part of a run that warms up: connections, prepared statements, caches, the other's compiler.
const WARM_UP: Duration = Duration::from_secs(2);

/// Who is asked, and what it costs whom.
pub struct Provider {
    pub address: SocketAddr,
    pub process: i32,
    /// None for a provider without a database.
    pub postmaster: Option<i32>,
    /// As it calls itself; proofs and assertions are made out to it.
    pub issuer: String,
    pub token: Endpoint,
    pub introspection: Endpoint,
    pub userinfo: Endpoint,
    pub pushed: Endpoint,
    pub authorization: Endpoint,
}

/// As the provider names it.
pub struct Endpoint {
    pub url: String,
    pub path: String,
}

impl Provider {
    /// Reads where everything is. `origin` is how the provider is reached from outside.
    pub async fn discover(
        address: SocketAddr,
        origin: &str,
        process: i32,
        postmaster: Option<i32>,
    ) -> anyhow::Result<Arc<Self>> {
        let request = Request::get("/.well-known/openid-configuration")
            .header(header::HOST, host_of(origin))
            .body(Full::default())?;
        let reply = Wire::open(address).await?.ask(request).await?.expect(StatusCode::OK, "discovery")?;
        let told: Value = serde_json::from_slice(&reply.body)?;
        let text = |name: &str| {
            told.get(name).and_then(Value::as_str).with_context(|| format!("discovery says no {name}"))
        };
        let endpoint = |name: &str| -> anyhow::Result<Endpoint> {
            let url = text(name)?.to_owned();
            let path = path_of(&url).to_owned();
            Ok(Endpoint { url, path })
        };
        Ok(Arc::new(Self {
            address,
            process,
            postmaster,
            issuer: text("issuer")?.to_owned(),
            token: endpoint("token_endpoint")?,
            introspection: endpoint("introspection_endpoint")?,
            userinfo: endpoint("userinfo_endpoint")?,
            pushed: endpoint("pushed_authorization_request_endpoint")?,
            authorization: endpoint("authorization_endpoint")?,
        }))
    }

    /// A request to one of its paths, with the host that it is known by.
    pub fn request(&self, method: Method, path: &str) -> request::Builder {
        Request::builder().method(method).uri(path).header(header::HOST, host_of(&self.issuer))
    }

    /// Lets workers take turns for a while, after a little of the same that does not count.
    pub async fn run<W: Worker>(
        &self,
        pace: Pace,
        time: Duration,
        workers: Vec<W>,
    ) -> anyhow::Result<(Run, Vec<W>)> {
        let (_, workers) = drive(self.address, pace, WARM_UP.min(time), workers).await?;
        let gauge = Gauge::start(self.process, self.postmaster);
        let (outcome, workers) = drive(self.address, pace, time, workers).await?;
        let spent = gauge.spent();
        anyhow::ensure!(outcome.turns > 0, "nothing was done");
        let cost = gauge.cost(spent);
        let run =
            Run { turns: outcome.turns, per_second: outcome.per_second, times: outcome.times, spent, cost };
        Ok((run, workers))
    }
}

/// What a run did and cost.
#[derive(Clone, Copy)]
pub struct Run {
    pub turns: usize,
    pub per_second: f64,
    pub times: Times,
    pub spent: Spent,
    pub cost: Cost,
}

impl Run {
    /// Turns for each second of the server's own processor time.
    pub fn per_cpu_second(&self) -> f64 {
        self.turns as f64 / self.spent.server
    }

    /// Processor seconds of a turn, the database's included.
    pub fn seconds_each(&self) -> f64 {
        (self.spent.server + self.spent.pg) / self.turns as f64
    }

    /// A line of the table, beside the same endpoint of another provider.
    pub fn row(&self, name: &str, bar: Bar, other: Option<&Self>) -> Row {
        let mut row = Row::new(name, self.per_cpu_second(), "/cpu-s", bar);
        row.raw = other.map(Self::per_cpu_second);
        (row.times, row.cost) = (Some(self.times), Some(self.cost));
        row
    }
}

/// The body of a form.
pub fn form(pairs: &[(&str, &str)]) -> Full<Bytes> {
    Full::new(Bytes::from(encoded(pairs)))
}

/// A form that is posted.
pub fn posted(request: request::Builder, pairs: &[(&str, &str)]) -> anyhow::Result<Shot> {
    Ok(request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form(pairs))?)
}

pub fn encoded(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        escape(name, &mut out);
        out.push('=');
        escape(value, &mut out);
    }
    out
}

fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// What follows scheme and host.
pub fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// A member of a JSON answer.
pub fn member(body: &[u8], name: &str) -> anyhow::Result<String> {
    let whole: Value = serde_json::from_slice(body)?;
    let text = whole.get(name).and_then(Value::as_str);
    text.map(str::to_owned).with_context(|| format!("the answer has no {name}"))
}
