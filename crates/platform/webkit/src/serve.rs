//! Serving a router on a listener: bounded connections, patience with slow clients that ends, a graceful stop.

use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo, extract::Request};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::{Service, ServiceExt};

use crate::tls::{ClientCertificate, Tls};

/// What one listener bears.
#[derive(Debug, Clone, Copy)]
pub struct ServeLimits {
    pub connections: usize,
    /// A client must have sent its request's head by then; also ends idle kept-alive connections.
    pub header_timeout: Duration,
    /// Open requests get this long to finish after the shutdown signal.
    pub drain: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self { connections: 4_096, header_timeout: Duration::from_secs(15), drain: Duration::from_secs(10) }
    }
}

/// After a failed accept (out of file descriptors), how long to leave the listener alone.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` completes, then lets open requests finish.
pub async fn serve(
    routes: Router,
    listener: TcpListener,
    limits: ServeLimits,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    run(routes, listener, None, limits, shutdown).await
}

/// The same over TLS; a handler finds the [`ClientCertificate`] in its request's extensions.
pub async fn serve_tls(
    routes: Router,
    listener: TcpListener,
    tls: Tls,
    limits: ServeLimits,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    run(routes, listener, Some(tls), limits, shutdown).await
}

async fn run(
    routes: Router,
    listener: TcpListener,
    tls: Option<Tls>,
    limits: ServeLimits,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.header_timeout);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place.map_err(io::Error::other)?,
            () = &mut shutdown => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = &mut shutdown => break,
        };
        // Small answers leave at once.
        let _ = stream.set_nodelay(true);
        let (routes, builder, watcher) = (routes.clone(), builder.clone(), graceful.watcher());
        let tls = tls.clone();
        tokio::spawn(async move {
            let outcome = match tls {
                None => {
                    let service = service(routes, peer, None);
                    watcher.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned()).await
                }
                Some(tls) => match tls.accept(stream).await {
                    Ok((stream, certificate)) => {
                        let service = service(routes, peer, certificate);
                        watcher
                            .watch(builder.serve_connection(TokioIo::new(stream), service).into_owned())
                            .await
                    }
                    Err(error) => Err(error.into()),
                },
            };
            if let Err(error) = outcome {
                tracing::debug!(error = %error, "a connection ended badly");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still open when the time to finish was over");
    }
    Ok(())
}

/// The routes as one connection sees them, with who is at its other end.
fn service(
    routes: Router,
    peer: SocketAddr,
    certificate: Option<ClientCertificate>,
) -> impl hyper::service::Service<
    Request<Incoming>,
    Response = axum::response::Response,
    Error = Infallible,
    Future: Send,
> + Clone {
    hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        if let Some(certificate) = &certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        let mut routes = routes.clone();
        async move { routes.as_service().ready().await?.call(request.map(axum::body::Body::new)).await }
    })
}
