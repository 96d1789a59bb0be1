//! The log against a real PostgreSQL: appending, serving, showing, proving, and every way of tampering.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod appending;
mod large;
mod serving;
mod stranger;
mod tampering;
mod viewing;

use std::sync::Arc;

use contracts::PersonId;
use ledger::{Report, Sequencer};
use store::{AuditEntry, Store};
use testkit::TestDb;
use tlog::{SigningKey, VerifierKey};
use uuid::Uuid;

const ORIGIN: &str = "log.example/lienthong";

/// A database with a log in it.
struct Log {
    db: TestDb,
    key: Arc<SigningKey>,
    sequencer: Sequencer,
}

impl Log {
    async fn new() -> Self {
        let db = TestDb::new(&[ledger::MIGRATIONS]).await;
        let key = Arc::new(SigningKey::new(ORIGIN, &[1; 32]).unwrap());
        let sequencer = Sequencer::new(db.store.clone(), Arc::clone(&key));
        Self { db, key, sequencer }
    }

    /// A log that grew by these batches, each with its checkpoint, after that of the empty tree.
    async fn grown_by(batches: &[usize]) -> Self {
        let mut log = Self::new().await;
        log.sequencer.drain().await.unwrap();
        for batch in batches {
            leave(&log.db.store, *batch, citizen(1)).await;
            assert_eq!(log.sequencer.drain().await.unwrap(), *batch);
        }
        log
    }

    fn keys(&self) -> Vec<VerifierKey> {
        vec![self.key.verifier()]
    }

    async fn verify(&self) -> Report {
        ledger::verify(&self.db.store, &self.keys(), None, |_, _| ()).await.unwrap()
    }

    /// What the verifier says.
    async fn findings(&self) -> Vec<String> {
        self.verify().await.findings.iter().map(ToString::to_string).collect()
    }

    /// Does what only somebody with the database in their hands can do.
    async fn tamper(&self, sql: &str) {
        self.db.store.connection().await.unwrap().batch_execute(sql).await.unwrap();
    }

    async fn number(&self, sql: &str) -> i64 {
        self.db.store.connection().await.unwrap().query_one(sql, &[]).await.unwrap().get(0)
    }

    async fn checkpoint(&self) -> String {
        let connection = self.db.store.connection().await.unwrap();
        let sql = "SELECT note FROM ledger.checkpoint ORDER BY size DESC LIMIT 1";
        connection.query_one(sql, &[]).await.unwrap().get(0)
    }
}

fn citizen(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn access_to(person: PersonId) -> AuditEntry {
    AuditEntry {
        action: "registry.person_read",
        actor: Uuid::from_u128(99),
        actor_label: "decider:Nguyễn Văn An".to_owned(),
        agency: Some("H29.13".to_owned()),
        purpose: "decide_dossier".to_owned(),
        legal_basis: "Luật Cư trú 68/2020/QH14, Điều 22".to_owned(),
        subject: Some(person.0),
        resource: None,
        fields: vec!["name".to_owned(), "birth_date".to_owned()],
    }
}

/// Leaves so many entries about a person, in one transaction.
async fn leave(store: &Store, count: usize, person: PersonId) {
    let mut tx = store.begin().await.unwrap();
    for _ in 0..count {
        tx.audit(access_to(person));
    }
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
}

#[tokio::test]
async fn deeds_are_read_from_the_log_and_from_what_waits_for_it() {
    let mut log = Log::new().await;
    let leave = async |action: &'static str, resource: &str| {
        let mut tx = log.db.store.begin().await.unwrap();
        tx.audit(AuditEntry { action, resource: Some(resource.into()), ..access_to(citizen(1)) });
        tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    };
    leave("credential.document_revoke", "document:1").await;
    leave("credential.document_file", "document:2").await;
    log.sequencer.drain().await.unwrap();
    leave("credential.document_revoke", "document:3").await;
    log.tamper("UPDATE ledger.entry SET body = body || 'x' WHERE body LIKE '%document:2%'").await;

    let tx = ledger::deeds::snapshot(&log.db.store).await.unwrap();
    let deeds = ledger::deeds_list(&tx, &["credential.document_revoke", "credential.document_file"]).await;
    let mut found: Vec<String> =
        tx.finish(deeds).await.unwrap().into_iter().map(|deed| deed.resource).collect();
    found.sort();
    assert_eq!(found, ["document:1", "document:3"], "what was altered is the verifier's matter");
}

#[tokio::test]
async fn every_statement_fits_the_schema() {
    Log::new().await.db.prepare_all(ledger::sql::ALL).await;
}
