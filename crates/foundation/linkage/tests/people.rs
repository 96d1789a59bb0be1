//! The whole path on synthetic Vietnamese people of whom one in eight is registered twice, the second time badly.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

use std::{collections::HashMap, time::Instant};

use linkage::{Clusters, Comparison, Config, Kind, Linkage, Locale, Scored, Thresholds};

use crate::world::{Register, register};

mod world;

fn config(with_number: bool) -> Config {
    let successors = world::successors();
    let unit = |column| {
        let successors = successors.clone();
        Comparison { successors, ..Comparison::new(column, Kind::Code).by_frequency() }
    };
    let mut comparisons = vec![
        Comparison::new("full_name", Kind::Name).by_frequency(),
        Comparison::new("birth_date", Kind::Date),
        Comparison::new("sex", Kind::Code),
        unit("home_town_commune"),
        Comparison::new("father_name", Kind::Name).by_frequency(),
        Comparison::new("mother_name", Kind::Name).by_frequency(),
        unit("permanent_commune"),
    ];
    if with_number {
        comparisons.push(Comparison::new("number", Kind::Number));
    }
    Config {
        id: "source_key".to_owned(),
        locale: Locale::Vi,
        blocking: Vec::new(),
        across_only: false,
        thresholds: Thresholds::default(),
        comparisons,
    }
}

/// The harmonic mean of precision and recall.
fn f1(register: &Register, pairs: impl Iterator<Item = (u32, u32)>) -> f64 {
    let mut rows: HashMap<usize, u64> = HashMap::new();
    for person in &register.person {
        *rows.entry(*person).or_default() += 1;
    }
    let true_pairs: u64 = rows.values().map(|n| n * (n - 1) / 2).sum();
    let (mut found, mut right) = (0_u64, 0_u64);
    for (a, b) in pairs {
        found += 1;
        right += u64::from(register.person[a as usize] == register.person[b as usize]);
    }
    println!("  precision {right}/{found}, recall {right}/{true_pairs}");
    2.0 * right as f64 / (found + true_pairs) as f64
}

/// Learns, scores and joins; returns the F1 of the pairs and of the groups.
fn link(register: &Register, config: &Config) -> (f64, f64) {
    let (start, busy) = (Instant::now(), cpu_seconds());
    let linkage = Linkage::learn(&register.table, config).unwrap();
    let learnt = start.elapsed();
    let mut links: Vec<Scored> = Vec::new();
    let summary = linkage.score(|pair| links.push(pair));
    println!("{} rows, learnt {learnt:.1?}, all {:.1?}, {summary:?}", register.table.rows(), start.elapsed());
    println!("  {:.1} s of processor time", cpu_seconds() - busy);
    println!("  rules {:?}", linkage.rules());
    if std::env::var_os("LINKAGE_SHOW").is_some() {
        println!("{:#?}", linkage.model());
        show(register, &linkage, &links);
    }
    links.retain(|pair| pair.probability >= config.thresholds.link);
    let of_pairs = f1(register, links.iter().map(|p| (p.a, p.b)));
    let clusters = Clusters::of(&linkage, &links);
    let joined = clusters.groups.iter().flat_map(|rows| {
        rows.iter().enumerate().flat_map(move |(i, a)| rows.iter().skip(i + 1).map(move |b| (*a, *b)))
    });
    let of_groups = f1(register, joined);
    println!("  F1 of pairs {of_pairs:.4}, of groups {of_groups:.4}, refused {}", clusters.refused.len());
    (of_pairs, of_groups)
}

/// Processor time of this process, all threads; zero where the system does not tell.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// What went wrong, for a person who deepens the engine.
fn show(register: &Register, linkage: &Linkage, links: &[Scored]) {
    let same = |a: u32, b: u32| register.person[a as usize] == register.person[b as usize];
    let wrong = links.iter().filter(|p| p.probability >= 0.9 && !same(p.a, p.b)).take(12);
    for pair in wrong {
        println!("wrongly linked: {:#?}", linkage.explain(pair.a, pair.b));
    }
    let first: HashMap<usize, u32> =
        register.person.iter().enumerate().rev().map(|(row, p)| (*p, row as u32)).collect();
    let twice = register.person.iter().enumerate().map(|(row, p)| (first[p], row as u32));
    let linked: std::collections::HashSet<(u32, u32)> =
        links.iter().filter(|p| p.probability >= 0.9).map(|p| (p.a, p.b)).collect();
    for (a, b) in twice.filter(|(a, b)| a != b && !linked.contains(&(*a, *b))).take(12) {
        let met = links.iter().any(|p| (p.a, p.b) == (a, b));
        println!("missed (met {met}): {:#?}", linkage.explain(a, b));
    }
}

#[test]
fn people_registered_twice_are_found_without_labels() {
    let register = register(11, 18_000);
    let (pairs, groups) = link(&register, &config(true));
    assert!(pairs >= 0.97 && groups >= 0.97, "{pairs} {groups}");
}

#[test]
fn they_are_found_without_their_numbers_too() {
    let register = register(12, 18_000);
    let (pairs, groups) = link(&register, &config(false));
    assert!(pairs >= 0.97 && groups >= 0.97, "{pairs} {groups}");
}

#[test]
fn the_same_question_gets_the_same_answer_and_the_order_of_a_pair_does_not_matter() {
    let register = register(14, 3_000);
    let run = || {
        let linkage = Linkage::learn(&register.table, &config(false)).unwrap();
        let mut pairs = Vec::new();
        linkage.score(|pair| pairs.push(pair));
        for pair in &pairs {
            assert!(pair.a < pair.b);
            let (there, back) =
                (linkage.explain(pair.a, pair.b).unwrap(), linkage.explain(pair.b, pair.a).unwrap());
            assert!((there.total_bits - back.total_bits).abs() < 1e-9);
            assert!((there.total_bits - pair.bits).abs() < 1e-6);
        }
        (linkage.model().clone(), pairs)
    };
    let (one, other) = (run(), run());
    assert!(!one.1.is_empty());
    assert_eq!(one, other);
}

/// `cargo test --release -p linkage -- --ignored --nocapture` measures; `LINKAGE_ROWS` and `LINKAGE_SEED` choose.
#[test]
#[ignore = "a measurement"]
fn measured_on_many_rows() {
    let rows = std::env::var("LINKAGE_ROWS").map_or(100_000, |rows| rows.parse().unwrap());
    let seed = std::env::var("LINKAGE_SEED").map_or(13, |seed| seed.parse().unwrap());
    let register = register(seed, rows);
    for with_number in [true, false] {
        link(&register, &config(with_number));
    }
}
