//! People who sign in: with a passkey, all the way from a relying party's request to its tokens; and with a password.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use base::PersonalNumber;
use bytes::Bytes;
use http::{Method, StatusCode, header};
use http_body_util::Full;
use serde_json::{Value, json};

use super::{
    browser::{ADDRESS_HEADER, Person, address},
    party::{Desk, Party},
    provider::{Provider, Run},
    world::PASSWORD,
};
use crate::load::{Pace, Reply, Wire, Worker};

/// Hashings that run or wait at once are few; more clients would be sent away.
const PASSWORD_CLIENTS: usize = 4;
/// What a relying party asks for that wants to know who it is, and to come back later.
pub const SCOPES: &str = "openid offline_access";

/// People at one browser after the other.
pub struct Visits {
    desk: Desk,
    people: Vec<Person>,
    next: usize,
}

impl Visits {
    /// Everybody belongs to one worker, because a device counts its signatures.
    pub fn many(
        provider: &Arc<Provider>,
        party: &Arc<Party>,
        people: Vec<Person>,
        count: usize,
    ) -> Vec<Self> {
        let mut visits: Vec<Self> = (0..count.min(people.len()))
            .map(|_| Self { desk: Desk::new(provider, party), people: Vec::new(), next: 0 })
            .collect();
        let workers = visits.len();
        for (n, person) in people.into_iter().enumerate() {
            if let Some(visit) = visits.get_mut(n % workers) {
                visit.people.push(person);
            }
        }
        visits
    }

    pub fn people(visits: Vec<Self>) -> Vec<Person> {
        visits.into_iter().flat_map(|visit| visit.people).collect()
    }
}

impl Worker for Visits {
    async fn turn(&mut self, wire: &mut Wire) -> anyhow::Result<bool> {
        self.next += 1;
        let at = self.next % self.people.len().max(1);
        let Some(person) = self.people.get_mut(at) else { return Ok(false) };
        person.sign_in(wire, &mut self.desk, "openid").await?;
        Ok(true)
    }
}

/// Full sign-ins. Those who were never asked say yes before anything is measured.
pub async fn passkey(
    provider: &Arc<Provider>,
    party: &Arc<Party>,
    people: Vec<Person>,
    clients: usize,
    time: Duration,
) -> anyhow::Result<(Run, Vec<Person>)> {
    let mut visits = Visits::many(provider, party, people, clients);
    for visit in &mut visits {
        let mut wire = Wire::open(provider.address).await?;
        for _ in 0..visit.people.len() {
            visit.turn(&mut wire).await?;
        }
    }
    let (run, visits) = provider.run(Pace::Closed, time, visits).await?;
    Ok((run, Visits::people(visits)))
}

/// Tokens that people let a relying party have.
#[derive(Default)]
pub struct Let {
    pub access: Vec<String>,
    pub refresh: Vec<String>,
}

/// Everybody signs in once, for what comes after.
pub async fn let_in(
    provider: &Arc<Provider>,
    party: &Arc<Party>,
    people: &mut [Person],
) -> anyhow::Result<Let> {
    let mut wire = Wire::open(provider.address).await?;
    let mut desk = Desk::new(provider, party);
    let mut tokens = Let::default();
    for person in people {
        let told = person.sign_in(&mut wire, &mut desk, SCOPES).await?;
        let text = |name: &str| {
            told.get(name).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("no {name}"))
        };
        tokens.access.push(text("access_token")?);
        tokens.refresh.push(text("refresh_token")?);
    }
    Ok(tokens)
}

/// Number and password.
pub struct Typing {
    provider: Arc<Provider>,
    numbers: Vec<PersonalNumber>,
    next: usize,
}

impl Typing {
    /// Types both and sends them. None: there is nobody.
    pub async fn tries(&mut self, wire: &mut Wire) -> anyhow::Result<Option<Reply>> {
        self.next += 1;
        let Some(number) = self.numbers.get(self.next % self.numbers.len().max(1)) else { return Ok(None) };
        let body = json!({ "number": number.as_str(), "password": PASSWORD }).to_string();
        let request = self
            .provider
            .request(Method::POST, "/api/v1/sessions")
            .header(header::CONTENT_TYPE, "application/json")
            .header(ADDRESS_HEADER, address().to_string())
            .body(Full::new(Bytes::from(body)))?;
        Ok(Some(wire.ask(request).await?))
    }
}

impl Worker for Typing {
    async fn turn(&mut self, wire: &mut Wire) -> anyhow::Result<bool> {
        let Some(reply) = self.tries(wire).await? else { return Ok(false) };
        reply.expect(StatusCode::CREATED, "password")?;
        Ok(true)
    }
}

impl Typing {
    /// So many, who have the people between them.
    pub fn many(provider: &Arc<Provider>, numbers: &[PersonalNumber], count: usize) -> Vec<Self> {
        let each = numbers.len().div_ceil(count).max(1);
        let typing = |numbers: &[PersonalNumber]| Self {
            provider: Arc::clone(provider),
            numbers: numbers.to_vec(),
            next: 0,
        };
        numbers.chunks(each).map(typing).collect()
    }
}

pub async fn password(
    provider: &Arc<Provider>,
    numbers: &[PersonalNumber],
    time: Duration,
) -> anyhow::Result<Run> {
    Ok(provider.run(Pace::Closed, time, Typing::many(provider, numbers, PASSWORD_CLIENTS)).await?.0)
}
