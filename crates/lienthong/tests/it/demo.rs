//! The demo at the size that everybody sees first: every story must come to its end, every status must occur.

use dossier::Status;

use crate::server::{DataDir, Server, free_address, said};

/// No holidays in the weeks before, so that working days run as in most weeks.
const MOMENT: &str = "2026-11-20T08:00:00Z";

#[tokio::test]
async fn the_demo_fills_at_its_full_size_with_every_status_and_its_log_verifies() {
    let dir = DataDir::new();
    let output = dir.program(&["demo", "--fill-only", "--on", MOMENT]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let output = dir.program(&["log", "verify"]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));

    let _server = Server::start(&dir, free_address());
    dir.until_open().await;
    let (client, connection) = dir.database().connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let count = "SELECT status, count(*) FROM dossier.dossier GROUP BY status";
    let rows = client.query(count, &[]).await.unwrap();
    let told: Vec<(i16, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    // "Finished" lasts only until the paper is printed.
    for status in Status::ALL.into_iter().filter(|s| *s != Status::Finished) {
        assert!(told.iter().any(|(n, _)| *n == status.number()), "no dossier is {status:?}: {told:?}");
    }
    assert!(told.iter().map(|(_, n)| n).sum::<i64>() >= 300, "{told:?}");
    let people: i64 = client.query_one("SELECT count(*) FROM registry.person", &[]).await.unwrap().get(0);
    assert!(people >= 20_000, "{people}");
}
