//! The signed-in officer of a request, and the frame of every page that they see.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Redirect, Response},
};
use contracts::{Actor, AgencyId, Caller, Role, Who};
use dossier::policy::{self, Action as Right};
use http::request::Parts;
use identity::Current;
use webkit::{Layout, Problem, UserBadge, View, ui::Link};

use crate::words::Words;

/// Where officers sign in; `next` is where they wanted to go.
pub const SIGN_IN: &str = "/desk/sign-in";

/// An officer. As an extractor: nobody signed in goes to the sign-in page, a citizen is refused.
#[derive(Debug, Clone)]
pub struct Officer {
    pub actor: Actor,
    pub agency: AgencyId,
    pub role: Role,
    pub name: String,
}

impl Officer {
    pub fn of(actor: Actor) -> Option<Self> {
        match &actor.who {
            Who::Staff { agency, role, name } => {
                let (agency, role, name) = (agency.clone(), *role, name.clone());
                Some(Self { actor, agency, role, name })
            }
            Who::Citizen { .. } | Who::System => None,
        }
    }

    pub fn may(&self, right: Right) -> bool {
        policy::allowed(&self.actor, right).is_ok()
    }

    /// May look people up in the record.
    pub fn may_look_up(&self) -> bool {
        let access = contracts::Access::new(&self.actor, contracts::Purpose::LOOK_UP);
        registry::policy::may(&access, registry::policy::Action::LookUp, None)
    }

    /// The first page of this role.
    pub fn home(&self) -> &'static str {
        if self.may(Right::ReadInOffice) {
            "/desk"
        } else if self.may(Right::Oversee) {
            "/desk/workload"
        } else {
            "/desk/account"
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Officer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        match parts.extensions.get::<Caller>() {
            Some(caller) => Self::of(caller.0.clone()).ok_or_else(|| Problem::forbidden().into_response()),
            // Signed in with a password alone, or with one that somebody else chose: first the account is set up.
            None if parts.extensions.get::<Current>().is_some() => {
                Err(Redirect::to("/desk/account").into_response())
            }
            None => Err(to_sign_in(parts)),
        }
    }
}

/// Afterwards the way leads back to what was read. What was posted is not sent again by itself: a decision leads back to
/// its form, anything else to the first page.
pub fn to_sign_in(parts: &Parts) -> Response {
    let readable = parts.method.is_safe() || parts.uri.path().starts_with("/desk/dossiers/");
    let here = parts.uri.path_and_query().filter(|_| readable).map_or("/desk", |p| p.as_str());
    let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
    Redirect::to(&format!("{SIGN_IN}?next={next}")).into_response()
}

/// The parts of the desk, as its navigation shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Inbox,
    People,
    Workload,
    Account,
}

/// The frame of a page for this officer.
pub fn frame(words: &Words<'_>, view: &View, officer: &Officer, part: Part, title: &str) -> Layout {
    let link = |href: &str, key: &str, own: Part| Link::new(href, view.t(key)).current(part == own);
    let mut nav = Vec::new();
    if officer.may(Right::ReadInOffice) {
        nav.push(link("/desk", "desk-nav-inbox", Part::Inbox));
    }
    if officer.may_look_up() {
        nav.push(link("/desk/people", "desk-nav-people", Part::People));
    }
    if officer.may(Right::Oversee) {
        nav.push(link("/desk/workload", "desk-nav-workload", Part::Workload));
    }
    nav.push(link("/desk/account", "desk-nav-account", Part::Account));
    let user = UserBadge {
        name: officer.name.clone(),
        role: format!("{} · {}", words.role(officer.role), words.agency(&officer.agency)),
        href: "/desk/account".into(),
        sign_out: "/desk/sign-out".into(),
        csrf: view.csrf(),
    };
    view.layout(title).site(view.t("desk-site"), officer.home()).nav(nav).user(Some(user)).wide()
}
