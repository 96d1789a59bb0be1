//! `catalogue check`: every file with file, line and rule.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use catalogue::procedures::{Channel, Procedure};
use clap::Subcommand;
use forms::Service;
use registry::{corrections::Routes, export::View, import::Authority, quality::Rules, tables::TableFaults};

use crate::{
    adapters::{
        nation::service_files,
        organisations::{self, Organisations},
    },
    commands::{existing, import::AUTHORITY, say},
};

#[derive(Subcommand)]
pub enum CatalogueCommand {
    /// Check every file of a catalogue folder.
    Check { dir: PathBuf },
}

pub fn run(command: CatalogueCommand) -> anyhow::Result<ExitCode> {
    let CatalogueCommand::Check { dir } = command;
    let dir = existing(dir)?;
    let mut lines: Vec<String> = catalogue::check(&dir).iter().map(ToString::to_string).collect();
    let known = catalogue::Catalogue::from_dir(&dir).ok();
    let mut services = 0;
    for (path, text) in service_files(Some(&dir))? {
        services += 1;
        match Service::parse(&text) {
            Err(problems) => lines.extend(
                problems.iter().map(|p| format!("{path}:{}: service: {}: {}", p.line, p.path, p.message)),
            ),
            Ok(service) => {
                match known.as_ref().map(|c| c.procedures().get(&service.procedure)) {
                    Some(None) => {
                        lines
                            .push(format!("{path}:1: service.procedure: no procedure {}", service.procedure));
                    }
                    Some(Some(procedure)) => lines.extend(other_fees(&path, &text, &service, procedure)),
                    None => {}
                }
                let expected = format!("services/{}/v{}.toml", service.procedure, service.version);
                if path != expected {
                    lines.push(format!("{path}:1: service.path: this service belongs in {expected}"));
                }
            }
        }
    }
    lines.extend(sharing(&dir, known.as_ref()));
    lines.extend(tables(&dir));
    if lines.is_empty() {
        say(format!("The catalogue is sound ({services} executable services)."));
        return Ok(ExitCode::SUCCESS);
    }
    for line in &lines {
        say(line);
    }
    say(format!("{} problems", lines.len()));
    Ok(ExitCode::FAILURE)
}

/// What is wrong with the tables that domains read: organisations, rules of quality, routes of corrections.
fn tables(dir: &Path) -> Vec<String> {
    type Parse = fn(&str) -> Result<(), TableFaults>;
    let files: [(&str, Parse); 3] = [
        (organisations::FILE, |text| Organisations::parse(text).map(drop)),
        ("quality/rules.toml", |text| Rules::parse(text).map(drop)),
        ("corrections.toml", |text| Routes::parse(text).map(drop)),
    ];
    let mut lines = Vec::new();
    for (name, parse) in files {
        match std::fs::read_to_string(dir.join(name)) {
            Err(e) => lines.push(format!("{name}:1: file: {e}")),
            Ok(text) => {
                let faults = parse(&text).err().map(|e| e.0).unwrap_or_default();
                lines.extend(faults.iter().map(|fault| format!("{name}:{fault}")));
            }
        }
    }
    lines
}

/// What is wrong with the table of source authority and with the agreed views.
fn sharing(dir: &Path, known: Option<&catalogue::Catalogue>) -> Vec<String> {
    let mut lines = Vec::new();
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|e| e.to_string());
    let authority = read(&dir.join(AUTHORITY));
    if let Err(e) = authority.and_then(|text| Authority::parse(&text).map_err(|e| e.to_string())) {
        lines.push(format!("{AUTHORITY}: authority: {e}"));
    }
    let files = std::fs::read_dir(dir.join("views")).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = files.map(|f| f.path()).collect();
    files.sort();
    for path in files {
        let name = path.strip_prefix(dir).unwrap_or(&path).display().to_string();
        match read(&path).and_then(|text| View::parse(&text).map_err(|e| e.to_string())) {
            Err(e) => lines.push(format!("{name}: view: {e}")),
            Ok(view) => {
                if name != format!("views/{}.toml", view.id) {
                    lines.push(format!("{name}: view.id: this view belongs in views/{}.toml", view.id));
                }
                let agencies = known.map(catalogue::Catalogue::agencies);
                let unknown = |a: &&String| {
                    agencies.as_ref().is_some_and(|all| all.get(a.as_str(), view.valid_from).is_none())
                };
                lines.extend(
                    view.agencies
                        .iter()
                        .filter(unknown)
                        .map(|a| format!("{name}: view.agencies: there is no agency {a}")),
                );
            }
        }
    }
    lines
}

/// Fees of a service that are not those published for its procedure: people would read one and pay the other.
fn other_fees(path: &str, text: &str, service: &Service, procedure: &Procedure) -> Vec<String> {
    let tables = text.lines().enumerate().filter(|(_, line)| line.trim() == "[[fees]]").map(|(at, _)| at + 1);
    let mut lines = Vec::new();
    for (fee, line) in service.fees.iter().zip(tables) {
        let channel = match fee.channel {
            forms::Channel::Online => Channel::Online,
            forms::Channel::InPerson => Channel::InPerson,
        };
        let published = procedure.fee_on(fee.valid_from, channel).and_then(catalogue::procedures::Fee::vnd);
        if let Some(published) = published.filter(|amount| *amount != fee.amount) {
            lines.push(format!(
                "{path}:{line}: service.fees: {} here, {published} in procedures/{}.toml",
                fee.amount, procedure.code
            ));
        }
    }
    lines
}
