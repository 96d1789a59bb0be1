//! Signed tokens in their compact form (RFC 7515, 7517, 7519), strictly, and proofs of possession (RFC 9449).
//!
//! - Pure: times are parameters (seconds since 1970), nothing is fetched, and no key is ever taken from a token, except in
//!   [`dpop`], where that is the point.
//! - **The algorithm belongs to the key.** A [`VerifyingKey`] knows its one algorithm; a token whose header says another is
//!   refused. `none` and MACs cannot be expressed.
//! - What is read of a token before its signature is checked goes through [`Compact::unverified`], so that it can be found.
//! - Only what the provider needs: four algorithms, the compact form, no encryption, no detached payloads.
//! - Errors ([`JoseError`]) say which rule was broken, for the people at a relying party, and never repeat content.

pub mod algorithm;
pub mod b64;
pub mod claims;
pub mod compact;
pub mod dpop;
pub mod error;
pub mod hash;
pub mod json;
pub mod jwk;
mod pem;
mod roca;
pub mod signer;
pub mod url;
pub mod verify;

pub use algorithm::Algorithm;
pub use claims::{Audience, AudienceRule, Claim, Registered, Rules};
pub use compact::{Compact, Header, Limits, Typ, Verified, sign};
pub use error::JoseError;
pub use jwk::{Jwk, JwkSet, Thumbprint};
pub use signer::{Signer, SoftwareKey};
pub use verify::VerifyingKey;
