//! The endpoints. Those of programs ([`protocol`]) have no session, no cookies and no form protection: who calls is proven
//! in each request. Those of browsers ([`pages`]) stand behind `Kit::wrap` and `identity::http::authenticate`.

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequestParts},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base::Entropy;
use jose::b64;
use serde::Serialize;
use webkit::{Problem, Rate, rate_limit};

use crate::{
    OpenId, OpenIdError, Reason, Refusal,
    clients::Served,
    error::OauthError,
    limits::{AUTHORIZATIONS, BODY_BYTES_MAX},
    params::Params,
    watching::Endpoint,
};

pub mod authorize;
mod caller;
pub mod ciba;
pub mod device;
pub mod discovery;
mod door;
pub mod introspect;
pub mod logout;
pub mod matching;
pub mod page;
pub mod par;
pub mod register;
pub mod revoke;
pub mod signals;
pub mod token;
pub mod userinfo;

pub use page::{answer, answer_after_form};

pub const AUTHORIZE: &str = "/authorize";
pub const PAR: &str = "/par";
pub const TOKEN: &str = "/token";
pub const INTROSPECT: &str = "/introspect";
pub const REVOKE: &str = "/revoke";
pub const USERINFO: &str = "/userinfo";
pub const MATCH: &str = "/match";
pub const JWKS: &str = "/jwks.json";
pub const DEVICE: &str = "/device_authorization";
pub const CIBA: &str = "/bc-authorize";
pub const LOGOUT: &str = "/logout";
pub const REGISTER: &str = "/register";

const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
const FORM: &str = "application/x-www-form-urlencoded";

/// The endpoints for programs, to be wrapped by `Kit::wrap_protocol`.
pub fn protocol(cx: OpenId) -> Router {
    Router::new()
        .route(TOKEN, post(token::token))
        .route(PAR, post(par::par))
        .route(INTROSPECT, post(introspect::introspect))
        .route(REVOKE, post(revoke::revoke))
        .route(USERINFO, get(userinfo::get).post(userinfo::post))
        .route(MATCH, post(matching::post))
        .route(AUTHORIZE, post(authorize::post))
        .route(LOGOUT, post(logout::post))
        .route(DEVICE, post(device::post))
        .route(CIBA, post(ciba::post))
        .route(REGISTER, post(register::post))
        .route(&format!("{REGISTER}/{{id}}"), get(register::get).put(register::put).delete(register::delete))
        .route(signals::CONFIGURATION, get(signals::configuration))
        .route(
            signals::STREAMS,
            post(signals::streams_post)
                .get(signals::streams_get)
                .patch(signals::streams_patch)
                .put(signals::streams_put)
                .delete(signals::streams_delete),
        )
        .route(signals::STATUS, get(signals::status_get).post(signals::status_post))
        .route(signals::ADD_SUBJECT, post(signals::subject_add))
        .route(signals::REMOVE_SUBJECT, post(signals::subject_remove))
        .route(signals::VERIFY, post(signals::verify_post))
        .route(signals::POLL, post(signals::poll_post))
        .route(JWKS, get(discovery::jwks))
        .route("/.well-known/openid-configuration", get(discovery::discovery))
        .route("/.well-known/oauth-authorization-server", get(discovery::discovery))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(cx)
}

/// The endpoint for browsers; the pages behind it are `sites/consent`.
pub fn pages(cx: OpenId) -> Router {
    let limited = from_fn_with_state(Rate::new(AUTHORIZATIONS), rate_limit);
    Router::new()
        .route(AUTHORIZE, get(authorize::get).layer(limited))
        .route(LOGOUT, get(logout::get))
        .with_state(cx)
}

/// The browser that an authorization belongs to: a random value in a cookie of its own, which lives as long as the browser
/// is open. As an extractor it refuses a browser that has none.
#[derive(Clone, PartialEq, Eq)]
pub struct Browser {
    value: [u8; BROWSER_BYTES],
}

const BROWSER_BYTES: usize = 32;
const BROWSER: &str = "authorization";
const BROWSER_SECURE: &str = "__Host-authorization";

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Browser(…)")
    }
}

impl Browser {
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self { value: base::entropy::bytes(entropy) }
    }

    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut found = None;
        for (name, value) in pairs {
            match (name, &found) {
                // The name that no other host can set counts first.
                (BROWSER_SECURE, _) => return Some(Self { value: b64::decode_exact(value).ok()? }),
                (BROWSER, None) => found = b64::decode_exact(value).ok().map(|value| Self { value }),
                _ => {}
            }
        }
        found
    }

    pub(crate) fn value(&self) -> &[u8] {
        &self.value
    }

    /// The cookie that keeps it.
    pub(crate) fn cookie(&self, secure: bool) -> Option<HeaderValue> {
        let value = b64::encode(self.value);
        let text = match secure {
            true => format!("{BROWSER_SECURE}={value}; Path=/; HttpOnly; Secure; SameSite=Lax"),
            false => format!("{BROWSER}={value}; Path=/; HttpOnly; SameSite=Lax"),
        };
        HeaderValue::from_str(&text).ok()
    }
}

impl<S: Sync> FromRequestParts<S> for Browser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(&parts.headers).ok_or_else(|| OpenIdError::OtherBrowser.into())
    }
}

/// The parameters of a posted form.
fn form(headers: &HeaderMap, body: &Bytes) -> Result<Params, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if !kind.eq_ignore_ascii_case(FORM) {
        return Err(Reason::BodyNotForm.into());
    }
    Ok(Params::parse(body)?)
}

/// Nothing secret ever stands in an address of ours (RFC 6750 section 2.3).
fn no_query(uri: &axum::http::Uri) -> Result<(), Refusal> {
    match uri.query() {
        None | Some("") => Ok(()),
        Some(_) => Err(Reason::InQuery.into()),
    }
}

/// The answer to a client whose request was refused (RFC 6749 section 5.2). What went wrong is kept for its people.
fn refused(cx: &OpenId, endpoint: Endpoint, client: Option<&Served>, refusal: &Refusal) -> Response {
    let now = cx.store.clock().now();
    if let Some(client) = client {
        cx.watching.failed(client.id, endpoint, refusal, now);
    }
    refusal.log();
    let reason = refusal.reason();
    let body = Described { error: reason.error(), error_description: description(refusal) };
    let mut response = json(status_of(reason), &body);
    let headers = response.headers_mut();
    if reason.error() == OauthError::InvalidClient {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"openid\""));
    }
    if reason.error() == OauthError::TemporarilyUnavailable {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    with_nonce(cx, response)
}

#[derive(Serialize)]
struct Described {
    error: OauthError,
    error_description: String,
}

/// Which rule a signed message broke is told only to a client whose message it is; nothing of the content is.
fn description(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Jose(reason, rule) if reason.error() != OauthError::InvalidClient => {
            format!("{}: {rule}", reason.said())
        }
        other => other.reason().said().to_owned(),
    }
}

fn status_of(reason: Reason) -> StatusCode {
    match (reason, reason.error()) {
        (Reason::TooMany, _) => StatusCode::TOO_MANY_REQUESTS,
        (
            _,
            OauthError::InvalidClient | OauthError::InvalidToken | OauthError::InsufficientUserAuthentication,
        ) => StatusCode::UNAUTHORIZED,
        (_, OauthError::InsufficientScope) => StatusCode::FORBIDDEN,
        (_, OauthError::TemporarilyUnavailable) => StatusCode::SERVICE_UNAVAILABLE,
        (_, OauthError::ServerError) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Every answer to a holder of keys carries the nonce that its next proof must have.
fn with_nonce(cx: &OpenId, mut response: Response) -> Response {
    if let Ok(nonce) = HeaderValue::from_str(&cx.secrets.dpop_nonce(cx.store.clock().now())) {
        response.headers_mut().insert(DPOP_NONCE, nonce);
    }
    response
}

fn json(status: StatusCode, body: &impl Serialize) -> Response {
    bytes(status, serde_json::to_vec(body).unwrap_or_default().into())
}

fn bytes(status: StatusCode, body: Bytes) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
