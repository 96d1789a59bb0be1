//! An officer at the counter: finding an account, raising it to level 2, locking it.

use contracts::{Access, Actor, AgencyId, IdentityLevel, Purpose, Role, Who};
use identity::{
    Checked, Document, IdentityError, LockReason, Password, Present, RaiseBasis, SetupCode, Ticket,
    ops::{self, account_find::Found, account_set_up::SetUp, sign_in::Login},
    ticket::TICKET_LIFE,
};

use crate::world::{AN, BINH, PASSWORD, World, an, code_of};

pub const CHECKED: Checked = Checked {
    present: Present::Holder,
    document: Document::IdentityCard,
    basis: RaiseBasis::CardSeen,
    comparison: None,
};

/// At the counter for raising somebody.
fn raising(actor: &Actor) -> Access {
    Access::new(actor, Purpose::RAISE_LEVEL)
}

async fn look_up(w: &World, access: &Access, number: &str) -> Result<Found, IdentityError> {
    let mut tx = w.begin().await;
    let found = ops::account_find(&w.cx, &mut tx, access, &number.parse().unwrap()).await;
    tx.finish(found).await
}

async fn raise(
    w: &World,
    access: &Access,
    account: contracts::AccountId,
    ticket: &Ticket,
) -> Result<(), IdentityError> {
    let mut tx = w.begin().await;
    let raised = ops::account_raise(&w.cx, &mut tx, access, account, ticket, CHECKED, None).await;
    tx.finish(raised).await
}

#[tokio::test]
async fn an_officer_raises_the_account_of_who_was_looked_up_and_the_person_is_told() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let (signed, officer) = (w.citizen_in(AN).await, w.actor("can.bo", Role::Receiver).await);
    assert!(w.resolve(&signed).await.is_some());
    let found = look_up(&w, &raising(&officer), AN).await.unwrap();
    assert_eq!(found.account.id, account);
    let ticket = found.ticket.unwrap();
    raise(&w, &raising(&officer), account, &ticket).await.unwrap();
    let who = w.resolve(&signed).await.unwrap().actor.who;
    assert_eq!(who, Who::Citizen { person: an(), level: IdentityLevel::Two });
    // The ticket is spent with what it was for, and there is nothing more to raise.
    let again = raise(&w, &raising(&officer), account, &ticket).await;
    assert_eq!(code_of(again), "identity.look_up_first");
    let fresh = look_up(&w, &raising(&officer), AN).await.unwrap().ticket.unwrap();
    assert_eq!(code_of(raise(&w, &raising(&officer), account, &fresh).await), "identity.wrong_state");

    // A file that was finished at once, so that it is counted.
    let file = "SELECT concat_ws(' ', level, commune, agency, basis, approved_at = activated_at, number_claim IS NULL) FROM identity.enrolment";
    assert_eq!(w.texts(file).await, ["2 26740 CA-X-26740 holder identity_card card_seen t t"]);
    let counts = "SELECT concat_ws(' ', commune, collected, approved, activated, ended) FROM identity.funnel";
    assert_eq!(w.texts(counts).await, ["26740 1 1 1 0"]);

    let history =
        w.texts("SELECT kind || ' ' || basis FROM identity.account_event WHERE kind = 'raised'").await;
    assert_eq!(history, ["raised holder identity_card card_seen"]);
    let log = w.audit().await;
    let entry = log.iter().find(|e| e.contains("identity.account_raise")).unwrap();
    for said in [&an().to_string(), "raise_level", "NĐ 69/2024", "identity_card", "card_seen"] {
        assert!(entry.contains(said), "{said}: {entry}");
    }
    let told = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due'").await;
    assert!(told.len() == 1 && told[0].contains(&an().to_string()), "{told:?}");
}

#[tokio::test]
async fn only_a_look_up_for_that_purpose_by_whoever_may_raise_gives_a_ticket() {
    let w = World::new().await;
    w.citizens().await;
    for (n, role) in Role::ALL.into_iter().enumerate() {
        let actor = w.actor(&format!("can.bo{n}"), role).await;
        for purpose in Purpose::ALL {
            let found = look_up(&w, &Access::new(&actor, purpose), AN).await;
            let finds = matches!(role, Role::Receiver | Role::Decider | Role::Head);
            assert_eq!(found.is_ok(), finds, "{role:?} {purpose:?}");
            let raises = matches!(role, Role::Receiver | Role::Decider) && purpose == Purpose::RAISE_LEVEL;
            assert_eq!(found.ok().and_then(|f| f.ticket).is_some(), raises, "{role:?} {purpose:?}");
        }
    }
}

/// One right way among all that differ from it in one thing.
#[tokio::test]
async fn a_ticket_counts_for_one_officer_in_one_duty_one_account_and_a_short_time() {
    let w = World::new().await;
    let [account, other] = w.citizens().await;
    let officer = w.actor("can.bo", Role::Receiver).await;
    let with = |agency: &str, role: Role| {
        let who = Who::Staff { agency: AgencyId::new(agency), role, name: "Trần Thị Cán Bộ".into() };
        Actor { who, ..officer.clone() }
    };
    let colleague = w.actor("dong.nghiep", Role::Receiver).await;
    let ticket = look_up(&w, &raising(&officer), AN).await.unwrap().ticket.unwrap();
    let of_binh = look_up(&w, &raising(&officer), BINH).await.unwrap().ticket.unwrap();
    let forged = Ticket::parse(&ticket.as_str().replace('.', "0."));
    let refused = "identity.look_up_first";
    let mut cases = vec![
        ("a colleague", raising(&colleague), account, ticket.clone(), refused),
        ("another agency", raising(&with("CA-X-99999", Role::Receiver)), account, ticket.clone(), refused),
        (
            "no counter",
            raising(&with("NGAN-HANG-MAU", Role::Receiver)),
            account,
            ticket.clone(),
            "identity.wrong_office",
        ),
        ("another duty", raising(&with("CA-X-26740", Role::Decider)), account, ticket.clone(), refused),
        ("another account", raising(&officer), other, ticket.clone(), refused),
        ("another person's ticket", raising(&officer), account, of_binh, refused),
        ("a longer time", raising(&officer), account, forged, refused),
        ("no ticket", raising(&officer), account, Ticket::parse(""), refused),
        ("an officer's account", raising(&officer), colleague.account, ticket.clone(), "identity.not_found"),
    ];
    for role in Role::ALL.into_iter().filter(|r| !matches!(r, Role::Receiver | Role::Decider)) {
        let access = raising(&with("CA-X-26740", role));
        cases.push(("a role that may not", access, account, ticket.clone(), "identity.forbidden"));
    }
    for purpose in Purpose::ALL.into_iter().filter(|p| *p != Purpose::RAISE_LEVEL) {
        let access = Access::new(&officer, purpose);
        cases.push((purpose.code, access, account, ticket.clone(), "identity.forbidden"));
    }
    for (what, access, account, ticket, expected) in cases {
        assert_eq!(code_of(raise(&w, &access, account, &ticket).await), expected, "{what}");
    }
    w.wait(TICKET_LIFE.as_secs());
    let late = raise(&w, &raising(&officer), account, &ticket).await;
    assert_eq!(code_of(late), refused);
    let fresh = look_up(&w, &raising(&officer), AN).await.unwrap().ticket.unwrap();
    w.wait(TICKET_LIFE.as_secs() - 1);
    raise(&w, &raising(&officer), account, &fresh).await.unwrap();
}

#[tokio::test]
async fn whoever_lost_everything_begins_anew_at_the_counter_with_a_paper() {
    let w = World::new().await;
    let account = crate::helping::trusting(&w).await.account();
    ops::recovery_ask(&w.cx, &AN.parse().unwrap(), &crate::world::client()).await.unwrap();
    w.messages().await;
    let (signed, officer) = (w.citizen_in(AN).await, w.actor("can.bo", Role::Receiver).await);
    let reset = async |ticket: &Ticket| {
        let mut tx = w.begin().await;
        let issued =
            ops::account_reset(&w.cx, &mut tx, &raising(&officer), account, ticket, CHECKED, None).await;
        tx.finish(issued).await
    };
    assert_eq!(code_of(reset(&Ticket::parse("")).await.map(drop)), "identity.look_up_first");
    let ticket = look_up(&w, &raising(&officer), AN).await.unwrap().ticket.unwrap();
    let requests = async || w.texts("SELECT recovery_id::text FROM identity.recovery").await.len();
    assert_eq!(requests().await, 1);
    let issued = reset(&ticket).await.unwrap();
    assert_eq!(requests().await, 0, "what somebody asked meanwhile is over");
    assert_eq!(w.resolve(&signed).await, None);
    assert_eq!(
        code_of(ops::sign_in(&w.cx, &crate::world::citizen(AN, PASSWORD)).await),
        "identity.bad_credentials"
    );
    let set_up = |code: &SetupCode, password: &str| SetUp {
        login: Login::Citizen(AN.parse().unwrap()),
        code: code.clone(),
        password: Password::new(password),
        client: crate::world::client(),
    };
    let wrong = set_up(&SetupCode::parse("aaaa"), "gió thổi qua đồng");
    assert_eq!(code_of(ops::account_set_up(&w.cx, &wrong).await), "identity.bad_setup_code");
    assert_eq!(code_of(ops::account_set_up(&w.cx, &set_up(&issued.code, AN)).await), "identity.invalid");
    let right = set_up(&issued.code, "gió thổi qua đồng");
    ops::account_set_up(&w.cx, &right).await.unwrap();
    assert_eq!(code_of(ops::account_set_up(&w.cx, &right).await), "identity.bad_setup_code");
    ops::sign_in(&w.cx, &crate::world::citizen(AN, "gió thổi qua đồng")).await.unwrap();
    let told = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due'").await;
    assert!(told.iter().any(|t| t.contains("tại quầy")), "{told:?}");
}

#[tokio::test]
async fn a_locked_account_is_not_raised() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let officer = w.actor("can.bo", Role::Decider).await;
    let ticket = look_up(&w, &raising(&officer), AN).await.unwrap().ticket.unwrap();
    let mut tx = w.begin().await;
    let locked = ops::account_lock(&w.cx, &mut tx, &Actor::system(), account, LockReason::Authority).await;
    tx.finish(locked).await.unwrap();
    // The account has moved on since it was looked up.
    assert_eq!(code_of(raise(&w, &raising(&officer), account, &ticket).await), "identity.look_up_first");
    assert_eq!(look_up(&w, &raising(&officer), AN).await.unwrap().ticket, None);
}

#[tokio::test]
async fn a_citizen_finds_locks_and_raises_nobody_and_an_auditor_neither() {
    let w = World::new().await;
    let [account, other] = w.citizens().await;
    let citizen = w.citizen_in(AN).await.current.actor;
    for actor in [citizen, w.actor("kiem.tra", Role::Auditor).await] {
        let raised = raise(&w, &raising(&actor), account, &Ticket::parse("")).await;
        assert_eq!(code_of(raised), "identity.forbidden");
        assert_eq!(code_of(look_up(&w, &raising(&actor), AN).await), "identity.forbidden");
        let mut tx = w.begin().await;
        let locked = ops::account_lock(&w.cx, &mut tx, &actor, other, LockReason::Misuse).await;
        let expected = if actor.staff().is_some() { "identity.not_found" } else { "identity.forbidden" };
        assert_eq!(code_of(tx.finish(locked).await), expected);
    }
}
