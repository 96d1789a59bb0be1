//! Requests of the JSON API, over a socket or straight into the router.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tower::ServiceExt;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: &'static str,
    pub path: String,
    pub token: Option<String>,
    /// Idempotency key.
    pub key: Option<String>,
    pub lang: &'static str,
    pub body: Value,
}

impl Ask {
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), token: None, key: None, lang: "vi", body: Value::Null }
    }

    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: "POST", body, ..Self::get(path) }
    }

    pub fn put(path: impl Into<String>, body: Value) -> Self {
        Self { method: "PUT", body, ..Self::get(path) }
    }

    pub fn by(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    pub fn lang(mut self, lang: &'static str) -> Self {
        self.lang = lang;
        self
    }

    fn request(&self) -> Request<Full<Bytes>> {
        let mut request = Request::builder()
            .method(self.method)
            .uri(&self.path)
            .header(header::HOST, "localhost")
            .header(header::ACCEPT_LANGUAGE, self.lang);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = &self.key {
            request = request.header("idempotency-key", key);
        }
        let body = match &self.body {
            Value::Null => Bytes::new(),
            value => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                value.to_string().into()
            }
        };
        request.body(Full::new(body)).unwrap()
    }
}

/// What is answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn is_problem(&self) -> bool {
        self.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json")
    }

    /// The JSON of an answer that must be a success.
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text());
        self.json()
    }
}

/// Straight into the router.
pub async fn call(router: &Router, ask: &Ask) -> Answer {
    let response = router.clone().oneshot(ask.request().map(Body::new)).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, bytes }
}

/// Over a connection of its own. None: no answer came, and whether the request was carried out is unknown.
pub async fn send(address: SocketAddr, ask: &Ask) -> Option<Answer> {
    let stream = tokio::net::TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let driver = tokio::spawn(connection);
    let exchange = async {
        let response = sender.send_request(ask.request()).await.ok()?;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.ok()?.to_bytes();
        Some(Answer { status: parts.status, headers: parts.headers, bytes })
    };
    let answer = exchange.await;
    driver.abort();
    answer
}
