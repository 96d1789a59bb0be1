//! The kit: everything that all pages and APIs of one server share, and the layers around its routes.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path},
    middleware,
    routing::get,
};
use base::{Clock, Entropy, Lang, limits::BODY_BYTES_MAX};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use sha2::Sha256;
use tower_http::compression::{
    CompressionLayer,
    predicate::{NotForContentType, Predicate, SizeAbove},
};

use crate::{
    assets::{ASSETS_PATH, Assets, Extra},
    border, csrf,
    i18n::{Say, Texts},
    ops::Metrics,
};

/// A handler that takes longer than this is cut off with 503.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Smaller answers travel as they are.
const COMPRESS_BYTES_MIN: u64 = 860;

/// What differs between one server and the next.
#[derive(Clone)]
pub struct Config {
    /// Browsers reach us over HTTPS: cookies get the `__Host-` prefix and `Secure`, and HSTS is sent.
    pub secure: bool,
    /// Signs form tokens and flash messages. The same on every process of one site; changing it only costs open forms.
    pub key: [u8; 32],
    /// The header in which our own proxy names the client, such as `x-forwarded-for` (the last entry counts).
    /// `None`: the socket's peer is the client, and such headers are ignored.
    pub client_header: Option<HeaderName>,
    pub request_timeout: Duration,
    /// Files that a site adds to our own assets.
    pub extras: Vec<Extra>,
}

impl Config {
    pub fn new(key: [u8; 32], secure: bool) -> Self {
        Self { secure, key, client_header: None, request_timeout: REQUEST_TIMEOUT, extras: Vec::new() }
    }
}

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct Kit(Arc<Inner>);

struct Inner {
    texts: Arc<Texts>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    config: Config,
    assets: Arc<Assets>,
    metrics: Metrics,
}

impl std::fmt::Debug for Kit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kit")
    }
}

impl Kit {
    pub fn new(texts: Texts, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, config: Config) -> Self {
        let assets = Arc::new(Assets::gather(&config.extras));
        Self(Arc::new(Inner {
            texts: Arc::new(texts),
            clock,
            entropy,
            config,
            assets,
            metrics: Metrics::default(),
        }))
    }

    /// Puts routes behind the border: request id, language, headers, limits, form protection, problems, metrics.
    /// Call it once, around everything that one listener serves.
    pub fn wrap(&self, routes: Router) -> Router {
        let kit = self.clone();
        let assets = move |path: Path<String>, headers: HeaderMap| {
            let answer = kit.0.assets.serve(path, &headers);
            async move { answer }
        };
        let worth_it = SizeAbove::new(COMPRESS_BYTES_MIN)
            .and(NotForContentType::IMAGES)
            .and(NotForContentType::SSE)
            .and(NotForContentType::const_new("font/"))
            .and(NotForContentType::const_new("application/pdf"));
        routes
            .route(&format!("{ASSETS_PATH}{{file}}"), get(assets))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .layer(middleware::from_fn_with_state(self.clone(), csrf::guard))
            .layer(middleware::from_fn_with_state(self.clone(), border::border))
            .layer(CompressionLayer::new().compress_when(worth_it))
    }

    /// Puts the endpoints of a protocol between programs behind a slim border: request id, headers, limits, metrics. No
    /// session, cookies, form protection or pages; merge the result with what [`Kit::wrap`] gives.
    pub fn wrap_protocol(&self, routes: Router) -> Router {
        routes.layer(middleware::from_fn_with_state(self.clone(), border::slim))
    }

    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub fn entropy(&self) -> &dyn Entropy {
        &*self.0.entropy
    }

    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub fn say(&self, lang: Lang) -> Say {
        Say::new(self.0.texts.clone(), lang)
    }

    pub fn assets(&self) -> Arc<Assets> {
        self.0.assets.clone()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    /// The MAC of `parts` for one purpose. Parts are length-prefixed, so that no two lists give the same input.
    pub(crate) fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        // A key shorter than the hash's block is filled up with zeros: RFC 2104 section 2.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0.config.key);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        for part in [&[purpose.as_bytes()], parts].concat() {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}
