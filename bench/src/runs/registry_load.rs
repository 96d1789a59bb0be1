//! Loading a register: full persons a second with all their rows and indexes, beside PostgreSQL's own COPY of the same rows
//! into the same tables, without our checks, in the same run.

use std::time::{Duration, Instant};

use anyhow::Context;
use futures::future::try_join_all;

use crate::{
    gauge,
    house::{DATABASE, House},
    table::{Bar, Row, tell},
};

const PER_SECOND_MIN: f64 = 20_000.0;
const RATIO_MIN: f64 = 0.4;
const RSS_MB_MAX: f64 = 300.0;
/// How often the memory of the load is read.
const LOOK: Duration = Duration::from_millis(50);
/// The file, the tables with their indexes, their binary copies, and the tables once more, for each person.
const BYTES_EACH: u64 = 700 + 4_500 + 1_800 + 4_500;

/// The tables of a load, the largest first; each connection of the raw figure takes every second one.
const TABLES: [&str; 10] = [
    "kin",
    "person",
    "residence",
    "source_claim",
    "paper",
    "number_claim",
    "household",
    "household_claim",
    "old_number_holder",
    "absence",
];
/// As many as a load uses.
const CONNECTIONS: usize = 2;
const RAW: &str = "raw_load";

/// Makes and loads people; gives persons a second and the largest memory of the load, in megabytes.
pub async fn load(house: &House, people: u64, seed: u32) -> anyhow::Result<(f64, f64)> {
    let needed = people * BYTES_EACH / 1_000_000_000 + 1;
    tell(format!("Making {people} people; all in all about {needed} GB of disk are needed…"));
    let file = house.file(&format!("people-{seed}.csv"));
    let path = file.to_str().context("a readable path")?;
    let (seed, count) = (seed.to_string(), people.to_string());
    house.run(&["synth", "people", "--seed", &seed, "--count", &count, "--out", path])?;
    house.settle(DATABASE).await?;
    tell(format!("Loading {people} people…"));
    let started = Instant::now();
    let mut child = house.start(&["import", "persons", path, "--source", "bench"])?;
    let pid = i32::try_from(child.id())?;
    let mut peak: f64 = 0.0;
    let status = loop {
        peak = gauge::peak_mb(pid).unwrap_or(0.0).max(peak);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        tokio::time::sleep(LOOK).await;
    };
    let seconds = started.elapsed().as_secs_f64();
    anyhow::ensure!(status.success(), "lienthong import persons: {status}");
    std::fs::remove_file(&file)?;
    Ok((people as f64 / seconds, peak))
}

pub async fn run(house: &House, people: u64) -> anyhow::Result<Vec<Row>> {
    let (per_second, peak) = load(house, people, 2026).await?;
    let raw = raw(house, people).await?;
    let mut rate = Row::new("registry: full persons loaded", per_second, "/s", Bar::AtLeast(PER_SECOND_MIN));
    rate.raw = Some(raw);
    let ratio = Row::new("registry: to PostgreSQL's COPY", per_second / raw, "", Bar::AtLeast(RATIO_MIN));
    let memory = Row::new("registry: memory of the load", peak, "MB", Bar::AtMost(RSS_MB_MAX));
    Ok(vec![rate, ratio, memory])
}

/// Persons a second by COPY alone, from prepared binary files into fresh tables with the same indexes.
async fn raw(house: &House, people: u64) -> anyhow::Result<f64> {
    tell("Raw: PostgreSQL's own COPY of the same rows…");
    let client = house.connect(DATABASE).await?;
    // The server may write nowhere but in its own folder.
    let folder: String = client.query_one("SHOW data_directory", &[]).await?.get(0);
    let file = |table: &str| format!("{folder}/bench-{table}.bin");
    for table in TABLES {
        let to = file(table);
        client.batch_execute(&format!("COPY registry.{table} TO '{to}' (FORMAT binary)")).await?;
    }
    house.pg.create_database(RAW).await?;
    store::migrate(&house.pg.config(RAW), &lienthong::app::MIGRATIONS).await?;
    house.settle(RAW).await?;
    let started = Instant::now();
    let copies = (0..CONNECTIONS).map(|nth| {
        let file = &file;
        async move {
            let client = house.connect(RAW).await?;
            client.batch_execute("BEGIN").await?;
            for table in TABLES.iter().skip(nth).step_by(CONNECTIONS) {
                let from = file(table);
                client.batch_execute(&format!("COPY registry.{table} FROM '{from}' (FORMAT binary)")).await?;
            }
            client.batch_execute("COMMIT").await?;
            anyhow::Ok(())
        }
    });
    try_join_all(copies).await?;
    let seconds = started.elapsed().as_secs_f64();
    for table in TABLES {
        std::fs::remove_file(file(table)).context("removing the prepared files")?;
    }
    house.pg.drop_database(RAW).await?;
    Ok(people as f64 / seconds)
}
