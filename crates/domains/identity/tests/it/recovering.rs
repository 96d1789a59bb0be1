//! Back in with the help of two people named before; never quicker than a day, never unnoticed, and never by a request that
//! somebody else made.

use base::Fault;
use contracts::AccountId;
use identity::{
    Client, Current, IdentityError, Password, SetupCode,
    ops::{
        self,
        recovery::{Asked, RECOVERY_LIFE, RECOVERY_WAIT, Recovering},
        recovery_agree::Asker,
    },
};

use crate::{
    helping::{CHI, DUNG, invited, invites, strong, trusting},
    telco::ANS,
    world::{AN, BINH, PASSWORD, World, citizen, client, code_of},
};

const NEW: &str = "gió thổi qua đồng";
const NOTICES: &str =
    "SELECT payload->>'person' FROM store.outbox WHERE topic = 'notice.due' AND payload::text LIKE ";

async fn ask(w: &World, number: &str) -> Asked {
    let asked = ops::recovery_ask(&w.cx, &number.parse().unwrap(), &client()).await.unwrap();
    w.messages().await;
    asked
}

/// Somebody else, elsewhere.
fn stranger(n: u8) -> Client {
    Client { ip: format!("198.51.100.{n}").parse().ok(), ..Client::default() }
}

async fn agree(w: &World, helper: &Current, account: AccountId, word: &str) -> Result<(), IdentityError> {
    ops::recovery_agree(&w.cx, helper, account, word).await
}

/// Bình and Chi have met whoever has this word, and agree.
async fn both_agree(w: &World, account: AccountId, word: &str) {
    for number in [BINH, CHI] {
        agree(w, &strong(w, number).await, account, word).await.unwrap();
    }
}

async fn enter(w: &World, code: &SetupCode) -> Result<(), IdentityError> {
    let (number, password) = (AN.parse().unwrap(), Password::new(NEW));
    let input = Recovering { number, code: code.clone(), password, client: client() };
    ops::recovery_use(&w.cx, &input).await
}

async fn askers(w: &World, helper: &Current) -> Vec<Asker> {
    let mut tx = w.begin().await;
    let askers = ops::recovery_list(&mut tx, helper).await;
    tx.finish(askers).await.unwrap()
}

async fn cancel(w: &World, me: &Current) -> bool {
    let mut tx = w.begin().await;
    let stopped = ops::recovery_cancel(&w.cx, &mut tx, me).await;
    tx.finish(stopped).await.unwrap()
}

async fn requests(w: &World) -> usize {
    w.texts("SELECT recovery_id::text FROM identity.recovery").await.len()
}

fn fault<T>(outcome: Result<T, IdentityError>) -> String {
    let refused = outcome.err().unwrap();
    refused.fields().iter().map(|f| format!("{} {}", f.field, f.code)).collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn two_helpers_and_a_day_open_the_account_with_a_new_password_and_nothing_old() {
    let w = World::new().await;
    let me = trusting(&w).await;
    w.has_phone(&me, ANS).await;
    let old = w.citizen_in(AN).await;
    let Asked { code, word } = ask(&w, AN).await;
    let (binh, chi) = (strong(&w, BINH).await, strong(&w, CHI).await);
    assert_eq!(code_of(enter(&w, &code).await), "identity.recovery_waits");
    agree(&w, &binh, me.account(), &word).await.unwrap();
    assert_eq!(code_of(agree(&w, &binh, me.account(), &word).await), "identity.not_found", "once each");
    w.wait(RECOVERY_WAIT.as_secs());
    assert_eq!(code_of(enter(&w, &code).await), "identity.recovery_waits", "one is not two");
    agree(&w, &chi, me.account(), &format!(" {} {} ", &word[..3], &word[3..])).await.unwrap();
    w.wait(RECOVERY_WAIT.as_secs() - 60);
    assert_eq!(code_of(enter(&w, &code).await), "identity.recovery_waits");
    w.wait(60);
    let wrong = SetupCode::parse("aaaa");
    assert_eq!(code_of(enter(&w, &wrong).await), "identity.bad_setup_code");
    enter(&w, &code).await.unwrap();
    assert_eq!(code_of(enter(&w, &code).await), "identity.bad_setup_code");
    assert_eq!(w.resolve(&old).await, None);
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.bad_credentials");
    ops::sign_in(&w.cx, &citizen(AN, NEW)).await.unwrap();
    let words = w.messages().await;
    assert!(words.len() == 1 && words[0].0 == ANS && words[0].1.contains("mật khẩu mới"), "{words:?}");
    for step in ["xin lấy lại tài khoản", "nhờ bạn giúp", "Hai người đã đồng ý", "đã có mật khẩu mới"]
    {
        let told = w.texts(&format!("{NOTICES} '%{step}%'")).await;
        assert_eq!(told.len(), if step == "nhờ bạn giúp" { 2 } else { 1 }, "{step}");
    }
}

#[tokio::test]
async fn asking_does_the_same_for_everybody_and_a_job_looks_whose_number_it_is() {
    let w = World::new().await;
    trusting(&w).await;
    let written = async || {
        let tables = ["store.job", "store.outbox", "store.audit_intake", "identity.recovery"];
        let mut counts = Vec::new();
        for table in tables {
            counts.push(w.texts(&format!("SELECT count(*)::text FROM {table}")).await);
        }
        counts
    };
    let mut before = written().await;
    let mut more = Vec::new();
    for number in [AN, "001099099999"] {
        ops::recovery_ask(&w.cx, &number.parse().unwrap(), &client()).await.unwrap();
        let after = written().await;
        more.push(before.iter().zip(&after).map(|(a, b)| a == b).collect::<Vec<_>>());
        before = after;
    }
    assert_eq!(more, [[false, true, true, true], [false, true, true, true]], "one job, and nothing else");
    let jobs = w.texts("SELECT payload::text FROM store.job").await;
    assert_eq!(jobs[0].len(), jobs[1].len());
    w.messages().await;
    assert_eq!(requests(&w).await, 1);
}

#[tokio::test]
async fn asking_opens_nothing_without_two_who_said_yes() {
    let w = World::new().await;
    w.citizens().await;
    let me = strong(&w, AN).await;
    // Invited is not yet helping.
    for number in [BINH, CHI, DUNG] {
        invites(&w, &me, number).await.unwrap();
    }
    invited(&w, BINH, true).await;
    for number in [AN, "001099099999"] {
        ask(&w, number).await;
    }
    assert_eq!(requests(&w).await, 0);
    assert_eq!(code_of(enter(&w, &SetupCode::parse("aaaa")).await), "identity.bad_setup_code");
}

#[tokio::test]
async fn who_asks_later_neither_takes_an_agreement_over_nor_ends_nor_delays_the_request() {
    let w = World::new().await;
    let me = trusting(&w).await;
    let mine = ask(&w, AN).await;
    let binh = strong(&w, BINH).await;
    agree(&w, &binh, me.account(), &mine.word).await.unwrap();
    w.wait(3600);
    let theirs = ask(&w, AN).await;
    let chi = strong(&w, CHI).await;
    agree(&w, &chi, me.account(), &mine.word).await.unwrap();
    w.wait(RECOVERY_WAIT.as_secs() - 1);
    ask(&w, AN).await;
    w.wait(1);
    assert_eq!(code_of(enter(&w, &theirs.code).await), "identity.recovery_waits", "nobody agreed to it");
    enter(&w, &mine.code).await.unwrap();
    assert_eq!(requests(&w).await, 0, "all others are over");
    assert_eq!(code_of(enter(&w, &theirs.code).await), "identity.bad_setup_code");
}

#[tokio::test]
async fn who_asks_first_gets_nothing_of_what_is_agreed_to_another() {
    let w = World::new().await;
    let me = trusting(&w).await;
    let theirs = ask(&w, AN).await;
    w.wait(60);
    let mine = ask(&w, AN).await;
    both_agree(&w, me.account(), &mine.word).await;
    w.wait(RECOVERY_WAIT.as_secs());
    assert_eq!(code_of(enter(&w, &theirs.code).await), "identity.recovery_waits");
    enter(&w, &mine.code).await.unwrap();
}

#[tokio::test]
async fn a_wrong_word_agrees_to_nothing_and_too_many_of_them_wait() {
    let w = World::new().await;
    let me = trusting(&w).await;
    let Asked { code, word } = ask(&w, AN).await;
    let (binh, chi) = (strong(&w, BINH).await, strong(&w, CHI).await);
    for bad in ["", "12345", "1234567", "mã của tôi"] {
        assert_eq!(fault(agree(&w, &binh, me.account(), bad).await), "word identity.check_word_shape");
    }
    let wrong = if *word == *"000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(fault(agree(&w, &binh, me.account(), wrong).await), "word identity.check_word_wrong");
    }
    assert_eq!(code_of(agree(&w, &binh, me.account(), &word).await), "identity.too_many_tries");
    // Another helper's door is another one.
    agree(&w, &chi, me.account(), &word).await.unwrap();
    w.wait(30);
    agree(&w, &binh, me.account(), &word).await.unwrap();
    w.wait(RECOVERY_WAIT.as_secs());
    enter(&w, &code).await.unwrap();
}

#[tokio::test]
async fn who_asks_often_stands_once_in_the_list_and_keeps_nobody_out_of_it() {
    let w = World::new().await;
    let me = trusting(&w).await;
    // Dũng, too, has Bình and An as helpers.
    let dung = strong(&w, DUNG).await;
    for helper in [BINH, AN] {
        invites(&w, &dung, helper).await.unwrap();
        invited(&w, helper, true).await;
    }
    w.wait(60);
    for n in 0..60 {
        ops::recovery_ask(&w.cx, &AN.parse().unwrap(), &stranger(n)).await.ok();
    }
    w.wait(60);
    let mine = ask(&w, DUNG).await;
    let binh = strong(&w, BINH).await;
    let seen = askers(&w, &binh).await;
    let whose: Vec<(AccountId, i64)> = seen.iter().map(|asker| (asker.account, asker.requests)).collect();
    assert_eq!(whose, [(me.account(), 50), (dung.account(), 1)], "the number's door held the rest");
    assert!(seen.iter().all(|asker| !asker.agreed));
    agree(&w, &binh, dung.account(), &mine.word).await.unwrap();
    assert_eq!(askers(&w, &binh).await.len(), 1, "done");
    // A last one asked for An, whose word Bình is told: the oldest do not hide it.
    w.wait(900);
    let late = ask(&w, AN).await;
    agree(&w, &binh, me.account(), &late.word).await.unwrap();
    assert!(askers(&w, &binh).await[0].agreed, "there are others still");
}

#[tokio::test]
async fn a_code_stays_good_while_somebody_floods_the_asking() {
    let w = World::new().await;
    let me = trusting(&w).await;
    let mine = ask(&w, AN).await;
    both_agree(&w, me.account(), &mine.word).await;
    w.wait(RECOVERY_WAIT.as_secs());
    // From everywhere, and from the holder's own network.
    for n in 0..200 {
        ops::recovery_ask(&w.cx, &AN.parse().unwrap(), &stranger(n)).await.ok();
        ops::recovery_ask(&w.cx, &AN.parse().unwrap(), &client()).await.ok();
    }
    let asked = ops::recovery_ask(&w.cx, &AN.parse().unwrap(), &client()).await;
    assert_eq!(code_of(asked.map(drop)), "identity.too_many_tries");
    // Nor does it matter that somebody keeps the sign-in shut.
    for _ in 0..6 {
        ops::sign_in(&w.cx, &citizen(AN, "sai")).await.err().unwrap();
    }
    enter(&w, &mine.code).await.unwrap();
}

#[tokio::test]
async fn one_address_does_not_keep_another_from_asking() {
    let w = World::new().await;
    trusting(&w).await;
    let mut asked = Vec::new();
    for _ in 0..200 {
        asked.push(ops::recovery_ask(&w.cx, &AN.parse().unwrap(), &stranger(1)).await.is_ok());
        w.wait(60);
    }
    assert!(asked.iter().filter(|good| **good).count() < 20, "{asked:?}");
    ask(&w, AN).await;
    // And for other numbers from that address: many, but not any number.
    let many = async |from: u32| {
        for n in from..from + 40 {
            let number = format!("0010990{n:05}").parse().unwrap();
            if ops::recovery_ask(&w.cx, &number, &stranger(2)).await.is_err() {
                return n;
            }
        }
        from + 40
    };
    assert_eq!(many(0).await, 20);
}

#[tokio::test]
async fn asking_again_and_again_costs_one_message_and_one_notice_a_day() {
    let w = World::new().await;
    let me = trusting(&w).await;
    w.has_phone(&me, ANS).await;
    w.wait(24 * 3600);
    let flood = async |from: u8| {
        for n in from..from + 10 {
            ops::recovery_ask(&w.cx, &AN.parse().unwrap(), &stranger(n)).await.unwrap();
        }
        w.messages().await.len()
    };
    let told = async |words: &str| w.texts(&format!("{NOTICES} '%{words}%'")).await.len();
    let (to_holder, to_helpers) = ("Có người xin lấy lại", "Có người nhờ bạn giúp");
    assert_eq!(flood(0).await, 1);
    assert_eq!((told(to_holder).await, told(to_helpers).await), (1, 2));
    w.wait(23 * 3600);
    assert_eq!(flood(10).await, 0);
    assert_eq!((told(to_holder).await, told(to_helpers).await), (1, 2));
    w.wait(3600);
    assert_eq!(flood(20).await, 1);
    assert_eq!((told(to_holder).await, told(to_helpers).await), (2, 4));
    // Who has stopped it hears of the next one. The telephone's own door holds its message back.
    assert!(cancel(&w, &me).await);
    assert_eq!(flood(30).await, 0);
    assert_eq!((told(to_holder).await, told(to_helpers).await), (3, 6));
}

#[tokio::test]
async fn the_holder_stops_all_of_them_and_each_ends_by_itself() {
    let w = World::new().await;
    let me = trusting(&w).await;
    let all = [ask(&w, AN).await, ask(&w, AN).await];
    let mut tx = w.begin().await;
    assert!(ops::recovery_open(&mut tx, &me).await.unwrap());
    drop(tx);
    both_agree(&w, me.account(), &all[0].word).await;
    assert!(cancel(&w, &me).await);
    assert!(!cancel(&w, &me).await, "there is nothing more");
    w.wait(RECOVERY_WAIT.as_secs());
    let binh = strong(&w, BINH).await;
    for Asked { code, word } in &all {
        assert_eq!(code_of(agree(&w, &binh, me.account(), word).await), "identity.not_found");
        assert_eq!(code_of(enter(&w, code).await), "identity.bad_setup_code");
    }

    let first = ask(&w, AN).await;
    w.wait(3600);
    let second = ask(&w, AN).await;
    w.wait(RECOVERY_LIFE.as_secs() - 3600);
    let binh = strong(&w, BINH).await;
    assert_eq!(fault(agree(&w, &binh, me.account(), &first.word).await), "word identity.check_word_wrong");
    assert_eq!(code_of(enter(&w, &first.code).await), "identity.bad_setup_code");
    agree(&w, &binh, me.account(), &second.word).await.unwrap();
    w.wait(3601);
    let tx = w.begin().await;
    let swept = identity::jobs::sweep(&tx).await;
    tx.finish(swept).await.unwrap();
    assert_eq!(requests(&w).await, 0);
}

#[tokio::test]
async fn helpers_agree_with_two_factors_and_only_those_who_said_yes_before_it_was_asked() {
    let w = World::new().await;
    let me = trusting(&w).await;
    let Asked { word, .. } = ask(&w, AN).await;
    let weak = w.citizen_in(BINH).await.current;
    assert_eq!(code_of(agree(&w, &weak, me.account(), &word).await), "identity.second_factor_needed");
    // Dũng was invited before, and says yes after it was asked.
    invites(&w, &me, DUNG).await.unwrap();
    w.wait(1);
    invited(&w, DUNG, true).await;
    let dung = strong(&w, DUNG).await;
    assert_eq!(askers(&w, &dung).await, Vec::new());
    assert_eq!(code_of(agree(&w, &dung, me.account(), &word).await), "identity.not_found");
}

#[tokio::test]
async fn a_third_yes_delays_nothing() {
    let w = World::new().await;
    let me = trusting(&w).await;
    invites(&w, &me, DUNG).await.unwrap();
    invited(&w, DUNG, true).await;
    w.wait(60);
    let Asked { code, word } = ask(&w, AN).await;
    both_agree(&w, me.account(), &word).await;
    w.wait(3600);
    agree(&w, &strong(&w, DUNG).await, me.account(), &word).await.unwrap();
    w.wait(RECOVERY_WAIT.as_secs() - 3600);
    enter(&w, &code).await.unwrap();
}

#[tokio::test]
async fn what_a_removed_helper_agreed_to_counts_no_more_and_another_one_begins_a_new_day() {
    let w = World::new().await;
    let me = trusting(&w).await;
    invites(&w, &me, DUNG).await.unwrap();
    invited(&w, DUNG, true).await;
    w.wait(60);
    let Asked { code, word } = ask(&w, AN).await;
    both_agree(&w, me.account(), &word).await;
    let chi = strong(&w, CHI).await.account();
    let mut tx = w.begin().await;
    let removed = ops::helper_remove(&mut tx, &me, chi).await;
    tx.finish(removed).await.unwrap();
    w.wait(RECOVERY_WAIT.as_secs());
    assert_eq!(code_of(enter(&w, &code).await), "identity.recovery_waits");
    // Back again, but after it was asked.
    invites(&w, &me, CHI).await.unwrap();
    invited(&w, CHI, true).await;
    assert_eq!(code_of(enter(&w, &code).await), "identity.recovery_waits");
    agree(&w, &strong(&w, DUNG).await, me.account(), &word).await.unwrap();
    assert_eq!(code_of(enter(&w, &code).await), "identity.recovery_waits");
    w.wait(RECOVERY_WAIT.as_secs());
    enter(&w, &code).await.unwrap();
}

#[tokio::test]
async fn two_helpers_at_once_are_two_and_one_who_presses_twice_is_one() {
    let w = World::new().await;
    let me = trusting(&w).await;
    let Asked { code, word } = ask(&w, AN).await;
    let (binh, chi) = (strong(&w, BINH).await, strong(&w, CHI).await);
    let press = async |helper: &Current| agree(&w, helper, me.account(), &word).await;
    futures::future::join_all([&binh, &binh, &chi].map(press)).await;
    let agreed = w.texts("SELECT cardinality(agreed)::text FROM identity.recovery").await;
    assert_eq!(agreed, ["2"]);
    w.wait(RECOVERY_WAIT.as_secs());
    enter(&w, &code).await.unwrap();
}
