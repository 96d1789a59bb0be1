//! A log with three levels of tiles: what a small one cannot show.

use crate::Log;

/// One full tile of level 1 and a little more.
const SIZE: u64 = 65_536 + 700;

#[tokio::test]
async fn a_tile_of_a_higher_level_is_rebuilt_from_below_and_named() {
    let mut log = Log::new().await;
    log.tamper(&format!(
        "INSERT INTO store.audit_intake SELECT lpad(to_hex(i), 32, '0')::uuid, now(), NULL, '\\x00', '{{}}'
         FROM generate_series(1, {SIZE}) i"
    ))
    .await;
    assert_eq!(log.sequencer.drain().await.unwrap() as u64, SIZE);
    assert_eq!(log.findings().await, [] as [&str; 0]);
    assert_eq!(log.number("SELECT count(*) FROM ledger.tile WHERE level = 2").await, 1);

    log.tamper(
        "UPDATE ledger.tile SET data = set_byte(data, 0, get_byte(data, 0) # 1) WHERE level = 1 AND n = 0",
    )
    .await;
    log.tamper("DELETE FROM ledger.tile WHERE level = 2").await;
    log.tamper("DELETE FROM ledger.entry WHERE index = 40000").await;
    assert_eq!(log.findings().await, ["tile 2/0: missing", "tile 1/0: altered", "entry 40000: row missing"]);
}
