//! Decisions: what an authorization needs next, and who may do what with a relying party. Pure.

use contracts::{Actor, AgencyId, IdentityLevel, Login, Role, Who, ports::AccountHolder};
use jiff::{SignedDuration, Timestamp};

use crate::{
    authorization::SignIn,
    claims::{Claim, Scope},
    error::Reason,
    request::{Request, Wish},
};

/// What is known when an authorization is judged.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    pub request: &'a Request,
    pub sandbox: bool,
    /// When the request came.
    pub begun_at: Timestamp,
    pub login: Option<&'a Login>,
    pub holder: Option<&'a AccountHolder>,
    /// The subject under which the client knows who is signed in.
    pub subject: Option<&'a str>,
    /// What was allowed before and is still in force.
    pub remembered: Option<&'a Remembered>,
    /// The number that the person has, where one is asked for.
    pub number: Option<Claim>,
    /// The client wants to know for whom the person acts, and there is a choice: that is asked each time.
    pub chooses: bool,
}

/// A consent in force.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remembered {
    pub claims: Vec<Claim>,
    pub offline: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Fail(Reason),
    SignIn(SignIn),
    /// The person must be asked.
    Ask,
    /// Everything was allowed before.
    Go,
}

/// What comes next. The order matters: who it is, how surely, and only then what may be told.
pub fn decide(s: Situation<'_>) -> Decision {
    let request = s.request;
    let silent = request.prompt.none;
    let strength = request.strength;
    let Some(login) = s.login else {
        return if silent {
            Decision::Fail(Reason::SignInRequired)
        } else {
            Decision::SignIn(SignIn { fresh: false, strength })
        };
    };
    if !is_fit(s) {
        return Decision::Fail(Reason::HolderUnfit);
    }
    if !is_fresh(request, login.at, s.begun_at) {
        return if silent {
            Decision::Fail(Reason::SignInRequired)
        } else {
            Decision::SignIn(SignIn { fresh: true, strength })
        };
    }
    if request.subject.is_some() && request.subject.as_deref() != s.subject {
        return Decision::Fail(Reason::OtherSubject);
    }
    if strength.is_some_and(|needed| login.actor.strength < needed) {
        return if silent {
            Decision::Fail(Reason::StrengthUnmet)
        } else {
            Decision::SignIn(SignIn { fresh: false, strength })
        };
    }
    let level = level_of(s);
    if request.level.is_some_and(|needed| level < needed) {
        return Decision::Fail(Reason::LevelUnmet);
    }
    match (may_go(s, level), silent) {
        // Who is a foreigner and who is not is nothing that a silent question finds out.
        (_, false) if lacks_number(request, s.number) => Decision::Fail(Reason::NumberUnmet),
        (_, true) if lacks_number(request, s.number) => Decision::Fail(Reason::ConsentMissing),
        (true, _) => Decision::Go,
        (false, true) => Decision::Fail(Reason::ConsentMissing),
        (false, false) => Decision::Ask,
    }
}

/// Real people sign in to real clients; in a sandbox anybody may try.
fn is_fit(s: Situation<'_>) -> bool {
    s.holder.is_some_and(|h| h.active && (s.sandbox || h.person.is_some()))
}

/// Signed in recently enough; for `prompt=login`, after the request came. Times of the login are those of its proof.
fn is_fresh(request: &Request, signed_in: Timestamp, begun_at: Timestamp) -> bool {
    let since = match (request.prompt.login, request.max_age_s) {
        (true, _) | (_, Some(0)) => begun_at,
        (_, Some(seconds)) => {
            begun_at.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
        }
        (_, None) => return true,
    };
    signed_in >= since
}

/// In a sandbox the persona has its own level, so the account's counts for nothing.
fn level_of(s: Situation<'_>) -> IdentityLevel {
    match s.holder.and_then(|h| h.level) {
        _ if s.sandbox => IdentityLevel::Two,
        Some(level) => level,
        None => IdentityLevel::One,
    }
}

fn may_go(s: Situation<'_>, level: IdentityLevel) -> bool {
    let Some(remembered) = s.remembered.filter(|_| !s.sandbox && !s.request.prompt.consent) else {
        return false;
    };
    let wishes = available(s.request, level, s.number);
    // Whoever acts for nobody is not asked for whom.
    let mut wishes = wishes.iter().filter(|w| w.claim != Claim::Organisation);
    let claims = wishes.all(|w| remembered.claims.contains(&w.claim));
    // Each place is a question of its own: asked one by one in silence, they would say where somebody lives.
    claims
        && s.request.places.is_empty()
        && !s.chooses
        && (remembered.offline || !s.request.has(Scope::OfflineAccess))
}

/// The claims asked for that an account of this level can have at all, and its holder: citizens have one number, foreigners
/// another. `number` is the one that this holder has, where it is known.
pub fn available(request: &Request, level: IdentityLevel, number: Option<Claim>) -> Vec<Wish> {
    let all = request.asked().into_iter();
    all.filter(|w| level >= w.claim.level_min() && !is_of_others(w.claim, number)).collect()
}

/// Whether the client cannot go on without a number that this holder does not have.
fn lacks_number(request: &Request, number: Option<Claim>) -> bool {
    request.asked().iter().any(|w| w.essential && is_of_others(w.claim, number))
}

fn is_of_others(claim: Claim, number: Option<Claim>) -> bool {
    claim.is_number() && number.is_some_and(|own| own != claim)
}

/// What somebody does with a relying party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Look at it, its history, its mistakes and its use.
    See,
    /// Propose it, change it, its keys and secrets; close it.
    Manage,
    /// Approve, refuse, suspend and resume.
    Judge,
}

/// Administrators and heads manage the relying parties of their agency; the operator sees and judges all.
pub fn may(actor: &Actor, deed: Deed, owner: &AgencyId, operator: &AgencyId) -> bool {
    let Who::Staff { agency, role, .. } = &actor.who else { return false };
    let manages = matches!(role, Role::Administrator | Role::Head);
    let judges = matches!(role, Role::Administrator | Role::Head | Role::Decider);
    match deed {
        Deed::See => {
            (agency == owner && (manages || *role == Role::Auditor))
                || (agency == operator && (judges || *role == Role::Auditor))
        }
        Deed::Manage => agency == owner && manages,
        Deed::Judge => agency == operator && judges,
    }
}
