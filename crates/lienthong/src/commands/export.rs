//! `export`: an agreed view of the register for an agency, as a file. Everybody in it sees the access in their log.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, ensure};
use base::{Lang, vietnam_date};
use catalogue::Level;
use clap::Args;
use contracts::{Actor, AgencyId};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use registry::{
    export::{self, View},
    import::Format,
};

use crate::{
    adapters::nation::{NationData, catalogue_text},
    app::{App, Database, MIGRATIONS, Parts},
    commands::say,
    config::Config,
};

#[derive(Args)]
pub struct Export {
    /// Name of the view: a file of catalogue/views.
    view: String,
    /// The agency that receives it, by its catalogue id.
    #[arg(long)]
    agency: String,
    /// Code of the purpose, such as share_data.
    #[arg(long)]
    purpose: String,
    /// Where the file goes.
    #[arg(long)]
    out: PathBuf,
    /// csv, ndjson or parquet (default: by the extension).
    #[arg(long)]
    format: Option<Format>,
    /// Only these communes, by their codes.
    #[arg(long)]
    commune: Vec<String>,
    /// Only these provinces, by their codes.
    #[arg(long)]
    province: Vec<String>,
}

pub async fn run(command: Export, config: &Config) -> anyhow::Result<ExitCode> {
    let word = command.view.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    ensure!(word, "the name of a view is letters, digits and underscores");
    let text = catalogue_text(config.catalogue_dir.as_deref(), &format!("views/{}.toml", command.view))
        .with_context(|| format!("there is no view {}", command.view))?;
    let view = View::parse(&text)?;
    let format = command.format.or_else(|| Format::of(&command.out));
    let format = format.context("the extension names no format: give --format csv, ndjson or parquet")?;

    let database = Database::open(config).await?;
    store::migrate(&database.config, &MIGRATIONS).await?;
    let app = App::build(config, &database.config, Parts::real(&config.data_dir)).await?;
    let agency = AgencyId(command.agency);
    let outcome = async {
        let today = vietnam_date(app.store.clock().now());
        let known = app.nation.catalogue.agencies().get(&agency.0, today);
        ensure!(known.is_some(), "there is no agency {agency}");
        let communes = communes(&app.nation, &view, (&command.commune, &command.province), today)?;
        let (actor, purpose, out) = (Actor::system(), command.purpose, command.out.clone());
        let title = view.title(Lang::Vi).to_owned();
        let export = export::Export { view, actor, agency, purpose, communes, format, out };
        let bar = ProgressBar::no_length()
            .with_style(ProgressStyle::with_template("{spinner} {pos} người {per_sec}")?);
        let exported = export::run(&app.store, &export, |people| bar.set_position(people)).await?;
        bar.finish_and_clear();
        say(format!("{title}: {} people in {}", exported.people, command.out.display()));
        say(format!("In the log as export:{}", exported.id));
        anyhow::Ok(())
    };
    let outcome = outcome.await;
    app.store.close();
    database.close().await?;
    outcome?;
    Ok(ExitCode::SUCCESS)
}

/// The communes that the view shows and that are asked for; none for the whole country.
fn communes(
    nation: &NationData,
    view: &View,
    asked: (&[String], &[String]),
    today: Date,
) -> anyhow::Result<Option<Vec<String>>> {
    let agreed = within(nation, &view.filter.communes, &view.filter.provinces, today)?;
    let asked = within(nation, asked.0, asked.1, today)?;
    Ok(match (agreed, asked) {
        (Some(agreed), Some(asked)) => Some(asked.into_iter().filter(|c| agreed.contains(c)).collect()),
        (agreed, asked) => asked.or(agreed),
    })
}

fn within(
    nation: &NationData,
    communes: &[String],
    provinces: &[String],
    today: Date,
) -> anyhow::Result<Option<Vec<String>>> {
    if communes.is_empty() && provinces.is_empty() {
        return Ok(None);
    }
    let divisions = nation.catalogue.divisions();
    let mut within: Vec<String> = Vec::new();
    for code in communes {
        let unit = divisions.unit_on(code, today).filter(|d| d.level() == Level::Commune);
        within.push(unit.with_context(|| format!("there is no commune {code} today"))?.code.to_string());
    }
    for code in provinces {
        let unit = divisions.unit_on(code, today).filter(|d| d.level() == Level::Provincial);
        unit.with_context(|| format!("there is no province {code} today"))?;
        within.extend(divisions.children(code, today).map(|d| d.code.to_string()));
    }
    within.sort();
    within.dedup();
    Ok(Some(within))
}
