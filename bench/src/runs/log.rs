//! (c): the sequencer takes a full intake into the log, in batches, each with its signed checkpoint.

use std::time::Instant;

use base::entropy;
use store::{AuditEntry, Tx};

use crate::{
    house::House,
    table::{Bar, Row, tell},
};

const PER_SECOND_MIN: f64 = 50_000.0;
const ENTRIES: usize = 400_000;
/// Entries left by one transaction while the intake is being filled.
const EACH: usize = 2_000;

pub async fn run(house: &House) -> anyhow::Result<Vec<Row>> {
    let app = house.app().await?;
    app.sequencer().drain().await?;
    tell(format!("The log: {ENTRIES} entries…"));
    for _ in 0..ENTRIES / EACH {
        let mut tx = app.store.begin().await?;
        leave(&mut tx);
        tx.finish::<_, store::StoreError>(Ok(())).await?;
    }
    house.settle(crate::house::DATABASE).await?;
    let started = Instant::now();
    let appended = app.sequencer().drain().await?;
    let per_second = appended as f64 / started.elapsed().as_secs_f64();
    app.store.close();
    anyhow::ensure!(appended == ENTRIES, "{appended} entries appended");
    Ok(vec![Row::new("c  log entries appended", per_second, "/s", Bar::AtLeast(PER_SECOND_MIN))])
}

/// Entries as a look-up leaves them.
fn leave(tx: &mut Tx) {
    for _ in 0..EACH {
        let id = |tx: &Tx| uuid::Uuid::from_bytes(entropy::bytes(tx.entropy()));
        let (actor, subject) = (id(tx), id(tx));
        tx.audit(AuditEntry {
            action: "registry.person_lookup",
            actor,
            actor_label: "decider:Cán bộ 12".to_owned(),
            agency: Some("CA-X-26740".to_owned()),
            purpose: "look_up".to_owned(),
            legal_basis: "NĐ 58/2026/NĐ-CP, Điều 5.5".to_owned(),
            subject: Some(subject),
            resource: None,
            fields: vec!["name".to_owned(), "birth_date".to_owned()],
        });
    }
}
