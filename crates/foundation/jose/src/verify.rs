//! Keys that were prepared for verifying: parsed once, with their one algorithm.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents,
};

use crate::{
    Algorithm, JoseError, Jwk, Thumbprint,
    jwk::{Material, RSA_EXPONENT},
};

/// Cheap to clone and to share among threads.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    kid: Option<String>,
    thumbprint: Thumbprint,
    key: ParsedPublicKey,
    /// The only length of a signature under this key.
    signature_bytes: usize,
}

impl VerifyingKey {
    /// # Errors
    /// [`JoseError::AlgorithmUnknown`] for an RSA key that does not say which of its two algorithms it speaks.
    pub fn new(jwk: &Jwk) -> Result<Self, JoseError> {
        Self::new_as(jwk, jwk.algorithm().ok_or(JoseError::AlgorithmUnknown)?)
    }

    /// With the algorithm that its owner registered for it.
    ///
    /// # Errors
    /// [`JoseError::AlgorithmMismatch`] if the key is of another kind or says another algorithm of itself.
    pub fn new_as(jwk: &Jwk, algorithm: Algorithm) -> Result<Self, JoseError> {
        if !jwk.material.speaks(algorithm) || jwk.algorithm().is_some_and(|own| own != algorithm) {
            return Err(JoseError::AlgorithmMismatch);
        }
        let (key, signature_bytes) = match &jwk.material {
            Material::P256 { x, y } => {
                let mut point = [4; 65];
                for (to, from) in point.iter_mut().skip(1).zip(x.iter().chain(y)) {
                    *to = *from;
                }
                (ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point), 64)
            }
            Material::Ed25519 { x } => (ParsedPublicKey::new(&ED25519, x), 64),
            Material::Rsa { n } => {
                let parts = RsaPublicKeyComponents { n: n.as_slice(), e: RSA_EXPONENT.as_slice() };
                let key = match algorithm {
                    Algorithm::Rs256 => parts.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256),
                    _ => parts.to_parsed_public_key(&RSA_PSS_2048_8192_SHA256),
                };
                (key, n.len())
            }
        };
        Ok(Self {
            algorithm,
            kid: jwk.kid().map(str::to_owned),
            thumbprint: jwk.thumbprint(),
            key: key.map_err(|_| JoseError::KeyMalformed)?,
            signature_bytes,
        })
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }

    /// The bare check; tokens go through [`crate::Compact::verify`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JoseError> {
        if signature.len() != self.signature_bytes {
            return Err(JoseError::Signature);
        }
        self.key.verify_sig(message, signature).map_err(|_| JoseError::Signature)
    }
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { algorithm, kid, .. } = self;
        f.debug_struct("VerifyingKey").field("algorithm", algorithm).field("kid", kid).finish_non_exhaustive()
    }
}
