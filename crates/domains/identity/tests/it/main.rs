//! Accounts against a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests stand outside test functions"
)]

mod counter;
mod doors;
mod http;
mod opening;
mod secrets;
mod sessions;
mod signing_in;
mod staff;
mod world;

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let db = testkit::TestDb::new(&[identity::MIGRATIONS]).await;
    db.prepare_all(identity::sql::ALL).await;
}
