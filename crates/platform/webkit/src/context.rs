//! What every handler may know of the request it answers: language, request id, session, form token, flash.
//!
//! [`crate::border`] makes one [`Context`] for each request; [`View`] hands it to pages and [`Say`] to JSON handlers.

use std::{
    convert::Infallible,
    net::IpAddr,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::extract::FromRequestParts;
use base::Lang;
use http::{HeaderMap, request::Parts};
use jiff::Timestamp;

use crate::{
    cookies::{self, Flash, SessionToken, SetCookie},
    csrf::{CsrfSeed, CsrfToken},
    i18n::Say,
    kit::Kit,
    layout::Layout,
    problem::Problem,
    ui::Tone,
};

#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub kit: Kit,
    pub say: Say,
    pub request_id: Arc<str>,
    /// Path and query without `lang`, for the language switch. Never logged.
    pub here: Arc<str>,
    pub client: Option<IpAddr>,
    pub session: Option<SessionToken>,
    pub flash: Option<Flash>,
    pub marks: Arc<Marks>,
    pub seed: CsrfSeed,
}

/// What a page used, so that the border knows which cookies to send.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub flash_shown: AtomicBool,
    pub token_made: AtomicBool,
}

/// The request as a page sees it: texts in the reader's language, the layout, the form token, the session.
///
/// Derefs to [`Say`], so `view.t("key")` and `view.day(…)` work, and `&view` stands where a component wants `&Say`.
#[derive(Debug, Clone)]
pub struct View {
    cx: Context,
}

impl Deref for View {
    type Target = Say;
    fn deref(&self) -> &Say {
        &self.cx.say
    }
}

impl View {
    pub fn say(&self) -> &Say {
        &self.cx.say
    }

    pub fn lang(&self) -> Lang {
        self.cx.say.lang
    }

    pub fn now(&self) -> Timestamp {
        self.cx.kit.now()
    }

    pub fn kit(&self) -> &Kit {
        &self.cx.kit
    }

    pub fn request_id(&self) -> &str {
        &self.cx.request_id
    }

    /// Path and query of this request, without the language: where to come back to after signing in.
    pub fn here(&self) -> &str {
        &self.cx.here
    }

    /// The client's address, as far as it is known.
    pub fn client(&self) -> Option<IpAddr> {
        self.cx.client
    }

    /// The session token that the browser sent. Whether such a session exists is for its owner to say.
    pub fn session(&self) -> Option<&SessionToken> {
        self.cx.session.as_ref()
    }

    /// The hidden input for a form that posts.
    pub fn csrf(&self) -> CsrfToken {
        self.cx.marks.token_made.store(true, Ordering::Relaxed);
        self.cx.seed.token(&self.cx.kit)
    }

    /// An empty page with this title, in this language, with the waiting flash message.
    pub fn layout(&self, title: impl Into<String>) -> Layout {
        let mut layout = Layout::new(self.cx.say.clone(), title, self.cx.kit.assets());
        layout.here = self.cx.here.to_string();
        if let Some(flash) = &self.cx.flash {
            self.cx.marks.flash_shown.store(true, Ordering::Relaxed);
            layout.flash = Some(flash.clone());
        }
        layout
    }

    /// A message for the next page, to be returned beside a redirect.
    pub fn flash(&self, tone: Tone, text: impl Into<String>) -> SetCookie {
        SetCookie::flash(&self.cx.kit, &Flash { tone, text: text.into() })
    }

    /// The cookie of a session that begins now.
    pub fn session_start(&self, token: &SessionToken, max_age: Duration) -> SetCookie {
        SetCookie::session(&self.cx.kit, token, max_age)
    }

    /// By what this browser is known at sign-in, as it sent it: to be checked by whoever gave it out.
    pub fn known(&self, headers: &HeaderMap) -> Option<String> {
        cookies::read(headers, &self.cx.kit, cookies::KNOWN)
    }

    /// The cookie by which this browser is known at its next sign-in. It outlives the session, and opens nothing.
    pub fn known_start(&self, value: String, max_age: Duration) -> SetCookie {
        SetCookie::known(&self.cx.kit, value, max_age)
    }

    /// Takes the session cookie back.
    pub fn session_end(&self) -> SetCookie {
        SetCookie::session_gone(&self.cx.kit)
    }
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Problem::bug().because(&"router is not wrapped by Kit::wrap"))
    }
}

impl<S: Sync> FromRequestParts<S> for View {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Context::from_request_parts(parts, state).await.map(|cx| Self { cx })
    }
}

impl<S: Sync> FromRequestParts<S> for Say {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Context::from_request_parts(parts, state).await.map(|cx| cx.say)
    }
}

/// The session cookie as an extractor, for handlers that need no page.
#[derive(Debug, Clone)]
pub struct Session(pub Option<SessionToken>);

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Context>().and_then(|cx| cx.session.clone())))
    }
}
