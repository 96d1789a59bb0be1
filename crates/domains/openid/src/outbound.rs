//! The way out: short messages to addresses that relying parties registered, and their keys from there.
//!
//! Bounded in time and size; redirects are not followed, because the address was looked at when it was approved and
//! another was not; what comes back is read only as far as a limit, and never trusted. Plain HTTP goes to this machine
//! alone, and only where the provider itself is nowhere else (development): anywhere else a sandbox client, which nobody
//! looked at, could knock at doors behind ours.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header, response::Parts, uri::Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};

use crate::limits::{ANSWER_BYTES_MAX, DELIVERY_TIMEOUT};

/// Why nothing was delivered, in words for the relying party's people. Carries nothing of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    #[error("the address is not one that is sent to")]
    Address,
    #[error("nobody answered in time")]
    Timeout,
    #[error("the connection failed")]
    Connection,
    #[error("the answer is too long or broken")]
    Answer,
    #[error("the answer was {0}")]
    Status(u16),
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub body: Bytes,
    /// For how many seconds it is good, where its owner says so.
    pub max_age_s: Option<u32>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub status: StatusCode,
    pub body: Bytes,
}

/// A message on its way. Not for printing: it holds tokens.
pub struct Message<'a> {
    pub uri: &'a str,
    pub content_type: &'static str,
    pub body: String,
    /// What the receiver knows us by: the whole header.
    pub authorization: Option<&'a str>,
}

/// Cheap to clone; connections are kept for a while.
#[derive(Clone)]
pub struct Outbound {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    plain: bool,
}

impl Outbound {
    /// Trusts the authorities of this machine, and `more` (the state's own).
    pub fn new(more: impl IntoIterator<Item = CertificateDer<'static>>) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(more);
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector), plain: false })
    }

    /// Whether plain HTTP may go to this machine.
    #[must_use]
    pub fn plain_here(self, plain: bool) -> Self {
        Self { plain, ..self }
    }

    /// Sends a message; an answer of any status is an answer.
    pub async fn post(&self, message: Message<'_>) -> Result<Answered, Undelivered> {
        let uri = address(message.uri, self.plain)?;
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::CONTENT_TYPE, message.content_type)
            .header(header::ACCEPT, "application/json");
        if let Some(text) = message.authorization {
            let mut value = HeaderValue::from_str(text).map_err(|_| Undelivered::Address)?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let request = request.body(Full::new(Bytes::from(message.body))).map_err(|_| Undelivered::Address)?;
        let (parts, body) = self.send(request, ANSWER_BYTES_MAX).await?;
        Ok(Answered { status: parts.status, body })
    }

    /// Fetches JSON; anything but a good answer is none.
    pub async fn get(&self, uri: &str, bytes_max: usize) -> Result<Page, Undelivered> {
        let request = Request::builder()
            .method(Method::GET)
            .uri(address(uri, self.plain)?)
            .header(header::ACCEPT, "application/jwk-set+json, application/json")
            .body(Full::default())
            .map_err(|_| Undelivered::Address)?;
        let (parts, body) = self.send(request, bytes_max).await?;
        if parts.status != StatusCode::OK {
            return Err(Undelivered::Status(parts.status.as_u16()));
        }
        let text = |name| parts.headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok()).unwrap_or("");
        let kind = text(header::CONTENT_TYPE).split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        if !matches!(kind.as_str(), "application/json" | "application/jwk-set+json") {
            return Err(Undelivered::Answer);
        }
        Ok(Page { body, max_age_s: max_age(text(header::CACHE_CONTROL)) })
    }

    async fn send(
        &self,
        request: Request<Full<Bytes>>,
        bytes_max: usize,
    ) -> Result<(Parts, Bytes), Undelivered> {
        let answered = async {
            let response = self.client.request(request).await.map_err(|_| Undelivered::Connection)?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, bytes_max).collect().await;
            Ok((parts, body.map_err(|_| Undelivered::Answer)?.to_bytes()))
        };
        tokio::time::timeout(DELIVERY_TIMEOUT, answered).await.unwrap_or(Err(Undelivered::Timeout))
    }
}

/// For how many seconds an answer is good (RFC 9111 section 5.2.2.1); at once stale where it must not be kept.
fn max_age(cache_control: &str) -> Option<u32> {
    let directives = || cache_control.split(',').map(|one| one.trim().to_ascii_lowercase());
    if directives().any(|one| one == "no-store" || one == "no-cache") {
        return Some(0);
    }
    directives().find_map(|one| one.strip_prefix("max-age=")?.parse().ok())
}

/// HTTPS anywhere; plain HTTP, if at all, to this machine.
fn address(text: &str, plain: bool) -> Result<Uri, Undelivered> {
    let uri: Uri = text.parse().map_err(|_| Undelivered::Address)?;
    let host = uri.host().unwrap_or_default();
    let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if here && plain => Ok(uri),
        _ => Err(Undelivered::Address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_an_answer_is_good_stands_in_its_header() {
        for (said, seconds) in [
            ("", None),
            ("public, max-age=300", Some(300)),
            ("Max-Age=0", Some(0)),
            ("max-age=600, no-cache", Some(0)),
            ("max-age=soon", None),
        ] {
            assert_eq!(max_age(said), seconds, "{said}");
        }
    }

    #[test]
    fn messages_go_out_encrypted_or_stay_on_this_machine() {
        for good in
            ["https://rp.example/logout", "http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:1/"]
        {
            assert!(address(good, true).is_ok(), "{good}");
            assert_eq!(address(good, false).is_ok(), good.starts_with("https:"), "{good}");
        }
        for bad in
            ["http://rp.example/", "ftp://rp.example/", "/logout", "http://127.0.0.1.evil.example/", ""]
        {
            assert_eq!(address(bad, true), Err(Undelivered::Address), "{bad}");
        }
    }
}
