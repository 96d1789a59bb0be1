//! The provider from outside: programs at its endpoints, browsers at its address, on a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests stand outside test functions"
)]

mod authorizing;
mod clients;
mod codes;
mod consenting;
mod elsewhere;
mod ending;
mod essentials;
mod exchanging;
mod fuzz;
mod keys;
mod matching;
mod models;
mod organisations;
mod people;
mod proofs;
mod publishing;
mod receiver;
mod refreshing;
mod registering;
mod requests;
mod rp;
mod shared;
mod signalling;
mod signing_out;
mod step_up;
mod sweeping;
mod tokens;
mod world;

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let db = testkit::TestDb::new(&[openid::MIGRATIONS]).await;
    db.prepare_all(openid::sql::ALL).await;
    db.prepare_all(openid::sql_beyond::ALL).await;
    db.prepare_all(openid::sql_console::ALL).await;
}
