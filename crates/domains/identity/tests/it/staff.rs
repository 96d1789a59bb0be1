//! Officers: made by an administrator, set up by themselves, given duties; an administrator takes two people.

use contracts::{Actor, AgencyId, LoginStrength, Role, Who, ports::Accounts};
use identity::{
    IdentityError, LockReason, Password, SetupCode,
    model::Period,
    ops::{
        self,
        account_set_up::SetUp,
        sign_in::Login,
        staff_create::{NewStaff, SetupIssued},
        staff_grant::{Grant, Granted},
    },
    setup_code::CODE_LIFE,
    totp,
};

use jiff::SignedDuration;

use crate::world::{PASSWORD, World, a_bank, agency, client, code_of, staff};

fn new_staff(role: Role) -> NewStaff {
    let period = Period::default();
    NewStaff { login: "Moi.Vao".into(), name: "Lê Văn Mới".into(), agency: agency(), role, period }
}

fn set_up(issued: &SetupIssued, password: &str) -> SetUp {
    let code = SetupCode::parse(&issued.code.show().to_uppercase());
    SetUp {
        login: Login::Staff(issued.login.clone()),
        code,
        password: Password::new(password),
        client: client(),
    }
}

#[tokio::test]
async fn a_new_officer_sets_the_password_with_the_code_once_and_can_do_nothing_before_setting_up_the_app() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let issued = ops::staff_create(&w.cx, &admin, &new_staff(Role::Receiver)).await.unwrap();
    let again = ops::staff_create(&w.cx, &admin, &new_staff(Role::Receiver)).await;
    assert_eq!(code_of(again.map(drop)), "identity.login_taken");
    // What the administrator saw opens nothing.
    let shown = issued.code.show();
    let refused = ops::sign_in(&w.cx, &staff("moi.vao", &shown, None)).await;
    assert_eq!(code_of(refused), "identity.bad_credentials");

    let weak = ops::account_set_up(&w.cx, &set_up(&issued, "moi.vao 12345")).await;
    assert_eq!(code_of(weak), "identity.invalid");
    let own = "gió thổi qua đồng";
    ops::account_set_up(&w.cx, &set_up(&issued, own)).await.unwrap();
    let twice = ops::account_set_up(&w.cx, &set_up(&issued, "mưa rơi trên phố cũ")).await;
    assert_eq!(code_of(twice), "identity.bad_setup_code");

    let signed = ops::sign_in(&w.cx, &staff("moi.vao", own, None)).await.unwrap();
    let me = w.resolve(&signed).await.unwrap();
    assert!(me.todo.enrol);
    assert!(me.caller().is_none(), "no operation of any domain sees this caller");
    let mut tx = w.begin().await;
    assert_eq!(code_of(ops::session_list(&mut tx, &me).await), "identity.setup_needed");
    let switched = ops::duty_switch(&w.cx, &mut tx, &me, &agency(), Role::Receiver).await;
    assert_eq!(code_of(switched), "identity.setup_needed");

    let enrolment = ops::totp_enrol(&w.cx, &mut tx, &me).await;
    let enrolment = tx.finish(enrolment).await.unwrap();
    assert!(enrolment.uri.contains("moi.vao"));
    let secret = decode(&enrolment.secret);
    let code = totp::code(&secret, base::Clock::now(w.db.clock.as_ref())).unwrap();
    let mut tx = w.begin().await;
    assert_eq!(code_of(ops::totp_confirm(&w.cx, &mut tx, &me, "000000").await), "identity.bad_code");
    let confirmed = ops::totp_confirm(&w.cx, &mut tx, &me, &code).await;
    tx.finish(confirmed).await.unwrap();
    let replay = staff("moi.vao", own, Some(&code));
    assert_eq!(code_of(ops::sign_in(&w.cx, &replay).await), "identity.bad_code");
    let me = w.resolve(&signed).await.unwrap();
    assert_eq!(me.actor.strength, LoginStrength::Two);
    assert!(me.caller().is_some());
    let log = w.audit().await;
    assert!(log.iter().any(|e| e.contains("identity.staff_create") && e.contains("manage_staff")));
    assert!(log.iter().all(|e| !e.contains(&*shown)), "the code is in no entry");
}

#[tokio::test]
async fn a_set_up_code_runs_out_and_is_renewed_only_while_there_is_no_password() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let issued = ops::staff_create(&w.cx, &admin, &new_staff(Role::Receiver)).await.unwrap();
    w.wait(CODE_LIFE.as_secs());
    let late = ops::account_set_up(&w.cx, &set_up(&issued, PASSWORD)).await;
    assert_eq!(code_of(late), "identity.bad_setup_code");

    let renew = async |actor: &Actor| {
        let mut tx = w.begin().await;
        let renewed = ops::setup_code_renew(&w.cx, &mut tx, actor, issued.account).await;
        tx.finish(renewed).await
    };
    assert_eq!(code_of(renew(&elsewhere(&admin)).await.map(drop)), "identity.not_found");
    let head = w.actor("thu.truong", Role::Head).await;
    assert_eq!(code_of(renew(&head).await.map(drop)), "identity.forbidden");
    let renewed = renew(&admin).await.unwrap();
    let old = ops::account_set_up(&w.cx, &set_up(&issued, PASSWORD)).await;
    assert_eq!(code_of(old), "identity.bad_setup_code");
    ops::account_set_up(&w.cx, &set_up(&renewed, PASSWORD)).await.unwrap();
    assert_eq!(code_of(renew(&admin).await.map(drop)), "identity.wrong_state");
}

#[tokio::test]
async fn an_address_that_guesses_set_up_codes_is_shut_out_and_the_holder_of_the_paper_is_not() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let issued = ops::staff_create(&w.cx, &admin, &new_staff(Role::Receiver)).await.unwrap();
    let mut guess = SetUp { code: SetupCode::parse("aaaa"), ..set_up(&issued, PASSWORD) };
    guess.client.ip = "198.51.100.9".parse().ok();
    for _ in 0..50 {
        assert_eq!(code_of(ops::account_set_up(&w.cx, &guess).await), "identity.bad_setup_code");
    }
    assert_eq!(code_of(ops::account_set_up(&w.cx, &guess).await), "identity.too_many_tries");
    let failed = w.audit().await.iter().filter(|e| e.contains("identity.account_set_up_failed")).count();
    assert_eq!(failed, 5, "a flood does not fill the log");
    // Somebody guesses passwords for this login, too.
    let mut wrong = staff("moi.vao", "sai", None);
    wrong.client = guess.client.clone();
    wrong.client.ip = "203.0.113.9".parse().ok();
    for _ in 0..5 {
        assert_eq!(code_of(ops::sign_in(&w.cx, &wrong).await), "identity.bad_credentials");
    }
    let ready = ops::account_set_up(&w.cx, &set_up(&issued, PASSWORD)).await.unwrap();
    let mut input = staff("moi.vao", PASSWORD, None);
    assert_eq!(code_of(ops::sign_in(&w.cx, &input).await), "identity.too_many_tries");
    input.client.marks = ready.marks;
    assert!(ops::sign_in(&w.cx, &input).await.unwrap().current.todo.enrol);
}

#[tokio::test]
async fn whoever_knows_only_the_password_cannot_replace_the_second_factor() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let issued = ops::staff_create(&w.cx, &admin, &new_staff(Role::Receiver)).await.unwrap();
    ops::account_set_up(&w.cx, &set_up(&issued, PASSWORD)).await.unwrap();
    let input = staff("moi.vao", PASSWORD, None);
    let (holder, thief) =
        (ops::sign_in(&w.cx, &input).await.unwrap(), ops::sign_in(&w.cx, &input).await.unwrap());
    let mut tx = w.begin().await;
    let enrolment = ops::totp_enrol(&w.cx, &mut tx, &holder.current).await;
    let secret = decode(&tx.finish(enrolment).await.unwrap().secret);
    let mut tx = w.begin().await;
    let code = totp::code(&secret, tx.now()).unwrap();
    let confirmed = ops::totp_confirm(&w.cx, &mut tx, &holder.current, &code).await;
    tx.finish(confirmed).await.unwrap();
    assert_eq!(w.resolve(&thief).await, None);
    let mut tx = w.begin().await;
    let enrolled = ops::totp_enrol(&w.cx, &mut tx, &thief.current).await;
    assert_eq!(code_of(enrolled.map(drop)), "identity.second_factor_needed");
}

#[tokio::test]
async fn an_administrator_is_made_by_two_people() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let head = w.actor("thu.truong", Role::Head).await;
    let officer = w.officer("can.bo", Role::Receiver).await;
    assert_eq!(
        code_of(ops::staff_create(&w.cx, &admin, &new_staff(Role::Administrator)).await.map(drop)),
        "identity.second_person_needed"
    );
    let grant =
        Grant { account: officer, agency: agency(), role: Role::Administrator, period: Period::default() };
    let mut tx = w.begin().await;
    let granted = ops::staff_grant(&w.cx, &mut tx, &admin, &grant).await;
    let Granted::Proposed(proposal) = tx.finish(granted).await.unwrap() else { panic!("a proposal") };

    let mut tx = w.begin().await;
    assert_eq!(ops::proposal_list(&mut tx, &head, &agency()).await.unwrap().len(), 1);
    let own = ops::staff_grant_confirm(&mut tx, &admin, officer, proposal).await;
    assert_eq!(code_of(own), "identity.second_person_needed");
    let stranger = elsewhere(&head);
    let refused = ops::staff_grant_confirm(&mut tx, &stranger, officer, proposal).await;
    assert_eq!(code_of(refused), "identity.not_found");
    let confirmed = ops::staff_grant_confirm(&mut tx, &head, officer, proposal).await;
    tx.finish(confirmed).await.unwrap();

    let mut tx = w.begin().await;
    let members = ops::staff_list(&mut tx, &head, &agency()).await.unwrap();
    assert!(members.iter().any(|m| m.account == officer && m.role == Role::Administrator));
    let again = ops::staff_grant_confirm(&mut tx, &head, officer, proposal).await;
    assert_eq!(code_of(again), "identity.not_found");
    let held = ops::staff_grant(&w.cx, &mut tx, &admin, &grant).await;
    assert_eq!(code_of(tx.finish(held).await), "identity.role_held");
}

#[tokio::test]
async fn nobody_makes_a_head_alone_and_a_body_that_is_no_agency_has_administrators_only() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let officer = w.officer("can.bo", Role::Receiver).await;
    let alone = ops::staff_create(&w.cx, &admin, &new_staff(Role::Head)).await;
    assert_eq!(code_of(alone.map(drop)), "identity.second_person_needed");
    let mut tx = w.begin().await;
    let head = Grant { account: officer, agency: agency(), role: Role::Head, period: Period::default() };
    let granted = ops::staff_grant(&w.cx, &mut tx, &admin, &head).await;
    assert!(matches!(tx.finish(granted).await.unwrap(), Granted::Proposed(_)));

    let who =
        Who::Staff { agency: a_bank(), role: Role::Administrator, name: "Hoàng Thị Ngọc Anh".into() };
    let banker = Actor { who, ..admin };
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Administrator) {
        let grant = Grant { account: officer, agency: a_bank(), role, period: Period::default() };
        let mut tx = w.begin().await;
        let granted = ops::staff_grant(&w.cx, &mut tx, &banker, &grant).await;
        let Err(IdentityError::Invalid(faults)) = granted else { panic!("{role:?}: {granted:?}") };
        assert_eq!(
            (faults[0].field.as_str(), faults[0].code.as_str()),
            ("role", "identity.role_of_agencies")
        );
    }
}

#[tokio::test]
async fn an_officer_who_serves_elsewhere_too_is_not_reset_by_one_agency() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let officer = w.officer("can.bo", Role::Receiver).await;
    let elsewhere = AgencyId::new("CA-X-99999");
    let mut tx = w.begin().await;
    let grant =
        Grant { account: officer, agency: elsewhere, role: Role::Receiver, period: Period::default() };
    let granted = ops::staff_grant(&w.cx, &mut tx, &Actor::system(), &grant).await;
    tx.finish(granted).await.unwrap();
    let mut tx = w.begin().await;
    let proposed = ops::staff_reset_propose(&mut tx, &admin, officer, &agency()).await;
    assert_eq!(code_of(proposed), "identity.serves_elsewhere");
}

#[tokio::test]
async fn a_lost_second_factor_is_reset_by_two_people_and_the_officer_begins_anew() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let head = w.actor("thu.truong", Role::Head).await;
    let officer = w.officer("can.bo", Role::Receiver).await;
    let signed = w.officer_in("can.bo").await;
    let mut tx = w.begin().await;
    for (actor, account, code) in [
        (&head, officer, "identity.forbidden"),
        (&admin, admin.account, "identity.forbidden"),
        (&elsewhere(&admin), officer, "identity.forbidden"),
    ] {
        let refused = ops::staff_reset_propose(&mut tx, actor, account, &agency()).await;
        assert_eq!(code_of(refused), code);
    }
    let proposal = ops::staff_reset_propose(&mut tx, &admin, officer, &agency()).await;
    let proposal = tx.finish(proposal).await.unwrap();
    let mut tx = w.begin().await;
    assert_eq!(ops::reset_list(&mut tx, &head, &agency()).await.unwrap()[0].account, officer);
    let own = ops::staff_reset_confirm(&w.cx, &mut tx, &admin, officer, proposal).await;
    assert_eq!(code_of(own.map(drop)), "identity.second_person_needed");
    let stranger = elsewhere(&head);
    let refused = ops::staff_reset_confirm(&w.cx, &mut tx, &stranger, officer, proposal).await;
    assert_eq!(code_of(refused.map(drop)), "identity.not_found");
    let issued = ops::staff_reset_confirm(&w.cx, &mut tx, &head, officer, proposal).await;
    let issued = tx.finish(issued).await.unwrap();

    assert_eq!(w.resolve(&signed).await, None);
    let old = staff("can.bo", PASSWORD, Some(&w.code()));
    assert_eq!(code_of(ops::sign_in(&w.cx, &old).await), "identity.bad_credentials");
    ops::account_set_up(&w.cx, &set_up(&issued, "gió thổi qua đồng")).await.unwrap();
    let again = ops::sign_in(&w.cx, &staff("can.bo", "gió thổi qua đồng", None)).await.unwrap();
    assert!(again.current.todo.enrol, "the second factor is set up anew");
    let mut tx = w.begin().await;
    let twice = ops::staff_reset_confirm(&w.cx, &mut tx, &head, officer, proposal).await;
    assert_eq!(code_of(twice.map(drop)), "identity.not_found");
}

#[tokio::test]
async fn a_duty_that_ends_takes_its_sessions_along() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let officer = w.officer("can.bo", Role::Receiver).await;
    let grant = Grant { account: officer, agency: agency(), role: Role::Decider, period: Period::default() };
    let mut tx = w.begin().await;
    let granted = ops::staff_grant(&w.cx, &mut tx, &admin, &grant).await;
    assert_eq!(tx.finish(granted).await.unwrap(), Granted::Now);
    let signed = w.officer_in("can.bo").await;
    assert_eq!(signed.current.actor.staff().unwrap().1, Role::Decider);
    let mut tx = w.begin().await;
    assert_eq!(
        code_of(ops::staff_role_end(&w.cx, &mut tx, &admin, officer, &agency(), Role::Head).await),
        "identity.not_found"
    );
    let ended = ops::staff_role_end(&w.cx, &mut tx, &admin, officer, &agency(), Role::Decider).await;
    tx.finish(ended).await.unwrap();
    assert_eq!(w.resolve(&signed).await, None);
    assert_eq!(w.officer_in("can.bo").await.current.actor.staff().unwrap().1, Role::Receiver);
}

#[tokio::test]
async fn an_officer_with_several_duties_acts_in_one_and_switches() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let officer = w.officer("can.bo", Role::Receiver).await;
    assert_eq!(w.officer_in("can.bo").await.current.duties, 1);
    let until = base::Clock::now(w.db.clock.as_ref()) + SignedDuration::from_hours(2);
    let grant = Grant {
        account: officer,
        agency: agency(),
        role: Role::Decider,
        period: Period { from: None, to: Some(until) },
    };
    let mut tx = w.begin().await;
    let granted = ops::staff_grant(&w.cx, &mut tx, &admin, &grant).await;
    tx.finish(granted).await.unwrap();

    let mut input = staff("can.bo", PASSWORD, None);
    w.wait(30);
    (input.code, input.acting) = (Some(w.code()), Some((agency(), Role::Receiver)));
    let signed = ops::sign_in(&w.cx, &input).await.unwrap();
    let me = w.resolve(&signed).await.unwrap();
    assert_eq!((me.actor.staff(), me.duties), (Some((&agency(), Role::Receiver)), 2));
    assert_eq!(me, signed.current);
    let mut tx = w.begin().await;
    let held: Vec<Role> = ops::duty_list(&mut tx, &me).await.unwrap().iter().map(|d| d.role).collect();
    assert_eq!(held, [Role::Decider, Role::Receiver]);
    for (place, role) in [(agency(), Role::Head), (AgencyId::new("CA-X-99999"), Role::Decider)] {
        assert_eq!(code_of(ops::duty_switch(&w.cx, &mut tx, &me, &place, role).await), "identity.no_role");
    }
    let switched = ops::duty_switch(&w.cx, &mut tx, &me, &agency(), Role::Decider).await;
    tx.finish(switched).await.unwrap();
    let now = w.resolve(&signed).await.unwrap();
    assert_eq!(now.actor.staff(), Some((&agency(), Role::Decider)));
    assert_eq!(now.ends_at, until, "a session never outlives the duty it acts in");

    // The duty it acts in ends, and the session with it; the other duty stays.
    let mut tx = w.begin().await;
    let ended = ops::staff_role_end(&w.cx, &mut tx, &admin, officer, &agency(), Role::Decider).await;
    tx.finish(ended).await.unwrap();
    assert_eq!(w.resolve(&signed).await, None);
    assert_eq!(w.officer_in("can.bo").await.current.duties, 1);
}

#[tokio::test]
async fn an_administrator_acts_only_for_their_own_agency_and_never_for_themselves() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let officer = w.officer("can.bo", Role::Receiver).await;
    let outside = elsewhere(&admin);
    let mut tx = w.begin().await;
    let locked = ops::account_lock(&w.cx, &mut tx, &outside, officer, LockReason::LeftService).await;
    assert_eq!(code_of(locked), "identity.not_found");
    let own =
        Grant { account: admin.account, agency: agency(), role: Role::Decider, period: Period::default() };
    assert_eq!(code_of(ops::staff_grant(&w.cx, &mut tx, &admin, &own).await), "identity.forbidden");
    let there = Grant {
        account: officer,
        agency: AgencyId::new("CA-X-99999"),
        role: Role::Decider,
        period: Period::default(),
    };
    assert_eq!(code_of(ops::staff_grant(&w.cx, &mut tx, &admin, &there).await), "identity.forbidden");
    let locked = ops::account_lock(&w.cx, &mut tx, &admin, officer, LockReason::LeftService).await;
    tx.finish(locked).await.unwrap();
    let code = w.code();
    let refused = ops::sign_in(&w.cx, &staff("can.bo", PASSWORD, Some(&code))).await;
    assert_eq!(code_of(refused), "identity.locked");
}

#[tokio::test]
async fn other_domains_learn_who_can_be_given_work() {
    let w = World::new().await;
    w.officer("can.bo", Role::Receiver).await;
    w.officer("quan.tri", Role::Administrator).await;
    let mut tx = w.begin().await;
    let officers = w.cx.officers(&mut tx, &agency()).await.unwrap();
    assert_eq!(officers.iter().map(|o| o.role).collect::<Vec<_>>(), [Role::Receiver]);
    assert!(w.cx.officers(&mut tx, &AgencyId::new("CA-X-99999")).await.unwrap().is_empty());
}

/// The same officer at another agency.
fn elsewhere(actor: &Actor) -> Actor {
    let mut other = actor.clone();
    if let contracts::Who::Staff { agency, .. } = &mut other.who {
        *agency = AgencyId::new("CA-X-99999");
    }
    other.account = contracts::AccountId(uuid::Uuid::from_u128(77));
    other
}

/// Base32 as authenticator apps read it (RFC 4648).
pub fn decode(secret: &str) -> Vec<u8> {
    let bits: String = secret
        .bytes()
        .map(|b| format!("{:05b}", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|a| *a == b).unwrap()))
        .collect();
    bits.as_bytes()
        .chunks_exact(8)
        .map(|c| u8::from_str_radix(str::from_utf8(c).unwrap(), 2).unwrap())
        .collect()
}
