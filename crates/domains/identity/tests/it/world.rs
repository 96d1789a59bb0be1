//! A small world: one register with two people, one agency, and how its people sign in.

use std::sync::Arc;

use async_trait::async_trait;
use base::{Calendar, PartialDate, PersonalNumber, SeededEntropy};
use contracts::{
    Access, AccountId, Actor, ActsAs, AgencyId, CommuneCode, Companion, IdentityLevel, PersonId, Role,
    ports::{IdentityClaim, Offices, PortError, RecordChange, Register},
};
use forms::{Fact, Person};
use identity::{
    Client, Current, GuardianDocument, GuardianHere, Identity, IdentityError, Keys, Law, Marks, PaperTyped,
    Password, PasswordCost, Passwords,
    ops::{
        self, SignedIn,
        sign_in::{Login, SignIn},
    },
    seed::{self, SeedCitizen, SeedStaff},
    totp,
};
use jiff::{SignedDuration, civil::Date};
use store::{Store, Tx};
use testkit::TestDb;
use uuid::Uuid;

use crate::telco::{Telco, telco};

pub const AN: &str = "001099012345";
pub const BINH: &str = "079305000001";
/// A child of seven.
pub const BE: &str = "001319000001";
pub const PASSWORD: &str = "mưa rơi trên mái tôn";
pub const ORIGIN: &str = "http://localhost:8080";
pub const SECRET: &[u8] = b"12345678901234567890";

/// Knows An, and a child; who they are it tells of An alone.
struct OnePerson;

pub fn an() -> PersonId {
    PersonId(Uuid::from_u128(1))
}

#[async_trait]
impl Register for OnePerson {
    async fn person_by_number(
        &self,
        _: &mut Tx,
        _: &Access,
        number: &PersonalNumber,
    ) -> Result<Option<PersonId>, PortError> {
        let known = [(AN, an()), (BE, PersonId(Uuid::from_u128(3)))];
        Ok(known.into_iter().find(|(known, _)| number.as_str() == *known).map(|(_, person)| person))
    }

    async fn facts(&self, _: &mut Tx, _: &Access, person: PersonId, _: &[Fact]) -> Result<Person, PortError> {
        let born = if person == PersonId(Uuid::from_u128(3)) { "2019-03-01" } else { "1999-05-17" };
        let born: PartialDate = born.parse().unwrap();
        let known = [(1, AN), (2, BINH), (3, BE)].into_iter();
        let number = known.filter(|(n, _)| person.0 == Uuid::from_u128(*n)).map(|(_, number)| number).next();
        let told = Person::default().with(Fact::BirthDate, born).with(Fact::CurrentCommune, "26740");
        Ok(match number {
            Some(number) => told.with(Fact::Number, number),
            None => told,
        })
    }

    async fn matches(
        &self,
        tx: &mut Tx,
        access: &Access,
        claim: &IdentityClaim,
    ) -> Result<Option<PersonId>, PortError> {
        tx.audit(access.entry("registry.person_match").about(an()).done());
        let known = claim.number.as_str() == AN
            && claim.name.folded() == "nguyen van an"
            && claim.birth_date.to_string() == "1999-05-17";
        Ok(known.then(an))
    }

    async fn apply(&self, _: &mut Tx, _: &Access, _: &RecordChange) -> Result<(), PortError> {
        Ok(())
    }

    /// An is the father of the child.
    async fn companion(
        &self,
        _: &mut Tx,
        _: &Access,
        child: PersonId,
        companion: PersonId,
    ) -> Result<Option<Companion>, PortError> {
        let is_father = child == PersonId(Uuid::from_u128(3)) && companion == an();
        let acts_as = is_father.then_some(ActsAs::Father);
        Ok(Some(Companion { acts_as, is_living: true, is_missing: false, age: Some(27) }))
    }
}

/// A body that is no agency, and has officers of its own.
pub fn a_bank() -> AgencyId {
    AgencyId::new("NGAN-HANG-MAU")
}

/// Every commune's police has a counter; those of one open accounts for organisations.
struct OneOffice;

impl Offices for OneOffice {
    fn is_agency(&self, office: &AgencyId, _: Date) -> bool {
        *office != a_bank()
    }

    fn decides(&self, office: &AgencyId, procedure: &str, _: Date) -> bool {
        match procedure {
            identity::COUNTER => office.0.starts_with("CA-X-"),
            identity::foreigner::PROCEDURE => *office == province(),
            _ => procedure == identity::organisation::PROCEDURE && *office == agency(),
        }
    }

    fn office_for(&self, commune: &CommuneCode, procedure: &str, on: Date) -> Option<AgencyId> {
        let office = AgencyId::new(format!("CA-X-{commune}"));
        self.decides(&office, procedure, on).then_some(office)
    }

    fn is_above(&self, upper: &AgencyId, lower: &AgencyId, _: Date) -> bool {
        *upper == province() && *lower == agency()
    }
}

/// Above the agency, and an office for foreigners.
pub fn province() -> AgencyId {
    AgencyId::new("CA-T-79")
}

pub struct World {
    pub db: TestDb,
    pub cx: Identity,
    pub telco: Arc<Telco>,
}

impl World {
    pub async fn new() -> Self {
        let db = TestDb::new(&[identity::MIGRATIONS]).await;
        let telco = telco();
        let cx = process(db.store.clone(), &telco);
        Self { db, cx, telco }
    }

    /// The same service in another process: own connections, own memory, same keys.
    pub fn another_process(&self) -> Identity {
        process(self.db.another_process(), &self.telco)
    }

    pub fn wait(&self, seconds: i64) {
        self.db.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// An and Bình have accounts.
    pub async fn citizens(&self) -> [AccountId; 2] {
        let people = [(1, AN), (2, BINH)].map(|(n, number)| SeedCitizen {
            person: PersonId(Uuid::from_u128(n)),
            number: number.parse().unwrap(),
            level: IdentityLevel::One,
            password: Password::new(PASSWORD),
        });
        let tx = self.db.store.begin().await.unwrap();
        let made = seed::citizens(&self.cx, &tx, &people).await;
        tx.finish(made).await.unwrap().try_into().unwrap()
    }

    /// An officer with a role.
    pub async fn officer(&self, login: &str, role: Role) -> AccountId {
        let one = SeedStaff {
            login: login.into(),
            name: "Trần Thị Cán Bộ".into(),
            agency: agency(),
            role,
            password: Password::new(PASSWORD),
            totp: SECRET.to_vec(),
        };
        let tx = self.db.store.begin().await.unwrap();
        let made = seed::staff(&self.cx, &tx, &[one]).await;
        tx.finish(made).await.unwrap()[0]
    }

    /// Signs an officer in; each time half a minute later, because a code counts once.
    pub async fn officer_in(&self, login: &str) -> SignedIn {
        self.wait(30);
        ops::sign_in(&self.cx, &staff(login, PASSWORD, Some(&self.code()))).await.unwrap()
    }

    pub async fn actor(&self, login: &str, role: Role) -> Actor {
        self.officer(login, role).await;
        self.officer_in(login).await.current.actor
    }

    pub async fn citizen_in(&self, number: &str) -> SignedIn {
        ops::sign_in(&self.cx, &citizen(number, PASSWORD)).await.unwrap()
    }

    pub fn code(&self) -> String {
        use base::Clock;
        totp::code(SECRET, self.db.clock.now()).unwrap()
    }

    pub async fn begin(&self) -> Tx {
        self.db.store.begin().await.unwrap()
    }

    /// Who a token opens the door for, as this process sees it.
    pub async fn resolve(&self, signed: &SignedIn) -> Option<Current> {
        ops::session_resolve(&self.cx, signed.token.hash()).await.unwrap()
    }

    /// Every audit entry so far, as text.
    pub async fn audit(&self) -> Vec<String> {
        self.texts("SELECT body FROM store.audit_intake ORDER BY id").await
    }

    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let connection = self.db.store.connection().await.unwrap();
        connection.query(sql, &[]).await.unwrap().iter().map(|r| r.get(0)).collect()
    }
}

fn process(store: Store, telco: &Arc<Telco>) -> Identity {
    let entropy = SeededEntropy::new(99);
    let passwords = Passwords::new(PasswordCost::for_tests(), &entropy).unwrap();
    Identity::new(store, Keys::generate(&entropy), Arc::new(OnePerson), passwords)
        .reached_at(ORIGIN)
        .with_messages(Arc::clone(telco) as _)
        .with_offices(Arc::new(OneOffice))
        .under(Law::built_in(Calendar::new(2026..=2032, [])).unwrap())
}

/// Somebody who came along with a child and showed a card; signed nothing.
pub fn guardian(number: &str) -> GuardianHere {
    let (document, paper) = (Some(GuardianDocument::IdentityCard), PaperTyped::default());
    GuardianHere { number: number.into(), document, signed: false, paper }
}

/// A decision of guardianship.
pub fn decision() -> PaperTyped {
    let (number, issuer) = ("12/2025/QĐ-UBND".into(), "UBND phường Bến Thành".into());
    PaperTyped { number, issued_on: Some(jiff::civil::date(2025, 3, 1)), issuer }
}

pub fn agency() -> AgencyId {
    AgencyId::new("CA-X-26740")
}

pub fn client() -> Client {
    let agent = "Mozilla/5.0 (Windows NT 10.0) Firefox/140".into();
    Client { ip: "192.0.2.7".parse().ok(), agent, marks: Marks::default() }
}

pub fn citizen(number: &str, password: &str) -> SignIn {
    let login = Login::Citizen(number.parse().unwrap());
    SignIn { login, password: Password::new(password), code: None, acting: None, client: client() }
}

pub fn staff(login: &str, password: &str, code: Option<&str>) -> SignIn {
    let login = Login::Staff(login.into());
    let code = code.map(str::to_owned);
    SignIn { login, password: Password::new(password), code, acting: None, client: client() }
}

/// The error's code, for short assertions.
pub fn code_of<T>(outcome: Result<T, IdentityError>) -> &'static str {
    use base::Fault;
    outcome.err().map_or("ok", |e| e.code())
}
