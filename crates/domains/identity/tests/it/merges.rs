//! Two records of one person become one, and two again: what becomes of their accounts.

use contracts::{AccountId, PersonId, Role, events::LifeKind, ports::Holders};
use identity::{Identity, LockReason, Marks, ops};
use jiff::civil::date;

use crate::{
    enrolling::{activate, approve, file},
    opening::opening,
    population::{Population, happens, merged, over, parted, person, says_merged},
    telco::ANS,
    world::{AN, BINH, PASSWORD, World, an, citizen, code_of},
};

/// An again, under another number and without an account; in these tests Bình is An, too, with an account of his own.
const TWIN: &str = "001190000099";

fn twin() -> PersonId {
    person(11)
}

fn binh() -> PersonId {
    person(2)
}

/// An and Bình have accounts.
async fn world() -> (World, Identity, std::sync::Arc<Population>, [AccountId; 2]) {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    people.add(2, BINH, "1999-05-17");
    people.add(11, TWIN, "1999-05-17");
    let accounts = w.citizens().await;
    (w, cx, people, accounts)
}

async fn tries(cx: &Identity, number: &str) -> &'static str {
    code_of(ops::sign_in(cx, &citizen(number, PASSWORD)).await)
}

async fn notices(w: &World, part: &str) -> Vec<String> {
    let all = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due' ORDER BY id").await;
    all.into_iter().filter(|notice| notice.contains(part)).collect()
}

async fn holder(w: &World, cx: &Identity, account: AccountId) -> (Option<PersonId>, bool) {
    let tx = w.begin().await;
    let found = cx.holder(&tx, account).await.unwrap().unwrap();
    (found.person, found.active)
}

const REASONS: &str = "SELECT locked_reason FROM identity.account WHERE locked_reason IS NOT NULL";
const MERGES: &str = "SELECT coalesce(outcome, 'none') FROM identity.person_merge";

#[tokio::test]
async fn the_only_account_follows_the_record_that_stays_with_its_sessions() {
    let (w, cx, people, [account, _]) = world().await;
    let signed = w.citizen_in(AN).await;
    merged(&w, &cx, &people, an(), twin()).await;
    let now = w.resolve(&signed).await.unwrap();
    assert_eq!((now.account(), now.actor.person()), (account, Some(twin())), "the session goes on");
    assert_eq!(holder(&w, &cx, account).await, (Some(twin()), true), "the same account: subjects stay");
    assert_eq!((tries(&cx, AN).await, tries(&cx, TWIN).await), ("identity.bad_credentials", "ok"));
    assert!(notices(&w, "đã được hợp nhất").await[0].contains(&twin().to_string()));
    assert_eq!(notices(&w, "đăng nhập bằng số mới").await.len(), 1);
    // The same word twice.
    says_merged(&w, &cx, an(), twin(), false).await;
    assert_eq!(
        (notices(&w, "đã được hợp nhất").await.len(), w.texts(MERGES).await),
        (1, vec!["moved".to_owned()])
    );
    // Nobody is enrolled twice, whichever number they show.
    let officer = w.actor("nhan", Role::Receiver).await;
    for number in [AN, TWIN] {
        let again = ops::enrol_collect(&cx, &officer, &file(number)).await.map(drop);
        assert_eq!(code_of(again), "identity.account_exists");
    }
    // What the record says of the one who stays from now on reaches the account.
    happens(&w, &cx, twin(), LifeKind::Death).await;
    assert_eq!(w.texts(REASONS).await, ["deceased"]);
}

#[tokio::test]
async fn a_merge_that_is_undone_gives_the_account_back() {
    let (w, cx, people, [account, _]) = world().await;
    merged(&w, &cx, &people, an(), twin()).await;
    let signed = ops::sign_in(&cx, &citizen(TWIN, PASSWORD)).await.unwrap();
    parted(&w, &cx, &people, an(), twin()).await;
    assert_eq!(holder(&w, &cx, account).await, (Some(an()), true));
    assert_eq!(w.resolve(&signed).await.unwrap().actor.person(), Some(an()));
    assert_eq!((tries(&cx, AN).await, tries(&cx, TWIN).await), ("ok", "identity.bad_credentials"));
    assert_eq!(w.texts(MERGES).await, Vec::<String>::new());
    says_merged(&w, &cx, an(), twin(), true).await;
    assert_eq!(notices(&w, "được tách lại").await.len(), 1, "the same word twice");
    // The other person may have an account of their own now.
    let officer = w.actor("nhan", Role::Receiver).await;
    ops::enrol_collect(&cx, &officer, &file(TWIN)).await.unwrap();
    // And the word of the merge, come late, changes nothing.
    says_merged(&w, &cx, an(), twin(), false).await;
    assert_eq!(holder(&w, &cx, account).await, (Some(an()), true));
}

#[tokio::test]
async fn of_two_accounts_that_of_the_record_that_stays_goes_on_and_the_other_is_locked() {
    let (w, cx, people, [ans, binhs]) = world().await;
    let (signed, kept) = (w.citizen_in(AN).await, w.citizen_in(BINH).await);
    w.has_phone(&signed.current, ANS).await;
    merged(&w, &cx, &people, an(), binh()).await;
    assert_eq!(w.resolve(&signed).await, None, "its sessions end");
    assert!(w.resolve(&kept).await.is_some());
    assert_eq!(w.texts(REASONS).await, ["merged"]);
    assert_eq!((holder(&w, &cx, ans).await.1, holder(&w, &cx, binhs).await), (false, (Some(binh()), true)));
    assert_eq!((tries(&cx, AN).await, tries(&cx, BINH).await), ("identity.bad_credentials", "ok"));
    let [theirs, survivors] = [an(), binh()].map(|who| who.to_string());
    assert!(notices(&w, "bạn có một tài khoản khác").await.iter().all(|notice| notice.contains(&theirs)));
    assert!(notices(&w, "tài khoản kia đã bị khóa").await[0].contains(&survivors));
    assert!(w.messages().await.iter().any(|(to, text)| to == ANS && text.contains("vừa bị khóa")));
    let officer = w.actor("duyet", Role::Decider).await;
    let mut tx = w.begin().await;
    let unlocked = ops::account_unlock(&cx, &mut tx, &officer, ans).await;
    assert_eq!(code_of(tx.finish(unlocked).await), "identity.not_found");
    says_merged(&w, &cx, an(), binh(), false).await;
    assert_eq!(notices(&w, "đã bị khóa").await.len(), 2, "the same word twice");

    parted(&w, &cx, &people, an(), binh()).await;
    assert_eq!(holder(&w, &cx, ans).await, (Some(an()), true));
    assert_eq!((tries(&cx, AN).await, tries(&cx, BINH).await), ("ok", "ok"));
    assert_eq!(w.texts(REASONS).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_lock_of_before_the_merge_holds_again_when_it_is_undone() {
    let (w, cx, people, [ans, _]) = world().await;
    let me = w.citizen_in(AN).await.current;
    let mut tx = w.begin().await;
    let locked = ops::account_lock(&cx, &mut tx, &me.actor, ans, LockReason::OwnRequest).await;
    tx.finish(locked).await.unwrap();
    w.wait(1);
    merged(&w, &cx, &people, an(), binh()).await;
    assert_eq!(w.texts(REASONS).await, ["merged"]);
    parted(&w, &cx, &people, an(), binh()).await;
    assert_eq!(w.texts(REASONS).await, ["own_request"]);
}

#[tokio::test]
async fn the_record_that_stays_may_take_the_number_over() {
    let (w, cx, people, [_, binhs]) = world().await;
    people.change(binh(), |binh| (binh.number, binh.earlier) = (None, vec![BINH]));
    happens(&w, &cx, binh(), LifeKind::NumberCancelled).await;
    people.change(binh(), |binh| binh.number = Some(AN));
    merged(&w, &cx, &people, an(), binh()).await;
    let signed = ops::sign_in(&cx, &citizen(AN, PASSWORD)).await.unwrap();
    assert_eq!(signed.current.account(), binhs);
    // Undone, the number goes back to whose it is.
    people.change(binh(), |binh| (binh.number, binh.earlier) = (None, vec![BINH, AN]));
    parted(&w, &cx, &people, an(), binh()).await;
    assert_ne!(ops::sign_in(&cx, &citizen(AN, PASSWORD)).await.unwrap().current.account(), binhs);
    assert_eq!(tries(&cx, BINH).await, "identity.bad_credentials");
}

#[tokio::test]
async fn a_file_gives_way_to_an_account_in_use_on_whichever_side_it_is() {
    let (w, cx, people, [ans, _]) = world().await;
    let (taker, decider) = (w.actor("nhan", Role::Receiver).await, w.actor("duyet", Role::Decider).await);
    // The one who stays has a file, and the account moves in its place.
    let taken = ops::enrol_collect(&cx, &taker, &file(TWIN)).await.unwrap();
    merged(&w, &cx, &people, an(), twin()).await;
    assert_eq!(holder(&w, &cx, ans).await, (Some(twin()), true));
    assert_eq!(code_of(approve(&w, &decider, &taken).await), "identity.not_found");
    assert_eq!(w.texts("SELECT ended FROM identity.enrolment").await, ["merged"]);
    assert_eq!(tries(&cx, TWIN).await, "ok");

    // The one who gives way has a file, and it comes to nothing.
    let (w, cx, people, [ans, _]) = world().await;
    let taker = w.actor("nhan", Role::Receiver).await;
    ops::enrol_collect(&cx, &taker, &file(TWIN)).await.unwrap();
    merged(&w, &cx, &people, twin(), an()).await;
    assert_eq!(holder(&w, &cx, ans).await, (Some(an()), true));
    assert_eq!(w.texts("SELECT ended FROM identity.enrolment").await, ["merged"]);
    assert_eq!((tries(&cx, AN).await, tries(&cx, TWIN).await), ("ok", "identity.bad_credentials"));
    parted(&w, &cx, &people, twin(), an()).await;
    ops::enrol_collect(&cx, &taker, &file(TWIN)).await.unwrap();
}

#[tokio::test]
async fn a_file_alone_moves_and_is_activated_with_the_number_of_the_record_that_stays() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    people.add(11, TWIN, "1999-05-17");
    let (taker, decider) = (w.actor("nhan", Role::Receiver).await, w.actor("duyet", Role::Decider).await);
    let taken = ops::enrol_collect(&cx, &taker, &file(AN)).await.unwrap();
    merged(&w, &cx, &people, an(), twin()).await;
    approve(&w, &decider, &taken).await.unwrap();
    activate(&w, TWIN, &taken).await.unwrap();
    assert_eq!(tries(&cx, TWIN).await, "ok");
}

#[tokio::test]
async fn whoever_was_about_to_open_an_account_for_a_record_that_gave_way_comes_too_late() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    people.add(11, TWIN, "1999-05-17");
    let ceremony = ops::account_open_ask(&cx, &opening()).await.unwrap();
    let code = w.code_to(ANS).await;
    merged(&w, &cx, &people, an(), twin()).await;
    let late = ops::account_open_confirm(&cx, &ceremony, &code, &Marks::default()).await;
    assert_eq!(code_of(late), "identity.no_match");
    assert_eq!(w.texts(MERGES).await, ["none"]);

    // Even where the register could not say so, the claim of that person is nobody's.
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    people.add(11, TWIN, "1999-05-17");
    let ceremony = ops::account_open_ask(&w.cx, &opening()).await.unwrap();
    let code = w.code_to(ANS).await;
    merged(&w, &cx, &people, an(), twin()).await;
    let late = ops::account_open_confirm(&w.cx, &ceremony, &code, &Marks::default()).await;
    assert_eq!(code_of(late), "identity.account_exists");
    parted(&w, &cx, &people, an(), twin()).await;
    w.wait(120);
    w.opened(&opening()).await.unwrap();
}

#[tokio::test]
async fn an_account_that_was_opened_before_the_word_came_follows_as_well() {
    let w = World::new().await;
    let (cx, people) = over(&w);
    people.add(1, AN, "1999-05-17");
    people.add(11, TWIN, "1999-05-17");
    // The records are one already, but nobody here has heard of it.
    let account = w.opened(&opening()).await.unwrap();
    merged(&w, &cx, &people, an(), twin()).await;
    assert_eq!(holder(&w, &cx, account).await.0, Some(twin()));
    assert_eq!(tries(&cx, TWIN).await, "ok");
}

#[tokio::test]
async fn what_the_other_record_said_meanwhile_does_not_outlast_the_merge() {
    let (w, cx, people, [ans, _]) = world().await;
    merged(&w, &cx, &people, an(), twin()).await;
    people.change(twin(), |twin| twin.is_living = false);
    happens(&w, &cx, twin(), LifeKind::Death).await;
    assert!(!holder(&w, &cx, ans).await.1);
    w.wait(1);
    parted(&w, &cx, &people, an(), twin()).await;
    assert_eq!(holder(&w, &cx, ans).await, (Some(an()), true), "An lives");
}

#[tokio::test]
async fn the_account_goes_by_the_card_of_the_record_that_it_stands_for() {
    let (w, cx, people, [ans, binhs]) = world().await;
    people.change(twin(), |twin| twin.card_until = Some(date(2030, 1, 1)));
    people.change(an(), |an| an.card_until = Some(date(2027, 1, 1)));
    let cards = async || {
        let sql = "SELECT concat_ws(' ', account_id, card_until) FROM identity.account WHERE card_until IS NOT NULL";
        w.texts(sql).await
    };
    merged(&w, &cx, &people, an(), twin()).await;
    assert_eq!(cards().await, [format!("{ans} 2030-01-01")]);
    parted(&w, &cx, &people, an(), twin()).await;
    assert_eq!(cards().await, [format!("{ans} 2027-01-01")]);
    // One that was locked because its card had run out opens with the card that the other record had.
    let mut tx = w.begin().await;
    let expired = LockReason::CardExpired;
    let locked = ops::account_lock(&cx, &mut tx, &contracts::Actor::system(), binhs, expired).await;
    tx.finish(locked).await.unwrap();
    people.change(binh(), |binh| binh.card_until = Some(date(2030, 1, 1)));
    merged(&w, &cx, &people, twin(), binh()).await;
    assert_eq!(tries(&cx, BINH).await, "ok");
}

#[tokio::test]
async fn a_record_that_gives_way_to_a_third_takes_its_account_along() {
    let (w, cx, people, [ans, _]) = world().await;
    people.add(12, "001190000012", "1999-05-17");
    merged(&w, &cx, &people, an(), twin()).await;
    // The undoing was never heard of, and then it was merged into another.
    merged(&w, &cx, &people, an(), person(12)).await;
    assert_eq!(holder(&w, &cx, ans).await, (Some(person(12)), true));
    assert_eq!(
        (tries(&cx, TWIN).await, tries(&cx, "001190000012").await),
        ("identity.bad_credentials", "ok")
    );
}
