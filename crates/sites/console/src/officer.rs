//! The signed-in officer of a request, what they may do here, and the frame of every page.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Redirect, Response},
};
use contracts::{Actor, AgencyId, Caller, Role, Who};
use http::request::Parts;
use maud::{Markup, html};
use openid::{
    model::Client,
    policy::{Deed, may},
};
use webkit::{Layout, Problem, UserBadge, View, ui::Link};

use crate::{Console, STYLES, words::Words};

/// Where officers sign in; `next` is where they wanted to go.
const SIGN_IN: &str = "/desk/sign-in";

/// An officer. As an extractor: nobody signed in goes to the sign-in page, a citizen is refused.
#[derive(Debug, Clone)]
pub struct Officer {
    pub actor: Actor,
    pub agency: AgencyId,
    pub role: Role,
    pub name: String,
    /// The agency that approves relying parties.
    authority: AgencyId,
}

impl Officer {
    pub fn of(actor: Actor, authority: &AgencyId) -> Option<Self> {
        match &actor.who {
            Who::Staff { agency, role, name } => {
                let (agency, role, name) = (agency.clone(), *role, name.clone());
                Some(Self { actor, agency, role, name, authority: authority.clone() })
            }
            Who::Citizen { .. } | Who::System => None,
        }
    }

    /// May write about this relying party for its agency.
    pub fn owns(&self, client: &Client) -> bool {
        self.manages(&client.owner)
    }

    /// May write about relying parties of this agency.
    pub fn manages(&self, owner: &AgencyId) -> bool {
        may(&self.actor, Deed::Manage, owner, &self.authority)
    }

    /// May approve what others propose.
    pub fn may_approve(&self) -> bool {
        may(&self.actor, Deed::Judge, &self.authority, &self.authority)
    }

    /// Sees the relying parties of all agencies.
    pub fn sees_all(&self) -> bool {
        self.agency == self.authority
    }
}

impl FromRequestParts<Arc<Console>> for Officer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, Response> {
        match parts.extensions.get::<Caller>() {
            Some(caller) => Self::of(caller.0.clone(), console.authority())
                .ok_or_else(|| Problem::forbidden().into_response()),
            None => {
                let read = parts.uri.path_and_query().filter(|_| parts.method.is_safe());
                let here = read.map_or(crate::CONSOLE, |p| p.as_str());
                let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
                Err(Redirect::to(&format!("{SIGN_IN}?next={next}")).into_response())
            }
        }
    }
}

/// The parts of the console, as its navigation shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Clients,
    Approvals,
    Tokens,
    Sandbox,
}

/// The frame of a page for this officer.
pub fn frame(words: &Words<'_>, view: &View, officer: &Officer, part: Part, title: &str) -> Layout {
    let link = |href: &str, key: &str, own: Part| Link::new(href, view.t(key)).current(part == own);
    let mut nav = vec![link(crate::CONSOLE, "console-nav-clients", Part::Clients)];
    if officer.may_approve() {
        nav.push(link(crate::APPROVALS, "console-nav-approvals", Part::Approvals));
    }
    nav.push(link(crate::TOKENS, "console-nav-tokens", Part::Tokens));
    nav.push(link(crate::SANDBOX, "console-nav-sandbox", Part::Sandbox));
    nav.push(Link::new("/desk/account", view.t("console-nav-desk")));
    let user = UserBadge {
        name: officer.name.clone(),
        role: format!("{} · {}", words.role(officer.role), words.agency(&officer.agency)),
        href: "/desk/account".into(),
        sign_out: "/desk/sign-out".into(),
        csrf: view.csrf(),
    };
    view.layout(title).site(view.t("console-site"), crate::CONSOLE).nav(nav).user(Some(user)).wide()
}

/// At the beginning of a page's body.
pub fn styles(view: &View) -> Markup {
    html! { link rel="stylesheet" href=(view.kit().assets().url(STYLES)); }
}
