//! Asking somebody to be a helper: it tells nothing of who has an account, and whoever is asked decides.

use base::Fault;
use contracts::{LoginStrength, PersonId};
use identity::{
    Current, IdentityError, Password,
    ops::{
        self,
        helpers::{HELPERS_MAX, Helpers, INVITATION_LIFE},
        invitation::Received,
    },
    seed::{self, SeedCitizen},
};
use uuid::Uuid;

use crate::world::{AN, BINH, PASSWORD, World, an, code_of};

pub const CHI: &str = "001099000077";
pub const DUNG: &str = "001099000088";
/// Nobody has an account under it.
const NOBODY: &str = "001099099999";

/// Somebody signed in, as with two factors.
pub async fn strong(w: &World, number: &str) -> Current {
    let mut me = w.citizen_in(number).await.current;
    me.actor.strength = LoginStrength::Two;
    me
}

/// An, Bình, Chi and Dũng have accounts.
async fn four(w: &World) -> Current {
    w.citizens().await;
    let more = [(7, CHI), (8, DUNG)].map(|(n, number)| SeedCitizen {
        person: PersonId(Uuid::from_u128(n)),
        number: number.parse().unwrap(),
        level: contracts::IdentityLevel::One,
        password: Password::new(PASSWORD),
    });
    let tx = w.begin().await;
    let made = seed::citizens(&w.cx, &tx, &more).await;
    tx.finish(made).await.unwrap();
    strong(w, AN).await
}

/// An, who trusts Bình and Chi; both have said yes.
pub async fn trusting(w: &World) -> Current {
    let me = four(w).await;
    for helper in [BINH, CHI] {
        invites(w, &me, helper).await.unwrap();
        invited(w, helper, true).await;
    }
    w.wait(60);
    me
}

pub async fn invites(w: &World, me: &Current, number: &str) -> Result<(), IdentityError> {
    let mut tx = w.begin().await;
    let named = ops::helper_name(&w.cx, &mut tx, me, &number.parse().unwrap()).await;
    tx.finish(named).await
}

/// Somebody answers the first invitation on their page.
pub async fn invited(w: &World, number: &str, yes: bool) {
    let me = strong(w, number).await;
    let one = received(w, &me).await.remove(0);
    answer(w, &me, one.id, yes).await.unwrap();
}

async fn answer(w: &World, me: &Current, id: Uuid, yes: bool) -> Result<(), IdentityError> {
    let mut tx = w.begin().await;
    let answered = match yes {
        true => ops::invitation_accept(&mut tx, me, id).await,
        false => ops::invitation_decline(&mut tx, me, id).await,
    };
    tx.finish(answered).await
}

async fn withdraw(w: &World, me: &Current, id: Uuid) -> Result<(), IdentityError> {
    let mut tx = w.begin().await;
    let taken = ops::invitation_withdraw(&mut tx, me, id).await;
    tx.finish(taken).await
}

async fn received(w: &World, me: &Current) -> Vec<Received> {
    let mut tx = w.begin().await;
    let list = ops::invitation_list(&mut tx, me).await;
    tx.finish(list).await.unwrap()
}

async fn list(w: &World, me: &Current) -> Helpers {
    let mut tx = w.begin().await;
    let list = ops::helper_list(&mut tx, me).await;
    tx.finish(list).await.unwrap()
}

fn fault<T>(outcome: Result<T, IdentityError>) -> String {
    let refused = outcome.err().unwrap();
    refused.fields().iter().map(|f| format!("{} {}", f.field, f.code)).collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn naming_does_and_shows_the_same_whether_or_not_somebody_has_an_account() {
    let w = World::new().await;
    let me = four(&w).await;
    let written = async || {
        let tables = ["store.job", "store.outbox", "store.audit_intake", "identity.helper_invitation"];
        let mut counts: Vec<i64> = Vec::new();
        for table in tables {
            let count = w.texts(&format!("SELECT count(*)::text FROM {table}")).await;
            counts.push(count[0].parse().unwrap());
        }
        counts
    };
    let mut before = written().await;
    for number in [BINH, NOBODY] {
        w.wait(1);
        invites(&w, &me, number).await.unwrap();
        let after = written().await;
        let more: Vec<i64> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
        assert_eq!(more, [1, 1, 1, 1], "{number}");
        before = after;
    }
    let jobs = w.texts("SELECT payload::text FROM store.job").await;
    assert_eq!(jobs[0].len(), jobs[1].len());
    let Helpers { accepted, sent } = list(&w, &me).await;
    assert_eq!(accepted, Vec::new());
    let hints: Vec<&str> = sent.iter().map(|one| one.hint.as_str()).collect();
    assert_eq!(hints, [&BINH[9..], &NOBODY[9..]]);
    assert!(sent.iter().all(|one| one.ends_at.duration_since(one.asked_at) == INVITATION_LIFE));
    // Asked again, the answer is the same, and the list.
    for number in [BINH, NOBODY] {
        invites(&w, &me, number).await.unwrap();
    }
    assert_eq!(list(&w, &me).await.sent, sent);
    // Neither the log nor the tables hold a number.
    let kept = [w.audit().await, w.texts("SELECT t::text FROM identity.helper_invitation t").await].concat();
    assert!(kept.iter().all(|row| !row.contains(BINH) && !row.contains(NOBODY)));
}

#[tokio::test]
async fn whoever_is_asked_sees_who_asks_and_is_a_helper_only_after_a_yes_with_two_factors() {
    let w = World::new().await;
    let me = four(&w).await;
    invites(&w, &me, BINH).await.unwrap();
    let (binh, chi) = (strong(&w, BINH).await, strong(&w, CHI).await);
    let seen = received(&w, &binh).await;
    assert_eq!(seen.iter().map(|one| one.person).collect::<Vec<_>>(), [an()]);
    assert_eq!(received(&w, &chi).await, Vec::new());
    assert_eq!(code_of(answer(&w, &chi, seen[0].id, true).await), "identity.not_found", "another's");
    assert_eq!(code_of(answer(&w, &me, seen[0].id, true).await), "identity.not_found", "not one's own");
    let weak = w.citizen_in(BINH).await.current;
    assert_eq!(code_of(answer(&w, &weak, seen[0].id, true).await), "identity.second_factor_needed");
    assert_eq!(list(&w, &me).await.accepted, Vec::new());

    answer(&w, &binh, seen[0].id, true).await.unwrap();
    let Helpers { accepted, sent } = list(&w, &me).await;
    assert_eq!(accepted.iter().map(|one| one.account).collect::<Vec<_>>(), [binh.account()]);
    assert_eq!(sent, Vec::new());
    assert_eq!(code_of(answer(&w, &binh, seen[0].id, true).await), "identity.not_found", "once");
    let told = "SELECT payload->>'person' FROM store.outbox WHERE payload::text LIKE '%đã nhận lời giúp%'";
    assert_eq!(w.texts(told).await, [an().0.to_string()]);
}

#[tokio::test]
async fn a_no_is_not_told_to_who_asked() {
    let w = World::new().await;
    let me = four(&w).await;
    invites(&w, &me, BINH).await.unwrap();
    let before = (list(&w, &me).await, w.texts("SELECT id::text FROM store.outbox").await);
    // A no takes one factor.
    let weak = w.citizen_in(BINH).await.current;
    let one = received(&w, &weak).await.remove(0);
    answer(&w, &weak, one.id, false).await.unwrap();
    assert_eq!(before, (list(&w, &me).await, w.texts("SELECT id::text FROM store.outbox").await));
    assert_eq!(received(&w, &weak).await, Vec::new());
    assert_eq!(code_of(answer(&w, &strong(&w, BINH).await, one.id, true).await), "identity.not_found");
    // Asked again while it waits, the one who said no is left in peace.
    invites(&w, &me, BINH).await.unwrap();
    assert_eq!(received(&w, &weak).await, Vec::new());
    w.wait(INVITATION_LIFE.as_secs());
    assert_eq!(list(&w, &me).await, Helpers::default());
    invites(&w, &me, BINH).await.unwrap();
    assert_eq!(received(&w, &weak).await.len(), 1);
}

#[tokio::test]
async fn one_invites_with_two_factors_others_than_oneself_and_not_too_many() {
    let w = World::new().await;
    let me = trusting(&w).await;
    let weak = w.citizen_in(AN).await.current;
    assert_eq!(code_of(invites(&w, &weak, DUNG).await), "identity.second_factor_needed");
    assert_eq!(fault(invites(&w, &me, AN).await), "number identity.helper_self");
    // Two have said yes; with three who wait it is enough. On the next day, because a day has its limit, too.
    w.wait(86_401);
    for n in 0..HELPERS_MAX - 2 {
        invites(&w, &me, &format!("0010990003{n:02}")).await.unwrap();
    }
    assert_eq!(code_of(invites(&w, &me, DUNG).await), "identity.helpers_full");
    assert_eq!(fault(invites(&w, &me, AN).await), "number identity.helper_self");
    let one = list(&w, &me).await.sent.remove(0);
    withdraw(&w, &me, one.id).await.unwrap();
    invites(&w, &me, DUNG).await.unwrap();
}

#[tokio::test]
async fn a_day_has_five_invitations_whatever_became_of_them() {
    let w = World::new().await;
    let me = four(&w).await;
    for n in 0..5 {
        invites(&w, &me, &format!("0010990003{n:02}")).await.unwrap();
        let one = list(&w, &me).await.sent.remove(0);
        withdraw(&w, &me, one.id).await.unwrap();
    }
    let sixth = invites(&w, &me, BINH).await;
    let args = sixth.as_ref().err().map(|refused| refused.args());
    assert_eq!(args, Some(vec![("max".to_owned(), "5".to_owned())]));
    assert_eq!(code_of(sixth), "identity.enough_today");
    // Others are not held up, and tomorrow is another day.
    invites(&w, &strong(&w, CHI).await, BINH).await.unwrap();
    w.wait(86_400);
    invites(&w, &me, BINH).await.unwrap();
}

#[tokio::test]
async fn an_invitation_is_taken_back_by_who_made_it_ends_by_itself_and_is_swept() {
    let w = World::new().await;
    let me = four(&w).await;
    invites(&w, &me, BINH).await.unwrap();
    let binh = strong(&w, BINH).await;
    let one = received(&w, &binh).await.remove(0);
    withdraw(&w, &strong(&w, CHI).await, one.id).await.unwrap();
    assert_eq!(received(&w, &binh).await.len(), 1, "not by somebody else");
    let weak = w.citizen_in(AN).await.current;
    assert_eq!(code_of(withdraw(&w, &weak, one.id).await), "identity.second_factor_needed");
    withdraw(&w, &me, one.id).await.unwrap();
    assert_eq!(code_of(answer(&w, &binh, one.id, true).await), "identity.not_found");

    invites(&w, &me, BINH).await.unwrap();
    let one = received(&w, &binh).await.remove(0);
    w.wait(INVITATION_LIFE.as_secs());
    assert_eq!(received(&w, &binh).await, Vec::new());
    assert_eq!(code_of(answer(&w, &binh, one.id, true).await), "identity.not_found");
    w.wait(1);
    let tx = w.begin().await;
    let swept = identity::jobs::sweep(&tx).await;
    tx.finish(swept).await.unwrap();
    assert_eq!(w.texts("SELECT hint FROM identity.helper_invitation").await, Vec::<String>::new());
}

#[tokio::test]
async fn whoever_is_asked_is_told_once_a_day_and_nobody_else() {
    let w = World::new().await;
    let me = four(&w).await;
    let told = async || {
        w.messages().await;
        w.texts("SELECT payload->>'person' FROM store.outbox WHERE payload::text LIKE '%Có người mời bạn%'")
            .await
    };
    invites(&w, &me, BINH).await.unwrap();
    invites(&w, &me, NOBODY).await.unwrap();
    let binh = PersonId(Uuid::from_u128(2)).0.to_string();
    assert_eq!(told().await, [binh.as_str()]);
    for number in [CHI, DUNG] {
        invites(&w, &strong(&w, number).await, BINH).await.unwrap();
    }
    assert_eq!(told().await, [binh.as_str()], "the page has them all");
    assert_eq!(received(&w, &strong(&w, BINH).await).await.len(), 3);
    w.wait(86_400);
    let sent = list(&w, &me).await.sent;
    let waits = sent.iter().find(|one| one.hint == BINH[9..]).unwrap();
    withdraw(&w, &me, waits.id).await.unwrap();
    invites(&w, &me, BINH).await.unwrap();
    assert_eq!(told().await, [binh.as_str(), binh.as_str()]);
}
