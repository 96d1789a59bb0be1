//! What relying parties listen with: an HTTPS server on this machine that keeps what it gets.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    routing::post,
};
use openid::{Deliverer, OpenId, Outbound};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{rp::claims_of, world::World};

/// A message that came.
#[derive(Debug, Clone)]
pub struct Got {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

#[derive(Clone)]
pub struct Receiver {
    pub origin: String,
    got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<StatusCode>>,
    page: Arc<Mutex<Page>>,
    certificate: CertificateDer<'static>,
}

/// What it shows to whoever fetches from it.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: StatusCode,
    pub kind: &'static str,
    pub cache_control: &'static str,
    pub body: String,
    /// How often somebody came.
    pub visits: usize,
}

/// Accepts encrypted connections.
struct Encrypted {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, from)) = self.listener.accept().await else { continue };
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .unwrap();
        let listener = Encrypted { listener, acceptor: TlsAcceptor::from(Arc::new(config)) };
        let answers = Arc::new(Mutex::new(StatusCode::OK));
        let page = Page {
            status: StatusCode::NOT_FOUND,
            kind: "application/json",
            cache_control: "",
            body: String::new(),
            visits: 0,
        };
        let page = Arc::new(Mutex::new(page));
        let receiver = Self { origin, got: Arc::default(), answers, page, certificate };
        let app = Router::new().route("/{*path}", post(take).get(show)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        receiver
    }

    pub fn uri(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// How it answers from now on.
    pub fn answers(&self, status: StatusCode) {
        *self.answers.lock().unwrap() = status;
    }

    /// Changes what it shows.
    pub fn shows(&self, change: impl FnOnce(&mut Page)) {
        change(&mut self.page.lock().unwrap());
    }

    /// How often somebody fetched, since this was asked last.
    pub fn visits(&self) -> usize {
        std::mem::take(&mut self.page.lock().unwrap().visits)
    }

    /// A way out that trusts it.
    pub fn way(&self) -> Outbound {
        Outbound::new([self.certificate.clone()]).unwrap()
    }

    /// What came since this was asked last.
    pub fn got(&self) -> Vec<Got> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }
}

async fn take(State(receiver): State<Receiver>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let got = Got { path: uri.path().to_owned(), headers, body: String::from_utf8_lossy(&body).into_owned() };
    receiver.got.lock().unwrap().push(got);
    *receiver.answers.lock().unwrap()
}

async fn show(State(receiver): State<Receiver>) -> (StatusCode, [(&'static str, String); 3], String) {
    let mut page = receiver.page.lock().unwrap();
    page.visits += 1;
    let headers = [
        ("content-type", page.kind.to_owned()),
        ("cache-control", page.cache_control.to_owned()),
        ("location", receiver.uri("/elsewhere")),
    ];
    (page.status, headers, page.body.clone())
}

/// Sends everything that is due now, to those whose certificates are known.
pub async fn deliver(w: &World, receivers: &[&Receiver]) {
    deliver_from(&w.cx, receivers).await;
}

/// The same from another process.
pub async fn deliver_from(cx: &OpenId, receivers: &[&Receiver]) {
    let known = receivers.iter().map(|r| r.certificate.clone());
    let deliverer = Deliverer::new(cx.clone(), Outbound::new(known).unwrap());
    while deliverer.send_due().await.unwrap() > 0 {}
}

impl Got {
    /// The logout token in it, with its claims.
    pub async fn logout(&self, w: &World) -> (String, Value) {
        let token = self.body.strip_prefix("logout_token=").expect("a logout token");
        (header_typ(token), claims_of(&w.app, token).await)
    }
}

pub fn header_typ(token: &str) -> String {
    let compact = jose::Compact::parse(token, jose::Limits::SMALL).unwrap();
    compact.header().typ.clone().unwrap_or_default()
}
