//! The one text form in which private keys are kept (RFC 7468).

use base64::{Engine, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

use crate::JoseError;

const LINE: usize = 64;
const BYTES_MAX: usize = 16 * 1024;

pub fn encode(label: &str, der: &[u8]) -> Zeroizing<String> {
    let whole = Zeroizing::new(BASE64_STANDARD.encode(der));
    // Sized beforehand: a string that grows leaves copies behind.
    let mut out = Zeroizing::new(String::with_capacity(whole.len() + whole.len() / LINE + 128));
    out.push_str(&format!("-----BEGIN {label}-----\n"));
    for (at, letter) in whole.chars().enumerate() {
        if at > 0 && at % LINE == 0 {
            out.push('\n');
        }
        out.push(letter);
    }
    out.push_str(&format!("\n-----END {label}-----\n"));
    out
}

/// Exactly one block of that label; white space around and inside is nothing.
pub fn decode(label: &str, text: &str) -> Result<Zeroizing<Vec<u8>>, JoseError> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let body = text.trim().strip_prefix(&begin).and_then(|rest| rest.strip_suffix(&end));
    let body = body.filter(|b| b.len() <= BYTES_MAX).ok_or(JoseError::KeyMalformed)?;
    let mut letters = Zeroizing::new(String::with_capacity(body.len()));
    letters.extend(body.chars().filter(|c| !c.is_ascii_whitespace()));
    BASE64_STANDARD.decode(letters.as_bytes()).map(Zeroizing::new).map_err(|_| JoseError::KeyMalformed)
}
