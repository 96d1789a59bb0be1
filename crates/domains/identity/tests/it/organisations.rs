//! Accounts of organisations: asked for, checked, activated, and represented by people.

use contracts::{
    AccountId, Actor, AgencyId, IdentityLevel, LoginStrength, OrganisationId, PersonId, Role, events::emit,
    ports::Holders,
};
use identity::{
    Current, IdentityError, LockReason, Password,
    enrolment::{Counts, Whose},
    follow, ops as accounts,
    organisation::{
        self, Scope,
        model::Act,
        ops::{self, Authorising, Opened, Proposing, Shown},
        typed::Typed,
    },
    seed::{self, SeedCitizen},
};
use jiff::civil::{Date, date};
use store::jobs::Handlers;
use uuid::Uuid;

use crate::world::{AN, BE, BINH, PASSWORD, World, agency, code_of};

const CHI: &str = "079188000003";

/// An, Bình, a child and Chi have accounts; all but Chi's are of level 2.
pub async fn people(w: &World) -> [AccountId; 4] {
    let one = |n: u128, number: &str, level| SeedCitizen {
        person: PersonId(Uuid::from_u128(n)),
        number: number.parse().unwrap(),
        level,
        password: Password::new(PASSWORD),
    };
    let (one_, two) = (IdentityLevel::One, IdentityLevel::Two);
    let people = [one(1, AN, two), one(2, BINH, two), one(3, BE, two), one(4, CHI, one_)];
    let tx = w.begin().await;
    let made = seed::citizens(&w.cx, &tx, &people).await;
    tx.finish(made).await.unwrap().try_into().unwrap()
}

/// Signed in with two factors.
pub async fn strong(w: &World, number: &str) -> Current {
    let mut current = w.citizen_in(number).await.current;
    current.actor.strength = LoginStrength::Two;
    current
}

pub fn form() -> Typed {
    Typed {
        kind: "enterprise".into(),
        name: "Công ty TNHH Sao Mai".into(),
        tax_code: "0100109106".into(),
        founded_on: Some(date(2015, 3, 1)),
        commune: "26740".into(),
        address: "12 Lê Lợi".into(),
        title: "Giám đốc".into(),
        ..Typed::default()
    }
}

/// Runs one operation in a transaction of its own, a second after the one before.
macro_rules! step {
    ($w:expr, |$tx:ident| $op:expr) => {{
        $w.wait(1);
        let mut transaction = $w.begin().await;
        let $tx = &mut transaction;
        let outcome = $op.await;
        transaction.finish(outcome).await
    }};
}
pub(crate) use step;

async fn ask(w: &World, me: &Current) -> Result<Opened, IdentityError> {
    step!(w, |tx| ops::organisation_ask(&w.cx, tx, me, &form()))
}

pub async fn approve(w: &World, officer: &Actor, id: OrganisationId) -> Result<(), IdentityError> {
    let mut tx = w.begin().await;
    let waiting = ops::organisation_waiting(&mut tx, officer, &agency()).await.unwrap();
    let file = waiting.iter().find(|one| one.organisation.id == id).unwrap().file.id;
    drop(tx);
    step!(w, |tx| ops::organisation_approve(&w.cx, tx, officer, id, file))
}

/// An's company, in use.
pub async fn company(w: &World, an: &Current) -> OrganisationId {
    let officer = w.actor("giai.quyet", Role::Decider).await;
    let opened = ask(w, an).await.unwrap();
    approve(w, &officer, opened.organisation).await.unwrap();
    step!(w, |tx| ops::organisation_activate(tx, an, opened.organisation)).unwrap();
    opened.organisation
}

pub fn lets(number: &str, scope: &[Scope], until: Date) -> Authorising {
    Authorising {
        number: number.into(),
        title: "Kế toán trưởng".into(),
        scope: scope.to_vec(),
        until: Some(until),
    }
}

pub async fn authorise(
    w: &World,
    me: &Current,
    id: OrganisationId,
    input: &Authorising,
) -> Result<organisation::RepresentationId, IdentityError> {
    step!(w, |tx| ops::representative_authorise(&w.cx, tx, me, id, input))
}

pub async fn read(w: &World, me: &Current, id: OrganisationId) -> Result<Shown, IdentityError> {
    step!(w, |tx| ops::organisation_read(tx, me, id, None))
}

/// For whom somebody may act at other services.
pub async fn acts_for(w: &World, account: AccountId) -> Vec<String> {
    let tx = w.begin().await;
    let found = w.cx.organisations(&tx, account).await.unwrap();
    found.into_iter().map(|one| format!("{} {}", one.name, one.role)).collect()
}

/// The field and rule of a refusal.
fn fault<T>(outcome: Result<T, IdentityError>) -> String {
    use base::Fault;
    let refused = outcome.err().unwrap();
    refused.fields().iter().map(|f| format!("{} {}", f.field, f.code)).collect::<Vec<_>>().join(", ")
}

async fn ended(w: &World) -> Vec<String> {
    w.texts("SELECT payload->>'account' FROM store.outbox WHERE topic = 'identity.representation_ended' ORDER BY id").await
}

#[tokio::test]
async fn an_organisation_is_asked_for_online_checked_by_an_officer_and_activated_by_its_representative() {
    let w = World::new().await;
    let [an, ..] = people(&w).await;
    let me = strong(&w, AN).await;
    let opened = ask(&w, &me).await.unwrap();
    assert_eq!((opened.agency, opened.due_on), (agency(), date(2026, 11, 25)), "three working days");
    assert!(opened.code.parse::<organisation::Code>().is_ok());
    let activate = async || step!(w, |tx| ops::organisation_activate(tx, &me, opened.organisation));
    assert_eq!(code_of(activate().await), "identity.not_approved");
    let officer = w.actor("giai.quyet", Role::Decider).await;
    approve(&w, &officer, opened.organisation).await.unwrap();
    assert_eq!(acts_for(&w, an).await, Vec::<String>::new(), "not before it is in use");
    activate().await.unwrap();
    assert_eq!(code_of(activate().await), "identity.wrong_state");
    assert_eq!(acts_for(&w, an).await, ["Công ty TNHH Sao Mai legal"]);

    let mine = step!(w, |tx| ops::organisation_list(tx, &me)).unwrap();
    assert_eq!((mine.len(), mine[0].organisation.code.as_str()), (1, opened.code.as_str()));
    let shown = read(&w, &me, opened.organisation).await.unwrap();
    assert!(shown.is_legal() && shown.file.is_none());
    let acts: Vec<Act> = shown.acts.iter().map(|line| line.act).collect();
    assert_eq!(acts, [Act::Activated, Act::Approved, Act::Collected]);
    assert_eq!(shown.acts[1].agency, Some(agency()));
    assert_eq!(shown.acts[1].person, None, "officers are named by their agency");
    assert_eq!(shown.acts[0].person, Some(crate::world::an()));

    let mut tx = w.begin().await;
    let from = date(2026, 11, 1);
    let counted = accounts::funnel(&mut tx, &Actor::system(), from).await.unwrap();
    assert_eq!(counted.len(), 1);
    assert_eq!((counted[0].whose, counted[0].commune.as_str()), (Whose::Organisation, "26740"));
    assert_eq!(counted[0].counts, Counts { collected: 1, approved: 1, activated: 1, ended: 0 });
    let log = w.audit().await;
    let entry = log.iter().find(|e| e.contains("identity.organisation_activate")).unwrap();
    for said in ["represent", "NĐ 69/2024", &an.to_string(), &opened.organisation.to_string()] {
        assert!(entry.contains(said), "{said}: {entry}");
    }
}

#[tokio::test]
async fn asking_takes_level_two_two_factors_and_a_whole_form() {
    let w = World::new().await;
    people(&w).await;
    let chi = strong(&w, CHI).await;
    assert_eq!(code_of(ask(&w, &chi).await.map(drop)), "identity.level_two_needed");
    let weak = w.citizen_in(AN).await.current;
    assert_eq!(code_of(ask(&w, &weak).await.map(drop)), "identity.second_factor_needed");
    let child = strong(&w, BE).await;
    assert_eq!(fault(ask(&w, &child).await), "title identity.representative_age");
    let me = strong(&w, AN).await;
    let elsewhere = Typed { commune: "99999".into(), ..form() };
    let asked = step!(w, |tx| ops::organisation_ask(&w.cx, tx, &me, &elsewhere));
    assert_eq!(fault(asked), "commune identity.organisation_commune");
    w.officer("can.bo", Role::Receiver).await;
    let officer = w.officer_in("can.bo").await.current;
    assert_eq!(code_of(ask(&w, &officer).await.map(drop)), "identity.forbidden");
    assert_eq!(w.texts("SELECT name FROM identity.organisation").await, Vec::<String>::new());
}

#[tokio::test]
async fn at_the_counter_one_officer_takes_the_form_and_another_decides() {
    let w = World::new().await;
    people(&w).await;
    let taker = w.actor("tiep.nhan", Role::Decider).await;
    let collect = async |actor: &Actor, number: &str, typed: &Typed| {
        step!(w, |tx| ops::organisation_collect(&w.cx, tx, actor, number, typed))
    };
    let elsewhere = AgencyId::new("CA-X-99999");
    let who = contracts::Who::Staff { agency: elsewhere, role: Role::Receiver, name: "Ai Đó".into() };
    let stranger = Actor { who, ..taker.clone() };
    assert_eq!(code_of(collect(&stranger, AN, &form()).await.map(drop)), "identity.wrong_office");
    let both = collect(&taker, "12", &Typed { name: String::new(), ..form() }).await;
    assert_eq!(fault(both), "representative identity.number_shape, name identity.organisation_name");
    assert_eq!(fault(collect(&taker, CHI, &form()).await), "representative identity.representative_level");
    assert_eq!(fault(collect(&taker, BE, &form()).await), "representative identity.representative_age");
    let opened = collect(&taker, AN, &form()).await.unwrap();
    assert_eq!(code_of(approve(&w, &taker, opened.organisation).await), "identity.second_person_needed");
    let again = collect(&taker, AN, &form()).await;
    assert_eq!(fault(again), "tax_code identity.organisation_known", "one file of one person");
    let head = w.actor("thu.truong", Role::Head).await;
    assert_eq!(code_of(collect(&head, AN, &form()).await.map(drop)), "identity.forbidden");
    approve(&w, &head, opened.organisation).await.unwrap();
    let again = collect(&taker, BINH, &form()).await;
    assert_eq!(fault(again), "tax_code identity.organisation_known", "one account");
    let told = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due'").await;
    assert!(told.iter().any(|t| t.contains("đã được duyệt")), "{told:?}");
}

#[tokio::test]
async fn whoever_asks_first_keeps_nobody_else_from_asking_and_the_officer_decides() {
    let w = World::new().await;
    people(&w).await;
    // Somebody asks for a company that is not theirs, by its tax code and by its decision.
    let binh = strong(&w, BINH).await;
    let decision = |name: &str| Typed {
        kind: "other".into(),
        name: name.into(),
        tax_code: String::new(),
        decision: "QĐ 12/2015".into(),
        ..form()
    };
    let theirs = ask(&w, &binh).await.unwrap();
    step!(w, |tx| ops::organisation_ask(&w.cx, tx, &binh, &decision("Quỹ Sao Mai"))).unwrap();
    let me = strong(&w, AN).await;
    let mine = ask(&w, &me).await.unwrap();
    step!(w, |tx| ops::organisation_ask(&w.cx, tx, &me, &decision("Quỹ Sao Mai"))).unwrap();
    assert_eq!(fault(ask(&w, &me).await), "tax_code identity.organisation_known", "not twice oneself");

    let officer = w.actor("giai.quyet", Role::Decider).await;
    let mut tx = w.begin().await;
    let waiting = ops::organisation_waiting(&mut tx, &officer, &agency()).await.unwrap();
    drop(tx);
    assert_eq!(waiting.len(), 4, "the officer sees them all");
    approve(&w, &officer, mine.organisation).await.unwrap();
    assert_eq!(
        fault(approve(&w, &officer, theirs.organisation).await),
        "tax_code identity.organisation_taken"
    );
    let file = waiting.iter().find(|one| one.organisation.id == theirs.organisation).unwrap().file.id;
    step!(w, |tx| ops::organisation_refuse(tx, &officer, theirs.organisation, file)).unwrap();
    // Refusing the wrong one does not give away what belongs to the right one.
    assert_eq!(fault(ask(&w, &binh).await), "tax_code identity.organisation_known");
    step!(w, |tx| ops::organisation_activate(tx, &me, mine.organisation)).unwrap();
}

#[tokio::test]
async fn one_person_asks_five_times_a_day() {
    let w = World::new().await;
    people(&w).await;
    let me = strong(&w, AN).await;
    let ask = async |me: &Current, n: u8| {
        let decision = format!("QĐ {n}");
        let typed = Typed { kind: "other".into(), tax_code: String::new(), decision, ..form() };
        step!(w, |tx| ops::organisation_ask(&w.cx, tx, me, &typed))
    };
    for n in 0..5 {
        ask(&me, n).await.unwrap();
    }
    assert_eq!(code_of(ask(&me, 5).await), "identity.enough_today");
    ask(&strong(&w, BINH).await, 5).await.unwrap();
    w.wait(86_400);
    ask(&me, 6).await.unwrap();
}

#[tokio::test]
async fn a_check_elsewhere_takes_the_longer_limit_once_and_a_refusal_gives_the_tax_code_back() {
    let w = World::new().await;
    people(&w).await;
    let me = strong(&w, AN).await;
    let officer = w.actor("giai.quyet", Role::Decider).await;
    let opened = ask(&w, &me).await.unwrap();
    let id = opened.organisation;
    let file = {
        let mut tx = w.begin().await;
        ops::organisation_waiting(&mut tx, &officer, &agency()).await.unwrap()[0].file.id
    };
    let outside = async || step!(w, |tx| ops::organisation_check_outside(&w.cx, tx, &officer, id, file));
    assert_eq!(outside().await.unwrap(), date(2026, 12, 5), "fifteen days");
    assert_eq!(code_of(outside().await.map(drop)), "identity.wrong_state");
    step!(w, |tx| ops::organisation_refuse(tx, &officer, id, file)).unwrap();
    assert_eq!(code_of(read(&w, &me, id).await.map(drop)), "identity.not_found");
    let again = ask(&w, &me).await.unwrap();
    assert_ne!(again.code, opened.code, "a code is never given twice");
    let codes = w.texts("SELECT value FROM identity.organisation_claim WHERE kind = 'code'").await;
    assert_eq!(codes.len(), 2);
}

#[tokio::test]
async fn what_is_not_activated_in_seven_days_is_reminded_of_and_ends() {
    let w = World::new().await;
    people(&w).await;
    let me = strong(&w, AN).await;
    let officer = w.actor("giai.quyet", Role::Decider).await;
    let opened = ask(&w, &me).await.unwrap();
    approve(&w, &officer, opened.organisation).await.unwrap();
    let handlers = Handlers::new(identity::jobs::handlers(&w.cx));
    let work = async || store::jobs::drain(&w.db.store, &handlers).await.unwrap();
    w.wait(5 * 86_400);
    work().await;
    let told = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due'").await;
    assert!(told.iter().any(|t| t.contains("Còn 2 ngày")), "{told:?}");
    w.wait(2 * 86_400);
    let late = step!(w, |tx| ops::organisation_activate(tx, &me, opened.organisation));
    assert_eq!(code_of(late), "identity.too_late");
    work().await;
    let states = w.texts("SELECT state FROM identity.organisation").await;
    assert_eq!(states, ["closed"]);
    ask(&w, &me).await.unwrap();
}

#[tokio::test]
async fn the_legal_representative_authorises_for_a_scope_until_a_day_and_ends_it_at_once() {
    let w = World::new().await;
    let [_, binh, ..] = people(&w).await;
    let me = strong(&w, AN).await;
    let id = company(&w, &me).await;
    let day = date(2026, 12, 31);
    let all = [Scope::Services, Scope::History];
    for (input, expected) in [
        (lets("12", &all, day), "number identity.number_shape"),
        (lets(CHI, &all, day), "number identity.representative_level"),
        (lets("001099099999", &all, day), "number identity.representative_level"),
        (lets(BE, &all, day), "number identity.representative_age"),
        (lets(AN, &all, day), "number identity.representative_known"),
        (lets(BINH, &[], day), "scope identity.representative_scope"),
        (lets(BINH, &all, date(2026, 11, 1)), "until identity.representative_until"),
        (lets(BINH, &all, date(2033, 1, 1)), "until identity.representative_until"),
        (Authorising { title: String::new(), ..lets(BINH, &all, day) }, "title identity.organisation_title"),
    ] {
        assert_eq!(fault(authorise(&w, &me, id, &input).await), expected);
    }
    let one = authorise(&w, &me, id, &lets(BINH, &[Scope::Services], day)).await.unwrap();
    assert_eq!(acts_for(&w, binh).await, ["Công ty TNHH Sao Mai authorised"]);

    // Bình may act, and neither authorise nor see what others did.
    let other = strong(&w, BINH).await;
    let refused = authorise(&w, &other, id, &lets(CHI, &all, day)).await;
    assert_eq!(code_of(refused.map(drop)), "identity.forbidden");
    let shown = read(&w, &other, id).await.unwrap();
    assert_eq!((shown.all.len(), shown.acts.len()), (1, 0));
    let legal = read(&w, &me, id).await.unwrap().mine.id;
    let end = async |me: &Current, which| step!(w, |tx| ops::representative_end(tx, me, id, which));
    assert_eq!(code_of(end(&other, legal).await), "identity.forbidden");
    assert_eq!(code_of(end(&me, legal).await), "identity.legal_at_counter");
    let weak = w.citizen_in(AN).await.current;
    assert_eq!(code_of(end(&weak, one).await), "identity.second_factor_needed");
    end(&me, one).await.unwrap();
    assert_eq!(acts_for(&w, binh).await, Vec::<String>::new());
    assert_eq!(ended(&w).await, [binh.to_string()]);
    assert_eq!(code_of(read(&w, &other, id).await.map(drop)), "identity.not_found");
    let log = w.audit().await;
    let entry = log.iter().find(|e| e.contains("identity.representation_end")).unwrap();
    assert!(
        entry.contains(&PersonId(Uuid::from_u128(2)).to_string()) && entry.contains("revoked"),
        "{entry}"
    );

    // Who was authorised may lay it down, with one factor.
    let again = authorise(&w, &me, id, &lets(BINH, &all, day)).await.unwrap();
    let plain = w.citizen_in(BINH).await.current;
    assert!(read(&w, &plain, id).await.unwrap().acts.iter().any(|line| line.act == Act::Ended));
    end(&plain, again).await.unwrap();
    assert_eq!(
        w.texts("SELECT ended_why FROM identity.representation WHERE ended_why = 'resigned'").await.len(),
        1
    );
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_an_organisation() {
    let w = World::new().await;
    people(&w).await;
    let me = strong(&w, AN).await;
    let id = company(&w, &me).await;
    let other = strong(&w, BINH).await;
    assert_eq!(step!(w, |tx| ops::organisation_list(tx, &other)).unwrap(), []);
    assert_eq!(code_of(read(&w, &other, id).await.map(drop)), "identity.not_found");
    let refused = authorise(&w, &other, id, &lets(BINH, &[Scope::Services], date(2026, 12, 1))).await;
    assert_eq!(code_of(refused.map(drop)), "identity.not_found");
    let activated = step!(w, |tx| ops::organisation_activate(tx, &other, id));
    assert_eq!(code_of(activated), "identity.not_found");
}

#[tokio::test]
async fn an_authorisation_ends_with_its_last_day() {
    let w = World::new().await;
    let [_, binh, ..] = people(&w).await;
    let me = strong(&w, AN).await;
    let id = company(&w, &me).await;
    let today = base::vietnam_date(w.db.store.clock().now());
    authorise(&w, &me, id, &lets(BINH, &[Scope::Services], today)).await.unwrap();
    assert_eq!(organisation::follow::end_expired(&w.cx).await.unwrap(), 0);
    w.wait(86_400);
    assert_eq!(acts_for(&w, binh).await, Vec::<String>::new(), "also before anybody looks");
    assert_eq!(organisation::follow::end_expired(&w.cx).await.unwrap(), 1);
    assert_eq!(ended(&w).await, [binh.to_string()]);
    assert_eq!(organisation::follow::end_expired(&w.cx).await.unwrap(), 0);
}

#[tokio::test]
async fn another_legal_representative_takes_two_officers() {
    let w = World::new().await;
    let [an, binh, ..] = people(&w).await;
    let me = strong(&w, AN).await;
    let id = company(&w, &me).await;
    authorise(&w, &me, id, &lets(BINH, &[Scope::Services], date(2026, 12, 31))).await.unwrap();
    let taker = w.actor("tiep.nhan", Role::Decider).await;
    let head = w.actor("thu.truong", Role::Head).await;
    let propose = async |input: &Proposing| {
        step!(w, |tx| ops::representative_change_propose(&w.cx, tx, &taker, id, input))
    };
    let good = Proposing {
        number: BINH.into(),
        title: "Giám đốc".into(),
        document: "NQ 02/2026, 18/11/2026".into(),
    };
    assert_eq!(
        fault(propose(&Proposing::default()).await),
        "number identity.number_shape, title identity.organisation_title, document identity.representative_document"
    );
    assert_eq!(
        fault(propose(&Proposing { number: AN.into(), ..good.clone() }).await),
        "number identity.representative_known"
    );
    let confirm = async |actor: &Actor, change| {
        step!(w, |tx| ops::representative_change_confirm(&w.cx, tx, actor, id, change))
    };
    let first = propose(&good).await.unwrap();
    assert_eq!(code_of(confirm(&taker, first).await), "identity.second_person_needed");
    step!(w, |tx| ops::representative_change_refuse(tx, &head, id, first)).unwrap();
    assert_eq!(code_of(confirm(&head, first).await), "identity.not_found");
    let second = propose(&good).await.unwrap();
    let waiting = step!(w, |tx| ops::representative_changes(tx, &head, &agency())).unwrap();
    assert_eq!((waiting.len(), waiting[0].id), (1, second));
    confirm(&head, second).await.unwrap();
    assert_eq!(acts_for(&w, binh).await, ["Công ty TNHH Sao Mai legal"]);
    assert_eq!(acts_for(&w, an).await, Vec::<String>::new());
    assert_eq!(ended(&w).await, [an.to_string(), binh.to_string()]);
    assert_eq!(code_of(read(&w, &me, id).await.map(drop)), "identity.not_found");

    let third = propose(&Proposing { number: AN.into(), ..good }).await.unwrap();
    w.wait(7 * 86_400);
    assert_eq!(code_of(confirm(&head, third).await), "identity.not_found", "void after a week");
}

#[tokio::test]
async fn an_authority_locks_with_a_reason_and_nobody_acts_for_it_any_more() {
    let w = World::new().await;
    let [an, ..] = people(&w).await;
    let me = strong(&w, AN).await;
    let id = company(&w, &me).await;
    let decider = w.actor("giam.sat", Role::Decider).await;
    let receiver = w.actor("tiep.nhan", Role::Receiver).await;
    let lock =
        async |actor: &Actor, reason| step!(w, |tx| ops::organisation_lock(&w.cx, tx, actor, id, reason));
    assert_eq!(code_of(lock(&receiver, LockReason::Authority).await), "identity.forbidden");
    assert_eq!(fault(lock(&decider, LockReason::Deceased).await), "reason identity.lock_reason");
    lock(&decider, LockReason::Authority).await.unwrap();
    assert_eq!(code_of(lock(&decider, LockReason::Authority).await), "identity.wrong_state");
    assert_eq!(acts_for(&w, an).await, Vec::<String>::new());
    assert_eq!(ended(&w).await, [an.to_string()]);
    let found = step!(w, |tx| ops::organisation_find(&w.cx, tx, &receiver, "0100109106")).unwrap();
    assert_eq!((found.organisation.id, found.locked), (id, Some(LockReason::Authority)));
    let code = found.organisation.code;
    let found = step!(w, |tx| ops::organisation_find(&w.cx, tx, &receiver, &code)).unwrap();
    assert_eq!(found.legal.unwrap().person, crate::world::an());
    let typo = step!(w, |tx| ops::organisation_find(&w.cx, tx, &receiver, "0100109107"));
    assert_eq!(fault(typo), "organisation identity.organisation_code");
    let nobody = step!(w, |tx| ops::organisation_find(&w.cx, tx, &receiver, "0300588569"));
    assert_eq!(fault(nobody), "organisation identity.organisation_none");
    let refused = authorise(&w, &me, id, &lets(BINH, &[Scope::Services], date(2026, 12, 1))).await;
    assert_eq!(code_of(refused.map(drop)), "identity.wrong_state");
    step!(w, |tx| ops::organisation_unlock(&w.cx, tx, &decider, id)).unwrap();
    assert_eq!(acts_for(&w, an).await.len(), 1);
    step!(w, |tx| ops::organisation_close(&w.cx, tx, &decider, id)).unwrap();
    assert_eq!(acts_for(&w, an).await, Vec::<String>::new());
    assert_eq!(step!(w, |tx| ops::organisation_list(tx, &me)).unwrap(), []);
    ask(&w, &me).await.unwrap();
}

#[tokio::test]
async fn an_account_that_is_closed_or_locked_represents_nobody() {
    let w = World::new().await;
    let [an, ..] = people(&w).await;
    let me = strong(&w, AN).await;
    let id = company(&w, &me).await;
    step!(w, |tx| accounts::account_lock(&w.cx, tx, &me.actor, an, LockReason::OwnRequest)).unwrap();
    assert_eq!(acts_for(&w, an).await, Vec::<String>::new());
    assert_eq!(ended(&w).await, Vec::<String>::new(), "it comes back with the account");
    let mut tx = w.begin().await;
    let closed = contracts::events::AccountChanged {
        account: an,
        person: Some(crate::world::an()),
        change: contracts::events::AccountChange::Closed,
        at: tx.now(),
    };
    emit(&mut tx, &closed);
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    store::relay::drain(&w.db.store, &follow::Follow(w.cx.clone())).await.unwrap();
    assert_eq!(ended(&w).await, [an.to_string()]);
    let left = w.texts("SELECT state FROM identity.organisation").await;
    assert_eq!(left, ["activated"], "the organisation itself stays");
    assert_eq!(code_of(read(&w, &me, id).await.map(drop)), "identity.not_found");
}

#[tokio::test]
async fn whoever_acts_for_an_organisation_elsewhere_sees_it_and_so_do_its_representatives() {
    let w = World::new().await;
    let [an, binh, ..] = people(&w).await;
    let me = strong(&w, AN).await;
    let id = company(&w, &me).await;
    let history = [Scope::History];
    authorise(&w, &me, id, &lets(BINH, &history, date(2026, 12, 31))).await.unwrap();
    let act = async |account| {
        w.wait(1);
        let mut tx = w.begin().await;
        let told =
            w.cx.act_for(&mut tx, account, id, "Ngân hàng Mẫu")
                .await
                .map_err(|_| store::StoreError::Conflict);
        tx.finish(told).await.unwrap()
    };
    assert_eq!(act(binh).await, None, "the scope does not reach so far");
    let told = act(an).await.unwrap();
    assert_eq!((told.organisation, told.role), (id, "legal"));
    let other = strong(&w, BINH).await;
    let shown = read(&w, &other, id).await.unwrap();
    assert_eq!((shown.acts[0].act, shown.acts[0].service.as_str()), (Act::Acted, "Ngân hàng Mẫu"));
    assert_eq!(shown.acts[0].person, Some(crate::world::an()));
    let log = w.audit().await;
    let entry = log.iter().find(|e| e.contains("identity.organisation_act\"")).unwrap();
    assert!(entry.contains(&crate::world::an().to_string()) && entry.contains("citizen"), "{entry}");
    // Kept for five years at least; what was done with the account itself for ever.
    w.wait(identity::jobs::SIGN_INS_KEPT.as_secs() + 10);
    let tx = w.begin().await;
    let swept = identity::jobs::sweep(&tx).await;
    tx.finish(swept).await.unwrap();
    let kinds =
        w.texts("SELECT kind FROM identity.organisation_act WHERE kind IN ('acted', 'activated')").await;
    assert_eq!(kinds, ["activated"]);
}

#[tokio::test]
async fn nobody_represents_more_organisations_than_a_person_can_answer_for() {
    let w = World::new().await;
    people(&w).await;
    let me = strong(&w, AN).await;
    for n in 0..organisation::model::REPRESENTED_MAX {
        // A few a day.
        w.wait(if n % 5 == 0 { 86_400 } else { 0 });
        let typed =
            Typed { kind: "other".into(), tax_code: String::new(), decision: format!("QĐ {n}"), ..form() };
        step!(w, |tx| ops::organisation_ask(&w.cx, tx, &me, &typed)).unwrap();
    }
    w.wait(86_400);
    assert_eq!(fault(ask(&w, &me).await), "name identity.organisations_full");
}
