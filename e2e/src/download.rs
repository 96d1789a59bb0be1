//! Fetching what a person would save: a plain HTTP client that carries the browser's cookies.

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Empty};
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
}

/// Fetches an address of this machine.
pub async fn get(url: &str, cookies: &str) -> Download {
    let uri: http::Uri = url.parse().expect("an address");
    let host = uri.authority().expect("a host").to_string();
    let path = uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let stream = TcpStream::connect(&host).await.expect("the server");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("a connection");
    let serving = tokio::spawn(connection);
    let request =
        Request::get(path).header("host", host).header("cookie", cookies).body(Empty::<Bytes>::new());
    let answer = sender.send_request(request.expect("a request")).await.expect("an answer");
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
    serving.abort();
    Download { status, headers, bytes }
}
