//! The command line. Each command is a small file; what it does is done by the domains.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

pub use self::link::TEXTS as LINK_TEXTS;
use crate::config::{Flags, Loaded, LogFormat};

mod address;
mod backup;
mod catalogue;
mod doctor;
mod export;
pub(crate) mod import;
mod keys;
mod link;
mod log;
mod quality;
mod reform;
pub(crate) mod serve;
mod staff;
pub(crate) mod synth;

/// One record, one account, one flow, one road, one log: a national digital-service system in one program.
#[derive(Parser)]
#[command(name = "lienthong", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fill a database with synthetic people and dossiers, then serve the site.
    Demo(crate::demo::Demo),
    /// Serve: the roles say what this process does.
    Serve,
    /// Bring the database's tables up to date.
    Migrate,
    /// Copy the data directory, database and keys, also while it is served. The copy is a data directory itself.
    Backup { dir: PathBuf },
    /// Load data.
    #[command(subcommand)]
    Import(import::Import),
    /// Write an agreed view of the register for an agency; everybody in it sees the access.
    Export(export::Export),
    /// Make synthetic data.
    #[command(subcommand)]
    Synth(synth::Synth),
    /// The nation as data.
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// Read an address, old or new, or a column of addresses, into administrative units.
    Address(address::Address),
    /// Find the rows of CSV files that speak of the same person or thing.
    Link(link::Link),
    /// How good the record is.
    #[command(subcommand)]
    Quality(quality::QualityCommand),
    /// The log that nobody can rewrite.
    #[command(subcommand)]
    Log(log::LogCommand),
    /// Merge and divide administrative units in the register, and take it back.
    #[command(subcommand)]
    Reform(reform::ReformCommand),
    /// The keys that sign results.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// The first officers of an agency.
    #[command(subcommand)]
    Staff(staff::StaffCommand),
    /// Serve a party of the demo: the sample bank, a telco, or the device of a counter.
    Party(crate::party::Party),
    /// Print the one-time code of a demo officer, as an authenticator app would.
    DemoCode { login: String },
    /// What this machine has and lacks.
    Doctor,
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the API as an OpenAPI 3.1 document.
    Openapi,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print every value and where it came from.
    Print,
}

pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a person reads it")]
fn complain(error: &anyhow::Error) {
    eprintln!("lienthong: {error:#}");
}

/// Prints to whoever called: the command line's own voice.
#[expect(clippy::print_stdout, reason = "the command line speaks here and nowhere else")]
pub(crate) fn say(text: impl std::fmt::Display) {
    println!("{text}");
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let loaded = Loaded::read(&cli.flags)?;
    let config = &loaded.config;
    trace(config.log_format);
    match cli.command {
        Command::Config(ConfigCommand::Print) => say(loaded.print().trim_end()),
        Command::Openapi => say(crate::app::openapi().to_pretty_json()?),
        Command::DemoCode { login } => say(crate::demo::code(&login)?),
        Command::Doctor => return doctor::run(config),
        Command::Catalogue(command) => return catalogue::run(command),
        Command::Synth(command) => synth::run(command, config)?,
        Command::Address(command) => return address::run(command, config),
        Command::Link(command) => link::run(command, config)?,
        Command::Demo(demo) => runtime()?.block_on(crate::demo::run(demo, config.clone()))?,
        Command::Party(party) => runtime()?.block_on(crate::party::run(&party))?,
        Command::Serve => runtime()?.block_on(serve::serve(config))?,
        Command::Backup { dir } => backup::run(&dir, config)?,
        Command::Migrate => runtime()?.block_on(serve::migrate(config))?,
        Command::Import(command) => return runtime()?.block_on(import::run(command, config)),
        Command::Export(command) => return runtime()?.block_on(export::run(command, config)),
        Command::Reform(command) => return runtime()?.block_on(reform::run(command, config)),
        Command::Quality(command) => return runtime()?.block_on(quality::run(command, config)),
        Command::Log(command) => return runtime()?.block_on(log::run(command, config)),
        Command::Keys(command) => runtime()?.block_on(keys::run(command, config))?,
        Command::Staff(command) => runtime()?.block_on(staff::run(command, config))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// `RUST_LOG` chooses; by default warnings of others and what we say ourselves.
fn trace(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,lienthong=info,pgbox=info"));
    let base = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => base.with_target(false).init(),
        LogFormat::Json => base.json().init(),
    }
}

/// A path that must exist, with a message that says which.
pub(crate) fn existing(path: PathBuf) -> anyhow::Result<PathBuf> {
    anyhow::ensure!(path.exists(), "there is no file {}", path.display());
    Ok(path)
}
