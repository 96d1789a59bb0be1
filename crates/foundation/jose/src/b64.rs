//! base64url without padding, in its one canonical form (RFC 7515 section 2).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::JoseError;

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

pub fn encode_into(bytes: impl AsRef<[u8]>, out: &mut String) {
    BASE64_URL_SAFE_NO_PAD.encode_string(bytes, out);
}

/// Refuses padding, white space, other alphabets and unused bits that are not zero.
pub fn decode(text: &str) -> Result<Vec<u8>, JoseError> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| JoseError::Base64)
}

/// Exactly `N` bytes.
pub fn decode_exact<const N: usize>(text: &str) -> Result<[u8; N], JoseError> {
    decode(text)?.try_into().map_err(|_| JoseError::Base64)
}
