//! Opening an account online.

use base::{Fault, PersonalNumber, SeededEntropy};
use contracts::{IdentityLevel, PersonId};
use identity::{
    Identity, Password, PasswordCost, Passwords,
    ops::{self, account_open::Opening},
    seed::{self, SeedCitizen},
};
use uuid::Uuid;

use crate::world::{AN, PASSWORD, World, citizen, client, code_of};

pub fn opening() -> Opening {
    Opening {
        number: "001 099 012 345".into(),
        name: "Nguyễn Văn An".into(),
        birth_date: "17/5/1999".into(),
        password: Password::new(PASSWORD),
        client: client(),
    }
}

#[tokio::test]
async fn who_matches_the_record_opens_an_account_once_and_signs_in() {
    let w = World::new().await;
    let account = ops::account_open(&w.cx, &opening()).await.unwrap();
    let signed = w.citizen_in(AN).await;
    assert_eq!(signed.current.actor.account, account);
    assert_eq!(code_of(ops::account_open(&w.cx, &opening()).await), "identity.account_exists");
    let log = w.audit().await;
    assert_eq!(log.iter().filter(|e| e.contains("identity.account_open")).count(), 1);
    assert_eq!(log.iter().filter(|e| e.contains("registry.person_match")).count(), 2);
}

#[tokio::test]
async fn two_openings_at_once_make_one_account() {
    let w = World::new().await;
    let elsewhere = w.another_process();
    let input = opening();
    let (a, b) = tokio::join!(ops::account_open(&w.cx, &input), ops::account_open(&elsewhere, &input));
    let mut codes = [code_of(a), code_of(b)];
    codes.sort_unstable();
    assert_eq!(codes, ["identity.account_exists", "ok"]);
}

#[tokio::test]
async fn what_differs_from_the_record_is_never_told() {
    let w = World::new().await;
    let wrong = [
        Opening { number: "001099099999".into(), ..opening() },
        Opening { name: "Nguyễn Văn Ấn Độ".into(), ..opening() },
        Opening { birth_date: "18/5/1999".into(), ..opening() },
    ];
    for input in wrong {
        let refused = ops::account_open(&w.cx, &input).await.unwrap_err();
        assert_eq!((refused.code(), refused.fields().len()), ("identity.no_match", 0));
    }
    assert_eq!(w.audit().await.len(), 3, "the comparisons are logged");
}

#[tokio::test]
async fn guessing_at_one_number_is_held_up() {
    let w = World::new().await;
    for day in 1..=3 {
        let input = Opening { birth_date: format!("{day}/5/1999"), ..opening() };
        assert_eq!(code_of(ops::account_open(&w.cx, &input).await), "identity.no_match");
    }
    assert_eq!(code_of(ops::account_open(&w.cx, &opening()).await), "identity.too_many_tries");
    w.wait(30);
    ops::account_open(&w.cx, &opening()).await.unwrap();
}

#[tokio::test]
async fn each_field_that_breaks_a_rule_is_named_before_anybody_is_asked() {
    let w = World::new().await;
    let input = Opening {
        number: "12".into(),
        name: "An 2".into(),
        birth_date: "31/2/1999".into(),
        password: Password::new("ngắn"),
        client: client(),
    };
    let refused = ops::account_open(&w.cx, &input).await.unwrap_err();
    let codes: Vec<(&str, &str)> =
        refused.fields().iter().map(|f| (f.field.as_str(), f.code.as_str())).collect();
    assert_eq!(
        codes,
        [
            ("number", "identity.number_shape"),
            ("name", "identity.name_shape"),
            ("birth_date", "identity.birth_date_shape"),
            ("password", "identity.password_short"),
        ]
    );
    let own = Opening { password: Password::new("001099012345"), ..opening() };
    assert_eq!(code_of(ops::account_open(&w.cx, &own).await), "identity.invalid");
    let child = Opening { birth_date: "1/1/2015".into(), ..opening() };
    assert_eq!(code_of(ops::account_open(&w.cx, &child).await), "identity.too_young");
    assert!(w.audit().await.is_empty());
    assert_eq!(code_of(ops::sign_in(&w.cx, &citizen(AN, PASSWORD)).await), "identity.bad_credentials");
}

#[tokio::test]
async fn thousands_of_sample_accounts_cost_one_hashing() {
    let w = World::new().await;
    let passwords = Passwords::new(PasswordCost::default(), &SeededEntropy::new(1)).unwrap();
    let cx = Identity { passwords, ..w.cx.clone() };
    let numbers: Vec<PersonalNumber> =
        (0..6_000).map(|n| format!("00109900{n:04}").parse().unwrap()).collect();
    let people: Vec<SeedCitizen> = (1..)
        .zip(&numbers)
        .map(|(n, number)| SeedCitizen {
            person: PersonId(Uuid::from_u128(n)),
            number: *number,
            level: IdentityLevel::Two,
            password: Password::new(PASSWORD),
        })
        .collect();
    let tx = w.begin().await;
    let made = seed::citizens(&cx, &tx, &people).await;
    let made = tx.finish(made).await.unwrap();
    let last = ops::sign_in(&cx, &citizen(numbers[5_999].as_str(), PASSWORD)).await.unwrap();
    assert_eq!(last.current.actor.account, made[5_999]);
}
