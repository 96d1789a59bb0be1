//! Every way of altering what is stored is noticed, and named.

use ledger::Sequencer;
use tlog::{Checkpoint, Edge, Hash, SigningKey};

use crate::{Log, ORIGIN, citizen, leave};

/// Batches of the log that is tampered with: four full groups of entries and a partial one.
const BATCHES: [usize; 3] = [300, 400, 400];

/// Tampers and expects exactly these findings.
async fn named(sql: &str, expected: &[&str]) {
    let log = Log::grown_by(&BATCHES).await;
    log.tamper(sql).await;
    assert_eq!(log.findings().await, expected, "after {sql}");
}

/// SQL that flips a bit of a byte in `data`.
fn flip(table: &str, at: u32, which: &str) -> String {
    format!("UPDATE ledger.{table} SET data = set_byte(data, {at}, get_byte(data, {at}) # 1) WHERE {which}")
}

#[tokio::test]
async fn an_untouched_log_is_sound() {
    named("SELECT 1", &[]).await;
}

#[tokio::test]
async fn each_altered_column_of_a_row_is_named() {
    let row = |set: &str| format!("UPDATE ledger.entry SET {set} WHERE index = 700");
    named(&row("body = replace(body, 'Nguyễn', 'Trần')"), &["entry 700: body altered"]).await;
    named(&row("body = ''"), &["entry 700: body altered"]).await;
    named(&row("salt = '\\x00'"), &["entry 700: body altered"]).await;
    named(&row("at = at + interval '1 microsecond'"), &["entry 700: time altered"]).await;
    named(&row("subject = NULL"), &["entry 700: subject altered"]).await;
    named(&row("subject = gen_random_uuid()"), &["entry 700: subject altered"]).await;
    named(&row("id = gen_random_uuid()"), &["entry 700: id altered"]).await;
}

#[tokio::test]
async fn missing_exchanged_added_and_repeated_rows_are_named() {
    named(
        "DELETE FROM ledger.entry WHERE index IN (0, 1099)",
        &["entry 0: row missing", "entry 1099: row missing"],
    )
    .await;
    named(
        "UPDATE ledger.entry SET index = -1 WHERE index = 5",
        &["entry 18446744073709551615: not in the signed tree", "entry 5: row missing"],
    )
    .await;
    named(
        "UPDATE ledger.entry SET index = index + 10000 WHERE index IN (1, 2);
         UPDATE ledger.entry SET index = 2 WHERE index = 10001; UPDATE ledger.entry SET index = 1 WHERE index = 10002",
        &["entry 1: body altered", "entry 2: body altered"],
    )
    .await;
    named(
        "INSERT INTO ledger.entry SELECT 1100, gen_random_uuid(), at, subject, salt, body FROM ledger.entry WHERE index = 3",
        &["entry 1100: not in the signed tree"],
    )
    .await;
    let log = Log::grown_by(&BATCHES).await;
    log.tamper(
        "INSERT INTO ledger.entry SELECT 1100, id, at, subject, salt, body FROM ledger.entry WHERE index = 3",
    )
    .await;
    let findings = log.findings().await;
    assert_eq!(findings.len(), 2);
    assert!(findings[1].ends_with(": repeated"), "{findings:?}");
}

#[tokio::test]
async fn bundles_are_named() {
    named(&flip("bundle", 40, "n = 2"), &["bundle 2: altered"]).await;
    named(&flip("bundle", 0, "n = 2"), &["bundle 2: altered"]).await;
    named(&flip("bundle", 40, "n = 4"), &["bundle 4: altered"]).await;
    named("UPDATE ledger.bundle SET data = substr(data, 1, 69) WHERE n = 1", &["bundle 1: altered"]).await;
    named("UPDATE ledger.bundle SET data = substr(data, 1, 69) WHERE n = 4", &["bundle 4: altered"]).await;
    named(
        "UPDATE ledger.bundle SET data = data || '\\x0000' WHERE n = 4",
        &["bundle 4: not in the signed tree"],
    )
    .await;
    named("UPDATE ledger.bundle SET data = data || '\\x0000' WHERE n = 1", &["bundle 1: altered"]).await;
    named("DELETE FROM ledger.bundle WHERE n IN (0, 4)", &["bundle 0: missing", "bundle 4: missing"]).await;
    named("INSERT INTO ledger.bundle VALUES (5, '\\x')", &["bundle 5: not in the signed tree"]).await;
}

#[tokio::test]
async fn tiles_are_named() {
    named(&flip("tile", 100, "level = 0 AND n = 3"), &["tile 0/3: altered"]).await;
    named(&flip("tile", 100, "level = 0 AND n = 4"), &["tile 0/4: altered"]).await;
    named(&flip("tile", 100, "level = 1"), &["tile 1/0: altered"]).await;
    named(
        &flip("tile", 100, "level IN (0, 1) AND n IN (0, 4)"),
        &["tile 0/4: altered", "tile 1/0: altered", "tile 0/0: altered"],
    )
    .await;
    named("DELETE FROM ledger.tile WHERE level = 0 AND n = 1", &["tile 0/1: missing"]).await;
    named("DELETE FROM ledger.tile WHERE level = 0 AND n = 4", &["tile 0/4: missing"]).await;
    named("DELETE FROM ledger.tile WHERE level = 1", &["tile 1/0: missing"]).await;
    named(
        "UPDATE ledger.tile SET data = substr(data, 1, 64) WHERE level = 0 AND n = 2",
        &["tile 0/2: altered"],
    )
    .await;
    named(
        "UPDATE ledger.tile SET data = data || substr(data, 1, 32) WHERE level = 1",
        &["tile 1/0: not in the signed tree"],
    )
    .await;
    named(
        "INSERT INTO ledger.tile VALUES (2, 0, substr('\\x00'::bytea, 1, 1))",
        &["tile 2/0: not in the signed tree"],
    )
    .await;
    named(
        "INSERT INTO ledger.tile VALUES (77, 1::bigint << 62, '')",
        &["tile 77/4611686018427387904: not in the signed tree"],
    )
    .await;
}

#[tokio::test]
async fn places_far_outside_do_not_confuse_the_verifier() {
    let far = format!("{}::bigint", i64::MAX);
    named(
        &format!("UPDATE ledger.entry SET index = {far} WHERE index = 9"),
        &["entry 9223372036854775807: not in the signed tree", "entry 9: row missing"],
    )
    .await;
    named(
        &format!("INSERT INTO ledger.bundle VALUES ({far}, '')"),
        &["bundle 9223372036854775807: not in the signed tree"],
    )
    .await;
    named(
        "INSERT INTO ledger.tile SELECT 0, 1::bigint << 40, data FROM ledger.tile WHERE level = 0 AND n = 0",
        &["tile 0/1099511627776: not in the signed tree"],
    )
    .await;
}

#[tokio::test]
async fn whichever_bit_of_a_tile_or_bundle_is_flipped_is_named() {
    let log = Log::grown_by(&BATCHES).await;
    let chance = base::SeededEntropy::new(7);
    for _ in 0..20 {
        let [a, b, c, d] = base::entropy::bytes::<4>(&chance).map(u32::from);
        let (n, at, bit) = (a % 5, (b * 256 + c) % (76 * 32), 1 << (d % 8));
        let (table, which, name) = match a % 2 {
            0 => ("tile", format!("level = 0 AND n = {n}"), format!("tile 0/{n}: altered")),
            _ => ("bundle", format!("n = {n}"), format!("bundle {n}: altered")),
        };
        let flip = format!(
            "UPDATE ledger.{table} SET data = set_byte(data, {at}, get_byte(data, {at}) # {bit}) WHERE {which}"
        );
        log.tamper(&flip).await;
        assert_eq!(log.findings().await, [name], "{flip}");
        log.tamper(&flip).await;
    }
    assert!(log.verify().await.is_sound());
}

#[tokio::test]
async fn checkpoints_are_named() {
    let note = |size: u32| {
        format!("UPDATE ledger.checkpoint SET note = replace(note, 'A', 'B') WHERE size = {size}")
    };
    named(&note(700), &["checkpoint at 700: not signed by the log"]).await;
    named(&note(1100), &["checkpoint at 1100: not signed by the log"]).await;
    for (gone, size) in [("0", 0), ("300", 300), ("700", 700)] {
        let sql = format!("DELETE FROM ledger.checkpoint WHERE size = {gone}");
        named(&sql, &[&format!("checkpoint at {size}: missing")]).await;
    }
    named("DELETE FROM ledger.checkpoint WHERE size = 1100", &["checkpoint at 1100: missing"]).await;
    named("UPDATE ledger.checkpoint SET prior = 1 WHERE size = 300", &["checkpoint at 1: missing"]).await;
    named("UPDATE ledger.checkpoint SET prior = NULL WHERE size = 300", &["checkpoint at 300: altered"])
        .await;
    named(
        "UPDATE ledger.checkpoint c SET note = o.note FROM ledger.checkpoint o WHERE c.size = 300 AND o.size = 700",
        &["checkpoint at 300: altered"],
    )
    .await;
    let log = Log::grown_by(&BATCHES).await;
    log.tamper("DELETE FROM ledger.checkpoint").await;
    assert_eq!(log.findings().await[0], "checkpoint at 1100: missing");
}

#[tokio::test]
async fn a_head_that_cannot_be_believed_does_not_hide_other_damage() {
    let log = Log::grown_by(&BATCHES).await;
    log.tamper("UPDATE ledger.checkpoint SET note = replace(note, 'A', 'B') WHERE size = 1100").await;
    log.tamper(&flip("tile", 70, "level = 1")).await;
    log.tamper(&flip("bundle", 70, "n = 2")).await;
    log.tamper("UPDATE ledger.entry SET body = '{}' WHERE index = 10").await;
    let mut findings = log.findings().await;
    findings.sort();
    let expected = [
        "bundle 2: altered",
        "checkpoint at 1100: not signed by the log",
        "entry 10: body altered",
        "tile 1/0: altered",
    ];
    assert_eq!(findings, expected);
}

#[tokio::test]
async fn a_checkpoint_that_we_signed_over_another_tree_is_not_a_prefix() {
    let log = Log::grown_by(&BATCHES).await;
    let other = Checkpoint { origin: ORIGIN.to_owned(), size: 700, root: Hash([7; 32]) };
    let note = other.sign(&log.key).unwrap().to_string();
    log.tamper(&format!("UPDATE ledger.checkpoint SET note = '{note}' WHERE size = 700")).await;
    assert_eq!(log.findings().await, ["checkpoint at 700: not a prefix"]);
}

#[tokio::test]
async fn a_log_signed_by_another_key_is_refused() {
    let log = Log::grown_by(&BATCHES).await;
    let stranger = SigningKey::new(ORIGIN, &[2; 32]).unwrap().verifier();
    let report =
        ledger::verify(&log.db.store, std::slice::from_ref(&stranger), None, |_, _| ()).await.unwrap();
    assert_eq!(report.wrong, 4, "{:?}", report.findings);
    let keys = [log.key.verifier(), stranger];
    let report = ledger::verify(&log.db.store, &keys, None, |_, _| ()).await.unwrap();
    assert_eq!(report.findings, [], "an earlier or later key beside the right one does no harm");
}

#[tokio::test]
async fn entries_rewritten_in_every_copy_are_still_refuted_by_the_signed_root() {
    let log = Log::grown_by(&BATCHES).await;
    // Rewrites row 600, its leaf and its hash, so that these three agree with each other.
    log.tamper(
        "UPDATE ledger.entry SET body = '{}' WHERE index = 600;
         CREATE TEMP TABLE leaf AS SELECT 'lienthong/audit/v1'::bytea || '\\x0a' || uuid_send(id) || sha256(
             '\\x10' || salt || int8send((extract(epoch FROM at) * 1000000)::bigint) || uuid_send(subject) || body::bytea) AS l
             FROM ledger.entry WHERE index = 600;
         UPDATE ledger.bundle SET data = overlay(data PLACING l FROM 88 * 69 + 3) FROM leaf WHERE n = 2;
         UPDATE ledger.tile SET data = overlay(data PLACING sha256('\\x00' || l) FROM 88 * 32 + 1) FROM leaf
             WHERE level = 0 AND n = 2",
    )
    .await;
    let expected = [
        "entries 512 to 767: rewritten",
        "checkpoint at 700: not a prefix",
        "checkpoint at 1100: not a prefix",
    ];
    assert_eq!(log.findings().await, expected);
}

#[tokio::test]
async fn a_log_replaced_as_a_whole_and_signed_again_is_refuted_by_a_checkpoint_kept_elsewhere() {
    let log = Log::grown_by(&BATCHES).await;
    let kept = log.checkpoint().await;
    let sound = ledger::verify(&log.db.store, &log.keys(), Some(&kept), |_, _| ()).await.unwrap();
    assert!(sound.is_sound());

    log.tamper("TRUNCATE ledger.entry, ledger.tile, ledger.bundle, ledger.checkpoint").await;
    let mut forger = Sequencer::new(log.db.another_process(), log.key.clone());
    leave(&log.db.store, 1_000, citizen(7)).await;
    forger.drain().await.unwrap();
    assert!(log.verify().await.is_sound(), "nothing inside can show it");
    let against = async |note: &str| {
        let report = ledger::verify(&log.db.store, &log.keys(), Some(note), |_, _| ()).await.unwrap();
        report.findings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(against(&kept).await, ["checkpoint at 1100 kept elsewhere: the log is shorter"]);
    leave(&log.db.store, 500, citizen(7)).await;
    forger.drain().await.unwrap();
    assert_eq!(against(&kept).await, ["checkpoint at 1100 kept elsewhere: not a prefix"]);
    assert_eq!(against("nonsense").await, ["checkpoint at 0 kept elsewhere: not signed by the log"]);
}

#[tokio::test]
async fn tiles_rewritten_as_a_whole_are_told_from_the_entries_that_were_not() {
    let log = Log::grown_by(&BATCHES).await;
    let mut edge = Edge::default();
    let tiles = edge.append((0..1100).map(|i: u32| tlog::leaf_hash(&i.to_be_bytes())));
    for (id, hashes) in tiles {
        let data: String = hashes.iter().flat_map(|h| h.0).map(|b| format!("{b:02x}")).collect();
        log.tamper(&format!(
            "UPDATE ledger.tile SET data = '\\x{data}' WHERE level = {} AND n = {}",
            id.level, id.n
        ))
        .await;
    }
    let findings = log.findings().await;
    for n in 0..5 {
        assert!(findings.contains(&format!("tile 0/{n}: altered")), "{n} in {findings:?}");
    }
    assert!(findings.contains(&"tile 1/0: altered".to_owned()));
    assert_eq!(
        findings.len(),
        6,
        "the entries lead to the signed root, so only the tiles are wrong: {findings:?}"
    );
}
