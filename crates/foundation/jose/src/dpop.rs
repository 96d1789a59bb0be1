//! Proofs that the sender of a request holds a key (DPoP, RFC 9449).
//!
//! [`check`] judges everything that one proof can be judged by alone. That it was not used before is the caller's matter:
//! remember [`Proof::jti`] with [`Proof::thumbprint`] until [`Proof::until`]. The key comes out of the proof; whether a
//! token is bound to it, the caller compares by thumbprint.

use serde::{Deserialize, Serialize};

use crate::{
    Algorithm, Compact, JoseError, Jwk, Limits, Signer, Thumbprint, Typ, VerifyingKey,
    claims::{Claim, SKEW_S, TOKEN_ID_BYTES_MAX, seconds},
    compact, hash, url,
};

pub const TYPE: &str = "dpop+jwt";
/// How old a proof may be, on top of the skew of clocks.
pub const PROOF_AGE_S_MAX: i64 = 60;
pub const NONCE_BYTES_MAX: usize = 256;
/// Algorithms with which proofs are accepted, for the metadata. An RSA key in a proof always speaks PS256.
pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256];

/// The request that the proof came with.
#[derive(Clone, Copy)]
pub struct Expect<'a> {
    pub method: &'a str,
    /// As clients know it; query and fragment count for nothing.
    pub url: &'a str,
    /// Seconds since 1970.
    pub now: i64,
    pub nonce: Nonce<'a>,
    /// The access token that stands beside the proof at a protected resource; none at the token endpoint.
    pub access_token: Option<&'a str>,
}

#[derive(Clone, Copy)]
pub enum Nonce<'a> {
    /// One that stands there is handed on unjudged.
    NotAsked,
    /// There must be one that the server knows as its own and current.
    Required(&'a dyn Fn(&str) -> bool),
}

/// A proof that holds for its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub thumbprint: Thumbprint,
    pub jti: String,
    pub nonce: Option<String>,
    /// After this second the proof is refused for its age, so its `jti` may be forgotten.
    pub until: i64,
}

#[derive(Deserialize)]
struct Claims {
    jti: Option<String>,
    htm: Option<String>,
    htu: Option<String>,
    #[serde(default, deserialize_with = "seconds")]
    iat: Option<i64>,
    nonce: Option<String>,
    ath: Option<String>,
}

/// # Errors
/// [`JoseError::NonceMissing`] and [`JoseError::NonceStale`] are answered with `use_dpop_nonce` and a fresh nonce, all
/// others with `invalid_dpop_proof`.
pub fn check(proof: &str, expect: &Expect) -> Result<Proof, JoseError> {
    let token = Compact::parse_any(proof, Limits::SMALL)?;
    let jwk = Jwk::read(token.key().ok_or(JoseError::KeyNotFound)?)?;
    let key = VerifyingKey::new_as(&jwk, jwk.algorithm().unwrap_or(Algorithm::Ps256))?;
    if !ALGORITHMS.contains(&key.algorithm()) {
        return Err(JoseError::AlgorithmMismatch);
    }
    let claims: Claims = token.verify(&key, Typ::Is(TYPE))?.claims()?;
    let until = claims.judge(expect)?;
    let Claims { jti: Some(jti), nonce, .. } = claims else { return Err(JoseError::Missing(Claim::Jti)) };
    Ok(Proof { thumbprint: key.thumbprint(), jti, nonce, until })
}

impl Claims {
    /// The second until which the proof is good.
    fn judge(&self, expect: &Expect) -> Result<i64, JoseError> {
        let jti = self.jti.as_ref().ok_or(JoseError::Missing(Claim::Jti))?;
        if jti.is_empty() || jti.len() > TOKEN_ID_BYTES_MAX {
            return Err(JoseError::Malformed(Claim::Jti));
        }
        if self.htm.as_ref().ok_or(JoseError::Missing(Claim::Htm))? != expect.method {
            return Err(JoseError::MethodMismatch);
        }
        let htu = self.htu.as_ref().ok_or(JoseError::Missing(Claim::Htu))?;
        if htu != expect.url {
            let htu = url::normal(htu).ok_or(JoseError::Malformed(Claim::Htu))?;
            if Some(htu) != url::normal(expect.url) {
                return Err(JoseError::UrlMismatch);
            }
        }
        let iat = self.iat.ok_or(JoseError::Missing(Claim::Iat))?;
        if iat > expect.now + SKEW_S {
            return Err(JoseError::IssuedInFuture);
        }
        let until = iat + PROOF_AGE_S_MAX + SKEW_S;
        if until < expect.now {
            return Err(JoseError::TooOld);
        }
        self.is_bound(expect)?;
        Ok(until)
    }

    fn is_bound(&self, expect: &Expect) -> Result<(), JoseError> {
        if let Some(token) = expect.access_token {
            let ath = self.ath.as_ref().ok_or(JoseError::Missing(Claim::Ath))?;
            if *ath != hash::sha256_text(token) {
                return Err(JoseError::TokenMismatch);
            }
        }
        match (expect.nonce, self.nonce.as_deref()) {
            (_, Some(nonce)) if nonce.len() > NONCE_BYTES_MAX => Err(JoseError::NonceStale),
            (Nonce::NotAsked, _) => Ok(()),
            (Nonce::Required(_), None) => Err(JoseError::NonceMissing),
            (Nonce::Required(is_ours), Some(nonce)) if is_ours(nonce) => Ok(()),
            (Nonce::Required(_), Some(_)) => Err(JoseError::NonceStale),
        }
    }
}

/// What a client says in a proof.
#[derive(Debug, Clone, Serialize)]
pub struct NewProof<'a> {
    pub jti: &'a str,
    #[serde(rename = "htm")]
    pub method: &'a str,
    #[serde(rename = "htu")]
    pub url: &'a str,
    pub iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<&'a str>,
    /// Digest of the access token beside it: [`hash::sha256_text`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ath: Option<&'a str>,
}

/// The client's side, for our own clients and tests.
pub fn prove(signer: &dyn Signer, proof: &NewProof) -> Result<String, JoseError> {
    #[derive(Serialize)]
    struct Head<'h> {
        alg: Algorithm,
        typ: &'static str,
        jwk: &'h Jwk,
    }
    let head = Head { alg: signer.algorithm(), typ: TYPE, jwk: signer.public_jwk() };
    compact::write(signer, &head, proof)
}
