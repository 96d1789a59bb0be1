//! The record on a real database.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up must stop at once"
)]

mod bulk;
mod corrections;
mod duplicates;
mod http;
mod import;
mod life;
mod lives;
mod numbers;
mod operations;
mod quality;
mod reform;
mod schema;
mod speed;
mod world;
