//! The promises of `store`, each against a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that fails should stop")]

mod jobs;
mod relay;
mod tx;

use store::Migrations;

/// A small table of the tests' own.
pub const THINGS: Migrations = Migrations { schema: "things", runner: things };

fn things() -> store::refinery::Runner {
    let sql = "CREATE TABLE things.thing (id int PRIMARY KEY, version int NOT NULL)";
    let migration = store::refinery::Migration::unapplied("V1__things", sql).unwrap();
    store::refinery::Runner::new(&[migration])
}

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let db = testkit::TestDb::new(&[]).await;
    db.prepare_all(store::sql::ALL).await;
}

#[tokio::test]
async fn migrations_run_once_even_when_processes_start_together() {
    let config = testkit::empty_database().await;
    let all = [store::MIGRATIONS, THINGS];
    let (a, b) = tokio::join!(store::migrate(&config, &all), store::migrate(&config, &all));
    let steps: usize = all.iter().map(|m| (m.runner)().get_migrations().len()).sum();
    assert_eq!(a.unwrap().len() + b.unwrap().len(), steps);
    assert!(store::migrate(&config, &all).await.unwrap().is_empty());
}
