//! `keys list` and `keys rotate`: the keys that sign results.

use clap::Subcommand;
use contracts::{Access, Purpose};
use credential::ops::keys::{keys_list, keys_rotate};

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
    Rotate,
}

pub async fn run(command: KeysCommand, config: &Config) -> anyhow::Result<()> {
    let database = Database::open(config).await?;
    store::migrate(&database.config, &MIGRATIONS).await?;
    let app = App::build(config, &database.config, Parts::real(&config.data_dir)).await?;
    let access = Access::system(Purpose::ISSUE_RESULT);
    let mut tx = app.store.begin().await?;
    let keys = match command {
        KeysCommand::List => keys_list(&tx, &access).await,
        KeysCommand::Rotate => keys_rotate(&app.credentials.keys, &mut tx, &access).await,
    };
    for key in tx.finish(keys).await? {
        say(format!("{}  {}", key.id, key.state.as_str()));
    }
    app.store.close();
    database.close().await
}
