//! What a person sees, and proves.

use base::{Fault, PageRequest};
use ledger::view::ProofError;
use ledger::{LedgerError, Proof, accesses, proof, verify_proof};
use tlog::SigningKey;

use crate::{Log, ORIGIN, citizen, leave};

async fn page(log: &Log, person: u128, after: Option<String>, limit: u32) -> base::Page<ledger::AccessEntry> {
    let tx = log.db.store.begin().await.unwrap();
    let found = accesses(&tx, citizen(person), &PageRequest { after, limit: Some(limit) }).await;
    tx.finish(found).await.unwrap()
}

async fn prove(log: &Log, person: u128, index: u64) -> Result<Proof, LedgerError> {
    let tx = log.db.store.begin().await.unwrap();
    let made = proof(&tx, citizen(person), index).await;
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

    let tx = log.db.store.begin().await.unwrap();
    let bad = accesses(&tx, citizen(1), &PageRequest { after: Some("x".into()), limit: None }).await;
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
        let tx = store.begin().await.unwrap();
        let seen = accesses(&tx, citizen(1), &PageRequest::default()).await.unwrap();
        let made = proof(&tx, citizen(1), 7).await.unwrap();
        tx.finish::<_, LedgerError>(Ok(())).await.unwrap();
        let report = ledger::verify(&store, &keys, Some(&made.checkpoint), |_, _| ()).await.unwrap();
        (seen.items.len(), verify_proof(&made, &keys), report.is_sound())
    });
    assert_eq!(task.await.unwrap(), (10, Ok(()), true));
}
