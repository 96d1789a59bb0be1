//! Back in with the help of two people named before; never quicker than a day, and never unnoticed.

use contracts::{LoginStrength, PersonId};
use identity::{
    Current, IdentityError, Password, SetupCode,
    ops::{
        self,
        recovery::{RECOVERY_LIFE, RECOVERY_WAIT, Recovering},
    },
    seed::{self, SeedCitizen},
};
use uuid::Uuid;

use crate::telco::ANS;
use crate::world::{AN, BINH, PASSWORD, World, citizen, client, code_of};

const CHI: &str = "001099000077";
const NEW: &str = "gió thổi qua đồng";

/// Somebody signed in, as with two factors.
async fn strong(w: &World, number: &str) -> Current {
    let mut me = w.citizen_in(number).await.current;
    me.actor.strength = LoginStrength::Two;
    me
}

/// An, who trusts Bình and Chi.
async fn trusting(w: &World) -> Current {
    w.citizens().await;
    let chi = SeedCitizen {
        person: PersonId(Uuid::from_u128(7)),
        number: CHI.parse().unwrap(),
        level: contracts::IdentityLevel::One,
        password: Password::new(PASSWORD),
    };
    let tx = w.begin().await;
    let made = seed::citizens(&w.cx, &tx, &[chi]).await;
    tx.finish(made).await.unwrap();
    let me = strong(w, AN).await;
    for helper in [BINH, CHI] {
        name(w, &me, helper).await.unwrap();
    }
    w.wait(60);
    me
}

async fn name(w: &World, me: &Current, number: &str) -> Result<(), IdentityError> {
    let mut tx = w.begin().await;
    let named = ops::helper_name(&w.cx, &mut tx, me, &number.parse().unwrap()).await;
    tx.finish(named).await
}

async fn ask(w: &World, number: &str) -> SetupCode {
    let code = ops::recovery_ask(&w.cx, &number.parse().unwrap(), &client()).await.unwrap();
    w.messages().await;
    code
}

async fn agree(w: &World, helper: &Current, account: contracts::AccountId) -> Result<(), IdentityError> {
    let mut tx = w.begin().await;
    let agreed = ops::recovery_agree(&mut tx, helper, account).await;
    tx.finish(agreed).await
}

async fn enter(w: &World, code: &SetupCode) -> Result<(), IdentityError> {
    let (number, password) = (AN.parse().unwrap(), Password::new(NEW));
    let input = Recovering { number, code: code.clone(), password, client: client() };
    ops::recovery_use(&w.cx, &input).await
}

#[tokio::test]
async fn two_helpers_and_a_day_open_the_account_with_a_new_password_and_nothing_old() {
    let w = World::new().await;
    let me = trusting(&w).await;
    w.has_phone(&me, ANS).await;
    let old = w.citizen_in(AN).await;
    let code = ask(&w, AN).await;
    let (binh, chi) = (strong(&w, BINH).await, strong(&w, CHI).await);
    assert_eq!(code_of(enter(&w, &code).await), "identity.recovery_waits");
    agree(&w, &binh, me.account()).await.unwrap();
    assert_eq!(code_of(agree(&w, &binh, me.account()).await), "identity.not_found", "once each");
    w.wait(RECOVERY_WAIT.as_secs());
    assert_eq!(code_of(enter(&w, &code).await), "identity.recovery_waits", "one is not two");
    agree(&w, &chi, me.account()).await.unwrap();
    w.wait(RECOVERY_WAIT.as_secs() - 60);
    assert_eq!(code_of(enter(&w, &code).await), "identity.recovery_waits");
    w.wait(60);
    let wrong = SetupCode::parse("aaaa");
    assert_eq!(code_of(enter(&w, &wrong).await), "identity.bad_setup_code");
    // Codes that are tried too early or wrong are counted as any other.
    w.wait(60);
    enter(&w, &code).await.unwrap();
    assert_eq!(code_of(enter(&w, &code).await), "identity.bad_setup_code");
    assert_eq!(w.resolve(&old).await, None);
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.bad_credentials");
    ops::sign_in(&w.cx, &citizen(AN, NEW)).await.unwrap();
    let words = w.messages().await;
    assert!(words.len() == 1 && words[0].0 == ANS && words[0].1.contains("mật khẩu mới"), "{words:?}");
    let told = "SELECT payload::text FROM store.outbox WHERE topic = 'notice.due' AND payload::text LIKE '%lấy lại tài khoản%'";
    assert!(w.texts(told).await.len() >= 7, "each step is told");
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
    assert_eq!(w.texts("SELECT account_id::text FROM identity.recovery").await.len(), 1);
}

#[tokio::test]
async fn asking_opens_nothing_without_helpers() {
    let w = World::new().await;
    w.citizens().await;
    for number in [AN, "001099099999"] {
        ask(&w, number).await;
    }
    assert_eq!(w.texts("SELECT account_id::text FROM identity.recovery").await, Vec::<String>::new());
    let code = SetupCode::parse("aaaa");
    assert_eq!(code_of(enter(&w, &code).await), "identity.bad_setup_code");
}

#[tokio::test]
async fn the_holder_stops_it_and_it_ends_by_itself() {
    let w = World::new().await;
    let me = trusting(&w).await;
    let code = ask(&w, AN).await;
    let mut tx = w.begin().await;
    assert!(ops::recovery_open(&mut tx, &me).await.unwrap());
    let stopped = ops::recovery_cancel(&mut tx, &me).await;
    assert!(tx.finish(stopped).await.unwrap());
    let binh = strong(&w, BINH).await;
    assert_eq!(code_of(agree(&w, &binh, me.account()).await), "identity.not_found");
    assert_eq!(code_of(enter(&w, &code).await), "identity.bad_setup_code");

    let code = ask(&w, AN).await;
    w.wait(RECOVERY_LIFE.as_secs());
    let binh = strong(&w, BINH).await;
    assert_eq!(code_of(agree(&w, &binh, me.account()).await), "identity.not_found");
    assert_eq!(code_of(enter(&w, &code).await), "identity.bad_setup_code");
}

#[tokio::test]
async fn helpers_are_named_beforehand_with_two_factors_and_agree_with_two() {
    let w = World::new().await;
    let me = trusting(&w).await;
    let weak = w.citizen_in(AN).await.current;
    assert_eq!(code_of(name(&w, &weak, BINH).await), "identity.second_factor_needed");
    assert_eq!(code_of(name(&w, &me, AN).await), "identity.no_helper", "not oneself");
    assert_eq!(code_of(name(&w, &me, "001099099999").await), "identity.no_helper");
    ask(&w, AN).await;
    let weak = w.citizen_in(BINH).await.current;
    assert_eq!(code_of(agree(&w, &weak, me.account()).await), "identity.second_factor_needed");
    // Whoever is named after it was asked does not count for it.
    let mut tx = w.begin().await;
    ops::helper_remove(&mut tx, &me, weak.account()).await.unwrap();
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    w.wait(1);
    name(&w, &me, BINH).await.unwrap();
    let binh = strong(&w, BINH).await;
    assert_eq!(code_of(agree(&w, &binh, me.account()).await), "identity.not_found");
}
