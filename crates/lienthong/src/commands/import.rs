//! `import persons`: loads people from a CSV, resumable and idempotent, with the rejects in a file beside it.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use registry::import::{Options, Phase};

use crate::{
    app::{App, Database, MIGRATIONS, Parts},
    commands::{existing, say},
    config::Config,
};

#[derive(Subcommand)]
pub enum Import {
    /// People; the columns are in docs/persons-csv.md.
    Persons {
        file: PathBuf,
        /// Name of the source register; keys are unique within it.
        #[arg(long, default_value = "population")]
        source: String,
        /// Where rejected lines go (default: beside the file).
        #[arg(long)]
        rejects: Option<PathBuf>,
    },
}

pub async fn run(command: Import, config: &Config) -> anyhow::Result<ExitCode> {
    let Import::Persons { file, source, rejects } = command;
    let file = existing(file)?;
    let rejects = rejects.unwrap_or_else(|| file.with_extension("rejects.csv"));
    let database = Database::open(config).await?;
    store::migrate(&database.config, &MIGRATIONS).await?;
    let app = App::build(config, &database.config, Parts::real(&config.data_dir)).await?;
    let summary = load(&app, &file, Options::new(source, &rejects)).await?;
    say(format!(
        "{} lines: {} loaded, {} known before, {} rejected, {} warnings.",
        summary.rows, summary.loaded, summary.known_before, summary.rejected, summary.warnings
    ));
    if summary.rejected > 0 {
        say(format!("What to mend is in {}", rejects.display()));
    }
    app.store.close();
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Loads a file with a progress bar.
pub async fn load(
    app: &App,
    file: &std::path::Path,
    options: Options,
) -> anyhow::Result<registry::import::Summary> {
    let bar =
        ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {percent}% {msg} còn {eta}")?);
    let input = std::fs::File::open(file)?;
    let nation = std::sync::Arc::clone(&app.registry.nation);
    let summary = registry::import::run(&app.store, nation, input, &options, |p| {
        bar.set_length(p.bytes_total);
        bar.set_position(p.bytes);
        let doing = if p.phase == Phase::Linking { "nối quan hệ gia đình" } else { "người/giây" };
        bar.set_message(format!("{} người, {:.0} {doing}", p.summary.loaded, p.rows_per_second));
    })
    .await?;
    bar.finish_and_clear();
    Ok(summary)
}
