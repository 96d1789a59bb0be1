//! What a person says is wrong in their record: asked, routed, decided, or late.

use std::sync::Arc;

use base::{Calendar, Fault, Text};
use contracts::{
    Access, AccountId, Actor, AgencyId, CommuneCode, IdentityLevel, PersonId, Purpose, Role, Who,
    actor::LoginStrength,
    ports::{AgencyCard, Nation, ProcedureCard},
};
use forms::{Level, Service};
use jiff::{
    SignedDuration,
    civil::{Date, date},
};
use registry::{
    RegistryError,
    corrections::{
        Answer, Asked, Correction, Decision, Handed, NewCorrection, State, StepKind, Subject, Target,
        Verdict, correction_answer, correction_ask, correction_decide, correction_list, correction_own,
        correction_read, correction_withdraw,
    },
    model::{Item, Source},
    ops::{self, Basis, NewPaper, person_history},
};
use store::jobs::Handlers;
use uuid::Uuid;

use crate::world::{SmallNation, World, audit_bodies};

/// The small nation with its agencies: police and committees of communes, the police of one province.
struct Country(Arc<SmallNation>);

impl Nation for Country {
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
        self.0.calendar()
    }
    fn agency_for(&self, _: &CommuneCode, level: Level) -> Option<AgencyCard> {
        (level == Level::Province).then(|| self.agency(&AgencyId::new("CA-T-01")))?
    }
    fn agency(&self, id: &AgencyId) -> Option<AgencyCard> {
        let name = Text::new(format!("Cơ quan {id}"), format!("Agency {id}"));
        Some(AgencyCard { id: id.clone(), name, parent: None, commune: None, unit_code: String::new() })
    }
    fn dossier_code(&self, _: &AgencyId, _: Date, _: u32) -> Option<String> {
        None
    }
    fn place(&self, code: &str) -> Option<Text> {
        self.0.place(code)
    }
    fn commune_in_force(&self, code: &str, on: Date) -> bool {
        self.0.commune_in_force(code, on)
    }
    fn commune_today(&self, code: &str) -> Option<CommuneCode> {
        self.0.commune_today(code)
    }
    fn number_prefix_known(&self, prefix: &str) -> bool {
        self.0.number_prefix_known(prefix)
    }
}

macro_rules! done {
    ($world:expr, |$tx:ident| $operation:expr) => {{
        $world.db.clock.advance(SignedDuration::from_mins(1));
        let mut transaction = $world.begin().await;
        let $tx = &mut transaction;
        let outcome: Result<_, RegistryError> = $operation.await;
        transaction.finish(outcome).await
    }};
}

fn code<T>(outcome: Result<T, RegistryError>) -> &'static str {
    outcome.err().map_or("done", |e| e.code())
}

fn fields<T>(outcome: Result<T, RegistryError>) -> Vec<(String, String)> {
    let faults = outcome.err().map(|e| e.fields().to_vec()).unwrap_or_default();
    faults.into_iter().map(|f| (f.field, f.code)).collect()
}

fn fault(field: &str, code: &str) -> (String, String) {
    (field.to_owned(), code.to_owned())
}

fn access(account: u128, who: Who) -> Access {
    let actor = Actor { account: AccountId(Uuid::from_u128(account)), who, strength: LoginStrength::Two };
    Access::new(&actor, Purpose::CORRECT_RECORD)
}

fn citizen(person: PersonId) -> Access {
    access(1, Who::Citizen { person, level: IdentityLevel::Two })
}

fn officer(agency: &str, role: Role, account: u128) -> Access {
    access(account, Who::Staff { agency: AgencyId::new(agency), role, name: format!("Cán bộ {account}") })
}

fn says(item: &str, value: Option<&str>) -> NewCorrection {
    NewCorrection {
        subject: Subject::parse(item).unwrap(),
        wrong: "Sai so với giấy khai sinh.".into(),
        value: value.map(Into::into),
        document: Some("Giấy khai sinh 15/1990".into()),
    }
}

fn decides(verdict: Verdict, value: Option<&str>) -> Decision {
    let reason = "Đã đối chiếu với sổ hộ tịch.".into();
    Decision { verdict, value: value.map(Into::into), since: None, reason, document: None }
}

struct Desk {
    world: World,
    country: Country,
    chi: PersonId,
}

impl Desk {
    async fn new() -> Self {
        let world = World::with_people().await;
        let chi = world.person("001190000003").await;
        Self { country: Country(world.nation.clone()), chi, world }
    }

    async fn ask(&self, new: &NewCorrection, key: Option<&str>) -> Result<Handed, RegistryError> {
        done!(self.world, |tx| correction_ask(tx, &citizen(self.chi), &self.country, new, key))
    }

    async fn asked(&self, item: &str, value: Option<&str>) -> Uuid {
        self.ask(&says(item, value), None).await.unwrap().id
    }

    async fn now(&self, id: Uuid) -> Correction {
        let own = done!(self.world, |tx| correction_own(tx, &citizen(self.chi))).unwrap();
        own.into_iter().find(|c| c.id == id).unwrap()
    }

    async fn target(&self, id: Uuid) -> Target {
        Target { person: self.chi, id, version: self.now(id).await.version }
    }

    async fn decide(&self, who: &Access, id: Uuid, decision: &Decision) -> Result<State, RegistryError> {
        let target = self.target(id).await;
        done!(self.world, |tx| correction_decide(tx, who, &self.country, &target, decision))
    }

    async fn answer(&self, who: &Access, id: Uuid, answer: &Answer) -> Result<State, RegistryError> {
        let target = self.target(id).await;
        done!(self.world, |tx| correction_answer(tx, who, &self.country, &target, answer))
    }

    async fn steps(&self, who: &Access, id: Uuid) -> Vec<StepKind> {
        let view = done!(self.world, |tx| correction_read(tx, who, self.chi, id)).unwrap();
        view.steps.iter().map(|s| s.kind).collect()
    }

    async fn events(&self, topic: &str) -> Vec<String> {
        let connection = self.world.db.store.connection().await.unwrap();
        let sql = "SELECT payload::text FROM store.outbox WHERE topic = $1 ORDER BY id";
        connection.query(sql, &[&topic]).await.unwrap().iter().map(|r| r.get(0)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_goes_to_the_agency_that_the_law_names_for_two_working_days() {
    let desk = Desk::new().await;
    for (item, agency) in [
        ("name", "UBND-X-00004"),
        ("kin_father", "UBND-X-00004"),
        ("permanent_residence", "CA-X-00004"),
        ("household", "CA-X-00004"),
        ("phone", "CA-X-00004"),
        ("papers", "PC06-01"),
    ] {
        let handed = desk.ask(&says(item, None), None).await.unwrap();
        assert_eq!((handed.agency.as_str(), handed.due_on), (agency, date(2026, 11, 24)), "{item}");
    }
    // Dũng lives in one commune for good and in another for a while: the first counts.
    let dung = desk.world.person("001088000004").await;
    let new = says("phone", Some("0912345678"));
    let handed =
        done!(desk.world, |tx| correction_ask(tx, &citizen(dung), &desk.country, &new, None)).unwrap();
    assert_eq!(handed.agency.as_str(), "CA-X-00070");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_has_one_open_request_and_a_repeated_one_is_the_same() {
    let desk = Desk::new().await;
    let new = says("ethnicity", Some("02"));
    let first = desk.ask(&new, Some("k1")).await.unwrap();
    assert_eq!(desk.ask(&new, Some("k1")).await.unwrap(), first);
    assert_eq!(code(desk.ask(&says("ethnicity", None), Some("k1")).await), "registry.key_reused");
    assert_eq!(code(desk.ask(&new, Some("k2")).await), "registry.correction_open");
    assert_eq!(code(desk.ask(&says("religion", None), Some("k3")).await), "done", "another item");

    let target = desk.target(first.id).await;
    done!(desk.world, |tx| correction_withdraw(tx, &citizen(desk.chi), &target)).unwrap();
    assert_eq!(desk.now(first.id).await.state, State::Withdrawn);
    let again = done!(desk.world, |tx| correction_withdraw(tx, &citizen(desk.chi), &target));
    assert_eq!(code(again), "store.conflict", "somebody was there first");
    assert_eq!(code(desk.ask(&new, Some("k4")).await), "done", "after it was taken back");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_requests_for_one_item_at_once_leave_one() {
    let desk = Desk::new().await;
    let new = says("religion", Some("Phật giáo"));
    let (one, other) = tokio::join!(desk.ask(&new, None), desk.ask(&new, None));
    let codes = [code(one), code(other)];
    assert!(codes.contains(&"done") && codes != ["done", "done"], "{codes:?}");
    let own = done!(desk.world, |tx| correction_own(tx, &citizen(desk.chi))).unwrap();
    assert_eq!(own.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_value_breaks_its_own_rule_and_a_request_must_say_what_is_wrong() {
    let desk = Desk::new().await;
    for (item, value, rule) in [
        ("birth_date", "1990-13-01", "registry.no_such_day"),
        ("sex", "nam", "registry.choice"),
        ("phone", "12", "registry.phone"),
        ("ethnicity", "99", "registry.ethnicity"),
        ("name", "An 2", "registry.name_not_letters"),
    ] {
        assert_eq!(fields(desk.ask(&says(item, Some(value)), None).await), [fault("value", rule)]);
    }
    let silent = NewCorrection { wrong: " ".into(), ..says("name", None) };
    assert_eq!(fields(desk.ask(&silent, None).await), [fault("wrong", "registry.required")]);
    let same = desk.ask(&says("name", Some("Nguyễn Thị Chi")), None).await;
    assert_eq!(code(same), "registry.nothing_to_correct");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_request_changes_the_record_with_its_provenance_and_tells_the_person() {
    let desk = Desk::new().await;
    let id = desk.asked("ethnicity", Some("02")).await;
    let decider = officer("UBND-X-00004", Role::Decider, 7);
    let empty = desk.decide(&decider, id, &decides(Verdict::Accept, None)).await;
    assert_eq!(fields(empty), [fault("value", "registry.required")]);
    let state = desk.decide(&decider, id, &decides(Verdict::Accept, Some("02"))).await.unwrap();
    assert_eq!(state, State::Accepted);

    let record = done!(desk.world, |tx| ops::person_record(tx, &citizen(desk.chi), desk.chi)).unwrap();
    let item = record.items.iter().find(|i| i.item == Item::Ethnicity).unwrap();
    assert_eq!(item.value, "02");
    assert_eq!(item.origin.source, Source::CivilStatus.text());
    assert_eq!(item.origin.document.as_deref(), Some("Giấy khai sinh 15/1990"));
    assert_eq!(item.origin.agency.as_deref(), Some("UBND-X-00004"));
    let history = done!(desk.world, |tx| person_history(tx, &citizen(desk.chi), desk.chi)).unwrap();
    let before = history.items.iter().find(|i| i.item == Item::Ethnicity).unwrap();
    assert!(before.value == "01" && before.known_to.is_some(), "what was believed before stays to be seen");

    assert_eq!(desk.steps(&citizen(desk.chi), id).await, [StepKind::Asked, StepKind::Accepted]);
    let notices = desk.events("notice.due").await;
    assert!(notices[0].contains(&format!("/record/corrections/{id}")), "{notices:?}");
    assert_eq!(
        code(desk.decide(&decider, id, &decides(Verdict::Refuse, None)).await),
        "registry.correction_state"
    );
    let entries = audit_bodies(&desk.world.db.store).await;
    for action in ["registry.correction_ask", "registry.correction_decide", "registry.item_correct"] {
        let entry = entries.iter().find(|b| b.contains(action)).unwrap();
        assert!(entry.contains(&desk.chi.to_string()) && entry.contains("correct_record"), "{entry}");
        assert!(!entry.contains("khai sinh"), "no words of the person reach the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_name_two_officers_decide_and_the_person_sees_only_the_outcome() {
    let desk = Desk::new().await;
    let id = desk.asked("name", Some("Nguyễn Thị Chí")).await;
    let [one, two] = [7, 8].map(|n| officer("UBND-X-00004", Role::Decider, n));
    let yes = decides(Verdict::Accept, Some("Nguyễn Thị Chí"));
    assert_eq!(
        code(desk.answer(&two, id, &Answer::Confirm).await),
        "registry.correction_state",
        "nothing to confirm"
    );
    assert_eq!(desk.decide(&one, id, &yes).await.unwrap(), State::Proposed);
    let name = async || {
        let record = done!(desk.world, |tx| ops::person_record(tx, &citizen(desk.chi), desk.chi)).unwrap();
        record.value(Item::Name).unwrap().to_owned()
    };
    assert_eq!(name().await, "Nguyễn Thị Chi", "a proposal changes nothing");
    assert_eq!(code(desk.answer(&one, id, &Answer::Confirm).await), "registry.correction_four_eyes");
    let back = desk.answer(&two, id, &Answer::SendBack("Thiếu bản chính.".into())).await;
    assert_eq!(back.unwrap(), State::Open);
    assert_eq!(desk.decide(&two, id, &yes).await.unwrap(), State::Proposed);
    assert_eq!(desk.answer(&one, id, &Answer::Confirm).await.unwrap(), State::Accepted);
    assert_eq!(name().await, "Nguyễn Thị Chí");
    assert_eq!(desk.steps(&citizen(desk.chi), id).await, [StepKind::Asked, StepKind::Accepted]);
    let inside = [
        StepKind::Asked,
        StepKind::ProposedAccept,
        StepKind::SentBack,
        StepKind::ProposedAccept,
        StepKind::Accepted,
    ];
    assert_eq!(desk.steps(&one, id).await, inside);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_needs_a_reason_and_leaves_the_record_alone() {
    let desk = Desk::new().await;
    let id = desk.asked("religion", Some("Phật giáo")).await;
    let police = officer("CA-X-00004", Role::Head, 7);
    let silent = Decision { reason: String::new(), ..decides(Verdict::Refuse, None) };
    assert_eq!(fields(desk.decide(&police, id, &silent).await), [fault("reason", "registry.required")]);
    assert_eq!(desk.decide(&police, id, &decides(Verdict::Refuse, None)).await.unwrap(), State::Refused);
    let record = done!(desk.world, |tx| ops::person_record(tx, &citizen(desk.chi), desk.chi)).unwrap();
    assert_eq!(record.value(Item::Religion), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_act_of_its_own_puts_right_is_accepted_when_that_act_is_in_the_record() {
    let desk = Desk::new().await;
    let id = desk.asked("papers", None).await;
    let identity = officer("PC06-01", Role::Decider, 7);
    let by = |document: &str| Decision { document: Some(document.into()), ..decides(Verdict::Accept, None) };
    let nothing = desk.decide(&identity, id, &decides(Verdict::Accept, None)).await;
    assert_eq!(fields(nothing), [fault("document", "registry.required")]);
    assert_eq!(code(desk.decide(&identity, id, &by("CC-1")).await), "registry.correction_act_missing");
    let paper = NewPaper {
        kind: "identity_card".into(),
        number: "001190000003".into(),
        issued_at: Some("Bộ Công an".into()),
        issued_on: date(2026, 11, 20),
        expires_on: None,
    };
    let basis = Basis { source: Source::Population, ..Basis::civil_status("CC-1") };
    done!(desk.world, |tx| ops::paper_issue(tx, &identity, desk.chi, &paper, &basis)).unwrap();
    assert_eq!(desk.decide(&identity, id, &by("CC-1")).await.unwrap(), State::Accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_sees_or_touches_a_request() {
    let desk = Desk::new().await;
    let id = desk.asked("religion", Some("Phật giáo")).await;
    let an = desk.world.person("001065000001").await;
    let target = desk.target(id).await;
    let other = done!(desk.world, |tx| correction_read(tx, &citizen(an), desk.chi, id));
    assert_eq!(code(other), "registry.forbidden");
    let taken = done!(desk.world, |tx| correction_withdraw(tx, &citizen(an), &target));
    assert_eq!(code(taken), "registry.forbidden");
    let elsewhere = officer("CA-X-00070", Role::Head, 7);
    let read = done!(desk.world, |tx| correction_read(tx, &elsewhere, desk.chi, id));
    assert_eq!(code(read), "registry.no_such_correction", "another agency's matter");
    assert_eq!(
        code(desk.decide(&elsewhere, id, &decides(Verdict::Refuse, None)).await),
        "registry.no_such_correction"
    );
    let receiver = officer("CA-X-00004", Role::Receiver, 7);
    assert_eq!(code(desk.decide(&receiver, id, &decides(Verdict::Refuse, None)).await), "registry.forbidden");

    let lines = done!(desk.world, |tx| correction_list(tx, &receiver, &Asked::default())).unwrap();
    assert_eq!((lines.page.items.len(), lines.open, lines.overdue), (1, 1, 0));
    assert_eq!(lines.page.items[0].name.as_deref(), Some("Nguyễn Thị Chi"));
    let empty = done!(desk.world, |tx| correction_list(tx, &elsewhere, &Asked::default())).unwrap();
    assert_eq!(empty.page.items.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agency_is_reminded_then_the_head_is_told_and_the_person_gets_an_apology_once() {
    let desk = Desk::new().await;
    let (id, done) = (desk.asked("religion", None).await, desk.asked("phone", None).await);
    let police = officer("CA-X-00004", Role::Head, 7);
    desk.decide(&police, done, &decides(Verdict::Refuse, None)).await.unwrap();
    let handlers = Handlers::new(registry::jobs::handlers(&crate::quality::over(Arc::new(Country(
        desk.world.nation.clone(),
    )))));
    let run = async |at: &str| {
        desk.world.db.clock.set(at.parse().unwrap());
        store::jobs::drain(&desk.world.db.store, &handlers).await.unwrap();
    };
    run("2026-11-23T00:30:00Z").await;
    assert_eq!(desk.steps(&police, id).await, [StepKind::Asked], "not before eight");
    run("2026-11-23T01:30:00Z").await;
    assert_eq!(desk.steps(&police, id).await, [StepKind::Asked, StepKind::Reminded]);
    run("2026-11-25T01:30:00Z").await;
    run("2026-11-26T01:30:00Z").await;
    assert_eq!(desk.steps(&police, id).await, [StepKind::Asked, StepKind::Reminded, StepKind::Overdue]);
    assert_eq!(desk.steps(&citizen(desk.chi), id).await, [StepKind::Asked, StepKind::Overdue]);
    assert_eq!(
        desk.steps(&police, done).await,
        [StepKind::Asked, StepKind::Refused],
        "what is decided rests"
    );
    let apologies = desk.events("notice.due").await;
    assert_eq!(apologies.iter().filter(|n| n.contains("xin lỗi")).count(), 1, "{apologies:?}");
    let lines = done!(desk.world, |tx| correction_list(tx, &police, &Asked::default())).unwrap();
    assert_eq!((lines.overdue, lines.page.items[0].correction.overdue_at.is_some()), (1, true));
}
