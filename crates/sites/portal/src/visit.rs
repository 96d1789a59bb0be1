//! Who asks, and with what: the request as this site sees it, the signed-in citizen, the frame around every page.

use std::{ops::Deref, sync::Arc};

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Redirect, Response},
};
use base::vietnam_date;
use contracts::{Actor, Caller, IdentityLevel, PersonId, Who};
use http::request::Parts;
use jiff::civil::Date;
use store::Tx;
use webkit::{Layout, Problem, UserBadge, View, ui::Link};

use crate::Portal;

/// One request. Derefs to [`View`], and so to the reader's texts.
pub struct Visit {
    pub portal: Arc<Portal>,
    pub view: View,
    /// Whoever is signed in as a citizen.
    pub citizen: Option<Actor>,
}

impl Deref for Visit {
    type Target = View;
    fn deref(&self) -> &View {
        &self.view
    }
}

impl FromRequestParts<Arc<Portal>> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Problem> {
        let view = View::from_request_parts(parts, portal).await?;
        let caller = parts.extensions.get::<Caller>().map(|caller| caller.0.clone());
        Ok(Self { portal: portal.clone(), view, citizen: caller.filter(|actor| actor.person().is_some()) })
    }
}

/// Where a page stands in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Home,
    Services,
    Dossiers,
    Record,
    Notices,
    Verify,
    SignIn,
    Elsewhere,
}

const PUBLIC: [(Place, &str, &str); 4] = [
    (Place::Home, "/", "nav-home"),
    (Place::Services, "/services", "nav-services"),
    (Place::Verify, "/verify", "nav-verify"),
    (Place::SignIn, "/sign-in", "nav-sign-in"),
];
const OWN: [(Place, &str, &str); 6] = [
    (Place::Home, "/", "nav-home"),
    (Place::Services, "/services", "nav-services"),
    (Place::Dossiers, "/dossiers", "nav-dossiers"),
    (Place::Record, "/record", "nav-record"),
    (Place::Notices, "/notices", "nav-notices"),
    (Place::Verify, "/verify", "nav-verify"),
];
const FOOTER: [(&str, &str); 5] = [
    ("/contact", "foot-contact"),
    ("/privacy", "foot-privacy"),
    ("/accessibility", "foot-accessibility"),
    ("/verify", "nav-verify"),
    ("/log/checkpoint", "foot-log"),
];

impl Visit {
    /// The empty page of this site.
    pub fn frame(&self, place: Place, title: &str) -> Layout {
        let link =
            |(at, href, key): &(Place, &str, &str)| Link::new(*href, self.t(key)).current(*at == place);
        let (nav, user) = match &self.citizen {
            None => (PUBLIC.iter().map(link).collect(), None),
            Some(actor) => (OWN.iter().map(link).collect(), Some(self.badge(actor))),
        };
        self.layout(title)
            .site(self.t("site-audience"), "/")
            .nav(nav)
            .user(user)
            .footer(FOOTER.iter().map(|(href, key)| Link::new(*href, self.t(key))).collect())
    }

    fn badge(&self, actor: &Actor) -> UserBadge {
        UserBadge {
            name: self.t("nav-account"),
            role: self.t(level_key(actor)),
            href: "/account".into(),
            sign_out: "/sign-out".into(),
            csrf: self.csrf(),
        }
    }

    pub fn today(&self) -> Date {
        vietnam_date(self.now())
    }

    pub async fn begin(&self) -> Result<Tx, Problem> {
        Ok(self.portal.store.begin().await?)
    }

    /// For a page that is put together from several reads.
    pub async fn begin_snapshot(&self) -> Result<Tx, Problem> {
        Ok(self.portal.store.begin_snapshot().await?)
    }
}

/// The text that names the account's level of identity.
pub fn level_key(actor: &Actor) -> &'static str {
    match actor.who {
        Who::Citizen { level: IdentityLevel::Two, .. } => "level-2",
        _ => "level-1",
    }
}

/// A signed-in citizen. Anybody else is sent to sign in, and comes back here.
pub struct Citizen {
    visit: Visit,
    pub actor: Actor,
    pub person: PersonId,
}

impl Deref for Citizen {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl FromRequestParts<Arc<Portal>> for Citizen {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, portal).await.map_err(IntoResponse::into_response)?;
        let signed_in = visit.citizen.clone().and_then(|actor| actor.person().map(|person| (actor, person)));
        match signed_in {
            Some((actor, person)) => Ok(Self { visit, actor, person }),
            // An officer has another door; sending them to sign in again would go round in circles.
            None if parts.extensions.get::<Caller>().is_some() => {
                Err(Problem::new(base::Kind::Forbidden, "portal.for_citizens").into_response())
            }
            None => Err(Redirect::to(&sign_in_href(visit.here())).into_response()),
        }
    }
}

/// The sign-in page that leads back to `next`.
pub fn sign_in_href(next: &str) -> String {
    with_query("/sign-in", &[("next", next)])
}

/// The same, for a page that wants two factors: whoever is signed in shows only what is missing.
pub fn sign_in_strong(next: &str) -> String {
    with_query("/sign-in", &[("next", next), ("strength", "2")])
}

/// An address with the parts of its query that say something.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
