//! The show: synthetic people over the real communes, accounts of each role, dossiers in every state, then the site.
//!
//! Everything goes through the operations that people use, with the clock set back: nothing is written behind their
//! backs. The filling is resumable; once done, a start is a plain start.

use std::{fs::File, io::BufWriter, path::Path, sync::Arc, time::Instant};

use anyhow::Context;
use base::{Clock, FixedClock, SystemClock, SystemEntropy, vietnam_date};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use synth::{Options, People, Sheet};

use crate::{
    app::{App, Database, MIGRATIONS, Parts, bind},
    commands::{import, say, serve::asked_to_end, synth::places},
    config::Config,
};

pub mod bank;
mod cast;
mod days;
mod holders;
pub mod parties;
mod stories;

use cast::Cast;

/// Fill a database and serve it.
#[derive(Debug, Clone, clap::Args)]
pub struct Demo {
    /// How many people.
    #[arg(long, default_value_t = 20_000)]
    pub people: u64,
    /// How many dossiers.
    #[arg(long, default_value_t = 300)]
    pub dossiers: usize,
    #[arg(long, default_value_t = 2026)]
    pub seed: u64,
    /// Fill only, do not serve.
    #[arg(long)]
    pub fill_only: bool,
    /// Fill as if it were this moment, such as 2026-11-20T08:00:00Z; for tests that must not depend on the day.
    #[arg(long, hide = true, requires = "fill_only")]
    pub on: Option<Timestamp>,
}

/// Everybody's password in the demo; it is printed, so it is no secret.
pub const PASSWORD: &str = "lien-thong-2026";

/// How long ago the people came into the register, in days.
const DAYS_BACK: i64 = 40;

/// The file that says that the demo is filled, and with whom.
const MARKER: &str = "demo.json";

/// The sheet of everybody.
const PEOPLE: &str = "people.csv";

/// The file that says that a filling has begun: if it did not end, it begins anew.
const FILLING: &str = "demo.filling";

/// The one-time code of an officer of the demo, right now.
pub fn code(login: &str) -> anyhow::Result<String> {
    Ok(identity::totp::code(&cast::totp_secret(login), SystemClock.now())?)
}

/// What the next start needs to greet.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Filled {
    day: Date,
    accounts: Vec<cast::Sample>,
    staff: bank::Staff,
}

pub async fn run(demo: Demo, mut config: Config) -> anyhow::Result<()> {
    let started = Instant::now();
    anyhow::ensure!(
        config.listen.ip().is_loopback(),
        "everybody knows the demo's passwords, so it is for this machine only: use --listen 127.0.0.1:{}",
        config.listen.port()
    );
    config.synthetic = true;
    // Not the address: passkeys are for names.
    config.public_url = format!("http://localhost:{}", config.listen.port());
    let listener = bind(config.listen).await?;
    let marker = config.data_dir.join(MARKER);
    let database = open(&config, &marker).await?;
    let filled: Filled = match std::fs::read(&marker) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .context("reading demo.json; delete the data directory to start anew")?,
        Err(_) => {
            let filled = fill(&demo, &config, &database).await?;
            std::fs::write(&marker, serde_json::to_vec_pretty(&filled)?)?;
            std::fs::remove_file(config.data_dir.join(FILLING))?;
            filled
        }
    };
    if demo.fill_only {
        return database.close().await;
    }
    let people = config.data_dir.join(PEOPLE);
    let parties = parties::open(&mut config, &people)?;
    let app = App::build(&config, &database.config, Parts::real(&config.data_dir)).await?;
    let bank = bank::open(&app, &config, &filled.staff).await?;
    say(greeting(&config, &filled, started));
    app.run(&config, listener, asked_to_end()?).await?;
    drop((bank, parties));
    app.store.close();
    database.close().await
}

/// Opens the demo's database. One that holds anything but a demo is left alone; a filling that broke off is thrown away.
async fn open(config: &Config, marker: &Path) -> anyhow::Result<Database> {
    let filling = config.data_dir.join(FILLING);
    let fresh = !config.data_dir.join("pg").exists() && config.database_url.is_none();
    anyhow::ensure!(
        fresh || marker.exists() || filling.exists(),
        "{} holds a database that is not a demo's; choose another folder with --data-dir",
        config.data_dir.display()
    );
    if fresh {
        std::fs::create_dir_all(&config.data_dir)?;
        std::fs::write(&filling, b"")?;
    }
    let database = Database::open(config).await?;
    if !marker.exists() {
        database.renew().await?;
    }
    store::migrate(&database.config, &MIGRATIONS).await?;
    Ok(database)
}

async fn fill(demo: &Demo, config: &Config, database: &Database) -> anyhow::Result<Filled> {
    let now = demo.on.unwrap_or_else(|| SystemClock.now());
    // People are there from the start; the dossiers come over the last weeks.
    let start = now - jiff::SignedDuration::from_hours(24 * DAYS_BACK);
    let clock = Arc::new(FixedClock::at(start));
    let parts = Parts {
        clock: Arc::clone(&clock) as _,
        entropy: Arc::new(SystemEntropy),
        ..Parts::real(&config.data_dir)
    };
    let app = App::build(config, &database.config, parts).await?;

    say("1/3 People: synthetic, over the real communes…");
    let (file, rejects) = (config.data_dir.join(PEOPLE), config.data_dir.join("people.rejects.csv"));
    if rejects.exists() {
        std::fs::remove_file(&rejects)?;
    }
    let cast = make_people(demo, &app, &file, vietnam_date(start))?;
    let summary = import::load(&app, &file, registry::import::Options::new("demo", &rejects)).await?;
    say(format!("    {} people are in the register", summary.loaded));

    say("2/3 Accounts for citizens and officers…");
    let cast = cast.settle(&app).await?;
    let staff = bank::Staff::settle(&app).await?;

    say(format!("3/3 {} dossiers in every state, day by day…", demo.dossiers));
    let bar =
        ProgressBar::new(0).with_style(ProgressStyle::with_template("    {bar:40} {pos}/{len} còn {eta}")?);
    days::play(&app, &clock, &cast, stories::write(&cast, &app, demo, now), now, &bar).await?;
    bar.finish_and_clear();
    let holders = holders::settle(&app, &cast).await?;
    let accounts = [cast.samples(), holders, bank::samples()].concat();
    app.store.close();
    Ok(Filled { day: vietnam_date(now), accounts, staff })
}

/// Writes the people's file and remembers those who will have a part.
fn make_people(demo: &Demo, app: &App, file: &Path, today: Date) -> anyhow::Result<Cast> {
    let mut places = places(&app.nation, today);
    let mut cast = Cast::new(&app.nation, today);
    cast.crowd(&mut places);
    let out = File::create(file).with_context(|| file.display().to_string())?;
    let mut sheet = Sheet::new(BufWriter::new(out))?;
    for person in People::new(Options { seed: demo.seed, count: demo.people, today }, &places)? {
        cast.look_at(&person);
        sheet.write(&person)?;
    }
    sheet.finish()?;
    Ok(cast)
}

fn greeting(config: &Config, filled: &Filled, started: Instant) -> String {
    let mut out = format!(
        "\n  Liên thông is running at {} (started in {:.1} s)\n  All people are synthetic. Password of everybody: {PASSWORD}\n\n",
        config.public_url,
        started.elapsed().as_secs_f32(),
    );
    for sample in &filled.accounts {
        out.push_str(&format!("  {:<34} {:<16} {}\n", sample.who, sample.login, sample.note));
    }
    out.push_str(&format!(
        "\n  A bank where people sign in with their account here: http://{}\n",
        bank::address(config)
    ));
    let at = parties::Addresses::of(config);
    out.push_str(&format!(
        "  What telephones receive, and people who have no account yet: http://{}\n  \
         The device at the counter of these officers: http://{}\n",
        at.telco, at.device
    ));
    out.push_str(
        "\n  Four things to try\n  \
         1. Sign in as the citizen, file “Đăng ký tạm trú” naming the host, sign in as the host and say yes,\n     \
            then receive, decide and download the signed result as the officers at /desk.\n  \
         2. File “Xác nhận thông tin về cư trú”: decided from the record in a second; verify its QR page with the PDF.\n  \
         3. Open an account at the bank: see what it asks, say yes, and find the line about it in “Ai đã xem dữ liệu của tôi”;\n     \
            take it back under “Nơi tôi đã cho phép”, and let the bank ask again.\n  \
         4. Verify such a line; then run: lienthong log verify --data-dir <this one>, with the server stopped.\n\n  Stop with Ctrl+C.\n",
    );
    out
}
