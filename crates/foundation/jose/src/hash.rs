//! The digests that the protocols put beside tokens.

use aws_lc_rs::digest;

use crate::{Algorithm, b64};

pub fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(digest::digest(&digest::SHA256, bytes.as_ref()).as_ref()) {
        *to = *from;
    }
    out
}

/// base64url of the SHA-256: PKCE's `S256` challenge (RFC 7636), `ath` (RFC 9449), `x5t#S256` of a DER certificate
/// (RFC 8705).
pub fn sha256_text(bytes: impl AsRef<[u8]>) -> String {
    b64::encode(sha256(bytes))
}

/// The left half of the digest that goes with the algorithm: `at_hash`, `c_hash`, `s_hash` (OpenID Connect Core 3.1.3.6).
pub fn half_hash(algorithm: Algorithm, value: &str) -> String {
    let kind = match algorithm {
        // Ed25519 hashes with SHA-512 inside; that is what the clients' libraries take here.
        Algorithm::EdDsa => &digest::SHA512,
        Algorithm::Es256 | Algorithm::Ps256 | Algorithm::Rs256 => &digest::SHA256,
    };
    let whole = digest::digest(kind, value.as_bytes());
    let half = whole.as_ref().len() / 2;
    b64::encode(whole.as_ref().get(..half).unwrap_or_default())
}
