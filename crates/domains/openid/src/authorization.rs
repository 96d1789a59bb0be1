//! An authorization on its way, as the pages see it: what is to be done next, what a person is asked, what leaves.
//!
//! The pages (`sites/consent`) know nothing of OAuth. They call `interaction_next`, do what it says, and give what
//! leaves to [`crate::http::answer`]. Paths are ours: `/authorize/{interaction}`.

use base::Text;
use contracts::{AgencyId, LoginStrength, OrganisationId, ports::ActingFor};
use jiff::Timestamp;

use crate::{claims::Claim, clients::Served, grant::Way, model::ClientId, shown::Seen};

/// What a page does next with an authorization.
#[derive(Clone)]
pub enum Next {
    /// Send the browser to `/sign-in?next=/authorize/{id}`.
    SignIn(SignIn),
    /// Show the question; answer with `interaction_accept` or `interaction_refuse`.
    Ask(Box<Question>),
    /// It is over: give this to [`crate::http::answer`].
    Leave(Answer),
}

/// Which sign-in is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SignIn {
    /// Even somebody who is signed in must show again who they are (`prompt=login`, `max_age`): `&fresh=1`.
    pub fresh: bool,
    /// The strength that the relying party asks for: `&strength=N`.
    pub strength: Option<LoginStrength>,
}

/// The page of consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The page carries it and its answer brings it back: a yes counts for what was read, by whom it was drawn for.
    pub seen: Seen,
    pub client: ClientId,
    /// Who asks.
    pub name: Text,
    pub owner: AgencyId,
    /// Why, in the client's own words, as the operator approved them.
    pub purpose: Text,
    pub policy_uri: Option<String>,
    /// What would be told now; empty when the client asks only who signs in.
    pub asked: Vec<Asked>,
    /// Places that `resident_of` is asked about, by code.
    pub places: Vec<String>,
    /// The client wants to go on after the session ended (`offline_access`).
    pub offline: bool,
    /// Until when the answer is remembered.
    pub remembered_until: Timestamp,
    /// The people to choose from, when the client is in the sandbox; empty otherwise.
    pub personas: &'static [crate::sandbox::Persona],
    /// For whom the person may act, when the client wants to know; empty otherwise.
    pub organisations: Vec<ActingFor>,
    /// Where the browser goes afterwards (scheme and host): the page's `form-action` must allow it.
    pub goes_to: String,
    /// The question must be answered by then.
    pub until: Timestamp,
}

/// One claim on the page of consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub claim: Claim,
    pub legal_basis: String,
    /// What this one is for; none: what the question is for.
    pub purpose: Option<Text>,
    /// The client cannot go on without; others may be left out by the person.
    pub essential: bool,
    /// Allowed to this client before, and still in force.
    pub remembered: bool,
}

/// What a person chose. Claims that were not asked are ignored; essential ones cannot be left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// Of the page that was answered. A yes without it counts for nothing.
    pub seen: Option<Seen>,
    pub claims: Vec<Claim>,
    /// Ask again next time: nothing is remembered.
    pub only_once: bool,
    /// Allow the client to go on after the session ended.
    pub offline: bool,
    /// Of a sandbox: the person to be, by code.
    pub persona: Option<String>,
    /// For whom the person acts; none: for themselves.
    pub organisation: Option<OrganisationId>,
}

/// What leaves to the relying party through the browser. Not for printing: it holds a code.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// `response_mode=query` or `query.jwt`: the whole address.
    Redirect(String),
    /// `response_mode=form_post` or `form_post.jwt`: fields that the browser posts.
    Post { action: String, fields: Vec<(&'static str, String)> },
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer(…)")
    }
}

impl Answer {
    /// Scheme and host of where it goes.
    pub fn goes_to(&self) -> &str {
        let (Self::Redirect(address) | Self::Post { action: address, .. }) = self;
        origin_of(address)
    }
}

/// Scheme, host and port of an absolute address.
pub fn origin_of(address: &str) -> &str {
    let Some(host_at) = address.find("://").map(|at| at + 3) else { return "" };
    let rest = address.get(host_at..).unwrap_or("");
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    address.get(..host_at + end).unwrap_or(address)
}

/// What a relying party may know of somebody, and on the strength of what: a line of "who may know what of me".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentGiven {
    pub client: ClientId,
    pub name: Text,
    pub owner: AgencyId,
    pub purpose: Text,
    /// It meets made-up people only: nothing of this person is told.
    pub is_sandbox: bool,
    /// All that it may be told now, in whichever way it was allowed.
    pub claims: Vec<ClaimGiven>,
    /// A yes that answers for the person the next time.
    pub remembered: Option<Standing>,
    /// What it holds or can fetch, by the way it was allowed.
    pub held: Vec<Held>,
}

/// A yes that stands for the next time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub given_at: Timestamp,
    pub until: Timestamp,
    /// It may go on after the session ended.
    pub offline: bool,
}

/// Grants that were given in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub way: Way,
    /// Allowed, and not fetched yet.
    pub waits: bool,
    pub count: i64,
    /// The first of them began, and one of them was used last; none while they wait.
    pub since: Option<Timestamp>,
    pub used_at: Option<Timestamp>,
    /// The last of them ends.
    pub until: Timestamp,
    /// It may go on after the session ended.
    pub offline: bool,
}

impl ConsentGiven {
    pub(crate) fn none(client: &Served) -> Self {
        Self {
            client: client.id,
            name: client.settings.name.clone(),
            owner: client.owner.clone(),
            purpose: client.settings.purpose.clone(),
            is_sandbox: client.settings.sandbox,
            claims: Vec::new(),
            remembered: None,
            held: Vec::new(),
        }
    }

    /// The relying party may look while the person is away.
    pub fn is_offline(&self) -> bool {
        self.remembered.is_some_and(|r| r.offline) || self.held.iter().any(|held| held.offline)
    }

    /// Something was allowed just now, and is not fetched yet.
    pub fn waits(&self) -> bool {
        self.held.iter().any(|held| held.waits)
    }

    /// Everything has ended by then.
    pub fn until(&self) -> Option<Timestamp> {
        self.remembered.iter().map(|r| r.until).chain(self.held.iter().map(|held| held.until)).max()
    }

    /// When the person or the relying party last did something about it.
    pub fn stirred_at(&self) -> Option<Timestamp> {
        self.remembered.iter().map(|r| r.given_at).chain(self.held.iter().filter_map(|h| h.used_at)).max()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimGiven {
    pub claim: Claim,
    pub legal_basis: String,
    /// None of releases from before it was written down.
    pub purpose: Option<Text>,
}

/// The receipt of one release of claims: names of claims, never their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub id: uuid::Uuid,
    pub client: ClientId,
    pub name: Text,
    pub at: Timestamp,
    pub claims: Vec<ClaimGiven>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (address, origin) in [
            ("https://rp.example/cb?x=1", "https://rp.example"),
            ("https://rp.example", "https://rp.example"),
            ("http://127.0.0.1:8081/cb", "http://127.0.0.1:8081"),
            ("https://rp.example?code=1", "https://rp.example"),
        ] {
            assert_eq!(origin_of(address), origin);
        }
    }

    #[test]
    fn what_leaves_is_not_printed() {
        let answer = Answer::Redirect("https://rp.example/cb?code=secret".to_owned());
        assert_eq!(format!("{answer:?}"), "Answer(…)");
    }
}
