//! The site from outside, over the provider's own endpoints and a real database.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod asking;
mod changing;
mod elsewhere;
mod given;
mod world;
