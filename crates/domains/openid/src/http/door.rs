//! What every endpoint for clients does first: read the form, find out who sent it, and that nothing of it comes twice.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    http::{HeaderMap, Uri},
    response::Response,
};
use jiff::Timestamp;
use webkit::{ClientAddress, ClientCertificate};

use super::{form, no_query, refused};
use crate::{
    OpenId, Reason, Refusal,
    authentication::{Authenticated, basic_id},
    clients::Served,
    error::OauthError,
    params::Params,
    proof::{For, Proof},
    remote_keys::is_unseen,
    seen::Once,
    watching::Endpoint,
};

/// A request as it came.
pub(super) struct Came {
    pub headers: HeaderMap,
    pub uri: Uri,
    pub address: Option<Extension<ClientAddress>>,
    pub certificate: Option<Extension<ClientCertificate>>,
    pub body: Bytes,
}

/// A request whose sender is known.
pub(super) struct Entered {
    pub client: Arc<Served>,
    pub params: Params,
    pub certificate: Option<[u8; 32]>,
    pub now: Timestamp,
    /// What of it must not come twice, so far.
    pub once: Vec<Once>,
}

impl Came {
    /// # Errors
    /// The answer for whoever is not let in.
    pub async fn enter(&self, cx: &OpenId, endpoint: Endpoint) -> Result<Entered, Response> {
        let now = cx.store.clock().now();
        let mut outcome = self.let_in(cx, now);
        if self.has_new_keys(cx, &outcome, now).await {
            outcome = self.let_in(cx, now);
        }
        outcome.map_err(|refusal| {
            let address = self.address.as_ref().and_then(|Extension(a)| a.0);
            let guessing = refusal.reason().error() == OauthError::InvalidClient;
            match guessing && cx.failures.take(address, now).is_err() {
                true => refused(cx, endpoint, None, &Reason::TooMany.into()),
                false => refused(cx, endpoint, self.named(cx, &refusal).as_deref(), &refusal),
            }
        })
    }

    /// Whether keys were fetched for it, so that it is to be judged anew: of a client that publishes them, when they are old
    /// or it names one that is unknown. Every other client is let in or refused without a second look.
    async fn has_new_keys(&self, cx: &OpenId, outcome: &Result<Entered, Refusal>, now: Timestamp) -> bool {
        let client = match outcome {
            Ok(entered) => Some(Arc::clone(&entered.client)),
            Err(_) => self.claimed(cx),
        };
        let Some(client) = client.filter(|c| c.settings.jwks_uri.is_some()) else { return false };
        let unseen = match outcome {
            Ok(_) => false,
            // A certificate has no name: that its key is unknown shows when it is refused.
            Err(_) if client.settings.authentication.is_tls() => true,
            Err(_) => {
                let params = form(&self.headers, &self.body).unwrap_or_default();
                params.get("client_assertion").is_some_and(|text| is_unseen(&client, text))
            }
        };
        cx.renew_keys(&client, unseen, now).await.is_some()
    }

    fn let_in(&self, cx: &OpenId, now: Timestamp) -> Result<Entered, Refusal> {
        no_query(&self.uri)?;
        let params = form(&self.headers, &self.body)?;
        let certificate = self.certificate.as_ref().map(|Extension(c)| c);
        let who = cx.authenticate(&self.headers, &params, certificate, now)?;
        let Authenticated { client, once, certificate } = who;
        Ok(Entered { client, params, certificate, now, once: once.into_iter().collect() })
    }

    /// Whose log a refused try goes into. Strangers can fill no log with it but that of the mistakes they make: kinds of
    /// mistakes are few, and each is a number.
    fn named(&self, cx: &OpenId, refusal: &Refusal) -> Option<Arc<Served>> {
        if refusal.reason() == Reason::ClientUnknown { None } else { self.claimed(cx) }
    }

    /// Who it says to be, which nobody has proven.
    fn claimed(&self, cx: &OpenId) -> Option<Arc<Served>> {
        if let Some(id) = basic_id(&self.headers) {
            return cx.clients.find(&id);
        }
        let params = form(&self.headers, &self.body).ok()?;
        if let Some(id) = params.get("client_id") {
            return cx.clients.find(id);
        }
        let assertion = params.get("client_assertion")?;
        let token = jose::Compact::parse(assertion, jose::Limits::SMALL).ok()?;
        cx.clients.find(token.unverified::<jose::Registered>().ok()?.sub.as_deref()?)
    }
}

impl Entered {
    /// The proof of possession that came with it, if one did.
    pub fn proof(&mut self, cx: &OpenId, headers: &HeaderMap, path: &str) -> Result<Option<Proof>, Refusal> {
        let nonce = self.client.is_fapi2();
        let request = For { method: "POST", path, access_token: None, nonce };
        let proof = cx.proof(headers, request, self.now)?;
        self.once.extend(proof.map(|p| p.once));
        Ok(proof)
    }

    /// The keys with which these parameters are signed are known, as far as the client publishes them.
    pub async fn signed_with(&mut self, cx: &OpenId, names: &[&str]) {
        let mut messages = names.iter().filter_map(|name| self.params.get(name));
        let unseen = messages.any(|text| is_unseen(&self.client, text));
        if let Some(client) = cx.renew_keys(&self.client, unseen, self.now).await {
            self.client = client;
        }
    }

    /// Nothing of it was here before.
    ///
    /// # Errors
    /// [`Reason::AssertionReplayed`], or what can come twice besides.
    pub async fn is_new(&mut self, cx: &OpenId) -> Result<(), Refusal> {
        let once = std::mem::take(&mut self.once);
        let reason = if once.len() > 1 { Reason::Replayed } else { Reason::AssertionReplayed };
        if cx.seen.all_new(once).await? { Ok(()) } else { Err(reason.into()) }
    }
}
