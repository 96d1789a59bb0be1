//! `link`: finds the rows that speak of the same person or thing, in one CSV or two, whatever their columns.
//!
//! - `settings`: the file of settings, and complaints that name its lines
//! - `read`: CSV files into a table; only the columns that are compared are kept
//! - `places`: units and addresses of the country, from the catalogue
//! - `write`: pairs and clusters as CSV, written as they come
//! - `report`, `charts`: what was found, as one page
//!
//! The matching itself is the crate `linkage`. What is documented for users stands in `docs/linkage.md`.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use base::{Lang, SystemClock};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use linkage::{Clusters, Linkage, Scored, Summary};

use self::{hardest::Hardest, places::Nation, read::Files, settings::Settings};
use crate::{commands::say, config::Config};

mod charts;
mod hardest;
mod places;
mod read;
mod report;
mod settings;
mod write;

/// The sentences of the report: Vietnamese, English.
pub const TEXTS: webkit::i18n::Source =
    (include_str!("../../i18n/vi.ftl"), include_str!("../../i18n/en.ftl"));

/// Steps of a progress bar of shares.
const STEPS: u64 = 1_000;

#[derive(Args)]
pub struct Link {
    /// What is compared and how (docs/linkage.md).
    #[arg(long)]
    config: PathBuf,
    /// One CSV with rows that may come twice, or two.
    #[arg(required = true, num_args = 1..=2)]
    files: Vec<PathBuf>,
    /// Where pairs go, with their probability and what each field tells.
    #[arg(long)]
    out: PathBuf,
    /// Where groups of rows of the same person or thing go.
    #[arg(long)]
    clusters: Option<PathBuf>,
    /// Where a page about what was found goes.
    #[arg(long)]
    report: Option<PathBuf>,
    /// The language of the report: vi or en.
    #[arg(long, default_value = "vi", value_parser = language)]
    lang: Lang,
    /// Where the learnt model goes, as JSON.
    #[arg(long)]
    model: Option<PathBuf>,
    /// What stands between cells.
    #[arg(long, default_value = ",", value_parser = delimiter)]
    delimiter: u8,
}

fn language(text: &str) -> Result<Lang, String> {
    Lang::ALL.into_iter().find(|lang| lang.code() == text).ok_or_else(|| "give vi or en".to_owned())
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [one] if one.is_ascii() => Ok(*one),
        _ if text == "\\t" => Ok(b'\t'),
        _ => Err("give one character, or \\t for a tab".to_owned()),
    }
}

/// What a run found, for the summary and the report.
struct Found {
    summary: Summary,
    hardest: Hardest,
    clusters: Clusters,
    links: usize,
}

pub fn run(command: Link, config: &Config) -> anyhow::Result<()> {
    let mut settings = Settings::read(&command.config)?;
    let nation = Nation::new(config.catalogue_dir.as_deref(), Arc::new(SystemClock), &settings.config)?;
    nation.fill_in(&mut settings.config);
    let files = Files::read(&command.files, command.delimiter, &settings)?;

    let learning = spinner("học mô hình")?;
    let learnt = Linkage::learn_with(&files.table, &settings.config, nation.places());
    learning.finish_and_clear();
    let linkage = learnt.map_err(|e| settings.complain(&e))?;

    let found = find(&command, &linkage, &files, &settings)?;
    if let Some(path) = &command.clusters {
        write::clusters(path, &files, &settings, &found.clusters)?;
    }
    if let Some(path) = &command.model {
        write::whole(path, &serde_json::to_string(linkage.model())?)?;
    }
    if let Some(path) = &command.report {
        let page = report::page(command.lang, &files, &settings, &linkage, &found)?;
        write::whole(path, &page)?;
    }
    say(format!(
        "{} rows, {} pairs compared, {} of them to link and {} to review; {} groups. Pairs are in {}",
        files.table.rows(),
        found.summary.candidates,
        found.links,
        found.summary.scored as usize - found.links,
        found.clusters.groups.len(),
        command.out.display()
    ));
    if found.summary.skipped_pairs > 0 {
        say(format!(
            "{} pairs were not compared: they share a key with more than {} rows. A narrower blocking rule reaches them.",
            found.summary.skipped_pairs,
            linkage::block::BLOCK_ROWS_MAX
        ));
    }
    Ok(())
}

/// Scores, writes pairs as they come, joins links into groups.
fn find(command: &Link, linkage: &Linkage, files: &Files, settings: &Settings) -> anyhow::Result<Found> {
    let bar = bar(STEPS, "so sánh")?;
    let mut pairs = write::Pairs::new(&command.out, &settings.config)?;
    let (mut links, mut hardest): (Vec<Scored>, _) = (Vec::new(), Hardest::default());
    let mut failed = None;
    let take = |pair: Scored| {
        if pair.probability >= settings.config.thresholds.link {
            links.push(pair);
        }
        hardest.offer(pair);
        if failed.is_none()
            && let Some(why) = linkage.explain(pair.a, pair.b)
        {
            failed = pairs.write(files, settings, pair, &why).err();
        }
    };
    let summary = linkage.score_telling(take, |share| bar.set_position((share * STEPS as f64) as u64));
    bar.finish_and_clear();
    if let Some(error) = failed {
        return Err(error);
    }
    pairs.finish()?;
    let joining = spinner("gom nhóm")?;
    let clusters = Clusters::of(linkage, &links);
    joining.finish_and_clear();
    Ok(Found { summary, hardest, clusters, links: links.len() })
}

fn bar(length: u64, doing: &'static str) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{bar:40} {percent}% {msg} còn {eta}")?;
    Ok(ProgressBar::new(length).with_style(style).with_message(doing))
}

fn spinner(doing: &'static str) -> anyhow::Result<ProgressBar> {
    let spinner =
        ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg} {elapsed}")?);
    spinner.enable_steady_tick(std::time::Duration::from_millis(200));
    Ok(spinner.with_message(doing))
}

/// A file that must be there, with a message that says which.
fn open(path: &std::path::Path) -> anyhow::Result<std::fs::File> {
    std::fs::File::open(path).with_context(|| format!("{} cannot be read", path.display()))
}
