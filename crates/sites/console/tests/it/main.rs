//! The console from outside, over a real database: what officers of an agency and of the authority do with it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod approving;
mod rights;
mod running;
mod world;
