//! How fast the real program is, beside what the same database does with the same statements.
//!
//! - [`house`] starts a durable private PostgreSQL and the real `lienthong serve` as a child; [`seed`] fills the database
//!   through the operations that people use, before anything is measured.
//! - [`load`] is the clients: keep-alive connections from one thread of this process, with requests made beforehand.
//! - [`raw`] gives the same statements to pgbench; [`gauge`] reads processor time and memory from `/proc`.
//! - [`runs`] has one file per figure; [`table`] prints them. Everything is bounded in count and in time.

use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::{house::House, runs::identity, table::Row};

mod gauge;
mod house;
mod load;
mod raw;
mod runs;
mod seed;
mod table;

/// Benchmarks of the main job. The exit status tells whether every bar was met.
#[derive(Parser)]
struct Cli {
    /// Connections of clients, and clients of pgbench.
    #[arg(long, global = true, default_value_t = 32)]
    clients: usize,
    /// Dossiers that are received and then started.
    #[arg(long, global = true, default_value_t = 16_000)]
    dossiers: usize,
    /// People in the register.
    #[arg(long, global = true, default_value_t = 20_000)]
    people: u64,
    /// Accounts of `identity-scale`.
    #[arg(long, global = true, default_value_t = 10_000_000)]
    accounts: u64,
    /// Live sessions of `identity-scale`.
    #[arg(long, global = true, default_value_t = 1_000_000)]
    sessions: u64,
    /// How long each run of `identity` and `identity-scale` takes.
    #[arg(long, global = true, default_value_t = 10)]
    seconds: u64,
    /// How long the load of `identity-soak` takes.
    #[arg(long, global = true, default_value_t = 10)]
    minutes: u64,
    /// Where `identity` finds node `oidc-provider`.
    #[arg(long, global = true, default_value = "bench/identity/peer")]
    peer: std::path::PathBuf,
    /// `identity` without node `oidc-provider` beside it.
    #[arg(long, global = true)]
    alone: bool,
    /// Which `lienthong` to measure (default: the one beside this program).
    #[arg(long, global = true)]
    program: Option<std::path::PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, Subcommand)]
enum What {
    /// Dossier transitions a second, with the lag of the log and the memory of the server.
    Transitions,
    /// Time that a submission takes at a steady 500 a second.
    Submit,
    /// Looking persons up by number.
    Lookup,
    /// Appending to the log.
    Log,
    /// Loading a register of `--people`, beside PostgreSQL's own COPY.
    RegistryLoad,
    /// Finding people in a register of `--people`.
    RegistrySearch,
    /// Asking a register of `--people` whether somebody is in it already.
    Here,
    /// What the account and the OpenID provider cost, beside node `oidc-provider`.
    Identity,
    /// Whether they cost more among `--accounts` and `--sessions` than among ten thousand.
    IdentityScale,
    /// Whether their tables keep what is over, after `--minutes` of load.
    IdentitySoak,
    /// All but those about the register and the accounts.
    All,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let rows = runtime.block_on(run(&cli))?;
    let identity = matches!(cli.what, What::Identity | What::IdentityScale | What::IdentitySoak);
    table::print(&rows, if identity { "node" } else { "pgbench" });
    anyhow::ensure!(rows.iter().all(Row::met), "not every bar was met");
    Ok(())
}

async fn run(cli: &Cli) -> anyhow::Result<Vec<Row>> {
    let program = match &cli.program {
        Some(path) => path.clone(),
        None => std::env::current_exe()?.with_file_name("lienthong"),
    };
    anyhow::ensure!(program.exists(), "build it first: cargo build --release -p lienthong");
    let house = House::open(program).await.context("opening the house")?;
    let time = Duration::from_secs(cli.seconds);
    let apart = match cli.what {
        What::RegistryLoad => Some(runs::registry_load::run(&house, cli.people).await?),
        What::Here => Some(runs::registry_here::run(&house, cli.people).await?),
        What::RegistrySearch => Some(runs::registry_search::run(&house, cli.people).await?),
        What::Identity => {
            let peer = (!cli.alone).then(|| cli.peer.clone());
            let options = identity::Options { clients: cli.clients, time, peer };
            Some(identity::run(&house, &options).await?)
        }
        What::IdentityScale => {
            let large = identity::Size { accounts: cli.accounts, sessions: cli.sessions };
            Some(identity::scale::run(&house, cli.clients, time, large).await?)
        }
        What::IdentitySoak => Some(identity::soak::run(&house, Duration::from_secs(60 * cli.minutes)).await?),
        _ => None,
    };
    if let Some(rows) = apart {
        house.close().await?;
        return Ok(rows);
    }
    let world = seed::people(&house, cli.people).await.context("making people")?;
    let mut rows = Vec::new();
    let all = matches!(cli.what, What::All);
    if all || matches!(cli.what, What::Transitions) {
        rows.extend(runs::transitions::run(&house, &world, cli.clients, cli.dossiers).await?);
    }
    if all || matches!(cli.what, What::Submit) {
        rows.extend(runs::submit::run(&house, &world, cli.clients).await?);
    }
    if all || matches!(cli.what, What::Lookup) {
        rows.extend(runs::lookup::run(&house, &world, cli.clients).await?);
    }
    if all || matches!(cli.what, What::Log) {
        rows.extend(runs::log::run(&house).await?);
    }
    house.close().await?;
    Ok(rows)
}
