//! `quality recount`: everybody is held against the rules anew, and the figures are made again from what is found.

use std::process::ExitCode;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use registry::quality::{keep, ops};

use crate::{
    app::{App, Database, MIGRATIONS, Parts},
    commands::say,
    config::Config,
};

#[derive(Subcommand)]
pub enum QualityCommand {
    /// Assess everybody again: after a load, after a change of rules or units, or to prove the figures.
    Recount,
}

pub async fn run(command: QualityCommand, config: &Config) -> anyhow::Result<ExitCode> {
    let QualityCommand::Recount = command;
    let database = Database::open(config).await?;
    store::migrate(&database.config, &MIGRATIONS).await?;
    let app = App::build(config, &database.config, Parts::real(&config.data_dir)).await?;
    let bar =
        ProgressBar::no_length().with_style(ProgressStyle::with_template("{spinner} {pos} người {per_sec}")?);
    let outcome = async {
        let done = ops::recount(&app.store, &app.quality, |people| bar.set_position(people)).await?;
        keep::keep(&app.store, &app.quality).await?;
        Ok::<_, anyhow::Error>(done)
    };
    let outcome = outcome.await;
    bar.finish_and_clear();
    app.store.close();
    database.close().await?;
    let done = outcome?;
    say(format!(
        "{} people, {} assessed differently than before, {} sums mended",
        done.people, done.changed, done.mended
    ));
    Ok(ExitCode::SUCCESS)
}
