//! `serve` and `migrate`.

use tokio::sync::watch;

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
    let listener = bind(config.listen).await?;
    let database = Database::open(config).await?;
    store::migrate(&database.config, &MIGRATIONS).await?;
    let app = App::build(config, &database.config, Parts::real(&config.data_dir)).await?;
    say(format!("Serving {} as {:?}. Stop with Ctrl+C.", config.public_url, config.roles));
    run_until_signal(&app, config, listener).await?;
    app.store.close();
    database.close().await
}

/// Runs the roles until the process is asked to end, then lets what is under way finish.
pub async fn run_until_signal(
    app: &App,
    config: &Config,
    listener: tokio::net::TcpListener,
) -> anyhow::Result<()> {
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = async { match &mut term { Some(t) => { t.recv().await; } None => std::future::pending().await } } => {}
        }
        let _ = stop.send(true);
    });
    app.run(config, listener, stopped).await
}
