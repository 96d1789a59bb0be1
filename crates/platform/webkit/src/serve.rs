//! Serving a router on a listener: bounded connections, patience with slow clients that ends, a graceful stop.

use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo, extract::Request};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::{Semaphore, SetOnce, watch},
};
use tower::{ServiceExt, util::Oneshot};

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

/// Whoever has connected when we stop gets so long to send a request.
const FIRST_WORDS: Duration = Duration::from_secs(2);

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
    let (stop, stopped) = watch::channel(false);
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
        let (routes, builder, stopped) = (routes.clone(), builder.clone(), stopped.clone());
        let tls = tls.clone();
        tokio::spawn(async move {
            let outcome = match tls {
                None => attend(&builder, stream, Routes::new(routes, peer, None), stopped).await,
                Some(tls) => match tls.accept(stream).await {
                    Ok((stream, certificate)) => {
                        attend(&builder, stream, Routes::new(routes, peer, certificate), stopped).await
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
    stop.send_replace(true);
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(limits.drain, places.acquire_many(all)).await.is_err() {
        tracing::warn!("requests were still open when the time to finish was over");
    }
    Ok(())
}

/// Serves one connection. When we stop, a request that is under way is answered, and whoever has only just connected may
/// still send theirs; a connection that is kept for later ends.
async fn attend<I>(
    builder: &auto::Builder<TokioExecutor>,
    io: I,
    routes: Routes,
    mut stopped: watch::Receiver<bool>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let asked = Arc::clone(&routes.asked);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(io), routes));
    tokio::select! {
        ended = &mut connection => return ended,
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    tokio::select! {
        ended = &mut connection => return ended,
        () = asked.wait() => {}
        () = tokio::time::sleep(FIRST_WORDS) => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}

/// The routes as one connection sees them, with who is at its other end.
#[derive(Clone)]
struct Routes {
    routes: Router,
    peer: SocketAddr,
    certificate: Option<ClientCertificate>,
    /// Set by the connection's first request.
    asked: Arc<SetOnce<()>>,
}

impl Routes {
    fn new(routes: Router, peer: SocketAddr, certificate: Option<ClientCertificate>) -> Self {
        Self { routes, peer, certificate, asked: Arc::default() }
    }
}

impl hyper::service::Service<Request<Incoming>> for Routes {
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = Oneshot<Router, axum::extract::Request>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let _ = self.asked.set(());
        request.extensions_mut().insert(ConnectInfo(self.peer));
        if let Some(certificate) = &self.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        self.routes.clone().oneshot(request.map(axum::body::Body::new))
    }
}
