//! `reform`: mergers and splits of administrative units, applied to the register as one act, and taken back.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use base::{Lang, Page, PageRequest};
use clap::{Args, Subcommand};
use contracts::{Access, Purpose, ports::Nation};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use registry::reform::{
    Reform,
    counts::{SHOWN_MIN, Shown},
    ops::{self, Preview, Run, Standing, State},
    run,
};

use crate::{
    adapters::nation::NationData,
    app::{App, Database, MIGRATIONS, Parts},
    commands::{existing, say},
    config::Config,
};

#[derive(Subcommand)]
pub enum ReformCommand {
    /// Print the reform of a day as the catalogue knows it: a file to be completed with the decree's hamlets and streets.
    Draft(Draft),
    /// What a reform would do, in numbers for each unit, with the addresses that no rule decides. Writes nothing.
    Preview { file: PathBuf },
    /// Apply a reform to everybody whom it concerns. Goes on where it was left; the same file again changes nothing.
    Apply {
        file: PathBuf,
        #[command(flatten)]
        batch: Batch,
    },
    /// Take a reform back, by its id. Refused while a later reform rests on it. Later acts of people stand.
    Undo {
        id: String,
        #[command(flatten)]
        batch: Batch,
    },
    /// The residences that later acts began in the units of an undone reform: they stand, and somebody should look at them.
    Later { id: String },
    /// Every reform, how far it got, and what waits for a decision.
    Status,
    /// People by unit on a day, under the map of that or another day.
    Counts(Counts),
}

#[derive(Args)]
pub struct Batch {
    /// Rows of one transaction: fewer where others must not wait.
    #[arg(long, default_value_t = run::ROWS)]
    rows: usize,
}

#[derive(Args)]
pub struct Draft {
    /// First day of the new units.
    #[arg(long)]
    on: Date,
    /// What the record will name as the reason.
    #[arg(long)]
    decree: String,
}

#[derive(Args)]
pub struct Counts {
    /// The day on which people lived there.
    #[arg(long)]
    on: Date,
    /// The day of the map (default: the same).
    #[arg(long)]
    map: Option<Date>,
}

pub async fn run(command: ReformCommand, config: &Config) -> anyhow::Result<ExitCode> {
    if let ReformCommand::Draft(draft) = &command {
        let nation =
            NationData::load(config.catalogue_dir.as_deref(), std::sync::Arc::new(base::SystemClock))?;
        let file = nation.catalogue.divisions().reform_file(draft.on, &draft.decree);
        say(file.with_context(|| format!("no commune changed on {}", draft.on))?.trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let database = Database::open(config).await?;
    store::migrate(&database.config, &MIGRATIONS).await?;
    let app = App::build(config, &database.config, Parts::real(&config.data_dir)).await?;
    let done = with(&app, command).await;
    app.store.close();
    database.close().await?;
    done
}

async fn with(app: &App, command: ReformCommand) -> anyhow::Result<ExitCode> {
    let access = Access::system(Purpose::UPDATE_RECORD);
    match command {
        ReformCommand::Draft(_) => {}
        ReformCommand::Preview { file } => {
            let Some(reform) = read(app, file)? else { return Ok(ExitCode::FAILURE) };
            let mut tx = app.store.begin().await?;
            let preview = ops::reform_preview(&mut tx, &access, &reform).await;
            preview_lines(app, &reform, &tx.finish(preview).await?).iter().for_each(say);
        }
        ReformCommand::Apply { file, batch } => {
            let Some(reform) = read(app, file)? else { return Ok(ExitCode::FAILURE) };
            let mut tx = app.store.begin().await?;
            let preview = ops::reform_preview(&mut tx, &access, &reform).await;
            let preview = tx.finish(preview).await?;
            let all = preview.by_target().values().sum::<u64>();
            let bar = bar(all)?;
            let done = run::apply(&app.store, &access, app.nation.as_ref(), &reform, batch.rows, |run| {
                bar.set_position(u64::try_from(run.moved).unwrap_or(0));
            });
            let done = done.await?;
            bar.finish_and_clear();
            say(standing(&done));
        }
        ReformCommand::Undo { id, batch } => {
            let bar = bar(0)?;
            let done = run::undo(&app.store, &access, &id, batch.rows, |run| {
                bar.set_length(u64::try_from(run.moved + run.undecided).unwrap_or(0));
                bar.set_position(u64::try_from(run.undone).unwrap_or(0));
            });
            let done = done.await?;
            bar.finish_and_clear();
            say(standing(&done));
        }
        ReformCommand::Later { id } => later(app, &access, &id).await?,
        ReformCommand::Status => {
            let tx = app.store.begin().await?;
            let list = ops::reform_list(&tx, &access).await;
            let list = tx.finish(list).await?;
            if list.is_empty() {
                say("No reform was applied.");
            }
            for Standing { run, waiting } in list {
                say(standing(&run));
                for (unit, n) in waiting {
                    say(format!(
                        "  {n} residences of {} wait for a decision",
                        name(app, &unit, eve(&run.reform))
                    ));
                }
            }
        }
        ReformCommand::Counts(Counts { on, map }) => {
            let map = map.unwrap_or(on);
            let mut tx = app.store.begin().await?;
            let counts = ops::reform_counts(&mut tx, &access, on, map).await;
            counts_lines(app, &tx.finish(counts).await?, (on, map)).iter().for_each(say);
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn later(app: &App, access: &Access, id: &str) -> anyhow::Result<()> {
    let mut page = PageRequest { after: None, limit: None };
    loop {
        let mut tx = app.store.begin().await?;
        let found = ops::reform_later(&mut tx, access, id, &page).await;
        let Page { items, next } = tx.finish(found).await?;
        for one in items {
            say(format!("{} {} {}", one.person, one.kind, one.unit));
        }
        if next.is_none() {
            return Ok(());
        }
        page.after = next;
    }
}

/// Reads a file and says what is wrong with it.
fn read(app: &App, file: PathBuf) -> anyhow::Result<Option<Reform>> {
    let file = existing(file)?;
    let Ok(text) = std::fs::read_to_string(&file) else { bail!("{} cannot be read", file.display()) };
    match Reform::parse(&file.display().to_string(), &text, app.nation.as_ref()) {
        Ok(reform) => Ok(Some(reform)),
        Err(problems) => {
            problems.iter().for_each(say);
            say(format!("{} problems", problems.len()));
            Ok(None)
        }
    }
}

fn bar(all: u64) -> anyhow::Result<ProgressBar> {
    let style =
        ProgressStyle::with_template("{bar:40} {percent}% {pos} đăng ký cư trú, {per_sec}, còn {eta}")?;
    Ok(ProgressBar::new(all).with_style(style))
}

fn standing(run: &Run) -> String {
    let (id, day, moved) = (&run.reform.slug, run.day(), run.moved);
    match run.state {
        State::Applying => format!("{id} (from {day}): applying, {moved} residences moved so far"),
        State::Applied => {
            format!("{id} (from {day}): applied, {moved} residences moved, {} were undecided", run.undecided)
        }
        State::Undoing => format!("{id} (from {day}): being undone, {} residences back so far", run.undone),
        State::Undone => format!(
            "{id} (from {day}): undone, {} residences back; {} of later acts stand in its units",
            run.undone, run.later
        ),
    }
}

fn eve(reform: &Reform) -> Date {
    reform.in_force.yesterday().unwrap_or(reform.in_force)
}

/// Code and name of a unit on a day.
fn name(app: &App, code: &str, day: Date) -> String {
    let name = app.nation.place_on(code, day);
    name.map_or_else(|| code.to_owned(), |name| format!("{code} {}", name.get(Lang::Vi)))
}

fn preview_lines(app: &App, reform: &Reform, preview: &Preview) -> Vec<String> {
    let eve = eve(reform);
    let mut lines = Vec::new();
    for unit in &preview.units {
        let parts: BTreeMap<&String, &u64> = unit.to.iter().collect();
        let mut to: Vec<String> =
            parts.into_iter().map(|(to, n)| format!("{n} to {}", name(app, to, reform.in_force))).collect();
        if unit.undecided > 0 {
            to.push(format!("{} undecided", unit.undecided));
        }
        lines.push(format!("{}: {}", name(app, &unit.unit, eve), to.join("; ")));
    }
    for (to, n) in preview.by_target() {
        lines.push(format!("{}: {n} from the old units", name(app, to, reform.in_force)));
    }
    for (unit, address, n) in &preview.addresses {
        lines.push(format!("Undecided in {}: {address} ({n})", name(app, unit, eve)));
    }
    lines.push(format!("{} residences would wait for a decision. Nothing was written.", preview.undecided()));
    lines
}

fn counts_lines(app: &App, shown: &Shown, (on, map): (Date, Date)) -> Vec<String> {
    let people = |n: Option<u64>| n.map_or_else(|| "hidden".to_owned(), |n| n.to_string());
    let mut lines: Vec<String> = Vec::new();
    for (cell, n) in &shown.cells {
        let unit = match (&cell.unit, &cell.of) {
            (Some(unit), _) => name(app, unit, map),
            (None, of) => format!("not known, of {}", name(app, of.as_deref().unwrap_or("?"), on)),
        };
        lines.push(format!("{unit}: {}", people(*n)));
    }
    lines.push(format!("All: {}", people(shown.total)));
    if shown.cells.iter().any(|(_, n)| n.is_none()) {
        lines.push(format!("Numbers below {SHOWN_MIN} are hidden, and others by which they could be told."));
    }
    lines
}
