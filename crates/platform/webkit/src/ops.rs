//! For the operator: is it alive, is it ready, what does it do. Served on a listener that the public cannot reach.

use std::{
    fmt::Write as _, future::Future, pin::Pin, sync::Arc, sync::Mutex, sync::PoisonError, time::Duration,
};

use axum::{Router, routing::get};
use http::{Method, StatusCode, header};
use prometheus_client::{
    encoding::EncodeLabelSet,
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

use crate::kit::Kit;

/// A check that hangs counts as failed after this.
const READY_TIMEOUT: Duration = Duration::from_secs(2);
/// From half a millisecond to 16 s, each twice the one before.
const BUCKETS_SECONDS: [f64; 16] =
    [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.0, 2.0, 4.0, 8.0, 16.0];

type CheckFuture = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// One thing that must work for this process to take requests.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    run: Arc<dyn Fn() -> CheckFuture + Send + Sync>,
}

impl Check {
    /// `Check::new("database", move || { let pool = pool.clone(); async move { … } })`. The error is for the operator.
    pub fn new<F, Fut>(name: &'static str, run: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self { name, run: Arc::new(move || Box::pin(run())) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    route: String,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

type Durations = Family<RouteLabels, Histogram, fn() -> Histogram>;

/// Counts of what was asked, by route template and class of status: labels of bounded number.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Labels, Counter>,
    seconds: Durations,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::<Labels, Counter>::default();
        let seconds = Durations::new_with_constructor(|| Histogram::new(BUCKETS_SECONDS));
        let mut registry = Registry::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_request_seconds", "Time to answer", seconds.clone());
        Self { registry: Mutex::new(registry), requests, seconds }
    }
}

impl Metrics {
    /// Adds measures of another part to what `/metrics` shows.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn observe(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let method = match *method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::PATCH => "PATCH",
            Method::DELETE => "DELETE",
            _ => "other",
        };
        let class = match status.as_u16() / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        let route = route.to_owned();
        self.requests.get_or_create(&Labels { method, route: route.clone(), status: class }).inc();
        self.seconds.get_or_create(&RouteLabels { method, route }).observe(took.as_secs_f64());
    }

    /// The OpenMetrics text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        if encode(&mut out, &self.registry.lock().unwrap_or_else(PoisonError::into_inner)).is_err() {
            tracing::error!("metrics could not be written");
        }
        out
    }
}

impl Kit {
    /// `/healthz`, `/readyz` and `/metrics`, for a listener of their own. Not behind [`Kit::wrap`].
    pub fn ops(&self, checks: Vec<Check>) -> Router {
        let kit = self.clone();
        let metrics = move || {
            let text = kit.metrics().text();
            async move {
                ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
            }
        };
        Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(move || ready(checks.clone())))
            .route("/metrics", get(metrics))
    }
}

async fn ready(checks: Vec<Check>) -> (StatusCode, String) {
    let mut status = StatusCode::OK;
    let mut report = String::new();
    for check in checks {
        let result = tokio::time::timeout(READY_TIMEOUT, (check.run)())
            .await
            .unwrap_or_else(|_| Err("timed out".into()));
        let line = match &result {
            Ok(()) => "ok",
            Err(why) => {
                status = StatusCode::SERVICE_UNAVAILABLE;
                why
            }
        };
        let _ = writeln!(report, "{}: {line}", check.name);
    }
    (status, report)
}
