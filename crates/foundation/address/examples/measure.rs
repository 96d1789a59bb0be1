//! Measures the reader: `cargo run --release -p address --example measure -- SEED [OUT.csv]`.
//!
//! Prints right answers by style and addresses per second on one core; with a file, writes the variants there for
//! `bench/address/compare.py`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a tool for those who build the reader"
)]

#[path = "../tests/it/score.rs"]
mod score;
#[path = "../tests/it/variants.rs"]
mod variants;

use std::{collections::BTreeMap, io::Write, time::Instant};

use address::AddressBook;
use jiff::civil::date;

/// The machine has other work; the best round tells what the reader can do.
const ROUNDS: usize = 5;

fn main() {
    let mut args = std::env::args().skip(1);
    let seed = args.next().map_or(1, |s| s.parse().unwrap_or_else(|_| panic!("the seed {s:?} is no number")));
    let out = args.next();
    let today = date(2026, 11, 1);
    let catalogue = catalogue::Catalogue::embedded().unwrap();
    let book = AddressBook::new(catalogue.divisions().address_units(today)).unwrap();
    let mut all = variants::variants(&catalogue, today, seed);
    all.extend(variants::variants(&catalogue, variants::BEFORE, seed));

    let mut tables: BTreeMap<(&str, usize), score::Tally> = BTreeMap::new();
    for variant in &all {
        let nth = variants::STYLES.iter().position(|s| *s == variant.style).unwrap();
        tables.entry((variant.era, nth)).or_default().add(score::judge(&book, variant), variant);
    }
    println!("{:8} {:30} {:>7} {:>8} {:>8}  fails", "era", "style", "texts", "right %", "first %");
    let mut total: BTreeMap<&str, score::Tally> = BTreeMap::new();
    for ((era, nth), tally) in &tables {
        println!("{era:8} {:30} {tally}", variants::STYLES[*nth]);
        total.entry(era).or_default().join(tally);
        if std::env::var("FAILURES").is_ok_and(|v| !v.is_empty()) {
            tally.examples.iter().for_each(|e| println!("    {e}"));
        }
    }
    for (era, tally) in &total {
        println!("{era:8} {:30} {tally}", "all");
    }

    let mut best = f64::INFINITY;
    let mut answers = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        answers += all.iter().map(|v| book.read(&v.text).answers.len()).sum::<usize>();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!(
        "{:.0} addresses/s on one core, best of {ROUNDS} rounds ({answers} answers)",
        all.len() as f64 / best
    );

    if let Some(path) = out {
        let mut file =
            std::io::BufWriter::new(std::fs::File::create(&path).unwrap_or_else(|e| panic!("{path}: {e}")));
        writeln!(file, "era,style,code,fits,text").unwrap();
        for v in &all {
            writeln!(
                file,
                "{},{},{},{},\"{}\"",
                v.era,
                v.style.replace(',', ""),
                v.code,
                v.fits.join(" "),
                v.text.replace('"', "\"\"")
            )
            .unwrap();
        }
    }
}
