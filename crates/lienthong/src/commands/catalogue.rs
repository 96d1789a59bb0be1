//! `catalogue check`: every file with file, line and rule.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use forms::Service;

use crate::{
    adapters::nation::service_files,
    commands::{existing, say},
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
                let exists = known.as_ref().is_none_or(|c| c.procedures().get(&service.procedure).is_some());
                if !exists {
                    lines.push(format!("{path}:1: service.procedure: no procedure {}", service.procedure));
                }
                let expected = format!("services/{}/v{}.toml", service.procedure, service.version);
                if path != expected {
                    lines.push(format!("{path}:1: service.path: this service belongs in {expected}"));
                }
            }
        }
    }
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
