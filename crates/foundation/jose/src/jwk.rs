//! Public keys as JSON (RFC 7517, 7518, 8037), sets of them, and their thumbprints (RFC 7638).
//!
//! A [`Jwk`] is public, complete, of a kind that is spoken here, and meant for verifying signatures; whatever is not is
//! refused when it is read. Private keys live in [`crate::signer`] alone.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::{Algorithm, JoseError, VerifyingKey, b64, hash, json, roca};

/// Keys that are read of one set.
pub const KEYS_MAX: usize = 16;
/// Bytes of a set's text.
pub const SET_BYTES_MAX: usize = 64 * 1024;
pub const KEY_ID_BYTES_MAX: usize = 128;
pub const RSA_BITS_MIN: usize = 2048;
pub const RSA_BITS_MAX: usize = 4096;
/// 65537: what every key generator in use makes; smaller ones are a known danger, larger ones cost time.
pub(crate) const RSA_EXPONENT: [u8; 3] = [1, 0, 1];
/// Members that only private and symmetric keys have.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A public key for verifying signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwk {
    pub(crate) material: Material,
    kid: Option<String>,
    alg: Option<Algorithm>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Material {
    P256 {
        x: [u8; 32],
        y: [u8; 32],
    },
    Ed25519 {
        x: [u8; 32],
    },
    /// The modulus without leading zeros; the exponent is always [`RSA_EXPONENT`].
    Rsa {
        n: Vec<u8>,
    },
}

impl Jwk {
    /// # Errors
    /// What is wrong with the key: see the variants `Key…` of [`JoseError`].
    pub fn parse(text: &str) -> Result<Self, JoseError> {
        if text.len() > SET_BYTES_MAX {
            return Err(JoseError::TooLong);
        }
        Self::from_object(&json::object(text.as_bytes())?)
    }

    pub fn from_object(object: &Map<String, Value>) -> Result<Self, JoseError> {
        let key = Self::read(object)?;
        // A point off the curve or a modulus that is no number is no key.
        VerifyingKey::new_as(&key, key.algorithm().unwrap_or(Algorithm::Ps256))?;
        Ok(key)
    }

    /// Without the mathematics, for those who prepare the key right after.
    pub(crate) fn read(object: &Map<String, Value>) -> Result<Self, JoseError> {
        if PRIVATE.iter().any(|name| object.contains_key(*name)) {
            return Err(JoseError::KeyPrivate);
        }
        let material = match text(object, "kty")? {
            Some("EC") => Material::p256(object)?,
            Some("OKP") => Material::ed25519(object)?,
            Some("RSA") => Material::rsa(object)?,
            Some("oct") => return Err(JoseError::KeyPrivate),
            Some(_) => return Err(JoseError::KeyUnsupported),
            None => return Err(JoseError::KeyMalformed),
        };
        is_for_verifying(object)?;
        let alg = match text(object, "alg")? {
            None => None,
            Some(name) => {
                let alg = Algorithm::parse(name).ok_or(JoseError::KeyUnsupported)?;
                if !material.speaks(alg) {
                    return Err(JoseError::KeyMalformed);
                }
                Some(alg)
            }
        };
        let kid = text(object, "kid")?.map(str::to_owned);
        if kid.as_ref().is_some_and(|k| k.is_empty() || k.len() > KEY_ID_BYTES_MAX) {
            return Err(JoseError::KeyMalformed);
        }
        Ok(Self { material, kid, alg })
    }

    pub(crate) fn from_material(material: Material, alg: Algorithm) -> Self {
        Self { material, kid: None, alg: Some(alg) }
    }

    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self
    }

    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The key's one algorithm; none for an RSA key that does not say whether it speaks PS256 or RS256.
    pub fn algorithm(&self) -> Option<Algorithm> {
        match self.material {
            Material::P256 { .. } => Some(Algorithm::Es256),
            Material::Ed25519 { .. } => Some(Algorithm::EdDsa),
            Material::Rsa { .. } => self.alg,
        }
    }

    /// Of the members that make the key, in their canonical order (RFC 7638 section 3).
    pub fn thumbprint(&self) -> Thumbprint {
        let canonical = match &self.material {
            Material::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, b64::encode(x), b64::encode(y))
            }
            Material::Ed25519 { x } => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, b64::encode(x))
            }
            Material::Rsa { n } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, b64::encode(RSA_EXPONENT), b64::encode(n))
            }
        };
        Thumbprint(hash::sha256(canonical))
    }
}

impl Material {
    fn p256(object: &Map<String, Value>) -> Result<Self, JoseError> {
        match text(object, "crv")? {
            Some("P-256") => Ok(Self::P256 { x: field(object, "x")?, y: field(object, "y")? }),
            Some(_) => Err(JoseError::KeyUnsupported),
            None => Err(JoseError::KeyMalformed),
        }
    }

    fn ed25519(object: &Map<String, Value>) -> Result<Self, JoseError> {
        match text(object, "crv")? {
            Some("Ed25519") => {
                let x = field(object, "x")?;
                if is_weak(&x) { Err(JoseError::KeyMalformed) } else { Ok(Self::Ed25519 { x }) }
            }
            Some(_) => Err(JoseError::KeyUnsupported),
            None => Err(JoseError::KeyMalformed),
        }
    }

    fn rsa(object: &Map<String, Value>) -> Result<Self, JoseError> {
        let part = |name| b64::decode(text(object, name)?.ok_or(JoseError::KeyMalformed)?).map_err(malformed);
        let n = part("n")?;
        if part("e")? != RSA_EXPONENT {
            return Err(JoseError::KeyMalformed);
        }
        Self::from_modulus(n)
    }

    /// The modulus as RFC 7518 section 6.3.1.1 writes it: no leading zeros, an odd number, and of no chip that makes weak ones.
    pub(crate) fn from_modulus(n: Vec<u8>) -> Result<Self, JoseError> {
        let (Some(first), Some(last)) = (n.first(), n.last()) else { return Err(JoseError::KeyMalformed) };
        if *first == 0 || last % 2 == 0 || roca::has_fingerprint(&n) {
            return Err(JoseError::KeyMalformed);
        }
        let unused = usize::try_from(first.leading_zeros()).unwrap_or_default();
        if (RSA_BITS_MIN..=RSA_BITS_MAX).contains(&(n.len() * 8 - unused)) {
            Ok(Self::Rsa { n })
        } else {
            Err(JoseError::KeySize)
        }
    }

    pub(crate) fn speaks(&self, alg: Algorithm) -> bool {
        match self {
            Self::P256 { .. } => alg == Algorithm::Es256,
            Self::Ed25519 { .. } => alg == Algorithm::EdDsa,
            Self::Rsa { .. } => matches!(alg, Algorithm::Ps256 | Algorithm::Rs256),
        }
    }
}

fn malformed(_: JoseError) -> JoseError {
    JoseError::KeyMalformed
}

/// A member that must be text where it stands.
fn text<'o>(object: &'o Map<String, Value>, name: &str) -> Result<Option<&'o str>, JoseError> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JoseError::KeyMalformed),
    }
}

/// A coordinate: always full width (RFC 7518 section 6.2.1.2).
fn field(object: &Map<String, Value>, name: &str) -> Result<[u8; 32], JoseError> {
    b64::decode_exact(text(object, name)?.ok_or(JoseError::KeyMalformed)?).map_err(malformed)
}

/// `use` and `key_ops`, where they stand, must both mean verifying signatures and nothing else.
fn is_for_verifying(object: &Map<String, Value>) -> Result<(), JoseError> {
    if text(object, "use")?.is_some_and(|u| u != "sig") {
        return Err(JoseError::KeyUse);
    }
    match object.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(ops)) if matches!(ops.as_slice(), [Value::String(op)] if op == "verify") => Ok(()),
        Some(Value::Array(_)) => Err(JoseError::KeyUse),
        Some(_) => Err(JoseError::KeyMalformed),
    }
}

/// Points of small order, under which signatures that nobody made verify, and encodings that are not reduced.
fn is_weak(x: &[u8; 32]) -> bool {
    const ORDER_8: [&str; 2] = [
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ];
    let mut y = *x;
    if let Some(top) = y.last_mut() {
        *top &= 0x7f;
    }
    let [low, middle @ .., high] = &y;
    // p − 1 and everything from p on: 2^255 − 20 … 2^255 − 1.
    let from_p_minus_1 = *high == 0x7f && middle.iter().all(|b| *b == 0xff) && *low >= 0xec;
    let zero_or_one = *high == 0 && middle.iter().all(|b| *b == 0) && *low <= 1;
    let text: String = y.iter().map(|b| format!("{b:02x}")).collect();
    from_p_minus_1 || zero_or_one || ORDER_8.contains(&text.as_str())
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(None)?;
        match &self.material {
            Material::P256 { x, y } => {
                map.serialize_entry("kty", "EC")?;
                map.serialize_entry("crv", "P-256")?;
                map.serialize_entry("x", &b64::encode(x))?;
                map.serialize_entry("y", &b64::encode(y))?;
            }
            Material::Ed25519 { x } => {
                map.serialize_entry("kty", "OKP")?;
                map.serialize_entry("crv", "Ed25519")?;
                map.serialize_entry("x", &b64::encode(x))?;
            }
            Material::Rsa { n } => {
                map.serialize_entry("kty", "RSA")?;
                map.serialize_entry("n", &b64::encode(n))?;
                map.serialize_entry("e", &b64::encode(RSA_EXPONENT))?;
            }
        }
        if let Some(kid) = &self.kid {
            map.serialize_entry("kid", kid)?;
        }
        if let Some(alg) = self.alg {
            map.serialize_entry("alg", &alg)?;
        }
        map.serialize_entry("use", "sig")?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::from_object(&Map::deserialize(d)?).map_err(de::Error::custom)
    }
}

/// SHA-256 of a key's canonical form: `jkt`, `dpop_jkt`, and our own keys' ids.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thumbprint(pub [u8; 32]);

impl Thumbprint {
    pub fn parse(text: &str) -> Result<Self, JoseError> {
        b64::decode_exact(text).map(Self)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&b64::encode(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

impl Serialize for Thumbprint {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Thumbprint {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

/// The public keys of one party.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    pub keys: Vec<Jwk>,
}

impl JwkSet {
    /// Keys of other kinds or for other uses are left out (RFC 7517 section 5), since a party may have them for others.
    ///
    /// # Errors
    /// A private key, a malformed key, an id that stands twice, too many keys.
    pub fn parse(text: &str) -> Result<Self, JoseError> {
        if text.len() > SET_BYTES_MAX {
            return Err(JoseError::TooLong);
        }
        Self::from_object(&json::object(text.as_bytes())?)
    }

    pub fn from_object(object: &Map<String, Value>) -> Result<Self, JoseError> {
        let Some(Value::Array(listed)) = object.get("keys") else { return Err(JoseError::KeyMalformed) };
        if listed.len() > KEYS_MAX {
            return Err(JoseError::KeysTooMany);
        }
        let mut keys: Vec<Jwk> = Vec::with_capacity(listed.len());
        for one in listed {
            let key = match Jwk::from_object(one.as_object().ok_or(JoseError::KeyMalformed)?) {
                Ok(key) => key,
                Err(JoseError::KeyUnsupported | JoseError::KeyUse) => continue,
                Err(other) => return Err(other),
            };
            if key.kid().is_some() && keys.iter().any(|k| k.kid() == key.kid()) {
                return Err(JoseError::KeyIdTwice);
            }
            keys.push(key);
        }
        Ok(Self { keys })
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::from_object(&Map::deserialize(d)?).map_err(de::Error::custom)
    }
}
