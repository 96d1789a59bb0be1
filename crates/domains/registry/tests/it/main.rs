//! The record on a real database.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up must stop at once"
)]

mod http;
mod import;
mod operations;
mod schema;
mod speed;
mod world;
