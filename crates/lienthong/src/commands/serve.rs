//! `serve` and `migrate`.

use std::net::SocketAddr;

use anyhow::Context;
use listenfd::ListenFd;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::{
    app::{App, Database, MIGRATIONS, Parts, bind},
    commands::say,
    config::Config,
};

pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    let database = Database::open(config).await?;
    let applied = store::migrate(&database.config, &MIGRATIONS).await?;
    say(match applied.as_slice() {
        [] => "The tables are up to date.".to_owned(),
        some => format!("Applied:\n  {}", some.join("\n  ")),
    });
    database.close().await
}

pub async fn serve(config: &Config) -> anyhow::Result<()> {
    let stopped = asked_to_end()?;
    let listener = front_door(config.listen).await?;
    let database = Database::open(config).await?;
    store::migrate(&database.config, &MIGRATIONS).await?;
    let app = App::build(config, &database.config, Parts::real(&config.data_dir)).await?;
    say(format!("Serving {} as {:?}. Stop with Ctrl+C.", config.public_url, config.roles));
    app.run(config, listener, stopped).await?;
    app.store.close();
    database.close().await
}

/// The socket that a supervisor keeps open for us (systemd socket activation), or one of our own. In a kept one, whoever
/// comes while we restart waits and is not turned away.
async fn front_door(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let Some(kept) = ListenFd::from_env().take_tcp_listener(0).context("the socket handed to us")? else {
        return bind(address).await;
    };
    kept.set_nonblocking(true)?;
    Ok(TcpListener::from_std(kept)?)
}

/// Turns true when the process is asked to end. From this call on a signal does nothing else, so that whoever ends us while
/// we start breaks nothing off either.
pub fn asked_to_end() -> anyhow::Result<watch::Receiver<bool>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        let _ = stop.send(true);
    });
    Ok(stopped)
}
