//! What an account and a session are, and the decisions about them. Pure.

use base::{Text, VIETNAM, vietnam_date};
use contracts::{AgencyId, IdentityLevel, PersonId, Role};
use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{IdentityError, comparison::ComparisonId, enrolment::Whose};

/// Below this age a guardian takes part, so nothing is opened online (NĐ 69/2024 Art. 7, 10).
pub const AGE_ALONE_MIN: i16 = 14;
/// Sessions of one account; the oldest ends when one more begins.
pub const SESSIONS_MAX: i64 = 20;
/// Passkeys of one account: more than a person has devices.
pub const PASSKEYS_MAX: usize = 10;
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

pub(crate) use words;

words! {
    /// Of whom an account is.
    Kind { Citizen = "citizen", Staff = "staff" }
}
words! {
    State {
        /// A file was taken at the counter; nobody has decided on it.
        Collected = "collected",
        /// To be activated by its holder (NĐ 69/2024 Art. 14).
        Approved = "approved",
        /// In use.
        Activated = "activated",
        /// Nobody signs in until it is unlocked.
        Locked = "locked",
        /// For ever.
        Closed = "closed",
    }
}
words! {
    /// Why an account is locked (Law on Identity Art. 34, NĐ 69/2024 Art. 15). A code and no free text: reasons are no place
    /// for data. Who may set and lift which: [`crate::locking`].
    LockReason {
        /// The holder asks.
        OwnRequest = "own_request",
        /// An authority that conducts a procedure asks, such as an investigator or a court.
        Authority = "authority",
        CardSeized = "card_seized",
        /// The card has run out; a new one opens the account again.
        CardExpired = "card_expired",
        /// The same of a foreigner's residence card.
        ResidenceExpired = "residence_expired",
        Deceased = "deceased",
        /// The identity card was withdrawn with the nationality (Law on Identity Art. 29).
        NationalityLost = "nationality_lost",
        /// Two records became one, and the person has another account.
        Merged = "merged",
        /// Breach of the terms of use.
        Misuse = "misuse",
        /// An officer left the service.
        LeftService = "left_service",
    }
}
impl LockReason {
    /// For the holder, who is told at once (Law on Identity Art. 34).
    pub fn words(self) -> Text {
        match self {
            Self::OwnRequest => Text::new("theo yêu cầu của bạn", "at your own request"),
            Self::Authority => Text::new(
                "theo yêu cầu của cơ quan tiến hành tố tụng hoặc cơ quan có thẩm quyền",
                "at the request of an authority that conducts a procedure",
            ),
            Self::CardSeized => Text::new("vì thẻ căn cước bị giữ", "because the identity card is held"),
            Self::CardExpired => {
                Text::new("vì thẻ căn cước đã hết hạn", "because the identity card has run out")
            }
            Self::ResidenceExpired => {
                Text::new("vì thẻ cư trú đã hết hạn", "because the residence card has run out")
            }
            Self::Deceased => Text::new("vì người dùng đã mất", "because the holder has died"),
            Self::NationalityLost => Text::new(
                "vì thẻ căn cước bị thu hồi khi bạn không còn quốc tịch Việt Nam",
                "because the identity card was withdrawn with the nationality",
            ),
            Self::Merged => Text::new(
                "vì hai hồ sơ dân cư của bạn đã được hợp nhất và bạn có một tài khoản khác",
                "because your two records became one and you have another account",
            ),
            Self::Misuse => Text::new("vì vi phạm điều khoản sử dụng", "for a breach of the terms of use"),
            Self::LeftService => Text::new("vì đã thôi công tác", "because the holder left the service"),
        }
    }

    /// What the holder can do about it: open it again, or be heard.
    pub fn next(self) -> Text {
        match self {
            Self::OwnRequest => Text::new(
                "Muốn mở lại, hãy dùng khóa truy cập cùng mã của ứng dụng, hoặc mang thẻ căn cước đến công an xã, phường.",
                "To open it again, use a passkey with the code of your app, or take your identity card to the commune police.",
            ),
            Self::CardExpired | Self::ResidenceExpired => Text::new(
                "Khi bạn có thẻ mới, tài khoản tự mở lại.",
                "It opens again by itself when you have a new card.",
            ),
            Self::Merged => Text::new("Hãy dùng tài khoản kia.", "Use the other account."),
            Self::Authority
            | Self::CardSeized
            | Self::Misuse
            | Self::Deceased
            | Self::NationalityLost
            | Self::LeftService => Text::new(
                "Muốn biết thêm, hoặc nếu bạn không đồng ý, hãy đến công an xã, phường.",
                "To learn more, or if you do not agree, go to the commune police.",
            ),
        }
    }
}

words! {
    /// What an officer compared at the counter before raising an account to level 2 (NĐ 69/2024 Art. 10).
    RaiseBasis {
        /// The person and their valid card.
        CardSeen = "card_seen",
        /// The card's chip was read.
        ChipRead = "chip_read",
        /// Face or fingerprints match, says a device.
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
        /// Of a foreigner, both of them.
        ResidenceCard = "residence_card_and_passport",
    }
}

/// Who was checked, with which document, and how: what an officer answers for when raising an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    pub present: Present,
    pub document: Document,
    pub basis: RaiseBasis,
    /// The device's word, for [`RaiseBasis::Biometrics`].
    pub comparison: Option<ComparisonId>,
}

impl Checked {
    /// With documents of this kind of holder.
    pub fn proves(self, whose: Whose) -> Result<(), IdentityError> {
        let fits = whose.documents().contains(&self.document);
        if fits { Ok(()) } else { Err(IdentityError::field("document", "forms.required")) }
    }

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
    /// The next one begins where browsers that were known are not any more, see [`crate::known`].
    pub epoch: i32,
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

/// When a duty is held. Half-open: `to` is the first moment at which it is no longer in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// None: at once.
    pub from: Option<Timestamp>,
    /// None: until it is ended.
    pub to: Option<Timestamp>,
}

impl Period {
    /// From the beginning of a first day to the end of a last one, in Vietnam.
    pub fn of_days(first: Option<Date>, last: Option<Date>) -> Self {
        let begins = |day: Date| VIETNAM.to_timestamp(day.at(0, 0, 0, 0)).ok();
        let to = last.and_then(|last| last.tomorrow().ok()).and_then(begins);
        Self { from: first.and_then(begins), to }
    }

    /// As it begins when it is given now: never in the past, but on this day at any hour of it, and never empty.
    pub fn given(self, now: Timestamp) -> Result<(Timestamp, Option<Timestamp>), IdentityError> {
        if self.from.is_some_and(|from| vietnam_date(from) < vietnam_date(now)) {
            return Err(IdentityError::field("valid_from", "identity.period_begin"));
        }
        let from = self.from.map_or(now, |from| from.max(now));
        if self.to.is_some_and(|to| to <= from) {
            return Err(IdentityError::field("valid_to", "identity.period"));
        }
        Ok((from, self.to))
    }
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
    fn a_period_runs_from_the_first_day_to_the_end_of_the_last_and_never_begins_in_the_past() {
        use jiff::civil::date;
        // Nine in the morning in Vietnam.
        let now: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let said = |first: Option<Date>, last: Option<Date>| match Period::of_days(first, last).given(now) {
            Ok((from, to)) => format!("{from} {}", to.map(|to| to.to_string()).unwrap_or_default()),
            Err(e) => base::Fault::fields(&e).iter().map(|f| f.code.clone()).collect(),
        };
        let day = |n| Some(date(2026, 11, n));
        assert_eq!(said(None, None), "2026-11-20T02:00:00Z ");
        assert_eq!(said(day(20), day(20)), "2026-11-20T02:00:00Z 2026-11-20T17:00:00Z");
        assert_eq!(said(day(21), day(22)), "2026-11-20T17:00:00Z 2026-11-22T17:00:00Z");
        assert_eq!(said(day(19), None), "identity.period_begin");
        assert_eq!(said(None, day(19)), "identity.period");
        assert_eq!(said(day(22), day(21)), "identity.period");
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
