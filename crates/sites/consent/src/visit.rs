//! Who asks, and with what: the request as this site sees it, the signed-in person, the frame around every page.
//!
//! A page that puts a question has no navigation: one thing is decided there, and nothing leads away from it but the
//! answers themselves.

use std::{ops::Deref, sync::Arc};

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Redirect, Response},
};
use contracts::{Caller, Login};
use http::request::Parts;
use maud::{Markup, html};
use openid::SignIn;
use store::Tx;
use webkit::{Layout, Problem, UserBadge, View, ui::Link};

use crate::{Consent, STYLES};

/// Where people sign in; `next` is where they wanted to go, `strength` and `since` what is still needed.
const SIGN_IN: &str = "/sign-in";

/// One request. Derefs to [`View`], and so to the reader's texts.
pub struct Visit {
    pub site: Arc<Consent>,
    pub view: View,
    /// Whoever is signed in as a citizen.
    pub login: Option<Login>,
    /// Somebody is signed in, but not as a citizen.
    is_officer: bool,
}

impl Deref for Visit {
    type Target = View;
    fn deref(&self) -> &View {
        &self.view
    }
}

impl FromRequestParts<Arc<Consent>> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Consent>) -> Result<Self, Problem> {
        let view = View::from_request_parts(parts, site).await?;
        let login = parts.extensions.get::<Login>().filter(|login| login.actor.person().is_some()).cloned();
        let is_officer = login.is_none() && parts.extensions.get::<Caller>().is_some();
        Ok(Self { site: Arc::clone(site), view, login, is_officer })
    }
}

impl Visit {
    pub async fn begin(&self) -> Result<Tx, Problem> {
        Ok(self.site.store.begin().await?)
    }

    /// To the sign-in page, for as much as is needed, and back to this one.
    pub fn to_sign_in(&self, how: SignIn) -> Response {
        self.to_sign_in_for(how, self.here())
    }

    /// The same, and then to another page.
    pub fn to_sign_in_for(&self, how: SignIn, next: &str) -> Response {
        if self.is_officer {
            return Problem::new(base::Kind::Forbidden, "consent.for_citizens").into_response();
        }
        let strength = how.strength.map(|strength| strength.number().to_string());
        let since = how.fresh.then(|| self.now().as_second().to_string());
        let mut pairs = vec![("next", next)];
        pairs.extend(strength.as_deref().map(|strength| ("strength", strength)));
        pairs.extend(since.as_deref().map(|since| ("since", since)));
        Redirect::to(&with_query(SIGN_IN, &pairs)).into_response()
    }
}

/// The frame of a question.
pub fn frame(view: &View, title: &str) -> Layout {
    view.layout(title).site(view.t("consent-site"), "/")
}

/// A page of the account area.
pub fn account_frame(view: &View, title: &str, here: &str) -> Layout {
    let badge = UserBadge {
        name: view.t("consent-nav-account"),
        role: String::new(),
        href: "/account".into(),
        sign_out: "/sign-out".into(),
        csrf: view.csrf(),
    };
    let nav = vec![
        Link::new("/", view.t("consent-nav-home")),
        Link::new("/account", view.t("consent-nav-account")),
        Link::new(crate::given::GIVEN, view.t("consent-nav-given")).current(here == crate::given::GIVEN),
        Link::new(crate::ciba::CIBA, view.t("consent-nav-waiting")).current(here == crate::ciba::CIBA),
        Link::new("/record/accesses", view.t("consent-nav-accesses")),
    ];
    view.layout(title).site(view.t("consent-site"), "/").nav(nav).user(Some(badge))
}

/// At the beginning of a page's body.
pub fn styles(view: &View) -> Markup {
    html! { link rel="stylesheet" href=(view.kit().assets().url(STYLES)); }
}

/// A signed-in person. Anybody else is sent to sign in, and comes back here.
pub struct Person {
    visit: Visit,
    pub login: Login,
}

impl Deref for Person {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl FromRequestParts<Arc<Consent>> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Consent>) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, site).await.map_err(IntoResponse::into_response)?;
        match visit.login.clone() {
            Some(login) => Ok(Self { visit, login }),
            None => Err(visit.to_sign_in(SignIn::default())),
        }
    }
}

/// An address with its query.
fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    format!("{path}?{}", query.finish())
}
