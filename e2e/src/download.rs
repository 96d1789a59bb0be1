//! A plain HTTP client: fetches what a person would save, with the browser's cookies, and asks what a relying party asks.

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug)]
pub struct Download {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Download {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }
}

/// Fetches an address of this machine.
pub async fn get(url: &str, cookies: &str) -> Download {
    send(Request::get(url).header("cookie", cookies), Bytes::new()).await
}

/// Posts a form to an address of this machine, as a program with this authorization.
pub async fn post(url: &str, authorization: &str, form: &[(&str, &str)]) -> Download {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", authorization);
    send(request, body.into()).await
}

async fn send(request: http::request::Builder, body: Bytes) -> Download {
    let mut request = request.body(Full::new(body)).expect("a request");
    let host = request.uri().authority().expect("a host").to_string();
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    *request.uri_mut() = path.parse().expect("a path");
    request.headers_mut().insert("host", host.parse().expect("a host"));
    let stream = TcpStream::connect(&host).await.expect("the server");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("a connection");
    let serving = tokio::spawn(connection);
    let answer = sender.send_request(request).await.expect("an answer");
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
    serving.abort();
    Download { status, headers, bytes }
}
