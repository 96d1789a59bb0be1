//! A browser at the door: what it brings along, and the cookies that it keeps afterwards.

use axum::http::{HeaderMap, header};
use webkit::{SetCookie, View};

use crate::{Client, Marks, known::MARK_LIFE, ops};

impl Client {
    /// A program, which keeps nothing of earlier sign-ins.
    pub fn program(view: &View, headers: &HeaderMap) -> Self {
        let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("");
        Self { ip: view.client(), agent: agent.to_owned(), marks: Marks::default() }
    }

    /// A browser that signs in, or proves otherwise to be its holder's. Nowhere else is looked at what it keeps.
    pub fn browser(view: &View, headers: &HeaderMap) -> Self {
        Self { marks: Marks::sent(view, headers), ..Self::program(view, headers) }
    }
}

impl Marks {
    pub fn sent(view: &View, headers: &HeaderMap) -> Self {
        view.known(headers).map(|text| Self::parse(&text)).unwrap_or_default()
    }

    pub fn cookie(&self, view: &View) -> SetCookie {
        view.known_start(self.text(), MARK_LIFE.unsigned_abs())
    }
}

impl ops::SignedIn {
    /// Of the session, and of the browser that is known from now on.
    pub fn cookies(&self, view: &View) -> (SetCookie, SetCookie) {
        let lasts = self.current.lifetime(view.now());
        (view.session_start(&self.token.cookie(), lasts), self.marks.cookie(view))
    }
}
