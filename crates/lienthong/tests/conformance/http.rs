//! HTTP as clients and browsers speak it to a running server, each test from an address of its own.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpSocket,
};
use tokio_rustls::TlsConnector;

/// Parameters of a form or a query.
pub type Params = Vec<(String, String)>;

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }

    /// The JSON of an answer that must be a success.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text());
        self.json()
    }

    /// The code with which a protocol endpoint refuses.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// It refuses, with one of these codes.
    #[track_caller]
    pub fn refuses(&self, codes: &[&str]) {
        let error = self.error();
        assert!(self.status.is_client_error(), "not refused: {} {}", self.status, self.text());
        assert!(codes.contains(&error.as_str()), "{} {}: not one of {codes:?}", self.status, self.text());
    }
}

/// Somebody who sends requests.
#[derive(Debug, Clone)]
pub struct Http {
    from: IpAddr,
    /// Over TLS where the address says `https`: whom it trusts, and the certificate that it shows.
    tls: Option<Arc<ClientConfig>>,
    /// Whoever answers in the place of the address that is asked for.
    to: Option<SocketAddr>,
}

impl Http {
    /// The n-th of the machine's loopback addresses: limits count by address.
    pub fn new(n: usize) -> Self {
        let [_, _, high, low] = u32::try_from(n).unwrap().to_be_bytes();
        Self { from: IpAddr::V4(Ipv4Addr::new(127, 10, high, low)), tls: None, to: None }
    }

    /// The same address, over TLS.
    #[must_use]
    pub fn over(&self, tls: Arc<ClientConfig>) -> Self {
        Self { tls: Some(tls), ..self.clone() }
    }

    /// The same, answered by one process of those that serve the address.
    pub fn through(self, process: SocketAddr) -> Self {
        Self { to: Some(process), ..self }
    }

    pub async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, url, headers, Bytes::new()).await
    }

    pub async fn form(&self, url: &str, params: &[(String, String)], headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.send(Method::POST, url, &all, encode(params).into()).await
    }

    pub async fn send(&self, method: Method, url: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
        let uri: Uri = url.parse().unwrap_or_else(|_| panic!("not an address: {url}"));
        let authority = uri.authority().unwrap_or_else(|| panic!("not an absolute address: {url}"));
        let here = || authority.as_str().parse().unwrap_or_else(|_| panic!("not ours: {url}"));
        let to: SocketAddr = self.to.unwrap_or_else(here);
        let path = uri.path_and_query().map_or("/", |p| p.as_str());
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, authority.as_str());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(self.from, 0)).unwrap();
        let stream = socket.connect(to).await.unwrap();
        let request = request.body(Full::new(body)).unwrap();
        if uri.scheme_str() != Some("https") {
            return exchanged(stream, request).await;
        }
        let tls = self.tls.clone().unwrap_or_else(|| panic!("nobody is trusted at {url}"));
        let name = ServerName::from(to.ip());
        exchanged(TlsConnector::from(tls).connect(name, stream).await.unwrap(), request).await
    }
}

/// One request and its answer, on a connection of its own.
async fn exchanged<S>(stream: S, request: Request<Full<Bytes>>) -> Answer
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    driver.abort();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// `application/x-www-form-urlencoded`.
pub fn encode(params: &[(String, String)]) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    out.extend_pairs(params);
    out.finish()
}

/// The parameters of an address.
pub fn query(url: &str) -> Params {
    let (_, query) = url.split_once('?').unwrap_or((url, ""));
    let query = query.split('#').next().unwrap_or("");
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

pub fn find<'a>(params: &'a [(String, String)], name: &str) -> Option<&'a str> {
    params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

/// An address with parameters behind it.
pub fn with_query(url: &str, params: &[(String, String)]) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{}", encode(params))
}

pub fn pairs(params: &[(&str, &str)]) -> Params {
    params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}
