//! What a login must be like for something to be told, as it is declared with a claim: so strong, or so recent (RFC 9470).
//! Pure. What is told at an interface, the interface refuses to tell until then; what is told at once, in an identity token,
//! the request asks for from the beginning.

use contracts::LoginStrength;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    claims::Claim,
    clients::Served,
    grant::LoginTerms,
    limits::{LOGIN_AGE_S_MAX, LOGIN_AGE_S_MIN},
};

/// None of both demands nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoginDemand {
    /// At least so strong (NĐ 69/2024 Art. 20).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<LoginStrength>,
    /// The person showed who they are at most so many seconds ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_s: Option<u32>,
}

impl LoginDemand {
    /// What a client's registration demands for any of these claims.
    pub fn of(client: &Served, claims: impl IntoIterator<Item = Claim>) -> Self {
        let rights = claims.into_iter().filter_map(|claim| client.right(claim));
        rights.fold(Self::default(), |all, right| all.and(right.login))
    }

    /// Both at once.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            strength: self.strength.max(other.strength),
            max_age_s: self.max_age_s.into_iter().chain(other.max_age_s).min(),
        }
    }

    pub fn is_met(self, login: &LoginTerms, now: Timestamp) -> bool {
        let strong = self.strength.is_none_or(|needed| login.strength >= needed);
        strong && self.until(login).is_none_or(|until| now <= until)
    }

    /// When the login gets too old for it; none: never.
    pub fn until(self, login: &LoginTerms) -> Option<Timestamp> {
        let end = login.at.as_second().checked_add(i64::from(self.max_age_s?))?;
        Some(Timestamp::from_second(end).unwrap_or(Timestamp::MAX))
    }

    /// Whether somebody can meet it: strong enough for nobody, or over before it began, it would refuse for ever.
    pub fn can_be_met(self) -> bool {
        let strong = self.strength.is_none_or(|needed| needed <= LoginStrength::SHOWN_MAX);
        strong && self.max_age_s.is_none_or(|s| (LOGIN_AGE_S_MIN..=LOGIN_AGE_S_MAX).contains(&s))
    }

    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The parameters that the challenge and then the authorization request carry (RFC 9470 sections 3 and 4).
    pub fn parameters(self) -> Vec<(&'static str, String)> {
        let acr = self.strength.map(|needed| ("acr_values", needed.acr()));
        acr.into_iter().chain(self.max_age_s.map(|s| ("max_age", s.to_string()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(strength: LoginStrength) -> LoginTerms {
        LoginTerms { at: Timestamp::UNIX_EPOCH, strength, methods: Vec::new() }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_login_is_strong_enough_and_recent_enough_or_it_is_neither() {
        use LoginStrength::{One, Two};
        let demand = |strength, max_age_s| LoginDemand { strength, max_age_s };
        for (demand, login_strength, now, met) in [
            (demand(None, None), One, 1_000_000, true),
            (demand(Some(One), None), One, 0, true),
            (demand(Some(Two), None), One, 0, false),
            (demand(Some(Two), None), Two, 1_000_000, true),
            (demand(None, Some(60)), One, 60, true),
            (demand(None, Some(60)), Two, 61, false),
            (demand(Some(Two), Some(60)), Two, 60, true),
            (demand(Some(Two), Some(60)), One, 0, false),
        ] {
            assert_eq!(
                demand.is_met(&login(login_strength), at(now)),
                met,
                "{demand:?} {login_strength:?} {now}"
            );
        }
    }

    #[test]
    fn of_two_demands_the_stricter_half_of_each_holds() {
        let strong = LoginDemand { strength: Some(LoginStrength::Two), max_age_s: Some(900) };
        let fresh = LoginDemand { strength: None, max_age_s: Some(300) };
        let both = LoginDemand { strength: Some(LoginStrength::Two), max_age_s: Some(300) };
        assert_eq!((strong.and(fresh), fresh.and(strong)), (both, both));
        assert_eq!(strong.and(LoginDemand::default()), strong);
        assert!(LoginDemand::default().is_none() && !fresh.is_none());
    }

    #[test]
    fn what_nobody_can_meet_is_no_demand() {
        let demand = |strength, max_age_s| LoginDemand { strength, max_age_s };
        assert!(demand(None, None).can_be_met());
        assert!(demand(Some(LoginStrength::Two), Some(300)).can_be_met());
        for never in
            [demand(Some(LoginStrength::Three), None), demand(None, Some(0)), demand(None, Some(86_401))]
        {
            assert!(!never.can_be_met(), "{never:?}");
        }
    }

    #[test]
    fn the_challenge_says_what_the_next_request_asks() {
        let demand = LoginDemand { strength: Some(LoginStrength::Two), max_age_s: Some(300) };
        let said = [("acr_values", "urn:vn:nd69-2024:auth:2".to_owned()), ("max_age", "300".to_owned())];
        assert_eq!(demand.parameters(), said);
        assert!(LoginDemand::default().parameters().is_empty());
    }
}
