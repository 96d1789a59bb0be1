//! The token endpoint without people: client credentials, with a key and proofs or with a secret; and how long it takes at
//! half of the rate that it can bear.

use std::{sync::Arc, time::Duration};

use http::StatusCode;

use super::{
    party::{At, Desk, Party, SCOPE},
    provider::{Provider, Run},
};
use crate::{
    load::{Pace, Wire, Worker},
    table::{Bar, Row},
};

const P99_MS_MAX: f64 = 20.0;

/// A program that asks for a token of its own.
pub struct Credentials(Desk);

impl Credentials {
    pub fn many(provider: &Arc<Provider>, party: &Arc<Party>, count: usize) -> Vec<Self> {
        (0..count).map(|_| Self(Desk::new(provider, party))).collect()
    }
}

impl Worker for Credentials {
    async fn turn(&mut self, wire: &mut Wire) -> anyhow::Result<bool> {
        let pairs = [("grant_type", "client_credentials"), ("scope", SCOPE)];
        self.0.post(wire, At::Token, &pairs).await?.expect(StatusCode::OK, "client credentials")?;
        Ok(true)
    }
}

pub async fn run(
    provider: &Arc<Provider>,
    party: &Arc<Party>,
    clients: usize,
    time: Duration,
) -> anyhow::Result<Run> {
    let workers = Credentials::many(provider, party, clients);
    Ok(provider.run(Pace::Closed, time, workers).await?.0)
}

/// At half of the rate of a run before; a time counts from the moment at which the request was due.
pub async fn at_half(
    provider: &Arc<Provider>,
    party: &Arc<Party>,
    clients: usize,
    time: Duration,
    peak: &Run,
) -> anyhow::Result<Row> {
    let rate = (peak.per_second / 2.0) as u32;
    let workers = Credentials::many(provider, party, clients);
    let (run, _) = provider.run(Pace::Steady(rate), time, workers).await?;
    let name = format!("token: p99 at {rate}/s, half of the peak");
    let mut row = Row::new(name, run.times.p99, "ms", Bar::AtMost(P99_MS_MAX));
    (row.times, row.cost) = (Some(run.times), Some(run.cost));
    Ok(row)
}
