//! A person at a browser: cookies, the site's forms, and the whole way from a relying party's request to its tokens.
//!
//! What a browser does by itself is done here too: redirects are followed, the sign-in page is fetched, its token is sent.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::Context;
use http::{Method, StatusCode, header};
use http_body_util::Full;
use jose::{b64, hash};
use serde_json::Value;

use super::{
    device::Device,
    party::{At, Desk, Kind, REDIRECT_URI},
    provider::{encoded, member, path_of, posted},
};
use crate::load::{Reply, Shot, Wire};

/// In which the server reads its clients' addresses, as from a proxy before it: limits for one address are not measured.
pub const ADDRESS_HEADER: &str = "x-bench-address";
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36";
/// Redirects on one way.
const STEPS_MAX: usize = 8;

/// Somebody with a passkey.
pub struct Person {
    pub device: Device,
    cookies: BTreeMap<String, String>,
}

impl Person {
    pub fn new(device: Device) -> Self {
        Self { device, cookies: BTreeMap::new() }
    }

    /// Signs in to a relying party and gives the tokens that it got. The browser remembers nothing of an earlier time.
    pub async fn sign_in(&mut self, wire: &mut Wire, desk: &mut Desk, scope: &str) -> anyhow::Result<Value> {
        self.cookies.clear();
        let chance: [u8; 32] = base::entropy::bytes(&base::SystemEntropy);
        let verifier = b64::encode(chance);
        let mut at = begin(wire, desk, scope, &hash::sha256_text(&verifier)).await?;
        for _ in 0..STEPS_MAX {
            if let Some(answer) = at.strip_prefix(REDIRECT_URI) {
                let code = parameter(answer, "code").with_context(|| format!("no code came: {answer}"))?;
                let pairs = [
                    ("grant_type", "authorization_code"),
                    ("code", &code),
                    ("redirect_uri", REDIRECT_URI),
                    ("code_verifier", &verifier),
                ];
                return desk.tokens(wire, &pairs).await;
            }
            let page = self.get(wire, desk, &at).await?;
            at = match page.status {
                StatusCode::OK if at.starts_with("/sign-in") => self.show_key(wire, desk, &page, &at).await?,
                StatusCode::OK => self.say_yes(wire, desk, &page, &at).await?,
                _ => moved(&page)?,
            };
        }
        anyhow::bail!("the way has no end: {at}")
    }

    /// On the sign-in page: asks for a challenge, and lets the device answer.
    async fn show_key(
        &mut self,
        wire: &mut Wire,
        desk: &Desk,
        page: &Reply,
        at: &str,
    ) -> anyhow::Result<String> {
        let token = csrf(page)?;
        let request =
            self.request(desk, Method::POST, "/sign-in/passkey/offer").header("x-csrf-token", &token);
        let offer = wire.ask(request.body(Full::default())?).await?.expect(StatusCode::OK, "offer")?;
        let offer: Value = serde_json::from_slice(&offer.body)?;
        let answer = self.device.get(offer.get("options").context("options")?)?;
        let ceremony = offer.get("ceremony").and_then(Value::as_str).context("a ceremony")?;
        let query = at.split_once('?').map_or("", |(_, query)| query);
        let next = parameter(query, "next").unwrap_or_default();
        let pairs = [("_csrf", token.as_str()), ("next", &next), ("ceremony", ceremony), ("answer", &answer)];
        self.post(wire, desk, "/sign-in/passkey", &pairs).await
    }

    /// On the page of consent.
    async fn say_yes(
        &mut self,
        wire: &mut Wire,
        desk: &Desk,
        page: &Reply,
        at: &str,
    ) -> anyhow::Result<String> {
        let (token, seen) = (csrf(page)?, hidden(page, "seen")?);
        let pairs = [("_csrf", token.as_str()), ("seen", &seen), ("answer", "allow"), ("offline", "1")];
        self.post(wire, desk, at, &pairs).await
    }

    async fn get(&mut self, wire: &mut Wire, desk: &Desk, path: &str) -> anyhow::Result<Reply> {
        let request = self.request(desk, Method::GET, path).body(Full::default())?;
        self.ask(wire, request).await
    }

    async fn post(
        &mut self,
        wire: &mut Wire,
        desk: &Desk,
        path: &str,
        pairs: &[(&str, &str)],
    ) -> anyhow::Result<String> {
        let request = posted(self.request(desk, Method::POST, path), pairs)?;
        moved(&self.ask(wire, request).await?)
    }

    fn request(&self, desk: &Desk, method: Method, path: &str) -> http::request::Builder {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = desk
            .provider
            .request(method, path)
            .header(header::USER_AGENT, AGENT)
            .header(ADDRESS_HEADER, address().to_string());
        if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) }
    }

    async fn ask(&mut self, wire: &mut Wire, request: Shot) -> anyhow::Result<Reply> {
        let reply = wire.ask(request).await?;
        for cookie in reply.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = cookie.split_once('=').context("a cookie")?;
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Ok(reply)
    }
}

/// The relying party's part before the browser moves: where it is sent. What a party with a key asks is pushed.
async fn begin(wire: &mut Wire, desk: &mut Desk, scope: &str, challenge: &str) -> anyhow::Result<String> {
    let id = desk.party.id.clone();
    let pairs = [
        ("response_type", "code"),
        ("client_id", &id),
        ("redirect_uri", REDIRECT_URI),
        ("scope", scope),
        ("state", "bench"),
        ("nonce", "bench"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ];
    let path = desk.provider.authorization.path.clone();
    let query = match &desk.party.kind {
        Kind::Secret(_) => encoded(&pairs),
        Kind::Keyed { .. } => {
            let pushed = desk.post(wire, At::Pushed, &pairs).await?.expect(StatusCode::CREATED, "push")?;
            let uri = member(&pushed.body, "request_uri")?;
            encoded(&[("client_id", &id), ("request_uri", &uri)])
        }
    };
    Ok(format!("{path}?{query}"))
}

/// Where a redirect leads: a path of the provider's, or the relying party's whole address.
fn moved(reply: &Reply) -> anyhow::Result<String> {
    let to = reply.headers.get(header::LOCATION).and_then(|v| v.to_str().ok());
    let body = || String::from_utf8_lossy(reply.body.get(..400).unwrap_or(&reply.body)).into_owned();
    let to = to.with_context(|| format!("no redirect: {} {}", reply.status, body()))?;
    Ok(if to.starts_with(REDIRECT_URI) { to.to_owned() } else { path_of(to).to_owned() })
}

/// The token of a page's form.
fn csrf(page: &Reply) -> anyhow::Result<String> {
    hidden(page, "_csrf")
}

/// A field that a page's form brings along.
fn hidden(page: &Reply, name: &str) -> anyhow::Result<String> {
    let text = std::str::from_utf8(&page.body)?;
    let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\"")).context("the page has no form")?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

/// A parameter of a query, or of an address with one.
fn parameter(query: &str, name: &str) -> Option<String> {
    let query = query.rsplit('?').next().unwrap_or(query);
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Another address for each request.
pub fn address() -> Ipv4Addr {
    static LAST: AtomicU32 = AtomicU32::new(0);
    Ipv4Addr::from(0x0a00_0000 | (LAST.fetch_add(1, Ordering::Relaxed) & 0x00ff_ffff))
}
