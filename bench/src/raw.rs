//! The same statements through pgbench: what the database alone gives on this machine at this moment.
//!
//! The statements are those of the domains' own lists, with values in place of parameters; they travel in the same
//! pipelines as ours, so that the comparison is with the best that can be had and not with a chatty client.

use std::{fmt::Write, path::PathBuf, process::Command};

use anyhow::Context;

use crate::{
    house::{DATABASE, House},
    table::tell,
};

/// The copy of the database in which pgbench works.
const COPY: &str = "raw";
/// Threads of pgbench: it shares the cores as our clients do.
const THREADS: usize = 1;

/// Copies the filled database. Nobody may be connected to it.
pub async fn copy(house: &House) -> anyhow::Result<()> {
    let client = house.connect("postgres").await?;
    client.batch_execute(&format!("CREATE DATABASE {COPY} TEMPLATE {DATABASE}")).await?;
    Ok(())
}

pub async fn connect(house: &House) -> anyhow::Result<tokio_postgres::Client> {
    house.connect(COPY).await
}

pub async fn settle(house: &House) -> anyhow::Result<()> {
    house.settle(COPY).await
}

pub async fn drop_copy(house: &House) -> anyhow::Result<()> {
    Ok(house.pg.drop_database(COPY).await?)
}

/// One statement with values in place of `$1`, `$2`, …, in its order.
pub fn filled(sql: &str, values: &[&str]) -> String {
    let mut text = sql.to_owned();
    for (n, value) in values.iter().enumerate().rev() {
        text = text.replace(&format!("${}", n + 1), value);
    }
    text + ";\n"
}

/// Statements that share one round trip.
pub fn pipeline(statements: &[String]) -> String {
    let mut text = "\\startpipeline\n".to_owned();
    statements.iter().for_each(|s| text.push_str(s));
    text + "\\endpipeline\n"
}

/// Runs a script so many times for each client, and gives transactions a second.
pub async fn pgbench(
    house: &House,
    script: String,
    clients: usize,
    times_each: usize,
) -> anyhow::Result<f64> {
    tell("Raw: the same statements through pgbench…");
    let file: PathBuf = house.file("raw.sql");
    std::fs::write(&file, script)?;
    let mut command = Command::new(house.pg.install().bin_dir.join("pgbench"));
    command.args(["--no-vacuum", "--protocol=prepared", "--username", pgbox::SUPERUSER, "--host"]);
    command.arg(house.pg.socket_dir()).arg("--file").arg(&file);
    let (clients, threads, times) = (clients.to_string(), THREADS.to_string(), times_each.to_string());
    command.args(["--client", &clients, "--jobs", &threads, "--transactions", &times, "-D", "i=0", COPY]);
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let (text, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    anyhow::ensure!(output.status.success(), "pgbench: {complaint}");
    let line = text.lines().find(|line| line.starts_with("tps = ")).context("pgbench tells no figure")?;
    line.split_whitespace().nth(2).context("a figure")?.parse().context("a number")
}

/// Values as SQL literals, one array of one value: how events and entries travel.
pub fn array(values: &[&str], kind: &str) -> String {
    let mut text = "ARRAY[".to_owned();
    for (n, value) in values.iter().enumerate() {
        let _ = write!(text, "{}{value}", if n > 0 { "," } else { "" });
    }
    text + "]::" + kind + "[]"
}
