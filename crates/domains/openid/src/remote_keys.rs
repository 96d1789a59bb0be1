//! Keys that a relying party publishes at an address of its own (`jwks_uri`): fetched when they are needed, kept for a while.
//!
//! - They are fetched again when their time is over, and when somebody signs with a key that nobody has seen, whether it has
//!   a name or not: so a client changes its keys by itself. However often strangers ask for it, the address is asked once a
//!   minute at most.
//! - While the address does not answer, the last good keys count for a day; then there are none.
//! - What is fetched stands in [`crate::clients`], so whoever verifies knows nothing of where keys come from.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use jose::{Compact, Jwk, JwkSet, Limits, Typ};
use tokio::sync::Mutex as Turn;

use crate::{
    OpenId, Reason,
    clients::{Fetched, Served},
    limits::{
        CLIENT_KEYS_MAX, KEYS_BYTES_MAX, KEYS_KEPT, KEYS_LIFE, KEYS_LIFE_MAX, KEYS_LIFE_MIN, KEYS_PAUSE,
    },
    model::ClientId,
    outbound::{Outbound, Page, Undelivered},
    watching::Endpoint,
};

/// The last try of one client: the address, and when.
type Tried = Arc<Turn<Option<(String, Timestamp)>>>;

#[derive(Default)]
pub struct RemoteKeys {
    out: OnceLock<Outbound>,
    tried: Mutex<HashMap<ClientId, Tried>>,
}

/// Why a set that was fetched is not used, in words for a log.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error(transparent)]
    Undelivered(#[from] Undelivered),
    #[error("no set of public keys: {0}")]
    Keys(#[from] jose::JoseError),
}

impl RemoteKeys {
    /// Fetches by this way from now on. Without it, by one that trusts the authorities of this machine.
    pub fn fetch_by(&self, out: Outbound) {
        drop(self.out.set(out));
    }

    fn out(&self) -> Result<Outbound, Undelivered> {
        if let Some(out) = self.out.get() {
            return Ok(out.clone());
        }
        let made = Outbound::new([]).map_err(|_| Undelivered::Connection)?;
        Ok(self.out.get_or_init(|| made).clone())
    }

    fn tried(&self, client: ClientId) -> Tried {
        let mut all = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(client).or_default())
    }
}

impl OpenId {
    /// The client with keys that are current, and with the one that this message names, if its address has it. Costs
    /// nothing for clients that handed in their keys.
    pub(crate) async fn with_current_keys(
        &self,
        client: Arc<Served>,
        message: &str,
        now: Timestamp,
    ) -> Arc<Served> {
        let unseen = is_unseen(&client, message);
        self.renew_keys(&client, unseen, now).await.unwrap_or(client)
    }

    /// The same where the caller knows whether a key is shown that the client did not have; none where nothing was to be
    /// fetched.
    pub(crate) async fn renew_keys(
        &self,
        client: &Served,
        unseen: bool,
        now: Timestamp,
    ) -> Option<Arc<Served>> {
        let uri = client.settings.jwks_uri.as_deref()?;
        if !unseen && client.fetched.is_some_and(|f| now < f.fresh_until) {
            return None;
        }
        // Who waits here for somebody else's fetch finds what it brought.
        let tried = self.remote.tried(client.id);
        let mut last = tried.lock().await;
        let brought = self.clients.get(client.id)?.fetched != client.fetched;
        if !brought && may_try(last.as_ref(), uri, now) {
            *last = Some((uri.to_owned(), now));
            self.fetch_keys(client.id, uri, now).await;
        }
        let known = self.clients.get(client.id)?;
        if known.fetched.is_some_and(|f| f.at + KEYS_KEPT <= now) {
            self.clients.put_keys(client.id, uri, Vec::new(), None);
            return self.clients.get(client.id);
        }
        Some(known)
    }

    async fn fetch_keys(&self, client: ClientId, uri: &str, now: Timestamp) {
        match self.fetched(uri).await {
            Ok((keys, life)) => {
                let fetched = Fetched { at: now, fresh_until: now + life };
                self.clients.put_keys(client, uri, keys, Some(fetched));
            }
            Err(why) => {
                tracing::info!(%client, %why, "keys of a relying party not fetched");
                self.watching.failed(client, Endpoint::Jwks, &Reason::KeysUnread.into(), now);
            }
        }
    }

    async fn fetched(&self, uri: &str) -> Result<(Vec<Jwk>, SignedDuration), Unread> {
        let out = self.remote.out()?.reaching(self.reach());
        Ok(read(&out.get(uri, KEYS_BYTES_MAX).await?)?)
    }
}

/// Whether a message is signed with a key that the client did not have when its keys were fetched: it names another, or
/// names none and fits to none.
pub(crate) fn is_unseen(client: &Served, text: &str) -> bool {
    if client.settings.jwks_uri.is_none() {
        return false;
    }
    let Ok(token) = Compact::parse(text, Limits::REQUEST) else { return false };
    if let Some(kid) = token.header().kid.as_deref() {
        return !client.keys.iter().any(|key| key.kid() == Some(kid));
    }
    // Of whatever type it is: that is judged by whoever reads it.
    let typ = token.header().typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    let typ = typ.strip_prefix("application/").unwrap_or(&typ);
    token.verify_with(&client.keys, Typ::IsOrPlain(typ)).is_err()
}

fn may_try(last: Option<&(String, Timestamp)>, uri: &str, now: Timestamp) -> bool {
    last.is_none_or(|(address, at)| address != uri || now >= *at + KEYS_PAUSE)
}

/// The keys, and for how long they need not be fetched again.
fn read(page: &Page) -> Result<(Vec<Jwk>, SignedDuration), jose::JoseError> {
    let text = std::str::from_utf8(&page.body).map_err(|_| jose::JoseError::Json)?;
    let keys = JwkSet::parse(text)?.keys;
    if keys.len() > CLIENT_KEYS_MAX {
        return Err(jose::JoseError::KeysTooMany);
    }
    let life = match page.max_age_s {
        Some(seconds) => SignedDuration::from_secs(i64::from(seconds)).clamp(KEYS_LIFE_MIN, KEYS_LIFE_MAX),
        None => KEYS_LIFE,
    };
    Ok((keys, life))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn an_address_is_asked_once_a_minute_at_most_and_another_one_at_once() {
        let now: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let last = ("https://rp.example/jwks".to_owned(), now);
        let second = SignedDuration::from_secs(1);
        assert!(may_try(None, "https://rp.example/jwks", now));
        assert!(!may_try(Some(&last), "https://rp.example/jwks", now + KEYS_PAUSE - second));
        assert!(may_try(Some(&last), "https://rp.example/jwks", now + KEYS_PAUSE));
        assert!(may_try(Some(&last), "https://rp.example/other", now));
    }

    #[test]
    fn keys_are_kept_as_long_as_their_owner_says_within_our_limits() {
        let page = |max_age_s| Page { body: Bytes::from_static(br#"{"keys":[]}"#), max_age_s };
        for (said, kept) in [
            (None, KEYS_LIFE),
            (Some(0), KEYS_LIFE_MIN),
            (Some(600), SignedDuration::from_secs(600)),
            (Some(u32::MAX), KEYS_LIFE_MAX),
        ] {
            assert_eq!(read(&page(said)).unwrap().1, kept, "{said:?}");
        }
    }

    #[test]
    fn what_is_no_set_of_public_keys_is_not_used() {
        let key = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let private = key.replace("\"kty\"", "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\",\"kty\"");
        let many = [key; CLIENT_KEYS_MAX + 1].join(",");
        for bad in ["", "[]", "{}", "<html>", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
            assert!(read(&Page { body: bad.into(), max_age_s: None }).is_err(), "{bad}");
        }
        for keys in [private.as_str(), many.as_str(), "1"] {
            let body = format!(r#"{{"keys":[{keys}]}}"#);
            assert!(read(&Page { body: body.clone().into(), max_age_s: None }).is_err(), "{body}");
        }
        let body = format!(r#"{{"keys":[{key},{{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}}]}}"#);
        assert_eq!(read(&Page { body: body.into(), max_age_s: None }).unwrap().0.len(), 1);
    }
}
