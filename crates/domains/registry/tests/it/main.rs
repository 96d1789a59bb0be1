//! The record on a real database.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up must stop at once"
)]

mod bulk;
mod corrections;
mod disputes;
mod doubles;
mod duplicates;
mod foreigners;
mod http;
mod import;
mod kill;
mod life;
mod lives;
mod numbers;
mod operations;
mod parting;
mod quality;
mod reform;
mod reform_follow;
mod reform_undo;
mod schema;
mod speed;
mod standing;
mod upkeep;
mod world;
