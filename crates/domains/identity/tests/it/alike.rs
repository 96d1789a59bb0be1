//! Whether there is an account shows in no time that anything takes: what is costly is done for nobody's number, too. Counted,
//! not measured: a measurement of milliseconds proves nothing on a busy machine.

use contracts::Role;
use identity::{
    IdentityError, Password, SetupCode,
    ops::{
        self,
        recovery::Recovering,
        sign_in::{Login, SignIn},
    },
};

use crate::{
    opening::opening,
    world::{AN, BINH, PASSWORD, World, citizen, client, code_of, staff},
};

/// A number that nobody has.
const NOBODY: &str = "001099099999";
const WRONG: &str = "không phải mật khẩu này";

/// What it cost, and how it ended.
async fn cost<T>(w: &World, trying: impl Future<Output = Result<T, IdentityError>>) -> (u64, &'static str) {
    let before = w.cx.passwords.hashings();
    let code = code_of(trying.await);
    (w.cx.passwords.hashings() - before, code)
}

#[tokio::test]
async fn signing_in_hashes_once_whoever_is_named() {
    let w = World::new().await;
    let [_, binh] = w.citizens().await;
    w.officer("can.bo", Role::Receiver).await;
    let me = w.citizen_in(BINH).await.current;
    let mut tx = w.begin().await;
    let locked = ops::account_lock(&w.cx, &mut tx, &me.actor, binh, identity::LockReason::OwnRequest).await;
    tx.finish(locked).await.unwrap();
    let foreigner = SignIn { login: Login::of_person("999999999999").unwrap(), ..citizen(AN, WRONG) };
    for (who, input) in [
        ("a citizen with an account", citizen(AN, WRONG)),
        ("one whose account is locked", citizen(BINH, WRONG)),
        ("a citizen without one", citizen(NOBODY, WRONG)),
        ("a number of nobody", foreigner),
        ("an officer", staff("can.bo", WRONG, None)),
        ("no officer", staff("khong.co", WRONG, None)),
        ("no login name at all", staff("  ?! ", WRONG, None)),
    ] {
        assert_eq!(cost(&w, ops::sign_in(&w.cx, &input)).await, (1, "identity.bad_credentials"), "{who}");
    }
    assert_eq!(cost(&w, ops::sign_in(&w.cx, &citizen(AN, PASSWORD))).await, (1, "ok"));
}

#[tokio::test]
async fn a_recovery_hashes_once_whoever_is_named() {
    let w = World::new().await;
    w.citizens().await;
    ops::recovery_ask(&w.cx, &AN.parse().unwrap(), &client()).await.unwrap();
    w.messages().await;
    for number in [AN, BINH, NOBODY] {
        let input = Recovering {
            number: number.parse().unwrap(),
            code: SetupCode::parse("aaaa"),
            password: Password::new("gió thổi qua đồng"),
            client: client(),
        };
        let outcome = cost(&w, ops::recovery_use(&w.cx, &input)).await;
        assert_eq!(outcome, (1, "identity.bad_setup_code"), "{number}");
    }
}

#[tokio::test]
async fn an_opening_hashes_once_for_who_has_an_account_already_as_for_who_has_none() {
    let w = World::new().await;
    let ask = async || cost(&w, ops::account_open_ask(&w.cx, &opening())).await;
    assert_eq!(ask().await, (1, "ok"));
    w.wait(120);
    w.opened(&opening()).await.unwrap();
    w.wait(120);
    assert_eq!(ask().await, (1, "ok"), "there is an account now");
}
