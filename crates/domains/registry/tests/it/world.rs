//! A small nation, and people who enter the record the way all do: by a file.

use std::{io::Cursor, sync::Arc};

use base::{Calendar, Text};
use contracts::{
    AccountId, Actor, AgencyId, CommuneCode, DossierId, PersonId, Role, Who,
    actor::LoginStrength,
    ports::{AgencyCard, Nation, ProcedureCard, RecordChange, ResidenceKind},
};
use forms::{Level, Service};
use jiff::civil::Date;
use registry::import::{Options, Summary, run};
use store::{Store, StoreError, Tx};
use testkit::TestDb;
use uuid::Uuid;

pub const HEADER: &str = "source_key,number,full_name,sex,birth_date,death_date,ethnicity_code,father_number,father_name,\
spouse_number,household_key,household_relation,permanent_commune,permanent_address,permanent_since,\
temporary_commune,temporary_address,temporary_since,temporary_until";

/// Communes 00004, 00008 and 00070 are in force; 00006 became 00008; 00016 was divided.
pub struct SmallNation(Calendar);

impl SmallNation {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Calendar::new([2026], [])))
    }
}

impl Nation for SmallNation {
    fn service(&self, _: &str, _: Date) -> Option<Arc<Service>> {
        None
    }
    fn pinned(&self, _: &str, _: u32) -> Option<Arc<Service>> {
        None
    }
    fn procedure(&self, _: &str) -> Option<ProcedureCard> {
        None
    }
    fn calendar(&self) -> &Calendar {
        &self.0
    }
    fn agency_for(&self, _: &CommuneCode, _: Level) -> Option<AgencyCard> {
        None
    }
    fn agency(&self, _: &AgencyId) -> Option<AgencyCard> {
        None
    }
    fn dossier_code(&self, _: &AgencyId, _: Date, _: u32) -> Option<String> {
        None
    }
    fn place(&self, code: &str) -> Option<Text> {
        let known = ["00004", "00006", "00008", "00016", "00070"].contains(&code);
        known.then(|| Text::new(format!("Phường {code}"), format!("Ward {code}")))
    }
    fn commune_in_force(&self, code: &str, _: Date) -> bool {
        ["00004", "00008", "00070"].contains(&code)
    }
    fn commune_today(&self, code: &str) -> Option<CommuneCode> {
        match code {
            "00006" => Some(CommuneCode::new("00008")),
            code if self.commune_in_force(code, Date::MAX) => Some(CommuneCode::new(code)),
            _ => None,
        }
    }
    fn number_prefix_known(&self, prefix: &str) -> bool {
        prefix <= "096"
    }
    fn number_prefix(&self, commune: &str) -> Option<u16> {
        self.place(commune).map(|_| 1)
    }
}

pub struct World {
    pub db: TestDb,
    pub nation: Arc<SmallNation>,
    pub folder: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        let db = TestDb::new(&[registry::MIGRATIONS]).await;
        Self { db, nation: SmallNation::new(), folder: tempfile::tempdir().expect("a folder") }
    }

    /// Two households in two communes: An (head), his wife Bình and their child Chi; and Dũng alone, who stays with An's
    /// commune for a while.
    pub async fn with_people() -> Self {
        let world = Self::new().await;
        let summary = world
            .load(
                "people",
                "k1,001065000001,Nguyễn Văn An,male,1965-02-03,,01,,,001168000002,h1,head,00004,\"Số 1, phố Huế\",2000-01-01,,,,
k2,001168000002,Trần Thị Bình,female,1968,,01,,Trần Văn Cũ,001065000001,h1,spouse,00004,\"Số 1, phố Huế\",2000-01-01,,,,
k3,001190000003,Nguyễn Thị Chi,female,1990-05-17,,01,001065000001,,,h1,child,00004,\"Số 1, phố Huế\",2000-01-01,,,,
k4,001088000004,Đặng Văn Dũng,male,1988-08-08,,01,,,,h2,head,00070,Tổ 3,2010-01-01,00004,Số 9,2026-01-10,2027-01-09
k5,001045000005,Lê Cụ,male,1945,2020-01-01,01,,,,,,00070,Tổ 4,1990-01-01,,,,
",
            )
            .await;
        assert_eq!((summary.loaded, summary.rejected), (5, 0), "{}", world.rejects("people"));
        world
    }

    pub fn options(&self, name: &str) -> Options {
        Options::new("test", self.folder.path().join(format!("{name}.rejects.csv")))
    }

    pub async fn load(&self, name: &str, rows: &str) -> Summary {
        let file = Cursor::new(format!("{HEADER}\n{rows}"));
        let nation = Arc::clone(&self.nation) as Arc<dyn Nation>;
        run(&self.db.store, nation, file, &self.options(name), |_| {}).await.expect("a load")
    }

    pub fn rejects(&self, name: &str) -> String {
        std::fs::read_to_string(self.options(name).rejects).unwrap_or_default()
    }

    pub async fn person(&self, number: &str) -> PersonId {
        let access = contracts::Access::system(contracts::Purpose::SIGN_IN);
        let number = number.parse().expect("a number");
        let mut tx = self.begin().await;
        let found = registry::ops::person_by_number(&mut tx, &access, &number).await;
        tx.finish(found).await.expect("a look-up").expect("a person")
    }

    pub fn now(&self) -> jiff::Timestamp {
        base::Clock::now(self.db.clock.as_ref())
    }

    pub async fn begin(&self) -> Tx {
        self.db.store.begin().await.expect("a transaction")
    }
}

pub async fn commit(tx: Tx) {
    tx.finish::<_, StoreError>(Ok(())).await.expect("a commit");
}

pub async fn audit_bodies(store: &Store) -> Vec<String> {
    let connection = store.connection().await.expect("a connection");
    let rows =
        connection.query("SELECT body FROM store.audit_intake ORDER BY at, id", &[]).await.expect("entries");
    rows.iter().map(|r| r.get(0)).collect()
}

pub fn officer(role: Role) -> Actor {
    Actor {
        account: AccountId(Uuid::from_u128(7)),
        who: Who::Staff { agency: AgencyId::new("CA-X-00004"), role, name: "Phạm Cán Bộ".to_owned() },
        strength: LoginStrength::Two,
    }
}

/// A decided dossier: `person` moves to a commune today.
pub fn move_to(person: PersonId, kind: ResidenceKind, commune: &str, address: &str) -> RecordChange {
    RecordChange {
        person,
        kind,
        commune: CommuneCode::new(commune),
        address: address.to_owned(),
        householder: None,
        relation: None,
        from: "2026-11-20".parse().expect("a day"),
        until: (kind == ResidenceKind::Temporary).then(|| "2027-11-19".parse().expect("a day")),
        dossier: DossierId(Uuid::from_u128(9)),
        document: "G01.801.004-261120-000001".to_owned(),
    }
}
