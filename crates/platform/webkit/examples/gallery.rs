//! Serves the gallery on loopback: `cargo run -p webkit --example gallery`, then open the address it prints.

use std::sync::Arc;

use axum::{Router, routing::get};
use base::{SystemClock, SystemEntropy};
use webkit::{Config, Kit, Problem, ServeLimits, Texts, i18n};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let port = std::env::args().nth(1).unwrap_or_else(|| "8899".into());
    let kit = Kit::new(
        Texts::load(&[i18n::TEXTS])?,
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
        Config::new([0; 32], false),
    );
    let routes = Router::new()
        .route("/gallery", get(webkit::gallery))
        .route("/problem", get(|| async { Err::<(), _>(Problem::forbidden()) }));
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    tracing::info!("http://{}/gallery", listener.local_addr()?);
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    webkit::serve(kit.wrap(routes), listener, ServeLimits::default(), stop).await?;
    Ok(())
}
