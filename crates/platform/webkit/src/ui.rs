//! The components: plain functions from small values to [`maud::Markup`], escaped by default.
//!
//! What has words of its own takes `&Say` first (a `&View` will do). Nothing here reads a request or knows a domain.
//! State is never told by colour alone: every tone has its icon, every step its word. No inline styles (the CSP
//! forbids them): sizes that depend on data are SVG attributes.

mod basics;
mod form;
mod lists;
mod qr;
mod timeline;

pub use basics::*;
pub use form::*;
pub use lists::*;
pub use qr::qr;
pub use timeline::*;

use maud::{Markup, PreEscaped, Render, html};
use serde::{Deserialize, Serialize};

include!(concat!(env!("OUT_DIR"), "/icons.rs"));

impl Icon {
    /// At the size of a heading.
    pub fn large(self) -> Markup {
        self.svg("icon large")
    }

    fn svg(self, class: &str) -> Markup {
        html! {
            svg class=(class) viewBox="0 0 24 24" aria-hidden="true" focusable="false" { (PreEscaped(self.shapes())) }
        }
    }
}

/// At the size of the text beside it; always decoration, never the only bearer of a meaning.
impl Render for Icon {
    fn render(&self) -> Markup {
        self.svg("icon")
    }
}

/// What a message or state means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// To know.
    Info,
    /// Done, valid, in time.
    Good,
    /// Waiting, soon due.
    Wait,
    /// Wrong, overdue, refused.
    Danger,
    /// Nothing special.
    Plain,
}

impl Tone {
    pub const ALL: [Self; 5] = [Self::Info, Self::Good, Self::Wait, Self::Danger, Self::Plain];

    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Good => "good",
            Self::Wait => "wait",
            Self::Danger => "danger",
            Self::Plain => "plain",
        }
    }

    pub(crate) fn icon(self) -> Icon {
        match self {
            Self::Info => Icon::Info,
            Self::Good => Icon::CheckCircle,
            Self::Wait => Icon::Clock,
            Self::Danger => Icon::Alert,
            Self::Plain => Icon::CircleDot,
        }
    }
}

/// A link in a navigation, a tab row or a filter row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub href: String,
    pub text: String,
    pub current: bool,
    pub count: Option<u64>,
}

impl Link {
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), text: text.into(), current: false, count: None }
    }

    #[must_use]
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    #[must_use]
    pub fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }
}

/// Our sign: a lotus on a line that runs right through.
pub fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 48 40" aria-hidden="true" focusable="false" {
            path.petal d="M24 3c5 6 6.5 15 0 24-6.5-9-5-18 0-24Z" {}
            path.petal d="M17.5 12.5C13 12 10.5 13 9 15c2 7.5 7.5 11.5 15 12" {}
            path.petal d="M30.5 12.5C35 12 37.5 13 39 15c-2 7.5-7.5 11.5-15 12" {}
            path.petal d="M9.5 21c-2.5.5-4 1.5-5 3 5 4.5 11.5 5.5 19.5 3 8 2.5 14.5 1.5 19.5-3-1-1.5-2.5-2.5-5-3" {}
            path.water d="M4 36h40" {}
        }
    }
}
