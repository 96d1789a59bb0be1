//! The promises of `credential`, each against a real PostgreSQL and real key files.

#![expect(clippy::unwrap_used, reason = "a test that fails should stop")]

mod http;
mod issuing;
mod keys;
mod strangers;
mod tampering;
mod texts;
mod verifying;

use base::{Kind, Text};
use contracts::{
    Access, AccountId, Actor, AgencyId, DocumentId, DossierId, IdentityLevel, LoginStrength, PersonId,
    Purpose, Role, Who, paper::PaperKind, ports::NewDocument,
};
use credential::{
    CredentialError, Credentials, FileHash, SigningKeys, Verification,
    ops::{document_issue::document_issue, document_verify::document_verify},
};
use jiff::civil::date;
use store::{RowExt, Tx};
use testkit::TestDb;
use uuid::Uuid;

pub const AGENCY: &str = "CA-X-26740";
pub const OWNER: PersonId = PersonId(Uuid::from_u128(100));
pub const STRANGER: PersonId = PersonId(Uuid::from_u128(200));
pub const SITE: &str = "https://lienthong.example";

/// A database with keys that are in use.
pub struct Office {
    pub db: TestDb,
    pub cx: Credentials,
    pub folder: tempfile::TempDir,
}

impl Office {
    pub async fn open() -> Self {
        let db = TestDb::new(&[credential::MIGRATIONS]).await;
        let folder = tempfile::tempdir().unwrap();
        let cx = Credentials::start(&db.store, folder.path(), SITE).await.unwrap();
        Self { db, cx, folder }
    }

    /// Runs one operation in a transaction of its own.
    pub async fn run<T>(
        &self,
        operation: impl AsyncFnOnce(&mut Tx) -> Result<T, CredentialError>,
    ) -> Result<T, CredentialError> {
        let mut tx = self.db.store.begin().await.unwrap();
        let outcome = operation(&mut tx).await;
        tx.finish(outcome).await
    }

    pub async fn issue(&self, document: NewDocument) -> Result<(), CredentialError> {
        self.run(async |tx| document_issue(&self.cx, tx, &the_system(), document).await).await
    }

    pub async fn verify(&self, id: DocumentId) -> Verification {
        self.verify_file(id, None).await
    }

    pub async fn verify_file(&self, id: DocumentId, file: Option<&[u8]>) -> Verification {
        let hash = file.map(FileHash::of);
        self.run(async |tx| document_verify(&self.cx.keys, tx, id, hash).await).await.unwrap()
    }

    /// Somebody with the password of the database.
    pub async fn intrude(&self, sql: &str) {
        let connection = self.db.store.connection().await.unwrap();
        connection.batch_execute(sql).await.unwrap();
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        self.run(async |tx| Ok(tx.query_one(sql, &[]).await?.col("count")?)).await.unwrap()
    }

    /// What was done, as the log has it.
    pub async fn logged(&self) -> Vec<String> {
        let sql = "SELECT body::jsonb ->> 'action' AS action FROM store.audit_intake";
        let rows = self.run(async |tx| Ok(tx.query(sql, &[]).await?)).await.unwrap();
        rows.iter().map(|row| row.col("action").unwrap()).collect()
    }
}

pub fn id(n: u128) -> DocumentId {
    DocumentId(Uuid::from_u128(0x0193_6f3a_5b00_7000_8000_0000_0000_0000 + n))
}

pub fn pdf(n: u128) -> Vec<u8> {
    format!("%PDF-1.7 document {n}").into_bytes()
}

/// A confirmation of residence for a year.
pub fn a_confirmation(n: u128) -> NewDocument {
    NewDocument {
        id: id(n),
        kind: PaperKind::Confirmation,
        title: Text::new("Xác nhận thông tin về cư trú", "Confirmation of residence information"),
        person: OWNER,
        dossier: DossierId(Uuid::from_u128(300)),
        issuer: AgencyId::new(AGENCY),
        issuer_name: Text::new("Công an phường Bến Thành", "Police of Bến Thành ward"),
        pdf: pdf(n),
        valid_until: Some(date(2027, 11, 20)),
        replaces: None,
    }
}

pub fn the_system() -> Access {
    Access::system(Purpose::ISSUE_RESULT)
}

pub fn citizen(person: PersonId) -> Access {
    let who = Who::Citizen { person, level: IdentityLevel::Two };
    let actor = Actor { account: AccountId(person.0), who, strength: LoginStrength::Two };
    Access::new(&actor, Purpose::OWN_RECORD)
}

pub fn officer(agency: &str, role: Role) -> Access {
    let who = Who::Staff { agency: AgencyId::new(agency), role, name: "Nguyễn Thị Lan".into() };
    let actor = Actor { account: AccountId(Uuid::from_u128(9)), who, strength: LoginStrength::Two };
    Access::new(&actor, Purpose::ISSUE_RESULT)
}

pub fn the_head() -> Access {
    officer(AGENCY, Role::Head)
}

pub fn kind_of<T: std::fmt::Debug>(outcome: Result<T, CredentialError>) -> Kind {
    base::Fault::kind(&outcome.unwrap_err())
}

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let db = TestDb::new(&[credential::MIGRATIONS]).await;
    db.prepare_all(credential::sql::ALL).await;
}

#[tokio::test]
async fn processes_that_start_together_agree_on_their_keys() {
    let db = TestDb::new(&[credential::MIGRATIONS]).await;
    let folder = tempfile::tempdir().unwrap();
    let other = db.another_process();
    let (a, b) = tokio::join!(
        Credentials::start(&db.store, folder.path(), SITE),
        Credentials::start(&other, folder.path(), SITE),
    );
    let (office, _) = (Office { db, cx: a.unwrap(), folder }, b.unwrap());
    assert_eq!(office.count("SELECT count(*) FROM credential.signing_key").await, 2);
    assert_eq!(std::fs::read_dir(office.folder.path()).unwrap().count(), 4);
    // A second start changes nothing.
    Credentials::start(&office.db.store, office.folder.path(), SITE).await.unwrap();
    assert_eq!(office.count("SELECT count(*) FROM credential.signing_key").await, 2);
    // Both, as each process reads it from the folder, can sign.
    let fresh = Credentials::new(SigningKeys::open(office.folder.path()).unwrap(), SITE);
    office.run(async |tx| document_issue(&fresh, tx, &the_system(), a_confirmation(1)).await).await.unwrap();
    assert!(office.verify(id(1)).await.signature_ok);
}
