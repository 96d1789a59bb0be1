//! Proofs of possession (DPoP, RFC 9449) as our endpoints take them: at most one header, our nonce where it is required, and
//! a `jti` that counts once.

use axum::http::HeaderMap;
use jiff::Timestamp;
use jose::{
    JoseError, Thumbprint,
    dpop::{self, Expect, Nonce},
};

use crate::{
    OpenId,
    error::{Reason, Refusal},
    seen::Once,
};

/// A proof that holds for its request, if it was not used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    pub key: Thumbprint,
    /// To be looked up in [`crate::seen`] together with whatever else counts once.
    pub once: Once,
}

/// The request that a proof is for.
#[derive(Clone, Copy)]
pub struct For<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// The access token beside it, at a protected resource.
    pub access_token: Option<&'a str>,
    /// Our nonce must stand in it.
    pub nonce: bool,
}

impl OpenId {
    /// The proof of a request, if there is one.
    pub fn proof(
        &self,
        headers: &HeaderMap,
        request: For<'_>,
        now: Timestamp,
    ) -> Result<Option<Proof>, Refusal> {
        let mut all = headers.get_all("dpop").iter();
        let Some(text) = all.next() else { return Ok(None) };
        if all.next().is_some() {
            return Err(Reason::ProofTwice.into());
        }
        let text = text.to_str().map_err(|_| Reason::ProofRefused)?;
        let is_ours = |nonce: &str| self.secrets.is_dpop_nonce(nonce, now);
        let url = self.url(request.path);
        let expect = Expect {
            method: request.method,
            url: &url,
            now: now.as_second(),
            nonce: if request.nonce { Nonce::Required(&is_ours) } else { Nonce::NotAsked },
            access_token: request.access_token,
        };
        let checked = match (dpop::check(text, &expect), &self.settings.mtls_url) {
            // The same endpoint under its other name (RFC 8705 section 5).
            (Err(JoseError::UrlMismatch), Some(base)) => {
                dpop::check(text, &Expect { url: &format!("{base}{}", request.path), ..expect })
            }
            (checked, _) => checked,
        };
        match checked {
            Ok(proof) => {
                let ends = Timestamp::from_second(proof.until + 1).map_err(|_| Reason::ProofRefused)?;
                let once = Once::new("dpop", &proof.thumbprint.0, &proof.jti, ends);
                Ok(Some(Proof { key: proof.thumbprint, once }))
            }
            Err(JoseError::NonceMissing | JoseError::NonceStale) => Err(Reason::ProofNonce.into()),
            Err(rule) => Err(Refusal::Jose(Reason::ProofRefused, rule)),
        }
    }
}
