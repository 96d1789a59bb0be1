//! Citizens' accounts locked and opened at the counter, by the holder's wish and by an authority's; and closed in the end.

use base::vietnam_date;
use contracts::{
    Access, AccountId, Actor, AgencyId, IdentityLevel, PersonId, Purpose, Role, Who,
    events::{LifeEvent, LifeKind, emit},
};
use identity::{
    Checked, IdentityError, LockReason, LockRequestId, RaiseBasis, Ticket, follow,
    locking::Asks,
    ops::{
        self,
        account_find::Found,
        lock_at_counter::AtCounter,
        lock_read::Locks,
        lock_request::{Asking, LockRequest},
    },
};
use jiff::civil::date;
use store::Tx;
use uuid::Uuid;

use crate::{
    counter::CHECKED,
    world::{AN, PASSWORD, World, agency, an, citizen, code_of, province},
};

const STATE: &str = "SELECT concat_ws(' ', state, locked_reason) FROM identity.account WHERE person_id = '00000000-0000-0000-0000-000000000001'";

fn locking(actor: &Actor) -> Access {
    Access::new(actor, Purpose::LOCK_ACCOUNT)
}

/// The same officer at another agency, or in another role.
fn at(actor: &Actor, agency: &AgencyId, role: Role) -> Actor {
    let who = Who::Staff { agency: agency.clone(), role, name: "Trần Thị Cán Bộ".into() };
    Actor { account: AccountId(Uuid::from_u128(77)), who, ..actor.clone() }
}

async fn look_up(w: &World, access: &Access) -> Result<Found, IdentityError> {
    let mut tx = w.begin().await;
    let found = ops::account_find(&w.cx, &mut tx, access, &AN.parse().unwrap()).await;
    tx.finish(found).await
}

async fn ticket(w: &World, actor: &Actor) -> Ticket {
    look_up(w, &locking(actor)).await.unwrap().lock.unwrap()
}

fn form(ticket: Ticket) -> AtCounter {
    AtCounter { ticket, checked: CHECKED, document: "TK03 số 12 ngày 20/11/2026".into(), guardian: None }
}

/// One step in a transaction of its own.
macro_rules! step {
    ($w:expr, |$tx:ident| $op:expr) => {{
        let mut tx: Tx = $w.begin().await;
        let $tx = &mut tx;
        let outcome = $op.await;
        tx.finish(outcome).await
    }};
}

async fn unlock(
    w: &World,
    actor: &Actor,
    account: AccountId,
    input: &AtCounter,
) -> Result<(), IdentityError> {
    step!(w, |tx| ops::unlock_at_counter(&w.cx, tx, &locking(actor), account, input))
}

async fn read(w: &World, actor: &Actor, account: AccountId) -> Locks {
    let ticket = ticket(w, actor).await;
    step!(w, |tx| ops::lock_read(&w.cx, tx, &locking(actor), account, &ticket)).unwrap()
}

/// The holder locks their own account from wherever they are.
async fn lock_self(w: &World) -> AccountId {
    let me = w.citizen_in(AN).await.current;
    let account = me.account();
    step!(w, |tx| ops::account_lock(&w.cx, tx, &me.actor, account, LockReason::OwnRequest)).unwrap();
    account
}

fn asking(asks: Asks, reason: Option<LockReason>) -> Asking {
    Asking {
        asks,
        reason,
        asked_by: "Cơ quan Cảnh sát điều tra".into(),
        document: "TK03 số 7 ngày 17/11/2026".into(),
        came_on: Some(date(2026, 11, 20)),
    }
}

async fn take(
    w: &World,
    actor: &Actor,
    account: AccountId,
    asking: &Asking,
) -> Result<jiff::civil::Date, IdentityError> {
    let ticket = ticket(w, actor).await;
    step!(w, |tx| ops::lock_request_take(&w.cx, tx, &locking(actor), account, &ticket, asking))
}

async fn approve(
    w: &World,
    actor: &Actor,
    account: AccountId,
    request: LockRequestId,
) -> Result<(), IdentityError> {
    step!(w, |tx| ops::lock_request_approve(&w.cx, tx, actor, account, request))
}

async fn open(w: &World, actor: &Actor, agency: &AgencyId) -> Vec<LockRequest> {
    step!(w, |tx| ops::lock_request_list(tx, actor, agency)).unwrap()
}

/// An authority's lock, by two officers.
async fn lock_in_writing(w: &World, taker: &Actor, decider: &Actor, account: AccountId) {
    take(w, taker, account, &asking(Asks::Lock, Some(LockReason::Authority))).await.unwrap();
    let request = open(w, decider, &agency()).await[0].id;
    approve(w, decider, account, request).await.unwrap();
}

async fn told(w: &World) -> Vec<String> {
    w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due' ORDER BY id").await
}

#[tokio::test]
async fn who_locked_themselves_and_stands_at_the_counter_is_let_in_again_and_told() {
    let w = World::new().await;
    w.citizens().await;
    let account = lock_self(&w).await;
    let officer = w.actor("can.bo", Role::Receiver).await;
    let seen = read(&w, &officer, account).await;
    assert_eq!((seen.reason, seen.request), (Some(LockReason::OwnRequest), None));
    assert_eq!(seen.lock.map(|lock| lock.agency), Some(None), "by the holder");
    let good = form(ticket(&w, &officer).await);
    let nameless = AtCounter { document: " ".into(), ..good.clone() };
    assert_eq!(code_of(unlock(&w, &officer, account, &nameless).await), "identity.invalid");
    unlock(&w, &officer, account, &good).await.unwrap();
    w.citizen_in(AN).await;
    let told = told(&w).await;
    assert!(told.len() == 2 && told[1].contains("đã được mở khóa"), "{told:?}");
    // The form is kept, carried out by who took it, and the person sees why somebody looked.
    let kept = "SELECT concat_ws(' ', asks, reason, document, taken_by = decided_by, outcome) FROM identity.lock_request";
    assert_eq!(w.texts(kept).await, ["unlock own_request TK03 số 12 ngày 20/11/2026 t done"]);
    let log = w.audit().await;
    let entry = log.iter().find(|e| e.contains("identity.lock_at_counter")).unwrap();
    for said in [&an().to_string(), "lock_account", "Điều 15", "identity_card", "card_seen"] {
        assert!(entry.contains(said), "{said}: {entry}");
    }
    assert_eq!(code_of(unlock(&w, &officer, account, &good).await), "identity.look_up_first", "spent");
}

#[tokio::test]
async fn who_lost_everything_and_is_locked_begins_anew_in_one_visit() {
    let w = World::new().await;
    w.citizens().await;
    let account = lock_self(&w).await;
    let officer = w.actor("can.bo", Role::Receiver).await;
    let good = form(ticket(&w, &officer).await);
    let issued = step!(w, |tx| ops::reset_at_counter(&w.cx, tx, &locking(&officer), account, &good)).unwrap();
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.bad_credentials");
    let new = "gió thổi qua đồng";
    let input = ops::account_set_up::SetUp {
        login: ops::sign_in::Login::Citizen(AN.parse().unwrap()),
        code: issued.code,
        password: identity::Password::new(new),
        client: crate::world::client(),
    };
    ops::account_set_up(&w.cx, &input).await.unwrap();
    ops::sign_in(&w.cx, &citizen(AN, new)).await.unwrap();
}

#[tokio::test]
async fn an_account_is_locked_for_who_comes_to_the_counter() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let signed = w.citizen_in(AN).await;
    let officer = w.actor("can.bo", Role::Decider).await;
    let good = form(ticket(&w, &officer).await);
    step!(w, |tx| ops::lock_at_counter(&w.cx, tx, &locking(&officer), account, &good)).unwrap();
    assert_eq!(w.resolve(&signed).await, None);
    assert_eq!(w.texts(STATE).await, ["locked own_request"]);
    let told = told(&w).await;
    assert!(told[0].contains("theo yêu cầu của bạn") && told[0].contains("mang thẻ căn cước"), "{told:?}");
    let again = form(ticket(&w, &officer).await);
    let twice = step!(w, |tx| ops::lock_at_counter(&w.cx, tx, &locking(&officer), account, &again));
    assert_eq!(code_of(twice), "identity.wrong_state");
}

#[tokio::test]
async fn nobody_touches_a_citizens_account_without_looking_them_up_for_that_at_a_counter() {
    let w = World::new().await;
    w.citizens().await;
    let account = lock_self(&w).await;
    let officer = w.actor("can.bo", Role::Receiver).await;
    let good = form(ticket(&w, &officer).await);
    let none = form(Ticket::parse(""));
    assert_eq!(code_of(unlock(&w, &officer, account, &none).await), "identity.look_up_first");
    let colleague = w.actor("dong.nghiep", Role::Receiver).await;
    assert_eq!(code_of(unlock(&w, &colleague, account, &good).await), "identity.look_up_first");
    for purpose in Purpose::ALL.into_iter().filter(|p| *p != Purpose::LOCK_ACCOUNT) {
        let access = Access::new(&officer, purpose);
        let refused = step!(w, |tx| ops::unlock_at_counter(&w.cx, tx, &access, account, &good));
        assert_eq!(code_of(refused), "identity.forbidden", "{}", purpose.code);
    }
    let bank = at(&officer, &crate::world::a_bank(), Role::Receiver);
    assert_eq!(code_of(look_up(&w, &locking(&bank)).await.map(drop)), "identity.wrong_office");
    assert_eq!(code_of(unlock(&w, &bank, account, &good).await), "identity.wrong_office");
    for role in Role::ALL {
        let found = look_up(&w, &locking(&at(&officer, &agency(), role))).await;
        let may = matches!(role, Role::Receiver | Role::Decider);
        assert_eq!(found.is_ok_and(|found| found.lock.is_some()), may, "{role:?}");
    }
    // By the way through the officers' page, either.
    let admin = w.actor("quan.tri", Role::Administrator).await;
    for actor in [&officer, &admin, &at(&officer, &agency(), Role::Head)] {
        let opened = step!(w, |tx| ops::account_unlock(&w.cx, tx, actor, account));
        assert_eq!(code_of(opened), "identity.not_found");
        let locked = step!(w, |tx| ops::account_lock(&w.cx, tx, actor, account, LockReason::Misuse));
        assert_eq!(code_of(locked), "identity.not_found");
    }
    assert_eq!(w.texts(STATE).await, ["locked own_request"]);
}

#[tokio::test]
async fn an_authoritys_lock_takes_two_officers_and_says_why_and_until_when() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let taker = w.actor("tiep.nhan", Role::Decider).await;
    let decider = w.actor("giai.quyet", Role::Head).await;
    let signed = w.citizen_in(AN).await;
    let wish = asking(Asks::Lock, Some(LockReason::OwnRequest));
    assert_eq!(
        code_of(take(&w, &taker, account, &wish).await),
        "identity.invalid",
        "no authority's to state"
    );
    let nameless =
        Asking { asked_by: "x".into(), came_on: None, ..asking(Asks::Lock, Some(LockReason::Misuse)) };
    assert_eq!(code_of(take(&w, &taker, account, &nameless).await), "identity.invalid");
    let due_on = take(&w, &taker, account, &asking(Asks::Lock, Some(LockReason::Authority))).await.unwrap();
    let waiting = open(&w, &decider, &agency()).await;
    let [request] = waiting.as_slice() else { panic!("{waiting:?}") };
    assert_eq!((request.due_on, request.taken_by, request.person), (due_on, taker.account, an()));
    assert_eq!(request.forward_by, date(2026, 11, 23), "a Friday, then one working day");
    assert_eq!(w.texts(STATE).await, ["activated"]);
    let again = take(&w, &taker, account, &asking(Asks::Lock, Some(LockReason::Misuse))).await;
    assert_eq!(code_of(again), "identity.lock_request_waits");

    assert_eq!(code_of(approve(&w, &taker, account, request.id).await), "identity.second_person_needed");
    let elsewhere = at(&decider, &AgencyId::new("CA-X-99999"), Role::Head);
    assert_eq!(code_of(approve(&w, &elsewhere, account, request.id).await), "identity.not_found");
    let receiver = at(&decider, &agency(), Role::Receiver);
    assert_eq!(code_of(approve(&w, &receiver, account, request.id).await), "identity.forbidden");
    approve(&w, &decider, account, request.id).await.unwrap();
    assert_eq!(w.resolve(&signed).await, None);
    assert_eq!(w.texts(STATE).await, ["locked authority"]);
    let told = told(&w).await;
    assert!(told[0].contains("cơ quan tiến hành tố tụng") && told[0].contains("không đồng ý"), "{told:?}");
    assert_eq!(code_of(approve(&w, &decider, account, request.id).await), "identity.not_found", "decided");
    assert_eq!(open(&w, &taker, &agency()).await, []);
}

#[tokio::test]
async fn a_form_that_waits_hinders_no_holder() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let taker = w.actor("tiep.nhan", Role::Receiver).await;
    let decider = w.actor("giai.quyet", Role::Decider).await;
    take(&w, &taker, account, &asking(Asks::Lock, Some(LockReason::Misuse))).await.unwrap();
    let good = form(ticket(&w, &taker).await);
    step!(w, |tx| ops::lock_at_counter(&w.cx, tx, &locking(&taker), account, &good)).unwrap();
    let good = form(ticket(&w, &taker).await);
    unlock(&w, &taker, account, &good).await.unwrap();
    let request = open(&w, &decider, &agency()).await[0].id;
    approve(&w, &decider, account, request).await.unwrap();
    assert_eq!(w.texts(STATE).await, ["locked misuse"]);
}

#[tokio::test]
async fn an_authoritys_lock_is_lifted_where_it_was_set_or_above_and_not_at_its_holders_wish() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let taker = w.actor("tiep.nhan", Role::Receiver).await;
    let decider = w.actor("giai.quyet", Role::Decider).await;
    lock_in_writing(&w, &taker, &decider, account).await;
    let good = form(ticket(&w, &taker).await);
    assert_eq!(code_of(unlock(&w, &taker, account, &good).await), "identity.lock_in_writing");
    let reset = step!(w, |tx| ops::reset_at_counter(&w.cx, tx, &locking(&taker), account, &good));
    assert_eq!(code_of(reset.map(drop)), "identity.lock_in_writing");

    let unlocking = asking(Asks::Unlock, None);
    let other = at(&taker, &AgencyId::new("CA-X-00004"), Role::Receiver);
    assert!(!read(&w, &other, account).await.ours);
    assert_eq!(code_of(take(&w, &other, account, &unlocking).await), "identity.lock_of_another");
    // Above: the same form, and two officers of that agency.
    let above = at(&taker, &province(), Role::Decider);
    assert!(read(&w, &above, account).await.ours);
    take(&w, &above, account, &unlocking).await.unwrap();
    let request = open(&w, &above, &province()).await[0].clone();
    assert_eq!((request.asks, request.reason), (Asks::Unlock, LockReason::Authority));
    assert_eq!(code_of(approve(&w, &decider, account, request.id).await), "identity.not_found");
    assert_eq!(code_of(approve(&w, &above, account, request.id).await), "identity.second_person_needed");
    let head = Actor { account: AccountId(Uuid::from_u128(78)), ..at(&taker, &province(), Role::Head) };
    approve(&w, &head, account, request.id).await.unwrap();
    w.citizen_in(AN).await;
}

#[tokio::test]
async fn a_form_that_is_refused_changes_nothing_and_says_why() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let taker = w.actor("tiep.nhan", Role::Decider).await;
    let decider = w.actor("giai.quyet", Role::Decider).await;
    take(&w, &taker, account, &asking(Asks::Lock, Some(LockReason::CardSeized))).await.unwrap();
    let request = open(&w, &decider, &agency()).await[0].id;
    let refuse = async |actor: &Actor, answer: &str| {
        let refused = step!(w, |tx| ops::lock_request_refuse(tx, actor, account, request, answer));
        code_of(refused)
    };
    assert_eq!(refuse(&taker, "Thiếu dấu").await, "identity.second_person_needed");
    assert_eq!(refuse(&decider, "  ").await, "identity.invalid");
    assert_eq!(refuse(&decider, "Phiếu thiếu dấu").await, "ok");
    assert_eq!(w.texts(STATE).await, ["activated"]);
    assert_eq!(told(&w).await, Vec::<String>::new());
    let kept = "SELECT concat_ws(': ', outcome, answer) FROM identity.lock_request";
    assert_eq!(w.texts(kept).await, ["refused: Phiếu thiếu dấu"]);
}

#[tokio::test]
async fn a_form_that_lay_too_long_is_late_and_one_of_long_ago_is_not_taken() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let taker = w.actor("tiep.nhan", Role::Receiver).await;
    w.wait(6 * 86_400);
    let lock = asking(Asks::Lock, Some(LockReason::Authority));
    let today = vietnam_date(w.db.store.clock().now());
    for wrong in [date(2026, 1, 5), today.tomorrow().unwrap()] {
        let wrong = Asking { came_on: Some(wrong), ..lock.clone() };
        assert_eq!(code_of(take(&w, &taker, account, &wrong).await), "identity.invalid");
    }
    take(&w, &taker, account, &lock).await.unwrap();
    let request = open(&w, &taker, &agency()).await[0].clone();
    assert!(request.came_late() && request.due_on > today, "{request:?}");
}

#[tokio::test]
async fn an_authoritys_lock_lies_on_top_of_the_holders_own_which_holds_again_afterwards() {
    let w = World::new().await;
    w.citizens().await;
    let account = lock_self(&w).await;
    let taker = w.actor("tiep.nhan", Role::Receiver).await;
    let decider = w.actor("giai.quyet", Role::Decider).await;
    w.wait(1);
    lock_in_writing(&w, &taker, &decider, account).await;
    assert_eq!(w.texts(STATE).await, ["locked authority"]);
    w.wait(1);
    take(&w, &taker, account, &asking(Asks::Unlock, None)).await.unwrap();
    let request = open(&w, &decider, &agency()).await[0].id;
    approve(&w, &decider, account, request).await.unwrap();
    assert_eq!(w.texts(STATE).await, ["locked own_request"]);
    let good = form(ticket(&w, &taker).await);
    unlock(&w, &taker, account, &good).await.unwrap();
    w.citizen_in(AN).await;
}

#[tokio::test]
async fn what_the_record_locks_no_hand_opens() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let officer = w.actor("can.bo", Role::Decider).await;
    let law = Actor::system();
    for reason in [LockReason::CardExpired, LockReason::ResidenceExpired, LockReason::Deceased] {
        step!(w, |tx| ops::account_lock(&w.cx, tx, &law, account, reason)).unwrap();
        let good = form(ticket(&w, &officer).await);
        assert_eq!(code_of(unlock(&w, &officer, account, &good).await), "identity.lock_of_record");
        let asked = take(&w, &officer, account, &asking(Asks::Unlock, None)).await;
        assert_eq!(code_of(asked), "identity.lock_of_record", "{reason:?}");
        step!(w, |tx| ops::account_unlock(&w.cx, tx, &law, account)).unwrap();
        w.wait(1);
    }
}

async fn happens(w: &World, person: PersonId, kind: LifeKind) {
    let mut tx = w.begin().await;
    let (event, at) = (Uuid::from_u128(9), tx.now());
    emit(&mut tx, &LifeEvent { person, event, kind, on: vietnam_date(at), at });
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    store::relay::drain(&w.db.store, &follow::Follow(w.cx.clone())).await.unwrap();
}

#[tokio::test]
async fn five_years_after_a_death_the_account_is_closed_and_the_number_is_free() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let signed = w.citizen_in(AN).await;
    w.has_phone(&signed.current, crate::telco::ANS).await;
    let before = told(&w).await;
    happens(&w, an(), LifeKind::Death).await;
    w.wait(1_830 * 86_400 - 86_400);
    assert_eq!(ops::account_close::close_over(&w.cx).await.unwrap(), 0);
    w.wait(86_400);
    assert_eq!(ops::account_close::close_over(&w.cx).await.unwrap(), 1);
    assert_eq!(ops::account_close::close_over(&w.cx).await.unwrap(), 0, "once");
    assert_eq!(w.texts(STATE).await, ["closed"]);
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.bad_credentials");
    let kept = "SELECT kind FROM identity.authenticator WHERE account_id IN (SELECT account_id FROM identity.account WHERE state = 'closed')";
    assert_eq!(w.texts(kept).await, Vec::<String>::new());
    let changes = w.texts("SELECT payload->'change'->>'kind' FROM store.outbox WHERE topic = 'identity.account_changed' AND payload->'change'->>'kind' IN ('locked', 'closed') ORDER BY id").await;
    assert_eq!(changes, ["locked", "closed"], "those who rely on it are told");
    assert_eq!(told(&w).await, before, "nobody else");
    // Whoever was declared dead and came home begins anew.
    happens(&w, an(), LifeKind::DeathAnnulled).await;
    let taker = w.actor("tiep.nhan", Role::Receiver).await;
    let file = ops::enrol_collect(&w.cx, &taker, &crate::enrolling::file(AN)).await.unwrap();
    assert_ne!(file.account, account);
}

#[tokio::test]
async fn a_death_that_is_annulled_in_time_closes_nothing() {
    let w = World::new().await;
    w.citizens().await;
    happens(&w, an(), LifeKind::Death).await;
    w.wait(86_400);
    happens(&w, an(), LifeKind::DeathAnnulled).await;
    w.wait(2_000 * 86_400);
    assert_eq!(ops::account_close::close_over(&w.cx).await.unwrap(), 0);
    w.citizen_in(AN).await;
}

#[tokio::test]
async fn an_account_of_level_two_opens_on_the_devices_word_where_the_counter_has_one() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let cx = w.cx.clone().with_devices(crate::comparing::a_device());
    let officer = w.actor("can.bo", Role::Receiver).await;
    let raised = look_up(&w, &Access::new(&officer, Purpose::RAISE_LEVEL)).await.unwrap().ticket.unwrap();
    let access = Access::new(&officer, Purpose::RAISE_LEVEL);
    step!(w, |tx| ops::account_raise(&w.cx, tx, &access, account, &raised, CHECKED, None)).unwrap();
    lock_self(&w).await;
    let found = look_up(&w, &locking(&officer)).await.unwrap();
    assert!(matches!(
        found.account.holder,
        identity::model::Holder::Citizen { level: IdentityLevel::Two, .. }
    ));
    let said = form(found.lock.unwrap());
    let opened = step!(w, |tx| ops::unlock_at_counter(&cx, tx, &locking(&officer), account, &said));
    assert_eq!(code_of(opened), "identity.comparison_needed");
    let claimed = AtCounter { checked: Checked { basis: RaiseBasis::Biometrics, ..CHECKED }, ..said.clone() };
    let opened = step!(w, |tx| ops::reset_at_counter(&cx, tx, &locking(&officer), account, &claimed));
    assert_eq!(code_of(opened.map(drop)), "identity.comparison_needed");
    unlock(&w, &officer, account, &said).await.unwrap();
}
