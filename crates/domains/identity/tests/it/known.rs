//! Browsers that are known: whoever guesses passwords elsewhere does not shut their owners out, and whoever steals what they
//! keep has a few tries of their own.

use contracts::{Access, AccountId, Purpose, Role};
use identity::{
    IdentityError, Marks, Password, SetupCode,
    ops::{
        self, SignedIn,
        account_open::Opening,
        account_set_up::SetUp,
        passkey_sign_in::Answer,
        sign_in::{FirstStep, Login, SignIn},
    },
    totp,
};

use crate::{
    counter::CHECKED,
    device::Device,
    opening::opening,
    step_up::app,
    world::{AN, PASSWORD, World, citizen, client, code_of, staff},
};

const WRONG: &str = "identity.bad_credentials";
const NEW: &str = "gió thổi qua đồng";
const SHUT: &str = "identity.too_many_tries";

/// The same from a browser that keeps this.
fn with(input: SignIn, marks: &Marks) -> SignIn {
    let mut input = input;
    input.client.marks = marks.clone();
    input
}

/// Strangers guess at somebody's door until it is shut.
async fn strangers(w: &World, input: &SignIn) {
    for n in 0..5 {
        let mut guess = SignIn { password: Password::new("sai"), ..input.clone() };
        guess.client.marks = Marks::default();
        guess.client.ip = format!("203.0.113.{n}").parse().ok();
        assert_eq!(code_of(ops::sign_in(&w.cx, &guess).await), WRONG);
    }
    assert_eq!(code_of(ops::sign_in(&w.cx, &with(input.clone(), &Marks::default())).await), SHUT);
}

async fn tries(w: &World, input: &SignIn) -> &'static str {
    code_of(ops::sign_in(&w.cx, input).await)
}

#[tokio::test]
async fn strangers_who_guess_passwords_do_not_shut_out_who_signed_in_here_before() {
    let w = World::new().await;
    w.citizens().await;
    let before = w.citizen_in(AN).await;
    strangers(&w, &citizen(AN, PASSWORD)).await;
    let signed = ops::sign_in(&w.cx, &with(citizen(AN, PASSWORD), &before.marks)).await.unwrap();
    assert_ne!(signed.marks, before.marks, "a new mark each time");
    // That opened nothing for the strangers, and they may go on for ever.
    assert_eq!(tries(&w, &citizen(AN, PASSWORD)).await, SHUT);
    for _ in 0..20 {
        w.wait(900);
        assert_eq!(tries(&w, &citizen(AN, "sai")).await, WRONG);
        let again = with(citizen(AN, PASSWORD), &signed.marks);
        assert_eq!(tries(&w, &again).await, "ok");
    }
}

#[tokio::test]
async fn what_was_stolen_gives_a_few_tries_at_a_door_of_its_own() {
    let w = World::new().await;
    w.citizens().await;
    let (stolen, other) = (w.citizen_in(AN).await.marks, w.citizen_in(AN).await.marks);
    let thief = with(citizen(AN, "sai"), &stolen);
    for _ in 0..5 {
        assert_eq!(tries(&w, &thief).await, WRONG);
    }
    assert_eq!(tries(&w, &thief).await, SHUT);
    assert_eq!(tries(&w, &with(citizen(AN, PASSWORD), &stolen)).await, SHUT, "also a right one");
    // Neither another browser nor whoever has none is shut out by it.
    assert_eq!(tries(&w, &with(citizen(AN, PASSWORD), &other)).await, "ok");
    assert_eq!(tries(&w, &citizen(AN, PASSWORD)).await, "ok");
    w.wait(30);
    assert_eq!(tries(&w, &thief).await, WRONG);
    assert_eq!(tries(&w, &thief).await, SHUT, "the wait grows here as anywhere");
}

#[tokio::test]
async fn what_was_made_for_one_account_is_nothing_at_another_and_nobody_learns_who_has_one() {
    let w = World::new().await;
    w.citizens().await;
    let marks = w.citizen_in(AN).await.marks;
    // One number has an account, the other has none: all the same.
    for number in [crate::world::BINH, "001099099999"] {
        let guess = with(citizen(number, "sai"), &marks);
        for _ in 0..5 {
            assert_eq!(tries(&w, &guess).await, WRONG, "{number}");
        }
        assert_eq!(tries(&w, &guess).await, SHUT, "{number}");
        assert_eq!(tries(&w, &citizen(number, "sai")).await, SHUT, "the door of all, {number}");
    }
}

#[tokio::test]
async fn signing_out_everywhere_forgets_every_browser_but_this_one() {
    let w = World::new().await;
    w.citizens().await;
    let (lost, mine) = (w.citizen_in(AN).await, w.citizen_in(AN).await);
    let mut tx = w.begin().await;
    let ended = ops::session_revoke_others(&w.cx, &mut tx, &mine.current, &mine.marks).await;
    let here = tx.finish(ended).await.unwrap().marks;
    strangers(&w, &citizen(AN, PASSWORD)).await;
    for forgotten in [&lost.marks, &mine.marks] {
        assert_eq!(tries(&w, &with(citizen(AN, PASSWORD), forgotten)).await, SHUT);
    }
    assert_eq!(tries(&w, &with(citizen(AN, PASSWORD), &here)).await, "ok");
}

/// The paper of a new beginning, from the counter.
async fn reset(w: &World, account: AccountId) -> SetupCode {
    let officer = w.actor("can.bo", Role::Receiver).await;
    let access = Access::new(&officer, Purpose::RAISE_LEVEL);
    let mut tx = w.begin().await;
    let found = ops::account_find(&w.cx, &mut tx, &access, &AN.parse().unwrap()).await.unwrap();
    let ticket = found.ticket.unwrap();
    let issued = ops::account_reset(&w.cx, &mut tx, &access, account, &ticket, CHECKED, None).await;
    tx.finish(issued).await.unwrap().code
}

#[tokio::test]
async fn a_new_beginning_forgets_every_browser_and_knows_the_one_with_the_paper() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let old = w.citizen_in(AN).await.marks;
    let code = reset(&w, account).await;
    strangers(&w, &citizen(AN, NEW)).await;
    // The paper opens the account all the same, and from then on this browser is known.
    let login = Login::Citizen(AN.parse().unwrap());
    let set_up = SetUp { login, code, password: Password::new(NEW), client: client() };
    let ready = ops::account_set_up(&w.cx, &set_up).await.unwrap();
    assert_eq!(tries(&w, &with(citizen(AN, NEW), &old)).await, SHUT);
    assert_eq!(tries(&w, &citizen(AN, NEW)).await, SHUT);
    assert_eq!(tries(&w, &with(citizen(AN, NEW), &ready.marks)).await, "ok");
}

async fn first(w: &World, marks: &Marks) -> String {
    match ops::sign_in_first(&w.cx, &with(citizen(AN, PASSWORD), marks)).await.unwrap() {
        FirstStep::CodeNext(token) => token,
        FirstStep::In(_) => panic!("a code is asked for"),
    }
}

async fn second(w: &World, token: &str, code: &str, marks: &Marks) -> Result<SignedIn, IdentityError> {
    let here = with(citizen(AN, PASSWORD), marks).client;
    ops::sign_in_code(&w.cx, token, code, &here).await
}

#[tokio::test]
async fn whoever_found_the_password_does_not_shut_the_door_of_the_codes() {
    let w = World::new().await;
    w.citizens().await;
    let me = w.citizen_in(AN).await;
    let secret = app(&w, &me.current).await;
    let none = Marks::default();
    let token = first(&w, &none).await;
    for _ in 0..5 {
        assert_eq!(code_of(second(&w, &token, "000000", &none).await), "identity.bad_code");
    }
    // A right password does not open it anew.
    let token = first(&w, &none).await;
    assert_eq!(code_of(second(&w, &token, "000000", &none).await), SHUT);
    // The holder's browser has its own, which guessing shuts, too.
    let token = first(&w, &me.marks).await;
    for _ in 0..4 {
        assert_eq!(code_of(second(&w, &token, "000000", &me.marks).await), "identity.bad_code");
    }
    let code = totp::code(&secret, w.db.store.clock().now()).unwrap();
    let marks = second(&w, &token, &code, &me.marks).await.unwrap().marks;
    let token = first(&w, &marks).await;
    for _ in 0..5 {
        assert_eq!(code_of(second(&w, &token, "000000", &marks).await), "identity.bad_code");
    }
    let token = first(&w, &marks).await;
    assert_eq!(code_of(second(&w, &token, "000000", &marks).await), SHUT);
}

#[tokio::test]
async fn a_passkey_opens_while_strangers_keep_the_door_of_the_password_shut() {
    let w = World::new().await;
    w.citizens().await;
    let me = w.citizen_in(AN).await.current;
    let mut tx = w.begin().await;
    let offer = ops::passkey_offer(&w.cx, &mut tx, &me).await;
    let offer = tx.finish(offer).await.unwrap();
    let mut phone = Device::new(1);
    let said = phone.create(&offer);
    ops::passkey_register(&w.cx, &me, &offer.ceremony, &said, "Điện thoại").await.unwrap();
    strangers(&w, &citizen(AN, PASSWORD)).await;
    let mut tx = w.begin().await;
    let offer = ops::passkey_sign_in_offer(&w.cx, &mut tx).await;
    let offer = tx.finish(offer).await.unwrap();
    let (ceremony, answer) = (offer.ceremony.clone(), phone.get(&offer));
    let answer = Answer { ceremony, answer, acting: None, staff: false, client: client() };
    let signed = ops::passkey_sign_in(&w.cx, &answer).await.unwrap();
    // And the browser is known for the password, too.
    let known = with(citizen(AN, PASSWORD), &signed.marks);
    assert_eq!(tries(&w, &known).await, "identity.passkey_needed");
}

#[tokio::test]
async fn officers_are_not_shut_out_either() {
    let w = World::new().await;
    w.officer("can.bo", Role::Receiver).await;
    let signed = w.officer_in("can.bo").await;
    w.wait(30);
    let input = staff("can.bo", PASSWORD, Some(&w.code()));
    strangers(&w, &input).await;
    ops::sign_in(&w.cx, &with(input, &signed.marks)).await.unwrap();
}

#[tokio::test]
async fn who_opens_an_account_is_known_where_they_opened_it() {
    let w = World::new().await;
    strangers(&w, &citizen(AN, PASSWORD)).await;
    let ceremony = ops::account_open_ask(&w.cx, &opening()).await.unwrap();
    let code = w.code_to(&opening().phone).await;
    let opened = ops::account_open_confirm(&w.cx, &ceremony, &code, &Marks::default()).await.unwrap();
    assert_eq!(tries(&w, &citizen(AN, PASSWORD)).await, SHUT);
    assert_eq!(tries(&w, &with(citizen(AN, PASSWORD), &opened.marks)).await, "ok");
}

/// Somebody who knows a number tries to open an account with it.
fn stranger(n: u32) -> Opening {
    let mut input = Opening { birth_date: "18/5/1999".into(), ..opening() };
    input.client.ip = Some(std::net::Ipv4Addr::from(0xcb00_7100 + n).into());
    input
}

#[tokio::test]
async fn strangers_who_try_a_number_keep_its_owner_from_opening_an_account_for_a_minute_at_most() {
    let w = World::new().await;
    let opens = async |input: &Opening| match ops::account_open_ask(&w.cx, input).await {
        Err(IdentityError::TooManyTries { seconds }) => Err(seconds),
        Err(IdentityError::NoMatch) => Ok(false),
        outcome => Ok(outcome.map(drop).is_ok()),
    };
    // One address shuts itself out, and nobody else.
    for _ in 0..3 {
        assert_eq!(opens(&stranger(0)).await, Ok(false));
    }
    assert_eq!(opens(&stranger(0)).await, Err(30));
    let mut guesses = 3;
    for n in 1..=32 {
        for _ in 0..3 {
            assert_eq!(opens(&stranger(n)).await, Ok(false));
            guesses += 1;
        }
    }
    assert_eq!(guesses, 99);
    assert_eq!(opens(&opening()).await, Ok(true));
    // With many of them, and for days: never longer than a minute.
    for n in 100..130 {
        let _ = opens(&stranger(n)).await;
        w.wait(60);
    }
    let _ = opens(&stranger(200)).await;
    assert!(matches!(opens(&opening()).await, Err(1..=60)));
    w.wait(60);
    assert_eq!(opens(&opening()).await, Ok(true));
}
