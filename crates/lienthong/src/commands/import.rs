//! `import persons`: loads people from CSV, NDJSON or Parquet, resumable and idempotent, with the rejects in a file beside it.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use registry::{
    import::{Authority, Format, Mapping, Options, Phase, Summary},
    model::Source,
};

use crate::{
    adapters::nation::catalogue_text,
    app::{App, Database, MIGRATIONS, Parts},
    commands::{existing, say},
    config::Config,
};

/// Which source is believed about what.
pub const AUTHORITY: &str = "authority.toml";

#[derive(Subcommand)]
pub enum Import {
    /// People; columns, mapping and rules are in docs/persons-csv.md.
    Persons(Persons),
}

#[derive(Args)]
pub struct Persons {
    file: PathBuf,
    /// Name of the source register; keys are unique within it.
    #[arg(long, default_value = "population")]
    source: String,
    /// What the record says of where the data comes from: population, civil_status, residence, agency, organisation.
    #[arg(long, default_value = "population", value_parser = provenance)]
    provenance: Source,
    /// csv, ndjson or parquet (default: by the extension).
    #[arg(long)]
    format: Option<Format>,
    /// Which of the source's columns is which of ours.
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// Rows of people who are there already change them, as far as the source may (catalogue/authority.toml).
    #[arg(long)]
    changes: bool,
    /// Asks the register about each new row: the same person gets the row's key, a doubtful one becomes a case for officers.
    #[arg(long)]
    duplicates: bool,
    /// Only report: write nothing to the database.
    #[arg(long)]
    dry_run: bool,
    /// Where rejected lines go (default: beside the file).
    #[arg(long)]
    rejects: Option<PathBuf>,
}

fn provenance(code: &str) -> Result<Source, String> {
    Source::parse(code).ok_or_else(|| Source::ALL.map(Source::as_str).join(", "))
}

pub async fn run(command: Import, config: &Config) -> anyhow::Result<ExitCode> {
    let Import::Persons(persons) = command;
    let file = existing(persons.file)?;
    let extension = if persons.dry_run { "dry-run.rejects.csv" } else { "rejects.csv" };
    let rejects = persons.rejects.unwrap_or_else(|| file.with_extension(extension));
    let format = persons.format.or_else(|| Format::of(&file));
    let mapping = match persons.mapping {
        None => Mapping::default(),
        Some(path) => {
            let text = std::fs::read_to_string(existing(path.clone())?)?;
            Mapping::parse(&text).with_context(|| path.display().to_string())?
        }
    };
    let authority = Authority::parse(&catalogue_text(config.catalogue_dir.as_deref(), AUTHORITY)?)?;
    let options = Options {
        provenance: persons.provenance,
        format: format.context("the extension names no format: give --format csv, ndjson or parquet")?,
        mapping,
        authority,
        changes: persons.changes,
        duplicates: persons.duplicates,
        dry_run: persons.dry_run,
        ..Options::new(persons.source, &rejects)
    };

    let database = Database::open(config).await?;
    store::migrate(&database.config, &MIGRATIONS).await?;
    let app = App::build(config, &database.config, Parts::real(&config.data_dir)).await?;
    let loaded = load(&app, &file, options).await;
    app.store.close();
    database.close().await?;
    tell(&loaded?, persons.dry_run, &rejects);
    Ok(ExitCode::SUCCESS)
}

fn tell(summary: &Summary, dry_run: bool, rejects: &Path) {
    if summary.already_done {
        say("This file was loaded before; nothing was done.");
    }
    if dry_run {
        say("Dry run: nothing was written to the database.");
    }
    say(format!(
        "{} lines: {} loaded, {} known before, {} changed, {} disputed, {} rejected, {} warnings.",
        summary.rows,
        summary.loaded,
        summary.known_before,
        summary.changed,
        summary.disputed,
        summary.rejected,
        summary.warnings
    ));
    if summary.rejected + summary.warnings > 0 {
        say(format!("What to mend is in {}", rejects.display()));
    }
    if summary.loaded + summary.disputed > 0 && !dry_run {
        say("Figures of quality do not count a load by themselves: run lienthong quality recount.");
    }
}

/// Loads a file with a progress bar.
pub async fn load(app: &App, file: &Path, options: Options) -> anyhow::Result<Summary> {
    let bar =
        ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {percent}% {msg} còn {eta}")?);
    let input = std::fs::File::open(file)?;
    let nation = std::sync::Arc::clone(&app.registry.nation);
    let summary = registry::import::run(&app.store, nation, input, &options, |p| {
        bar.set_length(p.bytes_total);
        bar.set_position(p.bytes);
        let doing = if p.phase == Phase::Linking { "nối quan hệ gia đình" } else { "dòng/giây" };
        bar.set_message(format!("{} dòng, {:.0} {doing}", p.summary.rows, p.rows_per_second));
    })
    .await?;
    bar.finish_and_clear();
    Ok(summary)
}
