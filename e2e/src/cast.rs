//! The people of the journeys: made up, loaded as any others, with accounts of every kind that acts.

use std::{fs::File, path::Path, sync::Arc};

use base::PersonalNumber;
use contracts::{
    Access, AgencyId, CommuneCode, IdentityLevel, Purpose, Role,
    ports::{Nation, Register},
};
use identity::{
    Password,
    seed::{self, SeedCitizen, SeedStaff},
};
use lienthong::app::{App, OPERATOR};

/// Everybody's password.
pub const PASSWORD: &str = "mot-mua-sen-no";

/// Where the applicant lives: phường Hoàn Kiếm, Hà Nội.
pub const HOME: &str = "00070";
/// Where the applicant goes to stay: phường Sài Gòn, Thành phố Hồ Chí Minh.
pub const STAGE: &str = "26740";

/// A citizen with an account.
#[derive(Debug, Clone)]
pub struct Person {
    pub number: PersonalNumber,
    pub name: &'static str,
}

/// An officer with an account and an authenticator.
#[derive(Debug, Clone)]
pub struct Official {
    pub login: &'static str,
    pub name: &'static str,
    pub role: Role,
    pub agency: AgencyId,
}

impl Official {
    pub fn secret(&self) -> Vec<u8> {
        format!("{:-<20}", self.login).into_bytes()
    }
}

#[derive(Debug, Clone)]
pub struct Cast {
    /// Lives in Hà Nội and wants to stay in Thành phố Hồ Chí Minh.
    pub lan: Person,
    /// A householder there.
    pub binh: Person,
    pub receiver: Official,
    pub decider: Official,
    /// A second pair of eyes.
    pub second: Official,
    pub head: Official,
    /// Looks after the programs of the agency.
    pub developer: Official,
    /// Approves relying parties, for the authority.
    pub judge: Official,
    /// The police of the commune.
    pub agency: AgencyId,
}

const HEADER: [&str; 14] = [
    "source_key",
    "synthetic",
    "number",
    "full_name",
    "sex",
    "birth_date",
    "ethnicity_code",
    "marital_status",
    "household_key",
    "household_relation",
    "permanent_commune",
    "permanent_address",
    "permanent_since",
    "phone",
];
const PEOPLE: [[&str; 14]; 2] = [
    [
        "SYN-E2E-1",
        "1",
        "001190012345",
        "Nguyễn Thị Lan",
        "female",
        "1990-05-17",
        "01",
        "single",
        "SYN-E2E-H1",
        "head",
        HOME,
        "Số 12 phố Hàng Bạc",
        "2015-09-01",
        "0501234567",
    ],
    [
        "SYN-E2E-2",
        "1",
        "079065054321",
        "Trần Văn Bình",
        "male",
        "1965-02-03",
        "01",
        "married",
        "SYN-E2E-H2",
        "head",
        STAGE,
        "Số 5 đường Nguyễn Huệ",
        "2001-04-30",
        "0507654321",
    ],
];

impl Cast {
    /// Loads the people and opens the accounts.
    pub async fn settle(app: &App, scratch: &Path) -> Self {
        load(app, scratch).await;
        let [lan, binh] =
            PEOPLE.map(|row| Person { number: row[2].parse().expect("a number"), name: row[3] });
        let commune = CommuneCode(STAGE.to_owned());
        let agency =
            app.nation.agency_for(&commune, forms::Level::Commune).expect("a police of the commune").id;
        let official = |login, name, role| Official { login, name, role, agency: agency.clone() };
        let authority = AgencyId::new(OPERATOR);
        let judge = official("duyet.c06", "Bùi Quang Huy", Role::Head);
        let cast = Self {
            lan,
            binh,
            receiver: official("tiepnhan", "Trần Thị Thu Hương", Role::Receiver),
            decider: official("giaiquyet", "Nguyễn Minh Quân", Role::Decider),
            second: official("thamdinh", "Lê Hoàng Nam", Role::Decider),
            head: official("truong", "Phạm Đức Thịnh", Role::Head),
            developer: official("quantri", "Đặng Quốc Bảo", Role::Administrator),
            judge: Official { agency: authority, ..judge },
            agency: agency.clone(),
        };
        cast.open_accounts(app).await;
        cast
    }

    async fn open_accounts(&self, app: &App) {
        let mut citizens = Vec::new();
        for person in [&self.lan, &self.binh] {
            let mut tx = app.store.begin().await.expect("a transaction");
            let access = Access::system(Purpose::SIGN_IN);
            let found = app.registry.person_by_number(&mut tx, &access, &person.number).await;
            let id = tx.finish(found).await.expect("the register").expect("somebody who was loaded");
            let (number, password) = (person.number, Password::new(PASSWORD));
            citizens.push(SeedCitizen { person: id, number, level: IdentityLevel::Two, password });
        }
        let officers =
            [&self.receiver, &self.decider, &self.second, &self.head, &self.developer, &self.judge];
        let officers: Vec<SeedStaff> = officers
            .map(|o| SeedStaff {
                login: o.login.to_owned(),
                name: o.name.to_owned(),
                agency: o.agency.clone(),
                role: o.role,
                password: Password::new(PASSWORD),
                totp: o.secret(),
            })
            .into();
        let tx = app.store.begin().await.expect("a transaction");
        let opened = async {
            seed::citizens(&app.identity, &tx, &citizens).await?;
            seed::staff(&app.identity, &tx, &officers).await
        }
        .await;
        tx.finish(opened).await.expect("accounts");
    }
}

/// As the operator does it: a file in the documented form.
async fn load(app: &App, scratch: &Path) {
    let path = scratch.join("people.csv");
    let mut sheet = csv::Writer::from_path(&path).expect("a file");
    sheet.write_record(HEADER).expect("a header");
    for row in PEOPLE {
        sheet.write_record(row).expect("a line");
    }
    sheet.flush().expect("a file");
    drop(sheet);
    let options = registry::import::Options::new("e2e", scratch.join("rejects.csv"));
    let nation = Arc::clone(&app.registry.nation);
    let file = File::open(&path).expect("the file");
    let loaded = registry::import::run(&app.store, nation, file, &options, |_| {}).await.expect("a load");
    assert_eq!(
        (loaded.loaded, loaded.rejected, loaded.warnings),
        (2, 0, 0),
        "people are loaded without a complaint"
    );
}
