//! What relying parties did and what they did wrong: counted in memory, written down every few seconds, shown to themselves.
//!
//! Endpoints, uses and codes are closed sets; nothing of a request is kept, so nothing of a person can be.

use std::{
    borrow::Cow,
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};

use base::vietnam_date;
use jiff::{SignedDuration, Timestamp, civil::Date};
use store::{Store, StoreError, Tx};

use crate::{
    error::Refusal,
    limits::{COUNTS_MAX, FAULTS_KEPT, USAGE_KEPT_DAYS},
    model::{ClientId, words},
    sql,
};

words! {
    /// Where a client made a mistake.
    Endpoint {
        Authorize = "authorize",
        Par = "par",
        Token = "token",
        Introspect = "introspect",
        Revoke = "revoke",
        Userinfo = "userinfo",
        Match = "match",
        Device = "device",
        Ciba = "ciba",
        Signals = "signals",
        /// Where it publishes its keys.
        Jwks = "jwks_uri",
        /// Messages that the client did not take.
        Deliveries = "deliveries",
    }
}

words! {
    /// What is counted for each client and day.
    Usage {
        SignIn = "sign_in",
        Refresh = "refresh",
        ClientToken = "client_token",
        Introspection = "introspection",
        Userinfo = "userinfo",
        Exchange = "exchange",
        Refusal = "refusal",
    }
}

/// A client's mistake, as its people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFault {
    pub last_at: Timestamp,
    pub endpoint: Endpoint,
    /// A [`crate::Reason`], and behind a space the broken rule of a signed message where there is one (`jose.expired`).
    pub code: String,
    /// How often within that hour.
    pub count: i64,
}

/// What a client did on one day in Vietnam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageDay {
    pub day: Date,
    pub counts: Vec<(Usage, i64)>,
}

#[derive(Default)]
pub(crate) struct Watching(Mutex<Counts>);

/// Whose, in which hour, where, and the code.
type Mistake = (ClientId, Timestamp, Endpoint, Cow<'static, str>);

#[derive(Default)]
struct Counts {
    faults: HashMap<Mistake, (i64, Timestamp)>,
    uses: HashMap<(ClientId, Date, Usage), i64>,
}

impl Watching {
    pub fn used(&self, client: ClientId, usage: Usage, now: Timestamp) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.uses.len() < COUNTS_MAX {
            *counts.uses.entry((client, vietnam_date(now), usage)).or_default() += 1;
        }
    }

    pub fn failed(&self, client: ClientId, endpoint: Endpoint, refusal: &Refusal, now: Timestamp) {
        self.used(client, Usage::Refusal, now);
        let code = match refusal {
            Refusal::Jose(..) => Cow::Owned(refusal.code()),
            other => Cow::Borrowed(other.reason().as_str()),
        };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.faults.len() < COUNTS_MAX {
            let entry = counts.faults.entry((client, hour_of(now), endpoint, code)).or_insert((0, now));
            *entry = (entry.0 + 1, now);
        }
    }

    /// Writes down what there is. After an error it is kept for the next time.
    pub async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let counts = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if counts.faults.is_empty() && counts.uses.is_empty() {
            return Ok(());
        }
        let tx = store.begin().await?;
        let written = write(&tx, &counts).await;
        let outcome = tx.finish(written).await;
        if outcome.is_err() {
            let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, count) in counts.uses {
                *now.uses.entry(key).or_default() += count;
            }
            for (key, (count, at)) in counts.faults {
                now.faults.entry(key).or_insert((0, at)).0 += count;
            }
        }
        outcome
    }
}

async fn write(tx: &Tx, counts: &Counts) -> Result<(), StoreError> {
    if !counts.uses.is_empty() {
        let (clients, rest): (Vec<_>, Vec<_>) =
            counts.uses.iter().map(|((client, day, usage), n)| (*client, (*day, usage.as_str(), *n))).unzip();
        let days: Vec<Date> = rest.iter().map(|r| r.0).collect();
        let kinds: Vec<&str> = rest.iter().map(|r| r.1).collect();
        let numbers: Vec<i64> = rest.iter().map(|r| r.2).collect();
        tx.execute(sql::USAGE_ADD, &[&clients, &days, &kinds, &numbers]).await?;
    }
    if !counts.faults.is_empty() {
        let keys: Vec<_> = counts.faults.keys().collect();
        let clients: Vec<ClientId> = keys.iter().map(|k| k.0).collect();
        let hours: Vec<Timestamp> = keys.iter().map(|k| k.1).collect();
        let endpoints: Vec<&str> = keys.iter().map(|k| k.2.as_str()).collect();
        let codes: Vec<&str> = keys.iter().map(|k| k.3.as_ref()).collect();
        let numbers: Vec<i64> = counts.faults.values().map(|v| v.0).collect();
        let times: Vec<Timestamp> = counts.faults.values().map(|v| v.1).collect();
        tx.execute(sql::FAULT_ADD, &[&clients, &hours, &endpoints, &codes, &numbers, &times]).await?;
    }
    Ok(())
}

fn hour_of(at: Timestamp) -> Timestamp {
    const HOUR_SECONDS: i64 = 3600;
    Timestamp::from_second(at.as_second().div_euclid(HOUR_SECONDS) * HOUR_SECONDS).unwrap_or(at)
}

/// Forgets what is old.
pub(crate) async fn sweep(tx: &Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    let day = vietnam_date(now - SignedDuration::from_hours(24 * USAGE_KEPT_DAYS));
    let faults = tx.execute(sql::FAULT_SWEEP, &[&(now - FAULTS_KEPT)]).await?;
    Ok(faults + tx.execute(sql::USAGE_SWEEP, &[&day]).await?)
}
