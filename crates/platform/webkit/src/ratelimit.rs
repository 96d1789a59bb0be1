//! How often one client may ask: token buckets in memory, one set per class of routes.
//!
//! This shields a process from floods; limits that must hold across processes (sign-in attempts) live in the database
//! with what they protect. Memory is bounded: idle buckets go first.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use base::Kind;
use jiff::Timestamp;

use crate::{context::View, problem::Problem};

/// Clients remembered per class; about 6 MB when full.
const CLIENTS_MAX: usize = 100_000;

/// So many requests at once, refilled evenly over the time.
#[derive(Debug, Clone, Copy)]
pub struct RateLimit {
    pub requests: u32,
    pub per: Duration,
}

/// The buckets of one class of routes: `router.layer(axum::middleware::from_fn_with_state(rate, webkit::rate_limit))`.
#[derive(Debug, Clone)]
pub struct Rate {
    limit: RateLimit,
    buckets: Arc<Mutex<HashMap<Option<IpAddr>, Bucket>>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// The moment at which the bucket will be full again; never more than `per` away.
    full_at: Timestamp,
}

impl Rate {
    pub fn new(limit: RateLimit) -> Self {
        Self { limit, buckets: Arc::default() }
    }

    /// Takes one token, or says how long to wait for it.
    pub fn take(&self, client: Option<IpAddr>, now: Timestamp) -> Result<(), Duration> {
        let key = client.map(household);
        let each = self.limit.per / self.limit.requests.max(1);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= CLIENTS_MAX && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| bucket.full_at > now);
            if buckets.len() >= CLIENTS_MAX {
                // So many active clients are an attack from many addresses; forgetting them is better than
                // refusing everybody who is new.
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket { full_at: now });
        let used = Duration::try_from(bucket.full_at.duration_since(now)).unwrap_or(Duration::ZERO);
        // Never believe in more debt than the bucket holds, whatever the clock did.
        let used = used.min(self.limit.per);
        if used + each > self.limit.per {
            return Err(used + each - self.limit.per);
        }
        bucket.full_at = now.checked_add(used + each).unwrap_or(now);
        Ok(())
    }
}

/// The middleware; see [`Rate`]. Stands inside [`crate::Kit::wrap`].
pub async fn rate_limit(
    State(rate): State<Rate>,
    view: View,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    match rate.take(view.client(), view.now()) {
        Ok(()) => Ok(next.run(request).await),
        Err(wait) => Err(Problem::new(Kind::Limit, "webkit.too_many_requests").retry_after(wait)),
    }
}

/// A subscriber of IPv6 owns a whole /64, so addresses inside it are one client.
fn household(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        },
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_its_burst_then_waits_for_each_more() {
        let rate = Rate::new(RateLimit { requests: 3, per: Duration::from_secs(30) });
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let lan: Option<IpAddr> = Some("2001:db8::1".parse().unwrap());
        let same_house: Option<IpAddr> = Some("2001:db8::2".parse().unwrap());
        assert!((0..3).all(|_| rate.take(lan, now).is_ok()));
        assert_eq!(rate.take(same_house, now), Err(Duration::from_secs(10)));
        assert!(rate.take(Some("192.0.2.1".parse().unwrap()), now).is_ok());
        let later = now.checked_add(Duration::from_secs(10)).unwrap();
        assert!(rate.take(lan, later).is_ok());
        assert!(rate.take(lan, later).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let rate = Rate::new(RateLimit { requests: 1, per: Duration::from_secs(60) });
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        for n in 0..u32::try_from(CLIENTS_MAX).unwrap() + 10 {
            rate.take(Some(IpAddr::V4(n.into())), now).unwrap();
        }
        assert!(rate.buckets.lock().unwrap().len() <= CLIENTS_MAX);
    }
}
