//! Made-up dossiers of the real temporary residence service, and a router that draws every page from them.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Router, response::Html, routing::get};
use base::{Calendar, FieldFault, FixedClock, Page, SeededEntropy, Text, vietnam_date};
use catalogue::Catalogue;
use contracts::{
    AccountId, Actor, AgencyId, AttachmentId, CommuneCode, DocumentId, DossierId, IdentityLevel,
    LoginStrength, PersonId, Role, Who,
    ports::{AgencyCard, Nation, Officer as Colleague, PaperKind, ProcedureCard},
};
use credential::Standing;
use dossier::{
    Clock, Dossier, Proposal, Status,
    moves::Happened,
    ops::{
        attachment::File,
        lists::{Alert, Figures, InboxItem, Load},
        read::{PaperRef, View as Case},
    },
    row::ConsentState,
    timeline::Moment,
};
use forms::{Answers, Fact, Facts, Person, Provenance, Service};
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use maud::Markup;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;
use webkit::{Config, Form, Kit, Query, Texts, View};

use super::pairs;
use super::requests;
use super::sources;
use crate::{
    TEXTS,
    bar::Action,
    dossier_page::{self, Scene, Task, page},
    inbox::{self, Asked, Inbox},
    officer::Officer,
    quality, quality_work, set_up, sign_in,
    tests::{lock_samples, organisation_samples, people_samples, quality_samples, staff_samples},
    words::Words,
    workload::{self, Workload},
};

pub use super::paths::PATHS;

/// Friday, ten in the morning in Vietnam.
pub(super) const NOW: &str = "2026-11-20T03:00:00Z";
pub(super) const COMMUNE: &str = "26740";
pub(super) const AGENCY: &str = "CA-X-26740";

pub fn kit() -> Kit {
    let texts = Texts::load(&[
        webkit::i18n::TEXTS,
        forms::TEXTS,
        dossier::TEXTS,
        registry::TEXTS,
        identity::TEXTS,
        credential::TEXTS,
        TEXTS,
    ]);
    let clock = FixedClock::at(NOW.parse().unwrap());
    let config = Config { extras: crate::assets(), ..Config::new([0; 32], false) };
    Kit::new(texts.unwrap(), Arc::new(clock), Arc::new(SeededEntropy::new(7)), config)
}

/// The real catalogue and one real service.
struct Country {
    catalogue: Catalogue,
    service: Arc<Service>,
}

impl Country {
    fn today(&self) -> Date {
        vietnam_date(NOW.parse().unwrap())
    }
}

impl Nation for Country {
    fn service(&self, _: &str, _: Date) -> Option<Arc<Service>> {
        Some(self.service.clone())
    }
    fn pinned(&self, _: &str, _: u32) -> Option<Arc<Service>> {
        Some(self.service.clone())
    }
    fn procedure(&self, code: &str) -> Option<ProcedureCard> {
        let procedure = self.catalogue.procedures().get(code)?;
        let [vi, en] = base::Lang::ALL.map(|lang| procedure.name.get(lang));
        let name = Text::new(vi, en);
        Some(ProcedureCard { code: code.into(), name: name.clone(), field: name, limit_days: Some(3) })
    }
    fn calendar(&self) -> &Calendar {
        self.catalogue.calendar()
    }
    fn agency_for(&self, _: &CommuneCode, _: forms::Level) -> Option<AgencyCard> {
        None
    }
    fn agency(&self, id: &AgencyId) -> Option<AgencyCard> {
        let agency = self.catalogue.agencies().get(id.as_str(), self.today())?;
        let (parent, commune, unit_code) = (None, None, String::new());
        Some(AgencyCard { id: id.clone(), name: agency.name, parent, commune, unit_code })
    }
    fn dossier_code(&self, _: &AgencyId, _: Date, _: u32) -> Option<String> {
        None
    }
    fn place(&self, code: &str) -> Option<Text> {
        let divisions = self.catalogue.divisions();
        let unit = divisions.unit_on(code, self.today())?;
        let [vi, en] = base::Lang::ALL.map(|lang| divisions.full_name(unit, lang));
        Some(Text { vi, en })
    }
    fn commune_in_force(&self, _: &str, _: Date) -> bool {
        true
    }
    fn commune_today(&self, code: &str) -> Option<CommuneCode> {
        Some(CommuneCode::new(code))
    }
    fn number_prefix_known(&self, _: &str) -> bool {
        true
    }
}

/// Everything that the sample pages are drawn from.
pub struct Sample {
    country: Country,
}

pub(super) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn citizen() -> Actor {
    let who = Who::Citizen { person: PersonId(id(1)), level: IdentityLevel::Two };
    Actor { account: AccountId(id(1)), who, strength: LoginStrength::One }
}

pub fn officer(role: Role) -> Officer {
    Sample::officer(role)
}

impl Sample {
    fn new() -> Self {
        let service =
            Service::parse(include_str!("../../../../../catalogue/services/1.004194/v1.toml")).unwrap();
        Self { country: Country { catalogue: Catalogue::embedded().unwrap(), service: Arc::new(service) } }
    }

    pub fn officer(role: Role) -> Officer {
        let who = Who::Staff { agency: AgencyId::new(AGENCY), role, name: "Trần Văn Tám".into() };
        Officer::of(Actor { account: AccountId(id(20)), who, strength: LoginStrength::Two }).unwrap()
    }

    pub fn words<'a>(&'a self, view: &'a View) -> Words<'a> {
        Words { say: view, nation: &self.country, catalogue: &self.country.catalogue }
    }

    /// A receipt, a result in force and one that was taken back.
    fn standings() -> BTreeMap<DocumentId, Standing> {
        let standings = [Standing::Valid, Standing::Valid, Standing::Revoked];
        (41..).map(|n| DocumentId(id(n))).zip(standings).collect()
    }

    fn colleagues() -> Vec<Colleague> {
        let officer = |n, name: &str, role| Colleague { account: AccountId(id(n)), name: name.into(), role };
        vec![
            officer(20, "Trần Văn Tám", Role::Decider),
            officer(21, "Trần Thị Sáu", Role::Receiver),
            officer(22, "Nguyễn Đình Chiến", Role::Head),
        ]
    }

    /// A dossier in the middle of its life, with a record under correction and one check that does not hold.
    pub(super) fn case(&self) -> Case {
        let source = Provenance {
            source: Text::new("Cơ sở dữ liệu quốc gia về dân cư", "National population database"),
            confirmed_on: Some(date(2026, 6, 3)),
        };
        let known =
            |person: Person, fact, value: forms::Value| person.with_source(fact, value, Some(source.clone()));
        let text = |t: &str| forms::Value::Text(t.into());
        let mut record = known(Person::default(), Fact::Name, text("Lê Thị Hồng Nhung"));
        record = known(record, Fact::Number, text("079190012345"));
        record = known(record, Fact::BirthDate, forms::Value::Date(date(1990, 5, 17)));
        record = known(record, Fact::Sex, text("female"));
        record = known(record, Fact::PermanentCommune, text("00004"));
        record = known(record, Fact::PermanentAddress, text("12 ngõ 5 phố Đội Cấn"));
        record = record.with(Fact::Exists, true).with(Fact::Living, true).with(Fact::Conflict, true);
        let host = Person::default()
            .with_source(Fact::Exists, true, Some(source.clone()))
            .with(Fact::Living, true)
            .with(Fact::PermanentCommune, COMMUNE)
            .with(Fact::IsHouseholder, false);
        let answers: Map<String, Json> = serde_json::from_value(json!({
            "phone": "0912345678", "commune": COMMUNE, "address": "Số 45 đường Lê Lợi, khu phố 3", "dwelling": "rented",
            "shares_household": true, "host_number": "079060001234", "host_relation": "lodger", "proof_on_record": false,
            "from": "2026-12-01", "to": "2027-11-30", "reason": "Đi làm", "with_members": false, "fee_exemption": "none",
        }))
        .unwrap();
        let mut d =
            Dossier::draft(PersonId(id(1)), DossierId(id(9)), "1.004194", 1, at("2026-11-17T02:00:00Z"));
        d.answers = Answers(answers);
        d.facts = Facts::of(record).with_party("host", vec![host]);
        d.status = Status::InProgress;
        d.version = 4;
        d.code = Some("G01.899.740-261117-000042".into());
        d.agency = Some(AgencyId::new(AGENCY));
        d.assignee = Some(AccountId(id(20)));
        d.clock = Clock { limit_days: 3, used_days: 0, running_since: Some(date(2026, 11, 17)) };
        d.due_on = Some(date(2026, 11, 20));
        d.submitted_at = Some(at("2026-11-17T02:10:00Z"));
        d.consents = BTreeMap::from([("host".into(), ConsentState::Given)]);
        let moment = |version, when: &str, happened, status, actor: u128, name: &str, detail| Moment {
            version,
            at: at(when),
            happened,
            status,
            actor: AccountId(id(actor)),
            actor_name: name.into(),
            agency: (!name.is_empty()).then(|| AgencyId::new(AGENCY)),
            detail,
        };
        let moments = vec![
            moment(1, "2026-11-17T02:10:00Z", Happened::Submitted, Status::Registered, 1, "", json!({})),
            moment(
                2,
                "2026-11-17T02:40:00Z",
                Happened::ConsentGiven,
                Status::Registered,
                2,
                "",
                json!({ "key": "host" }),
            ),
            moment(
                3,
                "2026-11-17T07:02:00Z",
                Happened::Received,
                Status::Accepted,
                21,
                "Trần Thị Sáu",
                json!({ "due_on": "2026-11-20" }),
            ),
            moment(
                4,
                "2026-11-18T01:15:00Z",
                Happened::Started,
                Status::InProgress,
                21,
                "Trần Thị Sáu",
                json!({}),
            ),
        ];
        let file = File {
            id: AttachmentId(id(31)),
            slot: "dwelling".into(),
            name: "hop-dong-thue.pdf".into(),
            media_type: Some("application/pdf".into()),
            bytes: 1_250_000,
            received: 1_250_000,
            sha256: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into()),
            completed_at: Some(at("2026-11-17T02:05:00Z")),
            sent_at: Some(at("2026-11-17T02:10:00Z")),
            replaced_at: None,
        };
        let kinds = [PaperKind::Receipt, PaperKind::Notice, PaperKind::Confirmation];
        let papers = (41..).zip(kinds).map(|(n, kind)| PaperRef {
            document: DocumentId(id(n)),
            kind,
            at: at("2026-11-17T07:02:05Z"),
        });
        let papers = papers.collect();
        let (facts, service) = (d.facts.clone(), self.country.service.clone());
        Case { dossier: d, service, facts, moments, files: vec![file], replaced: Vec::new(), papers }
    }

    fn scene<R>(&self, view: &View, role: Role, case: &Case, draw: impl FnOnce(&Scene<'_>) -> R) -> R {
        let officer = Self::officer(role);
        let (colleagues, standings) = (Self::colleagues(), Self::standings());
        let today = vietnam_date(view.now());
        draw(&Scene {
            words: self.words(view),
            view,
            officer: &officer,
            case,
            colleagues: &colleagues,
            standings: &standings,
            duplicates: &pairs::open(),
            today,
        })
    }

    fn item(
        n: u128,
        name: &str,
        procedure: &str,
        status: Status,
        due_on: Option<Date>,
        who: Option<u128>,
    ) -> InboxItem {
        InboxItem {
            dossier: DossierId(id(n)),
            applicant_name: name.into(),
            code: format!("G01.899.740-261117-{n:06}"),
            procedure: procedure.into(),
            status,
            assignee: who.map(|n| AccountId(id(n))),
            due_on,
            waits_second: n == 44,
            submitted_at: at("2026-11-17T02:10:00Z"),
            updated_at: at("2026-11-18T02:10:00Z"),
        }
    }

    fn inbox(&self, open: bool, empty: bool) -> Inbox {
        use Status::{InProgress, Registered, SupplementRequested};
        let (temporary, permanent, confirm) = ("1.004194", "1.004222", "1.010041");
        let due = |day| Some(date(2026, 11, day));
        let items = vec![
            Self::item(40, "Trần Văn Nam", permanent, InProgress, due(18), Some(20)),
            Self::item(41, "Phạm Đức Huy", temporary, InProgress, due(20), Some(21)),
            Self::item(42, "Lê Thị Hồng Nhung", temporary, InProgress, due(20), Some(20)),
            Self::item(43, "Nguyễn Hoàng Minh Khuê", confirm, Status::Accepted, due(23), Some(99)),
            Self::item(44, "Đặng Quốc Bảo", temporary, InProgress, due(26), Some(21)),
            Self::item(45, "Hồ Thị Mỹ Duyên", temporary, Registered, None, None),
            Self::item(46, "Vũ Ngọc Anh", permanent, SupplementRequested, None, Some(20)),
        ];
        let alert = |n, kind: &str| Alert {
            dossier: DossierId(id(n)),
            code: format!("G01.899.740-261117-{n:06}"),
            kind: kind.into(),
            at: at(NOW),
        };
        let figures = Figures { new: 1, working: 5, paused: 1, overdue: 1, today: 2, second: 1, done: 37 };
        Inbox {
            figures: if empty { Figures::default() } else { figures },
            alerts: if empty {
                Vec::new()
            } else {
                vec![alert(40, "breach"), alert(40, "reminder"), alert(41, "reminder"), alert(42, "reminder")]
            },
            page: if empty {
                Page { items: Vec::new(), next: None }
            } else {
                Page { items, next: Some("2026-11-26_x".into()) }
            },
            officers: Self::colleagues(),
            procedures: ["1.004194", "1.004222", "1.010041", "2.001159"].map(str::to_owned).to_vec(),
            open: open.then(|| self.case()),
            open_gone: false,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    pub open: String,
    pub empty: String,
    pub role: String,
    pub by: String,
    pub step: String,
    #[serde(rename = "do")]
    task: String,
}

/// A router of sample pages.
pub fn app() -> Router {
    let sample = Arc::new(Sample::new());
    let draw = |page: fn(&Sample, &View, &Wish) -> Markup| {
        let sample = Arc::clone(&sample);
        get(move |view: View, Query(wish): Query<Wish>| async move {
            Html(page(&sample, &view, &wish).into_string())
        })
    };
    kit().wrap(
        Router::new()
            .route("/inbox", draw(inbox_page))
            .route("/dossier", draw(dossier))
            .route("/task", draw(task))
            .route("/conflict", draw(conflict))
            .route("/fault", draw(fault))
            .route("/people", draw(people_samples::people_form))
            .route("/people-one", draw(people_samples::people_one))
            .route("/people-reset", draw(people_samples::people_reset))
            .route("/people-foreigner", draw(people_samples::people_foreigner))
            .route("/people-many", draw(people_samples::people_many))
            .route("/workload", draw(load))
            .route("/quality", draw(quality_page))
            .route("/quality-work", draw(quality_list))
            .route("/account", draw(staff_samples::account_page))
            .route("/enrol", draw(staff_samples::enrol))
            .route("/revoke", draw(revoke_page))
            .route("/staff", draw(staff_samples::staff_page))
            .route("/staff-one", draw(staff_samples::staff_one))
            .route("/staff-code", draw(staff_samples::staff_code))
            .route("/counter", draw(staff_samples::counter_page))
            .route("/counter-paper", draw(staff_samples::counter_paper))
            .route("/people-locked", draw(lock_samples::people_locked))
            .route("/locks", draw(lock_samples::locks_page))
            .route("/account-lock", draw(lock_samples::account_page))
            .route("/refusal", draw(lock_samples::refusal_page))
            .route("/refusal-notice", draw(lock_samples::refusal_notice))
            .route("/foreigners", draw(organisation_samples::foreigners_page))
            .route("/foreigners-alike", draw(organisation_samples::foreigners_alike))
            .route("/organisations", draw(organisation_samples::organisations_page))
            .route("/duty", draw(staff_samples::duty_page))
            .route("/corrections", draw(requests::list))
            .route("/correction", draw(requests::one))
            .route("/disputes", draw(sources::list))
            .route("/dispute", draw(sources::one))
            .route("/duplicates", draw(pairs::duplicates_page))
            .route("/duplicate", draw(pairs::duplicate_page))
            .route("/set-up", draw(|_, view, _| set_up::page(view, &Form::default(), &[])))
            .route(
                "/kept",
                draw(|_, view, _| sign_in::page(view, &Form::from_pairs([("kept", "00")]), &[], false)),
            )
            .route("/sign-in", draw(|_, view, _| sign_in::page(view, &Form::default(), &[], true))),
    )
}

fn inbox_page(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let open = !wish.open.is_empty();
    let asked = Asked {
        open: if open { "G01.899.740-261117-000042".into() } else { String::new() },
        ..Asked::default()
    };
    inbox::page(
        &s.words(view),
        view,
        &Sample::officer(Role::Decider),
        &asked,
        &s.inbox(open, !wish.empty.is_empty()),
    )
}

fn dossier(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let role = Role::parse(&wish.role).unwrap_or(Role::Decider);
    s.scene(view, role, &s.case(), |scene| page(scene, None))
}

/// The dossier in a state in which the wished form is possible.
fn task(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let action = Action::parse(&wish.task).unwrap();
    let mut case = s.case();
    match action {
        Action::RecordPayment => case.dossier.status = Status::PaymentRequested,
        Action::ConfirmRefusal | Action::RejectRefusal => {
            let (reason, note) = ("not_living_there".into(), "Đã xác minh ngày 19/11.".into());
            let by = AccountId(id(21));
            case.dossier.proposal = Some(Proposal { reason, note, by, by_name: "Trần Thị Sáu".into() });
        }
        _ => {}
    }
    let role = if matches!(action, Action::Assign | Action::Stop) { Role::Head } else { Role::Decider };
    let mut task = Task::new(action);
    if action == Action::Forward {
        task.typed = Form::from_pairs([("agency-q", "ba dinh"), ("agency-find", "1")]);
    }
    s.scene(view, role, &case, |scene| page(scene, Some(&task)))
}

fn conflict(s: &Sample, view: &View, _: &Wish) -> Markup {
    let typed = Form::from_pairs([
        ("pick", "t.dwelling_unreadable"),
        ("note.t.dwelling_unreadable", "Ảnh mờ, đề nghị chụp lại"),
    ]);
    let task = Task { typed, overtaken: Some(3), ..Task::new(Action::Supplement) };
    s.scene(view, Role::Decider, &s.case(), |scene| page(scene, Some(&task)))
}

fn fault(s: &Sample, view: &View, _: &Wish) -> Markup {
    let faults = vec![FieldFault::new("note", "forms.required")];
    let typed = Form::from_pairs([("reason", "not_living_there")]);
    let task = Task { typed, faults, ..Task::new(Action::ProposeRefusal) };
    s.scene(view, Role::Decider, &s.case(), |scene| page(scene, Some(&task)))
}

fn revoke_page(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let case = s.case();
    let faults = vec![FieldFault::new("reason", "credential.reason_required")];
    let faults = if wish.empty.is_empty() { &[] } else { faults.as_slice() };
    s.scene(view, Role::Head, &case, |scene| {
        dossier_page::revoke::page(scene, &case.papers[1], &Form::default(), faults)
    })
}

fn load(s: &Sample, view: &View, _: &Wish) -> Markup {
    let load = |who: Option<u128>, working, overdue, done| Load {
        officer: who.map(|n| AccountId(id(n))),
        working,
        overdue,
        done,
    };
    let loads = vec![load(Some(20), 14, 1, 22), load(Some(21), 9, 0, 15), load(None, 3, 2, 0)];
    let workload = Workload { figures: s.inbox(false, false).figures, loads, officers: Sample::colleagues() };
    workload::page(&s.words(view), view, &Sample::officer(Role::Head), &workload)
}

fn quality_page(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let overview = match wish.by.as_str() {
        _ if wish.empty == "1" => quality_samples::nobody(),
        by => quality_samples::overview(by == "province"),
    };
    quality::page(&s.words(view), view, &Sample::officer(Role::Head), &quality_samples::rules(), &overview)
}

fn quality_list(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let (asked, found) = (quality_work::Asked::default(), quality_samples::findings(wish.empty != "1"));
    quality_work::page(
        &s.words(view),
        view,
        &Sample::officer(Role::Head),
        &quality_samples::rules(),
        &asked,
        (&found, &Sample::colleagues()),
    )
}

/// Serves the sample pages for looking at them: `DESK_SAMPLES=127.0.0.1:8123 cargo test -p desk -- --ignored samples`.
#[tokio::test]
#[ignore = "serves until it is stopped"]
async fn samples_are_served() {
    let address = std::env::var("DESK_SAMPLES").unwrap();
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    webkit::serve(app(), listener, webkit::ServeLimits::default(), std::future::pending()).await.unwrap();
}
