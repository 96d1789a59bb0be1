//! `synth people`: plausible synthetic people, clean or as messy as reality.

use std::{fs::File, io::BufWriter, path::PathBuf, sync::Arc};

use anyhow::Context;
use base::{SystemClock, vietnam_date};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use synth::{MessySheet, OldPlace, Options, People, Place, PlaceKind, Sheet};

use crate::{adapters::nation::NationData, commands::say, config::Config};

#[derive(Subcommand)]
pub enum Synth {
    /// Make people in households over the real communes, as a CSV for `import persons`.
    People {
        #[arg(long)]
        count: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Where the people go.
        #[arg(long)]
        out: PathBuf,
        /// Share of rows that get the messiness of reality, such as 0.12; needs --truth.
        #[arg(long, requires = "truth")]
        messy: Option<f64>,
        /// Where the truth about messy rows goes.
        #[arg(long)]
        truth: Option<PathBuf>,
    },
}

pub fn run(command: Synth, config: &Config) -> anyhow::Result<()> {
    let Synth::People { count, seed, out, messy, truth } = command;
    let clock = Arc::new(SystemClock);
    let today = vietnam_date(base::Clock::now(clock.as_ref()));
    let nation = NationData::load(config.catalogue_dir.as_deref(), clock)?;
    let options = Options { seed, count, today };
    let people = People::new(options, &places(&nation, today))?;
    let file = |path: &PathBuf| {
        anyhow::Ok(BufWriter::new(File::create(path).with_context(|| path.display().to_string())?))
    };
    let bar = ProgressBar::new(count)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec} còn {eta}")?);
    match messy.zip(truth) {
        Some((share, truth)) => {
            let mut sheet =
                MessySheet::new(&options, share, &old_places(&nation, today), file(&out)?, file(&truth)?)?;
            for person in people {
                sheet.write(&person)?;
                bar.inc(1);
            }
            let (.., tally) = sheet.finish()?;
            bar.finish_and_clear();
            say(format!("{} rows, {} of them messy, in {}", tally.rows, tally.messy_rows, out.display()));
        }
        None => {
            let mut sheet = Sheet::new(file(&out)?)?;
            for person in people {
                sheet.write(&person)?;
                bar.inc(1);
            }
            sheet.finish()?;
            bar.finish_and_clear();
            say(format!("{count} people in {}", out.display()));
        }
    }
    Ok(())
}

/// The communes of today, each with the old prefixes of the place where its people's births were registered.
pub fn places(nation: &NationData, today: Date) -> Vec<Place> {
    let divisions = nation.catalogue.divisions();
    divisions
        .communes(today)
        .map(|commune| {
            let mut prefixes: Vec<u16> = divisions
                .predecessors(commune.code.as_str())
                .filter_map(|old| divisions.lineage(old).find_map(|d| d.id_prefix.as_deref()?.parse().ok()))
                .collect();
            prefixes.sort_unstable();
            prefixes.dedup();
            if prefixes.is_empty() {
                let own: Option<u16> =
                    divisions.lineage(commune).find_map(|d| d.id_prefix.as_deref()?.parse().ok());
                prefixes.extend(own);
            }
            Place {
                code: commune.code.as_str().to_owned(),
                kind: match commune.kind {
                    catalogue::DivisionKind::Ward => PlaceKind::Ward,
                    catalogue::DivisionKind::SpecialZone => PlaceKind::SpecialZone,
                    _ => PlaceKind::Commune,
                },
                province_code: divisions.province_of(commune).map(|p| p.code.to_string()).unwrap_or_default(),
                id_prefixes: prefixes,
                weight: None,
            }
        })
        .filter(|p| !p.id_prefixes.is_empty())
        .collect()
}

/// Communes that are no more, with what became of them.
fn old_places(nation: &NationData, today: Date) -> Vec<OldPlace> {
    let divisions = nation.catalogue.divisions();
    let gone = divisions.all().iter().filter(|d| {
        d.level() == catalogue::Level::Commune && divisions.unit_on(d.code.as_str(), today).is_none()
    });
    gone.map(|old| OldPlace {
        code: old.code.as_str().to_owned(),
        name: divisions.full_name(old, base::Lang::Vi),
        successors: divisions
            .resolve_unit(old, today)
            .today
            .iter()
            .map(|s| s.unit.code.as_str().to_owned())
            .collect(),
    })
    .collect()
}
