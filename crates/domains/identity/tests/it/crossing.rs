//! Another screen, signed in from a telephone.

use contracts::{LoginStrength, Method};
use identity::{
    Current, IdentityError, SetupCode,
    ops::{
        self,
        crossing::{CROSSING_LIFE, Crossing, Waiting},
    },
};

use crate::{
    step_up::app,
    world::{AN, World, client, code_of},
};

async fn begin(w: &World) -> Crossing {
    let mut tx = w.begin().await;
    let crossing = ops::crossing_begin(&w.cx, &mut tx, &client()).await;
    tx.finish(crossing).await.unwrap()
}

async fn state(w: &World, crossing: &Crossing) -> Waiting {
    let mut tx = w.begin().await;
    let state = ops::crossing_state(&mut tx, crossing.token.hash()).await;
    tx.finish(state).await.unwrap()
}

async fn number(w: &World, crossing: &Crossing) -> i16 {
    match state(w, crossing).await {
        Waiting::Open { number, .. } => number,
        other => panic!("{other:?}"),
    }
}

async fn answer(
    w: &World,
    me: &Current,
    code: &SetupCode,
    number: Option<i16>,
) -> Result<bool, IdentityError> {
    let mut tx = w.begin().await;
    let answered = ops::crossing_answer(&w.cx, &mut tx, me, code, number).await;
    tx.finish(answered).await
}

/// Somebody whose telephone is signed in with two factors.
async fn phone(w: &World) -> Current {
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    app(w, &signed.current).await;
    w.resolve(&signed).await.unwrap()
}

#[tokio::test]
async fn a_screen_is_signed_in_by_a_telephone_that_types_its_number() {
    let w = World::new().await;
    let me = phone(&w).await;
    let crossing = begin(&w).await;
    let hash = crossing.token.hash();
    assert_eq!(ops::session_resolve(&w.cx, hash).await.unwrap(), None, "the token opens nothing yet");
    let number = number(&w, &crossing).await;
    let code = SetupCode::parse(&crossing.code.show().to_uppercase());
    let mut tx = w.begin().await;
    let asking = ops::crossing_show(&w.cx, &mut tx, &me, &code).await;
    assert_eq!(tx.finish(asking).await.unwrap().agent, "Firefox, Windows");
    assert!(answer(&w, &me, &code, Some(number)).await.unwrap());
    let screen = ops::session_resolve(&w.cx, hash).await.unwrap().unwrap();
    assert_eq!(screen.account(), me.account());
    assert_eq!(
        (screen.actor.strength, screen.methods.as_slice()),
        (LoginStrength::Two, &[Method::OtherDevice][..])
    );
    assert_eq!(state(&w, &crossing).await, Waiting::Over);
    assert_eq!(code_of(answer(&w, &me, &code, Some(number)).await), "identity.ceremony_over");
}

#[tokio::test]
async fn a_screen_is_no_younger_than_the_telephone_and_ends_with_it() {
    let w = World::new().await;
    let me = phone(&w).await;
    w.wait(10 * 60);
    let crossing = begin(&w).await;
    let number = number(&w, &crossing).await;
    let code = SetupCode::parse(&crossing.code.show());
    assert!(answer(&w, &me, &code, Some(number)).await.unwrap());
    let screen = ops::session_resolve(&w.cx, crossing.token.hash()).await.unwrap().unwrap();
    assert_eq!((screen.auth_at, screen.ends_at), (me.auth_at, me.ends_at));
}

#[tokio::test]
async fn a_wrong_number_or_a_no_ends_it_at_once() {
    let w = World::new().await;
    let me = phone(&w).await;
    for guess in [None, Some(0)] {
        let crossing = begin(&w).await;
        let right = number(&w, &crossing).await;
        assert!(!answer(&w, &me, &crossing.code, guess).await.unwrap());
        assert_eq!(state(&w, &crossing).await, Waiting::Refused);
        let after = answer(&w, &me, &crossing.code, Some(right)).await;
        assert_eq!(code_of(after), "identity.ceremony_over");
        assert_eq!(ops::session_resolve(&w.cx, crossing.token.hash()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn it_waits_for_two_minutes_and_for_two_factors() {
    let w = World::new().await;
    w.citizens().await;
    let weak = w.citizen_in(AN).await.current;
    let crossing = begin(&w).await;
    let right = number(&w, &crossing).await;
    let refused = answer(&w, &weak, &crossing.code, Some(right)).await;
    assert_eq!(code_of(refused), "identity.second_factor_needed");
    let mut tx = w.begin().await;
    let shown = ops::crossing_show(&w.cx, &mut tx, &weak, &crossing.code).await;
    assert_eq!(code_of(tx.finish(shown).await), "identity.second_factor_needed");
    let mut strong = weak.clone();
    strong.actor.strength = LoginStrength::Two;
    w.wait(CROSSING_LIFE.as_secs());
    let late = answer(&w, &strong, &crossing.code, Some(right)).await;
    assert_eq!(code_of(late), "identity.ceremony_over");
    assert_eq!(state(&w, &crossing).await, Waiting::Over);
}

#[tokio::test]
async fn of_two_answers_at_once_one_counts() {
    let w = World::new().await;
    let me = phone(&w).await;
    let crossing = begin(&w).await;
    let right = Some(number(&w, &crossing).await);
    let (a, b) = tokio::join!(answer(&w, &me, &crossing.code, right), answer(&w, &me, &crossing.code, None));
    let mut codes = [code_of(a), code_of(b)];
    codes.sort_unstable();
    assert_eq!(codes, ["identity.ceremony_over", "ok"]);
}
