//! What those who vouch for a holder elsewhere ask and are told.

use contracts::{
    IdentityLevel, Role,
    events::{AccountChange, AccountChanged},
    ports::{AccountHolder, Holders},
};
use identity::{LockReason, Marks, ops};
use uuid::Uuid;

use crate::world::{AN, BINH, World, agency, an};

async fn changes(w: &World) -> Vec<AccountChange> {
    let told = "SELECT payload::text FROM store.outbox WHERE topic = 'identity.account_changed' ORDER BY id";
    let read = |text: &String| serde_json::from_str::<AccountChanged>(text).unwrap().change;
    w.texts(told).await.iter().map(read).collect()
}

#[tokio::test]
async fn a_holder_is_found_by_account_and_by_number_and_a_locked_one_is_not_active() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let officer = w.officer("can.bo", Role::Decider).await;
    let mut tx = w.begin().await;
    let found = w.cx.holder(&tx, account).await.unwrap();
    let expected =
        AccountHolder { account, person: Some(an()), level: Some(IdentityLevel::One), active: true };
    assert_eq!(found, Some(expected.clone()));
    assert_eq!(w.cx.holder_by_number(&mut tx, &AN.parse().unwrap()).await.unwrap(), Some(expected));
    assert_eq!(w.cx.holder_by_number(&mut tx, &"001099099999".parse().unwrap()).await.unwrap(), None);
    let staff = w.cx.holder(&tx, officer).await.unwrap().unwrap();
    assert_eq!((staff.person, staff.level, staff.active), (None, None, true));
    assert_eq!(w.cx.holder(&tx, contracts::AccountId(Uuid::nil())).await.unwrap(), None);

    let me = w.citizen_in(AN).await.current;
    let mut tx = w.begin().await;
    let locked = ops::account_lock(&w.cx, &mut tx, &me.actor, account, LockReason::OwnRequest).await;
    tx.finish(locked).await.unwrap();
    let tx = w.begin().await;
    assert!(!w.cx.holder(&tx, account).await.unwrap().unwrap().active);
}

#[tokio::test]
async fn a_session_is_live_until_it_ends_and_may_be_ended_from_elsewhere() {
    let w = World::new().await;
    let [account, other] = w.citizens().await;
    let signed = w.citizen_in(AN).await;
    let session = signed.current.session.0;
    let mut tx = w.begin().await;
    assert!(w.cx.session_is_live(&mut tx, account, session).await.unwrap());
    assert!(!w.cx.session_is_live(&mut tx, other, session).await.unwrap());
    let ended = w.cx.session_end(&mut tx, account, session).await.map_err(|_| store::StoreError::Conflict);
    tx.finish(ended).await.unwrap();
    assert_eq!(w.resolve(&signed).await, None);
    let mut tx = w.begin().await;
    assert!(!w.cx.session_is_live(&mut tx, account, session).await.unwrap());
    // Twice is once.
    w.cx.session_end(&mut tx, account, session).await.unwrap();
    assert_eq!(changes(&w).await, [AccountChange::SessionEnded { session }]);
}

#[tokio::test]
async fn what_happens_to_an_account_is_told() {
    let w = World::new().await;
    let [account, _] = w.citizens().await;
    let admin = w.actor("quan.tri", Role::Administrator).await;
    let (one, two) = (w.citizen_in(AN).await.current, w.citizen_in(AN).await.current);
    let mut tx = w.begin().await;
    ops::session_revoke(&w.cx, &mut tx, &two, one.session).await.unwrap();
    ops::session_revoke_others(&w.cx, &mut tx, &two, &Marks::default()).await.unwrap();
    ops::account_lock(&w.cx, &mut tx, &two.actor, account, LockReason::OwnRequest).await.unwrap();
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    let mut tx = w.begin().await;
    let unlocked = ops::account_unlock(&w.cx, &mut tx, &contracts::Actor::system(), account).await;
    tx.finish(unlocked).await.unwrap();
    let officer = w.officer("can.bo", Role::Receiver).await;
    let theirs = w.officer_in("can.bo").await.current.session.0;
    let mut tx = w.begin().await;
    let ended = ops::staff_role_end(&w.cx, &mut tx, &admin, officer, &agency(), Role::Receiver).await;
    tx.finish(ended).await.unwrap();
    w.citizen_in(BINH).await;
    assert_eq!(
        changes(&w).await,
        [
            AccountChange::SessionEnded { session: one.session.0 },
            AccountChange::SessionsEnded { but: Some(two.session.0) },
            AccountChange::Locked,
            AccountChange::Unlocked,
            AccountChange::SessionEnded { session: theirs },
        ]
    );
}

#[tokio::test]
async fn a_holder_reads_the_history_of_signing_in_and_hears_of_a_new_device() {
    let w = World::new().await;
    w.citizens().await;
    let me = w.citizen_in(AN).await.current;
    let mut elsewhere = crate::world::citizen(AN, crate::world::PASSWORD);
    elsewhere.client.agent = "Mozilla/5.0 (iPhone) Version/19 Safari".into();
    let notices = "SELECT payload::text FROM store.outbox WHERE topic = 'notice.due'";
    assert_eq!(w.texts(notices).await, Vec::<String>::new(), "the first device is no news");
    w.wait(1);
    ops::sign_in(&w.cx, &elsewhere).await.unwrap();
    w.wait(1);
    w.citizen_in(AN).await;
    let told = w.texts(notices).await;
    assert!(told.len() == 1 && told[0].contains("Safari, iPhone"), "{told:?}");
    elsewhere.password = identity::Password::new("sai");
    w.wait(1);
    let _ = ops::sign_in(&w.cx, &elsewhere).await;

    let mut tx = w.begin().await;
    let lines = ops::sign_in_list(&mut tx, &me, None).await.unwrap();
    let said: Vec<(&str, &str)> = lines.iter().map(|l| (l.outcome.as_str(), l.agent.as_str())).collect();
    let (safari, firefox) = ("Safari, iPhone", "Firefox, Windows");
    assert_eq!(said, [("bad_password", safari), ("in", firefox), ("in", safari), ("in", firefox)]);
    let rest = ops::sign_in_list(&mut tx, &me, Some(lines[2].id)).await.unwrap();
    assert_eq!(rest, lines[3..]);
    // Kept for five years at least, and not for ever.
    drop(tx);
    w.wait(identity::jobs::SIGN_INS_KEPT.as_secs() - 10);
    for left in [4, 0] {
        let tx = w.begin().await;
        let swept = identity::jobs::sweep(&tx).await;
        tx.finish(swept).await.unwrap();
        assert_eq!(w.texts("SELECT outcome FROM identity.sign_in").await.len(), left);
        w.wait(20);
    }
}
