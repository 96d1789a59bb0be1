//! Who acts: a person, an officer, or the system itself.
//!
//! The level of an *account* (how well the person was identified, NĐ 69/2024 Art. 7–10) and the strength of a *login*
//! (which factors were shown this time, Art. 20) are two axes and never mixed.

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use webkit::Problem;

use crate::{AccountId, AgencyId, PersonId};

/// How well the holder of an account was identified (mức độ định danh).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityLevel {
    /// Online, from data of the record.
    One,
    /// In person.
    Two,
}

impl IdentityLevel {
    pub fn number(self) -> i16 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    pub fn from_number(n: i16) -> Option<Self> {
        match n {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            _ => None,
        }
    }
}

/// Which factors a login showed (mức độ xác thực, NĐ 69/2024 Art. 20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginStrength {
    /// One factor, not biometric.
    One,
    /// Two different factors.
    Two,
    /// Two or more, one of them biometric.
    Three,
    /// Biometric, something held and something known.
    Four,
}

/// Before the digit of NĐ 69/2024 Art. 20.
const ACR_PREFIX: &str = "urn:vn:nd69-2024:auth:";

impl LoginStrength {
    /// All, the weakest first.
    pub const ALL: [Self; 4] = [Self::One, Self::Two, Self::Three, Self::Four];
    /// The strongest that anybody can show here: `identity` compares no biometric factor itself.
    pub const SHOWN_MAX: Self = Self::Two;

    /// As programs name it: the value of `acr` (OpenID Connect Core section 2).
    pub fn acr(self) -> String {
        format!("{ACR_PREFIX}{}", self.number())
    }

    pub fn from_acr(text: &str) -> Option<Self> {
        let digit = text.strip_prefix(ACR_PREFIX)?;
        Self::ALL.into_iter().find(|s| s.number().to_string() == digit)
    }

    pub fn number(self) -> i16 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
        }
    }

    pub fn from_number(n: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.number() == n)
    }
}

/// What an officer may do at an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Receives dossiers, checks them, asks for supplements (cán bộ tiếp nhận).
    Receiver,
    /// Proposes and takes decisions (cán bộ giải quyết).
    Decider,
    /// Head of the agency: second pair of eyes, second supplements, workload (thủ trưởng).
    Head,
    /// Reads the log, changes nothing (kiểm tra).
    Auditor,
    /// Manages the accounts of the agency, sees no dossier (quản trị).
    Administrator,
}

impl Role {
    pub const ALL: [Self; 5] =
        [Self::Receiver, Self::Decider, Self::Head, Self::Auditor, Self::Administrator];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Receiver => "receiver",
            Self::Decider => "decider",
            Self::Head => "head",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == s)
    }
}

/// In which capacity somebody acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Citizen {
        person: PersonId,
        level: IdentityLevel,
    },
    /// An officer; `name` is shown to colleagues and in the person's own log.
    Staff {
        agency: AgencyId,
        role: Role,
        name: String,
    },
    /// The system itself: deadlines, projections, automatic decisions.
    System,
}

/// Who does something right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub account: AccountId,
    pub who: Who,
    pub strength: LoginStrength,
}

impl Actor {
    /// The system itself.
    pub fn system() -> Self {
        Self { account: AccountId(Uuid::nil()), who: Who::System, strength: LoginStrength::Four }
    }

    /// The person who acts for themselves.
    pub fn person(&self) -> Option<PersonId> {
        match self.who {
            Who::Citizen { person, .. } => Some(person),
            _ => None,
        }
    }

    /// Agency and role of an officer.
    pub fn staff(&self) -> Option<(&AgencyId, Role)> {
        match &self.who {
            Who::Staff { agency, role, .. } => Some((agency, *role)),
            _ => None,
        }
    }
}

/// The signed-in caller of a request, put there by the session or token layer of `identity`.
///
/// As an extractor it refuses with 401; take `Option<Extension<Caller>>` where signing in is optional.
#[derive(Debug, Clone)]
pub struct Caller(pub Actor);

/// Nobody is signed in.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("not signed in")]
pub struct NotSignedIn;

impl base::Fault for NotSignedIn {
    fn kind(&self) -> base::Kind {
        base::Kind::Unauthenticated
    }
    fn code(&self) -> &'static str {
        "identity.not_signed_in"
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::of(&NotSignedIn))
    }
}
