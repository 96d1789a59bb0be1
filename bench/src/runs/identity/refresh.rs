//! Refresh tokens: each gives way to the next, so every client has a chain of its own.

use std::{sync::Arc, time::Duration};

use super::{
    party::{Desk, Party},
    provider::{Provider, Run},
};
use crate::load::{Pace, Wire, Worker};

/// One end of a chain.
pub struct Chain {
    desk: Desk,
    token: String,
}

impl Chain {
    pub fn many(provider: &Arc<Provider>, party: &Arc<Party>, tokens: &[String]) -> Vec<Self> {
        let chain = |token: &String| Self { desk: Desk::new(provider, party), token: token.clone() };
        tokens.iter().map(chain).collect()
    }
}

impl Worker for Chain {
    async fn turn(&mut self, wire: &mut Wire) -> anyhow::Result<bool> {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", &self.token)];
        let told = self.desk.tokens(wire, &pairs).await?;
        if let Some(next) = told.get("refresh_token").and_then(serde_json::Value::as_str) {
            self.token = next.to_owned();
        }
        Ok(true)
    }
}

pub async fn run(
    provider: &Arc<Provider>,
    party: &Arc<Party>,
    tokens: &[String],
    time: Duration,
) -> anyhow::Result<Run> {
    Ok(provider.run(Pace::Closed, time, Chain::many(provider, party, tokens)).await?.0)
}
