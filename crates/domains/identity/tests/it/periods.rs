//! Duties of officers for a period: nothing before it, nothing after it, at once.

use contracts::{Actor, Role};
use identity::{
    IdentityError, LockReason,
    model::Period,
    ops::{
        self,
        staff_create::NewStaff,
        staff_grant::{Grant, Granted},
    },
};
use jiff::{Timestamp, civil::date};

use crate::world::{PASSWORD, World, agency, code_of, staff};

/// The world begins at nine in the morning of 20 November, in Vietnam; the duty is for the 21st and 22nd.
fn two_days() -> Period {
    Period::of_days(Some(date(2026, 11, 21)), Some(date(2026, 11, 22)))
}

fn seconds_until(w: &World, at: &str) -> i64 {
    let at: Timestamp = at.parse().unwrap();
    at.as_second() - w.db.store.clock().now().as_second()
}

async fn grant(w: &World, by: &Actor, grant: Grant) -> Result<Granted, IdentityError> {
    let mut tx = w.begin().await;
    let granted = ops::staff_grant(&w.cx, &mut tx, by, &grant).await;
    tx.finish(granted).await
}

async fn tries(w: &World, login: &str) -> &'static str {
    code_of(ops::sign_in(&w.cx, &staff(login, PASSWORD, Some(&w.code()))).await)
}

#[tokio::test]
async fn a_duty_begins_with_its_first_day_and_is_over_with_the_end_of_its_last() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let officer = w.officer("can.bo", Role::Auditor).await;
    let mut tx = w.begin().await;
    let ended = ops::staff_role_end(&w.cx, &mut tx, &admin, officer, &agency(), Role::Auditor).await;
    tx.finish(ended).await.unwrap();
    let given = Grant { account: officer, agency: agency(), role: Role::Receiver, period: two_days() };
    assert_eq!(grant(&w, &admin, given).await.unwrap(), Granted::Now);

    // Midnight in Vietnam is five in the afternoon in Greenwich.
    w.wait(seconds_until(&w, "2026-11-20T16:59:59Z"));
    assert_eq!(tries(&w, "can.bo").await, "identity.no_role");
    w.wait(1);
    let signed = w.officer_in("can.bo").await;
    assert_eq!(signed.current.actor.staff().unwrap().1, Role::Receiver);

    w.wait(seconds_until(&w, "2026-11-22T16:59:00Z"));
    let last = w.officer_in("can.bo").await;
    assert_eq!(last.current.ends_at.to_string(), "2026-11-22T17:00:00Z");
    let elsewhere = w.another_process();
    w.wait(seconds_until(&w, "2026-11-22T16:59:59Z"));
    let hash = last.token.hash();
    for cx in [&w.cx, &elsewhere] {
        assert!(ops::session_resolve(cx, hash).await.unwrap().is_some(), "to the last second");
    }
    w.wait(1);
    for cx in [&w.cx, &elsewhere] {
        assert!(ops::session_resolve(cx, hash).await.unwrap().is_none(), "remembered or not");
    }
    assert_eq!(tries(&w, "can.bo").await, "identity.no_role");
}

#[tokio::test]
async fn a_session_acts_in_no_duty_that_is_not_held_whatever_it_was_begun_with() {
    let w = World::new().await;
    w.officer("can.bo", Role::Receiver).await;
    let signed = w.officer_in("can.bo").await;
    let elsewhere = w.another_process();
    assert!(ops::session_resolve(&elsewhere, signed.token.hash()).await.unwrap().is_some());
    w.wait(60);
    // Ended by other hands than ours: the row alone changes.
    let now = w.db.store.clock().now();
    let sql =
        format!("WITH e AS (UPDATE identity.staff_role SET valid_to = '{now}' RETURNING 1) SELECT '' FROM e");
    w.texts(&sql).await;
    assert_eq!(w.resolve(&signed).await, None);
    assert!(ops::session_resolve(&elsewhere, signed.token.hash()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_period_is_not_empty_and_does_not_begin_in_the_past() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let officer = w.officer("can.bo", Role::Receiver).await;
    let day = |n| Some(date(2026, 11, n));
    let fault = |refused: IdentityError| -> String {
        base::Fault::fields(&refused).iter().map(|f| format!("{} {}", f.field, f.code)).collect()
    };
    for (first, last, expected) in [
        (day(19), None, "valid_from identity.period_begin"),
        (None, day(19), "valid_to identity.period"),
        (day(25), day(24), "valid_to identity.period"),
    ] {
        let period = Period::of_days(first, last);
        let given = Grant { account: officer, agency: agency(), role: Role::Decider, period };
        assert_eq!(fault(grant(&w, &admin, given).await.unwrap_err()), expected);
        let (login, name) = ("moi.vao".into(), "Lê Văn Mới".into());
        let new = NewStaff { login, name, agency: agency(), role: Role::Receiver, period };
        assert_eq!(fault(ops::staff_create(&w.cx, &admin, &new).await.err().unwrap()), expected);
    }
}

#[tokio::test]
async fn a_duty_is_held_once_at_a_time_and_one_to_come_can_be_taken_back() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let officer = w.officer("can.bo", Role::Receiver).await;
    let decider = |first, last| Grant {
        account: officer,
        agency: agency(),
        role: Role::Decider,
        period: Period::of_days(Some(date(2026, 11, first)), Some(date(2026, 11, last))),
    };
    grant(&w, &admin, decider(21, 22)).await.unwrap();
    assert_eq!(code_of(grant(&w, &admin, decider(22, 25)).await), "identity.role_held");
    grant(&w, &admin, decider(23, 25)).await.unwrap();
    let mut tx = w.begin().await;
    let listed = ops::staff_list(&mut tx, &admin, &agency()).await.unwrap();
    let days: Vec<String> = listed
        .iter()
        .filter(|m| m.role == Role::Decider)
        .map(|m| format!("{} {}", m.valid_from, m.valid_to.unwrap()))
        .collect();
    assert_eq!(
        days,
        ["2026-11-20T17:00:00Z 2026-11-22T17:00:00Z", "2026-11-22T17:00:00Z 2026-11-25T17:00:00Z"]
    );
    let ended = ops::staff_role_end(&w.cx, &mut tx, &admin, officer, &agency(), Role::Decider).await;
    tx.finish(ended).await.unwrap();
    w.wait(86_400);
    assert_eq!(w.officer_in("can.bo").await.current.duties, 1, "it never begins");
    grant(&w, &admin, decider(23, 25)).await.unwrap();
}

#[tokio::test]
async fn an_officer_whose_duty_is_still_to_come_is_managed_by_their_agency_and_works_for_nobody() {
    use contracts::ports::Accounts;
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let (login, name) = ("moi.vao".into(), "Lê Văn Mới".into());
    let new = NewStaff { login, name, agency: agency(), role: Role::Receiver, period: two_days() };
    let made = ops::staff_create(&w.cx, &admin, &new).await.unwrap();
    let mut tx = w.begin().await;
    assert!(w.cx.officers(&mut tx, &agency()).await.unwrap().is_empty(), "nobody to give work to");
    ops::setup_code_renew(&w.cx, &mut tx, &admin, made.account).await.unwrap();
    let locked = ops::account_lock(&w.cx, &mut tx, &admin, made.account, LockReason::Misuse).await;
    tx.finish(locked).await.unwrap();
}

#[tokio::test]
async fn a_head_is_made_by_two_people_for_the_days_that_were_proposed() {
    let w = World::new().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let head = w.actor("thu.truong", Role::Head).await;
    let officer = w.officer("can.bo", Role::Receiver).await;
    let proposed = async |period| {
        let given = Grant { account: officer, agency: agency(), role: Role::Head, period };
        match grant(&w, &admin, given).await.unwrap() {
            Granted::Proposed(id) => id,
            Granted::Now => panic!("one person alone"),
        }
    };
    let confirm = async |id| {
        let mut tx = w.begin().await;
        let confirmed = ops::staff_grant_confirm(&mut tx, &head, officer, id).await;
        tx.finish(confirmed).await
    };
    let (soon, brief) =
        (proposed(two_days()).await, proposed(Period::of_days(None, Some(date(2026, 11, 21)))).await);
    w.wait(2 * 86_400);
    assert_eq!(code_of(confirm(brief).await), "identity.invalid", "it would be over already");
    confirm(soon).await.unwrap();
    let ends = "SELECT concat_ws(' ', valid_from AT TIME ZONE 'UTC', valid_to AT TIME ZONE 'UTC') FROM identity.staff_role
        WHERE role = 'head' AND valid_to IS NOT NULL";
    assert_eq!(w.texts(ends).await, ["2026-11-22 02:01:00 2026-11-22 17:00:00"], "from the confirmation on");
}
