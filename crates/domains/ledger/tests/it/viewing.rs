//! What a person sees, and proves.

use base::{Fault, PageRequest};
use contracts::{Access, AccountId, Actor, AgencyId, IdentityLevel, LoginStrength, Purpose, Role, Who};
use ledger::proof::ProofError;
use ledger::{LedgerError, Proof, Whose, access_list, access_prove, verify_proof};
use tlog::SigningKey;

use crate::{Log, ORIGIN, citizen, leave};

/// A citizen who looks at their own data, from an account of their own.
fn own(person: u128) -> Access {
    let who = Who::Citizen { person: citizen(person), level: IdentityLevel::Two };
    let account = AccountId(uuid::Uuid::from_u128(1000 + person));
    Access::new(&Actor { account, who, strength: LoginStrength::One }, Purpose::OWN_RECORD)
}

/// What others did with a person's data.
async fn page(log: &Log, person: u128, after: Option<String>, limit: u32) -> base::Page<ledger::AccessEntry> {
    listed(log, person, Whose::Others, after, limit).await
}

async fn listed(
    log: &Log,
    person: u128,
    whose: Whose,
    after: Option<String>,
    limit: u32,
) -> base::Page<ledger::AccessEntry> {
    let mut tx = log.db.store.begin().await.unwrap();
    let found = access_list(&mut tx, &own(person), whose, &PageRequest { after, limit: Some(limit) }).await;
    tx.finish(found).await.unwrap()
}

async fn prove(log: &Log, person: u128, index: u64) -> Result<Proof, LedgerError> {
    let mut tx = log.db.store.begin().await.unwrap();
    let made = access_prove(&mut tx, &own(person), index).await;
    tx.finish(made).await
}

#[tokio::test]
async fn a_person_sees_each_access_to_their_data_newest_first_and_nobody_else_s() {
    let mut log = Log::grown_by(&[3]).await;
    log.db.clock.advance(jiff::SignedDuration::from_secs(60));
    leave(&log.db.store, 2, citizen(2)).await;
    log.sequencer.drain().await.unwrap();
    log.db.clock.advance(jiff::SignedDuration::from_secs(60));
    leave(&log.db.store, 1, citizen(1)).await;

    let seen = page(&log, 1, None, 10).await;
    assert_eq!(seen.items.len(), 4);
    assert_eq!(seen.items[0].index, None, "the newest is not in the log yet, and is shown");
    assert!(seen.items[1..].iter().all(|item| item.index.is_some_and(|i| i < 3)));
    assert!(seen.items.windows(2).all(|pair| pair[0].at >= pair[1].at));
    let access = seen.items[0].access.as_ref().unwrap();
    assert_eq!(
        (access.actor_label.as_str(), access.purpose.as_str()),
        ("decider:Nguyễn Văn An", "decide_dossier")
    );
    assert_eq!(access.legal_basis, "Luật Cư trú 68/2020/QH14, Điều 22");
    assert_eq!(page(&log, 2, None, 10).await.items.len(), 2);
    assert_eq!(page(&log, 3, None, 10).await.items.len(), 0);
}

#[tokio::test]
async fn pages_stay_where_they_are_when_entries_move_into_the_log() {
    let mut log = Log::grown_by(&[4]).await;
    for _ in 0..4 {
        log.db.clock.advance(jiff::SignedDuration::from_secs(1));
        leave(&log.db.store, 1, citizen(1)).await;
    }
    let mut ids = Vec::new();
    let first = page(&log, 1, None, 3).await;
    log.sequencer.drain().await.unwrap();
    ids.extend(first.items.iter().map(|item| item.id));
    let mut next = first.next;
    while let Some(cursor) = next {
        let page = page(&log, 1, Some(cursor), 3).await;
        ids.extend(page.items.iter().map(|item| item.id));
        next = page.next;
    }
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!((ids.len(), once.len()), (8, 8));

    let mut tx = log.db.store.begin().await.unwrap();
    let nowhere = PageRequest { after: Some("x".into()), limit: None };
    let bad = access_list(&mut tx, &own(1), Whose::All, &nowhere).await;
    assert_eq!(tx.finish(bad).await.unwrap_err().code(), "ledger.cursor");
}

#[tokio::test]
async fn every_entry_is_proven_offline_by_what_is_handed_out() {
    let log = Log::grown_by(&[300, 400, 1]).await;
    for index in [0, 1, 255, 256, 299, 300, 511, 512, 699, 700] {
        let made = prove(&log, 1, index).await.unwrap();
        let text = serde_json::to_string(&made).unwrap();
        let read: Proof = serde_json::from_str(&text).unwrap();
        assert_eq!(verify_proof(&read, &log.keys()), Ok(()), "entry {index}");
    }
}

#[tokio::test]
async fn a_proof_that_was_altered_proves_nothing() {
    let log = Log::grown_by(&[300]).await;
    let made = prove(&log, 1, 42).await.unwrap();
    for change in [
        |p: &mut Proof| p.body = p.body.replace("decide", "look_up"),
        |p: &mut Proof| p.at += jiff::SignedDuration::from_secs(1),
        |p: &mut Proof| p.subject = citizen(2).0,
        |p: &mut Proof| p.salt = "00".repeat(16),
        |p: &mut Proof| p.index += 1,
        |p: &mut Proof| p.index = u64::MAX,
        |p: &mut Proof| p.hashes.truncate(3),
        |p: &mut Proof| p.hashes[0].0[0] ^= 1,
    ] {
        let mut other = made.clone();
        change(&mut other);
        assert_eq!(verify_proof(&other, &log.keys()), Err(ProofError::Entry));
    }
    let sized = Proof { tree_size: 301, ..made.clone() };
    assert_eq!(verify_proof(&sized, &log.keys()), Err(ProofError::Size));
    let stranger = SigningKey::new(ORIGIN, &[9; 32]).unwrap().verifier();
    assert!(matches!(verify_proof(&made, &[stranger]), Err(ProofError::Checkpoint(_))));
    assert!(matches!(verify_proof(&made, &[]), Err(ProofError::Checkpoint(_))));
}

#[tokio::test]
async fn nobody_gets_a_proof_about_somebody_else_or_of_what_is_not_there() {
    let log = Log::grown_by(&[10]).await;
    for (person, index) in [(2, 3), (1, 10), (1, u64::MAX)] {
        assert_eq!(prove(&log, person, index).await.unwrap_err().code(), "ledger.not_found");
    }
}

#[tokio::test]
async fn views_proofs_and_checks_can_run_in_any_task() {
    let log = Log::grown_by(&[10]).await;
    let (store, keys) = (log.db.store.clone(), log.keys());
    let task = tokio::spawn(async move {
        let mut tx = store.begin().await.unwrap();
        let seen = access_list(&mut tx, &own(1), Whose::All, &PageRequest::default()).await.unwrap();
        let made = access_prove(&mut tx, &own(1), 7).await.unwrap();
        tx.finish::<_, LedgerError>(Ok(())).await.unwrap();
        let report = ledger::verify(&store, &keys, Some(&made.checkpoint), |_, _| ()).await.unwrap();
        (seen.items.len(), verify_proof(&made, &keys), report.is_sound())
    });
    assert_eq!(task.await.unwrap(), (10, Ok(()), true));
}

#[tokio::test]
async fn looking_is_an_access_too_and_stands_apart_from_those_of_others() {
    let mut log = Log::grown_by(&[3]).await;
    page(&log, 1, None, 10).await;
    log.sequencer.drain().await.unwrap();
    prove(&log, 1, 0).await.unwrap();

    let actions = |page: &base::Page<ledger::AccessEntry>| -> Vec<String> {
        page.items.iter().map(|item| item.access.as_ref().unwrap().action.clone()).collect()
    };
    let own = listed(&log, 1, Whose::Own, None, 10).await;
    assert_eq!(actions(&own), ["ledger.access_prove", "ledger.access_list"], "in the intake and in the log");
    let body = own.items[0].access.as_ref().unwrap();
    assert_eq!((body.actor_label.as_str(), body.purpose.as_str()), ("citizen", "own_record"));
    let others = page(&log, 1, None, 10).await;
    assert_eq!(actions(&others), ["registry.person_read"; 3]);
    let all = listed(&log, 1, Whose::All, None, 10).await;
    assert_eq!(all.items.len(), 3 + 4, "two looks more have been taken meanwhile");
    assert_eq!(listed(&log, 2, Whose::All, None, 10).await.items.len(), 0, "nobody else's log has grown");
}

#[tokio::test]
async fn pages_of_one_filter_hold_only_what_it_lets_through() {
    let log = Log::grown_by(&[1]).await;
    for _ in 0..3 {
        log.db.clock.advance(jiff::SignedDuration::from_secs(1));
        page(&log, 1, None, 1).await;
        leave(&log.db.store, 1, citizen(1)).await;
    }
    let (mut seen, mut after) = (0, None);
    loop {
        let page = listed(&log, 1, Whose::Others, after, 1).await;
        seen += page.items.len();
        assert!(page.items.iter().all(|i| i.access.as_ref().unwrap().action == "registry.person_read"));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, 4);
}

#[tokio::test]
async fn an_altered_entry_does_not_hide_the_others() {
    let log = Log::grown_by(&[3]).await;
    log.tamper("UPDATE ledger.entry SET body = 'no json' WHERE index = 1").await;
    let seen = page(&log, 1, None, 10).await;
    assert_eq!(seen.items.iter().filter(|i| i.access.is_none()).count(), 1);
    assert_eq!(seen.items.len(), 3);
}

#[tokio::test]
async fn an_officer_has_no_accesses_of_their_own_to_look_at() {
    let log = Log::grown_by(&[1]).await;
    let who =
        Who::Staff { agency: AgencyId::new("H29.13"), role: Role::Auditor, name: "Lê Thị Kiểm".into() };
    let actor = Actor { account: AccountId(uuid::Uuid::from_u128(5)), who, strength: LoginStrength::Two };
    let access = Access::new(&actor, Purpose::AUDIT);
    let mut tx = log.db.store.begin().await.unwrap();
    let refused = access_list(&mut tx, &access, Whose::All, &PageRequest::default()).await;
    assert_eq!(refused.unwrap_err().code(), "ledger.not_yours");
    let refused = access_prove(&mut tx, &access, 0).await;
    assert_eq!(tx.finish(refused).await.unwrap_err().code(), "ledger.not_yours");
}
