//! The compact form: `header.payload.signature` (RFC 7515 section 7.1), read strictly and written.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{Algorithm, JoseError, Signer, VerifyingKey, b64, json, jwk::KEY_ID_BYTES_MAX};

/// Keys that are tried for a token that names none.
const KEYS_TRIED_MAX: usize = 4;
const HEADER_BYTES_MAX: usize = 2 * 1024;
const TYPE_BYTES_MAX: usize = 64;

/// How long a token of a kind may be, in bytes of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub token_bytes_max: usize,
}

impl Limits {
    /// Access tokens, client assertions, proofs, hints.
    pub const SMALL: Self = Self { token_bytes_max: 8 * 1024 };
    /// Request objects, which may carry a list of wanted claims.
    pub const REQUEST: Self = Self { token_bytes_max: 32 * 1024 };
}

/// What the header may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub alg: Algorithm,
    pub typ: Option<String>,
    pub kid: Option<String>,
}

/// The type that a caller expects (RFC 8725 section 3.11), so that no token serves as one of another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typ<'a> {
    /// Exactly this one: `at+jwt`, `dpop+jwt`, `oauth-authz-req+jwt`, `logout+jwt`, `secevent+jwt`.
    Is(&'a str),
    /// This one, or no special one (`JWT` or none), as older clients write it.
    IsOrPlain(&'a str),
    /// `JWT` or none: identity tokens.
    Plain,
}

impl Typ<'_> {
    fn admits(self, typ: Option<&str>) -> bool {
        // Media types know no case, and may stand with `application/` (RFC 7515 section 4.1.9).
        let typ = typ.map(|t| {
            let t = t.to_ascii_lowercase();
            t.strip_prefix("application/").map(str::to_owned).unwrap_or(t)
        });
        let plain = typ.as_deref().is_none_or(|t| t == "jwt");
        match self {
            Self::Is(expected) => typ.as_deref() == Some(expected),
            Self::IsOrPlain(expected) => plain || typ.as_deref() == Some(expected),
            Self::Plain => plain,
        }
    }
}

/// A token of the right form whose signature nobody has checked yet.
#[derive(Debug, Clone)]
pub struct Compact<'a> {
    header: Header,
    /// The key in the header; read for proofs of possession alone.
    key: Option<Map<String, Value>>,
    /// `header.payload`, over which the signature goes.
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct RawHeader {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    jwk: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "json::present")]
    crit: bool,
    #[serde(default, deserialize_with = "json::present")]
    b64: bool,
    #[serde(default, deserialize_with = "json::present")]
    jku: bool,
    #[serde(default, deserialize_with = "json::present")]
    x5u: bool,
    #[serde(default, deserialize_with = "json::present")]
    x5c: bool,
}

impl<'a> Compact<'a> {
    /// # Errors
    /// Anything but three parts in canonical base64url, a small header with known members, an object of a known
    /// algorithm: see the first two groups of [`JoseError`].
    pub fn parse(text: &'a str, limits: Limits) -> Result<Self, JoseError> {
        let token = Self::parse_any(text, limits)?;
        if token.key.is_some() { Err(JoseError::HeaderMember) } else { Ok(token) }
    }

    /// Also with a key in its header, which only a proof of possession may have.
    pub(crate) fn parse_any(text: &'a str, limits: Limits) -> Result<Self, JoseError> {
        if text.len() > limits.token_bytes_max {
            return Err(JoseError::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JoseError::Parts)?;
        let (head, payload) = signed.split_once('.').ok_or(JoseError::Parts)?;
        if payload.contains('.') {
            return Err(JoseError::Parts);
        }
        if head.len() > HEADER_BYTES_MAX {
            return Err(JoseError::HeaderTooLong);
        }
        let raw: RawHeader = json::object(&b64::decode(head)?)?;
        let (header, key) = raw.check()?;
        Ok(Self { header, key, signed, payload: b64::decode(payload)?, signature: b64::decode(signature)? })
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) fn key(&self) -> Option<&Map<String, Value>> {
        self.key.as_ref()
    }

    /// Claims that nobody vouches for: good for finding out whose key to verify with, and for nothing else.
    pub fn unverified<T: DeserializeOwned>(&self) -> Result<T, JoseError> {
        json::object(&self.payload)
    }

    /// # Errors
    /// [`JoseError::AlgorithmMismatch`], [`JoseError::TypeMismatch`], [`JoseError::Signature`].
    pub fn verify(&self, key: &VerifyingKey, typ: Typ) -> Result<Verified<'_>, JoseError> {
        if self.header.alg != key.algorithm() {
            return Err(JoseError::AlgorithmMismatch);
        }
        if !typ.admits(self.header.typ.as_deref()) {
            return Err(JoseError::TypeMismatch);
        }
        key.verify(self.signed.as_bytes(), &self.signature)?;
        Ok(Verified { header: &self.header, payload: &self.payload })
    }

    /// With that one of a party's keys which the header names; where it names none, each of that algorithm, up to four.
    pub fn verify_with<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k VerifyingKey>,
        typ: Typ,
    ) -> Result<Verified<'_>, JoseError> {
        let mut outcome = Err(JoseError::KeyNotFound);
        let kid = self.header.kid.as_deref();
        let fitting = keys.into_iter().filter(|key| match kid {
            Some(_) => key.kid() == kid,
            None => key.algorithm() == self.header.alg,
        });
        for key in fitting.take(KEYS_TRIED_MAX) {
            outcome = self.verify(key, typ);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }
}

impl RawHeader {
    fn check(self) -> Result<(Header, Option<Map<String, Value>>), JoseError> {
        let Self { alg, typ, kid, jwk, crit, b64, jku, x5u, x5c } = self;
        if crit || b64 || jku || x5u || x5c {
            return Err(JoseError::HeaderMember);
        }
        let too_long = |text: &Option<String>, max| text.as_ref().is_some_and(|t| t.len() > max);
        if too_long(&typ, TYPE_BYTES_MAX) || too_long(&kid, KEY_ID_BYTES_MAX) {
            return Err(JoseError::HeaderTooLong);
        }
        let alg = Algorithm::parse(&alg).ok_or(JoseError::AlgorithmUnknown)?;
        Ok((Header { alg, typ, kid }, jwk))
    }
}

/// A token whose signature was checked against a key of the caller's choice. Its claims are still to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Verified<'a> {
    header: &'a Header,
    payload: &'a [u8],
}

impl Verified<'_> {
    pub fn header(&self) -> &Header {
        self.header
    }

    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, JoseError> {
        json::object(self.payload)
    }

    /// The bytes that were signed as payload.
    pub fn payload(&self) -> &[u8] {
        self.payload
    }
}

/// Signs claims into a token of a type; identity tokens have none.
pub fn sign(signer: &dyn Signer, typ: Option<&str>, claims: &impl Serialize) -> Result<String, JoseError> {
    #[derive(Serialize)]
    struct Head<'h> {
        alg: Algorithm,
        #[serde(skip_serializing_if = "Option::is_none")]
        typ: Option<&'h str>,
        kid: &'h str,
    }
    let head = Head { alg: signer.algorithm(), typ, kid: signer.kid() };
    write(signer, &head, claims)
}

/// Any header; the algorithm in it must be the signer's.
pub(crate) fn write(
    signer: &dyn Signer,
    head: &impl Serialize,
    claims: &impl Serialize,
) -> Result<String, JoseError> {
    let head = serde_json::to_vec(head).map_err(|_| JoseError::Json)?;
    let payload = serde_json::to_vec(claims).map_err(|_| JoseError::Json)?;
    let mut token = String::with_capacity((head.len() + payload.len()) * 4 / 3 + 128);
    b64::encode_into(head, &mut token);
    token.push('.');
    b64::encode_into(payload, &mut token);
    let signature = signer.sign(token.as_bytes())?;
    token.push('.');
    b64::encode_into(signature, &mut token);
    Ok(token)
}
