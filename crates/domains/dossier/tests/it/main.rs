//! The dossier against a real PostgreSQL: sending, deciding, asking others, time, the inbox, files, and the API.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod api;
mod consents;
mod deadlines;
mod deciding;
mod files;
mod inbox;
mod payments;
mod sending;
mod sweep;
mod waits;
mod world;

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let db = testkit::TestDb::new(&[dossier::MIGRATIONS]).await;
    db.prepare_all(dossier::sql::ALL).await;
}
