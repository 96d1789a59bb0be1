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

use crate::{
    corrections, counter, disputes, duplicates, duty, foreigners, organisations, quality, staff, words::Words,
};

/// Where officers sign in; `next` is where they wanted to go.
pub const SIGN_IN: &str = "/desk/sign-in";

/// An officer. As an extractor: nobody signed in goes to the sign-in page, a citizen is refused.
#[derive(Debug, Clone)]
pub struct Officer {
    pub actor: Actor,
    pub agency: AgencyId,
    pub role: Role,
    pub name: String,
    /// Has more than one duty to choose from.
    pub several: bool,
}

impl Officer {
    pub fn of(actor: Actor) -> Option<Self> {
        match &actor.who {
            Who::Staff { agency, role, name } => {
                let (agency, role, name) = (agency.clone(), *role, name.clone());
                Some(Self { actor, agency, role, name, several: false })
            }
            Who::Citizen { .. } | Who::System => None,
        }
    }

    /// The officer of a session.
    pub fn of_session(current: &Current) -> Option<Self> {
        Self::of(current.actor.clone()).map(|officer| Self { several: current.duties > 1, ..officer })
    }

    pub fn may(&self, right: Right) -> bool {
        policy::allowed(&self.actor, right).is_ok()
    }

    /// May look people up in the record.
    pub fn may_look_up(&self) -> bool {
        let access = contracts::Access::new(&self.actor, contracts::Purpose::LOOK_UP);
        registry::policy::may(&access, registry::policy::Action::LookUp, None)
    }

    /// May see the figures of the record's quality.
    pub fn may_see_quality(&self) -> bool {
        let access = contracts::Access::new(&self.actor, contracts::Purpose::CHECK_QUALITY);
        registry::quality::policy::may(&access, registry::quality::policy::Action::Figures)
    }

    /// The first page of this role.
    pub fn home(&self) -> &'static str {
        if self.may(Right::ReadInOffice) {
            "/desk"
        } else if self.may(Right::Oversee) {
            "/desk/workload"
        } else if staff::may_see(self) {
            staff::STAFF
        } else {
            "/desk/account"
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Officer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        match parts.extensions.get::<Caller>() {
            Some(caller) => {
                let several = parts.extensions.get::<Current>().is_some_and(|c| c.duties > 1);
                let officer = Self::of(caller.0.clone()).map(|officer| Self { several, ..officer });
                officer.ok_or_else(|| Problem::forbidden().into_response())
            }
            // Signed in with a password alone, or with one that somebody else chose: first the account is set up.
            None if parts.extensions.get::<Current>().is_some() => {
                Err(Redirect::to("/desk/account").into_response())
            }
            None => Err(to_sign_in(parts)),
        }
    }
}

/// Afterwards the way leads back to what was read. What was posted is not sent again by itself, see `kept`.
pub fn to_sign_in(parts: &Parts) -> Response {
    let here = parts.uri.path_and_query().filter(|_| parts.method.is_safe()).map_or("/desk", |p| p.as_str());
    let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
    Redirect::to(&format!("{SIGN_IN}?next={next}")).into_response()
}

/// The parts of the desk, as its navigation shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Inbox,
    People,
    Duplicates,
    Disputes,
    Corrections,
    Accounts,
    Foreigners,
    Organisations,
    Workload,
    Quality,
    Staff,
    Duty,
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
    if counter::may_see(officer) {
        nav.push(link(counter::COUNTER, "desk-nav-accounts", Part::Accounts));
    }
    let today = base::vietnam_date(view.now());
    if foreigners::may_see(officer) && words.decides(&officer.agency, identity::foreigner::PROCEDURE, today) {
        nav.push(link(foreigners::FOREIGNERS, "desk-nav-foreigners", Part::Foreigners));
    }
    if organisations::may_see(officer)
        && words.decides(&officer.agency, identity::organisation::PROCEDURE, today)
    {
        nav.push(link(organisations::ORGANISATIONS, "desk-nav-organisations", Part::Organisations));
    }
    if corrections::may_do(officer, registry::corrections::policy::Action::List) {
        nav.push(link(corrections::CORRECTIONS, "desk-nav-corrections", Part::Corrections));
    }
    if duplicates::may_do(officer, registry::duplicates::policy::Action::Read) {
        nav.push(link(duplicates::DUPLICATES, "desk-nav-duplicates", Part::Duplicates));
    }
    if disputes::may_do(officer) {
        nav.push(link(disputes::DISPUTES, "desk-nav-disputes", Part::Disputes));
    }
    if officer.may(Right::Oversee) {
        nav.push(link("/desk/workload", "desk-nav-workload", Part::Workload));
    }
    if officer.may_see_quality() {
        nav.push(link(quality::QUALITY, "desk-nav-quality", Part::Quality));
    }
    if staff::may_see(officer) {
        nav.push(link(staff::STAFF, "desk-nav-staff", Part::Staff));
    }
    if matches!(officer.role, Role::Administrator | Role::Head) {
        nav.push(Link::new("/console", view.t("desk-nav-console")));
    }
    if officer.several {
        nav.push(link(duty::DUTY, "desk-nav-duty", Part::Duty));
    }
    nav.push(link("/desk/account", "desk-nav-account", Part::Account));
    let user = UserBadge {
        name: officer.name.clone(),
        role: format!("{} · {}", words.role(officer.role), words.agency(&officer.agency)),
        href: if officer.several { duty::DUTY } else { "/desk/account" }.into(),
        sign_out: "/desk/sign-out".into(),
        csrf: view.csrf(),
    };
    view.layout(title).site(view.t("desk-site"), officer.home()).nav(nav).user(Some(user)).wide()
}
