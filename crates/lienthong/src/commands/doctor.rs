//! `doctor`: what this machine has and lacks, in plain words.

use std::process::ExitCode;

use crate::{commands::say, config::Config};

pub fn run(config: &Config) -> anyhow::Result<ExitCode> {
    if config.database_url.is_some() {
        say("Database: an operator's server (DATABASE_URL).");
        let reachable = tokio::runtime::Runtime::new()?.block_on(async {
            let pg: tokio_postgres::Config = config.database_url.as_deref().unwrap_or_default().parse()?;
            let (client, driver) = store::connect(&pg).await?;
            let row = client.query_one("SELECT current_setting('server_version_num')::int", &[]).await?;
            drop(client);
            let _ = driver.await;
            anyhow::Ok(row.try_get::<_, i32>(0)?)
        });
        return match reachable {
            Ok(version) if version >= 150_000 => {
                say(format!("PostgreSQL {} answers.", version / 10_000));
                Ok(ExitCode::SUCCESS)
            }
            Ok(version) => {
                say(format!("PostgreSQL {} is too old: 15 or newer is needed.", version / 10_000));
                Ok(ExitCode::FAILURE)
            }
            Err(_) => {
                say(
                    "It does not answer: check the address, the password, the network, and the certificate (SSL_CERT_FILE names other authorities).",
                );
                Ok(ExitCode::FAILURE)
            }
        };
    }
    let report = pgbox::doctor(&config.data_dir.join("pg"), &pgbox::Options::default());
    say(&report);
    Ok(if report.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
