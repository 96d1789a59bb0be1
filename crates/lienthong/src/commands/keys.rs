//! `keys list`, `keys rotate`, `keys emergency`: the keys that sign results, and those of the OpenID provider.

use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use contracts::{Access, Purpose};
use credential::ops::keys::{keys_list, keys_rotate};
use openid::{OpenIdError, limits::JWKS_MAX_AGE};

use crate::{
    app::{App, Database, MIGRATIONS, Parts},
    commands::say,
    config::Config,
};

#[derive(Subcommand)]
pub enum KeysCommand {
    /// Every key with its state.
    List,
    /// The next key becomes active; the active one retires but still verifies.
    Rotate {
        #[arg(value_enum, default_value_t = Whose::Documents)]
        whose: Whose,
    },
    /// The provider's signing keys may be known to a stranger: all retire at once, and new ones sign.
    Emergency,
}

/// Which keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Whose {
    /// Those that sign results.
    Documents,
    /// Those that sign for relying parties.
    Openid,
}

pub async fn run(command: KeysCommand, config: &Config) -> anyhow::Result<()> {
    let database = Database::open(config).await?;
    store::migrate(&database.config, &MIGRATIONS).await?;
    let app = App::build(config, &database.config, Parts::real(&config.data_dir)).await?;
    match command {
        KeysCommand::List => {
            documents(&app, false).await?;
            provider(&app).await?;
        }
        KeysCommand::Rotate { whose: Whose::Documents } => documents(&app, true).await?,
        KeysCommand::Rotate { whose: Whose::Openid } => {
            let mut tx = app.store.begin().await?;
            let rotated = openid::ops::keys_rotate(&app.openid, &mut tx).await;
            match tx.finish(rotated).await {
                Err(OpenIdError::WrongState) => bail!(too_young()),
                rotated => rotated?,
            }
            provider(&app).await?;
        }
        KeysCommand::Emergency => {
            let mut tx = app.store.begin().await?;
            let rolled = openid::ops::keys_emergency(&app.openid, &mut tx).await;
            tx.finish(rolled).await?;
            provider(&app).await?;
        }
    }
    app.store.close();
    database.close().await
}

/// Relying parties keep the set of keys for a while, and must know a key before it signs.
fn too_young() -> String {
    format!(
        "the next key is too young: relying parties may not know it yet. Try again in {} minutes, or let all keys retire at \
         once with `keys emergency`",
        JWKS_MAX_AGE.as_mins()
    )
}

async fn documents(app: &App, rotate: bool) -> anyhow::Result<()> {
    let access = Access::system(Purpose::ISSUE_RESULT);
    let mut tx = app.store.begin().await?;
    let keys = match rotate {
        false => keys_list(&tx, &access).await,
        true => keys_rotate(&app.credentials.keys, &mut tx, &access).await,
    };
    for key in tx.finish(keys).await? {
        say(format!("{}  {}", key.id, key.state.as_str()));
    }
    Ok(())
}

async fn provider(app: &App) -> anyhow::Result<()> {
    let tx = app.store.begin().await?;
    let keys = openid::ops::keys_list(&tx).await;
    for key in tx.finish(keys).await? {
        say(format!("{}  {}  {}  {}", key.kid, key.alg, key.state, key.place));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_rotates_too_early_hears_how_long_to_wait() {
        assert!(too_young().contains("in 5 minutes"), "{}", too_young());
        assert!(JWKS_MAX_AGE.as_secs() % 60 == 0, "whole minutes");
    }
}
