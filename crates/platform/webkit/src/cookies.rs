//! Cookies: the session's opaque token, the signed flash message, the language, and by what a browser is known at sign-in.
//!
//! Behind HTTPS each name has the `__Host-` prefix, so no other host can set it. Nothing is kept in a cookie that the
//! browser's owner must not read.

use std::time::Duration;

use axum::response::{IntoResponseParts, ResponseParts};
use base::{Entropy, Lang};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{kit::Kit, ui::Tone};

pub(crate) const SESSION: &str = "session";
pub(crate) const FLASH: &str = "flash";
pub(crate) const CSRF: &str = "csrf";
pub(crate) const LANG: &str = "lang";
pub(crate) const KNOWN: &str = "known";

const LANG_AGE: Duration = Duration::from_secs(365 * 86_400);
const FLASH_AGE: Duration = Duration::from_secs(120);
/// Browsers refuse cookies above 4 KB; a message is a sentence or two.
const FLASH_CHARS_MAX: usize = 500;

/// The secret of one session: 256 random bits. The server stores only [`SessionToken::hash`].
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken([u8; 32]);

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

impl SessionToken {
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self(base::entropy::bytes(entropy))
    }

    /// What the database keeps: SHA-256 of the token.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    pub(crate) fn parse(value: &str) -> Option<Self> {
        BASE64.decode(value).ok()?.try_into().ok().map(Self)
    }
}

/// A message that the next page shows once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub tone: Tone,
    pub text: String,
}

/// A cookie to send. Stands in a tuple before a body or a redirect: `(cookie, Redirect::to("/"))`.
#[derive(Debug, Clone)]
pub struct SetCookie(Cookie<'static>);

impl SetCookie {
    pub(crate) fn session(kit: &Kit, token: &SessionToken, max_age: Duration) -> Self {
        Self::build(kit, SESSION, BASE64.encode(token.0), Some(max_age))
    }

    pub(crate) fn session_gone(kit: &Kit) -> Self {
        Self::gone(kit, SESSION)
    }

    pub(crate) fn flash(kit: &Kit, flash: &Flash) -> Self {
        let short = Flash { tone: flash.tone, text: flash.text.chars().take(FLASH_CHARS_MAX).collect() };
        let body = BASE64.encode(serde_json::to_vec(&short).unwrap_or_default());
        let mac = BASE64.encode(kit.mac(FLASH, &[body.as_bytes()]));
        Self::build(kit, FLASH, format!("{body}.{mac}"), Some(FLASH_AGE))
    }

    pub(crate) fn lang(kit: &Kit, lang: Lang) -> Self {
        Self::build(kit, LANG, lang.code().into(), Some(LANG_AGE))
    }

    /// Read where somebody signs in and nowhere else. Browsers send it with every request all the same: the `__Host-` prefix,
    /// which keeps other hosts from setting it, demands `Path=/`.
    pub(crate) fn known(kit: &Kit, value: String, max_age: Duration) -> Self {
        Self::build(kit, KNOWN, value, Some(max_age))
    }

    /// Lives as long as the browser is open.
    pub(crate) fn csrf(kit: &Kit, value: String) -> Self {
        Self::build(kit, CSRF, value, None)
    }

    pub(crate) fn gone(kit: &Kit, name: &str) -> Self {
        Self::build(kit, name, String::new(), Some(Duration::ZERO))
    }

    fn build(kit: &Kit, name: &str, value: String, max_age: Option<Duration>) -> Self {
        let secure = kit.config().secure;
        let mut cookie = Cookie::build((full_name(name, secure), value))
            .path("/")
            .http_only(true)
            .secure(secure)
            .same_site(SameSite::Lax)
            .build();
        cookie
            .set_max_age(max_age.map(|age| {
                cookie::time::Duration::seconds(i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
            }));
        Self(cookie)
    }

    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0.to_string()).ok()
    }
}

impl IntoResponseParts for SetCookie {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        if let Some(value) = self.header() {
            parts.headers_mut().append(header::SET_COOKIE, value);
        }
        Ok(parts)
    }
}

/// The value of one of our cookies in a request.
pub(crate) fn read(headers: &HeaderMap, kit: &Kit, name: &str) -> Option<String> {
    let name = full_name(name, kit.config().secure);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

pub(crate) fn read_flash(headers: &HeaderMap, kit: &Kit) -> Option<Flash> {
    let value = read(headers, kit, FLASH)?;
    let (body, mac) = value.split_once('.')?;
    let given = BASE64.decode(mac).ok()?;
    let signed: bool = kit.mac(FLASH, &[body.as_bytes()]).ct_eq(given.as_slice()).into();
    if !signed {
        return None;
    }
    serde_json::from_slice(&BASE64.decode(body).ok()?).ok()
}

fn full_name(name: &str, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
}
