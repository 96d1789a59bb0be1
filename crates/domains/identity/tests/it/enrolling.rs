//! From the file at the counter to an account in use, and what comes to nothing.

use contracts::{Actor, IdentityLevel, Role};
use identity::{
    Document, IdentityError, Password, Present, RaiseBasis, SetupCode,
    enrolment::{Counts, Refusal, RefusalReason},
    ops::{
        self,
        account_set_up::SetUp,
        enrol_collect::{Collected, Collecting},
        enrol_follow::{Followed, Following},
        sign_in::Login,
    },
};
use store::jobs::Handlers;

use crate::world::{AN, BE, BINH, PASSWORD, World, agency, citizen, client, code_of, guardian};

pub fn file(number: &str) -> Collecting {
    Collecting {
        number: number.parse().unwrap(),
        level: IdentityLevel::Two,
        present: Present::Holder,
        document: Some(Document::IdentityCard),
        basis: RaiseBasis::CardSeen,
        comparison: None,
        guardian: None,
        phone: None,
    }
}

/// Because the card is not valid.
pub fn refusal() -> Refusal {
    Refusal { reason: RefusalReason::CardInvalid, note: String::new() }
}

pub async fn approve(w: &World, actor: &Actor, file: &Collected) -> Result<(), IdentityError> {
    let mut tx = w.begin().await;
    let approved = ops::enrol_approve(&w.cx, &mut tx, actor, file.account, file.enrolment).await;
    tx.finish(approved).await
}

pub async fn activate(w: &World, number: &str, file: &Collected) -> Result<(), IdentityError> {
    let input = SetUp {
        login: Login::Citizen(number.parse().unwrap()),
        code: file.code.clone(),
        password: Password::new(PASSWORD),
        client: client(),
    };
    ops::account_set_up(&w.cx, &input).await.map(drop)
}

async fn counts(w: &World) -> Counts {
    let head = Actor::system();
    let mut tx = w.begin().await;
    let from = base::vietnam_date(tx.now()).checked_sub(jiff::Span::new().days(30)).unwrap();
    let all = ops::funnel(&mut tx, &head, from).await.unwrap();
    assert_eq!(all.iter().map(|c| c.commune.as_str()).collect::<Vec<_>>(), ["26740"]);
    all[0].counts
}

async fn jobs(w: &World) {
    let handlers = Handlers::new(identity::jobs::handlers(&w.cx));
    store::jobs::drain(&w.db.store, &handlers).await.unwrap();
}

#[tokio::test]
async fn a_file_is_taken_by_one_officer_decided_by_another_and_activated_by_its_holder() {
    let w = World::new().await;
    let (taker, decider) =
        (w.actor("tiep.nhan", Role::Decider).await, w.actor("giai.quyet", Role::Decider).await);
    let file = ops::enrol_collect(&w.cx, &taker, &file(AN)).await.unwrap();
    assert_eq!(file.due_on, jiff::civil::date(2026, 11, 25), "three working days");
    assert_eq!(code_of(activate(&w, AN, &file).await), "identity.not_approved");
    assert_eq!(code_of(approve(&w, &taker, &file).await), "identity.second_person_needed");
    let mut tx = w.begin().await;
    let waiting = ops::enrol_list(&mut tx, &decider, &agency()).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].id), (1, file.enrolment));
    drop(tx);
    approve(&w, &decider, &file).await.unwrap();
    assert_eq!(code_of(approve(&w, &decider, &file).await), "identity.wrong_state");
    activate(&w, AN, &file).await.unwrap();
    let signed = w.citizen_in(AN).await;
    let who = &w.resolve(&signed).await.unwrap().actor.who;
    assert!(matches!(who, contracts::Who::Citizen { level: IdentityLevel::Two, .. }));
    assert_eq!(counts(&w).await, Counts { collected: 1, approved: 1, activated: 1, ended: 0 });
    // Nothing is left to remind of, and nothing ends.
    w.wait(8 * 86_400);
    jobs(&w).await;
    w.citizen_in(AN).await;
}

#[tokio::test]
async fn a_person_has_one_file_and_a_refused_one_gives_the_number_back() {
    let w = World::new().await;
    let (taker, decider) =
        (w.actor("tiep.nhan", Role::Receiver).await, w.actor("giai.quyet", Role::Decider).await);
    let first = ops::enrol_collect(&w.cx, &taker, &file(AN)).await.unwrap();
    let again = ops::enrol_collect(&w.cx, &taker, &file(AN)).await;
    assert_eq!(code_of(again.map(drop)), "identity.account_exists");
    let unknown = ops::enrol_collect(&w.cx, &taker, &file("001099099999")).await;
    assert_eq!(code_of(unknown.map(drop)), "identity.not_found");
    let mut tx = w.begin().await;
    let refused =
        ops::enrol_refuse(&w.cx, &mut tx, &decider, first.account, first.enrolment, &refusal()).await;
    tx.finish(refused).await.unwrap();
    assert_eq!(code_of(activate(&w, AN, &first).await), "identity.bad_setup_code");
    ops::enrol_collect(&w.cx, &taker, &file(AN)).await.unwrap();
    assert_eq!(counts(&w).await, Counts { collected: 2, approved: 0, activated: 0, ended: 1 });
}

async fn follow(w: &World, number: &str, code: &SetupCode) -> Result<Followed, IdentityError> {
    let login = Login::Citizen(number.parse().unwrap());
    let input = Following { login, code: code.clone(), client: client() };
    ops::enrol_follow(&w.cx, &input).await
}

#[tokio::test]
async fn who_handed_in_a_file_follows_it_with_the_code_on_the_paper_and_reads_why_it_was_refused() {
    let w = World::new().await;
    let (taker, decider) =
        (w.actor("tiep.nhan", Role::Receiver).await, w.actor("giai.quyet", Role::Decider).await);
    let first = ops::enrol_collect(&w.cx, &taker, &file(AN)).await.unwrap();
    assert_eq!(follow(&w, AN, &first.code).await.unwrap(), Followed::Waits { due_on: first.due_on });
    for (number, code) in [(BINH, first.code.clone()), (AN, SetupCode::parse("abcd-efgh-ijkm-npqr"))] {
        assert_eq!(code_of(follow(&w, number, &code).await), "identity.bad_setup_code");
    }
    let refuse = async |why: &Refusal| {
        let mut tx = w.begin().await;
        let refused = ops::enrol_refuse(&w.cx, &mut tx, &decider, first.account, first.enrolment, why).await;
        tx.finish(refused).await
    };
    assert_eq!(code_of(Refusal::typed("", "")), "identity.invalid");
    assert_eq!(code_of(Refusal::typed("other", " ")), "identity.invalid", "another reason is said in words");
    assert_eq!(code_of(Refusal::typed("incomplete", &"a".repeat(301))), "identity.invalid");
    let why = Refusal::typed("other", " Ảnh trên thẻ\nkhông rõ ").unwrap();
    refuse(&why).await.unwrap();
    assert_eq!(follow(&w, AN, &first.code).await.unwrap(), Followed::Refused(Some(why)));
    // The code opens nothing, and the next file has its own.
    assert_eq!(code_of(activate(&w, AN, &first).await), "identity.bad_setup_code");
    let second = ops::enrol_collect(&w.cx, &taker, &file(AN)).await.unwrap();
    approve(&w, &decider, &second).await.unwrap();
    assert!(matches!(
        follow(&w, AN, &second.code).await.unwrap(),
        Followed::Approved { guardian_waits: false, .. }
    ));
    assert!(matches!(follow(&w, AN, &first.code).await.unwrap(), Followed::Refused(_)));
    activate(&w, AN, &second).await.unwrap();
    assert_eq!(code_of(follow(&w, AN, &second.code).await), "identity.bad_setup_code", "it is in use");
    let log = w.audit().await;
    assert!(log.iter().any(|e| e.contains("identity.enrol_refuse") && e.contains("\"other\"")), "{log:?}");
}

#[tokio::test]
async fn what_is_not_activated_in_seven_days_is_reminded_of_and_ends() {
    let w = World::new().await;
    let (taker, decider) =
        (w.actor("tiep.nhan", Role::Receiver).await, w.actor("giai.quyet", Role::Decider).await);
    let first = ops::enrol_collect(&w.cx, &taker, &file(AN)).await.unwrap();
    approve(&w, &decider, &first).await.unwrap();
    let reminders = "SELECT payload::text FROM store.outbox WHERE topic = 'notice.due' AND payload::text LIKE '%Còn 2 ngày%'";
    w.wait(5 * 86_400 - 1);
    jobs(&w).await;
    assert_eq!(w.texts(reminders).await.len(), 0);
    w.wait(1);
    jobs(&w).await;
    assert_eq!(w.texts(reminders).await.len(), 1);
    w.wait(2 * 86_400);
    // Too late also before the job has run.
    assert_eq!(code_of(activate(&w, AN, &first).await), "identity.too_late");
    jobs(&w).await;
    assert_eq!(code_of(activate(&w, AN, &first).await), "identity.bad_setup_code");
    assert_eq!(w.texts("SELECT ended FROM identity.enrolment").await, ["expired"]);
    ops::enrol_collect(&w.cx, &taker, &file(AN)).await.unwrap();
}

#[tokio::test]
async fn a_childs_account_takes_a_guardian_at_the_counter_and_their_word_before_it_is_activated() {
    let w = World::new().await;
    w.citizens().await;
    let parent = w.citizen_in(AN).await.current;
    let (taker, decider) =
        (w.actor("tiep.nhan", Role::Receiver).await, w.actor("giai.quyet", Role::Decider).await);
    assert_eq!(
        code_of(ops::enrol_collect(&w.cx, &taker, &file(BE)).await.map(drop)),
        "identity.guardian_needed"
    );
    let with = Collecting { present: Present::Guardian, guardian: Some(guardian(AN)), ..file(BE) };
    let file = ops::enrol_collect(&w.cx, &taker, &with).await.unwrap();
    approve(&w, &decider, &file).await.unwrap();
    assert_eq!(code_of(activate(&w, BE, &file).await), "identity.guardian_needed");

    let agree = async |me: &identity::Current| {
        let mut tx = w.begin().await;
        let agreed = ops::ward_agree(&mut tx, me, file.enrolment).await;
        tx.finish(agreed).await
    };
    assert_eq!(code_of(agree(&parent).await), "identity.second_factor_needed");
    let mut strong = parent.clone();
    strong.actor.strength = contracts::LoginStrength::Two;
    let mut stranger = w.citizen_in(BINH).await.current;
    stranger.actor.strength = contracts::LoginStrength::Two;
    assert_eq!(code_of(agree(&stranger).await), "identity.not_found");
    agree(&strong).await.unwrap();
    let mut tx = w.begin().await;
    assert_eq!(ops::ward_list(&mut tx, &strong).await.unwrap(), Vec::new());
    drop(tx);
    activate(&w, BE, &file).await.unwrap();
    w.citizen_in(BE).await;
}

#[tokio::test]
async fn an_account_opened_online_is_activated_by_its_first_sign_in_or_ends() {
    let w = World::new().await;
    w.opened(&crate::opening::opening()).await.unwrap();
    let states = "SELECT state FROM identity.account";
    assert_eq!(w.texts(states).await, ["approved"]);
    assert_eq!(counts(&w).await, Counts { collected: 1, approved: 1, activated: 0, ended: 0 });
    w.citizen_in(AN).await;
    assert_eq!(w.texts(states).await, ["activated"]);
    assert_eq!(counts(&w).await, Counts { collected: 1, approved: 1, activated: 1, ended: 0 });

    let late = World::new().await;
    late.opened(&crate::opening::opening()).await.unwrap();
    late.wait(7 * 86_400);
    assert_eq!(code_of(ops::sign_in(&late.cx, &citizen(AN, PASSWORD)).await), "identity.too_late");
    jobs(&late).await;
    assert_eq!(code_of(ops::sign_in(&late.cx, &citizen(AN, PASSWORD)).await), "identity.bad_credentials");
    late.opened(&crate::opening::opening()).await.unwrap();
}
