//! The registered claims (RFC 7519 section 4.1) and the rules by which a reader judges them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::JoseError;

/// How far clocks of honest parties may differ. FAPI 2.0 wants 10 s accepted and 60 s refused.
pub const SKEW_S: i64 = 30;
pub const TOKEN_ID_BYTES_MAX: usize = 256;
const AUDIENCES_MAX: usize = 16;
/// The year 9999: beyond it a time is a mistake, and sums below cannot overflow.
const SECONDS_MAX: i64 = 253_402_300_799;

/// A claim that a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claim {
    Iss,
    Sub,
    Aud,
    Exp,
    Nbf,
    Iat,
    Jti,
    Htm,
    Htu,
    Ath,
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Iss => "iss",
            Self::Sub => "sub",
            Self::Aud => "aud",
            Self::Exp => "exp",
            Self::Nbf => "nbf",
            Self::Iat => "iat",
            Self::Jti => "jti",
            Self::Htm => "htm",
            Self::Htu => "htu",
            Self::Ath => "ath",
        })
    }
}

/// `aud`: one name or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Several(all) => all.iter().any(|one| one == name),
        }
    }
}

/// The claims that RFC 7519 registers. Times are whole seconds since 1970; fractions are cut off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "seconds")]
    pub exp: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "seconds")]
    pub nbf: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "seconds")]
    pub iat: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
}

/// A `NumericDate` between 1970 and 9999 in seconds, for fields of callers' own claims.
pub fn seconds<'de, D: Deserializer<'de>>(d: D) -> Result<Option<i64>, D::Error> {
    let number = serde_json::Number::deserialize(d)?;
    #[expect(clippy::cast_possible_truncation, reason = "a fraction is cut off on purpose, within the range")]
    let whole = number
        .as_i64()
        .or_else(|| number.as_f64().filter(|f| (0.0..=SECONDS_MAX as f64).contains(f)).map(|f| f as i64));
    match whole.filter(|s| (0..=SECONDS_MAX).contains(s)) {
        Some(whole) => Ok(Some(whole)),
        None => Err(de::Error::custom("not a time")),
    }
}

/// For whom a token must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudienceRule<'a> {
    /// Judged by the caller.
    Any,
    /// One of these names stands in it.
    OneOf(&'a [&'a str]),
    /// It is this name alone, as a string: FAPI 2.0's rule for client assertions, whose audience is the issuer.
    Only(&'a str),
}

/// What a reader demands of the registered claims.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Seconds since 1970.
    pub now: i64,
    pub issuer: Option<&'a str>,
    pub audience: AudienceRule<'a>,
    /// Claims that must be there; `exp`, `iss` and `aud` are judged wherever a rule names them.
    pub required: &'a [Claim],
    /// Longest time from `nbf`, `iat` or now until `exp`, and for which a token may lie around.
    pub life_s_max: Option<i64>,
}

impl Rules<'_> {
    pub fn check(&self, claims: &Registered) -> Result<(), JoseError> {
        self.all_there(claims)?;
        if self.issuer.is_some_and(|issuer| claims.iss.as_deref() != Some(issuer)) {
            return Err(JoseError::IssuerMismatch);
        }
        self.is_for_us(claims)?;
        if claims.jti.as_ref().is_some_and(|id| id.is_empty() || id.len() > TOKEN_ID_BYTES_MAX) {
            return Err(JoseError::Malformed(Claim::Jti));
        }
        self.in_time(claims)
    }

    fn all_there(&self, claims: &Registered) -> Result<(), JoseError> {
        let there = |claim: &Claim| match claim {
            Claim::Iss => claims.iss.is_some(),
            Claim::Sub => claims.sub.is_some(),
            Claim::Aud => claims.aud.is_some(),
            Claim::Exp => claims.exp.is_some(),
            Claim::Nbf => claims.nbf.is_some(),
            Claim::Iat => claims.iat.is_some(),
            Claim::Jti => claims.jti.is_some(),
            // Of proofs, which are judged elsewhere.
            Claim::Htm | Claim::Htu | Claim::Ath => true,
        };
        match self.required.iter().find(|claim| !there(claim)) {
            Some(missing) => Err(JoseError::Missing(*missing)),
            None => Ok(()),
        }
    }

    fn is_for_us(&self, claims: &Registered) -> Result<(), JoseError> {
        if let Some(Audience::Several(all)) = &claims.aud
            && all.len() > AUDIENCES_MAX
        {
            return Err(JoseError::Malformed(Claim::Aud));
        }
        match (self.audience, &claims.aud) {
            (AudienceRule::Any, _) => Ok(()),
            (_, None) => Err(JoseError::Missing(Claim::Aud)),
            (AudienceRule::OneOf(names), Some(aud)) if names.iter().any(|name| aud.contains(name)) => Ok(()),
            (AudienceRule::Only(name), Some(Audience::One(one))) if one == name => Ok(()),
            (AudienceRule::Only(name), Some(aud)) if aud.contains(name) => Err(JoseError::AudienceNotSingle),
            (_, Some(_)) => Err(JoseError::AudienceMismatch),
        }
    }

    fn in_time(&self, claims: &Registered) -> Result<(), JoseError> {
        let Self { now, life_s_max, .. } = *self;
        if claims.exp.is_some_and(|exp| exp <= now - SKEW_S) {
            return Err(JoseError::Expired);
        }
        if claims.nbf.is_some_and(|nbf| nbf > now + SKEW_S) {
            return Err(JoseError::NotYetValid);
        }
        if claims.iat.is_some_and(|iat| iat > now + SKEW_S) {
            return Err(JoseError::IssuedInFuture);
        }
        let Some(life_s_max) = life_s_max else { return Ok(()) };
        let from = claims.nbf.or(claims.iat);
        if claims.exp.is_some_and(|exp| exp - from.unwrap_or(now) > life_s_max + SKEW_S) {
            return Err(JoseError::LifeTooLong);
        }
        if from.is_some_and(|from| now - from > life_s_max + SKEW_S) {
            return Err(JoseError::TooOld);
        }
        Ok(())
    }
}
