//! No other site may act in a signed-in person's name.
//!
//! Two independent walls: the browser's own word on where a request comes from (`Sec-Fetch-Site`, else `Origin`), and a
//! token in the form, derived from a seed that only this browser holds in a cookie. Tokens differ on each page, so
//! compression gives nothing away, and they outlive a session, so a form left open overnight can still be sent.
//! Requests without a session cookie that a foreign page cannot make (bearer token, JSON body) pass without a token.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use base::{Kind, limits::BODY_BYTES_MAX};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use http::{HeaderMap, Method, header};
use maud::{Markup, Render, html};
use subtle::ConstantTimeEq;

use crate::{context::Context, cookies, kit::Kit, problem::Problem};

/// The form field of the token. In a multipart form it comes first.
pub const FIELD: &str = "_csrf";
/// The header of the token, for scripts.
pub const HEADER: &str = "x-csrf-token";

/// The first part of a multipart body must show the token within this many bytes.
const MULTIPART_PEEK_BYTES_MAX: usize = 4 * 1024;

/// The secret of this browser, kept in a cookie.
#[derive(Debug, Clone)]
pub(crate) struct CsrfSeed {
    seed: [u8; 16],
    /// The browser has it already.
    pub known: bool,
}

impl CsrfSeed {
    pub fn read_or_new(headers: &HeaderMap, kit: &Kit) -> Self {
        Self::read(headers, kit)
            .unwrap_or_else(|| Self { seed: base::entropy::bytes(kit.entropy()), known: false })
    }

    fn read(headers: &HeaderMap, kit: &Kit) -> Option<Self> {
        let value = cookies::read(headers, kit, cookies::CSRF)?;
        let (seed, mac) = value.split_once('.')?;
        let seed: [u8; 16] = BASE64.decode(seed).ok()?.try_into().ok()?;
        same(&BASE64.decode(mac).ok()?, &kit.mac("csrf seed", &[&seed])).then_some(Self { seed, known: true })
    }

    pub fn cookie_value(&self, kit: &Kit) -> String {
        format!("{}.{}", BASE64.encode(self.seed), BASE64.encode(kit.mac("csrf seed", &[&self.seed])))
    }

    pub fn token(&self, kit: &Kit) -> CsrfToken {
        let nonce: [u8; 16] = base::entropy::bytes(kit.entropy());
        let mac = kit.mac("csrf token", &[&self.seed, &nonce]);
        CsrfToken(format!("{}.{}", BASE64.encode(nonce), BASE64.encode(mac)))
    }

    fn made(&self, kit: &Kit, token: &str) -> bool {
        let Some((nonce, mac)) = token.split_once('.') else { return false };
        let (Ok(nonce), Ok(mac)) = (BASE64.decode(nonce), BASE64.decode(mac)) else { return false };
        self.known && same(&mac, &kit.mac("csrf token", &[&self.seed, &nonce]))
    }
}

/// The token of one page. Written into a form with `(view.csrf())`, as the form's first field.
#[derive(Debug, Clone)]
pub struct CsrfToken(String);

impl CsrfToken {
    /// For tests and scripts.
    pub fn value(&self) -> &str {
        &self.0
    }

    /// Stands in the gallery, where no form is sent.
    pub(crate) fn sample() -> Self {
        Self("sample".into())
    }
}

impl Render for CsrfToken {
    fn render(&self) -> Markup {
        html! { input type="hidden" name=(FIELD) value=(self.0); }
    }
}

/// Lets safe methods pass, and unsafe ones only from our own pages.
pub(crate) async fn guard(State(kit): State<Kit>, request: Request, next: Next) -> Result<Response, Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(next.run(request).await);
    }
    if !of_our_origin(request.headers()) {
        return Err(Problem::new(Kind::Forbidden, "webkit.cross_site"));
    }
    let Some(cx) = request.extensions().get::<Context>().cloned() else { return Err(Problem::bug()) };
    if cx.session.is_none() && beyond_foreign_pages(request.headers()) {
        return Ok(next.run(request).await);
    }
    let (token, request) = token_of(request).await?;
    if token.is_some_and(|token| cx.seed.made(&kit, &token)) {
        Ok(next.run(request).await)
    } else {
        Err(Problem::new(Kind::Forbidden, "webkit.csrf"))
    }
}

/// What the browser itself says. Clients that say nothing are no browsers with cookies, and still need the token.
fn of_our_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("unreadable"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = text("host").unwrap_or("");
            origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
        }
        (None, None) => true,
    }
}

/// A page of another site cannot send these without asking first (CORS), and we never agree.
fn beyond_foreign_pages(headers: &HeaderMap) -> bool {
    let starts = |name: header::HeaderName, with: &str| {
        headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.get(..with.len()))
            .is_some_and(|v| v.eq_ignore_ascii_case(with))
    };
    starts(header::AUTHORIZATION, "bearer ") || starts(header::CONTENT_TYPE, "application/json")
}

/// Finds the token in the header or the form, and gives the request back whole.
async fn token_of(request: Request) -> Result<(Option<String>, Request), Problem> {
    if let Some(token) = request.headers().get(HEADER) {
        let token = token.to_str().ok().map(str::to_owned);
        return Ok((token, request));
    }
    let content_type =
        request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let (form, multipart) = (
        content_type.starts_with("application/x-www-form-urlencoded"),
        content_type.starts_with("multipart/form-data"),
    );
    let (parts, body) = request.into_parts();
    if form {
        let bytes = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| Problem::too_large())?;
        let token =
            form_urlencoded::parse(&bytes).find(|(name, _)| name == FIELD).map(|(_, v)| v.into_owned());
        Ok((token, Request::from_parts(parts, Body::from(bytes))))
    } else if multipart {
        let (token, body) = peek_multipart(body).await?;
        Ok((token, Request::from_parts(parts, body)))
    } else {
        Ok((None, Request::from_parts(parts, body)))
    }
}

/// Reads only the beginning of an upload, and puts it back in front.
async fn peek_multipart(body: Body) -> Result<(Option<String>, Body), Problem> {
    let mut rest = body.into_data_stream();
    let mut seen = BytesMut::new();
    let mut token = None;
    while token.is_none() && seen.len() < MULTIPART_PEEK_BYTES_MAX {
        match rest.next().await {
            Some(chunk) => seen
                .extend_from_slice(&chunk.map_err(|_| Problem::from_status(http::StatusCode::BAD_REQUEST))?),
            None => break,
        }
        token = first_part(&seen);
    }
    let head = stream::once(async move { Ok::<Bytes, axum::Error>(seen.freeze()) });
    Ok((token, Body::from_stream(head.chain(rest))))
}

/// The value of the first part, when it is whole and is the token.
fn first_part(seen: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(seen.get(..MULTIPART_PEEK_BYTES_MAX).unwrap_or(seen)).into_owned();
    let (head, rest) = text.split_once("\r\n\r\n")?;
    let (value, _) = rest.split_once("\r\n")?;
    head.contains(&format!("name=\"{FIELD}\"")).then(|| value.to_owned())
}

fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}
