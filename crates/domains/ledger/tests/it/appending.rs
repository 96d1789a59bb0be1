//! The sequencer: nothing lost, nothing doubled, nothing signed twice.

use std::time::Duration;

use ledger::Sequencer;
use ledger::sequencer::Step;
use tokio::sync::watch;

use crate::{Log, citizen, leave};

#[tokio::test]
async fn a_new_log_signs_the_empty_tree() {
    let mut log = Log::new().await;
    assert_eq!(log.sequencer.step().await.unwrap(), Step::Appended(0));
    assert_eq!(log.sequencer.step().await.unwrap(), Step::Idle);
    let note = log.checkpoint().await;
    assert!(
        note.starts_with("log.example/lienthong\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"),
        "{note}"
    );
    assert!(log.verify().await.is_sound());
}

#[tokio::test]
async fn entries_of_any_batches_are_each_in_the_log_once() {
    let log = Log::grown_by(&[1, 254, 1, 1, 600, 8_192, 3]).await;
    let report = log.verify().await;
    assert_eq!(report.findings, []);
    assert_eq!((report.size, report.checkpoints), (9_052, 8));
    assert_eq!(log.number("SELECT count(*) FROM store.audit_intake").await, 0);
    assert_eq!(log.number("SELECT count(DISTINCT id) FROM ledger.entry").await, 9_052);
}

#[tokio::test]
async fn a_sequencer_that_starts_later_goes_on_where_the_last_one_stopped() {
    let mut log = Log::grown_by(&[300]).await;
    let mut other = Sequencer::new(log.db.another_process(), log.key.clone());
    for _ in 0..3 {
        leave(&log.db.store, 100, citizen(1)).await;
        assert_eq!(other.drain().await.unwrap(), 100);
        leave(&log.db.store, 50, citizen(2)).await;
        assert_eq!(log.sequencer.drain().await.unwrap(), 50);
    }
    let report = log.verify().await;
    assert_eq!((report.findings, report.size), (vec![], 750));
}

#[tokio::test]
async fn while_one_appends_the_others_stand_by() {
    let mut log = Log::grown_by(&[10]).await;
    leave(&log.db.store, 5, citizen(1)).await;
    let elsewhere = log.db.another_process().begin().await.unwrap();
    elsewhere.query(ledger::sql::LOCK, &[&0x6c65_6467_6572_i64]).await.unwrap();
    assert_eq!(log.sequencer.step().await.unwrap(), Step::Standby);
    elsewhere.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    assert_eq!(log.sequencer.step().await.unwrap(), Step::Appended(5));
}

#[tokio::test]
async fn a_batch_that_fails_leaves_everything_where_it_was() {
    let mut log = Log::grown_by(&[300]).await;
    leave(&log.db.store, 20, citizen(1)).await;
    // The next bundle cannot be written: a failure late in the batch.
    log.tamper("ALTER TABLE ledger.checkpoint ADD CONSTRAINT full_disk CHECK (size < 310)").await;
    log.sequencer.step().await.unwrap_err();
    assert_eq!(log.number("SELECT count(*) FROM store.audit_intake").await, 20);
    assert_eq!(log.number("SELECT count(*) FROM ledger.entry").await, 300);
    log.tamper("ALTER TABLE ledger.checkpoint DROP CONSTRAINT full_disk").await;
    assert_eq!(log.sequencer.drain().await.unwrap(), 20);
    assert_eq!(log.findings().await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_step_that_is_cut_off_in_the_middle_is_as_if_it_never_began() {
    let mut log = Log::grown_by(&[300]).await;
    for millis in 0..12 {
        leave(&log.db.store, 40, citizen(1)).await;
        let _ = tokio::time::timeout(Duration::from_millis(millis), log.sequencer.step()).await;
    }
    log.sequencer.drain().await.unwrap();
    let report = log.verify().await;
    assert_eq!((report.findings, report.size), (vec![], 300 + 12 * 40));
}

#[tokio::test]
async fn a_tree_that_is_not_the_signed_one_is_never_signed_again() {
    let log = Log::grown_by(&[300]).await;
    log.tamper(
        "UPDATE ledger.tile SET data = set_byte(data, 5, 255 - get_byte(data, 5)) WHERE level = 0 AND n = 1",
    )
    .await;
    leave(&log.db.store, 1, citizen(1)).await;
    let mut restarted = Sequencer::new(log.db.another_process(), log.key.clone());
    let error = restarted.step().await.unwrap_err();
    assert_eq!(base::Fault::code(&error), "ledger.broken");
    assert_eq!(log.number("SELECT count(*) FROM store.audit_intake").await, 1);
}

#[tokio::test]
async fn entries_of_concurrent_transactions_all_arrive_while_the_sequencer_runs() {
    let log = Log::new().await;
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(Sequencer::new(log.db.another_process(), log.key.clone()).run(stopped));
    let writers = (0..4).map(|writer| {
        let store = log.db.store.clone();
        tokio::spawn(async move {
            for _ in 0..50 {
                leave(&store, 3, citizen(writer)).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let arrived = async {
        while log.number("SELECT count(*) FROM ledger.entry").await < 600 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), arrived).await.unwrap();
    stop.send_replace(true);
    running.await.unwrap();
    let report = log.verify().await;
    assert_eq!((report.findings, report.size), (vec![], 600));
}

#[tokio::test]
async fn a_log_that_grows_meanwhile_verifies_too() {
    let log = Log::grown_by(&[1_000]).await;
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(Sequencer::new(log.db.another_process(), log.key.clone()).run(stopped));
    let mut sizes = Vec::new();
    for _ in 0..8 {
        leave(&log.db.store, 300, citizen(1)).await;
        let report = log.verify().await;
        assert_eq!(report.findings, []);
        sizes.push(report.size);
    }
    stop.send_replace(true);
    running.await.unwrap();
    assert!(sizes.is_sorted() && sizes.first() >= Some(&1_000), "{sizes:?}");
}

#[tokio::test]
async fn the_backlog_is_told() {
    let mut log = Log::grown_by(&[1]).await;
    leave(&log.db.store, 7, citizen(1)).await;
    let tx = log.db.store.begin().await.unwrap();
    let backlog = ledger::backlog(&tx).await.unwrap();
    assert_eq!((backlog.pending, backlog.oldest), (7, Some(tx.now())));
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    log.sequencer.drain().await.unwrap();
}
