//! What an account and a session are, and the decisions about them. Pure.

use contracts::{AgencyId, IdentityLevel, LoginStrength, PersonId, Role};
use jiff::{SignedDuration, Timestamp};

/// Below this age a guardian takes part, so nothing is opened online (NĐ 69/2024 Art. 7, 10).
pub const AGE_ALONE_MIN: i16 = 14;
/// Sessions of one account; the oldest ends when one more begins.
pub const SESSIONS_MAX: i64 = 20;
/// Use of a session is written down at most this often.
pub const TOUCH_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Declares an enum that is stored as a word.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),* }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.as_str() == word)
            }
        }
    };
}

words! {
    /// Of whom an account is.
    Kind { Citizen = "citizen", Staff = "staff" }
}
words! {
    State {
        Active = "active",
        /// Nobody signs in until it is unlocked.
        Locked = "locked",
        /// For ever.
        Closed = "closed",
    }
}
words! {
    /// Why an account is locked (Law on Identity Art. 34). A code and no free text: reasons are no place for data.
    LockReason {
        /// The holder asks.
        OwnRequest = "own_request",
        /// An authority that conducts a procedure asks.
        Authority = "authority",
        CardSeized = "card_seized",
        Deceased = "deceased",
        /// Breach of the terms of use.
        Misuse = "misuse",
        /// An officer left the service.
        LeftService = "left_service",
    }
}
words! {
    /// What an officer compared at the counter before raising an account to level 2 (NĐ 69/2024 Art. 10).
    RaiseBasis {
        /// The person and their valid card.
        CardSeen = "card_seen",
        /// The card's chip was read.
        ChipRead = "chip_read",
        /// Face and fingerprints match.
        Biometrics = "biometrics",
    }
}

words! {
    /// Who stood at the counter.
    Present {
        Holder = "holder",
        /// A parent or guardian, together with the holder who is under age.
        Guardian = "holder_with_guardian",
    }
}
words! {
    /// The document that was shown, in force.
    Document {
        IdentityCard = "identity_card",
        /// The card of before 1 July 2024, good until its last day.
        CitizenCard = "citizen_identity_card",
    }
}

/// Who was checked, with which document, and how: what an officer answers for when raising an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    pub present: Present,
    pub document: Document,
    pub basis: RaiseBasis,
}

impl Checked {
    /// For the log: codes only.
    pub fn words(self) -> [&'static str; 3] {
        [self.present.as_str(), self.document.as_str(), self.basis.as_str()]
    }
}

/// How long a session lives: without use, and at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    pub idle: SignedDuration,
    pub most: SignedDuration,
}

impl Lifetime {
    /// Officers' screens stand in offices: a working day, half an hour without use (NIST 800-63B for two factors).
    const STAFF: Self = Self { idle: SignedDuration::from_mins(30), most: SignedDuration::from_hours(12) };
    const CITIZEN: Self = Self { idle: SignedDuration::from_hours(1), most: SignedDuration::from_hours(24) };

    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Citizen => Self::CITIZEN,
            Kind::Staff => Self::STAFF,
        }
    }
}

/// An account as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: contracts::AccountId,
    pub holder: Holder,
    pub state: State,
    pub version: i32,
}

/// Of whom an account is, with what each kind has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    Citizen { person: PersonId, level: IdentityLevel },
    Staff { login: String, name: String },
}

impl Holder {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Citizen { .. } => Kind::Citizen,
            Self::Staff { .. } => Kind::Staff,
        }
    }
}

/// A duty of an officer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    pub agency: AgencyId,
    pub role: Role,
    pub valid_to: Option<Timestamp>,
}

/// The duty that a session acts in: the one asked for, or the one granted last. They come newest first.
pub fn choose_duty<'a>(held: &'a [Duty], wanted: Option<&(AgencyId, Role)>) -> Option<&'a Duty> {
    match wanted {
        Some((agency, role)) => held.iter().find(|d| d.agency == *agency && d.role == *role),
        None => held.first(),
    }
}

/// What must be done before a session may do anything else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Todo {
    /// Set up a second factor: staff never work with a password alone.
    pub enrol: bool,
}

impl Todo {
    pub fn is_done(self) -> bool {
        self == Self::default()
    }
}

/// The strength of a login by password, with or without a one-time code (NĐ 69/2024 Art. 20).
pub fn strength(second_factor: bool) -> LoginStrength {
    if second_factor { LoginStrength::Two } else { LoginStrength::One }
}

/// When a session ends at the latest: never after the duty it acts in.
pub fn ends_at(kind: Kind, now: Timestamp, duty: Option<&Duty>) -> Timestamp {
    let most = now + Lifetime::of(kind).most;
    duty.and_then(|d| d.valid_to).map_or(most, |end| end.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duty(role: Role, valid_to: Option<&str>) -> Duty {
        Duty { agency: AgencyId::new("CA-X-00004"), role, valid_to: valid_to.map(|t| t.parse().unwrap()) }
    }

    #[test]
    fn a_session_acts_in_one_duty_that_is_held() {
        let held = [duty(Role::Decider, None), duty(Role::Receiver, None)];
        assert_eq!(choose_duty(&held, None).map(|d| d.role), Some(Role::Decider));
        let wanted = (AgencyId::new("CA-X-00004"), Role::Receiver);
        assert_eq!(choose_duty(&held, Some(&wanted)).map(|d| d.role), Some(Role::Receiver));
        let other = (AgencyId::new("CA-X-00004"), Role::Head);
        assert_eq!(choose_duty(&held, Some(&other)), None);
        assert_eq!(choose_duty(&[], None), None);
    }

    #[test]
    fn a_session_never_outlives_the_duty_it_acts_in() {
        let now: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let soon = duty(Role::Head, Some("2026-11-20T03:00:00Z"));
        assert_eq!(ends_at(Kind::Staff, now, Some(&soon)), soon.valid_to.unwrap());
        assert_eq!(ends_at(Kind::Staff, now, Some(&duty(Role::Head, None))), now + Lifetime::STAFF.most);
        assert_eq!(ends_at(Kind::Citizen, now, None), now + Lifetime::CITIZEN.most);
    }

    #[test]
    fn words_read_back() {
        assert!(LockReason::ALL.iter().all(|r| LockReason::parse(r.as_str()) == Some(*r)));
        assert!(Present::ALL.iter().all(|p| Present::parse(p.as_str()) == Some(*p)));
        assert!(Document::ALL.iter().all(|d| Document::parse(d.as_str()) == Some(*d)));
        assert!(RaiseBasis::ALL.iter().all(|b| RaiseBasis::parse(b.as_str()) == Some(*b)));
        assert_eq!(State::parse("gone"), None);
    }
}
