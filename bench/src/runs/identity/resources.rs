//! What is asked about tokens: introspection by a resource server, and userinfo by a relying party.

use std::{sync::Arc, time::Duration};

use http::StatusCode;

use super::{
    party::{At, Desk, Party, SCOPE},
    provider::{Provider, Run, member},
    world::RESOURCE,
};
use crate::load::{Pace, Wire, Worker};

/// Which of the two is asked.
#[derive(Debug, Clone, Copy)]
pub enum About {
    /// Whether a token is in force, by a resource server.
    Token,
    /// Whose a token is, by the relying party that has it.
    Person,
}

/// Somebody who asks about one token after the other.
pub struct Asking {
    about: About,
    desk: Desk,
    tokens: Arc<Vec<String>>,
    next: usize,
}

impl Asking {
    pub fn many(
        about: About,
        provider: &Arc<Provider>,
        party: &Arc<Party>,
        tokens: &Arc<Vec<String>>,
        count: usize,
    ) -> Vec<Self> {
        let one = |n| Self { about, desk: Desk::new(provider, party), tokens: Arc::clone(tokens), next: n };
        (0..count).map(one).collect()
    }
}

impl Worker for Asking {
    async fn turn(&mut self, wire: &mut Wire) -> anyhow::Result<bool> {
        let Some(token) = pick(&self.tokens, &mut self.next) else { return Ok(false) };
        match self.about {
            About::Person => {
                self.desk.userinfo(wire, token).await?.expect(StatusCode::OK, "userinfo")?;
            }
            About::Token => {
                let pairs = [("token", token.as_str())];
                let reply = self.desk.post(wire, At::Introspection, &pairs).await?;
                let reply = reply.expect(StatusCode::OK, "introspection")?;
                // An answer about a token that is not in force costs less.
                let active = reply.body.windows(13).any(|w| w == b"\"active\":true");
                anyhow::ensure!(active, "a token is not in force");
            }
        }
        Ok(true)
    }
}

fn pick<'a>(tokens: &'a [String], next: &mut usize) -> Option<&'a String> {
    *next += 1;
    tokens.get(*next % tokens.len().max(1))
}

/// Tokens that a program got for the resource server.
pub async fn tokens(
    provider: &Arc<Provider>,
    party: &Arc<Party>,
    count: usize,
) -> anyhow::Result<Arc<Vec<String>>> {
    let mut wire = Wire::open(provider.address).await?;
    let mut desk = Desk::new(provider, party);
    let mut tokens = Vec::with_capacity(count);
    let pairs = [("grant_type", "client_credentials"), ("scope", SCOPE), ("resource", RESOURCE)];
    for _ in 0..count {
        let reply = desk.post(&mut wire, At::Token, &pairs).await?.expect(StatusCode::OK, "token")?;
        tokens.push(member(&reply.body, "access_token")?);
    }
    Ok(Arc::new(tokens))
}

pub async fn asked(
    about: About,
    provider: &Arc<Provider>,
    party: &Arc<Party>,
    tokens: &Arc<Vec<String>>,
    clients: usize,
    time: Duration,
) -> anyhow::Result<Run> {
    let workers = Asking::many(about, provider, party, tokens, clients);
    Ok(provider.run(Pace::Closed, time, workers).await?.0)
}
