//! Opening an account online.

use base::{Fault, PersonalNumber, SeededEntropy};
use contracts::{IdentityLevel, PersonId};
use identity::{
    Identity, Marks, Password, PasswordCost, Passwords,
    ops::{self, account_open::Opening},
    seed::{self, SeedCitizen},
};
use uuid::Uuid;

use crate::{
    telco::{ANS, BINHS},
    world::{AN, PASSWORD, World, citizen, client, code_of},
};

pub fn opening() -> Opening {
    Opening {
        number: "001 099 012 345".into(),
        name: "Nguyễn Văn An".into(),
        birth_date: "17/5/1999".into(),
        phone: ANS.into(),
        password: Password::new(PASSWORD),
        client: client(),
        lang: base::Lang::Vi,
    }
}

#[tokio::test]
async fn who_matches_the_record_and_shows_the_code_opens_an_account_and_signs_in() {
    let w = World::new().await;
    let account = w.opened(&opening()).await.unwrap();
    let signed = w.citizen_in(AN).await;
    assert_eq!(signed.current.actor.account, account);
    let log = w.audit().await;
    assert_eq!(log.iter().filter(|e| e.contains("identity.account_open")).count(), 1);
    assert_eq!(log.iter().filter(|e| e.contains("registry.person_match")).count(), 1);
    let mut tx = w.begin().await;
    let phone = ops::phone_show(&w.cx, &mut tx, &signed.current).await.unwrap().unwrap();
    assert!(phone.masked.ends_with("678") && phone.confirmed_at.is_some(), "{phone:?}");
}

#[tokio::test]
async fn who_has_an_account_hears_of_it_by_message_and_the_page_says_nothing_else() {
    let w = World::new().await;
    w.opened(&opening()).await.unwrap();
    w.wait(120);
    let ceremony = ops::account_open_ask(&w.cx, &opening()).await.unwrap();
    let sent = w.messages().await;
    assert!(sent.len() == 1 && sent[0].1.contains("bạn đã có tài khoản"), "{sent:?}");
    for code in ["000000", ""] {
        let refused = ops::account_open_confirm(&w.cx, &ceremony, code, &Marks::default()).await;
        assert_eq!(code_of(refused), "identity.bad_message_code");
    }
}

#[tokio::test]
async fn two_openings_at_once_make_one_account() {
    let w = World::new().await;
    let elsewhere = w.another_process();
    let mut asked = Vec::new();
    for phone in [ANS, crate::telco::ANS_SECOND] {
        let ceremony = ops::account_open_ask(&w.cx, &Opening { phone: phone.into(), ..opening() }).await;
        asked.push((ceremony.unwrap(), w.code_to(phone).await));
        w.wait(120);
    }
    let none = Marks::default();
    let (a, b) = tokio::join!(
        ops::account_open_confirm(&w.cx, &asked[0].0, &asked[0].1, &none),
        ops::account_open_confirm(&elsewhere, &asked[1].0, &asked[1].1, &none)
    );
    let mut codes = [code_of(a), code_of(b)];
    codes.sort_unstable();
    assert_eq!(codes, ["identity.account_exists", "ok"]);
}

#[tokio::test]
async fn a_code_counts_once_a_few_times_wrong_and_not_for_long() {
    let w = World::new().await;
    let ceremony = ops::account_open_ask(&w.cx, &opening()).await.unwrap();
    let code = w.code_to(ANS).await;
    let none = Marks::default();
    let confirm = async |ceremony: &str, code: &str| {
        code_of(ops::account_open_confirm(&w.cx, ceremony, code, &none).await)
    };
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(confirm(&ceremony, wrong).await, "identity.bad_message_code");
    }
    assert_eq!(confirm(&ceremony, &code).await, "identity.ceremony_over", "one try too many");
    w.wait(120);
    let ceremony = ops::account_open_ask(&w.cx, &opening()).await.unwrap();
    let late = w.code_to(ANS).await;
    w.wait(300);
    assert_eq!(confirm(&ceremony, &late).await, "identity.ceremony_over");
    let ceremony = ops::account_open_ask(&w.cx, &opening()).await.unwrap();
    let code = w.code_to(ANS).await;
    let elsewhere = "not the browser's";
    assert_eq!(confirm(elsewhere, &code).await, "identity.ceremony_over");
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    assert_eq!(confirm(&ceremony, &spaced).await, "ok");
    assert_eq!(confirm(&ceremony, &code).await, "identity.ceremony_over");
}

#[tokio::test]
async fn what_differs_from_the_record_is_never_told() {
    let w = World::new().await;
    let wrong = [
        Opening { number: "001099099999".into(), ..opening() },
        Opening { name: "Nguyễn Văn Ấn Độ".into(), ..opening() },
        Opening { birth_date: "18/5/1999".into(), ..opening() },
        // Everything is hers but the telephone, which is somebody else's, or nobody's.
        Opening { phone: BINHS.into(), number: "001 099 012 345".into(), ..opening() },
    ];
    for (n, input) in wrong.into_iter().enumerate() {
        if n == 3 {
            w.wait(30);
        }
        let refused = ops::account_open_ask(&w.cx, &input).await.unwrap_err();
        assert_eq!((refused.code(), refused.fields().len()), ("identity.no_match", 0));
    }
    assert_eq!(w.audit().await.len(), 4, "the comparisons are logged");
    assert_eq!(w.messages().await, Vec::new());
}

#[tokio::test]
async fn where_nobody_carries_messages_no_account_is_opened_online() {
    let w = World::new().await;
    let cx = Identity { messages: None, ..w.cx.clone() };
    assert_eq!(code_of(ops::account_open_ask(&cx, &opening()).await), "identity.messages_off");
    w.telco.away.store(true, std::sync::atomic::Ordering::SeqCst);
    for input in [opening(), Opening { name: "Trần Khác".into(), ..opening() }] {
        assert_eq!(code_of(ops::account_open_ask(&w.cx, &input).await), "identity.telco_away");
    }
}

#[tokio::test]
async fn guessing_at_one_number_is_held_up() {
    let w = World::new().await;
    for day in 1..=3 {
        let input = Opening { birth_date: format!("{day}/5/1999"), ..opening() };
        assert_eq!(code_of(ops::account_open_ask(&w.cx, &input).await), "identity.no_match");
    }
    assert_eq!(code_of(ops::account_open_ask(&w.cx, &opening()).await), "identity.too_many_tries");
    w.wait(30);
    w.opened(&opening()).await.unwrap();
}

#[tokio::test]
async fn each_field_that_breaks_a_rule_is_named_before_anybody_is_asked() {
    let w = World::new().await;
    let input = Opening {
        number: "12".into(),
        name: "An 2".into(),
        birth_date: "31/2/1999".into(),
        phone: "0212".into(),
        password: Password::new("ngắn"),
        ..opening()
    };
    let refused = ops::account_open_ask(&w.cx, &input).await.unwrap_err();
    let codes: Vec<(&str, &str)> =
        refused.fields().iter().map(|f| (f.field.as_str(), f.code.as_str())).collect();
    assert_eq!(
        codes,
        [
            ("number", "identity.number_shape"),
            ("name", "identity.name_shape"),
            ("birth_date", "identity.birth_date_shape"),
            ("phone", "identity.phone_shape"),
            ("password", "identity.password_short"),
        ]
    );
    let own = Opening { password: Password::new("001099012345"), ..opening() };
    assert_eq!(code_of(ops::account_open_ask(&w.cx, &own).await), "identity.invalid");
    let child = Opening { birth_date: "1/1/2015".into(), ..opening() };
    assert_eq!(code_of(ops::account_open_ask(&w.cx, &child).await), "identity.too_young");
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
