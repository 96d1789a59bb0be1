//! The border: every request enters and every answer leaves through one function.
//!
//! It gives the request its id, language and context; catches panics and overruns; writes problems for people or
//! programs; sets the security headers; counts and logs. Logged are the route's template, never the path or the query.

use std::{
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base::{Kind, Lang};
use futures::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tracing::Instrument;

use crate::{
    context::{Context, Marks},
    cookies::{self, SessionToken, SetCookie},
    csrf::CsrfSeed,
    i18n,
    kit::Kit,
    layout::Layout,
    problem::Problem,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REQUEST_ID_CHARS_MAX: usize = 64;
/// The route label of what matched no route.
const NO_ROUTE: &str = "-";

/// Scripts, styles, fonts and requests only from ourselves; nothing inline; no frames around us.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];
const HSTS: &str = "max-age=63072000; includeSubDomains";

pub(crate) async fn border(State(kit): State<Kit>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let headers = request.headers();
    let (asked, here) = split_lang(request.uri());
    let lang = asked
        .or_else(|| cookies::read(headers, &kit, cookies::LANG).and_then(|code| i18n::parse_lang(&code)))
        .unwrap_or_else(|| i18n::accepted(text(headers, &header::ACCEPT_LANGUAGE)));
    let cx = Context {
        say: kit.say(lang),
        request_id: request_id(headers, &kit),
        here: here.into(),
        client: client(&request, &kit),
        session: cookies::read(headers, &kit, cookies::SESSION).and_then(|v| SessionToken::parse(&v)),
        flash: cookies::read_flash(headers, &kit),
        marks: Arc::new(Marks::default()),
        seed: CsrfSeed::read_or_new(headers, &kit),
        kit: kit.clone(),
    };
    let reader = Reader::of(headers);
    let method = request.method().clone();
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| NO_ROUTE.into(), |m| m.as_str().to_owned());
    let span = tracing::info_span!("request", id = %cx.request_id, %method, %route);
    request.extensions_mut().insert(cx.clone());

    let work = async {
        let answered = AssertUnwindSafe(next.run(request)).catch_unwind();
        let mut response = match tokio::time::timeout(kit.config().request_timeout, answered).await {
            Ok(Ok(response)) => speak(response, &cx, reader),
            Ok(Err(_)) => {
                // Where and why, the panic hook has told; its message may hold data, so it is not repeated here.
                tracing::error!("a handler panicked");
                tell(&Problem::bug(), None, &cx, reader)
            }
            Err(_) => tell(&Problem::new(Kind::Unavailable, "webkit.timeout"), None, &cx, reader),
        };
        seal(&mut response, &cx, asked);
        let (status, took) = (response.status(), started.elapsed());
        kit.metrics().observe(&method, &route, status, took);
        tracing::info!(status = status.as_u16(), took_ms = took.as_millis(), "answered");
        response
    };
    work.instrument(span).await
}

/// The address of who asks, as far as it is known: for handlers behind [`Kit::wrap_protocol`].
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub Option<IpAddr>);

/// The border of endpoints that programs ask by the thousand: no language, no cookies, no pages. What is wrong, the handlers
/// say in the words of their protocol.
pub(crate) async fn slim(State(kit): State<Kit>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let address = ClientAddress(client(&request, &kit));
    request.extensions_mut().insert(address);
    let id = request_id(request.headers(), &kit);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let span = tracing::debug_span!("request", %id, %method, route);

    let work = async {
        let answered = AssertUnwindSafe(next.run(request)).catch_unwind();
        let mut response = match tokio::time::timeout(kit.config().request_timeout, answered).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => {
                tracing::error!("a handler panicked");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        };
        secure(response.headers_mut(), &kit, &id);
        let (status, took) = (response.status(), started.elapsed());
        kit.metrics().observe(&method, route, status, took);
        tracing::debug!(status = status.as_u16(), took_ms = took.as_millis(), "answered");
        response
    };
    work.instrument(span).await
}

/// Who reads the answer.
#[derive(Debug, Clone, Copy)]
enum Reader {
    Browser,
    Htmx,
    Program,
}

impl Reader {
    fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key("hx-request") {
            Self::Htmx
        } else if text(headers, &header::ACCEPT).contains("text/html") {
            Self::Browser
        } else {
            Self::Program
        }
    }
}

/// Turns problems, and refusals of the framework that nobody wrote for a reader, into words.
fn speak(mut response: Response, cx: &Context, reader: Reader) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let mut spoken = tell(&problem, None, cx, reader);
        // What a handler put beside its problem (a cookie taken back, what to come back with) stays.
        for name in [header::SET_COOKIE, header::WWW_AUTHENTICATE] {
            for value in response.headers().get_all(&name) {
                spoken.headers_mut().append(&name, value.clone());
            }
        }
        return spoken;
    }
    let status = response.status();
    let content_type = text(response.headers(), &header::CONTENT_TYPE);
    let bare = content_type.is_empty() || content_type.starts_with("text/plain");
    if bare && (status.is_client_error() || status.is_server_error()) {
        return tell(&Problem::from_status(status), Some(status), cx, reader);
    }
    response
}

fn tell(problem: &Problem, status: Option<StatusCode>, cx: &Context, reader: Reader) -> Response {
    problem.log();
    let status = status.unwrap_or_else(|| problem.status());
    match reader {
        Reader::Program => problem.json(status, &cx.say, &cx.request_id),
        Reader::Htmx => problem.fragment(status, &cx.say),
        Reader::Browser => {
            let mut layout = Layout::new(cx.say.clone(), problem.page_title(&cx.say), cx.kit.assets());
            layout.here = cx.here.to_string();
            problem.page(status, layout, &cx.request_id)
        }
    }
}

fn seal(response: &mut Response, cx: &Context, asked: Option<Lang>) {
    let mut cookies = Vec::new();
    if let Some(lang) = asked {
        cookies.push(SetCookie::lang(&cx.kit, lang));
    }
    if cx.marks.flash_shown.load(Ordering::Relaxed) {
        cookies.push(SetCookie::gone(&cx.kit, cookies::FLASH));
    }
    if cx.marks.token_made.load(Ordering::Relaxed) && !cx.seed.known {
        cookies.push(SetCookie::csrf(&cx.kit, cx.seed.cookie_value(&cx.kit)));
    }
    let headers = response.headers_mut();
    for cookie in cookies.iter().filter_map(SetCookie::header) {
        headers.append(header::SET_COOKIE, cookie);
    }
    secure(headers, &cx.kit, &cx.request_id);
}

/// The headers that every answer has, and the request's id.
fn secure(headers: &mut HeaderMap, kit: &Kit, id: &str) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if kit.config().secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// The language asked for by `?lang=`, and the address without it.
fn split_lang(uri: &http::Uri) -> (Option<Lang>, String) {
    let mut asked = None;
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()) {
        if name == "lang" {
            asked = i18n::parse_lang(&value);
        } else {
            rest.append_pair(&name, &value);
        }
    }
    let rest = rest.finish();
    let here = if rest.is_empty() { uri.path().to_owned() } else { format!("{}?{rest}", uri.path()) };
    (asked, here)
}

/// The proxy's id when it is well formed, else a new one.
fn request_id(headers: &HeaderMap, kit: &Kit) -> Arc<str> {
    let given = text(headers, &REQUEST_ID);
    let sound = (8..=REQUEST_ID_CHARS_MAX).contains(&given.len())
        && given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if sound { given.into() } else { hex::encode(base::entropy::bytes::<8>(kit.entropy())).into() }
}

fn client(request: &Request, kit: &Kit) -> Option<IpAddr> {
    match &kit.config().client_header {
        Some(name) => {
            let last = request.headers().get_all(name).iter().next_back()?.to_str().ok()?;
            last.rsplit(',').next()?.trim().parse().ok()
        }
        None => request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip()),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
}
