//! A small world: one register with two people, their accounts, and a provider over a real database.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{Router, extract::Request, middleware::Next, response::Response};
use base::{PersonalNumber, SeededEntropy, Text};
use contracts::{
    Access, AccountId, Actor, AgencyId, IdentityLevel, Login, LoginStrength, Method, OrganisationId,
    PersonId, Role, Who,
    events::{AccountChange, AccountChanged, emit},
    ports::{AccountHolder, ActingFor, Holders, IdentityClaim, PortError, RecordChange, Register},
};
use forms::{Fact, Person};
use jiff::{SignedDuration, civil::date};
use openid::{
    AccountFollower, Authentication, Claim, Client, ClientDraft, ClientId, GrantType, OpenId, OpenIdError,
    Ports, Profile, Sender, Settings, SignalFollower,
    model::{ClaimRight, Messages},
    ops,
};
use store::{Store, Tx};
use testkit::TestDb;
use uuid::Uuid;
use webkit::{Config, Kit, Texts};

pub const ISSUER: &str = "https://id.test";
/// Where relying parties listen in these tests: the operator lists it, as it is on this machine.
const RECEIVERS: &[&str] = &["localhost"];
pub const AN_NUMBER: &str = "001090000019";

pub fn agency() -> AgencyId {
    AgencyId::new("NHNN")
}

pub fn operator() -> AgencyId {
    AgencyId::new("C06")
}

/// An of level 2 and Bình of level 1; both born long enough ago.
pub const AN: AccountId = AccountId(Uuid::from_u128(0xa1));
pub const BINH: AccountId = AccountId(Uuid::from_u128(0xb1));
/// Kim is no citizen.
pub const KIM: AccountId = AccountId(Uuid::from_u128(0xd1));
pub const KIM_NUMBER: &str = "9000000000018";

pub fn person_of(account: AccountId) -> PersonId {
    PersonId(Uuid::from_u128(account.0.as_u128() + 0x100))
}

struct People;

#[async_trait]
impl Register for People {
    async fn person_by_number(
        &self,
        _: &mut Tx,
        _: &Access,
        number: &PersonalNumber,
    ) -> Result<Option<PersonId>, PortError> {
        Ok((number.as_str() == AN_NUMBER).then(|| person_of(AN)))
    }

    async fn facts(
        &self,
        tx: &mut Tx,
        access: &Access,
        person: PersonId,
        wanted: &[Fact],
    ) -> Result<Person, PortError> {
        let fields = wanted.iter().map(|f| f.key());
        tx.audit(access.entry("registry.person_read").about(person).fields(fields).done());
        let mut record = Person::default();
        for fact in wanted {
            record = match fact {
                Fact::Name => record.with(Fact::Name, "Nguyễn Văn An"),
                Fact::BirthDate => record.with(Fact::BirthDate, date(1990, 5, 17)),
                Fact::Sex => record.with(Fact::Sex, "male"),
                Fact::Number => record.with(Fact::Number, AN_NUMBER),
                Fact::PermanentCommune => record.with(Fact::PermanentCommune, "26740"),
                _ => record,
            };
        }
        Ok(record)
    }

    async fn matches(
        &self,
        _: &mut Tx,
        _: &Access,
        _: &IdentityClaim,
    ) -> Result<Option<PersonId>, PortError> {
        Ok(None)
    }

    async fn apply(&self, _: &mut Tx, _: &Access, _: &RecordChange) -> Result<(), PortError> {
        Ok(())
    }
}

/// The accounts as `identity` would know them.
#[derive(Default)]
pub struct Accounts(
    Mutex<HashMap<AccountId, AccountHolder>>,
    Mutex<Vec<(AccountId, Uuid)>>,
    /// For whom they act, and at which services they did.
    pub Mutex<HashMap<AccountId, Vec<ActingFor>>>,
    pub Mutex<Vec<(AccountId, String)>>,
);

impl Accounts {
    /// The sessions that were ended from here.
    pub fn ended(&self) -> Vec<(AccountId, Uuid)> {
        self.1.lock().unwrap().clone()
    }

    pub fn put(&self, account: AccountId, level: IdentityLevel, active: bool) {
        let holder = AccountHolder { account, person: Some(person_of(account)), level: Some(level), active };
        self.0.lock().unwrap().insert(account, holder);
    }
}

#[async_trait]
impl Holders for Accounts {
    async fn holder(&self, _: &Tx, account: AccountId) -> Result<Option<AccountHolder>, PortError> {
        Ok(self.0.lock().unwrap().get(&account).cloned())
    }

    async fn holder_by_number(
        &self,
        _: &mut Tx,
        number: &PersonalNumber,
    ) -> Result<Option<AccountHolder>, PortError> {
        let an = (number.as_str() == AN_NUMBER).then_some(AN);
        Ok(an.and_then(|an| self.0.lock().unwrap().get(&an).cloned()))
    }

    async fn session_is_live(&self, _: &mut Tx, _: AccountId, _: Uuid) -> Result<bool, PortError> {
        Ok(true)
    }

    async fn session_end(&self, _: &mut Tx, account: AccountId, session: Uuid) -> Result<(), PortError> {
        self.1.lock().unwrap().push((account, session));
        Ok(())
    }

    async fn organisations(&self, _: &Tx, account: AccountId) -> Result<Vec<ActingFor>, PortError> {
        Ok(self.2.lock().unwrap().get(&account).cloned().unwrap_or_default())
    }

    /// One of them is no citizen.
    async fn foreigner_number(&self, _: &Tx, account: AccountId) -> Result<Option<String>, PortError> {
        Ok((account == KIM).then(|| KIM_NUMBER.to_owned()))
    }

    async fn act_for(
        &self,
        tx: &mut Tx,
        account: AccountId,
        organisation: OrganisationId,
        service: &str,
    ) -> Result<Option<ActingFor>, PortError> {
        let all = self.organisations(tx, account).await?;
        self.3.lock().unwrap().push((account, service.to_owned()));
        Ok(all.into_iter().find(|one| one.organisation == organisation))
    }
}

pub struct World {
    pub db: TestDb,
    pub cx: OpenId,
    pub accounts: Arc<Accounts>,
    pub app: Router,
    pub kit: Kit,
    pub errors: testkit::Errors,
    /// Who is signed in, in the browser of the tests.
    pub login: Arc<Mutex<Option<Login>>>,
    keys: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::build(None).await
    }

    /// A provider whose keys are in a hardware module.
    pub async fn with_module(hsm: openid::HsmSettings) -> Self {
        Self::build(Some(hsm)).await
    }

    async fn build(hsm: Option<openid::HsmSettings>) -> Self {
        let errors = testkit::Errors::watch();
        let db = TestDb::new(&[openid::MIGRATIONS]).await;
        let keys = tempfile::tempdir().unwrap();
        let accounts = Arc::new(Accounts::default());
        accounts.put(AN, IdentityLevel::Two, true);
        accounts.put(BINH, IdentityLevel::One, true);
        accounts.put(KIM, IdentityLevel::Two, true);
        let cx = process(&db.store, keys.path(), &accounts, hsm, RECEIVERS).await;
        let login = Arc::new(Mutex::new(None));
        let (app, kit) = serve(&db, &cx, &login);
        Self { db, cx, accounts, app, kit, errors, login, keys }
    }

    /// The same provider in another process: own connections, own memory, same keys.
    pub async fn another_process(&self) -> (OpenId, Router) {
        self.process_listing(RECEIVERS).await
    }

    /// One whose operator lists these hosts as its own network's.
    pub async fn process_listing(&self, inside_hosts: &[&str]) -> (OpenId, Router) {
        let store = self.db.another_process();
        let cx = process(&store, self.keys.path(), &self.accounts, None, inside_hosts).await;
        let (app, _) = serve(&self.db, &cx, &self.login);
        (cx, app)
    }

    pub fn wait(&self, seconds: i64) {
        self.db.clock.advance(SignedDuration::from_secs(seconds));
    }

    pub fn now(&self) -> i64 {
        use base::Clock;
        self.db.clock.now().as_second()
    }

    /// Somebody signs in with a passkey, now.
    pub fn sign_in(&self, account: AccountId) -> Login {
        self.sign_in_with(account, LoginStrength::Three, &[Method::Passkey])
    }

    pub fn sign_in_with(&self, account: AccountId, strength: LoginStrength, methods: &[Method]) -> Login {
        use base::Clock;
        let who = Who::Citizen { person: person_of(account), level: IdentityLevel::Two };
        let session = Uuid::from_u128(account.0.as_u128() + 0x9000);
        let login = Login {
            session,
            actor: Actor { account, who, strength },
            at: self.db.clock.now(),
            methods: methods.to_vec(),
        };
        *self.login.lock().unwrap() = Some(login.clone());
        login
    }

    /// Something happens to an account, and the provider hears of it.
    pub async fn happens(&self, account: AccountId, change: AccountChange) {
        let mut tx = self.db.store.begin().await.unwrap();
        let at = tx.now();
        emit(&mut tx, &AccountChanged { account, person: Some(person_of(account)), change, at });
        tx.finish::<_, OpenIdError>(Ok(())).await.unwrap();
        store::relay::drain(&self.db.store, &AccountFollower(self.cx.clone())).await.unwrap();
        store::relay::drain(&self.db.store, &SignalFollower(self.cx.clone())).await.unwrap();
    }

    /// Runs an operation in a transaction of its own.
    pub async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T, OpenIdError>,
    ) -> Result<T, OpenIdError> {
        let mut tx = self.db.store.begin().await.unwrap();
        let outcome = work(&mut tx).await;
        tx.finish(outcome).await
    }

    /// A client of the agency, approved by the operator, with its keys.
    pub async fn client(&self, draft: &ClientDraft, jwk: Option<&str>) -> ClientId {
        let (owner, judge) = (officer(agency(), 1), officer(operator(), 2));
        let cx = &self.cx;
        let id = self.run(async |tx| ops::client_propose(cx, tx, &owner, draft).await).await.unwrap();
        if let Some(jwk) = jwk {
            self.run(async |tx| ops::client_key_add(cx, tx, &owner, id, jwk).await).await.unwrap();
        }
        let version = self.find(id).await.version;
        if !draft.sandbox {
            self.run(async |tx| ops::client_approve(cx, tx, &judge, id, version).await).await.unwrap();
        }
        cx.refresh().await.unwrap();
        id
    }

    /// A new secret of a client.
    pub async fn secret(&self, id: ClientId) -> String {
        let cx = &self.cx;
        let owner = officer(agency(), 1);
        let made = self.run(async |tx| ops::client_secret_make(cx, tx, &owner, id).await).await;
        cx.refresh().await.unwrap();
        made.unwrap().text
    }

    pub async fn find(&self, id: ClientId) -> Client {
        let cx = &self.cx;
        let judge = officer(operator(), 2);
        self.run(async |tx| ops::client_find(cx, tx, &judge, id).await).await.unwrap()
    }

    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let connection = self.db.store.connection().await.unwrap();
        connection.query(sql, &[]).await.unwrap().iter().map(|r| r.get(0)).collect()
    }

    pub async fn count(&self, sql: &str) -> i64 {
        let connection = self.db.store.connection().await.unwrap();
        connection.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Every audit entry so far, as text.
    pub async fn audit(&self) -> Vec<String> {
        self.texts("SELECT body FROM store.audit_intake ORDER BY id").await
    }
}

async fn process(
    store: &Store,
    keys: &std::path::Path,
    accounts: &Arc<Accounts>,
    hsm: Option<openid::HsmSettings>,
    inside_hosts: &[&str],
) -> OpenId {
    let settings = Settings {
        issuer: ISSUER.to_owned(),
        mtls_url: None,
        operator: operator(),
        inside_hosts: inside_hosts.iter().map(|host| (*host).to_owned()).collect(),
        keys_dir: keys.to_owned(),
        hsm,
    };
    let ports = Ports {
        holders: Arc::clone(accounts) as _,
        register: Arc::new(People),
        province_of: Arc::new(|commune: &str| (commune == "26740").then(|| "79".to_owned())),
    };
    OpenId::start(store.clone(), settings, ports).await.unwrap()
}

fn serve(db: &TestDb, cx: &OpenId, login: &Arc<Mutex<Option<Login>>>) -> (Router, Kit) {
    let texts = Texts::load(&[webkit::i18n::TEXTS, openid::TEXTS]).unwrap();
    let entropy = Arc::new(SeededEntropy::new(5));
    let kit = Kit::new(texts, Arc::clone(db.store.clock()), entropy, Config::new([7; 32], true));
    let login = Arc::clone(login);
    let signed_in = axum::middleware::from_fn(move |mut request: Request, next: Next| {
        let login = login.lock().unwrap().clone();
        async move {
            if let Some(login) = login {
                request.extensions_mut().insert(login);
            }
            let answer: Response = next.run(request).await;
            answer
        }
    });
    let pages = kit.wrap(openid::http::pages(cx.clone()).layer(signed_in));
    (pages.merge(kit.wrap_protocol(openid::http::protocol(cx.clone()))), kit)
}

/// Somebody who manages relying parties.
pub fn officer(agency: AgencyId, n: u128) -> Actor {
    let who = Who::Staff { agency, role: Role::Administrator, name: "Trần Thị Cán Bộ".into() };
    Actor { account: AccountId(Uuid::from_u128(0xc0 + n)), who, strength: LoginStrength::Two }
}

/// A bank that keeps all rules.
pub fn bank() -> ClientDraft {
    let right = |claim| ClaimRight::new(claim, "Luật Các tổ chức tín dụng, Điều 14");
    ClientDraft {
        name: Text::new("Ngân hàng Mẫu", "Sample Bank"),
        purpose: Text::new("Mở tài khoản thanh toán", "To open a payment account"),
        profile: Profile::Fapi2,
        sandbox: false,
        authentication: Authentication::PrivateKeyJwt,
        sender: Sender::Dpop,
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials],
        redirect_uris: vec!["https://bank.example/cb".into(), "https://bank.example/cb?tenant=1".into()],
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: None,
        ciba_notification_uri: None,
        jwks_uri: None,
        sector: None,
        claims: [
            Claim::Name,
            Claim::Birthdate,
            Claim::Gender,
            Claim::AgeOver18,
            Claim::ResidentOf,
            Claim::IdentityLevel,
            Claim::PersonalNumber,
        ]
        .map(right)
        .to_vec(),
        api_scopes: vec!["accounts".into(), "payments".into()],
        audiences: vec!["https://api.bank.example".into()],
        resource: None,
        messages: Messages::default(),
        tls_subject: None,
        policy_uri: Some("https://bank.example/privacy".into()),
        contact: "oidc@bank.example".into(),
    }
}

/// A library that knows no more than code, PKCE and a secret.
pub fn museum() -> ClientDraft {
    let until = testkit::NOW.parse::<jiff::Timestamp>().unwrap() + SignedDuration::from_hours(24 * 30);
    ClientDraft {
        name: Text::new("Bảo tàng Mẫu", "Sample Museum"),
        purpose: Text::new("Bán vé giảm giá", "To sell reduced tickets"),
        profile: Profile::Basic { until },
        authentication: Authentication::SecretBasic,
        sender: Sender::Bearer,
        redirect_uris: vec!["https://museum.example/cb".into()],
        ..bank()
    }
}
