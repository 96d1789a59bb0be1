//! `log verify`: proves the whole log, that it only grew, that it matches the database, and that papers and signing keys
//! stand as it says.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use contracts::{Access, Purpose};
use credential::ops::states_check::{self, Discrepancy, Logged, states_check};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    app::{App, Database, MIGRATIONS, Parts},
    commands::{existing, say},
    config::Config,
};

#[derive(Subcommand)]
pub enum LogCommand {
    /// Recompute everything and name what is wrong.
    Verify {
        /// A checkpoint that was kept elsewhere.
        #[arg(long)]
        against: Option<PathBuf>,
    },
    /// Print the key with which anybody verifies the checkpoints.
    Key,
}

pub async fn run(command: LogCommand, config: &Config) -> anyhow::Result<ExitCode> {
    let database = Database::open(config).await?;
    store::migrate(&database.config, &MIGRATIONS).await?;
    let app = App::build(config, &database.config, Parts::real(&config.data_dir)).await?;
    let outcome = match command {
        LogCommand::Key => {
            say(app.log_key.verifier());
            Ok(ExitCode::SUCCESS)
        }
        LogCommand::Verify { against } => verify(&app, against).await,
    };
    app.store.close();
    database.close().await?;
    outcome
}

async fn verify(app: &App, against: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let against = against.map(existing).transpose()?.map(std::fs::read_to_string).transpose()?;
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec} còn {eta}")?);
    let keys = [app.log_key.verifier().clone()];
    let report = ledger::verify(&app.store, &keys, against.as_deref(), |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    let contradictions = contradictions(app).await?;
    for contradiction in &contradictions {
        say(contradiction);
    }
    if report.is_sound() && !contradictions.is_empty() {
        say(format!("The log is sound, and the database contradicts it: {} things.", contradictions.len()));
        return Ok(ExitCode::FAILURE);
    }
    if report.is_sound() {
        say(format!("The log is sound: {} entries, {} checkpoints.", report.size, report.checkpoints));
        return Ok(ExitCode::SUCCESS);
    }
    for finding in &report.findings {
        say(finding);
    }
    say(format!("The log is NOT sound: {} things are wrong.", report.wrong));
    Ok(ExitCode::FAILURE)
}

/// Where papers and signing keys stand otherwise than the log says.
async fn contradictions(app: &App) -> anyhow::Result<Vec<Discrepancy>> {
    let tx = ledger::deeds::snapshot(&app.store).await?;
    let found = async {
        let deeds = ledger::deeds_list(&tx, &states_check::ACTIONS).await?;
        let logged: Vec<Logged> =
            deeds.into_iter().map(|deed| Logged { action: deed.action, resource: deed.resource }).collect();
        anyhow::Ok(states_check(&tx, &Access::system(Purpose::AUDIT), &logged).await?)
    };
    let found = found.await?;
    Ok(tx.finish::<_, store::StoreError>(Ok(found)).await?)
}
