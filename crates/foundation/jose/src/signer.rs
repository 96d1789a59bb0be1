//! Private keys that sign. The trait lets one live in a file or in a hardware module; the token's code cannot tell.

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256,
    },
};
use zeroize::Zeroizing;

use crate::{Algorithm, JoseError, Jwk, jwk::Material, pem};

const PEM_LABEL: &str = "PRIVATE KEY";

/// Something that can sign under one public key.
pub trait Signer: Send + Sync {
    /// With its `kid` and `alg`.
    fn public_jwk(&self) -> &Jwk;

    fn algorithm(&self) -> Algorithm;

    /// The id that goes into headers.
    fn kid(&self) -> &str {
        self.public_jwk().kid().unwrap_or_default()
    }

    /// The signature as JOSE writes it: for ES256 `r ‖ s`, 64 bytes.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JoseError>;
}

/// A private key in memory. Its id is the thumbprint of its public half, so nobody has to choose one.
pub struct SoftwareKey {
    pair: Pair,
    public: Jwk,
    algorithm: Algorithm,
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl SoftwareKey {
    /// A new key from the cryptographic library's generator. RSA keys have 2048 bits.
    pub fn generate(algorithm: Algorithm) -> Result<Self, JoseError> {
        let pair = match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Pair::P256),
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Pair::Ed25519),
            Algorithm::Ps256 | Algorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048).map(Pair::Rsa),
        };
        Self::new(pair.map_err(|_| JoseError::KeyMalformed)?, algorithm)
    }

    /// From PKCS#8 (DER); the caller says what the key is for.
    pub fn from_pkcs8(der: &[u8], algorithm: Algorithm) -> Result<Self, JoseError> {
        let pair = match algorithm {
            Algorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Pair::P256)
            }
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Pair::Ed25519),
            Algorithm::Ps256 | Algorithm::Rs256 => RsaKeyPair::from_pkcs8(der).map(Pair::Rsa),
        };
        Self::new(pair.map_err(|_| JoseError::KeyMalformed)?, algorithm)
    }

    pub fn from_pem(text: &str, algorithm: Algorithm) -> Result<Self, JoseError> {
        Self::from_pkcs8(&pem::decode(PEM_LABEL, text)?, algorithm)
    }

    /// PKCS#8 version 1 (DER): what other programs read.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        let bytes = match &self.pair {
            Pair::P256(pair) => pair.to_pkcs8v1().map(|d| d.as_ref().to_vec()),
            Pair::Ed25519(pair) => pair.to_pkcs8v1().map(|d| d.as_ref().to_vec()),
            Pair::Rsa(pair) => pair.as_der().map(|d| d.as_ref().to_vec()),
        };
        bytes.map(Zeroizing::new).map_err(|_| JoseError::KeyMalformed)
    }

    pub fn to_pem(&self) -> Result<Zeroizing<String>, JoseError> {
        Ok(pem::encode(PEM_LABEL, &self.to_pkcs8()?))
    }

    fn new(pair: Pair, algorithm: Algorithm) -> Result<Self, JoseError> {
        let material = match &pair {
            Pair::P256(pair) => p256(pair.public_key().as_ref())?,
            Pair::Ed25519(pair) => {
                let x = pair.public_key().as_ref().try_into().map_err(|_| JoseError::KeyMalformed)?;
                Material::Ed25519 { x }
            }
            Pair::Rsa(pair) => rsa(pair.public_key().as_ref())?,
        };
        let public = Jwk::from_material(material, algorithm);
        let kid = public.thumbprint().to_string();
        Ok(Self { pair, public: public.with_kid(kid), algorithm })
    }
}

impl Signer for SoftwareKey {
    fn public_jwk(&self) -> &Jwk {
        &self.public
    }

    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        let chance = SystemRandom::new();
        let signature = match &self.pair {
            Pair::P256(pair) => pair.sign(&chance, message).map(|s| s.as_ref().to_vec()),
            Pair::Ed25519(pair) => pair.try_sign(message).map(|s| s.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let padding =
                    if self.algorithm == Algorithm::Rs256 { &RSA_PKCS1_SHA256 } else { &RSA_PSS_SHA256 };
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &chance, message, &mut out).map(|()| out)
            }
        };
        signature.map_err(|_| JoseError::Signing)
    }
}

/// Shows nothing of the private half.
impl fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// An uncompressed point: `04 ‖ x ‖ y`.
fn p256(point: &[u8]) -> Result<Material, JoseError> {
    let whole = || -> Option<Material> {
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(32)?;
        Some(Material::P256 { x: x.try_into().ok()?, y: y.try_into().ok()? })
    };
    whole().ok_or(JoseError::KeyMalformed)
}

/// `RSAPublicKey` (RFC 8017 A.1.1): a sequence of the modulus and the exponent.
fn rsa(der: &[u8]) -> Result<Material, JoseError> {
    let read = || -> Option<Material> {
        let (sequence, rest) = der_item(0x30, der)?;
        let (n, after) = der_item(2, sequence)?;
        let (e, end) = der_item(2, after)?;
        let n = n.strip_prefix(&[0]).unwrap_or(n);
        let whole = rest.is_empty() && end.is_empty() && e == crate::jwk::RSA_EXPONENT;
        whole.then(|| Material::from_modulus(n.to_vec()).ok()).flatten()
    };
    read().ok_or(JoseError::KeyMalformed)
}

/// One item of the expected tag: its content and what follows. Lengths of up to two bytes suffice for 4096 bits.
fn der_item(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match bytes {
        [t, rest @ ..] if *t == tag => match rest {
            [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            [0x81, length, rest @ ..] => (usize::from(*length), rest),
            [length @ 0..=0x7f, rest @ ..] => (usize::from(*length), rest),
            _ => return None,
        },
        _ => return None,
    };
    rest.split_at_checked(length)
}
