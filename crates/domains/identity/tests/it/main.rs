//! Accounts against a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests stand outside test functions"
)]

mod alike;
mod comparing;
mod counter;
mod crossing;
mod device;
mod doors;
mod enrolling;
mod foreigners;
mod foreigners_counter;
mod guardians;
mod helping;
mod holders;
mod http;
mod known;
mod lives;
mod locking;
mod merges;
mod messages;
mod opening;
mod organisations;
mod organisations_lives;
mod passkeys;
mod periods;
mod population;
mod record;
mod recovering;
mod second_person;
mod secrets;
mod sessions;
mod signing_in;
mod staff;
mod step_up;
mod telco;
mod unlocking;
mod world;

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let db = testkit::TestDb::new(&[identity::MIGRATIONS]).await;
    db.prepare_all(identity::sql::ALL).await;
    db.prepare_all(identity::sql_messages::ALL).await;
    db.prepare_all(identity::sql_lock::ALL).await;
    db.prepare_all(identity::sql_record::ALL).await;
    db.prepare_all(identity::organisation::sql::ALL).await;
}
