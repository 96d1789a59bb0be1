//! One record at a time, with the model that is shipped.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

use std::collections::{HashMap, HashSet};

use linkage::{CANDIDATES_PER_KEY_MAX, Linkage, LinkageError, Matcher, Odds, Record, vietnamese};

use crate::world::{COLUMNS, Register, register};

mod world;

fn matcher() -> Matcher {
    Matcher::vietnamese(&world::successors()).unwrap()
}

fn record(matcher: &Matcher, cells: &[(&str, &'static str)]) -> Record {
    matcher.record(|column| cells.iter().find(|(c, _)| *c == column).map_or("", |(_, text)| *text))
}

const LAN: [(&str, &str); 8] = [
    ("number", "038190000123"),
    ("full_name", "Nguyễn Thị Ngọc Lan"),
    ("birth_date", "1990-05-17"),
    ("sex", "female"),
    ("home_town_commune", "01002"),
    ("father_name", "Nguyễn Văn Hùng"),
    ("mother_name", "Trần Thị Hoa"),
    ("permanent_commune", "01003"),
];

fn lan(but: &[(&str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    LAN.iter()
        .map(|(c, text)| (*c, but.iter().find(|(b, _)| b == c).map_or(*text, |(_, new)| *new)))
        .collect()
}

const AT_BIRTHS: Odds = Odds { stored: 10_000_000, known_share: 0.01 };

#[test]
fn a_person_who_comes_again_with_slips_is_found_and_a_sister_is_not() {
    let matcher = matcher();
    let stored = record(&matcher, &LAN);
    let keys: HashSet<i64> = matcher.keys(&stored).as_slice().iter().copied().collect();
    let asked = |but: &[(&str, &'static str)]| {
        let incoming = record(&matcher, &lan(but));
        let meets = matcher.keys(&incoming).as_slice().iter().any(|key| keys.contains(key));
        let (there, back) =
            (matcher.score(&incoming, &stored, AT_BIRTHS), matcher.score(&stored, &incoming, AT_BIRTHS));
        assert!((there.total_bits - back.total_bits).abs() < 1e-9);
        (meets, there.probability)
    };
    for again in [
        &[("number", ""), ("full_name", "NGUYEN THI NGOC LAN")][..],
        &[("number", ""), ("birth_date", "1990-17-05"), ("mother_name", "")],
        &[("number", "038190000132"), ("full_name", "Nguyễn Ngọc Lan")],
        &[("number", ""), ("full_name", "Nguyễn Thị Ngọc Nan"), ("permanent_commune", "01100")],
    ] {
        let (meets, probability) = asked(again);
        assert!(meets && probability > 0.9, "{again:?}: {meets} {probability}");
    }
    for sister in [
        &[("number", "038192000777"), ("full_name", "Nguyễn Thị Mai"), ("birth_date", "1992-01-30")][..],
        &[("number", ""), ("full_name", "Nguyễn Thị Mai"), ("birth_date", "1992-01-30")],
    ] {
        let (_, probability) = asked(sister);
        assert!(probability < 0.1, "{sister:?}: {probability}");
    }
}

#[test]
fn a_missing_field_says_nothing_and_gives_no_key() {
    let matcher = matcher();
    let nobody = record(&matcher, &[("sex", "female")]);
    assert!(matcher.keys(&nobody).as_slice().is_empty());
    let told = matcher.score(&nobody, &record(&matcher, &LAN), AT_BIRTHS);
    assert_eq!(told.fields.iter().filter(|f| f.grade.is_some()).count(), 1);
    assert!(told.probability < 1e-6);
    assert_eq!(matcher.keys(&record(&matcher, &LAN)).as_slice().len(), 6);
}

#[test]
fn keys_are_the_same_for_ever() {
    // They stand in databases: a change of keys is a new version of the model, and every stored key is computed anew.
    let matcher = matcher();
    let keys = matcher.keys(&record(&matcher, &LAN));
    assert_eq!(keys.as_slice(), KEYS_OF_LAN);
}

const KEYS_OF_LAN: [i64; 6] = [
    -5_079_682_492_444_561_571,
    -601_550_199_295_928_181,
    544_178_358_298_883_897,
    5_322_891_588_148_345_569,
    8_040_609_305_836_736_499,
    8_470_194_665_968_145_338,
];

#[test]
fn a_model_that_was_learnt_is_kept_and_used_again() {
    let register = register(21, 3_000);
    let linkage = Linkage::learn(&register.table, &vietnamese::config("source_key")).unwrap();
    let kept = serde_json::to_string(linkage.model()).unwrap();
    let again: linkage::Model = serde_json::from_str(&kept).unwrap();
    let (one, other) = (linkage.model().clone(), again.clone());
    let [one, other] = [one, other].map(|model| Matcher::new(model, &[].into()).unwrap());
    let [a, b] = [&LAN.to_vec(), &lan(&[("full_name", "Nguyễn Ngọc Lan")])].map(|cells| record(&one, cells));
    let [here, kept] = [&one, &other].map(|matcher| matcher.score(&a, &b, AT_BIRTHS).total_bits);
    assert!((here - kept).abs() < 1e-9 && one.keys(&a) == other.keys(&a));
    let later = linkage::Model { version: 99, ..again };
    assert_eq!(Matcher::new(later, &[].into()).unwrap_err(), LinkageError::ModelVersion(99));
}

/// For each row registered again: was its person under one of its keys, and how probable was it?
fn ask_all(register: &Register) -> (usize, usize, usize, Vec<usize>) {
    let matcher = matcher();
    let records: Vec<Record> = (0..register.table.rows() as u32)
        .map(|row| {
            let cell = |column: &str| register.table.cell(column, row).unwrap();
            matcher.record(|column| cell(COLUMNS.iter().find(|c| **c == column).unwrap()))
        })
        .collect();
    let first_of: HashMap<usize, usize> =
        register.person.iter().enumerate().rev().map(|(r, p)| (*p, r)).collect();
    let mut index: HashMap<i64, Vec<usize>> = HashMap::new();
    for row in first_of.values() {
        for key in matcher.keys(&records[*row]).as_slice() {
            index.entry(*key).or_default().push(*row);
        }
    }
    let odds = Odds { stored: first_of.len() as u64, known_share: 0.12 };
    let (mut again, mut met, mut linked, mut fetched) = (0, 0, 0, Vec::new());
    for (row, person) in register.person.iter().enumerate().filter(|(r, p)| first_of[*p] != *r) {
        let keys = matcher.keys(&records[row]);
        let mut found: Vec<usize> = keys
            .as_slice()
            .iter()
            .filter_map(|key| index.get(key))
            .flat_map(|rows| rows.iter().take(CANDIDATES_PER_KEY_MAX))
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        fetched.push(found.len());
        let best = found
            .iter()
            .map(|c| (matcher.score(&records[row], &records[*c], odds).probability, *c))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        again += 1;
        met += usize::from(found.contains(&first_of[person]));
        linked += usize::from(best.is_some_and(|(p, c)| p >= 0.9 && c == first_of[person]));
    }
    fetched.sort_unstable();
    (again, met, linked, fetched)
}

#[test]
fn people_who_are_registered_again_are_found_by_their_keys() {
    let (again, met, linked, _) = ask_all(&register(31, 8_000));
    assert!(again > 900 && met * 100 >= again * 98 && linked * 100 >= again * 97, "{again} {met} {linked}");
}

/// `LINKAGE_ROWS=1000000 cargo test --release -p linkage --test online -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn measured_on_many_records() {
    let rows = std::env::var("LINKAGE_ROWS").map_or(100_000, |rows| rows.parse().unwrap());
    let start = std::time::Instant::now();
    let (again, met, linked, fetched) = ask_all(&register(32, rows));
    let at = |share: usize| fetched[(fetched.len() - 1) * share / 1000];
    println!(
        "{again} again, {met} met, {linked} linked; fetched p50 {} p99 {} p99.9 {}",
        at(500),
        at(990),
        at(999)
    );
    println!("{:.1?}", start.elapsed());
}

#[test]
fn the_shipped_model_is_of_the_comparisons_and_rules_that_are_documented() {
    let (shipped, config) = (matcher(), vietnamese::config("source_key"));
    assert_eq!(shipped.model().rules, config.blocking);
    let comparisons: Vec<_> = shipped.model().fields.iter().map(|f| f.comparison.clone()).collect();
    assert_eq!(comparisons, config.comparisons);
    assert!(shipped.model().partners > 1_000_000.0, "learnt on too few");
}
