//! A relying party: how it proves to be itself, and what it sends to the token endpoint. The same for every provider.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyhow::Context;
use base::Clock;
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{Method, StatusCode, header};
use jose::{
    Algorithm, Signer, SoftwareKey,
    dpop::{NewProof, prove},
    hash::sha256_text,
};
use serde_json::{Value, json};

use super::provider::{Provider, posted};
use crate::load::{Reply, Wire};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ASSERTION_LIFE_S: i64 = 60;

/// Where answers of authorizations go. Nobody listens there: a redirect is read, not followed.
pub const REDIRECT_URI: &str = "https://rp.bench.example/cb";
/// A scope of the parties' own.
pub const SCOPE: &str = "bench.read";

pub struct Party {
    pub id: String,
    pub kind: Kind,
    /// Ids of what it signs: each but once.
    signed: AtomicU64,
}

/// How it proves to be itself.
pub enum Kind {
    /// A key for assertions, and one for proofs of possession to which its tokens are bound.
    Keyed { key: Box<SoftwareKey>, proofs: Box<SoftwareKey> },
    /// A secret; its tokens are bound to nothing.
    Secret(String),
}

impl Kind {
    pub fn keyed() -> anyhow::Result<Self> {
        Ok(Self::Keyed {
            key: Box::new(SoftwareKey::generate(Algorithm::Es256)?),
            proofs: Box::new(SoftwareKey::generate(Algorithm::Es256)?),
        })
    }
}

/// A party at one provider over one connection, with the nonce that it was told last.
#[derive(Clone)]
pub struct Desk {
    pub provider: Arc<Provider>,
    pub party: Arc<Party>,
    nonce: Option<String>,
}

impl Party {
    pub fn new(id: impl Into<String>, kind: Kind) -> Arc<Self> {
        Arc::new(Self { id: id.into(), kind, signed: AtomicU64::new(0) })
    }

    /// The public half of its key, as it is registered.
    pub fn jwk(&self) -> anyhow::Result<Value> {
        match &self.kind {
            Kind::Keyed { key, .. } => Ok(serde_json::to_value(key.public_jwk())?),
            Kind::Secret(_) => anyhow::bail!("a party with a secret has no key"),
        }
    }

    /// The thumbprint of the key for proofs.
    pub fn thumbprint(&self) -> anyhow::Result<String> {
        match &self.kind {
            Kind::Keyed { proofs, .. } => Ok(proofs.public_jwk().thumbprint().to_string()),
            Kind::Secret(_) => anyhow::bail!("a party with a secret has no key"),
        }
    }

    fn jti(&self) -> String {
        // Apart from those of a run before: the database remembers them for minutes.
        let n = self.signed.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{n:x}", std::process::id())
    }

    fn assertion(&self, key: &SoftwareKey, audience: &str) -> anyhow::Result<String> {
        let now = now();
        let claims = json!({
            "iss": self.id, "sub": self.id, "aud": audience, "jti": self.jti(),
            "iat": now, "exp": now + ASSERTION_LIFE_S,
        });
        Ok(jose::sign(key, None, &claims)?)
    }

    /// A proof for one request; `access` is the token beside it at a protected resource.
    fn proof(
        &self,
        (method, url): (&str, &str),
        nonce: Option<&str>,
        access: Option<&str>,
    ) -> anyhow::Result<Option<String>> {
        let Kind::Keyed { proofs, .. } = &self.kind else { return Ok(None) };
        let ath = access.map(sha256_text);
        let proof = NewProof { jti: &self.jti(), method, url, iat: now(), nonce, ath: ath.as_deref() };
        Ok(Some(prove(proofs.as_ref(), &proof)?))
    }
}

impl Desk {
    pub fn new(provider: &Arc<Provider>, party: &Arc<Party>) -> Self {
        Self { provider: Arc::clone(provider), party: Arc::clone(party), nonce: None }
    }

    /// Posts to an endpoint as this party, again with a nonce where the provider wants one.
    pub async fn post(&mut self, wire: &mut Wire, at: At, pairs: &[(&str, &str)]) -> anyhow::Result<Reply> {
        let mut reply = self.post_once(wire, at, pairs).await?;
        let told = reply.headers.get("dpop-nonce").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let wanted = reply.status == StatusCode::BAD_REQUEST
            && told.is_some()
            && reply.body.windows(14).any(|w| w == b"use_dpop_nonce");
        if told.is_some() {
            self.nonce = told;
        }
        if wanted {
            reply = self.post_once(wire, at, pairs).await?;
        }
        Ok(reply)
    }

    async fn post_once(&self, wire: &mut Wire, at: At, pairs: &[(&str, &str)]) -> anyhow::Result<Reply> {
        let endpoint = at.of(&self.provider);
        let mut request = self.provider.request(Method::POST, &endpoint.path);
        let mut pairs = pairs.to_vec();
        let assertion;
        match &self.party.kind {
            Kind::Keyed { key, .. } => {
                assertion = self.party.assertion(key, &self.provider.issuer)?;
                pairs.push(("client_assertion_type", ASSERTION_TYPE));
                pairs.push(("client_assertion", &assertion));
            }
            Kind::Secret(secret) => {
                request = request.header(header::AUTHORIZATION, basic(&self.party.id, secret));
            }
        }
        let proven = if at.is_proven() {
            self.party.proof(("POST", &endpoint.url), self.nonce.as_deref(), None)?
        } else {
            None
        };
        if let Some(proof) = proven {
            request = request.header("dpop", proof);
        }
        wire.ask(posted(request, &pairs)?).await
    }

    /// Asks for tokens, and reads what came.
    pub async fn tokens(&mut self, wire: &mut Wire, pairs: &[(&str, &str)]) -> anyhow::Result<Value> {
        let reply = self.post(wire, At::Token, pairs).await?;
        let reply = reply.expect(StatusCode::OK, "token")?;
        serde_json::from_slice(&reply.body).context("the answer of the token endpoint")
    }

    /// What the provider tells of the owner of an access token.
    pub async fn userinfo(&mut self, wire: &mut Wire, access: &str) -> anyhow::Result<Reply> {
        let endpoint = &self.provider.userinfo;
        let mut request = self.provider.request(Method::GET, &endpoint.path);
        let proof = self.party.proof(("GET", &endpoint.url), self.nonce.as_deref(), Some(access))?;
        request = match proof {
            None => request.header(header::AUTHORIZATION, format!("Bearer {access}")),
            Some(proof) => {
                request.header(header::AUTHORIZATION, format!("DPoP {access}")).header("dpop", proof)
            }
        };
        wire.ask(request.body(http_body_util::Full::default())?).await
    }
}

/// An endpoint that a party posts to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum At {
    Token,
    Introspection,
    Pushed,
}

impl At {
    fn of(self, provider: &Provider) -> &super::provider::Endpoint {
        match self {
            Self::Token => &provider.token,
            Self::Introspection => &provider.introspection,
            Self::Pushed => &provider.pushed,
        }
    }

    /// Whether proofs of possession belong there.
    fn is_proven(self) -> bool {
        self == Self::Token
    }
}

/// RFC 6749 section 2.3.1; ids and secrets here need no escaping.
fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")))
}

/// Seconds since 1970.
pub fn now() -> i64 {
    base::SystemClock.now().as_second()
}
