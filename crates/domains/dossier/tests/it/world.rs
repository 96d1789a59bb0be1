//! A small country for tests: the real catalogue and services, a register of three people, a cabinet that keeps papers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
};

use async_trait::async_trait;
use base::{Calendar, PartialDate, PersonalNumber, Sex, Text};
use catalogue::Catalogue;
use contracts::{
    Access, AccountId, Actor, AgencyId, CommuneCode, DocumentId, DossierId, IdentityLevel, LoginStrength,
    PersonId, Role, Who,
    ports::{
        Accounts, AgencyCard, Documents, IdentityClaim, Nation, NewDocument, Officer, Paper, PortError,
        Press, ProcedureCard, RecordChange, Register,
    },
};
use dossier::{
    Defect, Dossier, DossierError, Dossiers,
    http::Api,
    inbox::InboxProjection,
    ops::{
        Moved, Target,
        draft_open::draft_open,
        draft_save::draft_save,
        lists::notices_list,
        read::{View, dossier_read_own},
        receive::dossier_receive,
        start::dossier_start,
        submit::dossier_submit,
        supplement_answer::supplement_answer,
        supplement_request::supplement_request,
    },
};
use forms::{Answers, Fact, Person, Service};
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use store::{Tx, jobs::Handlers};
use testkit::TestDb;
use uuid::Uuid;

/// Where people move to in these tests: phường Sài Gòn. Its police have the dossiers.
pub const COMMUNE: &str = "26740";
pub const POLICE: &str = "CA-X-26740";
/// The police of phường Ba Đình, where the applicant comes from.
pub const OTHER_COMMUNE: &str = "00004";
pub const OTHER_POLICE: &str = "CA-X-00004";

pub const RESIDENCE: &str = "1.004194";
pub const CONFIRMATION: &str = "1.010041";

pub struct Country {
    catalogue: &'static Catalogue,
    services: Vec<Arc<Service>>,
}

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| Catalogue::embedded().unwrap())
}

impl Country {
    fn new() -> Self {
        let sources = [
            include_str!("../../../../../catalogue/services/1.004194/v1.toml"),
            include_str!("../../../../../catalogue/services/1.010041/v1.toml"),
        ];
        let services = sources.map(|s| Arc::new(Service::parse(s).unwrap())).into();
        Self { catalogue: catalogue(), services }
    }

    fn card(&self, agency: catalogue::Agency, day: Date) -> Option<AgencyCard> {
        let template = self.catalogue.agencies().dossier_template(&agency.id, day)?;
        Some(AgencyCard {
            id: AgencyId(agency.id),
            name: agency.name,
            parent: None,
            commune: agency
                .division
                .filter(|d| d.level() == catalogue::Level::Commune)
                .map(|d| CommuneCode::new(d.as_str())),
            unit_code: template.unit,
        })
    }
}

const DAY: Date = date(2026, 11, 20);

impl Nation for Country {
    fn service(&self, procedure: &str, on: Date) -> Option<Arc<Service>> {
        self.services.iter().find(|s| s.procedure == procedure && s.is_in_force(on)).cloned()
    }
    fn pinned(&self, procedure: &str, version: u32) -> Option<Arc<Service>> {
        self.services.iter().find(|s| s.procedure == procedure && s.version == version).cloned()
    }
    fn procedure(&self, code: &str) -> Option<ProcedureCard> {
        let procedure = self.catalogue.procedures().get(code)?;
        let name = Text::new(&procedure.name.vi, &procedure.name.vi);
        Some(ProcedureCard { code: code.into(), name: name.clone(), field: name, limit_days: Some(3) })
    }
    fn calendar(&self) -> &Calendar {
        self.catalogue.calendar()
    }
    fn agency_for(&self, commune: &CommuneCode, level: forms::Level) -> Option<AgencyCard> {
        let agencies = self.catalogue.agencies();
        let agency = match level {
            forms::Level::Commune => agencies.police_of_commune(commune.as_str(), DAY),
            forms::Level::Province => agencies.instance("CA-T", commune.as_str(), DAY),
            forms::Level::Ministry => agencies.get("BCA", DAY),
        };
        self.card(agency?, DAY)
    }
    fn agency(&self, id: &AgencyId) -> Option<AgencyCard> {
        self.card(self.catalogue.agencies().get(id.as_str(), DAY)?, DAY)
    }
    fn dossier_code(&self, agency: &AgencyId, day: Date, number: u32) -> Option<String> {
        self.catalogue.agencies().dossier_template(agency.as_str(), day)?.render(day, number)
    }
    fn place(&self, code: &str) -> Option<Text> {
        let unit = self.catalogue.divisions().unit_on(code, DAY)?;
        Some(Text::new(unit.label(base::Lang::Vi), unit.label(base::Lang::En)))
    }
    fn commune_in_force(&self, code: &str, on: Date) -> bool {
        self.catalogue.divisions().unit_on(code, on).is_some()
    }
    fn commune_today(&self, code: &str) -> Option<CommuneCode> {
        Some(CommuneCode::new(code))
    }
    fn number_prefix_known(&self, _: &str) -> bool {
        true
    }
}

/// Three people: Lan who applies, Minh with whom she stays, Hoa who has nothing to do with it.
pub struct People {
    people: Mutex<BTreeMap<PersonId, Person>>,
    pub changes: Mutex<Vec<RecordChange>>,
    /// In whose name they were made.
    pub changed_by: Mutex<Vec<Access>>,
}

pub const LAN: PersonId = PersonId(Uuid::from_u128(1));
pub const MINH: PersonId = PersonId(Uuid::from_u128(2));
pub const HOA: PersonId = PersonId(Uuid::from_u128(3));

pub fn number(person: PersonId) -> PersonalNumber {
    let serial = u32::try_from(person.0.as_u128()).unwrap();
    PersonalNumber::compose(1, Sex::Female, 1990, serial).unwrap()
}

impl People {
    fn new() -> Self {
        let person = |id: PersonId, name: &str, commune: &str| {
            let person = Person::default()
                .with(Fact::Exists, true)
                .with(Fact::Living, true)
                .with(Fact::Number, number(id).as_str().to_owned())
                .with(Fact::Name, name.to_owned())
                .with(Fact::BirthDate, forms::Value::Partial(PartialDate::full(date(1990, 5, 17))))
                .with(Fact::Sex, "female".to_owned())
                .with(Fact::PermanentCommune, commune.to_owned())
                .with(Fact::PermanentAddress, "số 1, tổ dân phố 2".to_owned())
                .with(Fact::IsHouseholder, true);
            (id, person)
        };
        let people = [
            person(LAN, "Nguyễn Thị Lan", OTHER_COMMUNE),
            person(MINH, "Trần Văn Minh", COMMUNE),
            person(HOA, "Lê Thị Hoa", COMMUNE),
        ];
        Self { people: Mutex::new(people.into()), changes: Mutex::default(), changed_by: Mutex::default() }
    }

    pub fn learns(&self, id: PersonId, fact: Fact, value: impl Into<forms::Value>) {
        let mut people = self.people.lock().unwrap();
        let person = people.remove(&id).unwrap().with(fact, value);
        people.insert(id, person);
    }
}

#[async_trait]
impl Register for People {
    async fn person_by_number(
        &self,
        tx: &mut Tx,
        access: &Access,
        wanted: &PersonalNumber,
    ) -> Result<Option<PersonId>, PortError> {
        tx.audit(access.entry("test.person_by_number").done());
        Ok(self.people.lock().unwrap().keys().copied().find(|p| number(*p) == *wanted))
    }
    async fn facts(
        &self,
        _: &mut Tx,
        _: &Access,
        id: PersonId,
        wanted: &[Fact],
    ) -> Result<Person, PortError> {
        let people = self.people.lock().unwrap();
        let known = people.get(&id).unwrap();
        Ok(wanted.iter().map(|f| f.read_as()).fold(Person::default(), |out, fact| {
            match known.value(fact, DAY) {
                forms::Value::Missing => out,
                value => out.with(fact, value),
            }
        }))
    }
    async fn matches(
        &self,
        _: &mut Tx,
        _: &Access,
        _: &IdentityClaim,
    ) -> Result<Option<PersonId>, PortError> {
        Ok(None)
    }
    async fn apply(&self, _: &mut Tx, access: &Access, change: &RecordChange) -> Result<(), PortError> {
        self.changed_by.lock().unwrap().push(access.clone());
        self.changes.lock().unwrap().push(change.clone());
        Ok(())
    }
}

/// Keeps what was issued and printed, and knows the officers of the police.
#[derive(Default)]
pub struct Office {
    pub issued: Mutex<Vec<(contracts::ports::PaperKind, DocumentId)>>,
}

#[async_trait]
impl Documents for Office {
    async fn issue(&self, _: &mut Tx, _: &Access, document: NewDocument) -> Result<(), PortError> {
        self.issued.lock().unwrap().push((document.kind, document.id));
        Ok(())
    }
    fn verify_url(&self, id: DocumentId) -> String {
        format!("https://example.vn/v/{id}")
    }
    async fn file(&self, _: &mut Tx, _: &Access, _: PersonId, _: DocumentId) -> Result<Vec<u8>, PortError> {
        Ok(Vec::new())
    }
}

impl Press for Office {
    fn print(&self, paper: &Paper) -> Result<Vec<u8>, PortError> {
        Ok(paper.dossier_code.clone().into_bytes())
    }
}

#[async_trait]
impl Accounts for Office {
    async fn officers(&self, _: &mut Tx, agency: &AgencyId) -> Result<Vec<Officer>, PortError> {
        let here = agency.as_str() == POLICE;
        let officer =
            Officer { account: account(11), name: "Phạm Giải Quyết".into(), role: Role::Decider };
        Ok(here.then_some(officer).into_iter().collect())
    }
}

pub fn account(n: u128) -> AccountId {
    AccountId(Uuid::from_u128(n))
}

pub fn citizen(person: PersonId) -> Actor {
    let who = Who::Citizen { person, level: IdentityLevel::Two };
    Actor { account: AccountId(person.0), who, strength: LoginStrength::Two }
}

pub fn staff(n: u128, role: Role, agency: &str) -> Actor {
    let who = Who::Staff { agency: AgencyId::new(agency), role, name: format!("Cán bộ {n}") };
    Actor { account: account(n), who, strength: LoginStrength::Two }
}

pub fn receiver() -> Actor {
    staff(10, Role::Receiver, POLICE)
}

pub fn decider() -> Actor {
    staff(11, Role::Decider, POLICE)
}

pub fn head() -> Actor {
    staff(12, Role::Head, POLICE)
}

/// Temporary residence in a dwelling of one's own, whose papers the state holds: asks nobody else.
pub fn own_dwelling() -> Value {
    json!({
        "phone": "0912345678", "commune": COMMUNE, "address": "số 12, đường Láng", "dwelling": "own",
        "proof_on_record": true, "from": "2026-12-01", "to": "2027-11-30", "reason": "đi làm", "with_members": false,
        "fee_exemption": "none",
    })
}

/// The same in another person's household.
pub fn staying_with(host: PersonId) -> Value {
    let mut answers = own_dwelling();
    let map = answers.as_object_mut().unwrap();
    map.remove("proof_on_record");
    map.insert("dwelling".into(), json!("host"));
    map.insert("host_number".into(), json!(number(host).as_str()));
    map.insert("host_relation".into(), json!("lodger"));
    answers
}

pub fn answers(value: &Value) -> Answers {
    Answers(value.as_object().unwrap().clone())
}

pub fn seen(moved: &Moved) -> Target {
    Target { dossier: moved.dossier, version: moved.version, key: None }
}

pub struct World {
    pub db: TestDb,
    pub cx: Dossiers,
    pub people: Arc<People>,
    pub office: Arc<Office>,
}

impl World {
    pub async fn new() -> Self {
        let db = TestDb::new(&[dossier::MIGRATIONS]).await;
        let (people, office) = (Arc::new(People::new()), Arc::new(Office::default()));
        let cx = Dossiers {
            nation: Arc::new(Country::new()),
            register: Arc::clone(&people) as _,
            documents: Arc::clone(&office) as _,
            press: Arc::clone(&office) as _,
        };
        Self { db, cx, people, office }
    }

    pub fn app(&self) -> axum::Router {
        let accounts = Arc::clone(&self.office) as _;
        dossier::http::router(Arc::new(Api {
            store: self.db.store.clone(),
            dossiers: self.cx.clone(),
            accounts,
        }))
    }

    pub async fn run<T>(
        &self,
        operation: impl AsyncFnOnce(&mut Tx) -> Result<T, DossierError>,
    ) -> Result<T, DossierError> {
        let mut tx = self.db.store.begin().await?;
        let outcome = operation(&mut tx).await;
        tx.finish(outcome).await
    }

    /// Lan's draft with these answers.
    pub async fn draft(&self, procedure: &str, says: &Value) -> Dossier {
        let lan = citizen(LAN);
        let draft = self.run(async |tx| draft_open(&self.cx, tx, &lan, procedure).await).await.unwrap();
        self.save(draft.id, says).await
    }

    pub async fn save(&self, id: DossierId, says: &Value) -> Dossier {
        let lan = citizen(LAN);
        self.run(async |tx| draft_save(&self.cx, tx, &lan, id, None, answers(says)).await).await.unwrap()
    }

    pub async fn submit(&self, draft: &Dossier, key: &str) -> Result<Moved, DossierError> {
        let lan = citizen(LAN);
        let target = Target { dossier: draft.id, version: draft.version, key: Some(key.into()) };
        self.run(async |tx| dossier_submit(&self.cx, tx, &lan, &target).await).await
    }

    /// Lan's dossier for a temporary residence, as it is when it was sent.
    pub async fn registered(&self, says: &Value) -> Moved {
        let draft = self.draft(RESIDENCE, says).await;
        self.submit(&draft, "key").await.unwrap()
    }

    pub async fn received(&self) -> Moved {
        self.received_with(&own_dwelling()).await
    }

    async fn received_with(&self, says: &Value) -> Moved {
        self.receive(&self.registered(says).await).await
    }

    pub async fn receive(&self, sent: &Moved) -> Moved {
        self.run(async |tx| dossier_receive(&self.cx, tx, &receiver(), &seen(sent)).await).await.unwrap()
    }

    pub async fn started(&self) -> Moved {
        self.started_with(&own_dwelling()).await
    }

    pub async fn started_with(&self, says: &Value) -> Moved {
        let received = self.received_with(says).await;
        self.run(async |tx| dossier_start(tx, &decider(), &seen(&received)).await).await.unwrap()
    }

    pub async fn view(&self, id: DossierId) -> View {
        self.run(async |tx| dossier_read_own(&self.cx, tx, &citizen(LAN), id).await).await.unwrap()
    }

    /// An officer asks for the address.
    pub async fn asked(&self, actor: &Actor, at: &Moved) -> Result<Moved, DossierError> {
        let defects = [Defect { field: "address".into(), note: "Thiếu số nhà".into() }];
        self.run(async |tx| supplement_request(&self.cx, tx, actor, &seen(at), &defects).await).await
    }

    pub async fn answered(&self, at: &Moved) -> Result<Moved, DossierError> {
        self.run(async |tx| supplement_answer(&self.cx, tx, &citizen(LAN), &seen(at)).await).await
    }

    /// Titles of a person's notices, newest first.
    pub async fn told(&self, person: PersonId) -> Vec<String> {
        let list = self.run(async |tx| notices_list(tx, &citizen(person)).await).await.unwrap();
        list.into_iter().map(|n| n.title.vi).collect()
    }

    /// Runs the jobs that are due and brings the inbox up to date.
    pub async fn settle(&self) {
        let handlers = Handlers::new(dossier::jobs::handlers(&self.cx));
        store::jobs::drain(&self.db.store, &handlers).await.unwrap();
        store::relay::drain(&self.db.store, &InboxProjection).await.unwrap();
        self.db.assert_nothing_left_over().await;
    }

    /// How many entries of an action the log has about a person, or about nobody.
    pub async fn logged(&self, action: &str, about: Option<PersonId>) -> i64 {
        const COUNT: &str = "SELECT count(*) FROM store.audit_intake
            WHERE body LIKE '%\"' || $1 || '\"%' AND subject IS NOT DISTINCT FROM $2";
        let tx = self.db.store.begin().await.unwrap();
        let row = tx.query_one(COUNT, &[&action, &about]).await;
        store::RowExt::col(&tx.finish(row).await.unwrap(), "count").unwrap()
    }

    pub fn at(&self, now: &str) {
        self.db.clock.set(now.parse().unwrap());
    }
}
