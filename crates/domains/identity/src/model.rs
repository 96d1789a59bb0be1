//! What an account and a session are, and the decisions about them. Pure.

use base::Text;
use contracts::{AgencyId, IdentityLevel, LoginStrength, Method, PersonId, Role};
use jiff::{SignedDuration, Timestamp};

use crate::comparison::ComparisonId;

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
    /// Why an account is locked (Law on Identity Art. 34). A code and no free text: reasons are no place for data.
    LockReason {
        /// The holder asks.
        OwnRequest = "own_request",
        /// An authority that conducts a procedure asks.
        Authority = "authority",
        CardSeized = "card_seized",
        /// The card has run out; a new one opens the account again.
        CardExpired = "card_expired",
        /// The same of a foreigner's residence card.
        ResidenceExpired = "residence_expired",
        Deceased = "deceased",
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
                "theo yêu cầu của cơ quan tiến hành thủ tục",
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
            Self::Misuse => Text::new("vì vi phạm điều khoản sử dụng", "for a breach of the terms of use"),
            Self::LeftService => Text::new("vì đã thôi công tác", "because the holder left the service"),
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

/// The kind of a factor (NĐ 69/2024 Art. 20): something known, something held, something one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Factor {
    Known,
    Held,
}

/// What a method proves.
///
/// A passkey that its owner unlocked proves two things at once: the device is held, and its PIN is known or its owner's
/// face or finger was recognised. The device does not say which of the two, and the law counts a biometric factor only
/// where there certainly was one. So a passkey is a held and a known factor: level 2, and never level 3.
/// A signed-in telephone that says yes proves what it was asked for: that it is held, and the login in it two factors.
fn factors(method: Method) -> &'static [Factor] {
    match method {
        Method::Password => &[Factor::Known],
        Method::AppCode | Method::MessageCode => &[Factor::Held],
        Method::Passkey | Method::OtherDevice => &[Factor::Held, Factor::Known],
    }
}

/// The strength of a login by these methods (NĐ 69/2024 Art. 20): one factor, or two that differ. Levels 3 and 4 need a
/// biometric factor that we have compared ourselves, which no method of ours does.
pub fn strength(methods: &[Method]) -> LoginStrength {
    let mut shown: Vec<Factor> = methods.iter().flat_map(|m| factors(*m)).copied().collect();
    shown.sort_unstable();
    shown.dedup();
    if shown.len() > 1 { LoginStrength::Two } else { LoginStrength::One }
}

/// What somebody is to be asked so that their login is as strong, or as fresh, as a page wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// It is.
    Nothing,
    /// Any one of these does it.
    Any(Vec<Method>),
    /// They have nothing to show that would do it: a second factor is to be set up first.
    SetUp,
    /// No login here is ever so strong.
    Never,
}

/// See [`Ask`]. `shown` are the methods of the session, the last of them at `at`; `held` what the account could show.
pub fn ask(
    shown: &[Method],
    at: Timestamp,
    held: &[Method],
    wanted: LoginStrength,
    since: Option<Timestamp>,
) -> Ask {
    if wanted > LoginStrength::Two {
        return Ask::Never;
    }
    let fresh = since.is_none_or(|since| at >= since);
    if fresh && strength(shown) >= wanted {
        return Ask::Nothing;
    }
    let ways: Vec<Method> =
        held.iter().copied().filter(|more| strength(&with_method(shown, *more)) >= wanted).collect();
    if ways.is_empty() { Ask::SetUp } else { Ask::Any(ways) }
}

/// What the holder of an account may show, of what it has. Never less than the best:
///
/// - A code by message can be intercepted, and a number can be taken over. It is a second factor only for who has no other:
///   an account with an app or a passkey is never asked for one, so that nobody gets in by choosing the weaker way.
/// - A password alone is worth one factor, and only where there is no better: see `ops::sign_in`, which asks an account with
///   an app for its code, and refuses the password of one that has only passkeys.
pub fn may_show(password: bool, app: bool, passkey: bool, phone: bool) -> Vec<Method> {
    let all = [
        (Method::Password, password),
        (Method::AppCode, app),
        (Method::Passkey, passkey),
        (Method::MessageCode, phone && password && !app && !passkey),
    ];
    all.into_iter().filter_map(|(method, has)| has.then_some(method)).collect()
}

/// The methods of a session after another one was shown in it.
pub fn with_method(methods: &[Method], more: Method) -> Vec<Method> {
    let mut all: Vec<Method> = methods.iter().copied().chain([more]).collect();
    all.sort_unstable();
    all.dedup();
    all
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
    fn two_different_factors_make_level_two_and_nothing_makes_more() {
        use Method::{AppCode, MessageCode, OtherDevice, Passkey, Password};
        let cases: [(&[Method], LoginStrength); 8] = [
            (&[Password], LoginStrength::One),
            (&[AppCode], LoginStrength::One),
            // Two things that are held are one kind of factor.
            (&[AppCode, MessageCode], LoginStrength::One),
            (&[Password, AppCode], LoginStrength::Two),
            (&[Password, MessageCode], LoginStrength::Two),
            (&[Passkey], LoginStrength::Two),
            (&[OtherDevice], LoginStrength::Two),
            (&[Password, AppCode, Passkey], LoginStrength::Two),
        ];
        for (methods, expected) in cases {
            assert_eq!(strength(methods), expected, "{methods:?}");
        }
        assert_eq!(with_method(&[Password], Password), [Password]);
        assert_eq!(with_method(&[Passkey], AppCode), [AppCode, Passkey]);
    }

    #[test]
    fn a_code_by_message_is_only_for_who_has_a_password_and_nothing_better() {
        use Method::{AppCode, MessageCode, Passkey, Password};
        assert_eq!(may_show(true, false, false, true), [Password, MessageCode]);
        assert_eq!(may_show(true, true, false, true), [Password, AppCode]);
        assert_eq!(may_show(true, false, true, true), [Password, Passkey]);
        assert_eq!(may_show(true, true, true, true), [Password, AppCode, Passkey]);
        assert_eq!(may_show(true, false, false, false), [Password]);
        // Never alone.
        assert_eq!(may_show(false, false, false, true), []);
        assert_eq!(strength(&[MessageCode]), LoginStrength::One);
    }

    #[test]
    fn a_page_asks_for_what_is_missing_and_never_in_a_circle() {
        use Method::{AppCode, Passkey, Password};
        let at: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let moment = at + SignedDuration::from_secs(1);
        let later = Some(moment);
        let two = LoginStrength::Two;
        let all = [Password, AppCode, Passkey];
        assert_eq!(ask(&[Password], at, &all, LoginStrength::One, None), Ask::Nothing);
        assert_eq!(ask(&[Password], at, &all, two, None), Ask::Any(vec![AppCode, Passkey]));
        assert_eq!(ask(&[Password], at, &[Password], two, None), Ask::SetUp);
        assert_eq!(ask(&[Passkey], at, &all, two, None), Ask::Nothing);
        // Once more, because it was too long ago: whichever keeps it as strong.
        assert_eq!(ask(&[Password, AppCode], at, &all, two, later), Ask::Any(all.to_vec()));
        assert_eq!(ask(&[Password], at, &[Password], LoginStrength::One, later), Ask::Any(vec![Password]));
        assert_eq!(ask(&[Password, AppCode], at, &all, two, Some(at)), Ask::Nothing);
        for never in [LoginStrength::Three, LoginStrength::Four] {
            assert_eq!(ask(&[Passkey], at, &all, never, None), Ask::Never);
        }
        // Whoever shows what is asked has what was wanted.
        for held in [&all[..1], &all[1..2], &all[2..], &all[..]] {
            if let Ask::Any(ways) = ask(&[Password], at, held, two, later) {
                for way in ways {
                    let shown = with_method(&[Password], way);
                    assert_eq!(ask(&shown, moment, held, two, later), Ask::Nothing);
                }
            }
        }
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
