//! What the record says of numbers, nationality and cards, and what becomes of the account.

use contracts::{IdentityLevel, Role, events::LifeKind};
use identity::{
    Identity, LockReason, Marks, Password, follow, ops,
    seed::{self, SeedCitizen},
};
use jiff::civil::date;

use crate::{
    enrolling::{activate, approve, file, refusal},
    opening::opening,
    population::{happens, leaves, over, person, taken},
    telco::ANS,
    world::{AN, BINH, PASSWORD, World, an, citizen, code_of},
};

/// The number that An gets after hers was cancelled.
const NEW: &str = "001199054321";
const REASONS: &str = "SELECT locked_reason FROM identity.account WHERE locked_reason IS NOT NULL";
const CARDS: &str = "SELECT card_until::text FROM identity.account WHERE card_until IS NOT NULL";

/// Number, name and password at the door.
async fn tries(cx: &Identity, number: &str) -> &'static str {
    code_of(ops::sign_in(cx, &citizen(number, PASSWORD)).await)
}

async fn notices(w: &World, part: &str) -> usize {
    let all = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due'").await;
    all.iter().filter(|notice| notice.contains(part)).count()
}

#[tokio::test]
async fn who_gets_another_number_signs_in_with_it_and_no_longer_with_the_old_one() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    w.has_phone(&signed.current, ANS).await;

    people.change(an(), |an| (an.number, an.earlier) = (None, vec![AN]));
    happens(&w, &cx, an(), LifeKind::NumberCancelled).await;
    assert_eq!(tries(&cx, AN).await, "identity.bad_credentials");
    assert_eq!(notices(&w, "không còn hiệu lực").await, 1);
    assert!(w.resolve(&signed).await.is_some(), "it is the same person");

    people.change(an(), |an| an.number = Some(NEW));
    happens(&w, &cx, an(), LifeKind::NumberEstablished).await;
    assert_eq!(tries(&cx, AN).await, "identity.bad_credentials");
    let again = ops::sign_in(&cx, &citizen(NEW, PASSWORD)).await.unwrap();
    assert_eq!(again.current.account(), signed.current.account());
    let sent = w.messages().await;
    let told = |part: &str| sent.iter().filter(|(to, text)| to == ANS && text.contains(part)).count();
    assert_eq!((told("không còn hiệu lực"), told("đăng nhập bằng số mới; số cũ")), (1, 1), "{sent:?}");
    // The same words twice, and an old one late, change nothing and tell nothing.
    for kind in [LifeKind::NumberEstablished, LifeKind::NumberCancelled] {
        happens(&w, &cx, an(), kind).await;
    }
    ops::sign_in(&cx, &citizen(NEW, PASSWORD)).await.unwrap();
    assert_eq!(notices(&w, "đăng nhập bằng số mới").await, 2);
    let kept =
        w.texts("SELECT basis FROM identity.account_event WHERE kind = 'renumbered' ORDER BY basis").await;
    assert_eq!(kept, ["cancelled", "established"]);
}

#[tokio::test]
async fn a_number_that_is_taken_and_given_back_in_one_breath_is_the_one_in_force() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    w.citizens().await;
    people.change(an(), |an| (an.number, an.earlier) = (Some(NEW), vec![AN]));
    leaves(&w, &[(an(), LifeKind::NumberCancelled), (an(), LifeKind::NumberEstablished)]).await;
    taken(&w, &cx).await;
    assert_eq!((tries(&cx, AN).await, tries(&cx, NEW).await), ("identity.bad_credentials", "ok"));
    assert_eq!(notices(&w, "số cũ").await, 1);
}

#[tokio::test]
async fn a_file_follows_the_number_too_and_gives_back_the_one_in_force() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    let (taker, decider) = (w.actor("nhan", Role::Receiver).await, w.actor("duyet", Role::Decider).await);
    let taken = ops::enrol_collect(&cx, &taker, &file(AN)).await.unwrap();
    people.change(an(), |an| (an.number, an.earlier) = (None, vec![AN]));
    happens(&w, &cx, an(), LifeKind::NumberCancelled).await;
    people.change(an(), |an| an.number = Some(NEW));
    happens(&w, &cx, an(), LifeKind::NumberEstablished).await;
    approve(&w, &decider, &taken).await.unwrap();
    assert_eq!(code_of(activate(&w, AN, &taken).await), "identity.bad_setup_code");
    activate(&w, NEW, &taken).await.unwrap();

    // And one that is refused meanwhile, with no number at all.
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    let (taker, decider) = (w.actor("nhan", Role::Receiver).await, w.actor("duyet", Role::Decider).await);
    let taken = ops::enrol_collect(&cx, &taker, &file(AN)).await.unwrap();
    people.change(an(), |an| (an.number, an.earlier) = (None, vec![AN]));
    happens(&w, &cx, an(), LifeKind::NumberCancelled).await;
    let mut tx = w.begin().await;
    let refused = ops::enrol_refuse(&cx, &mut tx, &decider, taken.account, taken.enrolment, &refusal()).await;
    tx.finish(refused).await.unwrap();
    let claims = "SELECT kind FROM identity.login_claim WHERE kind IN ('number', 'person')";
    assert_eq!(w.texts(claims).await, Vec::<String>::new());
}

#[tokio::test]
async fn whichever_number_is_shown_at_the_counter_the_one_in_force_signs_in() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, NEW, "1999-05-17");
    people.change(an(), |an| an.earlier = vec![AN]);
    let (taker, decider) = (w.actor("nhan", Role::Receiver).await, w.actor("duyet", Role::Decider).await);
    let taken = ops::enrol_collect(&cx, &taker, &file(AN)).await.unwrap();
    approve(&w, &decider, &taken).await.unwrap();
    activate(&w, NEW, &taken).await.unwrap();
    assert_eq!((tries(&cx, AN).await, tries(&cx, NEW).await), ("identity.bad_credentials", "ok"));
    people.change(an(), |an| an.number = None);
    people.add(5, BINH, "1990-01-01");
    people.change(person(5), |nobody| (nobody.number, nobody.earlier) = (None, vec![BINH]));
    let without = ops::enrol_collect(&cx, &taker, &file(BINH)).await.map(drop);
    assert_eq!(code_of(without), "identity.no_match", "nobody signs in with a number that is not in force");
}

#[tokio::test]
async fn a_number_that_changes_between_the_question_and_the_code_opens_no_account() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    let ceremony = ops::account_open_ask(&cx, &opening()).await.unwrap();
    let code = w.code_to(ANS).await;
    people.change(an(), |an| (an.number, an.earlier) = (Some(NEW), vec![AN]));
    let opened = ops::account_open_confirm(&cx, &ceremony, &code, &Marks::default()).await;
    assert_eq!(code_of(opened), "identity.no_match");
    assert_eq!(w.texts("SELECT state FROM identity.account").await, Vec::<String>::new());
}

#[tokio::test]
async fn the_end_of_the_nationality_locks_a_citizens_account_until_it_is_regained_with_a_card() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    let [account, _] = w.citizens().await;
    let signed = w.citizen_in(AN).await;
    let decider = w.actor("duyet", Role::Decider).await;
    people.change(an(), |an| (an.nationality, an.card_until) = ("KOR", None));
    happens(&w, &cx, an(), LifeKind::NationalityLost).await;
    assert_eq!(w.resolve(&signed).await, None);
    assert_eq!(w.texts(REASONS).await, ["nationality_lost"]);
    assert_eq!((tries(&cx, AN).await, notices(&w, "không còn quốc tịch").await), ("identity.locked", 1));
    happens(&w, &cx, an(), LifeKind::NationalityLost).await;
    assert_eq!(notices(&w, "không còn quốc tịch").await, 1, "the same word twice");
    // Nobody at a counter undoes what the record says.
    let mut tx = w.begin().await;
    let unlocked = ops::account_unlock(&cx, &mut tx, &decider, account).await;
    assert_eq!(code_of(tx.finish(unlocked).await), "identity.not_found");
    // A residence card makes nobody a citizen.
    people.change(an(), |an| an.card_until = Some(date(2040, 1, 1)));
    happens(&w, &cx, an(), LifeKind::PaperIssued).await;
    assert_eq!(w.texts(REASONS).await, ["nationality_lost"]);
    people.change(an(), |an| (an.nationality, an.card_until) = ("VNM", None));
    happens(&w, &cx, an(), LifeKind::NationalityRegained).await;
    assert_eq!(w.texts(REASONS).await, ["nationality_lost"], "the account stands on the card");
    people.change(an(), |an| an.card_until = Some(date(2040, 1, 1)));
    happens(&w, &cx, an(), LifeKind::PaperIssued).await;
    w.citizen_in(AN).await;
    // The old word, late, does not lock a citizen again.
    happens(&w, &cx, an(), LifeKind::NationalityLost).await;
    w.citizen_in(AN).await;
}

#[tokio::test]
async fn the_end_of_the_nationality_outweighs_a_lock_of_ones_own_which_holds_again_after_it() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    let [account, _] = w.citizens().await;
    let me = w.citizen_in(AN).await.current;
    let mut tx = w.begin().await;
    let locked = ops::account_lock(&cx, &mut tx, &me.actor, account, LockReason::OwnRequest).await;
    tx.finish(locked).await.unwrap();
    w.wait(1);
    people.change(an(), |an| an.nationality = "KOR");
    happens(&w, &cx, an(), LifeKind::NationalityLost).await;
    assert_eq!(w.texts(REASONS).await, ["nationality_lost"]);
    w.wait(1);
    people.change(an(), |an| (an.nationality, an.card_until) = ("VNM", Some(date(2040, 1, 1))));
    happens(&w, &cx, an(), LifeKind::NationalityRegained).await;
    assert_eq!(w.texts(REASONS).await, ["own_request"]);
}

#[tokio::test]
async fn a_death_and_its_annulment_taken_together_leave_the_account_open() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    w.citizens().await;
    leaves(&w, &[(an(), LifeKind::Death), (an(), LifeKind::DeathAnnulled)]).await;
    taken(&w, &cx).await;
    w.citizen_in(AN).await;
}

#[tokio::test]
async fn an_account_opened_online_goes_by_the_card_too() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    people.change(an(), |an| an.card_until = Some(date(2026, 11, 20)));
    let ceremony = ops::account_open_ask(&cx, &opening()).await.unwrap();
    let code = w.code_to(ANS).await;
    ops::account_open_confirm(&cx, &ceremony, &code, &Marks::default()).await.unwrap();
    assert_eq!(w.texts(CARDS).await, ["2026-11-20"]);
    w.citizen_in(AN).await;
    assert_eq!(follow::lock_expired(&cx).await.unwrap(), 0, "good on its last day");
    w.wait(86_400);
    assert_eq!(follow::lock_expired(&cx).await.unwrap(), 1);
    assert_eq!(tries(&cx, AN).await, "identity.locked");
}

#[tokio::test]
async fn accounts_of_before_are_asked_about_once_and_lock_when_their_card_runs_out() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    people.add(2, BINH, "1985-01-01");
    w.citizens().await;
    people.change(an(), |an| an.card_until = Some(date(2026, 11, 20)));
    assert_eq!(follow::ask_for_cards(&w.cx).await.unwrap(), 0, "there is nobody to ask");
    assert_eq!(follow::ask_for_cards(&cx).await.unwrap(), 2);
    assert_eq!(follow::ask_for_cards(&cx).await.unwrap(), 0);
    assert_eq!(w.texts(CARDS).await, ["2026-11-20"]);
    // Who had none on record is told of by the record.
    people.change(person(2), |binh| binh.card_until = Some(date(2030, 1, 1)));
    happens(&w, &cx, person(2), LifeKind::PaperIssued).await;
    assert_eq!(w.texts(CARDS).await.len(), 2);
    w.wait(86_400);
    assert_eq!(follow::lock_expired(&cx).await.unwrap(), 1);
    w.citizen_in(BINH).await;
}

#[tokio::test]
async fn one_run_locks_all_whose_card_is_over_however_many_they_are() {
    const MANY: usize = 620;
    let w = World::new().await;
    let people: Vec<SeedCitizen> = (0..MANY)
        .map(|n| SeedCitizen {
            person: person(u128::try_from(n).unwrap() + 100),
            number: format!("0010990{n:05}").parse().unwrap(),
            level: IdentityLevel::One,
            password: Password::new(PASSWORD),
        })
        .collect();
    let tx = w.begin().await;
    let made = seed::citizens(&w.cx, &tx, &people).await;
    tx.finish(made).await.unwrap();
    w.texts("WITH over AS (UPDATE identity.account SET card_until = '2026-01-01' RETURNING 1) SELECT '' FROM over").await;
    assert_eq!(follow::lock_expired(&w.cx).await.unwrap(), MANY);
    let open = "SELECT account_id::text FROM identity.account WHERE state = 'activated'";
    assert_eq!(w.texts(open).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_over_is_swept_proposals_of_two_people_too() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let officer = w.officer("can.bo", Role::Receiver).await;
    let grant = ops::staff_grant::Grant {
        account: officer,
        agency: crate::world::agency(),
        role: Role::Administrator,
        period: identity::model::Period::default(),
    };
    let mut tx = w.begin().await;
    ops::staff_grant(&w.cx, &mut tx, &admin, &grant).await.unwrap();
    ops::staff_reset_propose(&mut tx, &admin, officer, &crate::world::agency()).await.unwrap();
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    let left =
        "SELECT 'grant' FROM identity.grant_proposal UNION ALL SELECT 'reset' FROM identity.reset_proposal";
    for (days, expected) in [(7, 2), (1, 0)] {
        w.wait(days * 86_400 - 60);
        let tx = w.begin().await;
        let swept = identity::jobs::sweep(&tx).await;
        tx.finish(swept).await.unwrap();
        assert_eq!(w.texts(left).await.len(), expected, "{days}");
    }
}
