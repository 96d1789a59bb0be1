//! Signed tokens as others make them, as we make them, and as attackers do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stand outside test functions"
)]

mod claims;
mod compact;
mod dpop;
mod fuzz;
mod jwk;
mod mutation;
mod rfc;
mod rfc7520;
mod signer;
mod wycheproof;
mod wycheproof_jose;
