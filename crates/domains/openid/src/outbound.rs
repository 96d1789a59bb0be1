//! The way out: short messages to addresses that relying parties registered, and their keys from there.
//!
//! Bounded in time and size; redirects are not followed, because the address was looked at when it was approved and
//! another was not; what comes back is read only as far as a limit, and never trusted. No message knocks at doors behind
//! ours: what a host's name is looked up to is judged by its [`Reach`], and what was judged is connected to, without a
//! second look. Plain HTTP goes to this machine alone, and only where the provider itself is nowhere else (development).

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    task::{Context, Poll},
    vec,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderValue, Method, Request, StatusCode, header, response::Parts, uri::Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{HttpConnector, dns::Name},
    },
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use tower::Service;

use crate::{
    limits::{ANSWER_BYTES_MAX, DELIVERY_TIMEOUT},
    reach::Reach,
};

/// Why nothing was delivered, in words for the relying party's people. Carries nothing of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    #[error("the address is not one that is sent to")]
    Address,
    #[error(
        "the address is inside a network of ours, where no message goes unless the settings list its host"
    )]
    Inside,
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
    tls: ClientConfig,
    reach: Reach,
    client: Client<HttpsConnector<HttpConnector<Lookup>>, Full<Bytes>>,
}

impl Outbound {
    /// Trusts the authorities of this machine, and `more` (the state's own). Leads to public addresses.
    pub fn new(more: impl IntoIterator<Item = CertificateDer<'static>>) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(more);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self::over(tls, Reach::default()))
    }

    /// The same, leading there; with connections of its own.
    #[must_use]
    pub fn reaching(self, reach: Reach) -> Self {
        Self::over(self.tls, reach)
    }

    fn over(tls: ClientConfig, reach: Reach) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Lookup(reach.clone()));
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Self { tls, reach, client: Client::builder(TokioExecutor::new()).build(connector) }
    }

    /// Sends a message; an answer of any status is an answer.
    pub async fn post(&self, message: Message<'_>) -> Result<Answered, Undelivered> {
        let uri = address(message.uri, &self.reach)?;
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
            .uri(address(uri, &self.reach)?)
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
            let response = self.client.request(request).await.map_err(|error| unconnected(&error))?;
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

/// HTTPS; plain HTTP, if at all, to this machine. An address in the place of a name is not looked up, so it is judged here.
fn address(text: &str, reach: &Reach) -> Result<Uri, Undelivered> {
    let uri: Uri = text.parse().map_err(|_| Undelivered::Address)?;
    let host = uri.host().unwrap_or_default();
    let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if here && reach.admits_plain_here() => {}
        _ => return Err(Undelivered::Address),
    }
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) if !reach.admits(host, address) => Err(Undelivered::Inside),
        _ => Ok(uri),
    }
}

/// Looks names up, and hands on only those of their addresses that may be connected to.
#[derive(Clone)]
struct Lookup(Reach);

impl Service<Name> for Lookup {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let Self(reach) = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let open: Vec<SocketAddr> = found.filter(|at| reach.admits(name.as_str(), at.ip())).collect();
            if open.is_empty() { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(open.into_iter()) }
        })
    }
}

/// Why there is no connection: none could be made, or to none of the addresses may one be.
fn unconnected(error: &(dyn std::error::Error + 'static)) -> Undelivered {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut causes = causes.filter_map(|error| error.downcast_ref::<io::Error>());
    match causes.any(|error| error.kind() == io::ErrorKind::PermissionDenied) {
        true => Undelivered::Inside,
        false => Undelivered::Connection,
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
        let (open, here) = (Reach::default(), Reach::new(&[], true));
        for good in
            ["https://rp.example/logout", "http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:1/"]
        {
            assert!(address(good, &here).is_ok(), "{good}");
            assert_eq!(address(good, &open).is_ok(), good.starts_with("https:"), "{good}");
        }
        for bad in
            ["http://rp.example/", "ftp://rp.example/", "/logout", "http://127.0.0.1.evil.example/", ""]
        {
            assert_eq!(address(bad, &here), Err(Undelivered::Address), "{bad}");
        }
    }

    #[test]
    fn an_address_in_the_place_of_a_name_is_judged_too() {
        let open = Reach::default();
        assert!(address("https://203.162.0.1/logout", &open).is_ok());
        for inside in [
            "https://127.0.0.1:8443/",
            "https://10.0.0.7/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
        ] {
            assert_eq!(address(inside, &open), Err(Undelivered::Inside), "{inside}");
        }
    }

    #[tokio::test]
    async fn a_name_is_looked_up_to_what_may_be_reached_and_to_nothing_else() {
        let look = async |reach: Reach| Lookup(reach).call("localhost".parse().unwrap()).await;
        assert!(look(Reach::new(&[], true)).await.unwrap().all(|at| at.ip().is_loopback()));
        for reach in [Reach::default(), Reach::new(&["rp.example".to_owned()], false)] {
            assert_eq!(look(reach).await.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        }
        // Other ways of writing an address, which whoever looks names up takes for one.
        for written in ["2130706433", "0x7f.1", "0177.0.0.1"] {
            let found = Lookup(Reach::default()).call(written.parse().unwrap()).await;
            assert!(found.is_err(), "{written}");
        }
    }
}
